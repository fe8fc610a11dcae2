-- Late ticks of days that are sealed, merged into what is sealed.

-- The pairs of days that have late ticks, after this place, and where to go on: null for the end.
-- One that is not sealed yet waits for its sealing; a full one keeps them in tick_late.  A month
-- without partition is past its retention.  tick_late is empty most of the time: a plan made then
-- must do when it is not.
create or replace function core.seal_late_next(monitor integer, region smallint, slot timestamptz,
    out monitor_ids integer[], out region_ids smallint[], out days date[],
    out next_monitor integer, out next_region smallint, out next_slot timestamptz)
language plpgsql volatile set enable_seqscan = off as $$
declare
    total integer := 0;
    late record;
    late_day date;
    sealed integer;
begin
    monitor_ids := '{}';
    region_ids := '{}';
    days := '{}';
    next_monitor := monitor;
    next_region := region;
    next_slot := slot;
    for looked in 1 .. 500 loop
        select l.monitor_id, l.region_id, l.slot into late from betterstack.tick_late l
         where (l.monitor_id, l.region_id, l.slot) >= (next_monitor, next_region, next_slot)
         order by l.monitor_id, l.region_id, l.slot limit 1;
        if not found then
            next_monitor := null;
            return;
        end if;
        late_day := core.day_of(late.slot);
        next_monitor := late.monitor_id;
        next_region := late.region_id;
        next_slot := core.day_begin(late_day + 1);
        select s.ticks into sealed from betterstack.tick_sealed s
         where s.monitor_id = late.monitor_id and s.region_id = late.region_id
           and s.day = late_day;
        if sealed < core.seal_ticks_max()
           or sealed is null and core.day_is_packed(late_day)
              and to_regclass('betterstack.' || core.history_partition_name('tick_sealed',
                                                                           late_day)) is not null
        then
            monitor_ids := monitor_ids || late.monitor_id;
            region_ids := region_ids || late.region_id;
            days := days || late_day;
            total := total + 500 + (select count(*) from betterstack.tick_late l
                                     where l.monitor_id = late.monitor_id
                                       and l.region_id = late.region_id
                                       and l.slot >= late.slot and l.slot < next_slot);
            exit when total >= core.seal_step_ticks();
        end if;
    end loop;
end
$$;

-- No pair of this day is still to be packed out of its partition.
create or replace function core.day_is_packed(day date) returns boolean
language plpgsql stable as $$
begin
    return coalesce((select o.state = 2 or o.packed_at is not null from betterstack.day o
                      where o.day = day_is_packed.day),
                    to_regclass('betterstack.' || core.tick_partition_name(day)) is null);
end
$$;

-- A step of the look through tick_late, which begins anew some seconds after its end.
create or replace function core.seal_take_late(sealer betterstack.sealer, at timestamptz)
    returns setof core.seal_row
language plpgsql volatile as $$
declare
    next record := core.seal_late_next(sealer.late_monitor, sealer.late_region, sealer.late_slot);
begin
    update betterstack.sealer s
       set late_monitor = coalesce(next.next_monitor, 0),
           late_region = case when next.next_monitor is null then 0 else next.next_region end,
           late_slot = case when next.next_monitor is null then '-infinity'
                            else next.next_slot end,
           late_at = case when next.next_monitor is null then at + core.seal_late_every()
                          else s.late_at end;
    if next.monitor_ids = '{}' then
        if next.next_monitor is not null then
            return query select (jsonb_populate_record(null::core.seal_row, '{"kind":0}')).*;
        end if;
        return;
    end if;
    return query execute format($query$
        with p as materialized (
            select u.monitor_id, u.region_id, u.day, core.day_begin(u.day) as first,
                   core.day_begin(u.day + 1) as last
              from unnest($1, $2, $3) as u (monitor_id, region_id, day)
        )
        select 2::smallint, p.day, 0, 0::smallint, p.monitor_id, p.region_id, 0::smallint,
               s.revision, s.ticks, s.packed, s.texts, false, null::timestamptz[], null::integer[],
               null::integer[], null::integer[], null::integer[], null::integer[],
               null::integer[], null::smallint[], null::smallint[], null::smallint[],
               null::smallint[], null::smallint[], null::text[]
          from p
          join betterstack.tick_sealed s on s.monitor_id = p.monitor_id
                                        and s.region_id = p.region_id and s.day = p.day
        union all
        select 2::smallint, p.day, 0, 0::smallint, p.monitor_id, p.region_id, 2::smallint,
               -1::smallint, a.ticks, null::bytea, a.texts, a.evidences, a.slots, a.lateness_ms,
               a.dns_us, a.connect_us, a.tls_us, a.first_byte_us, a.total_us, a.http_statuses,
               a.statuses, a.reasons, a.attempts, a.flags, a.addresses
          from p cross join lateral (select %s) a
         where a.ticks > 0
         order by 5, 6, 2, 7$query$, core.seal_columns('tick_late'))
        using next.monitor_ids, next.region_ids, next.days;
end
$$;

create or replace function core.seal_late_every() returns interval
language sql immutable parallel safe as $$ select interval '20 seconds' $$;

-- The next step at this time.  Days and late ticks take turns.
create or replace function core.seal_take(holder text, at timestamptz)
    returns setof core.seal_row
language plpgsql volatile as $$
declare
    sealer betterstack.sealer := core.seal_lease(holder, at);
begin
    if sealer.holder is null then
        return;
    end if;
    if sealer.late_at > at + core.seal_late_every() then        -- a clock was set back
        sealer.late_at := at;
    end if;
    if sealer.late_at <= at and sealer.late_turn then
        update betterstack.sealer s set late_turn = false;
        return query select * from core.seal_take_late(sealer, at);
        if found then
            return;
        end if;
        sealer.late_at := 'infinity';
    end if;
    return query select * from core.seal_take_day(at);
    if found then
        if sealer.late_at <= at then
            update betterstack.sealer s set late_turn = true;
        end if;
    elsif sealer.late_at <= at then
        return query select * from core.seal_take_late(sealer, at);
    end if;
end
$$;
