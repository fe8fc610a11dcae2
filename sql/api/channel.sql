-- Channels, where a team is told of incidents: list, get, create, change, delete, test.

create or replace function api.channel_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_list(core.caller(credential), null, query);
end
$$;

create or replace function api.channel_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_get(core.caller(credential), null, id);
end
$$;

create or replace function api.channel_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_create(core.caller_active(credential), null, body);
end
$$;

create or replace function api.channel_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_update(core.caller_active(credential), null, id, body);
end
$$;

create or replace function api.channel_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_delete(core.caller_active(credential), null, id);
end
$$;

-- Its body has no members.
create or replace function api.channel_test(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.channel_test(core.caller_active(credential), null, id, body);
end
$$;
