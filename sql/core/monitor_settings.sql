-- From a request's body to a monitor's settings: what is wrong, and what results.

create or replace function core.monitor_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,status,status_since,failure_reason,failure_text,last_checked_at,paused_at,
             created_at,updated_at,team_name,region_states}'::text[]
$$;

-- Documented members of the API that are not built.
create or replace function core.monitor_members_not_yet() returns text[]
language sql immutable parallel safe as $$
    select '{confirmation_period,recovery_period,remember_cookies,proxy_host,proxy_port,port,
             ssl_expiration,domain_expiration,expiration_policy_id,policy_id,call,sms,email,push,
             critical_alert,team_wait,monitor_group_id,maintenance_from,maintenance_to,
             maintenance_timezone,maintenance_days,playwright_script,scenario_name,
             environment_variables}'::text[]
$$;

create or replace function core.check_monitor_type(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when core.is_blank(value) then 'is required'
        when value #>> '{}' in ('ping', 'tcp', 'udp', 'smtp', 'pop', 'imap', 'dns', 'playwright')
            then '“' || (value #>> '{}') || '” is not supported yet'
        else core.check_choice(value,
                 '{status,expected_status_code,keyword,keyword_absence}')
    end
$$;

create or replace function core.check_status_codes(value jsonb, required boolean) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of integers'
        when required and jsonb_array_length(value) = 0
            then 'is required for the monitor type expected_status_code'
        when jsonb_array_length(value) > 50 then 'must have at most 50 entries'
        when exists (select from jsonb_array_elements(value) e
                      where core.check_integer(e, 100, 599) is not null)
            then 'must contain only integers between 100 and 599'
    end
$$;

create or replace function core.check_regions(value jsonb) returns text
language sql stable as $$
    select case
        when value = 'null'::jsonb then null
        when jsonb_typeof(value) <> 'array' then 'must be a list of regions, or null for all'
        when jsonb_array_length(value) = 0
            then 'must name at least one region, or be null for all'
        when jsonb_array_length(value) > 100 then 'must have at most 100 entries'
        else (select 'does not know the region “' || left(coalesce(e #>> '{}', 'null'), 64) || '”'
                from jsonb_array_elements(value) e
               where jsonb_typeof(e) <> 'string'
                     or not exists (select from betterstack.region r where r.slug = e #>> '{}')
               limit 1)
    end
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

-- What is wrong with whole settings (all members present), without request_headers.
create or replace function core.monitor_errors(s jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    kind text := s ->> 'monitor_type';
begin
    errors := core.complain(errors, 'monitor_type', core.check_monitor_type(s -> 'monitor_type'));
    errors := core.complain(errors, 'url', core.check_url(s -> 'url'));
    errors := core.complain(errors, 'pronounceable_name',
        core.check_required_text(s -> 'pronounceable_name', 255));
    errors := core.complain(errors, 'check_frequency',
        core.check_integer(s -> 'check_frequency', 1, 86400));
    errors := core.complain(errors, 'request_timeout',
        coalesce(core.check_integer(s -> 'request_timeout', 1, 60),
                 core.check_choice(s -> 'request_timeout', '{2,3,5,10,15,30,45,60}')));
    errors := core.complain(errors, 'regions', core.check_regions(s -> 'regions'));
    errors := core.complain(errors, 'http_method',
        core.check_choice(s -> 'http_method', '{get,head,post,put,patch}'));
    errors := core.complain(errors, 'request_body',
        core.check_text(s -> 'request_body', 16384, one_line => false));
    errors := core.complain(errors, 'auth_username', coalesce(
        core.check_text(s -> 'auth_username', 255),
        case when s ->> 'auth_username' like '%:%' then 'must not contain a colon' end));
    errors := core.complain(errors, 'auth_password', core.check_text(s -> 'auth_password', 1024));
    errors := core.complain(errors, 'expected_status_codes',
        core.check_status_codes(s -> 'expected_status_codes', kind = 'expected_status_code'));
    errors := core.complain(errors, 'required_keyword', case
        when kind in ('keyword', 'keyword_absence') and coalesce(s ->> 'required_keyword', '') = ''
            then 'is required for the monitor type ' || kind
        else core.check_text(s -> 'required_keyword', 1024, one_line => false) end);
    errors := core.complain(errors, 'follow_redirects',
        core.check_boolean(s -> 'follow_redirects'));
    errors := core.complain(errors, 'verify_ssl', core.check_boolean(s -> 'verify_ssl'));
    errors := core.complain(errors, 'ip_version', case when s -> 'ip_version' <> 'null'
        then core.check_choice(s -> 'ip_version', '{ipv4,ipv6}') || ', or null' end);
    return core.complain(errors, 'paused', core.check_boolean(s -> 'paused'));
end
$$;

-- A string's blanks around it are the typist's; the method may come in capitals; a name that is
-- not given is the host's.
create or replace function core.monitor_settings_normal(s jsonb) returns jsonb
language plpgsql stable as $$
begin
    if jsonb_typeof(s -> 'url') = 'string' then
        s := jsonb_set(s, '{url}', to_jsonb(btrim(s ->> 'url', E' \t\r\n')));
    end if;
    if jsonb_typeof(s -> 'http_method') = 'string' then
        s := jsonb_set(s, '{http_method}', to_jsonb(lower(s ->> 'http_method')));
    end if;
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

-- `m` with the members of the body put in; null puts the default back.  If errors is not '{}',
-- changed is not to be used.
create or replace function core.monitor_change(m betterstack.monitor, body jsonb,
    out changed betterstack.monitor, out errors jsonb)
language plpgsql volatile as $$
declare
    defaults jsonb := core.monitor_defaults();
    settings jsonb;
    headers record;
begin
    settings := defaults || coalesce(jsonb_strip_nulls(core.monitor_settings(m)), '{}') || (
        select coalesce(jsonb_object_agg(b.key, case when b.value = 'null'
                            then coalesce(defaults -> b.key, 'null') else b.value end), '{}')
          from jsonb_each(body) b
         where (b.key in ('url', 'monitor_type') or defaults ? b.key)
           and b.key <> 'request_headers');
    settings := core.monitor_settings_normal(settings);
    headers := core.request_headers_merge(
        case when body -> 'request_headers' = 'null' then '[]'
             else coalesce(m.request_headers, '[]') end,
        case when core.is_blank(body -> 'request_headers') then '[]'
             else body -> 'request_headers' end);
    errors := core.check_members(body,
            array(select jsonb_object_keys(defaults)) || '{url,monitor_type}'::text[],
            core.monitor_members_read_only(), core.monitor_members_not_yet())
        || core.monitor_errors(settings) || headers.errors;
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
        errors := core.complain(errors, 'request_headers',
                                'are too large together with request_body');
    end if;
end
$$;
