-- What has become of SLOs: their monitors' time, the error budget, and how fast it is used.
--
-- A second of a monitor counts if the monitor was seen up or down in it (core.down_time): neither
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

-- Seconds, shortest first; the names are those of the API.
create or replace function core.burn_windows() returns integer[]
language sql immutable parallel safe as $$
    select '{300,1800,3600,7200,21600,86400,259200}'::integer[]
$$;

create or replace function core.burn_window_names() returns text[]
language sql immutable parallel safe as $$
    select '{5m,30m,1h,2h,6h,1d,3d}'::text[]
$$;

create or replace function core.slo_budget_share(target numeric) returns double precision
language sql immutable parallel safe as $$
    select ((100 - target) / 100)::double precision
$$;

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

-- counted_s and down_s of the whole window; budget_s; and of each of core.burn_windows how much was
-- down, and of how much (0: nothing was measured).  One row for each that has monitors.
create or replace function core.slo_figures(ids integer[], at timestamptz)
    returns table (slo_id integer, monitors bigint, counted_s double precision,
                   down_s double precision, budget_s double precision,
                   burn_down_s double precision[], burn_counted_s double precision[])
language plpgsql stable as $$
begin
    return query
    with member as materialized (
        select m.* from core.slo_members(ids) m
    ), bound as materialized (
        select s.id as slo_id, core.slo_budget_share(s.target) as share, b.since, b.seconds,
               0 as place
          from betterstack.slo s cross join lateral core.slo_bounds(s.period, s.timezone, at) b
         where s.id = any (ids)
         union all
        select s.id, null, at - w.seconds * interval '1 second', w.seconds, w.place::integer
          from betterstack.slo s
         cross join unnest(core.burn_windows()) with ordinality w (seconds, place)
         where s.id = any (ids)
    ), seen as materialized (
        select w.since, d.* from (select distinct b.since from bound b) w
         cross join lateral core.down_time(
               array(select distinct m.monitor_id from member m), w.since, at) d
    ), summed as (
        select b.slo_id, b.place, count(*) as monitors, sum(coalesce(d.down_s, 0)) as down_s,
               sum(coalesce(d.counted_s, 0)) as counted_s,
               sum(case when d.counted_s > 0 then greatest(d.counted_s, b.seconds / 2)
                        else 0 end) as burn_counted_s,
               sum(b.share * greatest(0, b.seconds + coalesce(d.counted_s, 0) - greatest(0,
                   extract(epoch from at - greatest(b.since, m.created_at))))) as budget_s
          from bound b
          join member m on m.slo_id = b.slo_id
          left join seen d on d.since = b.since and d.monitor_id = m.monitor_id
         group by b.slo_id, b.place
    )
    select t.slo_id, min(t.monitors), min(t.counted_s) filter (where t.place = 0),
           min(t.down_s) filter (where t.place = 0), min(t.budget_s) filter (where t.place = 0),
           array_agg(t.down_s order by t.place) filter (where t.place > 0),
           array_agg(t.burn_counted_s order by t.place) filter (where t.place > 0)
      from summed t group by t.slo_id;
end
$$;

-- down: of each of core.burn_windows.  Null where nothing was measured.
create or replace function core.burn_rates(target numeric, down double precision[],
    counted double precision[]) returns double precision[]
language sql immutable parallel safe as $$
    select array_agg(d / nullif(c, 0) / core.slo_budget_share(target) order by place)
      from unnest(down, counted) with ordinality u (d, c, place)
$$;
