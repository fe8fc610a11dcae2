-- Ends of certificates and domains, told of before they come.

-- Of the domain that a website's name belongs to, as an agent of this region last heard of it.
alter table betterstack.region_state add column domain_expires_at timestamptz;

-- Days before the end: the last threshold that its timeline tells of.
alter table betterstack.incident add column expiry_told smallint;

-- A line for each monitor that is to be told of beforehand; core.expiry_look.  Written only by who
-- has locked the monitor's monitor_state, but for due_at, which a report may bring forward at its
-- very end.
create table betterstack.expiry (
    monitor_id   integer not null,      -- goes with it: betterstack.expiry_forget
    kind         text not null check (kind in ('certificate_expiry', 'domain_expiry')),
    due_at       timestamptz not null,  -- dispatch.sweep looks at it then
    begun_at     timestamptz not null,  -- under its present settings
    incident_id  bigint,                -- in which it has a part that has not ended
    -- What was told of last, so that it is told once: this end, so many days before it, when this
    -- was the setting.
    ends_at      timestamptz,
    told         smallint,
    days         smallint,
    primary key (monitor_id, kind)
);
create index expiry_due on betterstack.expiry (due_at);
create function betterstack.expiry_forget() returns trigger
language plpgsql as $$
begin
    delete from betterstack.expiry e where e.monitor_id = old.monitor_id;
    return null;
end
$$;
create trigger expiry_forget after delete on betterstack.monitor_state
    for each row execute function betterstack.expiry_forget();

-- What the regions see of one end: core.expiry_seen.
create type core.expiry_view as (
    voters   integer,           -- regions that say when it ends, and those awaited
    without  integer,           -- regions that reach the target and see nothing that ends
    ends     timestamptz[],     -- what the voters say
    near     integer,           -- how many of these are within the days that the monitor wants
    ends_at  timestamptz,       -- of these the one that most see; the earliest of several
    regions  text[]             -- that see it
);

insert into betterstack.expiry (monitor_id, kind, due_at, begun_at)
select m.id, 'certificate_expiry', now(), now() from betterstack.monitor m
 where m.ssl_expiration is not null
union all
select m.id, 'domain_expiry', now(), now() from betterstack.monitor m
 where m.domain_expiration is not null;

-- They have one argument more now; of ingest.report it may be left out, as older hubs do.
drop function if exists ingest.report(bytea, text, text, text, integer[], bigint[], bigint[],
    smallint[], smallint[], smallint[], integer[], text[], integer[], integer[], integer[], integer[],
    integer[], text[], smallint[], bigint[]);
drop function if exists core.report(bytea, text, text, text, integer[], bigint[], bigint[],
    smallint[], smallint[], smallint[], integer[], text[], integer[], integer[], integer[], integer[],
    integer[], text[], smallint[], bigint[], timestamptz);
drop function if exists core.monitor_json(text, text, boolean, timestamptz, timestamptz, text);
