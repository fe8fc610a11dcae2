
/*
 * Alerts, as far as a report and its reply carry them: what became of those
 * that the agent had, and those that SQL has leased to it.
 */

#ifndef _NGX_BS_DELIVERIES_H_INCLUDED_
#define _NGX_BS_DELIVERIES_H_INCLUDED_


#include "../ngx_bs.h"
#include "bs_wire.h"


/*
 * A JSON array as core.delivery_outcomes() takes it, zero-terminated; NULL if
 * there are none, or for lack of memory: then the report must not be answered
 * as if it were stored, or the agent forgets them.
 */
char *ngx_bs_deliveries_outcomes(ngx_pool_t *pool,
    const bs_wire_report_t *report);

/*
 * What the agent knows and has in hand: a JSON object as core.delivery_lease()
 * takes it, zero-terminated; NULL for lack of memory: then only the kinds that
 * every agent knows are given.
 */
char *ngx_bs_deliveries_asking(ngx_pool_t *pool,
    const bs_wire_report_t *report);

/*
 * The rows of the column "delivery", as they are.  For lack of memory none, and
 * their leases pass.
 */
void ngx_bs_deliveries_reply(ngx_pool_t *pool,
    const ngx_bs_pg_result_t *result, bs_wire_reply_t *reply);


#endif /* _NGX_BS_DELIVERIES_H_INCLUDED_ */
