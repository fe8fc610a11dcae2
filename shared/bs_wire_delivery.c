
/*
 * Each element is read with a cursor of its own, and stepped over as a whole:
 * so one that makes no sense costs none of its fellows.
 */

#include "bs_wire_delivery.h"

#define OUTCOME_FIELDS 8
#define DELIVERY_FIELDS 7


static int
read_number(bs_cursor_t *cursor, uint64_t max, uint64_t *number)
{
    int64_t value;

    if (bs_cursor_int(cursor, &value, 0, (int64_t) max) != 0) {
        return -1;
    }

    *number = (uint64_t) value;

    return 0;
}

static int
read_text(bs_cursor_t *cursor, size_t min, size_t max, bs_wire_str_t *text)
{
    if (bs_cursor_str(cursor, &text->data, &text->len) != 0) {
        return -1;
    }

    return text->len < min || text->len > max ? -1 : 0;
}

/* Packed as it came. */
static int
read_part(bs_cursor_t *cursor, bs_wire_str_t *part)
{
    bs_cursor_head_t head;

    part->data = (const char *) cursor->at;

    if (bs_cursor_peek(cursor, &head) != 0 || head.type != BS_CURSOR_MAP
        || bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0)
    {
        return -1;
    }

    part->len = (size_t) ((const char *) cursor->at - part->data);

    return part->len > BS_WIRE_DELIVERY_PART_BYTES_MAX ? -1 : 0;
}

static int
read_outcome(bs_cursor_t cursor, bs_wire_outcome_t *outcome)
{
    uint64_t attempt, kind, status, retry_after, duration;
    uint32_t count;

    if (bs_cursor_array(&cursor, &count) != 0 || count < OUTCOME_FIELDS
        || read_number(&cursor, INT64_MAX, &outcome->delivery) != 0
        || read_number(&cursor, UINT16_MAX, &attempt) != 0
        || read_number(&cursor, BS_WIRE_OUTCOME_COUNT - 1, &kind) != 0
        || read_number(&cursor, UINT16_MAX, &status) != 0
        || read_number(&cursor, UINT32_MAX, &retry_after) != 0
        || read_number(&cursor, UINT32_MAX, &duration) != 0
        || read_text(&cursor, 0, BS_WIRE_DETAIL_BYTES_MAX, &outcome->detail) != 0
        || read_text(&cursor, 0, BS_WIRE_PROVIDER_REF_BYTES_MAX, &outcome->provider_ref) != 0)
    {
        return -1;
    }

    outcome->attempt = (uint16_t) attempt;
    outcome->outcome = (uint8_t) kind;
    outcome->http_status = (uint16_t) status;
    outcome->retry_after_s = (uint32_t) retry_after;
    outcome->duration_ms = (uint32_t) duration;

    return 0;
}

int
bs_wire_outcomes_read(bs_cursor_t *cursor, bs_wire_report_t *report)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    while (count-- > 0) {
        if (report->outcomes_count < BS_WIRE_OUTCOMES_MAX
            && read_outcome(*cursor, &report->outcomes[report->outcomes_count]) == 0)
        {
            report->outcomes_count++;
        }

        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}

int
bs_wire_kinds_read(bs_cursor_t *cursor, bs_wire_report_t *report)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    while (count-- > 0) {
        bs_cursor_t here = *cursor;
        bs_wire_str_t kind;

        if (report->kinds_count < BS_WIRE_KINDS_MAX
            && read_text(&here, 1, BS_WIRE_CHANNEL_BYTES_MAX, &kind) == 0)
        {
            report->kinds[report->kinds_count++] = kind;
        }

        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}

/* All of them or none: what was left out would be taken for lost, and be given again. */
int
bs_wire_holds_read(bs_cursor_t *cursor, bs_wire_report_t *report)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    report->says_holds = count <= BS_WIRE_HOLDS_MAX;

    while (count-- > 0) {
        bs_cursor_t here = *cursor;
        uint64_t id;

        if (read_number(&here, INT64_MAX, &id) != 0) {
            report->says_holds = 0;

        } else if (report->holds_count < BS_WIRE_HOLDS_MAX) {
            report->holds[report->holds_count++] = id;
        }

        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}

/* Whatever follows the attempt. */
static int
read_rest(bs_cursor_t *cursor, bs_wire_delivery_t *delivery)
{
    uint64_t expires;

    if (read_text(cursor, 1, BS_WIRE_KEY_BYTES_MAX, &delivery->key) != 0
        || read_text(cursor, 1, BS_WIRE_CHANNEL_BYTES_MAX, &delivery->kind) != 0
        || read_number(cursor, INT64_MAX, &expires) != 0
        || read_part(cursor, &delivery->settings) != 0
        || read_part(cursor, &delivery->message) != 0)
    {
        return -1;
    }

    delivery->expires_ms = (int64_t) expires;

    return 0;
}

static int
read_delivery(bs_cursor_t cursor, bs_wire_delivery_t *delivery)
{
    static const bs_wire_delivery_t none;
    uint64_t attempt;
    uint32_t count;

    *delivery = none;

    if (bs_cursor_array(&cursor, &count) != 0 || count < 2
        || read_number(&cursor, INT64_MAX, &delivery->id) != 0
        || read_number(&cursor, UINT16_MAX, &attempt) != 0)
    {
        return -1;
    }

    if (count < DELIVERY_FIELDS || read_rest(&cursor, delivery) != 0) {
        uint64_t id = delivery->id;

        *delivery = none;
        delivery->id = id;
    }

    delivery->attempt = (uint16_t) attempt;

    return 0;
}

int
bs_wire_deliveries_read(bs_cursor_t *cursor, bs_wire_reply_t *reply)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0) {
        return -1;
    }

    while (count-- > 0) {
        if (reply->deliveries_count < BS_WIRE_DELIVERIES_MAX
            && read_delivery(*cursor, &reply->deliveries[reply->deliveries_count]) == 0)
        {
            reply->deliveries_count++;
        }

        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SIZE_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}
