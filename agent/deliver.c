
/*
 * All that is in hand stands in one list, in the order in which the hub gave it.
 * One timer looks through it: what has become too late, what may begin, what is
 * to be told.  Ends of attempts only call for another look.
 */

#include "deliver.h"

#include "clock.h"
#include "crash_point.h"
#include "deliver_journal.h"
#include "deliver_send.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DELIVER_HELD_MAX 200
#define DELIVER_AT_ONCE_MAX 50
#define DELIVER_HOST_AT_ONCE_MAX 4
#define DELIVER_HOST_WAITING_MAX 40 /* more are given back: others need the room */
#define DELIVER_LEASE_MS 60000      /* core.delivery_lease_for() */
#define DELIVER_TIMEOUT_MS 20000
#define DELIVER_SPARE_MS 5000 /* of a lease, for the report */
#define DELIVER_LOOK_MS 100   /* at deadlines */
#define DELIVER_GIVEN_BACK_S 1

typedef enum { DELIVER_WAITING, DELIVER_SENDING, DELIVER_DONE } deliver_state_t;

typedef struct deliver_item deliver_item_t;

struct deliver_item {
    deliver_item_t *next;
    deliver_t *deliver;
    deliver_state_t state;
    uint64_t id;
    unsigned attempt;
    int64_t begin_by_ms;
    int64_t end_by_ms;
    char host[BS_URL_HOST_MAX + 1];
    uint16_t port;
    int said; /* in the report that is under way */
    deliver_send_t send;
};

struct deliver {
    deliver_options_t options;
    deliver_item_t *items;
    uv_timer_t timer;
    int journal;
    int stopping;
    int fresh; /* something has ended that on_outcome was not called for */
    int64_t life;
    int64_t turn;
    deliver_counts_t counts;
};


/* --- one item ------------------------------------------------------------- */

static void deliver_look_soon(deliver_t *deliver);


static void
deliver_log(const deliver_item_t *item)
{
    static const char *const words[] = {"was sent", "failed", "was refused", "may have failed"};
    const char *kind = (item->send.delivery != NULL) ? item->send.delivery->kind : "?";

    if (item->send.outcome == BS_WIRE_SENT) {
        log_debug("deliver", "delivery %" PRIu64 " (%s) was sent", item->id, kind);
    } else {
        log_info("deliver", "delivery %" PRIu64 " (%s), attempt %u, %s: %s", item->id, kind,
                 item->attempt, words[item->send.outcome], item->send.report.detail);
    }
}


/* The outcome stands in the item. */
static void
deliver_done(deliver_item_t *item)
{
    deliver_t *deliver = item->deliver;
    uint64_t *counters[] = {&deliver->counts.sent, &deliver->counts.failed,
                            &deliver->counts.refused, &deliver->counts.failed};

    item->state = DELIVER_DONE;
    ++*counters[item->send.outcome];
    deliver_log(item);
    deliver->fresh = 1;
    deliver_look_soon(deliver);
}


static deliver_journal_entry_t
deliver_entry(const deliver_item_t *item)
{
    const deliver_send_t *send = &item->send;
    deliver_journal_entry_t entry = {item->id, item->attempt, send->is_mail, send->http_status, ""};

    memcpy(entry.provider_ref, send->report.provider_ref, sizeof(entry.provider_ref));
    return entry;
}


static void
deliver_on_sent(deliver_send_t *send)
{
    deliver_item_t *item = send->data;

    if (send->outcome == BS_WIRE_SENT) {
        deliver_journal_entry_t entry = deliver_entry(item);

        deliver_journal_add(item->deliver->journal, &entry); /* so that the next life knows, too */
        crash_point("after_journal");
    }

    deliver_done(item);
}


static void
deliver_end(deliver_item_t *item, bs_wire_outcome_kind_t outcome, const char *words)
{
    deliver_send_end(&item->send, outcome, words);
    deliver_done(item);
}


