-- Maintenance windows: list, get, create, change, delete, end.  A change holds from the next sweep
-- on, which is within a second.

create or replace function api.maintenance_window_list(credential bytea, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    at timestamptz := clock_timestamp();
    items text;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.maintenance_window w
     where w.team_id = caller.team_id;
    select string_agg(core.maintenance_window_json(p.w, at), ',' order by (p.w).id) into items
      from (select w from betterstack.maintenance_window w
             where w.team_id = caller.team_id order by w.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/maintenance-windows', given, '{per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.maintenance_window_get(credential bytea, id bigint)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    found_id integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select w.id into found_id from betterstack.maintenance_window w
     where w.id = maintenance_window_get.id and w.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.maintenance_window_body(found_id, clock_timestamp()));
end
$$;

-- Read after waiting for the lock, so that it is not before the changes that were waited for.
create or replace function core.maintenance_clock() returns timestamptz
language sql volatile as $$
    select date_trunc('milliseconds', clock_timestamp())
$$;

create or replace function api.maintenance_window_create(credential bytea, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.maintenance_lock(caller.team_id, true);
    return core.maintenance_window_create(caller.team_id, core.body_object(body),
        core.maintenance_clock());
end
$$;

create or replace function api.maintenance_window_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.maintenance_lock(caller.team_id, true);
    return core.maintenance_window_update(caller.team_id, id, core.body_object(body),
        core.maintenance_clock());
end
$$;

create or replace function api.maintenance_window_delete(credential bytea, id bigint)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.maintenance_lock(caller.team_id, true);
    return core.maintenance_window_delete(caller.team_id, id, core.maintenance_clock());
end
$$;

-- Its body has no members.
create or replace function api.maintenance_window_end(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if core.body_object(body) <> '{}' then
        return core.reply_invalid(core.check_members(body, '{}'));
    end if;
    perform core.maintenance_lock(caller.team_id, true);
    return core.maintenance_window_end(caller.team_id, id, core.maintenance_clock());
end
$$;
