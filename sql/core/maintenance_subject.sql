-- Who is in maintenance: monitors (kind 1) and heartbeats (kind 2), by their windows and by their
-- own daily one.
--
-- Whatever may change that marks a subject: it gets a row whose edge_at the sweep finds.  Until
-- then it stays what it is, so that what was is recorded as it was.  Marking locks rows of
-- maintenance_subject, by id, and nothing after them; the sweep waits for none of them.

create or replace function core.maintenance_monitor() returns smallint
language sql immutable parallel safe as $$ select 1::smallint $$;

create or replace function core.maintenance_heartbeat() returns smallint
language sql immutable parallel safe as $$ select 2::smallint $$;

-- Of a team either its windows change, or monitors and heartbeats come: not both at once, each
-- would miss the other.
create or replace function core.maintenance_lock(team_id integer, exclusive boolean) returns void
language plpgsql volatile as $$
begin
    if exclusive then
        perform pg_advisory_xact_lock(1112756055, team_id);
    else
        perform pg_advisory_xact_lock_shared(1112756055, team_id);
    end if;
end
$$;

-- To be decided at `edge`, or now where maintenance lasts.
create or replace function core.maintenance_mark_ids(kind smallint, ids integer[],
    team_id integer, edge timestamptz, at timestamptz) returns void
language plpgsql volatile as $$
begin
    insert into betterstack.maintenance_subject as s (kind, id, team_id, decided_at, edge_at)
    select maintenance_mark_ids.kind, i, maintenance_mark_ids.team_id, at, greatest(edge, at)
      from unnest(ids) i order by i
    on conflict on constraint maintenance_subject_pkey do update
       set decided_at = case when s.edge_at <= at then s.decided_at
                             else greatest(s.decided_at, at) end,
           edge_at = case when s.active then least(s.edge_at, at)
                          else least(s.edge_at, excluded.edge_at) end;
end
$$;

