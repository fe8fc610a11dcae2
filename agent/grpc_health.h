
/*
 * The messages of grpc.health.v1.Health/Check, framed as gRPC sends them: one
 * byte of flags, four of length, a protobuf message of one field.  Pure.
 */

#ifndef GRPC_HEALTH_H
#define GRPC_HEALTH_H

#include <stddef.h>

#define GRPC_HEALTH_SERVICE_MAX 512
#define GRPC_HEALTH_REQUEST_MAX (GRPC_HEALTH_SERVICE_MAX + 16)
#define GRPC_HEALTH_SERVING 1

/* The length, or 0 if the service's name is too long. */
size_t grpc_health_request(const char *service, unsigned char out[GRPC_HEALTH_REQUEST_MAX]);

/* The status in a framed answer, or -1 if it is none. */
int grpc_health_status(const unsigned char *data, size_t len);

/* "NOT_SERVING"; "UNKNOWN" for a number without a name. */
const char *grpc_health_name(int status);

/* "UNAVAILABLE" for a grpc-status of 14; NULL for a number without a name. */
const char *grpc_health_code_name(int code);

#endif
