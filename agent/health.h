
/*
 * What the agent knows about itself: whether its own uplink and name servers
 * answer, its clock against the hub's, how late its loop is.
 */

#ifndef HEALTH_H
#define HEALTH_H

#include <stdint.h>

typedef struct health health_t;

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

void health_summary(const health_t *health, health_summary_t *summary);

#endif
