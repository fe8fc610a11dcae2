-- The occurrences of maintenance windows: kept for the past, the present, and two of the future.
-- The wall clock decides when one begins; it lasts for so many seconds, whatever clocks do
-- meanwhile.

-- As many are made for one window at once; the sweep goes on a second later.
create or replace function core.maintenance_occurrences_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- Who has not looked for longer does not learn what would have been before that.
create or replace function core.maintenance_past() returns interval
language sql immutable parallel safe as $$ select interval '31 days' $$;

create or replace function core.maintenance_next(w betterstack.maintenance_window,
    after timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    return core.recurrence_next(w.recurrence, w.starts_at, core.zone_name(w.timezone), after);
end
$$;

-- What runs at a moment, and what comes next.
create or replace function core.maintenance_present(w betterstack.maintenance_window,
    at timestamptz, out current_ends_at timestamptz, out next_starts_at timestamptz,
    out next_ends_at timestamptz)
language plpgsql stable as $$
begin
    select max(o.ends_at) into current_ends_at from betterstack.maintenance_occurrence o
     where o.window_id = w.id and o.starts_at <= at and o.ends_at > at;
    select o.starts_at, o.ends_at into next_starts_at, next_ends_at
      from betterstack.maintenance_occurrence o
     where o.window_id = w.id and o.starts_at > at order by o.starts_at limit 1;
    if next_starts_at is null and w.edge_at is not null and w.recurrence is not null then
        next_starts_at := core.maintenance_next(w, at);     -- the sweep is late
        next_ends_at := next_starts_at + w.duration * interval '1 second';
    end if;
end
$$;

-- The start of the latest occurrence that has begun and lasts.
create or replace function core.maintenance_running_since(w betterstack.maintenance_window,
    at timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    lasts interval := w.duration * interval '1 second';
    found_one timestamptz;
    candidate timestamptz;
begin
    if w.recurrence is null then
        return case when w.starts_at <= at and w.ends_at > at then w.starts_at end;
    end if;
    candidate := core.maintenance_next(w, at - lasts);
    for n in 1 .. core.maintenance_occurrences_max() loop
        exit when candidate is null or candidate > at;
        found_one := candidate;
        candidate := core.maintenance_next(w, candidate);
    end loop;
    return found_one;
end
$$;

-- What is wrong with times that are right each by itself: nothing comes of them, or occurrences
-- that overlap.
create or replace function core.maintenance_errors_plan(w betterstack.maintenance_window,
    at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    lasts interval := w.duration * interval '1 second';
    occurrence timestamptz;
    following timestamptz;
begin
    if w.recurrence is null then
        return core.complain('{}', 'ends_at', case when w.ends_at <= at then 'has passed' end);
    end if;
    occurrence := core.maintenance_next(w, w.starts_at - interval '1 ms');
    for n in 1 .. 12 loop
        exit when occurrence is null;
        following := core.maintenance_next(w, occurrence);
        if following <= occurrence + lasts then
            return core.complain('{}', 'duration',
                'must be shorter than the time between two occurrences');
        end if;
        occurrence := following;
    end loop;
    return core.complain('{}', 'recurrence', case
        when core.maintenance_next(w, at) is null and core.maintenance_running_since(w, at) is null
        then 'has no occurrence from now on' end);
end
$$;

-- Makes occurrences until two are in the future, and says when to look again: when one begins or
-- ends; at once if there is more to be made; never (null) if all is over.
create or replace function core.maintenance_extend(w betterstack.maintenance_window,
    at timestamptz) returns timestamptz
language plpgsql volatile as $$
declare
    last timestamptz;
    coming integer;
begin
    select coalesce(max(o.starts_at), w.decided_at), count(*) filter (where o.starts_at > at)
      into last, coming
      from betterstack.maintenance_occurrence o where o.window_id = w.id;
    last := greatest(last, at - core.maintenance_past());
    for n in 1 .. core.maintenance_occurrences_max() loop
        exit when coming >= 2 or w.recurrence is null;
        last := core.maintenance_next(w, last);
        exit when last is null;
        insert into betterstack.maintenance_occurrence (window_id, starts_at, ends_at, team_id)
        values (w.id, last, last + w.duration * interval '1 second', w.team_id);
        coming := coming + (last > at)::integer;
    end loop;
    if coming = 0 and w.recurrence is not null and last is not null then
        return at;
    end if;
    return (select min(e.edge)
              from betterstack.maintenance_occurrence o
             cross join lateral (values (o.starts_at), (o.ends_at)) e (edge)
             where o.window_id = w.id and e.edge > at);
end
$$;

-- From now on the window is as it says: what ran is cut off, what was to come is made anew.
create or replace function core.maintenance_plan(w betterstack.maintenance_window, at timestamptz)
    returns timestamptz
language plpgsql volatile as $$
declare
    since timestamptz := core.maintenance_running_since(w, at);
begin
    delete from betterstack.maintenance_occurrence o
     where o.window_id = w.id and o.starts_at >= at;
    update betterstack.maintenance_occurrence o set ends_at = at
     where o.window_id = w.id and o.ends_at > at;
    if w.recurrence is null and w.starts_at > at then
        since := w.starts_at;
    end if;
    if since is not null then
        insert into betterstack.maintenance_occurrence (window_id, starts_at, ends_at, team_id)
        select w.id, greatest(since, at), e.ends_at, w.team_id
          from (select coalesce(w.ends_at, since + w.duration * interval '1 second') as ends_at) e
         where e.ends_at > at;
    end if;
    w.decided_at := at;
    return core.maintenance_extend(w, at);
end
$$;

-- The clock was set back behind the last look: what was made of later may have gaps, and who was
-- thought to be done with may not be.
create or replace function core.maintenance_window_set_back(w betterstack.maintenance_window,
    at timestamptz) returns void
language plpgsql volatile as $$
declare
    since timestamptz;
begin
    if w.recurrence is not null then
        delete from betterstack.maintenance_occurrence o
         where o.window_id = w.id and o.starts_at > at;
        since := core.maintenance_running_since(w, at);
        if since is not null and not exists (select from betterstack.maintenance_occurrence o
                                              where o.window_id = w.id) then
            insert into betterstack.maintenance_occurrence (window_id, starts_at, ends_at, team_id)
            values (w.id, since, since + w.duration * interval '1 second', w.team_id);
        end if;
    end if;
    perform core.maintenance_mark_window(w, at, at);
end
$$;
