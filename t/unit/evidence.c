
/* Evidence: valid JSON within its bound, whatever the target sent, and no secret in it. */

#include "../../agent/evidence.h"
#include "../../agent/redact.h"

#include "tap.h"

#include <jansson.h>
#include <stdlib.h>

#define BYTES_MAX 4096

static json_writer_t
fresh(char *text, size_t size)
{
    json_writer_t json;

    json_writer_init(&json, text, size);
    return json;
}

/* The string as JSON, without its quotes. */
static const char *
escaped(const char *bytes, size_t len)
{
    static char text[512];
    json_writer_t json = fresh(text, sizeof(text) - 1);

    json_writer_bytes(&json, bytes, len);
    text[json.len - 1] = '\0';
    return text + 1;
}

static void
escaping(void)
{
    is_str(escaped("a\"b\\c/", 6), "a\\\"b\\\\c/", "quotes and backslashes");
    is_str(escaped("\n\t\x01\x7f", 4), "\\u000a\\u0009\\u0001\\u007f", "control characters");
    is_str(escaped("a\0b", 3),
           "a\xef\xbf\xbd"
           "b",
           "a zero byte, which Postgres does not take");
    is_str(escaped("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9),
           "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "good UTF-8");
    is_str(escaped("\xff", 1), "\xef\xbf\xbd", "no UTF-8 at all");
    is_str(escaped("\xc3", 1), "\xef\xbf\xbd", "cut short");
    is_str(escaped("\xc0\xaf", 2), "\xef\xbf\xbd\xef\xbf\xbd", "overlong");
    is_str(escaped("\xed\xa0\x80", 3), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "a surrogate");
    is_str(escaped("\xf4\x90\x80\x80", 4), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
           "beyond Unicode");
    is_str(escaped("</script>", 9), "</script>", "markup is the reader's to escape");
}

static void
random_facts(check_facts_t *facts)
{
    static char bytes[2 * CHECK_BODY_SAMPLE_MAX];
    static char line[2 * CHECK_HEADERS_MAX];

    facts_init(facts);
    facts->phase = "body";
    facts->http_status = rand() % 1000;
    facts->has_address = rand() % 2;
    facts->address.family = 4;
    facts->certificate.seen = rand() % 2;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char) rand();
    }

    facts_add_body(facts, bytes, (size_t) rand() % sizeof(bytes));

    memset(facts->certificate.subject, rand() % 256, sizeof(facts->certificate.subject) - 1);
    memset(facts->detail, rand() % 256, sizeof(facts->detail) - 1);
    memset(line, rand() % 256, sizeof(line) - 1);

    for (int i = rand() % (CHECK_REDIRECTS_MAX + 2); i > 0; i--) {
        facts_add_redirect(facts, 302, line + rand() % (int) sizeof(line));
    }

    facts_set_headers(facts, line + rand() % (int) sizeof(line));
    facts->addresses_count = (unsigned) rand() % (CHECK_ADDRESSES_MAX + 1);

    if (rand() % 2) { /* up to all the room there is for it */
        int len = 1000 + rand() % (CHECK_MEASURED_MAX - 1000 - 2);

        snprintf(facts->measured, sizeof(facts->measured), "\"%0*d\"", len - 1, 7);
    }
}

static void
bounds(void)
{
    check_facts_t *facts = malloc(sizeof(*facts));
    check_facts_t *first = malloc(sizeof(*first));
    int wrong = 0;

    srand(11);

    for (int round = 0; round < 3000; round++) {
        size_t size = (round % 2) ? BYTES_MAX : (size_t) (2600 + rand() % 1500);
        char *text = malloc(size);
        json_error_t error;

        random_facts(facts);
        random_facts(first);

        size_t len = evidence_write(text, size, facts, (round % 3) ? first : NULL);
        void *parsed = json_loadb(text, len, 0, &error);

        wrong += len == 0 || len > size || parsed == NULL;
        json_decref(parsed);
        free(text);
        facts_deinit(facts);
        facts_deinit(first);
    }

    is_int(wrong, 0, "always JSON, always within its bound");
    wrong = 0;

    for (size_t size = 1000; size < BYTES_MAX; size++) {
        char text[BYTES_MAX];

        facts_init(facts);
        snprintf(facts->measured, sizeof(facts->measured), "\"%01019d\"", 7);

        size_t len = evidence_write(text, size, facts, NULL);
        void *parsed = json_loadb(text, len, 0, NULL);

        wrong += parsed == NULL;
        json_decref(parsed);
    }

    is_int(wrong, 0, "whatever room is left for what was measured");
    free(facts);
    free(first);
}

