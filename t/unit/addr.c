
/* Addresses: every spelling, every class, ranges. */

#include "../../shared/bs_addr.h"

#include "tap.h"

static void
spellings(void)
{
    static const struct {
        const char *text;
        int result;
        const char *usual;
    } rows[] = {
        {"127.0.0.1", 0, "127.0.0.1"},
        {"127.1", 0, "127.0.0.1"},
        {"127.0.1", 0, "127.0.0.1"},
        {"2130706433", 0, "127.0.0.1"},
        {"0x7f000001", 0, "127.0.0.1"},
        {"0X7F.1", 0, "127.0.0.1"},
        {"0177.0.0.1", 0, "127.0.0.1"},
        {"017700000001", 0, "127.0.0.1"},
        {"127.0.0.1.", 0, "127.0.0.1"},
        {"1.2.3", 0, "1.2.0.3"},
        {"1.65535", 0, "1.0.255.255"},
        {"1.16777215", 0, "1.255.255.255"},
        {"4294967295", 0, "255.255.255.255"},
        {"0", 0, "0.0.0.0"},
        {"0x", 0, "0.0.0.0"},
        {"1.2.3.0x", 0, "1.2.3.0"},
        {"::1", 0, "::1"},
        {"::FFFF:1.2.3.4", 0, "::ffff:1.2.3.4"},
        {"4294967296", -1, NULL},
        {"0x100000000", -1, NULL},
        {"1.16777216", -1, NULL},
        {"1.2.65536", -1, NULL},
        {"1.2.3.256", -1, NULL},
        {"256.1", -1, NULL},
        {"1.2.3.4.5", -1, NULL},
        {"1.2.3.08", -1, NULL},
        {"1..2", -1, NULL},
        {"a.1", -1, NULL},
        {"99999999999999999999999", -1, NULL},
        {"fe80::1%eth0", -1, NULL},
        {"::1::", -1, NULL},
        {"example.com", 1, NULL},
        {"example.com.", 1, NULL},
        {"1.2.3.4.example", 1, NULL},
        {"0xg", 1, NULL},
        {"a0x1", 1, NULL},
        {"1e3", 1, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[BS_ADDR_TEXT_MAX];
        bs_addr_t addr;

        is_int(bs_addr_parse_host(rows[i].text, strlen(rows[i].text), &addr), rows[i].result,
               rows[i].text);

        if (rows[i].result == 0) {
            bs_addr_format(&addr, text);
            is_str(text, rows[i].usual, rows[i].usual);
        }
    }
}

static void
strict(void)
{
    static const char *const wrong[] = {"127.1", "0x7f.0.0.1", "01.2.3.4", "1.2.3.4 ", "",
                                        "::1 ",  "1.2.3",      "[::1]",    "x"};
    bs_addr_t addr;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        is_int(bs_addr_parse(wrong[i], strlen(wrong[i]), &addr), -1, "only the usual spelling");
    }

    is_int(bs_addr_parse("1.2.3.4\0", 8, &addr), -1, "no zero bytes");
    is_int(bs_addr_parse("1.2.3.45", 7, &addr), 0, "no byte beyond the length");
    is_int(addr.bytes[3], 4, "is read");
}

