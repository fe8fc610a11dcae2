
/*
 * A web address of the receiver's own.
 *
 * Settings: url *, method (POST), headers (a map of texts), template and
 * content_type (of the body), signing_secret, username and password, verify_tls
 * (true).  URL, header values and body may hold placeholders (channel_template.h),
 * escaped for where they stand: in JSON, in XML and HTML, in a form, in a URL.
 *
 * Signed requests carry "X-BetterStack-Signature: t=<unix>,v1=<hex>": HMAC-SHA256
 * with the secret over the decimal t, a dot and the body.
 */

#include "channels.h"

#include "channel_template.h"
#include "digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WEBHOOK_HEADERS_MAX 50
#define WEBHOOK_VERSION "1"

/* What the default body holds, in this order, as far as the message says it. */
static const char *const members[] = {
    "event",
    "title",
    "text",
    "severity",
    "state",
    "incident_id",
    "kind",
    "dedup_key",
    "url",
    "acknowledge_url",
    "monitors",
    "monitors_count",
    "regions",
    "started_at",
    "acknowledged_at",
    "acknowledged_by",
    "resolved_at",
    "duration_s",
    "duration_text",
    "team",
    "comment",
    "author",
    "instructions",
    "items",
    "critical",
    "test",
};

static const char *const methods[] = {"POST", "PUT", "PATCH", "GET", "DELETE", "HEAD"};

/* These are ours or HTTP's own. */
static const char *const not_theirs[] = {
    "Content-Length",  "Transfer-Encoding",       "Connection",          "Expect",
    "Idempotency-Key", "X-BetterStack-Signature", "X-BetterStack-Event", "Host",
};


static int
webhook_among(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(list[i], name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* A token of RFC 9110. */
static int
webhook_is_name(const char *name)
{
    return name[0] != '\0'
           && name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
                  == '\0';
}


/* --- the request ---------------------------------------------------------- */

static int
webhook_method(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *method = delivery_setting(delivery, "method");

    for (size_t i = 0; method != NULL && i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcasecmp(methods[i], method) == 0) {
            out->method = methods[i];
            return 0;
        }
    }

    return (method == NULL) ? 0 : channel_refuse(error, "method \"%.40s\" is not known", method);
}


/* Whatever they may not set is left out. */
static int
webhook_headers(channel_request_t *out, const delivery_t *delivery, char *error)
{
    unsigned count;
    const delivery_value_t *headers = delivery_items(delivery->settings, "headers", &count);

    if (count > WEBHOOK_HEADERS_MAX) {
        return channel_refuse(error, "more than %d headers", WEBHOOK_HEADERS_MAX);
    }

    for (unsigned i = 0; i < count; i++) {
        if (headers[i].type != DELIVERY_TEXT || !webhook_is_name(headers[i].key)) {
            return channel_refuse(error, "headers: \"%.100s\" is not a header's name with a text",
                                  headers[i].key);
        }

        if (!webhook_among(not_theirs, sizeof(not_theirs) / sizeof(not_theirs[0]), headers[i].key))
        {
            channel_header(out, headers[i].key,
                           channel_template_text(out, headers[i].is.text, delivery, NULL));
        }
    }

    return 0;
}


/* --- the body ------------------------------------------------------------- */

static const char *
webhook_content_type(const channel_request_t *out)
{
    for (size_t i = 0; i < out->headers_count; i++) {
        if (strcasecmp(out->headers[i].name, "Content-Type") == 0) {
            return out->headers[i].value;
        }
    }

    return NULL;
}


static void
webhook_template(channel_request_t *out, const delivery_t *delivery, const char *text)
{
    const char *type = webhook_content_type(out);
    channel_escape_t escape = NULL;

    if (type == NULL) {
        char first = text[strspn(text, " \t\r\n")];

        type = (first == '{' || first == '[') ? "application/json" : "text/plain; charset=utf-8";
        channel_header(out, "Content-Type", type);
    }

    if (strcasestr(type, "json") != NULL) {
        escape = channel_json_escape;
    } else if (strcasestr(type, "x-www-form-urlencoded") != NULL) {
        escape = channel_percent;
    } else if (strcasestr(type, "xml") != NULL || strcasestr(type, "html") != NULL) {
        escape = channel_xml_escape;
    }

    out->has_body = 1;
    channel_template(out, &out->body, text, delivery, escape);
}


static void
webhook_default_body(channel_request_t *out, const delivery_t *delivery)
{
    json_writer_t *json = &out->body;

    out->has_body = 1;

    if (webhook_content_type(out) == NULL) {
        channel_header(out, "Content-Type", "application/json");
    }

    json_writer_open(json, '{');
    channel_json_text(out, "version", WEBHOOK_VERSION);
    channel_json_text(out, "key", delivery->key);

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        channel_json_member_if(out, delivery_member(delivery->message, members[i]));
    }

    json_writer_close(json, '}');
}


static void
webhook_body(channel_request_t *out, const delivery_t *delivery)
{
    const char *text = delivery_setting(delivery, "template");
    const char *type = delivery_setting(delivery, "content_type");

    if (type != NULL && webhook_content_type(out) == NULL) {
        channel_header(out, "Content-Type", type);
    }

    if (text != NULL) {
        webhook_template(out, delivery, text);
        return;
    }

    if (strcmp(out->method, "GET") != 0 && strcmp(out->method, "HEAD") != 0) {
        webhook_default_body(out, delivery);
    }
}


/* --- the signature -------------------------------------------------------- */

static int
webhook_sign(channel_request_t *out, const delivery_t *delivery, const char *secret, char *error)
{
    const char *time = channel_format(out, "%" PRId64, delivery->now_s);
    size_t time_len = strlen(time);
    char *signed_text = malloc(time_len + 1 + out->body.len);
    char hex[DIGEST_HMAC_SHA256_HEX] = "";
    int failed = signed_text == NULL;

    if (!failed) {
        memcpy(signed_text, time, time_len);
        signed_text[time_len] = '.';
        memcpy(signed_text + time_len + 1, out->body.data, out->body.len);
        failed = digest_hmac_sha256_hex(secret, strlen(secret), signed_text,
                                        time_len + 1 + out->body.len, hex)
                 != 0;
    }

    free(signed_text);

    if (failed) {
        return channel_refuse(error, "the body could not be signed");
    }

    channel_header(out, "X-BetterStack-Signature", channel_format(out, "t=%s,v1=%s", time, hex));
    return 0;
}


static int
webhook_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");
    const char *secret = delivery_setting(delivery, "signing_secret");
    const char *event = delivery_said(delivery, "event");

    if (url == NULL) {
        return channel_refuse(error, "the channel has no URL");
    }

    if (webhook_method(out, delivery, error) != 0 || webhook_headers(out, delivery, error) != 0) {
        return -1;
    }

    out->url = channel_template_text(out, url, delivery, channel_percent);
    out->username = delivery_setting(delivery, "username");
    out->password = delivery_setting(delivery, "password");
    out->verify = delivery_flag(delivery->settings, "verify_tls", 1);
    webhook_body(out, delivery);
    channel_header(out, "Idempotency-Key", delivery->key);
    channel_header(out, "X-BetterStack-Event", (event != NULL) ? event : "");

    return (secret != NULL) ? webhook_sign(out, delivery, secret, error) : 0;
}


const channel_t channel_webhook = {
    .name = "webhook",
    .request = webhook_request,
};
