-- How values look outside: times, JSON text, tokens.  None of it depends on session settings.

create or replace function core.iso(moment timestamptz) returns text
language sql stable parallel safe as $$
    select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

create or replace function core.ms(moment timestamptz) returns bigint
language sql stable parallel safe as $$
    select (date_part('epoch', moment) * 1000)::bigint
$$;

-- The caller has checked that the number is a sane time: absurd ones raise.
create or replace function core.from_ms(ms bigint) returns timestamptz
language sql immutable parallel safe as $$
    select to_timestamp(ms::float8 / 1000)
$$;

-- Microseconds as seconds; what was not reached took none.
create or replace function core.seconds(us integer) returns numeric
language sql immutable parallel safe as $$
    select trim_scale(greatest(us, 0) / 1000000.0)
$$;

create or replace function core.json_text(value text) returns text
language sql stable parallel safe as $$
    select coalesce(to_json(value)::text, 'null')
$$;

create or replace function core.base64url(bytes bytea) returns text
language sql immutable parallel safe as $$
    select rtrim(translate(encode(bytes, 'base64'), E'+/\n', '-_'), '=')
$$;

-- 244 random bits from the server's strong source (the rest of two UUIDs is fixed), in 43 letters.
create or replace function core.random_token(prefix text) returns text
language sql volatile as $$
    select prefix || core.base64url(sha256(uuid_send(gen_random_uuid())
                                           || uuid_send(gen_random_uuid())))
$$;

create or replace function core.token_digest(token text) returns bytea
language sql immutable parallel safe as $$
    select sha256(convert_to(token, 'UTF8'))
$$;

-- What is kept of a token so that people can tell theirs apart: 'bst_' and four more.
create or replace function core.token_prefix(token text) returns text
language sql immutable parallel safe as $$
    select left(token, 8)
$$;

-- token: only when it has just been made; it is not kept.
create or replace function core.token_json(type text, id bigint, name text, prefix text,
    created_at timestamptz, last_used_at timestamptz, token text) returns json
language sql stable as $$
    select json_build_object('id', id::text, 'type', type, 'attributes',
        (json_build_object('name', name)::jsonb
         || case when token is null then '{}' else jsonb_build_object('token', token) end
         || jsonb_build_object('prefix', prefix, 'created_at', core.iso(created_at),
                               'last_used_at', core.iso(last_used_at)))::json)
$$;

-- Evidence comes from an agent as text.  What is not JSON is kept as a JSON string: a result is
-- never refused for its evidence.
create or replace function core.evidence_json(evidence text) returns text
language plpgsql stable parallel safe as $$
begin
    if coalesce(evidence, '') = '' then
        return '';
    end if;
    -- jsonb is strict where json is not, for instance about halves of surrogate pairs; but \u0000,
    -- which it cannot hold, is JSON, and bodies of targets contain it.  Escaped backslashes go
    -- first: one may stand before a u0000 that is only text.
    perform replace(replace(evidence, '\\', '-'), '\u0000', '-')::jsonb;
    return evidence;
exception when data_exception then
    return to_json(evidence)::text;
end
$$;

-- A query parameter's time: milliseconds since the epoch, or ISO 8601 (UTC unless it says
-- otherwise).  NULL if it is neither, or outside the years 2000 to 2199.
create or replace function core.parse_time(given text) returns timestamptz
language plpgsql stable as $$
declare
    moment timestamptz;
begin
    if given ~ '^[0-9]{1,15}$' then
        moment := core.from_ms(given::bigint);
    elsif given ~ ('^\d{4}-\d\d-\d\d'
                   '([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$')
    then
        if given !~ '(Z|[T ].*[+-][0-9]{2}:?[0-9]{2})$' then
            given := given || ' Z';
        end if;
        moment := given::timestamptz;
    end if;
    if moment >= '2000-01-01Z' and moment < '2200-01-01Z' then
        return moment;
    end if;
    return null;
exception when data_exception then
    return null;    -- well formed, but the 30th of February, or a zone 99 hours away
end
$$;
