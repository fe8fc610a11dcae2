
/*
 * Addresses, and what kind of network each belongs to.  This is the part of
 * the address policy that needs no socket: agent/guard.c decides with it at
 * connect time.  Pure: no I/O, no allocation.
 */

#ifndef BS_ADDR_H
#define BS_ADDR_H

#include <stddef.h>
#include <stdint.h>

#define BS_ADDR_TEXT_MAX 46 /* with the terminating zero */

typedef struct {
    uint8_t family; /* 4 or 6 */
    uint8_t bytes[16];
} bs_addr_t;

typedef struct {
    bs_addr_t addr;
    unsigned bits;
} bs_cidr_t;

typedef enum {
    BS_ADDR_PUBLIC = 0,
    BS_ADDR_UNSPECIFIED,
    BS_ADDR_LOOPBACK,
    BS_ADDR_PRIVATE,
    BS_ADDR_LINK_LOCAL,
    BS_ADDR_METADATA, /* cloud instance credentials are served there */
    BS_ADDR_SHARED,   /* carrier-grade NAT */
    BS_ADDR_MULTICAST,
    BS_ADDR_DOCUMENTATION,
    BS_ADDR_TRANSITION, /* 6to4, Teredo, local NAT64: leads where we cannot judge */
    BS_ADDR_RESERVED,
    BS_ADDR_CLASS_COUNT
} bs_addr_class_t;

/* The usual spellings only: four decimal parts, or IPv6 without zone.  0 or -1. */
int bs_addr_parse(const char *text, size_t len, bs_addr_t *addr);

/*
 * A URL's host, as browsers and libcurl read it: also 127.1, 0x7f.1,
 * 2130706433 and 0177.0.0.1.  0: an address, 1: a name, -1: looks like an
 * address but is none, so nobody may resolve it.
 */
int bs_addr_parse_host(const char *text, size_t len, bs_addr_t *addr);

/* Returns the length. */
size_t bs_addr_format(const bs_addr_t *addr, char text[BS_ADDR_TEXT_MAX]);

int bs_addr_equal(const bs_addr_t *a, const bs_addr_t *b);

/* The IPv4 address that a mapped, compatible, translated or NAT64 address leads to; else itself. */
bs_addr_t bs_addr_effective(const bs_addr_t *addr);

bs_addr_class_t bs_addr_classify(const bs_addr_t *addr);

/* "a private network", for a sentence. */
const char *bs_addr_class_words(bs_addr_class_t cls);

/* "10.0.0.0/8", or one address.  0, or -1 if it is neither or has host bits set. */
int bs_cidr_parse(const char *text, size_t len, bs_cidr_t *cidr);
int bs_cidr_contains(const bs_cidr_t *cidr, const bs_addr_t *addr);

#endif
