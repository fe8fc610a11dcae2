
/* Tokens are microseconds of loop time; the trickle may leave a debt. */

#include "admit.h"


void
admit_init(admit_t *admit, int64_t now_us)
{
    *admit = (admit_t){
        .tokens_us = ADMIT_TOKENS_MAX_US,
        .filled_us = now_us,
        .begun_us = now_us - ADMIT_TRICKLE_US,
        .price_us = ADMIT_PRICE_FIRST_US,
        .priced_us = now_us,
        .turn = UINT64_MAX,
    };
}


/* All the loop's work divided by the probes that ended: reports and jobs are part of the price. */
static void
admit_update_price(admit_t *admit, const admit_load_t *load)
{
    int64_t window_us = load->now_us - admit->priced_us;
    int64_t busy_us = load->busy_us - admit->priced_busy_us;
    uint64_t ended = load->ended - admit->priced_ended;
    int64_t price_us;

    if (ended >= ADMIT_PRICE_PROBES_MIN && window_us >= ADMIT_PRICE_WINDOW_US) {
        price_us = busy_us / (int64_t) ended;

    } else if (admit->begun >= ADMIT_PRICE_PROBES_MIN && window_us >= ADMIT_PRICE_HANGING_US) {
        price_us = 2 * busy_us / (int64_t) admit->begun;

    } else {
        return;
    }

    price_us = (price_us < ADMIT_PRICE_MIN_US) ? ADMIT_PRICE_MIN_US : price_us;
    price_us = (price_us > ADMIT_PRICE_MAX_US) ? ADMIT_PRICE_MAX_US : price_us;
    admit->price_us = (admit->price_us + price_us) / 2;
    admit->priced_us = load->now_us;
    admit->priced_busy_us = load->busy_us;
    admit->priced_ended = load->ended;
    admit->begun = 0;
}


static void
admit_fill(admit_t *admit, const admit_load_t *load)
{
    admit_update_price(admit, load);
    admit->tokens_us += (load->now_us - admit->filled_us) * ADMIT_BUDGET / 1000;
    admit->filled_us = load->now_us;

    if (admit->tokens_us > ADMIT_TOKENS_MAX_US) {
        admit->tokens_us = ADMIT_TOKENS_MAX_US;
    }
}


static int
admit_is_overloaded(const admit_load_t *load)
{
    return load->busy > ADMIT_BUSY_MAX || load->stall_us > ADMIT_STALL_MAX_US;
}


int
admit_take(admit_t *admit, const admit_load_t *load)
{
    admit_fill(admit, load);

    if (admit->turn != load->turn) {
        admit->turn = load->turn;
        admit->turn_count = 0;
    }

    int trickle = load->now_us - admit->begun_us >= ADMIT_TRICKLE_US;

    if (!trickle
        && (admit->turn_count >= ADMIT_TURN_MAX || admit->tokens_us < admit->price_us
            || admit_is_overloaded(load)))
    {
        return 0;
    }

    admit->turn_count++;
    admit->begun++;
    admit->begun_us = load->now_us;
    admit->tokens_us -= admit->price_us;

    if (admit->tokens_us < -ADMIT_TOKENS_MAX_US) {
        admit->tokens_us = -ADMIT_TOKENS_MAX_US;
    }

    return 1;
}


int
admit_is_open(const admit_t *admit, const admit_load_t *load)
{
    return !admit_is_overloaded(load) || load->now_us - admit->begun_us >= ADMIT_TRICKLE_US;
}