/* It was not begun: any agent may try it again soon. */
static void
deliver_give_back(deliver_item_t *item, const char *words)
{
    item->send.report.retry_after_s = DELIVER_GIVEN_BACK_S;
    deliver_end(item, BS_WIRE_FAILED, words);
}


static void
deliver_free(deliver_item_t *item)
{
    if (item->state != DELIVER_DONE) {
        deliver_send_drop(&item->send);
    }

    delivery_free(item->send.delivery);
    free(item);
}


/* --- a look at all -------------------------------------------------------- */

/* How many others of its state are for the same host. */
static unsigned
deliver_fellows(const deliver_item_t *item, deliver_state_t state)
{
    unsigned count = 0;

    for (const deliver_item_t *other = item->deliver->items; other != NULL; other = other->next) {
        count += other != item && other->state == state && other->port == item->port
                 && strcmp(other->host, item->host) == 0;
    }

    return count;
}


static unsigned
deliver_count(const deliver_t *deliver, deliver_state_t state)
{
    unsigned count = 0;

    for (const deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        count += item->state == state;
    }

    return count;
}


static void
deliver_begin(deliver_item_t *item, int64_t now)
{
    if (deliver_send_prepare(&item->send) != 0) {
        deliver_done(item);
        return;
    }

    item->state = DELIVER_SENDING;
    item->end_by_ms = now + DELIVER_TIMEOUT_MS;
    deliver_send_start(&item->send);
}


static void
deliver_look_at(deliver_item_t *item, int64_t now, unsigned *sending)
{
    if (item->state == DELIVER_SENDING && now >= item->end_by_ms) {
        char words[64];

        snprintf(words, sizeof(words), "No answer within %d seconds", DELIVER_TIMEOUT_MS / 1000);
        deliver_send_cut_off(&item->send, words);

    } else if (item->state == DELIVER_WAITING && item->deliver->stopping) {
        deliver_give_back(item, "The agent that had it was stopped before it began");

    } else if (item->state == DELIVER_WAITING && now > item->begin_by_ms) {
        deliver_give_back(item, "Too many messages to the same host were under way");

    } else if (item->state == DELIVER_WAITING && *sending < DELIVER_AT_ONCE_MAX
               && deliver_fellows(item, DELIVER_SENDING) < DELIVER_HOST_AT_ONCE_MAX)
    {
        deliver_begin(item, now);
        *sending += item->state == DELIVER_SENDING;
    }
}


static void
deliver_on_look(uv_timer_t *timer)
{
    deliver_t *deliver = timer->data;
    unsigned sending = deliver_count(deliver, DELIVER_SENDING);
    int64_t now = clock_ms();
    int active = 0;

    uv_timer_stop(timer);

    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        deliver_look_at(item, now, &sending);
        active |= item->state != DELIVER_DONE;
    }

    /* ends in this look have asked for another one */
    if (active && !uv_is_active((uv_handle_t *) timer)) {
        uv_timer_start(timer, deliver_on_look, DELIVER_LOOK_MS, 0);
    }

    if (deliver->fresh) {
        deliver->fresh = 0;
        deliver->options.on_outcome(deliver->options.data);
    }
}


static void
deliver_look_soon(deliver_t *deliver)
{
    uv_timer_start(&deliver->timer, deliver_on_look, 0, 0);
}


/* --- what the hub gives --------------------------------------------------- */

/*
 * Is it in hand already?  Then a lease of it has ended before our attempt did;
 * that attempt's end is the new one's, too.
 */
static int
deliver_is_known(deliver_t *deliver, const bs_wire_delivery_t *wire)
{
    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        if (item->id != wire->id) {
            continue;
        }

        if (item->state != DELIVER_DONE) {
            item->attempt = wire->attempt;
            return 1;
        }

        if (item->send.outcome == BS_WIRE_SENT || item->attempt == wire->attempt) {
            return 1;
        }
    }

    return 0;
}


