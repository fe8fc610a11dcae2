-- The kinds of channels that there are, and what each takes.

create or replace function api.channel_kind_list(credential bytea) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply(200, core.list_body('/api/v2/channel-kinds', (
        select json_agg(core.channel_kind_json(k.kind) order by k.place)
          from unnest(core.channel_kind_names()) with ordinality k (kind, place))));
end
$$;
