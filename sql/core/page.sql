-- Lists, and the links between their pages.

-- What a client asked for; out of range or no number: errors.
create or replace function core.page_request(query jsonb, out page integer, out per_page integer,
    out errors jsonb)
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
       and (query ->> 'per_page')::integer between 1 and 250 then
        per_page := query ->> 'per_page';
    elsif query ? 'per_page' then
        errors := core.complain(errors, 'per_page', 'must be between 1 and 250');
    end if;
end
$$;

create or replace function core.percent_encode(value text) returns text
language sql stable parallel safe as $$
    select coalesce(string_agg(case when c ~ '^[A-Za-z0-9._~-]$' then c
               else upper(regexp_replace(encode(convert_to(c, 'UTF8'), 'hex'), '(..)', '%\1', 'g'))
               end, '' order by place), '')
      from regexp_split_to_table(value, '') with ordinality as t (c, place)
$$;

-- The query as it came, with another page.  `names`: the parameters that the endpoint knows.
create or replace function core.page_link(path text, query jsonb, names text[], page integer)
    returns text
language sql stable as $$
    select path || '?' || coalesce(string_agg(name || '=' || core.percent_encode(query ->> name),
                                              '&' order by place) || '&', '') || 'page=' || page
      from unnest(names) with ordinality as t (name, place)
     where query ? name
$$;

-- query '_url' is the request's own scheme, host and path, put there by the hub; without it the
-- links are relative.
create or replace function core.pagination(path text, query jsonb, names text[], page integer,
    pages integer) returns text
language sql stable as $$
    select json_build_object(
        'first', core.page_link(base, query, names, 1),
        'last', core.page_link(base, query, names, greatest(pages, 1)),
        'prev', case when page > 1
                     then core.page_link(base, query, names, least(page - 1, greatest(pages, 1))) end,
        'next', case when page < pages then core.page_link(base, query, names, page + 1) end)::text
      from coalesce(query ->> '_url', path) base
$$;

-- A list that always fits one page.
create or replace function core.list_body(path text, items json) returns text
language sql stable as $$
    select '{"data":' || coalesce(items::text, '[]')
           || ',"pagination":' || core.pagination(path, '{}', '{}', 1, 1) || '}'
$$;
