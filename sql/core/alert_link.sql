-- Links in messages: into the dashboard, and the signed one that acknowledges.

-- Null as long as nobody has told under which address people reach this installation.
create or replace function core.public_link(path text) returns text
language plpgsql stable as $$
begin
    return rtrim(n.public_url, '/') || path from betterstack.installation n;
end
$$;

create or replace function core.acknowledge_link_for() returns interval
language sql immutable parallel safe as $$ select interval '7 days' $$;

-- '<incident>.<receiver>.<seconds since the epoch>.<signature>': it names who acknowledges.
create or replace function core.acknowledge_token(incident_id bigint, receiver text,
    expires_at timestamptz) returns text
language plpgsql stable as $$
begin
    return (
        select t.content || '.' || core.sign('acknowledge ' || t.content)
          from (select concat(incident_id, '.', receiver, '.',
                              floor(extract(epoch from expires_at))) as content) t);
end
$$;

-- Null if it is not ours, or its time is over.
create or replace function core.acknowledge_token_read(token text, at timestamptz,
    out incident_id bigint, out receiver text)
language plpgsql stable as $$
declare
    parts text[] := regexp_match(token,
        '^(([0-9]{1,18})\.([cu][0-9]{1,9})\.([0-9]{1,11}))\.([0-9a-f]{64})$');
begin
    -- Digests are compared, so that time tells nothing about the signature.
    if parts is not null
       and sha256(convert_to(core.sign('acknowledge ' || parts[1]), 'UTF8'))
           = sha256(convert_to(parts[5], 'UTF8'))
       and to_timestamp(parts[4]::float8) > at then
        incident_id := parts[2];
        receiver := parts[3];
    end if;
end
$$;
