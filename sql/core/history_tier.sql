-- Where a monitor's results are: hot, sealed or late.  Rows for the hub's C, which merges them.

-- Kinds of rows, as in ngx_bs_history_row.h: 1 a sealed day, 2 hot ticks of a day, 3 late ticks,
-- 4 what a failure is in words, 5 evidence, 6 a day's rollup, 7 its hours, 8 an hour's rollup.

-- The days of this time that may have hot ticks.
create or replace function core.history_hot_days(since timestamptz, until timestamptz,
    newest boolean) returns setof date
language sql stable as $$
    select p.day
      from (select core.tick_partition_day(c.relname) as day
              from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'betterstack.tick'::regclass) p
     where p.day between (since at time zone 'UTC')::date and (until at time zone 'UTC')::date
       and not exists (select from betterstack.day d where d.day = p.day and d.state = 2)
     order by case when newest then -1 else 1 end * (p.day - date '2000-01-01')
$$;

-- Of these regions, those whose hot ticks are the truth.
create or replace function core.history_hot_regions(monitor_id integer, regions smallint[],
    day date) returns smallint[]
language sql stable as $$
    select coalesce(array_agg(r.id order by r.id), '{}') from unnest(regions) as r (id)
     where not exists (select from betterstack.tick_sealed s
                        where s.monitor_id = history_hot_regions.monitor_id
                          and s.region_id = r.id and s.day = history_hot_regions.day)
$$;

-- Ticks as record_send() writes them, end to end: one aggregate is far cheaper than one a column.
-- `few`: those columns that latency is told from.  A region is read `wanted` rows deep and one
-- more, to the end of that hour: the index has hours in order, and the hub sorts what is in them.
create or replace function core.history_hot(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, few boolean)
    returns table (region smallint, ticks integer, failing integer, data bytea)
language sql stable as $$
    select r.id, t.ticks, t.failing, t.data
      from unnest(regions) as r (id)
     cross join lateral (
           select count(*)::integer as ticks,
                  (count(*) filter (where o.reason <> 0 or o.evidence <> ''))::integer as failing,
                  string_agg(case when few
                      then record_send(row(o.slot, o.lateness_ms, o.dns_us, o.connect_us, o.tls_us,
                               o.first_byte_us, o.total_us, o.status))
                      else record_send(row(o.slot, o.lateness_ms, o.dns_us, o.connect_us, o.tls_us,
                               o.first_byte_us, o.total_us, o.status, o.reason, o.http_status,
                               o.attempts, o.flags, o.address)) end, '') as data
             from ((select t.* from betterstack.tick t
                     where newest and t.monitor_id = history_hot.monitor_id and t.region_id = r.id
                       and t.slot >= since and t.slot <= until
                       and betterstack.slot_hour(t.slot) >= betterstack.slot_hour(since)
                       and betterstack.slot_hour(t.slot) <= betterstack.slot_hour(until)
                     order by betterstack.slot_hour(t.slot) desc
                     fetch first (wanted + 1) rows with ties)
                   union all
                   (select t.* from betterstack.tick t
                     where not newest and t.monitor_id = history_hot.monitor_id
                       and t.region_id = r.id and t.slot >= since and t.slot <= until
                       and betterstack.slot_hour(t.slot) >= betterstack.slot_hour(since)
                       and betterstack.slot_hour(t.slot) <= betterstack.slot_hour(until)
                     order by betterstack.slot_hour(t.slot)
                     fetch first (wanted + 1) rows with ties)) o) t
     where t.ticks > 0
$$;

-- The same of late ones.
create or replace function core.history_late(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, few boolean)
    returns table (region smallint, ticks integer, failing integer, data bytea)
