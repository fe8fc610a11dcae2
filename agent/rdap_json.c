
/* The list of registries is kept as one JSON object, from suffix to base URL. */

#include "rdap_json.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define RDAP_SUFFIX_MAX 63
#define RDAP_YEAR_MIN 1970
#define RDAP_YEAR_MAX 2200 /* what is later is a way to say never */


/* --- registries ----------------------------------------------------------- */

static const char *
rdap_services_choose(const json_t *urls)
{
    const char *chosen = NULL;

    for (size_t i = 0; i < json_array_size(urls); i++) {
        const char *url = json_string_value(json_array_get(urls, i));

        if (url != NULL && strncasecmp(url, "https://", 8) == 0) {
            return url;
        }

        if (url != NULL && strncasecmp(url, "http://", 7) == 0) {
            chosen = url;
        }
    }

    return chosen;
}


static int
rdap_services_add(json_t *services, const char *suffix, const char *url)
{
    char key[RDAP_SUFFIX_MAX + 1];
    size_t len = (suffix != NULL) ? strlen(suffix) : 0;

    if (len == 0 || len > RDAP_SUFFIX_MAX) {
        return 0;
    }

    for (size_t i = 0; i <= len; i++) {
        key[i] = (char) tolower((unsigned char) suffix[i]);
    }

    return json_object_set_new(services, key, json_string(url));
}


rdap_services_t *
rdap_services_read(const char *json, size_t len)
{
    json_t *document = json_loadb(json, len, 0, NULL);
    const json_t *list = json_object_get(document, "services");
    json_t *services = json_is_array(list) ? json_object() : NULL;

    for (size_t i = 0; services != NULL && i < json_array_size(list); i++) {
        const json_t *service = json_array_get(list, i);
        const json_t *suffixes = json_array_get(service, 0);
        const char *url = rdap_services_choose(json_array_get(service, 1));

        for (size_t j = 0; url != NULL && j < json_array_size(suffixes); j++) {
            if (rdap_services_add(services, json_string_value(json_array_get(suffixes, j)), url)
                != 0) {
                json_decref(services);
                json_decref(document);
                return NULL;
            }
        }
    }

    json_decref(document);

    if (services != NULL && json_object_size(services) == 0) {
        json_decref(services);
        services = NULL;
    }

    return (rdap_services_t *) services;
}


void
rdap_services_free(rdap_services_t *services)
{
    json_decref((json_t *) services);
}


const char *
rdap_services_find(const rdap_services_t *services, const char *domain)
{
    const char *suffix = domain;

    while (suffix != NULL) {
        const json_t *url = json_object_get((const json_t *) services, suffix);

        if (url != NULL) {
            return json_string_value(url);
        }

        suffix = strchr(suffix, '.');
        suffix = (suffix != NULL) ? suffix + 1 : NULL;
    }

    return NULL;
}


/* --- time ----------------------------------------------------------------- */

/* "Z", "+01:00", "" for none.  0, or -1. */
static int
rdap_offset_read(const char *text, int64_t *seconds)
{
    int hours;
    int minutes;
    char end;

    *seconds = 0;

    if (text[0] == '\0' || strcasecmp(text, "Z") == 0) {
        return 0;
    }

    if ((text[0] != '+' && text[0] != '-') || !isdigit((unsigned char) text[1])
        || sscanf(text + 1, "%2d:%2d%c", &hours, &minutes, &end) != 2 || hours > 23 || minutes < 0
        || minutes > 59)
    {
        return -1;
    }

    *seconds = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}


int
rdap_time_read(const char *text, int64_t *seconds)
{
    struct tm tm = {0};
    int64_t offset;
    int used = 0;

    if (!isdigit((unsigned char) text[0])
        || sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3
        || used != 10)
    {
        return -1;
    }

    text += used;

    if (toupper((unsigned char) text[0]) == 'T' || text[0] == ' ') {
        used = 0;

        if (sscanf(text + 1, "%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3
            || used != 8) {
            return -1;
        }

        text += 1 + used;

        if (text[0] == '.') {
            text += 1 + strspn(text + 1, "0123456789");
        }
    }

    int sane = tm.tm_year >= RDAP_YEAR_MIN && tm.tm_year <= RDAP_YEAR_MAX && tm.tm_mon >= 1
               && tm.tm_mon <= 12 && tm.tm_mday >= 1 && tm.tm_mday <= 31 && tm.tm_hour >= 0
               && tm.tm_hour <= 24 && tm.tm_min >= 0 && tm.tm_min <= 59 && tm.tm_sec >= 0
               && tm.tm_sec <= 60;

    if (!sane || rdap_offset_read(text, &offset) != 0) {
        return -1;
    }

    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *seconds = (int64_t) timegm(&tm) - offset;
    return 0;
}


/* --- a domain ------------------------------------------------------------- */

static int
rdap_domain_named(const json_t *document, const char *domain)
{
    const char *name = json_string_value(json_object_get(document, "ldhName"));
    size_t len = (name != NULL) ? strlen(name) : 0;

    len -= (len > 0 && name[len - 1] == '.');
    return name == NULL || (len == strlen(domain) && strncasecmp(name, domain, len) == 0);
}


static void
rdap_domain_read_events(const json_t *events, rdap_domain_t *result)
{
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *action = json_string_value(json_object_get(event, "eventAction"));
        const char *date = json_string_value(json_object_get(event, "eventDate"));
        int64_t seconds;

        if (action != NULL && date != NULL && strcasecmp(action, "expiration") == 0
            && rdap_time_read(date, &seconds) == 0)
        {
            result->expires_at = seconds;
            return;
        }
    }
}


static void
rdap_domain_read_status(const json_t *status, rdap_domain_t *result)
{
    for (size_t i = 0; i < json_array_size(status); i++) {
        const char *word = json_string_value(json_array_get(status, i));

        if (word != NULL
            && (strcasecmp(word, "redemption period") == 0
                || strcasecmp(word, "pending delete") == 0))
        {
            result->lapsed = 1;
        }
    }
}


int
rdap_domain_read(const char *json, size_t len, const char *domain, rdap_domain_t *result,
                 const char **error)
{
    json_t *document = json_loadb(json, len, 0, NULL);
    const char *class = json_string_value(json_object_get(document, "objectClassName"));

    memset(result, 0, sizeof(*result));
    *error = NULL;

    if (!json_is_object(document)) {
        *error = "the registry's answer is not JSON";

    } else if (class != NULL && strcasecmp(class, "domain") != 0) {
        *error = "the registry's answer is about something else than a domain";

    } else if (!rdap_domain_named(document, domain)) {
        *error = "the registry's answer is about another domain";

    } else {
        rdap_domain_read_events(json_object_get(document, "events"), result);
        rdap_domain_read_status(json_object_get(document, "status"), result);

        if (class == NULL && result->expires_at == 0) {
            *error = "the registry's answer is not RDAP";
        }
    }

    json_decref(document);
    return (*error == NULL) ? 0 : -1;
}


int
rdap_domain_denied(const char *body, size_t len)
{
    json_t *document = (len > 0) ? json_loadb(body, len, 0, NULL) : NULL;
    int denied = len == 0 || json_is_object(document);

    json_decref(document);
    return denied;
}
