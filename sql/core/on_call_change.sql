-- What people do to on-call calendars, at a time that is handed down.  Whatever may change who is
-- on call makes the sweep look at the calendar within a second.

-- Of the team; id 0 is its default one.  All null if there is none.
create or replace function core.on_call_find(team_id integer, id bigint)
    returns betterstack.on_call
language plpgsql stable as $$
declare
    found betterstack.on_call;
begin
    select o.* into found from betterstack.on_call o
     where o.team_id = on_call_find.team_id
       and case on_call_find.id when 0 then o.default_calendar else o.id = on_call_find.id end;
    return found;
end
$$;

-- The same, locked: with it whatever belongs to it.
create or replace function core.on_call_take(team_id integer, id bigint)
    returns betterstack.on_call
language plpgsql volatile as $$
declare
    taken betterstack.on_call;
begin
    select o.* into taken from betterstack.on_call o
     where o.team_id = on_call_take.team_id
       and case on_call_take.id when 0 then o.default_calendar else o.id = on_call_take.id end
       for update;
    return taken;
end
$$;

create or replace function core.on_call_event_out(calendar betterstack.on_call, action text)
    returns text
language plpgsql stable as $$
begin
    return core.event('on_call', action, calendar.id::text);
end
$$;

create or replace function core.on_call_touch(calendar betterstack.on_call, at timestamptz)
    returns void
language plpgsql volatile as $$
begin
    update betterstack.on_call o set updated_at = at, edge_at = '-infinity'
     where o.id = calendar.id;
end
$$;

