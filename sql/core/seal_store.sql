-- Keeping what the hub packed: packed days, evidence, the day's sums; and late ticks that are part
-- of it now go.  One transaction: all of a step or nothing.  Plans are kept by the session, and may
-- be made while tick_late is empty or a month new: they go by the keys, whatever is there then.

-- The day's place moves on, if it is where it was when the step was taken: else somebody else did
-- this step meanwhile.
create or replace function core.seal_advance(day date, seen_monitor integer, seen_region smallint,
    monitor_id integer, region_id smallint, ticks bigint) returns boolean
language plpgsql volatile as $$
begin
    update betterstack.day d
       set next_monitor = monitor_id, next_region = region_id, ticks = d.ticks + seal_advance.ticks
     where d.day = seal_advance.day and d.state = 1 and d.packed_at is null
       and d.next_count is null
       and (d.next_monitor, d.next_region) = (seen_monitor, seen_region);
    return found;
end
$$;

-- The packed days.  revisions: what they were made from, -1 where nothing was sealed.  If any of
-- them has changed meanwhile the step is of no use.
create or replace function core.seal_put(days date[], monitor_ids integer[],
    region_ids smallint[], revisions smallint[], ticks integer[], packed bytea[], texts text[])
    returns void
language plpgsql volatile
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
    written integer;
    changed integer;
begin
    insert into betterstack.tick_sealed (day, monitor_id, region_id, ticks, packed, texts)
    select u.day, u.monitor_id, u.region_id, u.ticks, u.packed, u.texts
      from unnest(days, monitor_ids, region_ids, revisions, ticks, packed, texts)
           as u (day, monitor_id, region_id, revision, ticks, packed, texts)
     where u.revision < 0
        on conflict do nothing;
    get diagnostics written = row_count;
    update betterstack.tick_sealed s
       set revision = (u.revision::integer + 1) % 32767, ticks = u.ticks, packed = u.packed,
           texts = core.seal_texts_join(s.texts, u.texts)
      from unnest(days, monitor_ids, region_ids, revisions, seal_put.ticks, seal_put.packed,
                  seal_put.texts)
           as u (day, monitor_id, region_id, revision, ticks, packed, texts)
     where u.revision >= 0 and s.monitor_id = u.monitor_id and s.region_id = u.region_id
       and s.day = u.day and s.revision = u.revision;
    get diagnostics changed = row_count;
    if written + changed <> cardinality(days) then
        raise exception 'sealed days have changed meanwhile'
            using errcode = 'serialization_failure';
    end if;
end
$$;

-- The sums of these days.  tallies: six of each day: up, degraded, down, unknown, the least and the
-- most total (-1: none).  buckets and counts: of all days, one after the other; lengths says how
-- many are whose.
create or replace function core.seal_put_sums(days date[], monitor_ids integer[],
    region_ids smallint[], tallies integer[], sums bigint[], lengths integer[],
    buckets smallint[], counts integer[], rollups bytea[], hours bytea[]) returns void
language sql volatile as $$
    insert into betterstack.tick_day as t (day, monitor_id, region_id, up, degraded, down, unknown,
           total_min_us, total_max_us, total_sum_us, buckets, counts, rollup, hours)
    select u.day, u.monitor_id, u.region_id, tallies[6 * u.place - 5], tallies[6 * u.place - 4],
           tallies[6 * u.place - 3], tallies[6 * u.place - 2],
           nullif(tallies[6 * u.place - 1], -1), nullif(tallies[6 * u.place], -1), u.sum,
           buckets[u.last - u.length + 1 : u.last],
           counts[u.last - u.length + 1 : u.last], u.rollup, u.hours
      from (select n.*, sum(n.length) over (order by n.place)::integer as last
              from unnest(days, monitor_ids, region_ids, sums, lengths, rollups, hours)
                   with ordinality
                   as n (day, monitor_id, region_id, sum, length, rollup, hours, place)) u
    on conflict (monitor_id, region_id, day) do update
       set up = excluded.up, degraded = excluded.degraded, down = excluded.down,
           unknown = excluded.unknown, total_min_us = excluded.total_min_us,
           total_max_us = excluded.total_max_us, total_sum_us = excluded.total_sum_us,
           buckets = excluded.buckets, counts = excluded.counts, rollup = excluded.rollup,
           hours = excluded.hours
