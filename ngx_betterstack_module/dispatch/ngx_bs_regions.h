
/*
 * The regions a scheduler knows, with the Redis keys of each.  Placements
 * refer to a region by its place in the table, which never moves.
 */

#ifndef _NGX_BS_REGIONS_H_INCLUDED_
#define _NGX_BS_REGIONS_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_REGIONS_MAX      1024
#define NGX_BS_REGION_SLUG_MAX  64


typedef struct {
    ngx_str_t   slug;             /* len 0: the place is free */
    ngx_str_t   jobs_key;
    ngx_str_t   heartbeat_key;
    ngx_uint_t  placements;       /* (monitor, region) pairs that refer here */
    int64_t     watermark;        /* ngx_bs_watermark() */
    unsigned    listed:1;         /* in dispatch.region_slugs() */
} ngx_bs_region_t;


typedef struct {
    ngx_bs_region_t  *elts;
    ngx_uint_t        n;          /* places in use or used before */
    ngx_log_t        *log;
} ngx_bs_regions_t;


ngx_int_t ngx_bs_regions_init(ngx_bs_regions_t *regions, ngx_pool_t *pool,
    ngx_log_t *log);

/* The place of a slug, made when missing; NGX_ERROR: not a slug, or full. */
ngx_int_t ngx_bs_regions_find(ngx_bs_regions_t *regions, ngx_str_t *slug);

/* Frees a place whose region is gone. */
void ngx_bs_regions_forget(ngx_bs_region_t *region);
void ngx_bs_regions_clear(ngx_bs_regions_t *regions);


#endif /* _NGX_BS_REGIONS_H_INCLUDED_ */
