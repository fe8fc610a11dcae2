-- Incidents, as the verdict and its like call them: begun, confirmed, ended.
--
-- Order of locks: monitor_state (or heartbeat) first, then core.incident_lock(), then rows of
-- incidents.  Whoever holds the lock of incidents and goes on to other monitors or heartbeats takes
-- theirs with `skip locked`, or has taken them before.  The lock is one for the installation:
-- reports meet incidents in any order, and would deadlock on their rows just when much fails at
-- once.
--
-- An incident_id of null or 0, or of an incident that was deleted, is no error: nothing happens.

create or replace function core.incident_lock() returns void
language sql volatile as $$
    select pg_advisory_xact_lock(1112756041, 0)     -- not by region, which is 1112756034
$$;

-- Failures with one visible cause are one incident if they begin within this time of the last.
create or replace function core.incident_window() returns interval
language sql immutable parallel safe as $$ select interval '5 minutes' $$;

create or replace function core.incident_entries_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

-- One line of the timeline.  Whoever waited for the lock may have an older clock than the line
-- before: the order is that of what was done.  What nobody did is left out when there is too much
-- of it; what people did has as much room again.
create or replace function core.incident_enter(incident_id bigint, monitor_id integer,
    at timestamptz, what text, detail jsonb default '{}', who text default null) returns void
language plpgsql volatile as $$
declare
    entered integer;
    moment timestamptz;
begin
    update betterstack.incident i
       set entries_count = i.entries_count + 1, last_entry_at = greatest(i.last_entry_at, at)
     where i.id = incident_enter.incident_id
    returning i.entries_count, i.last_entry_at into entered, moment;
    if entered <= core.incident_entries_max()
       or entered <= 2 * core.incident_entries_max()
          and (who is not null or what in ('confirmed', 'resolved'))
    then
        insert into betterstack.incident_entry (incident_id, at, what, monitor_id, who, detail)
        values (incident_enter.incident_id, moment, what, incident_enter.monitor_id, who,
                coalesce(detail, '{}'));
    end if;
end
$$;

-- The row, locked; null if there is none.
create or replace function core.incident_take(id bigint) returns betterstack.incident
language plpgsql volatile as $$
declare
    taken betterstack.incident;
begin
    if coalesce(id, 0) <> 0 then
        perform core.incident_lock();
        select i.* into taken from betterstack.incident i
         where i.id = incident_take.id for no key update;
    end if;
    return taken;
end
$$;

-- The first open incident that has one of these causes.  Each is looked for by itself (offset 0):
-- while thousands begin at once statistics know nothing, and the order would lead the planner
-- through all causes of the team.
create or replace function core.incident_open_with(team_id integer, keys text[], at timestamptz)
    returns bigint
language sql stable as $$
    select i.id
      from unnest(keys) k
     cross join lateral (
           select c.incident_id from betterstack.incident_cause c
            where c.team_id = incident_open_with.team_id and c.key = k offset 0) c
      join betterstack.incident i on i.id = c.incident_id
     where i.resolved_at is null
       and (i.kind not in ('failure', 'mass') or i.last_joined_at > at - core.incident_window())
     order by i.id limit 1
$$;

-- New, or joined to an open one with the same visible cause.  monitor_id null: detection says what
-- it is about: region (a slug), or heartbeat_id or slo_id, team_id, name and url; and `text`.
create or replace function core.incident_begin(monitor_id integer, kind text, at timestamptz,
    confirmed boolean, detection jsonb) returns bigint
language plpgsql volatile as $$
declare
    m betterstack.monitor;
    facts jsonb := core.incident_facts(detection);
    team integer;
    keys text[];
    id bigint;
begin
    perform core.incident_lock();
    if monitor_id is not null then
        select t.* into m from betterstack.monitor t where t.id = incident_begin.monitor_id;
        if not found then
            return null;
        end if;
        id := core.incident_of_monitor(m.id, kind, at);
        if id is not null then
            if confirmed then
                perform core.incident_confirm(id, m.id, at, detection);
            end if;
            return id;
        end if;
    end if;
    team := coalesce(m.team_id, core.json_integer(detection -> 'team_id'));
    keys := core.incident_keys(m, kind, facts, at);
    id := core.incident_open_with(coalesce(team, 0), keys, at);
    if id is null then
        id := core.incident_open(m, team, kind, at, facts);
        perform core.incident_enter(id, m.id, at, 'opened', core.incident_entry_detail(facts));
        perform core.incident_publish(team, 'opened', id);
    elsif m.id is not null then
        perform core.incident_enter(id, m.id, at, 'monitor_joined',
                                    core.incident_entry_detail(facts));
        perform core.incident_publish(team, 'changed', id);
    end if;
    insert into betterstack.incident_cause (team_id, key, incident_id)
    select coalesce(team, 0), k, id from unnest(keys) k
    on conflict on constraint incident_cause_pkey do update set incident_id = excluded.incident_id
     where incident_cause.incident_id <> excluded.incident_id;
    if m.id is not null then
        perform core.incident_join(id, m, kind, at, facts);
    end if;
    if confirmed then
        perform core.incident_confirm(id, m.id, at, detection);
    end if;
    return id;
