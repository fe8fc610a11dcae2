-- Availability of heartbeats, by the same rules (core/availability.sql).
--
-- Down is from an incident's start to its end, and where a person has resolved it while the
-- heartbeat was still missed, to the end of that.  no_data: no hub was there to be called.

create or replace function core.heartbeat_down(heartbeat_ids integer[], since timestamptz,
    until timestamptz)
    returns table (heartbeat_id integer, incident_id bigint, spans tstzmultirange,
        acknowledge_s double precision, resolve_s double precision)
language plpgsql stable as $$
begin
    return query
    select i.heartbeat_id, i.id, tstzmultirange(tstzrange(i.started_at, e.ended_at)),
           core.seconds_until(i.started_at, i.acknowledged_at),
           core.seconds_until(i.started_at, i.resolved_at)
      from betterstack.incident i
     cross join lateral (
           select case when i.resolved_by is null then i.resolved_at
                       else (select coalesce(max(coalesce(s.ended_at, 'infinity')), i.resolved_at)
                               from betterstack.heartbeat_span s
                              where s.heartbeat_id = i.heartbeat_id and s.state = 3
                                and s.began_at <= i.resolved_at
                                and coalesce(s.ended_at, 'infinity') > i.resolved_at)
                       end as ended_at) e
     where i.heartbeat_id = any (heartbeat_ids) and i.kind = 'heartbeat'
       and i.confirmed_at is not null and i.started_at < until
       and coalesce(e.ended_at, 'infinity') > since;
end
$$;

create or replace function core.heartbeat_ranges(heartbeat_ids integer[], since timestamptz,
    until timestamptz)
    returns table (heartbeat_id integer, whole tstzmultirange, paused tstzmultirange,
        maintenance tstzmultirange, down tstzmultirange, no_data tstzmultirange,
        pending tstzmultirange)
language plpgsql stable as $$
declare
    absent tstzmultirange := coalesce((
        select range_agg(tstzrange(a.since, a.until)) from betterstack.hub_absence a
         where a.until > heartbeat_ranges.since and a.since < heartbeat_ranges.until), '{}');
begin
    return query
    with told as (
        select s.heartbeat_id,
               range_agg(tstzrange(s.began_at, s.ended_at)) filter (where s.state = 4) as paused,
               range_agg(tstzrange(s.began_at, s.ended_at)) filter (where s.state = 0) as pending
          from betterstack.heartbeat_span s
         where s.heartbeat_id = any (heartbeat_ids) and s.state in (0, 4)
           and coalesce(s.ended_at, 'infinity') > since and s.began_at < until
         group by s.heartbeat_id
    ), planned as (
        select t.id, range_agg(tstzrange(t.began, t.ended)) as maintenance
          from betterstack.maintenance_time t
         where t.kind = 2 and t.id = any (heartbeat_ids)
           and coalesce(t.ended, 'infinity') > since and t.began < until
         group by t.id
    ), failed as (
        select d.heartbeat_id, range_agg(r) as down
          from core.heartbeat_down(heartbeat_ids, since, until) d
         cross join lateral unnest(d.spans) r
         group by d.heartbeat_id
    )
    select h.id, o.*
      from betterstack.heartbeat h
      left join told t on t.heartbeat_id = h.id
      left join planned l on l.id = h.id
      left join failed f on f.heartbeat_id = h.id
     cross join lateral core.states_in_order(greatest(h.created_at, since), until, t.paused,
           l.maintenance, f.down, absent, t.pending) o
     where h.id = any (heartbeat_ids) and h.created_at < until and since < until;
end
$$;

create or replace function core.heartbeat_availability(heartbeat_ids integer[],
    since timestamptz, until timestamptz)
    returns table (heartbeat_id integer, up_s double precision, down_s double precision,
        maintenance_s double precision, paused_s double precision, no_data_s double precision,
        pending_s double precision, availability double precision, incidents integer,
        longest_s double precision, average_s double precision, acknowledge_s double precision,
        resolve_s double precision)
language plpgsql stable as $$
begin
    return query
    with s as materialized (
        select * from core.heartbeat_ranges(heartbeat_ids, since, until)
    ), part as (
        select i.heartbeat_id, i.acknowledge_s, i.resolve_s,
               date_part('epoch', core.span_length(i.spans * s.down)) as seconds
          from core.heartbeat_down(heartbeat_ids, since, until) i
          join s on s.heartbeat_id = i.heartbeat_id
    ), incident as (
        select p.heartbeat_id, count(*)::integer as incidents, max(p.seconds) as longest_s,
               avg(p.seconds) as average_s, avg(p.acknowledge_s) as acknowledge_s,
               avg(p.resolve_s) as resolve_s
          from part p where p.seconds > 0
         group by p.heartbeat_id
    )
    select s.heartbeat_id, t.up_s, t.down_s, t.maintenance_s, t.paused_s, t.no_data_s,
           t.pending_s, t.up_s / nullif(t.up_s + t.down_s, 0), coalesce(i.incidents, 0),
           i.longest_s, i.average_s, i.acknowledge_s, i.resolve_s
      from s
     cross join lateral core.state_seconds(s.whole, s.paused, s.maintenance, s.down, s.no_data,
                                           s.pending) t
      left join incident i on i.heartbeat_id = s.heartbeat_id;
end
$$;
