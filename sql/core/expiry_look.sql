-- One look at whether an end is near: the incident begins, is told anew, or is over.

-- What has become of the incident without our doing.  Ended for another reason (paused, deleted by
-- hand): the former may be told of again, the latter not.
create or replace function core.expiry_settle(e betterstack.expiry, m betterstack.monitor,
    at timestamptz) returns betterstack.expiry
language plpgsql volatile as $$
declare
    part betterstack.incident_monitor;
begin
    if e.incident_id is null then
        return e;
    end if;
    select im.* into part from betterstack.incident_monitor im
     where im.incident_id = e.incident_id and im.monitor_id = e.monitor_id and im.ended_at is null;
    if found and (core.url_parts(part.url)).host is not distinct from (core.url_parts(m.url)).host
    then
        return e;
    elsif found then
        perform core.incident_end(e.incident_id, e.monitor_id, at, 'moved');
        e.ends_at := null;
    elsif exists (select from betterstack.incident i where i.id = e.incident_id) then
        e.ends_at := null;
    else
        e.told := 0;
    end if;
    e.incident_id := null;
    return e;
end
$$;

-- Why its incident is over; null while it goes on.
create or replace function core.expiry_over(e betterstack.expiry, m betterstack.monitor,
    s betterstack.monitor_state, days integer, seen core.expiry_view, at timestamptz) returns text
language plpgsql stable as $$
declare
    newer integer := (select count(*) from unnest(seen.ends) u (x)
                       where u.x > e.ends_at);
begin
    return case
        when days is null then 'expiry_off'
        when 2 * newer > seen.voters
             and cardinality(seen.ends) - newer < core.quorum_needed(seen.voters, m.quorum)
            then e.kind || '_renewed'
        when seen.without > seen.voters and e.kind = 'certificate_expiry' then 'no_certificate'
        when e.ends_at <= at and core.expiry_is_failure(m, e.kind)
             and s.phase = 3 and s.incident_id is not null then 'expired'
        when days < e.days and not core.expiry_within(e.ends_at, days, at) then 'expiry_later'
    end;
end
$$;

-- As an incident takes it.
create or replace function core.expiry_detection(m betterstack.monitor, kind text,
    seen core.expiry_view, at timestamptz) returns jsonb
language plpgsql stable as $$
declare
    code text := case when kind = 'certificate_expiry' then 'certificate_expiring' end;
    facts jsonb := jsonb_build_object('reason', code, 'expires_at', core.iso(seen.ends_at),
        'confirmed_at', core.iso(at), 'regions', (
            select jsonb_agg(jsonb_build_object('region', r.slug, 'reason', code, 'checked_at',
                                                core.iso(rs.checked_at)) order by r.slug)
              from betterstack.region r
              join betterstack.region_state rs on rs.region_id = r.id and rs.monitor_id = m.id
             where r.slug = any (seen.regions)));
begin
    return facts || jsonb_build_object('text',
        core.incident_cause(m, kind, core.incident_facts(facts), at));
end
$$;

-- Told of for the first time, or of a certificate that nobody was told of.
create or replace function core.expiry_begins(e betterstack.expiry, m betterstack.monitor,
    days integer, seen core.expiry_view, at timestamptz) returns betterstack.expiry
language plpgsql volatile as $$
declare
    threshold smallint := core.expiry_threshold(seen.ends_at, days, at);
begin
    if seen.near < core.quorum_needed(seen.voters, m.quorum) or seen.near = 0
       or seen.ends_at <= at and core.expiry_is_failure(m, e.kind)
       or e.ends_at is not null
          and not (seen.ends_at > e.ends_at or threshold < e.told or days < e.days) then
        return e;
    end if;
    e.ends_at := greatest(e.ends_at, seen.ends_at);
    e.told := threshold;
    e.days := days;
    e.incident_id := core.incident_begin(m.id, e.kind, at, true,
                                         core.expiry_detection(m, e.kind, seen, at));
    update betterstack.incident i set expiry_told = least(i.expiry_told, threshold)
     where i.id = e.incident_id;
    return e;
end
$$;

-- The words follow the time, the timeline tells of each threshold once, however many monitors have
-- this certificate.  What a person has resolved is left alone.
create or replace function core.expiry_goes_on(e betterstack.expiry, m betterstack.monitor,
    days integer, seen core.expiry_view, at timestamptz) returns betterstack.expiry
language plpgsql volatile as $$
declare
    threshold smallint := core.expiry_threshold(seen.ends_at, days, at);
    detection jsonb;
    i betterstack.incident;
