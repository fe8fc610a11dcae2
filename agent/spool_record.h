
/*
 * How one record lies in a segment: length and CRC-32C, little-endian, then
 * the payload.  The checksum covers the length too.  Pure.
 */

#ifndef SPOOL_RECORD_H
#define SPOOL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_RECORD_HEAD 8
#define SPOOL_RECORD_PAYLOAD_MAX 16384

typedef enum {
    SPOOL_RECORD_OK,
    SPOOL_RECORD_END,    /* nothing follows */
    SPOOL_RECORD_TORN,   /* begun, but its end is not there: a crash while writing */
    SPOOL_RECORD_CORRUPT /* all there, but not what was written */
} spool_record_status_t;

uint32_t spool_record_crc32c(uint32_t crc, const void *data, size_t len);

/* Writes the head of a record into `head`. */
void spool_record_head(uint8_t head[SPOOL_RECORD_HEAD], const void *payload, size_t len);

/*
 * Looks at the record at the start of `data`.  `payload` borrows from it.
 * Zeros to the end of the data count as torn: file systems leave such tails.
 */
spool_record_status_t
spool_record_read(const uint8_t *data, size_t available, const uint8_t **payload, size_t *len);

void spool_record_put_u32(uint8_t *out, uint32_t value);
void spool_record_put_u64(uint8_t *out, uint64_t value);
uint32_t spool_record_get_u32(const uint8_t *in);
uint64_t spool_record_get_u64(const uint8_t *in);

#endif
