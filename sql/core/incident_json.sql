-- An incident as the API shows it.

create or replace function core.incident_monitors_max(single boolean) returns integer
language sql immutable parallel safe as $$ select case when single then 500 else 20 end $$;

-- Every monitor that still fails has recovered, and is watched for its recovery_period.
create or replace function core.incident_is_validating(i betterstack.incident) returns boolean
language sql stable as $$
    select coalesce(bool_and(s.status = 6), false)
      from betterstack.incident_monitor im
      left join betterstack.monitor_state s on s.monitor_id = im.monitor_id
     where im.incident_id = i.id and im.ended_at is null
$$;

-- Our own word; the documented ones begin with a capital, and know no false alarm.
create or replace function core.incident_state(i betterstack.incident) returns text
language plpgsql stable as $$
begin
    return case when i.resolved_at is not null and i.confirmed_at is null then 'false_alarm'
                when i.resolved_at is not null then 'resolved'
                when i.confirmed_at is null then 'unconfirmed'
                when core.incident_is_validating(i) then 'validating'
                when i.acknowledged_at is not null then 'acknowledged'
                else 'started' end;
end
$$;

-- Milliseconds from one to the other; null if either is unknown.
create or replace function core.ms_between(earlier timestamptz, later timestamptz) returns bigint
language sql stable parallel safe as $$
    select core.ms(later) - core.ms(earlier)
$$;

-- How it was found out, and how long that took since the probe was due.
create or replace function core.incident_detection(i betterstack.incident) returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'slot', core.iso(i.slot_at), 'checked_at', core.iso(i.checked_at),
        'reported_at', core.iso(i.reported_at), 'suspected_at', core.iso(i.suspected_at),
        'confirmed_at', core.iso(i.confirmed_at), 'first_alert_at', core.iso(i.first_alert_at),
        'latency_ms', core.ms_between(i.slot_at, i.confirmed_at),
        'alert_latency_ms', core.ms_between(i.slot_at, i.first_alert_at))
$$;

create or replace function core.incident_monitors(i betterstack.incident, single boolean)
    returns jsonb
language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', m.monitor_id::text, 'name', m.name, 'url', m.url, 'cause', m.cause,
               'started_at', core.iso(m.started_at), 'confirmed_at', core.iso(m.confirmed_at),
               'ended_at', core.iso(m.ended_at), 'regions', m.regions)
               order by m.started_at, m.monitor_id), '[]')
      from (select im.* from betterstack.incident_monitor im where im.incident_id = i.id
             order by im.started_at, im.monitor_id
             limit core.incident_monitors_max(single)) m
$$;

-- The evidence of an agent is relayed as it came: it may hold what jsonb cannot.
create or replace function core.incident_evidence_text(i betterstack.incident) returns text
language sql stable as $$
    select '[' || coalesce(string_agg('{"monitor_id":"' || im.monitor_id || '",'
               || substr((e.item - 'evidence')::text, 2, length((e.item - 'evidence')::text) - 2)
               || ',"evidence":' || coalesce(nullif(core.evidence_json(e.item ->> 'evidence'), ''),
                                             'null')
               || '}', ',' order by im.started_at, im.monitor_id, e.place), '') || ']'
      from betterstack.incident_monitor im
     cross join lateral jsonb_array_elements(im.evidence) with ordinality e (item, place)
     where im.incident_id = i.id
$$;

-- The monitor, heartbeat or SLO that it is about: the first one.
create or replace function core.incident_relations(i betterstack.incident) returns jsonb
language sql stable as $$
    select case when i.heartbeat_id is not null then jsonb_build_object('heartbeat',
                    jsonb_build_object('data', jsonb_build_object('id', i.heartbeat_id::text,
                                                                  'type', 'heartbeat')))
                when i.slo_id is not null then jsonb_build_object('slo', jsonb_build_object('data',
                    jsonb_build_object('id', i.slo_id::text, 'type', 'slo')))
                when i.monitors_count > 0 then (
                    select jsonb_build_object('monitor', jsonb_build_object('data',
                               jsonb_build_object('id', im.monitor_id::text, 'type', 'monitor')))
                      from betterstack.incident_monitor im where im.incident_id = i.id
                     order by im.started_at, im.monitor_id limit 1)
                else '{}' end
