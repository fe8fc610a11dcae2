
/* The process's file descriptors: as many as it may have, and whether there are any left. */

#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#define DESCRIPTORS_SPARE 256 /* for Redis, the hub, the spool, name servers, controls */

/* Raises the limit as far as is allowed; returns it. */
unsigned descriptors_raise(void);

/* The limit, and about how many are open. */
unsigned descriptors_max(void);
unsigned descriptors_open(void);

/* Is there none left? */
int descriptors_are_exhausted(void);

#endif
