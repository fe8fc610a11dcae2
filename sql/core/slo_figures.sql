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

-- Those of them that have the same monitors are reckoned once: of those for all monitors of a team,
-- the first stands for the others (set_id).
create or replace function core.slo_sets(ids integer[])
    returns table (slo_id integer, target numeric, set_id integer)
language plpgsql stable as $$
begin
    return query
        select s.id, s.target, min(s.id) over (partition by
                   case when s.all_monitors then s.team_id end,
                   case when not s.all_monitors then s.id end)
          from betterstack.slo s where s.id = any (ids);
end
$$;

-- Since each of these times: what did not count, and what was down.  Monitors of which nothing is
-- told, as of most, have no row.
create or replace function core.slo_told(monitor_ids integer[], times timestamptz[],
    at timestamptz)
    returns table (monitor_id integer, since timestamptz, gap_s double precision,
                   down_s double precision)
language plpgsql stable as $$
begin
    return query
    with span as materialized (
        select r.monitor_id, k.down, unnest(k.spans) as during
          from core.state_ranges(monitor_ids, (select min(t) from unnest(times) t), at) r
         cross join lateral (values (true, r.down), (false, r.paused), (false, r.maintenance),
                                    (false, r.no_data), (false, r.pending)) as k (down, spans)
         where k.spans <> '{}'
    )
    select s.monitor_id, t.since, coalesce(sum(l.seconds) filter (where not s.down), 0),
           coalesce(sum(l.seconds) filter (where s.down), 0)
      from unnest(times) t (since)
      join span s on upper(s.during) > t.since
     cross join lateral (
           select date_part('epoch', upper(s.during) - greatest(lower(s.during), t.since))
                      as seconds) l
     group by s.monitor_id, t.since;
end
$$;

-- Of each set of monitors and time, sums over the monitors.  A monitor that has counted for less
-- than half of the time counts for half of it in burn_counted_s; granted_s: of the whole time.
create or replace function core.slo_sums(ids integer[], at timestamptz)
    returns table (set_id integer, since timestamptz, seconds double precision, monitors bigint,
                   counted_s double precision, down_s double precision,
                   burn_counted_s double precision, granted_s double precision)
language plpgsql stable as $$
begin
    return query
    with time as materialized (
        select distinct c.set_id, t.since, t.seconds
          from core.slo_times(ids, at) t join core.slo_sets(ids) c on c.slo_id = t.slo_id
    ), member as materialized (
        select m.* from core.slo_members(array(select distinct t.set_id from time t)) m
    ), told as materialized (
        select o.* from core.slo_told(array(select distinct m.monitor_id from member m),
                                      array(select distinct t.since from time t), at) o
    ), cell as (
        select t.*, l.elapsed_s - coalesce(o.gap_s, 0) as counted_s,
               coalesce(o.gap_s, 0) as gap_s, coalesce(o.down_s, 0) as down_s
          from time t
          join member m on m.slo_id = t.set_id
          left join told o on o.monitor_id = m.monitor_id and o.since = t.since
         cross join lateral (
               select greatest(0, date_part('epoch', at - greatest(t.since, m.created_at)))
                          as elapsed_s) l
    )
    select c.set_id, c.since, c.seconds, count(*), sum(c.counted_s), sum(c.down_s),
           sum(case when c.counted_s > 0 then greatest(c.counted_s, c.seconds / 2) else 0 end),
           sum(greatest(0, c.seconds - c.gap_s))
      from cell c group by c.set_id, c.since, c.seconds;
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
        select c.slo_id, c.target, t.place, n.*
          from core.slo_sets(ids) c
          join core.slo_times(ids, at) t on t.slo_id = c.slo_id
          left join core.slo_sums(ids, at) n
                 on n.set_id = c.set_id and n.since = t.since and n.seconds = t.seconds
    )
    select u.slo_id, coalesce(min(u.monitors), 0), min(u.counted_s) filter (where u.place = 0),
           min(u.down_s) filter (where u.place = 0),
           min(u.granted_s) filter (where u.place = 0) * core.slo_budget_share(u.target),
           array_agg(u.down_s order by u.place) filter (where u.place > 0),
           array_agg(u.burn_counted_s order by u.place) filter (where u.place > 0),
           min(u.down_s) filter (where u.place = -1)
      from summed u group by u.slo_id, u.target;
end
$$;
