
/*
 * Is this text JSON?  Answers without memory and in one pass, for evidence that
 * is stored and shown as it came.
 */

#ifndef BS_JSON_H
#define BS_JSON_H

#include <stddef.h>

#define BS_JSON_DEPTH_MAX 16
#define BS_JSON_NUMBER_BYTES_MAX 32

/*
 * 1 if the bytes are one JSON object (RFC 8259) that Postgres can also read as
 * jsonb: no \u0000, no lone surrogates, no monstrous numbers.  UTF-8 beyond
 * ASCII is not judged.  Doubled keys are nobody's business here.
 */
int bs_json_is_object(const char *data, size_t len);

#endif
