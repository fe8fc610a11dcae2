-- Which regions are believed: not those that fail where the others do not, nor those that are
-- silent.  region.belief: 0 ok, 1 quarantined, 2 silent.

-- A region that does not report for so long is silent; agents report every 30 s at least.
create or replace function core.region_silent_after() returns interval
language sql immutable parallel safe as $$ select interval '90 seconds' $$;

-- A failure in a region is new for so long.
create or replace function core.quarantine_window() returns interval
language sql immutable parallel safe as $$ select interval '2 minutes' $$;

create or replace function core.quarantine_targets_min() returns integer
language sql immutable parallel safe as $$ select 5 $$;

-- So long must a region agree with the others before it is believed again.
create or replace function core.quarantine_release_after() returns interval
language sql immutable parallel safe as $$ select interval '3 minutes' $$;

-- What a region says against the others: targets that began to fail there lately and have been
-- looked at from elsewhere since (looked), by how many of these looks most say up (refuted), and how
-- many targets it measured at all.
create or replace function core.region_disagrees(region_id smallint, at timestamptz,
    lately interval, out failing bigint, out targets bigint, out looked bigint, out refuted bigint,
    out measured bigint)
language plpgsql stable as $$
begin
    select count(*), count(distinct f.target), count(*) filter (where f.looks > 0),
           count(*) filter (where f.looks > 0 and 2 * f.ups > f.looks)
      into failing, targets, looked, refuted
      from (select core.target_of(m.url) as target, o.looks, o.ups
              from betterstack.region_state rs
              join betterstack.monitor m on m.id = rs.monitor_id and not m.paused
             cross join lateral (
                   select count(*) as looks, count(*) filter (where e.status <> 3) as ups
                     from betterstack.region_state e
                     join betterstack.region r on r.id = e.region_id and r.belief = 0
                    where e.monitor_id = rs.monitor_id and e.region_id <> rs.region_id
                      and e.status <> 0 and e.checked_at >= rs.since) o
             where rs.region_id = region_disagrees.region_id and rs.status = 3
               and rs.since > at - lately) f;
    if targets >= core.quarantine_targets_min()
       or refuted >= core.doubt_targets_min() and lately = core.doubt_window() then
        select count(*) into measured from betterstack.region_state rs
         where rs.region_id = region_disagrees.region_id and rs.status <> 0
           and rs.slot > at - lately;
    end if;
end
$$;

-- So long a region stays in doubt after others have refuted most of what it saw fail.  Whoever has
-- no other region does not take its word meanwhile: core.quorum_votes.
create or replace function core.doubt_for() returns interval
language sql immutable parallel safe as $$ select interval '2 minutes' $$;

create or replace function core.doubt_targets_min() returns integer
language sql immutable parallel safe as $$ select 2 $$;

-- A fifth of what it measures has just begun to fail, and others refute it.  Outages of a few seconds
-- are refuted as well, but they are few.
create or replace function core.region_is_doubtful(region_id smallint, at timestamptz)
    returns boolean
language plpgsql stable as $$
declare
    d record := core.region_disagrees(region_id, at, core.doubt_window());
begin
    return d.refuted >= core.doubt_targets_min() and 2 * d.refuted > d.looked
           and 5 * d.failing > d.measured;
end
$$;

create or replace function core.doubt_window() returns interval
language sql immutable parallel safe as $$ select interval '15 seconds' $$;

-- After a report with new failures, and in sweeps for some time after that; at most once a second,
-- because when much fails much is counted.  The row is not waited for: see core.region_believe.
create or replace function core.region_judge(region_id smallint, at timestamptz)
    returns void
language plpgsql volatile as $$
declare
    d record;
