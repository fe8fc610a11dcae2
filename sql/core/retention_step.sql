-- Letting go of history, a little at a time: whole months that nobody wants any more are dropped,
-- in younger ones the rows of monitors whose team wants less go, and all of monitors that are gone.
-- A pass goes through the monitors that have rows, in the order of their ids; where it is stands in
-- betterstack.retention_pass and moves in the transaction that removed the rows, so that it may end
-- at any moment.  Nothing here is touched by reports.  Hot partitions: core.tick_partition_drop.

-- At most so many days of one monitor at once: some hundred rows.
create or replace function core.retention_days_max() returns integer
language sql immutable parallel safe as $$ select 31 $$;

create or replace function core.retention_incidents_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

-- Between two passes; a change of settings begins one at once.
create or replace function core.retention_pause() returns interval
language sql immutable parallel safe as $$ select interval '6 hours' $$;

-- Of which table the months and monitors of a class are.
create or replace function core.retention_relation(class text) returns text
language sql immutable parallel safe as $$
    select case class when 'ticks' then 'tick_sealed' else 'tick_day' end
$$;

-- Drops the oldest month of that table if all of it is before the day, and before all hot days:
-- these may still be packed into it.  As core.tick_partition_drop: gives up rather than make others
-- wait.
create or replace function core.retention_month_drop(relation text, day date) returns boolean
language plpgsql volatile as $$
declare
    oldest text;
    timeout text := current_setting('lock_timeout');
    dropped boolean := false;
begin
    select min(c.relname) into oldest
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     where i.inhparent = ('betterstack.' || relation)::regclass
       and c.relname ~ ('^' || relation || '_[0-9]{6}$');
    if oldest is null or retention_month_drop.day is null
       or to_date(right(oldest, 6), 'YYYYMM') + interval '1 month'
          > least(retention_month_drop.day, core.tick_partition_oldest()) then
        return false;
    end if;
    perform set_config('lock_timeout', '300ms', true);
    begin
        execute format('drop table betterstack.%I', oldest);
        dropped := true;
    exception when lock_not_available then
        null;
    end;
    perform set_config('lock_timeout', timeout, true);
    return dropped;
end
$$;

-- The next monitor that has rows; null: there is none.
create or replace function core.retention_next(class text, after integer) returns integer
language plpgsql stable as $$
declare
    found integer;
begin
    if class = 'ticks' then
        select min(s.monitor_id) into found from betterstack.tick_sealed s
         where s.monitor_id > after;
    else
        select min(d.monitor_id) into found from betterstack.tick_day d where d.monitor_id > after;
    end if;
    return found;
end
$$;

create or replace function core.retention_oldest(class text, monitor integer, before date)
    returns date
language plpgsql stable as $$
declare
    oldest date;
begin
    case class
    when 'ticks' then
        select min(s.day) into oldest from betterstack.tick_sealed s
         where s.monitor_id = monitor and s.day < before;
    when 'hours' then
        select min(d.day) into oldest from betterstack.tick_day d
         where d.monitor_id = monitor and d.day < before and d.hours <> '';
    else
        select min(d.day) into oldest from betterstack.tick_day d
         where d.monitor_id = monitor and d.day < before;
    end case;
    return oldest;
end
$$;

-- A step: the oldest days of one monitor before that day.  False: there are none left.
create or replace function core.retention_monitor_step(class text, monitor integer, before date)
    returns boolean
language plpgsql volatile as $$
declare
    first date := core.retention_oldest(class, monitor, before);
    until date := least(before, first + core.retention_days_max());
begin
    if first is null then
        return false;
    end if;
    case class
    when 'ticks' then
        -- In the order of core.seal_store.  Late ticks: those of days that were full.
        delete from betterstack.tick_sealed s
         where s.monitor_id = monitor and s.day >= first and s.day < until;
        delete from betterstack.tick_evidence e
         where e.monitor_id = monitor and e.day >= first and e.day < until;
        delete from betterstack.tick_late l
         where l.monitor_id = monitor and l.slot >= core.day_begin(first)
           and l.slot < core.day_begin(until);
    when 'hours' then
        update betterstack.tick_day d set hours = ''
         where d.monitor_id = monitor and d.day >= first and d.day < until and d.hours <> '';
    else
        delete from betterstack.tick_day d
         where d.monitor_id = monitor and d.day >= first and d.day < until;
    end case;
    return true;
