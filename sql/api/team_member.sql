-- The people of a team: whom policies and on-call calendars can name, and whether a message would
-- find a way to them.

-- As core.person_channels chooses: a contact that can be sent to, or mail to who has none.
create or replace function core.person_is_reachable(user_id integer) returns boolean
language plpgsql stable as $$
declare
    contacts betterstack.channel[] := array(
        select c from betterstack.channel c
         where c.user_id = person_is_reachable.user_id and c.enabled);
begin
    if contacts = '{}' then
        return core.channel_installation('email', '{}') ->> 'problem' is null;
    end if;
    return exists (select from unnest(contacts) c where core.channel_problem(c) is null);
end
$$;

create or replace function core.team_member_json(m betterstack.membership) returns text
language sql stable as $$
    select json_build_object('id', u.id::text, 'type', 'team_member', 'attributes',
        json_build_object('email', u.email, 'name', u.name, 'role', m.role,
                          'reachable', core.person_is_reachable(u.id),
                          'created_at', core.iso(m.created_at)))::text
      from betterstack.app_user u where u.id = m.user_id
$$;

create or replace function api.team_member_list(credential bytea, query jsonb) returns api.reply
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
    select count(*) into total from betterstack.membership m where m.team_id = caller.team_id;
    select string_agg(core.team_member_json(p.m), ',' order by (p.m).user_id) into items
      from (select m from betterstack.membership m
             where m.team_id = caller.team_id order by m.user_id
            offset (wanted.page - 1) * wanted.per_page limit wanted.per_page) p;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v2/team-members', given, '{per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;
