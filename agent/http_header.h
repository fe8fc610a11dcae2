
/* One header of a request: borrowed, zero-terminated, without control characters. */

#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

typedef struct {
    const char *name;
    const char *value;
} http_header_t;

#endif