end
$$;

-- Before which day a monitor's rows go; null: none.  Of one that is gone all do.
create or replace function core.retention_monitor_cutoff(class text, monitor integer,
    at timestamptz) returns date
language plpgsql stable as $$
declare
    team integer;
begin
    select m.team_id into team from betterstack.monitor m where m.id = monitor;
    if not found then
        return 'infinity';
    end if;
    return core.retention_cutoff(class, team, at);
end
$$;

-- The oldest of a team's incidents (0: the installation's) that ended before the day.  False: there
-- are none left.  An incident that somebody changes at this moment is left for another time.
create or replace function core.retention_incidents_step(team integer, before date)
    returns boolean
language plpgsql volatile as $$
begin
    delete from betterstack.incident i
     where i.id in (
        select o.id from betterstack.incident o
         where coalesce(o.team_id, 0) = team
           and o.started_at < before::timestamp at time zone 'UTC'
           and o.resolved_at < before::timestamp at time zone 'UTC'
         order by o.started_at, o.id limit core.retention_incidents_max()
           for update skip locked);
    return found;
end
$$;

-- One step of a class for whoever comes after `pass.next_id`; the id that is done by it, or null:
-- the pass is over.
create or replace function core.retention_step(pass betterstack.retention_pass, at timestamptz)
    returns integer
language plpgsql volatile as $$
declare
    id integer;
    before date;
begin
    if pass.class = 'incidents' then
        select min(t.id) into id from (select 0 as id union all
            select s.id from betterstack.team s) t where t.id > pass.next_id;
        before := core.retention_cutoff('incidents', id, at);
        if id is not null and before is not null
           and core.retention_incidents_step(id, before) then
            return id - 1;
        end if;
        return id;
    end if;
    id := core.retention_next(pass.class, pass.next_id);
    before := core.retention_monitor_cutoff(pass.class, id, at);
    if id is not null and before is not null
       and core.retention_monitor_step(pass.class, id, before) then
        return id - 1;
    end if;
    return id;
end
$$;

-- Steps of one class until the time is over.  False: its pass is over, or not due.
create or replace function core.retention_class_run(class text, at timestamptz,
    deadline timestamptz) returns boolean
language plpgsql volatile as $$
declare
    pass betterstack.retention_pass;
begin
    select p.* into pass from betterstack.retention_pass p
     where p.class = retention_class_run.class and p.next_at <= at for update;
    if not found then
        return false;
    end if;
    loop
        pass.next_id := core.retention_step(pass, at);
        exit when pass.next_id is null or clock_timestamp() > deadline;
    end loop;
    update betterstack.retention_pass p
       set next_id = coalesce(pass.next_id, -1),
           next_at = case when pass.next_id is null then at + core.retention_pause()
                     else p.next_at end
     where p.class = pass.class;
    return pass.next_id is not null;
end
$$;

create or replace function core.retention_months_run(at timestamptz) returns boolean
language sql volatile as $$
    select bool_or(core.retention_month_drop(r.relation,
                       core.retention_cutoff_of_all(r.class, at)))
      from (values ('tick_evidence', 'ticks'), ('tick_sealed', 'ticks'),
                   ('tick_day', 'days')) r (relation, class)
$$;

-- True: there is more to do at once.
create or replace function core.retention_run(at timestamptz, budget interval) returns boolean
language plpgsql volatile as $$
declare
    deadline timestamptz := clock_timestamp() + budget;
    class text;
begin
    if core.retention_months_run(at) then
        return true;
    end if;
    foreach class in array core.retention_classes() loop
        if core.retention_class_run(class, at, deadline) then
            return true;
        end if;
    end loop;
    return false;
end
$$;
