
#include "ngx_bs_history_words.h"
#include "ngx_bs_history_evidence.h"

#include <jansson.h>


/* 200 kinds of failures, each a sentence; a day has no more. */
#define NGX_BS_HISTORY_TEXTS_MAX    (1024 * 1024)
#define NGX_BS_HISTORY_KINDS_MAX    256


static ngx_int_t ngx_bs_history_words_row(ngx_bs_history_t *h,
    ngx_bs_history_row_t *row, ngx_bs_history_words_t *words);
static ngx_int_t ngx_bs_history_words_slots(ngx_bs_history_t *h,
    ngx_bs_history_row_t *row, ngx_bs_history_words_t *words);
static ngx_int_t ngx_bs_history_words_kinds(ngx_bs_history_t *h,
    ngx_bs_history_row_t *row, ngx_bs_history_words_t *words);
static ngx_int_t ngx_bs_history_words_kind(ngx_bs_history_t *h,
    json_t *item, int64_t day_ms, ngx_bs_history_words_t *words);
static ngx_int_t ngx_bs_history_words_text(ngx_bs_history_t *h,
    json_t *value, ngx_str_t *text);
static void ngx_bs_history_words_sort(ngx_array_t *notes);
static int ngx_libc_cdecl ngx_bs_history_words_compare(const void *a,
    const void *b);
static const ngx_str_t *ngx_bs_history_words_note(ngx_array_t *notes,
    const bs_pack_tick_t *tick);
static ngx_uint_t ngx_bs_history_words_is(const ngx_bs_history_kind_t *kind,
    const bs_pack_tick_t *tick);


