
/* SPEC: what is taken, what is refused, and that nothing reads beyond its bytes. */

#include "../../agent/spec.h"

#include "tap.h"

#include <msgpack.h>
#include <stdlib.h>

static void
str(msgpack_packer *pk, const char *text)
{
    msgpack_pack_str_with_body(pk, text, strlen(text));
}

static void
pair(msgpack_packer *pk, const char *key, const char *value)
{
    str(pk, key);
    str(pk, value);
}

/* A SPEC with everything in it. */
static void
pack(msgpack_sbuffer *out)
{
    msgpack_packer pk;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 14);
    pair(&pk, "type", "keyword");
    pair(&pk, "url", "https://example.com/");
    str(&pk, "timeout");
    msgpack_pack_uint32(&pk, 5000);
    pair(&pk, "method", "post");
    str(&pk, "headers");
    msgpack_pack_array(&pk, 2);
    msgpack_pack_array(&pk, 2);
    pair(&pk, "X-A", "1");
    msgpack_pack_array(&pk, 2);
    pair(&pk, "X-B", "");
    pair(&pk, "body", "data");
    pair(&pk, "username", "me");
    pair(&pk, "password", "secret");
    str(&pk, "expected");
    msgpack_pack_array(&pk, 2);
    msgpack_pack_int(&pk, 200);
    msgpack_pack_int(&pk, 404);
    pair(&pk, "keyword", "word");
    str(&pk, "redirects");
    msgpack_pack_false(&pk);
    str(&pk, "verify");
    msgpack_pack_false(&pk);
    str(&pk, "ip");
    msgpack_pack_int(&pk, 6);
    str(&pk, "of the future");
    msgpack_pack_array(&pk, 1);
    msgpack_pack_map(&pk, 0);
}

static void
everything(void)
{
    const char *error = "";
    msgpack_sbuffer buffer;
    spec_t *spec;

    msgpack_sbuffer_init(&buffer);
    pack(&buffer);
    spec = spec_decode(buffer.data, buffer.size, &error);
    ok(spec != NULL, error);
    is_int(spec->type, SPEC_KEYWORD, "type");
    is_str(spec->url, "https://example.com/", "url");
    is_int(spec->timeout_ms, 5000, "timeout");
    is_str(spec->method, "POST", "method in capitals");
    is_int((long long) spec->headers_count, 2, "headers");
    is_str(spec->headers[1].name, "X-B", "their names");
    is_str(spec->headers[1].value, "", "their values, also empty");
    is_str(spec->body, "data", "body");
    is_str(spec->username, "me", "username");
    is_str(spec->password, "secret", "password");
    ok(spec->expected_count == 2 && spec->expected[1].from == 404 && spec->expected[1].to == 404,
       "expected");
    is_str(spec->keyword, "word", "keyword");
    ok(!spec->redirects && !spec->verify, "redirects and verify");
    is_int(spec->ip, 6, "ip");
    free(spec);

    int taken = 0;

    for (size_t len = 0; len < buffer.size; len++) {
        char *copy =
            malloc(len + 1); /* of exactly this size, so that sanitizers see one byte more */

        memcpy(copy, buffer.data, len);
        spec = spec_decode(copy, len, &error);
        taken += spec != NULL;
        free(spec);
        free(copy);
    }

    is_int(taken, 0, "cut anywhere it is refused");

    for (size_t at = 0; at < buffer.size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            buffer.data[at] ^= (char) (1 << bit);
            spec = spec_decode(buffer.data, buffer.size, &error);
            free(spec);
            buffer.data[at] ^= (char) (1 << bit);
        }
    }

    ok(1, "no flipped bit does harm");
    msgpack_sbuffer_destroy(&buffer);
}

/* A minimal SPEC with one more pair. */
static const char *
refusal(const char *key, const char *value, size_t len)
{
    const char *error = NULL;
    msgpack_sbuffer buffer;
    msgpack_packer pk;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&pk, &buffer, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 3);
    pair(&pk, "type", "status");
    pair(&pk, "url", "http://a/");
    str(&pk, key);
    msgpack_pack_str_with_body(&pk, value, len);

    spec_t *spec = spec_decode(buffer.data, buffer.size, &error);

    msgpack_sbuffer_destroy(&buffer);

    if (spec != NULL) {
        free(spec);
        return "taken";
    }

    return error;
}

static void
refusals(void)
{
    is_str(refusal("method", "get", 3), "taken", "a method");
    is_str(refusal("method", "BREW", 4), "method", "another");
    is_str(refusal("type", "pong", 4), "type: this agent does not know it", "an unknown type");
    is_str(refusal("url", "http://a\0b", 10), "url", "a zero byte in the URL");
    is_str(refusal("username", "a\0b", 3), "username", "in the user");
    is_str(refusal("body", "a\0b", 3), "taken", "in the body it is data");
    is_str(refusal("timeout", "5", 1), "timeout", "a text for a number");
    is_str(refusal("ip", "6", 1), "ip", "and there too");
    is_str(refusal("headers", "x", 1), "headers", "headers that are none");
    ok(!spec_header_ok("X A", "v") && !spec_header_ok("", "v") && !spec_header_ok("X:", "v"),
       "names of headers");
    ok(!spec_header_ok("X", "a\r\nb") && !spec_header_ok("X", "a\nb")
           && spec_header_ok("X", "a\tb"),
       "their values");

    const char *error;

    ok(spec_decode("\x80", 1, &error) == NULL, "nothing in it");
    ok(spec_decode("\xdf\xff\xff\xff\xff", 5, &error) == NULL, "a map that declares too much");
    ok(spec_decode("", 0, &error) == NULL, "nothing at all");
}

int
main(void)
{
    everything();
    refusals();

    return done();
}
