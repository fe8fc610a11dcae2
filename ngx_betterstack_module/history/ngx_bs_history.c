
/* What a statement of sql/api/history.sql returned: the head, and the rows. */

#include "ngx_bs_history.h"

#include <jansson.h>


/* SELECT status, body, kind, region, at, ticks, data, all in binary */
enum {
    NGX_BS_HISTORY_COLUMN_STATUS = 0,
    NGX_BS_HISTORY_COLUMN_BODY,
    NGX_BS_HISTORY_COLUMN_KIND,
    NGX_BS_HISTORY_COLUMN_REGION,
    NGX_BS_HISTORY_COLUMN_AT,
    NGX_BS_HISTORY_COLUMN_TICKS,
    NGX_BS_HISTORY_COLUMN_DATA
};


static ngx_int_t ngx_bs_history_head(ngx_bs_history_t *h, ngx_str_t *body);
static ngx_int_t ngx_bs_history_head_regions(ngx_bs_history_t *h,
    json_t *list);
static ngx_int_t ngx_bs_history_head_text(ngx_bs_history_t *h, json_t *value,
    ngx_str_t *text);
static int64_t ngx_bs_history_head_number(json_t *root, const char *name);
static ngx_int_t ngx_bs_history_rows(ngx_bs_history_t *h);
static ngx_uint_t ngx_bs_history_region(ngx_bs_history_t *h, int64_t id);
static int64_t ngx_bs_history_number(ngx_bs_history_t *h, ngx_uint_t row,
    ngx_uint_t column);


