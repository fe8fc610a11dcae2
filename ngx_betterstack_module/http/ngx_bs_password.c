
#include "ngx_bs_password.h"
#include "ngx_bs_problem.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"

#include <sodium.h>


/* OWASP's choice for argon2id: 25 ms of one core, and memory for one hash. */
#define NGX_BS_PASSWORD_PASSES       2
#define NGX_BS_PASSWORD_MEMORY_BYTES (19 * 1024 * 1024)
#define NGX_BS_PASSWORD_DIGEST_BYTES 32


/* A stored hash, taken apart. */
typedef struct {
    unsigned    memory_kib;
    unsigned    passes;
    u_char      salt[crypto_pwhash_SALTBYTES];
    u_char      digest[NGX_BS_PASSWORD_DIGEST_BYTES];
} ngx_bs_password_hash_t;


/* malloc'ed: it outlives the request when the client leaves. */
typedef struct {
    ngx_http_request_t         *request;    /* NULL when the client has left */
    ngx_http_cleanup_t         *cleanup;
    ngx_bs_password_handler_pt  handler;
    void                       *data;
    unsigned                    verify:1;
    unsigned                    nobody:1;
    unsigned                    failed:1;   /* no memory: nothing is known */
    char                        stored[NGX_BS_PASSWORD_HASH_SIZE];
    ngx_bs_password_answer_t    answer;
    size_t                      len;
    char                        password[NGX_BS_PASSWORD_BYTES_MAX];
} ngx_bs_password_job_t;


static ngx_bs_password_job_t *ngx_bs_password_job(ngx_http_request_t *r,
    ngx_str_t *password, ngx_bs_password_handler_pt handler,
    void *data);
static void ngx_bs_password_submit(ngx_http_request_t *r,
    ngx_bs_password_job_t *job);
static void ngx_bs_password_work(void *context);
static void ngx_bs_password_check(ngx_bs_password_job_t *job);
static ngx_int_t ngx_bs_password_compare(ngx_bs_password_job_t *job);
static ngx_int_t ngx_bs_password_parse(const char *text,
    ngx_bs_password_hash_t *hash);
static void ngx_bs_password_make(ngx_bs_password_job_t *job);
static void ngx_bs_password_done(void *context);
static void ngx_bs_password_cleanup(void *data);
static void ngx_bs_password_free(ngx_bs_password_job_t *job);


/* Of random bytes that nobody kept, with the parameters above. */

static const char  ngx_bs_password_nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$"
    "dbBgeyDzc50+yFgT17fhGw$Q2kpwOeF3SLr5DHTd8X/8VMqNNyhWH1QfgP07O3pguI";


ngx_int_t
ngx_bs_password_init(void)
{
    return sodium_init() == -1 ? NGX_ERROR : NGX_OK;
}


void
ngx_bs_password_hash(ngx_http_request_t *r, ngx_str_t *password,
    ngx_bs_password_handler_pt handler, void *data)
{
    ngx_bs_password_job_t  *job;

    job = ngx_bs_password_job(r, password, handler, data);

    if (job != NULL) {
        ngx_bs_password_submit(r, job);
    }
}


void
ngx_bs_password_verify(ngx_http_request_t *r, ngx_str_t *password,
    const ngx_str_t *hash, ngx_bs_password_handler_pt handler, void *data)
{
    ngx_bs_password_job_t  *job;

    job = ngx_bs_password_job(r, password, handler, data);

    if (job == NULL) {
        return;
    }

    job->verify = 1;

    if (hash->len == 0 || hash->len >= sizeof(job->stored)) {
        job->nobody = 1;
        ngx_memcpy(job->stored, ngx_bs_password_nobody,
                   sizeof(ngx_bs_password_nobody));

    } else {
        ngx_memcpy(job->stored, hash->data, hash->len);
    }

    ngx_bs_password_submit(r, job);
}


static ngx_bs_password_job_t *
ngx_bs_password_job(ngx_http_request_t *r, ngx_str_t *password,
    ngx_bs_password_handler_pt handler, void *data)
{
    ngx_http_cleanup_t     *cln;
    ngx_bs_password_job_t  *job;

    cln = ngx_http_cleanup_add(r, 0);
    job = ngx_calloc(sizeof(ngx_bs_password_job_t), r->connection->log);

    if (cln == NULL || job == NULL || password->len > sizeof(job->password)) {
        ngx_free(job);
        ngx_bs_problem_internal(r, "cannot hash a password", NULL);
        return NULL;
    }

    job->request = r;
    job->cleanup = cln;
    job->handler = handler;
    job->data = data;
    job->len = password->len;

    ngx_memcpy(job->password, password->data, password->len);
    sodium_memzero(password->data, password->len);
    password->len = 0;

    return job;
}


