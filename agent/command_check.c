
/* `betterstack-agent check`: one attempt per URL, one after the other, no server needed. */

#include "command.h"
#include "command_check.h"

#include "icmp.h"
#include "show.h"

#include <stdio.h>

const char command_check_help[] =
    "betterstack-agent check [OPTION...] URL...\n"
    "\n"
    "Probes each URL once and prints verdict, phases and certificate.\n"
    "Exit status: 0 all are up, 1 one is not, 2 wrong usage.\n"
    "\n"
    "  --json                   one JSON object per URL and line\n"
    "  --allow CIDR             allow this range, e.g. 127.0.0.0/8; only public addresses\n"
    "                           are probed otherwise; may be repeated\n"
    "  --method METHOD          GET (default), HEAD, POST, PUT, PATCH, DELETE, OPTIONS\n"
    "  --header 'NAME: VALUE'   may be repeated\n"
    "  --data TEXT              request body\n"
    "  --user NAME:PASSWORD     Basic authentication\n"
    "  --timeout SECONDS        for everything together, 15 (at most 60)\n"
    "  --expect-status CODES    e.g. 200,204 instead of any 2xx\n"
    "  --keyword TEXT           the body must contain it\n"
    "  --keyword-absent TEXT    the body must not contain it\n"
    "  --no-follow              do not follow redirects\n"
    "  --insecure               accept any certificate\n"
    "  --ipv4, --ipv6           only this kind of address\n"
    "  --resolvers LIST         name servers instead of the system's, e.g. 192.0.2.53:53\n"
    "  --ca-file FILE           certificate authorities to trust\n"
    "  --days DAYS              degraded if the certificate ends sooner\n"
    "\n"
    "  --type KIND              tcp, udp, tls, redis; the URL is a host then,\n"
    "                           host:port or an address\n"
    "  --port LIST              ports, one after the other\n"
    "  --send TEXT              what is sent\n"
    "  --expect TEXT            what must come back\n"
    "  --tls MODE               none, direct, starttls; of tcp and tls also smtp, imap,\n"
    "                           pop3, ftp, postgres\n"
    "  --tls-min VERSION        1.2, 1.3\n"
    "  --certificate FILE       the client's certificate, with --key FILE\n"
    "  --ca FILE                authorities for this target alone\n"
    "  --database NAME          of Redis\n";

/* --- probing -------------------------------------------------------------- */

static void
command_check_on_done(void *data, const probe_result_t *result)
{
    command_check_t *command = data;

    if (result->verdict.status != BS_STATUS_UP && result->verdict.status != BS_STATUS_DEGRADED) {
        command->all_up = 0;
    }

    if (command->json) {
        show_json(command->spec.url, result);
    } else {
        show_text(command->spec.url, result);
    }

    fflush(stdout);
    uv_stop(command->loop);
}


static int
command_check_probe_all(command_check_t *command)
{
    command->all_up = 1;

    for (int i = 0; i < command->urls_count; i++) {
        command->spec.url = command->urls[i];

        if (probe_start(&command->env, &command->spec, 1, command_check_on_done, command) == NULL) {
            fprintf(stderr, "betterstack-agent check: out of memory\n");
            return COMMAND_FAILED;
        }

        uv_run(command->loop, UV_RUN_DEFAULT);
    }

    return command->all_up ? COMMAND_OK : COMMAND_FAILED;
}


static int
command_check_with_network(command_check_t *command)
{
    uv_loop_t loop;
    int status = COMMAND_FAILED;

    uv_loop_init(&loop);
    command->loop = &loop;
    command->env.loop = &loop;
    command->env.guard = &command->guard;
    command->env.http = http_create(&loop, 0);
    command->env.resolve = resolve_create(&loop, command->resolvers);
    command->env.icmp = icmp_create(&loop);
    command->env.tls = tls_client_create();

    if (command->env.http != NULL && command->env.resolve != NULL && command->env.icmp != NULL
        && command->env.tls != NULL)
    {
        status = command_check_probe_all(command);
    } else {
        fprintf(stderr, "betterstack-agent check: the network libraries cannot be started%s\n",
                command->resolvers != NULL ? " (is --resolvers right?)" : "");
    }

    if (command->env.icmp != NULL) {
        icmp_destroy(command->env.icmp);
    }

    if (command->env.resolve != NULL) {
        resolve_destroy(command->env.resolve);
    }

    if (command->env.http != NULL) {
        http_destroy(command->env.http);
    }

    tls_client_destroy(command->env.tls);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    command->loop = NULL;
    command->env.loop = NULL;
    return status;
}


int
command_check(int argc, char **argv)
{
    static command_check_t command;

    spec_init(&command.spec);
    command.spec.headers = command.headers;
    command.spec.expected = command.expected;
    command.spec.answers = command.answers;
    command.env.ca_file = CONFIG_CA_FILE;
    command.env.body_limit = 1 << 20;

    if (command_check_read_arguments(&command, argc, argv) != 0) {
        return COMMAND_USAGE;
    }

    return command_check_with_network(&command);
}
