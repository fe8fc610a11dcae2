
/*
 * A judge: a process that answers questions about assertions, one after the
 * other, on its standard input and output.  A program that takes too much time
 * or memory ends it, and only it; its parent tells by how it ended.
 */

#ifndef ASSERT_JUDGE_H
#define ASSERT_JUDGE_H

#include <signal.h>

#define ASSERT_JUDGE_COMMAND "judge"
#define ASSERT_JUDGE_CPU_MS 1000         /* for one question */
#define ASSERT_JUDGE_SIGNAL_TIME SIGPROF /* ended by this: a question took too long */
#define ASSERT_JUDGE_EXIT_MEMORY 3       /* ended so: it took too much memory */

/* Gives up what a judge does not need, then answers until its input ends. */
int assert_judge_main(void);

#endif
