-- What is wrong with an input.  Each check gets the JSON value (SQL NULL: absent) and returns a
-- message, or NULL if it is fine.  None of them raises, whatever the value is.

-- errors + {field: [message]}; a NULL message changes nothing.
create or replace function core.complain(errors jsonb, field text, message text) returns jsonb
language sql stable parallel safe as $$
    select case when message is null then errors
           else errors || jsonb_build_object(
               field, coalesce(errors -> field, '[]'::jsonb) || to_jsonb(message)) end
$$;

-- Names every member of the body that may not be given.
create or replace function core.check_members(body jsonb, known text[],
    read_only text[] default '{}', not_yet text[] default '{}') returns jsonb
language sql stable parallel safe as $$
    select coalesce(jsonb_object_agg(name, jsonb_build_array(
               case when name = any (read_only) then 'is read-only'
                    when name = any (not_yet) then 'is not supported yet'
                    else 'is not a known attribute' end)), '{}'::jsonb)
      from jsonb_object_keys(body) name
     where name <> all (known)
$$;

-- A body that is no object is treated as an empty one: the required fields are then missed by name.
create or replace function core.body_object(body jsonb) returns jsonb
language sql stable parallel safe as $$
    select case when jsonb_typeof(body) = 'object' then body else '{}'::jsonb end
$$;

create or replace function core.is_blank(value jsonb) returns boolean
language sql stable parallel safe as $$
    select value is null or value = 'null'::jsonb
           or (jsonb_typeof(value) = 'string' and btrim(value #>> '{}') = '')
$$;

create or replace function core.check_text(value jsonb, characters_max integer,
    one_line boolean default true) returns text
language sql stable parallel safe as $$
    select case
        when value is null or value = 'null'::jsonb then null
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        when length(value #>> '{}') > characters_max
            then 'must be at most ' || characters_max || ' characters long'
        when one_line and value #>> '{}' ~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'
            then 'must not contain control characters'
    end
$$;

create or replace function core.check_required_text(value jsonb, characters_max integer)
    returns text
language sql stable parallel safe as $$
    select case when core.is_blank(value) then 'is required'
           else core.check_text(value, characters_max) end
$$;

create or replace function core.is_integer(value jsonb) returns boolean
language sql stable parallel safe as $$
    select jsonb_typeof(value) = 'number' and value #>> '{}' ~ '^-?[0-9]{1,9}$'
$$;

create or replace function core.check_integer(value jsonb, lowest integer, highest integer)
    returns text
language sql stable parallel safe as $$
    select case
        when not coalesce(core.is_integer(value), false) then 'must be an integer'
        when (value #>> '{}')::integer not between lowest and highest
            then 'must be between ' || lowest || ' and ' || highest
    end
$$;

create or replace function core.check_boolean(value jsonb) returns text
language sql stable parallel safe as $$
    select case when coalesce(jsonb_typeof(value), '') <> 'boolean'
           then 'must be true or false' end
$$;

-- `allowed` in the order in which a person would name them.
create or replace function core.check_choice(value jsonb, allowed text[]) returns text
language sql stable parallel safe as $$
    select case when coalesce(value #>> '{}' <> all (allowed), true)
                     or jsonb_typeof(value) not in ('string', 'number')
           then 'must be one of ' || array_to_string(allowed, ', ') end
$$;

create or replace function core.email_normal(email text) returns text
language sql stable parallel safe as $$
    select lower(btrim(email))
$$;

-- Whether mail arrives is found out by sending some; this refuses what cannot be an address.
create or replace function core.check_email(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when core.is_blank(value) then 'is required'
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        when length(value #>> '{}') > 254 then 'must be at most 254 characters long'
        when btrim(value #>> '{}') !~ ('^[^\s@\u0001-\u001f\u007f"<>(),:;\\]{1,64}'
                                       '@[^\s@\u0001-\u001f\u007f"<>(),:;\\]+$')
            then 'is not an e-mail address'
    end
$$;

create or replace function core.header_token_pattern() returns text
language sql stable parallel safe as $$
    select '^[!#$%&''*+.^_`|~0-9A-Za-z-]+$'
$$;
