-- What the scheduler keeps in memory.

create or replace function dispatch.schema_version() returns integer
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select max(v.version) from betterstack.schema_migration v);
end
$$;

-- Every enabled monitor, by id.
create or replace function dispatch.monitors() returns setof dispatch.monitor_row
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select m.id, m.check_frequency * 1000,
               core.placements(m.id, m.check_frequency * 1000, m.region_ids), m.spec
          from betterstack.monitor m where not m.paused order by m.id;
end
$$;

-- The enabled ones of these; one that is missing has been paused or deleted.
create or replace function dispatch.monitors_changed(ids integer[])
    returns setof dispatch.monitor_row
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select m.id, m.check_frequency * 1000,
               core.placements(m.id, m.check_frequency * 1000, m.region_ids), m.spec
          from betterstack.monitor m where m.id = any (ids) and not m.paused order by m.id;
end
$$;

create or replace function dispatch.region_slugs() returns table (slug text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query select r.slug from betterstack.region r order by r.id;
end
$$;
