-- Why something is not up, in words.

-- '200', '200 or 201', '200, 201 or 204'
create or replace function core.list_in_words(items text[], conjunction text) returns text
language sql stable parallel safe as $$
    select case when cardinality(items) < 2 then items[1]
           else array_to_string(items[:cardinality(items) - 1], ', ')
                || ' ' || conjunction || ' ' || items[cardinality(items)] end
$$;

-- '127.0.0.1:8081', '[::1]:443', '10.0.0.1' where there are no ports; the name, if no address was
-- reached.
create or replace function core.failure_address(address text, host text, port integer)
    returns text
language sql stable parallel safe as $$
    select case when coalesce(address, '') = '' then host
                when port is null then address
                when position(':' in address) > 0 then '[' || address || ']:' || port
                else address || ':' || port end
$$;

-- What the words need of the evidence: where the last redirect led to (what failed is there), the
-- port, the sentence of the agent, the day on which the certificate ends.  Evidence is an agent's
-- text; what cannot be read is as if it were not there.
create or replace function core.failure_facts(evidence text, out redirect text, out port integer,
    out detail text, out expiry date)
language plpgsql stable as $$
declare
    facts json;
begin
    if coalesce(evidence, '') = '' then
        return;
    end if;
    facts := evidence::json;
    redirect := facts #>> '{redirects,-1}';
    if redirect !~* '^https?://' or length(redirect) > 2048
       or coalesce((core.url_parts(redirect)).host, '') = '' then
        redirect := null;
    end if;
    if facts ->> 'port' ~ '^[0-9]{1,5}$' then
        port := facts ->> 'port';
    end if;
    expiry := core.parse_time(facts #>> '{certificate,not_after}')::date;
    detail := facts ->> 'detail';
exception when data_exception then
    return;
end
$$;

-- A sentence of an agent, which may hold what a target said: one line of a bounded length.
create or replace function core.failure_detail(detail text) returns text
language sql stable parallel safe as $$
    select upper(left(d, 1)) || substr(d, 2, 199) || case when length(d) > 200 then '…' else '' end
      from btrim(regexp_replace(left(detail, 1000), '[\u0001-\u0020\u007f-\u009f\u2028\u2029]+',
                                ' ', 'g')) d
     where d <> ''
$$;

-- What each place in the words stands for.
create or replace function core.failure_places(m betterstack.monitor, http_status integer,
    address text, evidence text) returns jsonb
language plpgsql stable as $$
declare
    facts record := core.failure_facts(evidence);
    target record := core.url_parts(coalesce(facts.redirect, m.url));
    port integer := coalesce(facts.port, target.port, (core.ports(m.port))[1]);
begin
    return jsonb_build_object(
        'host', case when m.monitor_type = 'dns' and address <> '' then m.request_body
                     else target.host end,
        'address', core.failure_address(address, target.host,
                                        case when m.monitor_type <> 'ping' then port end),
        'timeout', m.request_timeout
                   || case when core.timeout_is_ms(m.monitor_type) then ' ms' else ' s' end,
        'http_status', case when http_status > 0 then http_status::text else 'none' end,
        'expected', case
            when m.monitor_type = 'expected_status_code' then core.list_in_words(
                m.expected_status_codes::text[] || coalesce(m.expected_status_ranges, '{}'), 'or')
            when m.monitor_type = 'websocket' then '101'
            else '2xx' end,
        'keyword', case when length(m.required_keyword) > 60 then left(m.required_keyword, 60) || '…'
                        else coalesce(m.required_keyword, '') end,
        'protocol', core.kind_protocol(m.monitor_type, m.tls_mode),
        'detail', coalesce(core.failure_detail(facts.detail), 'The answer is not as expected'),
        'why', coalesce(': ' || core.failure_detail(facts.detail), ''),
        'expiry', coalesce('on ' || to_char(facts.expiry, 'YYYY-MM-DD'), 'soon'),
        'threshold', coalesce(m.degraded_threshold || ' ms', 'it should'));
end
$$;

-- Fills in {places}, in one pass: what is put in is never looked at again.
create or replace function core.filled_in(words text, places jsonb) returns text
language plpgsql stable parallel safe as $$
begin
    return (select string_agg(m[1] || coalesce(places ->> m[3], m[2], ''), '' order by n)
              from regexp_matches(words, '([^{]*)(\{([a-z_]+)\}|\{|$)', 'g')
                   with ordinality t (m, n));
end
$$;

create or replace function core.failure_text(m betterstack.monitor, reason smallint,
    http_status integer, address text, evidence text) returns text
language plpgsql stable as $$
declare
    words text := coalesce(
        (select w.words from betterstack.failure_wording w
          where w.reason = failure_text.reason and w.monitor_type = m.monitor_type
            and address <> ''),
        (select f.words from betterstack.failure_reason f where f.id = failure_text.reason));
begin
    if words is null then
        return 'Failed for a reason that this hub does not know';
    elsif position('{' in words) = 0 then
        return words;
    end if;
    return core.filled_in(words, core.failure_places(m, http_status, address, evidence));
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
