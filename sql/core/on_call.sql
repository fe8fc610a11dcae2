-- Who is on call: the persons of the override events of a moment; where there is none, those of its
-- events and the one whose turn it is in the rotation.
--
-- Turns are counted on the wall clock of the rotation's zone: turn n begins when clocks there show
-- the time of the first one, n lengths later.  Who has left the team is skipped: the next who has
-- not takes the turn, and all others keep theirs.

create or replace function core.on_call_default(team_id integer) returns integer
language plpgsql stable as $$
begin
    return (select o.id from betterstack.on_call o
             where o.team_id = on_call_default.team_id and o.default_calendar);
end
$$;

create or replace function core.on_call_unit(unit text) returns interval
language sql immutable parallel safe as $$
    select case unit when 'hour' then interval '1 hour' when 'day' then interval '24 hours'
                     else interval '168 hours' end
$$;

-- When the turn begins.
create or replace function core.on_call_turn_begins(r betterstack.on_call_rotation, turn bigint)
    returns timestamptz
language plpgsql stable as $$
begin
    if turn <= 0 then
        return r.starts_at;     -- itself: clocks may show it twice
    end if;
    return core.zone_moment((r.starts_at at time zone r.zone)
                            + turn * r.length * core.on_call_unit(r.unit), r.zone);
end
$$;

-- The last turn that has begun by `at`, whether or not the rotation still goes on then.  What
-- clocks show is right but for days on which they change; there it is a turn or two away.
create or replace function core.on_call_turn(r betterstack.on_call_rotation, at timestamptz)
    returns bigint
language plpgsql stable as $$
declare
    turn bigint;
begin
    if at < r.starts_at then
        return null;
    end if;
    turn := greatest(0, floor(extract(epoch from (at at time zone r.zone)
                                                 - (r.starts_at at time zone r.zone))
                 / extract(epoch from r.length * core.on_call_unit(r.unit))));
    while turn > 0 and core.on_call_turn_begins(r, turn) > at loop
        turn := turn - 1;
    end loop;
    while core.on_call_turn_begins(r, turn + 1) <= at loop
        turn := turn + 1;
    end loop;
    return turn;
end
$$;

-- Those of them who are members of the team, in their order.
create or replace function core.on_call_members(user_ids integer[], team_id integer)
    returns integer[]
language plpgsql stable as $$
begin
    return array(select u.id from unnest(user_ids) with ordinality u (id, place)
                  where exists (select from betterstack.membership m where m.user_id = u.id
                                   and m.team_id = on_call_members.team_id)
                  order by u.place);
end
$$;

-- Whose turn it is; null if nobody of them is left.
create or replace function core.on_call_turn_user(r betterstack.on_call_rotation, turn bigint,
    members integer[]) returns integer
language plpgsql immutable parallel safe as $$
declare
    n integer := cardinality(r.user_ids);
begin
    for i in 0 .. n - 1 loop
        if r.user_ids[1 + (turn + i) % n] = any (members) then
            return r.user_ids[1 + (turn + i) % n];
        end if;
    end loop;
    return null;
end
$$;

create or replace function core.on_call_rotation_user(calendar betterstack.on_call, at timestamptz)
    returns integer
language plpgsql stable as $$
declare
    r betterstack.on_call_rotation;
begin
    select o.* into r from betterstack.on_call_rotation o
     where o.on_call_id = calendar.id and o.starts_at <= at
       and (o.ends_at is null or o.ends_at > at);
    if not found then
        return null;
    end if;
    return core.on_call_turn_user(r, core.on_call_turn(r, at),
                                  core.on_call_members(r.user_ids, calendar.team_id));
end
$$;

-- Everybody of its events at that moment, the oldest event's first; null if there is none.
create or replace function core.on_call_event_users(calendar_id integer, at timestamptz,
    out instead integer[], out beside integer[])
language plpgsql stable as $$
begin
    select array_agg(u.id order by e.starts_at, e.id, u.place) filter (where e.override),
           array_agg(u.id order by e.starts_at, e.id, u.place) filter (where not e.override)
      into instead, beside
      from betterstack.on_call_event e, unnest(e.user_ids) with ordinality u (id, place)
     where e.on_call_id = calendar_id and e.ends_at > at and e.starts_at <= at;
end
$$;

-- Three probes of indexes, of rotation, events and members.
create or replace function core.on_call_now(calendar betterstack.on_call, at timestamptz)
    returns integer[]
language plpgsql stable as $$
declare
    events record := core.on_call_event_users(calendar.id, at);
    users integer[] := '{}';
begin
    if events.instead is not null then
        users := core.on_call_members(events.instead, calendar.team_id);
    end if;
    if users = '{}' then
        users := array_remove(array[core.on_call_rotation_user(calendar, at)], null);
        if events.beside is not null then
            users := users || core.on_call_members(events.beside, calendar.team_id);
        end if;
    end if;
    if cardinality(users) < 2 then
        return users;
    end if;
    return array(select u.id from unnest(users) with ordinality u (id, place)
                  group by u.id order by min(u.place));
end
$$;

-- The ids of those who are on call, each once; '{}' if nobody is, or there is no such calendar.
create or replace function core.on_call_now(calendar_id integer, at timestamptz)
    returns integer[]
language plpgsql stable as $$
declare
    calendar betterstack.on_call;
begin
    select o.* into calendar from betterstack.on_call o where o.id = calendar_id;
    return case when calendar.id is null then '{}' else core.on_call_now(calendar, at) end;
end
$$;
