
/*
 * The decoders.  They read the bytes in place (bs_cursor): nothing is allocated
 * but the array of ticks, whose size is known to be honest by then.  Each
 * message is a table of its fields, so a missing, doubled or wrong field is
 * told by its name.
 */

#include "bs_wire.h"

#include "bs_cursor.h"
#include "bs_wire_delivery.h"

#include <stdlib.h>
#include <string.h>

/* What a field may hold: one reader each, chosen by a table. */
typedef enum {
    KIND_VERSION,
    KIND_BYTE,   /* uint8_t */
    KIND_STATUS, /* uint8_t, a bs_status_t */
    KIND_U16,
    KIND_U32,
    KIND_TIME,     /* int64_t: times before 1970 are nobody's */
    KIND_PHASE,    /* int32_t microseconds, or -1 */
    KIND_BOOL,     /* int */
    KIND_NAME,     /* bs_wire_str_t, present and short */
    KIND_OPTIONAL, /* bs_wire_str_t, or nil */
    KIND_SPEC,     /* bs_wire_str_t: the packed map itself */
    KIND_TICKS,    /* into a bs_wire_report_t */
    KIND_SELF,     /* into a bs_wire_report_t */
    KIND_OUTCOMES, /* into a bs_wire_report_t */
    KIND_KINDS,    /* into a bs_wire_report_t */
    KIND_HOLDS,    /* into a bs_wire_report_t */
    KIND_AGENTS,   /* into a bs_wire_reply_t */
    KIND_DELIVERIES
} kind_t;

typedef struct {
    const char *key; /* NULL ends a table; the fields of a tick go by place */
    size_t offset;
    const char *error;
    kind_t kind;
    int optional;
} field_t;

#define FIELD(type, key, member, kind, words)                        \
    {                                                                \
        key, offsetof(type, member), key ": must be " words, kind, 0 \
    }
#define OPTIONAL(type, key, member, kind, words)                     \
    {                                                                \
        key, offsetof(type, member), key ": must be " words, kind, 1 \
    }
#define FIELDS_END                     \
    {                                  \
        NULL, 0, NULL, KIND_VERSION, 0 \
    }
#define TICK(key, member, kind, words)                                                   \
    {                                                                                    \
        key, offsetof(bs_wire_tick_t, member), "ticks: " key ": must be " words, kind, 0 \
    }

#define MICROSECONDS "microseconds, or -1"

static const field_t tick_fields[] = {
    TICK("monitor", monitor, KIND_U32, "a number of 32 bits"),
    TICK("slot", slot_ms, KIND_TIME, "milliseconds"),
    TICK("checked_at", checked_at_ms, KIND_TIME, "milliseconds"),
    TICK("status", status, KIND_STATUS, "a known status"),
    TICK("reason", reason, KIND_BYTE, "a byte"),
    TICK("attempts", attempts, KIND_BYTE, "a byte"),
    TICK("http_status", http_status, KIND_U16, "a number of 16 bits"),
    TICK("address", address, KIND_OPTIONAL, "a string or nil"),
    TICK("dns", dns_us, KIND_PHASE, MICROSECONDS),
    TICK("connect", connect_us, KIND_PHASE, MICROSECONDS),
    TICK("tls", tls_us, KIND_PHASE, MICROSECONDS),
    TICK("first_byte", first_byte_us, KIND_PHASE, MICROSECONDS),
    TICK("total", total_us, KIND_PHASE, MICROSECONDS),
    TICK("evidence", evidence, KIND_OPTIONAL, "a string or nil"),
    TICK("flags", flags, KIND_BYTE, "a byte"),
    TICK("expires_at", expires_at_s, KIND_TIME, "seconds, or 0"),
    TICK("domain_expires_at", domain_expires_at_s, KIND_TIME, "seconds, or 0"),
};

#define TICK_FIELDS (sizeof(tick_fields) / sizeof(tick_fields[0]))
#define TICK_FIELDS_MIN 14 /* what the first agents sent */

static const field_t job_fields[] = {
    FIELD(bs_wire_job_t, "v", monitor, KIND_VERSION, "1"),
    FIELD(bs_wire_job_t, "monitor", monitor, KIND_U32, "a number of 32 bits"),
    FIELD(bs_wire_job_t, "slot", slot_ms, KIND_TIME, "milliseconds"),
    FIELD(bs_wire_job_t, "expires", expires_ms, KIND_TIME, "milliseconds"),
    FIELD(bs_wire_job_t, "urgent", urgent, KIND_BOOL, "true or false"),
    FIELD(bs_wire_job_t, "spec", spec, KIND_SPEC, "a map"),
    FIELDS_END,
};

