
/*
 * Starts and ends everything that one worker process owns.
 */

#ifndef _NGX_BS_WORKER_H_INCLUDED_
#define _NGX_BS_WORKER_H_INCLUDED_


#include "ngx_bs.h"


/*
 * From init_process.  NGX_ERROR only when memory is short: nginx does not
 * start such a worker again, so a database that is away must not count.
 */
ngx_int_t ngx_bs_worker_start(ngx_cycle_t *cycle, ngx_bs_main_conf_t *conf);

/* From exit_process.  Harmless when nothing was started. */
void ngx_bs_worker_stop(void);


#endif /* _NGX_BS_WORKER_H_INCLUDED_ */