$$;

-- Evidence of a pair's day that is in this relation, by hour.  won: late ticks that are in the
-- packed day; theirs comes from tick_late, and that of what they have replaced goes.
create or replace function core.seal_put_evidence(day date, monitor_id integer,
    region_id smallint, relation text, won timestamptz[]) returns void
language plpgsql volatile as $$
begin
    execute format($query$
        insert into betterstack.tick_evidence as e (day, monitor_id, region_id, hour, evidence)
        select $1, $2, $3, date_part('hour', u.slot at time zone 'UTC')::smallint,
               '{' || string_agg('"' || core.ms(u.slot) || '":' || u.evidence, ','
                                 order by u.slot) || '}'
          from (select t.slot, t.evidence from betterstack.%I t
                 where t.monitor_id = $2 and t.region_id = $3 and t.slot >= $5 and t.slot < $6
                   and t.evidence <> '' and t.slot <> all ($4)
                union all
                select t.slot, t.evidence from betterstack.tick_late t
                 where t.monitor_id = $2 and t.region_id = $3 and t.slot = any ($4)
                   and t.evidence <> '') u
         group by 4$query$, relation)
        using day, monitor_id, region_id, won, core.day_begin(day), core.day_begin(day + 1);
end
$$;

-- The same where the day is sealed: what is there stays, but for what these have replaced.
create or replace function core.seal_join_evidence(day date, monitor_id integer,
    region_id smallint, won timestamptz[]) returns void
language plpgsql volatile set enable_seqscan = off as $$
begin
    insert into betterstack.tick_evidence as e (day, monitor_id, region_id, hour, evidence)
    select seal_join_evidence.day, seal_join_evidence.monitor_id, seal_join_evidence.region_id,
           u.hour, '{' || coalesce(string_agg('"' || u.ms || '":' || u.evidence, ','
                                              order by u.ms)
                                   filter (where u.evidence <> ''), '') || '}'
      from (select o.hour, m.key::bigint as ms, m.value::text as evidence
              from betterstack.tick_evidence o cross join json_each(o.evidence::json) m
             where o.day = seal_join_evidence.day and o.monitor_id = seal_join_evidence.monitor_id
               and o.region_id = seal_join_evidence.region_id
               and o.hour in (select date_part('hour', w.slot at time zone 'UTC')::smallint
                                from unnest(won) as w (slot))
               and core.from_ms(m.key::bigint) <> all (won)
            union all
            select date_part('hour', t.slot at time zone 'UTC')::smallint, core.ms(t.slot),
                   t.evidence
              from betterstack.tick_late t
             where t.monitor_id = seal_join_evidence.monitor_id
               and t.region_id = seal_join_evidence.region_id and t.slot = any (won)) u
     group by u.hour
    on conflict on constraint tick_evidence_pkey do update set evidence = excluded.evidence;
end
$$;

-- Late ticks that were looked at go, unless they have changed since: not measured, then measured.
-- Nobody is waited for, because reports hold rows here while they wait for others.
create or replace function core.seal_late_gone(monitor_ids integer[], region_ids smallint[],
    slots timestamptz[], statuses smallint[]) returns void
language sql volatile set enable_seqscan = off as $$
    with gone as (
        select l.monitor_id, l.region_id, l.slot
          from unnest(monitor_ids, region_ids, slots, statuses)
               as u (monitor_id, region_id, slot, status)
          join betterstack.tick_late l on l.monitor_id = u.monitor_id
                                      and l.region_id = u.region_id and l.slot = u.slot
                                      and l.status = u.status
           for update of l skip locked
    )
    delete from betterstack.tick_late l using gone g
     where l.monitor_id = g.monitor_id and l.region_id = g.region_id and l.slot = g.slot
