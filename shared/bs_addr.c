
/*
 * Address classes after the IANA special-purpose registries.  IPv6 has only
 * one range in use for the world, 2000::/3, so there everything that is not
 * named is refused; in IPv4 everything that is not named is public.
 */

#include "bs_addr.h"

#include <arpa/inet.h>
#include <string.h>

typedef struct {
    uint8_t bytes[4];
    uint8_t bits;
    bs_addr_class_t cls;
} addr_range4_t;

typedef struct {
    const char *cidr;
    bs_addr_class_t cls;
} addr_range_t;

/*
 * The first match counts: narrow ranges stand before the wide ones around them.
 * In numbers, because each check of a monitor goes through all of it.
 */
static const addr_range4_t ranges4[] = {
    {{169, 254, 169, 254}, 32, BS_ADDR_METADATA}, /* AWS, GCP, Azure, OpenStack, ... */
    {{169, 254, 170, 2}, 32, BS_ADDR_METADATA},   /* AWS ECS */
    {{169, 254, 170, 23}, 32, BS_ADDR_METADATA},  /* AWS EKS */
    {{100, 100, 100, 200}, 32, BS_ADDR_METADATA}, /* Alibaba */
    {{192, 0, 0, 192}, 32, BS_ADDR_METADATA},     /* Oracle */
    {{168, 63, 129, 16}, 32, BS_ADDR_METADATA},   /* Azure, although it looks public */
    {{0, 0, 0, 0}, 8, BS_ADDR_UNSPECIFIED},        {{127, 0, 0, 0}, 8, BS_ADDR_LOOPBACK},
    {{10, 0, 0, 0}, 8, BS_ADDR_PRIVATE},           {{172, 16, 0, 0}, 12, BS_ADDR_PRIVATE},
    {{192, 168, 0, 0}, 16, BS_ADDR_PRIVATE},       {{169, 254, 0, 0}, 16, BS_ADDR_LINK_LOCAL},
    {{100, 64, 0, 0}, 10, BS_ADDR_SHARED},         {{192, 0, 0, 0}, 24, BS_ADDR_RESERVED},
    {{192, 0, 2, 0}, 24, BS_ADDR_DOCUMENTATION},   {{198, 51, 100, 0}, 24, BS_ADDR_DOCUMENTATION},
    {{203, 0, 113, 0}, 24, BS_ADDR_DOCUMENTATION}, {{192, 88, 99, 0}, 24, BS_ADDR_TRANSITION},
    {{198, 18, 0, 0}, 15, BS_ADDR_RESERVED},       {{224, 0, 0, 0}, 4, BS_ADDR_MULTICAST},
    {{240, 0, 0, 0}, 4, BS_ADDR_RESERVED},
};

static const addr_range_t ranges6[] = {
    {"fd00:ec2::254/128", BS_ADDR_METADATA}, /* AWS */
    {"fd00:ec2::23/128", BS_ADDR_METADATA},  /* AWS EKS */
    {"fd20:ce::254/128", BS_ADDR_METADATA},  /* GCP */
    {"::/128", BS_ADDR_UNSPECIFIED},
    {"::1/128", BS_ADDR_LOOPBACK},
    {"64:ff9b:1::/48", BS_ADDR_TRANSITION},
    {"fc00::/7", BS_ADDR_PRIVATE},
    {"fe80::/10", BS_ADDR_LINK_LOCAL},
    {"fec0::/10", BS_ADDR_PRIVATE},
    {"ff00::/8", BS_ADDR_MULTICAST},
    {"2001::/32", BS_ADDR_TRANSITION},
    {"2001:db8::/32", BS_ADDR_DOCUMENTATION},
    {"3fff::/20", BS_ADDR_DOCUMENTATION},
    {"2001::/23", BS_ADDR_RESERVED},
    {"2002::/16", BS_ADDR_TRANSITION},
    {"2000::/3", BS_ADDR_PUBLIC},
    {"::/0", BS_ADDR_RESERVED},
};

/* Prefixes whose last four bytes are the IPv4 address that is really meant. */
static const char *const embedding[] = {
    "::ffff:0.0.0.0/96",   /* mapped: the kernel itself speaks IPv4 then */
    "::ffff:0:0.0.0.0/96", /* translated (SIIT) */
    "64:ff9b::/96",        /* NAT64 */
    "::/96",               /* compatible; "::" and "::1" are named above */
};


int
bs_addr_parse(const char *text, size_t len, bs_addr_t *addr)
{
    char copy[BS_ADDR_TEXT_MAX];

    if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len) != NULL) {
        return -1;
    }

    memcpy(copy, text, len);
    copy[len] = '\0';
    memset(addr, 0, sizeof(*addr));

    if (inet_pton(AF_INET, copy, addr->bytes) == 1) {
        addr->family = 4;
        return 0;
    }

    if (inet_pton(AF_INET6, copy, addr->bytes) == 1) {
        addr->family = 6;
        return 0;
    }

    return -1;
}


