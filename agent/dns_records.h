
/*
 * DNS messages to text that can be compared: the records of one type that an
 * answer has for a name, in one spelling each.  Pure.
 */

#ifndef DNS_RECORDS_H
#define DNS_RECORDS_H

#include <stddef.h>

#define DNS_RECORDS_MAX 256
#define DNS_RECORDS_TEXT_MAX 16384
#define DNS_RECORD_MAX 4096 /* of one, with its terminating zero */

typedef struct {
    int rcode;
    int ttl_s; /* the shortest of the records */
    unsigned count;
    int cut; /* there were more, or longer ones, than are kept */
    size_t used;
    const char *records[DNS_RECORDS_MAX]; /* point into text */
    char text[DNS_RECORDS_TEXT_MAX];
} dns_records_t;

/* "MX" => 15; 0 for a type that is not known here. */
int dns_records_type(const char *name);

/* "NXDOMAIN" */
const char *dns_records_rcode(int rcode);

/*
 * Follows CNAMEs within the answer.  A name is lower case without its last dot;
 * an MX is "10 mail.example.com", other records of several parts as in zone
 * files, but without quotes.  0, or -1 if the message is none.
 */
int dns_records_read(const unsigned char *message, size_t len, const char *name, int type,
                     dns_records_t *records);

/*
 * Is what the monitor expects among them?  Spellings do not matter (case, last
 * dots, IPv6, quotes); of an MX or SRV the host alone is enough.
 */
int dns_records_have(const dns_records_t *records, int type, const char *expected);

#endif
