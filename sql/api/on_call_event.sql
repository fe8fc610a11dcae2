-- The events of an on-call calendar: who is on call beside its rotation, or (override) instead of
-- it.

-- All of them, as documented; core.on_call_events_max says how many there may be.
create or replace function api.on_call_event_list(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    calendar betterstack.on_call;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    calendar := core.on_call_find(caller.team_id, id);
    if calendar.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, json_build_object('events', (
        select coalesce(json_agg(core.on_call_event_json(e, caller.team_id)
                                 order by e.starts_at, e.id), '[]')
          from betterstack.on_call_event e where e.on_call_id = calendar.id))::text);
end
$$;

create or replace function api.on_call_event_get(credential bytea, id bigint, event_id bigint)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    e betterstack.on_call_event;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    e := core.on_call_event_find(core.on_call_find(caller.team_id, id), event_id);
    if e.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.on_call_event_json(e, caller.team_id)::text);
end
$$;

create or replace function api.on_call_event_create(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_event_create(caller.team_id, id, core.body_object(body),
                                     clock_timestamp());
end
$$;

create or replace function api.on_call_event_update(credential bytea, id bigint, event_id bigint,
    body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_event_update(caller.team_id, id, event_id, core.body_object(body),
                                     clock_timestamp());
end
$$;

create or replace function api.on_call_event_delete(credential bytea, id bigint, event_id bigint)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_event_delete(caller.team_id, id, event_id, clock_timestamp());
end
$$;