-- A monitor or heartbeat that is new, or whose daily maintenance has changed.
create or replace function core.maintenance_mark(kind smallint, id integer, team_id integer,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    perform core.maintenance_lock(team_id, false);
    if exists (select from betterstack.maintenance_window w
                where w.team_id = maintenance_mark.team_id and w.edge_at is not null)
       or exists (select from betterstack.maintenance_subject s
                   where s.kind = maintenance_mark.kind and s.id = maintenance_mark.id)
       or core.maintenance_has_daily(kind, id)
    then
        perform core.maintenance_mark_ids(kind, array[id], team_id, at, at);
    end if;
end
$$;

create or replace function core.maintenance_has_daily(kind smallint, id integer) returns boolean
language plpgsql stable as $$
begin
    if kind = core.maintenance_monitor() then
        return exists (select from betterstack.monitor m where m.id = maintenance_has_daily.id
                                                           and m.maintenance_from is not null);
    end if;
    return exists (select from betterstack.heartbeat h where h.id = maintenance_has_daily.id
                                                         and h.maintenance_from is not null);
end
$$;

-- All that a window is for.
create or replace function core.maintenance_mark_window(w betterstack.maintenance_window,
    edge timestamptz, at timestamptz) returns void
language plpgsql volatile as $$
begin
    perform core.maintenance_mark_ids(core.maintenance_monitor(), array(
        select m.id from betterstack.monitor m
         where m.team_id = w.team_id and (w.all_monitors or m.id = any (w.monitor_ids))),
        w.team_id, edge, at);
    perform core.maintenance_mark_ids(core.maintenance_heartbeat(), array(
        select h.id from betterstack.heartbeat h
         where h.team_id = w.team_id and h.id = any (w.heartbeat_ids)), w.team_id, edge, at);
end
$$;

-- When the subject is in maintenance between two times, as far as is planned.
create or replace function core.maintenance_ranges(s betterstack.maintenance_subject,
    since timestamptz, until timestamptz) returns tstzmultirange
language plpgsql stable as $$
declare
    daily record;
    ranges tstzmultirange;
begin
    if s.kind = core.maintenance_monitor() then
        select m.maintenance_from, m.maintenance_to,
               coalesce(m.maintenance_timezone, 'UTC') as zone,
               coalesce(m.maintenance_days, core.week_days()) as days
          into daily from betterstack.monitor m where m.id = s.id;
    else
        select h.maintenance_from, h.maintenance_to, h.maintenance_timezone as zone,
               h.maintenance_days as days
          into daily from betterstack.heartbeat h where h.id = s.id;
    end if;
    select range_agg(r.span) into ranges from (
        select tstzrange(o.starts_at, o.ends_at) as span
          from betterstack.maintenance_occurrence o
          join betterstack.maintenance_window w on w.id = o.window_id
         where o.team_id = s.team_id and o.ends_at > since and o.starts_at < o.ends_at
           and case s.kind when core.maintenance_monitor()
                    then w.all_monitors or s.id = any (w.monitor_ids)
                    else s.id = any (w.heartbeat_ids) end
         union all
        select core.maintenance_daily_spans(daily.maintenance_from, daily.maintenance_to,
                                            daily.zone, daily.days, since, until)
         where daily.maintenance_from is not null) r;
    return coalesce(ranges, '{}') * tstzmultirange(tstzrange(since, null));
end
$$;

-- Puts down when it was in maintenance since the last look. 
create or replace function core.maintenance_record(s betterstack.maintenance_subject,
    ranges tstzmultirange, at timestamptz) returns void
language plpgsql volatile as $$
begin
    if s.active then
        update betterstack.maintenance_time t
           set ended = case when not ranges @> s.decided_at then greatest(s.decided_at, t.began)
                            else (select upper(r) from unnest(ranges) r where r @> s.decided_at
                                                                          and upper(r) <= at) end
         where t.kind = s.kind and t.id = s.id and t.ended is null;
    end if;
    insert into betterstack.maintenance_time as t (kind, id, began, ended)
    select s.kind, s.id, lower(r), case when upper(r) <= at then upper(r) end
      from unnest(ranges) r
     where lower(r) <= at and not (s.active and lower(r) = s.decided_at)
    on conflict on constraint maintenance_time_pkey do update set ended = excluded.ended;
end
$$;

-- The clock was set back behind the last look: what was recorded of later is not so.
create or replace function core.maintenance_set_back(s betterstack.maintenance_subject,
    at timestamptz) returns betterstack.maintenance_subject
language plpgsql volatile as $$
begin
    delete from betterstack.maintenance_time t
     where t.kind = s.kind and t.id = s.id and t.began >= at;
    update betterstack.maintenance_time t set ended = at
     where t.kind = s.kind and t.id = s.id and t.ended > at;
    s.decided_at := at;
    s.active := exists (select from betterstack.maintenance_time t
                         where t.kind = s.kind and t.id = s.id and t.ended is null);
    return s;
end
$$;

-- What was measured before the end of maintenance is not believed, even if no sweep saw that.
create or replace function core.maintenance_disbelieve(id integer, over timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.monitor_state s set believe_after = over
     where s.monitor_id = maintenance_disbelieve.id and s.believe_after < over;
end
$$;

-- The monitor is in maintenance until then, or in none.
create or replace function core.maintenance_of_monitor(id integer, active boolean,
    until timestamptz, at timestamptz) returns void
language plpgsql volatile as $$
declare
    before betterstack.monitor_state;
begin
    select s.* into before from betterstack.monitor_state s
     where s.monitor_id = maintenance_of_monitor.id;
    if before.maintenance_until is distinct from until then
        before.maintenance_until := until;
        update betterstack.monitor_state s
           set maintenance_until = until, doc = core.monitor_state_doc(before)
         where s.monitor_id = before.monitor_id;
        perform core.verdict_change(before.monitor_id);
    end if;
    perform core.verdict_maintenance(before.monitor_id, active, at);
end
$$;

-- Decides about one, whose rows the caller has locked.
create or replace function core.maintenance_decide(s betterstack.maintenance_subject,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    ranges tstzmultirange;
begin
    if s.decided_at > at then
        s := core.maintenance_set_back(s, at);
    end if;
    s.decided_at := greatest(s.decided_at, at - core.maintenance_past());
    ranges := core.maintenance_ranges(s, s.decided_at, at + interval '2 days');
    -- Seldom is more than two days ahead needed.  Where the clocks skip the time of a maintenance
    -- that is once a week, the next one is two weeks from the last.
    if not exists (select from unnest(ranges) r
                    where upper(r) > at and lower(r) < at + interval '2 days') then
        ranges := core.maintenance_ranges(s, s.decided_at, at + interval '16 days');
    end if;
    perform core.maintenance_record(s, ranges, at);
    s.active := ranges @> at;
    select min(upper(r)) filter (where r @> at),
           min(case when r @> at then upper(r) else lower(r) end)
      into s.until, s.edge_at from unnest(ranges) r where upper(r) > at;
    if s.edge_at is null then
        delete from betterstack.maintenance_subject t where t.kind = s.kind and t.id = s.id;
    else
        update betterstack.maintenance_subject t
           set active = s.active, decided_at = at, until = s.until, edge_at = s.edge_at
         where t.kind = s.kind and t.id = s.id;
    end if;
    if s.kind = core.maintenance_monitor() then
        perform core.maintenance_disbelieve(s.id, (select max(upper(r)) from unnest(ranges) r
                                                    where upper(r) <= at));
        perform core.maintenance_of_monitor(s.id, s.active, s.until, at);
    else
        perform core.heartbeat_maintenance(s.id, s.active, at);
    end if;
end
$$;

create or replace function core.maintenance_times_expire_max() returns integer
language sql immutable parallel safe as $$ select 10000 $$;

-- What was recorded is kept for as long as anybody's incidents are: availability tells them apart.
create or replace function core.maintenance_times_expire(at timestamptz) returns void
language plpgsql volatile as $$
declare
    before date := core.retention_cutoff_of_all('incidents', at);
begin
    if before is null then
        return;
    end if;
    delete from betterstack.maintenance_time t
     where t.ctid = any (array(
           select o.ctid from betterstack.maintenance_time o
            where o.ended < before::timestamp at time zone 'UTC'
            order by o.ended limit core.maintenance_times_expire_max()
              for update skip locked));
end
$$;
