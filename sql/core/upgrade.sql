-- What sql/migrate does at its end.

-- Inside the transaction that has just applied every function: those that are no longer in the
-- tree, which is everything of ours that this transaction did not write.  They stay callable until the schema version after next, because the hubs of the old
-- release have them in prepared statements while a rolling upgrade lasts; then they are dropped.
create or replace function core.functions_retire(version integer) returns void
language plpgsql volatile as $$
declare
    stale record;
begin
    delete from betterstack.stale_function f
     where to_regprocedure(f.signature) is null
        or exists (select from pg_proc p where p.oid = to_regprocedure(f.signature)
                      and p.xmin::text::bigint = pg_current_xact_id()::text::bigint % 4294967296);
    for stale in
        select p.oid::regprocedure::text as signature, f.since_version
          from pg_proc p
          left join betterstack.stale_function f on to_regprocedure(f.signature) = p.oid
         where p.pronamespace in ('core'::regnamespace, 'api'::regnamespace,
                                  'ingest'::regnamespace, 'dispatch'::regnamespace)
           and p.xmin::text::bigint <> pg_current_xact_id()::text::bigint % 4294967296
    loop
        if stale.since_version is null then
            insert into betterstack.stale_function values (stale.signature, version);
        elsif stale.since_version < version then
            execute 'drop function ' || stale.signature;
            delete from betterstack.stale_function f where f.signature = stale.signature;
        end if;
    end loop;
end
$$;

-- In the next transaction, in which hubs go on: makes the partitions of the next days, and derives
-- every monitor again if what it is derived by has changed.
create or replace function core.installation_settle() returns void
language plpgsql volatile as $$
declare
    revision text;
begin
    perform pg_advisory_xact_lock(1112756040, 0);       -- not while a hub makes them
    perform core.tick_partitions_make();
    perform core.history_partitions_make(now());
    perform core.tick_hour_partitions_make();
    select encode(sha256(convert_to(string_agg(p.prosrc, '' order by p.oid::regprocedure::text),
                                    'UTF8')), 'hex')
      into revision from pg_proc p
     where p.pronamespace = 'core'::regnamespace
       and (p.proname in ('monitor_derive', 'monitor_doc', 'region_slugs', 'iso', 'ports',
                          'timeout_ms', 'timeout_is_ms', 'monitor_state_doc', 'state_word',
                          'status_word', 'json_text',
                          'reason_code')
            or p.proname like 'probe\_%' or p.proname like 'msgpack%');
    if revision = (select n.derived_revision from betterstack.installation n) then
        return;
    end if;
    update betterstack.installation set derived_revision = revision;
    if core.monitors_rederive() > 0 then
        -- Written only when a verdict changes, which may be never.  In the order of reports.
        perform from betterstack.monitor_state s order by s.monitor_id for no key update;
        update betterstack.monitor_state s
           set doc = core.monitor_state_doc(s) where s.doc <> core.monitor_state_doc(s);
        perform core.notify_monitors('*');
    end if;
end
$$;
