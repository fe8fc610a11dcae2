-- What failures of hot and late ticks are in words, and their evidence.

-- Ticks that have a reason or evidence, of those that core.history_hot and history_late read.
create or replace function core.history_failing(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, late boolean)
    returns table (region smallint, slot timestamptz, reason smallint, http_status smallint,
                   address text, evidence text)
language sql stable as $$
    select r.id, o.slot, o.reason, o.http_status, o.address, o.evidence
      from unnest(regions) as r (id)
     cross join lateral (
           (select t.slot, t.reason, t.http_status, t.address, t.evidence from betterstack.tick t
             where not late and newest and t.monitor_id = history_failing.monitor_id
               and t.region_id = r.id and t.slot >= since and t.slot <= until
               and betterstack.slot_hour(t.slot) >= betterstack.slot_hour(since)
               and betterstack.slot_hour(t.slot) <= betterstack.slot_hour(until)
             order by betterstack.slot_hour(t.slot) desc
             fetch first (wanted + 1) rows with ties)
           union all
           (select t.slot, t.reason, t.http_status, t.address, t.evidence from betterstack.tick t
             where not late and not newest and t.monitor_id = history_failing.monitor_id
               and t.region_id = r.id and t.slot >= since and t.slot <= until
               and betterstack.slot_hour(t.slot) >= betterstack.slot_hour(since)
               and betterstack.slot_hour(t.slot) <= betterstack.slot_hour(until)
             order by betterstack.slot_hour(t.slot)
             fetch first (wanted + 1) rows with ties)
           union all
           (select t.slot, t.reason, t.http_status, t.address, t.evidence
              from betterstack.tick_late t
             where late and t.monitor_id = history_failing.monitor_id
               and t.region_id = r.id and t.slot >= since and t.slot <= until
             order by t.slot desc limit wanted + 1)) o
     where o.reason <> 0 or o.evidence <> ''
$$;

-- The words are made once for each kind of failure: targets choose how many ticks are of one kind.
-- `at` is 1 for late ticks, of which another one may have the slot.
create or replace function core.history_failures(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, late boolean,
    evidence boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language sql stable as $$
    with failing as materialized (
        select f.*, case when f.reason <> 0 then core.failure_facts(f.evidence) end::text as facts
          from core.history_failing(m.id, regions, since, until, wanted, newest, late) f)
    select 4::smallint, f.region, late::integer::bigint, count(*)::integer,
           string_agg(int8send(core.ms(f.slot)), ''),
           core.failure_text(m, f.reason, f.http_status, f.address, min(f.evidence))
      from failing f where f.reason <> 0
     group by f.region, f.reason, f.http_status, f.address, f.facts
    union all
    select 5::smallint, f.region, late::integer::bigint, count(*)::integer, null,
           '{' || string_agg('"' || core.ms(f.slot) || '":' || f.evidence, ',') || '}'
      from failing f where history_failures.evidence and f.evidence <> ''
     group by f.region
$$;

-- As it was kept with sealed days, an hour a row: the newest ones, up to 8 MiB.
create or replace function core.history_evidence(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language sql stable as $$
    select 5::smallint, e.region_id, null::bigint, 0, null::bytea, e.evidence
      from (select h.*, sum(octet_length(h.evidence)::bigint)
                        over (order by h.day desc, h.hour desc, h.region_id
                              rows between unbounded preceding and 1 preceding) as before
              from betterstack.tick_evidence h
             where h.monitor_id = history_evidence.monitor_id and h.region_id = any(regions)
               and h.day between (since at time zone 'UTC')::date
                             and (until at time zone 'UTC')::date
               and (h.day + make_interval(hours => h.hour + 1)) at time zone 'UTC' > since
               and (h.day + make_interval(hours => h.hour)) at time zone 'UTC' <= until
             order by h.day desc, h.hour desc, h.region_id limit 4096) e
     where coalesce(e.before, 0) < 8388608
$$;
