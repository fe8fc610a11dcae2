
/* The state directory of one agent: where things lie in it, and that it is ours alone. */

#ifndef STATE_H
#define STATE_H

#define STATE_PATH_MAX 4096
#define STATE_SOCKET "agent.sock"

typedef struct {
    int lock;
    char spool[STATE_PATH_MAX];
    char rejected[STATE_PATH_MAX];
    char database[STATE_PATH_MAX]; /* which one has what is reported */
    char schedule[STATE_PATH_MAX];
    char socket[STATE_PATH_MAX]; /* where `status` asks */
    char emergency[STATE_PATH_MAX];
    char sent[STATE_PATH_MAX]; /* messages of which the hub does not know yet */
} state_t;

/* Makes the directory if it is not there.  0, or -1 after having logged why. */
int state_open(state_t *state, const char *directory);
void state_close(state_t *state);

#endif
