-- An SLO as its settings: what is wrong with them.

-- Of a team.
create or replace function core.slos_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

-- One that is for more is for all.
create or replace function core.slo_monitors_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.slo_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"name": null, "target": null, "window": 30, "timezone": "UTC", "all_monitors": false,
             "monitor_ids": [], "burn_alerts": true, "policy_id": null}'::jsonb
$$;

create or replace function core.slo_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,availability,error_budget,burn_rates,state,incident_id,monitors_count,
             timezone_iana,created_at,updated_at}'::text[]
$$;

-- As the API shows it: a number of days, or "month".
create or replace function core.slo_window(period text) returns jsonb
language sql immutable parallel safe as $$
    select case when period = 'month' then '"month"'::jsonb else period::jsonb end
$$;

create or replace function core.slo_settings(s betterstack.slo) returns jsonb
language sql stable as $$
    select case when s.id is null then '{}' else jsonb_build_object(
        'name', s.name, 'target', s.target, 'window', core.slo_window(s.period),
        'timezone', s.timezone, 'all_monitors', s.all_monitors, 'monitor_ids', s.monitor_ids,
        'burn_alerts', s.burn_alerts, 'policy_id', s.policy_id) end
$$;

create or replace function core.slo_errors_target(value jsonb) returns text
language sql immutable parallel safe as $$
    select case
        when value is null or value = 'null' then 'is required: how many percent of the time, '
                                                  'like 99.9'
        when jsonb_typeof(value) <> 'number' then 'must be a number of percent, like 99.9'
        when (value #>> '{}')::numeric not between 50 and 99.999
            then 'must be between 50 and 99.999'
        when scale(trim_scale((value #>> '{}')::numeric)) > 3
            then 'must have at most three digits after the point'
    end
$$;

-- Which monitors.  Only what is given is looked up: what has gone since is no mistake of now.
create or replace function core.slo_errors_monitors(s jsonb, given jsonb, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    unknown integer;
begin
    errors := core.complain(errors, 'all_monitors', core.check_boolean(s -> 'all_monitors'));
    errors := core.complain(errors, 'monitor_ids',
        core.check_ids(s -> 'monitor_ids', 'monitors', core.slo_monitors_max()));
    if errors <> '{}' or not given ?| '{monitor_ids,all_monitors}' then
        return errors;
    end if;
    if given ? 'monitor_ids' then
        select i into unknown from unnest(core.json_ids(s -> 'monitor_ids')) i
         where not exists (select from betterstack.monitor m where m.id = i
                              and m.team_id = slo_errors_monitors.team_id) limit 1;
        errors := core.complain(errors, 'monitor_ids', 'does not know the monitor ' || unknown);
    end if;
    if s -> 'all_monitors' = 'false' and s -> 'monitor_ids' = '[]' then
        errors := core.complain(errors, 'monitor_ids',
                                'must name at least one monitor, unless all_monitors is true');
    end if;
    return errors;
end
$$;

create or replace function core.slo_errors(s jsonb, given jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given,
        array(select jsonb_object_keys(core.slo_defaults())) || '{team_name}'::text[],
        core.slo_members_read_only());
begin
    errors := core.complain(errors, 'name', core.check_required_text(s -> 'name', 255));
    errors := core.complain(errors, 'target', core.slo_errors_target(s -> 'target'));
    errors := core.complain(errors, 'window', case
        when s ->> 'window' <> all ('{7,28,30,90,month}')
             or jsonb_typeof(s -> 'window') not in ('number', 'string')
            then 'must be 7, 28, 30 or 90 (days), or "month" (the calendar''s)' end);
    errors := core.complain(errors, 'timezone', core.check_zone(s -> 'timezone'));
    errors := core.complain(errors, 'burn_alerts', core.check_boolean(s -> 'burn_alerts'));
    errors := core.complain(errors, 'policy_id', coalesce(
        core.check_optional_id(s -> 'policy_id'),
        core.check_reference('policy', given -> 'policy_id', team_id)));
    errors := core.complain(errors, 'team_name',
                            core.check_team_name(given -> 'team_name', team_id));
    return errors || core.slo_errors_monitors(s, given, team_id);
end
$$;

-- `s` with the members of the body put in; null puts the default back.  If errors is not '{}',
-- changed is not to be used.
create or replace function core.slo_change(s betterstack.slo, body jsonb, team_id integer,
    at timestamptz, out changed betterstack.slo, out errors jsonb)
language plpgsql stable as $$
declare
    defaults jsonb := core.slo_defaults();
    wanted jsonb := defaults || core.slo_settings(s) || core.settings_given(body, defaults);
begin
    errors := core.slo_errors(wanted, body, team_id);
    if errors = '{}' then
        changed := s;
        changed.name := btrim(wanted ->> 'name');
        changed.target := trim_scale((wanted ->> 'target')::numeric);
        changed.period := wanted ->> 'window';
        changed.timezone := wanted ->> 'timezone';
        changed.all_monitors := wanted -> 'all_monitors';
        changed.monitor_ids := core.json_ids(wanted -> 'monitor_ids');
        changed.burn_alerts := wanted -> 'burn_alerts';
        changed.policy_id := core.id_given(wanted -> 'policy_id');
        changed.team_id := slo_change.team_id;
        changed.created_at := coalesce(s.created_at, at);
        changed.updated_at := at;
    end if;
end
$$;
