
/* A try is freed when its last handle, exchange or thread is done with it. */

#include "emergency_ways.h"

#include "clock.h"
#include "json_writer.h"
#include "mail.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMERGENCY_TIMEOUT_MS 30000
#define EMERGENCY_JSON_MAX 4096
#define EMERGENCY_ENVIRONMENT_MAX 512 /* variables that a command inherits */
#define EMERGENCY_OWN_VARIABLES 6
#define EMERGENCY_VARIABLE_MAX 1200

struct emergency_try {
    emergency_way_t way;
    const config_t *config;
    emergency_message_t message;
    emergency_done_cb done; /* NULL: cancelled */
    void *data;

    uv_process_t process; /* of a command, with its deadline */
    uv_timer_t timer;
    int handles;
    int timed_out;

    http_t *http; /* of a webhook */
    http_exchange_t *exchange;
    http_header_t header;
    char json[EMERGENCY_JSON_MAX];

    uv_work_t work; /* of a mail */
    atomic_int abort;
    char error[MAIL_ERROR_MAX];
    int failed;
};


static void
emergency_finish(emergency_try_t *try, const char *words)
{
    emergency_done_cb done = try->done;

    try->done = NULL;

    if (done != NULL) {
        done(try->data, try->way, words);
    }
}


/* --- command -------------------------------------------------------------- */

static void
emergency_on_closed(uv_handle_t *handle)
{
    emergency_try_t *try = handle->data;

    if (--try->handles == 0) {
        free(try);
    }
}


static void
emergency_close_command(emergency_try_t *try)
{
    uv_close((uv_handle_t *) &try->timer, emergency_on_closed);
    uv_close((uv_handle_t *) &try->process, emergency_on_closed);
}


static void
emergency_on_exit(uv_process_t *process, int64_t status, int signal)
{
    emergency_try_t *try = process->data;
    char words[96];

    if (try->timed_out) {
        snprintf(words, sizeof(words), "it took longer than %d s", EMERGENCY_TIMEOUT_MS / 1000);
    } else if (signal != 0) {
        snprintf(words, sizeof(words), "it was ended by signal %d", signal);
    } else {
        snprintf(words, sizeof(words), "it ended with %d", (int) status);
    }

    emergency_close_command(try);
    emergency_finish(try, (status == 0 && signal == 0) ? NULL : words);
}


/* The whole group: a shell's children do not outlive it. */
static void
emergency_on_command_late(uv_timer_t *timer)
{
    emergency_try_t *try = timer->data;

    try->timed_out = 1;
    kill(-try->process.pid, SIGKILL);
}


/* What the command inherits, without what is secret or ours, and its own; how many. */
static size_t
emergency_environment(const emergency_message_t *message,
                      char own[EMERGENCY_OWN_VARIABLES][EMERGENCY_VARIABLE_MAX], char **variables)
{
    extern char **environ;
    size_t count = 0;

    for (char **v = environ; *v != NULL && count < EMERGENCY_ENVIRONMENT_MAX; v++) {
        if (strncmp(*v, "BETTERSTACK_", 12) != 0) {
            variables[count++] = *v;
        }
    }

    const struct {
        const char *name;
        const char *value;
    } ours[EMERGENCY_OWN_VARIABLES] = {
        {"EVENT", message->clear ? "clear" : "alert"},
        {"AGENT", message->agent},
        {"REGION", message->region},
        {"SINCE", message->since},
        {"UNTIL", message->until},
        {"TEXT", message->text},
    };

    for (size_t i = 0; i < EMERGENCY_OWN_VARIABLES; i++) {
        snprintf(own[i], EMERGENCY_VARIABLE_MAX, "BETTERSTACK_%s=%s", ours[i].name, ours[i].value);
        variables[count++] = own[i];
    }

    variables[count] = NULL;
    return count;
}


static int
emergency_start_command(emergency_try_t *try, uv_loop_t *loop)
{
    static char shell[] = "/bin/sh";
    static char option[] = "-c";
    char own[EMERGENCY_OWN_VARIABLES][EMERGENCY_VARIABLE_MAX];
    char *variables[EMERGENCY_ENVIRONMENT_MAX + EMERGENCY_OWN_VARIABLES + 1];
    char *arguments[] = {shell, option, try->config->emergency_command, NULL};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    uv_process_options_t options = {
        .file = shell,
        .args = arguments,
        .env = variables,
        .flags = UV_PROCESS_DETACHED, /* a group of its own, which can be killed whole */
        .stdio_count = 3,
        .stdio = stdio,
        .exit_cb = emergency_on_exit,
    };

    emergency_environment(&try->message, own, variables);
    uv_timer_init(loop, &try->timer);
    try->timer.data = try;
    try->process.data = try;
    try->handles = 2;

    /* the handle is to be closed even when there is no process */
    if (uv_spawn(loop, &try->process, &options) != 0) {
        emergency_close_command(try);
        return -1;
    }

    uv_timer_start(&try->timer, emergency_on_command_late, EMERGENCY_TIMEOUT_MS, 0);
    return 0;
}


/* --- webhook -------------------------------------------------------------- */

