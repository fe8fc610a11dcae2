
/*
 * One step of sealing, packed: from what dispatch.seal_take() delivered to the
 * parameters of dispatch.seal_store().  ngx_bs_seal_work_run() does it in a
 * thread; everything it needs is in the work, and nobody else touches it.
 */

#ifndef _NGX_BS_SEAL_WORK_H_INCLUDED_
#define _NGX_BS_SEAL_WORK_H_INCLUDED_


#include "../io/ngx_bs_pg.h"

#include "ngx_bs_seal_pack.h"


#define NGX_BS_SEAL_STORE_PARAMS  22

#define NGX_BS_SEAL_ERROR_LEN     200


typedef struct ngx_bs_seal_work_s  ngx_bs_seal_work_t;

struct ngx_bs_seal_work_s {
    void                *owner;         /* NULL: nobody waits any more */
    ngx_pool_t          *pool;
    ngx_bs_pg_result_t  *result;        /* of the take; owned */
    ngx_bs_seal_row_t    first;
    ngx_array_t          pairs;         /* of ngx_bs_seal_pair_t */
    ngx_uint_t           ticks;         /* in what is packed */
    ngx_uint_t           late;          /* of them from tick_late, and new */
    ngx_uint_t           damaged;       /* packed days left alone */
    ngx_flag_t           failed;        /* the step is not to be stored */
    ngx_flag_t           trouble;       /* nor ever: what is there is odd */
    u_char               error[NGX_BS_SEAL_ERROR_LEN];   /* the last */
    ngx_bs_pg_param_t    params[NGX_BS_SEAL_STORE_PARAMS];
};


/* Takes the result, also when it returns NULL: no memory. */
ngx_bs_seal_work_t *ngx_bs_seal_work_create(ngx_bs_pg_result_t *take_result,
    void *owner, ngx_log_t *log);

/* `data` is the work. */
void ngx_bs_seal_work_run(void *data);

void ngx_bs_seal_work_destroy(ngx_bs_seal_work_t *work);


#endif /* _NGX_BS_SEAL_WORK_H_INCLUDED_ */
