-- Tokens for programs.  One acts for the person who made it, in the team it was made in.

create or replace function core.api_tokens_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

create or replace function core.api_token_json(c betterstack.credential, token text default null)
    returns json
language sql stable as $$
    select core.token_json('api_token', c.id, c.name, c.prefix, c.created_at, c.last_used_at, token)
$$;

create or replace function api.api_token_list(credential bytea) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply(200, core.list_body('/api/v2/api-tokens',
        (select json_agg(core.api_token_json(c) order by c.id) from betterstack.credential c
          where c.team_id = caller.team_id and c.kind = 'api_token')));
end
$$;

create or replace function api.api_token_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    token text := core.random_token('bst_');
    errors jsonb;
    made betterstack.credential;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    errors := core.check_members(given, '{name}', '{id,token,prefix,created_at,last_used_at}');
    errors := core.complain(errors, 'name', core.check_required_text(given -> 'name', 100));
    if errors = '{}' and core.api_tokens_max() <= (
            select count(*) from betterstack.credential c
             where c.team_id = caller.team_id and c.kind = 'api_token') then
        errors := core.complain(errors, 'name', 'is one too many: a team has at most '
                                || core.api_tokens_max() || ' API tokens');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    insert into betterstack.credential as c (digest, user_id, team_id, kind, name, prefix)
    values (core.token_digest(token), caller.user_id, caller.team_id, 'api_token',
            btrim(given ->> 'name'), core.token_prefix(token))
    returning c.* into made;
    return core.reply(201, json_build_object('data', core.api_token_json(made, token))::text);
end
$$;

create or replace function api.api_token_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    delete from betterstack.credential c
     where c.id = api_token_delete.id and c.team_id = caller.team_id and c.kind = 'api_token';
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(204, null);
end
$$;
