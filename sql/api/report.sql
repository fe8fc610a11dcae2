-- Scheduled reports: list, get, create, change, delete.

create or replace function api.report_list(credential bytea, query jsonb) returns api.reply
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
    select count(*) into total from betterstack.report r where r.team_id = caller.team_id;
    select string_agg(core.scheduled_report_json(p.r)::text, ',' order by (p.r).id) into items
      from (select r from betterstack.report r
             where r.team_id = caller.team_id order by r.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/reports', given, '{team_name,per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.report_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    r betterstack.report;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.report o
     where o.id = report_get.id and o.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object('data', core.scheduled_report_json(r))::text);
end
$$;

-- The team's row is locked, so that two at once do not go over its limit.
create or replace function api.report_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    r betterstack.report;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    change := core.scheduled_report_change(null, core.body_object(body), caller.team_id,
                                           clock_timestamp());
    if (select count(*) from betterstack.report o where o.team_id = caller.team_id)
       >= core.scheduled_reports_max()
    then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.scheduled_reports_max() || ' reports; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    r := change.changed;
    r.id := nextval(pg_get_serial_sequence('betterstack.report', 'id'));
    insert into betterstack.report overriding system value select r.*;
    return core.reply(201, jsonb_build_object('data', core.scheduled_report_json(r))::text,
                      caller.team_id, core.event('report', 'created', r.id::text));
end
$$;

create or replace function api.report_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    change record;
    r betterstack.report;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.report o
     where o.id = report_update.id and o.team_id = caller.team_id for update;
    if not found then
        return core.reply_not_found();
    end if;
    change := core.scheduled_report_change(r, core.body_object(body), caller.team_id,
                                           clock_timestamp());
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    r := change.changed;
    update betterstack.report o
       set name = r.name, period = r.period, timezone = r.timezone,
           all_monitors = r.all_monitors, monitor_ids = r.monitor_ids, user_ids = r.user_ids,
           channel_ids = r.channel_ids, enabled = r.enabled, next_on = r.next_on,
           due_at = r.due_at, updated_at = r.updated_at
     where o.id = r.id;
    return core.reply(200, jsonb_build_object('data', core.scheduled_report_json(r))::text,
                      caller.team_id, core.event('report', 'updated', r.id::text));
end
$$;

-- With all that was made of it.
create or replace function api.report_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    delete from betterstack.report o
     where o.id = report_delete.id and o.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(204, null, caller.team_id,
                      core.event('report', 'deleted', report_delete.id::text));
end
$$;
