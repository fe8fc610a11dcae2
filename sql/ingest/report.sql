-- One batch of ticks, in one transaction: stored once, newest result of each monitor in this
-- region, verdict, live events.  The region is the token's, whatever the agent says.
--
-- Order of locks, the same in every report: region (shared), the region's turn, monitor_state by
-- id, region_state by id, agent, incidents, deliveries; then nothing but with `skip locked`.  A
-- tick that cannot be taken is counted, the others are stored; a missing partition raises, so that
-- the agent keeps its ticks and comes again.

-- A monitor that could not be decided is looked at again then.
create or replace function core.undecided_for() returns interval
language sql immutable parallel safe as $$ select interval '1 minute' $$;

-- One after the other, each apart from the others: what cannot be decided is told in the log.
create or replace function core.report_decide_apart(monitor_ids integer[], at timestamptz)
    returns core.news[]
language plpgsql volatile as $$
declare
    undecided integer;
    news core.news[] := '{}';
begin
    foreach undecided in array monitor_ids loop
        begin
            news := news || array(select n from core.verdict_step(undecided, at) n);
        exception when data_exception or integrity_constraint_violation then
            raise warning 'monitor % cannot be decided: %', undecided, sqlerrm;
            update betterstack.monitor_state s set due_at = at + core.undecided_for()
             where s.monitor_id = undecided;
        end;
    end loop;
    return news;
end
$$;

-- The decisions about these monitors, by id: their events and urgent jobs.  The results that they
-- are about are true whatever becomes of the decisions: a report that raised class 22 or 23 would
-- be set aside by its agent, and one bad monitor would keep all others from being decided.
create or replace function core.report_decide(monitor_ids integer[], at timestamptz)
    returns setof core.news
language plpgsql volatile as $$
declare
    monitor_id integer;
    news core.news[] := '{}';
begin
    if monitor_ids = '{}' then
        return;
    end if;
    begin
        foreach monitor_id in array monitor_ids loop
            news := news || array(select n from core.verdict_step(monitor_id, at) n);
        end loop;
    exception when data_exception or integrity_constraint_violation then
        news := core.report_decide_apart(monitor_ids, at);
    end;
    return query select n.* from unnest(news) n;
end
$$;

-- What a report leads to: what is thought of its region, decisions, live events.
create or replace function core.report_news(region betterstack.region, odd integer[],
    fresh integer[], failing integer, at timestamptz) returns setof core.news
language plpgsql volatile as $$
begin
    if region.belief = 2 then
        perform core.region_believe(region.id, 0::smallint, at);
    end if;
    if failing > 0 then
        perform core.region_judge(region.id, at);
    end if;
    return query select * from core.report_decide(odd, at);
    perform core.expiry_heed(region.id, odd, at);
    return query
        select n.team_id, n.event, null::text, null::integer, null::bigint, null::bigint,
               null::bytea
          from (select e.team_id, e.event from core.tick_events(region.id, fresh, at) e
                union all
                select i.team_id, i.event from core.incident_news() i
                union all
                select d.team_id, d.event from core.delivery_news(at) d) n;
end
$$;

-- Outcomes before deliveries: what was refused may be told another way in this very reply.
create or replace function core.report_deliveries(region_id smallint, agent text, deliver boolean,
    outcomes jsonb, asking jsonb, at timestamptz)
    returns table (team_id integer, event text, delivery bytea)
language plpgsql volatile as $$
begin
    if outcomes is not null then
        perform core.delivery_outcomes(outcomes, at, region_id);
        return query select n.team_id, n.event, null::bytea from core.incident_news() n;
    end if;
    if deliver then
        return query select null::integer, null::text, l
                       from core.delivery_lease(region_id, agent, at, asking) l;
    end if;
    return query select n.team_id, n.event, null::bytea from core.delivery_news(at) n;
end
$$;

-- The whole report at the time `at`, which is in whole milliseconds, as slots are.
create or replace function core.report(token_digest bytea, agent text, version text, self text,
    monitor_ids integer[], slots bigint[], checked_ats bigint[], statuses smallint[],
    reasons smallint[], attempts smallint[], http_statuses integer[], addresses text[],
    dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
    total_us integer[], evidences text[], flags smallint[], expires_ats bigint[],
    domain_expires_ats bigint[], at timestamptz, deliver boolean default false,
    outcomes jsonb default null, asking jsonb default null)
    returns table (status smallint, stored integer, refused integer, team_id integer, event text,
                   agents text, confirm_region text, confirm_monitor integer, confirm_slot bigint,
                   confirm_expires bigint, confirm_spec bytea, delivery bytea)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    region betterstack.region;
    result record := null;
    optimistic boolean := true;
    fresh integer[];
