-- Sealing: the hub packs (ngx_betterstack_module/history), SQL says what, and keeps what it packed.
-- A step is two transactions: seal_take delivers ticks, seal_store keeps what they were packed to.
-- Each may come late, twice, or not at all.

-- Who holds the sealer's lease; of several hubs one is at work.  Double work would be harmless.
create or replace function core.seal_lease(holder text, at timestamptz) returns betterstack.sealer
language plpgsql volatile as $$
declare
    sealer betterstack.sealer;
begin
    select s.* into sealer from betterstack.sealer s for update skip locked;
    if not found or sealer.until > at and sealer.holder <> seal_lease.holder
       and sealer.until < at + interval '1 minute' then     -- a clock was set back: not for ever
        return null;
    end if;
    if sealer.holder <> seal_lease.holder or sealer.until < at + interval '20 seconds' then
        update betterstack.sealer s
           set holder = seal_lease.holder, until = at + interval '30 seconds'
        returning s.* into sealer;
    end if;
    return sealer;
end
$$;

-- Ticks a step is to have, about: some 15 ms of Postgres.  A pair's day is not divided.
create or replace function core.seal_step_ticks() returns integer
language sql immutable parallel safe as $$ select 8000 $$;

-- BS_PACK_TICKS_MAX
create or replace function core.seal_ticks_max() returns integer
language sql immutable parallel safe as $$ select 86400 $$;

-- The words of failures as they are now: a JSON array of [reason, http_status, address, text],
-- distinct, at most 200; null for none.
create or replace function core.seal_texts(monitor_id integer, reasons smallint[],
    http_statuses smallint[], addresses text[], evidences text[]) returns text
language plpgsql stable as $$
declare
    m betterstack.monitor;
    found_texts text;
begin
    select o.* into m from betterstack.monitor o where o.id = monitor_id;
    if not found then
        return null;
    end if;
    select '[' || string_agg(json_build_array(f.reason, f.http_status, f.address,
                                 core.failure_text(m, f.reason, f.http_status, f.address,
                                                   f.evidence))::text, ',') || ']'
      into found_texts
      from (select distinct on (u.reason, u.http_status, u.address) u.*
              from unnest(reasons, http_statuses, addresses, evidences)
                   as u (reason, http_status, address, evidence)
             where u.reason <> 0
             order by u.reason, u.http_status, u.address limit 200) f;
    return found_texts;
end
$$;

-- Both without what is there twice, at most 200 of them.
create or replace function core.seal_texts_join(a text, b text) returns text
language plpgsql immutable as $$
begin
    if a is null or b is null then
        return coalesce(a, b);
    end if;
    return (select '[' || string_agg(t.value::text, ',') || ']'
              from (select distinct on (u.value ->> 0, u.value ->> 1, u.value ->> 2) u.value
                      from (select e.value, 1 as place from json_array_elements(a::json) e
                            union all
                            select e.value, 2 from json_array_elements(b::json) e) u
                     order by u.value ->> 0, u.value ->> 1, u.value ->> 2, u.place limit 200) t);
end
$$;

