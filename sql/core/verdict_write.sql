-- A verdict's words, and how it is stored.

-- The words of a verdict are those of the newest failing region, and name all that fail alike.
create or replace function core.verdict_words(c core.verdict) returns core.verdict
language plpgsql stable as $$
declare
    says smallint := case (c.s).phase when 2 then 2 else 3 end;
    said record;
begin
    if (c.s).phase in (2, 3, 5) then
        select (array_agg(rs.reason order by rs.slot desc, rs.region_id))[1] as reason,
               (array_agg(rs.failure_text order by rs.slot desc, rs.region_id))[1] as failure_text,
               core.slugs_of_reason(array_agg(q.slug order by rs.slot desc, rs.region_id),
                                    array_agg(rs.reason order by rs.slot desc, rs.region_id))
                   as slugs
          into said
          from core.quorum_regions(c.m, c.s, c.at) q
          join betterstack.region_state rs on rs.monitor_id = (c.m).id and rs.region_id = q.region_id
         where q.believed and q.status = says;
        if said.reason is not null then     -- else what was said last holds
            c.s.reason := said.reason;
            c.s.failure_text := core.failure_seen_from(said.failure_text, said.slugs);
        end if;
    elsif (c.s).phase < 2 then
        c.s.reason := 0;
        c.s.failure_text := null;
    end if;
    return c;
end
$$;

-- The slugs whose reason is that of the first.
create or replace function core.slugs_of_reason(slugs text[], reasons smallint[]) returns text[]
language plpgsql immutable parallel safe as $$
begin
    return array(select t.slug from unnest(slugs, reasons) as t (slug, reason)
                  where t.reason = reasons[1] order by t.slug);
end
$$;

-- When time alone may change something.
create or replace function core.verdict_due(c core.verdict) returns timestamptz
language plpgsql stable as $$
declare
    soon interval := interval '2 seconds';
    due timestamptz := null;
begin
    if (c.s).maintenance then
        return null;
    elsif (c.s).phase = 5 then
        due := (c.s).suspect_since + coalesce((c.m).confirmation_period, 0) * interval '1 second';
        due := case when due <= c.at then c.at + soon
                    when (c.v).confirmed then due       -- nothing but that time is waited for
                    else least(due, c.at + soon) end;
    elsif (c.s).phase = 6 then
        due := greatest((c.s).recovering_since + coalesce((c.m).recovery_period, 0)
                                               * interval '1 second', c.at + soon / 2);
    elsif (c.s).suppressed_by is not null then
        due := c.at + soon;
    end if;
    if (c.s).flapping then
        due := least(due, c.at + core.flap_round((c.m).check_frequency) / 4);
    end if;
    return due;
end
$$;

-- When the new status began: with the probe that showed it.
create or replace function core.verdict_since(c core.verdict) returns timestamptz
language sql stable as $$
    select least(c.at, coalesce(
        case when (c.s).status = 3 then core.parse_time((c.s).detection ->> 'checked_at')
             when (c.s).status = 5 then (c.v).failed_at
             when (c.s).status in (1, 2) then (c.v).up_at end, c.at))
$$;

-- Stores what has changed.
create or replace function core.verdict_write(c core.verdict, before betterstack.monitor_state)
    returns void
language plpgsql volatile as $$
declare
    s betterstack.monitor_state;
begin
    c := core.verdict_words(c);
    c.s.status := case when (c.m).paused then 4 when (c.s).maintenance then 8
                       when (c.s).no_data then 9 when (c.s).flapping then 7 else (c.s).phase end;
    if (c.s).status <> before.status then
        c.s.since := core.verdict_since(c);
    end if;
    c.s.due_at := core.verdict_due(c);
    if before.status in (1, 8) and (c.s).status not in (1, 8) then
        -- Results that were stored meanwhile as those of a monitor about which nothing is to be
        -- decided: core.report_steady.
        c.s.due_at := least((c.s).due_at, c.at + interval '2 seconds');
    end if;
    if c.s is not distinct from before then
        return;
    end if;
    s := c.s;
    s.doc := core.monitor_state_doc(s);
    update betterstack.monitor_state t
       set status = s.status, since = s.since, believe_after = s.believe_after, reason = s.reason,
           failure_text = s.failure_text, doc = s.doc, phase = s.phase, was = s.was,
           suspect_since = s.suspect_since, suspected = s.suspected, discounted = s.discounted,
           look_after = s.look_after, held = s.held, asked_at = s.asked_at, asks = s.asks,
           recovering_since = s.recovering_since, suppressed_by = s.suppressed_by,
           flips = s.flips, flapping = s.flapping, maintenance = s.maintenance,
           no_data = s.no_data, incident_id = s.incident_id, detection = s.detection,
           false_alarms = s.false_alarms, due_at = s.due_at
     where t.monitor_id = s.monitor_id;
end
$$;
