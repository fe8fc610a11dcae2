
/* Three bytes become four digits; what is missing at the end is filled with '='. */

#include "base64.h"


size_t
base64_encode(const void *data, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = data;
    size_t used = 0;

    for (size_t i = 0; i < len; i += 3) {
        unsigned b0 = in[i];
        unsigned b1 = (i + 1 < len) ? in[i + 1] : 0;
        unsigned b2 = (i + 2 < len) ? in[i + 2] : 0;

        out[used++] = digits[b0 >> 2];
        out[used++] = digits[(b0 & 3) << 4 | b1 >> 4];
        out[used++] = (i + 1 < len) ? digits[(b1 & 15) << 2 | b2 >> 6] : '=';
        out[used++] = (i + 2 < len) ? digits[b2 & 63] : '=';
    }

    out[used] = '\0';
    return used;
}
