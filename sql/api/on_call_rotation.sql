-- The rotation of an on-call calendar, of which there is one or none.

create or replace function api.on_call_rotation_get(credential bytea, id bigint)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    r betterstack.on_call_rotation;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.on_call_rotation o
     where o.on_call_id = (core.on_call_find(caller.team_id, on_call_rotation_get.id)).id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.on_call_rotation_body(r, caller.team_id));
end
$$;

create or replace function api.on_call_rotation_set(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_rotation_set(caller.team_id, id, core.body_object(body),
                                     clock_timestamp());
end
$$;

create or replace function api.on_call_rotation_delete(credential bytea, id bigint)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_rotation_delete(caller.team_id, id, clock_timestamp());
end
$$;
