
/*
 * Reads with c-ares's name expander, which knows compression and its loops;
 * all else is a few offsets, each checked against the end of its record.
 */

#include "dns_records.h"

#include "bs_addr.h"

#include <ares.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DNS_HEADER_BYTES 12
#define DNS_NAME_MAX 1025 /* 255 bytes, each perhaps escaped as \DDD */
#define DNS_RRS_MAX 512
#define DNS_CHAIN_MAX 16
#define DNS_CLASS_IN 1

enum {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_CAA = 257
};

typedef struct {
    const unsigned char *message;
    size_t len;
    size_t at;
} dns_reader_t;

typedef struct {
    int type;
    unsigned ttl_s;
    size_t owner; /* where its name begins */
    size_t data;
    size_t end;
} dns_rr_t;

typedef struct {
    char *text;
    size_t size;
    size_t len;
    int cut;
} dns_line_t;

static const struct {
    const char *name;
    int type;
} types[] = {
    {"A", DNS_A},   {"AAAA", DNS_AAAA}, {"CAA", DNS_CAA}, {"CNAME", DNS_CNAME}, {"MX", DNS_MX},
    {"NS", DNS_NS}, {"PTR", DNS_PTR},   {"SOA", DNS_SOA}, {"SRV", DNS_SRV},     {"TXT", DNS_TXT},
};


int
dns_records_type(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(types[i].name, name) == 0) {
            return types[i].type;
        }
    }

    return 0;
}


const char *
dns_records_rcode(int rcode)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};

    return (rcode >= 0 && rcode < (int) (sizeof(names) / sizeof(names[0]))) ? names[rcode]
                                                                            : "an unknown error";
}


/* --- reading -------------------------------------------------------------- */

static unsigned
dns_u16(const unsigned char *p)
{
    return (unsigned) p[0] << 8 | p[1];
}


static unsigned
dns_u32(const unsigned char *p)
{
    return dns_u16(p) << 16 | dns_u16(p + 2);
}


/* Lower case, without its last dot.  0 or -1; `at` is behind the name then. */
static int
dns_read_name(dns_reader_t *r, char name[DNS_NAME_MAX])
{
    char *expanded;
    long bytes;

    if (r->at >= r->len
        || ares_expand_name(r->message + r->at, r->message, (int) r->len, &expanded, &bytes)
               != ARES_SUCCESS)
    {
        return -1;
    }

    size_t len = strlen(expanded);
    int fits = len < DNS_NAME_MAX;

    for (size_t i = 0; fits && i <= len; i++) {
        int upper = expanded[i] >= 'A' && expanded[i] <= 'Z';

        name[i] = (char) (upper ? expanded[i] + 32 : expanded[i]);
    }

    ares_free_string(expanded);
    r->at += (size_t) bytes;
    return fits ? 0 : -1;
}


static int
dns_read_rr(dns_reader_t *r, dns_rr_t *rr)
{
    char name[DNS_NAME_MAX];

    rr->owner = r->at;

    if (dns_read_name(r, name) != 0 || r->len - r->at < 10) {
        return -1;
    }

    const unsigned char *fixed = r->message + r->at;
    unsigned ttl_s = dns_u32(fixed + 4);

    rr->type = (dns_u16(fixed + 2) == DNS_CLASS_IN) ? (int) dns_u16(fixed) : 0;
    rr->ttl_s = (ttl_s > INT32_MAX) ? 0 : ttl_s; /* RFC 2181: the sign bit means nothing good */
    rr->data = r->at + 10;
    rr->end = rr->data + dns_u16(fixed + 8);
    r->at = rr->end;
    return (rr->end <= r->len) ? 0 : -1;
}


static int
dns_skip_questions(dns_reader_t *r, unsigned count)
{
    char name[DNS_NAME_MAX];

    for (unsigned i = 0; i < count; i++) {
        if (dns_read_name(r, name) != 0 || r->len - r->at < 4) {
            return -1;
        }

        r->at += 4;
    }

    return 0;
}


/* --- one record as text --------------------------------------------------- */

static void
dns_add(dns_line_t *line, const char *text, size_t len)
{
    if (len >= line->size - line->len) {
        len = line->size - line->len - 1;
        line->cut = 1;
    }

    for (size_t i = 0; i < len; i++) {
        line->text[line->len++] = (char) ((text[i] == '\0') ? '?' : text[i]);
    }

    line->text[line->len] = '\0';
}


static void
dns_add_number(dns_line_t *line, unsigned number)
{
    char text[16];
    int len = snprintf(text, sizeof(text), "%s%u", (line->len > 0) ? " " : "", number);

    dns_add(line, text, (size_t) len);
}


