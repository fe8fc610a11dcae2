
#include "ngx_bs_regions.h"

#include <bs_keys.h>


static ngx_flag_t ngx_bs_regions_slug_valid(ngx_str_t *slug);
static ngx_int_t ngx_bs_regions_fill(ngx_bs_regions_t *regions,
    ngx_bs_region_t *region, ngx_str_t *slug);


ngx_int_t
ngx_bs_regions_init(ngx_bs_regions_t *regions, ngx_pool_t *pool,
    ngx_log_t *log)
{
    regions->n = 0;
    regions->log = log;

    regions->elts = ngx_pcalloc(pool, NGX_BS_REGIONS_MAX
                                      * sizeof(ngx_bs_region_t));

    return regions->elts ? NGX_OK : NGX_ERROR;
}


/* Tables are short, and rows of one monitor name few regions: a plain walk. */

ngx_int_t
ngx_bs_regions_find(ngx_bs_regions_t *regions, ngx_str_t *slug)
{
    ngx_uint_t        i, free;
    ngx_bs_region_t  *region;

    free = regions->n;

    for (i = 0; i < regions->n; i++) {
        region = &regions->elts[i];

        if (region->slug.len == slug->len
            && ngx_memcmp(region->slug.data, slug->data, slug->len) == 0)
        {
            return (ngx_int_t) i;
        }

        if (region->slug.len == 0) {
            free = i;
        }
    }

    if (free == NGX_BS_REGIONS_MAX
        || !ngx_bs_regions_slug_valid(slug)
        || ngx_bs_regions_fill(regions, &regions->elts[free], slug) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ERR, regions->log, 0,
                      "betterstack: region \"%V\" cannot be scheduled", slug);
        return NGX_ERROR;
    }

    if (free == regions->n) {
        regions->n++;
    }

    return (ngx_int_t) free;
}


static ngx_flag_t
ngx_bs_regions_slug_valid(ngx_str_t *slug)
{
    u_char  *p, *last;

    if (slug->len == 0 || slug->len > NGX_BS_REGION_SLUG_MAX) {
        return 0;
    }

    /* Its heartbeat would be BS_KEY_WATERMARK. */

    if (slug->len == sizeof("watermark") - 1
        && ngx_memcmp(slug->data, "watermark", slug->len) == 0)
    {
        return 0;
    }

    last = slug->data + slug->len;

    for (p = slug->data; p < last; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')
              || *p == '-' || *p == '_'))
        {
            return 0;
        }
    }

    return 1;
}


/* The slug is the tail of its jobs key: one allocation for all three. */

static ngx_int_t
ngx_bs_regions_fill(ngx_bs_regions_t *regions, ngx_bs_region_t *region,
    ngx_str_t *slug)
{
    u_char  *p;

    p = ngx_alloc(sizeof(BS_KEY_JOBS_PREFIX) + sizeof(BS_KEY_HEARTBEAT_PREFIX)
                  + 2 * slug->len, regions->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(region, sizeof(ngx_bs_region_t));

    region->jobs_key.data = p;
    p = ngx_sprintf(p, BS_KEY_JOBS_PREFIX "%V", slug);
    region->jobs_key.len = p - region->jobs_key.data;

    region->slug.data = p - slug->len;
    region->slug.len = slug->len;

    region->heartbeat_key.data = p;
    p = ngx_sprintf(p, BS_KEY_HEARTBEAT_PREFIX "%V", slug);
    region->heartbeat_key.len = p - region->heartbeat_key.data;

    return NGX_OK;
}


void
ngx_bs_regions_forget(ngx_bs_region_t *region)
{
    ngx_free(region->jobs_key.data);
    ngx_memzero(region, sizeof(ngx_bs_region_t));
}


void
ngx_bs_regions_clear(ngx_bs_regions_t *regions)
{
    ngx_uint_t  i;

    for (i = 0; i < regions->n; i++) {
        if (regions->elts[i].slug.len) {
            ngx_bs_regions_forget(&regions->elts[i]);
        }
    }

    regions->n = 0;
}
