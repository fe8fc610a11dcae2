
/*
 * What belongs to single ticks: the words of failures, and evidence.  Hot and
 * late ticks have theirs by slot, of which there may be one of each kind: the
 * tick says which it is by NGX_BS_HISTORY_IS_LATE.  Those of sealed days have
 * theirs by what failed.
 */

#ifndef _NGX_BS_HISTORY_WORDS_H_INCLUDED_
#define _NGX_BS_HISTORY_WORDS_H_INCLUDED_


#include "ngx_bs_history.h"


typedef struct {
    int64_t      slot_ms;
    ngx_uint_t   late;                     /* 1: of the late tick, not the other */
    ngx_str_t    text;                     /* as it is, or JSON */
} ngx_bs_history_note_t;


/* Of one kind of failure on a sealed day. */
typedef struct {
    int64_t      day_ms;
    int64_t      reason;
    int64_t      http_status;
    ngx_str_t    address;
    ngx_str_t    text;
} ngx_bs_history_kind_t;


/* One region's. */
typedef struct {
    ngx_array_t             notes;         /* ngx_bs_history_note_t, sorted */
    ngx_array_t             evidence;      /* the same */
    ngx_array_t             kinds;         /* ngx_bs_history_kind_t, by day */
    ngx_bs_history_kind_t  *last;          /* found; the next is often it */
} ngx_bs_history_words_t;


/* NGX_ERROR: no memory. */
ngx_int_t ngx_bs_history_words(ngx_bs_history_t *h, ngx_uint_t region,
    ngx_bs_history_words_t *words);

/* NULL: there are none. */
const ngx_str_t *ngx_bs_history_words_find(ngx_bs_history_words_t *words,
    const bs_pack_tick_t *tick);
const ngx_str_t *ngx_bs_history_words_evidence(ngx_bs_history_words_t *words,
    const bs_pack_tick_t *tick);


#endif /* _NGX_BS_HISTORY_WORDS_H_INCLUDED_ */
