
/*
 * Deliveries and their outcomes on the wire: they come out as they went in, one
 * that makes no sense costs no other, and no bytes whatever harm a decoder (run
 * it under the sanitizers).
 */

#include "../../agent/delivery.h"
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

static bs_wire_str_t
str(const char *text)
{
    bs_wire_str_t s = {text, strlen(text)};

    return s;
}

static int
same(const bs_wire_str_t *s, const char *text)
{
    return s->data != NULL && s->len == strlen(text) && memcmp(s->data, text, s->len) == 0;
}

static void
pack_text(msgpack_packer *pk, const char *text)
{
    msgpack_pack_str(pk, strlen(text));
    msgpack_pack_str_body(pk, text, strlen(text));
}

/* {"url": "https://x", "list": [1, true, nil, {"a": "b\xff"}], "rate": 1.5} */
static void
make_map(msgpack_sbuffer *out)
{
    msgpack_packer pk;

    msgpack_sbuffer_init(out);
    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 3);
    pack_text(&pk, "url");
    pack_text(&pk, "https://x");
    pack_text(&pk, "list");
    msgpack_pack_array(&pk, 4);
    msgpack_pack_int(&pk, 1);
    msgpack_pack_true(&pk);
    msgpack_pack_nil(&pk);
    msgpack_pack_map(&pk, 1);
    pack_text(&pk, "a");
    pack_text(&pk, "b\xff");
    pack_text(&pk, "rate");
    msgpack_pack_double(&pk, 1.5);
}

static bs_wire_delivery_t
make_delivery(const msgpack_sbuffer *map)
{
    return (bs_wire_delivery_t){
        .id = INT64_MAX,
        .attempt = UINT16_MAX,
        .key = str("installation-7-started-1-c3"),
        .kind = str("webhook"),
        .expires_ms = 1795334400000,
        .settings = {map->data, map->size},
        .message = {map->data, map->size},
    };
}

static bs_wire_outcome_t
make_outcome(uint64_t delivery)
{
    return (bs_wire_outcome_t){
        .delivery = delivery,
        .attempt = 3,
        .outcome = BS_WIRE_UNSURE,
        .http_status = 599,
        .retry_after_s = UINT32_MAX,
        .duration_ms = 20000,
        .detail = str("HTTP 599: no"),
        .provider_ref = str("ref"),
    };
}

/* --- a report ------------------------------------------------------------- */

static void
outcomes_round_trip(void)
{
    bs_wire_report_t head = {.agent = str("a"), .version = str("b"), .deliver = 1};
    bs_wire_report_t got;
    msgpack_sbuffer out;
    const char *error;
    char many[601];

    for (size_t i = 0; i < sizeof(many) - 1; i += 2) {
        memcpy(many + i, "\xc3\xa9", 3); /* at 500 bytes a whole number of them */
    }

    many[0] = 'x'; /* and so not */
    memmove(many + 1, many + 2, strlen(many + 2) + 1);

    for (uint64_t i = 0; i < BS_WIRE_OUTCOMES_MAX; i++) {
        head.outcomes[head.outcomes_count++] = make_outcome(i);
    }

    head.outcomes[1].detail = str(many);
    head.outcomes[2].detail = (bs_wire_str_t){NULL, 0};
    msgpack_sbuffer_init(&out);
    bs_wire_report_encode(&out, &head, NULL, 0, 0);
    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0, "a report with outcomes");
    ok(got.deliver && got.outcomes_count == BS_WIRE_OUTCOMES_MAX, "all of them");

    const bs_wire_outcome_t *first = &got.outcomes[0];

    ok(first->delivery == 0 && first->attempt == 3 && first->outcome == BS_WIRE_UNSURE
           && first->http_status == 599 && first->retry_after_s == UINT32_MAX
           && first->duration_ms == 20000 && same(&first->detail, "HTTP 599: no")
           && same(&first->provider_ref, "ref"),
       "as they were");
    is_int((long long) got.outcomes[1].detail.len, 499, "a long detail is cut between characters");
    is_int((long long) got.outcomes[2].detail.len, 0, "none is empty");
    bs_wire_report_free(&got);
    msgpack_sbuffer_destroy(&out);
}

