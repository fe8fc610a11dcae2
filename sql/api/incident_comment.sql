-- Comments on incidents.  Everybody in the team may write them, and change their own.  What is said
-- of the installation's is read by all teams: without addresses.

create or replace function core.incident_comments_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.incident_comment_json(c betterstack.incident_comment) returns json
language sql stable as $$
    select json_build_object('id', c.id::text, 'type', 'incident_comment', 'attributes',
        json_build_object('content', c.content, 'user_email', c.user_email,
                          'user_name', c.user_name, 'created_at', core.iso(c.created_at),
                          'updated_at', core.iso(c.updated_at)))
$$;

create or replace function core.incident_comment_errors(given jsonb) returns jsonb
language sql stable as $$
    select core.complain(
        core.check_members(given, '{content}', '{id,user_email,user_name,created_at,updated_at}'),
        'content', case when core.is_blank(given -> 'content') then 'is required'
                        else core.check_text(given -> 'content', 10000, one_line => false) end)
$$;

create or replace function api.incident_comment_list(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    items json;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif (core.incident_seen(caller.team_id, incident_comment_list.id)).id is null then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    select json_agg(core.incident_comment_json(p) order by p.id) into items
      from (select c.* from betterstack.incident_comment c
             where c.incident_id = incident_comment_list.id order by c.id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    select count(*) into total from betterstack.incident_comment c
     where c.incident_id = incident_comment_list.id;
    return core.reply(200, concat('{"data":', coalesce(items::text, '[]'), ',"pagination":',
        core.pagination('/api/v2/incidents/' || id || '/comments', given, '{per_page}',
            wanted.page, ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.incident_comment_create(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb := core.incident_comment_errors(given);
    i betterstack.incident;
    at timestamptz;
    made betterstack.incident_comment;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform core.incident_lock();       -- nobody deletes it meanwhile
    i := core.incident_seen(caller.team_id, incident_comment_create.id);
    if i.id is null then
        return core.reply_not_found();
    elsif core.incident_forbidden(caller, i) then
        return core.reply_not_administrator();
    end if;
    if errors = '{}' and core.incident_comments_max() <= (
            select count(*) from betterstack.incident_comment c
             where c.incident_id = incident_comment_create.id) then
        errors := core.complain(errors, 'content', 'is one too many: an incident has at most '
                                || core.incident_comments_max() || ' comments');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    at := clock_timestamp();
    insert into betterstack.incident_comment as c
           (incident_id, user_id, user_name, user_email, content, created_at, updated_at)
    select i.id, u.id, core.caller_name(u.id), case when i.team_id is null then '' else u.email end,
           given ->> 'content', at, at
      from betterstack.app_user u where u.id = caller.user_id
    returning c.* into made;
    perform core.alert_incident(i.id, 'comment', at, jsonb_build_object('number', made.id,
        'comment', made.content, 'author', made.user_name));
    return core.reply(201, json_build_object('data', core.incident_comment_json(made))::text,
                      caller.team_id, core.event_with_deliveries(
                          core.event('incident', 'changed', made.incident_id::text),
                          caller.team_id));
end
$$;

-- The comment, if the caller's team sees its incident.
create or replace function core.incident_comment_seen(team_id integer, incident_id bigint,
    id bigint) returns betterstack.incident_comment
language plpgsql stable as $$
declare
    c betterstack.incident_comment;
begin
    if (core.incident_seen(team_id, incident_id)).id is not null then
        select t.* into c from betterstack.incident_comment t
         where t.id = incident_comment_seen.id
           and t.incident_id = incident_comment_seen.incident_id;
    end if;
    return c;
end
$$;

create or replace function api.incident_comment_get(credential bytea, id bigint,
    comment_id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    c betterstack.incident_comment;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    c := core.incident_comment_seen(caller.team_id, id, comment_id);
    if c.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, json_build_object('data', core.incident_comment_json(c))::text);
end
$$;

create or replace function core.reply_not_yours() returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(403, 'Only its author may do this')
$$;

create or replace function api.incident_comment_update(credential bytea, id bigint,
    comment_id bigint, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb := core.incident_comment_errors(given);
    c betterstack.incident_comment;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    c := core.incident_comment_seen(caller.team_id, id, comment_id);
    if c.id is null then
        return core.reply_not_found();
    elsif c.user_id is distinct from caller.user_id then
        return core.reply_not_yours();
    elsif errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    update betterstack.incident_comment t
       set content = given ->> 'content', updated_at = clock_timestamp()
     where t.id = c.id
    returning t.* into c;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, json_build_object('data', core.incident_comment_json(c))::text,
                      caller.team_id, core.event('incident', 'changed', c.incident_id::text));
end
$$;

create or replace function api.incident_comment_delete(credential bytea, id bigint,
    comment_id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    c betterstack.incident_comment;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    c := core.incident_comment_seen(caller.team_id, id, comment_id);
    if c.id is null then
        return core.reply_not_found();
    elsif c.user_id is distinct from caller.user_id and not caller.administrator then
        return core.reply_not_yours();
    end if;
    delete from betterstack.incident_comment t where t.id = c.id;
    return core.reply(204, null, caller.team_id,
                      core.event('incident', 'changed', c.incident_id::text));
end
$$;
