
#include "check_env.h"

#include "assert_pool.h"
#include "http.h"
#include "icmp.h"
#include "rdap.h"
#include "resolve.h"
#include "scram_work.h"
#include "tls_client.h"


int
check_env_open(check_env_t *env, const check_env_options_t *options)
{
    tls_authorities_t *authorities = tls_authorities_create(options->loop);

    *env = (check_env_t){
        .guard = options->guard,
        .loop = options->loop,
        .ca_file = options->ca_file,
        .body_limit = options->body_limit,
        .http = http_create(options->loop, authorities, options->hub_body_max),
        .resolve = resolve_create(options->loop, options->resolvers),
        .icmp = icmp_create(options->loop),
        .authorities = authorities,
        .tls = tls_client_create(authorities),
        .scram = scram_queue_create(options->loop),
        .asserts = assert_pool_create(options->loop),
    };

    env->rdap = rdap_create(env, options->rdap_bootstrap);

    return (authorities != NULL && env->http != NULL && env->resolve != NULL && env->icmp != NULL
            && env->tls != NULL && env->scram != NULL && env->asserts != NULL && env->rdap != NULL)
               ? 0
               : -1;
}


void
check_env_close(check_env_t *env)
{
    if (env->rdap != NULL) {
        rdap_destroy(env->rdap); /* first: it uses the others */
    }

    if (env->icmp != NULL) {
        icmp_destroy(env->icmp);
    }

    if (env->resolve != NULL) {
        resolve_destroy(env->resolve);
    }

    if (env->http != NULL) {
        http_destroy(env->http);
    }

    tls_client_destroy(env->tls);
    tls_authorities_destroy(env->authorities);
    scram_queue_destroy(env->scram);
    assert_pool_destroy(env->asserts);
}
