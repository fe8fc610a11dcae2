
/* Digests that old protocols still ask for. */

#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#define DIGEST_SHA1_SIZE 20
#define DIGEST_MD5_HEX 33 /* with the terminating zero */

/* 0, or -1: this system has no MD5. */
int digest_md5_hex(const void *data, size_t len, char out[DIGEST_MD5_HEX]);

void digest_sha1(const void *data, size_t len, unsigned char digest[DIGEST_SHA1_SIZE]);

#endif
