-- Maintenance: the daily one of monitors, windows, and who was in maintenance when.

-- NULL is the default (core.maintenance_daily_defaults).
alter table betterstack.monitor
    add column maintenance_from     time,
    add column maintenance_to       time,
    add column maintenance_timezone text,       -- as it was given: core.zone_name
    add column maintenance_days     text[];

alter table betterstack.monitor_state
    add column maintenance_until timestamptz;   -- while in maintenance: its end, as far as is known

create table betterstack.maintenance_window (
    id            integer generated always as identity primary key,
    team_id       integer not null references betterstack.team on delete cascade,
    name          text not null,
    description   text,
    starts_at     timestamptz not null,
    ends_at       timestamptz,                  -- one-off
    duration      integer,                      -- recurring: seconds
    recurrence    text,                         -- RRULE:..., or a cron expression
    timezone      text not null,                -- as it was given: core.zone_name
    all_monitors  boolean not null,             -- of the team, later ones too
    monitor_ids   integer[] not null,           -- may name some that are gone
    heartbeat_ids integer[] not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    decided_at    timestamptz not null,         -- the sweep's last look
    edge_at       timestamptz,                  -- it looks again: an occurrence begins or ends; null: all is over
    check ((recurrence is null) = (ends_at is not null)
           and (recurrence is null) = (duration is null))
);
create index maintenance_window_team on betterstack.maintenance_window (team_id, id);
create index maintenance_window_edge on betterstack.maintenance_window (edge_at)
    where edge_at is not null;
create index maintenance_window_decided on betterstack.maintenance_window (decided_at);

-- Past ones of the last weeks, the present one, and the next two.
create table betterstack.maintenance_occurrence (
    window_id integer not null references betterstack.maintenance_window on delete cascade,
    starts_at timestamptz not null,
    ends_at   timestamptz not null,
    team_id   integer not null,                 -- the window's
    primary key (window_id, starts_at)
);
create index maintenance_occurrence_team on betterstack.maintenance_occurrence (team_id, ends_at);

-- Whoever is in maintenance or will be.  No reference to monitor or heartbeat: whoever marks many
-- holds none of their locks.
create table betterstack.maintenance_subject (
    kind       smallint not null,               -- 1 monitor, 2 heartbeat
    id         integer not null,
    team_id    integer not null,
    active     boolean not null default false,
    decided_at timestamptz not null,            -- what it was until then is recorded
    until      timestamptz,                     -- while active: its end, as far as is known
    edge_at    timestamptz not null,            -- to be decided again then
    primary key (kind, id)
);
create index maintenance_subject_edge on betterstack.maintenance_subject (edge_at);
create index maintenance_subject_decided on betterstack.maintenance_subject (decided_at);

-- When somebody was in maintenance: availability does not count these times.
create table betterstack.maintenance_time (
    kind  smallint not null,
    id    integer not null,
    began timestamptz not null,
    ended timestamptz,                          -- null: it lasts
    primary key (kind, id, began)
);
create unique index maintenance_time_open on betterstack.maintenance_time (kind, id)
    where ended is null;
create index maintenance_time_ended on betterstack.maintenance_time (ended);

create function betterstack.maintenance_forget() returns trigger
language plpgsql as $$
declare
    gone integer := to_jsonb(old) ->> tg_argv[1];
begin
    delete from betterstack.maintenance_subject s where s.kind = tg_argv[0]::smallint and s.id = gone;
    delete from betterstack.maintenance_time t where t.kind = tg_argv[0]::smallint and t.id = gone;
    return null;
end
$$;
create trigger maintenance_forget after delete on betterstack.monitor_state
    for each row execute function betterstack.maintenance_forget(1, 'monitor_id');
create trigger maintenance_forget after delete on betterstack.heartbeat
    for each row execute function betterstack.maintenance_forget(2, 'id');
