-- How available monitors and heartbeats were: of one, of the team's, by the day, and for lists.

create or replace function api.monitor_sla(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    wanted record := core.sla_query(core.body_object(query), now(), null);
    made_at timestamptz;
    found_sla record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select m.created_at into made_at from betterstack.monitor m
     where m.id = monitor_sla.id and m.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select * into found_sla
      from core.availability(array[monitor_sla.id::integer], wanted.since, wanted.until);
    return core.reply(200, core.sla_body('monitor', id, made_at, wanted.since, wanted.until,
                                         to_jsonb(found_sla)));
end
$$;

create or replace function api.heartbeat_sla(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    wanted record := core.sla_query(core.body_object(query), now(), null);
    made_at timestamptz;
    found_sla record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select h.created_at into made_at from betterstack.heartbeat h
     where h.id = heartbeat_sla.id and h.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select * into found_sla
      from core.heartbeat_availability(array[heartbeat_sla.id::integer], wanted.since,
                                       wanted.until);
    return core.reply(200, core.sla_body('heartbeat', id, made_at, wanted.since, wanted.until,
                                         to_jsonb(found_sla)));
end
$$;

-- The team's monitors, a page of them, and all of them as one.
create or replace function api.sla_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    page record := core.page_request_of(given, core.page_short_rows_max());
    wanted record := core.sla_query(given, now(), interval '30 days');
    errors jsonb := wanted.errors || page.errors;
    ids integer[];
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    ids := array(select m.id from betterstack.monitor m where m.team_id = caller.team_id);
    return core.reply(200, concat('{"data":[',
        core.sla_page(caller.team_id, wanted.since, wanted.until, (page.page - 1) * page.per_page,
                      page.per_page),
        '],"summary":', core.sla_summary(ids, wanted.since, wanted.until), ',"pagination":',
        core.pagination('/api/v2/sla', given, '{from,to,per_page}', page.page,
            (cardinality(ids) + page.per_page - 1) / page.per_page), '}'));
end
$$;

create or replace function core.calendar_query(query jsonb, at timestamptz, out year integer,
    out zone text, out errors jsonb)
language plpgsql stable as $$
begin
    errors := '{}';
    zone := core.zone_name(coalesce(query ->> 'timezone', 'UTC'));
    if zone is null then
        errors := core.complain(errors, 'timezone', core.check_zone(query -> 'timezone'));
        zone := 'UTC';
    end if;
    year := date_part('year', at at time zone zone);
    if query ->> 'year' ~ '^2[01][0-9]{2}$' then
        year := query ->> 'year';
    elsif query ? 'year' then
        errors := core.complain(errors, 'year', 'must be a year from 2000 to 2199');
    end if;
end
$$;

create or replace function api.monitor_calendar(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    wanted record := core.calendar_query(core.body_object(query), now());
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not exists (select from betterstack.monitor m where m.id = monitor_calendar.id
                                                          and m.team_id = caller.team_id) then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    return core.reply(200, jsonb_build_object('data', jsonb_build_object(
        'id', id::text, 'type', 'monitor_calendar', 'attributes', jsonb_build_object(
            'year', wanted.year, 'timezone', coalesce(query ->> 'timezone', 'UTC'),
            'days', core.calendar_days(id::integer, wanted.year, wanted.zone, now()))))::text);
end
$$;

create or replace function api.monitor_overview(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request_of(given, core.page_short_rows_max());
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.monitor m where m.team_id = caller.team_id;
    return core.reply(200, concat('{"data":[',
        core.overview_page(caller.team_id, (wanted.page - 1) * wanted.per_page, wanted.per_page,
                           now()),
        '],"pagination":', core.pagination('/api/v2/monitors/overview', given, '{per_page}',
            wanted.page, ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;
