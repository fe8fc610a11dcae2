
/*
 * What work is made of, for the files that share the handling:
 *   work          intake, the way to the disk, the acknowledgement
 *   work_start    when an admitted item's probe begins
 *   work_result   what a probe found becomes a tick
 *
 * An item stands in one of four lists: crowded (until an earlier probe of its
 * monitor ends), ready (admitted), probing (until its
 * tick is written), waiting (for the disk, in the order of the spool's
 * sequence numbers).
 */

#ifndef WORK_PARTS_H
#define WORK_PARTS_H

#include "work.h"

#include "admit.h"
#include "bs_wire.h"
#include "jobs.h"
#include "probe.h"
#include "seen.h"

#include <sys/queue.h>

#define WORK_DOUBLE_IDS_MAX 8 /* entries of one slot that are acknowledged together */
#define WORK_BUCKETS 4096     /* a power of two */

typedef struct work_item work_item_t;
typedef struct work_list work_list_t;
typedef struct work_failure work_failure_t;

struct work_item {
    work_t *work;
    work_list_t *list;
    uint32_t monitor;
    int64_t slot_ms;
    int64_t expires_ms;
    int urgent; /* passes those that are not, and trusts no kept DNS answer */
    spec_t *spec;
    probe_t *probe;
    work_failure_t *failure; /* until the agent has looked at itself */
    uint64_t sequence;       /* 0: not in the spool yet */
    unsigned ids_count;
    char ids[WORK_DOUBLE_IDS_MAX][JOBS_ID_MAX];
    TAILQ_ENTRY(work_item) link;
    LIST_ENTRY(work_item) monitor_link; /* until it waits for the disk */
};

struct work_list {
    TAILQ_HEAD(, work_item) items;
    unsigned count;
};

struct work {
    work_options_t options;
    spool_t *spool;
    health_t *health;
    seen_t *seen;
    work_list_t crowded;
    work_list_t ready;
    work_list_t probing;
    work_list_t waiting;
    LIST_HEAD(, work_item) monitors[WORK_BUCKETS];
    admit_t admit;
    uv_timer_t start_timer;
    int refused; /* somebody was told that there is no room, and waits to hear that there is */
    msgpack_sbuffer tick;
    work_counts_t counts;
};

/* --- work --- */

/* From ready to probing. */
void work_item_begin(work_item_t *item);

/* Spools the tick; the item moves to waiting, or is gone when there is no room on disk. */
void work_spool(work_item_t *item, const bs_wire_tick_t *tick);

/* --- work_start --- */

void work_start_init(work_t *work);

/* Begins the item's probe now or, after others or when the loop is busy, soon. */
void work_start(work_item_t *item);

/* The same for what is ready, with the loop's next turn. */
void work_start_later(work_t *work);

/* Is the loop too busy for more?  Then work_start_look() follows soon. */
int work_start_is_held(work_t *work);

/* There may be room for those who were refused. */
void work_start_look(work_t *work);

/* Room was refused: is there enough of it now to ask for jobs? */
int work_has_room_again(work_t *work);

/* --- work_result --- */

/* What was not measured is written down as that. */
void work_spool_unknown(work_item_t *item, bs_reason_t reason, const char *detail);

/* It is too late for its slot. */
void work_expire(work_item_t *item);

/* A probe_done_cb; `data` is the item. */
void work_on_probed(void *data, const probe_result_t *result);

/* Gives up the question whether a failure was our own. */
void work_failure_free(work_item_t *item);

#endif
