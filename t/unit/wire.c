
/*
 * The wire: everything encoded decodes to the same, newer peers are
 * understood, and no bytes whatever make a decoder read beyond its input (run
 * it under the sanitizers) or believe a size that is not there.
 */

#include "../../shared/bs_wire.h"

#include "tap.h"

#include <stdlib.h>

#define FUZZ_ROUNDS 20000

static uint64_t fuzz_state = 20261122;

static uint32_t
fuzz_next(void)
{
    fuzz_state = fuzz_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t) (fuzz_state >> 33);
}

/* An exact copy on the heap, so that a sanitizer sees one byte too many. */
static void *
exact(const void *data, size_t len)
{
    void *copy = malloc(len ? len : 1);

    if (copy == NULL) {
        abort();
    }

    memcpy(copy, data, len);

    return copy;
}

static bs_wire_str_t
str(const char *text)
{
    bs_wire_str_t s = {text, text ? strlen(text) : 0};

    return s;
}

static int
same(const bs_wire_str_t *s, const char *text)
{
    if (text == NULL) {
        return s->data == NULL;
    }

    return s->data != NULL && s->len == strlen(text) && memcmp(s->data, text, s->len) == 0;
}

static void
pack_text(msgpack_packer *pk, const char *text)
{
    msgpack_pack_str(pk, strlen(text));
    msgpack_pack_str_body(pk, text, strlen(text));
}

static void
make_tick(bs_wire_tick_t *tick, uint32_t i)
{
    memset(tick, 0, sizeof(*tick));
    tick->monitor = 4000000000U - i;
    tick->slot_ms = 1795334400000 + i;
    tick->checked_at_ms = 1795334400017 + i;
    tick->status = BS_STATUS_DOWN;
    tick->reason = BS_REASON_CONNECT_REFUSED;
    tick->attempts = 2;
    tick->http_status = 599;
    tick->address = str(i % 2 ? "2001:db8::1" : NULL);
    tick->dns_us = 1;
    tick->connect_us = -1;
    tick->tls_us = 2147483647;
    tick->first_byte_us = 0;
    tick->total_us = 70000;
    tick->evidence = str(i % 2 ? "{\"a\": 1}" : NULL);
    tick->flags = (i % 3) ? BS_TICK_LAGGED : 0;
    tick->expires_at_s = (i % 2) ? 1826870400 : 0;
    tick->domain_expires_at_s = (i % 3) ? 1826870401 : 0;
}

static bs_wire_report_t
make_head(void)
{
    bs_wire_report_t head = {.agent = str("agent-1"), .version = str("0.1.0")};

    head.self[0] = (bs_wire_self_t){str("lag_max_us"), 70000};
    head.self[1] = (bs_wire_self_t){str("clock_offset_ms"), INT64_MIN};
    head.self_count = 2;
    return head;
}

static void
make_report(msgpack_sbuffer *out, uint32_t count)
{
    msgpack_sbuffer ticks;
    bs_wire_tick_t tick;

    msgpack_sbuffer_init(&ticks);

    for (uint32_t i = 0; i < count; i++) {
        make_tick(&tick, i);
        bs_wire_tick_encode(&ticks, &tick);
    }

    bs_wire_report_t head = make_head();

    bs_wire_report_encode(out, &head, ticks.data, ticks.size, count);
    msgpack_sbuffer_destroy(&ticks);
}

/* {"type": "status", "headers": [["a", "b"]]}: as deep as a SPEC gets. */
static void
make_spec(msgpack_sbuffer *out)
{
    msgpack_packer pk;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 2);
    pack_text(&pk, "type");
    pack_text(&pk, "status");
    pack_text(&pk, "headers");
    msgpack_pack_array(&pk, 1);
    msgpack_pack_array(&pk, 2);
    pack_text(&pk, "a");
    pack_text(&pk, "b");
}

static void
make_job(msgpack_sbuffer *out, msgpack_sbuffer *spec)
{
    bs_wire_job_t job = {7, 1795334400000, 1795334415000, 1, {spec->data, spec->size}};

    make_spec(spec);
    job.spec.data = spec->data;
    job.spec.len = spec->size;
    bs_wire_job_encode(out, &job);
}

