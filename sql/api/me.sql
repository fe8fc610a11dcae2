-- The person who asks.

create or replace function api.me_get(credential bytea) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply(200, core.me_body(caller.user_id, caller.team_id));
end
$$;

-- The e-mail address is what one signs in with: an API token, which may have leaked, cannot
-- change it.
create or replace function api.me_update(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    errors := core.check_members(given, '{name,email}', '{id,administrator,created_at,team}',
                                 '{password}');
    if given ? 'name' then
        errors := core.complain(errors, 'name', core.check_required_text(given -> 'name', 100));
    end if;
    if given ? 'email' then
        errors := core.complain(errors, 'email', coalesce(
            core.check_email(given -> 'email'),
            case when caller.kind <> 'session' then 'can only be changed when signed in' end,
            case when exists (select from betterstack.app_user u
                               where u.email = core.email_normal(given ->> 'email')
                                 and u.id <> caller.user_id) then 'has already been taken' end));
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    update betterstack.app_user u
       set name = coalesce(btrim(given ->> 'name'), u.name),
           email = coalesce(core.email_normal(given ->> 'email'), u.email),
           updated_at = now()
     where u.id = caller.user_id and given <> '{}';
    return core.reply(200, core.me_body(caller.user_id, caller.team_id));
end
$$;