begin
    if threshold is null then
        return e;
    end if;
    detection := core.expiry_detection(m, e.kind, seen, at);
    i := core.incident_take(e.incident_id);
    e.told := least(e.told, threshold);
    if i.resolved_at is not null then
        return e;
    end if;
    perform core.incident_reword(i, m.id, detection ->> 'text', seen.ends_at);
    if threshold < i.expiry_told then
        update betterstack.incident t set expiry_told = threshold where t.id = i.id;
        perform core.incident_note(i.id, m.id, at, 'expires_soon', detection - 'expires_at');
    end if;
    return e;
end
$$;

-- Every hour, more or less, so that monitors which began together do not stay together.
create or replace function core.expiry_again(monitor_id integer) returns interval
language sql immutable parallel safe as $$
    select interval '1 hour' - monitor_id % 300 * interval '1 second'
$$;

-- When to look again: also when a threshold or the end comes, and soon while nothing is known of
-- what is new, or while an end that has come is about to be seen as a failure.
create or replace function core.expiry_next(e betterstack.expiry, days integer,
    seen core.expiry_view, at timestamptz) returns timestamptz
language plpgsql stable as $$
declare
    moment timestamptz := at + core.expiry_again(e.monitor_id);
begin
    if at < e.begun_at + interval '1 hour' and cardinality(seen.ends) < greatest(seen.voters, 1)
       or e.incident_id is not null and at between e.ends_at and e.ends_at + interval '1 hour'
    then
        moment := at + interval '1 minute';
    end if;
    return (select least(moment, min(u.x - t.d * interval '24 hours')
                                 filter (where u.x - t.d * interval '24 hours' > at))
              from unnest(seen.ends) u (x)
             cross join unnest(array[days, 7, 3, 1, 0]) t (d) where t.d <= days);
end
$$;

-- The caller has locked the monitor's monitor_state and the line.
create or replace function core.expiry_look(line betterstack.expiry, at timestamptz) returns void
language plpgsql volatile as $$
declare
    e betterstack.expiry := line;
    m betterstack.monitor;
    s betterstack.monitor_state;
    wanted integer;
    seen core.expiry_view;
    why text;
begin
    m := (select t from betterstack.monitor t where t.id = e.monitor_id);
    s := (select t from betterstack.monitor_state t where t.monitor_id = e.monitor_id);
    wanted := core.expiry_days(m, e.kind);
    e := core.expiry_settle(e, m, at);
    seen := core.expiry_seen(m, s, e, wanted, at);
    if e.incident_id is not null then
        why := core.expiry_over(e, m, s, wanted, seen, at);
        if why is not null then
            perform core.incident_end(e.incident_id, m.id, at, why);
            e.incident_id := null;
        else
            e := core.expiry_goes_on(e, m, wanted, seen, at);
        end if;
    end if;
    if wanted is null then
        delete from betterstack.expiry t where t.monitor_id = e.monitor_id and t.kind = e.kind;
        return;
    elsif e.incident_id is null and not m.paused and not s.maintenance then
        e := core.expiry_begins(e, m, wanted, seen, at);
    end if;
    update betterstack.expiry t
       set due_at = core.expiry_next(e, wanted, seen, at), incident_id = e.incident_id,
           ends_at = e.ends_at, told = e.told, days = e.days
     where t.monitor_id = e.monitor_id and t.kind = e.kind;
end
$$;

-- Incidents are locked meanwhile, and one that begins may take ten milliseconds.
create or replace function core.expiry_looks_max() returns integer
language sql immutable parallel safe as $$ select 50 $$;

-- The looks that are due, each second some of them; returns how many.  Also what a clock that was
-- set back would make wait for long.  A monitor that somebody else decides about just now is left
-- for the next time; what cannot be decided is told in the log and keeps nobody else from it.
create or replace function core.expiry_sweep(at timestamptz) returns integer
language plpgsql volatile as $$
declare
    line betterstack.expiry;
    looks integer := 0;
    due integer[] := array(
        select e.monitor_id from betterstack.expiry e
         where e.due_at <= at order by e.due_at limit core.expiry_looks_max())
        || array(
        select e.monitor_id from betterstack.expiry e
         where e.due_at > at + interval '2 hours' order by e.due_at desc
         limit core.expiry_looks_max());
begin
    for line in
        -- monitor_state first: rows are locked in this order, and where one is not to be had, what
        -- was locked before it stays locked, for which its owner may wait.
        select e.* from betterstack.monitor_state s
          join betterstack.expiry e on e.monitor_id = s.monitor_id
         where e.monitor_id = any (due) and (e.due_at <= at or e.due_at > at + interval '2 hours')
         order by e.monitor_id, e.kind for no key update skip locked
    loop
        begin
            perform core.expiry_look(line, at);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'the % of monitor % cannot be decided: %', line.kind, line.monitor_id,
                sqlerrm;
            update betterstack.expiry e set due_at = at + core.expiry_again(e.monitor_id)
             where e.monitor_id = line.monitor_id and e.kind = line.kind;
        end;
        looks := looks + 1;
    end loop;
    return looks;
end
$$;
