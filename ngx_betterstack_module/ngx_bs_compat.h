
/*
 * The only #ifs on versions of nginx (1.22 to 1.28) and of how it was built.
 */

#ifndef _NGX_BS_COMPAT_H_INCLUDED_
#define _NGX_BS_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#if !(NGX_THREADS)
#error "the betterstack module needs an nginx built --with-threads"
#endif

#ifndef NGX_BS_SCHEMA_VERSION
#error "the betterstack module is configured by the file `config'"
#endif


/*
 * ngx_table_elt_t became a list in 1.23: what ngx_list_push() gives must say
 * that nothing follows.
 */
#if (nginx_version >= 1023000)
#define ngx_bs_header_alone(header)  (header)->next = NULL
#else
#define ngx_bs_header_alone(header)
#endif


#endif /* _NGX_BS_COMPAT_H_INCLUDED_ */
