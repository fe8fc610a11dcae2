
#include "channel_answer.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define CHANNEL_ANSWER_NAME_MAX 64
#define CHANNEL_ANSWER_WAIT_MAX 86400

/* Only ever a pointer to jansson's own object. */
struct channel_answer;


channel_answer_t *
channel_answer_read(const http_result_t *answer)
{
    json_t *json =
        (answer->body != NULL) ? json_loadb(answer->body, answer->body_len, 0, NULL) : NULL;

    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }

    return (channel_answer_t *) json;
}


void
channel_answer_free(channel_answer_t *answer)
{
    json_decref((json_t *) answer);
}


static const json_t *
channel_answer_member(const channel_answer_t *answer, const char *path)
{
    const json_t *json = (const json_t *) answer;

    while (json != NULL && *path != '\0') {
        char name[CHANNEL_ANSWER_NAME_MAX];
        size_t len = strcspn(path, ".");

        if (len >= sizeof(name)) {
            return NULL;
        }

        memcpy(name, path, len);
        name[len] = '\0';
        json = json_object_get(json, name);
        path += len + (path[len] == '.');
    }

    return json;
}


const char *
channel_answer_text(const channel_answer_t *answer, const char *path)
{
    return json_string_value(channel_answer_member(answer, path));
}


double
channel_answer_number(const channel_answer_t *answer, const char *path, double otherwise)
{
    const json_t *json = channel_answer_member(answer, path);

    return json_is_number(json) ? json_number_value(json) : otherwise;
}


int
channel_answer_flag(const channel_answer_t *answer, const char *path, int otherwise)
{
    const json_t *json = channel_answer_member(answer, path);

    return json_is_boolean(json) ? json_is_true(json) : otherwise;
}


int64_t
channel_answer_wait(const channel_answer_t *answer, const char *path, double per_second)
{
    double seconds = ceil(channel_answer_number(answer, path, 0) / per_second);

    return (seconds > 0) ? (int64_t) fmin(seconds, CHANNEL_ANSWER_WAIT_MAX) : 0;
}
