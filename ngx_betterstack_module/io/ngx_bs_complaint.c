
#include "ngx_bs_complaint.h"


ngx_uint_t
ngx_bs_complaint_level(ngx_bs_complaint_t *complaint, const ngx_str_t *reason)
{
    uint32_t  crc;

    crc = ngx_crc32_short(reason->data, reason->len);

    if (complaint->open && complaint->told == crc) {
        return NGX_LOG_INFO;
    }

    complaint->open = 1;
    complaint->told = crc;

    return NGX_LOG_ERR;
}


ngx_flag_t
ngx_bs_complaint_over(ngx_bs_complaint_t *complaint)
{
    ngx_flag_t  open;

    open = complaint->open;
    complaint->open = 0;

    return open;
}
