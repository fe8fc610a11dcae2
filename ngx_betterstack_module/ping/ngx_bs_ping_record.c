
#include "ngx_bs_ping_record.h"


#define NGX_BS_PING_RECORD_VERSION  1


static ngx_flag_t ngx_bs_ping_unhex(const char *text, size_t len,
    u_char *digest);


static const char  *ngx_bs_ping_whats[NGX_BS_PING_WHATS] = {
    "success",
    "fail",
    "start"
};


const char *
ngx_bs_ping_what(ngx_bs_ping_what_e what)
{
    return ngx_bs_ping_whats[what];
}


void
ngx_bs_ping_encode(const ngx_bs_ping_t *ping, ngx_str_t *record,
    ngx_log_t *log)
{
    size_t   size;
    json_t  *json;
    u_char   hex[NGX_BS_DIGEST_LEN * 2];

    ngx_str_null(record);

    (void) ngx_hex_dump(hex, (u_char *) ping->digest, NGX_BS_DIGEST_LEN);

    json = json_pack("[i, s%, i, I, I, s%, s%]",
                     NGX_BS_PING_RECORD_VERSION, (char *) hex, sizeof(hex),
                     (int) ping->what, (json_int_t) ping->exit_code,
                     (json_int_t) ping->at_us,
                     (char *) ping->address.data, ping->address.len,
                     (char *) ping->output.data, ping->output.len);
    if (json == NULL) {
        return;
    }

    size = json_dumpb(json, NULL, 0, JSON_COMPACT);

    if (size != 0) {
        record->data = ngx_alloc(size, log);
    }

    if (record->data) {
        record->len = json_dumpb(json, (char *) record->data, size,
                                 JSON_COMPACT);
    }

    json_decref(json);
}


json_t *
ngx_bs_ping_decode(const ngx_str_t *record, ngx_bs_ping_t *ping)
{
    int          version, what;
    char        *hex, *address, *output;
    size_t       hex_len, address_len, output_len;
    json_t      *json;
    json_int_t   exit_code, at;

    json = json_loadb((char *) record->data, record->len, 0, NULL);

    if (json_unpack(json, "[i, s%, i, I, I, s%, s%!]", &version, &hex,
                    &hex_len, &what, &exit_code, &at, &address, &address_len,
                    &output, &output_len)
        != 0
        || version != NGX_BS_PING_RECORD_VERSION
        || what < 0 || what >= NGX_BS_PING_WHATS
        || address_len > NGX_BS_PING_ADDRESS_MAX
        || output_len > NGX_BS_PING_OUTPUT_MAX
        || !ngx_bs_ping_unhex(hex, hex_len, ping->digest))
    {
        json_decref(json);
        return NULL;
    }

    ping->what = what;
    ping->exit_code = (ngx_int_t) exit_code;
    ping->at_us = at;
    ping->address.data = (u_char *) address;
    ping->address.len = address_len;
    ping->output.data = (u_char *) output;
    ping->output.len = output_len;

    return json;
}


static ngx_flag_t
ngx_bs_ping_unhex(const char *text, size_t len, u_char *digest)
{
    ngx_int_t   byte;
    ngx_uint_t  i;

    if (len != NGX_BS_DIGEST_LEN * 2) {
        return 0;
    }

    for (i = 0; i < NGX_BS_DIGEST_LEN; i++) {
        byte = ngx_hextoi((u_char *) text + i * 2, 2);

        if (byte == NGX_ERROR) {
            return 0;
        }

        digest[i] = (u_char) byte;
    }

    return 1;
}