static const field_t report_fields[] = {
    FIELD(bs_wire_report_t, "v", agent, KIND_VERSION, "1"),
    FIELD(bs_wire_report_t, "agent", agent, KIND_NAME, "a string of 1 to 128 bytes"),
    FIELD(bs_wire_report_t, "version", version, KIND_NAME, "a string of 1 to 128 bytes"),
    FIELD(bs_wire_report_t, "ticks", ticks, KIND_TICKS, "an array of ticks"),
    OPTIONAL(bs_wire_report_t, "self", self, KIND_SELF, "a map"),
    OPTIONAL(bs_wire_report_t, "deliver", deliver, KIND_BOOL, "true or false"),
    OPTIONAL(bs_wire_report_t, "deliveries", outcomes, KIND_OUTCOMES, "an array"),
    OPTIONAL(bs_wire_report_t, "kinds", kinds, KIND_KINDS, "an array"),
    OPTIONAL(bs_wire_report_t, "life", life, KIND_TIME, "a number of 63 bits"),
    OPTIONAL(bs_wire_report_t, "turn", turn, KIND_TIME, "a number of 63 bits"),
    OPTIONAL(bs_wire_report_t, "holds", holds, KIND_HOLDS, "an array"),
    FIELDS_END,
};

static const field_t reply_fields[] = {
    FIELD(bs_wire_reply_t, "v", hub_time_ms, KIND_VERSION, "1"),
    FIELD(bs_wire_reply_t, "time", hub_time_ms, KIND_TIME, "milliseconds"),
    FIELD(bs_wire_reply_t, "stored", stored, KIND_U32, "a number of 32 bits"),
    FIELD(bs_wire_reply_t, "refused", refused, KIND_U32, "a number of 32 bits"),
    OPTIONAL(bs_wire_reply_t, "database", database, KIND_TIME, "a number of 63 bits"),
    OPTIONAL(bs_wire_reply_t, "agents", agents, KIND_AGENTS, "an array of names"),
    OPTIONAL(bs_wire_reply_t, "deliveries", deliveries, KIND_DELIVERIES, "an array"),
    FIELDS_END,
};


const char bs_wire_error_ticks_max[] = "ticks: more than one report may carry";

static const char error_bounds[] = "body: not one msgpack value within its bounds";

int
bs_wire_bounded(const void *data, size_t len, unsigned depth_max, size_t values_max)
{
    bs_cursor_t cursor;

    if (len == 0) {
        return -1;
    }

    cursor.at = data;
    cursor.end = cursor.at + len;

    if (bs_cursor_skip(&cursor, depth_max, values_max) != 0) {
        return -1;
    }

    return cursor.at == cursor.end ? 0 : -1;
}

/* Decoding: one value of a kind */

static int
read_int(bs_cursor_t *cursor, kind_t kind, void *to)
{
    static const struct {
        int64_t min;
        int64_t max;
    } ranges[] = {
        [KIND_VERSION] = {BS_WIRE_VERSION, BS_WIRE_VERSION},
        [KIND_BYTE] = {0, UINT8_MAX},
        [KIND_STATUS] = {0, BS_STATUS_COUNT - 1},
        [KIND_U16] = {0, UINT16_MAX},
        [KIND_U32] = {0, UINT32_MAX},
        [KIND_TIME] = {0, INT64_MAX},
        [KIND_PHASE] = {-1, INT32_MAX},
    };
    int64_t number;

    if (bs_cursor_int(cursor, &number, ranges[kind].min, ranges[kind].max) != 0) {
        return -1;
    }

    switch (kind) {
    case KIND_BYTE:
    case KIND_STATUS:
        *(uint8_t *) to = (uint8_t) number;
        break;
    case KIND_U16:
        *(uint16_t *) to = (uint16_t) number;
        break;
    case KIND_U32:
        *(uint32_t *) to = (uint32_t) number;
        break;
    case KIND_TIME:
        *(int64_t *) to = number;
        break;
    case KIND_PHASE:
        *(int32_t *) to = (int32_t) number;
        break;
    default: /* the version is only compared */
        break;
    }

    return 0;
}

