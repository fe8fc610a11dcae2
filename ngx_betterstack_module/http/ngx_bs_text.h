
/*
 * Bytes from the network that are to become text in Postgres.
 */

#ifndef _NGX_BS_TEXT_H_INCLUDED_
#define _NGX_BS_TEXT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* UTF-8 as Postgres wants it: shortest form, no surrogates, no zero byte. */
ngx_flag_t ngx_bs_text_valid(const ngx_str_t *text);

/* In place: what would not be valid becomes question marks. */
void ngx_bs_text_mend(ngx_str_t *text);

/* Characters of valid UTF-8. */
size_t ngx_bs_text_length(const ngx_str_t *text);

/*
 * One name or value of a query string into `out`, which has room for
 * encoded->len bytes.  NGX_ERROR: a % without two hexadecimal digits.
 */
ngx_int_t ngx_bs_text_decode(const ngx_str_t *encoded, ngx_str_t *out);


#endif /* _NGX_BS_TEXT_H_INCLUDED_ */
