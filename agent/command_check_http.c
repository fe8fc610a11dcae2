
/* The options of `betterstack-agent check` that are for HTTP alone. */

#include "command_check.h"

#include <stdlib.h>
#include <string.h>


int
command_check_set_bearer(command_check_t *command, char *value)
{
    command->spec.bearer = value;
    command->problem = "is not a token";
    return spec_header_ok("Authorization", value) ? 0 : -1;
}


int
command_check_set_proxy(command_check_t *command, char *value)
{
    command->spec.proxy = value;
    return 0;
}


int
command_check_set_no_cookies(command_check_t *command, char *value)
{
    (void) value;
    command->spec.cookies = 0;
    return 0;
}


int
command_check_set_http_version(command_check_t *command, char *value)
{
    command->problem = "is not 1 or 2";
    command->spec.http_version = value[0] - '0';
    return (strcmp(value, "1") == 0 || strcmp(value, "2") == 0) ? 0 : -1;
}


int
command_check_set_degraded(command_check_t *command, char *value)
{
    char *end;
    double seconds = strtod(value, &end);

    command->problem = "is not a number of seconds from 0.001 to 60";

    if (end == value || *end != '\0' || !(seconds >= 0.001 && seconds <= 60)) {
        return -1;
    }

    command->spec.degraded_ms = (int64_t) (seconds * 1000);
    return 0;
}


/* --- assertions: words, of which the operator is one ---------------------- */


static int
command_check_read_source(const char *word, size_t len, spec_source_t *source)
{
    for (int i = 0; i < SPEC_SOURCE_COUNT; i++) {
        const char *name = spec_source_name(i);

        if (strlen(name) == len && memcmp(name, word, len) == 0) {
            *source = (spec_source_t) i;
            return 0;
        }
    }

    return -1;
}


static int
command_check_read_operator(const char *word, size_t len, spec_operator_t *comparison)
{
    for (int i = 0; i < SPEC_OPERATOR_COUNT; i++) {
        const char *name = spec_operator_name(i);

        if (strlen(name) == len && memcmp(name, word, len) == 0) {
            *comparison = (spec_operator_t) i;
            return 0;
        }
    }

    return -1;
}


/* The first word that is an operator; before it stands the property, behind it the value. */
static int
command_check_read_rest(char *rest, spec_assertion_t *assertion)
{
    for (char *word = rest; *word != '\0';) {
        size_t len = strcspn(word, " ");

        if (command_check_read_operator(word, len, &assertion->comparison) == 0) {
            assertion->value = (word[len] != '\0') ? word + len + 1 : word + len;
            assertion->property = (word > rest) ? rest : "";

            if (word > rest) {
                word[-1] = '\0';
            }

            return 0;
        }

        word += len + (word[len] != '\0');
    }

    return -1;
}


int
command_check_set_assert(command_check_t *command, char *value)
{
    spec_t *spec = &command->spec;
    size_t len = strcspn(value, " ");

    command->problem = "is not SOURCE [PROPERTY] OPERATOR [VALUE], as in header server exists";

    if (spec->assertions_count == SPEC_ASSERTIONS_MAX || value[len] == '\0') {
        return -1;
    }

    spec_assertion_t *assertion = &command->assertions[spec->assertions_count++];

    if (command_check_read_source(value, len, &assertion->source) != 0) {
        return -1;
    }

    return command_check_read_rest(value + len + 1, assertion);
}
