-- Availability of many monitors as one, and of one time after the other.

-- Several monitors as one: their times are added up, an incident of several of them is one, and
-- lasts while any of them is down by it.  It was acknowledged and resolved as a whole.
create or replace function core.availability_total(monitor_ids integer[], since timestamptz,
    until timestamptz, out monitors integer, out up_s double precision,
    out down_s double precision, out maintenance_s double precision,
    out paused_s double precision, out no_data_s double precision,
    out pending_s double precision, out availability double precision, out incidents integer,
    out longest_s double precision, out average_s double precision,
    out acknowledge_s double precision, out resolve_s double precision)
language plpgsql stable as $$
begin
    with s as materialized (
        select * from core.state_ranges(monitor_ids, since, until)
    ), time as (
        select count(*)::integer as monitors, sum(t.up_s) as up_s, sum(t.down_s) as down_s,
               sum(t.maintenance_s) as maintenance_s, sum(t.paused_s) as paused_s,
               sum(t.no_data_s) as no_data_s, sum(t.pending_s) as pending_s
          from s
         cross join lateral core.state_seconds(s.whole, s.paused, s.maintenance, s.down,
                                               s.no_data, s.pending) t
    ), incident as (
        select p.incident_id, core.span_length(range_agg(r)) as length
          from core.incident_parts(monitor_ids, since, until) p
          join s on s.monitor_id = p.monitor_id
         cross join lateral unnest(p.spans * s.down) r
         group by p.incident_id
    ), told as (
        select count(*)::integer as incidents, date_part('epoch', max(i.length)) as longest_s,
               date_part('epoch', sum(i.length)) / nullif(count(*), 0) as average_s,
               avg(core.seconds_until(o.started_at, o.acknowledged_at)) as acknowledge_s,
               avg(core.seconds_until(o.started_at, o.resolved_at)) as resolve_s
          from incident i
          join betterstack.incident o on o.id = i.incident_id
    )
    select t.monitors, coalesce(t.up_s, 0), coalesce(t.down_s, 0), coalesce(t.maintenance_s, 0),
           coalesce(t.paused_s, 0), coalesce(t.no_data_s, 0), coalesce(t.pending_s, 0),
           t.up_s / nullif(t.up_s + t.down_s, 0), i.incidents, i.longest_s, i.average_s,
           i.acknowledge_s, i.resolve_s
      into monitors, up_s, down_s, maintenance_s, paused_s, no_data_s, pending_s, availability,
           incidents, longest_s, average_s, acknowledge_s, resolve_s
      from time t cross join told i;
end
$$;

-- What of these spans lies in which of the times between the bounds, which ascend: time n is from
-- bounds[n] to bounds[n + 1].
create or replace function core.spans_by(spans tstzmultirange, bounds timestamptz[])
    returns table (n integer, seconds double precision)
language sql immutable parallel safe as $$
    select b.n, sum(date_part('epoch', least(upper(r), bounds[b.n + 1])
                                       - greatest(lower(r), bounds[b.n])))
      from unnest(spans) r
     cross join lateral generate_series(
           greatest(width_bucket(lower(r), bounds), 1),
           least(width_bucket(upper(r), bounds), cardinality(bounds) - 1)) as b (n)
     where lower(r) < bounds[b.n + 1] and upper(r) > bounds[b.n]
     group by b.n
$$;

-- A row for each monitor and each time between the bounds in which it was there: for calendars, and
-- for what an error budget was spent on.  incidents are those that took time of it.
create or replace function core.availability_by(monitor_ids integer[], bounds timestamptz[],
    until timestamptz)
    returns table (monitor_id integer, n integer, up_s double precision,
        down_s double precision, maintenance_s double precision, paused_s double precision,
        no_data_s double precision, pending_s double precision, incidents integer)
language plpgsql stable as $$
declare
    first timestamptz := bounds[1];
    last timestamptz := least(until, bounds[cardinality(bounds)]);
begin
    return query
    with s as materialized (
        select * from core.state_ranges(monitor_ids, first, last)
    ), part as (
        select s.monitor_id, b.n, k.kind, b.seconds, 0 as incidents
          from s
         cross join lateral (values (0, s.whole), (1, s.down), (2, s.maintenance), (3, s.paused),
                                    (4, s.no_data), (5, s.pending)) as k (kind, spans)
         cross join lateral core.spans_by(k.spans, bounds) b
         where k.spans <> '{}'
         union all
        select p.monitor_id, b.n, 6, 0, 1
          from core.incident_parts(monitor_ids, first, last) p
          join s on s.monitor_id = p.monitor_id
         cross join lateral core.spans_by(p.spans * s.down, bounds) b
    ), summed as (
        select p.monitor_id, p.n, sum(p.seconds) filter (where p.kind = 0) as whole_s,
               coalesce(sum(p.seconds) filter (where p.kind = 1), 0) as down_s,
               coalesce(sum(p.seconds) filter (where p.kind = 2), 0) as maintenance_s,
               coalesce(sum(p.seconds) filter (where p.kind = 3), 0) as paused_s,
               coalesce(sum(p.seconds) filter (where p.kind = 4), 0) as no_data_s,
               coalesce(sum(p.seconds) filter (where p.kind = 5), 0) as pending_s,
               sum(p.incidents)::integer as incidents
          from part p group by p.monitor_id, p.n
    )
    select u.monitor_id, u.n,
           core.rest_seconds(u.whole_s, u.down_s + u.maintenance_s + u.paused_s + u.no_data_s
                                        + u.pending_s),
           u.down_s, u.maintenance_s, u.paused_s, u.no_data_s, u.pending_s, u.incidents
      from summed u;
end
$$;

-- What is left, without what sums of fractions leave behind.
create or replace function core.rest_seconds(whole_s double precision, gone_s double precision)
    returns double precision
language sql immutable parallel safe as $$
    select greatest(0, round((whole_s - gone_s)::numeric, 6))::double precision
$$;
