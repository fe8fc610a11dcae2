-- Regions, and the tokens by which agents prove theirs.  Everyone signed in sees the regions; only
-- administrators change them, because they are the installation's.

create or replace function core.regions_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- monitors_count counts the team's own; self is how an agent says it is, null if it never did.
create or replace function core.region_json(r betterstack.region, team_id integer) returns json
language sql stable as $$
    select json_build_object('id', r.id::text, 'type', 'region', 'attributes', json_build_object(
        'slug', r.slug, 'name', r.name, 'created_at', core.iso(r.created_at),
        'last_report_at', core.iso(a.last_report_at), 'agents', coalesce(a.agents, '[]'),
        'monitors_count', (select count(*) from betterstack.monitor m
                            where m.team_id = region_json.team_id
                              and (m.region_ids is null or r.id = any (m.region_ids)))))
      from (select max(o.last_report_at) as last_report_at,
                   json_agg(json_build_object('name', o.name, 'version', o.version,
                                'last_report_at', core.iso(o.last_report_at), 'self', o.self)
                            order by o.last_report_at desc, o.name) as agents
              from betterstack.region_agent o where o.region_id = r.id) a
$$;

create or replace function api.region_list(credential bytea) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply(200, core.list_body('/api/v2/regions',
        (select json_agg(core.region_json(r, caller.team_id) order by r.id)
           from betterstack.region r)));
end
$$;

create or replace function api.region_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    wanted betterstack.region;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select r.* into wanted from betterstack.region r where r.id = region_get.id;
    if wanted.id is null then
        return core.reply_not_found();
    end if;
    return core.reply(200, json_build_object(
        'data', core.region_json(wanted, caller.team_id))::text);
end
$$;

create or replace function core.region_members_read_only() returns text[]
language sql immutable parallel safe as $$
    select '{id,created_at,last_report_at,agents,monitors_count}'::text[]
$$;

-- Slugs name Redis streams and stand in 'slug:phase' lists: letters, digits and hyphens only.  The
-- heartbeat of a region "watermark" would be the key of the scheduler's watermark.
create or replace function core.check_region_slug(value jsonb) returns text
language sql stable as $$
    select case
        when core.is_blank(value) then 'is required'
        when jsonb_typeof(value) <> 'string'
             or value #>> '{}' !~ '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$'
            then 'must be 1 to 32 lower-case letters, digits and hyphens'
        when value #>> '{}' = 'watermark' then 'is reserved'
        when exists (select from betterstack.region r where r.slug = value #>> '{}')
            then 'has already been taken'
    end
$$;

create or replace function api.region_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb;
    made betterstack.region;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    end if;
    errors := core.check_members(given, '{slug,name}', core.region_members_read_only());
    errors := core.complain(errors, 'slug', core.check_region_slug(given -> 'slug'));
    errors := core.complain(errors, 'name', core.check_text(given -> 'name', 100));
    if errors = '{}' and (select count(*) from betterstack.region) >= core.regions_max() then
        errors := core.complain(errors, 'slug', 'is one too many: an installation has at most '
                                || core.regions_max() || ' regions');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    insert into betterstack.region as r (slug, name)
    values (given ->> 'slug', coalesce(nullif(btrim(given ->> 'name'), ''), given ->> 'slug'))
    returning r.* into made;
    perform core.notify_monitors('*');
    return core.reply(201, json_build_object('data', core.region_json(made, caller.team_id))::text,
                      caller.team_id, core.event('region', 'created', made.id::text));
end
$$;

create or replace function api.region_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    errors jsonb;
    changed betterstack.region;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    elsif not exists (select from betterstack.region r where r.id = region_update.id) then
        return core.reply_not_found();
    end if;
    errors := core.check_members(given, '{name}', core.region_members_read_only() || 'slug'::text);
    errors := core.complain(errors, 'name', core.check_text(given -> 'name', 100));
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    update betterstack.region r
       set name = case when given ? 'name'
                  then coalesce(nullif(btrim(given ->> 'name'), ''), r.slug) else r.name end
     where r.id = region_update.id
    returning r.* into changed;
    if not found then
        return core.reply_not_found();
    end if;
    return core.reply(200, json_build_object(
                          'data', core.region_json(changed, caller.team_id))::text,
                      caller.team_id, core.event('region', 'updated', changed.id::text));
end
$$;

-- A monitor that names the region goes on without it; one that names no other would be watched by
-- nobody, so then the region stays.  Its ticks remain until their retention ends.
create or replace function api.region_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    gone smallint;
    incident bigint;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not caller.administrator then
        return core.reply_not_administrator();
    end if;
    select r.id into gone from betterstack.region r where r.id = region_delete.id;
    if not found then
        return core.reply_not_found();
    end if;
    perform core.region_lock_exclusive(gone);
    if exists (select from betterstack.monitor m where m.region_ids = array[gone]) then
        return core.reply_error(409, 'Some monitors are watched from this region only: '
                                     'give them another one first');
    end if;
    perform core.monitors_rederive(gone);
    delete from betterstack.region r where r.id = gone returning r.incident_id into incident;
    perform core.incident_end(incident, null, clock_timestamp(), 'deleted');
    perform core.notify_monitors('*');
    return core.reply(204, null, caller.team_id, core.event('region', 'deleted', gone::text));
end
$$;
