
#include "ngx_bs_redis_greeting.h"

#include <hiredis/hiredis.h>


#define NGX_BS_REDIS_BACKOFF_MIN       50
#define NGX_BS_REDIS_BACKOFF_MAX       2000

/* Connecting, AUTH and SELECT. */
#define NGX_BS_REDIS_GREETING_TIMEOUT  3000

/* Unsent or unacknowledged data; afterwards the kernel gives up. */
#define NGX_BS_REDIS_USER_TIMEOUT      10000

#define NGX_BS_REDIS_READ_SIZE         16384

/* Between two servers of which one is to be the primary. */
#define NGX_BS_REDIS_ELSEWHERE_PAUSE   10

/* Nothing we ask for is nearly as long. */
#define NGX_BS_REDIS_REPLY_MAX         (16 * 1024 * 1024)


static ngx_flag_t ngx_bs_redis_link_turn(ngx_bs_redis_link_t *link);
static void ngx_bs_redis_link_connect(void *data);
static void ngx_bs_redis_link_options(ngx_bs_redis_link_t *link);
static void ngx_bs_redis_link_connected(ngx_bs_redis_link_t *link);
static void ngx_bs_redis_link_read(ngx_event_t *rev);
static ngx_int_t ngx_bs_redis_link_receive(ngx_bs_redis_link_t *link);
static ngx_int_t ngx_bs_redis_link_parse(ngx_bs_redis_link_t *link, u_char *p,
    size_t n);
static ngx_int_t ngx_bs_redis_link_take(ngx_bs_redis_link_t *link,
    const redisReply *reply);
static void ngx_bs_redis_link_write(ngx_event_t *wev);
static void ngx_bs_redis_link_flush(void *data);
static void ngx_bs_redis_link_greeting(void *data);
static void ngx_bs_redis_link_close(ngx_bs_redis_link_t *link);


void
ngx_bs_redis_link_init(ngx_bs_redis_link_t *link,
    const ngx_bs_redis_address_t *address, const char *name,
    const ngx_bs_redis_link_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_memzero(link, sizeof(ngx_bs_redis_link_t));

    link->address = address;
    link->first = address;
    link->name = name;
    link->handlers = handlers;
    link->data = data;
    link->log = log;

    ngx_bs_backoff_init(&link->backoff, NGX_BS_REDIS_BACKOFF_MIN,
                        NGX_BS_REDIS_BACKOFF_MAX);

    ngx_bs_timer_init(&link->connect, NGX_BS_TIMER_YIELDS,
                      ngx_bs_redis_link_connect, link, log);
    ngx_bs_timer_init(&link->greeting, NGX_BS_TIMER_YIELDS,
                      ngx_bs_redis_link_greeting, link, log);
    ngx_bs_timer_init(&link->flush, NGX_BS_TIMER_YIELDS,
                      ngx_bs_redis_link_flush, link, log);
}


void
ngx_bs_redis_link_start(ngx_bs_redis_link_t *link)
{
    if (link->running) {
        return;
    }

    link->running = 1;
    ngx_bs_backoff_reset(&link->backoff);
    ngx_bs_timer_set(&link->connect, 0);
}


void
ngx_bs_redis_link_stop(ngx_bs_redis_link_t *link)
{
    ngx_connection_t       *c;
    ngx_bs_redis_output_t  *output;

    link->running = 0;
    ngx_bs_timer_clear(&link->connect);

    /* Last words, such as a lease given back: tried once, without waiting. */

    c = link->connection;
    output = &link->output;

    if (link->up && output->start < output->end) {
        (void) c->send(c, output->data + output->start,
                       output->end - output->start);
    }

    ngx_bs_redis_link_close(link);
}


void
ngx_bs_redis_link_usable(ngx_bs_redis_link_t *link)
{
    ngx_bs_backoff_reset(&link->backoff);

    link->usable = 1;
    link->first = link->address;

    if (ngx_bs_complaint_over(&link->complaint)) {
        ngx_log_error(NGX_LOG_NOTICE, link->log, 0,
                      "betterstack: the Redis connection for %ss is back",
                      link->name);
    }
}


ngx_int_t
ngx_bs_redis_link_send(ngx_bs_redis_link_t *link, ngx_uint_t argc,
    const ngx_str_t *argv)
{
    if (!link->up) {
        return NGX_DECLINED;
    }

    return ngx_bs_redis_link_append(link, argc, argv);
}


void
ngx_bs_redis_link_fail(ngx_bs_redis_link_t *link, const char *reason)
{
    ngx_bs_redis_link_fail_errno(link, reason, 0);
}


