
/* By the names of settings: the hub does not say which of them are secret. */

#include "delivery.h"

#include <string.h>
#include <strings.h>

#define DELIVERY_SECRET_BYTES_MIN 4 /* less hides more of the text than of a secret */

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
delivery_hide(char *text, const char *secret)
{
    size_t len = strlen(secret);

    if (len < DELIVERY_SECRET_BYTES_MIN) {
        return;
    }

    for (char *p = strstr(text, secret); p != NULL; p = strstr(p + len, secret)) {
        memset(p, '*', len);
    }
}


static void
delivery_redact_inside(const delivery_value_t *map, int all, char *text)
{
    for (unsigned i = 0; i < map->is.inside.count; i++) {
        const delivery_value_t *value = &map->is.inside.items[i];
        int secret = all || delivery_is_secret(value->key);

        if (value->type == DELIVERY_TEXT && secret) {
            delivery_hide(text, value->is.text);

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
