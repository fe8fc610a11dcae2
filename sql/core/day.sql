-- The life of a day of ticks: open, fenced, packed and counted, sealed.

-- Of a partition's name; null for others: a plan may look at any name before it knows whose it is.
create or replace function core.tick_partition_day(relname name) returns date
language sql immutable parallel safe as $$
    select case when relname ~ '_[0-9]{8}$' then to_date(right(relname, 8), 'YYYYMMDD') end
$$;

create or replace function core.day_begin(day date) returns timestamptz
language sql immutable parallel safe as $$ select day::timestamp at time zone 'UTC' $$;

create or replace function core.day_of(slot timestamptz) returns date
language sql immutable parallel safe as $$ select (slot at time zone 'UTC')::date $$;

-- How long after its end a day closes, and how old a day is when no report for it can come any
-- more.
create or replace function core.day_closes_after() returns interval
language sql immutable parallel safe as $$ select interval '6 hours' $$;

create or replace function core.day_last_reports() returns integer
language sql immutable parallel safe as $$ select 9 $$;

-- Days whose time has come, oldest first.
create or replace function core.days_close(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    closed integer;
begin
    insert into betterstack.day (day)
    select p.day
      from (select core.tick_partition_day(c.relname) as day
              from pg_inherits i
              join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'betterstack.tick'::regclass) p
     where core.day_begin(p.day + 1) + core.day_closes_after() <= at
       and not exists (select from betterstack.day d where d.day = p.day);
    get diagnostics closed = row_count;
    return closed;
end
$$;

-- The oldest day that has no fence yet gets it; null: there is none, or it has to wait.
create or replace function core.day_fence_next(at timestamptz) returns date
language plpgsql volatile as $$
declare
    oldest date;
begin
    select d.day into oldest from betterstack.day d
     where d.state = 0 and d.trouble is null order by d.day limit 1;
    if oldest is null then
        return null;
    end if;
    if to_regclass('betterstack.' || core.tick_partition_name(oldest)) is null then
        update betterstack.day d set state = 2, sealed_at = at where d.day = oldest;
        return null;
    end if;
    if not core.day_fence(oldest) then
        return null;
    end if;
    update betterstack.day d set state = 1, fenced_at = at where d.day = oldest;
    return oldest;
end
$$;

-- No statement lasts longer: who has read a partition that is emptied now, began before.
create or replace function core.day_empties_after() returns interval
language sql immutable parallel safe as $$ select interval '2 minutes' $$;

-- The oldest day that is packed and counted loses its rows, if nobody who reads can miss them any
-- more.  Its own lock, and not for long; null: there is none, or it has to wait.
create or replace function core.day_empty_next(at timestamptz) returns date
language plpgsql volatile as $$
declare
    oldest date;
    timeout text := current_setting('lock_timeout');
begin
    select d.day into oldest from betterstack.day d
     where d.state = 1 and d.packed_at <= at - core.day_empties_after() and d.trouble is null
       and d.ticks = d.counted
     order by d.day limit 1;
    if oldest is null then
        return null;
    end if;
    perform set_config('lock_timeout', '300ms', true);
    begin
        if not core.hour_partition_truncate(oldest) then        -- tick_day has them now
            raise lock_not_available;
        end if;
        if to_regclass('betterstack.' || core.tick_partition_name(oldest)) is not null then
            execute format('truncate betterstack.%I', core.tick_partition_name(oldest));
        end if;
        update betterstack.day d set state = 2, sealed_at = at where d.day = oldest;
    exception when lock_not_available then
        oldest := null;
    end;
    perform set_config('lock_timeout', timeout, true);
    return oldest;
end
$$;

-- How long ago the oldest day closed that is not sealed; 0: none.
create or replace function core.days_lag(at timestamptz) returns double precision
language sql stable as $$
    select coalesce(greatest(date_part('epoch', at - core.day_begin(min(d.day) + 1)
                                                   - core.day_closes_after()), 0), 0)
      from betterstack.day d
     where d.state < 2
$$;
