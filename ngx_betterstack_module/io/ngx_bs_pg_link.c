
#include "ngx_bs_pg_link.h"

#include <libpq-fe.h>


#define NGX_BS_PG_BACKOFF_MIN      50
#define NGX_BS_PG_BACKOFF_MAX      5000

/* Connecting, and whatever the owner asks first. */
#define NGX_BS_PG_GREETING_TIMEOUT 10000

/* Where there are others: until one is taken for dead, and between two. */
#define NGX_BS_PG_ELSEWHERE_TIMEOUT  3000
#define NGX_BS_PG_ELSEWHERE_PAUSE    10
#define NGX_BS_PG_ELSEWHERE_MAX      1000


static ngx_flag_t ngx_bs_pg_link_turn(ngx_bs_pg_link_t *link);
static void ngx_bs_pg_link_connect(void *data);
static void ngx_bs_pg_link_poll(ngx_bs_pg_link_t *link);
static ngx_int_t ngx_bs_pg_link_watch(ngx_bs_pg_link_t *link,
    ngx_flag_t writing);
static void ngx_bs_pg_link_up(ngx_bs_pg_link_t *link);
static void ngx_bs_pg_link_read(ngx_event_t *rev);
static void ngx_bs_pg_link_write(ngx_event_t *wev);
static void ngx_bs_pg_link_greeting(void *data);
static void ngx_bs_pg_link_failure(void *data);
static void ngx_bs_pg_link_close(ngx_bs_pg_link_t *link);
static void ngx_bs_pg_link_reason(ngx_bs_pg_link_t *link, const char *text,
    u_char *buf, ngx_str_t *reason);
static void ngx_bs_pg_link_notice(void *data, const char *message);


void
ngx_bs_pg_link_init(ngx_bs_pg_link_t *link, ngx_bs_pg_conninfo_t *conninfo,
    const ngx_bs_pg_link_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_memzero(link, sizeof(ngx_bs_pg_link_t));

    link->conninfo = conninfo;
    link->first = conninfo;
    link->handlers = handlers;
    link->data = data;
    link->log = log;

    ngx_bs_backoff_init(&link->backoff, NGX_BS_PG_BACKOFF_MIN,
                        (conninfo->next == conninfo)
                        ? NGX_BS_PG_BACKOFF_MAX : NGX_BS_PG_ELSEWHERE_MAX);

    ngx_bs_timer_init(&link->connect, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_link_connect, link, log);
    ngx_bs_timer_init(&link->greeting, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_link_greeting, link, log);
    ngx_bs_timer_init(&link->failure, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_link_failure, link, log);
}


void
ngx_bs_pg_link_start(ngx_bs_pg_link_t *link)
{
    if (link->running) {
        return;
    }

    link->running = 1;
    ngx_bs_backoff_reset(&link->backoff);
    ngx_bs_timer_set(&link->connect, 0);
}


void
ngx_bs_pg_link_stop(ngx_bs_pg_link_t *link)
{
    link->running = 0;
    ngx_bs_timer_clear(&link->connect);
    ngx_bs_pg_link_close(link);
}


void
ngx_bs_pg_link_usable(ngx_bs_pg_link_t *link)
{
    ngx_bs_pg_link_greeted(link);
    ngx_bs_backoff_reset(&link->backoff);

    link->usable = 1;
    link->first = link->conninfo;
}


void
ngx_bs_pg_link_greeted(ngx_bs_pg_link_t *link)
{
    ngx_bs_timer_clear(&link->greeting);
}


void
ngx_bs_pg_link_flush(ngx_bs_pg_link_t *link)
{
    int  rc;

    rc = PQflush(link->pg);

    /*
     * libpq may have closed its socket, which it does not count as a failure:
     * the number may be another connection's by now.
     */

    if (rc == -1
        || PQsocket(link->pg) == -1
        || ngx_bs_fd_want_write(&link->fd, rc == 1) != NGX_OK)
    {
        ngx_bs_pg_link_fail_later(link);
        return;
    }

    /*
     * When the socket takes no more, libpq reads instead, and no event tells
     * of what it has read.
     */

    if (!link->reading && (rc == 1 || !PQisBusy(link->pg))) {
        ngx_bs_fd_post_read(&link->fd);
    }
}


