
/*
 * Names, labels and units are those of blackbox_exporter (its prober package):
 * dashboards and alerts made for it keep working.
 */

#include "door_probe_metrics.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DOOR_FNV_OFFSET 2166136261u
#define DOOR_FNV_PRIME 16777619u
#define DOOR_NO_CHAIN INT64_C(-62135596800) /* the year 1, when nothing is verified */


static double
door_seconds(int32_t us)
{
    return (us > 0) ? us / 1e6 : 0;
}


/* FNV-1a (Fowler, Noll, Vo) of the address' bytes. */
static double
door_address_hash(const bs_addr_t *address)
{
    uint32_t hash = DOOR_FNV_OFFSET;

    for (int i = 0; i < (address->family == 6 ? 16 : 4); i++) {
        hash = (hash ^ address->bytes[i]) * DOOR_FNV_PRIME;
    }

    return hash;
}


/* What the module wants of an answer that the check itself had no quarrel with. */
static int
door_is_success(const door_module_t *module, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;
    unsigned version = (facts->http_version == 20) ? 2u : (unsigned) facts->http_version % 10;
    int tls = facts->tls_version[0] != '\0'; /* of the last of several redirects */

    if (result->verdict.status != BS_STATUS_UP && result->verdict.status != BS_STATUS_DEGRADED) {
        return 0;
    }

    if (module->prober == DOOR_HTTP
        && ((module->fail_if_ssl && tls) || (module->fail_if_not_ssl && !tls)
            || (module->http_versions != 0 && !(module->http_versions & (1u << version)))))
    {
        return 0;
    }

    return 1;
}


static int
door_failed_by_regex(const probe_result_t *result)
{
    switch (result->verdict.reason) {
    case BS_REASON_ASSERTION_FAILED:
    case BS_REASON_REGEX_LIMIT:
    case BS_REASON_KEYWORD_MISSING:
    case BS_REASON_KEYWORD_PRESENT:
        return 1;
    default:
        return 0;
    }
}


static void
door_write_common(metrics_t *metrics, const door_module_t *module, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;
    bs_addr_t address = {.family = 0};

    if (facts->has_address) {
        address = bs_addr_effective(&facts->address);
    }

    metrics_gauge(metrics, "probe_dns_lookup_time_seconds",
                  "Returns the time taken for probe dns lookup in seconds",
                  door_seconds(facts->phases.dns_us));
    metrics_gauge(metrics, "probe_duration_seconds",
                  "Returns how long the probe took to complete in seconds",
                  door_seconds(facts->phases.total_us));

    if (module->prober == DOOR_HTTP || module->prober == DOOR_TCP) {
        metrics_gauge(metrics, "probe_failed_due_to_regex",
                      "Indicates if probe failed due to regex", door_failed_by_regex(result));
    }

    metrics_gauge(metrics, "probe_ip_addr_hash",
                  "Specifies the hash of IP address. It's useful to detect if the IP address "
                  "changes.",
                  facts->has_address ? door_address_hash(&address) : 0);

    metrics_gauge(metrics, "probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6",
                  address.family);
    metrics_gauge(metrics, "probe_success", "Displays whether or not the probe was a success",
                  door_is_success(module, result));
}


static void
door_write_tls(metrics_t *metrics, const check_facts_t *facts)
{
    char version[sizeof(facts->tls_version) + 4];

    if (facts->certificate.seen) {
        metrics_gauge(metrics, "probe_ssl_earliest_cert_expiry",
                      "Returns last SSL chain expiry in unixtime",
                      (double) facts->certificate.shown_until);
    }

    if (facts->tls_version[0] != '\0') {
        metrics_gauge(metrics, "probe_ssl_last_chain_expiry_timestamp_seconds",
                      "Returns last SSL chain expiry in timestamp",
                      (double) ((facts->certificate.trusted_until != 0)
                                    ? facts->certificate.trusted_until
                                    : DOOR_NO_CHAIN));
    }

    if (strncmp(facts->tls_version, "TLSv", 4) == 0) {
        snprintf(version, sizeof(version), "TLS %s", facts->tls_version + 4);
        metrics_begin(metrics, "probe_tls_version_info", METRICS_GAUGE,
                      "Returns the TLS version used or NaN when unknown");
        metrics_sample(metrics, "probe_tls_version_info", "version", version, 1);
    }
}


/* The value of a header of the answer; NULL if it has none. */
static const char *
door_header(const check_facts_t *facts, const char *name)
{
    size_t name_len = strlen(name);

    for (const char *line = facts->headers; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");

        if (len > name_len && line[name_len] == ':' && strncasecmp(line, name, name_len) == 0) {
            return line + name_len + 1 + strspn(line + name_len + 1, " ");
        }

        line += len + (line[len] == '\n');
    }

    return NULL;
}


/* The answer's own word about its length; -1 if it said nothing, 0 without an answer. */
static double
door_content_length(const check_facts_t *facts)
{
    const char *length = door_header(facts, "content-length");

    if (facts->http_status == 0) {
        return 0;
    }

    return (length != NULL) ? strtod(length, NULL) : -1;
}


static void
door_write_last_modified(metrics_t *metrics, const check_facts_t *facts)
{
    const char *date = door_header(facts, "last-modified");
    struct tm tm = {0};

    if (date != NULL && strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm) != NULL) {
        metrics_gauge(metrics, "probe_http_last_modified_timestamp_seconds",
                      "Returns the Last-Modified HTTP response header in unixtime",
                      (double) timegm(&tm));
    }
}


