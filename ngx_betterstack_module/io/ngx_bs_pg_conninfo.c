
#include "ngx_bs_pg_conninfo.h"
#include "ngx_bs_pg_place.h"

#include <libpq-fe.h>


/* libpq knows about 40 keywords; ours come on top. */
#define NGX_BS_PG_KEYWORDS_MAX  96

/* Longer than any statement: only a transaction left open can reach it. */
#define NGX_BS_PG_IDLE_TRANSACTION_TIMEOUT  60000


/* What the directive says of where to connect; NULL: nothing. */
typedef struct {
    ngx_bs_pg_place_t   lists;
    const char         *sslmode;
    const char         *service;
    const char         *session_attrs;
} ngx_bs_pg_target_t;


static void ngx_bs_pg_conninfo_target(PQconninfoOption *options,
    ngx_bs_pg_target_t *target);
static char *ngx_bs_pg_conninfo_check_target(ngx_pool_t *pool,
    ngx_bs_pg_target_t *target, ngx_bs_pg_role_e role);
static char *ngx_bs_pg_conninfo_check_role(ngx_pool_t *pool,
    ngx_bs_pg_target_t *target, ngx_bs_pg_role_e role);
static char *ngx_bs_pg_conninfo_check_place(ngx_pool_t *pool,
    const ngx_bs_pg_place_t *place);
static char *ngx_bs_pg_conninfo_check_host(ngx_pool_t *pool,
    const ngx_bs_pg_place_t *place);
static char *ngx_bs_pg_conninfo_check_mode(ngx_pool_t *pool, const char *mode);
static char *ngx_bs_pg_conninfo_syntax(ngx_pool_t *pool, ngx_str_t *conninfo,
    char *message);
static char *ngx_bs_pg_conninfo_text(ngx_pool_t *pool, const char *fmt, ...);
static ngx_bs_pg_conninfo_t *ngx_bs_pg_conninfo_one(ngx_pool_t *pool,
    PQconninfoOption *options, const ngx_bs_pg_place_t *place,
    ngx_bs_pg_role_e role, char *session_options);
static const char *ngx_bs_pg_conninfo_own(PQconninfoOption *options,
    const char *keyword);
static char *ngx_bs_pg_conninfo_options(ngx_pool_t *pool,
    ngx_msec_t statement_timeout, ngx_flag_t read_only, const char *session,
    const char *own);
static ngx_flag_t ngx_bs_pg_conninfo_is(const char *keyword,
    const char *(*list)[2]);
static ngx_int_t ngx_bs_pg_conninfo_copy(ngx_pool_t *pool,
    ngx_bs_pg_conninfo_t *conninfo, ngx_uint_t *n, const char *keyword,
    const char *value);


/* What the hub decides, whatever the directive says. */
static const char  *ngx_bs_pg_forced[][2] = {
    { "client_encoding", "UTF8" },
    { "gssencmode", "disable" },
    { NULL, NULL }
};

/*
 * What it decides unless the directive does: a vanished server is noticed
 * within half a minute, also on a connection that waits for nothing.
 */
static const char  *ngx_bs_pg_defaults[][2] = {
    { "application_name", "betterstack" },
    { "keepalives", "1" },
    { "keepalives_idle", "15" },
    { "keepalives_interval", "5" },
    { "keepalives_count", "3" },
    { "tcp_user_timeout", "15000" },
    { NULL, NULL }
};

static const char  ngx_bs_pg_uri_hint[] =
    "; in a URI, \"@\" and \"/\" of a password are written %40 and %2F";

static const char  *ngx_bs_pg_sslmodes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL
};


char *
ngx_bs_pg_conninfo_check(ngx_pool_t *pool, ngx_str_t *conninfo,
    ngx_bs_pg_role_e role)
{
    char                *message, *wrong;
    PQconninfoOption    *options;
    ngx_bs_pg_target_t   target;

    message = NULL;

    options = PQconninfoParse((char *) conninfo->data, &message);

    if (options == NULL) {
        wrong = ngx_bs_pg_conninfo_syntax(pool, conninfo, message);
        PQfreemem(message);
        return wrong;
    }

    ngx_bs_pg_conninfo_target(options, &target);
    wrong = ngx_bs_pg_conninfo_check_target(pool, &target, role);

    PQconninfoFree(options);

    return wrong;
}


