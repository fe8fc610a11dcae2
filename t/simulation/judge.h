
/*
 * The truth beside what the machine has said of it.  Every monitor is compared:
 * an incident without an outage is false, an outage that was long enough to be
 * found must have been found in time, and its incident closed in time.
 */

#ifndef JUDGE_H
#define JUDGE_H

#include "hub_model.h"

#define JUDGE_TOLD_MAX 20 /* problems that are told one by one */

typedef struct {
    int64_t *us;
    size_t count;
    size_t size;
} judge_list_t;

typedef struct {
    uint64_t outages;    /* in which something failed */
    uint64_t short_ones; /* of these: too short to have to be found */
    uint64_t found;
    uint64_t incidents;    /* confirmed, counted by monitor */
    uint64_t false_alarms; /* suspicions that came to nothing */
    uint64_t false_ones;   /* incidents without an outage */
    uint64_t late;
    uint64_t missed;
    uint64_t unclosed; /* or closed late */
    uint64_t stuck;    /* states at the end that should be up */
    uint64_t told;
    judge_list_t opening; /* latency beyond the confirmation period, in quiet times */
    judge_list_t opening_troubled;
    judge_list_t closing;
    int64_t theory_us; /* mean of what is due to the intervals alone */
} judge_t;

/* After the run. */
void judge_all(judge_t *judge, hub_model_t *hub);

/* "count NAME VALUE" lines, and "problem ..." lines before. */
void judge_print(judge_t *judge, hub_model_t *hub);
void judge_free(judge_t *judge);

#endif
