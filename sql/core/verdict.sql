-- Is a monitor up or down?  Every region that is believed has one vote: one that watches the
-- monitor, measured something, lately, under the present settings.  A strict majority decides; a
-- tie leaves things as they are.  Up is degraded when a strict majority of all says degraded.

-- The newest result of a region, as API and live events show it.
create or replace function core.region_state_doc(slug text, status smallint, reason smallint,
    failure_text text, http_status integer, address text, checked_at timestamptz,
    slot timestamptz, total_us integer, expires_at timestamptz) returns text
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
        || ',"expires_at":' || coalesce('"' || core.iso(expires_at) || '"}', 'null}')
$$;

-- Does this region's newest result count?
create or replace function core.is_believed(rs betterstack.region_state,
    region_ids smallint[], check_frequency integer, believe_after timestamptz) returns boolean
language sql stable as $$
    select rs.status <> 0
           and (region_ids is null or rs.region_id = any (region_ids))
           and rs.slot > believe_after
           and rs.slot > now() - greatest(3 * check_frequency, 60) * interval '1 second'
$$;

-- Decides these monitors anew.  The caller holds the locks of their monitor_state rows, and took
-- them before the snapshot of this statement.  Most of the time nothing is down and nothing
-- changes: that is found out first, without a word being made.
create or replace function core.verdict_decide(monitor_ids integer[]) returns void
language plpgsql volatile as $$
declare
    due record;
begin
    select array_agg(d.monitor_id) as ids, array_agg(d.status) as statuses, array_agg(d.at) as ats
      into due
      from (select v.monitor_id, v.verdict, v.status,
                   case v.status when 3 then v.down_at when 2 then v.degraded_at
                                 else v.up_at end as at
              from (select s.monitor_id, s.status as verdict,
                           case when 2 * count(*) filter (where rs.status = 3) > count(*) then 3
                                when 2 * count(*) filter (where rs.status = 2) > count(*) then 2
                                when 2 * count(*) filter (where rs.status <> 3) > count(*) then 1
                                else s.status end as status,
                           least(now(), max(rs.checked_at) filter (where rs.status = 3)) as down_at,
                           least(now(), max(rs.checked_at) filter (where rs.status = 2))
                               as degraded_at,
                           least(now(), max(rs.checked_at) filter (where rs.status <> 3)) as up_at
                      from unnest(monitor_ids) as fresh (id)
                      join betterstack.monitor m on m.id = fresh.id and not m.paused
                      join betterstack.monitor_state s on s.monitor_id = m.id
                      join betterstack.region_state rs on rs.monitor_id = m.id
                     where core.is_believed(rs, m.region_ids, m.check_frequency, s.believe_after)
                     group by s.monitor_id) v) d
     where d.status <> d.verdict or d.status in (2, 3);
    if due.ids is not null then
        perform core.verdict_write(due.ids, due.statuses::smallint[], due.ats);
    end if;
end
$$;

-- The words of a verdict are those of the newest failing region, and name all that fail alike.
create or replace function core.verdict_write(monitor_ids integer[], statuses smallint[],
    ats timestamptz[]) returns void
language plpgsql volatile as $$
begin
    update betterstack.monitor_state s
       set status = d.status, since = d.since, reason = d.reason, failure_text = d.failure_text,
           doc = core.monitor_state_doc(d.status, d.since, d.reason, d.failure_text)
      from (select o.monitor_id, v.status,
                   case when o.status = v.status then o.since else v.at end as since,
                   coalesce(f.reason, 0::smallint) as reason,
                   core.failure_seen_from(f.failure_text, f.slugs) as failure_text
              from unnest(monitor_ids, statuses, ats) as v (id, status, at)
              join betterstack.monitor m on m.id = v.id
              join betterstack.monitor_state o on o.monitor_id = m.id
              left join lateral (
                   select (array_agg(rs.reason order by rs.slot desc, rs.region_id))[1] as reason,
                          (array_agg(rs.failure_text order by rs.slot desc, rs.region_id))[1]
                              as failure_text,
                          core.slugs_of_reason(
                              array_agg(r.slug order by rs.slot desc, rs.region_id),
                              array_agg(rs.reason order by rs.slot desc, rs.region_id)) as slugs
                     from betterstack.region_state rs
                     join betterstack.region r on r.id = rs.region_id
                    where rs.monitor_id = m.id and rs.status = v.status and v.status in (2, 3)
                      and core.is_believed(rs, m.region_ids, m.check_frequency,
                                           o.believe_after)) f on true) d
     where s.monitor_id = d.monitor_id
       and (s.status, s.reason, s.failure_text)
           is distinct from (d.status, d.reason, d.failure_text);
end
$$;

-- The slugs whose reason is that of the first.
create or replace function core.slugs_of_reason(slugs text[], reasons smallint[]) returns text[]
language sql immutable parallel safe as $$
    select array_agg(t.slug order by t.slug)
      from unnest(slugs, reasons) as t (slug, reason)
     where t.reason = reasons[1]
$$;
