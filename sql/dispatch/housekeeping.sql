-- Makes tomorrow's partitions, forgets expired sessions, old pings, maintenance and deliveries,
-- drops old ticks.  A bounded amount of work each time; of several hubs one does it, the others
-- return at once.  Call it about once a minute.
create or replace function dispatch.housekeeping()
    returns table (partitions_made integer, sessions_removed integer, ticks_removed integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    partitions_made := 0;
    sessions_removed := 0;
    ticks_removed := 0;
    if pg_try_advisory_xact_lock(1112756040, 0) then
        partitions_made := core.tick_partitions_make();
        perform core.history_partitions_make(now());
        perform core.tick_hour_partitions_make();
        delete from betterstack.credential c
         where c.id in (select o.id from betterstack.credential o
                         where o.kind = 'session' and o.expires_at < now()
                         order by o.expires_at limit 1000 for update skip locked);
        get diagnostics sessions_removed = row_count;
        perform core.heartbeat_pings_expire(now());
        perform core.maintenance_times_expire(now());
        perform core.spans_expire(now());
        perform core.deliveries_expire(now());
        -- At the end: they have whole tables until then.
        perform core.tick_hour_partition_drop();
        ticks_removed := core.tick_partition_drop();
    end if;
    return next;
end
$$;
