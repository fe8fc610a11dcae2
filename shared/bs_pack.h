
/*
 * A day of one monitor in one region in few bytes, and back, exactly: slots,
 * lateness, phases, verdicts and addresses of up to 86,400 ticks, without their
 * evidence.  Pure, in memory of the caller's; nothing is allocated.
 *
 * A day holds columns, so that readers take only those they want: column[c][i]
 * belongs to the tick i, by ascending slot.  Texts are borrowed, from what was
 * added or from the packed bytes.
 *
 * Packed: version (1 byte), sum of all that follows (4 bytes), ticks, days since
 * 1970, the length of each section, all as numbers of 7 bits a byte; then the
 * sections: the columns in the order of bs_pack_column_t, and the addresses
 * (how many; length in one byte and text of each).  Slots are stored as what
 * they differ from the one before; total_us as what is left of it over the
 * other phases.  bs_pack_column.h tells how a column is written.
 *
 * Bytes that are not what bs_pack() made give an error, whatever they are: the
 * sum finds what was damaged, and every length and index is checked without
 * trusting it.  Work is bounded by columns * ticks_max.
 */

#ifndef BS_PACK_H
#define BS_PACK_H

#include <stddef.h>
#include <stdint.h>

#define BS_PACK_VERSION 1
#define BS_PACK_DAY_MS 86400000
#define BS_PACK_DAYS_MAX 84006 /* since 1970; the year 2200 */
#define BS_PACK_TICKS_MAX 86400
#define BS_PACK_ADDRESS_BYTES_MAX 255

typedef enum {
    BS_PACK_SLOT = 0, /* ms since the day's beginning */
    BS_PACK_LATENESS, /* ms */
    BS_PACK_DNS,      /* us; -1: not reached, also of the next four */
    BS_PACK_CONNECT,
    BS_PACK_TLS,
    BS_PACK_FIRST_BYTE,
    BS_PACK_TOTAL,
    BS_PACK_STATUS, /* these five within 16 bits */
    BS_PACK_REASON,
    BS_PACK_HTTP_STATUS,
    BS_PACK_ATTEMPTS,
    BS_PACK_FLAGS,
    BS_PACK_ADDRESS, /* index of bs_pack_day_t.addresses */
    BS_PACK_COLUMNS
} bs_pack_column_t;

#define BS_PACK_WANT(column) (1U << (column))
#define BS_PACK_WANT_ALL (BS_PACK_WANT(BS_PACK_COLUMNS) - 1)

typedef struct {
    const char *data; /* not zero-terminated; may be NULL if len is 0 */
    uint32_t len;
} bs_pack_text_t;

typedef struct {
    int64_t slot_ms;
    int32_t lateness_ms;
    int32_t dns_us;
    int32_t connect_us;
    int32_t tls_us;
    int32_t first_byte_us;
    int32_t total_us;
    int16_t status;
    int16_t reason;
    int16_t http_status;
    int16_t attempts;
    int16_t flags;
    bs_pack_text_t address;
} bs_pack_tick_t;

#define BS_PACK_SEEN 1024

typedef struct {
    int64_t day_ms; /* when it begins, UTC */
    uint32_t count;
    uint32_t ticks_max;
    uint32_t has; /* columns that are filled, as BS_PACK_WANT() bits */
    int32_t *column[BS_PACK_COLUMNS];
    bs_pack_text_t *addresses; /* in the order of their coming */
    uint32_t addresses_count;
    uint32_t seen[BS_PACK_SEEN]; /* by hash: an address that came already, + 1 */
    int32_t *sum;                /* of the phases */
    int32_t *work;
} bs_pack_day_t;

/* Bytes of memory that a day of so many ticks needs: 76 a tick. */
size_t bs_pack_day_bytes(uint32_t ticks_max);

/* memory: bs_pack_day_bytes(ticks_max), aligned as malloc does; lent for the day's life. */
void bs_pack_day_init(bs_pack_day_t *day, void *memory, uint32_t ticks_max);

/*
 * All that follow return 0, or -1 with *error a literal.
 *
 * Empties the day.  day_ms is a midnight.
 */
int bs_pack_day_begin(bs_pack_day_t *day, int64_t day_ms, const char **error);

/* By ascending slot; none twice. */
int bs_pack_day_add(bs_pack_day_t *day, const bs_pack_tick_t *tick, const char **error);

/* tick of a day that has all columns; index < count. */
void bs_pack_day_tick(const bs_pack_day_t *day, uint32_t index, bs_pack_tick_t *tick);

/*
 * Both days' ticks into a third.  Of two with the same slot the first one's
 * stays, but one that was not measured (status 0) gives way to one that was.
 */
int bs_pack_day_merge(bs_pack_day_t *into, const bs_pack_day_t *first, const bs_pack_day_t *second,
                      const char **error);

/* Room that is enough for any such day; most need a tenth of it. */
size_t bs_pack_room(const bs_pack_day_t *day);

/*
 * With less room than bs_pack_room() it may fail for lack of it.  Columns that
 * were filled by hand are checked: what packs, unpacks.
 */
int bs_pack(bs_pack_day_t *day, void *out, size_t room, size_t *len, const char **error);

/* What is inside; the rest is not looked at. */
int
bs_pack_peek(const void *data, size_t len, uint32_t *count, int64_t *day_ms, const char **error);

/* wanted: BS_PACK_WANT() of columns; the others are not touched. */
int
bs_unpack(bs_pack_day_t *day, const void *data, size_t len, uint32_t wanted, const char **error);

/* The sum in the header, of all bytes after it. */
uint32_t bs_pack_sum(const uint8_t *data, size_t len);

#endif
