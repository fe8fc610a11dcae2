
/* Phases are drawn to scale under each other, as browsers do. */

#include "show.h"

#include "evidence.h"

#include <jansson.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOW_BAR_WIDTH 32
#define SHOW_JSON_MAX 32768

#define SHOW_RESET "\033[0m"
#define SHOW_DIM "\033[2m"
#define SHOW_BOLD "\033[1m"
#define SHOW_BAR "\033[36m"


show_style_t
show_style_of(FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    setlocale(LC_CTYPE, "");

    int able = isatty(fileno(out)) && (no_color == NULL || no_color[0] == '\0') && term != NULL
               && strcmp(term, "dumb") != 0 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

    return able ? SHOW_COLOUR : SHOW_PLAIN;
}


static const char *
show_status_colour(bs_status_t status)
{
    switch (status) {
    case BS_STATUS_UP:
        return "\033[1;32m";
    case BS_STATUS_DEGRADED:
        return "\033[1;33m";
    case BS_STATUS_DOWN:
        return "\033[1;31m";
    default:
        return "\033[1;35m";
    }
}


static void
show_repeat(FILE *out, show_style_t style, const char *colour, const char *piece, int count)
{
    if (style == SHOW_COLOUR) {
        fputs(colour, out);
    }

    for (int i = 0; i < count; i++) {
        fputs(piece, out);
    }

    if (style == SHOW_COLOUR) {
        fputs(SHOW_RESET, out);
    }
}


static void
show_phase(FILE *out, show_style_t style, const char *name, int32_t us, int32_t start_us,
           int32_t total_us)
{
    if (us < 0 || total_us <= 0) {
        return;
    }

    int from = (int) ((int64_t) start_us * SHOW_BAR_WIDTH / total_us);
    int to = (int) (((int64_t) start_us + us) * SHOW_BAR_WIDTH / total_us);

    fprintf(out, "  %-10s %9.2f ms  ", name, us / 1000.0);

    if (to <= from) {
        to = (from < SHOW_BAR_WIDTH) ? from + 1 : from; /* however short, it was there */
    }

    show_repeat(out, style, SHOW_DIM, (style == SHOW_COLOUR) ? "\u00b7" : ".", from);
    show_repeat(out, style, SHOW_BAR, (style == SHOW_COLOUR) ? "\u2588" : "#", to - from);
    show_repeat(out, style, SHOW_DIM, (style == SHOW_COLOUR) ? "\u00b7" : ".", SHOW_BAR_WIDTH - to);
    fputc('\n', out);
}


/* What lies behind the last phase that was completed. */
static const char *
show_rest_name(const check_facts_t *facts)
{
    if (facts->failure != BS_REASON_NONE) {
        return "failure";
    }

    return (facts->phases.first_byte_us >= 0) ? "receive" : "rest";
}


static void
show_phases(FILE *out, show_style_t style, const check_facts_t *facts)
{
    const check_phases_t *phases = &facts->phases;
    const struct {
        const char *name;
        int32_t us;
    } rows[] = {
        {"dns", phases->dns_us},
        {"connect", phases->connect_us},
        {"tls", phases->tls_us},
        {"first byte", phases->first_byte_us},
    };
    int32_t start_us = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        show_phase(out, style, rows[i].name, rows[i].us, start_us, phases->total_us);
        start_us += (rows[i].us > 0) ? rows[i].us : 0;
    }

    if (phases->total_us > start_us) {
        show_phase(out, style, show_rest_name(facts), phases->total_us - start_us, start_us,
                   phases->total_us);
    }

    fprintf(out, "  %-10s %9.2f ms\n", "total", phases->total_us / 1000.0);
}


static void
show_certificate(FILE *out, const check_certificate_t *certificate)
{
    char text[2 * CHECK_NAME_MAX + 256];
    json_writer_t json;

    if (!certificate->seen) {
        return;
    }

    /* shown as JSON strings: what a stranger wrote into it cannot drive a terminal */
    json_writer_init(&json, text, sizeof(text) - 1);
    evidence_write_certificate(&json, certificate);
    text[json.len] = '\0';
    fprintf(out, "  certificate %s\n", text);
}


