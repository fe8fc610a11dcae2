-- A heartbeat's state: what its pings, its schedule and the time make of it.
--
-- Pings and the sweep change a row of betterstack.heartbeat by these functions, and write it.  What
-- is wrong with it (trouble: it failed, was missed, or overran its time) lasts until a success.  Only
-- the sweep finds that something was missed, and only the sweep opens and ends incidents; a ping
-- that calls for one makes the row due at once.

create or replace function core.heartbeat_zone(h betterstack.heartbeat) returns text
language plpgsql stable parallel safe as $$
begin
    return coalesce(core.zone_name(h.server_timezone), 'UTC');
end
$$;

-- Periods from an hour on follow the clocks of its server.
create or replace function core.heartbeat_next(h betterstack.heartbeat, after timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    length interval := h.period * interval '1 second';
begin
    if h.cron is not null then
        return core.cron_next(h.cron, core.heartbeat_zone(h), after);
    elsif h.server_timezone is null or h.period < 3600 then
        return after + length;
    end if;
    return core.zone_moment((after at time zone core.heartbeat_zone(h)) + length,
                            core.heartbeat_zone(h));
end
$$;

-- A clock that is ahead of ours lets a job call before its time: that call is of the run it comes
-- before, if it does so by less than a tenth of the time to the run after that one.
create or replace function core.heartbeat_early_max() returns interval
language sql immutable parallel safe as $$ select interval '30 seconds' $$;

create or replace function core.heartbeat_expected(h betterstack.heartbeat, heard timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    first timestamptz := core.heartbeat_next(h, heard);
    second timestamptz;
begin
    if h.cron is not null and first - heard <= core.heartbeat_early_max() then
        second := core.heartbeat_next(h, first);
        if first - heard <= (second - first) / 10 then
            return second;
        end if;
    end if;
    return first;
end
$$;

-- From now on it is waited for.
create or replace function core.heartbeat_arm(h betterstack.heartbeat, anchor timestamptz,
    expected timestamptz) returns betterstack.heartbeat
language plpgsql stable as $$
begin
    h.anchor_at := anchor;
    h.expected_at := expected;
    h.deadline_at := expected + h.grace * interval '1 second';
    return h;
end
$$;

-- Nothing is known about it any more.  What never called is not waited for.
create or replace function core.heartbeat_forget(h betterstack.heartbeat, at timestamptz)
    returns betterstack.heartbeat
language plpgsql stable as $$
begin
    h.heard := false;
    h.trouble := null;
    h.running_since := null;
    return core.heartbeat_arm(h, at, case when h.last_ping_at is not null
                                          then core.heartbeat_next(h, at) end);
end
$$;

-- The end of maintenance.  What is told of lasts until a success, as before; else what was wrong is
-- found out anew, and nothing was due meanwhile.
create or replace function core.heartbeat_wake(h betterstack.heartbeat, at timestamptz)
    returns betterstack.heartbeat
language plpgsql stable as $$
begin
    h.in_maintenance := false;
    if h.trouble is not null and h.incident_id is not null then
        h.told_at := h.trouble_at;
        return h;
    elsif h.trouble is not null
       or h.running_since + h.max_runtime * interval '1 second' <= at
    then
        return core.heartbeat_forget(h, at);
    elsif h.expected_at <= at then
        return core.heartbeat_arm(h, at, core.heartbeat_next(h, at));
    end if;
    return h;
end
$$;

-- The end of our last absence in which a ping may have been lost that was awaited in this time.
create or replace function core.hub_absent_until(h betterstack.heartbeat, since timestamptz,
    until timestamptz) returns timestamptz
language sql stable as $$
    select max(a.until) from betterstack.hub_absence a
     where a.until > greatest(hub_absent_until.since, h.anchor_at)
       and a.since < hub_absent_until.until
$$;

-- Whether its time is up.  A run that has a limit is waited for until then, and for no other.
create or replace function core.heartbeat_miss(h betterstack.heartbeat, at timestamptz)
    returns betterstack.heartbeat
language plpgsql stable as $$
declare
    run_until timestamptz := h.running_since + h.max_runtime * interval '1 second';
    absent_until timestamptz;
begin
    if coalesce(run_until, h.deadline_at) <= at then
        absent_until := core.hub_absent_until(h,
            coalesce(h.running_since, h.expected_at - h.grace * interval '1 second'),
            coalesce(run_until, h.deadline_at));
        if absent_until is not null then
            return core.heartbeat_forget(h, absent_until);
        end if;
        h.trouble := case when run_until is null then 'missed' else 'overran' end;
        h.trouble_at := coalesce(run_until, h.expected_at);
    end if;
    return h;
end
$$;

-- Whether its incident has to be opened, told more, or ended.  In maintenance it stays as it is.
create or replace function core.heartbeat_is_untold(h betterstack.heartbeat) returns boolean
language sql immutable parallel safe as $$
    select case when h.in_maintenance and not h.paused then false
                when h.trouble is null or h.paused then h.incident_id is not null
                else h.incident_id is null or h.told_at is distinct from h.trouble_at end
$$;

-- When the sweep has to look again; null: only a ping, or a person, changes anything.
create or replace function core.heartbeat_due(h betterstack.heartbeat, at timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    run_until timestamptz := h.running_since + h.max_runtime * interval '1 second';
begin
    if core.heartbeat_is_untold(h) then
        return greatest(at, h.settle_until);
    elsif h.paused or h.in_maintenance or h.trouble is not null then
        return null;
    end if;
    return coalesce(run_until,
        case when h.expected_at > at then h.expected_at else h.deadline_at end);
end
$$;

-- The word for it, since when, and when to look again.
create or replace function core.heartbeat_show(h betterstack.heartbeat, at timestamptz)
    returns betterstack.heartbeat
language plpgsql stable as $$
declare
    word text := case when h.paused then 'paused' when h.in_maintenance then 'maintenance'
                      when h.trouble is not null then 'down'
                      when h.running_since is not null then 'running'
                      when h.expected_at <= at then 'late'
                      when not h.heard then 'pending'
                      else 'up' end;
begin
    if word <> h.state then
        h.state := word;
        h.state_since := least(at, case word when 'running' then h.running_since
                                             when 'late' then h.expected_at
                                             when 'down' then h.trouble_at end);
    end if;
    h.due_at := core.heartbeat_due(h, at);
    return h;
end
$$;

-- What the time makes of it.  silence: nothing heard is something missed.
create or replace function core.heartbeat_judge(h betterstack.heartbeat, at timestamptz,
    silence boolean) returns betterstack.heartbeat
language plpgsql stable as $$
begin
    if h.in_maintenance and not h.in_window then
        h := core.heartbeat_wake(h, at);
    end if;
    h.in_maintenance := h.in_window;
    if silence and not h.paused and not h.in_maintenance and h.trouble is null then
        h := core.heartbeat_miss(h, at);
    end if;
    return core.heartbeat_show(h, at);
end
$$;

-- Writes what is known; settings are written by core.heartbeat_save.
create or replace function core.heartbeat_write(h betterstack.heartbeat) returns void
language plpgsql volatile as $$
begin
    update betterstack.heartbeat t
       set state = h.state, state_since = h.state_since, heard = h.heard, trouble = h.trouble,
           trouble_at = h.trouble_at, told_at = h.told_at, settle_until = h.settle_until,
           anchor_at = h.anchor_at, expected_at = h.expected_at, deadline_at = h.deadline_at,
           running_since = h.running_since, in_window = h.in_window,
           in_maintenance = h.in_maintenance, incident_id = h.incident_id, due_at = h.due_at,
           last_ping_at = h.last_ping_at, last_ping = h.last_ping,
           last_exit_code = h.last_exit_code, last_duration_ms = h.last_duration_ms,
           pings_count = h.pings_count
     where t.id = h.id;
end
$$;

-- Maintenance begins or ends for it, by a window or its daily one.  The sweep goes on from there.
create or replace function core.heartbeat_maintenance(heartbeat_id integer, active boolean,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    h betterstack.heartbeat;
begin
    update betterstack.heartbeat t set in_window = active, due_at = at
     where t.id = heartbeat_maintenance.heartbeat_id and t.in_window <> active
    returning t.* into h;
    if core.heartbeat_incident_is_open(h.incident_id) and not h.paused then
        perform core.incident_note(h.incident_id, null, at, case when active
            then 'maintenance_began' else 'maintenance_ended' end, null);
    end if;
end
$$;