static void
ngx_bs_pg_conninfo_target(PQconninfoOption *options,
    ngx_bs_pg_target_t *target)
{
    target->lists.host = ngx_bs_pg_conninfo_own(options, "host");
    target->lists.hostaddr = ngx_bs_pg_conninfo_own(options, "hostaddr");
    target->lists.port = ngx_bs_pg_conninfo_own(options, "port");
    target->sslmode = ngx_bs_pg_conninfo_own(options, "sslmode");
    target->service = ngx_bs_pg_conninfo_own(options, "service");
    target->session_attrs = ngx_bs_pg_conninfo_own(options,
                                                   "target_session_attrs");
}


/* NULL when it is not said, or empty. */

static const char *
ngx_bs_pg_conninfo_own(PQconninfoOption *options, const char *keyword)
{
    PQconninfoOption  *option;

    for (option = options; option->keyword; option++) {

        if (ngx_strcmp(option->keyword, keyword) == 0) {
            return (option->val && option->val[0]) ? option->val : NULL;
        }
    }

    return NULL;
}


static char *
ngx_bs_pg_conninfo_check_target(ngx_pool_t *pool, ngx_bs_pg_target_t *target,
    ngx_bs_pg_role_e role)
{
    char               *wrong;
    ngx_uint_t          i, n;
    const char         *lists;
    ngx_bs_pg_place_t   places[NGX_BS_PG_PLACES_MAX];

    if (target->service) {
        return ngx_bs_pg_conninfo_text(pool,
            "\"service\" is not supported: write host= or hostaddr= here");
    }

    lists = ngx_bs_pg_place_split(pool, &target->lists, places, &n);
    if (lists) {
        return ngx_bs_pg_conninfo_text(pool, "%s", lists);
    }

    for (i = 0; i < n; i++) {
        wrong = ngx_bs_pg_conninfo_check_place(pool, &places[i]);
        if (wrong) {
            return wrong;
        }
    }

    wrong = ngx_bs_pg_conninfo_check_mode(pool, target->sslmode);

    return wrong ? wrong : ngx_bs_pg_conninfo_check_role(pool, target, role);
}


/* What is looked for is ours to say; a wish that contradicts it is told. */

static char *
ngx_bs_pg_conninfo_check_role(ngx_pool_t *pool, ngx_bs_pg_target_t *target,
    ngx_bs_pg_role_e role)
{
    const char  *attrs;

    attrs = target->session_attrs;

    if (attrs == NULL || ngx_strcmp(attrs, "any") == 0) {
        return NULL;
    }

    if (role == NGX_BS_PG_PRIMARY) {

        if (ngx_strcmp(attrs, "read-write") != 0
            && ngx_strcmp(attrs, "primary") != 0)
        {
            return ngx_bs_pg_conninfo_text(pool,
                "target_session_attrs=%s: the hub writes, so it looks for the "
                "primary: write read-write or leave it out", attrs);
        }

    } else if (ngx_strcmp(attrs, "standby") != 0
               && ngx_strcmp(attrs, "read-only") != 0
               && ngx_strcmp(attrs, "prefer-standby") != 0)
    {
        return ngx_bs_pg_conninfo_text(pool,
            "target_session_attrs=%s: a replica is none: leave it out", attrs);
    }

    return NULL;
}


static char *
ngx_bs_pg_conninfo_check_place(ngx_pool_t *pool,
    const ngx_bs_pg_place_t *place)
{
    char       *wrong;
    ngx_int_t   port;

    wrong = ngx_bs_pg_conninfo_check_host(pool, place);

    if (wrong || place->port == NULL) {
        return wrong;
    }

    port = ngx_atoi((u_char *) place->port, ngx_strlen(place->port));

    if (port == NGX_ERROR) {
        return ngx_bs_pg_conninfo_text(pool, "the port is not a number%s",
                                       ngx_bs_pg_uri_hint);
    }

    if (port < 1 || port > 65535) {
        return ngx_bs_pg_conninfo_text(pool,
            "port=%s is not between 1 and 65535", place->port);
    }

    return NULL;
}


static char *
ngx_bs_pg_conninfo_check_mode(ngx_pool_t *pool, const char *wanted)
{
    const char  **mode;

    if (wanted == NULL) {
        return NULL;
    }

    for (mode = ngx_bs_pg_sslmodes; *mode; mode++) {
        if (ngx_strcmp(wanted, *mode) == 0) {
            return NULL;
        }
    }

    return ngx_bs_pg_conninfo_text(pool,
        "sslmode=%s is none of disable, allow, prefer, require, verify-ca "
        "and verify-full", wanted);
}


