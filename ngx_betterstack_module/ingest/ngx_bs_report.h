
/*
 * POST /agent/v1/report: one batch of ticks, one statement, one answer after
 * its commit.  Reporting the same batch again stores nothing twice, so every
 * outcome that is not known is answered with "try again".
 */

#ifndef _NGX_BS_REPORT_H_INCLUDED_
#define _NGX_BS_REPORT_H_INCLUDED_


#include "../ngx_bs.h"


ngx_int_t ngx_bs_report_handler(ngx_http_request_t *r);
ngx_int_t ngx_bs_report_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_REPORT_H_INCLUDED_ */
