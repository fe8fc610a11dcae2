
/* The parts of the facts that are made when they are needed. */

#include "facts.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


void
facts_init(check_facts_t *facts)
{
    memset(facts, 0, sizeof(*facts));
    facts->phases = (check_phases_t){-1, -1, -1, -1, -1};
    facts->checked_at_ms = clock_wall_ms();
    facts->phase = "start";
}


void
facts_deinit(check_facts_t *facts)
{
    for (unsigned i = 0; i < facts->redirects_count; i++) {
        free(facts->redirects[i]);
    }

    free(facts->body);
    free(facts->headers);
}


void
facts_add_body(check_facts_t *facts, const char *piece, size_t len)
{
    size_t room = CHECK_BODY_SAMPLE_MAX - facts->body_len;

    len = (len < room) ? len : room;

    if (len == 0) {
        return;
    }

    if (facts->body == NULL && (facts->body = malloc(CHECK_BODY_SAMPLE_MAX)) == NULL) {
        return;
    }

    memcpy(facts->body + facts->body_len, piece, len);
    facts->body_len += len;
}


void
facts_set_headers(check_facts_t *facts, const char *headers)
{
    free(facts->headers);
    facts->headers = NULL;

    if (headers != NULL && headers[0] != '\0') {
        facts->headers = strndup(headers, CHECK_HEADERS_MAX - 1);
    }
}


void
facts_add_redirect(check_facts_t *facts, int status, const char *location)
{
    char text[CHECK_REDIRECT_MAX];
    int len = snprintf(text, sizeof(text), "%d %s", status, location);

    if (len < 0 || facts->redirects_count == CHECK_REDIRECTS_MAX) {
        return;
    }

    char *copy = strdup(text);

    if (copy != NULL) {
        facts->redirects[facts->redirects_count++] = copy;
    }
}