/* Without what it needs, it is refused by name. */
static void
deliver_decode(deliver_item_t *item, const bs_wire_delivery_t *wire)
{
    const char *error = "The hub's message makes no sense to this agent";
    char words[BS_WIRE_CHANNEL_BYTES_MAX + 64];

    if (wire->kind.data != NULL) {
        item->send.delivery = delivery_decode(wire, &error);
    }

    if (item->send.delivery == NULL) {
        deliver_end(item, BS_WIRE_REFUSED, error);
        return;
    }

    item->send.channel = channel_of(item->send.delivery->kind);

    if (item->send.channel == NULL) {
        snprintf(words, sizeof(words), "This agent (%s) knows no channel of kind %s", BS_VERSION,
                 item->send.delivery->kind);
        deliver_end(item, BS_WIRE_REFUSED, words);
    }
}


/* Whom it is for, which its request tells. */
static void
deliver_address(deliver_item_t *item)
{
    if (deliver_send_prepare(&item->send) != 0) {
        deliver_done(item);
        return;
    }

    snprintf(item->host, sizeof(item->host), "%s", item->send.url.host);
    item->port = item->send.url.port;
    deliver_send_release(&item->send);

    if (deliver_fellows(item, DELIVER_WAITING) >= DELIVER_HOST_WAITING_MAX) {
        deliver_give_back(item, "Too many messages to the same host were waiting");
    }
}


static void
deliver_take_one(deliver_t *deliver, deliver_item_t **tail, const bs_wire_delivery_t *wire,
                 int64_t lease_ends_ms)
{
    deliver_item_t *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        return; /* its lease ends, and another agent gets it */
    }

    item->deliver = deliver;
    item->id = wire->id;
    item->attempt = wire->attempt;
    item->begin_by_ms = lease_ends_ms - DELIVER_SPARE_MS - DELIVER_TIMEOUT_MS;
    item->send.env = deliver->options.env;
    item->send.done = deliver_on_sent;
    item->send.data = item;
    *tail = item;
    deliver_decode(item, wire);

    if (item->state == DELIVER_WAITING) {
        deliver_address(item);
    }
}


/* What was sent and is not told yet. */
static void
deliver_renew_journal(deliver_t *deliver)
{
    static deliver_journal_entry_t entries[DELIVER_JOURNAL_ENTRIES_MAX];
    unsigned count = 0;

    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        if (item->state == DELIVER_DONE && item->send.outcome == BS_WIRE_SENT
            && count < DELIVER_JOURNAL_ENTRIES_MAX)
        {
            entries[count++] = deliver_entry(item);
        }
    }

    deliver->journal =
        deliver_journal_renew(deliver->journal, deliver->options.journal, entries, count);
}


static void
deliver_forget_said(deliver_t *deliver)
{
    int forgotten = 0;

    for (deliver_item_t **place = &deliver->items; *place != NULL;) {
        deliver_item_t *item = *place;

        if (item->said) {
            forgotten |= item->send.outcome == BS_WIRE_SENT;
            *place = item->next;
            deliver_free(item);
        } else {
            place = &item->next;
        }
    }

    if (forgotten) {
        deliver_renew_journal(deliver);
    }
}


void
deliver_take(deliver_t *deliver, const bs_wire_reply_t *reply, int64_t sent_us)
{
    unsigned held = 0;

    crash_point("after_report");
    deliver_forget_said(deliver);

    deliver_item_t **tail = &deliver->items;

    for (; *tail != NULL; tail = &(*tail)->next) {
        held++;
    }

    for (size_t i = 0; i < reply->deliveries_count; i++) {
        if (held < DELIVER_HELD_MAX && !deliver_is_known(deliver, &reply->deliveries[i])) {
            deliver_take_one(deliver, tail, &reply->deliveries[i],
                             sent_us / 1000 + DELIVER_LEASE_MS);

            if (*tail != NULL) {
                tail = &(*tail)->next;
                held++;
            }
        }
    }

    deliver_look_soon(deliver);
}


/* --- what the hub is told ------------------------------------------------- */

