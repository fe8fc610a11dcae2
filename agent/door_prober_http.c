
/* `http:` of a module. */

#include "door_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int
door_http_add_status(door_reader_t *reader, yaml_node_t *value)
{
    spec_t *spec = &reader->module->spec;
    const char *text = door_reader_text(reader, value);
    char *end;

    if (text == NULL || spec->expected_count == DOOR_MODULE_RANGES_MAX) {
        return door_reader_fail(reader, value, "is one status too many (32)");
    }

    long status = strtol(text, &end, 10);

    if (end == text || *end != '\0' || status < 100 || status > 999) {
        return door_reader_fail(reader, value, "is not a status");
    }

    spec->type = SPEC_EXPECTED_STATUS_CODE;
    reader->module->expected[spec->expected_count++] =
        (spec_range_t){(uint16_t) status, (uint16_t) status};
    return 0;
}


static int
door_http_set_statuses(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_status);
}


static int
door_http_add_version(door_reader_t *reader, yaml_node_t *value)
{
    static const char *const names[] = {"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"};
    const char *text = door_reader_text(reader, value);

    for (unsigned i = 0; text != NULL && i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            reader->module->http_versions |= 1u << i;
            return 0;
        }
    }

    return door_reader_fail(reader, value, "is none of HTTP/1.0, HTTP/1.1, HTTP/2.0");
}


static int
door_http_set_versions(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_version);
}


static int
door_http_set_method(door_reader_t *reader, yaml_node_t *value)
{
    char *text = door_reader_text(reader, value);

    if (text == NULL || !spec_method_ok(text)) {
        return door_reader_fail(reader, value, "is not a method");
    }

    reader->module->spec.method = text;
    return 0;
}


static int
door_http_set_headers(door_reader_t *reader, yaml_node_t *map)
{
    spec_t *spec = &reader->module->spec;

    if (map->type != YAML_MAPPING_NODE) {
        return door_reader_fail(reader, map, "is not a mapping of headers");
    }

    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++)
    {
        yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
        char *name = door_reader_text(reader, key);
        char *value =
            door_reader_text(reader, yaml_document_get_node(reader->document, pair->value));

        if (name == NULL || value == NULL || !spec_header_ok(name, value)
            || spec->headers_count == DOOR_MODULE_HEADERS_MAX)
        {
            return door_reader_fail(reader, key, "is not a header, or one too many (32)");
        }

        reader->module->headers[spec->headers_count++] = (http_header_t){name, value};
    }

    return 0;
}


static int
door_http_set_body(door_reader_t *reader, yaml_node_t *value)
{
    spec_t *spec = &reader->module->spec;

    spec->body = door_reader_text(reader, value);
    spec->body_len = (spec->body != NULL) ? strlen(spec->body) : 0;
    return (spec->body != NULL) ? 0 : -1;
}


static int
door_http_set_no_follow(door_reader_t *reader, yaml_node_t *value)
{
    int no_follow;

    if (door_reader_bool(reader, value, &no_follow) != 0) {
        return -1;
    }

    reader->module->spec.redirects = !no_follow;
    return 0;
}


static int
door_http_set_follow(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_bool(reader, value, &reader->module->spec.redirects);
}


static int
door_http_set_fail_if_ssl(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_bool(reader, value, &reader->module->fail_if_ssl);
}


static int
door_http_set_fail_if_not_ssl(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_bool(reader, value, &reader->module->fail_if_not_ssl);
}


static int
door_http_set_http2(door_reader_t *reader, yaml_node_t *value)
{
    int enabled;

    if (door_reader_bool(reader, value, &enabled) != 0) {
        return -1;
    }

    reader->module->spec.http_version = enabled ? 0 : 1;
    return 0;
}


/* --- what the answer must be ---------------------------------------------- */

static int
door_http_add_body_match(door_reader_t *reader, yaml_node_t *value, spec_operator_t comparison)
{
    const char *text = door_reader_text(reader, value);
    spec_assertion_t assertion = {SPEC_SOURCE_BODY, "", comparison, text};

    return (text != NULL) ? door_reader_assert(reader, value, assertion) : -1;
}


static int
door_http_add_body_must_not(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_add_body_match(reader, value, SPEC_NOT_MATCHES);
}


static int
door_http_add_body_must(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_add_body_match(reader, value, SPEC_MATCHES);
}


static int
door_http_set_body_must_not(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_body_must_not);
}


static int
door_http_set_body_must(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_body_must);
}


typedef struct {
    char *header;
    char *regexp;
    int allow_missing;
} door_header_match_t;


/* The value of a key in a small mapping, or NULL. */
static yaml_node_t *
door_http_member(door_reader_t *reader, yaml_node_t *map, const char *name)
{
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++)
    {
        yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);

        if (key->type == YAML_SCALAR_NODE && strcmp((char *) key->data.scalar.value, name) == 0) {
            return yaml_document_get_node(reader->document, pair->value);
        }
    }

    return NULL;
}


