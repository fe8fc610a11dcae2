
/*
 * ngx_bs_pg_result_t is a PGresult under a name that needs no libpq header:
 * no wrapper is allocated for it.
 */

#include "ngx_bs_pg.h"

#include <libpq-fe.h>


static void ngx_bs_pg_result_field(const ngx_bs_pg_result_t *result, int code,
    ngx_str_t *value);


ngx_uint_t
ngx_bs_pg_result_rows(const ngx_bs_pg_result_t *result)
{
    return (ngx_uint_t) PQntuples((const PGresult *) result);
}


ngx_int_t
ngx_bs_pg_result_column(const ngx_bs_pg_result_t *result, const char *name)
{
    int  column;

    column = PQfnumber((const PGresult *) result, name);

    return column < 0 ? NGX_ERROR : (ngx_int_t) column;
}


ngx_flag_t
ngx_bs_pg_result_value(const ngx_bs_pg_result_t *result, ngx_uint_t row,
    ngx_uint_t column, ngx_str_t *value)
{
    int              i, k;
    const PGresult  *res;

    i = (int) row;
    k = (int) column;
    res = (const PGresult *) result;

    /* libpq prints a complaint to stderr when asked beyond the result. */

    if (i >= PQntuples(res) || k >= PQnfields(res) || PQgetisnull(res, i, k)) {
        ngx_str_null(value);
        return 0;
    }

    value->data = (u_char *) PQgetvalue(res, i, k);
    value->len = (size_t) PQgetlength(res, i, k);

    return 1;
}


void
ngx_bs_pg_result_sqlstate(const ngx_bs_pg_result_t *result,
    ngx_str_t *sqlstate)
{
    ngx_bs_pg_result_field(result, PG_DIAG_SQLSTATE, sqlstate);
}


void
ngx_bs_pg_result_constraint(const ngx_bs_pg_result_t *result,
    ngx_str_t *constraint)
{
    ngx_bs_pg_result_field(result, PG_DIAG_CONSTRAINT_NAME, constraint);
}


void
ngx_bs_pg_result_message(const ngx_bs_pg_result_t *result, ngx_str_t *message)
{
    ngx_bs_pg_result_field(result, PG_DIAG_MESSAGE_PRIMARY, message);

    while (message->len && message->data[message->len - 1] == LF) {
        message->len--;
    }
}


ngx_int_t
ngx_bs_pg_result_bytes(const ngx_str_t *value, u_char *bytes, size_t *len)
{
    size_t     i;
    ngx_int_t  byte;

    /* "\\x", then two digits a byte */

    if (value->len < 2 || value->len % 2 != 0
        || value->data[0] != '\\' || value->data[1] != 'x')
    {
        return NGX_ERROR;
    }

    *len = value->len / 2 - 1;

    for (i = 0; i < *len; i++) {
        byte = ngx_hextoi(value->data + 2 + i * 2, 2);

        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        bytes[i] = (u_char) byte;
    }

    return NGX_OK;
}


void
ngx_bs_pg_result_free(ngx_bs_pg_result_t *result)
{
    PQclear((PGresult *) result);
}


static void
ngx_bs_pg_result_field(const ngx_bs_pg_result_t *result, int code,
    ngx_str_t *value)
{
    char  *field;

    field = PQresultErrorField((const PGresult *) result, code);

    value->data = (u_char *) (field ? field : "");
    value->len = ngx_strlen(value->data);
}
