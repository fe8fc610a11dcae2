
/*
 * WebSocket: the opening handshake over HTTP/1.1.  It is good when the server
 * switches protocols and proves that it understood the key.  A redirect is not
 * followed: browsers do not either, so their connection would have failed.
 */

#include "check_kinds.h"
#include "check_site.h"
#include "websocket_key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CHECK_WEBSOCKET_HEADERS 4
#define CHECK_WEBSOCKET_STATUS 101

typedef struct {
    check_t base;
    check_site_t site;
    int upgraded; /* Upgrade: websocket */
    int accepted; /* and the right key */
    char key[WEBSOCKET_KEY_SIZE];
    char accept[WEBSOCKET_ACCEPT_SIZE];
    http_header_t headers[CHECK_WEBSOCKET_HEADERS];
} check_websocket_t;


static void
check_websocket_close(check_t *base)
{
    check_websocket_t *check = (check_websocket_t *) base;

    check_site_deinit(&check->site);
}


static void
check_websocket_on_deadline(check_t *base)
{
    check_websocket_t *check = (check_websocket_t *) base;

    check_site_cut_off(&check->site);
}


/* --- the answer ----------------------------------------------------------- */

static void
check_websocket_on_header(void *data, const char *name, size_t name_len, const char *value,
                          size_t value_len)
{
    check_websocket_t *check = data;

    if (http_header_is(name, name_len, "upgrade")) {
        check->upgraded = http_header_is(value, value_len, "websocket");

    } else if (http_header_is(name, name_len, "sec-websocket-accept")) {
        check->accepted =
            value_len == strlen(check->accept) && memcmp(value, check->accept, value_len) == 0;
    }
}


static void
check_websocket_on_done(void *data, const http_result_t *result)
{
    check_websocket_t *check = data;
    check_t *base = &check->base;

    check->site.exchange = NULL;
    check_site_note(&check->site, result);

    if (base->facts->failure != BS_REASON_NONE) {
        check_finish(base);
        return;
    }

    if (result->status != CHECK_WEBSOCKET_STATUS) {
        check_fail(base, BS_REASON_STATUS_UNEXPECTED, "headers", "");

    } else if (!check->upgraded) {
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "headers",
                   "it switched protocols, but not to websocket");

    } else if (!check->accepted) {
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "headers",
                   "its Sec-WebSocket-Accept does not belong to the key that was sent");

    } else {
        check_finish(base);
    }
}


/* --- the request ---------------------------------------------------------- */

static void
check_websocket_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_websocket_t *check = (check_websocket_t *) base;
    http_request_t request = {
        .method = "GET",
        .stop_at_headers = 1,
        .on_header = check_websocket_on_header,
    };

    if (address == NULL) {
        check_finish(base);
        return;
    }

    check_site_fill(&check->site, address, 0, &request);
    request.http_version = 1;
    check->site.exchange = http_start(base->env->http, &request, check_websocket_on_done, check);

    if (check->site.exchange == NULL) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "connect", "out of memory");
    }
}


/* ws: and wss: are http: and https: with another name. */
static int
check_websocket_url(const char *text, char *url, size_t size)
{
    int len = (strncasecmp(text, "ws", 2) == 0) ? snprintf(url, size, "http%s", text + 2)
                                                : snprintf(url, size, "%s", text);

    return (len >= 0 && (size_t) len < size) ? 0 : -1;
}


static void
check_websocket_start(check_t *base)
{
    check_websocket_t *check = (check_websocket_t *) base;
    char url[BS_URL_BYTES_MAX];

    if (check_websocket_url(base->spec->url, url, sizeof(url)) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", "the URL is too long");
        return;
    }

    if (websocket_key_make(check->key) != 0) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "start", "no random numbers can be had");
        return;
    }

    websocket_key_accept(check->key, check->accept);
    check->headers[0] = (http_header_t){"Connection", "Upgrade"};
    check->headers[1] = (http_header_t){"Upgrade", "websocket"};
    check->headers[2] = (http_header_t){"Sec-WebSocket-Version", "13"};
    check->headers[3] = (http_header_t){"Sec-WebSocket-Key", check->key};

    if (check_site_init(&check->site, base, url, check->headers, CHECK_WEBSOCKET_HEADERS) == 0) {
        check_site_resolve(&check->site, check_websocket_on_resolved);
    }
}


const check_kind_t check_websocket_kind = {
    .size = sizeof(check_websocket_t),
    .start = check_websocket_start,
    .on_deadline = check_websocket_on_deadline,
    .close = check_websocket_close,
};
