
#include "emergency_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EMERGENCY_STATE_LINE_MAX 128
#define EMERGENCY_STATE_PATH_MAX 4200


static void
emergency_state_read_line(const char *line, emergency_state_t *state)
{
    char way[16];
    int64_t number;

    if (sscanf(line, "since %" SCNd64, &number) == 1 && number > 0) {
        state->since_ms = number;

    } else if (sscanf(line, "until %" SCNd64, &number) == 1 && number > 0) {
        state->until_ms = number;

    } else if (sscanf(line, "alerted %15s", way) == 1) {
        for (int i = 0; i < EMERGENCY_WAYS; i++) {
            state->alerted[i] |= strcmp(way, emergency_way_name((emergency_way_t) i)) == 0;
        }
    }
}


void
emergency_state_load(const char *path, emergency_state_t *state)
{
    char line[EMERGENCY_STATE_LINE_MAX];
    FILE *file = fopen(path, "re");

    memset(state, 0, sizeof(*state));

    if (file == NULL) {
        return;
    }

    while (fgets(line, sizeof(line), file) != NULL) {
        emergency_state_read_line(line, state);
    }

    fclose(file);

    if (state->since_ms == 0) {
        memset(state, 0, sizeof(*state));
    }
}


static int
emergency_state_write(FILE *file, const emergency_state_t *state)
{
    fprintf(file, "since %" PRId64 "\n", state->since_ms);

    if (state->until_ms != 0) {
        fprintf(file, "until %" PRId64 "\n", state->until_ms);
    }

    for (int i = 0; i < EMERGENCY_WAYS; i++) {
        if (state->alerted[i]) {
            fprintf(file, "alerted %s\n", emergency_way_name((emergency_way_t) i));
        }
    }

    return (fflush(file) == 0 && fsync(fileno(file)) == 0) ? 0 : -1;
}


int
emergency_state_save(const char *path, const emergency_state_t *state)
{
    char fresh[EMERGENCY_STATE_PATH_MAX];

    if (state->since_ms == 0) {
        return (unlink(path) == 0 || errno == ENOENT) ? 0 : -1;
    }

    snprintf(fresh, sizeof(fresh), "%s.new", path);

    FILE *file = fopen(fresh, "we");

    if (file == NULL) {
        return -1;
    }

    int result = emergency_state_write(file, state);

    if (fclose(file) != 0 || result != 0) {
        return -1;
    }

    return rename(fresh, path);
}
