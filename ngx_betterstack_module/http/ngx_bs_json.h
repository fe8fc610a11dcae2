
/*
 * A request's body as a JSON object.  It is parsed here before SQL sees it, so
 * that a mistake is told by its place and costs no round trip.
 */

#ifndef _NGX_BS_JSON_H_INCLUDED_
#define _NGX_BS_JSON_H_INCLUDED_


#include "../ngx_bs.h"

#include <jansson.h>


#define NGX_BS_JSON_BODY_MAX  65536


/* Once per process: jansson's memory is wiped when it is freed. */
void ngx_bs_json_init(void);

/* Content-Type: application/json, with or without parameters. */
ngx_flag_t ngx_bs_json_content_type(ngx_http_request_t *r);

/* Sends the 415. */
void ngx_bs_json_refuse_type(ngx_http_request_t *r);

/*
 * NULL: not one JSON object, or a key twice; `problem` says what and where, in
 * r->pool, without quoting the body.  The caller releases with json_decref().
 */
json_t *ngx_bs_json_object(ngx_http_request_t *r, const ngx_str_t *body,
    ngx_str_t *problem);

/* A string's text, borrowed; false when it is no string. */
ngx_flag_t ngx_bs_json_string(json_t *json, ngx_str_t *value);

/* Milliseconds since the epoch as an ISO 8601 string in quotes; 0 is null. */
#define NGX_BS_JSON_TIME_LEN  (sizeof("\"2026-11-22T08:00:00.000Z\"") - 1)
u_char *ngx_bs_json_time(u_char *p, uint64_t time_ms);


#endif /* _NGX_BS_JSON_H_INCLUDED_ */
