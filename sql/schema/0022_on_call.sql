-- On-call calendars: who is to be told, and when.

create table betterstack.on_call (
    id               integer generated always as identity primary key,
    team_id          integer not null references betterstack.team on delete cascade,
    name             text not null,
    default_calendar boolean not null default false,
    handover_notice  boolean not null default true,     -- who comes on is told
    feed_number      integer not null default 1, -- signed with its token: another one ends the old
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    present          integer[] not null default '{}',   -- on call at the sweep's last look
    decided_at       timestamptz not null default '-infinity',  -- that look
    edge_at          timestamptz      -- it looks again: somebody comes or goes; null: never
);
create unique index on_call_default on betterstack.on_call (team_id) where default_calendar;
create index on_call_team on betterstack.on_call (team_id, id);
create index on_call_edge on betterstack.on_call (edge_at) where edge_at is not null;
create index on_call_decided on betterstack.on_call (decided_at);

-- The persons in turn.  Every hand-over is at the same time of the day, as clocks in the zone show
-- it.
create table betterstack.on_call_rotation (
    on_call_id integer primary key references betterstack.on_call on delete cascade,
    user_ids   integer[] not null,          -- may name some that have left
    length     smallint not null,           -- so many of:
    unit       text not null check (unit in ('hour', 'day', 'week')),
    starts_at  timestamptz not null,
    ends_at    timestamptz,                 -- null: it goes on
    timezone   text not null,               -- as it was given
    zone       text not null,               -- its IANA name: core.zone_name
    updated_at timestamptz not null
);

-- Beside the rotation, or (override) instead of everything else.
create table betterstack.on_call_event (
    id         integer generated always as identity primary key,
    on_call_id integer not null references betterstack.on_call on delete cascade,
    user_ids   integer[] not null,          -- may name some that have left
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    override   boolean not null,
    updated_at timestamptz not null,
    check (ends_at > starts_at)
);
create index on_call_event_ends on betterstack.on_call_event (on_call_id, ends_at);
create index on_call_event_starts on betterstack.on_call_event (on_call_id, starts_at);

-- Every team has one from the beginning.
create function betterstack.on_call_default_make() returns trigger
language plpgsql as $$
begin
    insert into betterstack.on_call (team_id, name, default_calendar)
    values (new.id, 'On call', true);
    return null;
end
$$;
create trigger on_call_default after insert on betterstack.team
    for each row execute function betterstack.on_call_default_make();
insert into betterstack.on_call (team_id, name, default_calendar)
select t.id, 'On call', true from betterstack.team t order by t.id;

-- Another one may come on when somebody leaves a team, or comes back.
create function betterstack.on_call_look() returns trigger
language plpgsql as $$
begin
    update betterstack.on_call o set edge_at = '-infinity'
     where o.team_id = coalesce(new.team_id, old.team_id);
    return null;
end
$$;
create trigger on_call_look after insert or delete on betterstack.membership
    for each row execute function betterstack.on_call_look();
