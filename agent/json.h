
/*
 * Writes JSON into a buffer of fixed size.  What would not fit is left out and
 * `overflow` is set; json_mark() and json_rewind() take a whole member back.
 * Strings come out as valid UTF-8 without zero bytes, whatever went in.
 */

#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *data;
    size_t size;
    size_t len;
    int overflow;
    int comma; /* a value stands before this place */
} json_t;

void json_init(json_t *json, char *data, size_t size);

void json_open(json_t *json, char bracket);  /* '{' or '[' */
void json_close(json_t *json, char bracket); /* '}' or ']' */
void json_key(json_t *json, const char *key);
void json_string(json_t *json, const char *text);
void json_bytes(json_t *json, const char *data, size_t len);
void json_int(json_t *json, int64_t value);
void json_null(json_t *json);

/* As much of the text as fits while `spare` bytes stay free behind it. */
void json_bytes_fitting(json_t *json, const char *data, size_t len, size_t spare);

json_t json_mark(const json_t *json);
/* Undoes everything since the mark, the overflow too. */
void json_rewind(json_t *json, json_t mark);

#endif
