
/*
 * Looks once a second.  An outage begins when neither was in reach at a look,
 * and ends when one is; a way that has not been alerted by then needs no
 * all-clear.  If the next outage comes before everybody has heard of the end of
 * the last one, it is the same one.
 */

#include "emergency.h"

#include "backoff.h"
#include "clock.h"
#include "emergency_state.h"
#include "log.h"
#include "redact.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EMERGENCY_LOOK_MS 1000
#define EMERGENCY_NOTE_MS 10000   /* a shorter outage is not written down */
#define EMERGENCY_RESUME_MS 30000 /* a network that comes up with us may take that long */
#define EMERGENCY_RETRY_MIN_MS 5000
#define EMERGENCY_RETRY_MAX_MS 300000
#define EMERGENCY_CLEAR_MAX_MS 86400000 /* an all-clear that comes later helps nobody */
#define EMERGENCY_URL_MAX 256

typedef struct {
    emergency_try_t *try; /* under way */
    int is_clear;         /* what it tells */
    unsigned failures;
    int64_t next_ms; /* clock_ms(): not tried before */
} emergency_progress_t;

struct emergency {
    uv_loop_t *loop;
    emergency_options_t options;
    uv_timer_t timer;
    emergency_state_t state;
    int saved;          /* the file says what `state` does */
    int64_t reached_ms; /* clock_ms() of the last look at which one was in reach */
    emergency_progress_t ways[EMERGENCY_WAYS];
};


/* --- words ---------------------------------------------------------------- */

static void
emergency_time(int64_t wall_ms, char out[EMERGENCY_TIME_MAX])
{
    time_t seconds = (time_t) (wall_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(out, EMERGENCY_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}


static void
emergency_message(const emergency_t *emergency, int clear, emergency_message_t *message)
{
    const emergency_state_t *state = &emergency->state;
    const config_t *config = emergency->options.config;
    const char *region = emergency->options.region(emergency->options.data);
    char hub[EMERGENCY_URL_MAX];
    int64_t end_ms = clear ? state->until_ms : clock_wall_ms();
    int64_t lasted_s = (end_ms > state->since_ms) ? (end_ms - state->since_ms) / 1000 : 0;

    *message = (emergency_message_t){.clear = clear, .agent = config->name, .region = region};
    emergency_time(state->since_ms, message->since);
    redact_url(config->hub, hub, sizeof(hub));

    if (clear) {
        emergency_time(state->until_ms, message->until);
        snprintf(
            message->text, sizeof(message->text),
            "Agent %.128s%s%.64s is in touch with BetterStack again. The hub %s and Redis were "
            "out of its reach from %s to %s (%" PRId64 " min %" PRId64 " s).",
            config->name, region[0] != '\0' ? " of region " : "", region, hub, message->since,
            message->until, lasted_s / 60, lasted_s % 60);
        return;
    }

    snprintf(message->text, sizeof(message->text),
             "Agent %.128s%s%.64s has reached neither the hub %s nor Redis since %s (%" PRId64
             " min %" PRId64 " s). It goes on checking and keeps its results, but what it sees "
             "cannot be told: alerts may be missing until one of them is back.",
             config->name, region[0] != '\0' ? " of region " : "", region, hub, message->since,
             lasted_s / 60, lasted_s % 60);
}


/* --- telling -------------------------------------------------------------- */

static void
emergency_save(emergency_t *emergency)
{
    int result = emergency_state_save(emergency->options.path, &emergency->state);

    if (result != 0 && emergency->saved) {
        log_warn("emergency", "%s: %s", emergency->options.path, strerror(errno));
    }

    emergency->saved = result == 0;
}


static int64_t
emergency_wait_ms(unsigned failures)
{
    int64_t wait = EMERGENCY_RETRY_MIN_MS;

    for (unsigned i = 1; i < failures && wait < EMERGENCY_RETRY_MAX_MS; i++) {
        wait *= 2;
    }

    return backoff_ms(failures, wait < EMERGENCY_RETRY_MAX_MS ? wait : EMERGENCY_RETRY_MAX_MS);
}


static void
emergency_on_done(void *data, emergency_way_t way, const char *words)
{
    emergency_t *emergency = data;
    emergency_progress_t *progress = &emergency->ways[way];
    const char *what = progress->is_clear ? "all-clear" : "alert";

    progress->try = NULL;

    if (words == NULL) {
        progress->failures = 0;
        progress->next_ms = 0;
        emergency->state.alerted[way] = !progress->is_clear;
        emergency_save(emergency);
        log_info("emergency", "the %s has gone out by %s", what, emergency_way_name(way));
        return;
    }

    progress->next_ms = clock_ms() + emergency_wait_ms(++progress->failures);

    /* the first time, then ever less often */
    if ((progress->failures & (progress->failures - 1)) == 0) {
        log_error("emergency", "the %s could not be sent by %s (try %u): %s", what,
                  emergency_way_name(way), progress->failures, words);
    }
}


static void
emergency_tell(emergency_t *emergency, emergency_way_t way, int clear)
{
    emergency_progress_t *progress = &emergency->ways[way];
    emergency_message_t message;

    if (progress->try != NULL || clock_ms() < progress->next_ms
        || !emergency_way_is_configured(emergency->options.config, way))
    {
        return;
    }

    if (progress->is_clear != clear) {
        progress->is_clear = clear;
        progress->failures = 0;
    }

    emergency_message(emergency, clear, &message);
    progress->try =
        emergency_try_start(emergency->loop, emergency->options.http, emergency->options.config,
                            way, &message, emergency_on_done, emergency);

    if (progress->try == NULL) {
        emergency_on_done(emergency, way, "too few descriptors, or out of memory");
    }
}


/* --- the outage ----------------------------------------------------------- */

/* Neither is in reach. */
static void
emergency_go_on(emergency_t *emergency)
{
    emergency_state_t *state = &emergency->state;
    int64_t out_ms = clock_ms() - emergency->reached_ms;

    if (state->since_ms == 0) {
        state->since_ms = clock_wall_ms() - out_ms;
        emergency->saved = 0;
    }

    if (state->until_ms != 0) {
        state->until_ms = 0;
        emergency->saved = 0;
    }

    if (!emergency->saved && out_ms >= EMERGENCY_NOTE_MS) {
        emergency_save(emergency);
    }

    if (out_ms < emergency->options.config->emergency_after_s * 1000) {
        return;
    }

    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        if (!state->alerted[i]) {
            emergency_tell(emergency, (emergency_way_t) i, 0);
        }
    }
}


/* Does anybody wait for an all-clear, or hear the alert only now? */
static int
emergency_is_owing(const emergency_t *emergency)
{
    const emergency_state_t *state = &emergency->state;
    int in_time =
        state->until_ms == 0 || clock_wall_ms() - state->until_ms < EMERGENCY_CLEAR_MAX_MS;

    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        int configured =
            emergency_way_is_configured(emergency->options.config, (emergency_way_t) i);

        if (emergency->ways[i].try != NULL || (state->alerted[i] && configured && in_time)) {
            return 1;
        }
    }

    return 0;
}


