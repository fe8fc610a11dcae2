-- What time alone decides: called every second by every hub, done by one of them.  A bounded amount
-- of work each time.

create or replace function core.sweep_monitors_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- No sweep, or no report from anywhere, for so long: the hub was away.
create or replace function core.hub_gone_after() returns interval
language sql immutable parallel safe as $$ select interval '60 seconds' $$;

-- And then silence means nothing for so long.
create or replace function core.hub_quiet_for() returns interval
language sql immutable parallel safe as $$ select interval '2 minutes' $$;

-- Notes this look, and until when silence means nothing: after nobody has looked, and after nobody
-- has reported (for the first time, and again when they come back).
create or replace function core.sweep_note(at timestamptz) returns betterstack.sweep
language plpgsql volatile as $$
declare
    w betterstack.sweep;
    newest timestamptz := (select max(a.last_report_at) from betterstack.region_agent a);
    nobody boolean := coalesce(newest < at - core.hub_gone_after(), true);
begin
    select o.* into w from betterstack.sweep o for update;
    if w.last_at is null or w.last_at < at - core.hub_gone_after() or w.last_at > at
       or nobody <> (w.gap_since is not null) then
        w.quiet_until := at + core.hub_quiet_for();
    end if;
    w.gap_since := case when nobody then coalesce(w.gap_since, at) end;
    w.last_at := at;
    update betterstack.sweep o
       set last_at = w.last_at, gap_since = w.gap_since, quiet_until = w.quiet_until;
    return w;
end
$$;

-- Regions: silent ones, and whether the quarantined agree again.
create or replace function core.sweep_regions(quiet boolean, at timestamptz) returns void
language plpgsql volatile as $$
declare
    r betterstack.region;
    reported_at timestamptz;
begin
    for r in select o.* from betterstack.region o order by o.id loop
        select max(a.last_report_at) into reported_at
          from betterstack.region_agent a where a.region_id = r.id;
        if r.belief <> 2 and not quiet and reported_at < at - core.region_silent_after() then
            perform core.region_believe(r.id, 2::smallint, at);
        elsif r.belief = 1 then
            perform core.region_release(r, at);
        elsif r.judged_at > at - core.doubt_for() then
            perform core.region_judge(r.id, at);
        end if;
    end loop;
end
$$;

-- Monitors of which nothing has been heard: some of them each time, in the order of their ids.
create or replace function core.sweep_silent(w betterstack.sweep, at timestamptz)
    returns integer[]
language plpgsql volatile as $$
declare
    last integer;
    silent integer[];
    quarantined smallint[] := array(select r.id from betterstack.region r where r.belief = 1);
begin
    select max(n.monitor_id) into last
      from (select s.monitor_id from betterstack.monitor_state s
             where s.monitor_id > w.next_monitor
             order by s.monitor_id limit core.sweep_monitors_max()) n;
    select array_agg(c.monitor_id) into silent
      from (select s.monitor_id, core.fresh_for(m.check_frequency) as patience,
                   greatest(s.believe_after, case when s.status = 0 then s.since end,
                            w.quiet_until - core.hub_quiet_for()
                            + greatest(2 * m.check_frequency, 120) * interval '1 second'
                            - core.fresh_for(m.check_frequency), h.heard_at) as heard_at
              from betterstack.monitor_state s
              join betterstack.monitor m on m.id = s.monitor_id
              left join (select rs.monitor_id, max(rs.slot) as heard_at
                           from betterstack.region_state rs
                          where rs.monitor_id > w.next_monitor and rs.monitor_id <= last
                            and rs.status <> 0 and rs.region_id <> all (quarantined)
                          group by rs.monitor_id) h on h.monitor_id = s.monitor_id
             where s.monitor_id > w.next_monitor and s.monitor_id <= last
               and s.status not in (4, 8, 9)) c
     where c.heard_at < at - c.patience;
    update betterstack.sweep set next_monitor = coalesce(last, 0);
    return coalesce(silent, '{}');
end
$$;

-- Nothing was heard of these: shown as such; a suspicion that nobody answers is dropped.
create or replace function core.sweep_no_data(monitor_ids integer[], at timestamptz)
    returns setof core.news
language plpgsql volatile as $$
declare
    before betterstack.monitor_state;
    c core.verdict;
begin
    for before in select s.* from betterstack.monitor_state s
                   where s.monitor_id = any (monitor_ids)
                   order by s.monitor_id for no key update skip locked
    loop
        c.m := (select t from betterstack.monitor t where t.id = before.monitor_id);
        c.s := before;
        c.at := at;
        c.news := '{}';
        c.v := core.quorum_votes(c.m, c.s, at);
        continue when (c.v).measured > 0;
        c.s.no_data := true;
        if (c.s).phase = 5 then
            c := core.verdict_cleared(c, 'no_data');
        end if;
        perform core.verdict_write(c, before);
        return query select n.* from unnest(c.news) n;
    end loop;
end
$$;