begin
    status := 401;
    stored := 0;
    refused := 0;
    perform core.region_lock_report(t.region_id)
       from betterstack.region_token t where t.digest = token_digest;
    select r.* into region
      from betterstack.region_token t
      join betterstack.region r on r.id = t.region_id
     where t.digest = token_digest;
    if not found then
        return next;
        return;
    end if;

    while result is null loop
        begin
            result := core.report_take(region.id, monitor_ids, slots, checked_ats, statuses,
                reasons, attempts, http_statuses, addresses, dns_us, connect_us, tls_us,
                first_byte_us, total_us, evidences, flags, expires_ats, at, optimistic);
        exception
            -- See core.report_steady, core.report_lock_left.  Then all locks come first, by id.
            when unique_violation or lock_not_available or deadlock_detected then
                if not optimistic then
                    raise;
                end if;
                optimistic := false;
            when check_violation then
                -- No fault of the ticks: classes 22 and 23 would make the agent set them aside
                -- for ever.
                raise exception 'a day of these ticks has no partition (yet): %', sqlerrm
                    using errcode = 'insufficient_resources';
        end;
    end loop;
    perform core.agent_seen(region.id, left(agent, 128), left(version, 128), self::jsonb, at);
    update betterstack.region_token t set last_used_at = at
     where t.digest = token_digest
       and (t.last_used_at is null or t.last_used_at < at - interval '1 minute');

    status := 200;
    stored := result.stored + core.ticks_diverted();
    refused := coalesce(cardinality(monitor_ids), 0) - result.valid;
    agents := core.agents_at_work(region.id, at);
    fresh := core.report_told(result.fresh, monitor_ids, at);
    if fresh <> '{}' or region.belief = 2 then
        for team_id, event, confirm_region, confirm_monitor, confirm_slot, confirm_expires,
            confirm_spec
        in
            select n.* from core.report_news(region, result.odd, fresh, result.failing, at) n
        loop
            return next;
            agents := null;
        end loop;
    end if;
    if agents is not null then
        return next;
    end if;
    if deliver or outcomes is not null then
        agents := null;
        confirm_region := null;
        confirm_monitor := null;
        for team_id, event, delivery in
            select d.* from core.report_deliveries(region.id, agent, deliver, outcomes, asking,
                                                   at) d
        loop
            return next;
        end loop;
    end if;
    if domain_expires_ats <> '{}' then
        perform core.report_domains(region.id, monitor_ids, slots, domain_expires_ats, at);
    end if;
    if core.ms(core.hour_late(at)) > any (slots) then
        perform core.hours_mark(region.id, slots, at);
    end if;
end
$$;

-- self: the agent's measurements of itself, a JSON object of integers, or null.  flags: bits of
-- shared/bs_wire.h.  expires_ats, domain_expires_ats: seconds since the epoch, 0 for none; the
-- latter is empty when there is none at all.  agents, in the first row: the names of the region's
-- agents that are at work, a JSON array.  A row with confirm_monitor is an urgent job to be
-- published.  deliver: the agent sends alerts; a row with delivery is one for it, packed.
-- outcomes: what became of those it had, core.delivery_outcomes.  asking: what it knows and has in
-- hand, core.delivery_lease.
create or replace function ingest.report(token_digest bytea, agent text, version text, self text,
    monitor_ids integer[], slots bigint[], checked_ats bigint[], statuses smallint[],
    reasons smallint[], attempts smallint[], http_statuses integer[], addresses text[],
    dns_us integer[], connect_us integer[], tls_us integer[], first_byte_us integer[],
    total_us integer[], evidences text[], flags smallint[], expires_ats bigint[],
    domain_expires_ats bigint[] default null, deliver boolean default false,
    outcomes jsonb default null, asking jsonb default null)
    returns table (status smallint, stored integer, refused integer, team_id integer, event text,
                   agents text, confirm_region text, confirm_monitor integer, confirm_slot bigint,
                   confirm_expires bigint, confirm_spec bytea, delivery bytea)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
        select * from core.report(token_digest, agent, version, self, monitor_ids, slots,
            checked_ats, statuses, reasons, attempts, http_statuses, addresses, dns_us,
            connect_us, tls_us, first_byte_us, total_us, evidences, flags, expires_ats,
            domain_expires_ats, date_trunc('milliseconds', clock_timestamp()), deliver, outcomes,
            asking);
end
$$;
