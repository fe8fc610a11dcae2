
/*
 * The one table of the REST API's routes.  A plain endpoint is one row here
 * and one function in sql/api; its statement is derived from the row.
 */

#ifndef _NGX_BS_ROUTE_TABLE_H_INCLUDED_
#define _NGX_BS_ROUTE_TABLE_H_INCLUDED_


#include "ngx_bs_route_call.h"


/*
 * The last row has no method.  Statements are registered with the pool, which
 * numbers them: the rows are no constants.
 */
extern ngx_bs_route_t  ngx_bs_route_table[];


#endif /* _NGX_BS_ROUTE_TABLE_H_INCLUDED_ */
