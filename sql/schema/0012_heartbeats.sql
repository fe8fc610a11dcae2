-- Heartbeats: cron jobs and workers that call, and are missed when they do not.

-- Columns that are attributes of the API carry their names.
create table betterstack.heartbeat (
    id                   integer generated always as identity primary key,
    team_id              integer not null references betterstack.team on delete cascade,
    name                 text not null,
    period               integer,           -- seconds; with cron it is not used
    grace                integer not null,  -- seconds
    cron                 text,
    server_timezone      text,              -- as given; null: UTC
    max_runtime          integer,           -- seconds; null: no limit
    sort_index           integer,
    maintenance_from     time,
    maintenance_to       time,
    maintenance_timezone text not null,
    maintenance_days     text[] not null,
    paused               boolean not null,
    paused_at            timestamptz,
    token                text not null,     -- the team may read the URL again
    token_digest         bytea not null,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    -- What is known: core.heartbeat_judge.
    state                text not null default 'pending' check (state in
                             ('pending', 'up', 'running', 'late', 'down', 'paused', 'maintenance')),
    state_since          timestamptz not null,
    heard                boolean not null default false,    -- since it was made, resumed, ...
    trouble              text check (trouble in ('failed', 'missed', 'overran')),
    trouble_at           timestamptz,
    told_at              timestamptz,       -- trouble_at of what the incident knows
    settle_until         timestamptz,       -- pings that waited come in: no incident until then
    anchor_at            timestamptz,       -- expected_at is counted from here
    expected_at          timestamptz,
    deadline_at          timestamptz,       -- and grace
    running_since        timestamptz,       -- a start without an end
    in_window            boolean not null default false,    -- core.heartbeat_maintenance
    in_maintenance       boolean not null default false,    -- by that or by the daily window
    incident_id          bigint,
    due_at               timestamptz,       -- core.heartbeat_sweep looks at it then
    last_ping_at         timestamptz,
    last_ping            text,
    last_exit_code       integer,
    last_duration_ms     bigint,
    pings_count          integer not null default 0,
    constraint heartbeat_token_unique unique (token_digest)
) with (fillfactor = 70);
create index heartbeat_team on betterstack.heartbeat (team_id, id);
create index heartbeat_due on betterstack.heartbeat (due_at) where due_at is not null;

-- at, when a hub heard it, names a ping.
create table betterstack.heartbeat_ping (
    heartbeat_id integer not null references betterstack.heartbeat on delete cascade,
    at           timestamptz not null,
    what         text not null check (what in ('success', 'fail', 'start')),
    exit_code    integer,
    output       text,
    address      text,
    primary key (heartbeat_id, at, what)
);
create index heartbeat_ping_at on betterstack.heartbeat_ping (at);

-- Times in which no hub looked: what was not heard then may have been said.
create table betterstack.hub_absence (
    since timestamptz primary key,
    until timestamptz not null
);

-- When heartbeats were looked at last.  One row.
create table betterstack.heartbeat_watch (
    one     boolean primary key default true check (one),
    last_at timestamptz
);
insert into betterstack.heartbeat_watch default values;
