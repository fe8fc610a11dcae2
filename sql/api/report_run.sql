-- What was made of a report: list, get, make one now, send, CSV.

create or replace function api.report_run_list(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    r betterstack.report;
    items text;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.report o
     where o.id = report_run_list.id and o.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select count(*) into total from betterstack.report_run n where n.report_id = r.id;
    select string_agg(core.scheduled_report_run_json(r, p.n, false)::text, ','
                      order by (p.n).id desc) into items
      from (select n from betterstack.report_run n
             where n.report_id = r.id order by n.id desc
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/reports/' || r.id || '/runs', given, '{per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.report_run_get(credential bytea, id bigint, run_id bigint)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    r betterstack.report;
    n betterstack.report_run;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.report o
     where o.id = report_run_get.id and o.team_id = caller.team_id;
    select o.* into n from betterstack.report_run o
     where o.id = report_run_get.run_id and o.report_id = r.id;
    if n.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object(
        'data', core.scheduled_report_run_json(r, n, true))::text);
end
$$;

-- Now, and not at its time.  The report's row is locked, so that two at once do not go over the
-- limit.
create or replace function api.report_run_create(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    at timestamptz := date_trunc('milliseconds', clock_timestamp());
    asked record;
    r betterstack.report;
    n betterstack.report_run;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    select o.* into r from betterstack.report o
     where o.id = report_run_create.id and o.team_id = caller.team_id for no key update;
    if not found then
        return core.reply_not_found();
    end if;
    asked := core.scheduled_report_asked(r, given, at);
    if asked.errors <> '{}' then
        return core.reply_invalid(asked.errors);
    elsif (select count(*) from betterstack.report_run o
             join betterstack.report t on t.id = o.report_id
            where t.team_id = caller.team_id and o.asked_by is not null
              and o.made_at > at - interval '1 hour') >= core.scheduled_reports_an_hour_max() then
        return core.reply_error(429, 'At most ' || core.scheduled_reports_an_hour_max()
            || ' reports an hour can be made like this: wait a little');
    end if;
    n := core.scheduled_report_make(r, asked.first_day, core.caller_name(caller.user_id),
                                    false, at);
    if given -> 'send' = 'true' then
        perform core.incident_lock();
        perform core.scheduled_report_send(n, at);
    end if;
    return core.reply(201, jsonb_build_object(
        'data', core.scheduled_report_run_json(r, n, true))::text, caller.team_id,
        core.event_with_deliveries(core.event('report', 'made', r.id::text), caller.team_id));
end
$$;

-- To those of the report's receivers who do not have it yet.
create or replace function api.report_run_send(credential bytea, id bigint, run_id bigint)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    at timestamptz := date_trunc('milliseconds', clock_timestamp());
    r betterstack.report;
    n betterstack.report_run;
    sent integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select o.* into r from betterstack.report o
     where o.id = report_run_send.id and o.team_id = caller.team_id for no key update;
    perform core.incident_lock();
    select o.* into n from betterstack.report_run o
     where o.id = report_run_send.run_id and o.report_id = r.id for no key update;
    if n.id is null then
        return core.reply_not_found();
    elsif not core.mail_is_set_up() then
        return core.reply_error(409, 'No mail server is set up for this installation');
    end if;
    sent := core.scheduled_report_send(n, at);
    select o.* into n from betterstack.report_run o where o.id = n.id;
    return core.reply(202, jsonb_build_object('data', core.scheduled_report_run_json(r, n, false),
            'receivers', sent)::text, caller.team_id,
        core.event_with_deliveries(core.event('report', 'sent', r.id::text), caller.team_id));
end
$$;

-- The body of 200 is text/csv.
create or replace function api.report_run_export(credential bytea, id bigint, run_id bigint,
    query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    what text := coalesce(given ->> 'table', 'monitors');
    content jsonb;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select n.content into content
      from betterstack.report_run n join betterstack.report r on r.id = n.report_id
     where n.id = report_run_export.run_id and r.id = report_run_export.id
       and r.team_id = caller.team_id;
    if content is null then
        return core.reply_not_found();
    elsif what <> all (core.scheduled_report_tables()) then
        return core.reply_invalid(core.complain('{}', 'table', core.check_choice(
            to_jsonb(what), core.scheduled_report_tables())));
    end if;
    return core.reply(200, core.scheduled_report_csv(content, what));
end
$$;
