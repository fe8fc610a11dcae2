
#include "ngx_bs_deliveries.h"
#include "../http/ngx_bs_text.h"

#include <jansson.h>


static char *ngx_bs_deliveries_text(ngx_pool_t *pool, json_t *value);
static json_t *ngx_bs_deliveries_outcome(const bs_wire_outcome_t *outcome);
static json_t *ngx_bs_deliveries_string(const bs_wire_str_t *string);


char *
ngx_bs_deliveries_outcomes(ngx_pool_t *pool, const bs_wire_report_t *report)
{
    size_t   i;
    json_t  *outcomes;

    if (report->outcomes_count == 0) {
        return NULL;
    }

    outcomes = json_array();

    for (i = 0; i < report->outcomes_count; i++) {
        if (json_array_append_new(outcomes,
                               ngx_bs_deliveries_outcome(&report->outcomes[i]))
            != 0)
        {
            json_decref(outcomes);
            return NULL;
        }
    }

    return ngx_bs_deliveries_text(pool, outcomes);
}


char *
ngx_bs_deliveries_asking(ngx_pool_t *pool, const bs_wire_report_t *report)
{
    size_t   i;
    json_t  *asking, *kinds, *holds;

    asking = json_object();

    if (report->kinds_count) {
        kinds = json_array();

        for (i = 0; i < report->kinds_count; i++) {
            (void) json_array_append_new(kinds,
                                  ngx_bs_deliveries_string(&report->kinds[i]));
        }

        (void) json_object_set_new(asking, "kinds", kinds);
    }

    if (report->says_holds && report->life) {
        holds = json_array();

        for (i = 0; i < report->holds_count; i++) {
            (void) json_array_append_new(holds,
                                json_integer((json_int_t) report->holds[i]));
        }

        (void) json_object_set_new(asking, "holds", holds);
        (void) json_object_set_new(asking, "life",
                                   json_integer((json_int_t) report->life));
        (void) json_object_set_new(asking, "turn",
                                   json_integer((json_int_t) report->turn));
    }

    return ngx_bs_deliveries_text(pool, asking);
}


/* Takes the value.  NULL for lack of memory. */

static char *
ngx_bs_deliveries_text(ngx_pool_t *pool, json_t *value)
{
    char    *text, *copy;
    size_t   size;

    copy = NULL;
    text = json_dumps(value, JSON_COMPACT);

    if (text) {
        size = ngx_strlen(text) + 1;
        copy = ngx_pnalloc(pool, size);

        if (copy) {
            ngx_memcpy(copy, text, size);
        }
    }

    free(text);
    json_decref(value);

    return copy;
}


static json_t *
ngx_bs_deliveries_outcome(const bs_wire_outcome_t *outcome)
{
    return json_pack("[I, i, i, i, I, I, o, o]",
                     (json_int_t) outcome->delivery, (int) outcome->attempt,
                     (int) outcome->outcome, (int) outcome->http_status,
                     (json_int_t) outcome->retry_after_s,
                     (json_int_t) outcome->duration_ms,
                     ngx_bs_deliveries_string(&outcome->detail),
                     ngx_bs_deliveries_string(&outcome->provider_ref));
}


/* Text that Postgres cannot hold is as good as none. */

static json_t *
ngx_bs_deliveries_string(const bs_wire_str_t *string)
{
    ngx_str_t  text;

    text.data = (u_char *) string->data;
    text.len = string->len;

    if (text.data == NULL || !ngx_bs_text_valid(&text)) {
        return json_string("");
    }

    return json_stringn(string->data, string->len);
}


void
ngx_bs_deliveries_reply(ngx_pool_t *pool, const ngx_bs_pg_result_t *result,
    bs_wire_reply_t *reply)
{
    u_char      *packed, *last;
    size_t       len, size;
    ngx_int_t    column;
    ngx_str_t    value;
    ngx_uint_t   row, rows;

    size = 0;
    rows = ngx_bs_pg_result_rows(result);
    column = ngx_bs_pg_result_column(result, "delivery");

    for (row = 0; column != NGX_ERROR && row < rows; row++) {
        if (ngx_bs_pg_result_value(result, row, (ngx_uint_t) column, &value)) {
            size += value.len / 2;
        }
    }

    packed = size ? ngx_pnalloc(pool, size) : NULL;
    if (packed == NULL) {
        return;
    }

    last = packed;

    for (row = 0; row < rows; row++) {
        if (ngx_bs_pg_result_value(result, row, (ngx_uint_t) column, &value)
            && ngx_bs_pg_result_bytes(&value, last, &len) == NGX_OK)
        {
            last += len;
            reply->packed_deliveries_count++;
        }
    }

    if (reply->packed_deliveries_count) {
        reply->packed_deliveries.data = (const char *) packed;
        reply->packed_deliveries.len = (size_t) (last - packed);
    }
}
