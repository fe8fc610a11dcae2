
/* The encoders of bs_wire.h: msgpack-c into a buffer of the caller's. */

#include "bs_wire.h"

#include <string.h>

#define BS_WIRE_TICK_ELEMENTS 17
#define BS_WIRE_OUTCOME_ELEMENTS 8
#define BS_WIRE_DELIVERY_ELEMENTS 7


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

/* Never longer than `max`, and no half of a character at the end. */
static int
pack_cut(msgpack_packer *pk, const bs_wire_str_t *str, size_t max)
{
    bs_wire_str_t cut = {str->data == NULL ? "" : str->data, str->len};

    if (cut.len > max) {
        cut.len = max;

        while (cut.len > 0 && ((unsigned char) cut.data[cut.len] & 0xc0) == 0x80) {
            cut.len--;
        }
    }

    return pack_str(pk, &cut);
}

static int
pack_outcomes(msgpack_packer *pk, const bs_wire_report_t *report)
{
    int failed = pack_cstr(pk, "deliveries") | msgpack_pack_array(pk, report->outcomes_count);

    for (size_t i = 0; i < report->outcomes_count; i++) {
        const bs_wire_outcome_t *outcome = &report->outcomes[i];

        failed |= msgpack_pack_array(pk, BS_WIRE_OUTCOME_ELEMENTS);
        failed |= msgpack_pack_uint64(pk, outcome->delivery);
        failed |= msgpack_pack_uint16(pk, outcome->attempt);
        failed |= msgpack_pack_uint8(pk, outcome->outcome);
        failed |= msgpack_pack_uint16(pk, outcome->http_status);
        failed |= msgpack_pack_uint32(pk, outcome->retry_after_s);
        failed |= msgpack_pack_uint32(pk, outcome->duration_ms);
        failed |= pack_cut(pk, &outcome->detail, BS_WIRE_DETAIL_BYTES_MAX);
        failed |= pack_cut(pk, &outcome->provider_ref, BS_WIRE_PROVIDER_REF_BYTES_MAX);
    }

    return failed;
}

/* What the agent knows and has in hand. */
static int
pack_asking(msgpack_packer *pk, const bs_wire_report_t *report)
{
    int failed = pack_cstr(pk, "kinds") | msgpack_pack_array(pk, report->kinds_count);

    for (size_t i = 0; i < report->kinds_count; i++) {
        failed |= pack_str(pk, &report->kinds[i]);
    }

    if (!report->says_holds) {
        return failed;
    }

    failed |= pack_int_field(pk, "life", report->life);
    failed |= pack_int_field(pk, "turn", report->turn);
    failed |= pack_cstr(pk, "holds") | msgpack_pack_array(pk, report->holds_count);

    for (size_t i = 0; i < report->holds_count; i++) {
        failed |= msgpack_pack_uint64(pk, report->holds[i]);
    }

    return failed;
}

int
bs_wire_report_encode(msgpack_sbuffer *out, const bs_wire_report_t *report, const void *ticks,
                      size_t ticks_len, uint32_t ticks_count)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_map(&pk, report->says_holds ? 11 : 8);
    failed |= pack_int_field(&pk, "v", BS_WIRE_VERSION);
    failed |= pack_cstr(&pk, "agent") | pack_str(&pk, &report->agent);
    failed |= pack_cstr(&pk, "version") | pack_str(&pk, &report->version);
    failed |= pack_cstr(&pk, "deliver");
    failed |= report->deliver ? msgpack_pack_true(&pk) : msgpack_pack_false(&pk);
    failed |= pack_outcomes(&pk, report);
    failed |= pack_asking(&pk, report);
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

static int
pack_delivery(msgpack_packer *pk, msgpack_sbuffer *out, const bs_wire_delivery_t *delivery)
{
    int failed = msgpack_pack_array(pk, BS_WIRE_DELIVERY_ELEMENTS);

    failed |= msgpack_pack_uint64(pk, delivery->id);
    failed |= msgpack_pack_uint16(pk, delivery->attempt);
    failed |= pack_str(pk, &delivery->key);
    failed |= pack_str(pk, &delivery->kind);
    failed |= msgpack_pack_int64(pk, delivery->expires_ms);
    failed |= msgpack_sbuffer_write(out, delivery->settings.data, delivery->settings.len);
    failed |= msgpack_sbuffer_write(out, delivery->message.data, delivery->message.len);

    return failed;
}

static int
pack_deliveries(msgpack_packer *pk, msgpack_sbuffer *out, const bs_wire_reply_t *reply)
{
    const bs_wire_str_t *packed = &reply->packed_deliveries;
    int failed = pack_cstr(pk, "deliveries");

    if (packed->data != NULL) {
        failed |= (reply->packed_deliveries_count > 0)
                      ? msgpack_pack_array(pk, reply->packed_deliveries_count)
                      : 0;
        return failed | msgpack_sbuffer_write(out, packed->data, packed->len);
    }

    failed |= msgpack_pack_array(pk, reply->deliveries_count);

    for (size_t i = 0; i < reply->deliveries_count; i++) {
        failed |= pack_delivery(pk, out, &reply->deliveries[i]);
    }

    return failed;
}

int
bs_wire_reply_encode(msgpack_sbuffer *out, const bs_wire_reply_t *reply)
{
    msgpack_packer pk;
    int failed;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);

    failed = msgpack_pack_map(&pk, 7);
    failed |= pack_int_field(&pk, "v", BS_WIRE_VERSION);
    failed |= pack_int_field(&pk, "time", reply->hub_time_ms);
    failed |= pack_int_field(&pk, "stored", reply->stored);
    failed |= pack_int_field(&pk, "refused", reply->refused);
    failed |= pack_int_field(&pk, "database", reply->database);
    failed |= pack_deliveries(&pk, out, reply);
    failed |= pack_cstr(&pk, "agents") | msgpack_pack_array(&pk, reply->agents_count);

    for (size_t i = 0; i < reply->agents_count; i++) {
        failed |= pack_str(&pk, &reply->agents[i]);
    }

    return failed ? -1 : 0;
}
