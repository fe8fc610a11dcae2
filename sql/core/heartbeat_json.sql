-- A heartbeat and its pings as the API shows them.

-- Where its job calls, absolute by the request's own scheme and host (`_url`, from the hub).
create or replace function core.heartbeat_url(token text, query jsonb) returns text
language sql stable parallel safe as $$
    select coalesce(substring(query ->> '_url' from '^https?://[^/]+'), '')
        || '/api/v1/heartbeat/' || token
$$;

-- The documented word for each of our states.
create or replace function core.heartbeat_status(h betterstack.heartbeat) returns text
language sql immutable parallel safe as $$
    select case when h.state not in ('running', 'late') then h.state
                when h.heard then 'up' else 'pending' end
$$;

-- The seconds between its next two runs, where there is no period.
create or replace function core.heartbeat_period(h betterstack.heartbeat, at timestamptz)
    returns integer
language plpgsql stable as $$
declare
    first timestamptz;
begin
    if h.cron is null then
        return h.period;
    end if;
    first := core.heartbeat_next(h, at);
    return extract(epoch from core.heartbeat_next(h, first) - first);
end
$$;

-- When the maintenance that goes on ends, as far as is planned; null if there is none.
create or replace function core.heartbeat_maintenance_until(h betterstack.heartbeat)
    returns timestamptz
language plpgsql stable as $$
begin
    if h.state <> 'maintenance' then
        return null;
    end if;
    return (select s.until from betterstack.maintenance_subject s
             where s.kind = core.maintenance_heartbeat() and s.id = h.id);
end
$$;

create or replace function core.heartbeat_json(h betterstack.heartbeat, query jsonb,
    at timestamptz) returns jsonb
language sql stable as $$
    select jsonb_build_object('id', h.id::text, 'type', 'heartbeat', 'attributes',
        jsonb_build_object(
            'url', core.heartbeat_url(h.token, query), 'name', h.name,
            'period', core.heartbeat_period(h, at), 'grace', h.grace, 'cron', h.cron,
            'server_timezone', h.server_timezone,
            'server_timezone_iana', core.heartbeat_zone(h),
            'max_runtime', h.max_runtime,
            'sort_index', h.sort_index, 'maintenance_from', h.maintenance_from,
            'maintenance_to', h.maintenance_to, 'maintenance_timezone', h.maintenance_timezone,
            'maintenance_days', h.maintenance_days, 'paused', h.paused,
            'paused_at', core.iso(h.paused_at), 'created_at', core.iso(h.created_at),
            'updated_at', core.iso(h.updated_at),
            'team_name', (select t.name from betterstack.team t where t.id = h.team_id))
        || core.alert_ways_json(h.policy_id, h.call, h.sms, h.email, h.push, h.critical_alert,
                                 h.team_wait)
        || jsonb_build_object(
            'status', core.heartbeat_status(h), 'state', h.state,
            'state_since', core.iso(h.state_since), 'last_ping_at', core.iso(h.last_ping_at),
            'last_ping', h.last_ping, 'last_exit_code', h.last_exit_code,
            'last_duration_ms', h.last_duration_ms,
            'expected_at', case when not h.paused then core.iso(h.expected_at) end,
            'deadline_at', case when not h.paused then core.iso(h.deadline_at) end,
            'incident_id', h.incident_id::text,
            'maintenance_until', core.iso(core.heartbeat_maintenance_until(h))))
$$;

create or replace function core.heartbeat_body(h betterstack.heartbeat, query jsonb,
    at timestamptz) returns text
language sql stable as $$
    select jsonb_build_object('data', core.heartbeat_json(h, query, at))::text
$$;

-- From the start before it; pings may be stored in any order.  Null: no start was told.
create or replace function core.heartbeat_ping_duration(p betterstack.heartbeat_ping)
    returns bigint
language plpgsql stable as $$
declare
    before betterstack.heartbeat_ping;
begin
    if p.what = 'start' then
        return null;
    end if;
    select o.* into before from betterstack.heartbeat_ping o
     where o.heartbeat_id = p.heartbeat_id and o.at < p.at
     order by o.at desc limit 1;
    return case when before.what = 'start' then core.ms_between(before.at, p.at) end;
end
$$;

create or replace function core.heartbeat_ping_json(p betterstack.heartbeat_ping) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'id', (extract(epoch from p.at) * 1000000)::bigint || '-' || p.what,
        'type', 'heartbeat_ping', 'attributes', jsonb_build_object(
            'at', core.iso(p.at), 'what', p.what, 'exit_code', p.exit_code, 'output', p.output,
            'address', p.address, 'duration_ms', core.heartbeat_ping_duration(p)))
$$;
