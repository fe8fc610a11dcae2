
/*
 * A judge is a process, a pipe each way and a timer.  Its answers and its end
 * come in any order, so the end counts only when the process is gone and its
 * output read to the end; then the four handles are closed, and what was asked
 * goes on.
 */

#include "assert_pool.h"

#include "assert_judge.h"
#include "assert_spawn.h"
#include "assert_wire.h"
#include "clock.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define POOL_JUDGES_MAX 2
#define POOL_WAITING_MAX 1000
#define POOL_ATTEMPTS_MAX 2
#define POOL_QUESTION_MS 5000    /* by the clock; the judge's own limit is of CPU time */
#define POOL_IDLE_MS 60000       /* then a judge may go */
#define POOL_QUESTIONS_MAX 10000 /* then it must: whatever has grown in it is gone */
#define POOL_FAIR_US 250000      /* what any question may take, and a judge to begin with it */
#define POOL_HANDLES 4

typedef struct judge_process judge_process_t;

struct assert_task {
    assert_pool_t *pool;
    judge_process_t *judge; /* NULL: waiting */
    assert_question_t question;
    assert_wire_head_t head;
    uv_write_t write;
    int writing; /* to a judge: must live on */
    int over;
    unsigned attempts;
    int64_t asked_us;
    assert_pool_cb done; /* NULL: cancelled */
    void *data;
    TAILQ_ENTRY(assert_task) link;
};

struct judge_process {
    assert_pool_t *pool;
    assert_task_t *task;
    uv_process_t process;
    uv_pipe_t input;
    uv_pipe_t output;
    uv_timer_t timer;
    unsigned open; /* handles */
    unsigned asked;
    unsigned held; /* assertions of this task that do */
    int exited;
    int output_ended;
    int closing;
    int overdue;
    int64_t exit_status;
    int exit_signal;
    size_t len;
    char buffer[ASSERT_WIRE_ANSWER_MAX];
};

struct assert_pool {
    uv_loop_t *loop;
    size_t bytes;
    unsigned waiting_count;
    judge_process_t *judges[POOL_JUDGES_MAX];
    TAILQ_HEAD(, assert_task) waiting;
};

static void pool_go_on(assert_pool_t *pool);


/* --- the budget ----------------------------------------------------------- */

int
assert_pool_reserve(assert_pool_t *pool, size_t bytes)
{
    if (bytes > ASSERT_POOL_BYTES_MAX - pool->bytes) {
        return -1;
    }

    pool->bytes += bytes;
    return 0;
}


void
assert_pool_release(assert_pool_t *pool, size_t bytes)
{
    pool->bytes -= bytes;
}


/* --- tasks ---------------------------------------------------------------- */

/* A question may outlive its pool. */
static void
pool_free_question(assert_pool_t *pool, const assert_question_t *question)
{
    free(question->text);
    free(question->body);

    if (pool != NULL) {
        assert_pool_release(pool, question->reserved);
    }
}


static void
task_free(assert_task_t *task)
{
    pool_free_question(task->pool, &task->question);
    free(task);
}


static void
task_end(assert_task_t *task, unsigned index, const assertion_answer_t *answer)
{
    if (task->done != NULL) {
        task->done(task->data, index, answer);
    }

    task->over = 1;

    if (!task->writing) {
        task_free(task);
    }
}


/* --- the end of a judge --------------------------------------------------- */

static assertion_outcome_t
judge_outcome(const judge_process_t *judge)
{
    if (judge->exit_signal == ASSERT_JUDGE_SIGNAL_TIME) {
        return ASSERTION_TIME;
    }

    return (judge->exit_status == ASSERT_JUDGE_EXIT_MEMORY) ? ASSERTION_MEMORY : ASSERTION_TROUBLE;
}


/* What it was asked when it died. */
static void
judge_bequeath(judge_process_t *judge)
{
    assert_task_t *task = judge->task;
    assertion_answer_t answer = {.outcome = judge_outcome(judge)};

    task->judge = NULL;

    if (answer.outcome == ASSERTION_TROUBLE && !judge->overdue && task->done != NULL
        && task->attempts < POOL_ATTEMPTS_MAX && judge->pool != NULL)
    {
        TAILQ_INSERT_HEAD(&judge->pool->waiting, task, link);
        judge->pool->waiting_count++;
        return;
    }

    task_end(task, judge->held, &answer);
}


