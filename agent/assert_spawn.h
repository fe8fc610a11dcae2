
/* Starts a judge (assert_judge.h) as a child process. */

#ifndef ASSERT_SPAWN_H
#define ASSERT_SPAWN_H

#include <uv.h>

/*
 * A pipe to its input and one from its output; both are initialised by the
 * caller, as is process->data.  0, or libuv's error; the handles are to be
 * closed in either case.
 */
int assert_spawn(uv_loop_t *loop, uv_process_t *process, uv_pipe_t *input, uv_pipe_t *output,
                 uv_exit_cb on_exit);

#endif
