
/*
 * The binary heap of a schedule: placements by slot, each knowing its place.
 * Its memory is reserved when monitors come, so pushing cannot fail.
 */

#ifndef _NGX_BS_HEAP_H_INCLUDED_
#define _NGX_BS_HEAP_H_INCLUDED_


#include "ngx_bs_schedule.h"


ngx_int_t ngx_bs_heap_reserve(ngx_bs_schedule_t *schedule, ngx_uint_t n);
void ngx_bs_heap_free(ngx_bs_schedule_t *schedule);

void ngx_bs_heap_push(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement);
void ngx_bs_heap_remove(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement);

/* Slots were changed behind its back: orders everything anew. */
void ngx_bs_heap_build(ngx_bs_schedule_t *schedule);


#endif /* _NGX_BS_HEAP_H_INCLUDED_ */
