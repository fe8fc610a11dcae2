
/*
 * No test by itself: t/agent/exchange.t runs it against servers of its own.
 *
 *   exchange url=URL port=N [key=value...] [-- url=URL ...]
 *
 * makes one exchange after the other, all with one cookie jar, and prints what
 * came of each as lines "key value".  deadline_ms is the caller's own timer.
 */

#include "../../agent/clock.h"
#include "../../agent/http.h"
#include "../../agent/tls_authorities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#define HEADERS_MAX 8
#define FILES_MAX 16
#define FILE_BYTES_MAX 65536

typedef struct {
    uv_loop_t loop;
    uv_timer_t deadline;
    tls_authorities_t *authorities;
    http_t *http;
    http_cookies_t *cookies;
    http_request_t request;
    http_header_t headers[HEADERS_MAX];
    check_certificate_t certificate;
    http_exchange_t *exchange;
    int64_t started_us;
    int64_t deadline_ms;
    long body_max;
    long body_bytes;
    int no_cookies;
    char *files[FILES_MAX];
    unsigned files_count;
} run_t;

typedef struct {
    const char *name;
    const char **text;
    int *number;
    int is_file;
} option_t;

static const char *const error_names[HTTP_ERROR_COUNT] = {
    "none",     "connect", "tls",     "certificate", "send",  "reset",    "empty", "partial",
    "protocol", "timeout", "blocked", "proxy",       "reply", "settings", "agent",
};

static const char *const phase_names[HTTP_PHASE_COUNT] = {"connect", "tls", "first_byte", "headers",
                                                          "body"};

static int
on_body(void *data, const char *piece, size_t len)
{
    run_t *run = data;

    if (run->body_bytes == 0) {
        printf("body %.*s\n", (int) strnlen(piece, (len < 60) ? len : 60), piece);
    }

    run->body_bytes += (long) len;
    return run->body_bytes > run->body_max;
}

static void
on_header(void *data, const char *name, size_t name_len, const char *value, size_t value_len)
{
    (void) data;
    printf("header %.*s: %.*s\n", (int) name_len, name, (int) value_len, value);
}

static void
show(run_t *run, const http_result_t *result)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("error %s\nphase %s\nstatus %d\n", error_names[result->error],
           phase_names[result->phase], result->status);
    printf("http_version %d\ntls_version %s\ntls_cipher %s\n", result->http_version,
           result->tls_version != NULL ? result->tls_version : "",
           result->tls_cipher != NULL ? result->tls_cipher : "");
    printf("words %s\nreply %s\nlocation %s\n", result->words != NULL ? result->words : "",
           result->reply != NULL ? result->reply : "",
           result->location != NULL ? result->location : "");
    printf("connect_us %d\ntls_us %d\nfirst_byte_us %d\n", result->phases.connect_us,
           result->phases.tls_us, result->phases.first_byte_us);
    printf("certificate %d %d %s\n", run->certificate.seen, run->certificate.verify_error,
           run->certificate.subject);
    printf("bytes %ld\nms %ld\nrss_kb %ld\n\n", run->body_bytes,
           (long) ((clock_us() - run->started_us) / 1000), usage.ru_maxrss);
}

static void
on_done(void *data, const http_result_t *result)
{
    run_t *run = data;

    run->exchange = NULL;
    uv_timer_stop(&run->deadline);
    show(run, result);
}

static void
on_deadline(uv_timer_t *timer)
{
    run_t *run = timer->data;
    http_result_t result;

    http_cancel(run->exchange, &result);
    run->exchange = NULL;
    show(run, &result);
}

static char *
slurp(run_t *run, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, FILE_BYTES_MAX);

    if (file == NULL || text == NULL || run->files_count == FILES_MAX
        || fread(text, 1, FILE_BYTES_MAX - 1, file) == 0)
    {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }

    fclose(file);
    run->files[run->files_count++] = text;
    return text;
}

static int
set_special(run_t *run, const char *name, char *value)
{
    http_request_t *request = &run->request;

    if (strcmp(name, "header") == 0) {
        char *colon = strchr(value, ':');

        *colon = '\0';
        run->headers[request->headers_count++] = (http_header_t){value, colon + 1};

    } else if (strcmp(name, "body") == 0) {
        request->body = value;
        request->body_len = strlen(value);

    } else if (strcmp(name, "address") == 0) {
        return bs_addr_parse(value, strlen(value), &request->address);

    } else if (strcmp(name, "port") == 0) {
        request->port = (uint16_t) atoi(value);

    } else if (strcmp(name, "deadline_ms") == 0) {
        run->deadline_ms = atoi(value);

    } else if (strcmp(name, "body_max") == 0) {
        run->body_max = atol(value);

    } else {
        return -1;
    }

    return 0;
}

