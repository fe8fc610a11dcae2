-- The documented daily maintenance of monitors and heartbeats: from one time of the day to another,
-- on some days of the week.  Of a window over midnight each part belongs to its own day, so that
-- both days must be listed.

create or replace function core.maintenance_daily_members() returns text[]
language sql immutable parallel safe as $$
    select '{maintenance_from,maintenance_to,maintenance_timezone,maintenance_days}'::text[]
$$;

create or replace function core.maintenance_daily_defaults() returns jsonb
language sql immutable parallel safe as $$
    select '{"maintenance_from": null, "maintenance_to": null, "maintenance_timezone": "UTC",
             "maintenance_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}'::jsonb
$$;

-- In the order of date_part('isodow').
create or replace function core.week_days() returns text[]
language sql immutable parallel safe as $$
    select '{mon,tue,wed,thu,fri,sat,sun}'::text[]
$$;

create or replace function core.check_time_of_day(value jsonb, last text) returns text
language sql stable parallel safe as $$
    select case
        when value is null or value = 'null' then null
        when jsonb_typeof(value) <> 'string'
             or value #>> '{}' !~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'
                and value #>> '{}' is distinct from last
            then 'must be a time of the day, like 22:30:00, or null'
    end
$$;

create or replace function core.check_zone(value jsonb) returns text
language plpgsql stable as $$
begin
    if jsonb_typeof(value) = 'string' and core.zone_name(value #>> '{}') is not null then
        return null;
    end if;
    return 'must be the name of a time zone, like Europe/Berlin';
end
$$;

create or replace function core.check_week_days(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when coalesce(jsonb_typeof(value), '') <> 'array' then 'must be a list of days'
        when jsonb_array_length(value) = 0
            then 'must name at least one day; to have no window, set maintenance_from to null'
        when jsonb_array_length(value) > 7
             or not value <@ to_jsonb(core.week_days())
            then 'must be some of ' || array_to_string(core.week_days(), ', ') || ', each once'
    end
$$;

-- What is wrong with the four of whole settings (core.maintenance_daily_defaults, and over them
-- what is set).  24:00:00 is the end of a day.
create or replace function core.maintenance_daily_errors(settings jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
    starts text := settings ->> 'maintenance_from';
    ends text := settings ->> 'maintenance_to';
begin
    errors := core.complain(errors, 'maintenance_from', coalesce(
        core.check_time_of_day(settings -> 'maintenance_from', null),
        case when starts is null and ends is not null
             then 'is required together with maintenance_to' end));
    errors := core.complain(errors, 'maintenance_to', coalesce(
        core.check_time_of_day(settings -> 'maintenance_to', '24:00:00'),
        case when ends is null and starts is not null
             then 'is required together with maintenance_from' end));
    errors := core.complain(errors, 'maintenance_timezone',
        core.check_zone(settings -> 'maintenance_timezone'));
    errors := core.complain(errors, 'maintenance_days',
        core.check_week_days(settings -> 'maintenance_days'));
    if errors = '{}' and starts::time = ends::time then
        errors := core.complain(errors, 'maintenance_to', 'must differ from maintenance_from; '
            'for whole days take 00:00:00 and 24:00:00');
    end if;
    return errors;
end
$$;

-- The parts of such windows, each within one day, that end after `since` and begin before `until`.
-- timezone: as it was given.  Wall clocks that show a time twice are taken at the first.
create or replace function core.maintenance_daily_spans(maintenance_from time,
    maintenance_to time, timezone text, days text[], since timestamptz, until timestamptz)
    returns setof tstzrange
language plpgsql stable as $$
declare
    zone text := core.zone_name(timezone);
    first date := (since at time zone zone)::date - 1;
    last date := (until at time zone zone)::date + 1;
begin
    if maintenance_from is null or maintenance_to is null or zone is null then
        return;
    end if;
    return query
        select tstzrange(s.starts_at, s.ends_at)
          from (select first + n as day from generate_series(0, last - first) n) d
         cross join lateral (
               select maintenance_from as starts, maintenance_to as ends
                where maintenance_from < maintenance_to
                union all
               select maintenance_from, '24:00' where maintenance_from > maintenance_to
                union all
               select '00:00', maintenance_to where maintenance_from > maintenance_to) part
         cross join lateral (
               select core.zone_moment(d.day + part.starts, zone) as starts_at,
                      core.zone_moment(d.day + part.ends, zone) as ends_at) s
         where (core.week_days())[date_part('isodow', d.day)] = any (days)
           and part.starts < part.ends and s.starts_at < s.ends_at
           and s.ends_at > since and s.starts_at < until;
end
$$;

create or replace function core.maintenance_daily(maintenance_from time, maintenance_to time,
    zone text, days text[], at timestamptz) returns boolean
language plpgsql stable as $$
begin
    return exists (
        select from core.maintenance_daily_spans(maintenance_from, maintenance_to, zone, days,
                        at, at + interval '1 ms') s where s @> at);
end
$$;