/* What only this kind measures, one line each. */
static void
show_measured(FILE *out, const char *text)
{
    json_t *measured = (text[0] != '\0') ? json_loads(text, 0, NULL) : NULL;
    const char *key;
    json_t *value;

    json_object_foreach(measured, key, value)
    {
        char *shown = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

        fprintf(out, "  %-16s %s\n", key, (shown != NULL) ? shown : "");
        free(shown);
    }

    json_decref(measured);
}


/* What a stranger wrote must not drive the terminal. */
static void
show_safe(FILE *out, const char *before, const char *text)
{
    fputs(before, out);

    for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++) {
        fputc((*p < 0x20 || *p == 0x7f || (*p >= 0x80 && *p <= 0x9f)) ? '?' : *p, out);
    }

    fputc('\n', out);
}


static void
show_headline(FILE *out, show_style_t style, const char *url, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;
    bs_status_t status = result->verdict.status;
    char address[BS_ADDR_TEXT_MAX] = "-";

    if (facts->has_address) {
        bs_addr_format(&facts->address, address);
    }

    if (style == SHOW_COLOUR) {
        fprintf(out, "%s%-8s" SHOW_RESET " " SHOW_BOLD "%s" SHOW_RESET "  %s",
                show_status_colour(status), bs_status_name((int) status), url, address);
    } else {
        fprintf(out, "%-8s %s  %s", bs_status_name((int) status), url, address);
    }

    if (facts->http_status != 0) {
        fprintf(out, "  status %d", facts->http_status);
    }

    fputc('\n', out);
}


void
show_text(FILE *out, show_style_t style, const char *url, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;
    bs_reason_t reason = result->verdict.reason;

    show_headline(out, style, url, result);

    if (reason != BS_REASON_NONE) {
        fprintf(out, "  %s", bs_reason_name((int) reason));
        show_safe(out, ": ", facts->detail);
    }

    if (reason == BS_REASON_ADDRESS_BLOCKED || reason == BS_REASON_REDIRECT_BLOCKED) {
        fprintf(out, "  To allow it for this check: --allow ADDRESS or --allow RANGE/BITS\n");
    }

    for (unsigned i = 0; i < facts->redirects_count; i++) {
        show_safe(out, "  redirect   ", facts->redirects[i]);
    }

    show_phases(out, style, facts);
    show_measured(out, facts->measured);
    show_certificate(out, &facts->certificate);
}


void
show_json(FILE *out, const char *url, const probe_result_t *result)
{
    char text[SHOW_JSON_MAX];
    const check_facts_t *facts = result->facts;
    const char *reason = bs_reason_name((int) result->verdict.reason);
    char address[BS_ADDR_TEXT_MAX];
    json_writer_t json;

    json_writer_init(&json, text, sizeof(text) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "url");
    json_writer_string(&json, url);
    json_writer_key(&json, "status");
    json_writer_string(&json, bs_status_name((int) result->verdict.status));
    json_writer_key(&json, "reason");

    if (result->verdict.reason == BS_REASON_NONE || reason == NULL) {
        json_writer_null(&json);
    } else {
        json_writer_string(&json, reason);
    }

    json_writer_key(&json, "detail");
    json_writer_string(&json, facts->detail);
    json_writer_key(&json, "http_status");
    json_writer_int(&json, facts->http_status);
    json_writer_key(&json, "address");

    if (facts->has_address) {
        bs_addr_format(&facts->address, address);
        json_writer_string(&json, address);
    } else {
        json_writer_null(&json);
    }

    json_writer_key(&json, "phases_us");
    evidence_write_phases(&json, &facts->phases);
    json_writer_key(&json, "redirects");
    evidence_write_redirects(&json, facts);
    json_writer_key(&json, "certificate");
    evidence_write_certificate(&json, &facts->certificate);

    if (facts->measured[0] != '\0') {
        json_writer_key(&json, "measured");
        json_writer_raw(&json, facts->measured);
    }

    json_writer_key(&json, "body");
    json_writer_bytes(&json, (facts->body != NULL) ? facts->body : "", facts->body_len);
    json_writer_close(&json, '}');
    text[json.len] = '\0';
    fprintf(out, "%s\n", text);
}
