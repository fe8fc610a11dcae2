
/* The least TAP a C test program needs: ok(), is_int(), is_str(), done(). */

#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>

static int tap_count;
static int tap_failed;

static inline int
tap_ok(int pass, const char *name, const char *file, int line)
{
    printf("%sok %d - %s\n", pass ? "" : "not ", ++tap_count, name);

    if (!pass) {
        tap_failed++;
        printf("#   failed at %s:%d\n", file, line);
    }

    return pass;
}

static inline int
tap_is_int(long long got, long long want, const char *name, const char *file, int line)
{
    if (!tap_ok(got == want, name, file, line)) {
        printf("#   got %lld, expected %lld\n", got, want);
        return 0;
    }

    return 1;
}

static inline int
tap_is_str(const char *got, const char *want, const char *name, const char *file, int line)
{
    int same = got != NULL && want != NULL ? strcmp(got, want) == 0 : got == want;

    if (!tap_ok(same, name, file, line)) {
        printf("#   got '%s', expected '%s'\n", got ? got : "NULL", want ? want : "NULL");
    }

    return same;
}

#define ok(pass, name) tap_ok(!!(pass), name, __FILE__, __LINE__)
#define is_int(got, want, name) tap_is_int((long long) (got), (want), name, __FILE__, __LINE__)
#define is_str(got, want, name) tap_is_str(got, want, name, __FILE__, __LINE__)

/* Last in main(): the plan, and the exit status. */
static inline int
done(void)
{
    printf("1..%d\n", tap_count);

    return tap_failed ? 1 : 0;
}

#endif