static void
asking_round_trip(void)
{
    bs_wire_report_t head = {.agent = str("a"), .version = str("b"), .deliver = 1};
    bs_wire_report_t got;
    msgpack_sbuffer out;
    const char *error;

    msgpack_sbuffer_init(&out);
    bs_wire_report_encode(&out, &head, NULL, 0, 0);
    bs_wire_report_decode(out.data, out.size, &got, &error);
    ok(got.kinds_count == 0 && !got.says_holds, "nothing is said of what is in hand");

    head.kinds[head.kinds_count++] = str("email");
    head.kinds[head.kinds_count++] = str("webhook");
    head.life = INT64_MAX;
    head.turn = 7;
    head.says_holds = 1;
    head.holds[head.holds_count++] = INT64_MAX;
    head.holds[head.holds_count++] = 12;
    msgpack_sbuffer_clear(&out);
    bs_wire_report_encode(&out, &head, NULL, 0, 0);
    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0, "kinds and holds");
    ok(got.kinds_count == 2 && same(&got.kinds[0], "email") && same(&got.kinds[1], "webhook"),
       "the kinds");
    ok(got.says_holds && got.life == INT64_MAX && got.turn == 7 && got.holds_count == 2
           && got.holds[0] == INT64_MAX && got.holds[1] == 12,
       "what is in hand, of which life and turn");
    msgpack_sbuffer_destroy(&out);
}

static void
pack_report_with(msgpack_packer *pk)
{
    msgpack_pack_map(pk, 5);
    pack_text(pk, "v");
    msgpack_pack_int(pk, 1);
    pack_text(pk, "agent");
    pack_text(pk, "x");
    pack_text(pk, "version");
    pack_text(pk, "y");
    pack_text(pk, "ticks");
    msgpack_pack_array(pk, 0);
    pack_text(pk, "deliveries");
}

static void
pack_outcome(msgpack_packer *pk, int elements, int64_t id, int outcome)
{
    msgpack_pack_array(pk, (size_t) elements);
    msgpack_pack_int64(pk, id);
    msgpack_pack_int(pk, 1);
    msgpack_pack_int(pk, outcome);
    msgpack_pack_int(pk, 200);
    msgpack_pack_int(pk, 0);
    msgpack_pack_int(pk, 10);
    pack_text(pk, "fine");

    for (int i = 7; i < elements; i++) {
        pack_text(pk, "more");
    }
}

static void
outcomes_are_bounded(void)
{
    bs_wire_report_t got;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    pack_report_with(&pk);
    msgpack_pack_array(&pk, 6 + BS_WIRE_OUTCOMES_MAX);
    pack_outcome(&pk, 8, -1, 0);
    pack_outcome(&pk, 7, 1, 0);
    pack_outcome(&pk, 8, 1, BS_WIRE_OUTCOME_COUNT);
    pack_outcome(&pk, 10, 7, 0);
    msgpack_pack_nil(&pk);
    pack_text(&pk, "x");

    for (int i = 0; i < BS_WIRE_OUTCOMES_MAX; i++) {
        pack_outcome(&pk, 8, 100 + i, 0);
    }

    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0,
           "outcomes that make no sense harm no report");
    ok(got.outcomes_count == BS_WIRE_OUTCOMES_MAX && got.outcomes[0].delivery == 7
           && got.outcomes[1].delivery == 100,
       "nor each other, nor those of a newer agent; there are no more than the bound");
    ok(!got.deliver, "an older agent gets no deliveries");
    bs_wire_report_free(&got);
    msgpack_sbuffer_clear(&out);
    pack_report_with(&pk);
    msgpack_pack_int(&pk, 1);
    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), -1, "but they are an array");
    ok(strcmp(error, "deliveries: must be an array") == 0, error);
    msgpack_sbuffer_destroy(&out);
}

static void
asking_is_bounded(void)
{
    bs_wire_report_t got;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    pack_report_with(&pk);
    out.data[0]++; /* one pair more */
    msgpack_pack_array(&pk, 0);
    pack_text(&pk, "kinds");
    msgpack_pack_array(&pk, 3 + BS_WIRE_KINDS_MAX);
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "");
    pack_text(&pk, "a kind whose name is longer than any");

    for (int i = 0; i < BS_WIRE_KINDS_MAX; i++) {
        pack_text(&pk, "slack");
    }

    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0, "odd kinds harm no report");
    is_int((long long) got.kinds_count, BS_WIRE_KINDS_MAX, "they are stepped over");

    for (int more = 0; more < 2; more++) {
        msgpack_sbuffer_clear(&out);
        pack_report_with(&pk);
        out.data[0]++;
        msgpack_pack_array(&pk, 0);
        pack_text(&pk, "holds");
        msgpack_pack_array(&pk, BS_WIRE_HOLDS_MAX + (size_t) more);

        for (int i = 0; i < BS_WIRE_HOLDS_MAX + more; i++) {
            msgpack_pack_int(&pk, i);
        }

        is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0, "many in hand");
        is_int(got.says_holds, !more, more ? "more than are said: none is" : "all are said");
    }

    msgpack_sbuffer_clear(&out);
    pack_report_with(&pk);
    out.data[0]++;
    msgpack_pack_array(&pk, 0);
    pack_text(&pk, "holds");
    msgpack_pack_array(&pk, 2);
    msgpack_pack_int(&pk, 5);
    msgpack_pack_int(&pk, -5);
    is_int(bs_wire_report_decode(out.data, out.size, &got, &error), 0, "one that makes no sense");
    ok(!got.says_holds, "is not taken for none in hand");
    msgpack_sbuffer_destroy(&out);
}

