
/*
 * All enabled monitors, and what is due next, in memory: no I/O, no clock.
 *
 * A placement is a (monitor, region) with its next slot.  It is in exactly
 * one place: in the heap, ordered by slot; or taken out of it by its
 * publisher, who puts it back with its next slot.
 */

#ifndef _NGX_BS_SCHEDULE_H_INCLUDED_
#define _NGX_BS_SCHEDULE_H_INCLUDED_


#include "ngx_bs_regions.h"


#define NGX_BS_SCHEDULE_PLACEMENTS_MAX  4194304
#define NGX_BS_SCHEDULE_REGIONS_MAX     256        /* of one monitor */
#define NGX_BS_SCHEDULE_INTERVAL_MAX    86400000   /* ms */


typedef enum {
    NGX_BS_PLACEMENT_IDLE = 0,
    NGX_BS_PLACEMENT_HEAP,
    NGX_BS_PLACEMENT_FLIGHT,      /* sent to Redis, not answered */
    NGX_BS_PLACEMENT_RETRY        /* to be sent again */
} ngx_bs_placement_state_e;


typedef struct {
    ngx_queue_t  queue;           /* the publisher's */
    int64_t      slot;            /* next to publish; ms since the epoch */
    uint32_t     phase;
    uint32_t     heap;            /* place in the heap */
    uint16_t     region;          /* place in the table of regions */
    uint16_t     index;           /* in its monitor */
    uint8_t      state;
    uint8_t      replay;          /* in flight, and to be set back after it */
} ngx_bs_placement_t;


typedef struct ngx_bs_schedule_s  ngx_bs_schedule_t;


/* One allocation: the placements, then the packed spec. */
typedef struct {
    ngx_rbtree_node_t    node;    /* by monitor id */
    ngx_bs_schedule_t   *schedule;
    u_char              *spec;
    uint32_t             spec_len;
    uint32_t             interval;
    int64_t              since;   /* when it was added; 0: always there */
    uint32_t             generation;
    uint16_t             placements;
    uint16_t             flying;  /* placements that Redis has not answered */
    unsigned             dead:1;  /* replaced or removed: waits for those */
    ngx_bs_placement_t   placement[];
} ngx_bs_monitor_t;


struct ngx_bs_schedule_s {
    ngx_bs_placement_t  **heap;
    ngx_uint_t            nheap;
    ngx_uint_t            size;
    ngx_uint_t            monitors;
    ngx_uint_t            placements;
    uint32_t              generation;
    ngx_bs_regions_t     *regions;
    ngx_rbtree_t          tree;
    ngx_rbtree_node_t     sentinel;
    ngx_flag_t            loaded; /* completely, since the last clear */
    void                 *owner;  /* whoever gets placements back */
    ngx_log_t            *log;
};


/* One row of dispatch.monitor_row; all of it borrowed. */
typedef struct {
    uint32_t   id;
    int64_t    interval;
    ngx_str_t  placements;        /* slug:phase_ms,slug:phase_ms */
    ngx_str_t  spec;
} ngx_bs_schedule_row_t;


void ngx_bs_schedule_init(ngx_bs_schedule_t *schedule,
    ngx_bs_regions_t *regions, void *owner, ngx_log_t *log);
void ngx_bs_schedule_clear(ngx_bs_schedule_t *schedule);

/*
 * Adds or replaces.  A placement that was there before, with the same
 * interval and phase, keeps its slot; a new one gets its first slot after
 * `after`, so no slot is skipped and none comes twice.
 */
ngx_int_t ngx_bs_schedule_upsert(ngx_bs_schedule_t *schedule,
    const ngx_bs_schedule_row_t *row, int64_t after);
void ngx_bs_schedule_remove(ngx_bs_schedule_t *schedule, uint32_t id);

/* A full load: begin, upsert all, then drop what was not among them. */
void ngx_bs_schedule_load_begin(ngx_bs_schedule_t *schedule);
void ngx_bs_schedule_load_end(ngx_bs_schedule_t *schedule);

/* The earliest placement; NULL: nothing is in the heap. */
ngx_bs_placement_t *ngx_bs_schedule_top(ngx_bs_schedule_t *schedule);
void ngx_bs_schedule_take(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement);
void ngx_bs_schedule_put(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement);

/* Everything in the heap moves on to its first slot after `after`. */
void ngx_bs_schedule_forward(ngx_bs_schedule_t *schedule, int64_t after);

/* The other way: nothing in the heap is later than its first slot after. */
void ngx_bs_schedule_rewind(ngx_bs_schedule_t *schedule, int64_t after,
    int64_t now);

/* That slot of a placement: never one from before its monitor was known. */
int64_t ngx_bs_schedule_earlier(ngx_bs_placement_t *placement,
    int64_t after);

/* The monitor of a placement, dead or alive. */
ngx_bs_monitor_t *ngx_bs_schedule_monitor(ngx_bs_placement_t *placement);

/*
 * Who stands for a dead placement now: same monitor, region, interval and
 * phase.  NULL: nobody.
 */
ngx_bs_placement_t *ngx_bs_schedule_heir(ngx_bs_placement_t *placement);

/* A dead monitor's placement came back: frees with the last one. */
void ngx_bs_schedule_bury(ngx_bs_monitor_t *monitor);


#endif /* _NGX_BS_SCHEDULE_H_INCLUDED_ */
