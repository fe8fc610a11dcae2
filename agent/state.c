
/* Two agents in one directory would report each other's results; a lock on a file prevents it. */

#include "state.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


int
state_open(state_t *state, const char *directory)
{
    char path[STATE_PATH_MAX];

    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        log_error("agent", "state directory %s: %s", directory, strerror(errno));
        return -1;
    }

    snprintf(path, sizeof(path), "%s/lock", directory);
    state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (state->lock < 0) {
        log_error("agent", "%s: %s", path, strerror(errno));
        return -1;
    }

    if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
        log_error("agent", "%s is in use by another agent: each needs its own BETTERSTACK_STATE",
                  directory);
        close(state->lock);
        return -1;
    }

    snprintf(state->spool, STATE_PATH_MAX, "%s/spool", directory);
    snprintf(state->rejected, STATE_PATH_MAX, "%s/rejected", directory);
    snprintf(state->database, STATE_PATH_MAX, "%s/database", directory);
    snprintf(state->emergency, STATE_PATH_MAX, "%s/emergency", directory);
    snprintf(state->sent, STATE_PATH_MAX, "%s/sent", directory);
    snprintf(state->schedule, STATE_PATH_MAX, "%s/schedule", directory);
    snprintf(state->socket, STATE_PATH_MAX, "%s/" STATE_SOCKET, directory);
    return 0;
}


void
state_close(state_t *state)
{
    close(state->lock);
}
