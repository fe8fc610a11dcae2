
#include "domain_end.h"

#include "bs_url.h"
#include "rdap.h"

#include <string.h>


int64_t
domain_end_known(const check_env_t *env, const spec_t *spec)
{
    const char *domain = NULL;
    const char *error;
    int64_t end = 0;
    bs_url_t url;

    if (!spec->domain_end || bs_url_parse(spec->url, strlen(spec->url), &url, &error) != 0) {
        return 0;
    }

    size_t len = strlen(url.host);

    if (len > 0 && url.host[len - 1] == '.') {
        url.host[len - 1] = '\0';
    }

    if (!url.is_address) {
        domain = rdap_registrable(env->rdap, url.host);
    }

    if (domain != NULL) {
        end = rdap_known_end(env->rdap, domain);
    }

    bs_url_free(&url);
    return end;
}