end
$$;

-- The open incident of this kind in which the monitor is.  Where a person has resolved it and the
-- monitor fails anew, its part there ends.
create or replace function core.incident_of_monitor(monitor_id integer, kind text, at timestamptz)
    returns bigint
language plpgsql volatile as $$
declare
    id bigint;
begin
    select i.id into id
      from betterstack.incident_monitor im
      join betterstack.incident i on i.id = im.incident_id
     where im.monitor_id = incident_of_monitor.monitor_id and im.ended_at is null
       and i.kind = incident_of_monitor.kind and i.resolved_at is null
     order by i.id limit 1;
    if id is null then
        update betterstack.incident_monitor im set ended_at = greatest(at, im.started_at)
          from betterstack.incident i
         where im.monitor_id = incident_of_monitor.monitor_id and im.ended_at is null
           and i.id = im.incident_id and i.kind = incident_of_monitor.kind;
    end if;
    return id;
end
$$;

create or replace function core.incident_open(m betterstack.monitor, team_id integer, kind text,
    at timestamptz, facts jsonb) returns bigint
language plpgsql volatile as $$
declare
    made bigint;
begin
    insert into betterstack.incident (team_id, kind, name, url, http_method, cause, started_at,
        last_joined_at, heartbeat_id, slo_id, burn_rule, critical_alert, expires_at, slot_at,
        checked_at, reported_at, suspected_at, response_content)
    values (incident_open.team_id, kind, core.incident_name(m, kind, facts),
        coalesce(m.url, facts ->> 'url'),
        case when core.is_http(m.monitor_type) then m.http_method end,
        core.incident_summary(m, kind, facts, at), core.incident_started(facts, at), at,
        core.json_integer(facts -> 'heartbeat_id'), core.json_integer(facts -> 'slo_id'),
        core.json_integer(facts -> 'burn_rule'), (facts ->> 'critical_alert')::boolean,
        core.parse_time(facts ->> 'expires_at'),
        core.parse_time(facts ->> 'slot'), core.parse_time(facts ->> 'checked_at'),
        core.parse_time(facts ->> 'reported_at'), core.parse_time(facts ->> 'suspected_at'),
        core.incident_response(facts))
    returning id into made;
    return made;
end
$$;

create or replace function core.incident_join(id bigint, m betterstack.monitor, kind text,
    at timestamptz, facts jsonb) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
begin
    update betterstack.incident t
       set monitors_count = t.monitors_count + case when exists (
               select from betterstack.incident_monitor o
                where o.incident_id = t.id and o.monitor_id = m.id) then 0 else 1 end,
           last_joined_at = greatest(t.last_joined_at, at)
     where t.id = incident_join.id
    returning t.* into i;
    insert into betterstack.incident_monitor
           (incident_id, monitor_id, name, url, cause, started_at, regions, evidence)
    values (i.id, m.id, m.pronounceable_name, m.url, core.incident_cause(m, kind, facts, at),
            core.incident_started(facts, at), core.incident_regions(facts),
            core.incident_evidence(i, facts))
    on conflict on constraint incident_monitor_pkey do update   -- it came again at the same moment
       set ended_at = null, confirmed_at = null;
end
$$;

-- Confirmed after all by what was seen from elsewhere, or by time.  An incident that somebody had
-- resolved meanwhile is open again: no outage is swallowed.
create or replace function core.incident_confirm(incident_id bigint, monitor_id integer,
    at timestamptz, detection jsonb) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident := core.incident_take(incident_id);
    m betterstack.monitor;
    facts jsonb;
begin
    if i.id is null then
        return;
    end if;
    facts := core.incident_facts(detection);
    select t.* into m from betterstack.monitor t where t.id = incident_confirm.monitor_id;
    if m.id is not null then
        update betterstack.incident_monitor im
           set confirmed_at = at, cause = core.incident_cause(m, i.kind, facts, at),
               regions = array(select distinct r from unnest(im.regions
                                   || core.incident_regions(facts)) r order by r),
               evidence = case when im.evidence = '[]' then core.incident_evidence(i, facts)
                          else core.incident_evidence_merge(im.evidence, facts -> 'regions') end
         where im.incident_id = i.id and im.monitor_id = m.id and im.ended_at is null
           and im.confirmed_at is null;
        if not found then
            return;
        end if;
    elsif i.confirmed_at is not null then
        return;
    end if;
    if i.confirmed_at is null then
        update betterstack.incident t
           set confirmed_at = at, resolved_at = null, resolved_by = null,
               cause = core.incident_summary(m, i.kind, facts, at),
               slot_at = coalesce(core.parse_time(facts ->> 'slot'), t.slot_at),
               checked_at = coalesce(core.parse_time(facts ->> 'checked_at'), t.checked_at),
               reported_at = coalesce(core.parse_time(facts ->> 'reported_at'), t.reported_at),
               suspected_at = coalesce(core.parse_time(facts ->> 'suspected_at'), t.suspected_at),
               response_content = coalesce(core.incident_response(facts), t.response_content)
         where t.id = i.id;
        perform core.incident_enter(i.id, m.id, at, 'confirmed', core.incident_entry_detail(facts));
        perform core.incident_publish(i.team_id, case when i.resolved_at is null then 'confirmed'
                                                      else 'reopened' end, i.id);
        perform core.alert_incident(i.id, 'started', at);
    else
        perform core.incident_enter(i.id, m.id, at, 'monitor_confirmed',
                                    core.incident_entry_detail(facts));
        perform core.incident_publish(i.team_id, 'changed', i.id);
        perform core.alert_incident(i.id, 'joined', at, jsonb_build_object('monitor_id', m.id));
    end if;
