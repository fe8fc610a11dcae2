-- On-call calendars.  `id` 0 is the team's default one; `query` holds `_url`, by which the address
-- of the feed is absolute.

create or replace function api.on_call_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    at timestamptz := clock_timestamp();
    items text;
    users integer[];
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
    select count(*) into total from betterstack.on_call o where o.team_id = team;
    with page as (
        select o as calendar, core.on_call_now(o, at) as users from betterstack.on_call o
         where o.team_id = team order by o.id
        offset (wanted.page - 1) * wanted.per_page limit wanted.per_page)
    select string_agg(core.on_call_json(p.calendar, p.users, given, at)::text, ','
                      order by (p.calendar).id),
           (select array_agg(distinct u) from page o, unnest(o.users) u)
      into items, users from page p;
    return core.reply(200, concat('{"data":[', items, '],"included":',
        core.on_call_included(users), ',"pagination":', core.pagination(
        '/api/v2/on-calls', given, '{team_name,per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

-- date: who is on call at that time instead of now.
create or replace function api.on_call_get(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    at timestamptz := case when given ? 'date' then core.parse_time(given ->> 'date')
                           else clock_timestamp() end;
    calendar betterstack.on_call;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    calendar := core.on_call_find(caller.team_id, id);
    if calendar.id is null then
        return core.reply_not_found();
    elsif at is null then
        return core.reply_invalid(core.complain('{}', 'date',
            'must be an ISO 8601 time, like 2026-03-01T09:00:00Z'));
    end if;
    return core.reply(200, core.on_call_body(calendar, given, at));
end
$$;

create or replace function api.on_call_create(credential bytea, query jsonb, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_create(caller.team_id, core.body_object(body), query, clock_timestamp());
end
$$;

create or replace function api.on_call_update(credential bytea, id bigint, query jsonb, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_update(caller.team_id, id, core.body_object(body), query,
                               clock_timestamp());
end
$$;

create or replace function api.on_call_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_delete(caller.team_id, id);
end
$$;

create or replace function api.on_call_rotate_feed(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.on_call_rotate_feed(caller.team_id, id, query, clock_timestamp());
end
$$;

-- What a calendar draws: 31 days from now, unless told, and at most 92.
create or replace function api.on_call_shifts(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    from_at timestamptz := case when given ? 'from' then core.parse_time(given ->> 'from')
                                else clock_timestamp() end;
    to_at timestamptz := case when given ? 'to' then core.parse_time(given ->> 'to')
                              else from_at + interval '31 days' end;
    calendar betterstack.on_call;
    errors jsonb := core.on_call_shifts_errors(given, from_at, to_at);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    calendar := core.on_call_find(caller.team_id, id);
    if calendar.id is null then
        return core.reply_not_found();
    elsif errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    return core.reply(200, core.on_call_shifts_body(calendar, from_at, to_at));
end
$$;

-- No credential: the token is one, for this feed alone.  The body of 200 is text/calendar.
create or replace function api.on_call_feed(id bigint, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    calendar betterstack.on_call;
begin
    select o.* into calendar from betterstack.on_call o where o.id = on_call_feed.id;
    -- Digests are compared, so that time tells nothing about the token.
    if calendar.id is null
       or sha256(convert_to(coalesce(core.body_object(query) ->> 'token', ''), 'UTF8'))
          <> sha256(convert_to(core.on_call_feed_token(calendar), 'UTF8')) then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.on_call_feed(calendar, clock_timestamp()));
end
$$;
