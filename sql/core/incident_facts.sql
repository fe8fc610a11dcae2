-- What was seen when something failed, as an incident keeps it.
--
-- detection = {slot, checked_at, reported_at, suspected_at, confirmed_at, reason, text, expires_at,
-- regions: [{region, reason, text, http_status, address, checked_at, evidence}]}; all of it may be
-- missing.  evidence is the JSON of a tick, as a string or as it is.  It comes from agents, and
-- what is in it from targets: everything is bounded here, and nothing is believed to be well
-- formed.

create or replace function core.incident_regions_max() returns integer
language sql immutable parallel safe as $$ select 16 $$;

-- Monitors of one incident whose evidence is kept.
create or replace function core.incident_evidence_max() returns integer
language sql immutable parallel safe as $$ select 5 $$;

create or replace function core.json_integer(value jsonb) returns integer
language sql immutable parallel safe as $$
    select case when value #>> '{}' ~ '^-?[0-9]{1,9}$' then (value #>> '{}')::integer end
$$;

-- A reason as a code, whether it was given as a number or as one.
create or replace function core.incident_reason(value jsonb) returns text
language plpgsql stable as $$
begin
    if jsonb_typeof(value) = 'number' and core.json_integer(value) between 0 and 32767 then
        return core.reason_code((value #>> '{}')::smallint);
    end if;
    return left(value #>> '{}', 64);
end
$$;

create or replace function core.incident_region(given jsonb) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'region', left(given ->> 'region', 64), 'reason', core.incident_reason(given -> 'reason'),
        'text', left(given ->> 'text', 500),
        'http_status', nullif(core.json_integer(given -> 'http_status'), 0),
        'address', nullif(left(given ->> 'address', 128), ''),
        'checked_at', core.iso(core.parse_time(given ->> 'checked_at')),
        'evidence', case when length(given ->> 'evidence') <= 8192
                         then nullif(given ->> 'evidence', '') end)
$$;

-- The detection as everything below takes it: `main` is the region that speaks for all.
create or replace function core.incident_facts(detection jsonb) returns jsonb
language plpgsql stable as $$
declare
    given jsonb := core.body_object(detection);
    regions jsonb;
    code text := core.incident_reason(given -> 'reason');
begin
    select coalesce(jsonb_agg(core.incident_region(r.item) order by r.place), '[]') into regions
      from jsonb_array_elements(case when jsonb_typeof(given -> 'regions') = 'array'
                                     then given -> 'regions' else '[]' end)
           with ordinality r (item, place)
     where jsonb_typeof(r.item) = 'object' and r.place <= core.incident_regions_max();
    return given || jsonb_build_object('regions', regions, 'reason', code, 'main', (
        select r.item from jsonb_array_elements(regions) with ordinality r (item, place)
         order by r.item ->> 'reason' is distinct from code, r.place limit 1));
end
$$;

create or replace function core.incident_regions(facts jsonb) returns text[]
language plpgsql immutable parallel safe as $$
begin
    return array(select distinct r ->> 'region' from jsonb_array_elements(facts -> 'regions') r
                  where r ->> 'region' is not null order by 1);
end
$$;

-- What is kept with a monitor; `i` counts it already.
create or replace function core.incident_evidence(i betterstack.incident, facts jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case when i.monitors_count <= core.incident_evidence_max() then facts -> 'regions'
                else '[]' end
$$;

-- The newer of each region.
create or replace function core.incident_evidence_merge(older jsonb, newer jsonb) returns jsonb
language sql immutable parallel safe as $$
    select coalesce(jsonb_agg(e.item order by e.place), '[]')
      from (select distinct on (m.item ->> 'region') m.item, m.place
              from jsonb_array_elements(newer || older) with ordinality m (item, place)
             order by m.item ->> 'region', m.place
             limit core.incident_regions_max()) e
$$;

-- The evidence of the region that speaks for all; null if it cannot be read.
create or replace function core.incident_main_evidence(facts jsonb) returns json
language plpgsql stable as $$
begin
    return core.evidence_jsonb(facts #>> '{main,evidence}');
end
$$;

-- The beginning of the answer: at most 500 bytes of it, whole characters.
create or replace function core.incident_response(facts jsonb) returns text
language plpgsql stable as $$
declare
    body text;
begin
    body := left(core.incident_main_evidence(facts) ->> 'body', 500);
    while octet_length(body) > 500 loop
        body := left(body, least(length(body) - 1, length(body) - (octet_length(body) - 500) / 4));
    end loop;
    return nullif(body, '');
end
$$;

-- When it began to fail: what the first suspicion said, if that is sane.
create or replace function core.incident_started(facts jsonb, at timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    since timestamptz := core.parse_time(facts ->> 'suspected_at');
begin
    return case when since between at - interval '1 day' and at then since else at end;
end
$$;

-- What is told of it in the timeline.
create or replace function core.incident_entry_detail(facts jsonb) returns jsonb
language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'text', left(coalesce(facts #>> '{main,text}', facts ->> 'text'), 500),
        'reason', facts -> 'reason', 'regions', to_jsonb(core.incident_regions(facts))))
$$;
