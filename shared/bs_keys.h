
/*
 * Names in Redis on which hub and agents must agree.  A region's key is the
 * prefix and its slug, a team's channel the prefix and its number.
 */

#ifndef BS_KEYS_H
#define BS_KEYS_H

#define BS_KEY_JOBS_PREFIX "betterstack:jobs:" /* stream; entries have the one field below */
#define BS_KEY_JOBS_GROUP "agents"
#define BS_KEY_JOBS_FIELD "job"
#define BS_KEY_JOBS_MAXLEN "100000"

#define BS_KEY_LEASE "betterstack:scheduler"
#define BS_KEY_HEARTBEAT_PREFIX "betterstack:scheduler:" /* watermark in ms, with expiry */
#define BS_KEY_WATERMARK "betterstack:scheduler:watermark"

#define BS_KEY_PINGS "betterstack:pings" /* list: pings that wait for Postgres, oldest first */

#define BS_KEY_EVENTS_PREFIX "betterstack:events:" /* pub/sub */

#endif
