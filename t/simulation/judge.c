
#include "judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JUDGE_SPARE_US (10 * SECOND)
#define JUDGE_SECOND_LOOK_US \
    (35 * SECOND)                      /* of mass events, and of those whose parent is well again */
#define JUDGE_SILENCE_US (95 * SECOND) /* until a region is known to be silent */
#define JUDGE_QUARANTINE_US (6 * MINUTE) /* until one is believed again */
#define JUDGE_BACK_US (45 * SECOND)      /* until agents have found the hub again */
#define JUDGE_FLAP_ROUNDS 21

/* One monitor's part in an incident. */
typedef struct {
    int64_t started_us;
    int64_t confirmed_us; /* 0: never */
    int64_t ended_us;     /* INT64_MAX: open */
} part_t;


static void __attribute__((format(printf, 3, 4)))
judge_tell(judge_t *judge, uint64_t *count, const char *format, ...)
{
    va_list args;

    (*count)++;

    if (judge->told++ < JUDGE_TOLD_MAX) {
        va_start(args, format);
        printf("problem ");
        vprintf(format, args);
        printf("\n");
        va_end(args);
    }
}


static void
judge_note(judge_list_t *list, int64_t us)
{
    if (list->count == list->size) {
        list->size = (list->size == 0) ? 256 : 2 * list->size;
        list->us = realloc(list->us, list->size * sizeof(*list->us));
    }

    list->us[list->count++] = us;
}


/* Seconds since the start. */
static double
judge_clock(const world_t *world, int64_t us)
{
    return (double) (us - world->start_us) / SECOND;
}


/* --- bounds ------------------------------------------------------------------ */

/*
 * What takes its full timeout to fail takes it four times: two attempts of the
 * first agent, two of the one that looks after it.
 */
static int64_t
judge_timeouts_us(const monitor_t *monitor, const outage_t *outage)
{
    int hangs = outage->kind == OUTAGE_HANGS || outage->kind == OUTAGE_SILENT;

    return (hangs ? 4 : 1) * monitor->timeout_ms * 1000;
}


/*
 * From `from_us` on, by `to_us` at the latest, all who watch the monitor are cut
 * off or not believed, and somebody is back then; `from_us` if they are not.
 */
static int64_t
judge_blind_until(const world_t *world, const monitor_t *monitor, int64_t from_us, int64_t to_us)
{
    int64_t until_us = INT64_MAX;

    for (int i = 0; i < world->agents_count; i++) {
        int64_t here_us = from_us;

        if ((monitor->regions & (1u << i)) == 0) {
            continue;
        }

        for (size_t j = 0; j < world->faults_count; j++) {
            const fault_t *fault = &world->faults[j];
            int64_t back_us = fault->until_us + JUDGE_BACK_US + JUDGE_QUARANTINE_US;

            if ((fault->agent == i || fault->agent == -1) && fault->from_us <= to_us
                && back_us > here_us) {
                here_us = back_us;
            }
        }

        until_us = (here_us < until_us) ? here_us : until_us;
    }

    return until_us;
}


static int64_t
judge_second_look_us(const monitor_t *monitor, const outage_t *outage)
{
    return (outage->mass || outage->alone_us > 0)
               ? JUDGE_SECOND_LOOK_US + 2 * monitor->timeout_ms * 1000
               : 0;
}


/* When the incident must be there at the latest; *troubled: something befell those who watch. */
static int64_t
judge_deadline(const world_t *world, const monitor_t *monitor, const outage_t *outage,
               int *troubled)
{
    int64_t interval_us = monitor->interval_ms * 1000;
    int64_t from_us = (outage->alone_us > 0) ? outage->alone_us : outage->from_us;
    int64_t usual_us = from_us + interval_us / monitor->regions_count
                       + judge_timeouts_us(monitor, outage) + JUDGE_SPARE_US
                       + monitor->confirmation_us + judge_second_look_us(monitor, outage);

    if (outage->alone_us > 0) {
        usual_us += interval_us;
    }

    *troubled = monitor->blocks != 0
                || world_troubled(world, monitor->regions, from_us - JUDGE_QUARANTINE_US,
                                  usual_us + MINUTE);

    if (!*troubled) {
        return usual_us;
    }

    return judge_blind_until(world, monitor, from_us, usual_us) + 2 * interval_us + JUDGE_SILENCE_US
           + monitor->confirmation_us + judge_second_look_us(monitor, outage)
           + 2 * (2 * monitor->timeout_ms * 1000 + JUDGE_SPARE_US);
}


