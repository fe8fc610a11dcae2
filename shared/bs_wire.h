
/*
 * What hub and agents say to each other, in msgpack.  Encoders append to a
 * bounded msgpack_sbuffer; decoders first walk the bytes with
 * bs_wire_bounded(), so msgpack-c never sees a declared size that the bytes
 * cannot hold.  Unknown map keys are skipped: either side may be newer.
 *
 * Job (Redis field "job"):
 *   {"v": 1, "monitor": u32, "slot": i64 ms, "expires": i64 ms, "urgent": bool, "spec": SPEC}
 * SPEC is made by SQL (core.probe_spec) and copied byte for byte by the hub:
 *   {"type": str, "url": str, "timeout": u32 ms, "interval": u32 ms, "method": str,
 *    "headers": [[str, str], ...], "body": str|nil, "username": str|nil,
 *    "password": str|nil, "expected": [u16, ...], "keyword": str|nil,
 *    "redirects": bool, "verify": bool, "ip": 0|4|6}
 * Schedule (GET /agent/v1/schedule):
 *   {"v": 1, "region": str, "monitors": [[monitor u32, interval i64 ms, phase i64 ms, SPEC], ...]}
 * Report (POST /agent/v1/report):
 *   {"v": 1, "agent": str, "version": str, "ticks": [TICK, ...], "deliveries": [OUTCOME, ...],
 *    "deliver": bool, "kinds": [str, ...], "life": i64, "turn": i64, "holds": [u64, ...],
 *    "self": {str: i64, ...}}
 *   "deliver" is whether the agent takes deliveries; an older one does not say so, and gets none.
 *   "kinds" are the channels that it knows; without it those that the first of them knew.
 *   "life" is a number by chance of the agent's process, "turn" counts its reports from 1.  "holds"
 *   are the deliveries that it has in hand and that are not among the outcomes: what the same
 *   life was given in the reply to an earlier turn, and does not hold, was lost with that reply.
 *   Without all three nothing was.
 *   "self" is how the agent is; what it may not hold is left out, never an error.
 * TICK, an array; a newer agent may append elements, an older one ends at evidence:
 *   [monitor u32, slot i64 ms, checked_at i64 ms, status u8, reason u8, attempts u8,
 *    http_status u16, address str|nil, dns i32 us, connect i32 us, tls i32 us,
 *    first_byte i32 us, total i32 us, evidence str(JSON text)|nil,
 *    flags u8, expires_at i64 s, domain_expires_at i64 s]
 *   A phase that was not reached is -1.  expires_at is the end of the certificate (kind
 *   domain: the domain) that was seen, 0 if none was.  domain_expires_at is what is known of
 *   the domain of a website beside the probe (SPEC's "domain_end"), 0 if nothing is.
 * OUTCOME, an array; a newer agent may append elements:
 *   [delivery u64, attempt u16, outcome u8 (bs_wire_outcome_kind_t), http_status u16,
 *    retry_after u32 s, duration u32 ms, detail str, provider_ref str]
 *   One that makes no sense is stepped over: no report fails for it.
 * Reply to a report:
 *   {"v": 1, "time": i64 ms, "stored": u32, "refused": u32, "database": i64,
 *    "deliveries": [DELIVERY, ...], "agents": [str, ...]}
 *   "database" is a number for the database cluster and its timeline, 0 if that is not known: with
 *   another one a standby has taken over, and may lack what its primary committed last.
 * DELIVERY, an array; a newer hub may append elements:
 *   [id u64, attempt u16, key str, kind str, expires i64 ms, settings {str: any},
 *    message {str: any}]
 *   settings and message are made by SQL and copied byte for byte by the hub.  One of which
 *   only id and attempt can be read comes out without a kind: the agent refuses it by name.
 *   "agents" are those of the region that reported lately, the one that asks among them.
 */

#ifndef BS_WIRE_H
#define BS_WIRE_H

#include "bs_check.h"

#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

#define BS_WIRE_VERSION 1

#define BS_WIRE_TICKS_MAX 2000           /* in one report */
#define BS_WIRE_REPORT_BYTES_MAX 1048576 /* of one report's body */
#define BS_WIRE_JOB_BYTES_MAX 65536
#define BS_WIRE_EVIDENCE_BYTES_MAX 4096
#define BS_WIRE_NAME_BYTES_MAX 128 /* agent name, version */
#define BS_WIRE_ADDRESS_BYTES_MAX 45
#define BS_WIRE_DEPTH_MAX 8
#define BS_WIRE_SELF_MAX 64 /* values of one agent about itself */
#define BS_WIRE_SELF_NAME_BYTES_MAX 32
#define BS_WIRE_AGENTS_MAX 256 /* names in one reply */

#define BS_WIRE_DELIVERIES_MAX 20 /* in one reply */
#define BS_WIRE_OUTCOMES_MAX 100  /* in one report */
#define BS_WIRE_HOLDS_MAX 100     /* with more in hand a report says nothing of it */
#define BS_WIRE_KINDS_MAX 64      /* of channels that an agent knows */
#define BS_WIRE_KEY_BYTES_MAX 255
#define BS_WIRE_CHANNEL_BYTES_MAX 32              /* a kind of channel */
#define BS_WIRE_DELIVERY_PART_BYTES_MAX (1 << 17) /* settings; message */
#define BS_WIRE_DETAIL_BYTES_MAX 500
#define BS_WIRE_PROVIDER_REF_BYTES_MAX 200

#define BS_TICK_LAGGED 1 /* of a tick's flags: the agent's loop lagged during the probe */

