
/*
 * Text that an answer is written into: it grows, up to a limit.  What fails is
 * remembered, so that writers need not look until the end.  Usable in threads.
 */

#ifndef _NGX_BS_HISTORY_OUT_H_INCLUDED_
#define _NGX_BS_HISTORY_OUT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* 100,000 rows of the longest kind are a third of it. */
#define NGX_BS_HISTORY_OUT_MAX  (64 * 1024 * 1024)


typedef struct {
    u_char    *data;         /* malloc'ed; the owner frees it */
    size_t     len;
    size_t     size;
    ngx_uint_t failed;       /* no memory, or too long */
} ngx_bs_history_out_t;


#define ngx_bs_history_out_literal(out, text)                                 \
    ngx_bs_history_out_bytes(out, (const u_char *) text, sizeof(text) - 1)

void ngx_bs_history_out_bytes(ngx_bs_history_out_t *out, const u_char *p,
    size_t len);
void ngx_bs_history_out_number(ngx_bs_history_out_t *out, int64_t number);

/* Microseconds as seconds, no more digits than there are: 0.0007 */
void ngx_bs_history_out_seconds(ngx_bs_history_out_t *out, int64_t us);

/* 0..1 in six digits */
void ngx_bs_history_out_share(ngx_bs_history_out_t *out, uint64_t part,
    uint64_t whole);

/* 2026-11-22T22:14:22.074Z, without quotes; years 1970 to 9999. */
void ngx_bs_history_out_time(ngx_bs_history_out_t *out, int64_t ms);

/* A JSON string with its quotes. */
void ngx_bs_history_out_text(ngx_bs_history_out_t *out, const u_char *p,
    size_t len);

/*
 * A field of a CSV file: quoted where it must be, and nothing that a
 * spreadsheet would take for a formula.
 */
void ngx_bs_history_out_field(ngx_bs_history_out_t *out, const u_char *p,
    size_t len);


#endif /* _NGX_BS_HISTORY_OUT_H_INCLUDED_ */