static void
emergency_write_json(emergency_try_t *try)
{
    const emergency_message_t *message = &try->message;
    json_writer_t json;

    json_writer_init(&json, try->json, sizeof(try->json) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "event");
    json_writer_string(&json, message->clear ? "clear" : "alert");
    json_writer_key(&json, "agent");
    json_writer_string(&json, message->agent);
    json_writer_key(&json, "region");
    json_writer_string(&json, message->region);
    json_writer_key(&json, "since");
    json_writer_string(&json, message->since);

    if (message->clear) {
        json_writer_key(&json, "until");
        json_writer_string(&json, message->until);
    }

    json_writer_key(&json, "text");
    json_writer_string(&json, message->text);
    json_writer_close(&json, '}');
    try->json[json.len] = '\0';
}


static void
emergency_on_answer(void *data, const http_result_t *result)
{
    emergency_try_t *try = data;
    char words[64];
    int good = result->error == HTTP_ERROR_NONE && result->status >= 200 && result->status < 300;

    snprintf(words, sizeof(words), "it answered %d", result->status);
    emergency_finish(try, good ? NULL : (result->error == HTTP_ERROR_NONE ? words : result->words));
    free(try);
}


static int
emergency_start_webhook(emergency_try_t *try)
{
    const config_t *config = try->config;

    emergency_write_json(try);
    try->header = (http_header_t){"Content-Type", "application/json"};

    http_request_t request = {
        .url = config->emergency_webhook,
        .method = "POST",
        .headers = &try->header,
        .headers_count = 1,
        .body = try->json,
        .body_len = strlen(try->json),
        .timeout_ms = EMERGENCY_TIMEOUT_MS,
        .hub = 1,
        .ca_file = config->ca_file,
    };

    try->exchange = http_start(try->http, &request, emergency_on_answer, try);

    if (try->exchange == NULL) {
        free(try);
        return -1;
    }

    return 0;
}


/* --- mail ----------------------------------------------------------------- */

static void
emergency_mail(uv_work_t *work)
{
    emergency_try_t *try = work->data;
    const emergency_message_t *message = &try->message;
    char subject[256];
    mail_t mail = {
        .server = try->config->emergency_mail_server,
        .from = try->config->emergency_mail_from,
        .to = try->config->emergency_mail_to,
        .subject = subject,
        .text = message->text,
        .ca_file = try->config->ca_file,
        .now_ms = clock_wall_ms(),
        .abort = &try->abort,
    };

    snprintf(subject, sizeof(subject), "[BetterStack] %s: agent %.128s",
             message->clear ? "in reach again" : "hub and Redis out of reach", message->agent);
    try->failed = mail_send(&mail, try->error) != 0;
}


static void
emergency_on_mailed(uv_work_t *work, int status)
{
    emergency_try_t *try = work->data;

    emergency_finish(try, status != 0 ? "it was given up" : try->failed ? try->error : NULL);
    free(try);
}


static int
emergency_start_mail(emergency_try_t *try, uv_loop_t *loop)
{
    try->work.data = try;

    if (uv_queue_work(loop, &try->work, emergency_mail, emergency_on_mailed) != 0) {
        free(try);
        return -1;
    }

    return 0;
}


/* --- all ------------------------------------------------------------------ */

const char *
emergency_way_name(emergency_way_t way)
{
    static const char *const names[EMERGENCY_WAYS] = {
        [EMERGENCY_COMMAND] = "command",
        [EMERGENCY_WEBHOOK] = "webhook",
        [EMERGENCY_MAIL] = "mail",
    };

    return names[way];
}


int
emergency_way_is_configured(const config_t *config, emergency_way_t way)
{
    switch (way) {
    case EMERGENCY_COMMAND:
        return config->emergency_command != NULL;
    case EMERGENCY_WEBHOOK:
        return config->emergency_webhook != NULL;
    default:
        return config->emergency_mail_server != NULL;
    }
}


emergency_try_t *
emergency_try_start(uv_loop_t *loop, http_t *http, const config_t *config, emergency_way_t way,
                    const emergency_message_t *message, emergency_done_cb done, void *data)
{
    emergency_try_t *try = calloc(1, sizeof(*try));
    int result;

    if (try == NULL) {
        return NULL;
    }

    try->way = way;
    try->config = config;
    try->message = *message;
    try->done = done;
    try->data = data;
    try->http = http;

    if (way == EMERGENCY_COMMAND) {
        result = emergency_start_command(try, loop);
    } else if (way == EMERGENCY_WEBHOOK) {
        result = emergency_start_webhook(try);
    } else {
        result = emergency_start_mail(try, loop);
    }

    return (result == 0) ?
    try : NULL
        ; /* each frees what it could not start */
}


void
emergency_try_cancel(emergency_try_t *try)
{
    try->done = NULL;

    switch (try->way) {
    case EMERGENCY_COMMAND:
        kill(-try->process.pid, SIGKILL);
        emergency_close_command(try);
        break;
    case EMERGENCY_WEBHOOK:
        http_cancel(try->exchange, NULL);
        free(try);
        break;
    default:
        atomic_store(&try->abort, 1);
        uv_cancel((uv_req_t *) &try->work); /* or the thread notices, and ends soon */
        break;
    }
}
