
/*
 * A fresh query is answered by a question that was put after it began: one
 * that is on the wire already may have left before what is to be seen again.
 *
 * One entry per (name, family) holds the answer, the queries that wait for it
 * and its place in three lists: by age, to forget the oldest; those that wait
 * for a place on the wire; those whose queries are to be answered in the next
 * turn of the loop.
 */

#include "resolve.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define RESOLVE_ENTRIES_MAX 20000
#define RESOLVE_BUCKETS 4096 /* a power of two */
#define RESOLVE_ON_WIRE_MAX 100

typedef struct resolve_entry resolve_entry_t;

struct resolve_query {
    resolve_entry_t *entry; /* NULL once it is being answered */
    int later;              /* in the entry's second list */
    dns_done_cb done;
    void *data;
    TAILQ_ENTRY(resolve_query) link;
};

TAILQ_HEAD(resolve_queries, resolve_query);
TAILQ_HEAD(resolve_entries, resolve_entry);

struct resolve_entry {
    resolve_t *resolve;
    dns_answer_t answer;
    int64_t expires_ms;
    int asking;  /* on the wire */
    int waiting; /* for a place on the wire */
    int ready;   /* its queries are about to be answered */
    int held;    /* they are being answered: it must stay, whatever is asked from there */
    int family;
    int asked_family;
    struct resolve_queries queries;
    struct resolve_queries later; /* want the answer to a question that is not yet put */
    LIST_ENTRY(resolve_entry) bucket_link;
    TAILQ_ENTRY(resolve_entry) age_link;
    TAILQ_ENTRY(resolve_entry) wait_link;
    TAILQ_ENTRY(resolve_entry) ready_link;
    char host[];
};

struct resolve {
    dns_t *dns;
    uv_timer_t soon;
    unsigned entries_count;
    unsigned on_wire;
    LIST_HEAD(, resolve_entry) buckets[RESOLVE_BUCKETS];
    struct resolve_entries by_age;
    struct resolve_entries waiting;
    struct resolve_entries ready;
};

static void resolve_on_soon(uv_timer_t *timer);


static unsigned
resolve_bucket(const char *host, int family)
{
    uint32_t hash = 2166136261u + (uint32_t) family;

    for (const char *p = host; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char) *p) * 16777619u;
    }

    return hash & (RESOLVE_BUCKETS - 1);
}


static void
resolve_entry_free(resolve_entry_t *entry)
{
    LIST_REMOVE(entry, bucket_link);
    TAILQ_REMOVE(&entry->resolve->by_age, entry, age_link);
    entry->resolve->entries_count--;
    free(entry);
}


static void
resolve_forget_oldest(resolve_t *resolve)
{
    resolve_entry_t *entry;

    /* Entries in use are few, at most one per probe in flight: this ends soon. */
    TAILQ_FOREACH(entry, &resolve->by_age, age_link)
    {
        if (!entry->asking && !entry->waiting && !entry->ready && !entry->held) {
            resolve_entry_free(entry);
            return;
        }
    }
}


static resolve_entry_t *
resolve_entry_find(resolve_t *resolve, const char *host, int family)
{
    unsigned bucket = resolve_bucket(host, family);
    resolve_entry_t *entry;

    LIST_FOREACH(entry, &resolve->buckets[bucket], bucket_link)
    {
        if (entry->family == family && strcmp(entry->host, host) == 0) {
            return entry;
        }
    }

    if (resolve->entries_count >= RESOLVE_ENTRIES_MAX) {
        resolve_forget_oldest(resolve);
    }

    entry = calloc(1, sizeof(*entry) + strlen(host) + 1);

    if (entry == NULL) {
        return NULL;
    }

    entry->resolve = resolve;
    entry->family = family;
    strcpy(entry->host, host);
    TAILQ_INIT(&entry->queries);
    TAILQ_INIT(&entry->later);
    LIST_INSERT_HEAD(&resolve->buckets[bucket], entry, bucket_link);
    TAILQ_INSERT_TAIL(&resolve->by_age, entry, age_link);
    resolve->entries_count++;
    return entry;
}


static void
resolve_deliver(resolve_entry_t *entry)
{
    resolve_t *resolve = entry->resolve;

    if (!entry->ready) {
        entry->ready = 1;
        TAILQ_INSERT_TAIL(&resolve->ready, entry, ready_link);
        uv_timer_start(&resolve->soon, resolve_on_soon, 0, 0);
    }
}


static void resolve_on_answer(void *data, const dns_answer_t *answer);


static void
resolve_ask(resolve_entry_t *entry)
{
    resolve_t *resolve = entry->resolve;

    if (resolve->on_wire >= RESOLVE_ON_WIRE_MAX) {
        entry->waiting = 1;
        TAILQ_INSERT_TAIL(&resolve->waiting, entry, wait_link);
        return;
    }

    entry->asking = 1;
    resolve->on_wire++;
    dns_ask(resolve->dns, entry->host, entry->asked_family, resolve_on_answer, entry);
}


static void
resolve_on_answer(void *data, const dns_answer_t *answer)
{
    resolve_entry_t *entry = data;

    entry->asking = 0;
    entry->resolve->on_wire--;
    entry->answer = *answer;

    if (answer->reason == BS_REASON_DNS_NO_ADDRESS && entry->family == 0
        && entry->asked_family == 4) {
        entry->asked_family = 6;
        resolve_ask(entry);
        return;
    }

    /* Failures are not kept: the next probe deserves a new question. */
    int keep = answer->reason == BS_REASON_NONE;

    entry->expires_ms = keep ? clock_ms() + (int64_t) answer->ttl_s * 1000 : 0;
    resolve_deliver(entry);
}


