
/*
 * No test by itself: t/lib/BetterStack/Rollups.pm runs it.
 *
 *   rollup_show Q... < ROLLUPS     one a line, in hexadecimal
 *
 * prints a line for each: the counts by status, then of each phase how many,
 * their sum, the least, the most and the quantiles; or what is wrong with it.
 */

#include "../../shared/bs_rollup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (2 * BS_ROLLUP_ROOM + 2)

static void
show(const bs_rollup_t *rollup, int count, char **qs)
{
    for (int s = 0; s < BS_ROLLUP_STATUSES; s++) {
        printf("%" PRIu32 " ", rollup->counts[s]);
    }

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        const bs_rollup_sketch_t *sketch = &rollup->phase[p];

        printf(" %" PRIu32 " %" PRIu64, sketch->n, sketch->sum_us);
        printf(" %d %d", bs_rollup_quantile(rollup, p, 0), bs_rollup_quantile(rollup, p, 1));

        for (int q = 0; q < count; q++) {
            printf(" %d", bs_rollup_quantile(rollup, p, strtod(qs[q], NULL)));
        }
    }

    printf("\n");
}

int
main(int argc, char **argv)
{
    static char line[LINE_MAX_BYTES];
    static unsigned char bytes[BS_ROLLUP_ROOM];
    static bs_rollup_t rollup;
    const char *error;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strcspn(line, "\n") / 2;

        for (size_t i = 0; i < len; i++) {
            char digits[3] = {line[2 * i], line[2 * i + 1], 0};

            bytes[i] = (unsigned char) strtoul(digits, NULL, 16);
        }

        if (bs_rollup_unpack(&rollup, bytes, len, &error) == 0) {
            show(&rollup, argc - 1, argv + 1);

        } else {
            printf("%s\n", error);
        }
    }

    return 0;
}