static void
ngx_bs_password_submit(ngx_http_request_t *r, ngx_bs_password_job_t *job)
{
    ngx_int_t         rc;
    ngx_bs_worker_t  *worker;

    worker = ngx_bs_worker();

    rc = ngx_bs_offload_submit(worker->offload, ngx_bs_password_work,
                               ngx_bs_password_done, job);

    if (rc == NGX_OK) {
        job->cleanup->handler = ngx_bs_password_cleanup;
        job->cleanup->data = job;

        ngx_bs_request_wait(r);
        return;
    }

    ngx_bs_password_free(job);

    if (rc == NGX_BUSY) {
        ngx_bs_zone_count(worker->zone, passwords_refused);
        ngx_bs_reply_too_many(r, "Too many people sign in right now; "
                                 "please try again");
        return;
    }

    ngx_bs_problem_internal(r, "cannot hash a password", NULL);
}


/* In a thread: nothing but the job may be touched. */

static void
ngx_bs_password_work(void *context)
{
    ngx_bs_password_job_t *job = context;

    if (job->verify) {
        ngx_bs_password_check(job);

    } else {
        ngx_bs_password_make(job);
    }

    sodium_memzero(job->password, sizeof(job->password));
}


static void
ngx_bs_password_check(ngx_bs_password_job_t *job)
{
    ngx_int_t  rc;

    rc = ngx_bs_password_compare(job);

    if (rc == NGX_ERROR) {
        job->failed = 1;
        return;
    }

    if (rc != NGX_OK || job->nobody) {
        return;
    }

    job->answer.right = 1;

    if (crypto_pwhash_str_needs_rehash(job->stored, NGX_BS_PASSWORD_PASSES,
                                       NGX_BS_PASSWORD_MEMORY_BYTES)
        == 1)
    {
        ngx_bs_password_make(job);
    }
}


/*
 * What crypto_pwhash_str_verify() does, but for one thing: that one takes a
 * lack of memory for another password.  NGX_DECLINED: another password.
 */

static ngx_int_t
ngx_bs_password_compare(ngx_bs_password_job_t *job)
{
    int                     other;
    u_char                  got[NGX_BS_PASSWORD_DIGEST_BYTES];
    ngx_bs_password_hash_t  hash;

    if (ngx_bs_password_parse(job->stored, &hash) != NGX_OK) {

        /* not made here: by other parameters, perhaps */

        return crypto_pwhash_str_verify(job->stored, job->password, job->len)
               == 0
               ? NGX_OK : NGX_DECLINED;
    }

    if (crypto_pwhash(got, sizeof(got), job->password, job->len, hash.salt,
                      hash.passes, (size_t) hash.memory_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13)
        != 0)
    {
        return NGX_ERROR;
    }

    other = sodium_memcmp(got, hash.digest, sizeof(got));

    sodium_memzero(got, sizeof(got));

    return other ? NGX_DECLINED : NGX_OK;
}


/* As crypto_pwhash_str() writes it. */

static ngx_int_t
ngx_bs_password_parse(const char *text, ngx_bs_password_hash_t *hash)
{
    int          n;
    size_t       len;
    const char  *p;

    n = 0;

    if (sscanf(text, "$argon2id$v=19$m=%7u,t=%3u,p=1$%n", &hash->memory_kib,
               &hash->passes, &n)
        != 2
        || n == 0)
    {
        return NGX_DECLINED;
    }

    p = text + n;

    if (sodium_base642bin(hash->salt, sizeof(hash->salt), p, ngx_strlen(p),
                          NULL, &len, &p,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
        != 0
        || len != sizeof(hash->salt)
        || *p++ != '$')
    {
        return NGX_DECLINED;
    }

    if (sodium_base642bin(hash->digest, sizeof(hash->digest), p,
                          ngx_strlen(p), NULL, &len, &p,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
        != 0
        || len != sizeof(hash->digest)
        || *p != '\0')
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static void
ngx_bs_password_make(ngx_bs_password_job_t *job)
{
    if (crypto_pwhash_str(job->answer.hash, job->password, job->len,
                          NGX_BS_PASSWORD_PASSES, NGX_BS_PASSWORD_MEMORY_BYTES)
        == 0)
    {
        job->answer.right = 1;
        return;
    }

    job->answer.hash[0] = '\0';
    job->failed = 1;
}


static void
ngx_bs_password_done(void *context)
{
    ngx_bs_password_job_t *job = context;

    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    ngx_bs_zone_count(ngx_bs_worker()->zone, passwords_hashed);

    r = job->request;

    if (r == NULL) {
        ngx_bs_password_free(job);
        return;
    }

    c = r->connection;

    job->cleanup->handler = NULL;

    ngx_http_set_log_request(c->log, r);

    if (job->failed && !job->answer.right) {
        ngx_log_error(NGX_LOG_ERR, c->log, 0,
                      "betterstack: no memory to hash a password");
        ngx_bs_reply_unavailable(r, "There is no memory to check a password "
                                    "right now; please try again");

    } else {
        job->handler(r, job->data, &job->answer);
    }

    ngx_bs_password_free(job);

    ngx_http_run_posted_requests(c);
}


static void
ngx_bs_password_cleanup(void *data)
{
    ngx_bs_password_job_t *job = data;

    job->request = NULL;
}


static void
ngx_bs_password_free(ngx_bs_password_job_t *job)
{
    sodium_memzero(job, sizeof(ngx_bs_password_job_t));
    ngx_free(job);
}
