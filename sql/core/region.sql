-- Deleting a region keeps off reports of its agents and changes of monitors that may name it.
-- Advisory locks, taken before any row's, so that none of them can be part of a deadlock; unlike
-- row locks they cost the reports no write.

create or replace function core.region_lock_shared(region_id smallint) returns void
language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock_shared(1112756034, region_id);    -- 'BSrB', ours
end
$$;

-- For a report: reports of one region take turns.  Two agents of a region may have the same ticks,
-- after an outage even all of them, and would otherwise wait for each other's rows.
create or replace function core.region_lock_report(region_id smallint) returns void
language plpgsql volatile as $$
begin
    perform pg_advisory_xact_lock_shared(1112756034, region_id);
    perform pg_advisory_xact_lock(1112756052, region_id);
end
$$;

-- Of two deletions one waits (for region 0, which there is not): each must see what monitors the
-- other has left.
create or replace function core.region_lock_exclusive(region_id smallint) returns void
language sql volatile as $$
    select pg_advisory_xact_lock(1112756034, 0);
    select pg_advisory_xact_lock(1112756034, region_id)
$$;

-- For statements that let a monitor name regions.
create or replace function core.regions_lock_shared() returns void
language sql volatile as $$
    select core.region_lock_shared(r.id)
      from (select o.id from betterstack.region o order by o.id) r
$$;

create or replace function core.agents_max() returns integer
language sql immutable parallel safe as $$ select 100 $$;

-- Notes that an agent reported.  Of too many names the longest silent one is forgotten.
create or replace function core.agent_seen(region_id smallint, name text, version text,
    self jsonb, at timestamptz) returns void
language plpgsql volatile as $$
begin
    update betterstack.region_agent a
       set version = agent_seen.version, last_report_at = at, self = agent_seen.self
     where a.region_id = agent_seen.region_id and a.name = agent_seen.name;
    if found then
        return;
    end if;
    insert into betterstack.region_agent (region_id, name, version, first_seen_at, last_report_at,
                                          self)
    values (agent_seen.region_id, agent_seen.name, agent_seen.version, at, at, agent_seen.self)
    on conflict on constraint region_agent_pkey do nothing;
    delete from betterstack.region_agent a
     using (select o.name from betterstack.region_agent o
             where o.region_id = agent_seen.region_id
             order by o.last_report_at desc offset core.agents_max()
               for update skip locked) old
     where a.region_id = agent_seen.region_id and a.name = old.name;
end
$$;

-- The agents that share this region's work now, as a JSON array.  Each reports every 30 s at least;
-- two reports may be lost.
create or replace function core.agents_at_work(region_id smallint, at timestamptz) returns text
language plpgsql stable as $$
begin
    return (select '[' || coalesce(string_agg(core.json_text(a.name), ','
                                              order by a.name collate "C"), '') || ']'
              from betterstack.region_agent a
             where a.region_id = agents_at_work.region_id
               and a.last_report_at > at - interval '90 seconds');
end
$$;