-- The team's row is locked, so that two at once do not go over its limit, nor both become the
-- default one.
create or replace function core.on_call_create(team_id integer, given jsonb, query jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call;
    errors jsonb;
begin
    perform from betterstack.team t where t.id = on_call_create.team_id for no key update;
    errors := core.on_call_errors(calendar, given, team_id);
    if (select count(*) from betterstack.on_call o where o.team_id = on_call_create.team_id)
       >= core.on_call_calendars_max() then
        errors := core.complain(errors, 'name', 'cannot be added: a team has at most '
            || core.on_call_calendars_max() || ' on-call calendars; delete some first');
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    if given -> 'default_calendar' = 'true' then
        perform core.on_call_default_leave(team_id, at);
    end if;
    insert into betterstack.on_call as o (team_id, name, default_calendar, handover_notice,
        created_at, updated_at)
    values (team_id, btrim(given ->> 'name'),
        coalesce((given -> 'default_calendar')::boolean, false),
        coalesce((given -> 'handover_notice')::boolean, true), at, at)
    returning o.* into calendar;
    return core.reply(201, core.on_call_body(calendar, query, at), team_id,
                      core.on_call_event_out(calendar, 'created'));
end
$$;

-- Another one becomes the default.
create or replace function core.on_call_default_leave(team_id integer, at timestamptz)
    returns void
language plpgsql volatile as $$
begin
    update betterstack.on_call o set default_calendar = false, updated_at = at
     where o.team_id = on_call_default_leave.team_id and o.default_calendar;
end
$$;

create or replace function core.on_call_update(team_id integer, id bigint, given jsonb,
    query jsonb, at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call;
    errors jsonb;
begin
    perform from betterstack.team t where t.id = on_call_update.team_id for no key update;
    calendar := core.on_call_take(team_id, id);
    if calendar.id is null then
        return core.reply_not_found();
    end if;
    errors := core.on_call_errors(calendar, given, team_id);
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    if given -> 'default_calendar' = 'true' and not calendar.default_calendar then
        perform core.on_call_default_leave(team_id, at);
        calendar.default_calendar := true;
    end if;
    update betterstack.on_call o
       set name = btrim(coalesce(given ->> 'name', o.name)),
           default_calendar = calendar.default_calendar,
           handover_notice = coalesce((given -> 'handover_notice')::boolean, o.handover_notice),
           updated_at = at
     where o.id = calendar.id returning o.* into calendar;
    return core.reply(200, core.on_call_body(calendar, query, at), team_id,
                      core.on_call_event_out(calendar, 'updated'));
end
$$;

create or replace function core.on_call_delete(team_id integer, id bigint) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, id);
begin
    if calendar.id is null then
        return core.reply_not_found();
    elsif calendar.default_calendar then
        return core.reply_conflict('This is the default calendar of the team: make another one '
            'the default first, by default_calendar');
    end if;
    delete from betterstack.on_call o where o.id = calendar.id;
    return core.reply(204, null, team_id, core.on_call_event_out(calendar, 'deleted'));
end
$$;

-- Who has the old address of the feed finds nothing there any more.
create or replace function core.on_call_rotate_feed(team_id integer, id bigint, query jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, id);
begin
    if calendar.id is null then
        return core.reply_not_found();
    end if;
    update betterstack.on_call o set feed_number = o.feed_number + 1, updated_at = at
     where o.id = calendar.id returning o.* into calendar;
    return core.reply(200, core.on_call_body(calendar, query, at), team_id,
                      core.on_call_event_out(calendar, 'updated'));
end
$$;

-- In the place of the rotation there was.
create or replace function core.on_call_rotation_set(team_id integer, id bigint, given jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, id);
    r betterstack.on_call_rotation;
    errors jsonb;
begin
    if calendar.id is null then
        return core.reply_not_found();
    end if;
    given := core.on_call_rotation_given(given);
    errors := core.on_call_rotation_errors(given, team_id);
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    r := core.on_call_rotation_fill(calendar, given, at);
    delete from betterstack.on_call_rotation o where o.on_call_id = calendar.id;
    insert into betterstack.on_call_rotation select r.*;
    perform core.on_call_touch(calendar, at);
    return core.reply(201, core.on_call_rotation_body(r, team_id), team_id,
                      core.on_call_event_out(calendar, 'updated'));
end
$$;

create or replace function core.on_call_rotation_delete(team_id integer, id bigint,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, id);
begin
    delete from betterstack.on_call_rotation o where o.on_call_id = calendar.id;
    if not found then
        return core.reply_not_found();
    end if;
    perform core.on_call_touch(calendar, at);
    return core.reply(204, null, team_id, core.on_call_event_out(calendar, 'updated'));
end
$$;

create or replace function core.on_call_event_create(team_id integer, id bigint, given jsonb,
    at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, id);
    change record;
    e betterstack.on_call_event;
begin
    if calendar.id is null then
        return core.reply_not_found();
    end if;
    delete from betterstack.on_call_event o
     where o.on_call_id = calendar.id and o.ends_at < at - core.on_call_events_kept_for();
    change := core.on_call_event_change(null, given, team_id, at);
    if (select count(*) from betterstack.on_call_event o where o.on_call_id = calendar.id)
       >= core.on_call_events_max() then
        change.errors := core.complain(change.errors, 'starts_at', 'cannot be added: a calendar '
            'has at most ' || core.on_call_events_max() || ' events; delete some first');
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    e := change.changed;
    insert into betterstack.on_call_event as o
        (on_call_id, user_ids, starts_at, ends_at, override, updated_at)
    values (calendar.id, e.user_ids, e.starts_at, e.ends_at, e.override, at)
    returning o.* into e;
    perform core.on_call_touch(calendar, at);
    return core.reply(201, core.on_call_event_json(e, team_id)::text, team_id,
                      core.on_call_event_out(calendar, 'updated'));
end
$$;

create or replace function core.on_call_event_find(calendar betterstack.on_call, id bigint)
    returns betterstack.on_call_event
language plpgsql stable as $$
declare
    found betterstack.on_call_event;
begin
    select e.* into found from betterstack.on_call_event e
     where e.on_call_id = calendar.id and e.id = on_call_event_find.id;
    return found;
end
$$;

create or replace function core.on_call_event_update(team_id integer, calendar_id bigint,
    id bigint, given jsonb, at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, calendar_id);
    e betterstack.on_call_event := core.on_call_event_find(calendar, id);
    change record;
begin
    if e.id is null then
        return core.reply_not_found();
    end if;
    change := core.on_call_event_change(e, given, team_id, at);
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    e := change.changed;
    update betterstack.on_call_event o
       set user_ids = e.user_ids, starts_at = e.starts_at, ends_at = e.ends_at,
           override = e.override, updated_at = at
     where o.id = e.id;
    perform core.on_call_touch(calendar, at);
    return core.reply(200, core.on_call_event_json(e, team_id)::text, team_id,
                      core.on_call_event_out(calendar, 'updated'));
end
$$;

create or replace function core.on_call_event_delete(team_id integer, calendar_id bigint,
    id bigint, at timestamptz) returns api.reply
language plpgsql volatile as $$
declare
    calendar betterstack.on_call := core.on_call_take(team_id, calendar_id);
begin
    delete from betterstack.on_call_event o
     where o.on_call_id = calendar.id and o.id = on_call_event_delete.id;
    if not found then
        return core.reply_not_found();
    end if;
    perform core.on_call_touch(calendar, at);
    return core.reply(204, null, team_id, core.on_call_event_out(calendar, 'updated'));
end
$$;
