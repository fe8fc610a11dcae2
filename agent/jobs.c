
/*
 * Nothing that gets lost here is lost: an entry that is not acknowledged comes
 * again, at once when the connection comes back (our own, id 0) or by
 * XAUTOCLAIM, and whoever works on entries recognises what it has done before.
 *
 * Entries that are still in work are claimed again by ourselves now and then,
 * so that only the entries of agents that died grow old.
 */

#include "jobs.h"

#include "bs_keys.h"
#include "log.h"
#include "redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_GROUP BS_KEY_JOBS_GROUP
#define JOBS_READ_COUNT 100
#define JOBS_BLOCK_MS "1000"
#define JOBS_DEADLINE_MS 6000
#define JOBS_BEAT_MS 1000
#define JOBS_TOUCH_MS 4000
#define JOBS_CLAIM_MS 2000
#define JOBS_CLAIM_IDLE_MS "9000" /* two touches missed; no slot lives shorter than 15 s */
#define JOBS_CLAIM_COUNT 100
#define JOBS_TIDY_MS 60000
#define JOBS_BATCH_MAX 500
#define JOBS_KEY_MAX 192

typedef struct {
    unsigned count;
    char ids[JOBS_BATCH_MAX][JOBS_ID_MAX];
} jobs_batch_t;

struct jobs {
    jobs_options_t options;
    redis_t *reader;
    redis_t *commander;
    uv_timer_t beat_timer;
    uv_timer_t touch_timer;
    uv_timer_t claim_timer;
    uv_timer_t tidy_timer;
    int closing;
    int stopped;
    int reading;
    int own_read; /* our unacknowledged entries have been read again */
    char own_from[JOBS_ID_MAX];
    char claim_from[JOBS_ID_MAX];
    unsigned acking;
    jobs_batch_t acks;
    jobs_batch_t touches;
    char stream[JOBS_KEY_MAX];
    char beat[JOBS_KEY_MAX];
};

static void jobs_read(jobs_t *jobs);


/* --- entries -------------------------------------------------------------- */

/* [id, [field, value, ...]]; an entry without fields was deleted meanwhile. */
static void
jobs_take_entry(jobs_t *jobs, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2
        || entry->element[0]->type != REDIS_REPLY_STRING
        || strlen(entry->element[0]->str) >= JOBS_ID_MAX)
    {
        return;
    }

    const char *id = entry->element[0]->str;
    const redisReply *fields = entry->element[1];

    if (fields->type == REDIS_REPLY_ARRAY) {
        for (size_t i = 0; i + 1 < fields->elements; i += 2) {
            const redisReply *field = fields->element[i];
            const redisReply *value = fields->element[i + 1];

            if (field->type == REDIS_REPLY_STRING && strcmp(field->str, BS_KEY_JOBS_FIELD) == 0
                && value->type == REDIS_REPLY_STRING)
            {
                jobs->options.on_job(jobs->options.data, id, value->str, (size_t) value->len);
                return;
            }
        }

        log_warn("jobs", "entry %s has no job in it", id);
    }

    jobs_ack(jobs, id);
    jobs_flush(jobs);
}


static void
jobs_take_entries(jobs_t *jobs, const redisReply *entries)
{
    if (entries->type != REDIS_REPLY_ARRAY) {
        return;
    }

    for (size_t i = 0; i < entries->elements; i++) {
        jobs_take_entry(jobs, entries->element[i]);
    }
}


/* --- reading -------------------------------------------------------------- */

static void
jobs_create_group(jobs_t *jobs)
{
    const char *argv[] = {"XGROUP", "CREATE", jobs->stream, JOBS_GROUP, "0", "MKSTREAM"};

    /* that it exists already is the usual case and no news */
    redis_command(jobs->reader, NULL, NULL, 6, argv, NULL);
}


/* The entries of XREADGROUP for our one stream: [[key, [entry, ...]]]. */
static const redisReply *
jobs_read_entries(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1
        || reply->element[0]->type != REDIS_REPLY_ARRAY || reply->element[0]->elements != 2
        || reply->element[0]->element[1]->type != REDIS_REPLY_ARRAY)
    {
        return NULL;
    }

    return reply->element[0]->element[1];
}


