-- Rolling up hours in steps: the hub takes one's ticks, and stores what it made of them.

-- The ticks of one step, about as many as `wanted`, each monitor's together, and then a row without
-- a monitor: it tells what was taken.  No row: nothing is due.  Plans that were made while tick_late
-- or a day was empty must do when it is not.
create or replace function dispatch.hour_take(wanted integer,
    at timestamptz default clock_timestamp())
    returns table (monitor_id integer, status smallint, dns_us integer, connect_us integer,
                   tls_us integer, first_byte_us integer, total_us integer, region_id smallint,
                   hour_ms bigint, lease bigint, last_monitor integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
#variable_conflict use_column
declare
    h betterstack.hour;
    m record;
    ticks integer := 0;
    taken integer;
    left_over integer := core.hour_monitors_max();
begin
    -- What a crash takes back is done again.
    perform set_config('synchronous_commit', 'off', true);
    perform core.hours_make(at);
    h := core.hour_pick(at);
    if h.region_id is null then
        return;
    end if;
    last_monitor := core.hour_monitors_end();
    for m in select o.id from betterstack.monitor o
              where o.id > h.next_monitor order by o.id limit left_over
    loop
        return query select m.id, t.*, null::smallint, null::bigint, null::bigint, null::integer
                       from core.hour_ticks(m.id, h.region_id, h.hour) t;
        get diagnostics taken = row_count;
        ticks := ticks + taken;
        left_over := left_over - 1;
        if ticks >= wanted or left_over = 0 then
            last_monitor := m.id;
            exit;
        end if;
    end loop;
    monitor_id := null;
    region_id := h.region_id;
    hour_ms := core.ms(h.hour);
    lease := h.lease;
    return next;
end
$$;

-- What a step came to.  0: somebody else has it, or its day is sealed: nothing was written; else 1.
create or replace function dispatch.hour_store(region_id smallint, hour_ms bigint, lease bigint,
    last_monitor integer, monitor_ids integer[], rollups bytea[],
    at timestamptz default clock_timestamp()) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    h betterstack.hour;
begin
    perform set_config('synchronous_commit', 'off', true);
    select o.* into h from betterstack.hour o
     where o.region_id = hour_store.region_id and o.hour = core.from_ms(hour_ms)
       and o.lease = hour_store.lease
       for update;
    if not found then
        return 0;
    end if;
    insert into betterstack.tick_hour as old (hour, monitor_id, region_id, rollup)
    select h.hour, n.monitor_id, h.region_id, n.rollup
      from unnest(monitor_ids, rollups) as n (monitor_id, rollup)
     order by n.monitor_id
    on conflict (monitor_id, region_id, hour) do update
       set rollup = excluded.rollup where old.rollup <> excluded.rollup;
    update betterstack.hour o
       set leased_until = '-infinity',
           next_monitor = case when last_monitor < core.hour_monitors_end()
                          then last_monitor else 0 end,
           due_at = case when last_monitor < core.hour_monitors_end() then o.due_at
                         when o.marks <> o.pass_marks then at + core.hour_again_after() end
     where o.region_id = h.region_id and o.hour = h.hour;
    return 1;
end
$$;
