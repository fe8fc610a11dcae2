
/*
 * One control target: an address that is asked whether anything comes back.
 * A name server answers a question, a host answers or refuses a TCP
 * connection, a gateway answers a ping; a refusal is an answer, too.
 *
 * The setting `control` names them:
 *   dns:ADDRESS[:PORT]  tcp:ADDRESS:PORT  http://ADDRESS[:PORT]  https://ADDRESS[:PORT]
 *   gateway  hub  resolvers
 */

#ifndef CONTROL_H
#define CONTROL_H

#include "health_verdict.h"

#include <uv.h>

#define CONTROL_LABEL_MAX 80
#define CONTROL_DEADLINE_MS 1000
#define CONTROL_AGAIN_MS 300 /* a datagram may get lost: then it is sent once more */

typedef enum { CONTROL_DNS, CONTROL_TCP, CONTROL_PING } control_kind_t;

typedef struct control control_t;

struct control {
    health_control_t state;
    control_kind_t kind;
    bs_addr_t address;
    uint16_t port;
    unsigned scope;                /* the interface of a link-local address */
    char label[CONTROL_LABEL_MAX]; /* for people */
    uv_poll_t *poll;               /* while it is asked */
    int asking;
    int fd;
    int sent_again;
    int64_t asked_us;
    int64_t deadline_us;
    uint16_t id;
    uv_loop_t *loop;
    void (*on_answer)(void *data, control_t *control);
    void *data;
};

/* As health_reach(), but addresses of this host are here, too. */
health_reach_t control_reach(const bs_addr_t *address);

/* Does this host know a way to the address at all? */
int control_has_route(const bs_addr_t *address);

/*
 * One word of the setting that names an address.  0, or -1 with *error a
 * literal.  `control` is zero before; loop, on_answer and data are the caller's.
 */
int control_parse(control_t *control, const char *word, const char **error);

/* The same from its parts; `what` begins the label. */
void control_set(control_t *control, control_kind_t kind, const bs_addr_t *address, uint16_t port,
                 const char *what);

/* on_answer is called from the loop, if anything comes; never inside this call. */
void control_ask(control_t *control, int64_t now_us);

/* To be called now and then while it is asked: sends once more, gives up. */
void control_tick(control_t *control, int64_t now_us);
void control_stop(control_t *control);

#endif
