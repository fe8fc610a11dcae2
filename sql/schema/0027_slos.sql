-- Service level objectives: how much of the time monitors are to be up, and incidents of those that
-- use up their error budget too fast.

create table betterstack.slo (
    id           integer generated always as identity primary key,
    team_id      integer not null references betterstack.team on delete cascade,
    name         text not null,
    target       numeric not null check (target between 50 and 99.999),     -- percent
    period       text not null check (period in ('7', '28', '30', '90', 'month')),  -- days that have passed, or the calendar's month
    timezone     text not null,                 -- as it was given: core.zone_name
    all_monitors boolean not null,              -- of the team, later ones too
    monitor_ids  integer[] not null,            -- may name some that are gone
    burn_alerts  boolean not null,
    policy_id    integer references betterstack.policy on delete set null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);
create index slo_team on betterstack.slo (team_id, id);
create index slo_policy on betterstack.slo (policy_id) where policy_id is not null;

-- What the sweep knows of each, apart: this is written all the time.  Whoever wants the lock of
-- incidents besides has taken this row before.  No reference to slo: who changes that has its row
-- and waits for this one, while the sweep has this one.
create table betterstack.slo_watch (
    slo_id      integer primary key,    -- goes with it: betterstack.slo_forget
    due_at      timestamptz not null,   -- dispatch.sweep looks at it then; infinity: it does not alert
    -- What goes on now; all null: nothing does.
    rule        smallint,               -- the worst that was told: core.burn_rules
    incident_id bigint,                 -- may have been resolved or deleted by hand
    -- What was down before has been told of, in an incident that is over.
    told_until  timestamptz
) with (fillfactor = 70);
create index slo_watch_due on betterstack.slo_watch (due_at);
create function betterstack.slo_forget() returns trigger
language plpgsql as $$
begin
    delete from betterstack.slo_watch w where w.slo_id = old.id;
    return null;
end
$$;
create trigger slo_forget after delete on betterstack.slo
    for each row execute function betterstack.slo_forget();

alter table betterstack.incident
    add column slo_id    integer,
    add column burn_rule smallint;              -- the worst by now: core.burn_rules
create index incident_slo on betterstack.incident (slo_id) where slo_id is not null;
alter table betterstack.incident drop constraint incident_kind_check;
alter table betterstack.incident add constraint incident_kind_check check (kind in
    ('failure', 'certificate_expiry', 'domain_expiry', 'heartbeat', 'region_silent',
     'scheduler_silent', 'region_quarantined', 'mass', 'manual', 'burn'));

-- Which monitors have failed lately.
create index incident_monitor_recent on betterstack.incident_monitor
    ((coalesce(ended_at, 'infinity'::timestamptz)), monitor_id) where confirmed_at is not null;

-- Its result has one column more.
drop function if exists core.incident_filter(jsonb);
