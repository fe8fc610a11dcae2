
/*
 * Real hubs sweep every second.  Here it is left out, for nine seconds at most,
 * until the first time for which a monitor waits (due_at), while nothing befalls
 * anybody: then a sweep only looks for monitors and regions that are silent,
 * whose limits are 90 s and more.
 */

#include "hub_model.h"

#include "hub_send.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HUB_CALM_SWEEP_US (10 * SECOND)
#define HUB_DOUBTS 20               /* monitors that wait for something */
#define HUB_TROUBLE_US (3 * MINUTE) /* so long after a fault each second is swept */

int __real_clock_gettime(clockid_t clock, struct timespec *ts);


static int64_t
hub_stopwatch_us(void)
{
    struct timespec ts;

    __real_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


static PGresult *
hub_expect(hub_model_t *hub, PGresult *result, const char *what)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s: %s", what, PQerrorMessage(hub->connection));
        exit(2);
    }

    return result;
}


PGresult *
hub_model_query(hub_model_t *hub, const char *query)
{
    return hub_expect(hub, PQexec(hub->connection, query), query);
}


void
hub_model_open(hub_model_t *hub, const char *conninfo, world_t *world)
{
    hub->world = world;
    hub->connection = PQconnectdb(conninfo);

    if (PQstatus(hub->connection) != CONNECTION_OK) {
        fprintf(stderr, "%s", PQerrorMessage(hub->connection));
        exit(2);
    }

    PQclear(hub_model_query(hub, "set client_min_messages = error"));
    PQclear(hub_model_query(hub, "set synchronous_commit = off"));
    PQclear(hub_model_query(hub, "set plan_cache_mode = force_generic_plan"));
    PQclear(
        hub_expect(hub, PQprepare(hub->connection, "report", HUB_SEND_REPORT, 0, NULL), "report"));
    PQclear(hub_expect(hub,
                       PQprepare(hub->connection, "sweep",
                                 "select event, confirm_region, confirm_monitor, confirm_slot,"
                                 " confirm_expires from dispatch.sweep(core.from_ms($1))",
                                 0, NULL),
                       "sweep"));
}


void
hub_model_close(hub_model_t *hub)
{
    PQfinish(hub->connection);
    free(hub->listed);
}


/* Fields 14 and 15 of its line in /proc. */
double
hub_model_cpu_seconds(const hub_model_t *hub)
{
    char path[64];
    unsigned long user = 0, system = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", PQbackendPID(hub->connection));

    FILE *file = fopen(path, "r");

    if (file == NULL) {
        return -1;
    }

    if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system)
        != 2)
    {
        user = system = 0;
    }

    fclose(file);
    return (double) (user + system) / (double) sysconf(_SC_CLK_TCK);
}


/* --- monitors --------------------------------------------------------------- */

static int
hub_write_monitor(const hub_model_t *hub, const monitor_t *monitor, char *text, size_t size)
{
    int len =
        snprintf(text, size,
                 "{\"url\":\"%s\",\"monitor_type\":\"status\",\"check_frequency\":%" PRId64
                 ",\"request_timeout\":%" PRId64 ",\"confirmation_period\":%d"
                 ",\"recovery_period\":%d",
                 monitor->url, monitor->interval_ms / 1000, monitor->timeout_ms / 1000,
                 (int) (monitor->confirmation_us / SECOND), (int) (monitor->recovery_us / SECOND));

    if (monitor->quorum > 0) {
        len += snprintf(text + len, size - (size_t) len, ",\"quorum\":%d", monitor->quorum);
    }

    if (monitor->parent >= 0) {
        len += snprintf(text + len, size - (size_t) len, ",\"depends_on\":[\"%d\"]",
                        hub->world->monitors[monitor->parent].id);
    }

    len += snprintf(text + len, size - (size_t) len, ",\"regions\":[");

    for (int i = 0, first = 1; i < hub->world->agents_count; i++) {
        if (monitor->regions & (1u << i)) {
            len += snprintf(text + len, size - (size_t) len, "%s\"%s\"", first ? "" : ",",
                            hub->slugs[i]);
            first = 0;
        }
    }

    return len + snprintf(text + len, size - (size_t) len, "]}");
}