end
$$;

-- Anything else that belongs into the timeline.  detail.text is shown as it is.
create or replace function core.incident_note(incident_id bigint, monitor_id integer,
    at timestamptz, what text, detail jsonb) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident := core.incident_take(incident_id);
begin
    if i.id is not null then
        perform core.incident_enter(i.id, incident_note.monitor_id, at, left(what, 64), detail);
        perform core.incident_publish(i.team_id, 'changed', i.id);
    end if;
end
$$;

-- Its words as they are by now; those of the incident are its first monitor's.  `i` was taken.
create or replace function core.incident_reword(i betterstack.incident, monitor_id integer,
    cause text, expires_at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.incident_monitor im set cause = incident_reword.cause
     where im.incident_id = i.id and im.monitor_id = incident_reword.monitor_id
       and im.ended_at is null and im.cause <> incident_reword.cause;
    if found and incident_reword.monitor_id = (
            select im.monitor_id from betterstack.incident_monitor im
             where im.incident_id = i.id and im.ended_at is null
             order by im.started_at, im.monitor_id limit 1) then
        update betterstack.incident t
           set cause = incident_reword.cause, expires_at = incident_reword.expires_at
         where t.id = i.id;
        perform core.incident_publish(i.team_id, 'changed', i.id);
    end if;
end
$$;

-- The monitor has nothing to do with it any more (null: none has).  Resolved when the last has
-- ended.
create or replace function core.incident_end(incident_id bigint, monitor_id integer,
    at timestamptz, why text) returns void
language plpgsql volatile as $$
declare
    i betterstack.incident := core.incident_take(incident_id);
    detail jsonb := jsonb_build_object('why', left(why, 500));
begin
    if i.id is null then
        return;
    end if;
    if incident_end.monitor_id is not null then
        update betterstack.incident_monitor im set ended_at = greatest(at, im.started_at)
         where im.incident_id = i.id and im.monitor_id = incident_end.monitor_id
           and im.ended_at is null;
        if not found then
            return;
        end if;
        if i.monitors_count > 1 or i.resolved_at is not null then
            perform core.incident_enter(i.id, incident_end.monitor_id, at, 'monitor_ended', detail);
            perform core.incident_publish(i.team_id, 'changed', i.id);
        end if;
    else
        update betterstack.incident_monitor im set ended_at = greatest(at, im.started_at)
         where im.incident_id = i.id and im.ended_at is null;
    end if;
    if i.resolved_at is null and not exists (
            select from betterstack.incident_monitor im
             where im.incident_id = i.id and im.ended_at is null) then
        perform core.incident_close(i, at, null);
        perform core.incident_enter(i.id, incident_end.monitor_id, at,
            case when i.confirmed_at is null then 'false_alarm' else 'resolved' end, detail);
        perform core.incident_publish(i.team_id, 'resolved', i.id);
        perform core.alert_incident(i.id, 'resolved', at);
    end if;
end
$$;

create or replace function core.incident_close(i betterstack.incident, at timestamptz, who text)
    returns void
language plpgsql volatile as $$
begin
    update betterstack.incident t
       set resolved_at = greatest(at, t.started_at), resolved_by = who
     where t.id = i.id;
    delete from betterstack.incident_cause c where c.incident_id = i.id;
end
$$;

-- It failed again while it was recovering.
create or replace function core.incident_again(incident_id bigint, monitor_id integer,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    perform core.incident_note(incident_id, monitor_id, at, 'failed_again', '{}');
end
$$;

-- Paused or deleted: its part in every open incident ends.
create or replace function core.incident_leave(monitor_id integer, at timestamptz, why text)
    returns void
language plpgsql volatile as $$
begin
    perform from betterstack.monitor_state s where s.monitor_id = incident_leave.monitor_id
        for no key update;
    if not exists (select from betterstack.incident_monitor im
                    where im.monitor_id = incident_leave.monitor_id and im.ended_at is null) then
        return;
    end if;
    perform core.incident_lock();
    perform core.incident_end(im.incident_id, im.monitor_id, at, why)
       from betterstack.incident_monitor im
      where im.monitor_id = incident_leave.monitor_id and im.ended_at is null
      order by im.incident_id;
end
$$;
