-- What of maintenance time alone decides: windows whose occurrences begin or end, and then whom
-- that concerns.  Each is found by its next edge; a bounded number at once.

create or replace function core.maintenance_sweep_windows_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

create or replace function core.maintenance_sweep_subjects_max() returns integer
language sql immutable parallel safe as $$ select 500 $$;

-- A look that is later than now by more: the clock was set back, all is to be decided anew.
create or replace function core.maintenance_set_back_by() returns interval
language sql immutable parallel safe as $$ select interval '2 seconds' $$;

-- What cannot be decided waits for so long, and keeps nobody else from it.
create or replace function core.maintenance_again() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

-- One that is due, and locked.
create or replace function core.maintenance_window_look(w betterstack.maintenance_window,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    delete from betterstack.maintenance_occurrence o
     where o.window_id = w.id and o.ends_at < at - 2 * core.maintenance_past()
       and exists (select from betterstack.maintenance_occurrence later
                    where later.window_id = w.id and later.starts_at > o.starts_at);
    if w.decided_at > at + core.maintenance_set_back_by() then
        perform core.maintenance_window_set_back(w, at);
    end if;
    w.decided_at := least(w.decided_at, at);
    w.edge_at := core.maintenance_extend(w, at);
    update betterstack.maintenance_window t set decided_at = at, edge_at = w.edge_at
     where t.id = w.id;
    perform core.live_publish('maintenance', w.team_id, 'changed', w.id);
end
$$;

create or replace function core.maintenance_sweep_windows(at timestamptz) returns void
language plpgsql volatile as $$
declare
    ahead timestamptz := at + core.maintenance_set_back_by();
    w betterstack.maintenance_window;
begin
    for w in select o.* from betterstack.maintenance_window o
              where o.edge_at <= at or o.decided_at > ahead
              order by o.edge_at limit core.maintenance_sweep_windows_max()
                for update skip locked
    loop
        begin
            perform core.maintenance_window_look(w, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'maintenance window % cannot be decided: %', w.id, sqlerrm;
            update betterstack.maintenance_window t
               set edge_at = at + core.maintenance_again(), decided_at = least(t.decided_at, at)
             where t.id = w.id;
        end;
    end loop;
end
$$;

-- Those to be decided about, of teams whose windows are.
create or replace function core.maintenance_due(at timestamptz, out monitor_ids integer[],
    out heartbeat_ids integer[])
language plpgsql stable as $$
declare
    ahead timestamptz := at + core.maintenance_set_back_by();
begin
    select coalesce(array_agg(d.id) filter (where d.kind = core.maintenance_monitor()), '{}'),
           coalesce(array_agg(d.id) filter (where d.kind = core.maintenance_heartbeat()), '{}')
      into monitor_ids, heartbeat_ids
      from (select s.kind, s.id from betterstack.maintenance_subject s
             where (s.edge_at <= at or s.decided_at > ahead)
               and not exists (select from betterstack.maintenance_window w
                                where w.team_id = s.team_id and w.edge_at <= at)
             order by s.edge_at limit core.maintenance_sweep_subjects_max()) d;
end
$$;

-- Those of them whose rows are free; what others hold is done a second later.  Who is gone is
-- forgotten.
create or replace function core.maintenance_take(inout monitor_ids integer[],
    inout heartbeat_ids integer[])
language plpgsql volatile as $$
begin
    delete from betterstack.maintenance_subject s
     where s.kind = core.maintenance_monitor() and s.id = any (monitor_ids)
       and not exists (select from betterstack.monitor_state o where o.monitor_id = s.id);
    monitor_ids := array(select s.monitor_id from betterstack.monitor_state s
                          where s.monitor_id = any (maintenance_take.monitor_ids)
                          order by s.monitor_id for no key update skip locked);
    if heartbeat_ids = '{}' then
        return;
    end if;
    delete from betterstack.maintenance_subject s
     where s.kind = core.maintenance_heartbeat() and s.id = any (heartbeat_ids)
       and not exists (select from betterstack.heartbeat o where o.id = s.id);
    heartbeat_ids := array(select h.id from betterstack.heartbeat h
                            where h.id = any (maintenance_take.heartbeat_ids)
                            order by h.id for no key update skip locked);
end
$$;

create or replace function core.maintenance_sweep_subjects(at timestamptz) returns void
language plpgsql volatile as $$
declare
    due record := core.maintenance_due(at);
    subjects betterstack.maintenance_subject[];
    s betterstack.maintenance_subject;
begin
    if due.monitor_ids = '{}' and due.heartbeat_ids = '{}' then
        return;
    end if;
    due := core.maintenance_take(due.monitor_ids, due.heartbeat_ids);
    -- All locks of rows before the first decision, which may take that of incidents.
    subjects := array(
        select o from betterstack.maintenance_subject o
         where o.kind = core.maintenance_monitor() and o.id = any (due.monitor_ids)
            or o.kind = core.maintenance_heartbeat() and o.id = any (due.heartbeat_ids)
         order by o.kind, o.id for update skip locked);
    foreach s in array subjects loop
        begin
            perform core.maintenance_decide(s, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'the maintenance of % % cannot be decided: %', case s.kind
                when core.maintenance_monitor() then 'monitor' else 'heartbeat' end, s.id, sqlerrm;
            update betterstack.maintenance_subject t
               set edge_at = at + core.maintenance_again(), decided_at = least(t.decided_at, at)
             where t.kind = s.kind and t.id = s.id;
        end;
    end loop;
end
$$;

create or replace function core.maintenance_sweep(at timestamptz) returns void
language plpgsql volatile as $$
begin
    perform core.maintenance_sweep_windows(at);
    perform core.maintenance_sweep_subjects(at);
end
$$;