ngx_int_t
ngx_bs_history_words(ngx_bs_history_t *h, ngx_uint_t region,
    ngx_bs_history_words_t *words)
{
    ngx_int_t              rc;
    ngx_uint_t             i;
    ngx_bs_history_row_t  *row;

    ngx_memzero(words, sizeof(ngx_bs_history_words_t));

    if (ngx_array_init(&words->notes, h->pool, 16,
                       sizeof(ngx_bs_history_note_t))
        != NGX_OK
        || ngx_array_init(&words->evidence, h->pool, 16,
                          sizeof(ngx_bs_history_note_t))
           != NGX_OK
        || ngx_array_init(&words->kinds, h->pool, 16,
                          sizeof(ngx_bs_history_kind_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < h->rows_n; i++) {
        row = &h->rows[i];

        rc = row->region == region ? ngx_bs_history_words_row(h, row, words)
                                   : NGX_OK;

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }

    ngx_bs_history_words_sort(&words->notes);
    ngx_bs_history_words_sort(&words->evidence);

    return NGX_OK;
}


static ngx_int_t
ngx_bs_history_words_row(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    ngx_bs_history_words_t *words)
{
    switch (row->kind) {

    case NGX_BS_HISTORY_WORDS:
        return ngx_bs_history_words_slots(h, row, words);

    case NGX_BS_HISTORY_EVIDENCE:
        return ngx_bs_history_evidence(h, row, &words->evidence);

    case NGX_BS_HISTORY_SEALED:
        return row->body.len ? ngx_bs_history_words_kinds(h, row, words)
                             : NGX_OK;

    default:
        return NGX_OK;
    }
}


/* Slots of eight bytes each, which all have this text. */

static ngx_int_t
ngx_bs_history_words_slots(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    ngx_bs_history_words_t *words)
{
    size_t                  i;
    uint64_t                slot_ms;
    ngx_uint_t              k;
    ngx_bs_history_note_t  *note;

    for (i = 0; i + 8 <= row->data.len; i += 8) {
        slot_ms = 0;

        for (k = 0; k < 8; k++) {
            slot_ms = slot_ms << 8 | row->data.data[i + k];
        }

        note = ngx_array_push(&words->notes);
        if (note == NULL) {
            return NGX_ERROR;
        }

        note->slot_ms = (int64_t) slot_ms;
        note->late = row->at_ms != 0;
        note->text = row->body;
    }

    return NGX_OK;
}


/* [[reason, http_status, address, text], ...] */

static ngx_int_t
ngx_bs_history_words_kinds(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    ngx_bs_history_words_t *words)
{
    size_t      i, n;
    json_t     *list;
    ngx_int_t   rc;

    list = row->body.len <= NGX_BS_HISTORY_TEXTS_MAX
           ? json_loadb((char *) row->body.data, row->body.len,
                        JSON_ALLOW_NUL, NULL)
           : NULL;

    if (!json_is_array(list)) {
        ngx_bs_history_damaged(h, row, "its texts are no list");
        json_decref(list);
        return NGX_OK;
    }

    rc = NGX_OK;
    n = ngx_min(json_array_size(list), NGX_BS_HISTORY_KINDS_MAX);

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc = ngx_bs_history_words_kind(h, json_array_get(list, i), row->at_ms,
                                       words);
    }

    json_decref(list);

    if (rc == NGX_DECLINED) {
        ngx_bs_history_damaged(h, row, "its texts are not what they should");
    }

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_bs_history_words_kind(ngx_bs_history_t *h, json_t *item, int64_t day_ms,
    ngx_bs_history_words_t *words)
{
    ngx_bs_history_kind_t  *kind;

    if (!json_is_integer(json_array_get(item, 0))
        || !json_is_string(json_array_get(item, 2))
        || !json_is_string(json_array_get(item, 3)))
    {
        return NGX_DECLINED;
    }

    kind = ngx_array_push(&words->kinds);
    if (kind == NULL) {
        return NGX_ERROR;
    }

    kind->day_ms = day_ms;
    kind->reason = json_integer_value(json_array_get(item, 0));
    kind->http_status = json_integer_value(json_array_get(item, 1));

    if (ngx_bs_history_words_text(h, json_array_get(item, 2), &kind->address)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_bs_history_words_text(h, json_array_get(item, 3), &kind->text);
}


static ngx_int_t
ngx_bs_history_words_text(ngx_bs_history_t *h, json_t *value, ngx_str_t *text)
{
    text->len = json_string_length(value);
    text->data = ngx_pnalloc(h->pool, text->len + 1);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(text->data, json_string_value(value), text->len);

    return NGX_OK;
}


static void
ngx_bs_history_words_sort(ngx_array_t *notes)
{
    ngx_qsort(notes->elts, notes->nelts, sizeof(ngx_bs_history_note_t),
              ngx_bs_history_words_compare);
}


static int ngx_libc_cdecl
ngx_bs_history_words_compare(const void *a, const void *b)
{
    const ngx_bs_history_note_t  *note_a, *note_b;

    note_a = a;
    note_b = b;

    if (note_a->slot_ms != note_b->slot_ms) {
        return note_a->slot_ms < note_b->slot_ms ? -1 : 1;
    }

    return (int) note_a->late - (int) note_b->late;
}


const ngx_str_t *
ngx_bs_history_words_find(ngx_bs_history_words_t *words,
    const bs_pack_tick_t *tick)
{
    ngx_uint_t              i;
    const ngx_str_t        *text;
    ngx_bs_history_kind_t  *kinds;

    text = ngx_bs_history_words_note(&words->notes, tick);

    if (text) {
        return text;
    }

    if (words->last && ngx_bs_history_words_is(words->last, tick)) {
        return &words->last->text;
    }

    kinds = words->kinds.elts;

    for (i = 0; i < words->kinds.nelts; i++) {
        if (ngx_bs_history_words_is(&kinds[i], tick)) {
            words->last = &kinds[i];
            return &kinds[i].text;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_bs_history_words_is(const ngx_bs_history_kind_t *kind,
    const bs_pack_tick_t *tick)
{
    return tick->slot_ms >= kind->day_ms
           && tick->slot_ms < kind->day_ms + NGX_BS_HISTORY_DAY_MS
           && kind->reason == tick->reason
           && kind->http_status == tick->http_status
           && kind->address.len == tick->address.len
           && ngx_memcmp(kind->address.data, tick->address.data,
                         kind->address.len)
              == 0;
}


const ngx_str_t *
ngx_bs_history_words_evidence(ngx_bs_history_words_t *words,
    const bs_pack_tick_t *tick)
{
    return ngx_bs_history_words_note(&words->evidence, tick);
}


static const ngx_str_t *
ngx_bs_history_words_note(ngx_array_t *array, const bs_pack_tick_t *tick)
{
    ngx_uint_t              low, high, middle;
    ngx_bs_history_note_t  *notes, wanted;

    notes = array->elts;
    wanted.slot_ms = tick->slot_ms;
    wanted.late = (tick->flags & NGX_BS_HISTORY_IS_LATE) != 0;
    low = 0;
    high = array->nelts;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (ngx_bs_history_words_compare(&notes[middle], &wanted) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low < array->nelts
           && ngx_bs_history_words_compare(&notes[low], &wanted) == 0
           ? &notes[low].text : NULL;
}
