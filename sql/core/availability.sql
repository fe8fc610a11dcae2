-- Availability: up / (up + down), of time and not of checks.
--
-- At each moment a monitor is the first of these that holds:
--   paused       a person wanted no checks              (state_span)
--   maintenance  planned, daily or by a window          (maintenance_time)
--   down         in a confirmed incident: incident_monitor from started_at to ended_at, of kind
--                failure or mass; or shown as down without one because its parent's failure
--                explains it (state_span.suppressed_by).  An incident that was deleted is none.
--   no_data      nobody measured it                     (state_span)
--   pending      not measured yet                       (state_span)
--   up           else; degraded, suspected and false alarms too
-- Only up and down count.  Nothing counts before it was made.  Times are half open and exact to the
-- microsecond; the six add up to the whole.  Nothing here reads the clock: what lasts lasts until
-- `until`, which the caller keeps from being later than its `at`.

-- What is said of the times from began to until (null: nothing), as disjoint times: each has what
-- those before it have left.
create or replace function core.states_in_order(began timestamptz, until timestamptz,
    is_paused tstzmultirange, is_maintenance tstzmultirange, is_down tstzmultirange,
    is_no_data tstzmultirange, is_pending tstzmultirange)
    returns table (whole tstzmultirange, paused tstzmultirange, maintenance tstzmultirange,
        down tstzmultirange, no_data tstzmultirange, pending tstzmultirange)
language sql immutable parallel safe as $$
    select w.span, p.span, n.span - p.span, d.span - p.span - n.span,
           x.span - p.span - n.span - d.span, q.span - p.span - n.span - d.span - x.span
      from (select tstzmultirange(tstzrange(began, until)) as span) w
     cross join lateral (select coalesce(w.span * is_paused, '{}') as span) p
     cross join lateral (select coalesce(w.span * is_maintenance, '{}') as span) n
     cross join lateral (select coalesce(w.span * is_down, '{}') as span) d
     cross join lateral (select coalesce(w.span * is_no_data, '{}') as span) x
     cross join lateral (select coalesce(w.span * is_pending, '{}') as span) q
$$;

-- The five that are not up, as disjoint times between since and until; a row for each monitor that
-- was made before until.
create or replace function core.state_ranges(monitor_ids integer[], since timestamptz,
    until timestamptz)
    returns table (monitor_id integer, whole tstzmultirange, paused tstzmultirange,
        maintenance tstzmultirange, down tstzmultirange, no_data tstzmultirange,
        pending tstzmultirange)
language plpgsql stable as $$
begin
    return query
    with told as (
        select s.monitor_id,
               range_agg(r.span) filter (where s.state = 4) as paused,
               range_agg(r.span) filter (where s.suppressed_by is not null) as down,
               range_agg(r.span) filter (where s.state = 9) as no_data,
               range_agg(r.span) filter (where s.state = 0) as pending
          from betterstack.state_span s
         cross join lateral (select tstzrange(s.began_at, s.ended_at) as span) r
         where s.monitor_id = any (monitor_ids) and coalesce(s.ended_at, 'infinity') > since
           and s.began_at < until
           and (s.state in (0, 2, 4, 9) or s.suppressed_by is not null)
         group by s.monitor_id
    ), planned as (
        select t.id, range_agg(tstzrange(t.began, t.ended)) as maintenance
          from betterstack.maintenance_time t
         where t.kind = 1 and t.id = any (monitor_ids)
           and coalesce(t.ended, 'infinity') > since and t.began < until
         group by t.id
    ), failed as (
        select im.monitor_id, range_agg(tstzrange(im.started_at, im.ended_at)) as down
          from betterstack.incident_monitor im
          join betterstack.incident i on i.id = im.incident_id
         where im.monitor_id = any (monitor_ids) and im.confirmed_at is not null
           and coalesce(im.ended_at, 'infinity') > since and im.started_at < until
           and i.kind in ('failure', 'mass')
         group by im.monitor_id
    )
    select m.id, o.*
      from betterstack.monitor m
      left join told t on t.monitor_id = m.id
      left join planned l on l.id = m.id
      left join failed f on f.monitor_id = m.id
     cross join lateral core.states_in_order(greatest(m.created_at, since), until, t.paused,
           l.maintenance, coalesce(f.down + t.down, f.down, t.down), t.no_data, t.pending) o
     where m.id = any (monitor_ids) and m.created_at < until and since < until;
end
$$;

-- Null: not yet.  What was before it took no time.
create or replace function core.seconds_until(began timestamptz, moment timestamptz)
    returns double precision
language sql immutable parallel safe as $$
    select case when moment < 'infinity'
           then date_part('epoch', greatest(moment, began) - began) end
$$;

