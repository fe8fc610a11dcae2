-- Incidents: list, get, create by hand, delete.

-- What the caller's team may see: its own, and the installation's.
create or replace function core.incident_seen(team_id integer, id bigint)
    returns betterstack.incident
language plpgsql stable as $$
declare
    i betterstack.incident;
begin
    select t.* into i from betterstack.incident t
     where t.id = incident_seen.id
       and (t.team_id = incident_seen.team_id or t.team_id is null);
    return i;
end
$$;

create or replace function core.check_boolean_word(value text) returns text
language sql immutable parallel safe as $$
    select case when value not in ('true', 'false') then 'must be true or false' end
$$;

create or replace function core.check_time_word(value text) returns text
language sql stable as $$
    select case when value is not null and core.parse_time(value) is null
                then 'must be a date, an ISO 8601 time, or milliseconds' end
$$;

create or replace function core.check_id_word(value text) returns text
language sql immutable parallel safe as $$
    select case when value !~ '^[0-9]{1,9}$' then 'must be an id' end
$$;

-- Ours: what kind of incident.
create or replace function core.incident_kinds() returns text[]
language sql immutable parallel safe as $$
    select '{failure,certificate_expiry,domain_expiry,heartbeat,region_silent,scheduler_silent,
             region_quarantined,mass,manual,burn}'::text[]
$$;

create or replace function core.check_kind_word(value text) returns text
language sql immutable parallel safe as $$
    select case when value <> all (core.incident_kinds())
                then 'must be one of ' || array_to_string(core.incident_kinds(), ', ') end
$$;

create or replace function core.incident_per_page_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

-- What a list is asked for.  from and to are dates: of that day the whole counts.
create or replace function core.incident_filter(query jsonb, out since timestamptz,
    out until timestamptz, out monitor_id integer, out heartbeat_id integer, out slo_id integer,
    out resolved boolean, out acknowledged boolean, out metadata jsonb, out kind text,
    out page integer, out per_page integer, out errors jsonb)
language plpgsql stable as $$
declare
    wanted record := core.page_request(query - 'per_page');
begin
    errors := wanted.errors;
    page := wanted.page;
    per_page := 10;
    if query ->> 'per_page' ~ '^[0-9]{1,6}$'
       and (query ->> 'per_page')::integer between 1 and core.incident_per_page_max() then
        per_page := query ->> 'per_page';
    elsif query ? 'per_page' then
        errors := core.complain(errors, 'per_page',
                                'must be between 1 and ' || core.incident_per_page_max());
    end if;
    errors := core.complain(errors, 'from', core.check_time_word(query ->> 'from'));
    errors := core.complain(errors, 'to', core.check_time_word(query ->> 'to'));
    errors := core.complain(errors, 'monitor_id', core.check_id_word(query ->> 'monitor_id'));
    errors := core.complain(errors, 'heartbeat_id', core.check_id_word(query ->> 'heartbeat_id'));
    errors := core.complain(errors, 'slo_id', core.check_id_word(query ->> 'slo_id'));
    errors := core.complain(errors, 'resolved', core.check_boolean_word(query ->> 'resolved'));
    errors := core.complain(errors, 'acknowledged',
                            core.check_boolean_word(query ->> 'acknowledged'));
    errors := core.complain(errors, 'kind', core.check_kind_word(query ->> 'kind'));
    if errors <> '{}' then
        return;
    end if;
    since := core.parse_time(query ->> 'from');
    until := core.parse_time(query ->> 'to')
             + case when query ->> 'to' ~ '^\d{4}-\d\d-\d\d$' then interval '1 day' else '0' end;
    monitor_id := query ->> 'monitor_id';
    heartbeat_id := query ->> 'heartbeat_id';
    slo_id := query ->> 'slo_id';
    resolved := query ->> 'resolved';
    acknowledged := query ->> 'acknowledged';
    kind := query ->> 'kind';
    -- metadata[key]=value
    select jsonb_object_agg(substring(q.key from 'metadata\[(.+)\]'), jsonb_build_array(
               jsonb_build_object('value', q.value)))
      into metadata from jsonb_each(query) q where q.key ~ '^metadata\[.+\]$';
end
$$;

-- One page, newest first, and how many there are.  The installation's are everybody's.
create or replace function core.incident_page(team_id integer, f record, out items text,
    out total bigint)
language plpgsql stable as $$
declare
    ids bigint[];