static int
read_str(bs_cursor_t *cursor, kind_t kind, bs_wire_str_t *str)
{
    if (kind == KIND_OPTIONAL && bs_cursor_nil(cursor) == 0) {
        str->data = NULL;
        str->len = 0;
        return 0;
    }

    if (bs_cursor_str(cursor, &str->data, &str->len) != 0) {
        return -1;
    }

    return kind == KIND_NAME && (str->len == 0 || str->len > BS_WIRE_NAME_BYTES_MAX) ? -1 : 0;
}

/* Kept packed: only the agent looks inside. */
static int
read_spec(bs_cursor_t *cursor, bs_wire_str_t *spec)
{
    const char *from = (const char *) cursor->at;
    bs_cursor_head_t head;

    if (bs_cursor_peek(cursor, &head) != 0 || head.type != BS_CURSOR_MAP
        || bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0)
    {
        return -1;
    }

    spec->data = from;
    spec->len = (size_t) ((const char *) cursor->at - from);

    return 0;
}

/* A name that may stand in JSON and in metrics as it is. */
static int
is_self_name(const char *name, size_t len)
{
    if (len == 0 || len > BS_WIRE_SELF_NAME_BYTES_MAX) {
        return 0;
    }

    for (size_t i = 0; i < len; i++) {
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9')
              || name[i] == '_')) {
            return 0;
        }
    }

    return 1;
}

/* One name and its value; what cannot be kept is stepped over. */
static int
read_self_pair(bs_cursor_t *cursor, bs_wire_report_t *report)
{
    bs_wire_self_t pair = {{NULL, 0}, 0};
    int good = bs_cursor_str(cursor, &pair.name.data, &pair.name.len) == 0;

    if (!good && bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
        return -1;
    }

    if (bs_cursor_int(cursor, &pair.value, INT64_MIN, INT64_MAX) != 0) {
        good = 0;

        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    if (good && report->self_count < BS_WIRE_SELF_MAX
        && is_self_name(pair.name.data, pair.name.len)) {
        report->self[report->self_count++] = pair;
    }

    return 0;
}

static int
read_self(bs_cursor_t *cursor, bs_wire_report_t *report)
{
    uint32_t count;

    if (bs_cursor_map(cursor, &count) != 0) {
        return -1;
    }

    while (count-- > 0) {
        if (read_self_pair(cursor, report) != 0) {
            return -1;
        }
    }

    return 0;
}

/* Names beyond the bound, or too long, are stepped over. */
static int
read_agents(bs_cursor_t *cursor, bs_wire_reply_t *reply)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    while (count-- > 0) {
        bs_wire_str_t name;

        if (bs_cursor_str(cursor, &name.data, &name.len) != 0) {
            return -1;
        }

        if (name.len > 0 && name.len <= BS_WIRE_NAME_BYTES_MAX
            && reply->agents_count < BS_WIRE_AGENTS_MAX) {
            reply->agents[reply->agents_count++] = name;
        }
    }

    return 0;
}

static int read_ticks(bs_cursor_t *cursor, bs_wire_report_t *report, const char **error);

static int
read_field(bs_cursor_t *cursor, const field_t *field, void *message, const char **error)
{
    void *to = (char *) message + field->offset;

    *error = field->error;

    switch (field->kind) {
    case KIND_BOOL:
        return bs_cursor_bool(cursor, to);
    case KIND_NAME:
    case KIND_OPTIONAL:
        return read_str(cursor, field->kind, to);
    case KIND_SPEC:
        return read_spec(cursor, to);
    case KIND_TICKS:
        return read_ticks(cursor, message, error);
    case KIND_SELF:
        return read_self(cursor, message);
    case KIND_AGENTS:
        return read_agents(cursor, message);
    case KIND_OUTCOMES:
        return bs_wire_outcomes_read(cursor, message);
    case KIND_KINDS:
        return bs_wire_kinds_read(cursor, message);
    case KIND_HOLDS:
        return bs_wire_holds_read(cursor, message);
    case KIND_DELIVERIES:
        return bs_wire_deliveries_read(cursor, message);
    default:
        return read_int(cursor, field->kind, to);
    }
}

/* Decoding: ticks, by place */

