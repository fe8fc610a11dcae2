-- Scheduled reports: what a week or a month was like, kept as it was found.

create table betterstack.report (
    id           integer generated always as identity primary key,
    team_id      integer not null references betterstack.team on delete cascade,
    name         text not null,
    period       text not null check (period in ('week', 'month')),
    timezone     text not null,                 -- as it was given
    all_monitors boolean not null,
    monitor_ids  integer[] not null,
    user_ids     integer[] not null,            -- receivers; who has left the team is passed over
    channel_ids  integer[] not null,
    enabled      boolean not null,
    next_on      date not null, -- first day, where the report is, of what is made next
    due_at       timestamptz,   -- when it is looked at; null: never
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);
create index report_team on betterstack.report (team_id, id);
create index report_due on betterstack.report (due_at) where due_at is not null;

-- What was made.  Nothing of it changes afterwards but whether it is still to be sent.
create table betterstack.report_run (
    id           bigint generated always as identity primary key,
    report_id    integer not null references betterstack.report on delete cascade,
    period_from  timestamptz not null,
    period_until timestamptz not null,
    first_day    date not null,
    last_day     date not null,
    asked_by     text,          -- who wanted it; null: it was due
    to_send      boolean not null default false,
    made_at      timestamptz not null,
    summary      jsonb not null,        -- that of the content, for lists
    content      jsonb not null         -- core.scheduled_report_content
);
create index report_run_report on betterstack.report_run (report_id, id desc);
create index report_run_to_send on betterstack.report_run (id) where to_send;

-- Each that is due is made once, whoever finds it due.
create unique index report_run_once on betterstack.report_run (report_id, first_day, last_day)
    where asked_by is null;

-- Reports that nobody has tried to send yet: no more are written while these are many.
create index delivery_report on betterstack.delivery (id)
    where event = 'report' and state = 0 and attempts = 0;
create index delivery_report_run on betterstack.delivery (number) where event = 'report';
