
/*
 * No test by itself: t/lib/BetterStack/History.pm runs it.
 *
 *   unpacked < DAYS      one a line: monitor, region, ticks, packed day in hexadecimal
 *
 * prints every tick of them, as COPY reads it; ends with 1 at a day that does not unpack, or
 * to another number of ticks.
 */

#include "../../shared/bs_pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
digit(int c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void
print_day(const char *pair, const bs_pack_day_t *day)
{
    bs_pack_tick_t t;

    for (uint32_t i = 0; i < day->count; i++) {
        bs_pack_day_tick(day, i, &t);
        printf("%s\t%" PRId64 "\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.*s\n", pair,
               t.slot_ms, t.lateness_ms, t.dns_us, t.connect_us, t.tls_us, t.first_byte_us,
               t.total_us, t.http_status, t.status, t.reason, t.attempts, t.flags,
               (int) t.address.len, t.address.data);
    }
}

static int
print_line(char *line, bs_pack_day_t *day)
{
    char pair[64];
    long monitor, region, ticks;
    int at;
    const char *error;

    if (sscanf(line, "%ld %ld %ld %n", &monitor, &region, &ticks, &at) != 3) {
        fprintf(stderr, "not a day: %.40s\n", line);
        return 1;
    }

    size_t len = strspn(line + at, "0123456789abcdef") / 2;
    unsigned char *bytes = malloc(len + 1);

    if (bytes == NULL) {
        return 1;
    }

    for (size_t i = 0; i < len; i++) {
        bytes[i] = (unsigned char) (digit(line[at + 2 * (int) i]) * 16
                                    + digit(line[at + 2 * (int) i + 1]));
    }

    snprintf(pair, sizeof(pair), "%ld\t%ld", monitor, region);

    int rc = bs_unpack(day, bytes, len, BS_PACK_WANT_ALL, &error) != 0;

    if (rc == 0 && day->count != (uint32_t) ticks) {
        rc = 1;
        error = "another number of ticks";
    }

    if (rc == 0) {
        print_day(pair, day);
    } else {
        fprintf(stderr, "%s: %s\n", pair, error);
    }

    free(bytes);

    return rc;
}

int
main(void)
{
    char *line = NULL;
    size_t size = 0;
    int rc = 0;
    bs_pack_day_t day;
    void *memory = malloc(bs_pack_day_bytes(BS_PACK_TICKS_MAX));

    if (memory == NULL) {
        return 1;
    }

    bs_pack_day_init(&day, memory, BS_PACK_TICKS_MAX);

    while (getline(&line, &size, stdin) > 0) {
        rc |= print_line(line, &day);
    }

    free(line);
    free(memory);

    return rc;
}
