
#include "ngx_bs_fd.h"


static ngx_int_t ngx_bs_fd_inode(ngx_socket_t s, ino_t *inode);


ngx_int_t
ngx_bs_fd_adopt(ngx_bs_fd_t *fd, ngx_socket_t s, void *data,
    ngx_event_handler_pt read, ngx_event_handler_pt write, ngx_log_t *log)
{
    ngx_connection_t  *c;

    fd->connection = NULL;

    if (ngx_bs_fd_inode(s, &fd->inode) != NGX_OK) {
        return NGX_ERROR;
    }

    c = ngx_get_connection(s, log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = data;
    c->log = log;
    c->log_error = NGX_ERROR_ERR;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->handler = read;
    c->read->log = log;
    c->write->handler = write;
    c->write->log = log;

    fd->connection = c;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        ngx_bs_fd_release(fd, s);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_flag_t
ngx_bs_fd_same(const ngx_bs_fd_t *fd, ngx_socket_t s)
{
    ino_t  inode;

    return fd->connection != NULL
           && fd->connection->fd == s
           && ngx_bs_fd_inode(s, &inode) == NGX_OK
           && inode == fd->inode;
}


ngx_int_t
ngx_bs_fd_want_write(ngx_bs_fd_t *fd, ngx_flag_t want)
{
    ngx_event_t  *wev;

    wev = fd->connection->write;

    if (want && !wev->active) {
        return ngx_add_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }

    if (!want && wev->active) {
        return ngx_del_event(wev, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }

    return NGX_OK;
}


void
ngx_bs_fd_post_read(ngx_bs_fd_t *fd)
{
    ngx_post_event(fd->connection->read, &ngx_posted_events);
}


void
ngx_bs_fd_release(ngx_bs_fd_t *fd, ngx_socket_t s)
{
    ngx_uint_t         flags;
    ngx_connection_t  *c;

    c = fd->connection;

    if (c == NULL) {
        return;
    }

    /*
     * The kernel forgets a closed socket by itself, and its number may
     * stand for another one by now: then only nginx's flags are cleared.
     */

    flags = ngx_bs_fd_same(fd, s) ? 0 : NGX_CLOSE_EVENT;

    if (c->write->active) {
        ngx_del_event(c->write, NGX_WRITE_EVENT, flags);
    }

    if (c->read->active) {
        ngx_del_event(c->read, NGX_READ_EVENT, flags);
    }

    fd->connection = NULL;

    /* Keeps ngx_close_connection() from closing what is the library's. */
    c->shared = 1;
    ngx_close_connection(c);
}


static ngx_int_t
ngx_bs_fd_inode(ngx_socket_t s, ino_t *inode)
{
    struct stat  st;

    if (s == (ngx_socket_t) -1 || fstat(s, &st) == -1) {
        return NGX_ERROR;
    }

    *inode = st.st_ino;

    return NGX_OK;
}
