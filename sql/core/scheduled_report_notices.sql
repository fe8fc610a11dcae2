-- What whoever reads a report must know to read it right: sentences.

create or replace function core.scheduled_report_names_max() returns integer
language sql immutable parallel safe as $$ select 5 $$;

-- "a, b and 3 more"
create or replace function core.scheduled_report_names(names text[]) returns text
language sql immutable parallel safe as $$
    select array_to_string(names[:core.scheduled_report_names_max()], ', ')
           || case when cardinality(names) > core.scheduled_report_names_max()
                   then ' and ' || cardinality(names) - core.scheduled_report_names_max() || ' more'
                   else '' end
$$;

-- Those of which a share of the period is missing: less is not worth a word.
create or replace function core.scheduled_report_share_told() returns double precision
language sql immutable parallel safe as $$ select 0.01 $$;

-- The names of monitors for which `member` takes more of the period than that.
create or replace function core.scheduled_report_lacking(content jsonb, member text,
    seconds double precision) returns text[]
language sql stable as $$
    select array(select m ->> 'name' from jsonb_array_elements(content -> 'monitors')
                        with ordinality t (m, place)
                  where (m ->> member)::double precision
                        > seconds * core.scheduled_report_share_told()
                  order by (m ->> member)::double precision desc, place)
$$;

create or replace function core.scheduled_report_notices(content jsonb, ids integer[],
    since timestamptz, until timestamptz) returns jsonb
language plpgsql stable as $$
declare
    seconds double precision := extract(epoch from until - since);
    counted integer := content #> '{summary,monitors}';
    listed integer := jsonb_array_length(content -> 'monitors');
    no_data text[] := core.scheduled_report_lacking(content, 'no_data', seconds);
    paused text[] := core.scheduled_report_lacking(content, 'paused', seconds);
    fresh text[] := array(select m.pronounceable_name from betterstack.monitor m
                           where m.id = any (ids) and m.created_at > since and m.created_at < until
                           order by m.id);
    silent text[] := array(select m ->> 'name' from jsonb_array_elements(content -> 'monitors') m
                            where m -> 'response' = 'null' and m -> 'availability' <> 'null');
begin
    return to_jsonb(array_remove(array[
        case when content -> 'is_over' = 'false' then 'This period is not over yet: the report '
            'goes up to the moment when it was made.' end,
        case when ids = '{}' then 'This report has no monitors any more.'
             when counted = 0 then 'None of the monitors was there at that time.' end,
        case when counted > listed then 'Numbers of the whole count all ' || counted
            || ' monitors. Listed are the ' || listed || ' that were available least.' end,
        case when no_data <> '{}' then 'Times without results are left out of availability: '
            || core.scheduled_report_names(no_data) || '.' end,
        case when paused <> '{}' then 'Paused for a part of the time, which is left out: '
            || core.scheduled_report_names(paused) || '.' end,
        case when fresh <> '{}' then 'Added during this period, and counted from then on: '
            || core.scheduled_report_names(fresh) || '.' end,
        case when silent <> '{}' then 'No response times were kept of: '
            || core.scheduled_report_names(silent) || '.' end], null));
end
$$;
