
/*
 * A socket that belongs to a library (libpq), watched by nginx.  The only
 * place where such a socket enters or leaves nginx's event loop.
 *
 * Always level-triggered: the libraries do not read until EAGAIN, and with
 * edges the rest of an answer would wait for ever.
 */

#ifndef _NGX_BS_FD_H_INCLUDED_
#define _NGX_BS_FD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


typedef struct {
    ngx_connection_t  *connection;     /* NULL: nothing adopted */
    ino_t              inode;
} ngx_bs_fd_t;


/*
 * Watches `s` for reading for as long as it is adopted; the handlers' event
 * has an ngx_connection_t whose data is `data`.  NGX_ERROR when nginx is out of
 * connections or the kernel refuses.
 */
ngx_int_t ngx_bs_fd_adopt(ngx_bs_fd_t *fd, ngx_socket_t s, void *data,
    ngx_event_handler_pt read, ngx_event_handler_pt write, ngx_log_t *log);

/* Whether `s` is the adopted socket: libraries reopen on the same number. */
ngx_flag_t ngx_bs_fd_same(const ngx_bs_fd_t *fd, ngx_socket_t s);

ngx_int_t ngx_bs_fd_want_write(ngx_bs_fd_t *fd, ngx_flag_t want);

/* Runs the read handler later in this turn: the library has bytes already. */
void ngx_bs_fd_post_read(ngx_bs_fd_t *fd);

/*
 * Before the library closes its socket: `s` is what it has now, or -1 when it
 * closed it by itself.  Does not close.  Harmless when nothing is adopted.
 */
void ngx_bs_fd_release(ngx_bs_fd_t *fd, ngx_socket_t s);


#endif /* _NGX_BS_FD_H_INCLUDED_ */
