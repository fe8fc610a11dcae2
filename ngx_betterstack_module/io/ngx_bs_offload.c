
#include "ngx_bs_offload.h"
#include "ngx_bs_timer.h"


/*
 * A hash takes tens of megabytes and of milliseconds: two at a time leave
 * nginx's own threads, and memory, to others.
 */
#define NGX_BS_OFFLOAD_RUNNING_MAX  2

/* A thread has no nginx timer: this one keeps a graceful exit waiting. */
#define NGX_BS_OFFLOAD_HOLD         1000


typedef struct {
    ngx_thread_task_t    task;           /* first: the event finds us by it */
    ngx_queue_t          queue;
    ngx_bs_offload_t    *offload;
    void               (*work)(void *context);
    void               (*done)(void *context);
    void                *context;
} ngx_bs_offload_job_t;


struct ngx_bs_offload_s {
    ngx_thread_pool_t   *threads;
    ngx_queue_t          waiting;
    ngx_uint_t           jobs;           /* waiting and running */
    ngx_uint_t           jobs_max;
    ngx_uint_t           running;
    ngx_bs_timer_t       hold;
    ngx_log_t           *log;
};


static ngx_int_t ngx_bs_offload_post(ngx_bs_offload_job_t *job);
static void ngx_bs_offload_run(void *data, ngx_log_t *log);
static void ngx_bs_offload_finish(ngx_event_t *ev);
static void ngx_bs_offload_next(ngx_bs_offload_t *offload);
static void ngx_bs_offload_hold(void *data);


ngx_bs_offload_t *
ngx_bs_offload_create(ngx_pool_t *pool, ngx_thread_pool_t *threads,
    ngx_uint_t jobs_max, ngx_log_t *log)
{
    ngx_bs_offload_t  *offload;

    offload = ngx_pcalloc(pool, sizeof(ngx_bs_offload_t));
    if (offload == NULL) {
        return NULL;
    }

    offload->threads = threads;
    offload->jobs_max = jobs_max;
    offload->log = log;

    ngx_queue_init(&offload->waiting);
    ngx_bs_timer_init(&offload->hold, NGX_BS_TIMER_HOLDS, ngx_bs_offload_hold,
                      offload, log);

    return offload;
}


ngx_int_t
ngx_bs_offload_submit(ngx_bs_offload_t *offload, void (*work)(void *context),
    void (*done)(void *context), void *context)
{
    ngx_bs_offload_job_t  *job;

    if (offload->jobs >= offload->jobs_max) {
        return NGX_BUSY;
    }

    job = ngx_calloc(sizeof(ngx_bs_offload_job_t), offload->log);
    if (job == NULL) {
        return NGX_ERROR;
    }

    job->offload = offload;
    job->work = work;
    job->done = done;
    job->context = context;

    job->task.ctx = job;
    job->task.handler = ngx_bs_offload_run;
    job->task.event.data = job;
    job->task.event.handler = ngx_bs_offload_finish;
    job->task.event.log = offload->log;

    if (offload->running >= NGX_BS_OFFLOAD_RUNNING_MAX) {
        ngx_queue_insert_tail(&offload->waiting, &job->queue);

    } else if (ngx_bs_offload_post(job) != NGX_OK) {
        ngx_free(job);
        return NGX_BUSY;
    }

    if (offload->jobs++ == 0) {
        ngx_bs_timer_set(&offload->hold, NGX_BS_OFFLOAD_HOLD);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_offload_post(ngx_bs_offload_job_t *job)
{
    if (ngx_thread_task_post(job->offload->threads, &job->task) != NGX_OK) {
        return NGX_ERROR;
    }

    job->offload->running++;

    return NGX_OK;
}


static void
ngx_bs_offload_run(void *data, ngx_log_t *log)
{
    ngx_bs_offload_job_t  *job = data;

    ngx_log_debug0(NGX_LOG_DEBUG_CORE, log, 0, "betterstack offload run");

    job->work(job->context);
}


static void
ngx_bs_offload_finish(ngx_event_t *ev)
{
    void                  *context, (*done)(void *context);
    ngx_bs_offload_t      *offload;
    ngx_bs_offload_job_t  *job;

    job = ev->data;

    offload = job->offload;
    done = job->done;
    context = job->context;

    ngx_free(job);

    offload->running--;
    offload->jobs--;

    ngx_bs_offload_next(offload);

    if (offload->jobs == 0) {
        ngx_bs_timer_clear(&offload->hold);
    }

    done(context);
}


static void
ngx_bs_offload_next(ngx_bs_offload_t *offload)
{
    ngx_queue_t           *q;
    ngx_bs_offload_job_t  *job;

    while (offload->running < NGX_BS_OFFLOAD_RUNNING_MAX
           && !ngx_queue_empty(&offload->waiting))
    {
        q = ngx_queue_head(&offload->waiting);
        job = ngx_queue_data(q, ngx_bs_offload_job_t, queue);

        if (ngx_bs_offload_post(job) != NGX_OK) {

            /*
             * The thread pool is full of others' work.  What waits was
             * accepted, so it is tried again: with our next job's end, or
             * by the timer.
             */

            return;
        }

        ngx_queue_remove(q);
    }
}


static void
ngx_bs_offload_hold(void *data)
{
    ngx_bs_offload_t  *offload = data;

    ngx_bs_offload_next(offload);

    ngx_bs_timer_set(&offload->hold, NGX_BS_OFFLOAD_HOLD);
}