static void
job_round_trip(void)
{
    msgpack_sbuffer out, spec;
    const char *error;
    bs_wire_job_t job;

    msgpack_sbuffer_init(&out);
    msgpack_sbuffer_init(&spec);
    make_job(&out, &spec);

    is_int(bs_wire_job_decode(out.data, out.size, &job, &error), 0, "a job decodes");
    is_int(job.monitor, 7, "monitor");
    is_int(job.slot_ms, 1795334400000, "slot");
    is_int(job.expires_ms, 1795334415000, "expires");
    is_int(job.urgent, 1, "urgent");
    ok(job.spec.len == spec.size && memcmp(job.spec.data, spec.data, spec.size) == 0,
       "the spec comes out byte for byte");

    msgpack_sbuffer_destroy(&spec);
    msgpack_sbuffer_destroy(&out);
}

static void
report_round_trip(void)
{
    msgpack_sbuffer out;
    bs_wire_report_t report;
    const char *error;
    int equal = 1;

    msgpack_sbuffer_init(&out);
    make_report(&out, BS_WIRE_TICKS_MAX);

    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), 0, "a full report decodes");
    ok(same(&report.agent, "agent-1") && same(&report.version, "0.1.0"), "names");
    is_int((long long) report.ticks_count, BS_WIRE_TICKS_MAX, "all its ticks");

    for (uint32_t i = 0; i < report.ticks_count; i++) {
        const bs_wire_tick_t *got = &report.ticks[i];
        bs_wire_tick_t want;

        make_tick(&want, i);
        equal &= got->monitor == want.monitor && got->slot_ms == want.slot_ms
                 && got->checked_at_ms == want.checked_at_ms && got->status == want.status
                 && got->reason == want.reason && got->attempts == want.attempts
                 && got->http_status == want.http_status && got->dns_us == want.dns_us
                 && got->connect_us == want.connect_us && got->tls_us == want.tls_us
                 && got->first_byte_us == want.first_byte_us && got->total_us == want.total_us
                 && same(&got->address, want.address.data)
                 && same(&got->evidence, want.evidence.data) && got->flags == want.flags
                 && got->expires_at_s == want.expires_at_s
                 && got->domain_expires_at_s == want.domain_expires_at_s;
    }

    ok(equal, "each as it was");
    ok(report.self_count == 2 && same(&report.self[0].name, "lag_max_us")
           && report.self[0].value == 70000 && same(&report.self[1].name, "clock_offset_ms")
           && report.self[1].value == INT64_MIN,
       "and what it says of itself");
    bs_wire_report_free(&report);
    ok(report.ticks == NULL, "and freed");
    msgpack_sbuffer_destroy(&out);

    msgpack_sbuffer_init(&out);
    bs_wire_report_t head = {.agent = str("a"), .version = str("b")};

    bs_wire_report_encode(&out, &head, NULL, 0, 0);
    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), 0,
           "an empty report decodes");
    is_int((long long) report.ticks_count, 0, "to nothing");
    bs_wire_report_free(&report);
    msgpack_sbuffer_destroy(&out);

    msgpack_sbuffer_init(&out);
    make_report(&out, BS_WIRE_TICKS_MAX + 1);
    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), -1,
           "one tick more is refused");
    ok(error == bs_wire_error_ticks_max, "by its own error");
    msgpack_sbuffer_destroy(&out);
}

static void
reply_round_trip(void)
{
    bs_wire_reply_t reply = {.hub_time_ms = 1795334400000, .stored = 2000, .refused = UINT32_MAX};
    bs_wire_reply_t got;
    msgpack_sbuffer out;
    const char *error;

    reply.agents[0] = str("agent-1");
    reply.agents[1] = str("agent-2");
    reply.agents_count = 2;

    msgpack_sbuffer_init(&out);
    bs_wire_reply_encode(&out, &reply);
    is_int(bs_wire_reply_decode(out.data, out.size, &got, &error), 0, "a reply decodes");
    ok(got.hub_time_ms == reply.hub_time_ms && got.stored == reply.stored
           && got.refused == reply.refused && got.agents_count == 2
           && same(&got.agents[0], "agent-1") && same(&got.agents[1], "agent-2"),
       "as it was");
    msgpack_sbuffer_destroy(&out);
}

static void
wrong_field(const char *key, const char *error_begins)
{
    static const char *const keys[] = {"v", "agent", "version", "ticks"};
    bs_wire_report_t report;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error = "";

    for (int missing = 0; missing < 2; missing++) {
        msgpack_sbuffer_init(&out);
        msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
        msgpack_pack_map(&pk, missing ? 3 : 4);

        for (size_t i = 0; i < 4; i++) {
            int wrong = strcmp(keys[i], key) == 0;

            if (wrong && missing) {
                continue;
            }

            pack_text(&pk, keys[i]);

            if (wrong) {
                msgpack_pack_double(&pk, 1.0);
            } else if (i == 0) {
                msgpack_pack_int(&pk, 1);
            } else if (i == 3) {
                msgpack_pack_array(&pk, 0);
            } else {
                pack_text(&pk, "name");
            }
        }

        ok(bs_wire_report_decode(out.data, out.size, &report, &error) == -1
               && strncmp(error, error_begins, strlen(error_begins)) == 0,
           error);
        msgpack_sbuffer_destroy(&out);
    }
}