/* After a read of our own old entries: where the next one begins, until there are none. */
static void
jobs_advance_own(jobs_t *jobs, const redisReply *entries)
{
    if (entries == NULL || entries->elements == 0) {
        jobs->own_read = 1;
        return;
    }

    const redisReply *last = entries->element[entries->elements - 1];

    if (last->type == REDIS_REPLY_ARRAY && last->elements == 2
        && last->element[0]->type == REDIS_REPLY_STRING)
    {
        snprintf(jobs->own_from, sizeof(jobs->own_from), "%s", last->element[0]->str);
    } else {
        jobs->own_read = 1;
    }
}


static void
jobs_on_read(void *data, const redisReply *reply)
{
    jobs_t *jobs = data;

    jobs->reading = 0;

    if (reply == NULL) {
        return; /* on_up begins anew */
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        if (strncmp(reply->str, "NOGROUP", 7) == 0) {
            log_info("jobs", "the stream of this region is new: making its group");
            jobs_create_group(jobs);
            return; /* read with the next heartbeat: a full Redis would refuse both for ever */
        }

        log_error("jobs", "reading failed: %s", reply->str);
        return; /* tried again with the next heartbeat */
    }

    const redisReply *entries = jobs_read_entries(reply);

    if (!jobs->own_read) {
        jobs_advance_own(jobs, entries);
    }

    if (entries != NULL) {
        jobs_take_entries(jobs, entries);
    }

    jobs_read(jobs);
}


static void
jobs_read(jobs_t *jobs)
{
    unsigned capacity = jobs->options.capacity(jobs->options.data);
    char count[16];

    if (jobs->stopped || jobs->reading || !redis_is_up(jobs->reader) || capacity == 0) {
        return;
    }

    snprintf(count, sizeof(count), "%u", (capacity < JOBS_READ_COUNT) ? capacity : JOBS_READ_COUNT);

    const char *fresh[] = {"XREADGROUP", "GROUP",      JOBS_GROUP, jobs->options.name,
                           "COUNT",      count,        "BLOCK",    JOBS_BLOCK_MS,
                           "STREAMS",    jobs->stream, ">"};
    const char *own[] = {"XREADGROUP", "GROUP",   JOBS_GROUP,   jobs->options.name, "COUNT",
                         count,        "STREAMS", jobs->stream, jobs->own_from};
    int sent = jobs->own_read ? redis_command(jobs->reader, jobs_on_read, jobs, 11, fresh, NULL)
                              : redis_command(jobs->reader, jobs_on_read, jobs, 9, own, NULL);

    jobs->reading = (sent == 0);
}


static void
jobs_on_reader_up(void *data)
{
    jobs_t *jobs = data;

    log_info("jobs", "reading %s", jobs->stream);
    jobs->own_read = 0;
    strcpy(jobs->own_from, "0");
    jobs->reading = 0;
    jobs_create_group(jobs);
    jobs_read(jobs);
}


static void
jobs_on_reader_down(void *data)
{
    jobs_t *jobs = data;

    jobs->reading = 0;
}


void
jobs_resume(jobs_t *jobs)
{
    if (!jobs->reading) {
        jobs_read(jobs);
    }
}


void
jobs_stop(jobs_t *jobs)
{
    jobs->stopped = 1;
    uv_timer_stop(&jobs->claim_timer);
}


int
jobs_is_up(const jobs_t *jobs)
{
    return redis_is_up(jobs->reader);
}


int
jobs_is_quiet(const jobs_t *jobs)
{
    return !jobs->reading;
}


/* --- acknowledging and touching ------------------------------------------- */

static void
jobs_on_acked(void *data, const redisReply *reply)
{
    jobs_t *jobs = data;

    jobs->acking -= (jobs->acking > 0);

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        log_warn("jobs", "acknowledging failed: %s", reply->str);
    }
}


static void
jobs_send_ids(jobs_t *jobs, const char **argv, int argc, jobs_batch_t *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        argv[argc++] = batch->ids[i];
    }

    if (redis_command(jobs->commander, jobs_on_acked, jobs, argc, argv, NULL) == 0) {
        jobs->acking++;
    }
}