static char *
ngx_bs_pg_conninfo_check_host(ngx_pool_t *pool,
    const ngx_bs_pg_place_t *place)
{
    ngx_addr_t  addr;

    if (place->hostaddr) {

        if (ngx_parse_addr(pool, &addr, (u_char *) place->hostaddr,
                           ngx_strlen(place->hostaddr))
            != NGX_OK)
        {
            return ngx_bs_pg_conninfo_text(pool,
                "hostaddr=%s is not a numeric address", place->hostaddr);
        }

    } else if (place->host && place->host[0] != '/' && place->host[0] != '@') {

        /* In a URI the first "@" ends the password: this may be half of it. */

        if (ngx_strchr(place->host, '@')) {
            return ngx_bs_pg_conninfo_text(pool,
                "the host has an \"@\" in it%s", ngx_bs_pg_uri_hint);
        }

        /* libpq takes a numeric host for what it is. */

        if (ngx_parse_addr(pool, &addr, (u_char *) place->host,
                           ngx_strlen(place->host))
            == NGX_OK)
        {
            return NULL;
        }

        return ngx_bs_pg_conninfo_text(pool,
            "host=%s is a name, and looking it up would block nginx: use "
            "hostaddr= with its numeric address, or host= with the folder of "
            "a Unix socket", place->host);
    }

    return NULL;
}


/* libpq quotes the word it stumbled over: perhaps half of a password. */

static char *
ngx_bs_pg_conninfo_syntax(ngx_pool_t *pool, ngx_str_t *conninfo, char *message)
{
    u_char  *p;

    if (message == NULL || ngx_bs_pg_conninfo_tells(conninfo)) {
        return ngx_bs_pg_conninfo_text(pool,
            "it is not a list of keyword=value as libpq wants it (its message "
            "is not shown, because it may contain the password)");
    }

    for (p = (u_char *) message; *p; p++) {
        if (*p == LF) {
            *p = '\0';
            break;
        }
    }

    return ngx_bs_pg_conninfo_text(pool, "%s", message);
}


ngx_flag_t
ngx_bs_pg_conninfo_tells(ngx_str_t *conninfo)
{
    return ngx_strstr(conninfo->data, "password") != NULL
           || ngx_strstr(conninfo->data, "://") != NULL;
}


static char *
ngx_bs_pg_conninfo_text(ngx_pool_t *pool, const char *fmt, ...)
{
    u_char   *text, *last;
    va_list   args;

    text = ngx_pnalloc(pool, NGX_MAX_ERROR_STR);
    if (text == NULL) {
        return "out of memory";
    }

    va_start(args, fmt);
    last = ngx_vslprintf(text, text + NGX_MAX_ERROR_STR - 1, fmt, args);
    va_end(args);

    *last = '\0';

    return (char *) text;
}


ngx_bs_pg_conninfo_t *
ngx_bs_pg_conninfo_create(ngx_pool_t *pool, ngx_str_t *string,
    ngx_bs_pg_role_e role, ngx_msec_t statement_timeout, ngx_flag_t read_only,
    const char *session)
{
    char                  *settings;
    ngx_uint_t             i, n;
    PQconninfoOption      *options;
    ngx_bs_pg_place_t      places[NGX_BS_PG_PLACES_MAX];
    ngx_bs_pg_target_t     target;
    ngx_bs_pg_conninfo_t  *first, **slot;

    first = NULL;
    slot = &first;

    options = PQconninfoParse((char *) string->data, NULL);
    if (options == NULL) {
        return NULL;
    }

    ngx_bs_pg_conninfo_target(options, &target);

    settings = ngx_bs_pg_conninfo_options(pool, statement_timeout, read_only,
                               session,
                               ngx_bs_pg_conninfo_own(options, "options"));

    if (ngx_bs_pg_place_split(pool, &target.lists, places, &n) != NULL) {
        n = 0;
    }

    for (i = 0; i < n; i++) {

        *slot = ngx_bs_pg_conninfo_one(pool, options, &places[i], role,
                                       settings);
        if (*slot == NULL) {
            first = NULL;
            break;
        }

        slot = &(*slot)->next;
    }

    *slot = first;

    PQconninfoFree(options);

    return first;
}


/* The last of equal keywords wins in libpq: defaults first, forced last. */

