
/*
 * The observer's target: an HTTP server that answers every GET and HEAD with
 * 200 and writes down who was probed and when.  It is outside the system on
 * purpose: what it has seen is what was really probed.
 *
 *   target RECORD [PORT]   listens on 127.0.0.1, on a free port unless one is
 *                          given, and prints "port N"
 *
 * A request for /m/NUMBER adds the line "NUMBER MICROSECONDS" (since the
 * epoch) to RECORD once its answer has been handed to the kernel; any other
 * path is answered and not recorded.  SIGTERM and SIGINT flush and exit.
 *
 * One thread, level-triggered epoll.  A connection whose request does not fit
 * REQUEST_BYTES_MAX, or that has more bytes after it than one request, is
 * closed: probes and wrk send one small request at a time.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16384 /* also the highest descriptor that is served */
#define REQUEST_BYTES_MAX 4096
#define EVENTS_MAX 256
#define ACCEPTS_MAX 64 /* in one turn of the loop */
#define LISTEN_BACKLOG 4096
#define RECORD_BUFFER_BYTES 65536
#define RECORD_LINE_BYTES_MAX 48
#define RECORD_FLUSH_MS 20 /* a record is on disk no later than this */

static const char answer_keep[] = "HTTP/1.1 200 OK\r\n"
                                  "Content-Type: text/plain\r\n"
                                  "Content-Length: 3\r\n"
                                  "\r\n"
                                  "ok\n";
static const char answer_close[] = "HTTP/1.1 200 OK\r\n"
                                   "Content-Type: text/plain\r\n"
                                   "Content-Length: 3\r\n"
                                   "Connection: close\r\n"
                                   "\r\n"
                                   "ok\n";

typedef struct {
    size_t len;
    char bytes[REQUEST_BYTES_MAX + 1];
} connection_t;

typedef struct {
    int epoll;
    int listener;
    int record;
    size_t record_len;
    uint64_t record_since_us; /* of the oldest line that is not written yet */
    char record_buffer[RECORD_BUFFER_BYTES];
    connection_t *connections[CONNECTIONS_MAX];
} target_t;

static volatile sig_atomic_t stopping;


static void
stop(int signo)
{
    (void) signo;
    stopping = 1;
}


static void
die(const char *what)
{
    perror(what);
    exit(1);
}


static uint64_t
now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


static void
record_flush(target_t *target)
{
    size_t done = 0;
    ssize_t n;

    while (done < target->record_len) {
        n = write(target->record, target->record_buffer + done, target->record_len - done);
        if (n < 0) {
            die("target: cannot write the record"); /* a silent gap would be a lie */
        }
        done += (size_t) n;
    }

    target->record_len = 0;
}


static void
record_add(target_t *target, unsigned long number)
{
    uint64_t now = now_us();
    int n;

    if (target->record_len + RECORD_LINE_BYTES_MAX > RECORD_BUFFER_BYTES) {
        record_flush(target);
    }

    if (target->record_len == 0) {
        target->record_since_us = now;
    }

    n = snprintf(target->record_buffer + target->record_len, RECORD_LINE_BYTES_MAX, "%lu %llu\n",
                 number, (unsigned long long) now);
    target->record_len += (size_t) n;
}


static void
connection_close(target_t *target, int fd)
{
    free(target->connections[fd]);
    target->connections[fd] = NULL;
    close(fd);
}


static void
connection_open(target_t *target, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
    int on = 1;

    if (fd >= CONNECTIONS_MAX) {
        close(fd);
        return;
    }

    target->connections[fd] = malloc(sizeof(connection_t));
    if (target->connections[fd] == NULL) {
        close(fd);
        return;
    }

    target->connections[fd]->len = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if (epoll_ctl(target->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        connection_close(target, fd);
    }
}


static void
accept_some(target_t *target)
{
    int i, fd;

    for (i = 0; i < ACCEPTS_MAX; i++) {
        fd = accept4(target->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return; /* EAGAIN, or a client that has left already */
        }
        connection_open(target, fd);
    }
}


/* Answers the one request in the buffer; 0 if the connection stays open. */
static int
answer(target_t *target, int fd, const char *request)
{
    const char *path, *text;
    size_t text_len;
    int head, closing;

    head = strncmp(request, "HEAD ", 5) == 0;
    if (!head && strncmp(request, "GET ", 4) != 0) {
        return -1;
    }

    path = strchr(request, ' ') + 1;
    closing = strcasestr(request, "\r\nConnection: close") != NULL;
    text = closing ? answer_close : answer_keep;
    text_len = strlen(text) - (head ? strlen("ok\n") : 0);

    /* The answer is far smaller than an empty socket buffer. */
    if (send(fd, text, text_len, MSG_NOSIGNAL) != (ssize_t) text_len) {
        return -1;
    }

    if (strncmp(path, "/m/", 3) == 0) {
        record_add(target, strtoul(path + 3, NULL, 10));
    }

    return closing ? -1 : 0;
}


static void
connection_read(target_t *target, int fd)
{
    connection_t *c = target->connections[fd];
    ssize_t n;
    char *end;

    n = recv(fd, c->bytes + c->len, REQUEST_BYTES_MAX - c->len, 0);
    if (n < 0 && errno == EAGAIN) {
        return;
    }
    if (n <= 0) {
        connection_close(target, fd);
        return;
    }

    c->len += (size_t) n;
    c->bytes[c->len] = '\0';

    end = strstr(c->bytes, "\r\n\r\n");
    if (end == NULL && c->len < REQUEST_BYTES_MAX) {
        return;
    }

    if (end == NULL || end + 4 != c->bytes + c->len || answer(target, fd, c->bytes) != 0) {
        connection_close(target, fd);
        return;
    }

    c->len = 0;
}


static void
listen_on(target_t *target, in_port_t port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof(sin);
    struct epoll_event event = {.events = EPOLLIN};
    int on = 1;

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target->listener < 0
        || setsockopt(target->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(target->listener, (struct sockaddr *) &sin, len) != 0
        || listen(target->listener, LISTEN_BACKLOG) != 0
        || getsockname(target->listener, (struct sockaddr *) &sin, &len) != 0)
    {
        die("target: cannot listen");
    }

    event.data.fd = target->listener;
    target->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (target->epoll < 0 || epoll_ctl(target->epoll, EPOLL_CTL_ADD, target->listener, &event) != 0)
    {
        die("target: cannot use epoll");
    }

    printf("port %u\n", ntohs(sin.sin_port));
    fflush(stdout);
}


static void
serve(target_t *target)
{
    struct epoll_event events[EVENTS_MAX];
    int i, n, fd;

    while (!stopping) {
        n = epoll_wait(target->epoll, events, EVENTS_MAX,
                       target->record_len > 0 ? RECORD_FLUSH_MS : -1);
        for (i = 0; i < n; i++) {
            fd = events[i].data.fd;
            if (fd == target->listener) {
                accept_some(target);
            } else {
                connection_read(target, fd);
            }
        }

        if (target->record_len > 0 && now_us() - target->record_since_us >= RECORD_FLUSH_MS * 1000)
        {
            record_flush(target);
        }
    }

    record_flush(target);
}


int
main(int argc, char **argv)
{
    static target_t target;
    struct sigaction action = {.sa_handler = stop};

    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: target RECORD [PORT]\n");
        return 2;
    }

    /* Without SA_RESTART a signal ends epoll_wait(). */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);

    target.record = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (target.record < 0) {
        die(argv[1]);
    }

    listen_on(&target, argc == 3 ? (in_port_t) strtoul(argv[2], NULL, 10) : 0);
    serve(&target);

    return 0;
}
