-- Lists, and the links between their pages.

-- What a client asked for; out of range or no number: errors.
create or replace function core.page_request_of(query jsonb, most integer, out page integer,
    out per_page integer, out errors jsonb)
language plpgsql stable as $$
begin
    errors := '{}';
    page := 1;
    per_page := 50;
    if query ->> 'page' ~ '^[0-9]{1,6}$' and (query ->> 'page')::integer > 0 then
        page := query ->> 'page';
    elsif query ? 'page' then
        errors := core.complain(errors, 'page', 'must be a number from 1');
    end if;
    if query ->> 'per_page' ~ '^[0-9]{1,6}$'
       and (query ->> 'per_page')::integer between 1 and most then
        per_page := query ->> 'per_page';
    elsif query ? 'per_page' then
        errors := core.complain(errors, 'per_page', 'must be between 1 and ' || most);
    end if;
end
$$;

create or replace function core.page_request(query jsonb, out page integer, out per_page integer,
    out errors jsonb)
language sql stable as $$
    select * from core.page_request_of(query, 250)
$$;

-- Of lists whose rows are short.
create or replace function core.page_short_rows_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.percent_encode(value text) returns text
language plpgsql stable parallel safe as $$
begin
    if value ~ '^[A-Za-z0-9._~-]*$' then    -- nearly always
        return value;
    end if;
    return (select string_agg(case when c ~ '^[A-Za-z0-9._~-]$' then c
                else upper(regexp_replace(encode(convert_to(c, 'UTF8'), 'hex'), '(..)', '%\1', 'g'))
                end, '' order by place)
              from regexp_split_to_table(value, '') with ordinality as t (c, place));
end
$$;

-- The query as it came, up to the number of the page.  `names`: the parameters that the endpoint
-- knows.
create or replace function core.page_link(path text, query jsonb, names text[]) returns text
language plpgsql stable as $$
declare
    link text := path || '?';
    name text;
begin
    foreach name in array names loop
        if query ? name then
            link := link || core.percent_encode(name) || '=' || core.percent_encode(query ->> name) || '&';
        end if;
    end loop;
    return link || 'page=';
end
$$;

-- query '_url' is the request's own scheme, host and path, put there by the hub; without it the
-- links are relative.
create or replace function core.pagination(path text, query jsonb, names text[], page integer,
    pages integer) returns text
language plpgsql stable as $$
declare
    link text := core.page_link(coalesce(query ->> '_url', path), query, names);
    last integer := greatest(pages, 1);
begin
    return json_build_object(
        'first', link || 1,
        'last', link || last,
        'prev', case when page > 1 then link || least(page - 1, last) end,
        'next', case when page < pages then link || page + 1 end)::text;
end
$$;

-- A list that always fits one page.
create or replace function core.list_body(path text, items json) returns text
language plpgsql stable as $$
begin
    return '{"data":' || coalesce(items::text, '[]')
        || ',"pagination":' || core.pagination(path, '{}', '{}', 1, 1) || '}';
end
$$;