/* What is not among the outcomes; more than a report takes, and nothing is said. */
static void
deliver_say_holds(deliver_t *deliver, bs_wire_report_t *report)
{
    report->life = deliver->life;
    report->turn = ++deliver->turn;
    report->says_holds = deliver->life != 0;

    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        if (item->said) {
            continue;
        }

        if (report->holds_count == BS_WIRE_HOLDS_MAX) {
            report->says_holds = 0;
            return;
        }

        report->holds[report->holds_count++] = item->id;
    }
}


void
deliver_say(deliver_t *deliver, bs_wire_report_t *report)
{
    unsigned held = 0;

    report->kinds_count = channel_names(report->kinds, BS_WIRE_KINDS_MAX);

    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        held++;
        item->said = item->state == DELIVER_DONE && report->outcomes_count < BS_WIRE_OUTCOMES_MAX;

        if (item->said) {
            report->outcomes[report->outcomes_count++] =
                deliver_send_outcome(&item->send, item->id, item->attempt);
        }
    }

    report->deliver = deliver->options.config->deliver && !deliver->stopping
                      && held + BS_WIRE_DELIVERIES_MAX <= DELIVER_HELD_MAX;

    deliver_say_holds(deliver, report);

    if (report->outcomes_count > 0) {
        crash_point("before_report");
    }
}


deliver_counts_t
deliver_counts(const deliver_t *deliver)
{
    deliver_counts_t counts = deliver->counts;

    counts.sending = deliver_count(deliver, DELIVER_SENDING);
    counts.unreported = deliver_count(deliver, DELIVER_DONE);
    counts.held = counts.sending + counts.unreported + deliver_count(deliver, DELIVER_WAITING);
    return counts;
}


/* --- start and end -------------------------------------------------------- */

/* What the last life has sent: to be reported, and not to be sent again. */
static void
deliver_remember(deliver_t *deliver)
{
    static deliver_journal_entry_t entries[DELIVER_JOURNAL_ENTRIES_MAX];
    unsigned count = deliver_journal_read(deliver->journal, entries, DELIVER_JOURNAL_ENTRIES_MAX);

    for (unsigned i = 0; i < count; i++) {
        deliver_item_t *item = calloc(1, sizeof(*item));

        if (item == NULL) {
            return;
        }

        item->deliver = deliver;
        item->id = entries[i].id;
        item->attempt = entries[i].attempt;
        item->state = DELIVER_DONE;
        deliver_send_recall(&item->send, &entries[i]);
        item->next = deliver->items;
        deliver->items = item;
    }
}


/* Tells this process from all others; 0: it has no such number. */
static int64_t
deliver_new_life(void)
{
    uint64_t chance = 0;

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != (ssize_t) sizeof(chance)) {
        return 0;
    }

    return (int64_t) (chance >> 1);
}


deliver_t *
deliver_create(uv_loop_t *loop, const deliver_options_t *options)
{
    deliver_t *deliver = calloc(1, sizeof(*deliver));

    if (deliver == NULL) {
        return NULL;
    }

    deliver->options = *options;
    deliver->life = deliver_new_life();
    uv_timer_init(loop, &deliver->timer);
    deliver->timer.data = deliver;
    deliver->journal = deliver_journal_open(options->journal);
    deliver_remember(deliver);
    return deliver;
}


void
deliver_stop(deliver_t *deliver)
{
    deliver->stopping = 1;
    deliver_look_soon(deliver);
}


void
deliver_abandon(deliver_t *deliver)
{
    for (deliver_item_t *item = deliver->items; item != NULL; item = item->next) {
        if (item->state == DELIVER_SENDING) {
            deliver_send_cut_off(&item->send, "The agent was stopped before an answer came");
        }
    }
}


static void
deliver_on_closed(uv_handle_t *handle)
{
    deliver_journal_close(((deliver_t *) handle->data)->journal);
    free(handle->data);
}


void
deliver_destroy(deliver_t *deliver)
{
    while (deliver->items != NULL) {
        deliver_item_t *item = deliver->items;

        deliver->items = item->next;
        deliver_free(item);
    }

    uv_close((uv_handle_t *) &deliver->timer, deliver_on_closed);
}
