
/*
 * The promise that comes with publishing: every slot up to the watermark has
 * been accepted by Redis, or is too old to be worth a probe.  It never runs
 * ahead of a job that is not answered yet, so whoever schedules next can go on
 * from there and skips nothing.  As jobs are published ahead of their slot, it
 * usually lies a little in the future.
 */

#ifndef _NGX_BS_WATERMARK_H_INCLUDED_
#define _NGX_BS_WATERMARK_H_INCLUDED_


#include "ngx_bs_publish.h"


/* Of each region into the table, and the least of all as the result. */
int64_t ngx_bs_watermark(ngx_bs_publish_t *publish);


#endif /* _NGX_BS_WATERMARK_H_INCLUDED_ */
