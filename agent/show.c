
/* Phases are drawn to scale under each other, as browsers do. */

#include "show.h"

#include "evidence.h"

#include <stdio.h>

#define SHOW_BAR_WIDTH 32
#define SHOW_JSON_MAX 32768


static void
show_phase(const char *name, int32_t us, int32_t start_us, int32_t total_us)
{
    char bar[SHOW_BAR_WIDTH + 1];

    if (us < 0 || total_us <= 0) {
        return;
    }

    int from = (int) ((int64_t) start_us * SHOW_BAR_WIDTH / total_us);
    int to = (int) (((int64_t) start_us + us) * SHOW_BAR_WIDTH / total_us);

    for (int i = 0; i < SHOW_BAR_WIDTH; i++) {
        bar[i] = (i >= from && (i < to || i == from)) ? '#' : '.';
    }

    bar[SHOW_BAR_WIDTH] = '\0';
    printf("  %-10s %9.2f ms  %s\n", name, us / 1000.0, bar);
}


static void
show_phases(const check_phases_t *phases)
{
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
        show_phase(rows[i].name, rows[i].us, start_us, phases->total_us);
        start_us += (rows[i].us > 0) ? rows[i].us : 0;
    }

    if (phases->total_us > start_us) {
        show_phase((phases->first_byte_us >= 0) ? "receive" : "failure",
                   phases->total_us - start_us, start_us, phases->total_us);
    }

    printf("  %-10s %9.2f ms\n", "total", phases->total_us / 1000.0);
}


static void
show_certificate(const check_certificate_t *certificate)
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
    printf("  certificate %s\n", text);
}


/* What a stranger wrote must not drive the terminal. */
static void
show_safe(const char *before, const char *text)
{
    fputs(before, stdout);

    for (const unsigned char *p = (const unsigned char *) text; *p != '\0'; p++) {
        putchar((*p < 0x20 || *p == 0x7f || (*p >= 0x80 && *p <= 0x9f)) ? '?' : *p);
    }

    putchar('\n');
}


void
show_text(const char *url, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;
    char address[BS_ADDR_TEXT_MAX] = "-";

    if (facts->has_address) {
        bs_addr_format(&facts->address, address);
    }

    printf("%-7s %s  %s", bs_status_name((int) result->verdict.status), url, address);

    if (facts->http_status != 0) {
        printf("  status %d", facts->http_status);
    }

    printf("\n");

    if (result->verdict.reason != BS_REASON_NONE) {
        printf("  %s", bs_reason_name((int) result->verdict.reason));
        show_safe(": ", facts->detail);
    }

    if (result->verdict.reason == BS_REASON_ADDRESS_BLOCKED
        || result->verdict.reason == BS_REASON_REDIRECT_BLOCKED)
    {
        printf("  To allow it for this check: --allow ADDRESS or --allow RANGE/BITS\n");
    }

    for (unsigned i = 0; i < facts->redirects_count; i++) {
        show_safe("  redirect   ", facts->redirects[i]);
    }

    show_phases(&facts->phases);
    show_certificate(&facts->certificate);
}


void
show_json(const char *url, const probe_result_t *result)
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
    puts(text);
}
