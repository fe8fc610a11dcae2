-- What a report says, as it was when it was made: one JSON object, that page, mail and CSV are made
-- of.  Availability is in percent, times in seconds, response times in microseconds.

-- Those that come with all their numbers: the worst, for there they are wanted.
create or replace function core.scheduled_report_monitors_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- Never rounded up: what was down for a moment was not up all the time.
create or replace function core.scheduled_report_percent(share double precision) returns numeric
language sql immutable parallel safe as $$
    select trim_scale(trunc(round((share * 100)::numeric, 9), 5))
$$;

create or replace function core.scheduled_report_subjects(r betterstack.report)
    returns integer[]
language plpgsql stable as $$
begin
    return array(select m.id from betterstack.monitor m
                  where m.team_id = r.team_id and (r.all_monitors or m.id = any (r.monitor_ids))
                  order by m.id);
end
$$;

-- {monitors: [...], monitors_up}: the worst first; monitors_up of all of them.
create or replace function core.scheduled_report_availability(ids integer[],
    before_from timestamptz, since timestamptz, until timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return (
        with now as materialized (
            select a.* from core.availability(ids, since, until) a),
        before as materialized (
            select a.monitor_id, a.up_s, a.down_s, a.availability, a.incidents
              from core.availability(ids, before_from, since) a),
        ranked as (
            select n.*, m.pronounceable_name as name, m.url, b.up_s as before_up_s,
                   b.down_s as before_down_s, b.availability as before_availability,
                   b.incidents as before_incidents,
                   row_number() over (order by n.availability, n.down_s desc,
                                               m.pronounceable_name, m.id) as place
              from now n join betterstack.monitor m on m.id = n.monitor_id
              left join before b on b.monitor_id = n.monitor_id)
        select jsonb_build_object('monitors', coalesce(jsonb_agg(jsonb_build_object(
                   'id', r.monitor_id::text, 'name', r.name, 'url', r.url,
                   'availability', core.scheduled_report_percent(r.availability),
                   'previous_availability', core.scheduled_report_percent(r.before_availability),
                   'downtime', round(r.down_s), 'previous_downtime', round(r.before_down_s),
                   'incidents', r.incidents, 'previous_incidents', r.before_incidents,
                   'longest_incident', round(r.longest_s), 'average_incident', round(r.average_s),
                   'mean_time_to_acknowledge', round(r.acknowledge_s),
                   'mean_time_to_resolve', round(r.resolve_s), 'up', round(r.up_s),
                   'maintenance', round(r.maintenance_s), 'paused', round(r.paused_s),
                   'no_data', round(r.no_data_s), 'pending', round(r.pending_s)) order by r.place)
                   filter (where r.place <= core.scheduled_report_monitors_max()), '[]'),
               'monitors_up', count(*) filter (where r.availability = 1))
          from ranked r);
end
$$;

-- All of them as one, as the API's SLA of a team has it.
create or replace function core.scheduled_report_whole(ids integer[], before_from timestamptz,
    since timestamptz, until timestamptz) returns jsonb
language plpgsql stable as $$
declare
    now record := core.availability_total(ids, since, until);
    before record := core.availability_total(ids, before_from, since);
begin
    return jsonb_build_object('monitors', now.monitors,
        'availability', core.scheduled_report_percent(now.availability),
        'previous_availability', core.scheduled_report_percent(before.availability),
        'downtime', round(now.down_s), 'previous_downtime', round(before.down_s),
        'incidents', now.incidents, 'previous_incidents', before.incidents,
        'longest_incident', round(now.longest_s), 'average_incident', round(now.average_s),
        'mean_time_to_acknowledge', round(now.acknowledge_s),
        'mean_time_to_resolve', round(now.resolve_s), 'maintenance', round(now.maintenance_s),
        'paused', round(now.paused_s), 'no_data', round(now.no_data_s),
        'pending', round(now.pending_s));
end
$$;

create or replace function core.scheduled_report_region(region_id smallint) returns jsonb
language sql stable as $$
    select jsonb_build_object('region', r.slug, 'name', coalesce(nullif(r.name, ''), r.slug))
      from betterstack.region r where r.id = region_id
$$;

-- {"<monitor>": {response: {...}, regions: [...]}, ...} of the days that have been sealed.
create or replace function core.scheduled_report_responses(ids integer[], first_day date,
    last_day date) returns jsonb
language plpgsql stable as $$
begin
    return (
        with p as materialized (
            select t.monitor_id, t.region_id, jsonb_build_object('checks', t.checks,
                       'failed', t.failed, 'mean', t.mean_us, 'p50', t.quantiles_us[1],
                       'p95', t.quantiles_us[2], 'p99', t.quantiles_us[3]) as said
              from core.percentiles_total(ids, first_day, last_day, '{0.5,0.95,0.99}') t
             where t.checks > 0),
        monitor as (
            select p.monitor_id,
                   jsonb_agg(p.said) filter (where p.region_id is null) -> 0 as response,
                   coalesce(jsonb_agg(core.scheduled_report_region(p.region_id) || p.said
                                      order by p.region_id)
                            filter (where p.region_id is not null), '[]') as regions
              from p group by p.monitor_id)
        select coalesce(jsonb_object_agg(m.monitor_id,
                   jsonb_build_object('response', m.response, 'regions', m.regions)), '{}')
          from monitor m);
end
$$;

-- Each monitor with its response times, and with those of the period before.
create or replace function core.scheduled_report_join(monitors jsonb, now jsonb, before jsonb)
    returns jsonb
language sql immutable as $$
    select coalesce(jsonb_agg(m || jsonb_build_object('response', now -> id -> 'response',
               'regions', coalesce(now -> id -> 'regions', '[]'),
               'previous_response', before -> id -> 'response') order by place), '[]')
      from jsonb_array_elements(monitors) with ordinality t (m, place)
     cross join lateral (select m ->> 'id' as id) i
$$;

-- What it is about, where it is from, and over which days response times go: whole days of UTC.
create or replace function core.scheduled_report_frame(r betterstack.report, first_day date,
    last_day date, before_day date, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    until timestamptz := core.scheduled_report_moment(last_day + 1, r.timezone);
begin
    return jsonb_build_object('name', r.name, 'period', r.period, 'timezone', r.timezone,
        'timezone_iana', core.zone_name(r.timezone),
        'all_monitors', r.all_monitors,
        'team', (select t.name from betterstack.team t where t.id = r.team_id),
        'first_day', first_day, 'last_day', last_day,
        'from', core.iso(core.scheduled_report_moment(first_day, r.timezone)),
        'until', core.iso(least(until, at)), 'is_over', until <= at,
        'previous_first_day', before_day, 'previous_last_day', first_day - 1,
        'previous_from', core.iso(core.scheduled_report_moment(before_day, r.timezone)),
        'made_at', core.iso(at));
end
$$;

-- first_day to last_day are days of the report's zone; a period that is not over yet goes up to
-- `at`.
create or replace function core.scheduled_report_content(r betterstack.report, first_day date,
    last_day date, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    ids integer[] := core.scheduled_report_subjects(r);
    before_day date := core.scheduled_report_before(r.period, first_day);
    since timestamptz := core.scheduled_report_moment(first_day, r.timezone);
    until timestamptz := least(at, core.scheduled_report_moment(last_day + 1, r.timezone));
    before_from timestamptz := core.scheduled_report_moment(before_day, r.timezone);
    found jsonb := core.scheduled_report_availability(ids, before_from, since, until);
    shown integer[] := array(select (m ->> 'id')::integer
                               from jsonb_array_elements(found -> 'monitors') m);
    monitors jsonb := core.scheduled_report_join(found -> 'monitors',
        core.scheduled_report_responses(shown, first_day, last_day),
        core.scheduled_report_responses(shown, before_day, first_day - 1));
    content jsonb := core.scheduled_report_frame(r, first_day, last_day, before_day, at)
        || jsonb_build_object('monitors', monitors,
            'summary', core.scheduled_report_whole(ids, before_from, since, until)
                       || jsonb_build_object('monitors_up', found -> 'monitors_up'),
            'incidents', core.scheduled_report_incidents(ids, since, until),
            'slos', core.scheduled_report_slos(r.team_id, since, until));
begin
    return content || jsonb_build_object(
        'notices', core.scheduled_report_notices(content, ids, since, until));
end
$$;
