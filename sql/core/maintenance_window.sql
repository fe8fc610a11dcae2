-- A maintenance window as its settings: what is wrong with them, and the API's JSON.

create or replace function core.maintenance_window_members() returns text[]
language sql immutable parallel safe as $$
    select '{name,description,starts_at,ends_at,duration,recurrence,timezone,all_monitors,
             monitor_ids,heartbeat_ids}'::text[]
$$;

create or replace function core.maintenance_window_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,active,state,current_ends_at,next_starts_at,next_ends_at,created_at,
             updated_at}'::text[]
$$;

create or replace function core.maintenance_window_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"description": null, "ends_at": null, "duration": null, "recurrence": null,
             "timezone": "UTC", "all_monitors": false, "monitor_ids": [],
             "heartbeat_ids": []}'::jsonb
$$;

-- Of a team, those that are over not counted.
create or replace function core.maintenance_windows_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

create or replace function core.maintenance_ids_max() returns integer
language sql immutable parallel safe as $$ select 5000 $$;

create or replace function core.maintenance_seconds_min() returns integer
language sql immutable parallel safe as $$ select 60 $$;

create or replace function core.maintenance_seconds_max() returns integer
language sql immutable parallel safe as $$ select 366 * 86400 $$;

-- A time of a body: what has no offset is what the clocks of the window's zone show.
create or replace function core.maintenance_moment(value jsonb, zone text) returns timestamptz
language plpgsql stable as $$
declare
    given text := btrim(value #>> '{}');
    moment timestamptz;
begin
    if given !~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$' then
        moment := core.parse_time(given);
    elsif zone is not null then
        moment := core.zone_moment(given::timestamp, zone);
    end if;
    if moment >= '2000-01-01Z' and moment < '2200-01-01Z' then
        return date_trunc('milliseconds', moment);
    end if;
    return null;
exception when data_exception then
    return null;    -- the 30th of February
end
$$;

-- The settings as a client would send them; of a new window none.
create or replace function core.maintenance_window_settings(w betterstack.maintenance_window)
    returns jsonb
language sql stable as $$
    select case when w.id is null then '{}' else jsonb_strip_nulls(jsonb_build_object(
        'name', w.name, 'description', w.description, 'starts_at', core.iso(w.starts_at),
        'ends_at', core.iso(w.ends_at), 'duration', w.duration, 'recurrence', w.recurrence,
        'timezone', w.timezone, 'all_monitors', w.all_monitors,
        'monitor_ids', w.monitor_ids, 'heartbeat_ids', w.heartbeat_ids)) end
$$;

-- The settings that result: the defaults, over them what `w` has, over that what is given, where
-- null means the default.  Who turns a window into the other kind need not take away what only the
-- one had.
create or replace function core.maintenance_window_merge(w betterstack.maintenance_window,
    given jsonb) returns jsonb
language plpgsql stable as $$
declare
    defaults jsonb := core.maintenance_window_defaults();
    held jsonb := core.maintenance_window_settings(w);
begin
    if given ? 'recurrence' and not given ? 'ends_at'
       and not core.is_blank(given -> 'recurrence') then
        held := held - 'ends_at';
    elsif given ? 'recurrence' and not given ? 'duration'
          and core.is_blank(given -> 'recurrence') then
        held := held - 'duration';
    end if;
    given := (select coalesce(jsonb_object_agg(g.key, case
                         when g.key = 'recurrence' and core.is_blank(g.value) then 'null'
                         when g.value = 'null' then coalesce(defaults -> g.key, 'null')
                         when g.key in ('name', 'recurrence') and jsonb_typeof(g.value) = 'string'
                             then to_jsonb(btrim(g.value #>> '{}')) else g.value end), '{}')
                from jsonb_each(given) g where g.key = any (core.maintenance_window_members()));
    return '{"name": null, "starts_at": null}'::jsonb || defaults || held || given;
end
$$;

create or replace function core.check_ids(value jsonb, what text, ids_max integer) returns text
language sql stable parallel safe as $$
    select case
        when coalesce(jsonb_typeof(value), '') <> 'array'
             or exists (select from jsonb_array_elements(value) e
                         where jsonb_typeof(e) not in ('string', 'number')
                            or e #>> '{}' !~ '^[1-9][0-9]{0,8}$')
            then 'must be a list of ids of ' || what
        when jsonb_array_length(value) > ids_max
            then 'must have at most ' || ids_max || ' entries'
    end
$$;

create or replace function core.json_ids(value jsonb) returns integer[]
language sql immutable parallel safe as $$
    select array(select distinct (e #>> '{}')::integer as id
                   from jsonb_array_elements(value) e order by id)
$$;

-- Whom it is for.  Only what is given is looked up: what has gone since is no mistake of now.
create or replace function core.maintenance_errors_subjects(s jsonb, given jsonb, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    unknown integer;
begin
    errors := core.complain(errors, 'all_monitors', core.check_boolean(s -> 'all_monitors'));
    errors := core.complain(errors, 'monitor_ids',
        core.check_ids(s -> 'monitor_ids', 'monitors', core.maintenance_ids_max()));
    errors := core.complain(errors, 'heartbeat_ids',
        core.check_ids(s -> 'heartbeat_ids', 'heartbeats', core.maintenance_ids_max()));
    if errors <> '{}' then
        return errors;
    end if;
    if given ? 'monitor_ids' then
        select i into unknown from unnest(core.json_ids(s -> 'monitor_ids')) i
         where not exists (select from betterstack.monitor m where m.id = i
                              and m.team_id = maintenance_errors_subjects.team_id) limit 1;
        errors := core.complain(errors, 'monitor_ids', 'does not know the monitor ' || unknown);
    end if;
    if given ? 'heartbeat_ids' and s -> 'heartbeat_ids' <> '[]' then
        select i into unknown from unnest(core.json_ids(s -> 'heartbeat_ids')) i
         where not exists (select from betterstack.heartbeat h where h.id = i
                              and h.team_id = maintenance_errors_subjects.team_id) limit 1;
        errors := core.complain(errors, 'heartbeat_ids', 'does not know the heartbeat ' || unknown);
    end if;
    if errors = '{}' and s -> 'all_monitors' = 'false' and s -> 'monitor_ids' = '[]'
       and s -> 'heartbeat_ids' = '[]' then
        errors := core.complain(errors, 'monitor_ids', 'must name at least one monitor, unless '
            'there are heartbeat_ids or all_monitors is true');
    end if;
    return errors;
end
$$;

-- When it is.
create or replace function core.maintenance_errors_times(s jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    zone text := core.zone_name(s ->> 'timezone');
    starts timestamptz := core.maintenance_moment(s -> 'starts_at', zone);
    ends timestamptz := core.maintenance_moment(s -> 'ends_at', zone);
    recurring boolean := s -> 'recurrence' <> 'null';
    shortest integer := core.maintenance_seconds_min();
    longest integer := core.maintenance_seconds_max();
begin
    errors := core.complain(errors, 'timezone', core.check_zone(s -> 'timezone'));
    errors := core.complain(errors, 'starts_at', case
        when core.is_blank(s -> 'starts_at') then 'is required'
        when starts is null and zone is not null
            then 'must be an ISO 8601 time, like 2026-03-01T02:00:00Z' end);
    if not recurring then
        errors := core.complain(errors, 'duration', case when s -> 'duration' <> 'null'
            then 'belongs to a recurring window; one that happens once has ends_at' end);
        return core.complain(errors, 'ends_at', case
            when s -> 'ends_at' = 'null' then 'is required for a window that happens once'
            when ends is null and zone is not null
                then 'must be an ISO 8601 time, like 2026-03-01T04:00:00Z'
            when ends < starts + shortest * interval '1 second'
                then 'must be a minute after starts_at or later'
            when ends > starts + longest * interval '1 second'
                then 'must be at most 366 days after starts_at' end);
    end if;
    errors := core.complain(errors, 'ends_at', case when s -> 'ends_at' <> 'null'
        then 'belongs to a window that happens once; a recurring one has duration' end);
    errors := core.complain(errors, 'duration', case when s -> 'duration' = 'null'
        then 'is required for a recurring window, in seconds'
        else core.check_integer(s -> 'duration', shortest, longest) end);
    return core.complain(errors, 'recurrence', case
        when jsonb_typeof(s -> 'recurrence') <> 'string' then 'must be a string'
        else core.recurrence_error(s ->> 'recurrence') end);
end
$$;

create or replace function core.maintenance_window_errors(s jsonb, given jsonb, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given, core.maintenance_window_members(),
                                       core.maintenance_window_members_read_only());
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'description',
        core.check_text(s -> 'description', 10000, one_line => false));
    -- Who only gives it another name does not answer for times that have passed: an occurrence
    -- that was ended may be shorter than a window may be.
    if given ?| '{starts_at,ends_at,duration,recurrence,timezone}' or s -> 'starts_at' = 'null' then
        errors := errors || core.maintenance_errors_times(s);
    end if;
    return errors
        || core.maintenance_errors_subjects(s, given, maintenance_window_errors.team_id);
end
$$;

-- `w` with settings that are right.
create or replace function core.maintenance_window_fill(w betterstack.maintenance_window, s jsonb)
    returns betterstack.maintenance_window
language plpgsql stable as $$
declare
    zone text := core.zone_name(s ->> 'timezone');
begin
    w.name := s ->> 'name';
    w.description := nullif(s ->> 'description', '');
    w.starts_at := core.maintenance_moment(s -> 'starts_at', zone);
    w.ends_at := core.maintenance_moment(s -> 'ends_at', zone);
    w.duration := s ->> 'duration';
    w.recurrence := s ->> 'recurrence';
    w.timezone := s ->> 'timezone';
    w.all_monitors := s -> 'all_monitors';
    w.monitor_ids := core.json_ids(s -> 'monitor_ids');
    w.heartbeat_ids := core.json_ids(s -> 'heartbeat_ids');
    return w;
end
$$;

-- Those that are still there, as a client sees ids.
create or replace function core.maintenance_ids_shown(w betterstack.maintenance_window,
    out monitor_ids text[], out heartbeat_ids text[])
language plpgsql stable as $$
begin
    monitor_ids := array(select m.id::text from betterstack.monitor m
                          where m.id = any (w.monitor_ids) order by m.id);
    heartbeat_ids := '{}';
    if w.heartbeat_ids <> '{}' then
        heartbeat_ids := array(select h.id::text from betterstack.heartbeat h
                                where h.id = any (w.heartbeat_ids) order by h.id);
    end if;
end
$$;

create or replace function core.maintenance_window_json(w betterstack.maintenance_window,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    o record := core.maintenance_present(w, at);
    shown record := core.maintenance_ids_shown(w);
begin
    return json_build_object('id', w.id::text, 'type', 'maintenance_window', 'attributes',
        json_build_object('name', w.name, 'description', w.description,
            'starts_at', core.iso(w.starts_at), 'ends_at', core.iso(w.ends_at),
            'duration', w.duration, 'recurrence', w.recurrence, 'timezone', w.timezone,
            'timezone_iana', core.zone_name(w.timezone), 'all_monitors', w.all_monitors,
            'monitor_ids', shown.monitor_ids,
            'heartbeat_ids', shown.heartbeat_ids, 'active', o.current_ends_at is not null,
            'state', case when o.current_ends_at is not null then 'active'
                          when o.next_starts_at is not null then 'scheduled' else 'ended' end,
            'current_ends_at', core.iso(o.current_ends_at),
            'next_starts_at', core.iso(o.next_starts_at),
            'next_ends_at', core.iso(o.next_ends_at),
            'created_at', core.iso(w.created_at), 'updated_at', core.iso(w.updated_at)))::text;
end
$$;
