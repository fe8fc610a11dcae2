-- Region tokens: an agent that holds one reports for that region, and for no other.

create or replace function core.region_tokens_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

create or replace function core.region_token_json(t betterstack.region_token,
    token text default null) returns json
language sql stable as $$
    select core.token_json('region_token', t.id, t.name, t.prefix, t.created_at, t.last_used_at, token)
$$;

create or replace function api.region_token_list(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    elsif not exists (select from betterstack.region r where r.id = region_token_list.id) then
        return core.reply_not_found();
    end if;
    return core.reply(200, core.list_body('/api/v2/regions/' || id || '/tokens',
        (select json_agg(core.region_token_json(t) order by t.id)
           from betterstack.region_token t where t.region_id = region_token_list.id)));
end
$$;

create or replace function api.region_token_create(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    token text := core.random_token('bsr_');
    errors jsonb;
    made betterstack.region_token;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    elsif not exists (select from betterstack.region r where r.id = region_token_create.id) then
        return core.reply_not_found();
    end if;
    errors := core.check_members(given, '{name}', '{id,token,prefix,created_at,last_used_at}');
    errors := core.complain(errors, 'name', core.check_text(given -> 'name', 100));
    if errors = '{}' and core.region_tokens_max() <= (
            select count(*) from betterstack.region_token t
             where t.region_id = region_token_create.id) then
        errors := core.complain(errors, 'name', 'is one too many: a region has at most '
                                || core.region_tokens_max() || ' tokens');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    insert into betterstack.region_token as t (region_id, digest, name, prefix)
    values (region_token_create.id, core.token_digest(token), coalesce(btrim(given ->> 'name'), ''),
            core.token_prefix(token))
    returning t.* into made;
    return core.reply(201, json_build_object('data', core.region_token_json(made, token))::text);
end
$$;

-- id is the token's.
create or replace function api.region_token_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    end if;
    delete from betterstack.region_token t where t.id = region_token_delete.id;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(204, null);
end
$$;