static void
wrong_tick(size_t at, int64_t value, const char *error_begins)
{
    bs_wire_tick_t tick;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error = "";

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_array(&pk, 17);

    for (size_t i = 0; i < 17; i++) {
        if (i == at) {
            msgpack_pack_int64(&pk, value);
        } else if (i == 7 || i == 13) {
            msgpack_pack_nil(&pk);
        } else {
            msgpack_pack_int(&pk, 1);
        }
    }

    ok(bs_wire_tick_decode(out.data, out.size, &tick, &error) == -1
           && strncmp(error, error_begins, strlen(error_begins)) == 0,
       error);
    msgpack_sbuffer_destroy(&out);
}

static void
errors_name_the_field(void)
{
    wrong_field("v", "v:");
    wrong_field("agent", "agent:");
    wrong_field("version", "version:");
    wrong_field("ticks", "ticks:");

    wrong_tick(0, 4294967296, "ticks: monitor:");
    wrong_tick(1, -1, "ticks: slot:");
    wrong_tick(3, BS_STATUS_COUNT, "ticks: status:");
    wrong_tick(4, 256, "ticks: reason:");
    wrong_tick(6, 65536, "ticks: http_status:");
    wrong_tick(7, 1, "ticks: address:");
    wrong_tick(8, -2, "ticks: dns:");
    wrong_tick(12, 2147483648, "ticks: total:");
    wrong_tick(13, 1, "ticks: evidence:");
    wrong_tick(14, 256, "ticks: flags:");
    wrong_tick(15, -1, "ticks: expires_at:");
    wrong_tick(16, -1, "ticks: domain_expires_at:");
}

static void
doubled_key(void)
{
    msgpack_sbuffer out;
    bs_wire_report_t report;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 2);

    for (int i = 0; i < 2; i++) {
        pack_text(&pk, "ticks");
        msgpack_pack_array(&pk, 0);
    }

    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), -1,
           "a doubled key is refused");
    msgpack_sbuffer_destroy(&out);
}

