
/*
 * What the agent knows about itself: whether its own uplink and name servers
 * answer, its clock against the hub's, how late its loop is.  A failed probe is
 * laid before it, and it says whether the failure may be held against the
 * target.
 *
 * Control targets are asked every HEALTH_PERIOD_MS and after failures.  As soon
 * as one answers after the failure the uplink counts as alive; it counts as gone
 * only when every control that is known to work has been asked after the
 * failure and was silent for CONTROL_DEADLINE_MS.
 */

#ifndef HEALTH_H
#define HEALTH_H

#include "bs_addr.h"
#include "bs_check.h"
#include "config.h"
#include "lag.h"

#include <sys/queue.h>

#define HEALTH_PERIOD_MS 10000
#define HEALTH_WORDS_MAX 240

typedef struct health health_t;
struct resolve;

/* reason NONE: it is the target's failure.  words "": there was nothing to find out. */
typedef struct {
    bs_reason_t reason;
    char words[HEALTH_WORDS_MAX];
} health_finding_t;

/* A failure; the caller's until it is answered or forgotten. */
typedef struct health_question {
    bs_reason_t reason;
    int64_t began_us; /* the attempt that failed */
    int64_t ended_us; /* and now */
    int64_t timeout_ms;
    int asks_dns; /* its dns reasons are of the agent's own name servers */
    int has_address;
    bs_addr_t address;
    void (*answered)(void *data, const health_finding_t *finding);
    void *data;
    TAILQ_ENTRY(health_question) link;
} health_question_t;

typedef struct {
    int uplink;               /* 1: alive, 0: gone; alive as long as nothing proves otherwise */
    int dns;                  /* 1: the name servers answer, 0: none of them */
    int clock_known;          /* the hub has told its time */
    int64_t clock_offset_ms;  /* the hub's clock minus ours */
    int64_t lag_max_us;       /* the loop's worst stall in the last minute */
    unsigned busy_permille;   /* of the last second */
    unsigned fds;             /* open descriptors, about */
    unsigned fds_max;         /* how many there may be */
    unsigned failures_asking; /* failed probes that wait to hear whether it was us */
} health_summary_t;

/* Everything is borrowed.  NULL: no memory, or a setting that makes no sense (logged). */
health_t *
health_create(uv_loop_t *loop, const config_t *config, struct resolve *resolve, const lag_t *lag);
/* No question may be open. */
void health_destroy(health_t *health);

/*
 * 1: *finding says it already.  0: question->answered is called later, once,
 * from the loop, unless health_forget() comes first.
 */
int health_ask(health_t *health, health_question_t *question, health_finding_t *finding);
void health_forget(health_t *health, health_question_t *question);

/* A probe has just had an answer from this address. */
void health_on_answer(health_t *health, const bs_addr_t *address);

/* The hub said its time in an answer to a call that was sent and answered at these moments. */
void health_on_hub_time(health_t *health, int64_t hub_ms, int64_t sent_us, int64_t received_us);

void health_summary(const health_t *health, health_summary_t *summary);

#endif