static void
hub_make_monitor(hub_model_t *hub, monitor_t *monitor)
{
    char body[1024];
    const char *values[] = {hub->credential, body};

    hub_write_monitor(hub, monitor, body, sizeof(body));

    PGresult *result = hub_expect(hub,
                                  PQexecParams(hub->connection,
                                               "select status, body::json #>> '{data,id}', body"
                                               " from api.monitor_create($1::bytea, $2)",
                                               2, NULL, values, NULL, NULL, 0),
                                  "monitor_create");

    if (strcmp(PQgetvalue(result, 0, 0), "201") != 0) {
        fprintf(stderr, "%s\n%s\n", body, PQgetvalue(result, 0, 2));
        exit(2);
    }

    monitor->id = atoi(PQgetvalue(result, 0, 1));
    PQclear(result);
}


/* "eu-1:1500,us:9000" */
static void
hub_place_monitor(hub_model_t *hub, monitor_t *monitor, char *text)
{
    char *rest = NULL;

    for (char *word = strtok_r(text, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        char *colon = strchr(word, ':');

        *colon = '\0';

        for (int i = 0; i < hub->world->agents_count; i++) {
            if (strcmp(hub->slugs[i], word) == 0) {
                agent_model_place(hub->agents[i], monitor, atoll(colon + 1));
            }
        }
    }
}


void
hub_model_people(hub_model_t *hub)
{
    world_t *world = hub->world;

    PQclear(hub_model_query(hub, "begin"));

    for (size_t i = 0; i < world->monitors_count; i++) {
        hub_make_monitor(hub, &world->monitors[i]);
    }

    PQclear(hub_model_query(hub, "commit"));
    PQclear(hub_model_query(hub, "analyze betterstack.monitor"));
    PQclear(hub_model_query(hub, "analyze betterstack.monitor_state"));
    hub->first_id = world->monitors[0].id;
    hub->listed = calloc(world->monitors_count, sizeof(*hub->listed));

    PGresult *result =
        hub_model_query(hub, "select monitor_id, placements from dispatch.monitors() order by 1");

    for (int i = 0; i < PQntuples(result); i++) {
        int place = atoi(PQgetvalue(result, i, 0)) - hub->first_id;

        hub_place_monitor(hub, &world->monitors[place], PQgetvalue(result, i, 1));
    }

    PQclear(result);
}


/* --- answers ---------------------------------------------------------------- */

/* Rows of a report or a sweep: event, confirm_region, _monitor, _slot, _expires. */
static int
hub_take_rows(hub_model_t *hub, const PGresult *result)
{
    int news = 0;

    for (int row = 0; row < PQntuples(result); row++) {
        news += !PQgetisnull(result, row, 0);

        if (PQgetisnull(result, row, 2)) {
            continue;
        }

        int place = atoi(PQgetvalue(result, row, 2)) - hub->first_id;

        news++;
        hub->counts.urgent++;

        for (int i = 0; i < hub->world->agents_count; i++) {
            if (strcmp(hub->slugs[i], PQgetvalue(result, row, 1)) == 0) {
                agent_model_urgent(hub->agents[i], &hub->world->monitors[place],
                                   atoll(PQgetvalue(result, row, 3)),
                                   atoll(PQgetvalue(result, row, 4)));
            }
        }
    }

    return news;
}


/* What the hub thinks of those that are not plainly up. */
static void
hub_look(hub_model_t *hub)
{
    int64_t began_us = hub_stopwatch_us();
    PGresult *result = hub_model_query(
        hub, "select s.monitor_id, s.status, s.due_at is not null, core.ms(s.due_at) from "
             "betterstack.monitor_state s"
             " where s.status not in (1, 4) or s.due_at is not null"
             " union all select null, r.belief, true, null from betterstack.region r"
             " where r.belief <> 0");

    for (size_t i = 0; i < hub->listed_count; i++) {
        hub->world->monitors[hub->listed[i]].hub_status = 1;
    }

    hub->listed_count = 0;
    hub->unsteady = 0;
    hub->due_us = INT64_MAX;

    for (int row = 0; row < PQntuples(result); row++) {
        hub->unsteady += PQgetvalue(result, row, 2)[0] == 't';

        if (!PQgetisnull(result, row, 3) && atoll(PQgetvalue(result, row, 3)) * 1000 < hub->due_us)
        {
            hub->due_us = atoll(PQgetvalue(result, row, 3)) * 1000;
        }

        if (!PQgetisnull(result, row, 0)) {
            size_t place = (size_t) (atoi(PQgetvalue(result, row, 0)) - hub->first_id);

            hub->world->monitors[place].hub_status = atoi(PQgetvalue(result, row, 1));
            hub->listed[hub->listed_count++] = place;
        }
    }

    PQclear(result);
    hub->counts.other_us += hub_stopwatch_us() - began_us;
}


int
hub_model_is_in_trouble(const hub_model_t *hub)
{
    unsigned all = (1u << hub->world->agents_count) - 1;
    int64_t now_us = hub->world->events.now_us;

    return hub->unsteady > HUB_DOUBTS
           || world_troubled(hub->world, all, now_us - HUB_TROUBLE_US, now_us);
}


void
hub_model_report(hub_model_t *hub, int agent, const kept_tick_t *ticks, size_t count)
{
    char name[16];
    int64_t began_us = hub_stopwatch_us();

    snprintf(name, sizeof(name), "agent-%d", agent);

    PGresult *result = hub_expect(hub,
                                  hub_send_report(hub->connection, hub->digests[agent], name, ticks,
                                                  count, hub->world->events.now_us / 1000),
                                  "report");
    int64_t took_us = hub_stopwatch_us() - began_us;

    hub->counts.reports++;
    hub->counts.ticks += count;
    hub->counts.report_us += took_us;
    hub->counts.report_max_us =
        (took_us > hub->counts.report_max_us) ? took_us : hub->counts.report_max_us;

    for (size_t i = 0; i < count; i++) {
        hub->counts.unknown += ticks[i].tick.status == BS_STATUS_UNKNOWN;
        hub->counts.failures += ticks[i].tick.status == BS_STATUS_DOWN;
    }

    int news = hub_take_rows(hub, result);

    PQclear(result);

    if (news > 0) {
        hub_look(hub);
    }
}


/* --- sweeps ----------------------------------------------------------------- */

static void
hub_sweep(hub_model_t *hub)
{
    char at[24];
    const char *values[] = {at};
    int64_t began_us = hub_stopwatch_us();

    snprintf(at, sizeof(at), "%" PRId64, hub->world->events.now_us / 1000);

    PGresult *result = hub_expect(
        hub, PQexecPrepared(hub->connection, "sweep", 1, values, NULL, NULL, 0), "sweep");
    int64_t took_us = hub_stopwatch_us() - began_us;

    hub->swept_us = hub->world->events.now_us;
    hub->counts.sweeps++;
    hub->counts.sweep_us += took_us;
    hub->counts.sweep_max_us =
        (took_us > hub->counts.sweep_max_us) ? took_us : hub->counts.sweep_max_us;

    hub_take_rows(hub, result);
    PQclear(result);
    hub_look(hub);
}


static void
hub_on_second(void *data, uint64_t number)
{
    hub_model_t *hub = data;
    world_t *world = hub->world;
    int64_t now_us = world->events.now_us;

    (void) number;
    events_at(&world->events, now_us + SECOND, NULL, hub_on_second, hub, 0);

    if (world_fault_at(world, FAULT_HUB_AWAY, -1, now_us) != NULL) {
        return;
    }

    if (now_us >= hub->due_us || now_us >= hub->swept_us + HUB_CALM_SWEEP_US
        || hub_model_is_in_trouble(hub))
    {
        hub_sweep(hub);
    }
}


void
hub_model_start(hub_model_t *hub)
{
    hub->due_us = hub->world->start_us;
    events_at(&hub->world->events, hub->world->start_us, NULL, hub_on_second, hub, 0);
}