language sql stable as $$
    select r.id, t.ticks, t.failing, t.data
      from unnest(regions) as r (id)
     cross join lateral (
           select count(*)::integer as ticks,
                  (count(*) filter (where o.reason <> 0 or o.evidence <> ''))::integer as failing,
                  string_agg(case when few
                      then record_send(row(o.slot, o.lateness_ms, o.dns_us, o.connect_us, o.tls_us,
                               o.first_byte_us, o.total_us, o.status))
                      else record_send(row(o.slot, o.lateness_ms, o.dns_us, o.connect_us, o.tls_us,
                               o.first_byte_us, o.total_us, o.status, o.reason, o.http_status,
                               o.attempts, o.flags, o.address)) end, '') as data
             from ((select t.* from betterstack.tick_late t
                     where newest and t.monitor_id = history_late.monitor_id and t.region_id = r.id
                       and t.slot >= since and t.slot <= until
                     order by t.slot desc limit wanted + 1)
                   union all
                   (select t.* from betterstack.tick_late t
                     where not newest and t.monitor_id = history_late.monitor_id
                       and t.region_id = r.id and t.slot >= since and t.slot <= until
                     order by t.slot limit wanted + 1)) o) t
     where t.ticks > 0
$$;

-- The first day and the last may be asked for in part: what they hold does not count.
create or replace function core.history_sealed(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, but date[])
    returns table (region smallint, at bigint, ticks integer, packed bytea, texts text)
language sql stable as $$
    with found as (
        select s.region_id, s.day, s.ticks, s.packed, s.texts,
               case when newest then -1 else 1 end * (s.day - date '2000-01-01') as place
          from betterstack.tick_sealed s
         where s.monitor_id = history_sealed.monitor_id and s.region_id = any(regions)
           and s.day between (since at time zone 'UTC')::date and (until at time zone 'UTC')::date
           and s.day <> all(but)
         order by place limit 4096
    ), counted as (
        select f.*, sum(case when f.day > (since at time zone 'UTC')::date
                              and f.day < (until at time zone 'UTC')::date
                        then f.ticks else 0 end)
                    over (order by f.place groups between unbounded preceding and 1 preceding)
                    as before
          from found f)
    select c.region_id, core.ms(c.day at time zone 'UTC'), c.ticks, c.packed, c.texts
      from counted c where coalesce(c.before, 0) <= wanted
$$;

-- Of a day that is not sealed, from since to until: hours that are rolled up, and the ticks of the
-- others: hours that are not over, are to be looked at again, or have late ticks.  Without `hours`
-- all ticks.
create or replace function core.history_fresh_day(monitor_id integer, regions smallint[],
    since timestamptz, until timestamptz, hours boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language sql stable as $$
    with hour as materialized (
        select r.id as region_id, h.hour,
               hours and k.hour is not null and not exists (
                   select from betterstack.tick_late l
                    where l.monitor_id = history_fresh_day.monitor_id and l.region_id = r.id
                      and l.slot >= h.hour and l.slot < h.hour + interval '1 hour') as known
          from unnest(regions) as r (id)
         cross join generate_series(betterstack.slot_hour(since), betterstack.slot_hour(until),
                                    interval '1 hour') as h (hour)
          left join betterstack.hour k on k.region_id = r.id and k.hour = h.hour
                                      and k.due_at is null
    ), open as (
        select o.region_id, array_agg(o.hour) as hours from hour o where not o.known
         group by o.region_id)
    select 8::smallint, t.region_id, core.ms(t.hour), null::integer, t.rollup, null::text
      from betterstack.tick_hour t
     where t.monitor_id = history_fresh_day.monitor_id and t.region_id = any(regions)
       and t.hour >= betterstack.slot_hour(since) and t.hour <= until
       and exists (select from hour h where h.known and h.region_id = t.region_id
                                        and h.hour = t.hour)
    union all
    select 2::smallint, o.region_id, core.ms(since), t.ticks, t.data, null::text
      from open o
     cross join lateral (
           select count(*)::integer as ticks,
                  string_agg(record_send(row(t.slot, t.lateness_ms, t.dns_us, t.connect_us,
                           t.tls_us, t.first_byte_us, t.total_us, t.status)), '') as data
             from betterstack.tick t
            where t.monitor_id = history_fresh_day.monitor_id and t.region_id = o.region_id
              and betterstack.slot_hour(t.slot) = any(o.hours)
              and t.slot >= since and t.slot <= until) t
     where t.ticks > 0
$$;