$$;

-- Rows of a pair that are more than a packed day holds.
create or replace function core.seal_overflow(day date, monitor_id integer, region_id smallint)
    returns void
language plpgsql volatile as $$
begin
    execute format('insert into betterstack.tick_late select t.* from betterstack.%I t '
                   'where t.monitor_id = $1 and t.region_id = $2 '
                   'order by t.slot, t.status = 0 offset %s on conflict do nothing',
                   core.tick_partition_name(day), core.seal_ticks_max())
        using monitor_id, region_id;
end
$$;

-- The late ticks of a step, each with the place of its pair.
create or replace function core.seal_late_of(late_lengths integer[], late_slots timestamptz[],
    late_statuses smallint[])
    returns table (place integer, slot timestamptz, status smallint)
language sql immutable parallel safe as $$
    select p.place, u.slot, u.status
      from (select n.place::integer, n.length,
                   sum(n.length) over (order by n.place)::integer as last
              from unnest(late_lengths) with ordinality as n (length, place)) p
      cross join lateral unnest(late_slots[p.last - p.length + 1 : p.last],
                                late_statuses[p.last - p.length + 1 : p.last])
                 as u (slot, status)
     where p.length > 0
$$;

-- Keeps a step.  hot: rows of each pair in the day's partition.  late_*: the late ticks that were
-- looked at, of all pairs, late_lengths says how many are whose; where late_statuses is 16 more,
-- the tick is in the packed day now.  False: somebody else did it meanwhile, nothing was kept.
create or replace function core.seal_store(kind smallint, days date[], seen_monitor integer,
    seen_region smallint, monitor_ids integer[], region_ids smallint[], revisions smallint[],
    hot integer[], ticks integer[], packed bytea[], texts text[], evidences boolean[],
    late_lengths integer[], late_slots timestamptz[], late_statuses smallint[],
    tallies integer[], sums bigint[], lengths integer[], buckets smallint[], counts integer[],
    rollups bytea[], hours bytea[]) returns boolean
language plpgsql volatile as $$
declare
    n integer := cardinality(days);
    late record;
    pair record;
begin
    if kind = 1 and not core.seal_advance(days[1], seen_monitor, seen_region, monitor_ids[n],
                                          region_ids[n], (select sum(h) from unnest(hot) h)) then
        return false;
    end if;
    perform core.seal_put(days, monitor_ids, region_ids, revisions, ticks, packed, texts);
    perform core.seal_put_sums(days, monitor_ids, region_ids, tallies, sums, lengths, buckets,
                               counts, rollups, hours);
    for pair in
        select u.*, array(select l.slot from core.seal_late_of(late_lengths, late_slots,
                                                               late_statuses) l
                           where l.place = u.place and l.status >= 16) as won
          from unnest(days, monitor_ids, region_ids, revisions, hot, evidences) with ordinality
               as u (day, monitor_id, region_id, revision, hot, evidence, place)
         where u.evidence or u.hot > core.seal_ticks_max()
    loop
        if pair.hot > core.seal_ticks_max() then
            perform core.seal_overflow(pair.day, pair.monitor_id, pair.region_id);
        end if;
        if pair.evidence and pair.revision >= 0 then
            perform core.seal_join_evidence(pair.day, pair.monitor_id, pair.region_id, pair.won);
        elsif pair.evidence then
            perform core.seal_put_evidence(pair.day, pair.monitor_id, pair.region_id,
                case when pair.hot > 0 then core.tick_partition_name(pair.day)
                     else 'tick_late' end, pair.won);
        end if;
    end loop;
    if cardinality(late_slots) > 0 then
        select array_agg(monitor_ids[l.place]) as monitors,
               array_agg(region_ids[l.place]) as regions, array_agg(l.slot) as slots,
               array_agg(l.status & 15::smallint) as statuses
          into late from core.seal_late_of(late_lengths, late_slots, late_statuses) l;
        perform core.seal_late_gone(late.monitors, late.regions, late.slots, late.statuses);
    end if;
    return true;
end
$$;
