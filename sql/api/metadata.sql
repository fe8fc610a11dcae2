-- Metadata: list, and set or remove the values of a key.

create or replace function api.metadata_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    errors jsonb := wanted.errors;
    team integer;
    ids bigint[];
    items text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if given ? 'owner_type' then
        errors := core.complain(errors, 'owner_type',
            core.check_choice(given -> 'owner_type', core.metadata_owner_types()));
    end if;
    if given ? 'owner_id' then
        errors := core.complain(errors, 'owner_id', core.check_owner_id(given -> 'owner_id'));
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    select t.id into team from betterstack.team t
     where t.id = caller.team_id
       and (not given ? 'team_name' or t.name = given ->> 'team_name');
    ids := array(select d.id from betterstack.metadata d
                  where d.team_id = team
                    and (not given ? 'owner_type' or d.owner_type = given ->> 'owner_type')
                    and (not given ? 'owner_id' or d.owner_id = (given ->> 'owner_id')::bigint)
                  order by d.id);
    select string_agg(core.metadata_json(d)::text, ',' order by d.id) into items
      from betterstack.metadata d
     where d.id = any (ids[(wanted.page - 1) * wanted.per_page + 1
                           : wanted.page * wanted.per_page]);
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        '/api/v3/metadata', given, '{team_name,owner_type,owner_id,per_page}', wanted.page,
        (cardinality(ids) + wanted.per_page - 1) / wanted.per_page), '}'));
end
$$;

-- Replaces what the key holds, or (mode merge) adds to it; no values, [] or null, remove it.
create or replace function api.metadata_set(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb;
    type text := given ->> 'owner_type';
    word text := btrim(given ->> 'key');
    owner bigint;
    held jsonb;
    before integer;
    d betterstack.metadata;
    event text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    errors := core.metadata_errors(given, caller.team_id);
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    owner := given ->> 'owner_id';
    held := (core.metadata_values(coalesce(nullif(given -> 'values', 'null'), '[]'),
                                  caller.team_id)).kept;
    if not core.metadata_owner_hold(caller.team_id, type, owner) then
        return core.reply_not_found();
    end if;
    if given -> 'mode' = '"merge"' then
        held := core.metadata_merged(type, owner, word, held);
    end if;
    select count(*) into before from betterstack.metadata o
     where o.owner_type = type and o.owner_id = owner and o.key <> word;
    if jsonb_array_length(held) > core.metadata_values_max() then
        return core.reply_invalid(jsonb_build_object('values', jsonb_build_array(
            'must hold at most ' || core.metadata_values_max() || ' values a key')));
    elsif before >= core.metadata_keys_max() and held <> '[]' then
        return core.reply_invalid(jsonb_build_object('key', jsonb_build_array(
            'cannot be added: there are ' || core.metadata_keys_max() || ' already')));
    end if;
    d := core.metadata_put(caller.team_id, type, owner, word, held);
    event := core.event(lower(type), 'updated', owner::text);
    if held = '[]' then
        return core.reply(204, null, caller.team_id, event);
    end if;
    return core.reply(201, jsonb_build_object('data', core.metadata_json(d))::text,
                      caller.team_id, event);
end
$$;