static void
judge_on_closed(uv_handle_t *handle)
{
    judge_process_t *judge = handle->data;
    assert_pool_t *pool = judge->pool;

    if (--judge->open > 0) {
        return;
    }

    for (int i = 0; pool != NULL && i < POOL_JUDGES_MAX; i++) {
        if (pool->judges[i] == judge) {
            pool->judges[i] = NULL;
        }
    }

    if (judge->task != NULL) {
        judge_bequeath(judge);
    }

    free(judge);

    if (pool != NULL) { /* which is not destroyed meanwhile */
        pool_go_on(pool);
    }
}


static void
judge_close(judge_process_t *judge)
{
    uv_handle_t *handles[POOL_HANDLES] = {
        (uv_handle_t *) &judge->process,
        (uv_handle_t *) &judge->input,
        (uv_handle_t *) &judge->output,
        (uv_handle_t *) &judge->timer,
    };

    if (judge->closing) {
        return;
    }

    judge->closing = 1;

    for (int i = 0; i < POOL_HANDLES; i++) {
        uv_close(handles[i], judge_on_closed);
    }
}


static void
judge_kill(judge_process_t *judge)
{
    if (!judge->exited) {
        uv_process_kill(&judge->process, SIGKILL);
    }
}


static void
judge_on_exit(uv_process_t *process, int64_t status, int signal)
{
    judge_process_t *judge = process->data;

    judge->exited = 1;
    judge->exit_status = status;
    judge->exit_signal = signal;

    if (judge->output_ended) {
        judge_close(judge);
    }
}


static void
judge_on_timer(uv_timer_t *timer)
{
    judge_process_t *judge = timer->data;

    judge->overdue = judge->task != NULL;
    judge_kill(judge);
}


/* --- answers -------------------------------------------------------------- */

static void
judge_rest(judge_process_t *judge)
{
    judge->task = NULL;

    if (judge->asked == POOL_QUESTIONS_MAX) {
        judge_kill(judge);
        return;
    }

    uv_timer_start(&judge->timer, judge_on_timer, POOL_IDLE_MS, 0);
}


static void
judge_take_answer(judge_process_t *judge, const assertion_answer_t *answer)
{
    assert_task_t *task = judge->task;

    if (task == NULL || answer->outcome >= ASSERTION_OUTCOME_COUNT) {
        judge_kill(judge);
        return;
    }

    judge->held += answer->outcome == ASSERTION_HOLDS;

    if (answer->outcome == ASSERTION_HOLDS && judge->held < task->question.count) {
        return;
    }

    judge_rest(judge);
    task_end(task, judge->held, answer);
}


/* Whole frames are taken out of the buffer. */
static void
judge_take_frames(judge_process_t *judge)
{
    assert_wire_answer_t head;

    while (judge->len >= sizeof(head)) {
        assertion_answer_t answer;

        memcpy(&head, judge->buffer, sizeof(head));

        if (head.len > ASSERTION_SEEN_MAX) {
            judge_kill(judge);
            return;
        }

        size_t len = sizeof(head) + head.len;

        if (judge->len < len) {
            return;
        }

        assertion_see(&answer, (assertion_outcome_t) head.outcome, judge->buffer + sizeof(head),
                      head.len);
        judge->len -= len;
        memmove(judge->buffer, judge->buffer + len, judge->len);
        judge_take_answer(judge, &answer);
    }
}


static void
judge_on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    judge_process_t *judge = handle->data;

    (void) suggested;
    *buf = uv_buf_init(judge->buffer + judge->len, (unsigned) (sizeof(judge->buffer) - judge->len));
}


static void
judge_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    judge_process_t *judge = stream->data;

    (void) buf;

    if (n > 0) {
        judge->len += (size_t) n;
        judge_take_frames(judge);
        pool_go_on(judge->pool);
        return;
    }

    if (n < 0) {
        uv_read_stop(stream);
        judge->output_ended = 1;

        if (judge->exited) {
            judge_close(judge);
        } else {
            judge_kill(judge);
        }
    }
}


/* --- the beginning of a judge --------------------------------------------- */

static judge_process_t *
judge_create(assert_pool_t *pool)
{
    judge_process_t *judge = calloc(1, sizeof(*judge));

    if (judge == NULL) {
        return NULL;
    }

    judge->pool = pool;
    judge->open = POOL_HANDLES;
    uv_pipe_init(pool->loop, &judge->input, 0);
    uv_pipe_init(pool->loop, &judge->output, 0);
    uv_timer_init(pool->loop, &judge->timer);
    judge->input.data = judge->output.data = judge->timer.data = judge->process.data = judge;

    int status =
        assert_spawn(pool->loop, &judge->process, &judge->input, &judge->output, judge_on_exit);

    if (status != 0) {
        log_warn("assert", "a judge cannot be started: %s", uv_strerror(status));
        judge->exited = 1;
        judge->output_ended = 1;
        return judge;
    }

    uv_read_start((uv_stream_t *) &judge->output, judge_on_allocate, judge_on_read);
    return judge;
}


