
/*
 * An agent has died, and until that was known nobody did its part of the
 * schedule.  Whoever has a monitor of its after it takes the slots that were
 * passed over, as far as they are still worth a probe.
 */

#ifndef OFFLINE_COVER_H
#define OFFLINE_COVER_H

#include "offline.h"
#include "share.h"

typedef struct {
    due_t *due;
    due_node_t node;
    const offline_options_t *options;
    const schedule_t *schedule; /* NULL: nothing is being covered */
    size_t next;                /* monitor */
    uint64_t self;
    share_t was;
    share_t now;
    int64_t from_ms; /* slots after this one */
    int64_t to_ms;   /* up to this one */
} offline_cover_t;

/* What the agents of `was` that are not in `now` had.  All is copied or borrowed until the end. */
void offline_cover_begin(offline_cover_t *cover, const schedule_t *schedule, const share_t *was,
                         const share_t *now, int64_t from_ms, int64_t to_ms);
/* There is another schedule (NULL: none): once more from its beginning, if something is covered. */
void offline_cover_follow(offline_cover_t *cover, const schedule_t *schedule);
void offline_cover_end(offline_cover_t *cover);

#endif
