-- Who was in which state when: what availability leaves out, and what lists draw.

-- Written by core.state_span_write in the transaction that changes monitor_state, under the lock of
-- its row and no other; spans of a monitor neither overlap nor leave gaps.
create table betterstack.state_span (
    monitor_id    integer not null,
    began_at      timestamptz not null,
    ended_at      timestamptz,              -- null: it lasts
    state         smallint not null,        -- monitor_state.status: what was shown
    suppressed_by integer,                  -- down without an incident: the parent that explains it
    primary key (monitor_id, began_at),
    check (ended_at >= began_at)
) with (fillfactor = 80);
create unique index state_span_open on betterstack.state_span (monitor_id) where ended_at is null;
-- What incidents and maintenance do not tell, found by its end: most monitors have none lately.
create index state_span_told on betterstack.state_span
    (monitor_id, (coalesce(ended_at, 'infinity')))
    where state in (0, 2, 4, 9) or suppressed_by is not null;
create index state_span_ended on betterstack.state_span (ended_at) where ended_at is not null;

-- The same of heartbeats: 0 pending, 1 up (running and late too), 3 down, 4 paused, 8 maintenance.
create table betterstack.heartbeat_span (
    heartbeat_id integer not null,
    began_at     timestamptz not null,
    ended_at     timestamptz,
    state        smallint not null,
    primary key (heartbeat_id, began_at),
    check (ended_at >= began_at)
) with (fillfactor = 80);
create unique index heartbeat_span_open on betterstack.heartbeat_span (heartbeat_id)
    where ended_at is null;
create index heartbeat_span_ended on betterstack.heartbeat_span (ended_at)
    where ended_at is not null;

-- Down time of many monitors at once, found by its end.
create index incident_monitor_down on betterstack.incident_monitor
    (monitor_id, (coalesce(ended_at, 'infinity'))) where confirmed_at is not null;
create index maintenance_time_subject on betterstack.maintenance_time
    (kind, id, (coalesce(ended, 'infinity')));

-- What is known of the past: it was up since it was made, but for its incidents and its present
-- state.
with monitor as (
    select m.id, s.status, s.suppressed_by, least(m.created_at, s.since) as made_at, s.since
      from betterstack.monitor m
      join betterstack.monitor_state s on s.monitor_id = m.id
), down as (
    select m.id, range_agg(tstzrange(im.started_at, im.ended_at))
                 * tstzmultirange(tstzrange(m.made_at, m.since)) as spans
      from monitor m
      join betterstack.incident_monitor im on im.monitor_id = m.id
      join betterstack.incident i on i.id = im.incident_id
     where im.confirmed_at is not null and i.kind in ('failure', 'mass')
     group by m.id, m.made_at, m.since
), span as (
    select m.id, r.span, 3 as state
      from down m
     cross join lateral unnest(m.spans) as r (span)
     union all
    select m.id, r.span, 1
      from monitor m
      left join down d on d.id = m.id
     cross join lateral unnest(tstzmultirange(tstzrange(m.made_at, m.since))
                               - coalesce(d.spans, '{}')) as r (span)
)
insert into betterstack.state_span (monitor_id, began_at, ended_at, state, suppressed_by)
select s.id, lower(s.span), upper(s.span), s.state, null::integer from span s
 union all
select m.id, m.since, null, m.status, m.suppressed_by from monitor m;

with heartbeat as (
    select h.id, least(h.created_at, h.state_since) as made_at, h.state_since as since,
           case h.state when 'pending' then 0 when 'down' then 3 when 'paused' then 4
                        when 'maintenance' then 8
                        when 'late' then case when h.heard then 1 else 0 end else 1 end as state
      from betterstack.heartbeat h
), down as (
    select h.id, range_agg(tstzrange(i.started_at, greatest(i.resolved_at, i.started_at)))
                 * tstzmultirange(tstzrange(h.made_at, h.since)) as spans
      from heartbeat h
      join betterstack.incident i on i.heartbeat_id = h.id
     where i.kind = 'heartbeat' and i.confirmed_at is not null
     group by h.id, h.made_at, h.since
), span as (
    select h.id, r.span, 3 as state
      from down h
     cross join lateral unnest(h.spans) as r (span)
     union all
    select h.id, r.span, 1
      from heartbeat h
      left join down d on d.id = h.id
     cross join lateral unnest(tstzmultirange(tstzrange(h.made_at, h.since))
                               - coalesce(d.spans, '{}')) as r (span)
)
insert into betterstack.heartbeat_span (heartbeat_id, began_at, ended_at, state)
select s.id, lower(s.span), upper(s.span), s.state from span s
 union all
select h.id, h.since, null, h.state from heartbeat h;

-- In the schema and not in core: a hub that is not upgraded yet changes states, too.
create function betterstack.monitor_state_shown() returns trigger
language plpgsql as $$
begin
    perform core.state_span_write(new.monitor_id, new.status, new.since, new.suppressed_by);
    return null;
end
$$;
create trigger monitor_state_made after insert on betterstack.monitor_state
    for each row execute function betterstack.monitor_state_shown();
create trigger monitor_state_shown after update of status on betterstack.monitor_state
    for each row when (new.status <> old.status)
    execute function betterstack.monitor_state_shown();

create function betterstack.heartbeat_shown() returns trigger
language plpgsql as $$
begin
    perform core.heartbeat_span_write(new.id, new.state, new.heard, new.state_since);
    return null;
end
$$;
create trigger heartbeat_made after insert on betterstack.heartbeat
    for each row execute function betterstack.heartbeat_shown();
create trigger heartbeat_shown after update of state on betterstack.heartbeat
    for each row when (new.state <> old.state)
    execute function betterstack.heartbeat_shown();

create function betterstack.span_forget() returns trigger
language plpgsql as $$
begin
    if tg_argv[0] = 'heartbeat' then
        delete from betterstack.heartbeat_span s where s.heartbeat_id = old.id;
    else
        delete from betterstack.state_span s where s.monitor_id = old.monitor_id;
    end if;
    return null;
end
$$;
create trigger span_forget after delete on betterstack.monitor_state
    for each row execute function betterstack.span_forget('monitor');
create trigger span_forget after delete on betterstack.heartbeat
    for each row execute function betterstack.span_forget('heartbeat');
