
/* Protobuf by hand: a field is a varint (number << 3 | wire type) and its value. */

#include "grpc_health.h"

#include <stdint.h>
#include <string.h>

#define GRPC_HEALTH_FRAME 5
#define GRPC_HEALTH_VARINT_MAX 10

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} grpc_health_reader_t;


static size_t
grpc_health_put_varint(unsigned char *out, size_t value)
{
    size_t used = 0;

    while (value >= 0x80) {
        out[used++] = (unsigned char) (value | 0x80);
        value >>= 7;
    }

    out[used++] = (unsigned char) value;
    return used;
}


size_t
grpc_health_request(const char *service, unsigned char out[GRPC_HEALTH_REQUEST_MAX])
{
    size_t len = (service != NULL) ? strlen(service) : 0;
    size_t used = GRPC_HEALTH_FRAME;

    if (len > GRPC_HEALTH_SERVICE_MAX) {
        return 0;
    }

    if (len > 0) {
        out[used++] = 1 << 3 | WIRE_BYTES;
        used += grpc_health_put_varint(out + used, len);
        memcpy(out + used, service, len);
        used += len;
    }

    size_t message = used - GRPC_HEALTH_FRAME;

    out[0] = 0; /* not compressed */
    out[1] = 0;
    out[2] = 0;
    out[3] = (unsigned char) (message >> 8);
    out[4] = (unsigned char) message;
    return used;
}


static int
grpc_health_get_varint(grpc_health_reader_t *r, uint64_t *value)
{
    *value = 0;

    for (unsigned i = 0; i < GRPC_HEALTH_VARINT_MAX && r->at < r->end; i++) {
        unsigned char byte = *r->at++;

        *value |= (uint64_t) (byte & 0x7f) << (7 * i);

        if (byte < 0x80) {
            return 0;
        }
    }

    return -1;
}


static int
grpc_health_skip(grpc_health_reader_t *r, unsigned wire)
{
    uint64_t len = 0;

    switch (wire) {
    case WIRE_VARINT:
        return grpc_health_get_varint(r, &len);
    case WIRE_64:
        len = 8;
        break;
    case WIRE_32:
        len = 4;
        break;
    case WIRE_BYTES:
        if (grpc_health_get_varint(r, &len) != 0) {
            return -1;
        }

        break;
    default:
        return -1;
    }

    if (len > (uint64_t) (r->end - r->at)) {
        return -1;
    }

    r->at += len;
    return 0;
}


int
grpc_health_status(const unsigned char *data, size_t len)
{
    uint64_t status = 0; /* protobuf leaves a zero out */
    uint64_t key;

    if (len < GRPC_HEALTH_FRAME || data[0] != 0) {
        return -1;
    }

    size_t message =
        (size_t) data[1] << 24 | (size_t) data[2] << 16 | (size_t) data[3] << 8 | data[4];

    if (message != len - GRPC_HEALTH_FRAME) {
        return -1;
    }

    grpc_health_reader_t r = {data + GRPC_HEALTH_FRAME, data + len};

    while (r.at < r.end) {
        if (grpc_health_get_varint(&r, &key) != 0) {
            return -1;
        }

        int failed = (key == (1 << 3 | WIRE_VARINT)) ? grpc_health_get_varint(&r, &status)
                                                     : grpc_health_skip(&r, key & 7);

        if (failed) {
            return -1;
        }
    }

    return (status <= INT32_MAX) ? (int) status : -1;
}


const char *
grpc_health_name(int status)
{
    static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};

    return (status >= 0 && (size_t) status < sizeof(names) / sizeof(names[0])) ? names[status]
                                                                               : names[0];
}


const char *
grpc_health_code_name(int code)
{
    static const char *const names[] = {
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    };

    return (code >= 0 && (size_t) code < sizeof(names) / sizeof(names[0])) ? names[code] : NULL;
}
