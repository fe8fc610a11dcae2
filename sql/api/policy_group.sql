-- Groups of policies and of urgencies: list, get, create, change, delete.

create or replace function api.policy_group_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_list('policy_group', core.caller(credential),
                                 core.body_object(query));
end
$$;

create or replace function api.policy_group_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_get('policy_group', core.caller(credential), id);
end
$$;

create or replace function api.policy_group_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_create('policy_group', core.caller_active(credential),
                                   core.body_object(body), clock_timestamp());
end
$$;

create or replace function api.policy_group_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_update('policy_group', core.caller_active(credential), id,
                                   core.body_object(body), clock_timestamp());
end
$$;

create or replace function api.policy_group_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_delete('policy_group', core.caller_active(credential), id);
end
$$;

create or replace function api.urgency_group_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_list('urgency_group', core.caller(credential),
                                 core.body_object(query));
end
$$;

create or replace function api.urgency_group_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_get('urgency_group', core.caller(credential), id);
end
$$;

create or replace function api.urgency_group_create(credential bytea, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_create('urgency_group', core.caller_active(credential),
                                   core.body_object(body), clock_timestamp());
end
$$;

create or replace function api.urgency_group_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_update('urgency_group', core.caller_active(credential), id,
                                   core.body_object(body), clock_timestamp());
end
$$;

create or replace function api.urgency_group_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return core.alert_group_delete('urgency_group', core.caller_active(credential), id);
end
$$;
