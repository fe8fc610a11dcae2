
/*
 * How long to wait after the `failures`th failure in a row: from 0.25 s doubling
 * to 30 s, half of it by chance so that agents do not come back all at once;
 * never less than the other side asked for.
 */

#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdint.h>

int64_t backoff_ms(unsigned failures, int64_t at_least_ms);

#endif
