
/*
 * The query string as a JSON object of strings, for `query jsonb`.
 */

#ifndef _NGX_BS_ARGS_H_INCLUDED_
#define _NGX_BS_ARGS_H_INCLUDED_


#include "../ngx_bs.h"


/*
 * Beside the parameters there is "_url", the request's own scheme, host and
 * path, for links to other pages.  Names that begin with _ are refused.
 * `json` is zero-terminated and lives in r->pool.  NGX_DECLINED: the query
 * string is refused, and `problem` says why, in words for the client.
 */
ngx_int_t ngx_bs_args_json(ngx_http_request_t *r, ngx_str_t *json,
    ngx_str_t *problem);


#endif /* _NGX_BS_ARGS_H_INCLUDED_ */
