
/* The two keys of a WebSocket's opening handshake (RFC 6455, section 4).  Pure but for chance. */

#ifndef WEBSOCKET_KEY_H
#define WEBSOCKET_KEY_H

#include "base64.h"

#define WEBSOCKET_KEY_SIZE BASE64_SIZE(16)
#define WEBSOCKET_ACCEPT_SIZE BASE64_SIZE(20)

/* A key that nobody can guess.  0 or -1. */
int websocket_key_make(char key[WEBSOCKET_KEY_SIZE]);

/* What a server that understands WebSocket answers to it. */
void websocket_key_accept(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE]);

#endif
