
/* `tcp:`, `icmp:`, `dns:` and `grpc:` of a module. */

#include "door_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* --- tcp ------------------------------------------------------------------ */

static int
door_tcp_set_tls(door_reader_t *reader, yaml_node_t *value)
{
    int tls;

    if (door_reader_bool(reader, value, &tls) != 0) {
        return -1;
    }

    reader->module->spec.tls = tls ? SPEC_TLS_DIRECT : SPEC_TLS_NONE;
    return 0;
}


/*
 * What a TCP check waits for is a text.  Of regular expressions only those are
 * taken that mean one: "^SSH-2.0-", "^\+OK".  In place, without the anchor.
 */
static int
door_tcp_literal(char *pattern)
{
    char *to = pattern;

    for (const char *from = pattern + (pattern[0] == '^'); *from != '\0'; from++) {
        if (*from == '\\' && from[1] != '\0' && strchr("+.*?()[]{}|^$\\/-", from[1]) != NULL) {
            from++;

        } else if (*from == '\\' || strchr("+*?()[]{}|^$", *from) != NULL) {
            return -1;
        }

        *to++ = *from;
    }

    *to = '\0';
    return (to > pattern) ? 0 : -1;
}


static int
door_tcp_set_expect(door_reader_t *reader, yaml_node_t *value)
{
    spec_t *spec = &reader->module->spec;
    char *text = door_reader_text(reader, value);

    if (text == NULL || spec->keyword != NULL || door_tcp_literal(text) != 0) {
        return door_reader_fail(reader, value,
                                "is not supported: one expectation that is a plain text is");
    }

    spec->keyword = text;
    spec->keyword_len = strlen(text);
    return 0;
}


static int
door_tcp_set_send(door_reader_t *reader, yaml_node_t *value)
{
    spec_t *spec = &reader->module->spec;
    char *text = door_reader_text(reader, value);

    if (text == NULL || spec->body != NULL) {
        return door_reader_fail(reader, value, "is not supported: one text to send is");
    }

    size_t len = strlen(text);
    char *line = door_reader_keep(reader, text, len + 1);

    if (line == NULL) {
        return door_reader_fail(reader, value, "did not find memory");
    }

    line[len] = '\n'; /* blackbox_exporter ends each line it sends */
    spec->body = line;
    spec->body_len = len + 1;
    return 0;
}


static int
door_tcp_add_step(door_reader_t *reader, yaml_node_t *value)
{
    static const door_setting_t settings[] = {
        {"expect", door_tcp_set_expect},
        {"send", door_tcp_set_send},
    };

    return door_reader_map(reader, value, settings, sizeof(settings) / sizeof(settings[0]));
}


static int
door_tcp_set_query_response(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_list(reader, value, door_tcp_add_step);
}


int
door_read_tcp(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"tls", door_tcp_set_tls},
        {"tls_config", door_set_tls_config},
        {"query_response", door_tcp_set_query_response},
        {"preferred_ip_protocol", door_set_ip_protocol},
        {"ip_protocol_fallback", door_set_ip_fallback},
    };

    return door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0]));
}


/* --- icmp ----------------------------------------------------------------- */

int
door_read_icmp(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"preferred_ip_protocol", door_set_ip_protocol},
        {"ip_protocol_fallback", door_set_ip_fallback},
    };

    return door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0]));
}


/* --- dns ------------------------------------------------------------------ */

static int
door_dns_set_name(door_reader_t *reader, yaml_node_t *value)
{
    spec_t *spec = &reader->module->spec;

    spec->body = door_reader_text(reader, value);
    spec->body_len = (spec->body != NULL) ? strlen(spec->body) : 0;
    return (spec->body_len > 0) ? 0 : door_reader_fail(reader, value, "is not a name");
}


static int
door_dns_set_type(door_reader_t *reader, yaml_node_t *value)
{
    static const char *const types[] = {"A",   "AAAA", "CNAME", "MX",  "NS",
                                        "TXT", "SOA",  "PTR",   "SRV", "CAA"};
    char *text = door_reader_text(reader, value);

    for (size_t i = 0; text != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(text, types[i]) == 0) {
            reader->module->spec.record = text;
            return 0;
        }
    }

    return door_reader_fail(reader, value,
                            "is none of A, AAAA, CNAME, MX, NS, TXT, SOA, PTR, SRV, CAA");
}


static int
door_dns_set_transport(door_reader_t *reader, yaml_node_t *value)
{
    const char *text = door_reader_text(reader, value);

    return (text != NULL && strcmp(text, "udp") == 0)
               ? 0
               : door_reader_fail(reader, value, "is not supported: udp is");
}


int
door_read_dns(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"query_name", door_dns_set_name},
        {"query_type", door_dns_set_type},
        {"transport_protocol", door_dns_set_transport},
        {"preferred_ip_protocol", door_set_ip_protocol},
        {"ip_protocol_fallback", door_set_ip_fallback},
    };

    return door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0]));
}


/* --- grpc ----------------------------------------------------------------- */

static int
door_grpc_set_service(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.service = door_reader_text(reader, value)) != NULL ? 0 : -1;
}


int
door_read_grpc(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"service", door_grpc_set_service},
        {"tls", door_tcp_set_tls},
        {"tls_config", door_set_tls_config},
        {"preferred_ip_protocol", door_set_ip_protocol},
        {"ip_protocol_fallback", door_set_ip_fallback},
    };

    return door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0]));
}