static int
bounded(const char *bytes, size_t len)
{
    void *copy = exact(bytes, len);
    int rc = bs_wire_bounded(copy, len, BS_WIRE_DEPTH_MAX, 1000);

    free(copy);

    return rc;
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void
lies(void)
{
    char deep[64];

    is_int(bounded(BYTES("")), -1, "nothing is not a value");
    is_int(bounded(BYTES("\xc0")), 0, "nil is one");
    is_int(bounded(BYTES("\xc0\xc0")), -1, "two values are not");
    is_int(bounded(BYTES("\xc1")), -1, "the byte that is never used");
    is_int(bounded(BYTES("\xdd\xff\xff\xff\xff")), -1, "four billion elements in five bytes");
    is_int(bounded(BYTES("\xdf\xff\xff\xff\xff")), -1, "four billion pairs in five bytes");
    is_int(bounded(BYTES("\xdb\xff\xff\xff\xff")), -1, "four gigabytes of string");
    is_int(bounded(BYTES("\xc6\xff\xff\xff\xff")), -1, "four gigabytes of bin");
    is_int(bounded(BYTES("\xc9\xff\xff\xff\xff\x01")), -1, "four gigabytes of ext");
    is_int(bounded(BYTES("\x92\xdc\x00\x04\x01\x01\x01\x01\x01")), 0, "nested and true");
    is_int(bounded(BYTES("\x96\x93\x01\x01\x01\x01\x01")), -1,
           "counts that fit one by one, but not together");
    is_int(bounded(BYTES("\xc4\x01")), -1, "bin without its byte");
    is_int(bounded(BYTES("\xd4\x01\x02")), 0, "fixext");
    is_int(bounded(BYTES("\xd4\x01")), -1, "fixext without its byte");
    is_int(bounded(BYTES("\xcb\0\0\0\0\0\0\0")), -1, "half a double");

    memset(deep, 0x91, sizeof(deep));
    deep[BS_WIRE_DEPTH_MAX] = 0x01;
    is_int(bounded(deep, BS_WIRE_DEPTH_MAX + 1), 0, "as deep as allowed");
    memset(deep, 0x91, sizeof(deep));
    deep[BS_WIRE_DEPTH_MAX + 1] = 0x01;
    is_int(bounded(deep, BS_WIRE_DEPTH_MAX + 2), -1, "one deeper");
    is_int(bs_wire_bounded(deep, sizeof(deep), 1000, 1000), -1, "absurd depth_max is capped");

    is_int(bs_wire_bounded("\x93\x01\x02\x03", 4, 8, 4), 0, "as many values as allowed");
    is_int(bs_wire_bounded("\x93\x01\x02\x03", 4, 8, 3), -1, "one more");
}

typedef int (*decode_pt)(const void *data, size_t len);

static int
decode_report(const void *data, size_t len)
{
    bs_wire_report_t report;
    const char *error = NULL;
    int rc = bs_wire_report_decode(data, len, &report, &error);

    if (rc == 0) {
        bs_wire_report_free(&report);
    } else if (error == NULL || report.ticks != NULL) {
        abort();
    }

    return rc;
}

static int
decode_job(const void *data, size_t len)
{
    bs_wire_job_t job;
    const char *error;

    return bs_wire_job_decode(data, len, &job, &error);
}

static int
decode_tick(const void *data, size_t len)
{
    bs_wire_tick_t tick;
    const char *error;

    return bs_wire_tick_decode(data, len, &tick, &error);
}

static int
decode_reply(const void *data, size_t len)
{
    bs_wire_reply_t reply;
    const char *error;

    return bs_wire_reply_decode(data, len, &reply, &error);
}

static void
hostile(const char *name, decode_pt decode, const msgpack_sbuffer *good)
{
    size_t accepted = 0, longer = 0;
    char words[128];

    for (size_t len = 0; len < good->size; len++) {
        void *copy = exact(good->data, len);

        accepted += decode(copy, len) == 0;
        free(copy);
    }

    snprintf(words, sizeof(words), "%s: cut at every byte, never accepted", name);
    is_int((long long) accepted, 0, words);

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        size_t len = good->size - fuzz_next() % 4;
        uint8_t *copy = exact(good->data, len);

        for (uint32_t flips = 1 + fuzz_next() % 4; flips > 0; flips--) {
            copy[fuzz_next() % len] = (uint8_t) fuzz_next();
        }

        longer += decode(copy, len) == 0;
        free(copy);
    }

    snprintf(words, sizeof(words), "%s: survives %d mutations (%zu still good)", name, FUZZ_ROUNDS,
             longer);
    ok(1, words);
}

static void
noise(void)
{
    uint8_t bytes[64];

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        size_t len = fuzz_next() % sizeof(bytes);
        void *copy;

        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t) fuzz_next();
        }

        copy = exact(bytes, len);
        decode_report(copy, len);
        decode_job(copy, len);
        decode_tick(copy, len);
        decode_reply(copy, len);
        free(copy);
    }

    ok(1, "survives noise");
}

static void
hostile_all(void)
{
    bs_wire_reply_t reply = {.hub_time_ms = 1795334400000, .stored = 1, .refused = 2};
    msgpack_sbuffer report, job, spec, tick_bytes, reply_bytes;
    bs_wire_tick_t tick;

    msgpack_sbuffer_init(&report);
    msgpack_sbuffer_init(&job);
    msgpack_sbuffer_init(&spec);
    msgpack_sbuffer_init(&tick_bytes);
    msgpack_sbuffer_init(&reply_bytes);
    make_report(&report, 3);
    make_job(&job, &spec);
    make_tick(&tick, 1);
    bs_wire_tick_encode(&tick_bytes, &tick);
    reply.agents[reply.agents_count++] = str("agent-1");
    bs_wire_reply_encode(&reply_bytes, &reply);

    hostile("report", decode_report, &report);
    hostile("job", decode_job, &job);
    hostile("tick", decode_tick, &tick_bytes);
    hostile("reply", decode_reply, &reply_bytes);

    msgpack_sbuffer_destroy(&report);
    msgpack_sbuffer_destroy(&job);
    msgpack_sbuffer_destroy(&spec);
    msgpack_sbuffer_destroy(&tick_bytes);
    msgpack_sbuffer_destroy(&reply_bytes);
}

int
main(void)
{
    job_round_trip();
    report_round_trip();
    reply_round_trip();
    errors_name_the_field();
    doubled_key();
    lies();
    hostile_all();
    noise();

    return done();
}
