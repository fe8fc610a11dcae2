
/*
 * The directives, what they may say, and the module itself.  No behaviour.
 */

#include "http/ngx_bs_assets.h"
#include "http/ngx_bs_body.h"
#include "http/ngx_bs_health.h"
#include "http/ngx_bs_json.h"
#include "http/ngx_bs_metrics.h"
#include "http/ngx_bs_route.h"
#include "ingest/ngx_bs_ingest.h"
#include "io/ngx_bs_pg_conninfo.h"
#include "io/ngx_bs_redis_address.h"
#include "ngx_bs.h"
#include "ngx_bs_compat.h"
#include "ngx_bs_secret.h"
#include "ngx_bs_worker.h"

#include "bs_wire.h"       /* after nginx, which asks for GNU extensions */


/* Per lane and worker; each is a PostgreSQL process. */
#define NGX_BS_CONNECTIONS_MAX  64

#define NGX_BS_ZONE_PAGES_MIN   8


/* What only the directives need, behind what everybody may see. */
typedef struct {
    ngx_bs_main_conf_t     main;           /* first */
    const char            *user;           /* a directive that needs a worker */
    const char            *secret_user;    /* one that needs the secret, too */
} ngx_bs_conf_t;


/* What a location can be. */
typedef struct {
    ngx_http_handler_pt    handler;
    unsigned               worker:1;       /* needs zone and database */
    unsigned               secret:1;
} ngx_bs_location_t;


static void *ngx_bs_create_main_conf(ngx_conf_t *cf);
static char *ngx_bs_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_bs_create_loc_conf(ngx_conf_t *cf);
static char *ngx_bs_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);

