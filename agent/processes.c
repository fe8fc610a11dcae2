
/*
 * Signals are blocked and taken one by one, so nothing here runs at a moment
 * that it has not chosen.  What is watched has nothing of the watcher's: agents
 * are forked before any library is begun, and get the old signal mask back.
 */

#include "processes.h"

#include "agent.h"
#include "backoff.h"
#include "clock.h"
#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_STEADY_MS 60000 /* one that lived so long has not failed in a row */
#define PROCESSES_PATH_MAX 4096

typedef struct {
    pid_t pid; /* 0: not running */
    int64_t begun_ms;
    int64_t again_ms; /* when it is started again */
    unsigned failures;
} processes_child_t;

typedef struct {
    config_t *config;
    const redis_address_t *redis;
    agent_reread_cb reread;
    void *reread_data;
    unsigned number; /* of the process this is; 0: the one that watches */
    unsigned count;
    int stopping;
    int status;
    sigset_t signals;
    sigset_t before;
    processes_child_t children[PROCESSES_MAX];
} processes_t;


/* --- one agent ------------------------------------------------------------ */

static int
processes_append(char **text, unsigned number)
{
    char *longer;

    if (asprintf(&longer, "%s/%u", *text, number) < 0) {
        return -1;
    }

    free(*text);
    *text = longer;
    return 0;
}


/* The port is the number's, too: each process answers for itself. */
static int
processes_move_door(config_t *config, unsigned number)
{
    char *colon = (config->door != NULL) ? strrchr(config->door, ':') : NULL;
    char *moved;

    if (colon == NULL) {
        return 0;
    }

    if (asprintf(&moved, "%.*s:%ld", (int) (colon - config->door), config->door,
                 strtol(colon + 1, NULL, 10) + (long) number - 1)
        < 0)
    {
        return -1;
    }

    free(config->door);
    config->door = moved;
    return 0;
}


static int
processes_make_own(config_t *config, unsigned number)
{
    if (number > 1) {
        config_drop_emergency(config); /* one of them speaks for all */
    }

    return (processes_append(&config->state, number) == 0
            && processes_append(&config->name, number) == 0
            && processes_move_door(config, number) == 0)
               ? 0
               : -1;
}


/* The settings as this process reads them. */
static int
processes_reread(void *data, config_t *config, char *error)
{
    const processes_t *processes = data;

    if (processes->reread(processes->reread_data, config, error) != 0) {
        return -1;
    }

    if (processes_make_own(config, processes->number) != 0) {
        snprintf(error, CONFIG_ERROR_MAX, "out of memory");
        config_deinit(config);
        return -1;
    }

    return 0;
}


/* In the new process; does not return. */
static void
processes_be(processes_t *processes, unsigned number, pid_t parent)
{
    static config_t today;
    char error[CONFIG_ERROR_MAX];
    config_t *config = processes->config;

    /* without the watcher nobody would pass a signal on, or see us die */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &processes->before, NULL);
    processes->number = number;

    if (getppid() != parent) {
        _exit(1);
    }

    /* a token may have changed since the watcher began; a bad file leaves what was good */
    if (processes_reread(processes, &today, error) == 0) {
        config = &today;

    } else if (processes_make_own(config, number) != 0) {
        _exit(1);
    }

    log_set_process(number);
    exit(agent_run(config, processes->redis, processes_reread, processes));
}


static void
processes_failed(processes_child_t *child, unsigned number, const char *what)
{
    int64_t now = clock_ms();

    child->pid = 0;
    child->failures = (now - child->begun_ms < PROCESSES_STEADY_MS) ? child->failures + 1 : 1;
    child->again_ms = now + backoff_ms(child->failures, 0);
    log_error("processes", "agent %u %s, next start in %lld ms", number, what,
              (long long) (child->again_ms - now));
}


static void
processes_start(processes_t *processes, unsigned number)
{
    processes_child_t *child = &processes->children[number - 1];
    pid_t parent = getpid();

    child->begun_ms = clock_ms();
    child->pid = fork();

    if (child->pid == 0) {
        processes_be(processes, number, parent);
    }

    if (child->pid < 0) {
        processes_failed(child, number, strerror(errno));
        return;
    }

    log_info("processes", "agent %u is process %d", number, (int) child->pid);
}


