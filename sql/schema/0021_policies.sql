-- Who is told of an incident, in which order, and by which ways.

create table betterstack.urgency_group (
    id         integer generated always as identity primary key,
    team_id    integer not null references betterstack.team on delete cascade,
    name       text not null,
    sort_index integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index urgency_group_team on betterstack.urgency_group (team_id, id);

-- The ways by which a step tells people.
create table betterstack.urgency (
    id               integer generated always as identity primary key,
    team_id          integer not null references betterstack.team on delete cascade,
    name             text not null,
    urgency_group_id integer references betterstack.urgency_group on delete set null,
    call             boolean not null default false,
    sms              boolean not null default false,
    email            boolean not null default true,
    push             boolean not null default true,
    critical_alert   boolean not null default false,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now()
);
create index urgency_team on betterstack.urgency (team_id, id);
create index urgency_of_group on betterstack.urgency (urgency_group_id);

create table betterstack.policy_group (
    id         integer generated always as identity primary key,
    team_id    integer not null references betterstack.team on delete cascade,
    name       text not null,
    sort_index integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index policy_group_team on betterstack.policy_group (team_id, id);

-- What `steps` hold is told in core/escalation_step.sql.  Steps refer to people, channels,
-- urgencies and policies by ids that may be gone: what is gone is skipped, and the timeline says
-- so.
create table betterstack.policy (
    id                 integer generated always as identity primary key,
    team_id            integer not null references betterstack.team on delete cascade,
    name               text not null,
    policy_group_id    integer references betterstack.policy_group on delete set null,
    repeat_count       integer not null default 0,
    repeat_delay       integer not null default 0,      -- s
    fallback_policy_id integer references betterstack.policy on delete set null,
    steps              jsonb not null default '[]',     -- none: a silent policy
    created_at         timestamptz not null default now(),
    updated_at         timestamptz not null default now()
);
create index policy_team on betterstack.policy (team_id, id);
create index policy_of_group on betterstack.policy (policy_group_id);
create index policy_fallback on betterstack.policy (fallback_policy_id)
    where fallback_policy_id is not null;

-- What else is known of an owner: {type, value, item_id, name, email} each.  Those of incidents are
-- in betterstack.incident.metadata as well, where lists look for them.
create table betterstack.metadata (
    id         bigint generated always as identity unique,
    team_id    integer not null references betterstack.team on delete cascade,
    owner_type text not null check (owner_type in ('Monitor', 'Heartbeat', 'Incident')),
    owner_id   bigint not null,
    key        text not null,
    values     jsonb not null,
    primary key (owner_type, owner_id, key)
);
create index metadata_team on betterstack.metadata (team_id, id);
insert into betterstack.metadata (team_id, owner_type, owner_id, key, values)
select i.team_id, 'Incident', i.id, m.key, m.value
  from betterstack.incident i, jsonb_each(i.metadata) m
 where i.team_id is not null and jsonb_typeof(i.metadata) = 'object'
 order by i.id, m.key;

create function betterstack.metadata_forget() returns trigger
language plpgsql as $$
begin
    delete from betterstack.metadata d where d.owner_type = tg_argv[0] and d.owner_id = old.id;
    return null;
end
$$;
create trigger metadata_forget after delete on betterstack.monitor
    for each row execute function betterstack.metadata_forget('Monitor');
create trigger metadata_forget after delete on betterstack.heartbeat
    for each row execute function betterstack.metadata_forget('Heartbeat');
create trigger metadata_forget after delete on betterstack.incident
    for each row execute function betterstack.metadata_forget('Incident');

-- NULL is the default: email and push, nothing else, nobody after a while.
--
-- Who deletes a policy takes it from monitors and heartbeats first, by id.  No incident or
-- escalation has a reference: it would be written without core.incident_lock().  They may name a
-- policy that is gone, which is shown as none.
alter table betterstack.monitor
    add column policy_id            integer references betterstack.policy on delete set null,
    add column expiration_policy_id integer references betterstack.policy on delete set null,
    add column call                 boolean,
    add column sms                  boolean,
    add column email                boolean,
    add column push                 boolean,
    add column critical_alert       boolean,
    add column team_wait            integer;    -- s
create index monitor_policy on betterstack.monitor (policy_id) where policy_id is not null;
create index monitor_expiration_policy on betterstack.monitor (expiration_policy_id)
    where expiration_policy_id is not null;

alter table betterstack.heartbeat
    add column policy_id      integer references betterstack.policy on delete set null,
    add column call           boolean,
    add column sms            boolean,
    add column email          boolean,
    add column push           boolean,
    add column critical_alert boolean,
    add column team_wait      integer;          -- s
create index heartbeat_policy on betterstack.heartbeat (policy_id) where policy_id is not null;

alter table betterstack.incident
    add column policy_id      integer,
    add column call           boolean,
    add column sms            boolean,
    add column email          boolean,
    add column push           boolean,
    add column critical_alert boolean,
    add column team_wait      integer;          -- s

-- How far an incident's policy has come.  Written only under core.incident_lock().
create table betterstack.escalation (
    incident_id        bigint primary key references betterstack.incident on delete cascade,
    policy_id          integer,                 -- null: the one of who has none
    policy_name        text,
    repeat_count       integer not null default 0,
    repeat_delay       integer not null default 0,      -- s
    fallback_policy_id integer,
    steps              jsonb not null,          -- as they were when it began
    ways               jsonb not null,          -- of steps without an urgency
    position           integer not null default 0,      -- the next step, from 0
    repeats_done       integer not null default 0,
    hops               integer not null default 0,      -- from policy to policy
    number             integer not null default 0, -- steps done so far, since the incident began
    next_at            timestamptz,             -- null: stopped, or at its end
    instructions       text,
    remind_every       integer,                 -- s, of the instructions
    remind_at          timestamptz,
    joined             text[] not null default '{}',    -- core.escalation_signature: who joined
    update_at          timestamptz,     -- who keeps an alert open hears of those that joined
    began_at           timestamptz not null,
    stopped_at         timestamptz
) with (fillfactor = 70);
create index escalation_due on betterstack.escalation (next_at) where next_at is not null;
create index escalation_remind on betterstack.escalation (remind_at) where remind_at is not null;
create index escalation_update on betterstack.escalation (update_at) where update_at is not null;

-- Whom members of a step mean: of persons their ids, of the rest those of channels; the policy to
-- go on with; and what is wrong, each as the end of 'Left out: '.
create type core.escalation_reach as (
    users    integer[],
    channels integer[],
    policy   integer,
    problems text[]
);
