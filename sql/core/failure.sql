-- Why something is not up, in words.

-- '200', '200 or 201', '200, 201 or 204'
create or replace function core.list_in_words(items text[], conjunction text) returns text
language sql stable parallel safe as $$
    select case when cardinality(items) < 2 then items[1]
           else array_to_string(items[:cardinality(items) - 1], ', ')
                || ' ' || conjunction || ' ' || items[cardinality(items)] end
$$;

-- '127.0.0.1:8081', '[::1]:443'; the name, if no address was reached.
create or replace function core.failure_address(address text, host text, port integer)
    returns text
language sql stable parallel safe as $$
    select case when coalesce(address, '') = '' then host
                when position(':' in address) > 0 then '[' || address || ']:' || port
                else address || ':' || port end
$$;

-- Where the last redirect led to, if there was one: what failed is there.  Evidence is an agent's
-- text; what cannot be read is as if it were not there.
create or replace function core.failure_url(url text, evidence text) returns text
language plpgsql stable as $$
declare
    last text;
begin
    if position('"redirects"' in evidence) > 0 then
        last := evidence::json #>> '{redirects,-1}';
    end if;
    return case when length(last) <= 2048 and (core.url_parts(last)).host <> '' then last
           else url end;
exception when data_exception then
    return url;
end
$$;

-- `words` is the reason's template; NULL for a reason that is newer than this hub.  The keyword is
-- filled in last: it may itself look like a place to fill in.
create or replace function core.failure_text(words text, http_status integer, address text,
    url text, monitor_type text, expected_status_codes smallint[], required_keyword text,
    request_timeout integer) returns text
language plpgsql stable parallel safe as $$
declare
    target record;
begin
    if words is null then
        return 'Failed for a reason that this hub does not know';
    elsif position('{' in words) = 0 then
        return words;
    end if;

    target := core.url_parts(url);
    words := replace(words, '{host}', target.host);
    words := replace(words, '{address}',
                     core.failure_address(address, target.host, target.port));
    words := replace(words, '{timeout}', request_timeout || ' s');
    words := replace(words, '{http_status}',
                     case when http_status > 0 then http_status::text else 'none' end);
    words := replace(words, '{expected}',
                     case when monitor_type = 'expected_status_code'
                          then core.list_in_words(expected_status_codes::text[], 'or')
                          else '2xx' end);
    return replace(words, '{keyword}',
                   case when length(required_keyword) > 60
                        then left(required_keyword, 60) || '…'
                        else coalesce(required_keyword, '') end);
end
$$;

-- 'Connection refused by 127.0.0.1:8081, seen from local-a and local-b'
create or replace function core.failure_seen_from(failure_text text, slugs text[]) returns text
language sql stable parallel safe as $$
    select failure_text || ', seen from ' || core.list_in_words(slugs, 'and')
$$;

-- 'reason_77' for a reason that is newer than this hub; NULL for 0.
create or replace function core.reason_code(reason smallint) returns text
language plpgsql stable parallel safe as $$
begin
    if reason = 0 then
        return null;
    end if;
    return coalesce((select f.code from betterstack.failure_reason f where f.id = reason),
                    'reason_' || reason);
end
$$;
