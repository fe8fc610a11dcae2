-- Who may do what.  The hub's role executes the functions of three schemas and owns nothing; the
-- functions run as betterstack_owner.  Nobody else may do anything.

revoke all on schema betterstack, core, api, ingest, dispatch from public, betterstack;
revoke all on all tables in schema betterstack from public, betterstack;
revoke all on all sequences in schema betterstack from public, betterstack;
revoke all on all functions in schema betterstack, core, api, ingest, dispatch
    from public, betterstack;

grant usage on schema api, ingest, dispatch to betterstack;
grant execute on all functions in schema api, ingest, dispatch to betterstack;
grant usage on type api.reply, dispatch.monitor_row to betterstack;

do $$
begin
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to betterstack', current_database());
end
$$;
