
#include "ngx_bs_pg_pool.h"
#include "ngx_bs_pg_query.h"


static size_t ngx_bs_pg_query_size(const ngx_bs_pg_param_t *param);
static void ngx_bs_pg_query_params(ngx_bs_pg_query_t *query,
    const ngx_bs_pg_param_t *params, ngx_uint_t n, u_char *p);
static void ngx_bs_pg_query_count(ngx_bs_pg_query_t *query,
    ngx_bs_pg_outcome_e outcome);
static void ngx_bs_pg_query_expire(void *data);


ngx_bs_pg_query_t *
ngx_bs_pg_query_create(ngx_bs_pg_statement_t *statement,
    const ngx_bs_pg_param_t *params, ngx_msec_t deadline,
    ngx_bs_pg_done_pt done, void *data, size_t *held, ngx_bs_zone_t *zone,
    ngx_log_t *log)
{
    size_t              size;
    u_char             *p;
    ngx_uint_t          i, n;
    ngx_bs_pg_query_t  *query;

    n = statement->nparams;

    size = sizeof(ngx_bs_pg_query_t)
           + n * (sizeof(char *) + sizeof(int) + sizeof(int));

    for (i = 0; i < n; i++) {
        size += ngx_bs_pg_query_size(&params[i]);
    }

    query = ngx_alloc(size, log);
    if (query == NULL) {
        return NULL;
    }

    ngx_memzero(query, sizeof(ngx_bs_pg_query_t));

    p = (u_char *) (query + 1);

    query->values = (const char **) p;
    query->lengths = (int *) (query->values + n);
    query->formats = query->lengths + n;

    ngx_bs_pg_query_params(query, params, n, (u_char *) (query->formats + n));

    query->held = held;
    query->size = size;
    *held += size;

    query->statement = statement;
    query->done = done;
    query->data = data;
    query->zone = zone;
    query->log = log;

    ngx_bs_timer_init(&query->deadline, NGX_BS_TIMER_HOLDS,
                      ngx_bs_pg_query_expire, query, log);
    ngx_bs_timer_set(&query->deadline, deadline);

    return query;
}


/* In the copy; a zero ends binary values too, which costs nothing. */

static size_t
ngx_bs_pg_query_size(const ngx_bs_pg_param_t *param)
{
    if (param->value == NULL) {
        return 0;
    }

    return 1 + (param->binary ? (size_t) param->length
                              : ngx_strlen(param->value));
}


static void
ngx_bs_pg_query_params(ngx_bs_pg_query_t *query,
    const ngx_bs_pg_param_t *params, ngx_uint_t n, u_char *p)
{
    size_t      size;
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {

        query->formats[i] = params[i].binary;

        size = ngx_bs_pg_query_size(&params[i]);

        if (size == 0) {
            query->values[i] = NULL;
            query->lengths[i] = 0;
            continue;
        }

        query->values[i] = (const char *) p;
        query->lengths[i] = (int) (size - 1);

        p = ngx_cpymem(p, params[i].value, size - 1);
        *p++ = '\0';
    }
}


void
ngx_bs_pg_query_wait(ngx_bs_pg_query_t *query, ngx_queue_t *after,
    ngx_uint_t *waiting)
{
    ngx_queue_insert_after(after, &query->queue);
    query->waiting = waiting;
    (*waiting)++;
}


void
ngx_bs_pg_query_leave(ngx_bs_pg_query_t *query)
{
    ngx_queue_remove(&query->queue);
    (*query->waiting)--;
    query->waiting = NULL;
}


void
ngx_bs_pg_query_move(ngx_bs_pg_query_t *query, size_t *held)
{
    *query->held -= query->size;
    query->held = held;
    *query->held += query->size;
}


void
ngx_bs_pg_query_finish(ngx_bs_pg_query_t *query, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *take_result)
{
    void               *data;
    ngx_bs_pg_done_pt   done;

    done = query->done;
    data = query->data;

    if (done) {
        ngx_bs_pg_query_count(query, outcome);
    }

    ngx_bs_pg_query_destroy(query);

    if (done) {
        done(data, outcome, take_result);

    } else {
        ngx_bs_pg_result_free(take_result);
    }
}


void
ngx_bs_pg_query_destroy(ngx_bs_pg_query_t *query)
{
    *query->held -= query->size;

    ngx_bs_timer_clear(&query->deadline);
    ngx_free(query);
}


void
ngx_bs_pg_query_detach(ngx_bs_pg_query_t *query)
{
    if (query->waiting) {
        ngx_bs_pg_query_leave(query);
        ngx_bs_pg_query_destroy(query);
        return;
    }

    /* Sent: its connection still expects an answer, but nobody waits. */

    query->done = NULL;
    ngx_bs_timer_clear(&query->deadline);
}


static void
ngx_bs_pg_query_count(ngx_bs_pg_query_t *query, ngx_bs_pg_outcome_e outcome)
{
    switch (outcome) {

    case NGX_BS_PG_FAILED:
        ngx_bs_zone_count(query->zone, pg_failures);
        break;

    case NGX_BS_PG_LOST:
    case NGX_BS_PG_TIMEOUT:
        ngx_bs_zone_count(query->zone, pg_lost);
        break;

    case NGX_BS_PG_OK:
    case NGX_BS_PG_UNAVAILABLE:
        break;
    }
}


static void
ngx_bs_pg_query_expire(void *data)
{
    void               *receiver;
    ngx_bs_pg_done_pt   done;
    ngx_bs_pg_query_t  *query = data;

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, query->log, 0,
                   "betterstack pg deadline of %V", &query->statement->name);

    if (query->waiting) {
        ngx_bs_pg_query_leave(query);
        ngx_bs_pg_query_finish(query, NGX_BS_PG_UNAVAILABLE, NULL);
        return;
    }

    done = query->done;
    receiver = query->data;
    query->done = NULL;

    ngx_bs_pg_query_count(query, NGX_BS_PG_TIMEOUT);

    done(receiver, NGX_BS_PG_TIMEOUT, NULL);
}
