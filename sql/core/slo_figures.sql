-- What has become of SLOs: their monitors' time, the error budget, and how fast it is used.
--
-- A second of a monitor counts if it was seen up or down in it (core.state_ranges): neither
-- maintenance nor a pause nor missing data count, for or against it.  All monitors of an SLO weigh
-- the same, so everything is a sum over them: availability is 1 - down / counted.
--
-- The error budget is what may be down within the whole window: (1 - target) of its length for each
-- monitor, without what has passed of it and did not count.  What is yet to come of a month, and
-- what was before a monitor was made, is granted.
--
-- The burn rate over the last w: (down / counted) / (1 - target).  1 uses up the budget just at the
-- end of the window.  A monitor that has counted for less than half of w counts for half of it:
-- the first minutes after a pause are not taken for the whole.

-- The window at this moment: since when, and how long it is as a whole.  Of a month, its end is yet
-- to come.
create or replace function core.slo_bounds(period text, timezone text, at timestamptz,
    out since timestamptz, out seconds double precision)
language plpgsql stable as $$
declare
    zone text;
    month timestamp;
begin
    if period = 'month' then
        zone := coalesce(core.zone_name(timezone), 'UTC');
        month := date_trunc('month', at at time zone zone);
        since := core.zone_moment(month, zone);
        seconds := extract(epoch from core.zone_moment(month + interval '1 month', zone) - since);
    else
        seconds := period::double precision * 86400;
        since := at - seconds * interval '1 second';
    end if;
end
$$;

-- The monitors that are still there.
create or replace function core.slo_members(ids integer[])
    returns table (slo_id integer, monitor_id integer, created_at timestamptz)
language plpgsql stable as $$
begin
    return query
        select s.id, m.id, m.created_at from betterstack.slo s
         cross join unnest(s.monitor_ids) u (id)
          join betterstack.monitor m on m.id = u.id and m.team_id = s.team_id
         where s.id = any (ids) and not s.all_monitors
         union all
        select s.id, m.id, m.created_at from betterstack.slo s
          join betterstack.monitor m on m.team_id = s.team_id
         where s.id = any (ids) and s.all_monitors;
end
$$;

-- The times about which is asked: the window itself (place 0), those of burn rates (from 1), and
-- what has not been told of yet (-1).
create or replace function core.slo_times(ids integer[], at timestamptz)
    returns table (slo_id integer, place integer, since timestamptz, seconds double precision)
language plpgsql stable as $$
begin
    return query
        select s.id, 0, b.since, b.seconds from betterstack.slo s
         cross join lateral core.slo_bounds(s.period, s.timezone, at) b where s.id = any (ids)
         union all
        select i.id, w.place::integer, at - w.seconds * interval '1 second', w.seconds
          from unnest(ids) i (id)
         cross join unnest(core.burn_windows()) with ordinality w (seconds, place)
         union all
        select w.slo_id, -1, w.told_until, 0 from betterstack.slo_watch w
         where w.slo_id = any (ids) and w.told_until < at
           and w.told_until > at - (select max(o) from unnest(core.burn_windows()) o)
                                   * interval '1 second';
end
$$;

create or replace function core.span_within(spans tstzmultirange, since timestamptz,
    until timestamptz) returns double precision
language plpgsql immutable parallel safe as $$
begin
    return case when spans = '{}' or since >= until then 0 else (
        select coalesce(date_part('epoch', sum(upper(r) - lower(r))), 0)
          from unnest(spans * tstzmultirange(tstzrange(since, until))) r) end;
end
$$;

-- Of each monitor and time how much counted, and how much of it was down; elapsed_s: since it was
-- made.
create or replace function core.slo_seconds(ids integer[], at timestamptz)
    returns table (slo_id integer, place integer, monitor_id integer, seconds double precision,
                   elapsed_s double precision, counted_s double precision, down_s double precision)
language plpgsql stable as $$
declare
    earliest timestamptz := (select min(t.since) from core.slo_times(ids, at) t);
begin
    return query
    with member as materialized (
        select m.* from core.slo_members(ids) m
    ), seen as materialized (
        select r.monitor_id, r.paused + r.maintenance + r.no_data + r.pending as gaps, r.down
          from core.state_ranges(array(select distinct m.monitor_id from member m),
                                 earliest, at) r
    )
    select t.slo_id, t.place, m.monitor_id, t.seconds, w.elapsed_s,
           w.elapsed_s - core.span_within(coalesce(r.gaps, '{}'), t.since, at),
           core.span_within(coalesce(r.down, '{}'), t.since, at)
      from core.slo_times(ids, at) t
      join member m on m.slo_id = t.slo_id
      left join seen r on r.monitor_id = m.monitor_id
     cross join lateral (
           select greatest(0, extract(epoch from at - greatest(t.since, m.created_at)))
                      ::double precision as elapsed_s) w;
end
$$;

-- counted_s and down_s of the whole window; budget_s; of each of core.burn_windows how much was
-- down, and of how much (0: nothing was measured); and what was down since the last incident that
-- is over, if that is not long ago.  Null: it has no monitors.
create or replace function core.slo_figures(ids integer[], at timestamptz)
    returns table (slo_id integer, monitors bigint, counted_s double precision,
                   down_s double precision, budget_s double precision,
                   burn_down_s double precision[], burn_counted_s double precision[],
                   untold_s double precision)
language plpgsql stable as $$
begin
    return query
    with summed as (
        select t.slo_id, t.place, count(*) as monitors, sum(t.down_s) as down_s,
               sum(t.counted_s) as counted_s,
               sum(case when t.counted_s > 0 then greatest(t.counted_s, t.seconds / 2)
                        else 0 end) as burn_counted_s,
               sum(greatest(0, t.seconds - (t.elapsed_s - t.counted_s))) as granted_s
          from core.slo_seconds(ids, at) t group by t.slo_id, t.place
    )
    select s.id, coalesce(min(t.monitors), 0), min(t.counted_s) filter (where t.place = 0),
           min(t.down_s) filter (where t.place = 0),
           min(t.granted_s) filter (where t.place = 0) * core.slo_budget_share(s.target),
           array_agg(t.down_s order by t.place) filter (where t.place > 0),
           array_agg(t.burn_counted_s order by t.place) filter (where t.place > 0),
           min(t.down_s) filter (where t.place = -1)
      from betterstack.slo s left join summed t on t.slo_id = s.id
     where s.id = any (ids) group by s.id;
end
$$;
