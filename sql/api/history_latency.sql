-- How quick a monitor was, from rollups where there are any: rows for the hub's C, as those of
-- history.sql.

create or replace function api.history_percentiles(credential bytea, id bigint, query jsonb)
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
    errors jsonb;
    grain text;
    phase integer;
    regions smallint[] := core.history_regions(core.body_object(query) ->> 'region');
begin
    query := core.body_object(query);
    phase := core.history_phase(coalesce(query ->> 'phase', 'total'));
    if refused.status is null then
        times := core.history_times(query, now(), interval '24 hours');
        stepped := core.history_step(query, times.errors);
        errors := core.history_region(query, stepped.errors);
        if phase is null then
            errors := core.complain(errors, 'phase',
                                    'must be dns, connect, tls, first_byte or total');
        end if;
        stepped.step := coalesce(stepped.step,
                                 core.history_step_usual(times.until - times.since));
        grain := core.history_grain(stepped.step, phase);
        if errors = '{}' then
            times := core.history_widen(stepped.step, times.since, times.until, errors);
            errors := core.history_too_many(m.id, times.since, times.until, grain, times.errors);
        end if;
        refused := core.history_refused(errors);
    end if;
    if refused.status is not null then
        return query select * from core.history_first(refused.status, refused.body);
        return;
    end if;
    return query select * from core.history_first(200::smallint, core.history_head(
                            m, times.since, times.until,
                            query ->> 'region', jsonb_build_object(
                                'open', 1, 'step', stepped.step * 1000, 'phase', phase)));
    return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region, t.at,
                        t.ticks, t.data
                   from core.history_rolled(m, regions,
                            times.since, times.until, grain, stepped.step >= 3600) t;
end
$$;

-- Regions side by side.  Whole hours, or of more than eight days whole days.
create or replace function api.history_regions(credential bytea, id bigint, query jsonb)
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
    regions smallint[] := core.history_regions(null);
begin
    query := core.body_object(query);
    if refused.status is null then
        times := core.history_times(query, now(), interval '24 hours');
        refused := core.history_refused(times.errors);
    end if;
    if refused.status is not null then
        return query select * from core.history_first(refused.status, refused.body);
        return;
    end if;
    times := core.history_widen_range(times.since, times.until);
    return query select * from core.history_first(200::smallint, core.history_head(
                            m, times.since, times.until,
                            null, jsonb_build_object('open', 1, 'step', 0)));
    return query select null::smallint, t.body, null::integer, null::text, t.kind, t.region, t.at,
                        t.ticks, t.data
                   from core.history_rolled(m, regions, times.since,
                                            times.until, 'day', true) t;
end
$$;
