-- The addresses of monitors.

-- Of an address that core.check_url() has accepted; host without brackets.
create or replace function core.url_parts(url text, out scheme text, out host text,
    out port integer)
language plpgsql immutable parallel safe as $$
declare
    part text[] := regexp_match(url,
        '^(https?)://(\[[^\]]*\]|[^/?#:]*)(?::([0-9]{1,5}))?(?:[/?#]|$)', 'i');
begin
    scheme := lower(part[1]);
    host := btrim(lower(part[2]), '[]');
    port := coalesce(part[3]::integer, case scheme when 'https' then 443 else 80 end);
end
$$;

-- Names (with underscores: they exist), IPv4 and IPv6 literals.  Odd spellings of addresses are
-- judged where they are connected to, by the agent.
create or replace function core.check_url(value jsonb) returns text
language plpgsql immutable parallel safe as $$
declare
    url text := value #>> '{}';
    authority text;
    host text;
    odd text;
    label constant text := '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
begin
    if core.is_blank(value) then
        return 'is required';
    elsif jsonb_typeof(value) <> 'string' then
        return 'must be a string';
    elsif length(url) > 2048 then
        return 'must be at most 2048 characters long';
    elsif url !~* '^https?://' then
        return 'must start with http:// or https://';
    end if;

    odd := substring(url from '[^!-~]');
    if odd ~ '[\u0001-\u001f\u007f-\u009f]' then
        return 'must not contain control characters';
    elsif odd = ' ' then
        return 'must not contain spaces';
    elsif odd is not null then
        return 'contains “' || odd
            || '”: write names in their xn-- form, and the rest percent-encoded';
    end if;
    odd := substring(url from '["<>\\^`{|}]');
    if odd is not null then
        return 'contains “' || odd || '”, which must be percent-encoded';
    end if;

    authority := substring(url from '(?i)^https?://([^/?#]*)');
    if position('@' in authority) > 0 then
        return 'must not contain a user name or password: use auth_username and auth_password';
    end if;
    host := substring(authority from '^(\[[^\]]*\]|[^:]*)');
    if host = '' then
        return 'must name a host';
    elsif host ~ '^\[' and host !~ '^\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]$'
          or host !~ '^\[' and (length(host) > 253
             or host !~* ('^' || label || '(\.' || label || ')*\.?$'))
    then
        return 'has a host that is neither a name nor an address';
    end if;
    authority := substr(authority, length(host) + 1);
    if authority !~ '^(:[0-9]{1,5})?$'
       or authority <> '' and substr(authority, 2)::integer not between 1 and 65535 then
        return 'has a port that is not between 1 and 65535';
    end if;
    return null;
end
$$;
