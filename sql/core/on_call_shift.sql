-- Shifts: what is drawn of a calendar, and when somebody comes or goes.

-- In one answer: of a calendar's picture, and of its feed.
create or replace function core.on_call_shifts_max() returns integer
language sql immutable parallel safe as $$ select 1000 $$;

create or replace function core.on_call_feed_max() returns integer
language sql immutable parallel safe as $$ select 5000 $$;

-- As many edges are looked at to find the next one at which somebody else comes on.
create or replace function core.on_call_edges_max() returns integer
language sql immutable parallel safe as $$ select 20 $$;

-- The turns that are not over before `from_at` and begin before `to_at`; those that clocks skip are
-- none.
create or replace function core.on_call_turns(calendar betterstack.on_call, from_at timestamptz,
    to_at timestamptz, rows_max integer)
    returns table (user_id integer, starts_at timestamptz, ends_at timestamptz)
language plpgsql stable as $$
declare
    r betterstack.on_call_rotation;
    members integer[];
    turn bigint;
    over_at timestamptz;
begin
    select o.* into r from betterstack.on_call_rotation o where o.on_call_id = calendar.id;
    members := core.on_call_members(r.user_ids, calendar.team_id);
    over_at := least(r.ends_at, to_at);
    if members = '{}' or r.on_call_id is null then
        return;
    end if;
    turn := core.on_call_turn(r, greatest(from_at, r.starts_at));
    starts_at := core.on_call_turn_begins(r, turn);
    while starts_at < over_at and rows_max > 0 loop
        turn := turn + 1;
        ends_at := core.on_call_turn_begins(r, turn);
        user_id := core.on_call_turn_user(r, turn - 1, members);
        if ends_at > starts_at then
            ends_at := least(ends_at, r.ends_at);
            if ends_at > from_at then
                rows_max := rows_max - 1;
                return next;
            end if;
            starts_at := ends_at;
        end if;
    end loop;
end
$$;

-- Rotation and events as if there were no overrides.
create or replace function core.on_call_plain(calendar betterstack.on_call, from_at timestamptz,
    to_at timestamptz, rows_max integer)
    returns table (name text, user_ids integer[], starts_at timestamptz, ends_at timestamptz,
                   source text)
language plpgsql stable as $$
begin
    return query
        select 'rotation', array[t.user_id], t.starts_at, t.ends_at, 'rotation'
          from core.on_call_turns(calendar, from_at, to_at, rows_max) t
        union all
        select 'event-' || e.id, e.members, e.starts_at, e.ends_at, 'event'
          from core.on_call_events(calendar, false, from_at, to_at) e;
end
$$;

-- The events of that time that still have members.
create or replace function core.on_call_events(calendar betterstack.on_call, overrides boolean,
    from_at timestamptz, to_at timestamptz)
    returns table (id integer, members integer[], starts_at timestamptz, ends_at timestamptz)
language plpgsql stable as $$
begin
    return query
        select o.* from (
            select e.id, core.on_call_members(e.user_ids, calendar.team_id) as members,
                   e.starts_at, e.ends_at
              from betterstack.on_call_event e
             where e.on_call_id = calendar.id and e.override = overrides
               and e.ends_at > from_at and e.starts_at < to_at) o
         where o.members <> '{}';
end
$$;

-- Who is on call from when to when: the overrides, and what they leave of the others.  Whole
-- shifts, also those that began before or end after, so that each is the same, and has the same
-- id, whenever it is asked for.
create or replace function core.on_call_shifts(calendar betterstack.on_call, from_at timestamptz,
    to_at timestamptz, rows_max integer)
    returns table (id text, user_ids integer[], starts_at timestamptz, ends_at timestamptz,
                   source text)
language plpgsql stable as $$
begin
    return query
        with plain as materialized (
            select p.* from core.on_call_plain(calendar, from_at, to_at, rows_max) p),
        override as materialized (
            select o.* from (select least(from_at, min(p.starts_at)) as low,
                                    greatest(to_at, max(p.ends_at)) as high from plain p) b
             cross join lateral core.on_call_events(calendar, true, b.low, b.high) o),
        covered as (
            select coalesce(range_agg(tstzrange(o.starts_at, o.ends_at)), '{}') as ranges
              from override o),
        shift as (
            select 'event-' || o.id as name, o.members, o.starts_at, o.ends_at,
                   'override' as source from override o
            union all
            select p.name, p.user_ids, lower(piece), upper(piece), p.source
              from plain p cross join covered c
             cross join unnest(tstzmultirange(tstzrange(p.starts_at, p.ends_at)) - c.ranges) piece)
        select s.name || '-' || core.ms(s.starts_at), s.members, s.starts_at, s.ends_at, s.source
          from shift s
         where s.ends_at > from_at and s.starts_at < to_at
         order by s.starts_at, s.source, s.name limit rows_max;
end
$$;

-- The next moment at which somebody may come or go; null if there is none.  One person alone in a
-- rotation hands nothing over.
create or replace function core.on_call_edge(calendar betterstack.on_call, at timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    r betterstack.on_call_rotation;
    edge timestamptz;
begin
    select o.* into r from betterstack.on_call_rotation o
     where o.on_call_id = calendar.id and (o.ends_at is null or o.ends_at > at);
    if r.starts_at > at then
        edge := r.starts_at;
    elsif (select count(distinct u) > 1
             from unnest(core.on_call_members(r.user_ids, calendar.team_id)) u) then
        edge := least(core.on_call_turn_begins(r, core.on_call_turn(r, at) + 1), r.ends_at);
    else
        edge := r.ends_at;
    end if;
    return least(edge,
        (select min(e.starts_at) from betterstack.on_call_event e
          where e.on_call_id = calendar.id and e.starts_at > at),
        (select min(e.ends_at) from betterstack.on_call_event e
          where e.on_call_id = calendar.id and e.ends_at > at));
end
$$;

-- The next moment from which others are on call; null if none is in sight.
create or replace function core.on_call_handover(calendar betterstack.on_call, at timestamptz)
    returns timestamptz
language plpgsql stable as $$
declare
    present integer[] := core.on_call_now(calendar, at);
    users integer[];
begin
    for i in 1 .. core.on_call_edges_max() loop
        at := core.on_call_edge(calendar, at);
        users := core.on_call_now(calendar, at);
        exit when at is null or not (users @> present and users <@ present);
    end loop;
    return case when not (users @> present and users <@ present) then at end;
end
$$;

-- The moment from which the person is not on call any more; null if it is not in sight.
create or replace function core.on_call_leaves(calendar betterstack.on_call, user_id integer,
    at timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    for i in 1 .. core.on_call_edges_max() loop
        at := core.on_call_edge(calendar, at);
        exit when at is null or user_id <> all (core.on_call_now(calendar, at));
    end loop;
    return case when user_id <> all (core.on_call_now(calendar, at)) then at end;
end
$$;
