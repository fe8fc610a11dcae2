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
