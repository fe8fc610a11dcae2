
/* Base64, the keys of WebSocket, the messages of gRPC's health service. */

#include "../../agent/base64.h"
#include "../../agent/grpc_health.h"
#include "../../agent/websocket_key.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static const char *
encoded(const char *text)
{
    static char out[64];

    base64_encode(text, strlen(text), out);
    return out;
}

static void
keys(void)
{
    char accept[WEBSOCKET_ACCEPT_SIZE];
    char one[WEBSOCKET_KEY_SIZE];
    char other[WEBSOCKET_KEY_SIZE];

    is_str(encoded(""), "", "nothing");
    is_str(encoded("f"), "Zg==", "one byte");
    is_str(encoded("fo"), "Zm8=", "two");
    is_str(encoded("foo"), "Zm9v", "three");
    is_str(encoded("foobar"), "Zm9vYmFy", "six");
    is_str(encoded("\xff\xfe\xfd"), "//79", "the last digits");

    websocket_key_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
    is_str(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the example of RFC 6455");
    ok(websocket_key_make(one) == 0 && websocket_key_make(other) == 0, "keys are made");
    ok(strlen(one) == 24 && strcmp(one, other) != 0, "of 16 bytes, each another");
}

static int
status(const char *bytes, size_t len)
{
    unsigned char *copy = malloc(len + 1); /* so that memory checkers see what is read */

    memcpy(copy, bytes, len);

    int result = grpc_health_status(copy, len);

    free(copy);
    return result;
}

static void
health(void)
{
    unsigned char out[GRPC_HEALTH_REQUEST_MAX];
    char name[GRPC_HEALTH_SERVICE_MAX + 2];
    const char answer[] = "\0\0\0\0\x0a\x12\x02hi\x18\x96\x01\x08\x02";
    int good = 0;

    is_int((long) grpc_health_request(NULL, out), 5, "the server itself");
    ok(memcmp(out, "\0\0\0\0\0", 5) == 0, "is an empty message");
    is_int((long) grpc_health_request("abc", out), 10, "a service");
    ok(memcmp(out,
              "\0\0\0\0\x05\x0a\x03"
              "abc",
              10)
           == 0,
       "is its first field");

    memset(name, 'n', sizeof(name));
    name[GRPC_HEALTH_SERVICE_MAX] = '\0';
    is_int((long) grpc_health_request(name, out), GRPC_HEALTH_SERVICE_MAX + 8, "a long name");
    name[GRPC_HEALTH_SERVICE_MAX] = 'n';
    name[GRPC_HEALTH_SERVICE_MAX + 1] = '\0';
    is_int((long) grpc_health_request(name, out), 0, "one that is too long");

    is_int(status("\0\0\0\0\2\x08\1", 7), 1, "serving");
    is_int(status("\0\0\0\0\0", 5), 0, "a zero is left out");
    is_int(status(answer, sizeof(answer) - 1), -1, "a length that is wrong");
    is_int(status("\0\0\0\0\x09\x12\x02hi\x18\x96\x01\x08\x02", 14), 2, "behind other fields");
    is_int(status("\1\0\0\0\2\x08\1", 7), -1, "compressed");
    is_int(status("\0\0\0\0\1\x08", 6), -1, "half a field");
    is_int(status("\0\0\0\0\2\x12\x7f", 7), -1, "a string that is longer than all");
    is_int(status("\0\xff\xff\xff\xff\x08\1", 7), -1, "a length beyond all");
    is_int(status("", 0), -1, "nothing");
    srand(3);

    for (int i = 0; i < 100000; i++) {
        char noise[24] = {0};
        size_t len = (size_t) rand() % sizeof(noise);

        for (size_t k = 5; k < len; k++) {
            noise[k] = (char) rand();
        }

        noise[4] = (char) (len > 5 ? len - 5 : 0);
        good += status(noise, len) >= 0;
    }

    ok(good > 0, "noise is survived");
    is_str(grpc_health_name(2), "NOT_SERVING", "a status by name");
    is_str(grpc_health_name(77), "UNKNOWN", "one without");
    is_str(grpc_health_code_name(16), "UNAUTHENTICATED", "a code by name");
    ok(grpc_health_code_name(17) == NULL && grpc_health_code_name(-1) == NULL, "one without");
}

int
main(void)
{
    keys();
    health();
    return done();
}