static int
addr_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }

    return 99;
}


/* One dot-separated part: decimal, 0octal or 0xhex; at most 32 bits. */
static int
addr_parse_part(const char *text, size_t len, uint64_t *value)
{
    int base = 10;

    if (len == 0) {
        return -1;
    }

    if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        len -= 2;

    } else if (len >= 2 && text[0] == '0') {
        base = 8;
        text++;
        len--;
    }

    *value = 0;

    for (size_t i = 0; i < len; i++) {
        int digit = addr_digit(text[i]);

        if (digit >= base) {
            return -1;
        }

        *value = *value * (uint64_t) base + (uint64_t) digit;

        if (*value > UINT32_MAX) {
            return -1;
        }
    }

    return 0;
}


/* A host whose last label is a number is an address or nothing, never a name. */
static int
addr_ends_in_number(const char *text, size_t len)
{
    size_t start = len;
    int base = 10;

    while (start > 0 && text[start - 1] != '.') {
        start--;
    }

    if (start == len) {
        return 0;
    }

    if (len - start >= 2 && text[start] == '0' && (text[start + 1] | 0x20) == 'x') {
        base = 16;
        start += 2;
    }

    for (size_t i = start; i < len; i++) {
        if (addr_digit(text[i]) >= base) {
            return 0;
        }
    }

    return 1;
}


static int
addr_parse_loose(const char *text, size_t len, bs_addr_t *addr)
{
    uint64_t parts[4];
    size_t count = 0;
    size_t start = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '.') {
            continue;
        }

        if (count == 4 || addr_parse_part(text + start, i - start, &parts[count]) != 0) {
            return -1;
        }

        count++;
        start = i + 1;
    }

    /* The last part fills all the bytes that are left: 127.1 is 127.0.0.1. */
    uint64_t value = parts[count - 1];

    if (value >= ((uint64_t) 1 << (8 * (5 - count)))) {
        return -1;
    }

    for (size_t i = 0; i + 1 < count; i++) {
        if (parts[i] > 255) {
            return -1;
        }

        value |= parts[i] << (8 * (3 - i));
    }

    memset(addr, 0, sizeof(*addr));
    addr->family = 4;

    for (int i = 0; i < 4; i++) {
        addr->bytes[i] = (uint8_t) (value >> (8 * (3 - i)));
    }

    return 0;
}


int
bs_addr_parse_host(const char *text, size_t len, bs_addr_t *addr)
{
    if (len > 0 && text[len - 1] == '.') {
        len--;
    }

    if (memchr(text, ':', len) != NULL) {
        return bs_addr_parse(text, len, addr);
    }

    if (!addr_ends_in_number(text, len)) {
        return 1;
    }

    return addr_parse_loose(text, len, addr);
}


/* inet_ntop() takes a printf for this. */
static size_t
addr_format4(const uint8_t bytes[4], char *text)
{
    char *out = text;

    for (int i = 0; i < 4; i++) {
        unsigned value = bytes[i];

        if (value >= 100) {
            *out++ = (char) ('0' + value / 100);
        }

        if (value >= 10) {
            *out++ = (char) ('0' + value / 10 % 10);
        }

        *out++ = (char) ('0' + value % 10);
        *out++ = (i < 3) ? '.' : '\0';
    }

    return (size_t) (out - text) - 1;
}


size_t
bs_addr_format(const bs_addr_t *addr, char text[BS_ADDR_TEXT_MAX])
{
    if (addr->family != 6) {
        return addr_format4(addr->bytes, text);
    }

    if (inet_ntop(AF_INET6, addr->bytes, text, BS_ADDR_TEXT_MAX) == NULL) {
        text[0] = '\0';
    }

    return strlen(text);
}


int
bs_addr_equal(const bs_addr_t *a, const bs_addr_t *b)
{
    size_t len = (a->family == 6) ? 16 : 4;

    return a->family == b->family && memcmp(a->bytes, b->bytes, len) == 0;
}


static int
addr_in(const char *cidr_text, const bs_addr_t *addr)
{
    bs_cidr_t cidr;

    return bs_cidr_parse(cidr_text, strlen(cidr_text), &cidr) == 0 && bs_cidr_contains(&cidr, addr);
}


static bs_addr_t
addr_v4_at(const bs_addr_t *addr, size_t offset)
{
    bs_addr_t inner = {.family = 4};

    memcpy(inner.bytes, addr->bytes + offset, 4);
    return inner;
}


