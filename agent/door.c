
/*
 * libmicrohttpd polls by an epoll descriptor of its own, which the loop
 * watches; after every turn it is asked when it wants the next one.  A request
 * for /probe is suspended while the probe runs.
 */

#include "door.h"

#include "door_probe.h"
#include "log.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#define DOOR_CONNECTIONS_MAX 256
#define DOOR_CONNECTION_BYTES 16384
#define DOOR_IDLE_S 30
#define DOOR_PROBES_MAX 128
#define DOOR_ALLOWED_MS 30000 /* when the scrape does not say */
#define DOOR_ALLOWED_MAX_MS 60000
#define DOOR_OFFSET_MS 500 /* for the way back, as blackbox_exporter has it */

static const char door_text[] = "text/plain; charset=utf-8";
static const char door_metrics_text[] = "text/plain; version=0.0.4; charset=utf-8";
static const char door_json[] = "application/json";

typedef struct door_request door_request_t;

struct door_request {
    door_t *door;
    struct MHD_Connection *connection;
    door_probe_t *probe; /* not NULL: suspended */
    int probed;
    metrics_t metrics;
    TAILQ_ENTRY(door_request) link;
};

struct door {
    door_options_t options;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_timer_t turn; /* a request was resumed: MHD must run once more */
    unsigned handles;
    unsigned probes;
    TAILQ_HEAD(, door_request) requests;
};

typedef enum MHD_Result door_result_t;

static void door_on_timer(uv_timer_t *timer);


/* --- answers -------------------------------------------------------------- */

static door_result_t
door_answer(struct MHD_Connection *connection, unsigned status, const char *type, const void *body,
            size_t len, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, (void *) (uintptr_t) body, mode);

    if (response == NULL) {
        return MHD_NO;
    }

    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");

    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    }

    door_result_t result = MHD_queue_response(connection, status, response);

    MHD_destroy_response(response);
    return result;
}


static door_result_t
door_say(struct MHD_Connection *connection, unsigned status, const char *words)
{
    return door_answer(connection, status, door_text, words, strlen(words), MHD_RESPMEM_PERSISTENT);
}


/* Gives the metrics' memory away. */
static door_result_t
door_answer_metrics(struct MHD_Connection *connection, metrics_t *metrics)
{
    char *data = metrics->data;

    if (data == NULL || metrics->overflow) {
        free(data);
        metrics->data = NULL;
        return door_say(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    }

    metrics->data = NULL;
    return door_answer(connection, MHD_HTTP_OK, door_metrics_text, data, metrics->len,
                       MHD_RESPMEM_MUST_FREE);
}


/* --- /probe --------------------------------------------------------------- */

static void
door_on_probed(void *data, metrics_t *metrics)
{
    door_request_t *request = data;

    request->probe = NULL;
    request->probed = 1;
    request->metrics = *metrics;
    request->door->probes--;
    MHD_resume_connection(request->connection);
    uv_timer_start(&request->door->turn, door_on_timer, 0, 0);
}


/* What Prometheus' own timeout leaves. */
static int64_t
door_allowed_ms(struct MHD_Connection *connection)
{
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                     "X-Prometheus-Scrape-Timeout-Seconds");
    double seconds = (header != NULL) ? strtod(header, NULL) : 0;
    double ms = seconds * 1000 - DOOR_OFFSET_MS;

    if (!(seconds > 0)) {
        return DOOR_ALLOWED_MS;
    }

    if (!(ms >= 1)) {
        return 1;
    }

    return (ms > DOOR_ALLOWED_MAX_MS) ? DOOR_ALLOWED_MAX_MS : (int64_t) ms;
}


static door_result_t
door_serve_probe(door_request_t *request, struct MHD_Connection *connection)
{
    door_t *door = request->door;
    const char *target = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "target");
    const char *name = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "module");

    if (request->probed) {
        return door_answer_metrics(connection, &request->metrics);
    }

    const door_module_t *module =
        door_modules_find(door->options.modules, (name != NULL) ? name : "http_2xx");

    if (target == NULL || target[0] == '\0') {
        return door_say(connection, MHD_HTTP_BAD_REQUEST, "Target parameter is missing\n");
    }

    if (module == NULL) {
        return door_say(connection, MHD_HTTP_BAD_REQUEST, "Unknown module\n");
    }

    if (door->probes == DOOR_PROBES_MAX) {
        return door_say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "Too many probes at once\n");
    }

    request->connection = connection;
    request->probe = door_probe_start(door->options.env, door->options.modules, module, target,
                                      door_allowed_ms(connection), door_on_probed, request);

    if (request->probe == NULL) {
        return door_say(connection, MHD_HTTP_BAD_REQUEST,
                        "The target is too long, or no memory is left\n");
    }

    door->probes++;
    MHD_suspend_connection(connection);
    return MHD_YES;
}


/* --- routes --------------------------------------------------------------- */

static door_result_t
door_serve_metrics(door_request_t *request, struct MHD_Connection *connection)
{
    metrics_t metrics;

    metrics_init(&metrics);
    request->door->options.write_metrics(request->door->options.data, &metrics);
    return door_answer_metrics(connection, &metrics);
}


