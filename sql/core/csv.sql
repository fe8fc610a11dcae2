-- CSV (RFC 4180), for people who open it in a spreadsheet.

-- Text of anybody: quoted, and never a formula.  A spreadsheet takes what begins with one of these
-- signs (after blanks, too, and in their wide forms) for something to calculate, or to fetch.
create or replace function core.csv_text(value text) returns text
language sql immutable parallel safe as $$
    select case when value is null then '' else
        '"' || case when value ~ '^(\s*[=+@＝＋－＠-]|[\t\r\n])' then '''' else '' end
            || replace(value, '"', '""') || '"' end
$$;

-- A number of ours, or nothing.
create or replace function core.csv_number(value text) returns text
language sql immutable parallel safe as $$
    select case when value ~ '^-?[0-9]+(\.[0-9]+)?$' then value else '' end
$$;

create or replace function core.csv_line(fields text[]) returns text
language sql immutable parallel safe as $$
    select array_to_string(fields, ',') || E'\r\n'
$$;
