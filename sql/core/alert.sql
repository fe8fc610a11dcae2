-- Who is told of what happens to an incident.  Called in the transaction in which it happens, by
-- whoever has the lock of incidents: what was committed is told, and nothing else.

-- What the installation finds out about itself is told to the team of its oldest administrator.
create or replace function core.alert_team(i betterstack.incident) returns integer
language sql stable as $$
    select coalesce(i.team_id, (
        select m.team_id from betterstack.app_user u
          join betterstack.membership m on m.user_id = u.id
         where u.administrator order by u.id, m.team_id limit 1))
$$;

-- Does the channel want to hear of this event?
create or replace function core.alert_wanted(c betterstack.channel, event text) returns boolean
language plpgsql immutable parallel safe as $$
begin
    return coalesce(c.enabled and (event = any (c.events) or event = 'escalated'
           or core.channel_opens_and_closes(c.kind)
              and event in ('started', 'resolved', 'reopened')), false);
end
$$;

-- All channels of the team that hear of all incidents, whatever the policy is.
create or replace function core.alert_everywhere(i betterstack.incident, team integer,
    e betterstack.escalation, detail jsonb, at timestamptz) returns void
language plpgsql volatile as $$
declare
    channels betterstack.channel[] := array(
        select o from betterstack.channel o
         where o.team_id = team and o.user_id is null and o.all_incidents
           and core.alert_wanted(o, 'started') order by o.id);
begin
    perform core.escalation_write(i, team, channels, e.number, coalesce(
        (detail ->> 'critical')::boolean,
        e.policy_name is null and e.ways -> 'critical_alert' = 'true'), detail, true, at);
end
$$;

-- The beginning, or (anew) another one.
create or replace function core.alert_started(i betterstack.incident, detail jsonb,
    anew boolean, at timestamptz) returns void
language plpgsql volatile as $$
declare
    team integer := core.alert_team(i);
    old betterstack.escalation;
    e betterstack.escalation;
begin
    select o.* into old from betterstack.escalation o where o.incident_id = i.id;
    if old.incident_id is not null and not anew then
        return;
    end if;
    e := core.escalation_new(i, team, core.escalation_monitor(i), old.number, at);
    if core.escalation_is_silent(e) then
        perform core.escalation_note(e, 'escalation_silent', null, at);
    else
        perform core.alert_everywhere(i, team, e, detail, at);
    end if;
    if i.acknowledged_at is not null then       -- somebody was faster than its confirmation
        e.next_at := null;
        e.stopped_at := at;
    end if;
    perform core.escalation_run(i, e, team, at);
end
$$;

-- Was the receiver told of it in spite of quiet hours?  Then it is reminded like that.
create or replace function core.alert_is_critical(incident_id bigint, receiver text)
    returns boolean
language plpgsql stable as $$
begin
    return exists (select from betterstack.delivery d
                    where d.incident_id = alert_is_critical.incident_id
                      and d.receiver = alert_is_critical.receiver and d.critical);
end
$$;

-- Those who were told of it, and those who want to hear of this but not of beginnings.
create or replace function core.alert_told(i betterstack.incident, team integer)
    returns setof text
language plpgsql stable as $$
begin
    return query
        select r.receiver from (
            select d.receiver, min(d.id) as first from betterstack.delivery d
             where d.incident_id = i.id and d.state <> 6 group by d.receiver
            union all
            select 'c' || c.id, 9223372036854775807 from betterstack.channel c
             where c.team_id = team and c.user_id is null and c.all_incidents
               and 'started' <> all (c.events) and not core.channel_opens_and_closes(c.kind)
               and not exists (select from betterstack.escalation e
                                where e.incident_id = i.id and core.escalation_is_silent(e))) r
         group by r.receiver order by min(r.first);
end
$$;

-- Who has left the team hears nothing more; an alert that it keeps open elsewhere is closed.
create or replace function core.alert_may_hear(c betterstack.channel, team integer, event text)
    returns boolean
language plpgsql stable as $$
begin
    return c.user_id is null or exists (
               select from betterstack.membership m
                where m.user_id = c.user_id and m.team_id = alert_may_hear.team)
        or event = 'resolved' and core.channel_opens_and_closes(c.kind);
end
$$;

-- It is over: what nobody has sent yet is not sent any more.  How the receiver is to be told of the
-- end: 'told' (it knows of the beginning), 'unheard' (this is the first), or null (not at all).
create or replace function core.alert_supersede(c betterstack.channel, incident_id bigint,
    at timestamptz) returns text
