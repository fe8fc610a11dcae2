-- JSON to msgpack, as small as msgpack allows.  Integers up to 64 bits; other numbers as float 64.

create or replace function core.msgpack_integer(value bigint) returns bytea
language sql immutable parallel safe as $$
    select case
        when value between 0 and 127 then substr(int2send(value::int2), 2)
        when value between -32 and -1 then substr(int2send(value::int2), 2)
        when value between 0 and 255 then '\xcc'::bytea || substr(int2send(value::int2), 2)
        when value between 0 and 65535 then '\xcd'::bytea || substr(int4send(value::int4), 3)
        when value between 0 and 4294967295 then '\xce'::bytea || substr(int8send(value), 5)
        when value >= 0 then '\xcf'::bytea || int8send(value)
        when value >= -128 then '\xd0'::bytea || substr(int2send(value::int2), 2)
        when value >= -32768 then '\xd1'::bytea || int2send(value::int2)
        when value >= -2147483648 then '\xd2'::bytea || int4send(value::int4)
        else '\xd3'::bytea || int8send(value)
    end
$$;

-- The head of something counted: fixed form below `short_max`, then 8 (strings only), 16, 32 bits.
create or replace function core.msgpack_head(count integer, short integer, short_max integer,
    code8 bytea, code16 bytea, code32 bytea) returns bytea
language sql immutable parallel safe as $$
    select case
        when count <= short_max then substr(int2send((short + count)::int2), 2)
        when count <= 255 and code8 is not null then code8 || substr(int2send(count::int2), 2)
        when count <= 65535 then code16 || substr(int4send(count), 3)
        else code32 || int4send(count)
    end
$$;

create or replace function core.msgpack_array_head(count integer) returns bytea
language sql immutable parallel safe as $$
    select core.msgpack_head(count, 144, 15, null, '\xdc'::bytea, '\xdd'::bytea)
$$;

create or replace function core.msgpack_map_head(count integer) returns bytea
language sql immutable parallel safe as $$
    select core.msgpack_head(count, 128, 15, null, '\xde'::bytea, '\xdf'::bytea)
$$;

create or replace function core.msgpack_string(value text) returns bytea
language sql immutable parallel safe as $$
    select core.msgpack_head(octet_length(convert_to(value, 'UTF8')), 160, 31,
               '\xd9'::bytea, '\xda'::bytea, '\xdb'::bytea) || convert_to(value, 'UTF8')
$$;

create or replace function core.msgpack_number(value numeric) returns bytea
language sql immutable parallel safe as $$
    select case when value = trunc(value)
                     and value between -9223372036854775808 and 9223372036854775807
           then core.msgpack_integer(value::bigint)
           else '\xcb'::bytea || float8send(value::float8) end
$$;

create or replace function core.msgpack(value jsonb) returns bytea
language plpgsql immutable parallel safe as $$
begin
    case jsonb_typeof(value)
        when 'string' then
            return core.msgpack_string(value #>> '{}');
        when 'number' then
            return core.msgpack_number((value #>> '{}')::numeric);
        when 'boolean' then
            return case when value::boolean then '\xc3'::bytea else '\xc2'::bytea end;
        when 'array' then
            return core.msgpack_array_head(jsonb_array_length(value)) || coalesce(
                (select string_agg(core.msgpack(item), ''::bytea order by place)
                   from jsonb_array_elements(value) with ordinality as t (item, place)), '');
        when 'object' then
            return core.msgpack_map_head((select count(*)::int from jsonb_object_keys(value)))
                || coalesce((select string_agg(core.msgpack_string(key) || core.msgpack(item),
                                               ''::bytea)
                               from jsonb_each(value) as t (key, item)), '');
        else
            return '\xc0'::bytea;       -- JSON null, and SQL NULL
    end case;
end
$$;
