
/*
 * Which database has what this agent has reported.  A standby that took over
 * from its primary may lack the last that was committed there: then what the
 * spool still keeps is reported once more.  The hub tells databases apart by a
 * number; it is kept on disk, for an agent that is started again meanwhile.
 */

#ifndef REPORT_DATABASE_H
#define REPORT_DATABASE_H

#include "spool.h"

typedef struct {
    const char *file;   /* borrowed */
    int64_t number;     /* 0: not known */
    int64_t changed_ms; /* clock_ms(); 0: not in this life */
} report_database_t;

void report_database_open(report_database_t *database, const char *file);

/*
 * The hub says that this is the database which has taken a report; 0: it does
 * not say.  With two that answer by turns it is done every ten seconds at most.
 */
void report_database_seen(report_database_t *database, int64_t number, spool_t *spool);

#endif