static door_result_t
door_serve_status(door_request_t *request, struct MHD_Connection *connection)
{
    char *text = request->door->options.write_status(request->door->options.data);

    if (text == NULL) {
        return door_say(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    }

    return door_answer(connection, MHD_HTTP_OK, door_json, text, strlen(text),
                       MHD_RESPMEM_MUST_FREE);
}


static door_result_t
door_route(door_request_t *request, struct MHD_Connection *connection, const char *path)
{
    const door_options_t *options = &request->door->options;

    if (strcmp(path, "/probe") == 0 && options->modules != NULL) {
        return door_serve_probe(request, connection);
    }

    if (strcmp(path, "/metrics") == 0 && options->write_metrics != NULL) {
        return door_serve_metrics(request, connection);
    }

    if (strcmp(path, "/status") == 0 && options->write_status != NULL) {
        return door_serve_status(request, connection);
    }

    if (strcmp(path, "/-/healthy") == 0) {
        return door_say(connection, MHD_HTTP_OK, "Healthy\n");
    }

    return door_say(connection, MHD_HTTP_NOT_FOUND, "Not found\n");
}


static door_result_t
door_on_request(void *data, struct MHD_Connection *connection, const char *path, const char *method,
                const char *version, const char *upload, size_t *upload_size, void **context)
{
    door_t *door = data;
    door_request_t *request = *context;

    (void) version;
    (void) upload;

    if (request == NULL) {
        request = calloc(1, sizeof(*request));

        if (request == NULL) {
            return MHD_NO;
        }

        request->door = door;
        TAILQ_INSERT_TAIL(&door->requests, request, link);
        *context = request;
        return MHD_YES;
    }

    if (*upload_size > 0) {
        *upload_size = 0; /* nobody reads a body here */
        return MHD_YES;
    }

    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return door_say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET or HEAD\n");
    }

    return door_route(request, connection, path);
}


static void
door_on_request_over(void *data, struct MHD_Connection *connection, void **context,
                     enum MHD_RequestTerminationCode code)
{
    door_t *door = data;
    door_request_t *request = *context;

    (void) connection;
    (void) code;

    if (request == NULL) {
        return;
    }

    if (request->probe != NULL) {
        door_probe_cancel(request->probe);
        door->probes--;
    }

    TAILQ_REMOVE(&door->requests, request, link);
    free(request->metrics.data);
    free(request);
    *context = NULL;
}


/* --- the loop ------------------------------------------------------------- */

static void
door_run(door_t *door)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    MHD_run(door->daemon);

    if (MHD_get_timeout(door->daemon, &timeout_ms) == MHD_YES) {
        uv_timer_start(&door->timer, door_on_timer, timeout_ms, 0);
    } else {
        uv_timer_stop(&door->timer);
    }
}


static void
door_on_timer(uv_timer_t *timer)
{
    door_run(timer->data);
}


static void
door_on_poll(uv_poll_t *poll, int status, int events)
{
    (void) status;
    (void) events;
    door_run(poll->data);
}


static void
door_on_closed(uv_handle_t *handle)
{
    door_t *door = handle->data;

    if (--door->handles == 0) {
        free(door);
    }
}


static int
door_watch(door_t *door, uv_loop_t *loop)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    if (info == NULL || uv_poll_init(loop, &door->poll, info->epoll_fd) != 0) {
        return -1;
    }

    uv_timer_init(loop, &door->timer);
    uv_timer_init(loop, &door->turn);
    door->poll.data = door;
    door->timer.data = door;
    door->turn.data = door;
    door->handles = 3;
    uv_poll_start(&door->poll, UV_READABLE, door_on_poll);
    return 0;
}


door_t *
door_open(uv_loop_t *loop, int listener, const door_options_t *options)
{
    door_t *door = calloc(1, sizeof(*door));

    if (door == NULL) {
        close(listener);
        return NULL;
    }

    TAILQ_INIT(&door->requests);
    door->options = *options;
    door->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, door_on_request,
                         door, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
                         DOOR_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t) DOOR_CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, DOOR_IDLE_S,
                         MHD_OPTION_NOTIFY_COMPLETED, door_on_request_over, door, MHD_OPTION_END);

    if (door->daemon == NULL) {
        close(listener);
        free(door);
        return NULL;
    }

    if (door_watch(door, loop) != 0) {
        MHD_stop_daemon(door->daemon);
        free(door);
        return NULL;
    }

    if (options->modules != NULL) {
        door_modules_ref(options->modules);
    }

    return door;
}


void
door_set_modules(door_t *door, door_modules_t *modules)
{
    door_modules_unref(door->options.modules);
    door->options.modules = door_modules_ref(modules);
}


void
door_close(door_t *door)
{
    door_request_t *request;

    if (door == NULL) {
        return;
    }

    /* MHD does not stop over suspended connections; without an answer they are closed */
    TAILQ_FOREACH(request, &door->requests, link)
    {
        if (request->probe != NULL) {
            door_probe_cancel(request->probe);
            request->probe = NULL;
            request->probed = 1;
            door->probes--;
            MHD_resume_connection(request->connection);
        }
    }

    uv_close((uv_handle_t *) &door->poll, door_on_closed);
    uv_close((uv_handle_t *) &door->timer, door_on_closed);
    uv_close((uv_handle_t *) &door->turn, door_on_closed);
    MHD_stop_daemon(door->daemon);
    door_modules_unref(door->options.modules);
}
