-- The answers every endpoint gives alike.

create or replace function core.reply(status integer, body text, team_id integer default null,
    event text default null) returns api.reply
language sql stable parallel safe as $$
    select row(status::smallint, body, team_id, event)::api.reply
$$;

create or replace function core.reply_error(status integer, message text) returns api.reply
language sql stable parallel safe as $$
    select core.reply(status, '{"errors":' || to_json(message)::text || '}')
$$;

create or replace function core.reply_unauthorized() returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(401, 'Sign in, or send a valid API token')
$$;

create or replace function core.reply_not_found() returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(404, 'Resource with provided ID was not found')
$$;

create or replace function core.reply_not_administrator() returns api.reply
language sql stable parallel safe as $$
    select core.reply_error(403, 'Only an administrator of this installation may do this')
$$;

-- errors: {"field": ["message", ...], ...}
create or replace function core.reply_invalid(errors jsonb) returns api.reply
language sql stable parallel safe as $$
    select core.reply(422, '{"errors":' || errors::text || '}')
$$;

create or replace function core.event(kind text, action text, id text) returns text
language sql stable parallel safe as $$
    select '{"type":"' || kind || '","action":"' || action || '","id":"' || id || '"}'
$$;
