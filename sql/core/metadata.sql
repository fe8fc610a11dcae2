-- Metadata of monitors, heartbeats and incidents: from a request to what is kept, and its JSON.

create or replace function core.metadata_owner_types() returns text[]
language sql immutable parallel safe as $$
    select '{Monitor,Heartbeat,Incident}'::text[]
$$;

-- {key: values} as an incident is made with; the first thing that is wrong.
create or replace function core.metadata_object(given jsonb, team_id integer, out kept jsonb,
    out error text)
language plpgsql stable as $$
declare
    member record;
    one record;
begin
    kept := '{}';
    if given is null or given = 'null' then
        return;
    elsif jsonb_typeof(given) <> 'object' then
        error := 'must be an object';
        return;
    elsif (select count(*) > core.metadata_keys_max() or max(length(k)) > 255
                  or bool_or(btrim(k) = '') from jsonb_object_keys(given) k) then
        error := 'must have at most ' || core.metadata_keys_max()
                 || ' keys of 1 to 255 characters';
        return;
    end if;
    for member in select g.key, g.value from jsonb_each(given) g
                   where g.value not in ('null', '[]') order by g.key loop
        one := core.metadata_values(member.value, team_id);
        error := coalesce('has a key that ' || core.check_metadata_key(to_jsonb(member.key)),
                          one.error);
        exit when error is not null;
        kept := kept || jsonb_build_object(btrim(member.key), one.kept);
    end loop;
end
$$;

create or replace function core.metadata_json(d betterstack.metadata) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', d.id::text, 'type', 'metadata', 'attributes',
        jsonb_build_object(
            'key', d.key, 'values', d.values, 'owner_id', d.owner_id::text,
            'owner_type', d.owner_type,
            'team_name', (select t.name from betterstack.team t where t.id = d.team_id)))
$$;

-- Is it the team's?  Its row is held, so that it does not go meanwhile, and nobody else counts its
-- keys.
create or replace function core.metadata_owner_hold(team_id integer, owner_type text, id bigint)
    returns boolean
language plpgsql volatile as $$
begin
    if owner_type = 'Monitor' then
        perform from betterstack.monitor m
          where m.id = metadata_owner_hold.id and m.team_id = metadata_owner_hold.team_id
            for no key update;
    elsif owner_type = 'Heartbeat' then
        perform from betterstack.heartbeat h
          where h.id = metadata_owner_hold.id and h.team_id = metadata_owner_hold.team_id
            for no key update;
    else
        perform core.incident_lock();
        perform from betterstack.incident i
          where i.id = metadata_owner_hold.id and i.team_id = metadata_owner_hold.team_id
            for no key update;
    end if;
    return found;
end
$$;

-- The key holds these values from now on; without any it is gone.  The owner is held.
create or replace function core.metadata_put(team_id integer, owner_type text, owner_id bigint,
    key text, held jsonb) returns betterstack.metadata
language plpgsql volatile as $$
declare
    d betterstack.metadata;
begin
    if held = '[]' then
        delete from betterstack.metadata o
         where o.owner_type = metadata_put.owner_type and o.owner_id = metadata_put.owner_id
           and o.key = metadata_put.key;
    else
        insert into betterstack.metadata (team_id, owner_type, owner_id, key, values)
        values (metadata_put.team_id, metadata_put.owner_type, metadata_put.owner_id,
                metadata_put.key, held)
            on conflict on constraint metadata_pkey do update set values = excluded.values
        returning * into d;
    end if;
    if metadata_put.owner_type = 'Incident' then
        update betterstack.incident i
           set metadata = i.metadata - metadata_put.key
               || case when held = '[]' then '{}'
                       else jsonb_build_object(metadata_put.key, held) end
         where i.id = metadata_put.owner_id;
    end if;
    return d;
end
$$;

-- All keys of an incident that was just made, at once: whoever makes it has the lock of incidents.
create or replace function core.metadata_begin(team_id integer, incident_id bigint, held jsonb)
    returns void
language plpgsql volatile as $$
begin
    insert into betterstack.metadata (team_id, owner_type, owner_id, key, values)
    select metadata_begin.team_id, 'Incident', metadata_begin.incident_id, m.key, m.value
      from jsonb_each(held) m order by m.key;
    update betterstack.incident i set metadata = held where i.id = metadata_begin.incident_id;
end
$$;

create or replace function core.metadata_errors(given jsonb, team_id integer) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := core.check_members(given, '{owner_type,owner_id,key,values,mode,team_name}',
                                       '{id}');
begin
    errors := core.complain(errors, 'owner_type',
        core.check_choice(given -> 'owner_type', core.metadata_owner_types()));
    errors := core.complain(errors, 'owner_id', core.check_owner_id(given -> 'owner_id'));
    errors := core.complain(errors, 'key', core.check_metadata_key(given -> 'key'));
    errors := core.complain(errors, 'mode', case when not core.is_blank(given -> 'mode')
        then core.check_choice(given -> 'mode', '{replace,merge}') end);
    errors := core.complain(errors, 'team_name',
                            core.check_team_name(given -> 'team_name', team_id));
    return core.complain(errors, 'values', case
        when given -> 'values' = 'null' then null
        when coalesce(jsonb_typeof(given -> 'values'), '') <> 'array'
            then 'must be a list of values'
        else (core.metadata_values(given -> 'values', team_id)).error end);
end
$$;

-- Incidents have long ids.
create or replace function core.check_owner_id(value jsonb) returns text
language sql immutable parallel safe as $$
    select case when coalesce(jsonb_typeof(value), '') not in ('string', 'number')
                     or value #>> '{}' !~ '^[1-9][0-9]{0,17}$' then 'must be an id' end
$$;

-- What the key will hold; nothing twice.
create or replace function core.metadata_merged(owner_type text, owner_id bigint, key text,
    added jsonb) returns jsonb
language sql stable as $$
    select coalesce((
        select d.values || coalesce((
                   select jsonb_agg(v order by place)
                     from jsonb_array_elements(added) with ordinality t (v, place)
                    where not d.values @> jsonb_build_array(v)), '[]')
          from betterstack.metadata d
         where d.owner_type = metadata_merged.owner_type
           and d.owner_id = metadata_merged.owner_id and d.key = metadata_merged.key), added)
$$;
