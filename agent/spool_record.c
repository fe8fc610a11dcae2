
/* Castagnoli's polynomial, reflected; four bits at a time needs only sixteen table entries. */

#include "spool_record.h"

#include <string.h>

static const uint32_t nibbles[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};


uint32_t
spool_record_crc32c(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;

    crc = ~crc;

    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        crc = (crc >> 4) ^ nibbles[crc & 15];
        crc = (crc >> 4) ^ nibbles[crc & 15];
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
