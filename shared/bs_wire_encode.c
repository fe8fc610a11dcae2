
/* The encoders of bs_wire.h: msgpack-c into a buffer of the caller's. */

#include "bs_wire.h"

#include <string.h>

#define BS_WIRE_TICK_ELEMENTS 17


static int
pack_cstr(msgpack_packer *pk, const char *text)
{
    size_t len = strlen(text);

    return msgpack_pack_str(pk, len) | msgpack_pack_str_body(pk, text, len);
}

static int
pack_str(msgpack_packer *pk, const bs_wire_str_t *str)
{
    return msgpack_pack_str(pk, str->len) | msgpack_pack_str_body(pk, str->data, str->len);
}

static int
pack_optional(msgpack_packer *pk, const bs_wire_str_t *str)
{
    return (str->data == NULL) ? msgpack_pack_nil(pk) : pack_str(pk, str);
}

static int
pack_int_field(msgpack_packer *pk, const char *key, int64_t value)
{
    return pack_cstr(pk, key) | msgpack_pack_int64(pk, value);
}

int
bs_wire_job_encode(msgpack_sbuffer *out, const bs_wire_job_t *job)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_map(&pk, 6);
    failed |= pack_int_field(&pk, "v", BS_WIRE_VERSION);
    failed |= pack_int_field(&pk, "monitor", job->monitor);
    failed |= pack_int_field(&pk, "slot", job->slot_ms);
    failed |= pack_int_field(&pk, "expires", job->expires_ms);
    failed |= pack_cstr(&pk, "urgent");
    failed |= job->urgent ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk);
    failed |= pack_cstr(&pk, "spec");
    failed |= msgpack_sbuffer_write(out, job->spec.data, job->spec.len);

    return failed ? -1 : 0;
}

int
bs_wire_tick_encode(msgpack_sbuffer *out, const bs_wire_tick_t *tick)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_array(&pk, BS_WIRE_TICK_ELEMENTS);
    failed |= msgpack_pack_uint32(&pk, tick->monitor);
    failed |= msgpack_pack_int64(&pk, tick->slot_ms);
    failed |= msgpack_pack_int64(&pk, tick->checked_at_ms);
    failed |= msgpack_pack_uint8(&pk, tick->status);
    failed |= msgpack_pack_uint8(&pk, tick->reason);
    failed |= msgpack_pack_uint8(&pk, tick->attempts);
    failed |= msgpack_pack_uint16(&pk, tick->http_status);
    failed |= pack_optional(&pk, &tick->address);
    failed |= msgpack_pack_int32(&pk, tick->dns_us);
    failed |= msgpack_pack_int32(&pk, tick->connect_us);
    failed |= msgpack_pack_int32(&pk, tick->tls_us);
    failed |= msgpack_pack_int32(&pk, tick->first_byte_us);
    failed |= msgpack_pack_int32(&pk, tick->total_us);
    failed |= pack_optional(&pk, &tick->evidence);
    failed |= msgpack_pack_uint8(&pk, tick->flags);
    failed |= msgpack_pack_int64(&pk, tick->expires_at_s);
    failed |= msgpack_pack_int64(&pk, tick->domain_expires_at_s);

    return failed ? -1 : 0;
}

int
bs_wire_report_encode(msgpack_sbuffer *out, const bs_wire_report_t *report, const void *ticks,
                      size_t ticks_len, uint32_t ticks_count)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_map(&pk, 6);
    failed |= pack_int_field(&pk, "v", BS_WIRE_VERSION);
    failed |= pack_cstr(&pk, "agent") | pack_str(&pk, &report->agent);
    failed |= pack_cstr(&pk, "version") | pack_str(&pk, &report->version);
    failed |= pack_cstr(&pk, "deliveries") | msgpack_pack_array(&pk, 0);
    failed |= pack_cstr(&pk, "self") | msgpack_pack_map(&pk, report->self_count);

    for (size_t i = 0; i < report->self_count; i++) {
        failed |= pack_str(&pk, &report->self[i].name);
        failed |= msgpack_pack_int64(&pk, report->self[i].value);
    }

    failed |= pack_cstr(&pk, "ticks") | msgpack_pack_array(&pk, ticks_count);

    if (ticks_len > 0) {
        failed |= msgpack_sbuffer_write(out, ticks, ticks_len);
    }

    return failed ? -1 : 0;
}

int
bs_wire_reply_encode(msgpack_sbuffer *out, const bs_wire_reply_t *reply)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_map(&pk, 6);
    failed |= pack_int_field(&pk, "v", BS_WIRE_VERSION);
    failed |= pack_int_field(&pk, "time", reply->hub_time_ms);
    failed |= pack_int_field(&pk, "stored", reply->stored);
    failed |= pack_int_field(&pk, "refused", reply->refused);
    failed |= pack_cstr(&pk, "deliveries") | msgpack_pack_array(&pk, 0);
    failed |= pack_cstr(&pk, "agents") | msgpack_pack_array(&pk, reply->agents_count);

    for (size_t i = 0; i < reply->agents_count; i++) {
        failed |= pack_str(&pk, &reply->agents[i]);
    }

    return failed ? -1 : 0;
}
