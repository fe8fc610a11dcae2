-- An SLO as the API shows it.

-- Of the error budget: with less left than this share, the target is at risk.
create or replace function core.slo_risk_share() returns double precision
language sql immutable parallel safe as $$ select 0.25::double precision $$;

create or replace function core.rounded(value double precision, digits integer) returns numeric
language sql immutable parallel safe as $$
    select trim_scale(round(value::numeric, digits))
$$;

-- Percent, of a row of core.slo_figures or the like; null: nothing counted.
create or replace function core.slo_availability(down double precision, counted double precision)
    returns numeric
language sql immutable parallel safe as $$
    select core.rounded(100 * (1 - down / nullif(counted, 0)), 5)
$$;

-- spent null: it has no monitors.
create or replace function core.error_budget_json(spent double precision, budget double precision)
    returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'total', core.rounded(coalesce(budget, 0), 3), 'spent', core.rounded(coalesce(spent, 0), 3),
        'remaining', core.rounded(coalesce(budget - spent, 0), 3),
        'remaining_share', core.rounded(1 - spent / nullif(budget, 0), 6))
$$;

-- missed: more was down than may be in the whole window.  burns: it has an open incident.
create or replace function core.slo_state(f record, rates double precision[], burns boolean)
    returns text
language plpgsql immutable parallel safe as $$
begin
    return case when coalesce(f.counted_s, 0) = 0 then 'no_data'
                when f.down_s > f.budget_s then 'missed'
                when burns or core.burn_rule(rates, false) is not null
                     or f.down_s > f.budget_s * (1 - core.slo_risk_share()) then 'at_risk'
                else 'met' end;
end
$$;

-- {"5m": 0.2, ...}
create or replace function core.burn_rates_json(rates double precision[]) returns json
language sql stable as $$
    select json_object_agg(n.name, core.rounded(rates[n.place], 4) order by n.place)
      from unnest(core.burn_window_names()) with ordinality n (name, place)
$$;

-- What is computed of it.  f: its row of core.slo_figures.
create or replace function core.slo_json_figures(s betterstack.slo, f record, burns boolean)
    returns jsonb
language plpgsql stable as $$
declare
    rates double precision[] := core.burn_rates(s.target, f.burn_down_s, f.burn_counted_s);
begin
    return jsonb_build_object(
        'monitors_count', f.monitors,
        'availability', core.slo_availability(f.down_s, f.counted_s),
        'error_budget', core.error_budget_json(f.down_s, f.budget_s),
        'burn_rates', core.burn_rates_json(rates),
        'state', core.slo_state(f, rates, burns));
end
$$;

create or replace function core.slo_json(s betterstack.slo, f record) returns jsonb
language plpgsql stable as $$
declare
    incident bigint := (select i.id from betterstack.slo_watch w
                          join betterstack.incident i on i.id = w.incident_id
                         where w.slo_id = s.id and i.resolved_at is null);
begin
    return jsonb_build_object('id', s.id::text, 'type', 'slo', 'attributes', jsonb_build_object(
        'name', s.name, 'target', s.target, 'window', core.slo_window(s.period),
        'timezone', s.timezone, 'timezone_iana', core.zone_name(s.timezone),
        'all_monitors', s.all_monitors,
        'monitor_ids', array(select m.id::text from betterstack.monitor m
                              where m.id = any (s.monitor_ids) order by m.id),
        'burn_alerts', s.burn_alerts, 'policy_id', s.policy_id::text,
        'incident_id', incident::text,
        'team_name', (select t.name from betterstack.team t where t.id = s.team_id),
        'created_at', core.iso(s.created_at), 'updated_at', core.iso(s.updated_at))
        || core.slo_json_figures(s, f, incident is not null));
end
$$;

-- Several, in the order of the ids.
create or replace function core.slos_json(ids integer[], at timestamptz) returns text
language plpgsql stable as $$
begin
    return (
        select string_agg(core.slo_json(s, f)::text, ',' order by s.id)
          from betterstack.slo s
          join core.slo_figures(ids, at) f on f.slo_id = s.id
         where s.id = any (ids));
end
$$;

create or replace function core.slo_body(id integer, at timestamptz) returns text
language sql stable as $$
    select '{"data":' || core.slos_json(array[id], at) || '}'
$$;
