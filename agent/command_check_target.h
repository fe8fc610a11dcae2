
/*
 * What one argument of `betterstack-agent check` means: its scheme says the
 * kind of check, what else stands in it the rest.
 *   example.com  https://...  ping:example.com  tcp://host:25  udp://host:53  tls://host
 *   dns://192.0.2.53/example.com?MX  smtp(s):// imap(s):// pop3(s)://host  ws(s)://...
 *   grpc(s)://host:50051/service  redis(s)://:password@host  postgres(s)://user:password@host/db
 *   domain:example.com
 */

#ifndef COMMAND_CHECK_TARGET_H
#define COMMAND_CHECK_TARGET_H

#include "bs_url.h"
#include "spec.h"

typedef struct {
    spec_t spec; /* arrays and most strings are those of the options */
    char *strings;
    bs_url_t login;
} check_target_t;

/*
 * `typed`: the option --type has said the kind, so the text is taken as it is.
 * 0, or -1 with *problem a literal; then there is nothing to free.
 */
int check_target_read(check_target_t *target, const spec_t *options, int typed, const char *text,
                      const char **problem);
void check_target_free(check_target_t *target);

#endif
