-- Availability as the API shows it: percents, and whole seconds as documented.

-- Without `to` until now, without `from` for so long before that; null: the whole life.  A day as
-- `to` is included.
create or replace function core.sla_query(query jsonb, at timestamptz, length interval,
    out since timestamptz, out until timestamptz, out errors jsonb)
language plpgsql stable as $$
begin
    errors := core.complain('{}', 'from', core.check_time_word(query ->> 'from'));
    errors := core.complain(errors, 'to', core.check_time_word(query ->> 'to'));
    if errors <> '{}' then
        return;
    end if;
    until := least(at, core.parse_time(query ->> 'to')
        + case when query ->> 'to' ~ '^\d{4}-\d\d-\d\d$' then interval '1 day' else '0' end);
    since := coalesce(core.parse_time(query ->> 'from'), until - length, '-infinity');
    if since >= at then
        errors := core.complain(errors, 'from', 'must not be in the future');
    elsif since >= until then
        errors := core.complain(errors, 'from', 'must be earlier than to');
    end if;
end
$$;

-- Null: nothing counted.
create or replace function core.sla_percent(availability double precision) returns numeric
language sql immutable parallel safe as $$
    select trim_scale(round((100 * availability)::numeric, 6))
$$;

create or replace function core.sla_seconds(a jsonb, name text, absent integer) returns bigint
language sql immutable parallel safe as $$
    select coalesce(round((a ->> name)::numeric)::bigint, absent)
$$;

-- The members that monitors, heartbeats and the summary of a team have alike, of a row of
-- availability as JSON; null where the time was over before anything began.
create or replace function core.sla_attributes(a jsonb) returns jsonb
language sql immutable parallel safe as $$
    select jsonb_build_object(
        'availability', core.sla_percent((a ->> 'availability')::double precision),
        'total_downtime', core.sla_seconds(a, 'down_s', 0),
        'number_of_incidents', coalesce((a ->> 'incidents')::integer, 0),
        'longest_incident', core.sla_seconds(a, 'longest_s', 0),
        'average_incident', core.sla_seconds(a, 'average_s', 0),
        'mean_time_to_acknowledge', core.sla_seconds(a, 'acknowledge_s', null),
        'mean_time_to_resolve', core.sla_seconds(a, 'resolve_s', null),
        'maintenance', core.sla_seconds(a, 'maintenance_s', 0),
        'paused', core.sla_seconds(a, 'paused_s', 0),
        'no_data', core.sla_seconds(a, 'no_data_s', 0),
        'pending', core.sla_seconds(a, 'pending_s', 0))
$$;

-- Of one thing that was made at made_at.
create or replace function core.sla_body(kind text, id bigint, made_at timestamptz,
    since timestamptz, until timestamptz, availability jsonb) returns text
language plpgsql stable as $$
begin
    return jsonb_build_object('data', jsonb_build_object('id', id::text, 'type', kind || '_sla',
        'attributes', core.sla_attributes(availability) || jsonb_build_object(
            'from', core.iso(greatest(since, made_at)),
            'to', core.iso(greatest(until, made_at)))))::text;
end
$$;

create or replace function core.sla_page(team_id integer, since timestamptz, until timestamptz,
    first integer, count integer) returns text
language plpgsql stable as $$
declare
    ids integer[] := array(
        select m.id from betterstack.monitor m
         where m.team_id between sla_page.team_id and sla_page.team_id
         order by m.team_id, m.id offset first limit sla_page.count);
begin
    return (
        select string_agg(jsonb_build_object('id', m.id::text, 'type', 'monitor_sla',
                   'attributes', jsonb_build_object('name', m.pronounceable_name, 'url', m.url)
                   || core.sla_attributes(to_jsonb(a)))::text, ',' order by m.id)
          from betterstack.monitor m
          left join core.availability(ids, since, until) a on a.monitor_id = m.id
         where m.id = any (ids));
end
$$;

create or replace function core.sla_summary(monitor_ids integer[], since timestamptz,
    until timestamptz) returns jsonb
language plpgsql stable as $$
declare
    a record := core.availability_total(monitor_ids, since, until);
begin
    return jsonb_build_object('monitors', a.monitors) || core.sla_attributes(to_jsonb(a))
        || jsonb_build_object('from', core.iso(since), 'to', core.iso(until));
end
$$;

-- A year's days in a zone; days that were not, or are not yet, have nothing that counts.
create or replace function core.calendar_days(monitor_id integer, year integer, zone text,
    at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    first date := make_date(year, 1, 1);
    days integer := make_date(year + 1, 1, 1) - first;
    bounds timestamptz[] := array(select core.zone_moment((first + i)::timestamp, zone)
                                    from generate_series(0, days) i order by i);
begin
    return (
        select jsonb_agg(jsonb_build_object('day', to_char(first + i - 1, 'YYYY-MM-DD'),
                   'availability', trim_scale(round(
                       (a.up_s / nullif(a.up_s + a.down_s, 0))::numeric, 8)),
                   'downtime', round(coalesce(a.down_s, 0)),
                   'maintenance', round(coalesce(a.maintenance_s, 0)),
                   'no_data', round(coalesce(a.no_data_s, 0)),
                   'paused', round(coalesce(a.paused_s, 0)),
                   'incidents', coalesce(a.incidents, 0)) order by i)
          from generate_series(1, days) i
          left join core.availability_by(array[monitor_id], bounds, at) a on a.n = i);
end
$$;