/* One is. */
static void
emergency_end(emergency_t *emergency)
{
    emergency_state_t *state = &emergency->state;

    emergency->reached_ms = clock_ms();

    if (state->since_ms == 0) {
        return;
    }

    if (!emergency_is_owing(emergency)) {
        memset(state, 0, sizeof(*state));
        memset(emergency->ways, 0, sizeof(emergency->ways));
        emergency_save(emergency);
        return;
    }

    if (state->until_ms == 0) {
        state->until_ms = clock_wall_ms();
        emergency_save(emergency);
    }

    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        if (state->alerted[i]) {
            emergency_tell(emergency, (emergency_way_t) i, 1);
        }
    }
}


static void
emergency_on_look(uv_timer_t *timer)
{
    emergency_t *emergency = timer->data;

    if (emergency->options.in_reach(emergency->options.data)) {
        emergency_end(emergency);
    } else {
        emergency_go_on(emergency);
    }
}


/* --- start and end -------------------------------------------------------- */

/*
 * An outage that an earlier life has seen began then, whatever the clock has
 * done since; but it may be over, and that needs a moment to show.
 */
static void
emergency_resume(emergency_t *emergency)
{
    emergency_state_t *state = &emergency->state;

    emergency_state_load(emergency->options.path, state);
    emergency->saved = 1;
    emergency->reached_ms = clock_ms();

    if (state->since_ms != 0 && state->until_ms == 0) {
        int64_t out_ms = clock_wall_ms() - state->since_ms;
        int64_t most_ms = emergency->options.config->emergency_after_s * 1000 - EMERGENCY_RESUME_MS;

        out_ms = (out_ms < most_ms) ? out_ms : most_ms;
        emergency->reached_ms -= (out_ms > 0) ? out_ms : 0;
        log_info("emergency", "hub and Redis were out of reach before this start");
    }
}


emergency_t *
emergency_create(uv_loop_t *loop, const emergency_options_t *options)
{
    emergency_t *emergency = calloc(1, sizeof(*emergency));

    if (emergency == NULL) {
        return NULL;
    }

    emergency->loop = loop;
    emergency->options = *options;
    emergency_resume(emergency);
    uv_timer_init(loop, &emergency->timer);
    emergency->timer.data = emergency;

    /* with no way to tell there is nothing to look for */
    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        if (emergency_way_is_configured(options->config, (emergency_way_t) i)) {
            uv_timer_start(&emergency->timer, emergency_on_look, EMERGENCY_LOOK_MS,
                           EMERGENCY_LOOK_MS);
        }
    }

    return emergency;
}


static void
emergency_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
emergency_destroy(emergency_t *emergency)
{
    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        if (emergency->ways[i].try != NULL) {
            emergency_try_cancel(emergency->ways[i].try);
        }
    }

    uv_close((uv_handle_t *) &emergency->timer, emergency_on_closed);
}