void
ngx_bs_pg_link_fail(ngx_bs_pg_link_t *link, const char *text)
{
    u_char     buf[NGX_BS_PG_REASON_MAX];
    ngx_str_t  reason;

    ngx_bs_pg_link_reason(link, text, buf, &reason);

    link->elsewhere = ngx_bs_pg_link_turn(link);

    ngx_bs_pg_link_close(link);

    if (link->running) {
        ngx_bs_timer_set(&link->connect,
                         link->elsewhere ? NGX_BS_PG_ELSEWHERE_PAUSE
                         : ngx_bs_backoff_next(&link->backoff));
    }

    link->handlers->down(link->data, &reason);
}


/*
 * To the next server, unless this one was well: it may only have restarted.
 * True when the next has not been asked in this round.
 */

static ngx_flag_t
ngx_bs_pg_link_turn(ngx_bs_pg_link_t *link)
{
    if (link->usable) {
        return 0;
    }

    link->conninfo = link->conninfo->next;

    return link->conninfo != link->first;
}


void
ngx_bs_pg_link_fail_later(ngx_bs_pg_link_t *link)
{
    ngx_bs_timer_post(&link->failure);
}


void
ngx_bs_pg_link_renew(ngx_bs_pg_link_t *link)
{
    ngx_bs_pg_link_close(link);

    if (link->running) {
        ngx_bs_timer_set(&link->connect, 0);
    }
}


static void
ngx_bs_pg_link_connect(void *data)
{
    ngx_bs_pg_link_t  *link = data;

    link->pg = PQconnectStartParams(link->conninfo->keywords,
                                    link->conninfo->values, 0);

    if (link->pg == NULL) {
        ngx_bs_pg_link_fail(link, "out of memory");
        return;
    }

    if (PQstatus(link->pg) == CONNECTION_BAD) {
        ngx_bs_pg_link_fail(link, NULL);
        return;
    }

    /* libpq's own would print to nginx's stderr. */
    PQsetNoticeProcessor(link->pg, ngx_bs_pg_link_notice, link);

    ngx_bs_timer_set(&link->greeting,
                     (link->conninfo->next == link->conninfo)
                     ? NGX_BS_PG_GREETING_TIMEOUT
                     : NGX_BS_PG_ELSEWHERE_TIMEOUT);

    if (ngx_bs_pg_link_watch(link, 1) != NGX_OK) {
        ngx_bs_pg_link_fail(link, "nginx cannot watch another socket");
    }
}


static void
ngx_bs_pg_link_poll(ngx_bs_pg_link_t *link)
{
    PostgresPollingStatusType  status;

    status = PQconnectPoll(link->pg);

    if (status == PGRES_POLLING_FAILED) {
        ngx_bs_pg_link_fail(link, NULL);
        return;
    }

    if (ngx_bs_pg_link_watch(link, status == PGRES_POLLING_WRITING) != NGX_OK) {
        ngx_bs_pg_link_fail(link, "nginx cannot watch another socket");
        return;
    }

    if (status == PGRES_POLLING_OK) {
        ngx_bs_pg_link_up(link);
    }
}


/*
 * libpq may have opened another socket meanwhile (sslmode=prefer falls back
 * that way), perhaps with the same number.
 */

