-- Closed days and late ticks become packed ones: what a hub's sealer calls.  See core/seal.sql.

-- Closes, fences and empties days, at most one of each; of several hubs one does it.  Cheap where
-- there is nothing to do: call it every few seconds.
create or replace function dispatch.seal_keep()
    returns table (fenced text, emptied text, ticks bigint, lag_s integer, troubled integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    at timestamptz := clock_timestamp();
begin
    if pg_try_advisory_xact_lock(1112756040, 1) then
        if core.days_close(at) > 0 then
            perform core.history_partitions_make(at);
        end if;
        fenced := core.day_fence_next(at);
        emptied := core.day_empty_next(at);
        select d.ticks into ticks from betterstack.day d where d.day = emptied::date;
    end if;
    lag_s := least(core.days_lag(at), 2147483647);
    troubled := (select count(*) from betterstack.day d where d.trouble is not null);
    return next;
end
$$;

-- The next step for this hub; no rows: there is nothing to do now, or another hub does it.
create or replace function dispatch.seal_take(holder text) returns setof core.seal_row
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    at timestamptz := clock_timestamp();
begin
    return query select * from core.seal_take(holder, at);
end
$$;

-- False: somebody else did this step meanwhile.
create or replace function dispatch.seal_store(kind smallint, days date[], seen_monitor integer,
    seen_region smallint, monitor_ids integer[], region_ids smallint[], revisions smallint[],
    hot integer[], ticks integer[], packed bytea[], texts text[], evidences boolean[],
    late_lengths integer[], late_slots timestamptz[], late_statuses smallint[],
    tallies integer[], sums bigint[], lengths integer[], buckets smallint[], counts integer[],
    rollups bytea[], hours bytea[]) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    -- What is lost in a crash is done again; a day is emptied by a transaction that waits for the
    -- log, and with it for all that was written before.
    perform set_config('synchronous_commit', 'off', true);
    return core.seal_store(kind, days, seen_monitor, seen_region, monitor_ids, region_ids,
        revisions, hot, ticks, packed, texts, evidences, late_lengths, late_slots, late_statuses,
        tallies, sums, lengths, buckets, counts, rollups, hours);
end
$$;

-- A day that cannot be packed stays as it is, and the next ones go on.
create or replace function dispatch.seal_trouble(day date, trouble text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    update betterstack.day d set trouble = left(seal_trouble.trouble, 300)
     where d.day = seal_trouble.day and d.state = 1
$$;
