-- The link in a message: what it is about, and acknowledging.  Who holds it needs no account; it
-- tells what the message told of one incident, and nothing of anything else.

create or replace function core.reply_bad_link() returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(404, 'This link is not valid, or its time is over')
$$;

-- Those who lost their access lose their links with it.
create or replace function core.acknowledge_receiver(c betterstack.channel, team_id integer)
    returns text
language plpgsql stable as $$
begin
    if c.user_id is null then
        return case when c.team_id = acknowledge_receiver.team_id then c.name end;
    elsif exists (select from betterstack.membership m
                   where m.user_id = c.user_id and m.team_id = acknowledge_receiver.team_id) then
        return core.caller_name(c.user_id);
    end if;
    return null;
end
$$;

-- The incident, and who holds the link; both null if it is worth nothing.  A bad signature takes
-- the same steps as an incident that is gone.
create or replace function core.acknowledge_read(token text, at timestamptz,
    out incident_id bigint, out receiver_name text)
language plpgsql stable as $$
declare
    link record := core.acknowledge_token_read(token, at);
    i betterstack.incident;
begin
    select o.* into i from betterstack.incident o where o.id = coalesce(link.incident_id, 0);
    receiver_name := core.acknowledge_receiver(
        core.channel_of(coalesce(link.receiver, 'c0')), core.alert_team(i));
    incident_id := case when receiver_name is not null then i.id end;
    receiver_name := case when incident_id is not null then receiver_name end;
end
$$;

create or replace function core.acknowledge_body(incident_id bigint, receiver_name text)
    returns text
language plpgsql stable as $$
declare
    i betterstack.incident;
begin
    select o.* into i from betterstack.incident o where o.id = acknowledge_body.incident_id;
    return json_build_object('data', json_build_object('id', i.id::text,
        'type', 'acknowledgement', 'attributes', json_build_object(
            'incident_name', core.incident_full_name(i), 'cause', i.cause,
            'state', core.incident_state(i), 'started_at', core.iso(i.started_at),
            'acknowledged_at', core.iso(i.acknowledged_at), 'acknowledged_by', i.acknowledged_by,
            'resolved_at', core.iso(i.resolved_at), 'receiver_name', receiver_name,
            'can_acknowledge', core.incident_conflict(i, 'acknowledged') is null)))::text;
end
$$;

-- Changes nothing, however often mail servers and chats look at the link.
create or replace function api.acknowledge_get(token text) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    link record := core.acknowledge_read(token, clock_timestamp());
begin
    if link.incident_id is null then
        return core.reply_bad_link();
    end if;
    return core.reply(200, core.acknowledge_body(link.incident_id, link.receiver_name));
end
$$;

-- Read before the lock: nobody without a link gets it; and after it, because it may be gone.
create or replace function api.acknowledge(token text) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    link record := core.acknowledge_read(token, clock_timestamp());
    i betterstack.incident;
    conflict text;
begin
    if link.incident_id is not null then
        perform core.incident_lock();
        select o.* into i from betterstack.incident o where o.id = link.incident_id;
    end if;
    if i.id is null then
        return core.reply_bad_link();
    end if;
    conflict := core.incident_conflict(i, 'acknowledged');
    if conflict is not null then
        return core.reply_conflict(conflict);
    end if;
    perform core.incident_apply(i, 'acknowledged', clock_timestamp(), link.receiver_name);
    return core.reply(200, core.acknowledge_body(i.id, link.receiver_name), core.alert_team(i),
                      core.event_with_deliveries(core.event('incident', 'acknowledged',
                                                            i.id::text), core.alert_team(i)));
end
$$;
