
/*
 * Castagnoli's polynomial, reflected; eight bytes at a time through eight
 * tables, because a start looks at every byte of a long backlog.
 */

#include "spool_record.h"

#include <string.h>

#define SPOOL_RECORD_POLYNOMIAL 0x82f63b78

static uint32_t tables[8][256];


/* Before main(), so that no thread sees them half made. */
__attribute__((constructor)) static void
spool_record_make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) ? SPOOL_RECORD_POLYNOMIAL : 0);
        }

        tables[0][i] = crc;
    }

    for (uint32_t i = 0; i < 256; i++) {
        for (int t = 1; t < 8; t++) {
            tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 255];
        }
    }
}


uint32_t
spool_record_crc32c(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;

    crc = ~crc;

    for (; len >= 8; len -= 8, p += 8) {
        uint32_t low = crc ^ spool_record_get_u32(p);
        uint32_t high = spool_record_get_u32(p + 4);

        crc = tables[7][low & 255] ^ tables[6][(low >> 8) & 255] ^ tables[5][(low >> 16) & 255]
              ^ tables[4][low >> 24] ^ tables[3][high & 255] ^ tables[2][(high >> 8) & 255]
              ^ tables[1][(high >> 16) & 255] ^ tables[0][high >> 24];
    }

    for (; len > 0; len--, p++) {
        crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 255];
    }

    return ~crc;
}


void
spool_record_put_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t) (value >> (8 * i));
    }
}


void
spool_record_put_u64(uint8_t *out, uint64_t value)
{
    spool_record_put_u32(out, (uint32_t) value);
    spool_record_put_u32(out + 4, (uint32_t) (value >> 32));
}


uint32_t
spool_record_get_u32(const uint8_t *in)
{
    return (uint32_t) in[0] | (uint32_t) in[1] << 8 | (uint32_t) in[2] << 16
           | (uint32_t) in[3] << 24;
}


uint64_t
spool_record_get_u64(const uint8_t *in)
{
    return spool_record_get_u32(in) | (uint64_t) spool_record_get_u32(in + 4) << 32;
}


void
spool_record_head(uint8_t head[SPOOL_RECORD_HEAD], const void *payload, size_t len)
{
    spool_record_put_u32(head, (uint32_t) len);

    uint32_t crc = spool_record_crc32c(0, head, 4);

    spool_record_put_u32(head + 4, spool_record_crc32c(crc, payload, len));
}


static int
spool_record_all_zero(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != 0) {
            return 0;
        }
    }

    return 1;
}


spool_record_status_t
spool_record_read(const uint8_t *data, size_t available, const uint8_t **payload, size_t *len)
{
    if (available == 0) {
        return SPOOL_RECORD_END;
    }

    if (available < SPOOL_RECORD_HEAD) {
        return SPOOL_RECORD_TORN;
    }

    *len = spool_record_get_u32(data);

    if (*len == 0 || *len > SPOOL_RECORD_PAYLOAD_MAX) {
        return spool_record_all_zero(data, available) ? SPOOL_RECORD_TORN : SPOOL_RECORD_CORRUPT;
    }

    if (available - SPOOL_RECORD_HEAD < *len) {
        return SPOOL_RECORD_TORN;
    }

    *payload = data + SPOOL_RECORD_HEAD;

    uint32_t crc = spool_record_crc32c(0, data, 4);

    crc = spool_record_crc32c(crc, *payload, *len);
    return (crc == spool_record_get_u32(data + 4)) ? SPOOL_RECORD_OK : SPOOL_RECORD_CORRUPT;
}
