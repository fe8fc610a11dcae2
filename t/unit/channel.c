
/*
 * No test by itself: BetterStack::Agent::Channel runs it.  Reads the reply to a
 * report, in msgpack, whose first delivery is taken:
 *
 *   channel NOW                         prints the request that its channel builds,
 *                                       or "refused: " and why
 *   channel NOW STATUS BODY RETRY_AFTER prints what its channel makes of that answer
 */

#include "../../agent/channels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX (1 << 20)

static void
show_envelope(const channel_mail_t *mail)
{
    static const char *const securities[] = {"none", "starttls", "tls"};
    const smtp_mail_t *envelope = &mail->envelope;

    printf("SMTP %s\nsecurity: %s\nid: %s\nfrom: %s\n", mail->url, securities[envelope->security],
           mail->id, envelope->from);

    if (envelope->username != NULL) {
        printf("login: %s %s\n", envelope->username, envelope->password);
    }

    printf("to:");

    for (unsigned i = 0; i < envelope->to_count; i++) {
        printf(" %s", envelope->to[i]);
    }

    printf("\n");
}

static int
show_request(const channel_t *channel, const delivery_t *delivery)
{
    channel_request_t request;
    char error[CHANNEL_ERROR_MAX] = "";
    const char *large;

    if (channel_request_init(&request) != 0) {
        return 1;
    }

    if (channel->request(&request, delivery, error) != 0) {
        printf("refused: %s\n", error);

    } else if (channel_request_end(&request, &large) != 0) {
        printf("refused: %s\n", large);

    } else {
        if (request.mail.url != NULL) {
            show_envelope(&request.mail);
        } else {
            printf("%s %s\n", request.method, request.url);
        }

        if (request.username != NULL) {
            printf("(user) %s:%s\n", request.username, request.password);
        }

        for (size_t i = 0; i < request.headers_count; i++) {
            printf("%s: %s\n", request.headers[i].name, request.headers[i].value);
        }

        printf("\n");

        if (request.has_body) {
            fwrite(request.body.data, 1, request.body.len, stdout);
        }
    }

    channel_request_deinit(&request);
    return 0;
}

static int
show_judgement(const channel_t *channel, const delivery_t *delivery, char **answer)
{
    static const char *const outcomes[] = {"sent", "failed", "refused"};
    http_result_t result = {
        .status = atoi(answer[0]),
        .body = answer[1],
        .body_len = strlen(answer[1]),
        .retry_after_s = atoi(answer[2]),
    };
    channel_report_t report = {.detail = ""};
    channel_outcome_t outcome = channel_judge(&result, &report);

    if (channel->judge != NULL) {
        outcome = channel->judge(&result, delivery, &report);
    }

    printf("%s\n%" PRId64 "\n%s\n%s", outcomes[outcome], report.retry_after_s, report.provider_ref,
           report.detail);
    return 0;
}

int
main(int argc, char **argv)
{
    char *input = malloc(INPUT_BYTES_MAX);
    static bs_wire_reply_t reply;
    const char *error = "no input";
    size_t len;

    if (input == NULL || (argc != 2 && argc != 5)) {
        return 2;
    }

    len = fread(input, 1, INPUT_BYTES_MAX, stdin);

    if (bs_wire_reply_decode(input, len, &reply, &error) != 0 || reply.deliveries_count != 1
        || reply.deliveries[0].kind.data == NULL)
    {
        fprintf(stderr, "no delivery: %s\n", error);
        return 2;
    }

    delivery_t *delivery = delivery_decode(&reply.deliveries[0], &error);
    const channel_t *channel = (delivery != NULL) ? channel_of(delivery->kind) : NULL;

    memset(input, 'x', INPUT_BYTES_MAX); /* whoever borrows from it is found out */

    if (channel == NULL) {
        fprintf(stderr, "no channel: %s\n", delivery != NULL ? delivery->kind : error);
        return 2;
    }

    delivery->now_s = atoll(argv[1]);

    int status =
        (argc == 2) ? show_request(channel, delivery) : show_judgement(channel, delivery, argv + 2);

    delivery_free(delivery);
    free(input);
    return status;
}
