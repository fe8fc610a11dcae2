-- The list of monitors with the last 24 hours of each: its availability, and a letter an hour.
--
-- The hours are 24 times 60 minutes that end now.  An hour is the first of these:
--   d  down, however short          n  no data         g  degraded
--   m  maintenance                  p  paused          u  up
-- n, g, m and p for a minute or more of it; so that an hour shows what it was, and a short pause
-- does not hide it.  -  it was not there yet, or not looked at yet, for all but a minute.

create or replace function core.overview_hours() returns integer
language sql immutable parallel safe as $$ select 24 $$;

-- Those of these monitors with anything to tell since then, some of them more than once.  Most have
-- nothing: each is looked for by three probes of indexes.
create or replace function core.monitors_with_trouble(monitor_ids integer[], since timestamptz)
    returns integer[]
language plpgsql stable as $$
begin
    return array(
        select s.monitor_id from betterstack.state_span s
         where s.monitor_id = any (monitor_ids) and coalesce(s.ended_at, 'infinity') > since
           and (s.state in (0, 2, 4, 9) or s.suppressed_by is not null)
         union all
        select t.id from betterstack.maintenance_time t
         where t.kind = 1 and t.id = any (monitor_ids) and coalesce(t.ended, 'infinity') > since
         union all
        select im.monitor_id from betterstack.incident_monitor im
         where im.monitor_id = any (monitor_ids) and coalesce(im.ended_at, 'infinity') > since
           and im.confirmed_at is not null);
end
$$;

-- When monitors were degraded, as far as nothing graver was.
create or replace function core.degraded_ranges(monitor_ids integer[], since timestamptz,
    until timestamptz) returns table (monitor_id integer, degraded tstzmultirange)
language plpgsql stable as $$
begin
    return query
    select s.monitor_id, range_agg(tstzrange(s.began_at, s.ended_at))
      from betterstack.state_span s
     where s.monitor_id = any (monitor_ids) and s.state = 2
       and coalesce(s.ended_at, 'infinity') > since and s.began_at < until
       and (s.state in (0, 2, 4, 9) or s.suppressed_by is not null)
     group by s.monitor_id;
end
$$;

-- The letter of an hour.
create or replace function core.overview_letter(down_s double precision,
    no_data_s double precision, degraded_s double precision, maintenance_s double precision,
    paused_s double precision, absent_s double precision) returns text
language sql immutable parallel safe as $$
    select case when down_s > 0 then 'd' when no_data_s >= 60 then 'n'
                when degraded_s >= 60 then 'g' when maintenance_s >= 60 then 'm'
                when paused_s >= 60 then 'p' when absent_s > 3540 then '-' else 'u' end
$$;

-- A row for each of these monitors.
create or replace function core.overview_bars(monitor_ids integer[], at timestamptz)
    returns table (monitor_id integer, bars text, availability double precision)
language plpgsql stable as $$
declare
    since timestamptz := at - core.overview_hours() * interval '1 hour';
    hours timestamptz[] := array(select since + i * interval '1 hour'
                                   from generate_series(0, core.overview_hours()) i order by i);
begin
    return query
    with part as materialized (
        select s.monitor_id, b.n, k.kind, b.seconds
          from core.state_ranges(monitor_ids, since, at) s
          left join core.degraded_ranges(monitor_ids, since, at) g on g.monitor_id = s.monitor_id
         cross join lateral (values
               (0, tstzmultirange(tstzrange(since, at)) - s.whole + s.pending), (1, s.down),
               (2, s.no_data),
               (3, s.whole * g.degraded - s.down - s.no_data - s.maintenance - s.paused
                   - s.pending),
               (4, s.maintenance), (5, s.paused)) as k (kind, spans)
         cross join lateral core.spans_by(k.spans, hours) b
         where k.spans <> '{}'
    ), hour as (
        select p.monitor_id, p.n, sum(p.seconds) filter (where p.kind = 0) as absent_s,
               sum(p.seconds) filter (where p.kind = 1) as down_s,
               sum(p.seconds) filter (where p.kind = 2) as no_data_s,
               sum(p.seconds) filter (where p.kind = 3) as degraded_s,
               sum(p.seconds) filter (where p.kind = 4) as maintenance_s,
               sum(p.seconds) filter (where p.kind = 5) as paused_s
          from part p group by p.monitor_id, p.n
    ), letter as (
        select h.*, lag(h.n, 1, 0) over (partition by h.monitor_id order by h.n) as before,
               core.overview_letter(h.down_s, h.no_data_s, h.degraded_s, h.maintenance_s,
                                    h.paused_s, h.absent_s) as letter
          from hour h
    ), told as (
        select l.monitor_id, sum(l.down_s) as down_s,
               date_part('epoch', at - since) - coalesce(sum(l.absent_s), 0)
                   - coalesce(sum(l.no_data_s), 0) - coalesce(sum(l.maintenance_s), 0)
                   - coalesce(sum(l.paused_s), 0) as counted_s,
               -- hours of which nothing is told are up
               string_agg(repeat('u', l.n - l.before - 1) || l.letter, '' order by l.n)
                   || repeat('u', core.overview_hours() - max(l.n)) as bars
          from letter l group by l.monitor_id
    )
    select t.monitor_id, t.bars, case when t.counted_s > 0.0000005
                                      then 1 - coalesce(t.down_s, 0) / t.counted_s end
      from told t;
end
$$;

-- One page as the text of a list.  A monitor of which nothing is told was up.
create or replace function core.overview_page(team_id integer, first integer, count integer,
    at timestamptz) returns text
language plpgsql stable as $$
declare
    day_ago timestamptz := at - core.overview_hours() * interval '1 hour';
    ids integer[];
    young integer[];
begin
    select array_agg(p.id), array_agg(p.id) filter (where p.created_at > day_ago) into ids, young
      from (select m.id, m.created_at from betterstack.monitor m
             where m.team_id between overview_page.team_id and overview_page.team_id
             order by m.team_id, m.id offset first limit overview_page.count) p;
    young := young || core.monitors_with_trouble(ids, day_ago);
    return (
        select string_agg('{"id":"' || m.id || '","type":"monitor_overview","attributes":{"name":'
                   || to_json(m.pronounceable_name)::text || ',"url":' || to_json(m.url)::text
                   || ',' || s.doc || ',"availability_24h":'
                   || case when b.monitor_id is null and m.created_at <= day_ago then '1'
                           else coalesce(trim_scale(round(b.availability::numeric, 8))::text,
                                         'null') end
                   || ',"bars":"' || coalesce(b.bars, repeat(
                          case when m.created_at <= day_ago then 'u' else '-' end,
                          core.overview_hours()))
                   || '"}}', ',' order by m.id)
          from betterstack.monitor m
          join betterstack.monitor_state s on s.monitor_id = m.id
          left join core.overview_bars(young, at) b on b.monitor_id = m.id
         where m.id = any (ids));
end
$$;