/* Any failure resets a recovery, and a lossy path makes some until it ends. */
static int64_t
judge_recovery_reset(const world_t *world, const monitor_t *monitor, int64_t until_us)
{
    for (size_t i = 0; i < world->faults_count; i++) {
        const fault_t *fault = &world->faults[i];

        if (fault->kind == FAULT_LOSS && monitor->recovery_us > 0
            && (monitor->regions & (1u << fault->agent)) != 0 && fault->from_us < until_us
            && fault->until_us + monitor->recovery_us + MINUTE > until_us)
        {
            until_us = fault->until_us + monitor->recovery_us + MINUTE;
        }
    }

    return until_us;
}


static int64_t
judge_close_deadline(const world_t *world, const monitor_t *monitor, const outage_t *outage)
{
    int64_t interval_us = monitor->interval_ms * 1000;
    int64_t round_us = (interval_us > 30 * SECOND) ? interval_us : 30 * SECOND;
    int64_t usual_us = outage->until_us + interval_us + judge_timeouts_us(monitor, outage)
                       + JUDGE_SPARE_US + monitor->recovery_us;

    if (outage->flapping) {
        usual_us += JUDGE_FLAP_ROUNDS * round_us;
    }

    if (world_troubled(world, monitor->regions, outage->from_us - JUDGE_QUARANTINE_US,
                       usual_us + MINUTE))
    {
        usual_us += judge_blind_until(world, monitor, outage->until_us, usual_us) - outage->until_us
                    + interval_us + JUDGE_SILENCE_US;
        usual_us = judge_recovery_reset(world, monitor, usual_us);
    }

    return usual_us;
}


/* --- one monitor ------------------------------------------------------------ */

/* The outage that an incident confirmed at this moment can be about; NULL: none. */
static const outage_t *
judge_outage_of(const monitor_t *monitor, int64_t confirmed_us)
{
    for (size_t i = 0; i < monitor->outages_count; i++) {
        const outage_t *outage = &monitor->outages[i];
        int64_t late_us = judge_timeouts_us(monitor, outage) + 2 * SECOND;

        if (outage->kind != OUTAGE_SLOW && confirmed_us >= outage->from_us
            && confirmed_us <= outage->until_us + late_us)
        {
            return outage;
        }
    }

    return NULL;
}


static void
judge_part(judge_t *judge, const world_t *world, const monitor_t *monitor, const part_t *part)
{
    if (part->confirmed_us == 0) {
        return;
    }

    const outage_t *outage = judge_outage_of(monitor, part->confirmed_us);

    judge->incidents++;

    if (outage == NULL) {
        judge_tell(judge, &judge->false_ones,
                   "false incident of monitor %d (%d regions, interval %" PRId64
                   " s, confirmation %d s), confirmed at %.1f s",
                   monitor->id, monitor->regions_count, monitor->interval_ms / 1000,
                   (int) (monitor->confirmation_us / SECOND),
                   judge_clock(world, part->confirmed_us));
    } else if (!outage->flapping
               && outage->until_us - outage->from_us < monitor->confirmation_us - SECOND)
    {
        judge_tell(judge, &judge->false_ones,
                   "monitor %d: an incident at %.1f s of an outage that was shorter than its "
                   "confirmation period",
                   monitor->id, judge_clock(world, part->confirmed_us));
    } else if (part->confirmed_us < outage->explained_us) {
        judge_tell(judge, &judge->false_ones,
                   "monitor %d: an incident at %.1f s though monitor %d explains it", monitor->id,
                   judge_clock(world, part->confirmed_us), world->monitors[monitor->parent].id);
    }
}


/* Was it open at any moment of the outage, until the deadline?  Which part; NULL. */
static const part_t *
judge_found(const part_t *parts, size_t count, const outage_t *outage, int64_t deadline_us)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].confirmed_us != 0 && parts[i].confirmed_us <= deadline_us
            && parts[i].ended_us > outage->from_us)
        {
            return &parts[i];
        }
    }

    return NULL;
}


