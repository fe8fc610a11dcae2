-- Everything that happened in an incident.

create or replace function api.incident_timeline(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    i betterstack.incident;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    i := core.incident_seen(caller.team_id, incident_timeline.id);
    if i.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, jsonb_build_object('data', core.incident_timeline(i))::text);
end
$$;
