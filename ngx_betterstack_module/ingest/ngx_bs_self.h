
/*
 * What an agent says of itself, on its way to SQL, and the names of its fellows
 * on their way back: both are JSON where SQL sees them.
 */

#ifndef _NGX_BS_SELF_H_INCLUDED_
#define _NGX_BS_SELF_H_INCLUDED_


#include "../ngx_bs.h"

#include <bs_wire.h>
#include <jansson.h>


/*
 * The text of {"name": value, ...}, zero-terminated, from the pool; NULL when
 * the agent said nothing, or for lack of memory, which is no reason to refuse
 * its ticks.
 */
char *ngx_bs_self_text(ngx_pool_t *pool, const bs_wire_report_t *report);

/*
 * Reads ["name", ...] into the reply.  What is returned holds the names: the
 * caller releases it with json_decref() when the reply is encoded.
 */
json_t *ngx_bs_self_agents(const ngx_str_t *text, bs_wire_reply_t *reply);


#endif /* _NGX_BS_SELF_H_INCLUDED_ */