static void
judge_closing(judge_t *judge, const world_t *world, const monitor_t *monitor,
              const outage_t *outage, const part_t *part)
{
    int64_t deadline_us = judge_close_deadline(world, monitor, outage);
    const outage_t *next =
        (outage + 1 < monitor->outages + monitor->outages_count) ? outage + 1 : NULL;

    if (deadline_us > world->end_us || (next != NULL && next->from_us < deadline_us)) {
        return;
    }

    if (part->ended_us > deadline_us) {
        judge_tell(judge, &judge->unclosed,
                   "monitor %d: the outage of %.1f to %.1f s was closed at %.1f s, not by %.1f s",
                   monitor->id, judge_clock(world, outage->from_us),
                   judge_clock(world, outage->until_us),
                   (part->ended_us == INT64_MAX) ? -1 : judge_clock(world, part->ended_us),
                   judge_clock(world, deadline_us));
    } else if (!outage->flapping && part->ended_us > outage->until_us) {
        judge_note(&judge->closing, part->ended_us - outage->until_us - monitor->recovery_us);
    }
}


static void
judge_outage(judge_t *judge, const world_t *world, const monitor_t *monitor, const outage_t *outage,
             const part_t *parts, size_t count)
{
    int troubled;
    int64_t deadline_us = judge_deadline(world, monitor, outage, &troubled);
    const part_t *part = judge_found(parts, count, outage, deadline_us);

    judge->outages++;

    if (part != NULL) {
        int64_t took_us = part->confirmed_us - outage->from_us - monitor->confirmation_us;

        judge->found++;

        if (part->confirmed_us > outage->from_us && outage->alone_us == 0 && !outage->mass) {
            judge_note(troubled ? &judge->opening_troubled : &judge->opening, took_us);
            judge->theory_us +=
                troubled ? 0 : monitor->interval_ms * 1000 / monitor->regions_count / 2;
        }

        judge_closing(judge, world, monitor, outage, part);
        return;
    }

    if (outage->until_us < deadline_us || deadline_us > world->end_us
        || (outage->explained_us > 0 && outage->alone_us == 0))
    {
        judge->short_ones++;
        return;
    }

    part = judge_found(parts, count, outage, outage->until_us + HOUR);
    judge_tell(judge, (part == NULL) ? &judge->missed : &judge->late,
               "monitor %d (%d regions, interval %" PRId64 " s, confirmation %d s, timeout %" PRId64
               " s): outage %d of %.1f to %.1f s found at %.1f s, not by "
               "%.1f s%s",
               monitor->id, monitor->regions_count, monitor->interval_ms / 1000,
               (int) (monitor->confirmation_us / SECOND), monitor->timeout_ms / 1000,
               (int) outage->kind, judge_clock(world, outage->from_us),
               judge_clock(world, outage->until_us),
               (part == NULL) ? -1 : judge_clock(world, part->confirmed_us),
               judge_clock(world, deadline_us), troubled ? " (troubled)" : "");
}


/* --- all --------------------------------------------------------------------- */

static part_t
judge_read_part(const PGresult *result, int row)
{
    return (part_t){
        .started_us = atoll(PQgetvalue(result, row, 1)) * 1000,
        .confirmed_us = PQgetisnull(result, row, 2) ? 0 : atoll(PQgetvalue(result, row, 2)) * 1000,
        .ended_us =
            PQgetisnull(result, row, 3) ? INT64_MAX : atoll(PQgetvalue(result, row, 3)) * 1000,
    };
}


static void
judge_monitors(judge_t *judge, hub_model_t *hub)
{
    const world_t *world = hub->world;
    PGresult *result = hub_model_query(
        hub, "select im.monitor_id, core.ms(im.started_at), core.ms(im.confirmed_at),"
             " core.ms(im.ended_at) from betterstack.incident_monitor im"
             " join betterstack.incident i on i.id = im.incident_id"
             " where i.kind in ('failure', 'mass') order by im.monitor_id, im.started_at");
    part_t *parts = calloc((size_t) PQntuples(result) + 1, sizeof(*parts));
    int row = 0;

    for (size_t i = 0; i < world->monitors_count; i++) {
        const monitor_t *monitor = &world->monitors[i];
        size_t count = 0;

        while (row < PQntuples(result) && atoi(PQgetvalue(result, row, 0)) == monitor->id) {
            parts[count] = judge_read_part(result, row++);
            judge_part(judge, world, monitor, &parts[count++]);
        }

        for (size_t j = 0; j < monitor->outages_count; j++) {
            if (monitor->outages[j].kind != OUTAGE_SLOW
                && monitor->outages[j].from_us < world->end_us) {
                judge_outage(judge, world, monitor, &monitor->outages[j], parts, count);
            }
        }
    }

    free(parts);
    PQclear(result);
}


