
/*
 * `betterstack-agent check`: targets once, several at the same time, no server
 * needed.  Results are shown in the order of the arguments, each as soon as
 * those before it are.
 */

#include "command.h"
#include "command_check.h"

#include "command_check_target.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char command_check_help[] =
    "betterstack-agent check [OPTION...] TARGET...\n"
    "\n"
    "Probes each target once and shows verdict, phases and certificate.\n"
    "Exit status: 0 all are up, 1 one is not, 2 wrong usage.\n"
    "\n"
    "Targets: https://example.com/  example.com  ping:HOST  tcp://HOST:PORT  udp://HOST:PORT\n"
    "  tls://HOST  dns://SERVER/NAME?TYPE  smtp[s]://HOST  imap[s]://HOST  pop3[s]://HOST\n"
    "  ws[s]://HOST/  grpc[s]://HOST:PORT/SERVICE  redis[s]://:PASSWORD@HOST\n"
    "  postgres://USER:PASSWORD@HOST/DATABASE  domain:example.com\n"
    "\n"
    "  --json                   one JSON object per target and line\n"
    "  --parallel COUNT         so many at the same time, 16\n"
    "  --timeout SECONDS        for everything together, 15 (at most 60)\n"
    "  --allow CIDR             allow this range, e.g. 127.0.0.0/8; only public addresses\n"
    "                           are probed otherwise; may be repeated\n"
    "  --resolvers LIST         name servers instead of the system's, e.g. 192.0.2.53:53\n"
    "  --rdap-bootstrap FILE    list of domain registries, a file or a URL, instead of IANA's\n"
    "  --ipv4, --ipv6           only this kind of address\n"
    "  --type KIND, --port LIST the kind of check, if the target does not say it, and ports\n"
    "HTTP:\n"
    "  --method METHOD          GET (default), HEAD, POST, PUT, PATCH, DELETE, OPTIONS\n"
    "  --header 'NAME: VALUE'   may be repeated\n"
    "  --data TEXT              request body\n"
    "  --user NAME:PASSWORD     Basic authentication; the login of mail, Redis, PostgreSQL\n"
    "  --expect-status CODES    e.g. 200,204 instead of any 2xx\n"
    "  --keyword TEXT           the body must contain it\n"
    "  --keyword-absent TEXT    the body must not contain it\n"
    "  --assert ASSERTION       may be repeated: 'header NAME contains TEXT', 'body matches\n"
    "                           REGEX', 'json JQ-EXPRESSION equals VALUE', ...\n"
    "  --bearer TOKEN           Bearer authentication\n"
    "  --proxy URL              http://HOST:PORT\n"
    "  --http-version NUMBER    1, or 2 also without TLS; else what the server chooses\n"
    "  --degraded SECONDS       degraded if it takes longer\n"
    "  --no-cookies             do not keep cookies across redirects\n"
    "  --no-follow              do not follow redirects\n"
    "TLS:\n"
    "  --insecure               accept any certificate\n"
    "  --ca-file FILE           certificate authorities to trust\n"
    "  --ca FILE                those of this target alone\n"
    "  --certificate FILE, --key FILE   the client's\n"
    "  --tls-min VERSION        1.0, 1.1, 1.2 or 1.3\n"
    "  --tls MODE               none, direct, or STARTTLS: starttls, or of a TCP service\n"
    "                           smtp, imap, pop3, ftp, postgres\n"
    "  --days DAYS              degraded if the certificate, or the domain, ends sooner\n"
    "Other kinds:\n"
    "  --send TEXT, --expect TEXT       tcp, udp\n"
    "  --packets COUNT, --loss-max PERCENT   ping: 3; degraded if more were lost\n"
    "  --record TYPE, --answer TEXT     dns: A; what must be among the answers\n"
    "  --service NAME, --database NAME  grpc; postgres, redis\n";

typedef struct check_run check_run_t;

typedef struct {
    check_run_t *run;
    check_target_t target;
    char *shown; /* not NULL: the result, until it is its turn */
    size_t shown_len;
} check_item_t;

struct check_run {
    command_check_t *command;
    check_item_t *items;
    int begun;
    int ended;
    int printed;
    int all_up;
    int progress; /* somebody watches stderr */
    show_style_t style;
};

static void check_run_begin(check_run_t *run);


/* --- probing -------------------------------------------------------------- */