-- The ticks of a pair's day in this relation, which is a day's partition or tick_late, by slot;
-- what was measured before what was not, should a slot be there twice.  A pair may have hundreds
-- of megabytes of evidence: it is neither sorted nor gathered here, but for one tick of each kind
-- of failure.
create or replace function core.seal_columns(relation text) returns text
language sql immutable parallel safe as $$
    select 'count(*)::integer as ticks, bool_or(t.has_evidence) as evidences,
            case when bool_or(t.reason <> 0) then (
                select core.seal_texts(p.monitor_id, array_agg(o.reason),
                           array_agg(o.http_status), array_agg(o.address), array_agg(o.evidence))
                  from unnest(array(select min(f.ctid) from betterstack.' || relation || ' f
                                     where f.monitor_id = p.monitor_id
                                       and f.region_id = p.region_id and f.reason <> 0
                                       and f.slot >= p.first and f.slot < p.last
                                     group by f.reason, f.http_status, f.address
                                     limit 200)) as one (place)
                  join betterstack.' || relation || ' o on o.ctid = one.place) end as texts,
            array_agg(t.slot) as slots, array_agg(t.lateness_ms) as lateness_ms,
            array_agg(t.dns_us) as dns_us, array_agg(t.connect_us) as connect_us,
            array_agg(t.tls_us) as tls_us, array_agg(t.first_byte_us) as first_byte_us,
            array_agg(t.total_us) as total_us, array_agg(t.http_status) as http_statuses,
            array_agg(t.status) as statuses, array_agg(t.reason) as reasons,
            array_agg(t.attempts) as attempts, array_agg(t.flags) as flags,
            array_agg(t.address) as addresses
       from (select o.slot, o.lateness_ms, o.dns_us, o.connect_us, o.tls_us, o.first_byte_us,
                    o.total_us, o.http_status, o.status, o.reason, o.attempts, o.flags,
                    o.address, o.evidence <> '''' as has_evidence
               from betterstack.' || relation || ' o
              where o.monitor_id = p.monitor_id and o.region_id = p.region_id
                and o.slot >= p.first and o.slot < p.last
              order by o.slot, o.status = 0 limit ' || core.seal_ticks_max() || ') t'
$$;

-- The next pairs of a fenced day, with as many ticks as a step may have, and at least one pair.
create or replace function core.seal_take_pairs(d betterstack.day) returns setof core.seal_row
language plpgsql stable as $$
declare
    leaf text := core.tick_partition_name(d.day);
begin
    return query execute format($query$
        with recursive pair as (
            select n.monitor_id, n.region_id, c.ticks, c.ticks as total
              from (select t.monitor_id, t.region_id from betterstack.%1$I t
                     where (t.monitor_id, t.region_id) > ($2, $3)
                     order by t.monitor_id, t.region_id limit 1) n
              cross join lateral (select count(*) as ticks from betterstack.%1$I t
                     where t.monitor_id = n.monitor_id and t.region_id = n.region_id) c
            union all
            select n.monitor_id, n.region_id, c.ticks, b.total + c.ticks
              from pair b
              cross join lateral (select t.monitor_id, t.region_id from betterstack.%1$I t
                     where (t.monitor_id, t.region_id) > (b.monitor_id, b.region_id)
                     order by t.monitor_id, t.region_id limit 1) n
              cross join lateral (select count(*) as ticks from betterstack.%1$I t
                     where t.monitor_id = n.monitor_id and t.region_id = n.region_id) c
             where b.total + c.ticks <= %2$s
        ), p as materialized (
            select pair.monitor_id, pair.region_id, pair.ticks::integer as ticks, $4 as first,
                   $5 as last
              from pair
        )
        select 1::smallint, $1, $2, $3, p.monitor_id, p.region_id, 1::smallint, -1::smallint,
               p.ticks, null::bytea, a.texts, a.evidences, a.slots, a.lateness_ms, a.dns_us,
               a.connect_us, a.tls_us, a.first_byte_us, a.total_us, a.http_statuses, a.statuses,
               a.reasons, a.attempts, a.flags, a.addresses
          from p cross join lateral (select %3$s) a
        union all
        select 1::smallint, $1, $2, $3, p.monitor_id, p.region_id, 2::smallint, -1::smallint,
               a.ticks, null::bytea, a.texts, a.evidences, a.slots, a.lateness_ms, a.dns_us,
               a.connect_us, a.tls_us, a.first_byte_us, a.total_us, a.http_statuses, a.statuses,
               a.reasons, a.attempts, a.flags, a.addresses
          from p cross join lateral (select %4$s) a
         where a.ticks > 0
         order by 5, 6, 7$query$,
        leaf, core.seal_step_ticks(), core.seal_columns(quote_ident(leaf)),
        core.seal_columns('tick_late'))
        using d.day, d.next_monitor, d.next_region, core.day_begin(d.day),
              core.day_begin(d.day + 1);
end
$$;

-- A step of a fenced day: its next pairs, or, when all are packed, some of it is counted.  Only
-- what is packed and counted may go.  A partition that somebody has dropped has nothing to be
-- packed.
create or replace function core.seal_take_day(at timestamptz) returns setof core.seal_row
language plpgsql volatile as $$
declare
    d betterstack.day;
begin
    select o.* into d from betterstack.day o
     where o.state = 1 and o.packed_at is null and o.trouble is null order by o.day limit 1;
    if not found then
        return;
    end if;
    if to_regclass('betterstack.' || core.tick_partition_name(d.day)) is null then
        update betterstack.day o set state = 2, sealed_at = at where o.day = d.day;
    elsif d.next_count is null then
        return query select * from core.seal_take_pairs(d);
        if found then
            return;
        end if;
        update betterstack.day o set next_count = -2147483648
         where o.day = d.day and (o.next_monitor, o.next_region) = (d.next_monitor, d.next_region);
    else
        perform core.seal_count(d, at);
    end if;
    return query select (jsonb_populate_record(null::core.seal_row, '{"kind":0}')).*;
end
$$;

-- Counts about 50,000 rows of the partition, by monitors, without the help of parallel workers.
create or replace function core.seal_count(d betterstack.day, at timestamptz) returns void
language plpgsql volatile set max_parallel_workers_per_gather = 0 as $$
declare
    leaf text := core.tick_partition_name(d.day);
    upto integer;
    rows bigint;
begin
    execute format('select t.monitor_id from betterstack.%I t where t.monitor_id > $1 '
                   'order by t.monitor_id offset 50000 limit 1', leaf)
       into upto using d.next_count;
    execute format('select count(*) from betterstack.%I t where t.monitor_id > $1 '
                   'and t.monitor_id <= $2', leaf)
       into rows using d.next_count, coalesce(upto, 2147483647);
    update betterstack.day o
       set counted = o.counted + rows, next_count = coalesce(upto, 2147483647),
           packed_at = case when upto is null and o.counted + rows = o.ticks then at end,
           trouble = case when upto is null and o.counted + rows <> o.ticks
                          then (o.counted + rows) || ' ticks are there, and ' || o.ticks
                               || ' were packed' end
     where o.day = d.day and o.next_count = d.next_count;
end
$$;
