-- The incidents of a report: failures of its monitors, confirmed.  One that has several of them
-- counts once, and goes on until the last of them is up again.

create or replace function core.scheduled_report_incidents_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.scheduled_report_incident(i betterstack.incident,
    began timestamptz, ended timestamptz, until timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', i.id::text, 'name', i.name, 'cause', i.cause,
        'monitors_count', i.monitors_count, 'started_at', core.iso(began),
        'ended_at', core.iso(ended), 'acknowledged_at', core.iso(i.acknowledged_at),
        'acknowledged_by', i.acknowledged_by,
        'duration', round(extract(epoch from coalesce(ended, until) - began)));
end
$$;

-- {incidents: the longest, in the order in which they began; whole: their number and what they took
-- on average, of what was in the period}.
create or replace function core.scheduled_report_incidents(team_id integer, ids integer[],
    since timestamptz, until timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return (
        with happened as materialized (
            select i as incident, f.began, f.ended,
                   extract(epoch from least(coalesce(f.ended, until), until)
                                      - greatest(f.began, since)) as within_s
              from betterstack.incident i
             cross join lateral (
                select min(im.started_at) as began,
                       case when bool_and(im.ended_at <= until) then max(im.ended_at) end as ended
                  from betterstack.incident_monitor im
                 where im.incident_id = i.id and im.monitor_id = any (ids)
                   and im.confirmed_at is not null and im.started_at < until
                   and coalesce(im.ended_at, 'infinity') > since) f
             where i.team_id = scheduled_report_incidents.team_id
               and coalesce(i.team_id, 0) = scheduled_report_incidents.team_id
               and i.kind = 'failure' and i.confirmed_at is not null and i.started_at < until
               and coalesce(i.resolved_at, 'infinity') > since and f.began is not null),
        ranked as (
            select h.*, row_number() over (order by h.within_s desc, (h.incident).id) as place
              from happened h)
        select jsonb_build_object('incidents', coalesce(jsonb_agg(
                   core.scheduled_report_incident(r.incident, r.began, r.ended, until)
                   order by r.began, (r.incident).id)
                   filter (where r.place <= core.scheduled_report_incidents_max()), '[]'),
               'whole', jsonb_build_object('incidents', count(*),
                   'longest_incident', round(max(r.within_s)),
                   'average_incident', round(avg(r.within_s)),
                   'mean_time_to_acknowledge', round(avg(extract(epoch from greatest(
                       (r.incident).acknowledged_at - r.began, interval '0')))),
                   'mean_time_to_resolve', round(avg(extract(epoch from r.ended - r.began)))))
          from ranked r);
end
$$;
