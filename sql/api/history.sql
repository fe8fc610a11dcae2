-- A monitor's results over time, from all tiers.  These do not answer with JSON but with rows: the
-- first has the status, and the body if that is not 200; of a 200 the first has what the hub's C
-- must know (core.history_head), and all others hold results, which it merges and writes.
-- Plans are kept by the session and may be made while tick_late is empty: they go by its key.

create or replace function api.history_ticks(credential bytea, id bigint, query jsonb)
    returns table (status smallint, body text, team_id integer, event text, kind smallint,
                   region smallint, at bigint, ticks integer, data bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
#variable_conflict use_column
declare
    asked record := core.history_monitor(credential, id);
    m betterstack.monitor := asked.m;
    refused api.reply := asked.refused;
    times record;
    bound record;
    evidence boolean;
    regions smallint[] := core.history_regions(core.body_object(query) ->> 'region');
begin
    query := core.body_object(query);
    evidence := coalesce(query ->> 'evidence' in ('true', '1'), false);
    if refused.status is null then
        times := core.history_times(query, now(), interval '1 hour');
        bound := core.history_limit(query, least(5000, core.ticks_limit(evidence)),
                                    core.ticks_limit(evidence), times.errors);
        refused := core.history_refused(bound.errors);
    end if;
    if refused.status is not null then
        return query select * from core.history_first(refused.status, refused.body);
        return;
    end if;
    return query select * from core.history_first(200::smallint, core.history_head(
                            m, times.since, times.until,
                            query ->> 'region', jsonb_build_object('limit', bound.wanted,
                                'evidence', evidence, 'newest', true)));
    return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region, t.at,
                        t.ticks, t.data
                   from core.history_ticks(m, regions,
                            times.since, times.until, bound.wanted, true, true, evidence) t;
end
$$;

-- The oldest first: whoever wants more goes on where it ends.
create or replace function api.history_export(credential bytea, id bigint, query jsonb)
    returns table (status smallint, body text, team_id integer, event text, kind smallint,
                   region smallint, at bigint, ticks integer, data bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
#variable_conflict use_column
declare
    asked record := core.history_monitor(credential, id);
    m betterstack.monitor := asked.m;
    refused api.reply := asked.refused;
    times record;
    bound record;
    regions smallint[] := core.history_regions(core.body_object(query) ->> 'region');
begin
    query := core.body_object(query);
    if refused.status is null then
        times := core.history_times(query, now(), interval '24 hours');
        bound := core.history_limit(query, core.export_limit(), core.export_limit(), times.errors);
        refused := core.history_refused(core.history_region(query, bound.errors));
    end if;
    if refused.status is not null then
        return query select * from core.history_first(refused.status, refused.body);
        return;
    end if;
    return query select * from core.history_first(200::smallint, core.history_head(
                            m, times.since, times.until,
                            query ->> 'region',
                            jsonb_build_object('limit', bound.wanted, 'newest', false)));
    return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region, t.at,
                        t.ticks, t.data
                   from core.history_ticks(m, regions,
                            times.since, times.until, bound.wanted, false, true, false) t;
end
$$;

-- The documented shape.  Without parameters the last 24 hours, each result; so are other times, if
-- at this monitor's frequency there are not more than core.response_times_limit() a region.
-- Otherwise, and with a step, means of steps.
create or replace function api.history_response_times(credential bytea, id bigint, query jsonb)
    returns table (status smallint, body text, team_id integer, event text, kind smallint,
                   region smallint, at bigint, ticks integer, data bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off as $$
#variable_conflict use_column
declare
    asked record := core.history_monitor(credential, id);
    m betterstack.monitor := asked.m;
    refused api.reply := asked.refused;
    times record;
    stepped record;
    regions smallint[];
begin
    query := core.body_object(query);
    if refused.status is null then
        times := core.history_times(query, now(), interval '24 hours');
        stepped := core.history_step(case when query ->> 'step' = '0' then query - 'step'
                                     else query end, times.errors);
        stepped.errors := core.history_region(query, stepped.errors);
        if stepped.step is null and query ?| array['from', 'to'] and not query ? 'step'
           and times.until - times.since
               > core.response_times_limit() * m.check_frequency * interval '1 s' then
            stepped.step := greatest(3600, core.history_step_usual(times.until - times.since));
        end if;
        if stepped.step is not null and stepped.errors = '{}' then
            times := core.history_widen(stepped.step, times.since, times.until, stepped.errors);
            stepped.errors := core.history_too_many(m.id, times.since, times.until,
                case when stepped.step < 3600 then 'tick' end, times.errors);
        end if;
        refused := core.history_refused(stepped.errors);
    end if;
    if refused.status is not null then
        return query select * from core.history_first(refused.status, refused.body);
        return;
    end if;
    regions := core.history_regions(query ->> 'region');
    return query select * from core.history_first(200::smallint, core.history_head(
                            m, times.since, times.until,
                            query ->> 'region', jsonb_build_object(
                                'limit', core.response_times_limit(), 'newest', true,
                                'open', (stepped.step is not null)::integer,
                                'step', coalesce(stepped.step, 0) * 1000)));
    if stepped.step is null then
        return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region,
                            t.at, t.ticks, t.data
                       from core.history_ticks(m, regions, times.since, times.until,
                                core.response_times_limit() * greatest(1, cardinality(regions)),
                                true, false, false) t;
    else
        return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region,
                            t.at, t.ticks, t.data
                       from core.history_rolled(m, regions, times.since, times.until,
                                case when stepped.step >= 86400 then 'day'
                                     when stepped.step >= 3600 then 'hour' else 'tick' end,
                                stepped.step >= 3600) t;
    end if;
end
$$;
