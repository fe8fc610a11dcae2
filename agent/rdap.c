
/*
 * One entry a domain: its answer, the question that is on the way, the queries
 * that wait.  Only a few questions are on the way at once; whose turn has not
 * come waits in a list, and so do all while the list of registries is read.
 */

#include "rdap.h"

#include "clock.h"
#include "rdap_bootstrap.h"
#include "rdap_fetch.h"
#include "rdap_json.h"

#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define RDAP_ENTRIES_MAX 20000
#define RDAP_BUCKETS 1024 /* a power of two */
#define RDAP_ASKING_MAX 8
#define RDAP_BODY_MAX 262144
#define RDAP_URL_MAX 1024
#define RDAP_FRESH_MS 21600000
#define RDAP_DOUBT_MS 600000 /* bad news is asked for again sooner, and not kept in trouble */
#define RDAP_STALE_MS 604800000
#define RDAP_RETRY_MIN_MS 60000
#define RDAP_RETRY_MAX_MS 21600000

typedef struct rdap_entry rdap_entry_t;

struct rdap_query {
    rdap_entry_t *entry;
    int waiting; /* in the entry's list */
    uv_timer_t timer;
    rdap_done_cb done;
    void *data;
    LIST_ENTRY(rdap_query) link;
};

struct rdap_entry {
    rdap_t *rdap;
    rdap_answer_t answer;
    int64_t good_until_ms;  /* the answer is */
    int64_t known_until_ms; /* and stays, in trouble */
    unsigned failures;      /* in a row */
    unsigned queries_count;
    int in_line;
    int wanted; /* by somebody who does not wait */
    rdap_fetch_t *fetch;
    LIST_HEAD(, rdap_query) queries; /* that wait for the answer */
    LIST_ENTRY(rdap_entry) bucket_link;
    TAILQ_ENTRY(rdap_entry) age_link;
    TAILQ_ENTRY(rdap_entry) line_link;
    char domain[];
};

struct rdap {
    const check_env_t *env;
    rdap_bootstrap_t *bootstrap;
    psl_ctx_t *psl;
    unsigned entries_count;
    unsigned asking;
    LIST_HEAD(, rdap_entry) buckets[RDAP_BUCKETS];
    TAILQ_HEAD(, rdap_entry) by_age;
    TAILQ_HEAD(, rdap_entry) line;
};

static void rdap_advance(rdap_t *rdap);


/* --- domains -------------------------------------------------------------- */

const char *
rdap_registrable(rdap_t *rdap, const char *host)
{
    const char *name = host;
    const char *dot;

    if (rdap->psl == NULL) {
        rdap->psl = psl_latest(NULL);
    }

    if (rdap->psl != NULL && psl_is_public_suffix2(rdap->psl, host, PSL_TYPE_ICANN)) {
        return NULL;
    }

    /* the first, so the longest; what companies offer as suffixes is no registry's */
    while ((dot = strchr(name, '.')) != NULL) {
        if (rdap->psl == NULL || psl_is_public_suffix2(rdap->psl, dot + 1, PSL_TYPE_ICANN)) {
            return name;
        }

        name = dot + 1;
    }

    return NULL;
}


/* --- answers -------------------------------------------------------------- */

static void
rdap_on_answer(uv_timer_t *timer)
{
    rdap_query_t *query = timer->data;

    query->done(query->data, &query->entry->answer);
}


static void
rdap_deliver(rdap_query_t *query)
{
    if (query->waiting) {
        query->waiting = 0;
        LIST_REMOVE(query, link);
    }

    uv_timer_start(&query->timer, rdap_on_answer, 0, 0);
}


static void
rdap_deliver_all(rdap_entry_t *entry)
{
    rdap_query_t *query;

    entry->wanted = 0;

    while ((query = LIST_FIRST(&entry->queries)) != NULL) {
        rdap_deliver(query);
    }
}


/*
 * How long an answer is good.  An end that comes meanwhile may have been put
 * off before: whoever wants to know then asks.
 */
static int64_t
rdap_good_for(const rdap_answer_t *answer, int64_t limit_ms)
{
    int64_t left_ms = answer->expires_at * 1000 - clock_wall_ms();

    if (answer->end == RDAP_NO_SUCH_DOMAIN || answer->lapsed
        || (answer->expires_at != 0 && left_ms <= 0))
    {
        return RDAP_DOUBT_MS;
    }

    return (answer->expires_at != 0 && left_ms < limit_ms) ? left_ms : limit_ms;
}


static void
rdap_settle(rdap_entry_t *entry, const rdap_answer_t *answer)
{
    entry->failures = 0;
    entry->answer = *answer;
    entry->answer.asked_at_ms = clock_wall_ms();
    entry->good_until_ms = clock_ms() + rdap_good_for(answer, RDAP_FRESH_MS);
    entry->known_until_ms = clock_ms() + rdap_good_for(answer, RDAP_STALE_MS);
    rdap_deliver_all(entry);
}


