-- Policies: list, get, create, change, delete.

create or replace function api.policy_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    team integer;
    items text;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select t.id into team from betterstack.team t
     where t.id = caller.team_id
       and (not given ? 'team_name' or t.name = given ->> 'team_name');
    select count(*) into total from betterstack.policy p where p.team_id = team;
    select string_agg(core.policy_json(o.p)::text, ',' order by (o.p).id) into items
      from (select p from betterstack.policy p where p.team_id = team order by p.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) o;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v3/policies', given, '{team_name,per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.policy_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    p betterstack.policy;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into p from betterstack.policy t
     where t.id = policy_get.id and t.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object('data', core.policy_json(p))::text);
end
$$;

-- The team's row is locked, so that two at once do not go over its limit.
create or replace function api.policy_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    p betterstack.policy;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    change := core.policy_change(null, core.body_object(body), caller.team_id, clock_timestamp());
    if (select count(*) from betterstack.policy o where o.team_id = caller.team_id)
       >= core.policies_max()
    then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.policies_max() || ' policies; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    p := change.changed;
    p.id := nextval(pg_get_serial_sequence('betterstack.policy', 'id'));
    insert into betterstack.policy overriding system value select p.*;
    return core.reply(201, jsonb_build_object('data', core.policy_json(p))::text,
                      caller.team_id, core.event('policy', 'created', p.id::text));
end
$$;

-- Escalations under way go on with the steps that they began with.
create or replace function api.policy_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    p betterstack.policy;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into p from betterstack.policy t
     where t.id = policy_update.id and t.team_id = caller.team_id for no key update;
    if not found then
        return core.reply_not_found();
    end if;
    change := core.policy_change(p, core.body_object(body), caller.team_id, clock_timestamp());
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    p := change.changed;
    update betterstack.policy t
       set name = p.name, policy_group_id = p.policy_group_id, repeat_count = p.repeat_count,
           repeat_delay = p.repeat_delay, fallback_policy_id = p.fallback_policy_id,
           steps = p.steps, updated_at = p.updated_at
     where t.id = p.id;
    return core.reply(200, jsonb_build_object('data', core.policy_json(p))::text,
                      caller.team_id, core.event('policy', 'updated', p.id::text));
end
$$;

-- Monitors and heartbeats that refer to it go on without; their rows only after its own, as those
-- who make them refer to it do.  Steps of other policies that name it are skipped.
create or replace function api.policy_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    gone integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.id into gone from betterstack.policy t
     where t.id = policy_delete.id and t.team_id = caller.team_id for update;
    if not found then
        return core.reply_not_found();
    end if;
    perform core.monitor_forget_policy(gone, caller.team_id);
    update betterstack.heartbeat h set policy_id = null
      from (select o.id from betterstack.heartbeat o where o.policy_id = gone
             order by o.id for no key update) held
     where h.id = held.id;
    delete from betterstack.policy t where t.id = gone;
    return core.reply(204, null, caller.team_id, core.event('policy', 'deleted', gone::text));
end
$$;
