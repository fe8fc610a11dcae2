
/*
 * Hubs and agents of different ages understand each other, and what one says
 * of itself is bounded by the other.
 */

#include "../../shared/bs_wire.h"

#include "tap.h"

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

/* What an agent may get wrong in "self" without losing its batch, and its bound. */
static void
self_is_bounded(void)
{
    bs_wire_report_t report;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;
    char name[64];

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 5);
    pack_text(&pk, "v");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "agent");
    pack_text(&pk, "x");
    pack_text(&pk, "version");
    pack_text(&pk, "y");
    pack_text(&pk, "ticks");
    msgpack_pack_array(&pk, 0);
    pack_text(&pk, "self");
    msgpack_pack_map(&pk, 7 + BS_WIRE_SELF_MAX);
    pack_text(&pk, "abcdefghijklmnopqrstuvwxyz_012345");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "quote\"");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "real");
    msgpack_pack_double(&pk, 1.5);
    pack_text(&pk, "text");
    pack_text(&pk, "text");
    pack_text(&pk, "huge");
    msgpack_pack_uint64(&pk, UINT64_MAX);
    msgpack_pack_array(&pk, 0);
    msgpack_pack_int(&pk, 1);

    for (int i = 0; i < BS_WIRE_SELF_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        pack_text(&pk, name);
        msgpack_pack_int(&pk, i);
    }

    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), 0,
           "odd things an agent says of itself harm nothing");
    ok(report.self_count == BS_WIRE_SELF_MAX && same(&report.self[0].name, "n0"),
       "they are left out, the others kept");
    bs_wire_report_free(&report);
    msgpack_sbuffer_destroy(&out);
}

static void
agents_are_bounded(void)
{
    bs_wire_reply_t reply;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 5);
    pack_text(&pk, "v");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "time");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "stored");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "refused");
    msgpack_pack_int(&pk, 1);
    pack_text(&pk, "agents");
    msgpack_pack_array(&pk, BS_WIRE_AGENTS_MAX + 2);
    pack_text(&pk, "");

    for (int i = 0; i <= BS_WIRE_AGENTS_MAX; i++) {
        pack_text(&pk, "a");
    }

    is_int(bs_wire_reply_decode(out.data, out.size, &reply, &error), 0, "many agents decode");
    is_int((long long) reply.agents_count, BS_WIRE_AGENTS_MAX, "up to the bound");
    msgpack_sbuffer_destroy(&out);
}

/* A newer agent: more keys, keys that are no strings, more elements in a tick. */
static void
newer_peer(void)
{
    bs_wire_report_t report;
    msgpack_sbuffer out;
    msgpack_packer pk;
    const char *error;

    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 6);
    pack_text(&pk, "v");
    msgpack_pack_int(&pk, 1);
    msgpack_pack_int(&pk, 42);
    msgpack_pack_map(&pk, 0);
    pack_text(&pk, "later");
    msgpack_pack_array(&pk, 2);
    msgpack_pack_double(&pk, 1.5);
    msgpack_pack_nil(&pk);
    pack_text(&pk, "agent");
    pack_text(&pk, "x");
    pack_text(&pk, "version");
    pack_text(&pk, "y");
    pack_text(&pk, "ticks");
    msgpack_pack_array(&pk, 1);
    msgpack_pack_array(&pk, 19);

    for (int i = 0; i < 17; i++) {
        if (i == 7 || i == 13) {
            msgpack_pack_nil(&pk);
        } else {
            msgpack_pack_int(&pk, 1);
        }
    }

    pack_text(&pk, "new");
    msgpack_pack_map(&pk, 1);
    msgpack_pack_nil(&pk);
    msgpack_pack_bin(&pk, 3);
    msgpack_pack_bin_body(&pk, "abc", 3);

    is_int(bs_wire_report_decode(out.data, out.size, &report, &error), 0,
           "a newer agent is understood");
    is_int((long long) report.ticks_count, 1, "its tick, too");
    bs_wire_report_free(&report);
    msgpack_sbuffer_destroy(&out);
}

/* The first agents' ticks end at their evidence; later ones know no end of domains. */
static void
older_peer(void)
{
    bs_wire_tick_t tick;
    msgpack_sbuffer out;
    const char *error;

    for (int count = 13; count <= 17; count++) {
        msgpack_packer pk;

        msgpack_sbuffer_init(&out);
        msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
        msgpack_pack_array(&pk, (size_t) count);

        for (int i = 0; i < count; i++) {
            if (i == 7 || i == 13) {
                msgpack_pack_nil(&pk);
            } else {
                msgpack_pack_int(&pk, 1);
            }
        }

        int rc = bs_wire_tick_decode(out.data, out.size, &tick, &error);

        ok(rc == (count < 14 ? -1 : 0) && tick.flags == (count >= 15)
               && tick.expires_at_s == (count >= 16) && tick.domain_expires_at_s == (count >= 17),
           "a tick of an older agent");
        msgpack_sbuffer_destroy(&out);
    }
}

int
main(void)
{
    self_is_bounded();
    agents_are_bounded();
    newer_peer();
    older_peer();

    return done();
}
