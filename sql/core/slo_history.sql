-- An SLO day by day: how available its monitors were, and what was left of the error budget at the
-- end of each day.  Days are those of its time zone; the monitors are those of now.

create or replace function core.slo_history_days_max() returns integer
language sql immutable parallel safe as $$ select 366 $$;

-- The days that are asked for; without, those of the window.  A time means the day that it is in.
create or replace function core.slo_history_asked(s betterstack.slo, query jsonb, at timestamptz,
    out first date, out last date, out errors jsonb)
language plpgsql stable as $$
declare
    zone text := coalesce(core.zone_name(s.timezone), 'UTC');
    today date := (at at time zone zone)::date;
begin
    errors := core.complain('{}', 'from', core.check_time_word(query ->> 'from'));
    errors := core.complain(errors, 'to', core.check_time_word(query ->> 'to'));
    if errors <> '{}' then
        return;
    end if;
    last := least(today, coalesce(core.slo_history_day(query ->> 'to', zone), today));
    first := coalesce(core.slo_history_day(query ->> 'from', zone), case
        when s.period = 'month' then date_trunc('month', last)::date
        else last - s.period::integer + 1 end);
    errors := core.complain(errors, 'from', case
        when first > last then 'must not be after to, nor in the future'
        when last - first >= core.slo_history_days_max()
            then 'must be at most ' || core.slo_history_days_max() || ' days before to' end);
end
$$;

create or replace function core.slo_history_day(given text, zone text) returns date
language sql stable as $$
    select case when given ~ '^\d{4}-\d\d-\d\d$' then given::date
                else (core.parse_time(given) at time zone zone)::date end
$$;

-- Days that there are: when they begin, and when they end or are cut off by now.
create or replace function core.slo_days(zone text, first date, last date, at timestamptz)
    returns table (day date, begins timestamptz, ends timestamptz)
language plpgsql stable as $$
begin
    return query
        select d.day, core.zone_moment(d.day::timestamp, zone),
               least(at, core.zone_moment(d.day + interval '1 day', zone))
          from (select first + n as day from generate_series(0, last - first) n) d;
end
$$;

-- When each of the days begins, and when the last one ends.
create or replace function core.slo_day_bounds(zone text, first date, last date, at timestamptz)
    returns timestamptz[]
language plpgsql stable as $$
begin
    return (select array_agg(d.begins order by d.day) || max(d.ends)
              from core.slo_days(zone, first, last, at) d);
end
$$;

-- What of each day did not count, and what was down: sums over the monitors.
create or replace function core.slo_day_spans(monitors integer[], first date,
    bounds timestamptz[])
    returns table (day date, gap_s double precision, down_s double precision)
language plpgsql stable as $$
begin
    return query
    select first + b.n - 1, coalesce(sum(b.seconds) filter (where not k.down), 0),
           coalesce(sum(b.seconds) filter (where k.down), 0)
      from core.state_ranges(monitors, bounds[1], bounds[cardinality(bounds)]) r
     cross join lateral (values (true, r.down), (false, r.paused), (false, r.maintenance),
                                (false, r.no_data), (false, r.pending)) as k (down, spans)
     cross join lateral core.spans_by(k.spans, bounds) b
     where k.spans <> '{}'
     group by b.n;
end
$$;

-- How many monitors there were at the end of each day, and for how long in it.
create or replace function core.slo_day_monitors(made timestamptz[], first date,
    bounds timestamptz[])
    returns table (day date, monitors bigint, elapsed_s double precision)
language plpgsql stable as $$
begin
    return query
    with made_in as (
        select width_bucket(m.at, bounds) as n, count(*) as monitors,
               sum(date_part('epoch', bounds[width_bucket(m.at, bounds) + 1] - m.at)) as partly_s
          from unnest(made) m (at)
         where m.at < bounds[cardinality(bounds)]
         group by 1
    ), there as (
        select i.n, coalesce(b.monitors, 0) as fresh, coalesce(b.partly_s, 0) as partly_s,
               sum(coalesce(b.monitors, 0)) over (order by i.n)::bigint as so_far
          from generate_series(0, cardinality(bounds) - 1) i (n)
          left join made_in b on b.n = i.n
    )
    select first + t.n - 1, t.so_far, t.partly_s + (t.so_far - t.fresh)
                                      * date_part('epoch', bounds[t.n + 1] - bounds[t.n])
      from there t where t.n > 0;
end
$$;

-- The first day of the window that ends with this day, and how long the window is.
create or replace function core.slo_day_window(period text, zone text, day date, out first date,
    out seconds double precision)
language plpgsql stable as $$
begin
    if period = 'month' then
        first := date_trunc('month', day)::date;
        seconds := extract(epoch from
            core.zone_moment(first + interval '1 month', zone)
            - core.zone_moment(first::timestamp, zone));
    else
        first := day - period::integer + 1;
        seconds := period::double precision * 86400;
    end if;
end
$$;

create or replace function core.slo_history(s betterstack.slo, first date, last date,
    at timestamptz)
    returns table (day date, counted_s double precision, down_s double precision,
                   spent_s double precision, budget_s double precision)
language plpgsql stable as $$
declare
    zone text := coalesce(core.zone_name(s.timezone), 'UTC');
    since date := (core.slo_day_window(s.period, zone, first)).first;
    bounds timestamptz[] := core.slo_day_bounds(zone, since, last, at);
    ids integer[];
    made timestamptz[];
begin
    select array_agg(m.monitor_id), array_agg(m.created_at) into ids, made
      from core.slo_members(array[s.id]) m;
    return query
    with d as materialized (
        select n.day, n.monitors, n.elapsed_s, coalesce(o.gap_s, 0) as gap_s,
               coalesce(o.down_s, 0) as down_s
          from core.slo_day_monitors(made, since, bounds) n
          left join core.slo_day_spans(ids, since, bounds) o on o.day = n.day
    )
    select d.day, d.elapsed_s - d.gap_s, d.down_s, w.spent_s,
           (d.monitors * b.seconds - w.gap_s) * core.slo_budget_share(s.target)
      from d
     cross join lateral core.slo_day_window(s.period, zone, d.day) b
     cross join lateral (select sum(o.down_s) as spent_s, sum(o.gap_s) as gap_s
                           from d o where o.day between b.first and d.day) w
     where d.day >= slo_history.first
     order by d.day;
end
$$;

-- The last day, if it is today, ends now: the budget is the one of now.
create or replace function core.slo_history_body(s betterstack.slo, first date, last date,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    today date := (at at time zone coalesce(core.zone_name(s.timezone), 'UTC'))::date;
    f record;
    days jsonb;
begin
    select o.* into f from core.slo_figures(array[s.id], at) o;
    select jsonb_agg(jsonb_build_object(
               'day', h.day, 'availability', core.slo_availability(h.down_s, h.counted_s),
               'downtime', core.rounded(h.down_s, 3),
               'error_budget', case when h.day = today
                   then core.error_budget_json(f.down_s, f.budget_s)
                   else core.error_budget_json(h.spent_s, h.budget_s) end) order by h.day)
      into days from core.slo_history(s, first, last, at) h;
    return jsonb_build_object('data', jsonb_build_object('id', s.id::text, 'type', 'slo_history',
        'attributes', jsonb_build_object('from', first, 'to', last, 'days', days)))::text;
end
$$;