static int
dns_add_name(dns_line_t *line, dns_reader_t *r, const dns_rr_t *rr)
{
    char name[DNS_NAME_MAX] = "";

    if (dns_read_name(r, name) != 0 || r->at > rr->end) {
        return -1;
    }

    if (line->len > 0) {
        dns_add(line, " ", 1);
    }

    const char *shown = (name[0] != '\0') ? name : ".";

    dns_add(line, shown, strlen(shown));
    return 0;
}


/* `numbers` of 16 bits, then a name: MX and SRV. */
static int
dns_write_host(dns_line_t *line, dns_reader_t *r, const dns_rr_t *rr, unsigned numbers)
{
    for (unsigned i = 0; i < numbers; i++, r->at += 2) {
        if (rr->end - r->at < 2) {
            return -1;
        }

        dns_add_number(line, dns_u16(r->message + r->at));
    }

    return dns_add_name(line, r, rr);
}


static int
dns_write_soa(dns_line_t *line, dns_reader_t *r, const dns_rr_t *rr)
{
    if (dns_add_name(line, r, rr) != 0 || dns_add_name(line, r, rr) != 0 || rr->end - r->at < 20) {
        return -1;
    }

    for (int i = 0; i < 5; i++, r->at += 4) {
        dns_add_number(line, dns_u32(r->message + r->at));
    }

    return 0;
}


static int
dns_write_txt(dns_line_t *line, const dns_reader_t *r, const dns_rr_t *rr)
{
    size_t at = rr->data;

    while (at < rr->end) {
        size_t len = r->message[at++];

        if (len > rr->end - at) {
            return -1;
        }

        dns_add(line, (const char *) r->message + at, len);
        at += len;
    }

    return 0;
}


static int
dns_write_caa(dns_line_t *line, const dns_reader_t *r, const dns_rr_t *rr)
{
    const unsigned char *data = r->message + rr->data;
    size_t len = rr->end - rr->data;

    if (len < 2 || data[1] > len - 2) {
        return -1;
    }

    dns_add_number(line, data[0]);
    dns_add(line, " ", 1);
    dns_add(line, (const char *) data + 2, data[1]);
    dns_add(line, " ", 1);
    dns_add(line, (const char *) data + 2 + data[1], len - 2 - data[1]);
    return 0;
}


static int
dns_write_address(dns_line_t *line, const dns_reader_t *r, const dns_rr_t *rr)
{
    bs_addr_t address = {.family = (rr->type == DNS_A) ? 4 : 6};
    size_t len = (rr->type == DNS_A) ? 4 : 16;
    char text[BS_ADDR_TEXT_MAX] = "";

    if (rr->end - rr->data != len) {
        return -1;
    }

    memcpy(address.bytes, r->message + rr->data, len);
    dns_add(line, text, bs_addr_format(&address, text));
    return 0;
}


static int
dns_write(dns_line_t *line, dns_reader_t *r, const dns_rr_t *rr)
{
    r->at = rr->data;

    switch (rr->type) {
    case DNS_A:
    case DNS_AAAA:
        return dns_write_address(line, r, rr);
    case DNS_MX:
        return dns_write_host(line, r, rr, 1);
    case DNS_SRV:
        return dns_write_host(line, r, rr, 3);
    case DNS_SOA:
        return dns_write_soa(line, r, rr);
    case DNS_TXT:
        return dns_write_txt(line, r, rr);
    case DNS_CAA:
        return dns_write_caa(line, r, rr);
    default: /* CNAME, NS, PTR */
        return dns_add_name(line, r, rr);
    }
}


/* --- the answer ----------------------------------------------------------- */

static int
dns_owned(dns_reader_t r, const dns_rr_t *rr, const char *name)
{
    char owner[DNS_NAME_MAX];

    r.at = rr->owner;
    return dns_read_name(&r, owner) == 0 && strcmp(owner, name) == 0;
}


/* Where the CNAMEs of the answer lead to, from `name` on. */
static void
dns_follow(dns_reader_t r, const dns_rr_t *rrs, unsigned count, char name[DNS_NAME_MAX])
{
    for (int step = 0; step < DNS_CHAIN_MAX; step++) {
        unsigned i = 0;

        while (i < count && !(rrs[i].type == DNS_CNAME && dns_owned(r, &rrs[i], name))) {
            i++;
        }

        r.at = (i < count) ? rrs[i].data : r.len;

        if (dns_read_name(&r, name) != 0) {
            return;
        }
    }
}


static int
dns_keep(dns_records_t *records, dns_reader_t *r, const dns_rr_t *rr)
{
    size_t left = sizeof(records->text) - records->used;
    dns_line_t line = {.text = records->text + records->used, .size = left};

    if (line.size > DNS_RECORD_MAX) {
        line.size = DNS_RECORD_MAX;
    }

    if (records->count == DNS_RECORDS_MAX || line.size < 2) {
        records->cut = 1;
        return 0;
    }

    line.text[0] = '\0';

    if (dns_write(&line, r, rr) != 0) {
        return -1;
    }

    if (records->count == 0 || (int) rr->ttl_s < records->ttl_s) {
        records->ttl_s = (int) rr->ttl_s;
    }

    records->cut |= line.cut;
    records->records[records->count++] = line.text;
    records->used += line.len + 1;
    return 0;
}


