
/*
 * A channel of its own for each question: it has one server, and no cache.
 * c-ares answers from within its own calls, where the channel must not be
 * destroyed; so the result is handed over in the next turn of the loop.
 */

#include "dns_query.h"

#include "dns_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DNS_QUERY_TRIES 3
#define DNS_QUERY_SHARE 8 /* three tries, each twice as long as the last, are seven parts */
#define DNS_QUERY_TRY_MIN_MS 100
#define DNS_QUERY_TRY_MAX_MS 2000
#define DNS_QUERY_CLASS_IN 1

struct dns_query {
    dns_channel_t *channel;
    uv_timer_t soon;
    int type;
    dns_query_done_cb done;
    void *data;
    dns_query_result_t result;
    char name[];
};


static dns_query_end_t
dns_query_end(int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
        return DNS_QUERY_TIMEOUT;
    case ARES_ECONNREFUSED:
        return DNS_QUERY_REFUSED;
    case ARES_EBADNAME:
        return DNS_QUERY_NO_NAME;
    case ARES_ENOMEM:
        return DNS_QUERY_AGENT;
    default:
        return DNS_QUERY_MALFORMED;
    }
}


static void
dns_query_on_soon(uv_timer_t *timer)
{
    dns_query_t *query = timer->data;

    query->done(query->data, &query->result);
}


static void
dns_query_on_answer(void *data, int status, int timeouts, unsigned char *message, int len)
{
    dns_query_t *query = data;
    dns_query_result_t *result = &query->result;

    dns_channel_answered(query->channel);

    if (status == ARES_EDESTRUCTION) {
        return;
    }

    result->retries = (unsigned) timeouts;
    result->end = dns_query_end(status);

    if (message != NULL && len > 0) { /* whatever c-ares thinks of its rcode */
        int read =
            dns_records_read(message, (size_t) len, query->name, query->type, &result->records);

        result->end = (read == 0) ? DNS_QUERY_ANSWERED : DNS_QUERY_MALFORMED;
    }

    uv_timer_start(&query->soon, dns_query_on_soon, 0, 0);
}


static dns_channel_t *
dns_query_channel(uv_loop_t *loop, const bs_addr_t *server, uint16_t port, int64_t timeout_ms)
{
    char address[BS_ADDR_TEXT_MAX];
    char servers[BS_ADDR_TEXT_MAX + 16];
    int64_t try_ms = timeout_ms / DNS_QUERY_SHARE;

    try_ms = (try_ms > DNS_QUERY_TRY_MAX_MS) ? DNS_QUERY_TRY_MAX_MS : try_ms;
    try_ms = (try_ms < DNS_QUERY_TRY_MIN_MS) ? DNS_QUERY_TRY_MIN_MS : try_ms;
    bs_addr_format(server, address);
    snprintf(servers, sizeof(servers), (server->family == 6) ? "[%s]:%u" : "%s:%u", address, port);

    dns_channel_options_t options = {
        .servers = servers,
        .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP,
        .timeout_ms = (int) try_ms,
        .tries = DNS_QUERY_TRIES,
    };

    return dns_channel_create(loop, &options);
}


dns_query_t *
dns_query_start(uv_loop_t *loop, const bs_addr_t *server, uint16_t port, const char *name, int type,
                int64_t timeout_ms, dns_query_done_cb done, void *data)
{
    dns_query_t *query = calloc(1, sizeof(*query) + strlen(name) + 1);

    if (query == NULL) {
        return NULL;
    }

    query->channel = dns_query_channel(loop, server, port, timeout_ms);

    if (query->channel == NULL) {
        free(query);
        return NULL;
    }

    query->type = type;
    query->done = done;
    query->data = data;
    strcpy(query->name, name);
    uv_timer_init(loop, &query->soon);
    query->soon.data = query;

    dns_channel_asked(query->channel);
    ares_query(dns_channel_ares(query->channel), name, DNS_QUERY_CLASS_IN, type,
               dns_query_on_answer, query);
    dns_channel_arm(query->channel);
    return query;
}


static void
dns_query_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
dns_query_cancel(dns_query_t *query)
{
    dns_channel_destroy(query->channel);
    uv_close((uv_handle_t *) &query->soon, dns_query_on_closed);
}
