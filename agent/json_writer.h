
/*
 * Writes JSON into a buffer of fixed size.  What would not fit is left out and
 * `overflow` is set; json_writer_mark() and json_writer_rewind() take a whole member back.
 * Strings come out as valid UTF-8 without zero bytes, whatever went in.
 */

#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *data;
    size_t size;
    size_t len;
    int overflow;
    int comma; /* a value stands before this place */
} json_writer_t;

void json_writer_init(json_writer_t *json, char *data, size_t size);

void json_writer_open(json_writer_t *json, char bracket);  /* '{' or '[' */
void json_writer_close(json_writer_t *json, char bracket); /* '}' or ']' */
void json_writer_key(json_writer_t *json, const char *key);
void json_writer_string(json_writer_t *json, const char *text);
void json_writer_bytes(json_writer_t *json, const char *data, size_t len);
void json_writer_int(json_writer_t *json, int64_t value);
/* Seconds since the epoch, as "2026-01-31T23:59:59Z". */
void json_writer_time(json_writer_t *json, int64_t seconds);
void json_writer_null(json_writer_t *json);
/* A value that is JSON already. */
void json_writer_raw(json_writer_t *json, const char *value);

/* Bytes that stand where they stand, JSON or not. */
void json_writer_put(json_writer_t *json, const char *bytes, size_t len);

/* As much of the text as fits while `spare` bytes stay free behind it. */
void json_writer_bytes_fitting(json_writer_t *json, const char *data, size_t len, size_t spare);

json_writer_t json_writer_mark(const json_writer_t *json);
/* Undoes everything since the mark, the overflow too. */
void json_writer_rewind(json_writer_t *json, json_writer_t mark);

#endif
