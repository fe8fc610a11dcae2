
/*
 * Places where a test ends the process as if the power had gone.  Only in a
 * build with -DBS_CRASH_POINTS; in any other there is nothing of it.
 *
 * BETTERSTACK_CRASH_AT=name or name:n (the n-th time it comes by).
 */

#ifndef CRASH_POINT_H
#define CRASH_POINT_H

#ifdef BS_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void) 0)
#endif

#endif
