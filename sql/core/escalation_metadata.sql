-- Metadata of an incident, as its policy sees them: its own, and under them those of the monitor or
-- heartbeat that it is about.

-- The monitor that the incident is about: the first that was confirmed.
create or replace function core.escalation_monitor(i betterstack.incident) returns integer
language plpgsql stable as $$
begin
    if i.heartbeat_id is not null then
        return null;
    end if;
    return (select im.monitor_id from betterstack.incident_monitor im where im.incident_id = i.id
             order by im.confirmed_at, im.started_at, im.monitor_id limit 1);
end
$$;

-- {key: [{type, value, item_id, name, email}]}
create or replace function core.escalation_metadata(i betterstack.incident) returns jsonb
language plpgsql stable as $$
declare
    monitor integer := core.escalation_monitor(i);
begin
    return coalesce((
        select jsonb_object_agg(d.key, d.values order by d.owner_type = 'Incident')
          from betterstack.metadata d
         where (d.owner_type, d.owner_id) in (('Incident', i.id), ('Heartbeat', i.heartbeat_id),
                                              ('Monitor', monitor))
           and jsonb_typeof(d.values) = 'array'), '{}')
        || case when jsonb_typeof(i.metadata) = 'object' then i.metadata else '{}' end;
end
$$;

-- One value, as people would write it.
create or replace function core.metadata_word(value jsonb) returns text
language sql immutable parallel safe as $$
    select coalesce(value ->> 'value', value ->> 'name', value ->> 'email', value ->> 'item_id')
$$;

-- The text with the values of keys for {key}; what names no key stays as it is.
create or replace function core.metadata_fill(content text, metadata jsonb) returns text
language sql stable parallel safe as $$
    select coalesce(string_agg(coalesce((
               select string_agg(core.metadata_word(v), ', ')
                 from jsonb_array_elements(case when jsonb_typeof(metadata -> key) = 'array'
                                                then metadata -> key else '[]' end) v), part),
               '' order by place), '')
      from (select p[1] as part, place, regexp_replace(case when p[1] ~ '^\{.*\}$'
                       then btrim(substr(p[1], 2, length(p[1]) - 2)) end, '^metadata\.', '') as key
              from regexp_matches(content, '\{[^{}]+\}|[^{]+|\{', 'g')
                   with ordinality m (p, place)) parts
$$;
