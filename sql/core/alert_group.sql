-- Groups of policies and of urgencies are alike but for their table: `kind` is policy_group or
-- urgency_group, and nothing else ever comes here.

create or replace function core.alert_groups_max() returns integer
language sql immutable parallel safe as $$ select 200 $$;

create or replace function core.alert_group_path(kind text) returns text
language sql immutable parallel safe as $$
    select '/api/v2/' || replace(kind, '_', '-') || 's'
$$;

-- g: a row of either table as JSON.
create or replace function core.alert_group_json(kind text, g jsonb) returns jsonb
language plpgsql stable as $$
begin
    return jsonb_build_object('id', g ->> 'id', 'type', kind, 'attributes',
        jsonb_build_object(
            'name', g -> 'name', 'sort_index', g -> 'sort_index',
            'team_name', (select t.name from betterstack.team t
                           where t.id = (g ->> 'team_id')::integer),
            'created_at', core.iso((g ->> 'created_at')::timestamptz),
            'updated_at', core.iso((g ->> 'updated_at')::timestamptz)));
end
$$;

-- The row as JSON; NULL if the team has none such.
create or replace function core.alert_group_row(kind text, id bigint, team_id integer,
    hold boolean) returns jsonb
language plpgsql volatile as $$
declare
    found jsonb;
begin
    execute format('select to_jsonb(g) from betterstack.%I g where g.id = $1 and g.team_id = $2',
                   kind) || case when hold then ' for update' else '' end
       into found using id, team_id;
    return found;
end
$$;

create or replace function core.alert_group_errors(body jsonb, merged jsonb, team_id integer)
    returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(body, '{name,sort_index,team_name}',
                                       '{id,created_at,updated_at}');
begin
    errors := core.complain(errors, 'name', core.check_required_text(merged -> 'name', 255));
    errors := core.complain(errors, 'sort_index',
        core.check_optional_integer(merged -> 'sort_index', 0, 999999999));
    return core.complain(errors, 'team_name', core.check_team_name(body -> 'team_name', team_id));
end
$$;

create or replace function core.alert_group_list(kind text, caller core.caller, query jsonb)
    returns api.reply
language plpgsql stable as $$
declare
    wanted record := core.page_request(query);
    items text;
    total bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    execute format('select count(*) from betterstack.%I g where g.team_id = $1', kind)
       into total using caller.team_id;
    execute format('select string_agg(core.alert_group_json($4, to_jsonb(g))::text, '','')
                      from (select * from betterstack.%I o where o.team_id = $1
                             order by o.sort_index nulls last, o.id offset $2 limit $3) g', kind)
       into items using caller.team_id, (wanted.page - 1) * wanted.per_page, wanted.per_page, kind;
    return core.reply(200, concat('{"data":[', items, '],"pagination":', core.pagination(
        core.alert_group_path(kind), query, '{per_page}', wanted.page,
        ((total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function core.alert_group_get(kind text, caller core.caller, id bigint)
    returns api.reply
language plpgsql stable as $$
declare
    g jsonb;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    execute format('select to_jsonb(g) from betterstack.%I g where g.id = $1 and g.team_id = $2',
                   kind) into g using id, caller.team_id;
    if g is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object('data', core.alert_group_json(kind, g))::text);
end
$$;

-- The team's row is locked, so that two at once do not go over the limit.
create or replace function core.alert_group_create(kind text, caller core.caller, body jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    errors jsonb;
    total integer;
    g jsonb;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    perform from betterstack.team t where t.id = caller.team_id for no key update;
    errors := core.alert_group_errors(body, '{"sort_index":null}' || body, caller.team_id);
    execute format('select count(*) from betterstack.%I g where g.team_id = $1', kind)
       into total using caller.team_id;
    if total >= core.alert_groups_max() then
        errors := core.complain(errors, 'name', 'cannot be added: a team has at most '
            || core.alert_groups_max() || ' groups; delete some first');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    execute format('insert into betterstack.%I (team_id, name, sort_index, created_at, updated_at)
                    values ($1, $2, $3, $4, $4) returning to_jsonb(%1$I)', kind)
       into g using caller.team_id, btrim(body ->> 'name'), (body ->> 'sort_index')::integer, at;
    return core.reply(201, jsonb_build_object('data', core.alert_group_json(kind, g))::text,
                      caller.team_id, core.event(kind, 'created', g ->> 'id'));
end
$$;

create or replace function core.alert_group_update(kind text, caller core.caller, id bigint,
    body jsonb, at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    g jsonb;
    errors jsonb;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    g := core.alert_group_row(kind, id, caller.team_id, true);
    if g is null then
        return core.reply_not_found();
    end if;
    errors := core.alert_group_errors(body, g || body, caller.team_id);
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    execute format('update betterstack.%I t
                       set name = $2, sort_index = $3, updated_at = $4
                     where t.id = $1 returning to_jsonb(t)', kind)
       into g using id, btrim((g || body) ->> 'name'), ((g || body) ->> 'sort_index')::integer, at;
    return core.reply(200, jsonb_build_object('data', core.alert_group_json(kind, g))::text,
                      caller.team_id, core.event(kind, 'updated', g ->> 'id'));
end
$$;

-- What is in it stays, in no group.
create or replace function core.alert_group_delete(kind text, caller core.caller, id bigint)
    returns api.reply
language plpgsql volatile as $$
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif core.alert_group_row(kind, id, caller.team_id, true) is null then
        return core.reply_not_found();
    end if;
    execute format('delete from betterstack.%I t where t.id = $1', kind) using id;
    return core.reply(204, null, caller.team_id, core.event(kind, 'deleted', id::text));
end
$$;
