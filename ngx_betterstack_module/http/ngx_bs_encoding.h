
/*
 * Which compressed copies of a file a client takes.
 */

#ifndef _NGX_BS_ENCODING_H_INCLUDED_
#define _NGX_BS_ENCODING_H_INCLUDED_


#include "../ngx_bs.h"


/* Best first; the last one needs nobody's consent. */
enum {
    NGX_BS_ENCODING_BROTLI = 0,
    NGX_BS_ENCODING_GZIP,
    NGX_BS_ENCODING_IDENTITY,
    NGX_BS_ENCODINGS
};


typedef struct {
    ngx_str_t    name;        /* as in Content-Encoding */
    ngx_str_t    suffix;      /* of the file that holds it */
} ngx_bs_encoding_t;


extern ngx_bs_encoding_t  ngx_bs_encodings[NGX_BS_ENCODINGS];


ngx_flag_t ngx_bs_encoding_accepted(ngx_http_request_t *r,
    ngx_uint_t encoding);

/* Vary, and Content-Encoding where there is one. */
ngx_int_t ngx_bs_encoding_header(ngx_http_request_t *r, ngx_uint_t encoding);


#endif /* _NGX_BS_ENCODING_H_INCLUDED_ */
