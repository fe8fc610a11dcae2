-- depends_on: a failure that a parent's failure explains is nobody's page.

-- One that is down, not yet surely up, in maintenance or just out of it and not looked at since, or
-- perhaps about to be down.
create or replace function core.verdict_parent_in_trouble(m betterstack.monitor, at timestamptz)
    returns integer
language plpgsql stable as $$
begin
    if coalesce(m.depends_on, '{}') = '{}' then
        return null;
    end if;
    return (select p.id
              from betterstack.monitor p
              join betterstack.monitor_state s on s.monitor_id = p.id
             where p.id = any (m.depends_on) and not p.paused
               and (s.phase in (3, 5, 6) or s.maintenance or s.flapping
                    or s.phase = 0 and at < s.believe_after + core.answer_within(p)
                                            + p.check_frequency * interval '1 second')
               and s.suppressed_by is distinct from m.id
             order by p.id limit 1);
end
$$;

-- One that seems well, but has not been looked at since the child is suspected.  Before a second
-- look it was.
create or replace function core.verdict_parent_awaited(m betterstack.monitor,
    s betterstack.monitor_state, at timestamptz) returns boolean
language plpgsql stable as $$
begin
    if coalesce(m.depends_on, '{}') = '{}' or s.look_after is not null then
        return false;
    end if;
    return exists (
        select from betterstack.monitor p
          join betterstack.monitor_state ps on ps.monitor_id = p.id
         where p.id = any (m.depends_on) and ps.status in (1, 2)
           and at < s.suspect_since + core.answer_within(p)
           and not exists (select from betterstack.region_state rs
                            where rs.monitor_id = p.id and rs.status <> 0
                              and rs.slot >= s.suspect_since));
end
$$;
