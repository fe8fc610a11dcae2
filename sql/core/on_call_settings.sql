-- What people set of on-call calendars, rotations and events, and what is wrong with it.

-- Of a team; of a calendar, those long over not counted.
create or replace function core.on_call_calendars_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

create or replace function core.on_call_events_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.on_call_users_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- Events that were over for longer are forgotten when one is added.
create or replace function core.on_call_events_kept_for() returns interval
language sql immutable parallel safe as $$ select interval '400 days' $$;

-- A turn, an event: at most a year or so.
create or replace function core.on_call_length_max(unit text) returns integer
language sql immutable parallel safe as $$
    select case unit when 'hour' then 8784 when 'day' then 366 else 52 end
$$;

-- Persons of the team by their mail addresses or ids, in the order in which they are named.  One
-- that is not known is null.
create or replace function core.on_call_users(value jsonb, team_id integer) returns integer[]
language sql stable as $$
    select array(select u.id from jsonb_array_elements(value) with ordinality e (user_name, place)
                   left join (betterstack.app_user u
                              join betterstack.membership m on m.user_id = u.id
                                   and m.team_id = on_call_users.team_id)
                     on u.email = core.email_normal(e.user_name #>> '{}')
                        or u.id::text = e.user_name #>> '{}'
                  order by e.place)
$$;

create or replace function core.on_call_users_error(value jsonb, team_id integer) returns text
language plpgsql stable as $$
declare
    unknown integer;
begin
    if core.is_blank(value) or value = '[]' then
        return 'is required: name at least one person of the team by the mail address';
    elsif jsonb_typeof(value) <> 'array' or exists (
            select from jsonb_array_elements(value) e
             where jsonb_typeof(e) not in ('string', 'number')) then
        return 'must be a list of mail addresses';
    elsif jsonb_array_length(value) > core.on_call_users_max() then
        return 'must have at most ' || core.on_call_users_max() || ' entries';
    end if;
    unknown := array_position(core.on_call_users(value, team_id), null);
    return case when unknown is not null then 'names “'
        || left(value ->> (unknown - 1), 254) || '”, who is not in this team' end;
end
$$;

-- `zone`: null if it is wrong, which is told elsewhere.
create or replace function core.on_call_moment_error(value jsonb, zone text) returns text
language sql stable as $$
    select case when core.is_blank(value) then 'is required'
                when zone is null then null
                when jsonb_typeof(value) <> 'string' or core.maintenance_moment(value, zone) is null
                    then 'must be an ISO 8601 time, like 2026-03-01T09:00:00Z' end
$$;

create or replace function core.on_call_members_calendar() returns text[]
language sql immutable parallel safe as $$
    select '{name,default_calendar,handover_notice,team_name}'::text[]
$$;

-- What is wrong with the members of a body for `calendar`, which has no id if it is a new one.
create or replace function core.on_call_errors(calendar betterstack.on_call, given jsonb,
    team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given, core.on_call_members_calendar(),
        '{id,on_call_now,next_handover_at,feed_url,created_at,updated_at}');
begin
    if given ? 'name' or calendar.id is null then
        errors := core.complain(errors, 'name', core.check_required_text(given -> 'name', 255));
    end if;
    if given ? 'handover_notice' then
        errors := core.complain(errors, 'handover_notice',
            core.check_boolean(given -> 'handover_notice'));
    end if;
    if given ? 'default_calendar' then
        errors := core.complain(errors, 'default_calendar', coalesce(
            core.check_boolean(given -> 'default_calendar'),
            case when calendar.default_calendar and given -> 'default_calendar' = 'false'
                then 'cannot be taken away: make another calendar the default one' end));
    end if;
    return core.complain(errors, 'team_name',
                         core.check_team_name(given -> 'team_name', team_id));
end
$$;

-- `rotation_period` is what a page of the documentation calls the interval.
create or replace function core.on_call_rotation_given(given jsonb) returns jsonb
language sql stable as $$
    select case when given ? 'rotation_period' and not given ? 'rotation_interval'
        then given - 'rotation_period'
             || jsonb_build_object('rotation_interval', given -> 'rotation_period')
        else given end
$$;

create or replace function core.on_call_rotation_errors(given jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given, '{users,rotation_length,rotation_interval,timezone,
        start_rotations_at,end_rotations_at,working_hours}', '{user_ids,effective_timezone}');
    zone text := core.zone_name(coalesce(given ->> 'timezone', 'UTC'));
    unit text := given ->> 'rotation_interval';
begin
    errors := core.complain(errors, 'users',
        core.on_call_users_error(given -> 'users', on_call_rotation_errors.team_id));
    errors := core.complain(errors, 'rotation_interval',
        core.check_choice(given -> 'rotation_interval', '{hour,day,week}'));
    errors := core.complain(errors, 'rotation_length', case
        when core.is_blank(given -> 'rotation_length') then 'is required'
        else core.check_integer(given -> 'rotation_length', 1, core.on_call_length_max(unit)) end);
    if not core.is_blank(given -> 'timezone') then
        errors := core.complain(errors, 'timezone', core.check_zone(given -> 'timezone'));
    end if;
    errors := core.complain(errors, 'start_rotations_at',
        core.on_call_moment_error(given -> 'start_rotations_at', zone));
    if not core.is_blank(given -> 'end_rotations_at') then
        errors := core.complain(errors, 'end_rotations_at', coalesce(
            core.on_call_moment_error(given -> 'end_rotations_at', zone),
            case when core.maintenance_moment(given -> 'end_rotations_at', zone)
                      <= core.maintenance_moment(given -> 'start_rotations_at', zone)
                then 'must be after start_rotations_at' end));
    end if;
    return core.complain(errors, 'working_hours', case
        when coalesce(given -> 'working_hours', 'null') not in ('null', '[]')
            then 'is not supported: use one calendar for each part of the day, and a policy that '
                 'branches by time' end);
end
$$;

-- With settings that are right.
create or replace function core.on_call_rotation_fill(calendar betterstack.on_call, given jsonb,
    at timestamptz) returns betterstack.on_call_rotation
language plpgsql stable as $$
declare
    r betterstack.on_call_rotation;
begin
    r.on_call_id := calendar.id;
    r.user_ids := core.on_call_users(given -> 'users', calendar.team_id);
    r.length := given -> 'rotation_length';
    r.unit := given ->> 'rotation_interval';
    r.timezone := case when core.is_blank(given -> 'timezone') then 'UTC'
                       else given ->> 'timezone' end;
    r.zone := core.zone_name(r.timezone);
    r.starts_at := core.maintenance_moment(given -> 'start_rotations_at', r.zone);
    r.ends_at := core.maintenance_moment(given -> 'end_rotations_at', r.zone);
    r.updated_at := at;
    return r;
end
$$;

-- The event as the body makes it; `e` has no id if it is a new one.
create or replace function core.on_call_event_change(e betterstack.on_call_event, given jsonb,
    team_id integer, at timestamptz, out changed betterstack.on_call_event, out errors jsonb)
language plpgsql stable as $$
declare
    s jsonb := jsonb_build_object('users', to_jsonb(core.on_call_ids(e.user_ids, team_id)),
        'starts_at', core.iso(e.starts_at), 'ends_at', core.iso(e.ends_at),
        'override', coalesce(e.override, false)) || given;
    starts timestamptz := core.maintenance_moment(s -> 'starts_at', 'UTC');
    ends timestamptz := core.maintenance_moment(s -> 'ends_at', 'UTC');
begin
    errors := core.check_members(given, '{users,starts_at,ends_at,override}', '{id,user_ids}');
    if given ? 'users' or e.id is null then
        errors := core.complain(errors, 'users', core.on_call_users_error(s -> 'users', team_id));
    end if;
    errors := core.complain(errors, 'starts_at',
        core.on_call_moment_error(s -> 'starts_at', 'UTC'));
    errors := core.complain(errors, 'ends_at', coalesce(
        core.on_call_moment_error(s -> 'ends_at', 'UTC'),
        case when ends <= starts then 'must be after starts_at'
             when ends > starts + interval '366 days'
                 then 'must be at most 366 days after starts_at' end));
    errors := core.complain(errors, 'override', core.check_boolean(s -> 'override'));
    if errors = '{}' then
        changed := e;
        changed.user_ids := case when given ? 'users' then array(
            select u.id from unnest(core.on_call_users(s -> 'users', team_id))
                   with ordinality u (id, place) group by u.id order by min(u.place))
            else e.user_ids end;
        changed.starts_at := starts;
        changed.ends_at := ends;
        changed.override := s -> 'override';
        changed.updated_at := at;
    end if;
end
$$;