static int
door_http_read_header_match(door_reader_t *reader, yaml_node_t *map, door_header_match_t *match)
{
    yaml_node_t *header = NULL;
    yaml_node_t *regexp = NULL;
    yaml_node_t *missing = NULL;

    if (map->type == YAML_MAPPING_NODE) {
        header = door_http_member(reader, map, "header");
        regexp = door_http_member(reader, map, "regexp");
        missing = door_http_member(reader, map, "allow_missing");
    }

    if (header == NULL || regexp == NULL) {
        return door_reader_fail(reader, map, "needs header and regexp");
    }

    match->header = door_reader_text(reader, header);
    match->regexp = door_reader_text(reader, regexp);

    if (match->header == NULL || match->regexp == NULL) {
        return -1;
    }

    return (missing != NULL) ? door_reader_bool(reader, missing, &match->allow_missing) : 0;
}


/* A header that is missing fails unless that is allowed: in both directions. */
static int
door_http_add_header_match(door_reader_t *reader, yaml_node_t *map, spec_operator_t comparison)
{
    door_header_match_t match = {NULL, NULL, 0};

    if (door_http_read_header_match(reader, map, &match) != 0) {
        return -1;
    }

    if (match.allow_missing && comparison == SPEC_MATCHES) {
        return door_reader_fail(reader, map, "allow_missing is not supported here");
    }

    spec_assertion_t exists = {SPEC_SOURCE_HEADER, match.header, SPEC_EXISTS, ""};
    spec_assertion_t matches = {SPEC_SOURCE_HEADER, match.header, comparison, match.regexp};

    if (!match.allow_missing && door_reader_assert(reader, map, exists) != 0) {
        return -1;
    }

    return door_reader_assert(reader, map, matches);
}


static int
door_http_add_header_must_not(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_add_header_match(reader, value, SPEC_NOT_MATCHES);
}


static int
door_http_add_header_must(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_add_header_match(reader, value, SPEC_MATCHES);
}


static int
door_http_set_header_must_not(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_header_must_not);
}


static int
door_http_set_header_must(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_http_add_header_must);
}


/* --- who asks ------------------------------------------------------------- */

static int
door_http_set_username(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.username = door_reader_text(reader, value)) != NULL ? 0 : -1;
}


static int
door_http_set_password(door_reader_t *reader, yaml_node_t *value)
{
    reader->module->spec.password = door_reader_text(reader, value);
    return (reader->module->spec.password != NULL) ? 0 : -1;
}


/* Editors end files with a line break, which belongs to no secret. */
static char *
door_http_secret_file(door_reader_t *reader, yaml_node_t *value)
{
    char *content = door_reader_file(reader, value);

    for (size_t len = (content != NULL) ? strlen(content) : 0;
         len > 0 && isspace((unsigned char) content[len - 1]); len--)
    {
        content[len - 1] = '\0';
    }

    return content;
}


static int
door_http_set_password_file(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.password = door_http_secret_file(reader, value)) != NULL ? 0 : -1;
}


static int
door_http_set_basic_auth(door_reader_t *reader, yaml_node_t *value)
{
    static const door_setting_t settings[] = {
        {"username", door_http_set_username},
        {"password", door_http_set_password},
        {"password_file", door_http_set_password_file},
    };

    return door_reader_map(reader, value, settings, sizeof(settings) / sizeof(settings[0]));
}


static int
door_http_take_bearer(door_reader_t *reader, const yaml_node_t *value, char *token)
{
    if (token == NULL || !spec_header_ok("Authorization", token)) {
        return door_reader_fail_secret(reader, value, "is not a token");
    }

    reader->module->spec.bearer = token;
    return 0;
}


static int
door_http_set_bearer(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_take_bearer(reader, value, door_reader_text(reader, value));
}


static int
door_http_set_bearer_file(door_reader_t *reader, yaml_node_t *value)
{
    return door_http_take_bearer(reader, value, door_http_secret_file(reader, value));
}


static int
door_http_set_proxy(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.proxy = door_reader_text(reader, value)) != NULL ? 0 : -1;
}


int
door_read_http(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"valid_status_codes", door_http_set_statuses},
        {"valid_http_versions", door_http_set_versions},
        {"method", door_http_set_method},
        {"headers", door_http_set_headers},
        {"body", door_http_set_body},
        {"no_follow_redirects", door_http_set_no_follow},
        {"follow_redirects", door_http_set_follow},
        {"fail_if_ssl", door_http_set_fail_if_ssl},
        {"fail_if_not_ssl", door_http_set_fail_if_not_ssl},
        {"enable_http2", door_http_set_http2},
        {"fail_if_body_matches_regexp", door_http_set_body_must_not},
        {"fail_if_body_not_matches_regexp", door_http_set_body_must},
        {"fail_if_header_matches", door_http_set_header_must_not},
        {"fail_if_header_not_matches", door_http_set_header_must},
        {"basic_auth", door_http_set_basic_auth},
        {"bearer_token", door_http_set_bearer},
        {"bearer_token_file", door_http_set_bearer_file},
        {"proxy_url", door_http_set_proxy},
        {"tls_config", door_set_tls_config},
        {"preferred_ip_protocol", door_set_ip_protocol},
        {"ip_protocol_fallback", door_set_ip_fallback},
    };

    return door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0]));
}