/* Doubles from a minute to six hours; a registry may ask for more patience than that. */
static void
rdap_trouble(rdap_entry_t *entry, const char *words, int64_t retry_after_s)
{
    int64_t wait_ms = RDAP_RETRY_MIN_MS;

    for (unsigned i = 0; i < entry->failures && wait_ms < RDAP_RETRY_MAX_MS; i++) {
        wait_ms *= 2;
    }

    if (retry_after_s > wait_ms / 1000) {
        wait_ms =
            (retry_after_s < RDAP_RETRY_MAX_MS / 1000) ? retry_after_s * 1000 : RDAP_RETRY_MAX_MS;
    }

    wait_ms = (wait_ms < RDAP_RETRY_MAX_MS) ? wait_ms : RDAP_RETRY_MAX_MS;
    entry->failures++;
    entry->good_until_ms = clock_ms() + wait_ms;

    if (clock_ms() >= entry->known_until_ms) {
        entry->answer = (rdap_answer_t){.end = RDAP_TROUBLE, .asked_at_ms = clock_wall_ms()};
        snprintf(entry->answer.words, sizeof(entry->answer.words), "%s", words);
    }

    rdap_deliver_all(entry);
}


static void
rdap_take(rdap_entry_t *entry, const rdap_fetch_result_t *result)
{
    rdap_domain_t domain;
    char words[RDAP_WORDS_MAX];
    const char *error;

    if (result->status == 404 && rdap_domain_denied(result->body, result->len)) {
        rdap_settle(entry, &(rdap_answer_t){.end = RDAP_NO_SUCH_DOMAIN});
        return;
    }

    if (result->status != 200) {
        snprintf(words, sizeof(words), "the registry does not answer properly: %.150s",
                 result->words);
        rdap_trouble(entry, words, result->retry_after_s);
        return;
    }

    if (rdap_domain_read((result->body != NULL) ? result->body : "", result->len, entry->domain,
                         &domain, &error)
        != 0)
    {
        rdap_trouble(entry, error, 0);
        return;
    }

    rdap_settle(entry, &(rdap_answer_t){.end = RDAP_FOUND,
                                        .expires_at = domain.expires_at,
                                        .lapsed = domain.lapsed});
}


/* --- questions ------------------------------------------------------------ */

static void
rdap_on_fetched(void *data, const rdap_fetch_result_t *result)
{
    rdap_entry_t *entry = data;
    rdap_t *rdap = entry->rdap;
    rdap_fetch_t *fetch = entry->fetch;

    entry->fetch = NULL;
    rdap->asking--;
    rdap_take(entry, result);
    rdap_fetch_cancel(fetch);
    rdap_advance(rdap);
}


static void
rdap_ask(rdap_entry_t *entry)
{
    rdap_t *rdap = entry->rdap;
    const char *base = rdap_bootstrap_find(rdap->bootstrap, entry->domain);
    char words[RDAP_WORDS_MAX];
    char url[RDAP_URL_MAX];

    if (base == NULL) {
        snprintf(words, sizeof(words), "no registry of %.150s is known to answer by RDAP",
                 strrchr(entry->domain, '.') + 1);
        rdap_trouble(entry, words, RDAP_FRESH_MS / 1000);
        return;
    }

    int slash = base[0] != '\0' && base[strlen(base) - 1] == '/';
    int len = snprintf(url, sizeof(url), "%s%sdomain/%s", base, slash ? "" : "/", entry->domain);

    if (len < (int) sizeof(url)) {
        entry->fetch = rdap_fetch_start(rdap->env, url, RDAP_BODY_MAX, rdap_on_fetched, entry);
    }

    if (entry->fetch == NULL) {
        rdap_trouble(entry, "out of memory", 0);
        return;
    }

    rdap->asking++;
}


/* Whose turn it is. */
static void
rdap_advance(rdap_t *rdap)
{
    rdap_entry_t *entry;
    char words[RDAP_WORDS_MAX];
    int known = rdap_bootstrap_is_there(rdap->bootstrap);

    if (!known && rdap_bootstrap_is_trying(rdap->bootstrap)) {
        return;
    }

    while (rdap->asking < RDAP_ASKING_MAX && (entry = TAILQ_FIRST(&rdap->line)) != NULL) {
        TAILQ_REMOVE(&rdap->line, entry, line_link);
        entry->in_line = 0;

        if (LIST_EMPTY(&entry->queries) && !entry->wanted) {
            continue; /* nobody wants to know any more */
        }

        if (known) {
            rdap_ask(entry);
        } else {
            snprintf(words, sizeof(words), "the list of registries cannot be read: %.150s",
                     rdap_bootstrap_words(rdap->bootstrap));
            rdap_trouble(entry, words, 0);
        }
    }
}


static void
rdap_on_bootstrap(void *data)
{
    rdap_advance(data);
}


/* --- entries -------------------------------------------------------------- */

