
/* Days as they are measured, by chance that is the same each time. */

#ifndef PACK_DAY_H
#define PACK_DAY_H

#include "../../shared/bs_pack.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define PACK_DAY_BEGIN (BS_PACK_DAY_MS * INT64_C(20779)) /* 2026-11-22 */

typedef struct {
    uint32_t interval_ms;
    int round_trip_us;
    double jitter_us;   /* of one round trip */
    double server_us;   /* the target's own time */
    double server_part; /* how unsteady that is: of a log-normal distribution */
    int failures;       /* 1: now and then some fail, or are not there */
} pack_day_t;

static uint64_t pack_day_state = 20261122;

static inline uint32_t
pack_day_next(void)
{
    pack_day_state = pack_day_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t) (pack_day_state >> 33);
}

static inline double
pack_day_uniform(void)
{
    return (pack_day_next() + 0.5) / 2147483648.0;
}

static inline double
pack_day_log_normal(double median, double part)
{
    double a = pack_day_uniform(), b = pack_day_uniform();

    return median * exp(part * sqrt(-2 * log(a)) * cos(6.283185307179586 * b));
}

static inline int32_t
pack_day_round_trip(const pack_day_t *kind)
{
    return kind->round_trip_us + (int32_t) pack_day_log_normal(kind->jitter_us, 0.6);
}

/* Connections that are not made, and answers that do not come. */
static inline void
pack_day_fail(bs_pack_tick_t *tick, int connected)
{
    tick->status = 3;
    tick->http_status = 0;
    tick->attempts = 2;
    tick->first_byte_us = -1;
    tick->reason = connected ? 31 : 11;
    tick->total_us = (connected ? 30000000 : 10000000) + (int32_t) pack_day_log_normal(300, 1);

    if (!connected) {
        tick->connect_us = -1;
        tick->tls_us = -1;
    }
}

static inline void
pack_day_measure(bs_pack_tick_t *tick, const pack_day_t *kind, double hours)
{
    double server = kind->server_us * (1 + 0.1 * sin(hours / 24 * 6.283185307179586));
    int cached = pack_day_uniform() < 0.9;

    tick->lateness_ms = (int32_t) pack_day_log_normal(2, 0.5);
    tick->dns_us = cached ? (int32_t) pack_day_log_normal(350, 0.3) : pack_day_round_trip(kind);
    tick->connect_us = pack_day_round_trip(kind);
    tick->tls_us = pack_day_round_trip(kind) + (int32_t) pack_day_log_normal(1500, 0.2);
    tick->first_byte_us =
        pack_day_round_trip(kind) + (int32_t) pack_day_log_normal(server, kind->server_part);
    tick->total_us = tick->dns_us + tick->connect_us + tick->tls_us + tick->first_byte_us
                     + (int32_t) pack_day_log_normal(120, 0.4);
    tick->status = 1;
    tick->http_status = 200;
    tick->attempts = 1;
    tick->flags = pack_day_uniform() < 0.001;
}

/* 0, or -1 with *error. */
static inline int
pack_day_make(bs_pack_day_t *day, const pack_day_t *kind, const char **error)
{
    static const char *const addresses[] = {"203.0.113.7", "203.0.113.8", "2001:db8::17"};
    uint32_t failing = 0, address = 0;

    if (bs_pack_day_begin(day, PACK_DAY_BEGIN, error) != 0) {
        return -1;
    }

    for (int64_t at = kind->interval_ms / 7; at < BS_PACK_DAY_MS; at += kind->interval_ms) {
        bs_pack_tick_t tick = {.slot_ms = PACK_DAY_BEGIN + at};

        pack_day_measure(&tick, kind, (double) at / 3600000);

        if (kind->failures && failing == 0 && pack_day_uniform() < 0.001) {
            failing = pack_day_next() % 20;
        }

        if (failing > 0) {
            failing--;
            pack_day_fail(&tick, failing % 2 == 0);
        }

        address = pack_day_uniform() < 0.002 ? pack_day_next() % 3 : address;
        tick.address = (bs_pack_text_t){addresses[address], (uint32_t) strlen(addresses[address])};

        if ((!kind->failures || pack_day_uniform() < 0.9995)
            && bs_pack_day_add(day, &tick, error) != 0) {
            return -1;
        }
    }

    return 0;
}

#endif