static const struct {
    const char *text;
    bs_addr_class_t cls;
} classes_rows[] = {
    {"8.8.8.8", BS_ADDR_PUBLIC},
    {"1.1.1.1", BS_ADDR_PUBLIC},
    {"9.255.255.255", BS_ADDR_PUBLIC},
    {"11.0.0.0", BS_ADDR_PUBLIC},
    {"172.15.255.255", BS_ADDR_PUBLIC},
    {"172.32.0.0", BS_ADDR_PUBLIC},
    {"100.63.255.255", BS_ADDR_PUBLIC},
    {"100.128.0.0", BS_ADDR_PUBLIC},
    {"192.167.255.255", BS_ADDR_PUBLIC},
    {"192.169.0.0", BS_ADDR_PUBLIC},
    {"223.255.255.255", BS_ADDR_PUBLIC},
    {"2606:4700::1111", BS_ADDR_PUBLIC},
    {"2a00:1450::1", BS_ADDR_PUBLIC},
    {"::ffff:8.8.8.8", BS_ADDR_PUBLIC},
    {"64:ff9b::8.8.8.8", BS_ADDR_PUBLIC},
    {"0.0.0.0", BS_ADDR_UNSPECIFIED},
    {"0.1.2.3", BS_ADDR_UNSPECIFIED},
    {"::", BS_ADDR_UNSPECIFIED},
    {"127.0.0.1", BS_ADDR_LOOPBACK},
    {"127.255.255.255", BS_ADDR_LOOPBACK},
    {"::1", BS_ADDR_LOOPBACK},
    {"::ffff:127.0.0.1", BS_ADDR_LOOPBACK},
    {"::127.0.0.1", BS_ADDR_LOOPBACK},
    {"64:ff9b::7f00:1", BS_ADDR_LOOPBACK},
    {"2002:7f00:1::", BS_ADDR_LOOPBACK},
    {"10.0.0.0", BS_ADDR_PRIVATE},
    {"10.255.255.255", BS_ADDR_PRIVATE},
    {"172.16.0.0", BS_ADDR_PRIVATE},
    {"172.31.255.255", BS_ADDR_PRIVATE},
    {"192.168.0.0", BS_ADDR_PRIVATE},
    {"fc00::", BS_ADDR_PRIVATE},
    {"fdff::1", BS_ADDR_PRIVATE},
    {"fec0::1", BS_ADDR_PRIVATE},
    {"::ffff:0:10.0.0.1", BS_ADDR_PRIVATE},
    {"169.254.0.1", BS_ADDR_LINK_LOCAL},
    {"fe80::1", BS_ADDR_LINK_LOCAL},
    {"febf::1", BS_ADDR_LINK_LOCAL},
    {"169.254.169.254", BS_ADDR_METADATA},
    {"::ffff:169.254.169.254", BS_ADDR_METADATA},
    {"fd00:ec2::254", BS_ADDR_METADATA},
    {"100.100.100.200", BS_ADDR_METADATA},
    {"168.63.129.16", BS_ADDR_METADATA},
    {"100.64.0.0", BS_ADDR_SHARED},
    {"100.127.255.255", BS_ADDR_SHARED},
    {"224.0.0.1", BS_ADDR_MULTICAST},
    {"239.255.255.255", BS_ADDR_MULTICAST},
    {"ff02::1", BS_ADDR_MULTICAST},
    {"192.0.2.1", BS_ADDR_DOCUMENTATION},
    {"2001:db8::1", BS_ADDR_DOCUMENTATION},
    {"3fff::1", BS_ADDR_DOCUMENTATION},
    {"2002:808:808::", BS_ADDR_TRANSITION},
    {"2001::1", BS_ADDR_TRANSITION},
    {"192.88.99.1", BS_ADDR_TRANSITION},
    {"64:ff9b:1::8.8.8.8", BS_ADDR_TRANSITION},
    {"240.0.0.1", BS_ADDR_RESERVED},
    {"255.255.255.255", BS_ADDR_RESERVED},
    {"198.19.255.255", BS_ADDR_RESERVED},
    {"192.0.0.1", BS_ADDR_RESERVED},
    {"100::1", BS_ADDR_RESERVED},
    {"2001:2::1", BS_ADDR_RESERVED},
    {"4000::1", BS_ADDR_RESERVED},
    {"5f00::1", BS_ADDR_RESERVED},
};


static void
classes(void)
{
    for (size_t i = 0; i < sizeof(classes_rows) / sizeof(classes_rows[0]); i++) {
        bs_addr_t addr;

        is_int(bs_addr_parse(classes_rows[i].text, strlen(classes_rows[i].text), &addr), 0,
               classes_rows[i].text);
        is_int(bs_addr_classify(&addr), classes_rows[i].cls,
               bs_addr_class_words(classes_rows[i].cls));
    }
}

static int
contains(const char *range, const char *text)
{
    bs_cidr_t cidr;
    bs_addr_t addr;

    return bs_cidr_parse(range, strlen(range), &cidr) == 0
           && bs_addr_parse(text, strlen(text), &addr) == 0 && bs_cidr_contains(&cidr, &addr);
}

static void
ranges(void)
{
    static const char *const wrong[] = {
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",  "10/8", "::/129", "10.0.0.0/8x",
        "/8",         "fd00::1/8",   "",          "10.0.0.0/0008"};
    bs_cidr_t cidr;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        is_int(bs_cidr_parse(wrong[i], strlen(wrong[i]), &cidr), -1, wrong[i]);
    }

    ok(contains("10.0.0.0/8", "10.255.0.1"), "within");
    ok(!contains("10.0.0.0/8", "11.0.0.0"), "without");
    ok(contains("10.128.0.0/9", "10.128.0.1") && !contains("10.128.0.0/9", "10.127.0.1"),
       "odd bits");
    ok(contains("0.0.0.0/0", "255.1.2.3"), "everything");
    ok(!contains("0.0.0.0/0", "::1"), "of its own family only");
    ok(contains("1.2.3.4", "1.2.3.4") && !contains("1.2.3.4", "1.2.3.5"), "one address");
    ok(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe00::1"), "IPv6");
    ok(contains("2001:db8::/127", "2001:db8::1") && !contains("2001:db8::/127", "2001:db8::2"),
       "to the last bit");
}

int
main(void)
{
    spellings();
    strict();
    classes();
    ranges();

    return done();
}
