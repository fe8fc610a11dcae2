-- What people do about an incident: acknowledge, resolve, reopen.

-- Who did it: the name that was given, or the caller's.
create or replace function core.incident_actor(given jsonb, field text, caller core.caller)
    returns text
language sql stable as $$
    select coalesce(nullif(btrim(given ->> field), ''), core.caller_name(caller.user_id))
$$;

create or replace function core.reply_conflict(message text) returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(409, message)
$$;

-- `action` on the incident, for all three.  Two people at once: the second is told so.
create or replace function core.incident_act(credential bytea, id bigint, body jsonb, action text,
    field text) returns api.reply
language plpgsql volatile as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb := core.check_members(given, array[field]);
    i betterstack.incident;
    conflict text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.incident_lock();
    i := core.incident_seen(caller.team_id, incident_act.id);
    if i.id is null then
        return core.reply_not_found();
    elsif core.incident_forbidden(caller, i) then
        return core.reply_not_administrator();
    end if;
    errors := core.complain(errors, field, core.check_text(given -> field, 255));
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    conflict := core.incident_conflict(i, action);
    if conflict is not null then
        return core.reply_conflict(conflict);
    end if;
    perform core.incident_apply(i, action, clock_timestamp(),
                                core.incident_actor(given, field, caller));
    return core.reply(200, core.incident_body(i.id), caller.team_id,
                      core.event_with_deliveries(core.event('incident', action, i.id::text),
                                                 caller.team_id));
end
$$;

-- Why this cannot be done now.
create or replace function core.incident_conflict(i betterstack.incident, action text) returns text
language sql immutable parallel safe as $$
    select case
        when action = 'reopened' and i.resolved_at is null then 'This incident is not resolved'
        when action <> 'reopened' and i.resolved_at is not null
            then 'This incident has already been resolved'
        when action = 'acknowledged' and i.acknowledged_at is not null
            then 'This incident has already been acknowledged'
    end
$$;

-- Monitors that still fail stay in a resolved incident with no end of their own, so that each end
-- is its own; and reopening finds them there.
create or replace function core.incident_apply(i betterstack.incident, action text,
    at timestamptz, who text) returns void
language plpgsql volatile as $$
begin
    if action = 'acknowledged' then
        update betterstack.incident t set acknowledged_at = at, acknowledged_by = who
         where t.id = i.id;
    elsif action = 'resolved' then
        perform core.incident_close(i, at, who);
    else
        update betterstack.incident t
           set resolved_at = null, resolved_by = null, acknowledged_at = null,
               acknowledged_by = null, confirmed_at = coalesce(t.confirmed_at, at)
         where t.id = i.id;
    end if;
    perform core.incident_enter(i.id, null, at, action, '{}', who);
    perform core.alert_incident(i.id, action, at);
end
$$;

create or replace function api.incident_acknowledge(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.incident_act(credential, id, body, 'acknowledged', 'acknowledged_by');
end
$$;

create or replace function api.incident_resolve(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.incident_act(credential, id, body, 'resolved', 'resolved_by');
end
$$;

create or replace function api.incident_reopen(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.incident_act(credential, id, body, 'reopened', 'reopened_by');
end
$$;