static ngx_bs_pg_conninfo_t *
ngx_bs_pg_conninfo_one(ngx_pool_t *pool, PQconninfoOption *options,
    const ngx_bs_pg_place_t *place, ngx_bs_pg_role_e role,
    char *session_options)
{
    ngx_int_t              rc;
    ngx_uint_t             i, n;
    PQconninfoOption      *option;
    ngx_bs_pg_conninfo_t  *conninfo;

    const char  *ours[][2] = {
        { "host", place->host },
        { "hostaddr", place->hostaddr },
        { "port", place->port },
        { "target_session_attrs", role == NGX_BS_PG_PRIMARY ? "primary"
                                                            : "any" },
        { "options", session_options },
        { NULL, NULL }
    };

    conninfo = ngx_pcalloc(pool, sizeof(ngx_bs_pg_conninfo_t));
    if (conninfo == NULL) {
        return NULL;
    }

    conninfo->keywords = ngx_pcalloc(pool, 2 * NGX_BS_PG_KEYWORDS_MAX
                                           * sizeof(char *));
    if (conninfo->keywords == NULL) {
        return NULL;
    }

    conninfo->values = conninfo->keywords + NGX_BS_PG_KEYWORDS_MAX;

    n = 0;
    rc = NGX_OK;

    for (i = 0; ngx_bs_pg_defaults[i][0]; i++) {
        rc |= ngx_bs_pg_conninfo_copy(pool, conninfo, &n,
                                      ngx_bs_pg_defaults[i][0],
                                      ngx_bs_pg_defaults[i][1]);
    }

    for (option = options; option->keyword; option++) {

        if (option->val && option->val[0]
            && !ngx_bs_pg_conninfo_is(option->keyword, ours)
            && !ngx_bs_pg_conninfo_is(option->keyword, ngx_bs_pg_forced))
        {
            rc |= ngx_bs_pg_conninfo_copy(pool, conninfo, &n, option->keyword,
                                          option->val);
        }
    }

    for (i = 0; ngx_bs_pg_forced[i][0]; i++) {
        rc |= ngx_bs_pg_conninfo_copy(pool, conninfo, &n,
                                      ngx_bs_pg_forced[i][0],
                                      ngx_bs_pg_forced[i][1]);
    }

    for (i = 0; ours[i][0]; i++) {
        if (ours[i][1]) {
            rc |= ngx_bs_pg_conninfo_copy(pool, conninfo, &n, ours[i][0],
                                          ours[i][1]);
        }
    }

    return (rc == NGX_OK && session_options) ? conninfo : NULL;
}


static char *
ngx_bs_pg_conninfo_options(ngx_pool_t *pool, ngx_msec_t statement_timeout,
    ngx_flag_t read_only, const char *session, const char *own)
{
    /* A generic plan is made once; time bounds are parameters everywhere. */

    return ngx_bs_pg_conninfo_text(pool,
               "-c statement_timeout=%M"
               " -c idle_in_transaction_session_timeout=%d"
               " -c plan_cache_mode=force_generic_plan"
               " -c default_transaction_read_only=%s %s %s",
               statement_timeout, NGX_BS_PG_IDLE_TRANSACTION_TIMEOUT,
               read_only ? "on" : "off", session, own ? own : "");
}


static ngx_flag_t
ngx_bs_pg_conninfo_is(const char *keyword, const char *(*list)[2])
{
    for ( /* void */ ; (*list)[0]; list++) {
        if (ngx_strcmp(keyword, (*list)[0]) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_bs_pg_conninfo_copy(ngx_pool_t *pool, ngx_bs_pg_conninfo_t *conninfo,
    ngx_uint_t *n, const char *keyword, const char *value)
{
    size_t   keyword_size, value_size;
    u_char  *p;

    /* One place stays NULL: it ends both lists. */

    if (*n == NGX_BS_PG_KEYWORDS_MAX - 1) {
        return NGX_ERROR;
    }

    keyword_size = ngx_strlen(keyword) + 1;
    value_size = ngx_strlen(value) + 1;

    p = ngx_pnalloc(pool, keyword_size + value_size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, keyword, keyword_size);
    ngx_memcpy(p + keyword_size, value, value_size);

    conninfo->keywords[*n] = (const char *) p;
    conninfo->values[*n] = (const char *) p + keyword_size;
    (*n)++;

    return NGX_OK;
}
