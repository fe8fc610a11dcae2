
#include "scram_work.h"

#include <stdlib.h>
#include <string.h>

struct scram_work {
    uv_work_t request;
    scram_t scram;
    char *password;
    int failed;
    scram_work_cb done;
    void *data;
};


static void
scram_work_run(uv_work_t *request)
{
    scram_work_t *work = request->data;

    work->failed = scram_derive(&work->scram, work->password) != 0;
}


static void
scram_work_on_done(uv_work_t *request, int status)
{
    scram_work_t *work = request->data;

    if (work->done != NULL) {
        work->done(work->data, (status == 0 && !work->failed) ? &work->scram : NULL);
    }

    explicit_bzero(work->password, strlen(work->password));
    free(work->password);
    free(work);
}


scram_work_t *
scram_work_start(uv_loop_t *loop, const scram_t *scram, const char *password, scram_work_cb done,
                 void *data)
{
    scram_work_t *work = calloc(1, sizeof(*work));

    if (work == NULL) {
        return NULL;
    }

    work->password = strdup(password);
    work->request.data = work;
    work->scram = *scram;
    work->done = done;
    work->data = data;

    if (work->password == NULL
        || uv_queue_work(loop, &work->request, scram_work_run, scram_work_on_done) != 0)
    {
        free(work->password);
        free(work);
        return NULL;
    }

    return work;
}


void
scram_work_cancel(scram_work_t *work)
{
    if (work != NULL) {
        work->done = NULL;
        uv_cancel((uv_req_t *) &work->request); /* if it has begun already, it ends by itself */
    }
}