create or replace function core.span_length(spans tstzmultirange) returns interval
language plpgsql immutable parallel safe as $$
begin
    if spans = '{}' then
        return '0';
    end if;
    return (select sum(upper(r) - lower(r)) from unnest(spans) r);
end
$$;

-- How long each lasts.
create or replace function core.state_seconds(whole tstzmultirange, paused tstzmultirange,
    maintenance tstzmultirange, down tstzmultirange, no_data tstzmultirange,
    pending tstzmultirange, out up_s double precision, out down_s double precision,
    out maintenance_s double precision, out paused_s double precision,
    out no_data_s double precision, out pending_s double precision)
language plpgsql immutable parallel safe as $$
declare
    rest interval := upper(whole) - lower(whole);
    length interval := core.span_length(down);
begin
    down_s := date_part('epoch', length);
    rest := rest - length;
    length := core.span_length(maintenance);
    maintenance_s := date_part('epoch', length);
    rest := rest - length;
    length := core.span_length(paused);
    paused_s := date_part('epoch', length);
    rest := rest - length;
    length := core.span_length(no_data);
    no_data_s := date_part('epoch', length);
    rest := rest - length;
    length := core.span_length(pending);
    pending_s := date_part('epoch', length);
    up_s := date_part('epoch', rest - length);
end
$$;

-- The monitors' parts in confirmed incidents that touch a time: when, how long until somebody
-- acknowledged the incident, and until it was resolved or the monitor's part was over.  Null: not
-- yet.  Who joined an incident that was acknowledged waited for nobody.
create or replace function core.incident_parts(monitor_ids integer[], since timestamptz,
    until timestamptz)
    returns table (monitor_id integer, incident_id bigint, spans tstzmultirange,
        acknowledge_s double precision, resolve_s double precision)
language plpgsql stable as $$
begin
    return query
    select p.monitor_id, p.incident_id, p.spans,
           core.seconds_until(p.started_at, i.acknowledged_at),
           core.seconds_until(p.started_at, least(p.ended_at, i.resolved_at))
      from (select im.monitor_id, im.incident_id,
                   range_agg(tstzrange(im.started_at, im.ended_at)) as spans,
                   min(im.started_at) as started_at,
                   max(coalesce(im.ended_at, 'infinity')) as ended_at
              from betterstack.incident_monitor im
             where im.monitor_id = any (monitor_ids) and im.confirmed_at is not null
               and coalesce(im.ended_at, 'infinity') > since and im.started_at < until
             group by im.monitor_id, im.incident_id) p
      join betterstack.incident i on i.id = p.incident_id
     where i.kind in ('failure', 'mass');
end
$$;

create or replace function core.availability(monitor_ids integer[], since timestamptz,
    until timestamptz)
    returns table (monitor_id integer, up_s double precision, down_s double precision,
        maintenance_s double precision, paused_s double precision, no_data_s double precision,
        pending_s double precision, availability double precision, incidents integer,
        longest_s double precision, average_s double precision, acknowledge_s double precision,
        resolve_s double precision)
language plpgsql stable as $$
begin
    return query
    with s as materialized (
        select * from core.state_ranges(monitor_ids, since, until)
    ), part as (
        select i.monitor_id, i.acknowledge_s, i.resolve_s, date_part('epoch', (
                   select sum(upper(r) - lower(r)) from unnest(i.spans * s.down) r)) as seconds
          from core.incident_parts(monitor_ids, since, until) i
          join s on s.monitor_id = i.monitor_id
    ), incident as (
        select p.monitor_id, count(*)::integer as incidents, max(p.seconds) as longest_s,
               avg(p.seconds) as average_s, avg(p.acknowledge_s) as acknowledge_s,
               avg(p.resolve_s) as resolve_s
          from part p where p.seconds > 0
         group by p.monitor_id
    )
    select s.monitor_id, t.up_s, t.down_s, t.maintenance_s, t.paused_s, t.no_data_s, t.pending_s,
           t.up_s / nullif(t.up_s + t.down_s, 0), coalesce(i.incidents, 0), i.longest_s,
           i.average_s, i.acknowledge_s, i.resolve_s
      from s
     cross join lateral core.state_seconds(s.whole, s.paused, s.maintenance, s.down, s.no_data,
                                           s.pending) t
      left join incident i on i.monitor_id = s.monitor_id;
end
$$;

-- The cheap half: what counts at all, and what of it was down.
create or replace function core.down_time(monitor_ids integer[], since timestamptz,
    until timestamptz)
    returns table (monitor_id integer, counted_s double precision, down_s double precision)
language plpgsql stable as $$
begin
    return query
    select s.monitor_id, t.up_s + t.down_s, t.down_s
      from core.state_ranges(monitor_ids, since, until) s
     cross join lateral core.state_seconds(s.whole, s.paused, s.maintenance, s.down, s.no_data,
                                           s.pending) t;
end
$$;