static int
set(run_t *run, const char *name, char *value)
{
    http_request_t *r = &run->request;
    const option_t options[] = {
        {"url", &r->url, NULL, 0},
        {"method", &r->method, NULL, 0},
        {"username", &r->username, NULL, 0},
        {"password", &r->password, NULL, 0},
        {"ca_file", &r->ca_file, NULL, 0},
        {"ca_pem", &r->ca_pem, NULL, 1},
        {"certificate_pem", &r->certificate_pem, NULL, 1},
        {"key_pem", &r->key_pem, NULL, 1},
        {"bearer", &r->bearer, NULL, 0},
        {"mail_command", &r->mail_command, NULL, 0},
        {"hub", NULL, &r->hub, 0},
        {"verify", NULL, &r->verify, 0},
        {"http_version", NULL, &r->http_version, 0},
        {"tls_min", NULL, &r->tls_min, 0},
        {"proxy", NULL, &r->proxy, 0},
        {"starttls", NULL, &r->starttls, 0},
        {"stop_at_headers", NULL, &r->stop_at_headers, 0},
        {"hub", NULL, &r->hub, 0},
        {"no_cookies", NULL, &run->no_cookies, 0},
        {"skip_redirect_body", NULL, &r->skip_redirect_body, 0},
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, name) != 0) {
            continue;
        }

        if (options[i].number != NULL) {
            *options[i].number = atoi(value);
        } else {
            *options[i].text = options[i].is_file ? slurp(run, value) : value;
        }

        return 0;
    }

    return set_special(run, name, value);
}

static void
begin(run_t *run)
{
    memset(&run->request, 0, sizeof(run->request));
    memset(&run->certificate, 0, sizeof(run->certificate));
    run->no_cookies = 0;
    run->body_max = 1 << 20;
    run->body_bytes = 0;
    run->deadline_ms = 10000;
    run->request.method = "GET";
    run->request.verify = 1;
    bs_addr_parse("127.0.0.1", 9, &run->request.address);
}

static void
finish(run_t *run)
{
    run->request.headers = run->headers;
    run->request.certificate = &run->certificate;
    run->request.on_body = on_body;
    run->request.on_header = on_header;
    run->request.timeout_ms = run->deadline_ms;
    run->request.cookies = run->no_cookies ? NULL : run->cookies;
    run->started_us = clock_us();
    uv_update_time(&run->loop);
    uv_timer_start(&run->deadline, on_deadline, (uint64_t) run->deadline_ms, 0);
    run->exchange = http_start(run->http, &run->request, on_done, run);
    uv_run(&run->loop, UV_RUN_DEFAULT);
}

int
main(int argc, char **argv)
{
    static run_t run;

    setvbuf(stdout, NULL, _IOLBF, 0);
    uv_loop_init(&run.loop);
    uv_timer_init(&run.loop, &run.deadline);
    run.deadline.data = &run;
    run.authorities = tls_authorities_create(&run.loop);
    run.http = http_create(&run.loop, run.authorities, 0);
    run.cookies = http_cookies_create();
    begin(&run);

    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');

        if (strcmp(argv[i], "--") == 0) {
            finish(&run);
            begin(&run);
            continue;
        }

        if (equals == NULL) {
            fprintf(stderr, "%s?\n", argv[i]);
            return 2;
        }

        *equals = '\0';

        if (set(&run, argv[i], equals + 1) != 0) {
            fprintf(stderr, "%s?\n", argv[i]);
            return 2;
        }
    }

    finish(&run);
    uv_close((uv_handle_t *) &run.deadline, NULL);
    http_cookies_free(run.cookies);
    http_destroy(run.http);
    uv_run(&run.loop, UV_RUN_DEFAULT);
    tls_authorities_destroy(run.authorities);

    while (run.files_count > 0) {
        free(run.files[--run.files_count]);
    }

    printf("loop %s\n", uv_loop_close(&run.loop) == 0 ? "closed" : "has handles left");
    return 0;
}