/* --- a reply -------------------------------------------------------------- */

static void
check_delivery(const bs_wire_delivery_t *got, const msgpack_sbuffer *map, const char *words)
{
    ok(got->id == INT64_MAX && got->attempt == UINT16_MAX
           && same(&got->key, "installation-7-started-1-c3") && same(&got->kind, "webhook")
           && got->expires_ms == 1795334400000 && got->settings.len == map->size
           && memcmp(got->settings.data, map->data, map->size) == 0 && got->message.len == map->size
           && memcmp(got->message.data, map->data, map->size) == 0,
       words);
}

static void
deliveries_round_trip(void)
{
    bs_wire_reply_t reply = {.hub_time_ms = 1};
    bs_wire_reply_t got;
    msgpack_sbuffer map, out, again;
    const char *error;

    make_map(&map);
    reply.deliveries[0] = reply.deliveries[1] = make_delivery(&map);
    reply.deliveries_count = 2;
    msgpack_sbuffer_init(&out);
    bs_wire_reply_encode(&out, &reply);
    is_int(bs_wire_reply_decode(out.data, out.size, &got, &error), 0, "a reply with deliveries");
    is_int((long long) got.deliveries_count, 2, "both");
    check_delivery(&got.deliveries[1], &map, "as they were");

    /* what SQL has packed, one after the other */
    const char *from = got.deliveries[0].key.data;
    size_t size;

    while ((unsigned char) *from != 0x97) {
        from--;
    }

    size = (size_t) (got.deliveries[1].message.data + got.deliveries[1].message.len - from);

    bs_wire_reply_t packed = {
        .hub_time_ms = 1,
        .packed_deliveries = {from, size},
        .packed_deliveries_count = 2,
    };

    msgpack_sbuffer_init(&again);
    bs_wire_reply_encode(&again, &packed);
    ok(again.size == out.size && memcmp(again.data, out.data, out.size) == 0,
       "packed already, they are the same bytes");
    msgpack_sbuffer_destroy(&again);
    msgpack_sbuffer_destroy(&out);
    msgpack_sbuffer_destroy(&map);
}

static void
pack_reply_with(msgpack_packer *pk)
{
    static const char *const names[] = {"v", "time", "stored", "refused"};

    msgpack_pack_map(pk, 5);

    for (size_t i = 0; i < 4; i++) {
        pack_text(pk, names[i]);
        msgpack_pack_int(pk, 1);
    }

    pack_text(pk, "deliveries");
}

static void
deliveries_are_bounded(void)
{
    bs_wire_reply_t got;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    pack_reply_with(&pk);
    msgpack_pack_array(&pk, 3 + BS_WIRE_DELIVERIES_MAX);
    msgpack_pack_nil(&pk);
    msgpack_pack_array(&pk, 1);
    msgpack_pack_int(&pk, 1);

    for (int i = 0; i <= BS_WIRE_DELIVERIES_MAX; i++) {
        msgpack_pack_array(&pk, 8);
        msgpack_pack_int(&pk, 10 + i);
        msgpack_pack_int(&pk, 1);
        pack_text(&pk, "key");
        pack_text(&pk, "webhook");
        msgpack_pack_int(&pk, 5);
        (i == 0) ? msgpack_pack_nil(&pk) : msgpack_pack_map(&pk, 0);
        msgpack_pack_map(&pk, 0);
        pack_text(&pk, "newer");
    }

    is_int(bs_wire_reply_decode(out.data, out.size, &got, &error), 0,
           "deliveries that make no sense harm no reply");
    is_int((long long) got.deliveries_count, BS_WIRE_DELIVERIES_MAX, "up to the bound");
    ok(got.deliveries[0].id == 10 && got.deliveries[0].attempt == 1
           && got.deliveries[0].kind.data == NULL && got.deliveries[0].key.data == NULL,
       "one with a number comes out without a kind");
    ok(got.deliveries[1].id == 11 && same(&got.deliveries[1].kind, "webhook"),
       "the others as they are, a newer hub's too");
    msgpack_sbuffer_destroy(&out);
}