begin
    with wanted as materialized (
        select o.id, o.started_at from betterstack.incident o
         where coalesce(o.team_id, 0) = any (array[incident_page.team_id, 0])
           and (f.since is null or o.started_at >= f.since)
           and (f.until is null or o.started_at < f.until)
           and (f.resolved is null or (o.resolved_at is not null) = f.resolved)
           and (f.acknowledged is null or (o.acknowledged_at is not null) = f.acknowledged)
           and (f.kind is null or o.kind = f.kind)
           and (f.heartbeat_id is null or o.heartbeat_id = f.heartbeat_id)
           and (f.slo_id is null or o.slo_id = f.slo_id)
           and (f.metadata is null or o.metadata @> f.metadata)
           and (f.monitor_id is null or o.id in (
                   select im.incident_id from betterstack.incident_monitor im
                    where im.monitor_id = f.monitor_id)))
    select (select count(*) from wanted),
           array(select p.id from wanted p order by p.started_at desc, p.id desc
                 offset (f.page - 1) * f.per_page limit f.per_page)
      into total, ids;
    select coalesce(string_agg(core.incident_json(i, false), ',' order by w.place), '') into items
      from unnest(ids) with ordinality w (id, place)
      join betterstack.incident i on i.id = w.id;
end
$$;

-- The parameters that a link to another page keeps.
create or replace function core.incident_link_names(query jsonb) returns text[]
language sql stable as $$
    select '{from,to,monitor_id,heartbeat_id,slo_id,kind,team_name,resolved,acknowledged,
      per_page}'::text[]
        || array(select k from jsonb_object_keys(query) k where k ~ '^metadata\[.+\]$' order by k)
$$;

create or replace function api.incident_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    filter record := core.incident_filter(given);
    found record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif filter.errors <> '{}' then
        return core.reply_invalid(filter.errors);
    end if;
    if given ? 'team_name' and not exists (select from betterstack.team t
            where t.id = caller.team_id and t.name = given ->> 'team_name') then
        select '' as items, 0::bigint as total into found;
    else
        found := core.incident_page(caller.team_id, filter);
    end if;
    return core.reply(200, concat('{"data":[', found.items, '],"pagination":', core.pagination(
        '/api/v3/incidents', given, core.incident_link_names(given), filter.page,
        ((found.total + filter.per_page - 1) / filter.per_page)::integer), '}'));
end
$$;

create or replace function api.incident_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    i betterstack.incident;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    i := core.incident_seen(caller.team_id, incident_get.id);
    if i.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.incident_body(i.id));
end
$$;

create or replace function core.caller_name(user_id integer) returns text
language plpgsql stable as $$
begin
    return (select coalesce(nullif(u.name, ''), u.email) from betterstack.app_user u
             where u.id = caller_name.user_id);
end
$$;

create or replace function api.incident_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb;
    at timestamptz := clock_timestamp();
    summary text := btrim(given ->> 'summary');
    held jsonb;
    made bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    errors := core.incident_errors(given, caller.team_id);
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    held := (core.metadata_object(given -> 'metadata', caller.team_id)).kept;
    perform core.incident_lock();       -- as everything that alerts
    insert into betterstack.incident (team_id, kind, name, cause, description, requester_email,
        started_at, confirmed_at, last_joined_at, policy_id, call, sms, email, push,
        critical_alert, team_wait)
    values (caller.team_id, 'manual', coalesce(nullif(btrim(given ->> 'name'), ''), summary),
        summary, nullif(given ->> 'description', ''),
        nullif(btrim(given ->> 'requester_email'), ''),
        at, at, at, core.id_given(given -> 'policy_id'), (given ->> 'call')::boolean,
        (given ->> 'sms')::boolean, (given ->> 'email')::boolean, (given ->> 'push')::boolean,
        (given ->> 'critical_alert')::boolean, (given ->> 'team_wait')::integer)
    returning id into made;
    perform core.metadata_begin(caller.team_id, made, held);
    perform core.incident_enter(made, null, at, 'created', jsonb_build_object('text', summary),
                                core.caller_name(caller.user_id));
    perform core.alert_incident(made, 'started', at);
    return core.reply(201, core.incident_body(made), caller.team_id,
                      core.event_with_deliveries(core.event('incident', 'opened', made::text),
                                                 caller.team_id));
end
$$;

-- What the installation found out about itself is its administrators' to act on.
create or replace function core.incident_forbidden(caller core.caller, i betterstack.incident)
    returns boolean
language sql stable parallel safe as $$
    select i.team_id is null and not caller.administrator
$$;

-- Whatever still fails goes on without it.
create or replace function api.incident_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    i betterstack.incident;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.incident_lock();
    i := core.incident_seen(caller.team_id, incident_delete.id);
    if i.id is null then
        return core.reply_not_found();
    elsif core.incident_forbidden(caller, i) then
        return core.reply_not_administrator();
    end if;
    perform core.alert_deleted(i, clock_timestamp());
    delete from betterstack.incident t where t.id = i.id;
    return core.reply(204, null, caller.team_id,
                      core.event_with_deliveries(core.event('incident', 'deleted', i.id::text),
                                                 caller.team_id));
end
$$;
