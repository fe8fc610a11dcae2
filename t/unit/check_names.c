
/* Names and numbers of statuses and reasons: both ways, no gaps where none are meant. */

#include "../../shared/bs_check.h"

#include "tap.h"

static void
statuses(void)
{
    is_str(bs_status_name(BS_STATUS_UNKNOWN), "unknown", "unknown");
    is_str(bs_status_name(BS_STATUS_DOWN), "down", "down");
    ok(bs_status_name(-1) == NULL, "no name below");
    ok(bs_status_name(BS_STATUS_COUNT) == NULL, "no name above");
}

static void
reasons(void)
{
    int named = 0, back = 1;

    for (int i = -2; i < 300; i++) {
        const char *name = bs_reason_name(i);

        if (name != NULL) {
            named++;
            back &= bs_reason_number(name) == i;
        }
    }

    is_int(named, 39, "as many reasons as the header has");
    ok(back, "each name leads back to its number");
    is_int(bs_reason_number("connect_refused"), BS_REASON_CONNECT_REFUSED, "connect_refused");
    is_int(bs_reason_number("no_such_reason"), -1, "an unknown name");
    is_int(bs_reason_number(""), -1, "an empty name");
}

static void
observers(void)
{
    ok(!bs_reason_is_observer(BS_REASON_NONE), "none tells nothing about the observer");
    ok(!bs_reason_is_observer(BS_REASON_ADDRESS_BLOCKED), "the policy is about the target");
    ok(bs_reason_is_observer(BS_REASON_AGENT_UPLINK_DOWN), "the uplink is the observer's");
    ok(bs_reason_is_observer(BS_REASON_NOT_RUN), "not run is the observer's");
    ok(!bs_reason_is_observer(200), "a number without a name is nobody's");
}

/* For check_names_sql.t, which holds them against sql/schema. */
static int
list(void)
{
    for (int i = 1; i < 300; i++) {
        if (bs_reason_name(i) != NULL) {
            printf("%d %s %s\n", i, bs_reason_name(i),
                   bs_reason_is_observer(i) ? "observer" : "target");
        }
    }

    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        return list();
    }

    statuses();
    reasons();
    observers();

    return done();
}
