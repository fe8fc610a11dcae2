
/* Facts against what the monitor wants: the verdict.  Pure. */

#ifndef EXPECT_H
#define EXPECT_H

#include "check.h"
#include "spec.h"

typedef struct {
    bs_status_t status;
    bs_reason_t reason;
} expect_verdict_t;

expect_verdict_t expect_judge(const spec_t *spec, const check_facts_t *facts);

/* Completes facts->reason and detail: the verdict's, as one sentence with what was seen. */
void expect_explain(expect_verdict_t verdict, check_facts_t *facts);

#endif
