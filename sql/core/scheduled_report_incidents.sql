-- The incidents of a report: those by which its monitors were down.  One that has several of them
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

-- The part of incidents that was down time, of these monitors together, and when the first of them
-- failed and the last was up again; ended null: not before `until`.
create or replace function core.scheduled_report_happened(ids integer[], since timestamptz,
    until timestamptz)
    returns table (incident_id bigint, began timestamptz, ended timestamptz,
                   within_s double precision)
language plpgsql stable as $$
begin
    return query
    with part as materialized (
        select p.* from core.incident_parts(ids, since, until) p),
    down as materialized (
        select s.* from core.state_ranges(array(select distinct p.monitor_id from part p),
                                          since, until) s),
    together as (
        select p.incident_id, min(lower(p.spans)) as began,
               max(coalesce(upper(p.spans), 'infinity')) as ended, range_agg(r) as spans
          from part p join down d on d.monitor_id = p.monitor_id
         cross join lateral unnest(p.spans * d.down) r
         group by p.incident_id)
    select t.incident_id, t.began, case when t.ended <= until then t.ended end,
           date_part('epoch', core.span_length(t.spans))
      from together t;
end
$$;

-- The longest of them, by what was in the period, in the order in which they began.
create or replace function core.scheduled_report_incidents(ids integer[], since timestamptz,
    until timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return (
        with ranked as (
            select i as incident, h.*,
                   row_number() over (order by h.within_s desc, h.incident_id) as place
              from core.scheduled_report_happened(ids, since, until) h
              join betterstack.incident i on i.id = h.incident_id)
        select coalesce(jsonb_agg(core.scheduled_report_incident(r.incident, r.began, r.ended,
                                                                 until)
                                  order by r.began, r.incident_id), '[]')
          from ranked r where r.place <= core.scheduled_report_incidents_max());
end
$$;
