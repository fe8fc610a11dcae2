-- What the hours of hot days come to: rolled up soon after their end, and again for late ticks.

-- A row for each hour in which there were ticks.  It is all of them where core.hour_is_known; gone
-- when the day is sealed, whose row in tick_day has its hours then.
create table betterstack.tick_hour (
    hour       timestamptz not null,
    monitor_id integer not null,
    region_id  smallint not null,
    rollup     bytea not null,                  -- shared/bs_rollup.h: all phases
    primary key (monitor_id, region_id, hour)
) partition by range (hour);

-- Hours that have ended, of days that are not sealed, by core.hours_make and core.hours_mark.
create table betterstack.hour (
    region_id    smallint not null,
    hour         timestamptz not null,
    due_at       timestamptz,                   -- null: tick_hour has all of it
    marks        bigint not null default 0,     -- reports with late ticks so far
    pass_marks   bigint not null default 0,     -- when the pass that is under way began
    next_monitor integer not null default 0,    -- all up to this one are done in this pass
    lease        bigint not null default 0,     -- the number of the last step that was taken
    leased_until timestamptz not null default '-infinity',
    primary key (region_id, hour)
) with (fillfactor = 50);
create index hour_due on betterstack.hour (hour) where due_at is not null;

-- All hours before this time are made, of regions that were there.
create table betterstack.hour_made (
    one   boolean primary key default true check (one),
    until timestamptz not null default '-infinity'
);
insert into betterstack.hour_made default values;