language plpgsql volatile as $$
declare
    d betterstack.delivery;
    heard boolean := false;
    passed boolean := false;
    any_at_all boolean := false;
begin
    if core.channel_opens_and_closes(c.kind) then
        return 'told';
    end if;
    for d in select o.* from betterstack.delivery o
              where o.incident_id = alert_supersede.incident_id
                and o.receiver = core.channel_receiver(c) order by o.id for no key update
    loop
        any_at_all := true;
        if d.state = 0 and not d.unsure then
            -- Before the end of quiet hours nobody is to be woken for what is over.  What waits
            -- would have come after an earlier one.
            passed := passed or d.pace_at <= at and not d.waiting;
            update betterstack.delivery t
               set state = case when d.pace_at <= at and (passed or heard) then 4 else 6 end,
                   finished_at = at, next_at = 'infinity', waiting = false
             where t.id = d.id;
        else
            heard := heard or d.state in (0, 1, 2, 5);
        end if;
    end loop;
    return case when heard or not any_at_all then 'told' when passed then 'unheard' end;
end
$$;

-- Everything after the beginning.
create or replace function core.alert_others(i betterstack.incident, event text, number bigint,
    detail jsonb, at timestamptz) returns void
language plpgsql volatile as $$
declare
    c betterstack.channel;
    team integer := core.alert_team(i);
    message jsonb := core.alert_message(i, event, detail, at);
    knows text := 'told';
    told text;
begin
    for told in select t from core.alert_told(i, team) t loop
        c := core.channel_of(told);
        continue when c.kind is null;
        if event = 'resolved' then
            knows := core.alert_supersede(c, i.id, at);
        end if;
        continue when knows is null or not core.alert_wanted(c, event)
                      or not core.alert_may_hear(c, team, event);
        perform core.delivery_write(c, team, i.id, event, number, number::text,
            case when knows = 'told' then message else message || jsonb_build_object(
                'title', core.alert_title(i, event, detail, true, at)) end,
            coalesce((detail ->> 'critical')::boolean,
                     event = 'reopened' and core.alert_is_critical(i.id, told)), at);
    end loop;
end
$$;

-- event: started, acknowledged, resolved, reopened, comment, joined (detail.monitor_id).  Of an
-- unconfirmed incident nobody is told.  detail: comment, author, critical, number (which of its
-- kind).
create or replace function core.alert_incident(incident_id bigint, event text, at timestamptz,
    detail jsonb default '{}') returns void
language plpgsql volatile as $$
declare
    i betterstack.incident;
begin
    select o.* into i from betterstack.incident o where o.id = alert_incident.incident_id;
    if i.id is null or i.confirmed_at is null then
        return;
    elsif event = 'started' then
        perform core.alert_started(i, detail, false, at);
        return;
    elsif event = 'joined' then
        perform core.escalation_join(i, core.json_integer(detail -> 'monitor_id'), at);
        return;
    elsif event in ('acknowledged', 'resolved') then
        perform core.escalation_stop(i.id, event = 'resolved', at);
    end if;
    perform core.alert_others(i, event, coalesce((detail ->> 'number')::bigint, 1 + (
        select count(distinct d.number) from betterstack.delivery d
         where d.incident_id = i.id and d.event = alert_incident.event)), detail, at);
    if event = 'reopened' then
        perform core.alert_started(i, detail, true, at);
    end if;
end
$$;

-- The id of a message to try a channel with.
create or replace function core.alert_test(c betterstack.channel, at timestamptz) returns bigint
language plpgsql volatile as $$
begin
    return core.delivery_write(c, c.team_id, null, 'test', core.ms(at), core.ms(at)::text,
        jsonb_strip_nulls(jsonb_build_object('event', 'test', 'test', true, 'severity', 'info',
            'title', 'This is a test of ' || c.name,
            'text', 'BetterStack can reach you here. Nothing is wrong.', 'state', 'resolved',
            'dedup_key', (select n.name from betterstack.installation n) || '-test-' || c.id,
            'url', core.public_link('/'), 'started_at', core.iso(at), 'started_ms', core.ms(at),
            'team', (select t.name from betterstack.team t where t.id = c.team_id))), false, at,
        case when core.channel_opens_and_closes(c.kind) then -core.ms(at) end);
end
$$;