static void
jobs_flush_acks(jobs_t *jobs)
{
    const char *ack[JOBS_BATCH_MAX + 3] = {"XACK", jobs->stream, JOBS_GROUP};
    const char *del[JOBS_BATCH_MAX + 2] = {"XDEL", jobs->stream};

    if (jobs->acks.count > 0) {
        jobs_send_ids(jobs, ack, 3, &jobs->acks);
        jobs_send_ids(jobs, del, 2, &jobs->acks);
        jobs->acks.count = 0; /* when Redis is away they come again, and are recognised */
    }
}


static void
jobs_on_touched(void *data, const redisReply *reply)
{
    (void) data;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        log_warn("jobs", "keeping entries failed: %s", reply->str);
    }
}


static void
jobs_flush_touches(jobs_t *jobs)
{
    const char *argv[JOBS_BATCH_MAX + 6] = {"XCLAIM", jobs->stream, JOBS_GROUP, jobs->options.name,
                                            "0"};
    int argc = 5;

    if (jobs->touches.count == 0) {
        return;
    }

    for (unsigned i = 0; i < jobs->touches.count; i++) {
        argv[argc++] = jobs->touches.ids[i];
    }

    argv[argc++] = "JUSTID";
    redis_command(jobs->commander, jobs_on_touched, jobs, argc, argv, NULL);
    jobs->touches.count = 0;
}


void
jobs_flush(jobs_t *jobs)
{
    jobs_flush_acks(jobs);
    jobs_flush_touches(jobs);
}


static void
jobs_batch_add(jobs_t *jobs, jobs_batch_t *batch, const char *id)
{
    snprintf(batch->ids[batch->count++], JOBS_ID_MAX, "%s", id);

    if (batch->count == JOBS_BATCH_MAX) {
        jobs_flush(jobs);
    }
}


void
jobs_ack(jobs_t *jobs, const char *id)
{
    jobs_batch_add(jobs, &jobs->acks, id);
}


void
jobs_touch(jobs_t *jobs, const char *id)
{
    jobs_batch_add(jobs, &jobs->touches, id);
}


int
jobs_is_acking(const jobs_t *jobs)
{
    return jobs->acking > 0;
}


static void
jobs_on_touch_timer(uv_timer_t *timer)
{
    jobs_t *jobs = timer->data;

    jobs->options.on_touch(jobs->options.data);
    jobs_flush(jobs);
}


/* --- the heartbeat -------------------------------------------------------- */

static void
jobs_on_beat(void *data, const redisReply *reply)
{
    jobs_t *jobs = data;
    int64_t watermark_ms = -1;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_STRING && reply->str[0] >= '0' && reply->str[0] <= '9') {
        watermark_ms = strtoll(reply->str, NULL, 10);
    }

    jobs->options.on_beat(jobs->options.data, watermark_ms);
}


static void
jobs_on_beat_timer(uv_timer_t *timer)
{
    jobs_t *jobs = timer->data;
    const char *argv[] = {"GET", jobs->beat};

    redis_command(jobs->commander, jobs_on_beat, jobs, 2, argv, NULL);
    jobs_resume(jobs);
}


/* --- what dead agents left ------------------------------------------------ */

/* [next, [entry, ...], ...] */
static void
jobs_on_claimed(void *data, const redisReply *reply)
{
    jobs_t *jobs = data;

    strcpy(jobs->claim_from, "0-0");

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements < 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_ARRAY)
    {
        return; /* no group yet is an error too, and the reader's to mend */
    }

    snprintf(jobs->claim_from, sizeof(jobs->claim_from), "%s", reply->element[0]->str);

    if (reply->element[1]->elements > 0) {
        log_info("jobs", "took over %zu jobs that were not finished in time",
                 reply->element[1]->elements);
    }

    jobs_take_entries(jobs, reply->element[1]);
}


