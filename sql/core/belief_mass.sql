-- Mass events: when most of a team's monitors fail together, that is one event, and each of them is
-- looked at once more before it counts.

create or replace function core.mass_window() returns interval
language sql immutable parallel safe as $$ select interval '60 seconds' $$;

-- What is seldom looked at is found to fail minutes later: it is the same event while that is open,
-- as long as failures join it (core.incident_window).
create or replace function core.mass_lasts() returns interval
language sql immutable parallel safe as $$ select interval '5 minutes' $$;

-- So many targets that have nothing to do with each other, and more than half of those that report.
create or replace function core.mass_targets_min() returns integer
language sql immutable parallel safe as $$ select 10 $$;

-- So many of them must be seen by two regions or more.
create or replace function core.mass_confirmed_min() returns integer
language sql immutable parallel safe as $$ select 3 $$;

-- Monitors of one host are related.
create or replace function core.target_of(url text) returns text
language sql immutable parallel safe as $$
    select case when url like '%://%' then split_part(url, '/', 3) else url end
$$;

-- Failures of the last minute that follow each other so closely that hardly anything was seen up
-- since the middle one began: after a few seconds that is so, long before most monitors have had
-- their turn.  Or most of them have.
create or replace function core.mass_is(team_id integer, at timestamptz) returns boolean
language plpgsql stable as $$
declare
    failing record;
    well bigint;
begin
    select count(*) as monitors, count(distinct f.target) as targets,
           count(*) filter (where f.regions >= 2) as confirmed,
           percentile_disc(0.5) within group (order by f.since) as middle
      into failing
      from (select m.id, core.target_of(m.url) as target, count(*) as regions,
                   min(rs.since) as since
              from betterstack.region_state rs
              join betterstack.region r on r.id = rs.region_id and r.belief = 0
              join betterstack.monitor m on m.id = rs.monitor_id
              join betterstack.monitor_state s on s.monitor_id = m.id
             where rs.status = 3 and rs.since > at - core.mass_window()
               and m.team_id = mass_is.team_id and s.status not in (4, 8)
             group by m.id) f;
    if failing.targets < core.mass_targets_min()
       or failing.confirmed < core.mass_confirmed_min() then
        return false;
    end if;
    select count(distinct rs.monitor_id) into well
      from betterstack.region_state rs
      join betterstack.region r on r.id = rs.region_id and r.belief = 0
      join betterstack.monitor m on m.id = rs.monitor_id
     where rs.status in (1, 2) and rs.checked_at >= failing.middle
       and m.team_id = mass_is.team_id and not m.paused
       and not exists (select from betterstack.region_state o
                        where o.monitor_id = rs.monitor_id and o.status = 3
                          and o.since > at - core.mass_window());
    return failing.monitors > 2 * well or 2 * failing.monitors > (
        select count(*) from betterstack.monitor m
          join betterstack.monitor_state s on s.monitor_id = m.id
         where m.team_id = mass_is.team_id and s.status in (1, 2, 3, 5, 6, 7));
end
$$;

-- Is the team in such an event now?  Asked whenever a failure is confirmed; counted at most once a
-- second, and once in a transaction, because nothing that is counted changes in it.
create or replace function core.mass_begins(team_id integer, at timestamptz) returns boolean
language plpgsql volatile as $$
declare
    known betterstack.mass;
    found_one boolean;
    counted text := coalesce(current_setting('betterstack.mass_counted', true), '');
    count text := concat(team_id, ' ', core.ms(at), ';');
begin
    select e.* into known from betterstack.mass e where e.team_id = mass_begins.team_id;
    if known.until > at
       and (known.counted_at > at - core.mass_window()
            or exists (select from betterstack.incident_cause c
                        where c.team_id = mass_begins.team_id and c.key = 'mass')) then
        return true;
    elsif known.counted_at between at - interval '1 second' and at
          and (known.counted_at <> at or position(count in counted) > 0) then
        return false;
    end if;
    perform core.incident_lock();       -- before the row: whoever has one may ask for the other
    found_one := core.mass_is(team_id, at);
    perform set_config('betterstack.mass_counted', counted || count, true);
    insert into betterstack.mass as e (team_id, counted_at, until)
    values (mass_begins.team_id, at, case when found_one then at + core.mass_lasts() end)
    on conflict on constraint mass_pkey do update
       set counted_at = excluded.counted_at, until = excluded.until;
    return found_one;
end
$$;