static ngx_int_t
ngx_bs_pg_link_watch(ngx_bs_pg_link_t *link, ngx_flag_t writing)
{
    ngx_socket_t  s;

    s = PQsocket(link->pg);

    if (!ngx_bs_fd_same(&link->fd, s)) {

        ngx_bs_fd_release(&link->fd, s);

        if (ngx_bs_fd_adopt(&link->fd, s, link, ngx_bs_pg_link_read,
                            ngx_bs_pg_link_write, link->log)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    link->writing = writing ? 1 : 0;

    return ngx_bs_fd_want_write(&link->fd, writing);
}


static void
ngx_bs_pg_link_up(ngx_bs_pg_link_t *link)
{
    if (PQsetnonblocking(link->pg, 1) != 0) {
        ngx_bs_pg_link_fail(link, NULL);
        return;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, link->log, 0,
                   "betterstack pg connected, backend %d",
                   PQbackendPID(link->pg));

    link->connected = 1;
    ngx_bs_timer_set(&link->greeting, NGX_BS_PG_GREETING_TIMEOUT);

    link->handlers->up(link->data);
}


static void
ngx_bs_pg_link_read(ngx_event_t *rev)
{
    ngx_connection_t  *c;
    ngx_bs_pg_link_t  *link;

    c = rev->data;
    link = c->data;

    if (c->close) {

        /* worker_shutdown_timeout: nothing may stay open. */

        link->running = 0;
        ngx_bs_pg_link_fail(link, "nginx is shutting down");
        return;
    }

    if (!link->connected) {

        /* Before the socket is writable PQconnectPoll() would misread it. */

        if (!link->writing) {
            ngx_bs_pg_link_poll(link);
        }

        return;
    }

    if (PQconsumeInput(link->pg) == 0) {
        ngx_bs_pg_link_fail(link, NULL);
        return;
    }

    link->handlers->input(link->data);
}


static void
ngx_bs_pg_link_write(ngx_event_t *wev)
{
    ngx_connection_t  *c;
    ngx_bs_pg_link_t  *link;

    c = wev->data;
    link = c->data;

    if (!link->connected) {
        ngx_bs_pg_link_poll(link);
        return;
    }

    ngx_bs_pg_link_flush(link);
}


static void
ngx_bs_pg_link_greeting(void *data)
{
    ngx_bs_pg_link_t  *link = data;

    ngx_bs_pg_link_fail(link, link->connected
                              ? "the server does not answer"
                              : "the connection is not established in time");
}


static void
ngx_bs_pg_link_failure(void *data)
{
    ngx_bs_pg_link_t  *link = data;

    ngx_bs_pg_link_fail(link, NULL);
}


static void
ngx_bs_pg_link_close(ngx_bs_pg_link_t *link)
{
    ngx_bs_timer_clear(&link->greeting);
    ngx_bs_timer_clear(&link->failure);

    link->connected = 0;
    link->usable = 0;
    link->writing = 0;
    link->reading = 0;

    if (link->pg == NULL) {
        return;
    }

    ngx_bs_fd_release(&link->fd, PQsocket(link->pg));

    PQfinish(link->pg);
    link->pg = NULL;
}


/* libpq's messages have several lines and end with a newline. */

static void
ngx_bs_pg_link_reason(ngx_bs_pg_link_t *link, const char *text, u_char *buf,
    ngx_str_t *reason)
{
    u_char  *p, *last;

    if (text == NULL) {
        text = link->pg ? PQerrorMessage(link->pg) : "";
    }

    last = ngx_cpystrn(buf, (u_char *) text, NGX_BS_PG_REASON_MAX);

    while (last > buf && (last[-1] == LF || last[-1] == ' ')) {
        last--;
    }

    for (p = buf; p < last; p++) {
        if (*p == LF || *p == '\t') {
            *p = ' ';
        }
    }

    reason->data = buf;
    reason->len = last - buf;

    if (reason->len == 0) {
        ngx_str_set(reason, "the connection was lost");
    }
}


static void
ngx_bs_pg_link_notice(void *data, const char *message)
{
    u_char             buf[NGX_BS_PG_REASON_MAX];
    ngx_str_t          text;
    ngx_bs_pg_link_t  *link = data;

    ngx_bs_pg_link_reason(link, message, buf, &text);

    ngx_log_error(NGX_LOG_INFO, link->log, 0, "PostgreSQL says: %V", &text);
}
