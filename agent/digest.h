
/* Digests that old protocols still ask for, and signatures of requests. */

#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#define DIGEST_SHA1_SIZE 20
#define DIGEST_MD5_HEX 33 /* with the terminating zero */
#define DIGEST_HMAC_SHA256_HEX 65

/* 0, or -1: this system has no MD5. */
int digest_md5_hex(const void *data, size_t len, char out[DIGEST_MD5_HEX]);

void digest_sha1(const void *data, size_t len, unsigned char digest[DIGEST_SHA1_SIZE]);

/* HMAC-SHA256 in hexadecimal digits.  0, or -1. */
int digest_hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len,
                           char out[DIGEST_HMAC_SHA256_HEX]);

#endif
