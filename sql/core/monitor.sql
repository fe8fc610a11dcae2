-- A monitor as a JSON object of settings, and what is derived from it.

create or replace function core.monitor_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"pronounceable_name": null, "check_frequency": 30, "request_timeout": 15,
             "regions": null, "http_method": "get", "request_body": null, "request_headers": [],
             "auth_username": null, "auth_password": null, "expected_status_codes": [],
             "required_keyword": null, "follow_redirects": true, "verify_ssl": true,
             "ip_version": null, "paused": false}'::jsonb
$$;

create or replace function core.region_slugs(region_ids smallint[]) returns text[]
language sql stable as $$
    select case when region_ids is not null
           then (select coalesce(array_agg(r.slug order by r.id), '{}')
                   from betterstack.region r where r.id = any (region_ids)) end
$$;

-- The settings as a client would send them.
create or replace function core.monitor_settings(m betterstack.monitor) returns jsonb
language sql stable as $$
    select jsonb_object_agg(s.key, s.value)
      from jsonb_each(to_jsonb(m) || jsonb_build_object('regions',
                          to_jsonb(core.region_slugs(m.region_ids)))) s
     where s.key in ('url', 'monitor_type') or core.monitor_defaults() ? s.key
$$;

-- The API's JSON of a monitor up to where core.monitor_json() goes on.
create or replace function core.monitor_doc(m betterstack.monitor) returns text
language plpgsql stable as $$
declare
    attributes text;
begin
    select row_to_json(a)::text into attributes from (
        select m.url, m.pronounceable_name, m.monitor_type, m.check_frequency, m.request_timeout,
               core.region_slugs(m.region_ids) as regions, m.http_method, m.request_body,
               m.request_headers, m.auth_username, m.auth_password, m.expected_status_codes,
               m.required_keyword, m.follow_redirects, m.verify_ssl, m.ip_version, m.paused,
               core.iso(m.paused_at) as paused_at, core.iso(m.created_at) as created_at,
               core.iso(m.updated_at) as updated_at, t.name as team_name
          from betterstack.team t where t.id = m.team_id) a;
    return '{"id":"' || m.id || '","type":"monitor","attributes":'
           || left(attributes, -1) || ',';
end
$$;

-- What an agent needs to probe; keys as in shared/bs_wire.h.
create or replace function core.probe_spec(m betterstack.monitor) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'type', m.monitor_type, 'url', m.url,
        'timeout', m.request_timeout * 1000, 'interval', m.check_frequency * 1000,
        'method', upper(m.http_method),
        'headers', coalesce((select jsonb_agg(jsonb_build_array(h -> 'name', h -> 'value')
                                              order by place)
                               from jsonb_array_elements(m.request_headers)
                                    with ordinality as t (h, place)), '[]'),
        'body', m.request_body, 'username', m.auth_username, 'password', m.auth_password,
        'expected', to_jsonb(m.expected_status_codes), 'keyword', m.required_keyword,
        'redirects', m.follow_redirects, 'verify', m.verify_ssl,
        'ip', case m.ip_version when 'ipv4' then 4 when 'ipv6' then 6 else 0 end)
$$;

-- Fills in the derived columns; the row must have its id.
create or replace function core.monitor_derive(m betterstack.monitor) returns betterstack.monitor
language plpgsql stable as $$
begin
    m.doc := core.monitor_doc(m);
    m.spec := core.msgpack(core.probe_spec(m));
    m.schedule_hash := hashtextextended(
        concat_ws(' ', m.id, coalesce(m.region_ids::text, '*'), encode(sha256(m.spec), 'hex')), 0);
    return m;
end
$$;

-- The members that follow monitor.doc: the verdict, written when it changes.
create or replace function core.monitor_state_doc(status smallint, since timestamptz,
    reason smallint, failure_text text) returns text
language sql stable as $$
    select '"status":"' || (array['pending', 'up', '', 'down', 'paused'])[status + 1]
           || '","status_since":"' || core.iso(since)
           || '","failure_reason":' || core.json_text(core.reason_code(reason))
           || ',"failure_text":' || core.json_text(failure_text)
$$;

-- One whole monitor; the last two arguments come from region_state.  The brackets keep the long
-- part from being copied once for each short one.
create or replace function core.monitor_json(doc text, state_doc text,
    last_checked_at timestamptz, region_docs text) returns text
language sql stable parallel safe as $$
    select doc || (state_doc
           || coalesce(',"last_checked_at":"' || core.iso(last_checked_at) || '","region_states":[',
                       ',"last_checked_at":null,"region_states":[')
           || coalesce(region_docs || ']}}', ']}}'))
$$;

create or replace function core.monitor_body(monitor_id integer) returns text
language plpgsql stable as $$
begin
    return (select '{"data":' || (core.monitor_json(m.doc, s.doc, r.checked_at, r.docs) || '}')
              from betterstack.monitor m
              join betterstack.monitor_state s on s.monitor_id = m.id
             cross join lateral (
                   select max(o.checked_at) as checked_at, string_agg(o.doc, ',') as docs
                     from (select rs.checked_at, rs.doc from betterstack.region_state rs
                            where rs.monitor_id = m.id order by rs.region_id) o) r
             where m.id = monitor_body.monitor_id);
end
$$;

-- Sets the verdict by hand: a new, paused or resumed monitor.
create or replace function core.monitor_state_reset(monitor_id integer, paused boolean,
    believe_after timestamptz) returns void
language plpgsql volatile as $$
declare
    status smallint := case when paused then 4 else 0 end;
begin
    insert into betterstack.monitor_state as s (monitor_id, status, since, believe_after, doc)
    values (monitor_state_reset.monitor_id, status, now(), monitor_state_reset.believe_after,
            core.monitor_state_doc(status, now(), 0::smallint, null))
    on conflict on constraint monitor_state_pkey do update
       set status = excluded.status, since = excluded.since, reason = 0, failure_text = null,
           believe_after = excluded.believe_after, doc = excluded.doc;
end
$$;

-- Writes the derived columns of many monitors again: after a change of what they are derived by,
-- and when a region goes.
create or replace function core.monitors_rederive(only_region smallint default null)
    returns integer
language plpgsql volatile as $$
declare
    m betterstack.monitor;
    written integer := 0;
begin
    for m in select t.* from betterstack.monitor t
              where only_region is null or only_region = any (t.region_ids)
              order by t.id for update
    loop
        m.region_ids := array_remove(m.region_ids, only_region);
        m := core.monitor_derive(m);
        update betterstack.monitor t
           set region_ids = m.region_ids, doc = m.doc, spec = m.spec,
               schedule_hash = m.schedule_hash
         where t.id = m.id;
        written := written + 1;
    end loop;
    return written;
end
$$;
