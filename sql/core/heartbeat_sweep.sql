-- What time alone decides about heartbeats, and their incidents: each opened once, by whichever hub
-- looks first, because the row is locked and keeps the incident's id.

create or replace function core.heartbeat_sweep_max() returns integer
language sql immutable parallel safe as $$ select 250 $$;

-- Absences are remembered as long as any deadline may reach back.
create or replace function core.hub_absences_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- Notes this look, and an absence of all hubs before it.  A clock that was set back is none, and what
-- it said of later was not so: nobody would be missed until then.
create or replace function core.heartbeat_watch(at timestamptz) returns void
language plpgsql volatile as $$
declare
    last timestamptz;
begin
    select w.last_at into last from betterstack.heartbeat_watch w for update;
    if last < at - core.hub_gone_after() then
        insert into betterstack.hub_absence (since, until) values (last, at)
        on conflict on constraint hub_absence_pkey do update set until = excluded.until;
        delete from betterstack.hub_absence a
         where a.since < (select o.since from betterstack.hub_absence o
                           order by o.since desc offset core.hub_absences_max() limit 1);
    elsif last > at then
        delete from betterstack.hub_absence a where a.since >= at;
        update betterstack.hub_absence a set until = at where a.until > at;
    end if;
    update betterstack.heartbeat_watch w set last_at = at where w.last_at is distinct from at;
end
$$;

-- Why its incident ends, as the half of a sentence.
create or replace function core.heartbeat_why(h betterstack.heartbeat) returns text
language sql immutable parallel safe as $$
    select case when h.paused then 'paused' when h.heard then 'has reported success'
                else 'is waited for anew' end
$$;

create or replace function core.heartbeat_incident_is_open(id bigint) returns boolean
language sql stable as $$
    select exists (select from betterstack.incident i where i.id = heartbeat_incident_is_open.id
                      and i.resolved_at is null)
$$;

-- Opens its incident, tells it more, or ends it.  What fails again after a person has resolved it
-- is another incident.
create or replace function core.heartbeat_tell(h betterstack.heartbeat, at timestamptz)
    returns betterstack.heartbeat
language plpgsql volatile as $$
declare
    facts jsonb;
begin
    if h.trouble is null or h.paused then
        perform core.incident_end(h.incident_id, null, at, core.heartbeat_why(h));
        h.incident_id := null;
        h.told_at := null;
        return h;
    end if;
    facts := core.heartbeat_detection(h, at);
    if h.incident_id is not null and core.heartbeat_incident_is_open(h.incident_id) then
        perform core.incident_note(h.incident_id, null, at, 'failed_again',
                                   jsonb_build_object('text', facts ->> 'text'));
    else
        h.incident_id := core.incident_begin(null, 'heartbeat', at, true, facts);
    end if;
    h.told_at := h.trouble_at;
    return h;
end
$$;

-- One of those that are due.  After our absence silence means nothing until quiet_until.
create or replace function core.heartbeat_look(h betterstack.heartbeat, quiet_until timestamptz,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    before text := h.state;
    incident_before bigint := h.incident_id;
begin
    h := core.heartbeat_judge(h, at, quiet_until <= at);
    if core.heartbeat_is_untold(h) and coalesce(h.settle_until <= at, true) then
        h := core.heartbeat_tell(h, at);
        h.due_at := core.heartbeat_due(h, at);
    end if;
    if h.due_at <= at then
        h.due_at := greatest(quiet_until, at);
    end if;
    perform core.heartbeat_write(h);
    if h.state <> before or h.incident_id is distinct from incident_before then
        perform core.live_publish('heartbeat', h.team_id, 'changed', h.id);
    end if;
end
$$;

-- One that cannot be decided keeps no other from its turn, and is tried again.
create or replace function core.heartbeat_again_after() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

-- Returns how many were looked at.
create or replace function core.heartbeat_sweep(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    h betterstack.heartbeat;
    quiet_until timestamptz := coalesce((select w.quiet_until from betterstack.sweep w), at);
    looked integer := 0;
begin
    perform core.heartbeat_watch(at);
    for h in select t.* from betterstack.heartbeat t where t.due_at <= at
              order by t.due_at limit core.heartbeat_sweep_max() for no key update skip locked
    loop
        begin
            perform core.heartbeat_look(h, quiet_until, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'heartbeat % cannot be decided: %', h.id, sqlerrm;
            update betterstack.heartbeat t set due_at = at + core.heartbeat_again_after()
             where t.id = h.id;
        end;
        looked := looked + 1;
    end loop;
    return looked;
end
$$;
