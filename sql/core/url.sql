-- The addresses of monitors: URLs, hosts with and without a port, names of domains.

create or replace function core.host_pattern() returns text
language sql immutable parallel safe as $$
    select '^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$'
$$;

-- One number of an IPv4 address in any of its spellings; NULL: it is none.
create or replace function core.address_number(part text) returns bigint
language sql immutable parallel safe as $$
    select case
        when part ~ '^0x0*[0-9a-f]{0,8}$'
            then ('x' || lpad(ltrim(substr(part, 3), '0'), 8, '0'))::bit(32)::bigint
        when part ~ '^00*[0-7]{0,11}$'
            then (select coalesce(sum(d::bigint * 8 ^ (length(part) - place)), 0)::bigint
                    from regexp_split_to_table(part, '') with ordinality t (d, place))
        when part ~ '^[1-9][0-9]{0,9}$' then part::bigint
    end
$$;

-- A host whose last label is a number is an address or nothing, as browsers and agents have it.
create or replace function core.is_name_or_ipv4(host text) returns boolean
language plpgsql immutable parallel safe as $$
declare
    parts text[] := string_to_array(rtrim(lower(host), '.'), '.');
    count integer := cardinality(parts);
    numbers bigint[];
begin
    if length(host) > 253 or host !~* core.host_pattern() then
        return false;
    elsif parts[count] !~ '^(0x[0-9a-f]*|[0-9]+)$' then
        return true;
    end if;
    numbers := array(select core.address_number(p) from unnest(parts) p);
    return count <= 4 and array_position(numbers, null) is null
       and numbers[count] < 256 ^ (5 - count) and 255 >= all (numbers[:count - 1]);
end
$$;

-- Eight groups of hexadecimal digits, of which "::" stands for at least one; the last two may be
-- written as IPv4.
create or replace function core.is_ipv6(address text) returns boolean
language plpgsql immutable parallel safe as $$
declare
    byte text := '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
    groups text := regexp_replace(lower(address), ':' || byte || ('(\.' || byte || '){3}$'), ':0:0');
    side text := '(([0-9a-f]{1,4}:)*[0-9a-f]{1,4})?';
begin
    return groups ~ '^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$'
        or groups ~ ('^' || side || '::' || side || '$')
           and cardinality(array_remove(string_to_array(groups, ':'), '')) <= 7;
end
$$;

-- Of an address that has been accepted below; host without brackets, port NULL if there is none.
create or replace function core.url_parts(url text, out scheme text, out host text,
    out port integer)
language plpgsql immutable parallel safe as $$
declare
    part text[] := regexp_match(url,
        '^(?:(https?|wss?)://)?(\[[^\]]*\]|[^/?#:]*)(?::([0-9]{1,5}))?(?:[/?#]|$)', 'i');
begin
    if url ~ '^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$' then
        host := lower(url);     -- IPv6 as it is, whose colons begin no port
        return;
    end if;
    scheme := lower(part[1]);
    host := btrim(lower(part[2]), '[]');
    port := coalesce(part[3]::integer, case when scheme in ('https', 'wss') then 443
                                            when scheme in ('http', 'ws') then 80 end);
end
$$;

-- A host with an optional port.  Names (with underscores: they exist), IPv4 and IPv6 literals.  Odd
-- spellings of addresses are judged where they are connected to, by the agent.
create or replace function core.check_authority(authority text) returns text
language plpgsql immutable parallel safe as $$
declare
    host text := substring(authority from '^(\[[^\]]*\]|[^:]*)');
    port text := substr(authority, length(host) + 1);
begin
    if host = '' then
        return 'must name a host';
    elsif not (core.is_name_or_ipv4(host)
               or host ~ '^\[.*\]$' and core.is_ipv6(substr(host, 2, length(host) - 2))) then
        return 'has a host that is neither a name nor an address';
    elsif port !~ '^(:[0-9]{1,5})?$'
       or port <> '' and substr(port, 2)::integer not between 1 and 65535 then
        return 'has a port that is not between 1 and 65535';
    end if;
    return null;
end
$$;

-- What no address may contain.
create or replace function core.check_address_characters(address text) returns text
language plpgsql immutable parallel safe as $$
declare
    odd text := substring(address from '[^!-~]');
begin
    if odd ~ '[\u0001-\u001f\u007f-\u009f]' then
        return 'must not contain control characters';
    elsif odd = ' ' then
        return 'must not contain spaces';
    elsif odd is not null then
        return 'contains “' || odd
            || '”: write names in their xn-- form, and the rest percent-encoded';
    end if;
    odd := substring(address from '["<>\\^`{|}]');
    if odd is not null then
        return 'contains “' || odd || '”, which must be percent-encoded';
    end if;
    return null;
end
$$;

create or replace function core.check_web_url(url text, kind text) returns text
language plpgsql immutable parallel safe as $$
declare
    schemes text := case when kind = 'websocket' then '^(wss?|https?)://' else '^https?://' end;
    authority text := substring(url from '(?i)^[a-z]+://([^/?#]*)');
    message text;
begin
    if url !~* schemes then
        return case when kind = 'websocket' then 'must start with wss://, ws://, https:// or http://'
                    else 'must start with http:// or https://' end;
    end if;
    message := core.check_address_characters(url);
    if message is null and position('@' in authority) > 0 then
        message := 'must not contain a user name or password: use auth_username and auth_password';
    end if;
    return coalesce(message, core.check_authority(authority));
end
$$;

-- The host of a kind that has no URLs: 'host', 'host:port', '[::1]:53', '::1'.
create or replace function core.check_host(host text, kind text) returns text
language plpgsql immutable parallel safe as $$
declare
    message text := core.check_address_characters(host);
begin
    if message is not null then
        return message;
    elsif host ~ '://' then
        return 'must be a host without “' || left(split_part(host, '://', 1), 16) || '://”';
    elsif host ~ '[/?#@]' then
        return 'must be a host, perhaps with a port, and nothing else';
    elsif kind <> 'grpc' and host ~ '^[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*$' then
        return case when not core.is_ipv6(host)
                    then 'has a host that is neither a name nor an address' end;
    elsif kind = 'ping' and host ~ ':[0-9]*$' then
        return 'must have no port: a ping has none';
    end if;
    return coalesce(core.check_authority(host), case
        when kind = 'grpc' and host !~ ':[0-9]+$' then 'must name a port, like example.com:443' end);
end
$$;

create or replace function core.check_domain(name text) returns text
language plpgsql immutable parallel safe as $$
begin
    return coalesce(core.check_address_characters(name), case
        when length(name) > 253 or name !~* core.host_pattern() or name !~ '\.[^.]'
             or name ~ '\.[0-9]+\.?$'
            then 'must be the name of a domain, like example.com' end);
end
$$;

create or replace function core.check_url(value jsonb, kind text) returns text
language sql immutable parallel safe as $$
    select case
        when core.is_blank(value) then 'is required'
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        when length(value #>> '{}') > 2048 then 'must be at most 2048 characters long'
        when coalesce(core.is_http(kind) or kind = 'websocket'
                      or kind <> all (core.monitor_types()), true)
            then core.check_web_url(value #>> '{}', kind)
        when kind = 'domain' then core.check_domain(value #>> '{}')
        else core.check_host(value #>> '{}', kind)
    end
$$;
