
/*
 * Who of a region's agents probes what when nobody hands out jobs: rendezvous
 * hashing.  Each agent ranks all agents for a monitor by itself; the same names
 * give the same ranks everywhere, and an agent that comes or goes moves only
 * what it takes or leaves.  Pure.
 */

#ifndef SHARE_H
#define SHARE_H

#include <stddef.h>
#include <stdint.h>

#define SHARE_AGENTS_MAX 256

typedef struct {
    unsigned count;
    uint64_t agents[SHARE_AGENTS_MAX]; /* hashes of their names, each once */
} share_t;

/* The number that stands for a name. */
uint64_t share_agent(const char *name);

/* Returns -1, and the share is empty, if these are more than it can hold. */
int share_set(share_t *share, const char *const *names, size_t count);

int share_has(const share_t *share, uint64_t agent);

/* How many agents come before this one for that monitor: 0 has it. */
unsigned share_rank(const share_t *share, uint64_t agent, uint32_t monitor);

/* Who has it; 0 of nobody. */
uint64_t share_owner(const share_t *share, uint32_t monitor);

#endif
