-- Years of results: a closed day is packed, one row a (monitor, region), and its hot rows go.

-- lz4 where this Postgres has it, else what it does by default.
create function core.compress_column(relation regclass, name text) returns void
language plpgsql volatile as $$
begin
    execute format('alter table %s alter column %I set compression lz4', relation, name);
exception when feature_not_supported then
    null;
end
$$;

-- A day (UTC) of betterstack.tick from its closing on, by core.day_keep and core.seal_take.  ticks
-- counts the rows of its partition that were packed, or moved to tick_late because there were too
-- many of one pair; counted those found in the partition afterwards.
create table betterstack.day (
    day          date primary key,
    state        smallint not null default 0,   -- 0 open, 1 fenced, 2 sealed (the partition is empty)
    fenced_at    timestamptz,
    packed_at    timestamptz,                   -- all that was in the partition is packed and counted
    sealed_at    timestamptz,
    ticks        bigint not null default 0,
    counted      bigint not null default 0,
    next_monitor integer not null default 0,    -- all pairs up to this one are packed
    next_region  smallint not null default 0,
    next_count   integer,                       -- monitors up to this one are counted; null: not yet
    trouble      text                           -- why it stays as it is, with all its rows
) with (fillfactor = 70);

-- Who seals, for how long nobody else will, and where the look through tick_late is.
create table betterstack.sealer (
    one          boolean primary key default true check (one),
    holder       text not null default '',
    until        timestamptz not null default '-infinity',
    late_at      timestamptz not null default '-infinity',  -- when the next look may begin
    late_monitor integer not null default 0,
    late_region  smallint not null default 0,
    late_slot    timestamptz not null default '-infinity',
    late_turn    boolean not null default false
) with (fillfactor = 50);
insert into betterstack.sealer default values;

-- Ticks of days that are fenced: core.tick_divert puts them here.  Read together with the day.
create table betterstack.tick_late (
    slot          timestamptz not null,
    monitor_id    integer not null,
    lateness_ms   integer not null,
    dns_us        integer not null,
    connect_us    integer not null,
    tls_us        integer not null,
    first_byte_us integer not null,
    total_us      integer not null,
    region_id     smallint not null,
    http_status   smallint not null,
    status        smallint not null,
    reason        smallint not null,
    attempts      smallint not null,
    address       text not null,
    evidence      text not null,
    flags         smallint not null default 0,
    primary key (monitor_id, region_id, slot)
);

-- A day of one pair, without the evidence.  Where there is such a row it is the truth, and hot rows
-- of the same pair and day are to be ignored: they are about to go.
create table betterstack.tick_sealed (
    day        date not null,
    monitor_id integer not null,
    region_id  smallint not null,
    revision   smallint not null default 0,     -- changes with every late tick that is merged in
    ticks      integer not null,
    packed     bytea not null,                  -- shared/bs_pack.h
    texts      text,                            -- JSON: [[reason, http_status, address, text], ...]
    primary key (monitor_id, region_id, day)
) partition by range (day);
alter table betterstack.tick_sealed alter column packed set storage external;

-- What the ticks of an hour (0 to 23) had as evidence: a JSON object by slot, in milliseconds.
create table betterstack.tick_evidence (
    day        date not null,
    monitor_id integer not null,
    region_id  smallint not null,
    hour       smallint not null,
    evidence   text not null,
    primary key (monitor_id, region_id, day, hour)
) partition by range (day);
select core.compress_column('betterstack.tick_evidence', 'evidence');

-- What a packed day comes to: written with it.  Times and latencies are of measured ticks.
create table betterstack.tick_day (
    day          date not null,
    monitor_id   integer not null,
    region_id    smallint not null,
    up           integer not null,
    degraded     integer not null,
    down         integer not null,
    unknown      integer not null,
    total_min_us integer,                       -- null: nothing was up or degraded
    total_max_us integer,
    total_sum_us bigint not null,
    buckets      smallint[] not null,           -- of the sketch of total, ascending, and how many
    counts       integer[] not null,
    rollup       bytea not null,                -- shared/bs_rollup.h: the day, all phases
    hours        bytea not null,                -- its 24 hours
    primary key (monitor_id, region_id, day)
) partition by range (day);
alter table betterstack.tick_day alter column rollup set storage external;
alter table betterstack.tick_day alter column hours set storage external;

-- What a step of sealing delivers: a row for what is sealed of a pair's day (source 0), hot (1) and
-- late (2), in this order.  kind 0: there is more to do, but nothing to pack; 1: the next pairs of a
-- day; 2: late ticks.  seen_*: the day's place when it was taken, which core.seal_store wants back.
create type core.seal_row as (
    kind          smallint,
    day           date,
    seen_monitor  integer,
    seen_region   smallint,
    monitor_id    integer,
    region_id     smallint,
    source        smallint,
    revision      smallint,                     -- -1: not sealed
    ticks         integer,                      -- may be more than are delivered
    packed        bytea,
    texts         text,
    evidences     boolean,                      -- some have evidence
    slots         timestamptz[],
    lateness_ms   integer[],
    dns_us        integer[],
    connect_us    integer[],
    tls_us        integer[],
    first_byte_us integer[],
    total_us      integer[],
    http_statuses smallint[],
    statuses      smallint[],
    reasons       smallint[],
    attempts      smallint[],
    flags         smallint[],
    addresses     text[]
);
