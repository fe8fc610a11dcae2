
#include "ngx_bs_ping_store.h"
#include "../http/ngx_bs_call.h"
#include "../http/ngx_bs_problem.h"


/* The time of arrival is the ping's name: the same one is stored once. */

static ngx_bs_pg_statement_t  ngx_bs_ping_statement = {
    ngx_string("api_heartbeat_ping"),
    ngx_bs_call_sql("api.heartbeat_ping",
                    "$1::bytea, $2::text, $3::integer, $4::text, $5::text,"
                    " 'epoch'::timestamptz"
                    " + $6::bigint * interval '1 microsecond'"),
    NGX_BS_PING_STORE_PARAMS, NGX_BS_PG_LANE_WRITE, 0
};


/* Classes of SQLSTATE that another try meets again. */

static const char  *ngx_bs_ping_lasting[] = {
    "22", "23", "2F", "38", "42", "P0", "XX"
};


static void ngx_bs_ping_store_text(ngx_bs_pg_param_t *param,
    const ngx_str_t *text);


ngx_bs_pg_statement_t *
ngx_bs_ping_store_statement(void)
{
    return &ngx_bs_ping_statement;
}


void
ngx_bs_ping_store_params(const ngx_bs_ping_t *ping,
    ngx_bs_ping_params_t *params)
{
    ngx_bs_pg_param_t  *param;

    param = params->params;
    ngx_memzero(param, sizeof(params->params));

    param[0].value = (const char *) ping->digest;
    param[0].length = NGX_BS_DIGEST_LEN;
    param[0].binary = 1;

    param[1].value = ngx_bs_ping_what(ping->what);

    if (ping->exit_code >= 0) {
        *ngx_sprintf(params->exit_code, "%i", ping->exit_code) = '\0';
        param[2].value = (const char *) params->exit_code;
    }

    ngx_bs_ping_store_text(&param[3], &ping->output);
    ngx_bs_ping_store_text(&param[4], &ping->address);

    *ngx_sprintf(params->at, "%L", ping->at_us) = '\0';
    param[5].value = (const char *) params->at;
}


/* "Binary" text needs no zero at its end; none is NULL. */

static void
ngx_bs_ping_store_text(ngx_bs_pg_param_t *param, const ngx_str_t *text)
{
    if (text->len) {
        param->value = (const char *) text->data;
        param->length = (int) text->len;
        param->binary = 1;
    }
}


ngx_bs_ping_fate_e
ngx_bs_ping_store_fate(ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result)
{
    ngx_str_t   state;
    ngx_uint_t  i, n;

    if (outcome == NGX_BS_PG_OK) {
        return NGX_BS_PING_STORED;
    }

    if (outcome != NGX_BS_PG_FAILED || result == NULL
        || ngx_bs_problem_transient(outcome, result))
    {
        return NGX_BS_PING_AGAIN;
    }

    ngx_bs_pg_result_sqlstate(result, &state);

    n = sizeof(ngx_bs_ping_lasting) / sizeof(ngx_bs_ping_lasting[0]);

    for (i = 0; i < n; i++) {
        if (state.len == 5
            && ngx_strncmp(state.data, ngx_bs_ping_lasting[i], 2) == 0)
        {
            return NGX_BS_PING_REFUSED;
        }
    }

    return NGX_BS_PING_AGAIN;
}