static char *ngx_bs_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_bs_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_bs_conf_replica(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_bs_conf_server(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_bs_pg_role_e role, ngx_str_t *conninfo, ngx_uint_t *connections);
static char *ngx_bs_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_bs_conf_secret(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_bs_conf_dashboard(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_bs_conf_location(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_bs_conf_require(ngx_conf_t *cf, ngx_bs_conf_t *bcf);

static ngx_int_t ngx_bs_init_process(ngx_cycle_t *cycle);
static void ngx_bs_exit_process(ngx_cycle_t *cycle);


enum {
    NGX_BS_LOCATION_DASHBOARD = 0,
    NGX_BS_LOCATION_API,
    NGX_BS_LOCATION_AGENTS,
    NGX_BS_LOCATION_HEALTH,
    NGX_BS_LOCATION_METRICS
};


/* By the offset of the directive. */
static const ngx_bs_location_t  ngx_bs_locations[] = {
    { ngx_bs_assets_handler, 0, 0 },
    { ngx_bs_route_handler, 1, 1 },
    { ngx_bs_ingest_handler, 1, 1 },
    { ngx_bs_health_handler, 1, 0 },
    { ngx_bs_metrics_handler, 1, 0 }
};


static ngx_command_t  ngx_bs_commands[] = {

    { ngx_string("betterstack_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_bs_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betterstack_postgres"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_bs_conf_postgres,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betterstack_postgres_replica"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_bs_conf_replica,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betterstack_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_bs_conf_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betterstack_secret"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_bs_conf_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("betterstack_scheduler"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_bs_main_conf_t, scheduler),
      NULL },

    { ngx_string("betterstack_dashboard"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_bs_conf_dashboard,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_BS_LOCATION_DASHBOARD,
      NULL },

    { ngx_string("betterstack_api"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_bs_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_BS_LOCATION_API,
      NULL },

    { ngx_string("betterstack_agents"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_bs_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_BS_LOCATION_AGENTS,
      NULL },

    { ngx_string("betterstack_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_bs_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_BS_LOCATION_HEALTH,
      NULL },

    { ngx_string("betterstack_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_bs_conf_location,
      NGX_HTTP_LOC_CONF_OFFSET,
      NGX_BS_LOCATION_METRICS,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_betterstack_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_bs_create_main_conf,               /* create main configuration */
    ngx_bs_init_main_conf,                 /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_bs_create_loc_conf,                /* create location configuration */
    ngx_bs_merge_loc_conf                  /* merge location configuration */
};


ngx_module_t  ngx_betterstack_module = {
    NGX_MODULE_V1,
    &ngx_betterstack_module_ctx,           /* module context */
    ngx_bs_commands,                       /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_bs_init_process,                   /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_bs_exit_process,                   /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_bs_create_main_conf(ngx_conf_t *cf)
{
    ngx_bs_conf_t  *bcf;

    bcf = ngx_pcalloc(cf->pool, sizeof(ngx_bs_conf_t));
    if (bcf == NULL) {
        return NULL;
    }

    bcf->main.connections = 1;
    bcf->main.replica_connections = 1;
    bcf->main.scheduler = NGX_CONF_UNSET;

    return bcf;
}


static char *
ngx_bs_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_bs_conf_t  *bcf = conf;

    ngx_conf_init_value(bcf->main.scheduler, 0);

    if (bcf->main.scheduler) {

        if (bcf->main.redis.host.len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"betterstack_scheduler on\" needs Redis: add "
                               "\"betterstack_redis redis://127.0.0.1:6379/0;"
                               "\" to the http block");
            return NGX_CONF_ERROR;
        }

        if (bcf->user == NULL) {
            bcf->user = "betterstack_scheduler";
        }
    }

    if (bcf->main.replica.len && bcf->main.postgres.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"betterstack_postgres_replica\" alone is not "
                           "enough: name the primary with "
                           "\"betterstack_postgres\"");
        return NGX_CONF_ERROR;
    }

    if (bcf->user == NULL) {
        return NGX_CONF_OK;
    }

    if (ngx_bs_conf_require(cf, bcf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    bcf->main.threads = ngx_thread_pool_add(cf, NULL);

    return bcf->main.threads ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_bs_conf_require(ngx_conf_t *cf, ngx_bs_conf_t *bcf)
{
    if (bcf->main.zone == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" needs shared memory: add "
                           "\"betterstack_zone betterstack:16m;\" to the http "
                           "block", bcf->user);
        return NGX_CONF_ERROR;
    }

    if (bcf->main.postgres.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" needs a database: add "
                           "\"betterstack_postgres \"host=/run/postgresql "
                           "dbname=betterstack user=betterstack\";\" to the "
                           "http block",
                           bcf->user);
        return NGX_CONF_ERROR;
    }

    if (bcf->secret_user && bcf->main.secret.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" needs a secret: add \"betterstack_secret "
                           "/etc/betterstack/secret;\" to the http block",
                           bcf->secret_user);
        return NGX_CONF_ERROR;
    }

    bcf->main.session = ngx_bs_secret_session(cf->pool, &bcf->main.secret);

    return bcf->main.session ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static void *
ngx_bs_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_bs_loc_conf_t));
}


/* Nothing is inherited; bodies that are read whole get room in memory. */

static char *
ngx_bs_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_bs_route_handler) {
        ngx_bs_body_reserve(cf, NGX_BS_JSON_BODY_MAX);

    } else if (clcf->handler == ngx_bs_ingest_handler) {
        ngx_bs_body_reserve(cf, BS_WIRE_REPORT_BYTES_MAX);
    }

    return NGX_CONF_OK;
}


static char *
ngx_bs_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char         *colon;
    ssize_t         size;
    ngx_str_t      *value, name, s;
    ngx_bs_conf_t  *bcf = conf;

    if (bcf->main.zone) {
        return "is duplicate";
    }

    value = cf->args->elts;

    colon = (u_char *) ngx_strchr(value[1].data, ':');

    if (colon == NULL || colon == value[1].data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" wants a name and a size, as in \"%V "
                           "betterstack:16m;\"", &cmd->name, &cmd->name);
        return NGX_CONF_ERROR;
    }

    name.data = value[1].data;
    name.len = colon - name.data;

    s.data = colon + 1;
    s.len = value[1].len - name.len - 1;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR
        || size < (ssize_t) (NGX_BS_ZONE_PAGES_MIN * ngx_pagesize))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "size \"%V\" of \"%V\" must be %uz bytes at least, "
                           "as in \"%V betterstack:16m;\"", &s, &cmd->name,
                           NGX_BS_ZONE_PAGES_MIN * ngx_pagesize, &cmd->name);
        return NGX_CONF_ERROR;
    }

    bcf->main.zone = ngx_bs_zone_add(cf, &name, size, &ngx_betterstack_module);

    return bcf->main.zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_bs_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_bs_conf_t  *bcf = conf;

    return ngx_bs_conf_server(cf, cmd, NGX_BS_PG_PRIMARY, &bcf->main.postgres,
                              &bcf->main.connections);
}


