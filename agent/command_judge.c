
/* `betterstack-agent judge`: nobody types this; the agent starts it, see assert_pool.h. */

#include "assert_judge.h"
#include "command.h"

const char command_judge_help[] =
    "betterstack-agent judge\n"
    "\n"
    "Compares what checks have found with what monitors want, for the agent that\n"
    "has started it.\n";


int
command_judge(int argc, char **argv)
{
    (void) argc;
    (void) argv;

    return assert_judge_main();
}
