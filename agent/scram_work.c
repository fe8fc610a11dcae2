
#include "scram_work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct scram_work {
    uv_work_t request;
    scram_queue_t *queue;
    scram_t scram;
    char *password;
    int running;
    int failed;
    scram_work_cb done;
    void *data;
    TAILQ_ENTRY(scram_work) link; /* while it waits */
};

struct scram_queue {
    uv_loop_t *loop;
    unsigned running;
    unsigned waiting_count;
    int closed;
    TAILQ_HEAD(, scram_work) waiting; /* fewest rounds first */
};

static void scram_queue_go_on(scram_queue_t *queue);


static void
scram_work_free(scram_work_t *work)
{
    if (work->password != NULL) {
        explicit_bzero(work->password, strlen(work->password));
    }

    free(work->password);
    free(work);
}


static void
scram_work_run(uv_work_t *request)
{
    scram_work_t *work = request->data;

    work->failed = scram_derive(&work->scram, work->password) != 0;
}


static void
scram_work_finish(scram_work_t *work, int failed)
{
    if (work->done != NULL) {
        work->done(work->data, failed ? NULL : &work->scram);
    }

    scram_work_free(work);
}


static void
scram_work_on_done(uv_work_t *request, int status)
{
    scram_work_t *work = request->data;
    scram_queue_t *queue = work->queue;

    queue->running--;
    scram_work_finish(work, status != 0 || work->failed);

    if (queue->closed && queue->running == 0) {
        free(queue);
        return;
    }

    scram_queue_go_on(queue);
}


/* 0, or -1: libuv does not take it. */
static int
scram_work_begin(scram_work_t *work)
{
    scram_queue_t *queue = work->queue;

    if (uv_queue_work(queue->loop, &work->request, scram_work_run, scram_work_on_done) != 0) {
        return -1;
    }

    work->running = 1;
    queue->running++;
    return 0;
}


static void
scram_queue_remove(scram_queue_t *queue, scram_work_t *work)
{
    TAILQ_REMOVE(&queue->waiting, work, link);
    queue->waiting_count--;
}


static void
scram_queue_go_on(scram_queue_t *queue)
{
    scram_work_t *work;

    while (queue->running < SCRAM_WORK_RUNNING_MAX && (work = TAILQ_FIRST(&queue->waiting)) != NULL)
    {
        scram_queue_remove(queue, work);

        if (scram_work_begin(work) != 0) {
            scram_work_finish(work, 1);
        }
    }
}


/* -1: too many wait. */
static int
scram_queue_add(scram_queue_t *queue, scram_work_t *work)
{
    scram_work_t *other;

    if (queue->waiting_count == SCRAM_WORK_WAITING_MAX) {
        return -1;
    }

    queue->waiting_count++;
    TAILQ_FOREACH(other, &queue->waiting, link)
    {
        if (other->scram.rounds > work->scram.rounds) {
            TAILQ_INSERT_BEFORE(other, work, link);
            return 0;
        }
    }

    TAILQ_INSERT_TAIL(&queue->waiting, work, link);
    return 0;
}


scram_work_t *
scram_work_start(scram_queue_t *queue, const scram_t *scram, const char *password,
                 scram_work_cb done, void *data)
{
    scram_work_t *work = calloc(1, sizeof(*work));

    if (work == NULL) {
        return NULL;
    }

    work->password = strdup(password);
    work->request.data = work;
    work->queue = queue;
    work->scram = *scram;
    work->done = done;
    work->data = data;

    int taken = work->password == NULL                      ? -1
                : (queue->running < SCRAM_WORK_RUNNING_MAX) ? scram_work_begin(work)
                                                            : scram_queue_add(queue, work);

    if (taken != 0) {
        scram_work_free(work);
        return NULL;
    }

    return work;
}


void
scram_work_cancel(scram_work_t *work)
{
    if (work == NULL) {
        return;
    }

    work->done = NULL;

    if (work->running) {
        uv_cancel((uv_req_t *) &work->request); /* if it has begun already, it ends by itself */
        return;
    }

    scram_queue_remove(work->queue, work);
    scram_work_free(work);
}


scram_queue_t *
scram_queue_create(uv_loop_t *loop)
{
    scram_queue_t *queue = calloc(1, sizeof(*queue));

    if (queue == NULL) {
        return NULL;
    }

    queue->loop = loop;
    TAILQ_INIT(&queue->waiting);
    return queue;
}


void
scram_queue_destroy(scram_queue_t *queue)
{
    if (queue == NULL) {
        return;
    }

    queue->closed = 1;

    if (queue->running == 0) {
        free(queue);
    }
}