static char *
ngx_bs_conf_replica(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_bs_conf_t  *bcf = conf;

    return ngx_bs_conf_server(cf, cmd, NGX_BS_PG_REPLICA, &bcf->main.replica,
                              &bcf->main.replica_connections);
}


static char *
ngx_bs_conf_server(ngx_conf_t *cf, ngx_command_t *cmd, ngx_bs_pg_role_e role,
    ngx_str_t *conninfo, ngx_uint_t *connections)
{
    char       *wrong;
    ngx_int_t   n;
    ngx_str_t  *value;

    if (conninfo->data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 3) {

        n = NGX_ERROR;

        if (ngx_strncmp(value[2].data, "connections=", 12) == 0) {
            n = ngx_atoi(value[2].data + 12, value[2].len - 12);
        }

        if (n == NGX_ERROR && ngx_bs_pg_conninfo_tells(&value[2])) {
            return "wants the connection string first, as one argument: put "
                   "it in quotes (what stands there is not shown, because it "
                   "may contain the password)";
        }

        if (n < 1 || n > NGX_BS_CONNECTIONS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\": \"%V\" must be connections=N with N "
                               "from 1 to %d", &cmd->name, &value[2],
                               NGX_BS_CONNECTIONS_MAX);
            return NGX_CONF_ERROR;
        }

        *connections = (ngx_uint_t) n;
    }

    if (value[1].len == 0) {
        return "must not be empty";
    }

    wrong = ngx_bs_pg_conninfo_check(cf->pool, &value[1], role);

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": %s", &cmd->name,
                           wrong);
        return NGX_CONF_ERROR;
    }

    *conninfo = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_bs_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char           *wrong;
    ngx_str_t      *value;
    ngx_bs_conf_t  *bcf = conf;

    if (bcf->main.redis.host.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    wrong = ngx_bs_redis_address_parse(cf->pool, &value[1], &bcf->main.redis);

    if (wrong) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": %s", &cmd->name,
                           wrong);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_bs_conf_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t      *value;
    ngx_bs_conf_t  *bcf = conf;

    if (bcf->main.secret.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_bs_secret_load(cf, &value[1], &bcf->main.secret);
}


static char *
ngx_bs_conf_dashboard(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t          *value;
    ngx_bs_loc_conf_t  *blcf = conf;

    if (blcf->assets) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_conf_full_name(cf->cycle, &value[1], 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_bs_assets_load(cf, &value[1], &blcf->assets) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_bs_conf_location(cf, cmd, conf);
}


static char *
ngx_bs_conf_location(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_bs_conf_t             *bcf;
    const ngx_bs_location_t   *location;
    ngx_http_core_loc_conf_t  *clcf;

    location = &ngx_bs_locations[cmd->offset];

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == location->handler) {
        return "is duplicate";
    }

    if (clcf->handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\": something else answers in this location "
                           "already, give each a location of its own",
                           &cmd->name);
        return NGX_CONF_ERROR;
    }

    clcf->handler = location->handler;

    bcf = ngx_http_conf_get_module_main_conf(cf, ngx_betterstack_module);

    if (location->worker) {
        bcf->user = (const char *) cmd->name.data;
    }

    if (location->secret) {
        bcf->secret_user = (const char *) cmd->name.data;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_bs_init_process(ngx_cycle_t *cycle)
{
    ngx_bs_conf_t  *bcf;

    /* Cache helpers come here as well. */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    bcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_betterstack_module);

    if (bcf == NULL || bcf->user == NULL) {
        return NGX_OK;
    }

    return ngx_bs_worker_start(cycle, &bcf->main);
}


static void
ngx_bs_exit_process(ngx_cycle_t *cycle)
{
    ngx_bs_worker_stop();
}
