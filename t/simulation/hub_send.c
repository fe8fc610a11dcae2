
#include "hub_send.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUB_SEND_WORDS 3 /* parameters before the arrays */
#define HUB_SEND_HEAD_BYTES 20
#define HUB_SEND_TEXT_BYTES_MAX 8192

typedef enum { COLUMN_SHORT = 21, COLUMN_INTEGER = 23, COLUMN_BIG = 20, COLUMN_TEXT = 25 } type_t;

typedef struct {
    char *data;
    size_t len;
} array_t;

typedef struct {
    type_t type;
    int64_t (*number)(const kept_tick_t *kept);
    size_t (*text)(const kept_tick_t *kept, char *text);
} column_t;


static char *
put(char *to, int64_t value, int bytes)
{
    while (bytes-- > 0) {
        *to++ = (char) (value >> (8 * bytes));
    }

    return to;
}


static size_t
text_address(const kept_tick_t *kept, char *text)
{
    return (kept->tick.address.len > 0) ? bs_addr_format(&kept->monitor->address, text) : 0;
}


static size_t
text_evidence(const kept_tick_t *kept, char *text)
{
    return (kept->evidence == NULL)
               ? 0
               : (size_t) snprintf(text, HUB_SEND_TEXT_BYTES_MAX, "%s", kept->evidence);
}


#define NUMBER(name, value)                               \
    static int64_t number_##name(const kept_tick_t *kept) \
    {                                                     \
        return (int64_t) (value);                         \
    }

NUMBER(monitor, kept->monitor->id)
NUMBER(slot, kept->tick.slot_ms)
NUMBER(checked_at, kept->tick.checked_at_ms)
NUMBER(status, kept->tick.status)
NUMBER(reason, kept->tick.reason)
NUMBER(attempts, kept->tick.attempts)
NUMBER(http_status, kept->tick.http_status)
NUMBER(dns, kept->tick.dns_us)
NUMBER(connect, kept->tick.connect_us)
NUMBER(tls, kept->tick.tls_us)
NUMBER(first_byte, kept->tick.first_byte_us)
NUMBER(total, kept->tick.total_us)
NUMBER(flags, kept->tick.flags)
NUMBER(expires_at, kept->tick.expires_at_s)
NUMBER(domain_expires_at, kept->tick.domain_expires_at_s)

/* In the order of the statement. */
static const column_t columns[] = {
    {COLUMN_INTEGER, number_monitor, NULL},       {COLUMN_BIG, number_slot, NULL},
    {COLUMN_BIG, number_checked_at, NULL},        {COLUMN_SHORT, number_status, NULL},
    {COLUMN_SHORT, number_reason, NULL},          {COLUMN_SHORT, number_attempts, NULL},
    {COLUMN_INTEGER, number_http_status, NULL},   {COLUMN_TEXT, NULL, text_address},
    {COLUMN_INTEGER, number_dns, NULL},           {COLUMN_INTEGER, number_connect, NULL},
    {COLUMN_INTEGER, number_tls, NULL},           {COLUMN_INTEGER, number_first_byte, NULL},
    {COLUMN_INTEGER, number_total, NULL},         {COLUMN_TEXT, NULL, text_evidence},
    {COLUMN_SHORT, number_flags, NULL},           {COLUMN_BIG, number_expires_at, NULL},
    {COLUMN_BIG, number_domain_expires_at, NULL},
};

#define COLUMNS ((int) (sizeof(columns) / sizeof(columns[0])))


static int
column_bytes(type_t type)
{
    return (type == COLUMN_SHORT) ? 2 : (type == COLUMN_INTEGER) ? 4 : 8;
}


static char *
column_put(const column_t *column, const kept_tick_t *kept, char *to)
{
    if (column->number != NULL) {
        int bytes = column_bytes(column->type);

        return put(put(to, bytes, 4), column->number(kept), bytes);
    }

    size_t len = column->text(kept, to + 4);

    put(to, (int64_t) len, 4);
    return to + 4 + len;
}


static array_t
column_array(const column_t *column, const kept_tick_t *ticks, size_t count)
{
    size_t room = HUB_SEND_HEAD_BYTES;

    for (size_t i = 0; i < count; i++) {
        room += (column->text == NULL)
                    ? 12
                    : 64 + (ticks[i].evidence == NULL ? 0 : strlen(ticks[i].evidence));
    }

    char *data = malloc(room);
    char *to = data;

    to = put(to, (count > 0), 4); /* dimensions */
    to = put(to, 0, 4);           /* no nulls */
    to = put(to, column->type, 4);

    if (count > 0) {
        to = put(put(to, (int64_t) count, 4), 1, 4);
    }

    for (size_t i = 0; i < count; i++) {
        to = column_put(column, &ticks[i], to);
    }

    return (array_t){data, (size_t) (to - data)};
}


PGresult *
hub_send_report(PGconn *connection, const char *digest, const char *agent, const kept_tick_t *ticks,
                size_t count, int64_t at_ms)
{
    char at[24];
    const char *values[HUB_SEND_WORDS + COLUMNS];
    int lengths[HUB_SEND_WORDS + COLUMNS] = {0};
    int formats[HUB_SEND_WORDS + COLUMNS] = {0};

    snprintf(at, sizeof(at), "%" PRId64, at_ms);
    values[0] = digest;
    values[1] = agent;
    values[2] = at;

    for (int i = 0; i < COLUMNS; i++) {
        array_t array = column_array(&columns[i], ticks, count);

        values[HUB_SEND_WORDS + i] = array.data;
        lengths[HUB_SEND_WORDS + i] = (int) array.len;
        formats[HUB_SEND_WORDS + i] = 1;
    }

    PGresult *result =
        PQexecPrepared(connection, "report", HUB_SEND_WORDS + COLUMNS, values, lengths, formats, 0);

    for (int i = 0; i < COLUMNS; i++) {
        free((char *) (uintptr_t) values[HUB_SEND_WORDS + i]);
    }

    return result;
}
