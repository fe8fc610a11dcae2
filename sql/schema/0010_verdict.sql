-- The verdict: a state machine for each monitor, regions that are believed or not.

-- NULL is the default (core.monitor_defaults), as with all settings.
alter table betterstack.monitor
    add column confirmation_period integer,     -- seconds
    add column recovery_period     integer,     -- seconds
    add column quorum              smallint,    -- so many regions decide; null: core.quorum_needed
    add column depends_on          integer[];   -- monitors, of the same team

-- `status` is what is shown: 0 pending, 1 up, 2 degraded, 3 down, 4 paused, 5 suspect, 6 recovering,
-- 7 flapping, 8 maintenance, 9 no_data.  `phase` is where the machine is beneath the last three:
-- 0, 1, 2, 3, 5 or 6.
alter table betterstack.monitor_state
    add column phase            smallint not null default 0,
    add column was              smallint not null default 0,    -- phase before the suspicion
    add column suspect_since    timestamptz,
    add column suspected        smallint[] not null default '{}',   -- regions that raised it
    add column discounted       smallint[] not null default '{}',   -- regions found wrong, until they say up
    add column look_after       timestamptz,    -- a second look: only failures of later slots count; -infinity: it is over
    add column held             boolean not null default false,     -- by a mass event, for that look
    add column asked_at         timestamptz,    -- when urgent jobs were asked for
    add column asks             smallint not null default 0,
    add column recovering_since timestamptz,
    add column suppressed_by    integer,        -- the parent whose failure explains this one
    add column flips            timestamptz[] not null default '{}',
    add column flapping         boolean not null default false,
    add column maintenance      boolean not null default false,
    add column no_data          boolean not null default false,
    add column incident_id      bigint,
    add column detection        jsonb,          -- slot, checked_at, reported_at, suspected_at of the first failure
    add column false_alarms     integer not null default 0,
    add column due_at           timestamptz;    -- dispatch.sweep looks at it then; null: only with results
update betterstack.monitor_state set phase = status where status in (1, 2);
-- What is down has no incident yet: it is looked at again, and opens one.
update betterstack.monitor_state
   set phase = 5, was = 1, suspect_since = since, due_at = since,
       detection = jsonb_build_object('checked_at', since)
 where status = 3;
create index monitor_state_unsteady on betterstack.monitor_state (monitor_id)
    where status not in (1, 4);         -- core.report_steady
create index monitor_state_due on betterstack.monitor_state (due_at) where due_at is not null;

-- The newest result as it was measured; JSON is made of it when somebody looks, which is rarer than
-- results.
alter table betterstack.region_state
    add column since       timestamptz not null default '-infinity',  -- of its present status
    add column failures    smallint not null default 0,   -- measured, in a row, at most 1000
    add column http_status smallint not null default 0,
    add column total_us    integer not null default -1,
    add column address     text not null default '';
update betterstack.region_state rs
   set failures = case when rs.status = 3 then 2 else 0 end,   -- that it was down is known
       http_status = coalesce((d.doc ->> 'http_status')::smallint, 0),
       total_us = coalesce((d.doc ->> 'response_time')::integer, -1),
       address = coalesce(d.doc ->> 'address', '')
  from (select o.monitor_id, o.region_id, nullif(o.doc, '')::jsonb as doc
          from betterstack.region_state o) d
 where d.monitor_id = rs.monitor_id and d.region_id = rs.region_id;
alter table betterstack.region_state
    drop column doc,
    drop column phases,
    -- Checked at each of the many updates; core.region_state_forget does what the cascades did.
    drop constraint region_state_monitor_id_fkey,
    drop constraint region_state_region_id_fkey,
    set (fillfactor = 50);      -- every result writes its row anew, on the same page
create index region_state_unsteady on betterstack.region_state (region_id, monitor_id)
    where status <> 1;

