-- The installation as its administrators see it: under which address people reach it, and by whose
-- servers it sends.

create or replace function core.origin_max() returns integer
language sql immutable parallel safe as $$ select 255 $$;

-- 'https://status.example.com:8443', as browsers write it; null if it is nothing like that.
create or replace function core.origin_normal(origin text) returns text
language plpgsql immutable parallel safe as $$
declare
    given text := regexp_replace(btrim(lower(origin)), '/$', '');
begin
    if length(given) <= core.origin_max() and given ~ '^https?://[^/?#@]+$'
       and core.check_address_characters(given) is null
       and core.check_authority(substring(given from '://(.*)$')) is null then
        return regexp_replace(given, '^(http://.*):80$|^(https://.*):443$', '\1\2');
    end if;
    return null;
end
$$;

create or replace function core.check_origin(value jsonb) returns text
language plpgsql immutable parallel safe as $$
begin
    if core.is_blank(value) then
        return null;
    elsif jsonb_typeof(value) <> 'string' then
        return 'must be a string';
    elsif core.origin_normal(value #>> '{}') is null then
        return 'must be where people reach this installation, like https://status.example.com, '
               || 'without a path';
    end if;
    return null;
end
$$;

create or replace function core.smtp_securities() returns text[]
language sql immutable parallel safe as $$ select '{starttls,tls,none}'::text[] $$;

-- A host alone: names, IPv4, and IPv6 without brackets.
create or replace function core.check_smtp_host(value jsonb) returns text
language plpgsql immutable parallel safe as $$
begin
    if core.is_blank(value) then
        return 'is required';
    elsif jsonb_typeof(value) <> 'string' then
        return 'must be a string';
    elsif not (core.is_name_or_ipv4(value #>> '{}') or core.is_ipv6(value #>> '{}')) then
        return 'must be the name or address of a mail server, like mail.example.com';
    end if;
    return null;
end
$$;

-- An address, or a name and an address.
create or replace function core.check_sender(value jsonb) returns text
language plpgsql immutable parallel safe as $$
declare
    address text := '[!#-''*+./0-9=?A-Z^_`a-z{|}~-]{1,64}@[0-9A-Za-z.-]{1,189}';
begin
    if core.is_blank(value) then
        return 'is required';
    elsif jsonb_typeof(value) <> 'string' then
        return 'must be a string';
    elsif length(value #>> '{}') > 255
          or value #>> '{}' !~ ('^(' || address || '|[^<>\u0001-\u001f\u007f]*<'
                                || address || '>)$') then
        return 'must be an address, like alerts@example.com or Alerts <alerts@example.com>';
    end if;
    return null;
end
$$;

-- What is wrong with the whole of it; nothing at all is fine.
create or replace function core.smtp_errors(s jsonb, password_set boolean) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    if s = '{}' then
        return core.complain(errors, 'smtp_password', case when password_set
            then 'needs a mail server: set smtp first' end);
    end if;
    errors := core.complain(errors, 'smtp.host', core.check_smtp_host(s -> 'host'));
    if s ? 'port' then
        errors := core.complain(errors, 'smtp.port', core.check_integer(s -> 'port', 1, 65535));
    end if;
    if s ? 'security' then
        errors := core.complain(errors, 'smtp.security',
            core.check_choice(s -> 'security', core.smtp_securities()));
    end if;
    errors := core.complain(errors, 'smtp.username', core.check_text(s -> 'username', 255));
    errors := core.complain(errors, 'smtp.from', core.check_sender(s -> 'from'));
    return core.complain(errors, 'smtp_password', case when password_set
        and core.is_blank(s -> 'username') then 'is of no use without smtp.username' end);
end
$$;

create or replace function core.twilio_errors(t jsonb, token_set boolean) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    if t = '{}' then
        return core.complain(errors, 'twilio_auth_token', case when token_set
            then 'needs an account: set twilio first' end);
    end if;
    errors := core.complain(errors, 'twilio.account_sid', case
        when core.is_blank(t -> 'account_sid') then 'is required'
        when coalesce(t ->> 'account_sid', '') !~ '^AC[0-9a-fA-F]{32}$'
            then 'must be AC and 32 hexadecimal digits, as Twilio shows it' end);
    errors := core.complain(errors, 'twilio.from', case
        when core.is_blank(t -> 'from') then 'is required'
        else core.check_text(t -> 'from', 64) end);
    return core.complain(errors, 'twilio_auth_token', case when not token_set
        then 'is required' end);
end
$$;

create or replace function core.installation_body() returns text
language plpgsql stable as $$
declare
    n betterstack.installation;
begin
    select o.* into n from betterstack.installation o;
    return json_build_object('data', json_build_object('id', '1', 'type', 'installation',
        'attributes', json_build_object('name', n.name, 'public_url', n.public_url,
            'smtp', json_build_object('host', n.smtp -> 'host', 'port', n.smtp -> 'port',
                'security', n.smtp -> 'security', 'username', n.smtp -> 'username',
                'from', n.smtp -> 'from'),
            'smtp_password_set', n.smtp_secrets is not null,
            'smtp_problem', core.channel_installation('email', '{}') -> 'problem',
            'twilio', json_build_object('account_sid', n.twilio -> 'account_sid',
                'from', n.twilio -> 'from'),
            'twilio_auth_token_set', n.twilio_secrets is not null,
            'twilio_problem', core.channel_installation('twilio_sms', '{}') -> 'problem')))::text;
end
$$;

-- Of an object, what is given over what was there; null takes away, and null instead of an object
-- takes all of it away.
create or replace function core.installation_merge(held jsonb, given jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case when given is null then held when given = 'null' then '{}'
                else (select coalesce(jsonb_object_agg(e.key, e.value), '{}')
                        from jsonb_each(held || given) e
                       where e.value not in ('null', '""')) end
$$;

-- A secret after a change of `part`: as given, or as it was, unless what it belongs to went.
create or replace function core.installation_secret(held bytea, part jsonb, name text, given jsonb)
    returns bytea
language plpgsql volatile as $$
begin
    if part = '{}' or given = 'null' then
        return null;
    elsif given is null then
        return held;
    end if;
    return core.seal(jsonb_build_object(name, given)::text);
end
$$;

create or replace function core.installation_shape_errors(body jsonb) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(body,
        '{public_url,smtp,smtp_password,twilio,twilio_auth_token}',
        '{name,id,smtp_password_set,smtp_problem,twilio_auth_token_set,twilio_problem}');
    known jsonb := '{"smtp": ["host", "port", "security", "username", "from"],
                     "twilio": ["account_sid", "from"]}';
    part text;
begin
    errors := core.complain(errors, 'public_url', core.check_origin(body -> 'public_url'));
    foreach part in array '{smtp,twilio}'::text[] loop
        if jsonb_typeof(body -> part) not in ('object', 'null') then
            errors := core.complain(errors, part, 'must be an object');
        elsif jsonb_typeof(body -> part) = 'object' then
            errors := errors || (
                select coalesce(jsonb_object_agg(part || '.' || e.key, e.value), '{}')
                  from jsonb_each(core.check_members(body -> part, array(
                           select jsonb_array_elements_text(known -> part)))) e);
        end if;
    end loop;
    foreach part in array '{smtp_password,twilio_auth_token}'::text[] loop
        errors := core.complain(errors, part, case when body -> part = '""' then
            'must not be empty: null takes it away' else core.check_text(body -> part, 1024) end);
    end loop;
    return errors;
end
$$;

-- A password is kept for the server that it was given for: who may not read it cannot have it sent
-- to another one either.
create or replace function core.installation_moved(held jsonb, part jsonb, name text)
    returns boolean
language sql immutable parallel safe as $$
    select held ? name and part -> name is distinct from held -> name
$$;

create or replace function core.installation_change(n betterstack.installation, body jsonb,
    out changed betterstack.installation, out errors jsonb)
language plpgsql volatile as $$
declare
    again text := 'is to be given again, because ';
begin
    changed := n;
    errors := core.installation_shape_errors(body);
    if errors <> '{}' then
        return;
    end if;
    changed.smtp := core.installation_merge(n.smtp, body -> 'smtp');
    changed.twilio := core.installation_merge(n.twilio, body -> 'twilio');
    if body ? 'public_url' then
        changed.public_url := core.origin_normal(nullif(body ->> 'public_url', ''));
    end if;
    errors := core.smtp_errors(changed.smtp, jsonb_typeof(body -> 'smtp_password') = 'string')
        || core.twilio_errors(changed.twilio, case when body ? 'twilio_auth_token'
               then body -> 'twilio_auth_token' <> 'null' else n.twilio_secrets is not null end);
    if n.smtp_secrets is not null and changed.smtp <> '{}' and not body ? 'smtp_password'
       and core.installation_moved(n.smtp, changed.smtp, 'host') then
        errors := core.complain(errors, 'smtp_password', again || 'smtp.host changes');
    end if;
    if n.twilio_secrets is not null and changed.twilio <> '{}' and not body ? 'twilio_auth_token'
       and core.installation_moved(n.twilio, changed.twilio, 'account_sid') then
        errors := core.complain(errors, 'twilio_auth_token', again || 'twilio.account_sid changes');
    end if;
    if errors = '{}' then
        changed.smtp_secrets := core.installation_secret(n.smtp_secrets, case
            when changed.smtp ? 'username' then changed.smtp else '{}' end, 'password',
            body -> 'smtp_password');
        changed.twilio_secrets := core.installation_secret(n.twilio_secrets, changed.twilio,
            'auth_token', body -> 'twilio_auth_token');
    end if;
end
$$;