/* --- all of them ---------------------------------------------------------- */

static void
processes_pass_on(const processes_t *processes, int number)
{
    for (unsigned i = 0; i < processes->count; i++) {
        if (processes->children[i].pid > 0) {
            kill(processes->children[i].pid, number);
        }
    }
}


static void
processes_ended(processes_t *processes, unsigned number, int status)
{
    processes_child_t *child = &processes->children[number - 1];
    char what[64];

    if (processes->stopping) {
        child->pid = 0;

        if (status != 0 && processes->status == 0) {
            processes->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }

        return;
    }

    if (WIFSIGNALED(status)) {
        snprintf(what, sizeof(what), "was ended by signal %d", WTERMSIG(status));
    } else {
        snprintf(what, sizeof(what), "ended with status %d", WEXITSTATUS(status));
    }

    processes_failed(child, number, what);
}


static void
processes_reap(processes_t *processes)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < processes->count; i++) {
            if (processes->children[i].pid == pid) {
                processes_ended(processes, i + 1, status);
            }
        }
    }
}


/* Starts those whose time has come.  How long until the next; -1: none waits. */
static int64_t
processes_start_due(processes_t *processes)
{
    int64_t now = clock_ms();
    int64_t wait_ms = -1;

    for (unsigned i = 0; i < processes->count && !processes->stopping; i++) {
        processes_child_t *child = &processes->children[i];

        if (child->pid <= 0 && child->again_ms <= now) {
            processes_start(processes, i + 1);
        }

        if (child->pid <= 0 && (wait_ms < 0 || child->again_ms - now < wait_ms)) {
            wait_ms = child->again_ms - now;
        }
    }

    return wait_ms;
}


static int
processes_running(const processes_t *processes)
{
    for (unsigned i = 0; i < processes->count; i++) {
        if (processes->children[i].pid > 0) {
            return 1;
        }
    }

    return 0;
}


static void
processes_wait(processes_t *processes, int64_t wait_ms)
{
    struct timespec time = {(time_t) (wait_ms / 1000), (long) (wait_ms % 1000 * 1000000)};
    int number = (wait_ms >= 0) ? sigtimedwait(&processes->signals, NULL, &time)
                                : sigwaitinfo(&processes->signals, NULL);

    if (number == SIGTERM || number == SIGINT) {
        processes->stopping = 1;
    }

    if (number > 0 && number != SIGCHLD) {
        processes_pass_on(processes, number);
    }

    processes_reap(processes);
}


/* --- the start ------------------------------------------------------------ */

/* Results that another number of processes has left are not lost, but somebody must report them. */
static void
processes_look_for_others(const config_t *config)
{
    int64_t spare = (config->processes > 1) ? config->processes + 1 : 1;
    char path[PROCESSES_PATH_MAX];

    snprintf(path, sizeof(path), "%s/spool", config->state);

    if (config->processes > 1 && access(path, F_OK) == 0) {
        log_warn("processes",
                 "%s is a single agent's: what it has not reported waits for \"processes = 1\"",
                 path);
    }

    snprintf(path, sizeof(path), "%s/%lld", config->state, (long long) spare);

    if (access(path, F_OK) == 0) {
        log_warn("processes",
                 "%s is of a time with more processes: what it has not reported waits for them",
                 path);
    }
}


int
processes_run(config_t *config, const redis_address_t *redis, agent_reread_cb reread, void *data)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    processes_t processes = {
        .config = config,
        .redis = redis,
        .reread = reread,
        .reread_data = data,
        .count = (unsigned) config->processes,
    };

    processes_look_for_others(config);

    if (config->processes <= 1) {
        return agent_run(config, redis, reread, data);
    }

    if (mkdir(config->state, 0700) != 0 && errno != EEXIST) {
        log_error("processes", "state directory %s: %s", config->state, strerror(errno));
        return 1;
    }

    sigemptyset(&processes.signals);

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sigaddset(&processes.signals, numbers[i]);
    }

    sigprocmask(SIG_BLOCK, &processes.signals, &processes.before);

    do {
        processes_wait(&processes, processes_start_due(&processes));
    } while (!processes.stopping || processes_running(&processes));

    return processes.status;
}