create function betterstack.region_state_forget() returns trigger
language plpgsql as $$
begin
    if tg_table_name = 'region' then
        delete from betterstack.region_state rs where rs.region_id = old.id;
    else
        delete from betterstack.region_state rs where rs.monitor_id = old.monitor_id;
    end if;
    return null;
end
$$;
-- A row that is written twice in a transaction has its references checked again: whoever decides
-- about a monitor would wait for whoever deletes it, who waits for the decision.
alter table betterstack.monitor_state drop constraint monitor_state_monitor_id_fkey;
create function betterstack.monitor_state_forget() returns trigger
language plpgsql as $$
begin
    delete from betterstack.monitor_state s where s.monitor_id = old.id;
    return null;
end
$$;
create trigger monitor_state_forget after delete on betterstack.monitor
    for each row execute function betterstack.monitor_state_forget();
create trigger region_state_forget after delete on betterstack.monitor_state
    for each row execute function betterstack.region_state_forget();
create trigger region_state_forget after delete on betterstack.region
    for each row execute function betterstack.region_state_forget();

alter table betterstack.region
    add column belief       smallint not null default 0,    -- 0 ok, 1 quarantined, 2 silent
    add column belief_since timestamptz,
    add column judged_at    timestamptz,    -- when it was last compared with the others
    add column doubted_at   timestamptz,    -- when they last refuted most of its new failures
    add column agrees_since timestamptz,    -- quarantined: since when it says what the others say
    add column incident_id  bigint;

-- What dispatch.sweep remembers from one second to the next.  One row.
create table betterstack.sweep (
    one                    boolean primary key default true check (one),
    last_at                timestamptz,     -- its last look
    gap_since              timestamptz,     -- nobody reports since this look
    quiet_until            timestamptz,     -- silence means nothing until then: the hub was away
    next_monitor           integer not null default 0,  -- where the search for silent monitors goes on
    offline_since          timestamptz,     -- all agents miss the scheduler
    scheduler_incident_id  bigint
);
insert into betterstack.sweep default values;

-- Teams of which somebody has a dashboard open: only they are told of every result.
create table betterstack.audience (
    team_id integer primary key references betterstack.team on delete cascade,
    until   timestamptz not null
);

-- A team whose monitors fail together.
create table betterstack.mass (
    team_id    integer primary key references betterstack.team on delete cascade,
    counted_at timestamptz not null,
    until      timestamptz      -- the event lasts until then; null: it is none
);

-- What a decision tells the hub: live events, and urgent jobs to publish.
create type core.news as (
    team_id         integer,
    event           text,
    confirm_region  text,       -- slug; confirm_* go together
    confirm_monitor integer,
    confirm_slot    bigint,     -- ms
    confirm_expires bigint,     -- ms
    confirm_spec    bytea
);

-- How a monitor's regions vote at a moment: core.quorum_votes.
create type core.votes as (
    voters       smallint[],    -- believed and not discounted
    failing      smallint[],    -- of these
    up           integer,       -- of these: up or degraded
    degraded     integer,       -- of these
    measured     integer,       -- believed, discounted or not
    awaited      integer,       -- asked, and may still answer
    unanswered   integer,       -- have said nothing since the suspicion began
    failing_all  smallint[],    -- believed regions that say down, discounted or not
    needed       integer,       -- so many of the failing decide
    confirmed    boolean,       -- they do
    newest_slot  timestamptz,   -- of a failing region
    failed_at    timestamptz,   -- when that probe began
    up_at        timestamptz    -- when the newest probe that succeeded began
);

-- A decision under way: core.verdict_step.
create type core.verdict as (
    m    betterstack.monitor,
    s    betterstack.monitor_state,
    v    core.votes,
    at   timestamptz,
    news core.news[]
);

-- Their results have more columns now.
drop function if exists ingest.report(bytea, text, text, text, integer[], bigint[], bigint[], smallint[],
    smallint[], smallint[], integer[], text[], integer[], integer[], integer[], integer[],
    integer[], text[], smallint[], bigint[]);
