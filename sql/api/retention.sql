-- How long history is kept: for the installation, which its administrators change, and otherwise
-- for the caller's team.

create or replace function api.retention_get(credential bytea) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.team_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply(200, core.retention_body(caller.team_id));
end
$$;

create or replace function api.retention_update(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb;
    errors jsonb;
begin
    if caller.team_id is null then
        return core.reply_unauthorized();
    end if;
    given := core.body_object(body);
    if given ? 'installation' and not caller.administrator then
        return core.reply_not_administrator();
    end if;
    errors := core.check_members(given, '{installation,team}')
        || core.retention_part_errors(given, 'installation')
        || core.retention_part_errors(given, 'team');
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    if given ? 'installation' then
        perform core.retention_set_installation(given -> 'installation');
    end if;
    if given ? 'team' then
        perform core.retention_set_team(caller.team_id, given -> 'team');
    end if;
    perform core.retention_renew();
    return core.reply(200, core.retention_body(caller.team_id), caller.team_id,
                      core.event('retention', 'updated', caller.team_id::text));
end
$$;