/* --- asking --------------------------------------------------------------- */

/* An error shows in the judge's end, too, which is where it is handled. */
static void
judge_on_written(uv_write_t *write, int status)
{
    assert_task_t *task = write->data;

    (void) status;
    task->writing = 0;

    if (task->over) {
        task_free(task);
    }
}


static void
judge_ask(judge_process_t *judge, assert_task_t *task)
{
    const assert_question_t *question = &task->question;

    judge->task = task;
    judge->held = 0;
    judge->asked++;
    judge->overdue = 0;
    task->judge = judge;
    task->asked_us = clock_us();
    task->attempts++;
    task->head = (assert_wire_head_t){
        .count = question->count,
        .cut = (uint32_t) question->cut,
        .text_len = question->text_len,
        .body_len = question->body_len,
    };

    if (judge->exited) { /* it never came to life */
        judge_close(judge);
        return;
    }

    uv_buf_t bufs[] = {
        uv_buf_init((char *) &task->head, sizeof(task->head)),
        uv_buf_init(question->text, (unsigned) question->text_len),
        uv_buf_init(question->body, (unsigned) question->body_len),
    };

    uv_timer_start(&judge->timer, judge_on_timer, POOL_QUESTION_MS, 0);

    task->write.data = task;
    task->writing = 1;

    if (uv_write(&task->write, (uv_stream_t *) &judge->input, bufs, 3, judge_on_written) != 0) {
        task->writing = 0;
        judge_kill(judge);
    }
}


/* A judge that rests, or a new one; NULL if all are at work. */
static judge_process_t *
pool_find_judge(assert_pool_t *pool)
{
    int place = -1;

    for (int i = 0; i < POOL_JUDGES_MAX; i++) {
        judge_process_t *judge = pool->judges[i];

        if (judge == NULL) {
            place = i;
        } else if (judge->task == NULL && !judge->exited && !judge->output_ended
                   && judge->asked < POOL_QUESTIONS_MAX)
        {
            return judge;
        }
    }

    if (place < 0) {
        return NULL;
    }

    pool->judges[place] = judge_create(pool);
    return pool->judges[place];
}


static void
pool_go_on(assert_pool_t *pool)
{
    assert_task_t *task;

    while ((task = TAILQ_FIRST(&pool->waiting)) != NULL) {
        judge_process_t *judge = pool_find_judge(pool);

        if (judge == NULL) {
            return;
        }

        TAILQ_REMOVE(&pool->waiting, task, link);
        pool->waiting_count--;
        judge_ask(judge, task);
    }
}


assert_task_t *
assert_pool_ask(assert_pool_t *pool, const assert_question_t *take_question, assert_pool_cb done,
                void *data)
{
    assert_task_t *task = NULL;

    if (pool->waiting_count < POOL_WAITING_MAX) {
        task = calloc(1, sizeof(*task));
    }

    if (task == NULL) {
        pool_free_question(pool, take_question);
        return NULL;
    }

    task->pool = pool;
    task->question = *take_question;
    task->done = done;
    task->data = data;
    TAILQ_INSERT_TAIL(&pool->waiting, task, link);
    pool->waiting_count++;
    pool_go_on(pool);
    return task;
}


void
assert_pool_cancel(assert_task_t *task)
{
    task->done = NULL;

    if (task->judge == NULL) {
        TAILQ_REMOVE(&task->pool->waiting, task, link);
        task->pool->waiting_count--;
        task_free(task);
    }
}


int
assert_pool_progress(const assert_task_t *task)
{
    int fair = task->judge != NULL && clock_us() - task->asked_us >= POOL_FAIR_US;

    return fair ? (int) task->judge->held : -1;
}


/* --- the pool ------------------------------------------------------------- */

assert_pool_t *
assert_pool_create(uv_loop_t *loop)
{
    assert_pool_t *pool = calloc(1, sizeof(*pool));

    if (pool != NULL) {
        pool->loop = loop;
        TAILQ_INIT(&pool->waiting);
    }

    return pool;
}


void
assert_pool_destroy(assert_pool_t *pool)
{
    for (int i = 0; pool != NULL && i < POOL_JUDGES_MAX; i++) {
        judge_process_t *judge = pool->judges[i];

        if (judge == NULL) {
            continue;
        }

        judge_kill(judge);
        judge_close(judge);
        judge->pool = NULL;

        if (judge->task != NULL) {
            judge->task->pool = NULL;
        }
    }

    free(pool);
}
