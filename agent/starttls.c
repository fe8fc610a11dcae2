
/*
 * SMTP, FTP, POP3 and IMAP talk in lines and differ in words only: a table.
 * Postgres answers an SSLRequest with one byte.
 */

#include "starttls.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define STARTTLS_STEPS_MAX 3

/* Each step waits for a line that begins with `wanted` and then says `say`; NULL: TLS. */
typedef struct {
    const char *wanted;
    const char *say;
} starttls_step_t;

typedef struct {
    const char *skipped;     /* lines that begin so say nothing to us; NULL: none */
    const char *refusals[2]; /* what else may stand there, if it is this protocol */
    starttls_step_t steps[STARTTLS_STEPS_MAX];
    int coded; /* replies of three digits, perhaps of several lines */
    uint16_t port;
} starttls_words_t;

static const starttls_words_t words[SPEC_TLS_MODE_COUNT] = {
    [SPEC_TLS_STARTTLS_SMTP] = {.coded = 1,
                                .port = 25,
                                .steps = {{"220", "EHLO betterstack-agent.invalid\r\n"},
                                          {"250", "STARTTLS\r\n"},
                                          {"220", NULL}}},
    [SPEC_TLS_STARTTLS_FTP] = {.coded = 1,
                               .port = 21,
                               .steps = {{"220", "AUTH TLS\r\n"}, {"234", NULL}}},
    [SPEC_TLS_STARTTLS_POP3] = {.refusals = {"-ERR", NULL},
                                .port = 110,
                                .steps = {{"+OK", "STLS\r\n"}, {"+OK", NULL}}},
    [SPEC_TLS_STARTTLS_IMAP] = {.skipped = "* ",
                                .refusals = {"a1 ", "* BYE"},
                                .port = 143,
                                .steps = {{"* OK", "a1 STARTTLS\r\n"}, {"a1 OK", NULL}}},
    [SPEC_TLS_STARTTLS_POSTGRES] = {.port = 5432},
};

/* Its length, and the number that stands for a wish instead of a version. */
static const char ssl_request[8] = {0, 0, 0, 8, 4, (char) 210, 22, 47};


uint16_t
starttls_port(spec_tls_mode_t mode)
{
    return words[mode].port;
}


const char *
starttls_begin(starttls_t *dialogue, spec_tls_mode_t mode, size_t *len)
{
    *dialogue = (starttls_t){.mode = mode};
    *len = (mode == SPEC_TLS_STARTTLS_POSTGRES) ? sizeof(ssl_request) : 0;
    return (*len > 0) ? ssl_request : NULL;
}


static starttls_result_t
starttls_feed_postgres(const char *data, size_t len, size_t *used)
{
    *used = len;

    if (len == 0) {
        return STARTTLS_MORE;
    }

    if (data[0] == 'N') {
        return STARTTLS_REFUSED;
    }

    *used = 1;
    return (data[0] == 'S') ? STARTTLS_GO : STARTTLS_NONSENSE;
}


static int
starttls_begins(const char *line, size_t len, const char *with)
{
    size_t with_len = (with != NULL) ? strlen(with) : 0;

    return with_len > 0 && len >= with_len && strncasecmp(line, with, with_len) == 0;
}


static int
starttls_is_code(const char *line, size_t len)
{
    return len >= 3 && isdigit((unsigned char) line[0]) && isdigit((unsigned char) line[1])
           && isdigit((unsigned char) line[2]);
}


/* One line of several: the reply is not over.  FTP may have anything in between. */
static int
starttls_goes_on(const starttls_t *dialogue, const char *line, size_t len)
{
    if (!words[dialogue->mode].coded) {
        return starttls_begins(line, len, words[dialogue->mode].skipped) && dialogue->step > 0
               && !starttls_begins(line, len, "* BYE");
    }

    if (starttls_is_code(line, len)) {
        return len > 3 && line[3] == '-';
    }

    return dialogue->lines > 1 && dialogue->mode == SPEC_TLS_STARTTLS_FTP;
}


static int
starttls_is_refusal(const starttls_words_t *protocol, const char *line, size_t len)
{
    if (protocol->coded) {
        return starttls_is_code(line, len) && (len == 3 || line[3] == ' ');
    }

    return starttls_begins(line, len, protocol->refusals[0])
           || starttls_begins(line, len, protocol->refusals[1]);
}


static starttls_result_t
starttls_take_line(starttls_t *dialogue, const char *line, size_t len, const char **out,
                   size_t *out_len)
{
    const starttls_words_t *protocol = &words[dialogue->mode];
    const starttls_step_t *step = &protocol->steps[dialogue->step];

    if (++dialogue->lines > STARTTLS_LINES_MAX) {
        return STARTTLS_NONSENSE;
    }

    if (starttls_goes_on(dialogue, line, len)) {
        return STARTTLS_MORE;
    }

    if (!starttls_begins(line, len, step->wanted)) {
        return starttls_is_refusal(protocol, line, len) ? STARTTLS_REFUSED : STARTTLS_NONSENSE;
    }

    dialogue->step++;
    dialogue->lines = 0;

    if (step->say == NULL) {
        return STARTTLS_GO;
    }

    *out = step->say;
    *out_len = strlen(step->say);
    return STARTTLS_SEND;
}


starttls_result_t
starttls_feed(starttls_t *dialogue, const char *data, size_t len, size_t *used, const char **out,
              size_t *out_len)
{
    *used = 0;

    if (dialogue->mode == SPEC_TLS_STARTTLS_POSTGRES) {
        return starttls_feed_postgres(data, len, used);
    }

    for (;;) {
        const char *line = data + *used;
        const char *end = memchr(line, '\n', len - *used);

        if (end == NULL) {
            return (len - *used > STARTTLS_LINE_MAX) ? STARTTLS_NONSENSE : STARTTLS_MORE;
        }

        size_t line_len = (size_t) (end - line);

        if (line_len > 0 && line[line_len - 1] == '\r') {
            line_len--;
        }

        starttls_result_t result = starttls_take_line(dialogue, line, line_len, out, out_len);

        if (result == STARTTLS_REFUSED) {
            *used = (size_t) (line + line_len - data);
            return result;
        }

        *used = (size_t) (end + 1 - data);

        if (result != STARTTLS_MORE) {
            return result;
        }
    }
}
