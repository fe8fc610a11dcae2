-- Storing what needs a closer look: whatever core.report_steady has left.

-- How often in a row a region has measured a failure: `before`, and these statuses after it.  What
-- was not measured neither counts nor breaks the row.
create or replace function core.failures_in_a_row(before smallint, statuses smallint[])
    returns smallint
language plpgsql immutable parallel safe as $$
declare
    status smallint;
    count integer := coalesce(before, 0);
begin
    foreach status in array statuses loop
        count := case status when 3 then least(count + 1, 1000) when 0 then count else 0 end;
    end loop;
    return count;
end
$$;

-- The slot of the newest tick of this pair, at least this one: where a region had left the monitor and
-- looks at it again, what it stored before may be reported once more.
create or replace function core.tick_newest(monitor_id integer, region_id smallint, slot timestamptz)
    returns timestamptz
language plpgsql stable set enable_seqscan = off as $$
#variable_conflict use_variable
begin
    return greatest(slot, (
        select max(t.slot) from betterstack.tick t
         where t.monitor_id = tick_newest.monitor_id and t.region_id = tick_newest.region_id
           and betterstack.slot_hour(t.slot) >= betterstack.slot_hour(tick_newest.slot)
           and t.slot > tick_newest.slot));
end
$$;

-- Measured results take the places of what was stored as not measured; returns how many.
create or replace function core.ticks_measured(ticks betterstack.tick[]) returns integer
language plpgsql volatile
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    written integer;
begin
    update betterstack.tick t
       set lateness_ms = m.lateness_ms, dns_us = m.dns_us, connect_us = m.connect_us,
           tls_us = m.tls_us, first_byte_us = m.first_byte_us, total_us = m.total_us,
           http_status = m.http_status, status = m.status, reason = m.reason,
           attempts = m.attempts, address = m.address, evidence = m.evidence, flags = m.flags
      from unnest(ticks) m
     where t.monitor_id = m.monitor_id and t.region_id = m.region_id
       and betterstack.slot_hour(t.slot) = betterstack.slot_hour(m.slot)
       and t.slot = m.slot and t.status = 0;
    get diagnostics written = row_count;
    return written;
end
$$;

-- Stores what is valid of the arrays.  fresh: the monitors whose newest result of this region is
-- among them.  The first result of a slot stays, but "not measured" gives way to one that was: two
-- agents may have had the same job, one of them too late.  Reports of a region take turns, so nobody
-- else stores these meanwhile.  What is newer than the newest is not there yet (as in
-- core.report_steady) and is not looked for: the rows of an hour are all over the heap.
create or replace function core.report_store(region_id smallint, locked integer[],
    monitor_ids integer[], slots bigint[], checked_ats bigint[], statuses smallint[],
    reasons smallint[], attempts smallint[], http_statuses integer[], addresses text[],
    dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
    total_us integer[], evidences text[], flags smallint[], expires_ats bigint[],
    at timestamptz, out stored integer, out valid integer, out fresh integer[],
    out odd integer[], out failing integer)
language plpgsql volatile set enable_seqscan = off as $$
#variable_conflict use_column
declare
    measured betterstack.tick[];
