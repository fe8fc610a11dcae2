-- What is wrong with one setting of a channel: a message, or null.

-- Whether it may be spoken to is judged by the agent, which knows what its host means by then.
create or replace function core.check_channel_url(value text) returns text
language plpgsql immutable parallel safe as $$
declare
    authority text := substring(value from '(?i)^[a-z]+://([^/?#]*)');
begin
    if length(value) > 2048 then
        return 'must be at most 2048 characters long';
    elsif value !~* '^https?://' then
        return 'must be a URL, like https://example.com/path';
    elsif position('@' in authority) > 0 then
        return 'must not contain a user name or password';
    end if;
    return coalesce(core.check_address_characters(value), core.check_authority(authority));
end
$$;

create or replace function core.channel_addresses_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

-- A list of texts, each of which `pattern` fits.
create or replace function core.check_channel_list(value jsonb, pattern text, message text)
    returns text
language sql immutable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of ' || message
        when jsonb_array_length(value) not between 1 and core.channel_addresses_max()
            then 'must have 1 to ' || core.channel_addresses_max() || ' elements'
        when exists (select from jsonb_array_elements(value) e
                      where jsonb_typeof(e) <> 'string' or e #>> '{}' !~ pattern)
            then 'must be a list of ' || message end
$$;

-- An object of texts.
create or replace function core.check_channel_pairs(value jsonb, pattern text, message text)
    returns text
language sql immutable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'object' then 'must be an object of ' || message
        when (select count(*) from jsonb_object_keys(value)) > core.channel_addresses_max()
            then 'must have at most ' || core.channel_addresses_max() || ' members'
        when exists (select from jsonb_each(value) e
                      where e.key !~ pattern or length(e.key) > 255
                         or jsonb_typeof(e.value) <> 'string' or length(e.value #>> '{}') > 4096
                         or e.value #>> '{}' ~ '[\u0001-\u001f\u007f]')
            then 'must be an object of ' || message end
$$;

create or replace function core.check_channel_word(kind text, value text) returns text
language sql immutable parallel safe as $$
    select case kind
        when 'url' then core.check_channel_url(value)
        when 'token' then case when value !~ '^[!-~]+$' or length(value) > 1024
            then 'must be letters, digits and signs, without spaces' end
        when 'topic' then case when value !~ '^[A-Za-z0-9_-]{1,64}$'
            then 'must be letters, digits, _ and -, at most 64 of them' end
        when 'phone' then case when value !~ '^\+[1-9][0-9]{6,14}$'
            then 'must be a number with its country, like +14155550100' end
        when 'room' then case when value !~ '^![!-~]{1,254}$'
            then 'must be the id of a room, like !abc:example.com' end
    end
$$;

create or replace function core.check_channel_value(rule jsonb, value jsonb) returns text
language plpgsql immutable parallel safe as $$
begin
    return case rule ->> 'type'
        when 'text' then core.check_text(value, (rule ->> 'max')::integer)
        when 'lines' then core.check_text(value, (rule ->> 'max')::integer, one_line => false)
        when 'integer' then core.check_integer(value, (rule ->> 'min')::integer,
                                               (rule ->> 'max')::integer)
        when 'boolean' then core.check_boolean(value)
        when 'choice' then core.check_choice(value, array(
            select jsonb_array_elements_text(rule -> 'choices')))
        when 'emails' then core.check_channel_list(value,
            '^[^\s@\u0001-\u001f\u007f"<>(),:;\\]{1,64}'
            '@[^\s@\u0001-\u001f\u007f"<>(),:;\\]{1,189}$',
            'e-mail addresses')
        when 'words' then core.check_channel_list(value, '^[^\u0001-\u001f\u007f]{1,50}$',
            'words of at most 50 characters')
        when 'headers' then core.check_channel_pairs(value, core.header_token_pattern(),
            'HTTP headers')
        when 'labels' then core.check_channel_pairs(value, '^[a-zA-Z_][a-zA-Z0-9_]*$', 'labels')
        else case when jsonb_typeof(value) <> 'string' then 'must be a string'
                  else core.check_channel_word(rule ->> 'type', value #>> '{}') end
    end;
end
$$;

-- All of one part, settings or secrets.  `known`: names of secrets that are set already.
create or replace function core.check_channel_part(rules jsonb, given jsonb, part text,
    known text[]) returns jsonb
language plpgsql immutable parallel safe as $$
declare
    errors jsonb;
    name text;
begin
    if jsonb_typeof(given) <> 'object' then
        return core.complain('{}', part, 'must be an object');
    end if;
    errors := (select coalesce(jsonb_object_agg(part || '.' || left(k, 64),
                   '["is not a known setting of this kind"]'::jsonb), '{}')
                 from jsonb_object_keys(given) k where not rules ? k);
    for name in select k from jsonb_object_keys(rules) k loop
        errors := core.complain(errors, part || '.' || name, case
            when not core.is_blank(given -> name)
                then core.check_channel_value(rules -> name, given -> name)
            when (rules -> name -> 'required') = 'true'
                 and not (name = any (known) and not given ? name) then 'is required' end);
    end loop;
    return errors;
end
$$;
