
#include "ngx_bs_history_evidence.h"
#include "ngx_bs_history_words.h"


#define NGX_BS_HISTORY_EVIDENCE_DEPTH_MAX  64
#define NGX_BS_HISTORY_SLOT_DIGITS_MAX     15


typedef struct {
    u_char  *p;
    u_char  *end;
} ngx_bs_history_scan_t;


static ngx_int_t ngx_bs_history_evidence_one(ngx_bs_history_scan_t *in,
    ngx_bs_history_note_t *note);
static ngx_uint_t ngx_bs_history_scan_is(ngx_bs_history_scan_t *in,
    u_char c);
static void ngx_bs_history_scan_space(ngx_bs_history_scan_t *in);
static ngx_int_t ngx_bs_history_scan_value(ngx_bs_history_scan_t *in);
static ngx_int_t ngx_bs_history_scan_string(ngx_bs_history_scan_t *in);


ngx_int_t
ngx_bs_history_evidence(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    ngx_array_t *notes)
{
    ngx_uint_t              before;
    ngx_bs_history_note_t  *to, note;
    ngx_bs_history_scan_t   in;

    before = notes->nelts;
    in.p = row->body.data;
    in.end = row->body.data + row->body.len;

    if (!ngx_bs_history_scan_is(&in, '{')) {
        goto damaged;
    }

    if (ngx_bs_history_scan_is(&in, '}')) {
        return NGX_OK;
    }

    do {
        if (ngx_bs_history_evidence_one(&in, &note) != NGX_OK) {
            goto damaged;
        }

        to = ngx_array_push(notes);
        if (to == NULL) {
            return NGX_ERROR;
        }

        *to = note;
        to->late = row->at_ms != 0;

    } while (ngx_bs_history_scan_is(&in, ','));

    if (ngx_bs_history_scan_is(&in, '}')) {
        return NGX_OK;
    }

damaged:

    notes->nelts = before;
    ngx_bs_history_damaged(h, row, "evidence that is no JSON object");

    return NGX_OK;
}


/* "1795305600000": value */

static ngx_int_t
ngx_bs_history_evidence_one(ngx_bs_history_scan_t *in,
    ngx_bs_history_note_t *note)
{
    u_char  *p;

    if (!ngx_bs_history_scan_is(in, '"')) {
        return NGX_ERROR;
    }

    for (p = in->p; p < in->end && *p >= '0' && *p <= '9'; p++) { /* void */ }

    if (p - in->p == 0 || p - in->p > NGX_BS_HISTORY_SLOT_DIGITS_MAX) {
        return NGX_ERROR;
    }

    note->slot_ms = ngx_atoof(in->p, p - in->p);
    in->p = p;

    if (in->p == in->end || *in->p++ != '"'
        || !ngx_bs_history_scan_is(in, ':'))
    {
        return NGX_ERROR;
    }

    ngx_bs_history_scan_space(in);

    note->text.data = in->p;

    if (ngx_bs_history_scan_value(in) != NGX_OK) {
        return NGX_ERROR;
    }

    note->text.len = in->p - note->text.data;

    return NGX_OK;
}


/* Takes it, if it is next. */

static ngx_uint_t
ngx_bs_history_scan_is(ngx_bs_history_scan_t *in, u_char c)
{
    ngx_bs_history_scan_space(in);

    if (in->p == in->end || *in->p != c) {
        return 0;
    }

    in->p++;

    return 1;
}


static void
ngx_bs_history_scan_space(ngx_bs_history_scan_t *in)
{
    while (in->p < in->end
           && (*in->p == ' ' || *in->p == '\t' || *in->p == CR
               || *in->p == LF))
    {
        in->p++;
    }
}


/*
 * One value, whatever it is, up to the comma or the brace after it.  What was
 * stored was looked at by Postgres, so brackets need only be counted; what was
 * damaged since cannot end outside of itself.
 */

static ngx_int_t
ngx_bs_history_scan_value(ngx_bs_history_scan_t *in)
{
    u_char     *begin;
    ngx_int_t   depth;

    depth = 0;

    for (begin = in->p; in->p < in->end; in->p++) {

        switch (*in->p) {

        case '"':
            if (ngx_bs_history_scan_string(in) != NGX_OK) {
                return NGX_ERROR;
            }
            break;

        case '{':
        case '[':
            if (++depth > NGX_BS_HISTORY_EVIDENCE_DEPTH_MAX) {
                return NGX_ERROR;
            }
            break;

        case '}':
        case ']':
            if (depth-- == 0) {
                return in->p > begin ? NGX_OK : NGX_ERROR;
            }
            break;

        case ',':
            if (depth == 0) {
                return in->p > begin ? NGX_OK : NGX_ERROR;
            }
            break;

        default:
            break;
        }
    }

    return NGX_ERROR;
}


/* Up to the quote that ends it. */

static ngx_int_t
ngx_bs_history_scan_string(ngx_bs_history_scan_t *in)
{
    for (in->p++; in->p < in->end; in->p++) {

        if (*in->p == '\\') {
            in->p++;

        } else if (*in->p == '"') {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}
