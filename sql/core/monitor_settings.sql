-- From a request's body to a monitor's settings: what is wrong, and what results.

create or replace function core.monitor_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,status,state,status_since,failure_reason,failure_text,last_checked_at,paused_at,
             created_at,updated_at,team_name,region_states,client_key_set,maintenance_until,
             certificate_expires_at,domain_expires_at}'::text[]
$$;

-- Documented members of the API that are not built.
create or replace function core.monitor_members_not_yet() returns text[]
language sql immutable parallel safe as $$
    select '{monitor_group_id,playwright_script,scenario_name,environment_variables}'::text[]
$$;

create or replace function core.check_header(name jsonb, value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when core.is_blank(name) then 'must each have a name'
        when jsonb_typeof(name) <> 'string' or length(name #>> '{}') > 128
             or name #>> '{}' !~ core.header_token_pattern()
            then 'have a name that is not a header name (RFC 9110)'
        when lower(name #>> '{}') in ('connection', 'content-length', 'keep-alive', 'te', 'trailer',
                                      'transfer-encoding', 'upgrade')
            then 'must not contain ' || (name #>> '{}') || ': it belongs to the connection'
        when coalesce(jsonb_typeof(value), '') <> 'string' then 'must each have a value'
        when length(value #>> '{}') > 4096 then 'must have values of at most 4096 characters'
        when value #>> '{}' ~ '[\u0001-\u0008\u000a-\u001f\u007f]'
            then 'must have values without line breaks and control characters'
    end
$$;

-- Nested attributes: {"id"} keeps or changes, {"id", "_destroy"} deletes, no id adds.  `current`
-- are those the monitor has.  errors is '{}' if all is well; each message is told once.
create or replace function core.request_headers_merge(current jsonb, given jsonb,
    out headers jsonb, out errors jsonb)
language plpgsql volatile as $$
declare
    item jsonb;
    known jsonb;
    message text;
begin
    headers := current;
    errors := '{}';
    if jsonb_typeof(given) <> 'array' then
        errors := core.complain(errors, 'request_headers', 'must be a list of objects');
        return;
    elsif jsonb_array_length(given) > 50 then
        errors := core.complain(errors, 'request_headers', 'must have at most 50 entries');
        return;
    end if;
    for item in select e from jsonb_array_elements(given) e loop
        message := null;
        known := null;
        if jsonb_typeof(item) <> 'object' then
            message := 'must be a list of objects';
        elsif not core.is_blank(item -> 'id') then
            select h into known from jsonb_array_elements(headers) h
             where h ->> 'id' = item ->> 'id';
            if known is null then
                message := 'have no header with the id “' || left(item ->> 'id', 32) || '”';
            end if;
        end if;
        if message is null and coalesce(item ->> '_destroy', '') in ('true', '1') then
            headers := coalesce((select jsonb_agg(h) from jsonb_array_elements(headers) h
                                  where h ->> 'id' <> known ->> 'id' or known is null), '[]');
            continue;
        end if;
        if message is null then
            item := coalesce(known, '{}') || jsonb_strip_nulls(item);
            message := core.check_header(item -> 'name', item -> 'value');
        end if;
        if message is not null then
            if not coalesce(errors -> 'request_headers' ? message, false) then
                errors := core.complain(errors, 'request_headers', message);
            end if;
        elsif known is not null then
            headers := (select jsonb_agg(case when h ->> 'id' = known ->> 'id'
                        then jsonb_build_object('id', h -> 'id', 'name', item -> 'name',
                                                'value', item -> 'value')
                        else h end) from jsonb_array_elements(headers) h);
        else
            headers := headers || jsonb_build_object(
                'id', nextval('betterstack.request_header_id')::text,
                'name', item -> 'name', 'value', item -> 'value');
        end if;
    end loop;
    if jsonb_array_length(headers) > 20 then
        errors := core.complain(errors, 'request_headers', 'must be at most 20 in all');
    end if;
end
$$;

-- A string's blanks around it are the typist's; the method may come in capitals; line ends of
-- certificates are as on any system; a name that is not given is the host's.
create or replace function core.monitor_settings_normal(s jsonb) returns jsonb
language plpgsql stable as $$
declare
    name text;
begin
    foreach name in array '{url,port,auth_token,proxy_host,http_version,tls_mode,tls_min_version,
            client_certificate,client_key,ca_certificates,grpc_service,database}'::text[] loop
        if jsonb_typeof(s -> name) = 'string' then
            s := jsonb_set(s, array[name], coalesce(to_jsonb(nullif(btrim(
                     replace(s ->> name, E'\r\n', E'\n'), E' \t\r\n'), '')), 'null'));
        end if;
    end loop;
    if jsonb_typeof(s -> 'http_method') = 'string' then
        s := jsonb_set(s, '{http_method}', to_jsonb(lower(s ->> 'http_method')));
    end if;
    if jsonb_typeof(s -> 'assertions') = 'array' then
        s := jsonb_set(s, '{assertions}', coalesce((
            select jsonb_agg(core.assertion_normal(a) order by place)
              from jsonb_array_elements(s -> 'assertions') with ordinality t (a, place)), '[]'));
    end if;
    s := core.alert_ways_normal(s);
    if core.is_blank(s -> 'pronounceable_name') then
        s := jsonb_set(s, '{pronounceable_name}', to_jsonb(coalesce(
            nullif((core.url_parts(s ->> 'url')).host, ''),
            nullif(btrim(left(s ->> 'url', 255)), ''), '?')));
    elsif jsonb_typeof(s -> 'pronounceable_name') = 'string' then
        s := jsonb_set(s, '{pronounceable_name}', to_jsonb(btrim(s ->> 'pronounceable_name')));
    end if;
    return s;
end
$$;

-- The members of `s` that mean something to the kind.
create or replace function core.settings_for_kind(s jsonb, kind text) returns jsonb
language sql stable parallel safe as $$
    select coalesce(jsonb_object_agg(e.key, e.value), '{}')
      from jsonb_each(s) e where core.kind_takes(kind, e.key)
$$;

-- The settings that result: the defaults, over them what `m` has and its new kind still takes, over
-- that what is given, where null means the default.
create or replace function core.monitor_settings_merge(m betterstack.monitor, given jsonb)
    returns jsonb
language plpgsql stable as $$
declare
    held jsonb := coalesce(jsonb_strip_nulls(core.monitor_settings(m)), '{}');
    kind text := case when core.is_blank(given -> 'monitor_type') then m.monitor_type
                      else given ->> 'monitor_type' end;
    defaults jsonb := core.monitor_defaults(kind);
begin
    held := core.settings_for_kind(held, kind);
    if core.check_timeout(held -> 'request_timeout', kind) is not null then
        held := held - 'request_timeout';       -- counted in the other unit
    end if;
    if given -> 'client_certificate' = 'null' and not given ? 'client_key' then
        held := held - 'client_key';
    end if;
    return defaults || held || (
        select coalesce(jsonb_object_agg(g.key, case when g.value = 'null'
                            then coalesce(defaults -> g.key, 'null') else g.value end), '{}')
          from jsonb_each(core.settings_for_kind(given, kind)) g
         where g.key in ('url', 'monitor_type') or defaults ? g.key);
end
$$;

-- `m` with the members of the body put in; null puts the default back.  If errors is not '{}',
-- changed is not to be used.
create or replace function core.monitor_change(m betterstack.monitor, body jsonb,
    out changed betterstack.monitor, out errors jsonb)
language plpgsql volatile as $$
declare
    settings jsonb := core.monitor_settings_normal(
                          core.monitor_settings_merge(m, body - 'request_headers'));
    kind text := settings ->> 'monitor_type';
    headers record;
begin
    headers := core.request_headers_merge(
        case when body -> 'request_headers' = 'null' or not core.kind_takes(kind, 'request_headers')
             then '[]' else coalesce(m.request_headers, '[]') end,
        case when core.is_blank(body -> 'request_headers') then '[]'
             else body -> 'request_headers' end);
    errors := core.check_members(body,
            array(select jsonb_object_keys(core.monitor_defaults(kind)))
                || '{url,monitor_type}'::text[],
            core.monitor_members_read_only(), core.monitor_members_not_yet())
        || core.monitor_errors(settings) || headers.errors;
    if kind = any (core.monitor_types()) then
        errors := core.monitor_errors_meaning(body, kind) || errors;
    end if;
    if errors <> '{}' then
        return;
    end if;

    changed := jsonb_populate_record(m, settings || jsonb_build_object(
        'request_headers', headers.headers,
        'region_ids', (select jsonb_agg(r.id order by r.id) from betterstack.region r
                        where settings -> 'regions' ? r.slug)));
    changed.updated_at := now();
    changed.paused_at := case when changed.paused then coalesce(m.paused_at, now()) end;
    if octet_length(core.msgpack(core.probe_spec(changed))) > 60000 then
        errors := core.complain(errors, case when headers.headers = '[]' then 'ca_certificates'
                                             else 'request_headers' end,
                                'are too large together with request_body');
    end if;
end
$$;

-- What a monitor refers to.  Its policies are the team's, and those whom it depends on are monitors
-- of its own team, none of which depends on it in turn.
create or replace function core.monitor_errors_references(m betterstack.monitor) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.alert_ways_references(to_jsonb(m.policy_id),
        to_jsonb(m.expiration_policy_id), m.team_id);
begin
    if coalesce(m.depends_on, '{}') = '{}' then
        return errors;
    end if;
    errors := core.complain(errors, 'depends_on', (
        select 'does not know the monitor ' || p.id from unnest(m.depends_on) as p (id)
         where not exists (select from betterstack.monitor t
                            where t.id = p.id and t.team_id = m.team_id) limit 1));
    return core.complain(errors, 'depends_on', case when exists (
        with recursive above (id) as (
            select unnest(m.depends_on)
            union
            select unnest(t.depends_on) from above a join betterstack.monitor t on t.id = a.id)
        select from above a where a.id = m.id) then 'must not lead back to the monitor itself' end);
end
$$;
