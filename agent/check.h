
/*
 * A check: one attempt at a target, of one kind.  This is the small interface
 * behind which every kind of check stands; check_kinds.c has the table of them.
 */

#ifndef CHECK_H
#define CHECK_H

#include "facts.h"
#include "spec.h"

#include <uv.h>

#define CHECK_TARGET_MAX (BS_ADDR_TEXT_MAX + 16)

/* What every check works with; all of it is borrowed. */
typedef struct {
    struct http *http;
    struct resolve *resolve;
    struct icmp *icmp;
    struct rdap *rdap;
    struct tls_authorities *authorities;
    struct tls_client *tls;
    struct scram_queue *scram;
    const struct guard *guard;
    struct assert_pool *asserts; /* judges of assertions */
    struct uv_loop_s *loop;
    const char *ca_file;
    int64_t body_limit;
} check_env_t;

typedef struct check check_t;
typedef void (*check_done_cb)(void *data);
/* `address` is the one to connect to; NULL: none, and the facts say why. */
typedef void (*check_resolved_cb)(check_t *check, const bs_addr_t *address);

typedef struct {
    size_t size; /* of the kind's own struct; its first member is a check_t */
    /* Begins.  May end the check at once by check_finish() or check_fail(). */
    void (*start)(check_t *check);
    /* The deadline is over: writes into the facts how far it came.  The end follows by itself. */
    void (*on_deadline)(check_t *check);
    /* Lets go of everything it holds; from now on nothing may call the check. */
    void (*close)(check_t *check);
} check_kind_t;

struct check {
    const check_kind_t *kind;
    const check_env_t *env;
    const spec_t *spec;
    int attempt;          /* from 1 */
    check_facts_t *facts; /* fresh from facts_init() at the beginning */
    int64_t started_us;
    int64_t paused_us;             /* of its own will, not for the target: no part of the total */
    char target[CHECK_TARGET_MAX]; /* "192.0.2.1:80", once there is an address */
    int ended;
    uv_timer_t deadline;
    struct resolve_query *query;
    const char *host;
    uint16_t port;
    int64_t asked_us;
    check_certificate_t *soonest; /* of the ports before; NULL: none */
    check_resolved_cb resolved;
    check_done_cb done;
    void *data;
};

/*
 * `env`, `spec` and `facts` are borrowed until done; facts are complete then, and
 * the caller's to facts_deinit(), also after a cancel.
 * done runs once, from the loop, never inside check_start().  attempt 2 asks
 * the DNS anew (the first, too, if spec->fresh) and takes the next address.  The
 * deadline is spec->timeout_ms from now.  NULL: no memory.
 */
check_t *check_start(const check_env_t *env, const spec_t *spec, int attempt, check_facts_t *facts,
                     check_done_cb done, void *data);

/* done is not called any more. */
void check_cancel(check_t *check);

/* --- for the kinds -------------------------------------------------------- */

/*
 * Looks the name up (an address needs none), judges what is found by the
 * agent's address policy and picks the address whose turn it is.  Fills
 * phases.dns_us, has_address, address, port and check->target.  `host` is
 * borrowed until resolved is called, which may happen inside this call.
 */
void check_resolve(check_t *check, const char *host, uint16_t port, check_resolved_cb resolved);

/* A duration of one more piece of the same phase: they add up. */
void check_add_phase(int32_t *sum, int64_t us);

/* One of several ports was good: of all their certificates the one that ends soonest will count. */
void check_keep_certificate(check_t *check);

/* The end.  Whatever comes first counts; later calls do nothing. */
void check_finish(check_t *check);
void check_fail(check_t *check, bs_reason_t reason, const char *phase, const char *detail);

#endif