bs_addr_t
bs_addr_effective(const bs_addr_t *addr)
{
    if (addr->family != 6 || addr_in("::/127", addr)) {
        return *addr;
    }

    for (size_t i = 0; i < sizeof(embedding) / sizeof(embedding[0]); i++) {
        if (addr_in(embedding[i], addr)) {
            return addr_v4_at(addr, 12);
        }
    }

    return *addr;
}


static uint32_t
addr_number4(const uint8_t bytes[4])
{
    return (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8
           | bytes[3];
}


static bs_addr_class_t
addr_classify4(const bs_addr_t *addr)
{
    uint32_t number = addr_number4(addr->bytes);

    for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++) {
        uint32_t mask = UINT32_MAX << (32 - ranges4[i].bits);

        if ((number & mask) == addr_number4(ranges4[i].bytes)) {
            return ranges4[i].cls;
        }
    }

    return BS_ADDR_PUBLIC;
}


static bs_addr_class_t
addr_classify6(const bs_addr_t *addr)
{
    for (size_t i = 0; i < sizeof(ranges6) / sizeof(ranges6[0]); i++) {
        if (addr_in(ranges6[i].cidr, addr)) {
            return ranges6[i].cls;
        }
    }

    return BS_ADDR_PUBLIC;
}


bs_addr_class_t
bs_addr_classify(const bs_addr_t *addr)
{
    bs_addr_t effective = bs_addr_effective(addr);

    if (effective.family == 4) {
        return addr_classify4(&effective);
    }

    /* 6to4 is refused anyhow; its inner address only makes for a better sentence. */
    if (addr_in("2002::/16", addr)) {
        bs_addr_t inner = addr_v4_at(addr, 2);
        bs_addr_class_t cls = bs_addr_classify(&inner);

        return (cls == BS_ADDR_PUBLIC) ? BS_ADDR_TRANSITION : cls;
    }

    return addr_classify6(addr);
}


const char *
bs_addr_class_words(bs_addr_class_t cls)
{
    static const char *const words[BS_ADDR_CLASS_COUNT] = {
        [BS_ADDR_PUBLIC] = "a public address",
        [BS_ADDR_UNSPECIFIED] = "an unspecified address",
        [BS_ADDR_LOOPBACK] = "a loopback address",
        [BS_ADDR_PRIVATE] = "a private network",
        [BS_ADDR_LINK_LOCAL] = "a link-local address",
        [BS_ADDR_METADATA] = "a cloud metadata service",
        [BS_ADDR_SHARED] = "a carrier's shared network",
        [BS_ADDR_MULTICAST] = "a multicast address",
        [BS_ADDR_DOCUMENTATION] = "a documentation address",
        [BS_ADDR_TRANSITION] = "an IPv6 transition address",
        [BS_ADDR_RESERVED] = "a reserved address",
    };

    return ((unsigned) cls < BS_ADDR_CLASS_COUNT) ? words[cls] : "an unknown address";
}


static int
cidr_parse_bits(const char *text, size_t len, unsigned max, unsigned *bits)
{
    if (len == 0 || len > 3) {
        return -1;
    }

    *bits = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }

        *bits = *bits * 10 + (unsigned) (text[i] - '0');
    }

    return (*bits <= max) ? 0 : -1;
}


int
bs_cidr_parse(const char *text, size_t len, bs_cidr_t *cidr)
{
    const char *slash = memchr(text, '/', len);
    size_t addr_len = (slash != NULL) ? (size_t) (slash - text) : len;

    if (bs_addr_parse(text, addr_len, &cidr->addr) != 0) {
        return -1;
    }

    unsigned max = (cidr->addr.family == 6) ? 128 : 32;

    cidr->bits = max;

    if (slash != NULL && cidr_parse_bits(slash + 1, len - addr_len - 1, max, &cidr->bits) != 0) {
        return -1;
    }

    for (unsigned bit = cidr->bits; bit < max; bit++) {
        if (cidr->addr.bytes[bit / 8] & (0x80u >> (bit % 8))) {
            return -1;
        }
    }

    return 0;
}


int
bs_cidr_contains(const bs_cidr_t *cidr, const bs_addr_t *addr)
{
    unsigned whole = cidr->bits / 8;
    unsigned rest = cidr->bits % 8;

    if (cidr->addr.family != addr->family || memcmp(cidr->addr.bytes, addr->bytes, whole) != 0) {
        return 0;
    }

    if (rest == 0) {
        return 1;
    }

    uint8_t mask = (uint8_t) (0xff00u >> rest);

    return (cidr->addr.bytes[whole] & mask) == (addr->bytes[whole] & mask);
}
