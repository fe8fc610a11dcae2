
/* By the names of settings: the hub does not say which of them are secret. */

#include "delivery.h"

#include <string.h>
#include <strings.h>

#define DELIVERY_SECRET_BYTES_MIN 4 /* less hides more of the text than of a secret */
#define DELIVERY_PART_BYTES_MIN 8   /* the same of a part of one */

static const char *const secret_names[] = {"secret", "token", "password", "key", "url", "headers"};


static int
delivery_is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof(secret_names) / sizeof(secret_names[0]); i++) {
        if (strcasestr(name, secret_names[i]) != NULL) {
            return 1;
        }
    }

    return 0;
}


static void
delivery_hide(char *text, const char *secret, size_t len)
{
    if (len < DELIVERY_SECRET_BYTES_MIN) {
        return;
    }

    for (char *p = memmem(text, strlen(text), secret, len); p != NULL;
         p = memmem(p + len, strlen(p + len), secret, len))
    {
        memset(p, '*', len);
    }

    /* the text may have been cut in the middle of it */
    for (size_t part = len - 1, size = strlen(text); part >= DELIVERY_PART_BYTES_MIN; part--) {
        if (part <= size && memcmp(text + size - part, secret, part) == 0) {
            memset(text + size - part, '*', part);
            return;
        }
    }
}


/* Of a URL: web servers echo what stands behind the host, with its query or without. */
static void
delivery_hide_path(char *text, const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = (host != NULL) ? strchr(host + 3, '/') : NULL;

    if (path != NULL && strlen(path) >= DELIVERY_PART_BYTES_MIN) {
        size_t len = strcspn(path, "?#");

        delivery_hide(text, path, strlen(path));
        delivery_hide(text, path, (len >= DELIVERY_PART_BYTES_MIN) ? len : 0);
    }
}


static void
delivery_redact_inside(const delivery_value_t *map, int all, char *text)
{
    for (unsigned i = 0; i < map->is.inside.count; i++) {
        const delivery_value_t *value = &map->is.inside.items[i];
        int secret = all || delivery_is_secret(value->key);

        if (value->type == DELIVERY_TEXT && secret) {
            delivery_hide(text, value->is.text, strlen(value->is.text));
            delivery_hide_path(text, value->is.text);

        } else if (value->type == DELIVERY_MAP || value->type == DELIVERY_LIST) {
            delivery_redact_inside(value, secret, text);
        }
    }
}


void
delivery_redact(const delivery_t *delivery, char *text)
{
    delivery_redact_inside(delivery->settings, 0, text);
}
