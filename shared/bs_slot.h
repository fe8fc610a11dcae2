
/*
 * When a monitor is due.  A slot is phase + k * interval, in milliseconds
 * since the epoch; phases come from SQL (core.phase_ms), so hub and agents
 * agree without sharing more than this arithmetic.
 */

#ifndef BS_SLOT_H
#define BS_SLOT_H

#include <stdint.h>

/* The first slot strictly after `after_ms`.  interval_ms > 0, 0 <= phase_ms < interval_ms. */
int64_t bs_slot_next(int64_t after_ms, int64_t interval_ms, int64_t phase_ms);

/* The last moment at which a probe of this slot is still worth running. */
int64_t bs_slot_expires(int64_t slot_ms, int64_t interval_ms);

#endif
