-- Is a monitor up or down?  Every region that is believed has one vote: one that watches the
-- monitor, measured something, lately, under the present settings.  A strict majority decides; a
-- tie leaves things as they are.

-- The newest result of a region, as API and live events show it.
create or replace function core.region_state_doc(slug text, status smallint, reason smallint,
    failure_text text, http_status integer, address text, checked_at timestamptz,
    slot timestamptz, total_us integer) returns text
language sql stable as $$
    select '{"region":"' || slug
        || '","status":"' || (array['unknown', 'up', 'degraded', 'down'])[status + 1]
        || '","failure_reason":' || case when reason = 0 then 'null'
                                         else core.json_text(core.reason_code(reason)) end
        || ',"failure_text":' || case when failure_text is null then 'null'
                                      else core.json_text(failure_text) end
        || ',"http_status":' || case when http_status > 0 then http_status::text else 'null' end
        || ',"address":' || case when address <> '' then core.json_text(address) else 'null' end
        || ',"checked_at":"' || core.iso(checked_at)
        || '","slot":"' || core.iso(slot)
        || '","response_time":' || case when total_us >= 0 then total_us::text else 'null' end
        || '}'
$$;

-- Decides these monitors anew.  The caller holds the locks of their monitor_state rows, and took
-- them before the snapshot of this statement.
create or replace function core.verdict_decide(monitor_ids integer[]) returns void
language plpgsql volatile as $$
begin
    with believed as (
        select rs.monitor_id, rs.region_id, rs.status, rs.reason, rs.slot, rs.checked_at,
               rs.failure_text, s.status as verdict
          from unnest(monitor_ids) as fresh (id)
          join betterstack.monitor m on m.id = fresh.id and not m.paused
          join betterstack.monitor_state s on s.monitor_id = m.id
          join betterstack.region_state rs on rs.monitor_id = m.id
         where rs.status <> 0
           and (m.region_ids is null or rs.region_id = any (m.region_ids))
           and rs.slot > s.believe_after
           and rs.slot > now() - greatest(3 * m.check_frequency, 60) * interval '1 second'
    ), vote as (
        select b.monitor_id, b.verdict,
               case when 2 * count(*) filter (where b.status = 3) > count(*) then 3
                    when 2 * count(*) filter (where b.status <> 3) > count(*) then 1
                    else b.verdict end as status,
               least(now(), max(b.checked_at) filter (where b.status = 3)) as down_at,
               least(now(), max(b.checked_at) filter (where b.status <> 3)) as up_at
          from believed b group by b.monitor_id, b.verdict
    ), decided as (
        select v.monitor_id, v.status::smallint as status, v.verdict,
               case v.status when 3 then v.down_at else v.up_at end as at,
               coalesce(f.reason, 0::smallint) as reason, f.failure_text
          from vote v
          left join lateral (
               select n.reason, core.failure_seen_from(n.failure_text,
                          (select array_agg(r.slug order by r.id)
                             from believed o join betterstack.region r on r.id = o.region_id
                            where o.monitor_id = v.monitor_id and o.status = 3
                              and o.reason = n.reason)) as failure_text
                 from believed n
                where n.monitor_id = v.monitor_id and n.status = 3
                order by n.slot desc, n.region_id limit 1) f on v.status = 3
    )
    update betterstack.monitor_state s
       set status = d.status, since = case when s.status = d.status then s.since else d.at end,
           reason = d.reason, failure_text = d.failure_text,
           doc = core.monitor_state_doc(d.status,
                     case when s.status = d.status then s.since else d.at end,
                     d.reason, d.failure_text)
      from decided d
     where s.monitor_id = d.monitor_id
       and (s.status, s.reason, s.failure_text)
           is distinct from (d.status, d.reason, d.failure_text);
end
$$;
