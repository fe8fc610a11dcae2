
#include "ngx_bs_news.h"
#include "ngx_bs_urgent.h"
#include "../live/ngx_bs_live.h"


static void ngx_bs_news_events(ngx_bs_worker_t *worker,
    const ngx_bs_pg_result_t *result);


/* Probes before pictures. */

void
ngx_bs_news_publish(ngx_bs_worker_t *worker, const ngx_bs_pg_result_t *result)
{
    ngx_bs_urgent_publish(worker->urgent, result);
    ngx_bs_news_events(worker, result);
}


static void
ngx_bs_news_events(ngx_bs_worker_t *worker, const ngx_bs_pg_result_t *result)
{
    ngx_int_t   team_column, event_column;
    ngx_str_t   team, event;
    ngx_uint_t  row, rows;

    team_column = ngx_bs_pg_result_column(result, "team_id");
    event_column = ngx_bs_pg_result_column(result, "event");

    if (team_column == NGX_ERROR || event_column == NGX_ERROR) {
        return;
    }

    rows = ngx_bs_pg_result_rows(result);

    for (row = 0; row < rows; row++) {

        if (ngx_bs_pg_result_value(result, row, (ngx_uint_t) team_column,
                                   &team)
            && ngx_bs_pg_result_value(result, row, (ngx_uint_t) event_column,
                                      &event))
        {
            ngx_bs_live_publish(worker, &team, &event);
        }
    }
}
