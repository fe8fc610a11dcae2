-- How long history is kept, by class: ticks (raw results), hours (their hourly figures), days (the
-- daily ones), incidents.  In days; null of the installation: for ever.

alter table betterstack.installation
    alter column tick_retention_days drop not null,
    add column hour_retention_days integer check (hour_retention_days between 8 and 36500),
    add column day_retention_days integer check (day_retention_days between 8 and 36500),
    add column incident_retention_days integer
        check (incident_retention_days between 30 and 36500);
comment on column betterstack.installation.tick_retention_days is
    'how many days raw results are kept; null: for ever';

-- Of a team that has it otherwise, shorter or longer; null: as the installation.
create table betterstack.team_retention (
    team_id   integer primary key references betterstack.team on delete cascade,
    ticks     integer check (ticks between 8 and 3650),
    hours     integer check (hours between 8 and 36500),
    days      integer check (days between 8 and 36500),
    incidents integer check (incidents between 30 and 36500)
);

-- How far the pass through a class is: all monitors (of incidents: teams) up to next_id are done.
create table betterstack.retention_pass (
    class   text primary key check (class in ('ticks', 'hours', 'days', 'incidents')),
    next_id integer not null default -1,
    next_at timestamptz not null default '-infinity'    -- when the next pass may begin
) with (fillfactor = 50);
insert into betterstack.retention_pass (class) values ('ticks'), ('hours'), ('days'), ('incidents');