static void
door_write_http_phases(metrics_t *metrics, const check_phases_t *phases)
{
    static const char name[] = "probe_http_duration_seconds";
    double known = door_seconds(phases->dns_us) + door_seconds(phases->connect_us)
                   + door_seconds(phases->tls_us) + door_seconds(phases->first_byte_us);
    double transfer = door_seconds(phases->total_us) - known;

    metrics_begin(metrics, name, METRICS_GAUGE,
                  "Duration of http request by phase, summed over all redirects");
    metrics_sample(metrics, name, "phase", "connect", door_seconds(phases->connect_us));
    metrics_sample(metrics, name, "phase", "processing", door_seconds(phases->first_byte_us));
    metrics_sample(metrics, name, "phase", "resolve", door_seconds(phases->dns_us));
    metrics_sample(metrics, name, "phase", "tls", door_seconds(phases->tls_us));
    metrics_sample(metrics, name, "phase", "transfer",
                   (phases->first_byte_us >= 0 && transfer > 0) ? transfer : 0);
}


static void
door_write_http(metrics_t *metrics, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;

    metrics_gauge(metrics, "probe_http_content_length", "Length of http content response",
                  door_content_length(facts));
    door_write_http_phases(metrics, &facts->phases);
    metrics_gauge(metrics, "probe_http_redirects", "The number of redirects",
                  facts->redirects_count);
    metrics_gauge(metrics, "probe_http_ssl", "Indicates if SSL was used for the final redirect",
                  facts->tls_version[0] != '\0');
    metrics_gauge(metrics, "probe_http_status_code", "Response HTTP status code",
                  facts->http_status);
    metrics_gauge(metrics, "probe_http_uncompressed_body_length",
                  "Length of uncompressed response body", (double) facts->body_bytes);
    metrics_gauge(metrics, "probe_http_version",
                  "Returns the version of HTTP of the probe response", facts->http_version / 10.0);
    door_write_last_modified(metrics, facts);
    door_write_tls(metrics, facts);
}


static void
door_write_icmp(metrics_t *metrics, const probe_result_t *result)
{
    static const char name[] = "probe_icmp_duration_seconds";
    const check_phases_t *phases = &result->facts->phases;

    metrics_begin(metrics, name, METRICS_GAUGE, "Duration of icmp request by phase");
    metrics_sample(metrics, name, "phase", "resolve", door_seconds(phases->dns_us));
    metrics_sample(metrics, name, "phase", "rtt", door_seconds(phases->connect_us));
    metrics_sample(metrics, name, "phase", "setup", 0);
}


/* How many elements the list of that name has in what the kind measured. */
static double
door_measured_count(const check_facts_t *facts, const char *name)
{
    json_t *measured = json_loads(facts->measured, 0, NULL);
    double count = (double) json_array_size(json_object_get(measured, name));

    json_decref(measured);
    return count;
}


static void
door_write_dns(metrics_t *metrics, const probe_result_t *result)
{
    static const char name[] = "probe_dns_duration_seconds";
    const check_facts_t *facts = result->facts;
    int answered = facts->phases.first_byte_us >= 0;

    metrics_gauge(metrics, "probe_dns_answer_rrs",
                  "Returns number of entries in the answer resource record list",
                  door_measured_count(facts, "answers"));
    metrics_begin(metrics, name, METRICS_GAUGE, "Duration of DNS request by phase");
    metrics_sample(metrics, name, "phase", "connect", door_seconds(facts->phases.connect_us));
    metrics_sample(metrics, name, "phase", "request", door_seconds(facts->phases.first_byte_us));
    metrics_sample(metrics, name, "phase", "resolve", door_seconds(facts->phases.dns_us));
    metrics_gauge(metrics, "probe_dns_query_succeeded",
                  "Displays whether or not the query was executed successfully", answered);
}


static void
door_write_grpc(metrics_t *metrics, const probe_result_t *result)
{
    static const char name[] = "probe_grpc_duration_seconds";
    const check_facts_t *facts = result->facts;

    metrics_begin(metrics, name, METRICS_GAUGE, "Duration of gRPC request by phase");
    metrics_sample(metrics, name, "phase", "check",
                   door_seconds(facts->phases.total_us) - door_seconds(facts->phases.dns_us));
    metrics_sample(metrics, name, "phase", "resolve", door_seconds(facts->phases.dns_us));
    metrics_gauge(metrics, "probe_grpc_ssl", "Indicates if SSL was used for the connection",
                  facts->tls_version[0] != '\0');
    door_write_tls(metrics, facts);
}


void
door_probe_metrics_write(metrics_t *metrics, const door_module_t *module,
                         const probe_result_t *result)
{
    door_write_common(metrics, module, result);

    switch (module->prober) {
    case DOOR_HTTP:
        door_write_http(metrics, result);
        break;
    case DOOR_TCP:
        door_write_tls(metrics, result->facts);
        break;
    case DOOR_ICMP:
        door_write_icmp(metrics, result);
        break;
    case DOOR_DNS:
        door_write_dns(metrics, result);
        break;
    case DOOR_GRPC:
        door_write_grpc(metrics, result);
        break;
    default:
        break;
    }
}