void
ngx_bs_redis_link_fail_errno(ngx_bs_redis_link_t *link, const char *reason,
    ngx_err_t err)
{
    unsigned          up;
    ngx_str_t         text;
    ngx_uint_t        level;
    const ngx_str_t  *server;

    text.data = (u_char *) reason;
    text.len = ngx_strlen(reason);

    server = &link->address->addr->name;
    link->elsewhere = ngx_bs_redis_link_turn(link);

    level = (link->running && !link->elsewhere)
            ? ngx_bs_complaint_level(&link->complaint, &text)
            : NGX_LOG_INFO;

    ngx_log_error(level, link->log, err,
                  "betterstack: Redis connection for %ss to %V: %V",
                  link->name, server, &text);

    up = link->up;

    ngx_bs_redis_link_close(link);

    if (link->running) {
        ngx_bs_timer_set(&link->connect,
                         link->elsewhere ? NGX_BS_REDIS_ELSEWHERE_PAUSE
                         : ngx_bs_backoff_next(&link->backoff));
    }

    if (up) {
        link->handlers->down(link->data);
    }
}


/*
 * To the next server, unless this one was well: it may only have restarted.
 * True when the next has not been asked in this round.
 */

static ngx_flag_t
ngx_bs_redis_link_turn(ngx_bs_redis_link_t *link)
{
    if (link->usable) {
        return 0;
    }

    link->address = link->address->next;

    return link->address != link->first;
}


static void
ngx_bs_redis_link_connect(void *data)
{
    ngx_int_t               rc;
    ngx_log_t               quiet;
    ngx_connection_t       *c;
    ngx_bs_redis_link_t    *link = data;
    ngx_peer_connection_t   peer;

    /* nginx would write a line for each try; ours says it once. */

    quiet = *link->log;
    quiet.log_level = NGX_LOG_ALERT;

    ngx_memzero(&peer, sizeof(ngx_peer_connection_t));

    peer.sockaddr = link->address->addr->sockaddr;
    peer.socklen = link->address->addr->socklen;
    peer.name = &link->address->addr->name;
    peer.get = ngx_event_get_peer;
    peer.log = &quiet;
    peer.log_error = NGX_ERROR_ERR;
    peer.so_keepalive = (link->address->port != 0);

    rc = ngx_event_connect_peer(&peer);

    if (rc == NGX_ERROR || rc == NGX_DECLINED) {
        ngx_bs_redis_link_fail_errno(link, "cannot connect",
                                     rc == NGX_DECLINED ? ngx_socket_errno : 0);
        return;
    }

    c = peer.connection;
    c->data = link;
    c->log = link->log;
    c->read->log = link->log;
    c->read->handler = ngx_bs_redis_link_read;
    c->write->log = link->log;
    c->write->handler = ngx_bs_redis_link_write;

    link->connection = c;

    ngx_bs_redis_link_options(link);
    ngx_bs_timer_set(&link->greeting, NGX_BS_REDIS_GREETING_TIMEOUT);

    if (rc == NGX_OK) {
        ngx_bs_redis_link_connected(link);
    }
}


static void
ngx_bs_redis_link_options(ngx_bs_redis_link_t *link)
{
    int                value;
    ngx_connection_t  *c;

    if (link->address->port == 0) {
        return;
    }

    c = link->connection;

    (void) ngx_tcp_nodelay(c);

    value = NGX_BS_REDIS_USER_TIMEOUT;

    if (setsockopt(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof(int))
        == -1)
    {
        ngx_connection_error(c, ngx_socket_errno,
                             "setsockopt(TCP_USER_TIMEOUT) failed, ignored");
    }
}


static void
ngx_bs_redis_link_connected(ngx_bs_redis_link_t *link)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(link->connection->fd, SOL_SOCKET, SO_ERROR, &err, &len)
        == -1)
    {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_bs_redis_link_fail_errno(link, "cannot connect", err);
        return;
    }

    link->connected = 1;

    link->reader = redisReaderCreate();

    if (link->reader == NULL || ngx_bs_redis_greeting_send(link) != NGX_OK) {
        ngx_bs_redis_link_fail(link, "no memory");
        return;
    }

    if (ngx_handle_read_event(link->connection->read, 0) != NGX_OK) {
        ngx_bs_redis_link_fail(link, "nginx cannot watch another socket");
    }
}


ngx_int_t
ngx_bs_redis_link_append(ngx_bs_redis_link_t *link, ngx_uint_t argc,
    const ngx_str_t *argv)
{
    ngx_int_t  rc;

    if (argc == 0 || argc > NGX_BS_REDIS_ARGS_MAX) {
        return NGX_ERROR;
    }

    rc = ngx_bs_redis_output_command(&link->output, argc, argv, link->log);

    if (rc == NGX_OK) {
        ngx_bs_timer_post(&link->flush);
    }

    return rc;
}


