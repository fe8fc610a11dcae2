
#include "report_database.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REPORT_DATABASE_PAUSE_MS 10000
#define REPORT_DATABASE_PATH_MAX 4200


void
report_database_open(report_database_t *database, const char *file)
{
    FILE *in = fopen(file, "re");

    *database = (report_database_t){.file = file};

    if (in == NULL) {
        return;
    }

    if (fscanf(in, "%" SCNd64, &database->number) != 1 || database->number < 0) {
        database->number = 0;
    }

    fclose(in);
}


/* Without fsync: a crash of the machine that loses it as well would be one fault too many. */
static void
report_database_save(const report_database_t *database)
{
    char fresh[REPORT_DATABASE_PATH_MAX];

    snprintf(fresh, sizeof(fresh), "%s.new", database->file);

    FILE *out = fopen(fresh, "we");
    int written = out != NULL && fprintf(out, "%" PRId64 "\n", database->number) > 0;

    if (out != NULL && fclose(out) != 0) {
        written = 0;
    }

    if (!written || rename(fresh, database->file) != 0) {
        log_warn("report", "%s: %s", database->file, strerror(errno));
    }
}


void
report_database_seen(report_database_t *database, int64_t number, spool_t *spool)
{
    int64_t now = clock_ms();

    if (number == 0 || number == database->number
        || (database->changed_ms != 0 && now - database->changed_ms < REPORT_DATABASE_PAUSE_MS))
    {
        return;
    }

    if (database->number != 0) {
        database->changed_ms = now;
        log_warn("report",
                 "another database server has taken over: %" PRIu64
                 " results of the last minutes are reported again, in case it lacks some",
                 spool_repeat(spool));
    }

    database->number = number;
    report_database_save(database);
}
