-- A person's own ways of being told, by policies: list, get, create, change, delete, test.

create or replace function api.contact_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    return core.channel_list(caller, caller.user_id, query);
end
$$;

create or replace function api.contact_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    return core.channel_get(caller, caller.user_id, id);
end
$$;

create or replace function api.contact_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    return core.channel_create(caller, caller.user_id, body);
end
$$;

create or replace function api.contact_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    return core.channel_update(caller, caller.user_id, id, body);
end
$$;

create or replace function api.contact_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    return core.channel_delete(caller, caller.user_id, id);
end
$$;

-- Its body has no members.
create or replace function api.contact_test(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    return core.channel_test(caller, caller.user_id, id, body);
end
$$;
