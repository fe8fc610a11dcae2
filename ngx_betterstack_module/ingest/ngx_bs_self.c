
#include "ngx_bs_self.h"


/* quotes, colon, comma, and a number with its sign */
#define NGX_BS_SELF_PAIR_LEN  (4 + NGX_INT64_LEN)


char *
ngx_bs_self_text(ngx_pool_t *pool, const bs_wire_report_t *report)
{
    u_char                *text, *p;
    size_t                 len;
    ngx_str_t              name;
    ngx_uint_t             i;
    const bs_wire_self_t  *self;

    if (report->self_count == 0) {
        return NULL;
    }

    len = sizeof("{}");

    for (i = 0; i < report->self_count; i++) {
        len += report->self[i].name.len + NGX_BS_SELF_PAIR_LEN;
    }

    text = ngx_pnalloc(pool, len);
    if (text == NULL) {
        return NULL;
    }

    p = text;

    /* The decoder leaves only names that need no escaping. */

    for (i = 0; i < report->self_count; i++) {
        self = &report->self[i];

        name.data = (u_char *) self->name.data;
        name.len = self->name.len;

        *p++ = i ? ',' : '{';
        p = ngx_sprintf(p, "\"%V\":%L", &name, self->value);
    }

    *p++ = '}';
    *p = '\0';

    return (char *) text;
}


json_t *
ngx_bs_self_agents(const ngx_str_t *text, bs_wire_reply_t *reply)
{
    size_t          i;
    json_t         *agents, *agent;
    const char     *name;
    bs_wire_str_t  *place;

    agents = json_loadb((char *) text->data, text->len, 0, NULL);

    json_array_foreach(agents, i, agent) {
        name = json_string_value(agent);

        if (name && reply->agents_count < BS_WIRE_AGENTS_MAX) {
            place = &reply->agents[reply->agents_count++];

            place->data = name;
            place->len = json_string_length(agent);
        }
    }

    return agents;
}
