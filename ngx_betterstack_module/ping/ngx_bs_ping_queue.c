
#include "ngx_bs_ping_queue.h"


typedef struct {
    ngx_queue_t   queue;
    uint64_t      number;
    size_t        len;
    u_char        data[1];
} ngx_bs_ping_entry_t;


struct ngx_bs_ping_shared_s {
    ngx_queue_t   entries;
    ngx_uint_t    count;
    size_t        bytes;
    uint64_t      number;     /* of the newest */
};


ngx_int_t
ngx_bs_ping_queue_init(ngx_bs_ping_queue_t *queue, ngx_shm_zone_t *zone)
{
    ngx_bs_zone_t         *counters;
    ngx_bs_ping_shared_t  *shared;

    counters = zone->data;

    queue->slab = (ngx_slab_pool_t *) zone->shm.addr;
    queue->bytes_max = zone->shm.size / NGX_BS_PING_QUEUE_SHARE;

    ngx_shmtx_lock(&queue->slab->mutex);

    shared = counters->pings_shared;

    if (shared == NULL) {
        shared = ngx_slab_calloc_locked(queue->slab,
                                        sizeof(ngx_bs_ping_shared_t));
        if (shared) {
            ngx_queue_init(&shared->entries);
            counters->pings_shared = shared;
        }
    }

    ngx_shmtx_unlock(&queue->slab->mutex);

    queue->shared = shared;

    return shared ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_bs_ping_queue_push(ngx_bs_ping_queue_t *queue, const ngx_str_t *record)
{
    ngx_bs_ping_entry_t   *entry;
    ngx_bs_ping_shared_t  *shared;

    entry = NULL;
    shared = queue->shared;

    ngx_shmtx_lock(&queue->slab->mutex);

    if (shared->count < NGX_BS_PING_QUEUE_MAX
        && shared->bytes + record->len <= queue->bytes_max)
    {
        entry = ngx_slab_alloc_locked(queue->slab,
                    offsetof(ngx_bs_ping_entry_t, data) + record->len);
    }

    if (entry) {
        entry->number = ++shared->number;
        entry->len = record->len;
        ngx_memcpy(entry->data, record->data, record->len);

        ngx_queue_insert_tail(&shared->entries, &entry->queue);
        shared->count++;
        shared->bytes += record->len;
    }

    ngx_shmtx_unlock(&queue->slab->mutex);

    return entry ? NGX_OK : NGX_BUSY;
}


ngx_int_t
ngx_bs_ping_queue_first(ngx_bs_ping_queue_t *queue, ngx_str_t *record,
    uint64_t *number, ngx_log_t *log)
{
    ngx_int_t              rc;
    ngx_bs_ping_entry_t   *entry;
    ngx_bs_ping_shared_t  *shared;

    rc = NGX_DECLINED;
    shared = queue->shared;

    ngx_shmtx_lock(&queue->slab->mutex);

    if (!ngx_queue_empty(&shared->entries)) {
        entry = ngx_queue_data(ngx_queue_head(&shared->entries),
                               ngx_bs_ping_entry_t, queue);

        record->data = ngx_alloc(entry->len, log);
        rc = NGX_ERROR;

        if (record->data) {
            record->len = entry->len;
            ngx_memcpy(record->data, entry->data, entry->len);
            *number = entry->number;
            rc = NGX_OK;
        }
    }

    ngx_shmtx_unlock(&queue->slab->mutex);

    return rc;
}


void
ngx_bs_ping_queue_remove(ngx_bs_ping_queue_t *queue, uint64_t number)
{
    ngx_bs_ping_entry_t   *entry;
    ngx_bs_ping_shared_t  *shared;

    shared = queue->shared;

    ngx_shmtx_lock(&queue->slab->mutex);

    if (!ngx_queue_empty(&shared->entries)) {
        entry = ngx_queue_data(ngx_queue_head(&shared->entries),
                               ngx_bs_ping_entry_t, queue);

        if (entry->number == number) {
            ngx_queue_remove(&entry->queue);
            shared->count--;
            shared->bytes -= entry->len;
            ngx_slab_free_locked(queue->slab, entry);
        }
    }

    ngx_shmtx_unlock(&queue->slab->mutex);
}


/* Read without the lock: it is old a moment later anyway. */

ngx_uint_t
ngx_bs_ping_queue_count(const ngx_bs_ping_queue_t *queue)
{
    return *(volatile ngx_uint_t *) &queue->shared->count;
}
