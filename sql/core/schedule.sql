-- When and from where a monitor is looked at.

-- Monitors are spread over their interval by a multiplicative hash of the id; the regions of one
-- monitor are staggered evenly over it.  rank counts from 0.
create or replace function core.phase_ms(monitor_id integer, interval_ms integer, rank integer,
    count integer) returns integer
language sql immutable parallel safe as $$
    select ((monitor_id::bigint * 2654435761 % 4294967296 % interval_ms
             + rank::bigint * interval_ms / count) % interval_ms)::integer
$$;

-- 'slug:phase_ms,...' in the order of the regions' ids; '' if there is none.
create or replace function core.placements(monitor_id integer, interval_ms integer,
    region_ids smallint[]) returns text
language sql stable as $$
    select coalesce(string_agg(r.slug || ':' || core.phase_ms(monitor_id, interval_ms,
                                                              r.rank, r.count), ',' order by r.id),
                    '')
      from (select t.id, t.slug, (row_number() over (order by t.id))::integer - 1 as rank,
                   (count(*) over ())::integer as count
              from betterstack.region t
             where region_ids is null or t.id = any (region_ids)) r
$$;

-- Tells the scheduler: the id of a monitor, or '*' when regions changed.  Sent at commit.
create or replace function core.notify_monitors(payload text) returns void
language sql volatile as $$
    select pg_notify('betterstack_monitors', payload)
$$;
