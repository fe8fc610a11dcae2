-- Channels, where a team is told of incidents: list, get, create, change, delete, test.

create or replace function api.channel_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_list(caller, null, query);
end
$$;

create or replace function api.channel_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_get(caller, null, id);
end
$$;

create or replace function api.channel_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_create(caller, null, body);
end
$$;

create or replace function api.channel_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_update(caller, null, id, body);
end
$$;

create or replace function api.channel_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_delete(caller, null, id);
end
$$;

-- Its body has no members.
create or replace function api.channel_test(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.channel_test(caller, null, id, body);
end
$$;