static void
ngx_bs_redis_link_read(ngx_event_t *rev)
{
    ngx_connection_t     *c;
    ngx_bs_redis_link_t  *link;

    c = rev->data;
    link = c->data;

    if (c->close) {

        /* worker_shutdown_timeout: nothing may stay open. */

        link->running = 0;
        ngx_bs_redis_link_fail(link, "nginx is shutting down");
        return;
    }

    if (!link->connected) {
        ngx_bs_redis_link_connected(link);

        if (link->connection != c || !link->connected) {
            return;
        }
    }

    if (ngx_bs_redis_link_receive(link) != NGX_OK) {
        return;
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_bs_redis_link_fail(link, "nginx cannot watch another socket");
    }
}


/* NGX_ERROR: the connection is gone. */

static ngx_int_t
ngx_bs_redis_link_receive(ngx_bs_redis_link_t *link)
{
    u_char             buf[NGX_BS_REDIS_READ_SIZE];
    ssize_t            n;
    ngx_connection_t  *c;

    c = link->connection;

    do {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            return NGX_OK;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_bs_redis_link_fail(link, "Redis closed the connection");
            return NGX_ERROR;
        }

        if (ngx_bs_redis_link_parse(link, buf, (size_t) n) != NGX_OK) {
            return NGX_ERROR;
        }

    } while (c->read->ready);

    return NGX_OK;
}


static ngx_int_t
ngx_bs_redis_link_parse(ngx_bs_redis_link_t *link, u_char *p, size_t n)
{
    void       *reply;
    ngx_int_t   rc;

    if (link->unparsed + n > NGX_BS_REDIS_REPLY_MAX) {
        ngx_bs_redis_link_fail(link, "a reply is too long");
        return NGX_ERROR;
    }

    if (redisReaderFeed(link->reader, (char *) p, n) != REDIS_OK) {
        ngx_bs_redis_link_fail(link, "no memory");
        return NGX_ERROR;
    }

    link->unparsed += n;

    for ( ;; ) {

        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            ngx_bs_redis_link_fail(link, "a reply is not in Redis' protocol");
            return NGX_ERROR;
        }

        if (reply == NULL) {
            return NGX_OK;
        }

        link->unparsed = 0;

        rc = ngx_bs_redis_link_take(link, reply);
        freeReplyObject(reply);

        if (rc != NGX_OK) {
            return NGX_ERROR;
        }

        /* The owner may have failed the link over what it read. */

        if (link->reader == NULL) {
            return NGX_ERROR;
        }
    }
}


static ngx_int_t
ngx_bs_redis_link_take(ngx_bs_redis_link_t *link, const redisReply *reply)
{
    if (link->up) {

        if (link->handlers->reply(link->data,
                                  (const ngx_bs_redis_reply_t *) reply)
            == NGX_OK)
        {
            return NGX_OK;
        }

        if (link->up) {
            ngx_bs_redis_link_fail(link, "a reply came that nobody asked for");
        }

        return NGX_ERROR;
    }

    if (ngx_bs_redis_greeting_take(link, reply) != NGX_OK) {
        return NGX_ERROR;
    }

    if (link->greetings) {
        return NGX_OK;
    }

    ngx_bs_timer_clear(&link->greeting);

    link->up = 1;
    link->handlers->up(link->data);

    return NGX_OK;
}


static void
ngx_bs_redis_link_write(ngx_event_t *wev)
{
    ngx_connection_t     *c;
    ngx_bs_redis_link_t  *link;

    c = wev->data;
    link = c->data;

    if (!link->connected) {
        ngx_bs_redis_link_connected(link);
        return;
    }

    ngx_bs_redis_link_flush(link);
}


static void
ngx_bs_redis_link_flush(void *data)
{
    ssize_t                 n;
    ngx_connection_t       *c;
    ngx_bs_redis_link_t    *link = data;
    ngx_bs_redis_output_t  *output;

    c = link->connection;
    output = &link->output;

    while (output->start < output->end) {

        n = c->send(c, output->data + output->start,
                    output->end - output->start);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_bs_redis_link_fail(link, "cannot send");
            return;
        }

        ngx_bs_redis_output_sent(output, (size_t) n);
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_bs_redis_link_fail(link, "nginx cannot watch another socket");
    }
}


static void
ngx_bs_redis_link_greeting(void *data)
{
    ngx_bs_redis_link_t  *link = data;

    ngx_bs_redis_link_fail(link, link->connected
                                 ? "Redis does not answer"
                                 : "cannot connect in time");
}


static void
ngx_bs_redis_link_close(ngx_bs_redis_link_t *link)
{
    ngx_bs_timer_clear(&link->greeting);
    ngx_bs_timer_clear(&link->flush);

    ngx_bs_redis_output_free(&link->output);

    if (link->reader) {
        redisReaderFree(link->reader);
        link->reader = NULL;
    }

    link->connected = 0;
    link->up = 0;
    link->usable = 0;
    link->unparsed = 0;

    if (link->connection) {
        ngx_close_connection(link->connection);
        link->connection = NULL;
    }
}
