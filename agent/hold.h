
/*
 * Jobs that came before their slot, which is the usual case: the scheduler
 * publishes a little ahead.  They wait here, unacknowledged, and go on at their
 * moment; what is due, urgent or not understood goes on at once.
 */

#ifndef HOLD_H
#define HOLD_H

#include "due.h"
#include "lateness.h"

#define HOLD_MS_MAX 1000 /* by our own clock: another's idea of time parks nothing for longer */
#define HOLD_MAX 20000   /* jobs; one more goes on early */

typedef struct hold hold_t;

/* `on_job` is called from hold_take(), too.  `due` is borrowed.  NULL: no memory. */
hold_t *
hold_create(due_t *due, void (*on_job)(void *data, const char *id, const void *job, size_t len),
            void *data);
void hold_destroy(hold_t *hold);

void hold_take(hold_t *hold, const char *id, const void *job, size_t len);

/* The newest slot of which a job came; 0: none did. */
int64_t hold_newest_ms(const hold_t *hold);

/* Those that wait. */
unsigned hold_count(const hold_t *hold);

/* Forgets them: they are somebody else's then, as they were never acknowledged. */
void hold_drop(hold_t *hold);

/* How late jobs went on, since the last call. */
lateness_t hold_take_lateness(hold_t *hold);

#endif
