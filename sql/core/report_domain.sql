-- When the domains of websites end, as agents have heard beside their probes.

-- Only with a region's newest results, so that what was spooled for days brings nothing old back;
-- and only where it is news, which is once a year.  0: the agent does not know (yet), which says
-- nothing.
--
-- The last that a report does, and it waits for nobody: it may have the lock of incidents.  A row
-- that somebody else changes just now gets its end with the next result, and a line that is looked
-- at just now waits for its hour.
create or replace function core.report_domains(region_id smallint, monitor_ids integer[],
    slots bigint[], domain_expires_ats bigint[], at timestamptz) returns void
language plpgsql volatile
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare
    monitors integer[];
begin
    with input as materialized (    -- as in core.report_steady: the planner is to begin with it
        select t.monitor_id, report_domains.region_id, core.from_ms(t.slot) as slot,
               case when t.ends between 1 and 7258118400 then to_timestamp(t.ends) end as ends_at
          from unnest(monitor_ids, slots, domain_expires_ats) as t (monitor_id, slot, ends)
         where t.ends > 0
         order by t.monitor_id
    ), news as (
        select i.monitor_id, i.ends_at
          from input i
          join betterstack.region_state rs on rs.monitor_id = i.monitor_id
                                          and rs.region_id = i.region_id and rs.slot = i.slot
         where i.ends_at is distinct from rs.domain_expires_at and i.ends_at is not null
           for no key update of rs skip locked
    ), written as (
        update betterstack.region_state rs set domain_expires_at = n.ends_at
          from news n
          join betterstack.monitor m on m.id = n.monitor_id and m.domain_expiration is not null
                                    and core.is_http(m.monitor_type)
         where rs.monitor_id = n.monitor_id and rs.region_id = report_domains.region_id
        returning rs.monitor_id
    )
    select array_agg(w.monitor_id) into monitors from written w;
    if monitors is null then
        return;
    end if;
    update betterstack.expiry e set due_at = at
     where (e.monitor_id, e.kind) in (
           select x.monitor_id, x.kind from betterstack.expiry x
            where x.monitor_id = any (monitors) and x.kind = 'domain_expiry' and x.due_at > at
              for no key update skip locked);
end
$$;