begin
    with input as materialized (
        select core.from_ms(t.slot) as slot, t.monitor_id,
               least(greatest(t.checked_at - t.slot, -2147483647), 2147483647)::integer
                   as lateness_ms,
               coalesce(t.dns, -1) as dns_us, coalesce(t.connect, -1) as connect_us,
               coalesce(t.tls, -1) as tls_us, coalesce(t.first_byte, -1) as first_byte_us,
               coalesce(t.total, -1) as total_us, t.http_status::smallint as http_status,
               t.status, t.reason, t.attempts, coalesce(t.address, '') as address,
               case when t.evidence <> '' then core.evidence_json(t.evidence) else '' end evidence,
               coalesce(t.flags, 0::smallint) as flags,
               case when t.expires_at between 1 and 7258118400 then to_timestamp(t.expires_at) end
                   as expires_at
          from unnest(monitor_ids, slots, checked_ats, statuses, reasons, attempts, http_statuses,
                      addresses, dns_us, connect_us, tls_us, first_byte_us, total_us, evidences,
                      flags, expires_ats)
               as t (monitor_id, slot, checked_at, status, reason, attempts, http_status,
                     address, dns, connect, tls, first_byte, total, evidence, flags, expires_at)
          join unnest(locked) as l (id) on l.id = t.monitor_id
          join betterstack.monitor m on m.id = l.id
          left join betterstack.failure_reason f on f.id = t.reason
         where (m.region_ids is null or report_store.region_id = any (m.region_ids))
           and t.slot between core.report_slot_first(at) and core.report_slot_last(at)
           and core.tick_is_sound(t.checked_at, t.status, t.reason, t.attempts, t.http_status,
                                  f.observer)
    ), known as materialized (
        select i.monitor_id, i.slot, t.status
          from (select distinct d.monitor_id, d.slot
                  from input d
                  left join betterstack.region_state n on n.monitor_id = d.monitor_id
                                                      and n.region_id = report_store.region_id
                 where n.slot is null or d.slot <= n.slot) i
         cross join lateral (
               select o.status from betterstack.tick o
                where o.monitor_id = i.monitor_id and o.region_id = report_store.region_id
                  and betterstack.slot_hour(o.slot) = betterstack.slot_hour(i.slot)
                  and o.slot = i.slot
                order by o.status = 0 limit 1) t
    ), wanted as materialized (
        select distinct on (i.monitor_id, i.slot)
               row(i.slot, i.monitor_id, i.lateness_ms, i.dns_us, i.connect_us, i.tls_us,
                   i.first_byte_us, i.total_us, report_store.region_id, i.http_status, i.status,
                   i.reason, i.attempts, i.address, i.evidence, i.flags)::betterstack.tick as tick,
               k.slot is not null as is_known
          from input i
          left join known k on k.monitor_id = i.monitor_id and k.slot = i.slot
         where k.slot is null or k.status = 0 and i.status <> 0
         order by i.monitor_id, i.slot, i.status = 0
    ), inserted as (
        insert into betterstack.tick select (w.tick).* from wanted w where not w.is_known
        returning 1
    ), newest as materialized (
        select i.*, i.slot + i.lateness_ms * interval '1 ms' as checked_at,
               o.status as status_before, o.reason as reason_before,
               case when o.slot is null then core.tick_newest(i.monitor_id,
                    report_store.region_id, i.slot) else i.slot end as newest_slot,
               case when i.status in (1, 2) then 0
                    else core.failures_in_a_row(o.failures, array(
                             select max(h.status) from input h
                              where h.monitor_id = i.monitor_id
                                and h.slot > coalesce(o.slot, '-infinity')
                              group by h.slot order by h.slot))
               end as failures
          from (select distinct on (u.monitor_id) u.* from input u
                 order by u.monitor_id, u.slot desc, u.status = 0) i
          left join betterstack.region_state o on o.monitor_id = i.monitor_id
                                              and o.region_id = report_store.region_id
         where o.slot is null or o.slot <= i.slot       -- what is older locks no row
    ), updated as (
        insert into betterstack.region_state as rs
               (monitor_id, region_id, status, reason, slot, checked_at, since, failures,
                failure_text, expires_at, http_status, total_us, address)
        select n.monitor_id, report_store.region_id, n.status, n.reason, n.newest_slot,
               n.checked_at,
               n.checked_at, n.failures, w.text, e.expires_at, n.http_status, n.total_us, n.address
          from newest n
         cross join lateral (
               select case when n.reason <> 0 then
                          (select core.failure_text(m, n.reason, n.http_status, n.address,
                                                    n.evidence)
                             from betterstack.monitor m where m.id = n.monitor_id)
                      end as text offset 0) w
         cross join lateral (       -- a failure that saw no certificate says nothing about its end
               select case when n.expires_at is not null or n.status in (1, 2) then n.expires_at
                           else (select o.expires_at from betterstack.region_state o
                                  where o.monitor_id = n.monitor_id
                                    and o.region_id = report_store.region_id)
                      end as expires_at offset 0) e
         order by n.monitor_id
        on conflict on constraint region_state_pkey do update
           set status = excluded.status, reason = excluded.reason, slot = excluded.slot,
               checked_at = excluded.checked_at, failures = excluded.failures,
               since = case when rs.status = excluded.status then rs.since else excluded.since end,
               failure_text = excluded.failure_text, expires_at = excluded.expires_at,
               http_status = excluded.http_status, total_us = excluded.total_us,
               address = excluded.address
         where rs.slot < excluded.slot
            or rs.slot = excluded.slot and rs.status = 0 and excluded.status <> 0
        returning rs.monitor_id
    )
    select (select count(*) from inserted), (select count(*) from input),
           array(select w.tick from wanted w where w.is_known),
           array(select u.monitor_id from updated u),
           array(select n.monitor_id from updated u
                   join newest n on n.monitor_id = u.monitor_id
                   join betterstack.monitor_state s on s.monitor_id = n.monitor_id
                  where s.status not in (4, 8)
                    and (s.status not in (1, 2, 3) or s.due_at is not null or n.status <> s.status
                         or (n.status, n.reason)
                            is distinct from (n.status_before, n.reason_before))
                  order by n.monitor_id),
           (select count(*) from updated u
              join newest n on n.monitor_id = u.monitor_id
             where n.status = 3 and n.status_before is distinct from 3::smallint)
      into stored, valid, measured, fresh, odd, failing;
    if measured <> '{}' then
        stored := stored + core.ticks_measured(measured);
    end if;
end
$$;