static void
resolve_ask_anew(resolve_entry_t *entry)
{
    resolve_t *resolve = entry->resolve;

    TAILQ_REMOVE(&resolve->by_age, entry, age_link);
    TAILQ_INSERT_TAIL(&resolve->by_age, entry, age_link);
    entry->asked_family = (entry->family == 6) ? 6 : 4;
    dns_follow_system(resolve->dns);
    resolve_ask(entry);
}


/* Answers the queries that wait now; those that come meanwhile start a new round. */
static void
resolve_answer_queries(resolve_entry_t *entry)
{
    dns_answer_t answer = entry->answer;
    struct resolve_queries queries;
    resolve_query_t *query;

    TAILQ_INIT(&queries);
    TAILQ_CONCAT(&queries, &entry->queries, link);

    TAILQ_FOREACH(query, &queries, link)
    {
        query->entry = NULL;
    }

    while ((query = TAILQ_FIRST(&queries)) != NULL) {
        dns_done_cb done = query->done;
        void *done_data = query->data;

        TAILQ_REMOVE(&queries, query, link);
        free(query);

        if (done != NULL) {
            done(done_data, &answer);
        }
    }
}


/* The turn of those for whom the last question came too early. */
static void
resolve_ask_again(resolve_entry_t *entry)
{
    resolve_query_t *query;

    if (entry->asking || entry->waiting || TAILQ_EMPTY(&entry->later)) {
        return;
    }

    TAILQ_FOREACH(query, &entry->later, link)
    {
        query->later = 0;
    }

    TAILQ_CONCAT(&entry->queries, &entry->later, link);
    resolve_ask_anew(entry);
}


/* Asks and answers from the loop itself, so nothing here is ever entered twice. */
static void
resolve_on_soon(uv_timer_t *timer)
{
    resolve_t *resolve = timer->data;
    resolve_entry_t *last = TAILQ_LAST(&resolve->ready, resolve_entries);
    resolve_entry_t *entry = NULL;

    while (entry != last && (entry = TAILQ_FIRST(&resolve->ready)) != NULL) {
        TAILQ_REMOVE(&resolve->ready, entry, ready_link);
        entry->ready = 0;
        entry->held = 1;
        resolve_answer_queries(entry);
        entry->held = 0;
        resolve_ask_again(entry);
    }

    while (resolve->on_wire < RESOLVE_ON_WIRE_MAX
           && (entry = TAILQ_FIRST(&resolve->waiting)) != NULL) {
        TAILQ_REMOVE(&resolve->waiting, entry, wait_link);
        entry->waiting = 0;

        if (!TAILQ_EMPTY(&entry->queries)) { /* else nobody wants to know any more */
            resolve_ask(entry);
        }
    }
}


resolve_query_t *
resolve_start(resolve_t *resolve, const char *host, int family, int fresh, dns_done_cb done,
              void *data)
{
    resolve_query_t *query = calloc(1, sizeof(*query));
    resolve_entry_t *entry = resolve_entry_find(resolve, host, family);

    if (query == NULL || entry == NULL) {
        free(query);
        return NULL;
    }

    query->entry = entry;
    query->done = done;
    query->data = data;

    if (fresh && (entry->asking || entry->ready)) {
        query->later = 1;
        TAILQ_INSERT_TAIL(&entry->later, query, link);
        return query;
    }

    TAILQ_INSERT_TAIL(&entry->queries, query, link);

    if (entry->asking || entry->waiting || entry->ready) {
        return query;
    }

    if (!fresh && entry->expires_ms > clock_ms()) {
        resolve_deliver(entry);
        return query;
    }

    resolve_ask_anew(entry);
    return query;
}


void
resolve_cancel(resolve_query_t *query)
{
    if (query->entry == NULL) {
        query->done = NULL; /* in the list that is being answered: freed there */
        return;
    }

    if (query->later) {
        TAILQ_REMOVE(&query->entry->later, query, link);
    } else {
        TAILQ_REMOVE(&query->entry->queries, query, link);
    }

    free(query);
}


unsigned
resolve_servers(const resolve_t *resolve, bs_addr_t *addresses, uint16_t *ports, unsigned max)
{
    return dns_servers(resolve->dns, addresses, ports, max);
}


int
resolve_is_waiting(const resolve_query_t *query)
{
    return query->entry != NULL && query->entry->waiting;
}


resolve_t *
resolve_create(uv_loop_t *loop, const char *servers)
{
    resolve_t *resolve = calloc(1, sizeof(*resolve));

    if (resolve == NULL) {
        return NULL;
    }

    resolve->dns = dns_create(loop, servers);

    if (resolve->dns == NULL) {
        free(resolve);
        return NULL;
    }

    TAILQ_INIT(&resolve->by_age);
    TAILQ_INIT(&resolve->waiting);
    TAILQ_INIT(&resolve->ready);
    uv_timer_init(loop, &resolve->soon);
    resolve->soon.data = resolve;
    return resolve;
}


static void
resolve_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
resolve_destroy(resolve_t *resolve)
{
    dns_destroy(resolve->dns);

    while (!TAILQ_EMPTY(&resolve->by_age)) {
        resolve_entry_free(TAILQ_FIRST(&resolve->by_age));
    }

    uv_close((uv_handle_t *) &resolve->soon, resolve_on_closed);
}
