
/* `betterstack-agent status`: asks the running agent over the socket in its state directory. */

#include "command.h"
#include "config.h"
#include "state.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define COMMAND_STATUS_BYTES_MAX 65536
#define COMMAND_STATUS_TIMEOUT_S 5
#define COMMAND_STATUS_PROCESSES_MAX 256

const char command_status_help[] =
    "betterstack-agent status [OPTION...]\n"
    "\n"
    "Shows how the running agent is.  Exit status: 0 it runs and answers, 1 it does not.\n"
    "\n"
    "  --json         as JSON, one object per agent and line\n"
    "  --config FILE  where the agent's state directory is said, default " CONFIG_FILE "\n"
    "  --state DIR    the state directory itself\n";

typedef struct {
    int json;
    const char *file;
    const char *state;
} command_status_t;


static int
command_status_fail(const char *what, const char *words)
{
    fprintf(stderr, "betterstack-agent status: %s: %s\n", what, words);
    return -1;
}


static int
command_status_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = COMMAND_STATUS_TIMEOUT_S};

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    strcpy(address.sun_path, path);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));

    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }

    return fd;
}


/* The whole answer with its head; NULL with errno. */
static char *
command_status_ask(const char *path)
{
    static const char request[] = "GET /status HTTP/1.0\r\nHost: agent\r\n\r\n";
    int fd = command_status_connect(path);
    char *answer = (fd >= 0) ? malloc(COMMAND_STATUS_BYTES_MAX) : NULL;
    size_t len = 0;
    ssize_t got = -1;

    if (answer != NULL && send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0) {
        while (len + 1 < COMMAND_STATUS_BYTES_MAX
               && (got = recv(fd, answer + len, COMMAND_STATUS_BYTES_MAX - 1 - len, 0)) > 0)
        {
            len += (size_t) got;
        }
    }

    if (fd >= 0) {
        int error = errno;

        close(fd);
        errno = error;
    }

    if (answer == NULL || got < 0) {
        free(answer);
        return NULL;
    }

    answer[len] = '\0';
    return answer;
}


static void
command_status_show(json_t *status)
{
    const char *key;
    json_t *value;

    printf("%s, region %s, version %s%s\n", json_string_value(json_object_get(status, "agent")),
           json_is_string(json_object_get(status, "region"))
               ? json_string_value(json_object_get(status, "region"))
               : "not known yet",
           json_string_value(json_object_get(status, "version")),
           json_is_true(json_object_get(status, "stopping")) ? ", stopping" : "");

    json_object_foreach(status, key, value)
    {
        if (json_is_integer(value)) {
            printf("  %-18s %12" PRId64 "\n", key, (int64_t) json_integer_value(value));
        }
    }
}


/* 0 shown, 1 no agent listens there, -1 it does not answer. */
static int
command_status_one(const command_status_t *command, const char *directory)
{
    char path[STATE_PATH_MAX];

    snprintf(path, sizeof(path), "%s/" STATE_SOCKET, directory);

    char *answer = command_status_ask(path);

    if (answer == NULL) {
        if (errno == ENOENT || errno == ECONNREFUSED) {
            return 1;
        }

        return command_status_fail(path, strerror(errno));
    }

    char *body = strstr(answer, "\r\n\r\n");
    json_t *status = (body != NULL) ? json_loads(body + 4, 0, NULL) : NULL;

    if (status == NULL) {
        free(answer);
        return command_status_fail(path, "the answer makes no sense");
    }

    if (command->json) {
        puts(body + 4);
    } else {
        command_status_show(status);
    }

    json_decref(status);
    free(answer);
    return 0;
}


/* An agent of several processes has a directory for each. */
static int
command_status_all(const command_status_t *command, const char *state)
{
    char directory[STATE_PATH_MAX];
    int shown = 0;
    int result = command_status_one(command, state);

    if (result != 1) {
        return (result == 0) ? COMMAND_OK : COMMAND_FAILED;
    }

    for (int i = 1; i <= COMMAND_STATUS_PROCESSES_MAX; i++) {
        snprintf(directory, sizeof(directory), "%s/%d", state, i);

        if (access(directory, F_OK) != 0) {
            break;
        }

        result = command_status_one(command, directory);
        shown += result == 0;

        if (result < 0) {
            return COMMAND_FAILED;
        }
    }

    if (shown == 0) {
        command_status_fail(state, "no agent is running with this state directory");
    }

    return (shown > 0) ? COMMAND_OK : COMMAND_FAILED;
}


static int
command_status_read_arguments(command_status_t *command, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            command->json = 1;

        } else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            command->file = argv[++i];

        } else if (strcmp(argv[i], "--state") == 0 && i + 1 < argc) {
            command->state = argv[++i];

        } else {
            return command_status_fail(argv[i], "is not an option, or its value is missing");
        }
    }

    return 0;
}


int
command_status(int argc, char **argv)
{
    command_status_t command = {0};
    char error[CONFIG_ERROR_MAX];
    config_t config;
    int status = COMMAND_USAGE;

    if (command_status_read_arguments(&command, argc, argv) != 0) {
        return COMMAND_USAGE;
    }

    config_init(&config);

    if (config_read_file(&config, (command.file != NULL) ? command.file : CONFIG_FILE,
                         command.file != NULL, error)
            != 0
        || config_read_environment(&config, error) != 0)
    {
        fprintf(stderr, "betterstack-agent status: %s\n", error);

    } else {
        status =
            command_status_all(&command, (command.state != NULL) ? command.state : config.state);
    }

    config_deinit(&config);
    return status;
}
