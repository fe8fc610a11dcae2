
/* Agents share monitors without a word: disjoint, complete, even, and steady when one comes or goes. */

#include "../../agent/share.h"

#include "tap.h"

#define MONITORS 20000
#define AGENTS 5

static const char *const names[AGENTS] = {"a", "b", "host-1/1", "host-1/2", "a-much-longer-name"};

static void
sharing(void)
{
    share_t share;
    unsigned have[AGENTS] = {0};
    int wrong = 0;

    is_int(share_set(&share, names, AGENTS), 0, "a share");

    for (uint32_t monitor = 1; monitor <= MONITORS; monitor++) {
        unsigned ranks = 0;
        unsigned owners = 0;

        for (int i = 0; i < AGENTS; i++) {
            uint64_t agent = share_agent(names[i]);
            unsigned rank = share_rank(&share, agent, monitor);

            ranks |= 1u << rank;
            owners += rank == 0;
            have[i] += rank == 0;
            wrong += (rank == 0) != (share_owner(&share, monitor) == agent);
        }

        wrong += owners != 1 || ranks != (1u << AGENTS) - 1;
    }

    is_int(wrong, 0, "each monitor has one agent, and every agent its rank");

    for (int i = 0; i < AGENTS; i++) {
        wrong += have[i] < MONITORS / AGENTS * 9 / 10 || have[i] > MONITORS / AGENTS * 11 / 10;
    }

    is_int(wrong, 0, "each has about as many");
}

/* What the dead one had goes to whoever came second; all else stays. */
static void
leaving(void)
{
    share_t all;
    share_t rest;
    uint64_t gone = share_agent(names[2]);
    const char *others[] = {names[4], names[0], names[3], names[1], names[0]};
    int moved = 0;
    int unexpected = 0;

    share_set(&all, names, AGENTS);
    share_set(&rest, others, 5);
    is_int(rest.count, AGENTS - 1, "a name counts once, in any order");
    ok(share_has(&all, gone) && !share_has(&rest, gone), "one agent is gone");

    for (uint32_t monitor = 1; monitor <= MONITORS; monitor++) {
        uint64_t before = share_owner(&all, monitor);
        uint64_t after = share_owner(&rest, monitor);

        moved += before != after;
        unexpected += (before != after) != (before == gone);
        unexpected += before == gone && share_rank(&all, after, monitor) != 1;
    }

    is_int(unexpected, 0, "only what it had moves, to the second of each");
    ok(moved > MONITORS / AGENTS * 9 / 10, "and that is its part");
}

static void
bounds(void)
{
    static char text[SHARE_AGENTS_MAX + 1][8];
    const char *many[SHARE_AGENTS_MAX + 1];
    share_t share;

    for (int i = 0; i <= SHARE_AGENTS_MAX; i++) {
        snprintf(text[i], sizeof(text[i]), "n%d", i);
        many[i] = text[i];
    }

    is_int(share_set(&share, many, SHARE_AGENTS_MAX), 0, "many agents");
    is_int(share_set(&share, many, SHARE_AGENTS_MAX + 1), -1, "too many");
    is_int(share.count, 0, "are no share at all");
    is_int((long long) share_owner(&share, 1), 0, "in which nobody has anything");
}

int
main(void)
{
    sharing();
    leaving();
    bounds();

    return done();
}
