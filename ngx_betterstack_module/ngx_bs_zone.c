
#include "ngx_bs_zone.h"


static ngx_int_t ngx_bs_zone_init(ngx_shm_zone_t *shm_zone, void *old);


ngx_shm_zone_t *
ngx_bs_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t  *shm_zone;

    shm_zone = ngx_shared_memory_add(cf, name, size, tag);
    if (shm_zone == NULL) {
        return NULL;
    }

    shm_zone->init = ngx_bs_zone_init;

    return shm_zone;
}


static ngx_int_t
ngx_bs_zone_init(ngx_shm_zone_t *shm_zone, void *old)
{
    ngx_slab_pool_t  *slab;

    if (old) {

        /* A reload: the counters go on. */

        shm_zone->data = old;
        return NGX_OK;
    }

    slab = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shm_zone->shm.exists) {
        shm_zone->data = slab->data;
        return NGX_OK;
    }

    slab->data = ngx_slab_calloc(slab, sizeof(ngx_bs_zone_t));
    if (slab->data == NULL) {
        return NGX_ERROR;
    }

    shm_zone->data = slab->data;

    return NGX_OK;
}