/* --- what an agent makes of one ------------------------------------------- */

static void
delivery_is_decoded(void)
{
    msgpack_sbuffer map;
    const char *error;
    unsigned count;

    make_map(&map);

    bs_wire_delivery_t wire = make_delivery(&map);
    delivery_t *delivery = delivery_decode(&wire, &error);

    memset(map.data, 0, map.size);
    ok(delivery != NULL && delivery->id == INT64_MAX && strcmp(delivery->kind, "webhook") == 0,
       "a delivery is decoded");

    const delivery_value_t *list = delivery_items(delivery->settings, "list", &count);

    ok(strcmp(delivery_setting(delivery, "url"), "https://x") == 0 && count == 4
           && list[0].is.number == 1 && list[1].type == DELIVERY_FLAG
           && list[2].type == DELIVERY_NULL,
       "its values are found");
    ok(strcmp(delivery_text(&list[3], "a"), "b\xef\xbf\xbd") == 0, "what is no UTF-8 is replaced");
    ok(delivery_member(delivery->settings, "rate")->type == DELIVERY_NULL
           && delivery_said(delivery, "title") == NULL
           && delivery_number(delivery->settings, "url", 5) == 5,
       "what is not there or of another type is nothing");

    char text[] = "echo https://x and https://x, not https://y";

    delivery_redact(delivery, text);
    ok(strcmp(text, "echo ********* and *********, not https://y") == 0, text);
    delivery_free(delivery);

    wire.settings = str("\x01");
    ok(delivery_decode(&wire, &error) == NULL, "settings that are no map are refused");
    msgpack_sbuffer_destroy(&map);
}

/* An exact copy on the heap, so that a sanitizer sees one byte too many. */
static void
decode_all(const void *data, size_t len)
{
    void *copy = malloc(len ? len : 1);
    static bs_wire_reply_t reply;
    static bs_wire_report_t report;
    const char *error;

    memcpy(copy, data, len);

    if (bs_wire_reply_decode(copy, len, &reply, &error) == 0) {
        for (size_t i = 0; i < reply.deliveries_count; i++) {
            if (reply.deliveries[i].kind.data != NULL) {
                delivery_free(delivery_decode(&reply.deliveries[i], &error));
            }
        }
    }

    if (bs_wire_report_decode(copy, len, &report, &error) == 0) {
        bs_wire_report_free(&report);
    }

    free(copy);
}

static void
hostile(const msgpack_sbuffer *good)
{
    char *bytes = malloc(good->size);

    for (size_t len = 0; len < good->size; len++) {
        decode_all(good->data, len);
    }

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        memcpy(bytes, good->data, good->size);

        for (uint32_t flips = 1 + fuzz_next() % 4; flips > 0; flips--) {
            bytes[fuzz_next() % good->size] = (char) fuzz_next();
        }

        decode_all(bytes, good->size - fuzz_next() % 4);
    }

    free(bytes);
    ok(1, "mutations are survived");
}

static void
hostile_all(void)
{
    bs_wire_reply_t reply = {.hub_time_ms = 1, .deliveries_count = 2};
    bs_wire_report_t report = {.agent = str("a"), .version = str("b"), .outcomes_count = 2};
    msgpack_sbuffer map, out;

    make_map(&map);
    reply.deliveries[0] = reply.deliveries[1] = make_delivery(&map);
    report.outcomes[0] = report.outcomes[1] = make_outcome(1);
    report.kinds[report.kinds_count++] = str("slack");
    report.holds[report.holds_count++] = 300;
    report.life = report.turn = report.says_holds = 1;
    msgpack_sbuffer_init(&out);
    bs_wire_reply_encode(&out, &reply);
    hostile(&out);
    msgpack_sbuffer_clear(&out);
    bs_wire_report_encode(&out, &report, NULL, 0, 0);
    hostile(&out);
    msgpack_sbuffer_destroy(&out);
    msgpack_sbuffer_destroy(&map);
}

int
main(void)
{
    outcomes_round_trip();
    outcomes_are_bounded();
    asking_round_trip();
    asking_is_bounded();
    deliveries_round_trip();
    deliveries_are_bounded();
    delivery_is_decoded();
    hostile_all();

    return done();
}
