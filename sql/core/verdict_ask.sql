-- Urgent jobs: a suspicion is looked into at once, from elsewhere.

-- At most so many regions are asked at a time.
create or replace function core.verdict_ask_regions() returns integer
language sql immutable parallel safe as $$ select 5 $$;

-- And so often, when no answer comes.
create or replace function core.verdict_asks_max() returns integer
language sql immutable parallel safe as $$ select 3 $$;

-- One job for one region.  Its slot is this moment, off the monitor's grid.
create or replace function core.verdict_job(m betterstack.monitor, slug text, at timestamptz)
    returns core.news
language plpgsql stable as $$
declare
    job core.news;
begin
    job.confirm_region := slug;
    job.confirm_monitor := m.id;
    job.confirm_slot := core.ms(at);
    job.confirm_expires := core.ms(at + core.answer_within(m));
    job.confirm_spec := m.spec;
    return job;
end
$$;

-- To all other regions that may answer, the most different first: those elsewhere by their names
-- ("eu-1" and "eu-2" are neighbours), those that saw it up a moment ago.  To the failing ones, too,
-- when nobody else is there or a second look at all of it is due.
create or replace function core.verdict_ask(m betterstack.monitor, s betterstack.monitor_state,
    v core.votes, at timestamptz) returns core.news[]
language plpgsql stable as $$
declare
    failing smallint[] := case when s.look_after = at then '{}'::smallint[] else v.failing end;
    jobs core.news[];
begin
    if cardinality(v.voters) + v.awaited = cardinality(v.failing) then
        failing := '{}';
    end if;
    select array_agg(core.verdict_job(m, a.slug, at) order by a.place) into jobs
      from (select q.slug, row_number() over (order by
                       exists (select from betterstack.region f
                                where f.id = any (v.failing) and f.id <> q.region_id
                                  and split_part(f.slug, '-', 1) = split_part(q.slug, '-', 1)),
                       q.status in (1, 2) desc nulls last, q.slot desc nulls last, q.region_id)
                       as place
              from core.quorum_regions(m, s, at) q
             where (q.voter or q.awaited) and q.region_id <> all (failing)) a
     where a.place <= core.verdict_ask_regions();
    return coalesce(jobs, '{}');
end
$$;

-- What a monitor depends on is looked at as well, from where the failure was seen if that region
-- watches it: if that is down, too, nobody is to be told of this one.
create or replace function core.verdict_ask_parents(m betterstack.monitor,
    s betterstack.monitor_state, v core.votes, at timestamptz) returns core.news[]
language plpgsql stable as $$
begin
    return coalesce((
        select array_agg(core.verdict_job(p, r.slug, at) order by p.id)
          from betterstack.monitor p
         cross join lateral (
               select o.slug from betterstack.region o
                where o.belief = 0 and (p.region_ids is null or o.id = any (p.region_ids))
                order by o.id = any (v.failing_all) desc, o.id limit 1) r
         where p.id = any (m.depends_on) and not p.paused), '{}');
end
$$;
