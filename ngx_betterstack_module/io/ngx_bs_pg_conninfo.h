
/*
 * What the betterstack_postgres directive says, judged when the configuration
 * is read, and completed with what the hub itself needs when it connects.
 */

#ifndef _NGX_BS_PG_CONNINFO_H_INCLUDED_
#define _NGX_BS_PG_CONNINFO_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Decisions are made at a primary only; history may be read anywhere. */
typedef enum {
    NGX_BS_PG_PRIMARY = 0,
    NGX_BS_PG_REPLICA
} ngx_bs_pg_role_e;


/* One server of the list; `next` is the one to try after it, in a ring. */
typedef struct ngx_bs_pg_conninfo_s  ngx_bs_pg_conninfo_t;

struct ngx_bs_pg_conninfo_s {
    const char            **keywords;  /* both end with NULL, as libpq wants */
    const char            **values;
    ngx_bs_pg_conninfo_t   *next;      /* itself when there is only one */
};


/*
 * NULL, or what is wrong and how to mend it.  Connects to nothing and never
 * repeats a password.  `conninfo` is zero-terminated.
 */
char *ngx_bs_pg_conninfo_check(ngx_pool_t *pool, ngx_str_t *conninfo,
    ngx_bs_pg_role_e role);

/* Whether what should be one may contain a password: not to be repeated. */
ngx_flag_t ngx_bs_pg_conninfo_tells(ngx_str_t *conninfo);

/*
 * The statement timeout is in milliseconds.  `session` is what else the session
 * is to be set to, as options "-c name=value", or empty; it is never logged.
 */
ngx_bs_pg_conninfo_t *ngx_bs_pg_conninfo_create(ngx_pool_t *pool,
    ngx_str_t *conninfo, ngx_bs_pg_role_e role, ngx_msec_t statement_timeout,
    ngx_flag_t read_only, const char *session);


#endif /* _NGX_BS_PG_CONNINFO_H_INCLUDED_ */
