
/* An agent's weight for a monitor is a hash of both; the heaviest has it. */

#include "share.h"


/* Every bit of the result depends on every bit of the input. */
static uint64_t
share_mix(uint64_t hash)
{
    hash ^= hash >> 30;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 27;
    hash *= UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}


/* Two agents never weigh the same: for one monitor this is a bijection of their numbers. */
static uint64_t
share_weight(uint64_t agent, uint32_t monitor)
{
    return share_mix(agent + share_mix(monitor + UINT64_C(0x9e3779b97f4a7c15)));
}


uint64_t
share_agent(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t) *name) * UINT64_C(0x100000001b3);
    }

    return share_mix(hash);
}


int
share_set(share_t *share, const char *const *names, size_t count)
{
    share->count = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t agent = share_agent(names[i]);

        if (share_has(share, agent)) {
            continue;
        }

        if (share->count == SHARE_AGENTS_MAX) {
            share->count = 0;
            return -1;
        }

        share->agents[share->count++] = agent;
    }

    return 0;
}


int
share_has(const share_t *share, uint64_t agent)
{
    for (unsigned i = 0; i < share->count; i++) {
        if (share->agents[i] == agent) {
            return 1;
        }
    }

    return 0;
}


unsigned
share_rank(const share_t *share, uint64_t agent, uint32_t monitor)
{
    uint64_t weight = share_weight(agent, monitor);
    unsigned rank = 0;

    for (unsigned i = 0; i < share->count; i++) {
        rank += share_weight(share->agents[i], monitor) > weight;
    }

    return rank;
}


uint64_t
share_owner(const share_t *share, uint32_t monitor)
{
    uint64_t owner = 0;
    uint64_t heaviest = 0;

    for (unsigned i = 0; i < share->count; i++) {
        uint64_t weight = share_weight(share->agents[i], monitor);

        if (i == 0 || weight > heaviest) {
            heaviest = weight;
            owner = share->agents[i];
        }
    }

    return owner;
}
