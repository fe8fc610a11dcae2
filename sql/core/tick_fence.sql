-- The fence of a day: from then on its partition of betterstack.tick does not change any more.

-- How many rows of this transaction were diverted: to whoever counts what was stored, they were.
create or replace function core.ticks_diverted() returns integer
language sql stable as $$
    select coalesce(nullif(current_setting('betterstack.diverted', true), ''), '0')::integer
$$;

-- Before a fenced partition would change: into betterstack.tick_late instead.  What the partition
-- has already is no news, and of two the first stays; but "not measured" gives way to measured.
create or replace function core.tick_divert() returns trigger
language plpgsql volatile as $$
declare
    diverted integer;
begin
    if exists (select from betterstack.tick t
                where t.monitor_id = new.monitor_id and t.region_id = new.region_id
                  and betterstack.slot_hour(t.slot) = betterstack.slot_hour(new.slot)
                  and t.slot = new.slot and (t.status <> 0 or new.status = 0)) then
        return null;
    end if;
    insert into betterstack.tick_late as late values (
        new.slot, new.monitor_id, new.lateness_ms, new.dns_us, new.connect_us, new.tls_us,
        new.first_byte_us, new.total_us, new.region_id, new.http_status, new.status, new.reason,
        new.attempts, new.address, new.evidence, new.flags)
    on conflict (monitor_id, region_id, slot) do update
       set lateness_ms = excluded.lateness_ms, dns_us = excluded.dns_us,
           connect_us = excluded.connect_us, tls_us = excluded.tls_us,
           first_byte_us = excluded.first_byte_us, total_us = excluded.total_us,
           http_status = excluded.http_status, status = excluded.status,
           reason = excluded.reason, attempts = excluded.attempts,
           address = excluded.address, evidence = excluded.evidence, flags = excluded.flags
     where late.status = 0 and excluded.status <> 0;
    get diagnostics diverted = row_count;
    if diverted > 0 then
        perform set_config('betterstack.diverted', (core.ticks_diverted() + 1)::text, true);
    end if;
    return null;
end
$$;

-- CREATE TRIGGER waits for those who write to the day, and those who come wait for it: not long,
-- and false if that was not enough.  Whoever writes afterwards meets the trigger, however old the
-- snapshot.
create or replace function core.day_fence(day date) returns boolean
language plpgsql volatile as $$
declare
    timeout text := current_setting('lock_timeout');
begin
    perform set_config('lock_timeout', '300ms', true);
    begin
        execute format('create or replace trigger divert before insert or update on betterstack.%I '
                       'for each row execute function core.tick_divert()',
                       core.tick_partition_name(day));
    exception when lock_not_available then
        perform set_config('lock_timeout', timeout, true);
        return false;
    end;
    perform set_config('lock_timeout', timeout, true);
    return true;
end
$$;
