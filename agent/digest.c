
#include "digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>


int
digest_md5_hex(const void *data, size_t len, char out[DIGEST_MD5_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (EVP_Digest(data, len, digest, &digest_len, EVP_md5(), NULL) != 1 || digest_len != 16) {
        return -1;
    }

    for (unsigned i = 0; i < digest_len; i++) {
        snprintf(out + (size_t) 2 * i, 3, "%02x", digest[i]);
    }

    return 0;
}


void
digest_sha1(const void *data, size_t len, unsigned char digest[DIGEST_SHA1_SIZE])
{
    SHA1(data, len, digest);
}


int
digest_hmac_sha256_hex(const void *key, size_t key_len, const void *data, size_t len,
                       char out[DIGEST_HMAC_SHA256_HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (HMAC(EVP_sha256(), key, (int) key_len, data, len, digest, &digest_len) == NULL) {
        return -1;
    }

    for (unsigned i = 0; i < digest_len; i++) {
        snprintf(out + (size_t) 2 * i, 3, "%02x", digest[i]);
    }

    return 0;
}