static int
read_tick(bs_cursor_t *cursor, bs_wire_tick_t *tick, const char **error)
{
    uint32_t count;
    size_t known;

    *error = "ticks: each must be an array of 14 elements or more";

    if (bs_cursor_array(cursor, &count) != 0 || count < TICK_FIELDS_MIN) {
        return -1;
    }

    known = (count < TICK_FIELDS) ? count : TICK_FIELDS;

    for (size_t i = 0; i < known; i++) {
        if (read_field(cursor, &tick_fields[i], tick, error) != 0) {
            return -1;
        }
    }

    *error = error_bounds;

    for (count -= (uint32_t) known; count > 0; count--) {
        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}

static int
read_ticks(bs_cursor_t *cursor, bs_wire_report_t *report, const char **error)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    if (count > BS_WIRE_TICKS_MAX) {
        *error = bs_wire_error_ticks_max;
        return -1;
    }

    if (count == 0) {
        return 0;
    }

    report->ticks = calloc(count, sizeof(report->ticks[0]));

    if (report->ticks == NULL) {
        *error = "ticks: out of memory";
        return -1;
    }

    report->ticks_count = count;

    for (uint32_t i = 0; i < count; i++) {
        if (read_tick(cursor, &report->ticks[i], error) != 0) {
            return -1;
        }
    }

    return 0;
}

/* Decoding: the map that every message is, by key */

static const field_t *
find_field(const field_t *fields, const char *key, size_t len)
{
    for (const field_t *field = fields; field->key != NULL; field++) {
        if (strlen(field->key) == len && memcmp(field->key, key, len) == 0) {
            return field;
        }
    }

    return NULL;
}

/* One key and its value; those that are not ours are skipped.  A doubled key is an error. */
static int
read_pair(bs_cursor_t *cursor, const field_t *fields, void *message, unsigned *seen,
          const char **error)
{
    const field_t *field = NULL;
    const char *key;
    unsigned bit;
    size_t len;

    *error = error_bounds;

    if (bs_cursor_str(cursor, &key, &len) == 0) {
        field = find_field(fields, key, len);

    } else if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
        return -1;
    }

    if (field == NULL) {
        return bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX);
    }

    bit = 1U << (field - fields);
    *error = field->error;

    if (*seen & bit) {
        return -1;
    }

    *seen |= bit;

    return read_field(cursor, field, message, error);
}

/* Walks the whole value before anything in it is believed. */
static int
open_value(bs_cursor_t *cursor, const void *data, size_t len, const char **error)
{
    *error = error_bounds;

    if (bs_wire_bounded(data, len, BS_WIRE_DEPTH_MAX, len) != 0) {
        return -1;
    }

    cursor->at = data;
    cursor->end = cursor->at + len;

    return 0;
}

static int
read_map(const void *data, size_t len, const field_t *fields, void *message, const char **error)
{
    bs_cursor_t cursor;
    unsigned seen = 0;
    uint32_t pairs;

    if (open_value(&cursor, data, len, error) != 0) {
        return -1;
    }

    *error = "body: must be a map";

    if (bs_cursor_map(&cursor, &pairs) != 0) {
        return -1;
    }

    while (pairs-- > 0) {
        if (read_pair(&cursor, fields, message, &seen, error) != 0) {
            return -1;
        }
    }

    for (const field_t *field = fields; field->key != NULL; field++) {
        if (!field->optional && !(seen & 1U << (field - fields))) {
            *error = field->error;
            return -1;
        }
    }

    return 0;
}

int
bs_wire_job_decode(const void *data, size_t len, bs_wire_job_t *job, const char **error)
{
    memset(job, 0, sizeof(*job));

    return read_map(data, len, job_fields, job, error);
}

int
bs_wire_tick_decode(const void *data, size_t len, bs_wire_tick_t *tick, const char **error)
{
    bs_cursor_t cursor;

    memset(tick, 0, sizeof(*tick));

    if (open_value(&cursor, data, len, error) != 0) {
        return -1;
    }

    return read_tick(&cursor, tick, error);
}

int
bs_wire_report_decode(const void *data, size_t len, bs_wire_report_t *report, const char **error)
{
    memset(report, 0, sizeof(*report));

    if (read_map(data, len, report_fields, report, error) != 0) {
        bs_wire_report_free(report);
        return -1;
    }

    return 0;
}

void
bs_wire_report_free(bs_wire_report_t *report)
{
    free(report->ticks);
    report->ticks = NULL;
    report->ticks_count = 0;
}

int
bs_wire_reply_decode(const void *data, size_t len, bs_wire_reply_t *reply, const char **error)
{
    memset(reply, 0, sizeof(*reply));

    return read_map(data, len, reply_fields, reply, error);
}
