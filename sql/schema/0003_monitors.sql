-- What is watched, and what is known about it now.

create sequence betterstack.request_header_id;

-- Columns that are attributes of the API carry their names, so that to_jsonb(monitor) and
-- jsonb_populate_record() turn one into the other.
create table betterstack.monitor (
    id                    integer generated always as identity primary key,
    team_id               integer not null references betterstack.team on delete cascade,
    url                   text not null,
    pronounceable_name    text not null,
    monitor_type          text not null check (monitor_type in
                              ('status', 'expected_status_code', 'keyword', 'keyword_absence')),
    check_frequency       integer not null check (check_frequency between 1 and 86400),
    request_timeout       integer not null check (request_timeout between 1 and 60),
    region_ids            smallint[],       -- null: all regions, later ones too
    http_method           text not null,
    request_body          text,
    request_headers       jsonb not null default '[]',
    auth_username         text,
    auth_password         text,
    expected_status_codes smallint[] not null default '{}',
    required_keyword      text,
    follow_redirects      boolean not null,
    verify_ssl            boolean not null,
    ip_version            text check (ip_version in ('ipv4', 'ipv6')),
    paused                boolean not null,
    paused_at             timestamptz,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    -- Derived whenever the row is written (core.monitor_derive), because it is read far more often.
    doc                   text not null,    -- the API's JSON up to the attributes that change by themselves
    spec                  bytea not null,   -- msgpack, copied into each job
    schedule_hash         bigint not null   -- changes whenever an agent's schedule entry would
);
create index monitor_team on betterstack.monitor (team_id, id);

-- One row a monitor: the verdict.  Written only when the verdict changes; locked by every report
-- about the monitor, so that two regions never decide at the same time.
create table betterstack.monitor_state (
    monitor_id    integer primary key references betterstack.monitor on delete cascade,
    status        smallint not null default 0,  -- 0 pending, 1 up, 3 down, 4 paused
    since         timestamptz not null,
    believe_after timestamptz not null,     -- results of earlier slots were of other settings
    reason        smallint not null default 0,
    failure_text  text,
    doc           text not null             -- the same as JSON members, as the API shows it
) with (fillfactor = 70);

-- The newest result of each region.  It refers to monitor_state, not to monitor: a report holds
-- the state row, a deletion holds the monitor's row first, and so neither waits for the other.
create table betterstack.region_state (
    monitor_id   integer not null references betterstack.monitor_state on delete cascade,
    region_id    smallint not null references betterstack.region on delete cascade,
    status       smallint not null,
    reason       smallint not null,
    slot         timestamptz not null,
    checked_at   timestamptz not null,
    failure_text text,
    doc          text not null,             -- the same as a JSON object, as API and live events show it
    phases       text not null,             -- its times as a JSON object, for live events
    primary key (monitor_id, region_id)
) with (fillfactor = 70);
create index region_state_region on betterstack.region_state (region_id);

create type dispatch.monitor_row as (
    monitor_id  integer,
    interval_ms integer,
    placements  text,                       -- 'slug:phase_ms,slug:phase_ms'
    spec        bytea
);