$$;

-- By which policy and ways people are told of it; before that, by which they would be.
create or replace function core.incident_alerting(i betterstack.incident) returns jsonb
language plpgsql stable as $$
declare
    policy integer;
    ways jsonb;
begin
    select e.policy_id, e.ways into policy, ways from betterstack.escalation e
     where e.incident_id = i.id;
    if not found then
        select s.policy, s.ways into policy, ways
          from core.escalation_source(i, core.escalation_monitor(i)) s;
    end if;
    return core.escalation_ways((ways ->> 'call')::boolean, (ways ->> 'sms')::boolean,
               (ways ->> 'email')::boolean, (ways ->> 'push')::boolean,
               (ways ->> 'critical_alert')::boolean)
        || jsonb_build_object('escalation_policy_id', (
               select p.id::text from betterstack.policy p where p.id = policy));
end
$$;

-- What is documented.
create or replace function core.incident_attributes(i betterstack.incident, state text)
    returns jsonb
language sql stable as $$
    select jsonb_build_object(
        'name', core.incident_full_name(i),
        'url', i.url, 'http_method', i.http_method, 'cause', i.cause, 'incident_group_id', null,
        'started_at', core.iso(i.started_at), 'acknowledged_at', core.iso(i.acknowledged_at),
        'acknowledged_by', i.acknowledged_by, 'resolved_at', core.iso(i.resolved_at),
        'resolved_by', i.resolved_by,
        'status', case state when 'false_alarm' then 'Resolved' else initcap(state) end,
        'team_name', (select t.name from betterstack.team t where t.id = i.team_id),
        'response_content', i.response_content, 'response_url', null,
        'response_options', null,
        'regions', (select to_jsonb(array_agg(distinct r order by r))
                      from betterstack.incident_monitor im, unnest(im.regions) r
                     where im.incident_id = i.id),
        'screenshot_url', null, 'origin_url', null,
        'ssl_certificate_expires_at',
            case when i.kind <> 'domain_expiry' then core.iso(i.expires_at) end,
        'domain_expires_at', case when i.kind = 'domain_expiry' then core.iso(i.expires_at) end,
        'metadata', i.metadata)
        || core.incident_alerting(i)
$$;

-- One incident; evidence only where it stands alone.
create or replace function core.incident_json(i betterstack.incident, single boolean) returns text
language plpgsql stable as $$
declare
    state text := core.incident_state(i);
    attributes jsonb := core.incident_attributes(i, state) || jsonb_build_object(
        'state', state, 'kind', i.kind, 'description', i.description,
        'requester_email', i.requester_email, 'confirmed_at', core.iso(i.confirmed_at),
        'detection', core.incident_detection(i), 'monitors_count', i.monitors_count,
        'monitors', core.incident_monitors(i, single),
        'comments_count', (select count(*) from betterstack.incident_comment c
                            where c.incident_id = i.id));
begin
    return '{"id":"' || i.id || '","type":"incident","attributes":' || left(attributes::text, -1)
        || case when single then ',"escalation":' || coalesce(core.escalation_json(i)::text, 'null')
               || ',"evidence":' || core.incident_evidence_text(i) else '' end
        || '},"relationships":' || core.incident_relations(i) || '}';
end
$$;

-- The answer about one incident, with the monitor that it is about as it is now, if there is one.
create or replace function core.incident_body(id bigint) returns text
language plpgsql stable as $$
declare
    i betterstack.incident;
    relations jsonb;
    about text;
begin
    select t.* into i from betterstack.incident t where t.id = incident_body.id;
    relations := core.incident_relations(i);
    about := coalesce(core.monitor_body((relations #>> '{monitor,data,id}')::integer), (
        select core.heartbeat_body(h, '{}', now()) from betterstack.heartbeat h
         where h.id = i.heartbeat_id and h.team_id = i.team_id));
    return '{"data":' || core.incident_json(i, true) || ',"included":['
        || coalesce(trim(substr(left(about, -1), position(':' in about) + 1)), '') || ']}';
end
$$;
