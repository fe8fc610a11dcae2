-- History of states: one span after the other, from a monitor's beginning on.  Called by triggers
-- under the lock of the row that changed (monitor_state, heartbeat); takes no other lock.

-- A state may begin before the last one did: the probe that showed it came earlier, or the clock
-- was set back.  Of what was put down since, so many spans at most are taken back; where there are
-- more the clock is wrong now, and what was put down stays.
create or replace function core.spans_taken_back_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.state_span_write(monitor_id integer, state smallint,
    since timestamptz, suppressed_by integer) returns void
language plpgsql volatile as $$
declare
    began timestamptz := since;
    later timestamptz[];
begin
    update betterstack.state_span s set ended_at = since
     where s.monitor_id = state_span_write.monitor_id and s.ended_at is null
       and s.began_at < since;
    if not found then
        later := array(select s.began_at from betterstack.state_span s
                        where s.monitor_id = state_span_write.monitor_id and s.began_at >= since
                        order by s.began_at desc limit core.spans_taken_back_max() + 1);
        if cardinality(later) > core.spans_taken_back_max() then
            began := later[1];
        end if;
        delete from betterstack.state_span s
         where s.monitor_id = state_span_write.monitor_id and s.began_at >= began;
        update betterstack.state_span s set ended_at = began
         where s.monitor_id = state_span_write.monitor_id and s.ended_at > began
           and s.began_at = (select max(o.began_at) from betterstack.state_span o
                              where o.monitor_id = state_span_write.monitor_id);
    end if;
    insert into betterstack.state_span (monitor_id, began_at, state, suppressed_by)
    values (state_span_write.monitor_id, began, state_span_write.state,
            state_span_write.suppressed_by);
end
$$;

-- Running is up, and so is late, which is no more than awaited.
create or replace function core.heartbeat_span_state(state text, heard boolean) returns smallint
language sql immutable parallel safe as $$
    select case state when 'pending' then 0 when 'down' then 3 when 'paused' then 4
                      when 'maintenance' then 8
                      when 'late' then case when heard then 1 else 0 end else 1 end::smallint
$$;

create or replace function core.heartbeat_span_write(heartbeat_id integer, state text,
    heard boolean, since timestamptz) returns void
language plpgsql volatile as $$
declare
    began timestamptz := since;
    number smallint := core.heartbeat_span_state(state, heard);
    later timestamptz[];
begin
    if exists (select from betterstack.heartbeat_span s
                where s.heartbeat_id = heartbeat_span_write.heartbeat_id and s.ended_at is null
                  and s.state = number and s.began_at <= since) then
        return;
    end if;
    update betterstack.heartbeat_span s set ended_at = since
     where s.heartbeat_id = heartbeat_span_write.heartbeat_id and s.ended_at is null
       and s.began_at < since;
    if not found then
        later := array(select s.began_at from betterstack.heartbeat_span s
                        where s.heartbeat_id = heartbeat_span_write.heartbeat_id
                          and s.began_at >= since
                        order by s.began_at desc limit core.spans_taken_back_max() + 1);
        if cardinality(later) > core.spans_taken_back_max() then
            began := later[1];
        end if;
        delete from betterstack.heartbeat_span s
         where s.heartbeat_id = heartbeat_span_write.heartbeat_id and s.began_at >= began;
        update betterstack.heartbeat_span s set ended_at = began
         where s.heartbeat_id = heartbeat_span_write.heartbeat_id and s.ended_at > began
           and s.began_at = (select max(o.began_at) from betterstack.heartbeat_span o
                              where o.heartbeat_id = heartbeat_span_write.heartbeat_id);
    end if;
    insert into betterstack.heartbeat_span (heartbeat_id, began_at, state)
    values (heartbeat_span_write.heartbeat_id, began, number);
end
$$;

create or replace function core.spans_expire_max() returns integer
language sql immutable parallel safe as $$ select 10000 $$;

-- Kept for as long as anybody's incidents are.
create or replace function core.spans_expire(at timestamptz) returns void
language plpgsql volatile as $$
declare
    before timestamptz := core.retention_cutoff_of_all('incidents', at)::timestamp
                          at time zone 'UTC';
begin
    if before is null then
        return;
    end if;
    delete from betterstack.state_span s
     where s.ctid = any (array(
           select o.ctid from betterstack.state_span o where o.ended_at < before
            order by o.ended_at limit core.spans_expire_max() for update skip locked));
    delete from betterstack.heartbeat_span s
     where s.ctid = any (array(
           select o.ctid from betterstack.heartbeat_span o where o.ended_at < before
            order by o.ended_at limit core.spans_expire_max() for update skip locked));
end
$$;
