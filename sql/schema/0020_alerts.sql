-- Alerts: where they go, and the outbox that they leave through.

-- The installation's own ways of sending, and its name in keys of deliveries: two installations may
-- share a PagerDuty.
alter table betterstack.installation
    add column name text not null default encode(substr(uuid_send(gen_random_uuid()), 1, 6), 'hex'),
    add column public_url text,                 -- scheme and host, without a slash at the end
    add column smtp jsonb not null default '{}',        -- core.channel_smtp
    add column smtp_secrets bytea,
    add column twilio jsonb not null default '{}',
    add column twilio_secrets bytea;

-- A receiver of alerts: of a team, or (user_id) a person's own.  What its kind takes is
-- core.channel_kinds.
create table betterstack.channel (
    id             integer generated always as identity primary key,
    team_id        integer not null references betterstack.team on delete cascade,
    user_id        integer references betterstack.app_user on delete cascade,
    name           text not null,
    kind           text not null,
    settings       jsonb not null default '{}',
    secrets        bytea,                       -- core.seal of a JSON object
    secrets_set    text[] not null default '{}',        -- their names
    enabled        boolean not null default true,
    all_incidents  boolean not null default true,       -- false: only where a policy names it
    events         text[] not null default '{started,acknowledged,resolved,reopened,reminder}',
    repeat_every   integer, -- s: reminds of what is neither acknowledged nor over
    rate_limit     smallint not null default 30,        -- a minute; the rest becomes a digest
    quiet_from     time,
    quiet_to       time,
    quiet_timezone text not null default 'UTC',
    quiet_days     text[] not null default '{mon,tue,wed,thu,fri,sat,sun}',
    ways           text[] not null default '{}', -- of a person: core.channel_ways
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);
create index channel_team on betterstack.channel (team_id);
create index channel_user on betterstack.channel (user_id) where user_id is not null;

-- The outbox.  One row for each event and receiver, written in the transaction in which it
-- happened; `key` is the same at every try.
create table betterstack.delivery (
    id            bigint generated always as identity primary key,
    key           text not null,
    team_id       integer references betterstack.team on delete cascade,
    incident_id   bigint references betterstack.incident on delete set null,
    thread        bigint,       -- the incident, also when that is gone: what is sent in order
    channel_id    integer,              -- may be gone: the log goes on without it
    user_id       integer references betterstack.app_user on delete set null,
    receiver      text not null,        -- core.channel_receiver
    receiver_name text not null,        -- stays when the receiver goes
    kind          text not null,        -- of the channel
    event         text not null,
    number        bigint not null,
    message       jsonb not null,       -- core.alert_message
    critical      boolean not null default false,
    state         smallint not null default 0,  -- core.delivery_state_word
    waiting       boolean not null default false,       -- for an earlier one of (thread, receiver)
    held          boolean not null default false,       -- for a digest
    unsure        boolean not null default false,       -- a try of which nobody knows what became
    attempts      smallint not null default 0,
    next_at       timestamptz not null, -- when it is to be looked at: due, or its lease over
    pace_at       timestamptz not null, -- the minute of the receiver's rate that it counts in
    leased_until  timestamptz,
    leased_by     text,                 -- the agent
    leased_region smallint,
    leased_life   bigint,               -- of its process, and the report in whose reply it was
    leased_turn   bigint,
    expires_at    timestamptz not null,
    remind_at     timestamptz,
    digest_id     bigint,               -- the delivery that tells of it
    provider_ref  text,
    last_error    text,
    created_at    timestamptz not null,
    sent_at       timestamptz,
    finished_at   timestamptz,
    constraint delivery_key_unique unique (key)
);
create index delivery_due on betterstack.delivery (next_at) where state in (0, 1);
create index delivery_incident on betterstack.delivery (incident_id, receiver, id);
create index delivery_order on betterstack.delivery (thread, receiver, id);
create index delivery_team on betterstack.delivery (team_id, id desc);
create index delivery_channel on betterstack.delivery (channel_id, id desc);
create index delivery_user on betterstack.delivery (user_id) where user_id is not null;
create index delivery_pace on betterstack.delivery (receiver, pace_at) where not held;
create index delivery_held on betterstack.delivery (receiver, team_id, pace_at)
    where held and state = 0;
create index delivery_leased on betterstack.delivery (receiver) where state = 1;
create index delivery_life on betterstack.delivery (leased_life) where state = 1;
create index delivery_digest on betterstack.delivery (digest_id) where digest_id is not null;
create index delivery_remind on betterstack.delivery (remind_at) where remind_at is not null;

-- Every try, and what became of it; outcome null: nobody has told (yet).
create table betterstack.delivery_attempt (
    delivery_id bigint not null references betterstack.delivery on delete cascade,
    attempt     smallint not null,
    at          timestamptz not null,
    agent       text not null,
    region_id   smallint,
    outcome     text check (outcome in ('sent', 'failed', 'refused')),
    http_status smallint,
    detail      text,
    duration_ms integer,
    told_at     timestamptz,
    primary key (delivery_id, attempt)
);

-- Receivers for whom something is held, and when it is told in one message.
create table betterstack.digest (
    receiver text not null,
    team_id  integer not null references betterstack.team on delete cascade,
    due_at   timestamptz not null,
    primary key (receiver, team_id)
);
create index digest_due on betterstack.digest (due_at);

-- These have another result now: core.report and ingest.report lease deliveries and take outcomes.
drop function if exists ingest.report(bytea, text, text, text, integer[], bigint[], bigint[],
    smallint[],
    smallint[], smallint[], integer[], text[], integer[], integer[], integer[], integer[],
    integer[], text[], smallint[], bigint[], bigint[]);
drop function if exists core.report(bytea, text, text, text, integer[], bigint[], bigint[],
    smallint[],
    smallint[], smallint[], integer[], text[], integer[], integer[], integer[], integer[],
    integer[], text[], smallint[], bigint[], bigint[], timestamptz);
