
/* Looked after by name and time of the file: what has changed is loaded in a thread. */

#include "tls_authorities.h"

#include "clock.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TLS_AUTHORITIES_LOOK_MS 60000 /* how often the file is looked at */

/* The authorities on their way from a file. */
typedef struct {
    uv_work_t request;
    tls_authorities_t *owner; /* NULL: nobody waits any more */
    char *ca_file;
    struct timespec changed;
    X509_STORE *store;
} tls_load_t;

struct tls_authorities {
    uv_loop_t *loop;
    tls_load_t *load;        /* NULL: nothing is being loaded */
    X509_STORE *store;       /* NULL: none could be loaded */
    char *ca_file;           /* the file they are from, ... */
    struct timespec changed; /* ... as it was then */
    int64_t looked_ms;
};


void *
tls_authorities_new(void)
{
    X509_STORE *store = X509_STORE_new();

    if (store != NULL) {
        /* an authority in between is trusted if it is named, as libcurl has it */
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    }

    return store;
}


/* In whatever thread. */
static void
tls_load_run(tls_load_t *load)
{
    struct stat info;

    /* looked at before it is read: a change in between is found the next time */
    if (stat(load->ca_file, &info) == 0) {
        load->changed = info.st_mtim;
    }

    load->store = tls_authorities_new();

    if (load->store != NULL && X509_STORE_load_file(load->store, load->ca_file) != 1) {
        X509_STORE_free(load->store);
        load->store = NULL;
    }

    ERR_clear_error();
}


static tls_load_t *
tls_load_create(tls_authorities_t *authorities, const char *ca_file)
{
    tls_load_t *load = calloc(1, sizeof(*load));

    if (load == NULL || (load->ca_file = strdup(ca_file)) == NULL) {
        free(load);
        return NULL;
    }

    load->request.data = load;
    load->owner = authorities;
    return load;
}


static void
tls_load_free(tls_load_t *load)
{
    X509_STORE_free(load->store);
    free(load->ca_file);
    free(load);
}


static int
tls_authorities_has(const tls_authorities_t *authorities, const char *ca_file)
{
    return authorities->ca_file != NULL && strcmp(authorities->ca_file, ca_file) == 0;
}


/* Takes over what was loaded.  Of the same file better old ones than none. */
static void
tls_authorities_take(tls_authorities_t *authorities, tls_load_t *load)
{
    authorities->looked_ms = clock_ms();

    if (load->store == NULL && tls_authorities_has(authorities, load->ca_file)) {
        return;
    }

    X509_STORE_free(authorities->store);
    free(authorities->ca_file);
    authorities->store = load->store;
    authorities->ca_file = load->ca_file;
    authorities->changed = load->changed;
    load->store = NULL;
    load->ca_file = NULL;
}


static void
tls_load_on_work(uv_work_t *request)
{
    tls_load_run(request->data);
}


static void
tls_load_on_done(uv_work_t *request, int status)
{
    tls_load_t *load = request->data;

    if (load->owner != NULL) {
        load->owner->load = NULL;

        if (status == 0) {
            tls_authorities_take(load->owner, load);
        }
    }

    tls_load_free(load);
}


static void
tls_authorities_load_later(tls_authorities_t *authorities, const char *ca_file)
{
    tls_load_t *load = tls_load_create(authorities, ca_file);

    if (load == NULL
        || uv_queue_work(authorities->loop, &load->request, tls_load_on_work, tls_load_on_done)
               != 0)
    {
        if (load != NULL) {
            tls_load_free(load);
        }

        return;
    }

    authorities->load = load;
}


int
tls_authorities_load(tls_authorities_t *authorities, const char *ca_file)
{
    tls_load_t *load = tls_load_create(authorities, ca_file);

    if (load == NULL) {
        return -1;
    }

    tls_load_run(load);
    tls_authorities_take(authorities, load);
    tls_load_free(load);
    return (authorities->store != NULL) ? 0 : -1;
}


static int
tls_authorities_is_fresh(tls_authorities_t *authorities, const char *ca_file)
{
    int64_t now_ms = clock_ms();
    struct stat info;

    if (!tls_authorities_has(authorities, ca_file)) {
        return 0;
    }

    if (now_ms - authorities->looked_ms < TLS_AUTHORITIES_LOOK_MS) {
        return 1;
    }

    authorities->looked_ms = now_ms;
    return authorities->store != NULL
           && (stat(ca_file, &info) != 0
               || (info.st_mtim.tv_sec == authorities->changed.tv_sec
                   && info.st_mtim.tv_nsec == authorities->changed.tv_nsec));
}


void *
tls_authorities_of(tls_authorities_t *authorities, const char *ca_file)
{
    if (authorities->ca_file == NULL) {
        tls_authorities_load(authorities, ca_file);

    } else if (authorities->load == NULL && !tls_authorities_is_fresh(authorities, ca_file)) {
        tls_authorities_load_later(authorities, ca_file);
    }

    return authorities->store;
}


tls_authorities_t *
tls_authorities_create(uv_loop_t *loop)
{
    tls_authorities_t *authorities = calloc(1, sizeof(*authorities));

    if (authorities != NULL) {
        authorities->loop = loop;
    }

    return authorities;
}


void
tls_authorities_destroy(tls_authorities_t *authorities)
{
    if (authorities == NULL) {
        return;
    }

    if (authorities->load != NULL) {
        authorities->load->owner = NULL;
    }

    X509_STORE_free(authorities->store);
    free(authorities->ca_file);
    free(authorities);
}
