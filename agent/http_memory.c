
/*
 * Memory for libcurl.  A transfer takes some eighty pieces of it and gives all
 * of them back; the C library's quick way is only for seven of a size, and for
 * none beyond a kilobyte.  So pieces are kept here by their sizes and handed
 * out again, to the thread of the loop only: in others (libcurl looks the hub's
 * name up in one) it is malloc() and free().  Every piece comes from malloc()
 * and may be freed by any thread.
 *
 * libcurl's hooks have no place to put an owner, so this is state of the thread.
 */

#include "http_curl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_MEMORY_STEP 16
#define HTTP_MEMORY_SMALL_MAX 512 /* up to here there is a class for each step */
#define HTTP_MEMORY_SMALL_COUNT (HTTP_MEMORY_SMALL_MAX / HTTP_MEMORY_STEP)
#define HTTP_MEMORY_KEPT_MAX 128 /* of a class */
#define HTTP_MEMORY_NONE UINT32_MAX

/* libcurl's own sizes, rounded up; what is larger is not kept. */
static const size_t http_memory_large[] = {768, 1088, 1536, 2176, 2816, 4096, 6144, 8448, 16640};

#define HTTP_MEMORY_LARGE_COUNT (sizeof(http_memory_large) / sizeof(http_memory_large[0]))
#define HTTP_MEMORY_CLASSES (HTTP_MEMORY_SMALL_COUNT + HTTP_MEMORY_LARGE_COUNT)

typedef struct http_piece {
    _Alignas(max_align_t) struct http_piece *next; /* while it is kept */
    uint32_t class;
    size_t size;
} http_piece_t;

static _Thread_local struct {
    unsigned users;
    unsigned count[HTTP_MEMORY_CLASSES];
    http_piece_t *kept[HTTP_MEMORY_CLASSES];
} http_memory;


static uint32_t
http_memory_class(size_t size, size_t *rounded)
{
    if (size <= HTTP_MEMORY_SMALL_MAX) {
        size_t steps = (size > 0) ? (size - 1) / HTTP_MEMORY_STEP : 0;

        *rounded = (steps + 1) * HTTP_MEMORY_STEP;
        return (uint32_t) steps;
    }

    for (uint32_t i = 0; i < HTTP_MEMORY_LARGE_COUNT; i++) {
        if (size <= http_memory_large[i]) {
            *rounded = http_memory_large[i];
            return HTTP_MEMORY_SMALL_COUNT + i;
        }
    }

    *rounded = size;
    return HTTP_MEMORY_NONE;
}


static void *
http_memory_malloc(size_t size)
{
    size_t rounded;
    uint32_t class = http_memory_class(size, &rounded);
    http_piece_t *piece = (class != HTTP_MEMORY_NONE) ? http_memory.kept[class] : NULL;

    if (piece != NULL) {
        http_memory.kept[class] = piece->next;
        http_memory.count[class]--;
        return piece + 1;
    }

    if (rounded > SIZE_MAX - sizeof(*piece)) {
        return NULL;
    }

    piece = malloc(sizeof(*piece) + rounded);

    if (piece == NULL) {
        return NULL;
    }

    piece->class = class;
    piece->size = rounded;
    return piece + 1;
}


static void
http_memory_free(void *memory)
{
    http_piece_t *piece = memory;

    if (piece-- == NULL) {
        return;
    }

    uint32_t class = piece->class;

    if (http_memory.users == 0 || class == HTTP_MEMORY_NONE
        || http_memory.count[class] == HTTP_MEMORY_KEPT_MAX)
    {
        free(piece);
        return;
    }

    piece->next = http_memory.kept[class];
    http_memory.kept[class] = piece;
    http_memory.count[class]++;
}


static void *
http_memory_realloc(void *memory, size_t size)
{
    http_piece_t *piece = memory;

    if (memory != NULL && size <= (piece - 1)->size) {
        return memory;
    }

    void *grown = http_memory_malloc(size);

    if (grown != NULL && memory != NULL) {
        memcpy(grown, memory, (piece - 1)->size);
        http_memory_free(memory);
    }

    return grown;
}


static void *
http_memory_calloc(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }

    void *memory = http_memory_malloc(bytes);

    return (memory != NULL) ? memset(memory, 0, bytes) : NULL;
}


static char *
http_memory_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = http_memory_malloc(size);

    return (copy != NULL) ? memcpy(copy, text, size) : NULL;
}


CURLcode
http_memory_open(void)
{
#ifdef __SANITIZE_ADDRESS__
    return curl_global_init(CURL_GLOBAL_DEFAULT); /* which wants to see every piece */
#endif

    CURLcode code =
        curl_global_init_mem(CURL_GLOBAL_DEFAULT, http_memory_malloc, http_memory_free,
                             http_memory_realloc, http_memory_strdup, http_memory_calloc);

    http_memory.users += (code == CURLE_OK);
    return code;
}


void
http_memory_close(void)
{
    curl_global_cleanup();

    if (http_memory.users == 0 || --http_memory.users > 0) {
        return;
    }

    for (size_t i = 0; i < HTTP_MEMORY_CLASSES; i++) {
        while (http_memory.kept[i] != NULL) {
            http_piece_t *piece = http_memory.kept[i];

            http_memory.kept[i] = piece->next;
            http_memory.count[i]--;
            free(piece);
        }
    }
}
