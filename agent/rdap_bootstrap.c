
/* A file is read in the thread pool: it may lie anywhere. */

#include "rdap_bootstrap.h"

#include "clock.h"
#include "log.h"
#include "rdap_fetch.h"
#include "rdap_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define RDAP_BOOTSTRAP_BYTES_MAX 1048576
#define RDAP_BOOTSTRAP_FRESH_MS 86400000
#define RDAP_BOOTSTRAP_RETRY_MS 300000
#define RDAP_BOOTSTRAP_WORDS_MAX 256

typedef struct {
    uv_work_t work;
    rdap_bootstrap_t *bootstrap; /* NULL: nobody waits for it any more */
    const char *error;
    size_t len;
    char path[512];
    char body[RDAP_BOOTSTRAP_BYTES_MAX];
} rdap_file_t;

struct rdap_bootstrap {
    const check_env_t *env;
    const char *source;
    rdap_bootstrap_cb on_tried;
    void *data;
    rdap_services_t *services;
    int64_t read_ms;
    int64_t retry_ms;
    rdap_fetch_t *fetch;
    rdap_file_t *file;
    char words[RDAP_BOOTSTRAP_WORDS_MAX];
};


static void
rdap_bootstrap_take(rdap_bootstrap_t *bootstrap, const char *body, size_t len)
{
    rdap_services_t *services = (body != NULL) ? rdap_services_read(body, len) : NULL;

    if (services == NULL) {
        snprintf(bootstrap->words, sizeof(bootstrap->words), "%.200s is no list of registries",
                 bootstrap->source);
        return;
    }

    rdap_services_free(bootstrap->services);
    bootstrap->services = services;
    bootstrap->read_ms = clock_ms();
    bootstrap->words[0] = '\0';
}


static void
rdap_bootstrap_tried(rdap_bootstrap_t *bootstrap)
{
    if (bootstrap->words[0] != '\0') {
        log_warn("rdap", "the list of registries cannot be read: %s", bootstrap->words);
    }

    bootstrap->retry_ms = clock_ms() + RDAP_BOOTSTRAP_RETRY_MS;
    bootstrap->on_tried(bootstrap->data);
}


/* --- from a URL ----------------------------------------------------------- */

static void
rdap_bootstrap_on_fetched(void *data, const rdap_fetch_result_t *result)
{
    rdap_bootstrap_t *bootstrap = data;
    rdap_fetch_t *fetch = bootstrap->fetch;

    bootstrap->fetch = NULL;

    if (result->status == 200) {
        rdap_bootstrap_take(bootstrap, result->body, result->len);
    } else {
        snprintf(bootstrap->words, sizeof(bootstrap->words), "%.250s", result->words);
    }

    rdap_fetch_cancel(fetch);
    rdap_bootstrap_tried(bootstrap);
}


/* --- from a file ---------------------------------------------------------- */

static void
rdap_bootstrap_work(uv_work_t *work)
{
    rdap_file_t *file = work->data;
    struct stat st;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        file->error = strerror(errno);
        return;
    }

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > RDAP_BOOTSTRAP_BYTES_MAX) {
        file->error = "no file, or too large a one";
    } else {
        ssize_t len = read(fd, file->body, sizeof(file->body));

        file->len = (len > 0) ? (size_t) len : 0;
        file->error = (len < 0) ? strerror(errno) : NULL;
    }

    close(fd);
}


static void
rdap_bootstrap_on_read(uv_work_t *work, int status)
{
    rdap_file_t *file = work->data;
    rdap_bootstrap_t *bootstrap = file->bootstrap;

    if (bootstrap == NULL) {
        free(file);
        return;
    }

    bootstrap->file = NULL;

    if (status == 0 && file->error == NULL) {
        rdap_bootstrap_take(bootstrap, file->body, file->len);
    } else {
        snprintf(bootstrap->words, sizeof(bootstrap->words), "%.180s: %.60s", bootstrap->source,
                 (file->error != NULL) ? file->error : "not read");
    }

    free(file);
    rdap_bootstrap_tried(bootstrap);
}


static void
rdap_bootstrap_read_file(rdap_bootstrap_t *bootstrap)
{
    rdap_file_t *file = calloc(1, sizeof(*file));

    if (file == NULL) {
        return;
    }

    file->bootstrap = bootstrap;
    file->work.data = file;
    snprintf(file->path, sizeof(file->path), "%s", bootstrap->source);

    if (uv_queue_work(bootstrap->env->loop, &file->work, rdap_bootstrap_work,
                      rdap_bootstrap_on_read)
        != 0)
    {
        free(file);
        return;
    }

    bootstrap->file = file;
}


/* --- the public face ------------------------------------------------------ */

int
rdap_bootstrap_is_there(const rdap_bootstrap_t *bootstrap)
{
    return bootstrap->services != NULL;
}


int
rdap_bootstrap_is_trying(const rdap_bootstrap_t *bootstrap)
{
    return bootstrap->fetch != NULL || bootstrap->file != NULL;
}


const char *
rdap_bootstrap_words(const rdap_bootstrap_t *bootstrap)
{
    return bootstrap->words;
}


const char *
rdap_bootstrap_find(const rdap_bootstrap_t *bootstrap, const char *domain)
{
    return rdap_services_find(bootstrap->services, domain);
}


void
rdap_bootstrap_freshen(rdap_bootstrap_t *bootstrap)
{
    int64_t now = clock_ms();
    int fresh = bootstrap->services != NULL && now - bootstrap->read_ms < RDAP_BOOTSTRAP_FRESH_MS;

    if (fresh || rdap_bootstrap_is_trying(bootstrap) || now < bootstrap->retry_ms) {
        return;
    }

    if (strncasecmp(bootstrap->source, "http://", 7) == 0
        || strncasecmp(bootstrap->source, "https://", 8) == 0)
    {
        bootstrap->fetch =
            rdap_fetch_start(bootstrap->env, bootstrap->source, RDAP_BOOTSTRAP_BYTES_MAX,
                             rdap_bootstrap_on_fetched, bootstrap);
    } else {
        rdap_bootstrap_read_file(bootstrap);
    }
}


rdap_bootstrap_t *
rdap_bootstrap_create(const check_env_t *env, const char *source, rdap_bootstrap_cb on_tried,
                      void *data)
{
    rdap_bootstrap_t *bootstrap = calloc(1, sizeof(*bootstrap));

    if (bootstrap != NULL) {
        bootstrap->env = env;
        bootstrap->source = source;
        bootstrap->on_tried = on_tried;
        bootstrap->data = data;
    }

    return bootstrap;
}


void
rdap_bootstrap_destroy(rdap_bootstrap_t *bootstrap)
{
    if (bootstrap->fetch != NULL) {
        rdap_fetch_cancel(bootstrap->fetch);
    }

    if (bootstrap->file != NULL) {
        bootstrap->file->bootstrap = NULL;
        uv_cancel((uv_req_t *) &bootstrap->file->work);
    }

    if (bootstrap->services != NULL) {
        rdap_services_free(bootstrap->services);
    }

    free(bootstrap);
}
