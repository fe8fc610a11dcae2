-- Whose word counts about a monitor, and how many of them decide.

-- A result is news for three intervals, and for five minutes at least.  Later ones correct history
-- and never raise anything.
create or replace function core.fresh_for(check_frequency integer) returns interval
language sql immutable parallel safe as $$
    select greatest(3 * check_frequency, 300) * interval '1 second'
$$;

-- How long an urgent job may take until its result is here: two attempts, and the way.
create or replace function core.answer_within(m betterstack.monitor) returns interval
language sql stable as $$
    select (2 * core.timeout_ms(m.monitor_type, m.request_timeout) + 10000) * interval '1 ms'
$$;

create or replace function core.quorum_needed(voters integer, quorum integer) returns integer
language sql immutable parallel safe as $$
    select case when quorum is not null then least(greatest(voters, 1), quorum)
                when voters >= 2 then 2
                else 1 end
$$;

-- Until then regions that have not said anything count as if they would: they have been asked, or
-- the hub has just come back and they are telling it what they saw meanwhile.
create or replace function core.quorum_waits_until(m betterstack.monitor,
    s betterstack.monitor_state, at timestamptz) returns timestamptz
language plpgsql stable as $$
begin
    return greatest(coalesce(s.suspect_since, at) + core.answer_within(m),
                    (select case when w.last_at < at - core.hub_gone_after() then 'infinity'
                                 else w.quiet_until end from betterstack.sweep w));
end
$$;

-- One line for each region that watches the monitor:
--   believed    it measured something lately, under the present settings, and is not in quarantine;
--   voter       believed, and not discounted: a region that failed while the others saw the
--               monitor up says nothing more until it has seen it up, too;
--   looked      since the second look began, if there is one;
--   awaited     it is alive and has no result that is news.
create or replace function core.quorum_regions(m betterstack.monitor,
    s betterstack.monitor_state, at timestamptz)
    returns table (region_id smallint, slug text, status smallint, slot timestamptz,
                   checked_at timestamptz, failures smallint, believed boolean, voter boolean,
                   looked boolean, awaited boolean)
language plpgsql stable as $$
declare
    news_after timestamptz := greatest(s.believe_after, at - core.fresh_for(m.check_frequency));
begin
    return query
        select b.id, b.slug, b.status, b.slot, b.checked_at, b.failures, b.believed,
               b.believed and not (b.status = 3 and b.id = any (s.discounted)),
               b.slot >= coalesce(s.look_after, '-infinity'), b.awaited
          from (select r.id, r.slug, rs.status, rs.slot, rs.checked_at, rs.failures,
                       coalesce(r.belief = 0 and rs.status <> 0 and rs.slot > news_after, false)
                           as believed,
                       r.belief = 0 and coalesce(rs.slot <= news_after, true) as awaited
                  from betterstack.region r
                  left join betterstack.region_state rs on rs.monitor_id = m.id
                                                       and rs.region_id = r.id
                 where m.region_ids is null or r.id = any (m.region_ids)) b;
end
$$;

-- Regions that fail three times in a row count though they were discounted: an outage that reaches
-- one region after the other is one.
create or replace function core.quorum_persistent() returns integer
language sql immutable parallel safe as $$ select 3 $$;

-- One region alone must see it twice, with a moment between the suspicion and the decision in which
-- other targets show what its word is worth.  If the others have refuted it lately, it must see it
-- four times, for as long as it takes to find out about the region.
create or replace function core.alone_confirms(s betterstack.monitor_state, region_id smallint,
    in_a_row integer, at timestamptz) returns boolean
language plpgsql stable as $$
begin
    if exists (select from betterstack.region r
                where r.id = alone_confirms.region_id
                  and r.doubted_at > at - core.doubt_for()) then
        return in_a_row >= 4 and at >= coalesce(s.suspect_since, at) + core.quarantine_window();
    end if;
    return in_a_row >= 2
           and (s.phase = 3 or at >= coalesce(s.suspect_since, at) + core.alone_waits()
                or not exists (select from betterstack.region o
                                where o.id <> alone_confirms.region_id and o.belief = 0));
end
$$;

create or replace function core.alone_waits() returns interval
language sql immutable parallel safe as $$ select interval '4 seconds' $$;

create or replace function core.quorum_votes(m betterstack.monitor, s betterstack.monitor_state,
    at timestamptz) returns core.votes
language plpgsql stable as $$
declare
    v core.votes;
    waits boolean := at < core.quorum_waits_until(m, s, at);
    in_a_row integer;
    persistent integer;
    all_of_them integer;
    alone boolean;
    alone_says boolean;
begin
    select coalesce(array_agg(q.region_id) filter (where q.voter), '{}'),
           coalesce(array_agg(q.region_id) filter (where q.voter and q.looked and q.status = 3),
                    '{}'),
           count(*) filter (where q.voter and q.looked and q.status in (1, 2)),
           count(*) filter (where q.voter and q.looked and q.status = 2),
           count(*) filter (where q.believed),
           count(*) filter (where q.awaited and waits),
           count(*) filter (where q.voter
                              and not (q.looked and (q.status = 3 or q.slot >= s.suspect_since))),
           coalesce(array_agg(q.region_id) filter (where q.believed and q.looked
                                                     and q.status = 3), '{}'),
           max(q.slot) filter (where q.believed and q.looked and q.status = 3),
           max(q.checked_at) filter (where q.believed and q.looked and q.status = 3),
           max(q.checked_at) filter (where q.voter and q.looked and q.status in (1, 2)),
           max(q.failures) filter (where q.voter and q.looked and q.status = 3),
           count(*) filter (where q.believed and q.looked and q.status = 3
                              and q.failures >= core.quorum_persistent())
      into v.voters, v.failing, v.up, v.degraded, v.measured, v.awaited, v.unanswered,
           v.failing_all, v.newest_slot, v.failed_at, v.up_at, in_a_row, persistent
      from core.quorum_regions(m, s, at) q;
    v.unanswered := v.unanswered + v.awaited;
    alone := cardinality(v.voters) + v.awaited = 1 and m.quorum is distinct from 1;
    alone_says := alone and v.failing <> '{}'
        and core.alone_confirms(s, v.failing[1], in_a_row, at);
    if alone and v.failing <> '{}' and not alone_says then
        v.unanswered := greatest(v.unanswered, 1);
    end if;
    all_of_them := v.measured + v.awaited;
    v.needed := core.quorum_needed(cardinality(v.voters) + v.awaited, m.quorum);
    v.confirmed := cardinality(v.failing) >= v.needed and (not alone or alone_says)
        or all_of_them >= 2 and persistent >= core.quorum_needed(all_of_them, m.quorum);
    return v;
end
$$;