static void
check_run_print(check_run_t *run)
{
    int count = run->command->urls_count;

    if (run->progress) {
        fprintf(stderr, "\r\033[K"); /* the results come where the progress stood */
    }

    while (run->printed < count && run->items[run->printed].shown != NULL) {
        check_item_t *item = &run->items[run->printed++];

        fwrite(item->shown, 1, item->shown_len, stdout);
        free(item->shown);
        item->shown = NULL;
        check_target_free(&item->target);
    }

    fflush(stdout);

    if (run->progress && run->ended < count) {
        fprintf(stderr, "%d of %d", run->ended, count);
    }
}


static void
check_run_on_done(void *data, const probe_result_t *result)
{
    check_item_t *item = data;
    check_run_t *run = item->run;
    const command_check_t *command = run->command;
    const char *name = command->urls[item - run->items];
    FILE *out = open_memstream(&item->shown, &item->shown_len);

    if (result->verdict.status != BS_STATUS_UP && result->verdict.status != BS_STATUS_DEGRADED) {
        run->all_up = 0;
    }

    if (out == NULL) {
        fprintf(stderr, "betterstack-agent check: out of memory\n");
        exit(COMMAND_FAILED);
    }

    if (command->json) {
        show_json(out, name, result);
    } else {
        show_text(out, run->style, name, result);
    }

    fclose(out);
    run->ended++;
    check_run_print(run);
    check_run_begin(run);
}


static void
check_run_begin(check_run_t *run)
{
    const command_check_t *command = run->command;

    while (run->begun < command->urls_count && run->begun - run->ended < command->parallel_max) {
        check_item_t *item = &run->items[run->begun++];

        if (probe_start(&command->env, &item->target.spec, 1, check_run_on_done, item) == NULL) {
            fprintf(stderr, "betterstack-agent check: out of memory\n");
            exit(COMMAND_FAILED);
        }
    }
}


/* All targets are read before the first is probed: a mistake is a mistake of the whole command. */
static int
check_run_read(check_run_t *run)
{
    command_check_t *command = run->command;
    const char *problem;

    for (int i = 0; i < command->urls_count; i++) {
        check_item_t *item = &run->items[i];

        item->run = run;

        if (check_target_read(&item->target, &command->spec, command->typed, command->urls[i],
                              &problem)
            != 0)
        {
            fprintf(stderr, "betterstack-agent check: \"%s\" %s\n", command->urls[i], problem);
            return -1;
        }
    }

    return 0;
}


static int
command_check_probe_all(command_check_t *command)
{
    check_run_t run = {
        .command = command,
        .all_up = 1,
        .progress = isatty(STDERR_FILENO) && command->urls_count > 1,
        .style = show_style_of(stdout),
    };

    run.items = calloc((size_t) command->urls_count, sizeof(*run.items));

    if (run.items == NULL || check_run_read(&run) != 0) {
        free(run.items);
        return COMMAND_USAGE;
    }

    check_run_begin(&run);

    while (run.ended < command->urls_count) {
        uv_run(command->loop, UV_RUN_ONCE);
    }

    free(run.items);
    return run.all_up ? COMMAND_OK : COMMAND_FAILED;
}


static int
command_check_with_network(command_check_t *command)
{
    uv_loop_t loop;
    int status = COMMAND_FAILED;

    uv_loop_init(&loop);
    command->loop = &loop;
    command->env_options.loop = &loop;
    command->env_options.guard = &command->guard;

    if (check_env_open(&command->env, &command->env_options) == 0) {
        status = command_check_probe_all(command);
    } else {
        fprintf(stderr, "betterstack-agent check: the network libraries cannot be started%s\n",
                command->env_options.resolvers != NULL ? " (is --resolvers right?)" : "");
    }

    check_env_close(&command->env);
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
    command.spec.assertions = command.assertions;
    command.spec.answers = command.answers;
    command.env_options.ca_file = CONFIG_CA_FILE;
    command.env_options.rdap_bootstrap = CONFIG_RDAP_BOOTSTRAP;
    command.env_options.body_limit = 1 << 20;
    command.parallel_max = COMMAND_CHECK_PARALLEL;

    if (command_check_read_arguments(&command, argc, argv) != 0) {
        return COMMAND_USAGE;
    }

    return command_check_with_network(&command);
}