static void
rdap_entry_free(rdap_entry_t *entry)
{
    rdap_t *rdap = entry->rdap;

    if (entry->fetch != NULL) {
        rdap_fetch_cancel(entry->fetch);
        rdap->asking--;
    }

    if (entry->in_line) {
        TAILQ_REMOVE(&rdap->line, entry, line_link);
    }

    LIST_REMOVE(entry, bucket_link);
    TAILQ_REMOVE(&rdap->by_age, entry, age_link);
    rdap->entries_count--;
    free(entry);
}


static void
rdap_forget_oldest(rdap_t *rdap)
{
    rdap_entry_t *entry;

    /* those in use are few, at most one a probe in flight */
    TAILQ_FOREACH(entry, &rdap->by_age, age_link)
    {
        if (entry->queries_count == 0 && entry->fetch == NULL) {
            rdap_entry_free(entry);
            return;
        }
    }
}


static unsigned
rdap_bucket(const char *domain)
{
    uint32_t hash = 2166136261u;

    for (const char *p = domain; *p != '\0'; p++) {
        hash = (hash ^ (unsigned char) *p) * 16777619u;
    }

    return hash & (RDAP_BUCKETS - 1);
}


static rdap_entry_t *
rdap_entry_find(rdap_t *rdap, const char *domain)
{
    unsigned bucket = rdap_bucket(domain);
    rdap_entry_t *entry;

    LIST_FOREACH(entry, &rdap->buckets[bucket], bucket_link)
    {
        if (strcmp(entry->domain, domain) == 0) {
            return entry;
        }
    }

    if (rdap->entries_count >= RDAP_ENTRIES_MAX) {
        rdap_forget_oldest(rdap);
    }

    entry = calloc(1, sizeof(*entry) + strlen(domain) + 1);

    if (entry == NULL) {
        return NULL;
    }

    entry->rdap = rdap;
    strcpy(entry->domain, domain);
    LIST_INIT(&entry->queries);
    LIST_INSERT_HEAD(&rdap->buckets[bucket], entry, bucket_link);
    TAILQ_INSERT_TAIL(&rdap->by_age, entry, age_link);
    rdap->entries_count++;
    return entry;
}


static void
rdap_line_up(rdap_entry_t *entry)
{
    rdap_t *rdap = entry->rdap;

    if (entry->fetch == NULL && !entry->in_line) {
        entry->in_line = 1;
        TAILQ_INSERT_TAIL(&rdap->line, entry, line_link);
        rdap_bootstrap_freshen(rdap->bootstrap);
        rdap_advance(rdap);
    }
}


/* --- the public face ------------------------------------------------------ */

rdap_query_t *
rdap_start(rdap_t *rdap, const char *domain, rdap_done_cb done, void *data)
{
    rdap_query_t *query = calloc(1, sizeof(*query));
    rdap_entry_t *entry = rdap_entry_find(rdap, domain);

    if (query == NULL || entry == NULL) {
        free(query);
        return NULL;
    }

    query->entry = entry;
    query->done = done;
    query->data = data;
    uv_timer_init(rdap->env->loop, &query->timer);
    query->timer.data = query;
    entry->queries_count++;

    if (clock_ms() < entry->good_until_ms) {
        rdap_deliver(query);
        return query;
    }

    query->waiting = 1;
    LIST_INSERT_HEAD(&entry->queries, query, link);
    rdap_line_up(entry);
    return query;
}


int64_t
rdap_known_end(rdap_t *rdap, const char *domain)
{
    rdap_entry_t *entry = rdap_entry_find(rdap, domain);

    if (entry == NULL) {
        return 0;
    }

    if (clock_ms() >= entry->good_until_ms) {
        entry->wanted = 1;
        rdap_line_up(entry);
    }

    return (entry->answer.end == RDAP_FOUND && clock_ms() < entry->known_until_ms)
               ? entry->answer.expires_at
               : 0;
}


static void
rdap_on_query_closed(uv_handle_t *handle)
{
    free(handle->data);
}


/* The question itself goes on: its answer is for the next who wants to know. */
void
rdap_cancel(rdap_query_t *query)
{
    if (query->waiting) {
        LIST_REMOVE(query, link);
    }

    query->entry->queries_count--;
    uv_timer_stop(&query->timer);
    uv_close((uv_handle_t *) &query->timer, rdap_on_query_closed);
}


rdap_t *
rdap_create(const check_env_t *env, const char *bootstrap)
{
    rdap_t *rdap = calloc(1, sizeof(*rdap));

    if (rdap == NULL) {
        return NULL;
    }

    rdap->env = env;
    rdap->bootstrap = rdap_bootstrap_create(env, bootstrap, rdap_on_bootstrap, rdap);

    if (rdap->bootstrap == NULL) {
        free(rdap);
        return NULL;
    }

    TAILQ_INIT(&rdap->by_age);
    TAILQ_INIT(&rdap->line);
    return rdap;
}


void
rdap_destroy(rdap_t *rdap)
{
    while (!TAILQ_EMPTY(&rdap->by_age)) {
        rdap_entry_free(TAILQ_FIRST(&rdap->by_age));
    }

    rdap_bootstrap_destroy(rdap->bootstrap);
    psl_free(rdap->psl);
    free(rdap);
}
