-- Checks of single attributes of a monitor.

create or replace function core.check_monitor_type(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when core.is_blank(value) then 'is required'
        when value = '"playwright"' then '“playwright” is not supported yet'
        else core.check_choice(value, core.monitor_types())
    end
$$;

create or replace function core.check_timeout(value jsonb, kind text) returns text
language sql stable parallel safe as $$
    select coalesce(
        case when not coalesce(core.is_integer(value), false) then 'must be an integer' end,
        core.check_choice(value, core.timeouts(kind)::text[])
        || case when core.timeout_is_ms(kind)
                then ' milliseconds for the monitor type ' || kind else '' end)
$$;

-- A choice that may be null, which stands for what is usual.
create or replace function core.check_optional_choice(value jsonb, allowed text[]) returns text
language sql stable parallel safe as $$
    select case when value <> 'null' then
               case when jsonb_typeof(value) = 'string' then core.check_choice(value, allowed)
                    else core.check_choice(null, allowed) end || ', or null' end
$$;

create or replace function core.check_optional_integer(value jsonb, lowest integer,
    highest integer) returns text
language sql stable parallel safe as $$
    select case when value <> 'null' then core.check_integer(value, lowest, highest)
                                          || ', or null' end
$$;

-- '25,465,587' as numbers; NULL if it is not such a list.
create or replace function core.ports(list text) returns integer[]
language sql immutable parallel safe as $$
    select case when list ~ '^ *[0-9]{1,5}( *, *[0-9]{1,5})* *$'
           then string_to_array(replace(list, ' ', ''), ',')::integer[] end
$$;

-- `url` may name a port, too, but only one of them does.
create or replace function core.check_port(value jsonb, kind text, url text) returns text
language plpgsql stable parallel safe as $$
declare
    list text := value #>> '{}';
    ports integer[];
    in_url boolean := coalesce((core.url_parts(url)).port is not null, false);
begin
    if core.is_blank(value) then
        return case when kind in ('tcp', 'udp') and not in_url
                    then 'is required for the monitor type ' || kind end;
    elsif jsonb_typeof(value) <> 'string' then
        return 'must be a string, like "443" or "25,465,587"';
    end if;
    ports := core.ports(list);
    return case
        when length(list) > 100 then 'must be at most 100 characters long'
        when ports is null then 'must be a port, or several with commas between'
        when cardinality(ports) > 10 then 'must have at most 10 entries'
        when exists (select from unnest(ports) p where p not between 1 and 65535)
            then 'must contain only ports between 1 and 65535'
        when (select count(distinct p) from unnest(ports) p) < cardinality(ports)
            then 'must not name a port twice'
        when in_url then 'is already in url' end;
end
$$;

create or replace function core.check_status_codes(value jsonb, required boolean) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of integers'
        when required and jsonb_array_length(value) = 0
            then 'is required for the monitor type expected_status_code'
        when jsonb_array_length(value) > 50 then 'must have at most 50 entries'
        when exists (select from jsonb_array_elements(value) e
                      where core.check_integer(e, 100, 599) is not null)
            then 'must contain only integers between 100 and 599'
    end
$$;

create or replace function core.check_status_ranges(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of strings'
        when jsonb_array_length(value) > 50 then 'must have at most 50 entries'
        when exists (select from jsonb_array_elements(value) e
                      where jsonb_typeof(e) <> 'string'
                         or e #>> '{}' !~ '^[1-5][0-9]{2}(-[1-5][0-9]{2})?$'
                         or split_part(e #>> '{}', '-', 2) <> ''
                            and split_part(e #>> '{}', '-', 1) > split_part(e #>> '{}', '-', 2))
            then 'must contain only codes and ranges, like "404" and "200-299"'
    end
$$;

create or replace function core.check_regions(value jsonb) returns text
language sql stable as $$
    select case
        when value = 'null'::jsonb then null
        when jsonb_typeof(value) <> 'array' then 'must be a list of regions, or null for all'
        when jsonb_array_length(value) = 0
            then 'must name at least one region, or be null for all'
        when jsonb_array_length(value) > 100 then 'must have at most 100 entries'
        else (select 'does not know the region “' || left(coalesce(e #>> '{}', 'null'), 64) || '”'
                from jsonb_array_elements(value) e
               where jsonb_typeof(e) <> 'string'
                     or not exists (select from betterstack.region r where r.slug = e #>> '{}')
               limit 1)
    end
$$;

-- Ids of monitors; whether there are such monitors: core.monitor_errors_references.
create or replace function core.check_depends_on(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array'
             or exists (select from jsonb_array_elements(value) e
                         where jsonb_typeof(e) not in ('string', 'number')
                            or e #>> '{}' !~ '^[1-9][0-9]{0,8}$')
            then 'must be a list of ids of monitors'
        when jsonb_array_length(value) > 10 then 'must have at most 10 entries'
        when (select count(distinct e #>> '{}') from jsonb_array_elements(value) e)
             < jsonb_array_length(value) then 'must not name a monitor twice'
    end
$$;

-- Texts of one line each, as DNS answers are.
create or replace function core.check_texts(value jsonb, entries_max integer,
    characters_max integer) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of strings'
        when jsonb_array_length(value) > entries_max
            then 'must have at most ' || entries_max || ' entries'
        else (select case when jsonb_typeof(e) <> 'string' then 'must be a list of strings'
                          else coalesce('has an entry that '
                                        || core.check_required_text(e, characters_max)) end
                from jsonb_array_elements(value) e
               where jsonb_typeof(e) <> 'string'
                  or core.check_required_text(e, characters_max) is not null limit 1)
    end
$$;

-- Blocks of the given kinds and nothing between them but blank lines.  What is in them is judged by
-- the agent's TLS library; here: that they are blocks, and how large.
create or replace function core.check_pem(value jsonb, labels text, blocks_max integer,
    characters_max integer) returns text
language plpgsql stable parallel safe as $$
declare
    text text := value #>> '{}';
begin
    return case
        when value = 'null' then null
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        when length(text) > characters_max
            then 'must be at most ' || characters_max || ' characters long'
        when text ~ 'ENCRYPTED' then 'must not be encrypted: there is nobody to type a password'
        when text !~ ('^\s*(-----BEGIN (' || labels || ')-----\s[A-Za-z0-9+/=\s]+'
                      '-----END (' || labels || ')-----\s*)+$')
            then 'must be PEM: -----BEGIN ' || split_part(labels, '|', 1) || '----- and so on'
        when (length(text) - length(replace(text, '-----BEGIN ', ''))) / 11 > blocks_max
            then 'must have at most ' || blocks_max || ' blocks' end;
end
$$;

-- What stands before the port in "http://proxy:3128".
create or replace function core.check_proxy_host(value jsonb) returns text
language plpgsql stable parallel safe as $$
begin
    return case
        when value = 'null' then null
        when jsonb_typeof(value) <> 'string' then 'must be a string'
        when length(value #>> '{}') > 253 then 'must be at most 253 characters long'
        when not core.is_name_or_ipv4(value #>> '{}')
             and not (value #>> '{}' ~ '^\[.*\]$'
                      and core.is_ipv6(substr(value #>> '{}', 2, length(value #>> '{}') - 2)))
            then 'must be a host name or an address; the port belongs to proxy_port' end;
end
$$;
