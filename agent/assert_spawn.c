
/* This same binary once more, with nothing of our environment, in which secrets may be. */

#include "assert_spawn.h"

#include "assert_judge.h"


int
assert_spawn(uv_loop_t *loop, uv_process_t *process, uv_pipe_t *input, uv_pipe_t *output,
             uv_exit_cb on_exit)
{
    char self[] = "/proc/self/exe"; /* also when the file was replaced by an upgrade */
    char command[] = ASSERT_JUDGE_COMMAND;
    char timezone[] = "TZ=UTC";
    char home[] = "HOME=/nonexistent";
    char *arguments[] = {self, command, NULL};
    char *environment[] = {timezone, home, NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *) input},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *) output},
        {.flags = UV_IGNORE},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit,
        .file = self,
        .args = arguments,
        .env = environment,
        .stdio_count = 3,
        .stdio = stdio,
    };

    return uv_spawn(loop, process, &options);
}