/* Borrowed bytes, not zero-terminated; data NULL is absent. */
typedef struct {
    const char *data;
    size_t len;
} bs_wire_str_t;

typedef struct {
    uint32_t monitor;
    int64_t slot_ms;
    int64_t checked_at_ms;
    uint8_t status; /* bs_status_t */
    uint8_t reason; /* bs_reason_t */
    uint8_t attempts;
    uint16_t http_status; /* 0: none */
    bs_wire_str_t address;
    int32_t dns_us;
    int32_t connect_us;
    int32_t tls_us;
    int32_t first_byte_us;
    int32_t total_us;
    bs_wire_str_t evidence; /* JSON text */
    uint8_t flags;          /* BS_TICK_* */
    int64_t expires_at_s;   /* 0: none seen */
    int64_t domain_expires_at_s;
} bs_wire_tick_t;

typedef struct {
    bs_wire_str_t name; /* a-z, 0-9, _ */
    int64_t value;
} bs_wire_self_t;

typedef enum {
    BS_WIRE_SENT = 0,
    BS_WIRE_FAILED,  /* worth another try */
    BS_WIRE_REFUSED, /* the provider will never take it */
    BS_WIRE_UNSURE,  /* failed, but the provider may have it all the same */
    BS_WIRE_OUTCOME_COUNT
} bs_wire_outcome_kind_t;

typedef struct {
    uint64_t delivery;
    uint16_t attempt;
    uint8_t outcome;      /* bs_wire_outcome_kind_t */
    uint16_t http_status; /* 0: none */
    uint32_t retry_after_s;
    uint32_t duration_ms;
    bs_wire_str_t detail; /* what the provider said, or went wrong */
    bs_wire_str_t provider_ref;
} bs_wire_outcome_t;

typedef struct {
    uint64_t id;
    uint16_t attempt;
    bs_wire_str_t key;
    bs_wire_str_t kind; /* data NULL: the rest made no sense */
    int64_t expires_ms;
    bs_wire_str_t settings; /* packed maps */
    bs_wire_str_t message;
} bs_wire_delivery_t;

typedef struct {
    bs_wire_str_t agent;
    bs_wire_str_t version;
    bs_wire_tick_t *ticks; /* malloc'ed by the decoder; strings borrow from the input */
    size_t ticks_count;
    bs_wire_self_t self[BS_WIRE_SELF_MAX];
    size_t self_count;
    int deliver;
    bs_wire_str_t kinds[BS_WIRE_KINDS_MAX];
    size_t kinds_count; /* 0: it says nothing of them */
    int64_t life;       /* 0: it says nothing of these three */
    int64_t turn;
    uint64_t holds[BS_WIRE_HOLDS_MAX];
    size_t holds_count;
    int says_holds;
    bs_wire_outcome_t outcomes[BS_WIRE_OUTCOMES_MAX];
    size_t outcomes_count;
} bs_wire_report_t;

typedef struct {
    int64_t hub_time_ms;
    uint32_t stored;
    uint32_t refused;
    int64_t database; /* of which what was committed is; 0: it says nothing of it */
    bs_wire_str_t agents[BS_WIRE_AGENTS_MAX];
    size_t agents_count;
    bs_wire_delivery_t deliveries[BS_WIRE_DELIVERIES_MAX];
    size_t deliveries_count;
    /*
     * For the encoder, instead of `deliveries`: an array that is packed already,
     * or what it holds, one after the other, with their number (0: an array).
     */
    bs_wire_str_t packed_deliveries;
    uint32_t packed_deliveries_count;
} bs_wire_reply_t;

typedef struct {
    uint32_t monitor;
    int64_t slot_ms;
    int64_t expires_ms;
    int urgent;
    bs_wire_str_t spec; /* packed SPEC */
} bs_wire_job_t;

/*
 * Exactly one msgpack value, whose declared counts fit the bytes that follow,
 * no deeper than depth_max and with at most values_max values in all.
 * 0 if so, -1 if not.
 */
int bs_wire_bounded(const void *data, size_t len, unsigned depth_max, size_t values_max);

/* The encoders return 0, or -1 out of memory. */
int bs_wire_job_encode(msgpack_sbuffer *out, const bs_wire_job_t *job);
int bs_wire_tick_encode(msgpack_sbuffer *out, const bs_wire_tick_t *tick);
/* The report's own ticks are not looked at: `ticks` holds them encoded, one after the other. */
int bs_wire_report_encode(msgpack_sbuffer *out, const bs_wire_report_t *report, const void *ticks,
                          size_t ticks_len, uint32_t ticks_count);
int bs_wire_reply_encode(msgpack_sbuffer *out, const bs_wire_reply_t *reply);

/*
 * The decoders return 0, or -1 with *error a literal that names the field.
 * What they fill borrows from `data`.  The lengths of a tick's address and
 * evidence are not judged here: no batch fails for them.
 */
extern const char bs_wire_error_ticks_max[]; /* *error of a report with too many */

int bs_wire_job_decode(const void *data, size_t len, bs_wire_job_t *job, const char **error);
int bs_wire_tick_decode(const void *data, size_t len, bs_wire_tick_t *tick, const char **error);
int
bs_wire_report_decode(const void *data, size_t len, bs_wire_report_t *report, const char **error);
void bs_wire_report_free(bs_wire_report_t *report);
int bs_wire_reply_decode(const void *data, size_t len, bs_wire_reply_t *reply, const char **error);

/* SPEC and schedule are read only by the agent: agent/spec.c, agent/schedule.c. */

#endif
