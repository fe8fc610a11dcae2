-- The partitions of betterstack.tick: one a day (UTC), made ahead, dropped when old.  With TimescaleDB
-- (core/timescale.sql) they are chunks, which have the same names and are read, fenced, emptied and
-- dropped in the same way.

create or replace function core.tick_partition_name(day date) returns text
language sql immutable parallel safe as $$
    select 'tick_' || to_char(day, 'YYYYMMDD')
$$;

-- The oldest day that has a partition; null: there is none.
create or replace function core.tick_partition_oldest() returns date
language sql stable as $$
    select to_date(right(min(c.relname), 8), 'YYYYMMDD')
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'betterstack.tick'::regclass
$$;

-- CREATE and ATTACH instead of PARTITION OF: reports and charts go on meanwhile.  A day that is closed
-- already (the clock was set back, and its partition is gone) has its fence from the beginning.
create or replace function core.tick_partition_make(day date) returns void
language plpgsql volatile as $$
declare
    name text := core.tick_partition_name(day);
    closed boolean := exists (select from betterstack.day d
                               where d.day = tick_partition_make.day and d.state > 0);
begin
    if core.tick_is_hypertable() then
        perform core.tick_chunk_make(day);
        if closed then
            perform core.day_fence(day);
        end if;
        return;
    end if;
    execute format('create table betterstack.%I (like betterstack.tick including all)', name);
    if closed then
        perform core.day_fence(day);
    end if;
    execute format('alter table betterstack.tick attach partition betterstack.%I '
                   'for values from (%L) to (%L)',
                   name, to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00',
                   to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
end
$$;

-- From eight days ago (how late a report may be) to a week ahead.  Returns how many were made.
create or replace function core.tick_partitions_make() returns integer
language plpgsql volatile as $$
declare
    today date := (now() at time zone 'UTC')::date;
    day date;
    made integer := 0;
begin
    for day in select today + i from generate_series(-8, 7) i
                where to_regclass('betterstack.' || core.tick_partition_name(today + i)) is null
                order by i
    loop
        perform core.tick_partition_make(day);
        made := made + 1;
    end loop;
    return made;
end
$$;

-- Drops the oldest partition that is past its retention, or sealed and empty and of a day of which
-- no report can come any more; at most one.  Returns about how many ticks went.  The drop needs the
-- whole table for a moment: it gives up rather than make reports wait, the next housekeeping tries
-- again.
create or replace function core.tick_partition_drop() returns integer
language plpgsql volatile as $$
declare
    oldest record;
    timeout text := current_setting('lock_timeout');
begin
    select c.oid, c.relname, greatest(c.reltuples, 0)::bigint as ticks into oldest
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'betterstack.tick'::regclass
       and c.relname < core.tick_partition_name((now() at time zone 'UTC')::date - (
               case when exists (select from betterstack.day d
                                  where core.tick_partition_name(d.day) = c.relname
                                    and d.state = 2)
                    then core.day_last_reports() - 1
                    else (now() at time zone 'UTC')::date
                         - core.retention_cutoff_of_all('ticks', now())
               end))
     order by c.relname limit 1;
    if oldest.oid is null then
        return 0;
    end if;
    perform set_config('lock_timeout', '300ms', true);
    begin
        execute format('drop table betterstack.%I', oldest.relname);
        update betterstack.day d
           set state = 2, sealed_at = coalesce(d.sealed_at, now()), trouble = null
         where core.tick_partition_name(d.day) = oldest.relname;
    exception when lock_not_available then
        oldest.ticks := 0;
    end;
    perform set_config('lock_timeout', timeout, true);
    return least(oldest.ticks, 2147483647);
end
$$;
