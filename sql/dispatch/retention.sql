-- Lets go of history that nobody wants any more, for some milliseconds; of several hubs one does.
-- True: there is more, call it again soon.
create or replace function dispatch.retention() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not pg_try_advisory_xact_lock(1112756040, 1) then
        return false;
    end if;
    return core.retention_run(now(), interval '30 milliseconds');
end
$$;
