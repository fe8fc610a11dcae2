
/* One report as the hub sends it: arrays in Postgres' binary form. */

#ifndef HUB_SEND_H
#define HUB_SEND_H

#include "agent_model.h"

#include <libpq-fe.h>

#define HUB_SEND_REPORT                                                                            \
    "select event, confirm_region, confirm_monitor, confirm_slot, confirm_expires"                 \
    " from core.report($1::bytea, $2::text, '1.0', '{\"offline\":0}', $4::integer[],"              \
    " $5::bigint[], $6::bigint[], $7::smallint[], $8::smallint[], $9::smallint[], $10::integer[]," \
    " $11::text[], $12::integer[], $13::integer[], $14::integer[], $15::integer[],"                \
    " $16::integer[], $17::text[], $18::smallint[], $19::bigint[], $20::bigint[],"                 \
    " core.from_ms($3::bigint))"

PGresult *hub_send_report(PGconn *connection, const char *digest, const char *agent,
                          const kept_tick_t *ticks, size_t count, int64_t at_ms);

#endif
