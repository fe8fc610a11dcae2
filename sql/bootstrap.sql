-- What must exist before the first migration: the two roles, the schemas and the list of
-- applied migrations.  Run by sql/migrate each time, under its advisory lock.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'betterstack_owner') then
        create role betterstack_owner nologin;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'betterstack') then
        create role betterstack login;
    end if;
    -- Whoever migrates acts as the owner.  A superuser may already; others are told how.
    if not pg_catalog.pg_has_role(current_user, 'betterstack_owner', 'member') then
        raise exception 'role % may not migrate', current_user
            using hint = format('As a superuser: grant betterstack_owner to %I', current_user);
    end if;
    if pg_catalog.current_setting('server_version_num')::int < 150000 then
        raise exception 'PostgreSQL 15 or newer is needed, this is %',
            pg_catalog.current_setting('server_version');
    end if;
    if pg_catalog.current_setting('server_encoding') <> 'UTF8' then
        raise exception 'the database must have the encoding UTF8, it has %',
            pg_catalog.current_setting('server_encoding');
    end if;
end
$$;

create schema if not exists betterstack authorization betterstack_owner;
create schema if not exists core authorization betterstack_owner;
create schema if not exists api authorization betterstack_owner;
create schema if not exists ingest authorization betterstack_owner;
create schema if not exists dispatch authorization betterstack_owner;

-- Others' functions, apart from ours; a trusted extension, so that it takes no superuser.
create schema if not exists crypto authorization betterstack_owner;
create extension if not exists pgcrypto schema crypto;
do $$
begin
    if (select e.extnamespace from pg_catalog.pg_extension e where e.extname = 'pgcrypto')
       <> 'crypto'::regnamespace then
        raise exception 'the extension pgcrypto is in another schema than "crypto"'
            using hint = 'As its owner: alter extension pgcrypto set schema crypto';
    end if;
end
$$;

-- Before any function is created: what the owner makes is nobody else's by default.
alter default privileges for role betterstack_owner revoke execute on functions from public;
alter default privileges for role betterstack_owner revoke usage on types from public;

set local role betterstack_owner;

create table if not exists betterstack.schema_migration (
    version    integer primary key check (version > 0),
    name       text not null,
    checksum   text not null,
    applied_at timestamptz not null default now()
);

-- A function that has left the tree stays callable until the schema version after next, so that
-- hubs of the old release go on while a rolling upgrade lasts.
create table if not exists betterstack.stale_function (
    signature     text primary key,
    since_version integer not null
);

reset role;
