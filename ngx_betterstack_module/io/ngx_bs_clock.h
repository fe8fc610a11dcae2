
/*
 * Two clocks in milliseconds.  The wall's is what slots, Postgres and agents
 * speak; it is the event loop's own copy, cheap and a few milliseconds old.
 * The steady one is asked anew each time: a process or a machine that slept for
 * a minute sees the minute, wherever it slept.
 */

#ifndef _NGX_BS_CLOCK_H_INCLUDED_
#define _NGX_BS_CLOCK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Since the epoch. */
int64_t ngx_bs_clock_wall(void);

/* The same in microseconds, asked anew. */
int64_t ngx_bs_clock_wall_us(void);

/* Since some moment in the past; never goes back. */
int64_t ngx_bs_clock_steady(void);


#endif /* _NGX_BS_CLOCK_H_INCLUDED_ */
