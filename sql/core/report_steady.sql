-- The many results that change nothing: up, of a monitor that is up and was up here before.  They
-- are stored and are their region's newest result; nothing is decided and nothing is locked but
-- that.  If another report decides about the monitor meanwhile, this result does not take part: the
-- sweep looks at such a monitor soon (core.verdict_due).
--
-- Rows of region_state are locked by monitor, as in all reports of a region; joins by hashing would
-- come in another order.  That region_id and status are columns of the input makes the planner begin
-- with it, even while it knows nothing of region_state yet.  Returns how many were stored.
--
-- A tick newer than the newest is not there yet, so there is no "on conflict".  Should it be there
-- all the same (the region was taken from the monitor and given back, and the agent repeats itself),
-- that raises unique_violation, and the whole report takes the other way.
create or replace function core.report_steady(region_id smallint, monitor_ids integer[],
    slots bigint[], checked_ats bigint[], statuses smallint[], reasons smallint[],
    attempts smallint[], http_statuses integer[], addresses text[], dns_us integer[],
    connect_us integer[], tls_us integer[], first_byte_us integer[], total_us integer[],
    evidences text[], flags smallint[], expires_ats bigint[], unsteady integer[],
    at timestamptz) returns integer
language plpgsql volatile
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    first bigint := core.report_slot_first(at);
    last bigint := core.report_slot_last(at);
    stored integer;
begin
    with input as (
        select core.from_ms(t.slot) as slot, core.from_ms(t.checked_at) as checked_at,
               t.monitor_id,
               least(greatest(t.checked_at - t.slot, -2147483647), 2147483647)::integer
                   as lateness_ms,
               coalesce(t.dns, -1) as dns_us, coalesce(t.connect, -1) as connect_us,
               coalesce(t.tls, -1) as tls_us, coalesce(t.first_byte, -1) as first_byte_us,
               coalesce(t.total, -1) as total_us, t.http_status::smallint as http_status,
               t.attempts, coalesce(t.address, '') as address, coalesce(t.flags, 0::smallint) flags,
               case when t.expires_at between 1 and 7258118400 then to_timestamp(t.expires_at) end
                   as expires_at, t.status, report_steady.region_id
          from unnest(monitor_ids, slots, checked_ats, statuses, reasons, attempts, http_statuses,
                      addresses, dns_us, connect_us, tls_us, first_byte_us, total_us, evidences,
                      flags, expires_ats)
               as t (monitor_id, slot, checked_at, status, reason, attempts, http_status,
                     address, dns, connect, tls, first_byte, total, evidence, flags, expires_at)
         where t.status = 1 and t.reason = 0 and coalesce(t.evidence, '') = ''
           and t.slot between first and last
           and core.tick_is_sound(t.checked_at, t.status, t.reason, t.attempts, t.http_status,
                                  false)
           and t.monitor_id not in (select m from unnest(unsteady) m)
         order by t.monitor_id, t.slot
    ), updated as (
        update betterstack.region_state rs
           set slot = i.slot, checked_at = i.checked_at, http_status = i.http_status, total_us = i.total_us,
               address = i.address, expires_at = i.expires_at
          from input i
         where rs.monitor_id = i.monitor_id and rs.region_id = i.region_id
           and rs.status = i.status and rs.slot < i.slot
        returning i.*
    )
    insert into betterstack.tick (slot, monitor_id, lateness_ms, dns_us, connect_us, tls_us,
           first_byte_us, total_us, region_id, http_status, status, reason, attempts, address,
           evidence, flags)
    select u.slot, u.monitor_id, u.lateness_ms, u.dns_us, u.connect_us, u.tls_us,
           u.first_byte_us, u.total_us, u.region_id, u.http_status, 1, 0, u.attempts, u.address, '',
           u.flags
      from updated u;
    get diagnostics stored = row_count;
    return stored;
end
$$;
