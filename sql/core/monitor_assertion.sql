-- Assertions: what an HTTP answer must be like beyond its status.

create or replace function core.assertion_operators(source text) returns text[]
language sql immutable parallel safe as $$
    select case source
        when 'body' then '{contains,not_contains,matches,not_matches}'::text[]
        when 'header' then '{equals,not_equals,contains,not_contains,matches,not_matches,exists,
                             not_exists,greater_than,less_than}'
        when 'json' then '{equals,not_equals,contains,not_contains,matches,not_matches,exists,
                           not_exists,greater_than,less_than,is_true}' end
$$;

-- With every member there, as strings; a number or a truth value may be given as such.
create or replace function core.assertion_normal(a jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case when jsonb_typeof(a) = 'object' then a || jsonb_build_object(
               'property', coalesce(nullif(a -> 'property', 'null'), '""'),
               'value', case when jsonb_typeof(a -> 'value') in ('number', 'boolean')
                             then to_jsonb(a ->> 'value')
                             else coalesce(nullif(a -> 'value', 'null'), '""') end)
           else a end
$$;

create or replace function core.check_assertion_value(operator text, value text) returns text
language sql stable parallel safe as $$
    select case
        when operator in ('exists', 'not_exists', 'is_true')
            then case when value <> '' then 'take no value with the operator ' || operator end
        when operator in ('greater_than', 'less_than') and value !~ '^-?[0-9]{1,15}(\.[0-9]{1,9})?$'
            then 'need a number as the value of ' || operator
        when operator like any ('{%contains,%matches}') and value = ''
            then 'need a value for ' || operator
    end
$$;

create or replace function core.check_assertion(a jsonb) returns text
language plpgsql stable parallel safe as $$
declare
    source text;
    property text;
begin
    if jsonb_typeof(a) <> 'object' then
        return 'must be a list of objects';
    elsif exists (select from jsonb_object_keys(a) k
                   where k not in ('source', 'property', 'operator', 'value')) then
        return 'must have no members but source, property, operator and value';
    elsif core.check_choice(a -> 'source', '{header,json,body}') is not null then
        return 'must have one of the sources header, json, body';
    end if;
    source := a ->> 'source';
    property := a ->> 'property';
    return case
        when core.check_choice(a -> 'operator', core.assertion_operators(source)) is not null
            then 'must have one of the operators '
                 || array_to_string(core.assertion_operators(source), ', ')
                 || ' for the source ' || source
        when core.check_text(a -> 'property', 1024) is not null
            then 'have a property that ' || core.check_text(a -> 'property', 1024)
        when core.check_text(a -> 'value', 1024) is not null
            then 'have a value that ' || core.check_text(a -> 'value', 1024)
        when source = 'header' and (property !~ core.header_token_pattern()
                                    or length(property) > 128)
            then 'need the name of a header as the property of a header'
        when source = 'json' and btrim(property) = ''
            then 'need a jq expression, like .status, as the property of json'
        when source = 'body' and property <> '' then 'take no property with the source body'
        else core.check_assertion_value(a ->> 'operator', a ->> 'value') end;
end
$$;

create or replace function core.check_assertions(value jsonb) returns text
language sql stable parallel safe as $$
    select case
        when jsonb_typeof(value) <> 'array' then 'must be a list of objects'
        when jsonb_array_length(value) > 20 then 'must have at most 20 entries'
        else (select core.check_assertion(e) from jsonb_array_elements(value) e
               where core.check_assertion(e) is not null limit 1)
    end
$$;
