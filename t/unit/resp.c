
/* Redis' replies of one line, and its commands. */

#include "../../agent/resp.h"

#include "tap.h"


static void
replies(void)
{
    static const struct {
        const char *data;
        resp_kind_t kind;
        const char *text;
    } rows[] = {
        {"+PONG\r\n", RESP_STATUS, "PONG"},
        {"+OK\r\n+PONG\r\n", RESP_STATUS, "OK"},
        {"-ERR no\r\n", RESP_ERROR, "ERR no"},
        {"+\r\n", RESP_STATUS, ""},
        {":1\r\n", RESP_OTHER, "1"},
        {"$4\r\nPONG\r\n", RESP_OTHER, "4"},
        {"*0\r\n", RESP_OTHER, "0"},
        {"", RESP_MORE, NULL},
        {"+", RESP_MORE, NULL},
        {"+PONG\r", RESP_MORE, NULL},
        {"+PONG\n", RESP_NONSENSE, NULL},
        {"+\n", RESP_NONSENSE, NULL},
        {"\n", RESP_NONSENSE, NULL},
        {"HTTP/1.1 400\r\n", RESP_NONSENSE, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t used = 0;
        size_t text_len = 0;
        const char *text = NULL;
        resp_kind_t kind = resp_read(rows[i].data, strlen(rows[i].data), &used, &text, &text_len);

        is_int(kind, rows[i].kind, rows[i].data);

        if (rows[i].text != NULL) {
            ok(text_len == strlen(rows[i].text) && memcmp(text, rows[i].text, text_len) == 0,
               "its text");
            is_int(used, strlen(rows[i].text) + 3, "its length");
        }
    }
}


static void
long_line(void)
{
    char data[RESP_LINE_MAX + 2];
    size_t used;
    size_t text_len;
    const char *text;

    memset(data, '+', sizeof(data));
    is_int(resp_read(data, RESP_LINE_MAX, &used, &text, &text_len), RESP_MORE, "a long line");
    is_int(resp_read(data, RESP_LINE_MAX + 1, &used, &text, &text_len), RESP_NONSENSE, "too long");
}


static void
commands(void)
{
    static const char *const words[] = {"AUTH", "two words"};
    static const char wanted[] = "*2\r\n$4\r\nAUTH\r\n$9\r\ntwo words\r\n";
    char out[64];
    size_t len = resp_append(out, sizeof(out), 0, words, 2);

    is_int(len, sizeof(wanted) - 1, "a command");
    is_str(out, wanted, "its bytes");
    is_int(resp_append(out, sizeof(out), len, words, 2), 2 * len, "a second one behind it");
    is_int(resp_append(out, sizeof(out), 2 * len, words, 2), 0, "no room for a third");

    for (size_t size = 1; size <= len; size++) {
        is_int(resp_append(out, size, 0, words, 2), 0, "too small");
    }
}


int
main(void)
{
    replies();
    long_line();
    commands();
    return done();
}
