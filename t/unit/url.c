
/* URLs: what is read, what is written again, what is refused. */

#include "../../shared/bs_url.h"

#include "tap.h"

#include <stdlib.h>

static void
good(void)
{
    static const struct {
        const char *text;
        const char *host;
        int port;
        const char *again;
    } rows[] = {
        {"http://example.com", "example.com", 80, "http://example.com/"},
        {"HTTPS://EXAMPLE.com/", "example.com", 443, "https://example.com/"},
        {"https://example.com:443/a", "example.com", 443, "https://example.com/a"},
        {"https://example.com:80/a", "example.com", 80, "https://example.com:80/a"},
        {"http://example.com:/a", "example.com", 80, "http://example.com/a"},
        {"http://example.com.:81/a", "example.com", 81, "http://example.com:81/a"},
        {"http://example.com?q=1", "example.com", 80, "http://example.com/?q=1"},
        {"http://example.com#f", "example.com", 80, "http://example.com/"},
        {"http://example.com/a?b#c", "example.com", 80, "http://example.com/a?b"},
        {"http://u:p@example.com/", "example.com", 80, "http://example.com/"},
        {"http://a@b@example.com/", "example.com", 80, "http://example.com/"},
        {"http://example.com/a b", "example.com", 80, "http://example.com/a%20b"},
        {"http://example.com/\xc3\xa9\"<>", "example.com", 80,
         "http://example.com/%C3%A9%22%3C%3E"},
        {"http://example.com/%41", "example.com", 80, "http://example.com/%41"},
        {"http://a_b.example/", "a_b.example", 80, "http://a_b.example/"},
        {"http://127.1/", "127.0.0.1", 80, "http://127.0.0.1/"},
        {"http://0x7f000001:8080/", "127.0.0.1", 8080, "http://127.0.0.1:8080/"},
        {"http://[::1]:81/x", "::1", 81, "http://[::1]:81/x"},
        {"http://[::FFFF:7f00:1]/", "::ffff:127.0.0.1", 80, "http://[::ffff:127.0.0.1]/"},
        {"http://example.com/@b:c", "example.com", 80, "http://example.com/@b:c"},
        {"http://example.com/a\\b", "example.com", 80, "http://example.com/a%5Cb"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *error = "";
        bs_url_t url;

        if (!ok(bs_url_parse(rows[i].text, strlen(rows[i].text), &url, &error) == 0, rows[i].text))
        {
            continue;
        }

        is_str(url.host, rows[i].host, "its host");
        is_int(url.port, rows[i].port, "its port");
        is_str(url.text, rows[i].again, "written again");
        bs_url_free(&url);
    }
}

static void
bad(void)
{
    static const char *const rows[] = {
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "http:example.com",
        "http:///path",
        "http://",
        "http://:80/",
        "http://user@/",
        "http://.example/",
        "http://a..b/",
        "http://./",
        "http://exa mple.com/",
        "http://ex%61mple.com/",
        "http://ex\xc3\xa9.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:99999999999/",
        "http://example.com:8a/",
        "http://example.com:-1/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[127.0.0.1]/",
        "http://[fe80::1%25eth0]/",
        "http://1.2.3.4.5/",
        "http://256.256.256.256/",
        "http://example.com\\@evil.example/",
        "http://example.com/\r\nX: y",
        "http://example.com/\t",
        "http://u%00:p@example.com/",
        "http://u%zz@example.com/",
        "http://u%4@example.com/",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *error = NULL;
        bs_url_t url;

        ok(bs_url_parse(rows[i], strlen(rows[i]), &url, &error) == -1 && error != NULL, rows[i]);
    }

    char *long_host = malloc(400);
    char *long_url = malloc(BS_URL_BYTES_MAX + 10);
    const char *error;
    bs_url_t url;

    memset(long_host, 'a', 400);
    memcpy(long_host, "http://", 7);
    is_int(bs_url_parse(long_host, 400, &url, &error), -1, "a host that is too long");
    memset(long_url, ' ', BS_URL_BYTES_MAX + 10);
    memcpy(long_url, "http://x/", 9);
    is_int(bs_url_parse(long_url, BS_URL_BYTES_MAX + 1, &url, &error), -1,
           "a URL that is too long");
    is_int(bs_url_parse(long_url, BS_URL_BYTES_MAX, &url, &error), 0, "the longest, all escaped");
    is_int((int) strlen(url.text), 9 + 3 * (BS_URL_BYTES_MAX - 9), "is all there");
    bs_url_free(&url);
    free(long_host);
    free(long_url);
}

static void
userinfo(void)
{
    const char *text = "http://me:p%40s%3As@example.com/";
    const char *error;
    bs_url_t url;

    is_int(bs_url_parse(text, strlen(text), &url, &error), 0, "userinfo");
    is_str(url.username, "me", "user");
    is_str(url.password, "p@s:s", "password, decoded");
    bs_url_free(&url);

    text = "http://me@example.com/";
    is_int(bs_url_parse(text, strlen(text), &url, &error), 0, "a user alone");
    is_str(url.password, "", "has an empty password");
    bs_url_free(&url);
}

static int
same(const char *a, const char *b)
{
    const char *error;
    bs_url_t from;
    bs_url_t to;
    int result;

    bs_url_parse(a, strlen(a), &from, &error);
    bs_url_parse(b, strlen(b), &to, &error);
    result = bs_url_same_site(&from, &to);
    bs_url_free(&from);
    bs_url_free(&to);

    return result;
}

static void
sites(void)
{
    ok(same("http://a.example/x", "http://A.example:80/y"), "one site");
    ok(same("http://a.example/", "https://a.example/"), "the step to https");
    ok(!same("https://a.example/", "http://a.example/"), "not the step back");
    ok(!same("http://a.example:8080/", "https://a.example/"), "nor from another port");
    ok(!same("http://a.example/", "http://b.example/"), "another name");
    ok(!same("http://a.example/", "http://a.example:81/"), "another port");
    ok(!same("http://a.example/", "http://www.a.example/"), "a name below");
    ok(same("http://127.1/", "http://127.0.0.1/"), "one address, two spellings");
}

int
main(void)
{
    good();
    bad();
    userinfo();
    sites();

    return done();
}
