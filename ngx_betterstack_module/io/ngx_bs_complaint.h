
/*
 * Trouble that is tried again and again is told to the log once, and once more
 * when its reason changes; then that it is over.
 */

#ifndef _NGX_BS_COMPLAINT_H_INCLUDED_
#define _NGX_BS_COMPLAINT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* All zero: nothing has been told. */
typedef struct {
    uint32_t  told;        /* of the last reason */
    unsigned  open:1;
} ngx_bs_complaint_t;


/* The level of the log for this reason: NGX_LOG_ERR when it is news. */
ngx_uint_t ngx_bs_complaint_level(ngx_bs_complaint_t *complaint,
    const ngx_str_t *reason);

/* Whether there was any since the last call. */
ngx_flag_t ngx_bs_complaint_over(ngx_bs_complaint_t *complaint);


#endif /* _NGX_BS_COMPLAINT_H_INCLUDED_ */
