-- Incidents: what was found wrong, with whom, since when, and everything that happened since.

create table betterstack.incident (
    id                bigint generated always as identity primary key,
    team_id           integer references betterstack.team on delete cascade, -- null: the installation's, shown to all
    kind              text not null check (kind in
                          ('failure', 'certificate_expiry', 'domain_expiry', 'heartbeat', 'region_silent',
                           'scheduler_silent', 'region_quarantined', 'mass', 'manual')),
    name              text not null,        -- of its first monitor or heartbeat; a manual one's own
    url               text,
    http_method       text,
    cause             text not null,        -- in words
    description       text,                 -- manual
    requester_email   text,                 -- manual
    started_at        timestamptz not null,
    confirmed_at      timestamptz,
    acknowledged_at   timestamptz,
    acknowledged_by   text,
    resolved_at       timestamptz,
    resolved_by       text,                 -- null: by itself
    heartbeat_id      integer,
    monitors_count    integer not null default 0,
    last_joined_at    timestamptz not null, -- later failures with the same cause are another incident
    expires_at        timestamptz,          -- end of the certificate or domain
    -- How long it took to find out: core.incident_detection.  Of the first monitor that was confirmed.
    slot_at           timestamptz,
    checked_at        timestamptz,
    reported_at       timestamptz,
    suspected_at      timestamptz,
    first_alert_at    timestamptz,
    response_content  text,                 -- the first 500 bytes of the answer that failed
    metadata          jsonb not null default '{}',
    entries_count     integer not null default 0,   -- of the timeline, those left out included
    last_entry_at     timestamptz,
    created_at        timestamptz not null default now()
);
create index incident_team on betterstack.incident (coalesce(team_id, 0), started_at desc, id desc);
create index incident_heartbeat on betterstack.incident (heartbeat_id) where heartbeat_id is not null;

-- The monitors of an incident, each with its own start and end; more than once if it came again.  No
-- reference to monitor: a report holds the state row, a deletion the monitor's.  The history stays.
create table betterstack.incident_monitor (
    incident_id  bigint not null references betterstack.incident on delete cascade,
    monitor_id   integer not null,
    name         text not null,             -- as it was then
    url          text not null,
    cause        text not null,
    started_at   timestamptz not null,
    confirmed_at timestamptz,
    ended_at     timestamptz,
    regions      text[] not null default '{}',      -- that saw it fail
    evidence     jsonb not null default '[]',       -- core.incident_evidence
    primary key (incident_id, monitor_id, started_at)
);
create index incident_monitor_monitor on betterstack.incident_monitor (monitor_id, incident_id);
create unique index incident_monitor_open on betterstack.incident_monitor (incident_id, monitor_id)
    where ended_at is null;

-- Which incident a cause that can be seen belongs to: the newest one.
create table betterstack.incident_cause (
    team_id     integer not null,           -- 0: the installation
    key         text not null,              -- core.incident_keys
    incident_id bigint not null references betterstack.incident on delete cascade,
    primary key (team_id, key)
);
create index incident_cause_incident on betterstack.incident_cause (incident_id);

create table betterstack.incident_entry (
    id          bigint generated always as identity primary key,
    incident_id bigint not null references betterstack.incident on delete cascade,
    at          timestamptz not null,
    what        text not null,
    monitor_id  integer,
    who         text,                       -- a person's name; null: nobody's doing
    detail      jsonb not null default '{}'
);
create index incident_entry_incident on betterstack.incident_entry (incident_id, at, id);

create table betterstack.incident_comment (
    id          bigint generated always as identity primary key,
    incident_id bigint not null references betterstack.incident on delete cascade,
    user_id     integer references betterstack.app_user on delete set null,
    user_name   text not null,              -- stays when the person goes
    user_email  text not null,
    content     text not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
);
create index incident_comment_incident on betterstack.incident_comment (incident_id, id);