begin
    update betterstack.region r set judged_at = at
      from (select w.id from betterstack.region w
             where w.id = region_judge.region_id and w.belief = 0
               and (w.judged_at is null or at not between w.judged_at and w.judged_at
                                                         + interval '999 milliseconds')
               for no key update skip locked) free
     where r.id = free.id;
    if not found then
        return;
    end if;
    d := core.region_disagrees(region_id, at, core.quarantine_window());
    if d.failing = 0 then
        update betterstack.region r set judged_at = null where r.id = region_judge.region_id;
        return;
    end if;
    if d.refuted >= core.doubt_targets_min() and core.region_is_doubtful(region_id, at) then
        update betterstack.region r set doubted_at = at where r.id = region_judge.region_id;
    end if;
    if d.targets < core.quarantine_targets_min() or 10 * d.failing <= 3 * d.measured
       or d.looked < core.quarantine_targets_min() or 5 * d.refuted <= 4 * d.looked then
        return;
    end if;
    perform core.region_believe(region_id, 1::smallint, at, jsonb_build_object(
        'failing', d.failing, 'measured', d.measured, 'looked', d.looked, 'refuted', d.refuted));
end
$$;

-- Sets what a region's word is worth; tells of it once.  Rows of regions are not waited for: whoever
-- holds one may want the incidents, which we may hold; the next report or sweep tries again.
create or replace function core.region_believe(region_id smallint, belief smallint,
    at timestamptz, detail jsonb default '{}') returns void
language plpgsql volatile as $$
declare
    r betterstack.region;
begin
    perform core.incident_lock();       -- before the region's row, in whatever order regions come
    select o.* into r from betterstack.region o
     where o.id = region_believe.region_id for no key update skip locked;
    if not found or r.belief = region_believe.belief then
        return;
    end if;
    if r.incident_id is not null then
        perform core.incident_end(r.incident_id, null, at, 'recovered');
        r.incident_id := null;
    end if;
    if belief <> 0 then
        r.incident_id := core.incident_begin(null,
            case belief when 1 then 'region_quarantined' else 'region_silent' end, at, true,
            detail || jsonb_build_object('region', r.slug, 'suspected_at', core.iso(at),
                                         'confirmed_at', core.iso(at), 'regions', '[]'::jsonb));
    end if;
    update betterstack.region o
       set belief = region_believe.belief, belief_since = at, agrees_since = null,
           incident_id = r.incident_id
     where o.id = r.id;
end
$$;

create or replace function core.region_agrees(r betterstack.region, since timestamptz,
    at timestamptz) returns void
language sql volatile as $$
    update betterstack.region o set agrees_since = since, judged_at = at
      from (select w.id from betterstack.region w
             where w.id = r.id for no key update skip locked) free
     where o.id = free.id
$$;

-- Looked at so often: all that it says is compared with what all others say.
create or replace function core.release_every() returns interval
language sql immutable parallel safe as $$ select interval '5 seconds' $$;

-- A quarantined region is released when it has not contradicted the others for some time.  It
-- contradicts them where it fails and most others, having looked since, do not.
create or replace function core.region_release(r betterstack.region, at timestamptz) returns void
language plpgsql volatile as $$
declare
    wrong bigint;
    measured bigint;
begin
    if at >= r.judged_at and at < r.judged_at + core.release_every() then
        return;
    end if;
    select count(*) filter (where rs.status = 3 and o.looks > 0 and 2 * o.ups > o.looks), count(*)
      into wrong, measured
      from betterstack.region_state rs
     cross join lateral (
           select count(*) as looks, count(*) filter (where e.status <> 3) as ups
             from betterstack.region_state e
             join betterstack.region b on b.id = e.region_id and b.belief = 0
            where rs.status = 3 and e.monitor_id = rs.monitor_id and e.region_id <> r.id
              and e.status <> 0 and e.slot > at - core.quarantine_window()) o
     where rs.region_id = r.id and rs.status <> 0 and rs.slot > at - core.quarantine_window();
    if measured = 0 or 10 * wrong > measured then
        perform core.region_agrees(r, null, at);
    elsif r.agrees_since is null then
        perform core.region_agrees(r, at, at);
    elsif r.agrees_since <= at - core.quarantine_release_after() then
        perform core.region_believe(r.id, 0::smallint, at);
    else
        perform core.region_agrees(r, r.agrees_since, at);
    end if;
end
$$;
