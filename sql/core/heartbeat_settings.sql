-- From a request's body to a heartbeat's settings: what is wrong, and what results.

create or replace function core.heartbeats_max() returns integer
language sql immutable parallel safe as $$ select 5000 $$;

create or replace function core.heartbeat_defaults() returns jsonb
language plpgsql immutable parallel safe as $$
begin
    return '{"name": null, "period": null, "grace": null, "cron": null, "server_timezone": null,
             "max_runtime": null, "sort_index": null, "paused": false, "policy_id": null,
             "call": false, "sms": false, "email": true, "push": true, "critical_alert": false,
             "team_wait": null}'::jsonb
           || core.maintenance_daily_defaults();
end
$$;

create or replace function core.heartbeat_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,url,status,state,state_since,paused_at,created_at,updated_at,team_name,last_ping_at,
             last_ping,last_exit_code,last_duration_ms,expected_at,deadline_at,incident_id,
             maintenance_until}'::text[]
$$;

-- Documented members of the API that are not built.
create or replace function core.heartbeat_members_not_yet() returns text[]
language sql immutable parallel safe as $$
    select '{heartbeat_group_id}'::text[]
$$;

-- The settings as a client would send them.
create or replace function core.heartbeat_settings(h betterstack.heartbeat) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(s.key, s.value), '{}')
      from jsonb_each(to_jsonb(h)) s where core.heartbeat_defaults() ? s.key
$$;

-- The settings that result: the defaults, over them what `h` has, over that what is given, where
-- null means the default.  Blanks around a text are the typist's.
create or replace function core.heartbeat_settings_merge(h betterstack.heartbeat, given jsonb)
    returns jsonb
language sql stable as $$
    select core.heartbeat_defaults()
        || coalesce(jsonb_strip_nulls(core.heartbeat_settings(h)), '{}')
        || coalesce(jsonb_object_agg(g.key, case
               when g.value = 'null' then core.heartbeat_defaults() -> g.key
               when g.key in ('name', 'cron', 'server_timezone')
                    and jsonb_typeof(g.value) = 'string'
                   then coalesce(to_jsonb(nullif(btrim(g.value #>> '{}'), '')), 'null')
               else g.value end), '{}')
      from jsonb_each(given) g where core.heartbeat_defaults() ? g.key
$$;

-- A year and a day.
create or replace function core.heartbeat_seconds_max() returns integer
language sql immutable parallel safe as $$ select 366 * 86400 $$;

create or replace function core.check_cron(value jsonb, zone jsonb, at timestamptz) returns text
language plpgsql stable as $$
begin
    return case
        when core.is_blank(value) then null
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        else coalesce(core.cron_error(value #>> '{}'), case
            when core.cron_next(value #>> '{}',
                     coalesce(core.zone_name(zone #>> '{}'), 'UTC'), at) is null
            then 'is not due within the next five years' end) end;
end
$$;

create or replace function core.heartbeat_errors(s jsonb, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'period', case
        when not core.is_blank(s -> 'period')
            then core.check_integer(s -> 'period', 30, core.heartbeat_seconds_max())
        when core.is_blank(s -> 'cron')
            then 'is required: the seconds between two calls, or give a cron expression' end);
    errors := core.complain(errors, 'grace', case
        when core.is_blank(s -> 'grace')
            then 'is required: the seconds that a call may be late'
        else core.check_integer(s -> 'grace', 0, core.heartbeat_seconds_max()) end);
    errors := core.complain(errors, 'cron',
        core.check_cron(s -> 'cron', s -> 'server_timezone', at));
    errors := core.complain(errors, 'server_timezone', case
        when not core.is_blank(s -> 'server_timezone')
            then core.check_zone(s -> 'server_timezone') end);
    errors := core.complain(errors, 'max_runtime',
        core.check_optional_integer(s -> 'max_runtime', 1, core.heartbeat_seconds_max()));
    errors := core.complain(errors, 'sort_index',
        core.check_optional_integer(s -> 'sort_index', 0, 999999999));
    errors := core.complain(errors, 'paused', core.check_boolean(s -> 'paused'));
    return errors || core.maintenance_daily_errors(s) || core.alert_ways_errors(s);
end
$$;

-- `h` with the members of the body put in.  If errors is not '{}', changed is not to be used.
create or replace function core.heartbeat_change(h betterstack.heartbeat, body jsonb,
    at timestamptz, out changed betterstack.heartbeat, out errors jsonb)
language plpgsql stable as $$
declare
    settings jsonb := core.alert_ways_normal(core.heartbeat_settings_merge(h, body));
begin
    errors := core.check_members(body, array(select jsonb_object_keys(core.heartbeat_defaults())),
                  core.heartbeat_members_read_only(), core.heartbeat_members_not_yet())
        || core.heartbeat_errors(settings, at);
    if errors = '{}' then
        changed := jsonb_populate_record(h, settings);
        changed.updated_at := at;
        changed.paused_at := case when changed.paused then coalesce(h.paused_at, at) end;
    end if;
end
$$;

-- What follows from other settings.  Nobody is missed by a schedule that was not in force; what was
-- missed or overran by the old one is found out anew by the new; what has failed has failed.
create or replace function core.heartbeat_follow(before betterstack.heartbeat,
    h betterstack.heartbeat, at timestamptz) returns betterstack.heartbeat
language plpgsql stable as $$
declare
    other_schedule boolean :=
        (h.period, h.grace, h.cron, h.server_timezone, h.max_runtime)
        is distinct from (before.period, before.grace, before.cron, before.server_timezone,
                          before.max_runtime);
begin
    if h.paused <> before.paused or other_schedule and h.trouble in ('missed', 'overran') then
        h := core.heartbeat_forget(h, at);
    elsif other_schedule and h.expected_at is not null then
        h := core.heartbeat_arm(h, h.anchor_at, case when h.anchor_at = h.last_ping_at
            then core.heartbeat_expected(h, h.anchor_at)
            else core.heartbeat_next(h, h.anchor_at) end);
        if h.trouble is null
           and (h.deadline_at <= at
                or h.running_since + h.max_runtime * interval '1 second' <= at)
        then
            h := core.heartbeat_forget(h, at);
        end if;
    end if;
    return core.heartbeat_judge(h, at, false);
end
$$;

create or replace function core.heartbeat_save(before betterstack.heartbeat,
    h betterstack.heartbeat, at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.heartbeat t
       set name = h.name, period = h.period, grace = h.grace, cron = h.cron,
           server_timezone = h.server_timezone, max_runtime = h.max_runtime,
           sort_index = h.sort_index, maintenance_from = h.maintenance_from,
           maintenance_to = h.maintenance_to, maintenance_timezone = h.maintenance_timezone,
           maintenance_days = h.maintenance_days, policy_id = h.policy_id, call = h.call,
           sms = h.sms, email = h.email, push = h.push, critical_alert = h.critical_alert,
           team_wait = h.team_wait, paused = h.paused, paused_at = h.paused_at,
           updated_at = h.updated_at
     where t.id = h.id;
    perform core.heartbeat_write(h);
    if (h.maintenance_from, h.maintenance_to, h.maintenance_timezone, h.maintenance_days)
       is distinct from (before.maintenance_from, before.maintenance_to,
                         before.maintenance_timezone, before.maintenance_days) then
        perform core.maintenance_mark(core.maintenance_heartbeat(), h.id, h.team_id, at);
    end if;
end
$$;