/* Whoever was left alone for long enough is up. */
static void
judge_states(judge_t *judge, hub_model_t *hub)
{
    const world_t *world = hub->world;
    PGresult *result =
        hub_model_query(hub, "select s.monitor_id, core.state_word(s.status), s.phase"
                             " from betterstack.monitor_state s where s.status <> 1 order by 1");

    for (int row = 0; row < PQntuples(result); row++) {
        monitor_t *monitor = &world->monitors[atoi(PQgetvalue(result, row, 0)) - hub->first_id];
        const outage_t *last =
            (monitor->outages_count > 0) ? &monitor->outages[monitor->outages_count - 1] : NULL;

        if (last == NULL || judge_close_deadline(world, monitor, last) < world->end_us) {
            judge_tell(judge, &judge->stuck, "monitor %d is %s at the end, phase %s", monitor->id,
                       PQgetvalue(result, row, 1), PQgetvalue(result, row, 2));
        }
    }

    PQclear(result);
}


void
judge_all(judge_t *judge, hub_model_t *hub)
{
    PGresult *result =
        hub_model_query(hub, "select sum(false_alarms) from betterstack.monitor_state");

    judge->false_alarms = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    judge_monitors(judge, hub);
    judge_states(judge, hub);
}


/* --- numbers ------------------------------------------------------------------ */

static int
judge_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x > y) - (x < y);
}


static void
judge_print_list(const char *name, judge_list_t *list)
{
    if (list->count == 0) {
        return;
    }

    qsort(list->us, list->count, sizeof(*list->us), judge_compare);
    printf("count %s_p50_s %.1f\n", name, (double) list->us[list->count / 2] / SECOND);
    printf("count %s_p99_s %.1f\n", name, (double) list->us[list->count * 99 / 100] / SECOND);
    printf("count %s_worst_s %.1f\n", name, (double) list->us[list->count - 1] / SECOND);
}


/* How many incidents of each kind, and how many of these are still open. */
static void
judge_print_kinds(hub_model_t *hub)
{
    PGresult *result = hub_model_query(
        hub, "select kind || case when resolved_at is null then '_open' else '' end, count(*)"
             " from betterstack.incident group by 1 order by 1");

    for (int row = 0; row < PQntuples(result); row++) {
        printf("count incidents_%s %s\n", PQgetvalue(result, row, 0), PQgetvalue(result, row, 1));
    }

    PQclear(result);
}


void
judge_print(judge_t *judge, hub_model_t *hub)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"monitors", hub->world->monitors_count},
        {"ticks", hub->counts.ticks},
        {"unknown", hub->counts.unknown},
        {"failures", hub->counts.failures},
        {"reports", hub->counts.reports},
        {"sweeps", hub->counts.sweeps},
        {"urgent", hub->counts.urgent},
        {"false_alarms_avoided", judge->false_alarms},
        {"outages", judge->outages},
        {"outages_found", judge->found},
        {"outages_short", judge->short_ones},
        {"confirmed", judge->incidents},
        {"false", judge->false_ones},
        {"late", judge->late},
        {"missed", judge->missed},
        {"unclosed", judge->unclosed},
        {"stuck", judge->stuck},
        {"report_ms", (uint64_t) hub->counts.report_us / 1000},
        {"report_worst_ms", (uint64_t) hub->counts.report_max_us / 1000},
        {"sweep_ms", (uint64_t) hub->counts.sweep_us / 1000},
        {"sweep_worst_ms", (uint64_t) hub->counts.sweep_max_us / 1000},
        {"other_ms", (uint64_t) hub->counts.other_us / 1000},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        printf("count %s %" PRIu64 "\n", numbers[i].name, numbers[i].value);
    }

    judge_print_kinds(hub);
    judge_print_list("opening", &judge->opening);
    judge_print_list("opening_troubled", &judge->opening_troubled);
    judge_print_list("closing", &judge->closing);

    if (judge->opening.count > 0) {
        printf("count opening_theory_s %.1f\n",
               (double) judge->theory_us / (double) judge->opening.count / SECOND);
    }
}


void
judge_free(judge_t *judge)
{
    free(judge->opening.us);
    free(judge->opening_troubled.us);
    free(judge->closing.us);
}
