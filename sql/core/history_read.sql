-- The rows that an answer is made from: in one snapshot, whichever tier has them.

-- All ticks from since to until, of each region the newest (or oldest) `wanted` and one more at
-- least.  `words`: with what failures are in words; `evidence`: and what was seen.
create or replace function core.history_ticks(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, words boolean,
    evidence boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language plpgsql stable as $$
#variable_conflict use_column
declare
    days date[] := '{}';
    hot smallint[];
    begins timestamptz;
    ends timestamptz;
    have bigint := 0;
    failing bigint;
    today date;
    found record;
begin
    for today in select core.history_hot_days(since, until, newest) loop
        days := days || today;
        hot := core.history_hot_regions(m.id, regions, today);
        begins := greatest(since, today at time zone 'UTC');
        ends := least(until, (today + 1) at time zone 'UTC' - interval '1 ms');
        failing := 0;
        if cardinality(hot) < cardinality(regions) then
            return query select 1::smallint, s.region, s.at, s.ticks, s.packed, s.texts
                           from core.history_sealed(m.id, regions, begins, ends, wanted, newest,
                                                    '{}') s;
        end if;
        for found in select * from core.history_hot(m.id, hot, begins, ends, wanted, newest,
                                                    not words) h loop
            return query select 2::smallint, found.region, core.ms(begins), found.ticks,
                                found.data, null::text;
            have := have + found.ticks;
            failing := failing + found.failing;
        end loop;
        if words and failing > 0 then
            return query select f.* from core.history_failures(m, hot, begins, ends, wanted,
                                                               newest, false, evidence) f;
        end if;
        exit when have > wanted;
    end loop;
    return query select 1::smallint, s.region, s.at, s.ticks, s.packed, s.texts
                   from core.history_sealed(m.id, regions, since, until, wanted, newest, days) s;
    return query select f.* from core.history_late_rows(m, regions, since, until, wanted, newest,
                                                        words, evidence) f;
    if evidence then
        return query select e.* from core.history_evidence(m.id, regions, since, until) e;
    end if;
end
$$;

create or replace function core.history_late_rows(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, wanted integer, newest boolean, words boolean,
    evidence boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language plpgsql stable as $$
#variable_conflict use_column
declare
    failing bigint := 0;
    found record;
begin
    for found in select * from core.history_late(m.id, regions, since, until, wanted, newest,
                                                 not words) h loop
        return query select 3::smallint, found.region, core.ms(since), found.ticks, found.data,
                            null::text;
        failing := failing + found.failing;
    end loop;
    if words and failing > 0 then
        return query select f.* from core.history_failures(m, regions, since, until, wanted,
                                                           newest, true, evidence) f;
    end if;
end
$$;

-- What there is of [since, until) as rollups, and as ticks where these are to be looked at.
-- `grain`: 'day' whole days, all phases (what is left at both ends: ticks); 'hour' total by the
-- hour; 'tick' nothing but ticks.  A pair that has late ticks is told from its ticks until they are
-- merged.  Where ticks are gone the hours tell what they can.
create or replace function core.history_rollups(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, grain text)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language sql stable as $$
    with late as materialized (
        select distinct l.region_id, (l.slot at time zone 'UTC')::date as day
          from betterstack.tick_late l
         where l.monitor_id = m.id and l.slot >= since and l.slot < until
    ), span as materialized (
        select (since at time zone 'UTC')::date as first,
               ((until - interval '1 ms') at time zone 'UTC')::date as last
    ), sealed as (
        select s.region_id, s.day, s.ticks, s.packed from betterstack.tick_sealed s, span
         where s.monitor_id = m.id and s.region_id = any(regions)
           and s.day between span.first and span.last
    ), rolled as (
        select d.region_id, d.day, d.rollup, d.hours from betterstack.tick_day d, span
         where d.monitor_id = m.id and d.region_id = any(regions)
           and d.day between span.first and span.last
    ), pair as (
        select region_id, day, s.ticks, s.packed, r.rollup, r.hours,
               case when l.day is not null or r.day is null or grain = 'tick' then
                        case when s.day is null then 7 else 1 end
                    when grain = 'hour' then 7
                    when day at time zone 'UTC' >= since
                         and (day + 1) at time zone 'UTC' <= until then 6
                    when s.day is null then 7
                    else 1 end as kind
          from sealed s full join rolled r using (region_id, day)
          left join late l using (region_id, day))
    select p.kind::smallint, p.region_id, core.ms(p.day at time zone 'UTC'), p.ticks,
           case p.kind when 1 then p.packed when 6 then p.rollup else p.hours end, null::text
      from pair p
$$;

-- The same of days that are not sealed, and late ticks.
create or replace function core.history_fresh(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, hours boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language plpgsql stable as $$
#variable_conflict use_column
declare
    today date;
    hot smallint[];
    last timestamptz := until - interval '1 ms';
begin
    for today in select core.history_hot_days(since, last, true) loop
        hot := core.history_hot_regions(m.id, regions, today);
        return query
            select f.* from core.history_fresh_day(m.id, hot,
                greatest(since, today at time zone 'UTC'),
                least(last, (today + 1) at time zone 'UTC' - interval '1 ms'), hours) f;
    end loop;
    return query select f.* from core.history_late_rows(m, regions, since, last, 1000000, true,
                                                        false, false) f;
end
$$;

create or replace function core.history_rolled(m betterstack.monitor, regions smallint[],
    since timestamptz, until timestamptz, grain text, hours boolean)
    returns table (kind smallint, region smallint, at bigint, ticks integer, data bytea, body text)
language sql stable as $$
    select * from core.history_rollups(m, regions, since, until, grain)
    union all
    select * from core.history_fresh(m, regions, since, until, hours)
$$;
