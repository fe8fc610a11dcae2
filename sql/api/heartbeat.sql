-- Heartbeats: list, create, get, change, delete, another URL, their pings.  `query` holds `_url`,
-- by which the URL for pings is absolute.

create or replace function api.heartbeat_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    items text;
    total bigint;
    team integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select t.id into team from betterstack.team t
     where t.id = caller.team_id
       and (not given ? 'team_name' or t.name = given ->> 'team_name');
    select count(*) into total from betterstack.heartbeat h where h.team_id = team;
    select string_agg(core.heartbeat_json(p.h, given, now())::text, ',' order by (p.h).id)
      into items
      from (select h from betterstack.heartbeat h where h.team_id between team and team
             order by h.team_id, h.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/heartbeats', given, '{team_name,per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.heartbeat_get(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    h betterstack.heartbeat;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into h from betterstack.heartbeat t
     where t.id = heartbeat_get.id and t.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.heartbeat_body(h, query, now()));
end
$$;

-- The team's row is locked, so that two at once do not go over its limit.
create or replace function api.heartbeat_create(credential bytea, query jsonb, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    at timestamptz := clock_timestamp();
    change record;
    h betterstack.heartbeat;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    perform core.alert_ways_hold(core.body_object(body), caller.team_id);
    change := core.heartbeat_change(null, core.body_object(body), at);
    change.errors := change.errors || core.alert_ways_references(
        to_jsonb((change.changed).policy_id), null, caller.team_id);
    if (select count(*) from betterstack.heartbeat o where o.team_id = caller.team_id)
       >= core.heartbeats_max()
    then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.heartbeats_max() || ' heartbeats; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    h := core.heartbeat_new(change.changed, caller.team_id, at);
    return core.reply(201, core.heartbeat_body(h, query, at), caller.team_id,
                      core.event('heartbeat', 'created', h.id::text));
end
$$;

create or replace function core.heartbeat_new(h betterstack.heartbeat, team_id integer,
    at timestamptz) returns betterstack.heartbeat
language plpgsql volatile as $$
begin
    h.id := nextval(pg_get_serial_sequence('betterstack.heartbeat', 'id'));
    h.team_id := heartbeat_new.team_id;
    h.created_at := at;
    h.token := core.random_token('hb_');
    h.token_digest := core.token_digest(h.token);
    h.state := 'pending';
    h.state_since := at;
    h.anchor_at := at;
    h.heard := false;
    h.in_window := false;
    h.in_maintenance := false;
    h.pings_count := 0;
    h := core.heartbeat_judge(h, at, false);
    insert into betterstack.heartbeat overriding system value select h.*;
    perform core.maintenance_mark(core.maintenance_heartbeat(), h.id, h.team_id, at);
    return h;
end
$$;

-- The row, locked as pings lock it; all NULL if it is not the team's.
create or replace function core.heartbeat_take(id bigint, team_id integer)
    returns betterstack.heartbeat
language plpgsql volatile as $$
declare
    taken betterstack.heartbeat;
begin
    select t.* into taken from betterstack.heartbeat t
     where t.id = heartbeat_take.id and t.team_id = heartbeat_take.team_id
       for no key update;
    return taken;
end
$$;

create or replace function api.heartbeat_update(credential bytea, id bigint, query jsonb,
    body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    before betterstack.heartbeat;
    h betterstack.heartbeat;
    at timestamptz;
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.alert_ways_hold(core.body_object(body), caller.team_id);
    before := core.heartbeat_take(id, caller.team_id);
    if before.id is null then
        return core.reply_not_found();
    end if;
    at := clock_timestamp();        -- after waiting for the lock: not before the newest ping
    change := core.heartbeat_change(before, core.body_object(body), at);
    change.errors := change.errors || core.alert_ways_references(
        to_jsonb((change.changed).policy_id), null, caller.team_id);
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    h := core.heartbeat_follow(before, change.changed, at);
    perform core.heartbeat_save(before, h, at);
    return core.reply(200, core.heartbeat_body(h, query, at), caller.team_id,
                      core.event('heartbeat', 'updated', h.id::text));
end
$$;

-- Its incident ends; the history of incidents stays.
create or replace function api.heartbeat_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    h betterstack.heartbeat;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    h := core.heartbeat_take(id, caller.team_id);
    if h.id is null then
        return core.reply_not_found();
    end if;
    perform core.maintenance_lock(caller.team_id, false);   -- as in api.monitor_delete
    perform core.incident_end(h.incident_id, null, clock_timestamp(), 'deleted');
    delete from betterstack.heartbeat t where t.id = h.id;
    return core.reply(204, null, caller.team_id,
                      core.event('heartbeat', 'deleted', h.id::text));
end
$$;

-- The old URL is nobody's from now on.
create or replace function api.heartbeat_rotate_token(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    h betterstack.heartbeat;
    at timestamptz := clock_timestamp();
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    h := core.heartbeat_take(id, caller.team_id);
    if h.id is null then
        return core.reply_not_found();
    end if;
    h.token := core.random_token('hb_');
    h.token_digest := core.token_digest(h.token);
    h.updated_at := at;
    update betterstack.heartbeat t
       set token = h.token, token_digest = h.token_digest, updated_at = h.updated_at
     where t.id = h.id;
    return core.reply(200, core.heartbeat_body(h, query, at), caller.team_id,
                      core.event('heartbeat', 'updated', h.id::text));
end
$$;

-- Newest first.
create or replace function api.heartbeat_pings(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    total bigint;
    items text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not exists (select from betterstack.heartbeat h where h.id = heartbeat_pings.id
                         and h.team_id = caller.team_id) then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.heartbeat_ping p
     where p.heartbeat_id = heartbeat_pings.id;
    select string_agg(core.heartbeat_ping_json(o.p)::text, ',' order by (o.p).at desc) into items
      from (select p from betterstack.heartbeat_ping p
             where p.heartbeat_id = heartbeat_pings.id order by p.at desc, p.what
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) o;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/heartbeats/' || id || '/pings', given, '{per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;