ngx_int_t
ngx_bs_history_read(ngx_bs_history_t *h, ngx_uint_t *status, ngx_str_t *body)
{
    int64_t  number;

    if (ngx_bs_pg_result_rows(h->result) == 0) {
        return NGX_ERROR;
    }

    number = ngx_bs_history_number(h, 0, NGX_BS_HISTORY_COLUMN_STATUS);

    if (number < 200 || number > 599
        || !ngx_bs_pg_result_value(h->result, 0, NGX_BS_HISTORY_COLUMN_BODY,
                                   body))
    {
        return NGX_ERROR;
    }

    *status = (ngx_uint_t) number;

    if (number != 200) {
        return NGX_DECLINED;
    }

    if (ngx_bs_history_head(h, body) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_history_rows(h);
}


static ngx_int_t
ngx_bs_history_head(ngx_bs_history_t *h, ngx_str_t *body)
{
    json_t     *root;
    ngx_int_t   rc;

    root = json_loadb((char *) body->data, body->len, 0, NULL);
    if (root == NULL) {
        return NGX_ERROR;
    }

    h->since_ms = ngx_bs_history_head_number(root, "since");
    h->until_ms = ngx_bs_history_head_number(root, "until");
    h->step_ms = ngx_bs_history_head_number(root, "step");
    h->limit = (ngx_uint_t) ngx_bs_history_head_number(root, "limit");
    h->phase = (ngx_uint_t) ngx_bs_history_head_number(root, "phase");
    h->newest = json_is_true(json_object_get(root, "newest"));
    h->evidence = json_is_true(json_object_get(root, "evidence"));

    rc = NGX_ERROR;

    if (h->phase < BS_ROLLUP_PHASES && h->since_ms <= h->until_ms + 1
        && ngx_bs_history_head_text(h, json_object_get(root, "id"), &h->id)
           == NGX_OK
        && ngx_bs_history_head_text(h, json_object_get(root, "from"),
                                    &h->from)
           == NGX_OK
        && ngx_bs_history_head_text(h, json_object_get(root, "to"), &h->to)
           == NGX_OK)
    {
        rc = ngx_bs_history_head_regions(h, json_object_get(root, "regions"));
    }

    json_decref(root);

    return rc;
}


/* [[id, slug, name], ...] */

static ngx_int_t
ngx_bs_history_head_regions(ngx_bs_history_t *h, json_t *list)
{
    size_t                    i;
    json_t                   *item;
    ngx_bs_history_region_t  *region;

    h->regions_n = ngx_min(json_array_size(list), NGX_BS_HISTORY_REGIONS_MAX);

    h->regions = ngx_pcalloc(h->pool, (h->regions_n + 1)
                                      * sizeof(ngx_bs_history_region_t));
    if (h->regions == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < h->regions_n; i++) {
        item = json_array_get(list, i);
        region = &h->regions[i];
        region->id = json_integer_value(json_array_get(item, 0));

        if (ngx_bs_history_head_text(h, json_array_get(item, 1),
                                     &region->slug)
            != NGX_OK
            || ngx_bs_history_head_text(h, json_array_get(item, 2),
                                        &region->name)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_history_head_text(ngx_bs_history_t *h, json_t *value, ngx_str_t *text)
{
    ngx_str_t  borrowed;

    if (!json_is_string(value)) {
        return NGX_ERROR;
    }

    borrowed.data = (u_char *) json_string_value(value);
    borrowed.len = json_string_length(value);

    text->len = borrowed.len;
    text->data = ngx_pstrdup(h->pool, &borrowed);

    return text->data ? NGX_OK : NGX_ERROR;
}


/* 0 where there is none. */

static int64_t
ngx_bs_history_head_number(json_t *root, const char *name)
{
    int64_t  number;

    number = json_integer_value(json_object_get(root, name));

    return ngx_max(number, 0);
}


static ngx_int_t
ngx_bs_history_rows(ngx_bs_history_t *h)
{
    ngx_uint_t             i, n;
    ngx_bs_history_row_t  *row;

    n = ngx_bs_pg_result_rows(h->result);

    if (n > NGX_BS_HISTORY_ROWS_MAX) {
        n = NGX_BS_HISTORY_ROWS_MAX;
        h->cut = 1;
    }

    h->rows = ngx_pcalloc(h->pool, n * sizeof(ngx_bs_history_row_t));
    if (h->rows == NULL) {
        return NGX_ERROR;
    }

    for (i = 1; i < n; i++) {
        row = &h->rows[h->rows_n];

        row->kind = (ngx_uint_t) ngx_bs_history_number(h, i,
                                                   NGX_BS_HISTORY_COLUMN_KIND);
        row->at_ms = ngx_bs_history_number(h, i, NGX_BS_HISTORY_COLUMN_AT);
        row->ticks = (ngx_uint_t) ngx_bs_history_number(h, i,
                                                  NGX_BS_HISTORY_COLUMN_TICKS);
        row->region = ngx_bs_history_region(h,
            ngx_bs_history_number(h, i, NGX_BS_HISTORY_COLUMN_REGION));

        (void) ngx_bs_pg_result_value(h->result, i,
                                      NGX_BS_HISTORY_COLUMN_DATA, &row->data);
        (void) ngx_bs_pg_result_value(h->result, i,
                                      NGX_BS_HISTORY_COLUMN_BODY, &row->body);

        /* A region that came after the head's snapshot cannot be. */

        if (row->region < h->regions_n) {
            h->rows_n++;
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_bs_history_region(ngx_bs_history_t *h, int64_t id)
{
    ngx_uint_t  i;

    for (i = 0; i < h->regions_n; i++) {
        if (h->regions[i].id == id) {
            break;
        }
    }

    return i;
}


/* Of two, four or eight bytes; 0 for NULL and for anything negative. */

static int64_t
ngx_bs_history_number(ngx_bs_history_t *h, ngx_uint_t row, ngx_uint_t column)
{
    size_t     i;
    uint64_t   number;
    ngx_str_t  value;

    if (!ngx_bs_pg_result_value(h->result, row, column, &value)
        || value.len == 0 || value.len > 8 || (value.data[0] & 0x80))
    {
        return 0;
    }

    number = 0;

    for (i = 0; i < value.len; i++) {
        number = number << 8 | value.data[i];
    }

    return (int64_t) number;
}


/*
 * Measured on a slow core: 0.25 us to decode, merge and write one tick, 10 us
 * to take in one rollup, 60 us a day of hours.  Assumed, not measured: 10 ns a
 * byte of words or evidence.
 */

ngx_uint_t
ngx_bs_history_cost(ngx_bs_history_t *h)
{
    ngx_uint_t             i, ns;
    ngx_bs_history_row_t  *row;

    ns = 0;

    for (i = 0; i < h->rows_n; i++) {
        row = &h->rows[i];

        switch (row->kind) {

        case NGX_BS_HISTORY_SEALED:
        case NGX_BS_HISTORY_HOT:
        case NGX_BS_HISTORY_LATE:
            ns += ngx_min(row->ticks, NGX_BS_HISTORY_TICKS_MAX) * 250;
            break;

        case NGX_BS_HISTORY_HOURS:
            ns += 60000;
            break;

        default:
            ns += 10000;
        }

        ns += row->body.len * 10;
    }

    return ns / 1000;
}


void
ngx_bs_history_damaged(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    const char *why)
{
    if (h->damaged++ == 0) {
        h->damage = why;
        h->damage_row = row;
    }
}


void
ngx_bs_history_begin(ngx_bs_history_t *h, const char *type)
{
    ngx_bs_history_out_literal(&h->out, "{\"data\":{\"id\":\"");
    ngx_bs_history_out_bytes(&h->out, h->id.data, h->id.len);
    ngx_bs_history_out_literal(&h->out, "\",\"type\":\"");
    ngx_bs_history_out_bytes(&h->out, (u_char *) type, ngx_strlen(type));
    ngx_bs_history_out_literal(&h->out, "\",\"attributes\":{\"from\":\"");
    ngx_bs_history_out_bytes(&h->out, h->from.data, h->from.len);
    ngx_bs_history_out_literal(&h->out, "\",\"to\":\"");
    ngx_bs_history_out_bytes(&h->out, h->to.data, h->to.len);
    ngx_bs_history_out_literal(&h->out, "\"");
}


void
ngx_bs_history_end(ngx_bs_history_t *h)
{
    if (h->damaged) {
        ngx_bs_history_out_literal(&h->out, ",\"damaged\":true");
    }

    ngx_bs_history_out_literal(&h->out, "}}}");
}
