-- People, their teams, and what they prove themselves with.

create table betterstack.installation (
    only_one            boolean primary key default true check (only_one),
    tick_retention_days smallint not null default 30 check (tick_retention_days between 8 and 3650),
    derived_revision    text not null default '',
    created_at          timestamptz not null default now()
);
insert into betterstack.installation default values;

comment on column betterstack.installation.tick_retention_days is
    'Ticks older than this many days are dropped by dispatch.housekeeping(), a day at a time.';
comment on column betterstack.installation.derived_revision is
    'Digest of the functions that derive monitor.doc and monitor.spec; see core.monitors_rederive.';

create table betterstack.app_user (
    id            integer generated always as identity primary key,
    email         text not null,            -- as core.email_normal() leaves it
    name          text not null,
    password_hash text not null,            -- opaque to SQL
    administrator boolean not null default false,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    constraint user_email_unique unique (email)
);

create table betterstack.team (
    id         integer generated always as identity primary key,
    name       text not null,
    created_at timestamptz not null default now()
);

create table betterstack.membership (
    user_id    integer not null references betterstack.app_user on delete cascade,
    team_id    integer not null references betterstack.team on delete cascade,
    role       text not null check (role in ('owner')),
    created_at timestamptz not null default now(),
    primary key (user_id, team_id)
);
create index membership_team on betterstack.membership (team_id);

-- Sessions and API tokens in one table: a request is authenticated by one index lookup.  Both act
-- for one user in one team, and go when the membership goes.
create table betterstack.credential (
    id           bigint generated always as identity primary key,
    digest       bytea not null,            -- SHA-256 of the token; the token itself is never kept
    user_id      integer not null,
    team_id      integer not null,
    kind         text not null check (kind in ('session', 'api_token')),
    name         text not null default '',  -- api_token
    prefix       text not null default '',  -- api_token: its first characters, to tell them apart
    user_agent   text not null default '',  -- session
    address      text not null default '',  -- session
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at   timestamptz not null default 'infinity',
    constraint credential_digest_unique unique (digest),
    foreign key (user_id, team_id) references betterstack.membership on delete cascade
);
create index credential_team on betterstack.credential (team_id, kind, id);
create index credential_user on betterstack.credential (user_id, team_id);
create index credential_expires on betterstack.credential (expires_at) where kind = 'session';

-- What every endpoint returns; the hub relays status and body, and publishes event for team_id.
create type api.reply as (
    status  smallint,
    body    text,
    team_id integer,
    event   text
);

-- Who asks, as core.caller() finds it out.
create type core.caller as (
    credential_id bigint,
    user_id       integer,
    team_id       integer,
    kind          text,
    administrator boolean
);
