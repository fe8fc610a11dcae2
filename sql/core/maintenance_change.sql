-- What people do to maintenance windows, at a time that is handed down.  The caller holds the
-- team's core.maintenance_lock.

create or replace function core.maintenance_window_body(id integer, at timestamptz) returns text
language plpgsql stable as $$
begin
    return (select '{"data":' || core.maintenance_window_json(w, at) || '}'
              from betterstack.maintenance_window w where w.id = maintenance_window_body.id);
end
$$;

-- `w` as the body makes it, and what is wrong with that.  replan: its times are other ones.
create or replace function core.maintenance_window_change(w betterstack.maintenance_window,
    given jsonb, team_id integer, at timestamptz, out changed betterstack.maintenance_window,
    out replan boolean, out errors jsonb)
language plpgsql stable as $$
declare
    settings jsonb := core.maintenance_window_merge(w, given);
begin
    errors := core.maintenance_window_errors(settings, given, team_id);
    if errors <> '{}' then
        return;
    end if;
    changed := core.maintenance_window_fill(w, settings);
    changed.updated_at := at;
    replan := (w.starts_at, w.ends_at, w.duration, w.recurrence, w.timezone) is distinct from
        (changed.starts_at, changed.ends_at, changed.duration, changed.recurrence,
         changed.timezone);
    if replan then
        errors := core.maintenance_errors_plan(changed, at);
    end if;
end
$$;

-- Makes its occurrences from now on, and tells those it is for.
create or replace function core.maintenance_window_replan(w betterstack.maintenance_window,
    at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.maintenance_window t
       set decided_at = at, edge_at = core.maintenance_plan(w, at)
     where t.id = w.id;
    perform core.maintenance_mark_window(w, (
        select min(greatest(o.starts_at, at)) from betterstack.maintenance_occurrence o
         where o.window_id = w.id and o.ends_at > at), at);
end
$$;

create or replace function core.maintenance_window_create(team_id integer, given jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    change record := core.maintenance_window_change(null, given, team_id, at);
    w betterstack.maintenance_window;
begin
    if (select count(*) from betterstack.maintenance_window o
         where o.team_id = maintenance_window_create.team_id and o.edge_at is not null)
       >= core.maintenance_windows_max() then
        change.errors := core.complain(change.errors, 'name', 'cannot be added: a team has at most '
            || core.maintenance_windows_max() || ' windows that are not over; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    w := change.changed;
    w.id := nextval(pg_get_serial_sequence('betterstack.maintenance_window', 'id'));
    w.team_id := maintenance_window_create.team_id;
    w.created_at := at;
    w.decided_at := at;
    insert into betterstack.maintenance_window overriding system value select w.*;
    perform core.maintenance_window_replan(w, at);
    return core.reply(201, core.maintenance_window_body(w.id, at), w.team_id,
                      core.event('maintenance', 'created', w.id::text));
end
$$;

-- The row, locked; all NULL if it is not the team's.
create or replace function core.maintenance_window_take(team_id integer, id bigint)
    returns betterstack.maintenance_window
language plpgsql volatile as $$
declare
    taken betterstack.maintenance_window;
begin
    select w.* into taken from betterstack.maintenance_window w
     where w.id = maintenance_window_take.id and w.team_id = maintenance_window_take.team_id
       for update;
    return taken;
end
$$;

-- Whom it was for and whom it is for: in the order in which marks are made.
create or replace function core.maintenance_window_follow(before betterstack.maintenance_window,
    w betterstack.maintenance_window, replan boolean, at timestamptz) returns void
language plpgsql volatile as $$
declare
    everyone betterstack.maintenance_window := w;
begin
    if replan then
        update betterstack.maintenance_window t
           set decided_at = at, edge_at = core.maintenance_plan(w, at)
         where t.id = w.id;
    elsif (before.all_monitors, before.monitor_ids, before.heartbeat_ids)
          = (w.all_monitors, w.monitor_ids, w.heartbeat_ids) then
        return;
    end if;
    everyone.all_monitors := w.all_monitors or before.all_monitors;
    everyone.monitor_ids := w.monitor_ids || before.monitor_ids;
    everyone.heartbeat_ids := array(
        select unnest(w.heartbeat_ids) union select unnest(before.heartbeat_ids));
    perform core.maintenance_mark_window(everyone, at, at);
end
$$;

create or replace function core.maintenance_window_update(team_id integer, id bigint, given jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    before betterstack.maintenance_window := core.maintenance_window_take(team_id, id);
    change record;
    w betterstack.maintenance_window;
begin
    if before.id is null then
        return core.reply_not_found();
    end if;
    change := core.maintenance_window_change(before, given, team_id, at);
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    w := change.changed;
    update betterstack.maintenance_window t
       set name = w.name, description = w.description, starts_at = w.starts_at,
           ends_at = w.ends_at, duration = w.duration, recurrence = w.recurrence,
           timezone = w.timezone, all_monitors = w.all_monitors, monitor_ids = w.monitor_ids,
           heartbeat_ids = w.heartbeat_ids, updated_at = w.updated_at
     where t.id = w.id;
    perform core.maintenance_window_follow(before, w, change.replan, at);
    return core.reply(200, core.maintenance_window_body(w.id, at), w.team_id,
                      core.event('maintenance', 'updated', w.id::text));
end
$$;

create or replace function core.maintenance_window_delete(team_id integer, id bigint,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    w betterstack.maintenance_window := core.maintenance_window_take(team_id, id);
begin
    if w.id is null then
        return core.reply_not_found();
    end if;
    perform core.maintenance_mark_window(w, at, at);
    delete from betterstack.maintenance_window t where t.id = w.id;
    return core.reply(204, null, w.team_id, core.event('maintenance', 'deleted', w.id::text));
end
$$;

-- Ends the occurrence that runs; later ones come as planned.
create or replace function core.maintenance_window_end(team_id integer, id bigint, at timestamptz)
    returns api.reply
language plpgsql volatile as $$
declare
    w betterstack.maintenance_window := core.maintenance_window_take(team_id, id);
begin
    if w.id is null then
        return core.reply_not_found();
    elsif (core.maintenance_present(w, at)).current_ends_at is null then
        return core.reply_conflict('This maintenance window is not active');
    end if;
    update betterstack.maintenance_occurrence o set ends_at = at
     where o.window_id = w.id and o.starts_at <= at and o.ends_at > at;
    update betterstack.maintenance_window t
       set ends_at = case when t.recurrence is null then at end, updated_at = at, decided_at = at,
           edge_at = core.maintenance_extend(w, at)
     where t.id = w.id;
    perform core.maintenance_mark_window(w, at, at);
    return core.reply(200, core.maintenance_window_body(w.id, at), w.team_id,
                      core.event('maintenance', 'ended', w.id::text));
end
$$;
