-- A monitor's hot results over time, for hubs of the version before: newer ones ask
-- api.history_ticks and history_response_times, which know the other tiers.

create or replace function core.ticks_query(query jsonb, out since timestamptz,
    out until timestamptz, out region text, out wanted integer, out evidence boolean,
    out errors jsonb)
language plpgsql stable as $$
begin
    errors := '{}';
    until := coalesce(core.parse_time(query ->> 'to'), now());
    since := coalesce(core.parse_time(query ->> 'from'), until - interval '1 hour');
    region := query ->> 'region';
    evidence := coalesce(query ->> 'evidence' in ('true', '1'), false);
    wanted := least(5000, core.ticks_limit(evidence));
    if query ? 'to' and core.parse_time(query ->> 'to') is null then
        errors := core.complain(errors, 'to', 'must be an ISO 8601 time, or milliseconds');
    end if;
    if query ? 'from' and core.parse_time(query ->> 'from') is null then
        errors := core.complain(errors, 'from', 'must be an ISO 8601 time, or milliseconds');
    elsif since > until then
        errors := core.complain(errors, 'from', 'must not be later than to');
    end if;
    if query ->> 'limit' ~ '^[0-9]{1,6}$'
       and (query ->> 'limit')::integer between 1 and core.ticks_limit(evidence) then
        wanted := query ->> 'limit';
    elsif query ? 'limit' then
        errors := core.complain(errors, 'limit', 'must be between 1 and '
            || core.ticks_limit(evidence) || case when evidence then ' with evidence' else '' end);
    end if;
end
$$;

-- The newest `wanted` ticks of all regions together, as columns: what a chart draws.  Each region
-- is read backwards and at most `wanted` rows deep, however long the time is.  The words are made
-- once for each kind of failure, and handed round by windows: a join would be planned as a loop,
-- and targets choose how many kinds there are.
create or replace function core.ticks_columns(m betterstack.monitor, since timestamptz,
    until timestamptz, region text, wanted integer, evidence boolean,
    out regions text, out truncated boolean)
language plpgsql stable as $$
begin
    with candidate as materialized (
        select r.slug, t.* from betterstack.region r
         cross join lateral (
               select o.* from betterstack.tick o
                where o.monitor_id = m.id and o.region_id = r.id
                  and betterstack.slot_hour(o.slot) between betterstack.slot_hour(since)
                                                        and betterstack.slot_hour(until)
                  and o.slot >= since and o.slot <= until
                order by o.slot desc limit wanted + 1) t
         where region is null or r.slug = region
    ), kept as materialized (
        select c.*, case when c.reason <> 0 then core.failure_facts(c.evidence) end::text as facts
          from candidate c order by c.slot desc, c.region_id limit wanted
    ), numbered as (
        select k.*, row_number() over (partition by k.reason, k.http_status, k.address,
                                       k.facts) as n
          from kept k
    ), worded as (
        select w.*, max(case when w.n = 1 and w.reason <> 0 then core.failure_text(
                   m, w.reason, w.http_status, w.address, w.evidence) end) over kind as text,
               max(case when w.n = 1 then core.reason_code(w.reason) end) over kind as code
          from numbered w
        window kind as (partition by w.reason, w.http_status, w.address, w.facts)
    ), series as (
        select json_build_object('region', min(k.slug),
                   'slot', json_agg(core.ms(k.slot)),
                   'checked_at', json_agg(core.ms(k.slot) + k.lateness_ms),
                   'status', json_agg((array['unknown', 'up', 'degraded', 'down'])[k.status + 1]),
                   'reason', json_agg(k.code), 'text', json_agg(k.text),
                   'http_status', json_agg(nullif(k.http_status, 0)),
                   'address', json_agg(nullif(k.address, '')), 'attempts', json_agg(k.attempts),
                   'lagged', json_agg((k.flags & 1) = 1),
                   'dns', json_agg(nullif(k.dns_us, -1)),
                   'connect', json_agg(nullif(k.connect_us, -1)),
                   'tls', json_agg(nullif(k.tls_us, -1)),
                   'first_byte', json_agg(nullif(k.first_byte_us, -1)),
                   'total', json_agg(nullif(k.total_us, -1)))::text as columns,
               '[' || string_agg(coalesce(nullif(k.evidence, ''), 'null'), ',') || ']' as evidence,
               k.region_id
          from (select o.* from worded o order by o.region_id, o.slot) k
         group by k.region_id)
    select coalesce(string_agg(case when ticks_columns.evidence
               then left(s.columns, -1) || ',"evidence":' || s.evidence || '}' else s.columns end,
               ',' order by s.region_id), ''),
           (select count(*) from candidate) > wanted
      into regions, truncated
      from series s;
end
$$;

create or replace function api.monitor_ticks(credential bytea, id bigint, query jsonb)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    wanted record := core.ticks_query(core.body_object(query));
    m betterstack.monitor;
    found_ticks record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select t.* into m from betterstack.monitor t
     where t.id = monitor_ticks.id and t.team_id = caller.team_id;
    if not found then
        return core.reply_not_found();
    elsif wanted.errors <> '{}' then
        return core.reply_invalid(wanted.errors);
    end if;
    found_ticks := core.ticks_columns(m, wanted.since, wanted.until, wanted.region, wanted.wanted,
                                      wanted.evidence);
    return core.reply(200, '{"data":{"id":"' || m.id || '","type":"monitor_ticks","attributes":{'
        || '"from":"' || core.iso(wanted.since) || '","to":"' || core.iso(wanted.until)
        || '","truncated":' || found_ticks.truncated || ',"regions":[' || found_ticks.regions
        || ']}}}');
end
$$;

-- The documented shape: the last 24 hours in seconds, of what was measured.  At most the newest
-- 5,000 a region.
create or replace function api.monitor_response_times(credential bytea, id bigint)
    returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    since timestamptz := now() - interval '24 hours';
    regions text;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    elsif not exists (select from betterstack.monitor m where m.id = monitor_response_times.id
                                                          and m.team_id = caller.team_id) then
        return core.reply_not_found();
    end if;
    select coalesce(string_agg(s.series, ',' order by s.id), '') into regions from (
        select r.id, json_build_object('region', r.slug, 'response_times', json_agg(
                   json_build_object('at', core.iso(t.slot + t.lateness_ms * interval '1 ms'),
                       'response_time', core.seconds(t.total_us),
                       'name_lookup_time', core.seconds(t.dns_us),
                       'connection_time', core.seconds(t.connect_us),
                       'tls_handshake_time', core.seconds(t.tls_us),
                       'data_transfer_time', core.seconds(greatest(0, t.total_us::bigint
                           - greatest(t.dns_us, 0) - greatest(t.connect_us, 0)
                           - greatest(t.tls_us, 0))::integer))
                   order by t.slot))::text as series
          from betterstack.region r
         cross join lateral (
               select o.* from betterstack.tick o
                where o.monitor_id = monitor_response_times.id::integer and o.region_id = r.id
                  and o.slot >= since and o.total_us >= 0 and o.status in (1, 2)
                order by o.slot desc limit 5000) t
         group by r.id, r.slug) s;
    return core.reply(200, '{"data":{"id":"' || monitor_response_times.id
        || '","type":"monitor_response_times","attributes":{"regions":[' || regions || ']}}}');
end
$$;
