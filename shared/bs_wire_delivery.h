
/* Of bs_wire.c only: what a report and its reply say of deliveries. */

#ifndef BS_WIRE_DELIVERY_H
#define BS_WIRE_DELIVERY_H

#include "bs_cursor.h"
#include "bs_wire.h"

/*
 * Over one array, which is known to be whole; 0, or -1 if it is none.  What
 * makes no sense in it, and what is too much, is stepped over.
 */
int bs_wire_outcomes_read(bs_cursor_t *cursor, bs_wire_report_t *report);
int bs_wire_kinds_read(bs_cursor_t *cursor, bs_wire_report_t *report);
int bs_wire_holds_read(bs_cursor_t *cursor, bs_wire_report_t *report);
int bs_wire_deliveries_read(bs_cursor_t *cursor, bs_wire_reply_t *reply);

#endif
