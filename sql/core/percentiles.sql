-- Percentiles of whole sealed days, from the sketches of total in tick_day.

-- What the buckets of shared/bs_rollup_bucket.h are taken for, by number and beginning with 0 at
-- subscript 1: each is within 2 % of all that its bucket holds.
create or replace function core.rollup_values() returns integer[]
language plpgsql immutable parallel safe as $$
declare
    first bigint := 0;
    value bigint;
    made integer[] := '{}';
begin
    while first <= 2147483647 loop
        value := first * 51 / 50;
        made := made || least(value, 2147483647)::integer;
        first := value * 50 / 49 + 1;
    end loop;
    return made;
end
$$;

-- Of each monitor a row for each region, and one with region_id null for all of them.  checks are
-- those that were measured, failed those of them that were down; latencies are of the others, mean
-- and quantiles null if there are none.  Quantiles as percentile_disc has them, within 2 %; the
-- least and the most are exact.  Days that are not sealed yet are not in it.
create or replace function core.percentiles_total(monitor_ids integer[], first_day date,
    last_day date, qs double precision[])
    returns table (monitor_id integer, region_id smallint, checks bigint, failed bigint,
                   mean_us integer, quantiles_us integer[])
language plpgsql stable as $$
#variable_conflict use_column
declare
    value_us integer[] := core.rollup_values();
begin
    return query
    with d as materialized (
        select t.monitor_id, t.region_id, t.up, t.degraded, t.down, t.total_sum_us, t.total_min_us,
               t.total_max_us, t.buckets, t.counts
          from betterstack.tick_day t
         where t.monitor_id = any (monitor_ids) and t.day between first_day and last_day
    ), total as (
        select d.monitor_id, coalesce(d.region_id, -1::smallint) as region_id,
               sum(d.up + d.degraded + d.down)::bigint as checks, sum(d.down)::bigint as failed,
               sum(d.total_sum_us) as sum_us, min(d.total_min_us) as least_us,
               max(d.total_max_us) as most_us
          from d
         group by grouping sets ((d.monitor_id, d.region_id), (d.monitor_id))
    ), region_bucket as materialized (
        select d.monitor_id, d.region_id, b.bucket, sum(b.count)::bigint as n
          from d cross join lateral unnest(d.buckets, d.counts) as b (bucket, count)
         group by d.monitor_id, d.region_id, b.bucket
    ), seen as (
        select b.monitor_id, b.region_id, b.bucket, b.n,
               (sum(b.n) over (up_to))::bigint as up_to,
               (sum(b.n) over (partition by b.monitor_id, b.region_id))::bigint as whole
          from (select * from region_bucket
                union all
                select r.monitor_id, -1::smallint, r.bucket, sum(r.n)::bigint
                  from region_bucket r group by r.monitor_id, r.bucket) b
        window up_to as (partition by b.monitor_id, b.region_id order by b.bucket)
    ), found as (
        select s.monitor_id, s.region_id, s.whole,
               array_agg(case when w.rank <= 1 then t.least_us
                         when w.rank > s.whole - 1 then t.most_us
                         else least(greatest(value_us[s.bucket + 1], t.least_us), t.most_us) end
                         order by q.place) as quantiles
          from seen s
         cross join unnest(qs) with ordinality as q (q, place)
         cross join lateral (select least(greatest(q.q * s.whole, 1), s.whole) as rank) w
          join total t on t.monitor_id = s.monitor_id and t.region_id = s.region_id
         where s.up_to >= w.rank and s.up_to - s.n < w.rank
         group by s.monitor_id, s.region_id, s.whole
    )
    select t.monitor_id, nullif(t.region_id, -1), t.checks, t.failed,
           round(t.sum_us / f.whole)::integer, f.quantiles
      from total t
      left join found f on f.monitor_id = t.monitor_id and f.region_id = t.region_id
     order by t.monitor_id, nullif(t.region_id, -1) nulls last;
end
$$;