static void
hub_urls(void)
{
    char out[64];

    redact_url("https://me:secret@hub.example/x?a@b", out, sizeof(out));
    is_str(out, "https://hub.example/x?a@b", "no password of a URL");
    redact_url("https://hub.example:8443", out, sizeof(out));
    is_str(out, "https://hub.example:8443", "where there is none");
}

/* What a mail server may quote of a login: libcurl sends it as PLAIN or LOGIN want it. */
static void
logins(void)
{
    char url[] = "mail.example.com";
    char username[] = "me";
    char password[] = "horse-battery";
    spec_t spec = {.type = SPEC_SMTP, .url = url, .username = username, .password = password};
    check_facts_t facts;
    const char *echo = "500 what is AG1lAGhvcnNlLWJhdHRlcnk= and aG9yc2UtYmF0dGVyeQ== "
                       "and AG1lAGhvcnNlL";

    facts_init(&facts);
    facts_add_body(&facts, echo, strlen(echo) + 1);
    snprintf(facts.detail, sizeof(facts.detail), "refused: AUTH PLAIN AG1lAGhvcnNlLWJhdHRlcnk=");
    facts.body_len--;
    redact_facts(&spec, &facts);
    is_str(facts.body,
           "500 what is ***********************= and ******************== "
           "and *************",
           "a login as mail sends it");
    is_str(facts.detail, "refused: AUTH PLAIN ***********************=", "in words, too");
    facts_deinit(&facts);

    spec.username = NULL;
    facts_init(&facts);
    snprintf(facts.detail, sizeof(facts.detail), "ERR unknown command 'AUTH' 'horse-battery'");
    redact_facts(&spec, &facts);
    is_str(facts.detail, "ERR unknown command 'AUTH' '*************'", "a password alone");

    snprintf(facts.detail, sizeof(facts.detail),
             "was “horse-b…”; Cannot index string (\"horse-bat...), horse-b");
    redact_facts(&spec, &facts);
    is_str(facts.detail, "was “*******…”; Cannot index string (\"*********...), *******",
           "wherever a sentence says that it leaves something out");
    facts_deinit(&facts);
}

static void
secrets(void)
{
    char url[] = "http://other:urlpass@example.com/";
    char username[] = "me";
    char password[] = "hunter2";
    char body[] = "the request body";
    http_header_t headers[] = {{"Authorization", "Bearer abcdefghijkl"}, {"X-Mode", "on"}};
    spec_t spec = {.url = url,
                   .username = username,
                   .password = password,
                   .body = body,
                   .body_len = strlen(body),
                   .headers = headers,
                   .headers_count = 2};
    check_facts_t facts;
    const char *echo = "you said hunter2 and abcdefghijkl and bWU6aHVudGVyMg== and urlpass "
                       "and the request body on a page, abcdefg";

    facts_init(&facts);
    facts_add_body(&facts, echo, strlen(echo) + 1);
    facts_set_headers(&facts, "via: abcdefgh\nlocation: http://x/?k=abcdefghijkl\n");
    facts_add_redirect(&facts, 302, "http://x/?p=hunter2");
    facts.body_len--;
    redact_facts(&spec, &facts);
    is_str(
        facts.body,
        "you said ******* and ************ and **************== and ******* and **************** "
        "on a page, *******",
        "the body, even where a secret is cut off");
    is_str(facts.headers, "via: ********\nlocation: http://x/?k=************\n",
           "the headers, also one that was cut within the secret");
    is_str(facts.redirects[0], "302 http://x/?p=*******", "the redirects");
    facts_deinit(&facts);
}

int
main(void)
{
    escaping();
    bounds();
    secrets();
    logins();
    hub_urls();

    return done();
}
