-- The partitions of betterstack.tick_hour: those of betterstack.tick, one a day.

create or replace function core.tick_hour_partition_name(day date) returns text
language sql immutable parallel safe as $$
    select 'tick_hour_' || to_char(day, 'YYYYMMDD')
$$;

create or replace function core.tick_hour_partition_make(day date) returns void
language plpgsql volatile as $$
declare
    name text := core.tick_hour_partition_name(day);
begin
    execute format('create table betterstack.%I (like betterstack.tick_hour including all)', name);
    execute format('alter table betterstack.tick_hour attach partition betterstack.%I '
                   'for values from (%L) to (%L)',
                   name, to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00',
                   to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
end
$$;

-- The days that have a partition of `relation`.
create or replace function core.partition_days(relation regclass) returns setof date
language sql stable as $$
    select core.tick_partition_day(c.relname)
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     where i.inhparent = relation
$$;

-- For each day of ticks.  Returns how many were made.
create or replace function core.tick_hour_partitions_make() returns integer
language plpgsql volatile as $$
declare
    day date;
    made integer := 0;
begin
    for day in select d from core.partition_days('betterstack.tick') d
                except select d from core.partition_days('betterstack.tick_hour') d order by d
    loop
        perform core.tick_hour_partition_make(day);
        made := made + 1;
    end loop;
    return made;
end
$$;

-- Drops the oldest one whose day has no ticks any more, at most one: as core.tick_partition_drop.
create or replace function core.tick_hour_partition_drop() returns void
language plpgsql volatile as $$
declare
    timeout text := current_setting('lock_timeout');
    oldest date := (
        select min(d) from (select d from core.partition_days('betterstack.tick_hour') d
                            except select d from core.partition_days('betterstack.tick') d) o);
begin
    if oldest is null then
        return;
    end if;
    perform set_config('lock_timeout', '300ms', true);
    begin
        delete from betterstack.hour h where h.hour < (oldest + 1)::timestamp at time zone 'UTC';
        execute format('drop table betterstack.%I', core.tick_hour_partition_name(oldest));
    exception when lock_not_available then
        null;
    end;
    perform set_config('lock_timeout', timeout, true);
end
$$;

-- When a day is sealed: its hours are in tick_day.  False: somebody is at work there, try again.
-- A step of rolling up that is under way will find its hour gone, and writes nothing.
create or replace function core.hour_partition_truncate(day date) returns boolean
language plpgsql volatile as $$
declare
    timeout text := current_setting('lock_timeout');
    began timestamptz := day::timestamp at time zone 'UTC';
    done boolean := true;
begin
    perform set_config('lock_timeout', '300ms', true);
    begin
        delete from betterstack.hour h
         where h.hour >= began and h.hour < began + interval '24 hours';
        if to_regclass('betterstack.' || core.tick_hour_partition_name(day)) is not null then
            execute format('truncate betterstack.%I', core.tick_hour_partition_name(day));
        end if;
    exception when lock_not_available then
        done := false;
    end;
    perform set_config('lock_timeout', timeout, true);
    return done;
end
$$;
