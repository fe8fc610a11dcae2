-- Rolling up hours: which are due, and their ticks in steps.
--
-- An hour of a region is made when it has ended 2 minutes ago, and is due then.  A report that
-- brings ticks of an hour later than 90 s after its end marks it (core.hours_mark), in the
-- transaction that stores them: those that came earlier are committed before the hour is made, for
-- no report takes 30 s (the lane's statement_timeout).  So between the two nothing is lost, and
-- reports on time need not look at anything.
--
-- A pass goes through the monitors by id, a step at a time, each with a lease: whoever dies leaves
-- it to the others after half a minute.  Marks that come while a pass is under way make another.

create or replace function core.hour_ends_after() returns interval
language sql immutable parallel safe as $$ select interval '2 minutes' $$;

create or replace function core.hour_late_after() returns interval
language sql immutable parallel safe as $$ select interval '90 seconds' $$;

-- Late ticks seldom come alone.
create or replace function core.hour_again_after() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

create or replace function core.hour_lease() returns interval
language sql immutable parallel safe as $$ select interval '30 seconds' $$;

-- Of one monitor; and the monitors of one step.
create or replace function core.hour_ticks_max() returns integer
language sql immutable parallel safe as $$ select 7200 $$;

create or replace function core.hour_monitors_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- A mark that means: all monitors are done.
create or replace function core.hour_monitors_end() returns integer
language sql immutable parallel safe as $$ select 2147483647 $$;

-- Its ticks up to then are late at `at`.
create or replace function core.hour_late(at timestamptz) returns timestamptz
language sql stable parallel safe as $$
    select date_trunc('hour', at - core.hour_late_after(), 'UTC')
$$;

-- A sealed day needs no hours.
create or replace function core.hour_is_sealed(hour timestamptz) returns boolean
language sql stable as $$
    select exists (select from betterstack.day d
                    where d.day = (hour at time zone 'UTC')::date and d.state = 2)
$$;

-- Whether tick_hour has all that was measured in an hour.
create or replace function core.hour_is_known(region_id smallint, hour timestamptz)
    returns boolean
language sql stable as $$
    select exists (select from betterstack.hour h
                    where h.region_id = hour_is_known.region_id and h.hour = hour_is_known.hour
                      and h.due_at is null)
$$;

-- Hours that a report has brought late ticks of: at most those of 8 days.
create or replace function core.hours_mark(region_id smallint, slots bigint[], at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    late bigint := core.ms(core.hour_late(at));
    first bigint := core.report_slot_first(at);
begin
    insert into betterstack.hour as h (region_id, hour, due_at, marks)
    select hours_mark.region_id, l.hour, at + core.hour_again_after(), 1
      from (select distinct date_trunc('hour', core.from_ms(s), 'UTC') as hour
              from unnest(slots) s where s < late and s >= first) l
     where not core.hour_is_sealed(l.hour)
     order by l.hour
    on conflict on constraint hour_pkey do update
       set marks = h.marks + 1, due_at = coalesce(h.due_at, excluded.due_at);
end
$$;

-- Hours that have ended become due, a day's at once at most: after an upgrade, those of all days
-- that are hot.  A clock that was ahead and is set back takes back what was made too early.
create or replace function core.hours_make(at timestamptz) returns void
language plpgsql volatile as $$
declare
    ended timestamptz := date_trunc('hour', at - core.hour_ends_after(), 'UTC');
    made timestamptz;
begin
    select o.until into made from betterstack.hour_made o;
    if made = ended then
        return;
    end if;
    select o.until into made from betterstack.hour_made o for update;
    if made > ended then
        delete from betterstack.hour h where h.hour >= ended;
    else
        made := greatest(made, core.tick_partition_oldest()::timestamp at time zone 'UTC');
        ended := least(ended, made + interval '24 hours');
        insert into betterstack.hour (region_id, hour, due_at)
        select r.id, e.hour, at
          from betterstack.region r,
               generate_series(made, ended - interval '1 hour', '1 hour') as e (hour)
         where r.created_at < e.hour + interval '1 hour' and not core.hour_is_sealed(e.hour)
         order by r.id, e.hour
        on conflict do nothing;
    end if;
    update betterstack.hour_made set until = ended;
end
$$;

-- The newest hour that is due and that nobody is at, with a lease; a null row: there is none.
create or replace function core.hour_pick(at timestamptz) returns betterstack.hour
language plpgsql volatile as $$
declare
    h betterstack.hour;
begin
    loop
        select o.* into h from betterstack.hour o
         where (o.due_at <= at or o.due_at > at + core.hour_again_after())
           and (o.leased_until <= at or o.leased_until > at + core.hour_lease())
         order by o.hour desc, o.region_id limit 1 for update skip locked;
        exit when not found or not core.hour_is_sealed(h.hour)
              and exists (select from betterstack.region r where r.id = h.region_id);
        delete from betterstack.hour o where o.region_id = h.region_id and o.hour = h.hour;
    end loop;
    update betterstack.hour o
       set lease = o.lease + 1, leased_until = at + core.hour_lease(),
           pass_marks = case when o.next_monitor = 0 then o.marks else o.pass_marks end
     where o.region_id = h.region_id and o.hour = h.hour
    returning o.* into h;
    return h;
end
$$;

-- What was measured of a monitor in this hour: of two ticks with the same slot, in tick and
-- tick_late, the first stays, but one that was not measured gives way.
create or replace function core.hour_ticks(monitor_id integer, region_id smallint,
    hour timestamptz)
    returns table (status smallint, dns_us integer, connect_us integer, tls_us integer,
                   first_byte_us integer, total_us integer)
language sql stable as $$
    select t.status, t.dns_us, t.connect_us, t.tls_us, t.first_byte_us, t.total_us
      from betterstack.tick t
     where t.monitor_id = $1 and t.region_id = $2
       and betterstack.slot_hour(t.slot) = betterstack.slot_hour($3)
       and t.slot >= $3 and t.slot < $3 + interval '1 hour'
       and (t.status <> 0 or not exists (
               select from betterstack.tick_late l
                where l.monitor_id = $1 and l.region_id = $2 and l.slot = t.slot))
    union all
    select l.status, l.dns_us, l.connect_us, l.tls_us, l.first_byte_us, l.total_us
      from betterstack.tick_late l
     where l.monitor_id = $1 and l.region_id = $2 and l.slot >= $3
       and l.slot < $3 + interval '1 hour'
     limit core.hour_ticks_max()
$$;