static void
jobs_on_claim_timer(uv_timer_t *timer)
{
    jobs_t *jobs = timer->data;
    unsigned capacity = jobs->options.capacity(jobs->options.data);
    char count[16];

    if (capacity == 0) {
        return;
    }

    snprintf(count, sizeof(count), "%u",
             (capacity < JOBS_CLAIM_COUNT) ? capacity : JOBS_CLAIM_COUNT);

    const char *argv[] = {"XAUTOCLAIM",       jobs->stream,     JOBS_GROUP, jobs->options.name,
                          JOBS_CLAIM_IDLE_MS, jobs->claim_from, "COUNT",    count};

    redis_command(jobs->commander, jobs_on_claimed, jobs, 8, argv, NULL);
}


/*
 * Agents that were renamed or removed leave consumers behind.  In one script,
 * because a consumer that is deleted takes its unfinished entries with it.
 */
static void
jobs_on_tidy_timer(uv_timer_t *timer)
{
    static const char script[] =
        "local removed = 0 "
        "for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do "
        "  local f = {} "
        "  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end "
        "  if f['pending'] == 0 and f['idle'] > 3600000 and f['name'] ~= ARGV[2] then "
        "    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], f['name']) "
        "    removed = removed + 1 "
        "  end "
        "end "
        "return removed";
    jobs_t *jobs = timer->data;
    const char *argv[] = {"EVAL", script, "1", jobs->stream, JOBS_GROUP, jobs->options.name};

    redis_command(jobs->commander, NULL, NULL, 6, argv, NULL);
}


/* --- start and end -------------------------------------------------------- */

static void
jobs_on_commander_up(void *data)
{
    jobs_t *jobs = data;

    jobs->acking = 0;
}


static void
jobs_on_commander_down(void *data)
{
    jobs_t *jobs = data;

    jobs->acking = 0;
}


static void
jobs_start_timer(uv_loop_t *loop, uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, void *data)
{
    uv_timer_init(loop, timer);
    timer->data = data;
    uv_timer_start(timer, callback, ms, ms);
}


jobs_t *
jobs_create(uv_loop_t *loop, const jobs_options_t *options)
{
    jobs_t *jobs = calloc(1, sizeof(*jobs));

    if (jobs == NULL) {
        return NULL;
    }

    redis_options_t reader = {"job connection", JOBS_DEADLINE_MS, jobs_on_reader_up,
                              jobs_on_reader_down, jobs};
    redis_options_t commander = {"command connection", JOBS_DEADLINE_MS, jobs_on_commander_up,
                                 jobs_on_commander_down, jobs};

    jobs->options = *options;
    strcpy(jobs->claim_from, "0-0");
    snprintf(jobs->stream, sizeof(jobs->stream), BS_KEY_JOBS_PREFIX "%s", options->region);
    snprintf(jobs->beat, sizeof(jobs->beat), BS_KEY_HEARTBEAT_PREFIX "%s", options->region);

    jobs->reader = redis_create(loop, options->address, &reader);
    jobs->commander = redis_create(loop, options->address, &commander);

    if (jobs->reader == NULL || jobs->commander == NULL) {
        if (jobs->reader != NULL) {
            redis_destroy(jobs->reader);
        }

        free(jobs);
        return NULL;
    }

    jobs_start_timer(loop, &jobs->beat_timer, jobs_on_beat_timer, JOBS_BEAT_MS, jobs);
    jobs_start_timer(loop, &jobs->touch_timer, jobs_on_touch_timer, JOBS_TOUCH_MS, jobs);
    jobs_start_timer(loop, &jobs->claim_timer, jobs_on_claim_timer, JOBS_CLAIM_MS, jobs);
    jobs_start_timer(loop, &jobs->tidy_timer, jobs_on_tidy_timer, JOBS_TIDY_MS, jobs);
    return jobs;
}


static void
jobs_on_closed(uv_handle_t *handle)
{
    jobs_t *jobs = handle->data;

    if (--jobs->closing == 0) {
        free(jobs);
    }
}


void
jobs_destroy(jobs_t *jobs)
{
    uv_timer_t *timers[] = {&jobs->beat_timer, &jobs->touch_timer, &jobs->claim_timer,
                            &jobs->tidy_timer};

    jobs->stopped = 1;
    redis_destroy(jobs->reader);
    redis_destroy(jobs->commander);

    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        jobs->closing++;
        uv_close((uv_handle_t *) timers[i], jobs_on_closed);
    }
}
