-- Urgencies: list, get, create, change, delete.

create or replace function api.urgency_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    items text;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.urgency u where u.team_id = caller.team_id;
    select string_agg(core.urgency_json(p.u)::text, ',' order by (p.u).id) into items
      from (select u from betterstack.urgency u
             where u.team_id = caller.team_id order by u.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/urgencies', given, '{team_name,per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.urgency_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    u betterstack.urgency;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into u from betterstack.urgency t
     where t.id = urgency_get.id and t.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object('data', core.urgency_json(u))::text);
end
$$;

-- The team's row is locked, so that two at once do not go over its limit.
create or replace function api.urgency_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    u betterstack.urgency;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    change := core.urgency_change(null, core.body_object(body), caller.team_id,
                                  clock_timestamp());
    if (select count(*) from betterstack.urgency o where o.team_id = caller.team_id)
       >= core.urgencies_max()
    then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.urgencies_max() || ' urgencies; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    u := change.changed;
    u.id := nextval(pg_get_serial_sequence('betterstack.urgency', 'id'));
    insert into betterstack.urgency overriding system value select u.*;
    return core.reply(201, jsonb_build_object('data', core.urgency_json(u))::text,
                      caller.team_id, core.event('urgency', 'created', u.id::text));
end
$$;

create or replace function api.urgency_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    u betterstack.urgency;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into u from betterstack.urgency t
     where t.id = urgency_update.id and t.team_id = caller.team_id for update;
    if not found then
        return core.reply_not_found();
    end if;
    change := core.urgency_change(u, core.body_object(body), caller.team_id, clock_timestamp());
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    u := change.changed;
    update betterstack.urgency t
       set name = u.name, urgency_group_id = u.urgency_group_id, call = u.call, sms = u.sms,
           email = u.email, push = u.push, critical_alert = u.critical_alert,
           updated_at = u.updated_at
     where t.id = u.id;
    return core.reply(200, jsonb_build_object('data', core.urgency_json(u))::text,
                      caller.team_id, core.event('urgency', 'updated', u.id::text));
end
$$;

-- Steps that name it go on with the ways of the monitor or heartbeat.
create or replace function api.urgency_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    delete from betterstack.urgency t
     where t.id = urgency_delete.id and t.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(204, null, caller.team_id,
                      core.event('urgency', 'deleted', urgency_delete.id::text));
end
$$;
