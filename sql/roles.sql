-- Who may do what.  The hub's role executes the functions of three schemas and owns nothing; the
-- functions run as betterstack_owner.  Nobody else may do anything.

revoke all on schema betterstack, core, crypto, api, ingest, dispatch from public, betterstack;
revoke all on all tables in schema betterstack from public, betterstack;
revoke all on all sequences in schema betterstack from public, betterstack;
revoke all on all functions in schema betterstack, core, api, ingest, dispatch
    from public, betterstack;

grant usage on schema api, ingest, dispatch to betterstack;
grant execute on all functions in schema api, ingest, dispatch to betterstack;
grant usage on type api.reply, dispatch.monitor_row to betterstack;

-- The database, and what the hub's statements are planned with: short ones, always the same, on
-- indexes in memory.  A migrator who may not say this has had a superuser say it before.
do $$
declare
    name text := pg_catalog.current_database();
begin
    execute format('revoke all on database %I from public', name);
    execute format('grant connect on database %I to betterstack, betterstack_owner', name);
    execute format('alter role betterstack in database %I set plan_cache_mode = force_generic_plan',
                   name);
    execute format('alter role betterstack in database %I set jit = off', name);
    execute format('alter role betterstack in database %I set random_page_cost = 1.1', name);
exception when insufficient_privilege then
    null;
end
$$;