-- All agents that are at work have missed the scheduler for a minute: its own alert, once.
create or replace function core.sweep_scheduler(w betterstack.sweep, quiet boolean,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    offline boolean := (
        select bool_and(coalesce(a.self ->> 'offline', '0') = '1') from betterstack.region_agent a
         where a.last_report_at > at - core.region_silent_after());
begin
    if not coalesce(offline, false) then
        if w.scheduler_incident_id is not null then
            perform core.incident_end(w.scheduler_incident_id, null, at, 'recovered');
        end if;
        w.offline_since := null;
        w.scheduler_incident_id := null;
    elsif w.offline_since is null then
        w.offline_since := at;
    elsif w.scheduler_incident_id is null and not quiet
          and w.offline_since <= at - core.hub_gone_after() then
        w.scheduler_incident_id := core.incident_begin(null, 'scheduler_silent', at, true,
            jsonb_build_object('suspected_at', core.iso(w.offline_since),
                               'confirmed_at', core.iso(at), 'regions', '[]'::jsonb));
    end if;
    update betterstack.sweep o
       set offline_since = w.offline_since, scheduler_incident_id = w.scheduler_incident_id
     where (o.offline_since, o.scheduler_incident_id)
           is distinct from (w.offline_since, w.scheduler_incident_id);
end
$$;

-- Those whose time has come.  A monitor that a report is deciding just now is left to it.
create or replace function core.sweep_due(at timestamptz) returns integer[]
language sql volatile as $$
    select array(select s.monitor_id from betterstack.monitor_state s
                  where s.due_at <= at order by s.due_at
                  limit core.sweep_monitors_max() for no key update skip locked)
$$;

-- Decides, and tells of every monitor that is another one now as reports do: with the newest result
-- of any region.
create or replace function core.sweep_decide(due integer[], silent integer[], at timestamptz)
    returns setof core.news
language plpgsql volatile as $$
declare
    before jsonb := (select jsonb_object_agg(s.monitor_id, s.doc) from betterstack.monitor_state s
                      where s.monitor_id = any (due || silent));
    changed integer[] := core.verdict_changed();
begin
    return query select n.* from core.report_decide(array(
                     select d.id from unnest(due) as d (id) order by d.id), at) n;
    return query select n.* from core.sweep_no_data(silent, at) n;
    changed := changed || array(
        select s.monitor_id from betterstack.monitor_state s
         where s.monitor_id = any (due || silent) and s.doc <> before ->> s.monitor_id::text);
    return query
        select e.team_id, e.event, null::text, null::integer, null::bigint, null::bigint,
               null::bytea
          from (select (array_agg(rs.region_id order by rs.slot desc))[1] as region_id,
                       rs.monitor_id
                  from betterstack.region_state rs
                 where rs.monitor_id = any (changed) group by rs.monitor_id) newest
         cross join lateral core.tick_events(newest.region_id, array[newest.monitor_id], at) e;
    return query
        select i.team_id, i.event, null::text, null::integer, null::bigint, null::bigint,
               null::bytea from core.incident_news() i;
    return query
        select d.team_id, d.event, null::text, null::integer, null::bigint, null::bigint,
               null::bytea from core.delivery_news(at) d;
end
$$;

-- What else time decides, each in its own file: reports are made first, because that takes long, and
-- then maintenance windows, because they wait for the locks of monitors: neither must hold other
-- locks meanwhile.  One that fails does not keep the
-- others, and the monitors, from being decided.
create or replace function core.sweep_others(at timestamptz) returns void
language plpgsql volatile as $$
declare
    task text;
    tasks text[] := '{scheduled_report_sweep,maintenance_sweep,heartbeat_sweep,expiry_sweep,
                      on_call_sweep,slo_sweep,alert_sweep,scheduled_report_sends}';
begin
    foreach task in array tasks loop
        begin
            execute format('select count(*) from core.%I($1)', task) using at;
        exception when data_exception or integrity_constraint_violation then
            raise warning '% fails: %', task, sqlerrm;
        end;
    end loop;
end
$$;

-- A row with confirm_monitor is an urgent job to be published, one with team_id a live event.
-- swept: whether this hub did the work, or another is at it.
create or replace function dispatch.sweep(at timestamptz default clock_timestamp())
    returns table (swept boolean, team_id integer, event text, confirm_region text,
                   confirm_monitor integer, confirm_slot bigint, confirm_expires bigint,
                   confirm_spec bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := date_trunc('milliseconds', at);
    w betterstack.sweep;
    quiet boolean;
begin
    swept := pg_try_advisory_xact_lock(1112756051, 0);      -- 'BSwS', ours
    if swept then
        w := core.sweep_note(moment);
        quiet := moment < w.quiet_until;
        perform core.sweep_others(moment);
        perform core.sweep_regions(quiet, moment);
        perform core.sweep_scheduler(w, quiet, moment);
        return query select true, n.*
                       from core.sweep_decide(core.sweep_due(moment),
                                case when quiet then '{}' else core.sweep_silent(w, moment) end,
                                moment) n;
    end if;
    return next;
end
$$;