/* As dns_read_name() spells it. */
static void
dns_spell_name(const char *name, char spelled[DNS_NAME_MAX])
{
    size_t len = strnlen(name, DNS_NAME_MAX - 1);

    len -= (len > 0 && name[len - 1] == '.');

    for (size_t i = 0; i < len; i++) {
        spelled[i] = (char) ((name[i] >= 'A' && name[i] <= 'Z') ? name[i] + 32 : name[i]);
    }

    spelled[len] = '\0';
}


int
dns_records_read(const unsigned char *message, size_t len, const char *name, int type,
                 dns_records_t *records)
{
    dns_reader_t reader = {message, len, DNS_HEADER_BYTES};
    dns_rr_t rrs[DNS_RRS_MAX];
    unsigned count = 0;
    char wanted[DNS_NAME_MAX];

    memset(records, 0, offsetof(dns_records_t, text));

    if (len < DNS_HEADER_BYTES || dns_skip_questions(&reader, dns_u16(message + 4)) != 0) {
        return -1;
    }

    records->rcode = message[3] & 15;

    for (unsigned i = dns_u16(message + 6); i > 0 && count < DNS_RRS_MAX; i--) {
        if (dns_read_rr(&reader, &rrs[count++]) != 0) {
            return -1;
        }
    }

    records->cut = dns_u16(message + 6) > DNS_RRS_MAX;
    dns_spell_name(name, wanted);

    if (type != DNS_CNAME) {
        dns_follow(reader, rrs, count, wanted);
    }

    for (unsigned i = 0; i < count; i++) {
        if (rrs[i].type == type && dns_owned(reader, &rrs[i], wanted)
            && dns_keep(records, &reader, &rrs[i]) != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* --- what is expected ----------------------------------------------------- */

/* Words with one space between, without quotes; without last dots and in lower case if wanted. */
static void
dns_spell(const char *text, int names, char *spelled, size_t size)
{
    size_t len = 0;

    while (*text != '\0' && len + 2 < size) {
        size_t word = strcspn(text, " \t");
        size_t kept = word - (names && word > 1 && text[word - 1] == '.');

        if (word > 0 && len > 0) {
            spelled[len++] = ' ';
        }

        for (size_t i = 0; i < kept && len + 1 < size; i++) {
            int upper = names && text[i] >= 'A' && text[i] <= 'Z';

            if (text[i] != '"') {
                spelled[len++] = (char) (upper ? text[i] + 32 : text[i]);
            }
        }

        text += word + (text[word] != '\0');
    }

    spelled[len] = '\0';
}


/* `"one" "two"` as in zone files is one text; anything else is as it is. */
static void
dns_spell_txt(const char *text, char *spelled, size_t size)
{
    size_t len = strlen(text);
    size_t used = 0;

    if (len < 2 || text[0] != '"' || text[len - 1] != '"') {
        snprintf(spelled, size, "%s", text);
        return;
    }

    int inside = 0;

    for (size_t i = 0; i < len && used + 1 < size; i++) {
        if (text[i] == '"') {
            inside = !inside;
        } else if (inside) {
            i += (text[i] == '\\' && i + 1 < len);
            spelled[used++] = text[i];
        }
    }

    spelled[used] = '\0';
}


static void
dns_spell_expected(int type, const char *expected, char *spelled, size_t size)
{
    bs_addr_t address;

    if (type == DNS_TXT) {
        dns_spell_txt(expected, spelled, size);

    } else if ((type == DNS_A || type == DNS_AAAA)
               && bs_addr_parse(expected, strlen(expected), &address) == 0)
    {
        bs_addr_format(&address, spelled);

    } else {
        dns_spell(expected, type != DNS_CAA, spelled, size);
    }
}


int
dns_records_have(const dns_records_t *records, int type, const char *expected)
{
    char wanted[DNS_RECORD_MAX];
    char given[DNS_RECORD_MAX];

    dns_spell_expected(type, expected, wanted, sizeof(wanted));

    for (unsigned i = 0; i < records->count; i++) {
        const char *record = records->records[i];
        const char *host = strrchr(record, ' ');
        int by_host = (type == DNS_MX || type == DNS_SRV) && host != NULL;

        if (type == DNS_CAA) { /* its value may be quoted there, too */
            dns_spell(record, 0, given, sizeof(given));
            record = given;
        }

        if (strcmp(record, wanted) == 0 || (by_host && strcmp(host + 1, wanted) == 0)) {
            return 1;
        }
    }

    return 0;
}
