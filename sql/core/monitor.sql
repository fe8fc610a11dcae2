-- A monitor as a JSON object of settings, and what is derived from it.

create or replace function core.region_slugs(region_ids smallint[]) returns text[]
language sql stable as $$
    select case when region_ids is not null
           then (select coalesce(array_agg(r.slug order by r.id), '{}')
                   from betterstack.region r where r.id = any (region_ids)) end
$$;

-- The settings as a client would send them.
create or replace function core.monitor_settings(m betterstack.monitor) returns jsonb
language sql stable as $$
    select jsonb_object_agg(s.key, s.value)
      from jsonb_each(to_jsonb(m) || jsonb_build_object('regions',
                          to_jsonb(core.region_slugs(m.region_ids)))) s
     where s.key in ('url', 'monitor_type') or core.monitor_defaults(m.monitor_type) ? s.key
$$;

-- The API's JSON of a monitor up to where core.monitor_json() goes on.
create or replace function core.monitor_doc(m betterstack.monitor) returns text
language plpgsql stable as $$
declare
    attributes text;
begin
    select row_to_json(a)::text into attributes from (
        select m.url, m.pronounceable_name, m.monitor_type, m.check_frequency, m.request_timeout,
               core.region_slugs(m.region_ids) as regions, m.port, m.http_method, m.request_body,
               m.request_headers, m.auth_username, m.auth_password, m.auth_token,
               m.expected_status_codes, coalesce(m.expected_status_ranges, '{}')
                   as expected_status_ranges,
               m.required_keyword, coalesce(m.assertions, '[]') as assertions,
               m.degraded_threshold, m.follow_redirects,
               coalesce(m.remember_cookies, true) as remember_cookies, m.proxy_host, m.proxy_port,
               m.http_version, m.ip_version, m.verify_ssl, m.tls_mode, m.tls_min_version,
               m.client_certificate, m.client_key is not null as client_key_set,
               m.ca_certificates, m.ssl_expiration, m.domain_expiration,
               coalesce(m.ping_packets, 3) as ping_packets,
               coalesce(m.ping_loss_threshold, 100) as ping_loss_threshold,
               coalesce(m.dns_record_type, 'A') as dns_record_type,
               coalesce(m.dns_expected_answers, '{}') as dns_expected_answers, m.grpc_service,
               m.database, coalesce(m.confirmation_period, 0) as confirmation_period,
               coalesce(m.recovery_period, 0) as recovery_period, m.quorum,
               coalesce(m.depends_on::text[], '{}') as depends_on, m.maintenance_from,
               m.maintenance_to, coalesce(m.maintenance_timezone, 'UTC') as maintenance_timezone,
               coalesce(m.maintenance_days, core.week_days()) as maintenance_days,
               m.policy_id::text, m.expiration_policy_id, coalesce(m.call, false) as call,
               coalesce(m.sms, false) as sms, coalesce(m.email, true) as email,
               coalesce(m.push, true) as push,
               coalesce(m.critical_alert, false) as critical_alert, m.team_wait, m.paused,
               core.iso(m.paused_at) as paused_at,
               core.iso(m.created_at) as created_at, core.iso(m.updated_at) as updated_at,
               t.name as team_name
          from betterstack.team t where t.id = m.team_id) a;
    return '{"id":"' || m.id || '","type":"monitor","attributes":'
           || left(attributes, -1) || ',';
end
$$;

-- Fills in the derived columns; the row must have its id.
create or replace function core.monitor_derive(m betterstack.monitor) returns betterstack.monitor
language plpgsql stable as $$
begin
    m.doc := core.monitor_doc(m);
    m.spec := core.msgpack(core.probe_spec(m));
    m.schedule_hash := hashtextextended(
        concat_ws(' ', m.id, coalesce(m.region_ids::text, '*'), encode(sha256(m.spec), 'hex')), 0);
    return m;
end
$$;

-- Our words for betterstack.monitor_state.status; the API's are the same where it documents none.
create or replace function core.state_word(status smallint) returns text
language sql immutable parallel safe as $$
    select (array['pending', 'up', 'degraded', 'down', 'paused', 'suspect', 'recovering',
                  'flapping', 'maintenance', 'no_data'])[status + 1]
$$;

create or replace function core.status_word(status smallint) returns text
language sql immutable parallel safe as $$
    select case status when 6 then 'validating' else core.state_word(status) end
$$;

-- The members that follow monitor.doc: the verdict, written when it changes.
create or replace function core.monitor_state_doc(s betterstack.monitor_state) returns text
language sql stable as $$
    select '"status":"' || core.status_word(s.status) || '","state":"' || core.state_word(s.status)
           || '","status_since":"' || core.iso(s.since)
           || '","failure_reason":' || core.json_text(core.reason_code(s.reason))
           || ',"failure_text":' || core.json_text(s.failure_text)
           || ',"suppressed_by":' || coalesce('"' || s.suppressed_by || '"', 'null')
           || ',"maintenance_until":' || core.json_text(core.iso(s.maintenance_until))
$$;

-- One whole monitor; what is not of its own rows comes from region_state.  The brackets keep the
-- long part from being copied once for each short one.
create or replace function core.monitor_json(doc text, state_doc text, is_domain boolean,
    last_checked_at timestamptz, expires_at timestamptz, domain_expires_at timestamptz,
    region_docs text) returns text
language sql stable parallel safe as $$
    select doc || (state_doc
           || coalesce(',"last_checked_at":"' || core.iso(last_checked_at) || '"',
                       ',"last_checked_at":null')
           || case when is_domain or expires_at is null then ',"certificate_expires_at":null'
                   else ',"certificate_expires_at":"' || core.iso(expires_at) || '"' end
           || coalesce(',"domain_expires_at":"' || core.iso(case when is_domain then expires_at
                                                                 else domain_expires_at end) || '"',
                       ',"domain_expires_at":null')
           || ',"region_states":[' || coalesce(region_docs || ']}}', ']}}'))
$$;

-- What the regions know of a monitor: of ends of its certificate the one seen last, of its domain,
-- which agents may know from hours ago, the latest.
create or replace function core.monitor_body(monitor_id integer) returns text
language plpgsql stable as $$
begin
    return (select '{"data":' || (core.monitor_json(m.doc, s.doc, m.monitor_type = 'domain',
                                      r.checked_at, r.expires_at, r.domain_expires_at,
                                      r.docs) || '}')
              from betterstack.monitor m
              join betterstack.monitor_state s on s.monitor_id = m.id
             cross join lateral (
           select max(o.checked_at) as checked_at, string_agg(o.doc, ',') as docs,
                  (array_agg(o.expires_at order by o.slot desc)
                   filter (where o.expires_at is not null))[1] as expires_at,
                  max(o.domain_expires_at) as domain_expires_at
             from (select rs.checked_at, rs.slot, rs.expires_at, rs.domain_expires_at,
                          core.region_state_doc(e.slug, rs) as doc
                     from betterstack.region_state rs
                     join betterstack.region e on e.id = rs.region_id
                    where rs.monitor_id = m.id order by rs.region_id) o) r
             where m.id = monitor_body.monitor_id);
end
$$;

-- Sets the verdict by hand: a new, paused or resumed monitor.  What the machine knew is forgotten;
-- its incident must have been ended.  Maintenance goes on.
create or replace function core.monitor_state_reset(monitor_id integer, paused boolean,
    believe_after timestamptz, at timestamptz) returns void
language plpgsql volatile as $$
declare
    n betterstack.monitor_state;
begin
    select s.maintenance, s.maintenance_until into n.maintenance, n.maintenance_until
      from betterstack.monitor_state s
     where s.monitor_id = monitor_state_reset.monitor_id;
    n.status := case when paused then 4 when n.maintenance then 8 else 0 end;
    n.since := at;
    n.reason := 0;
    n.doc := core.monitor_state_doc(n);
    insert into betterstack.monitor_state as s (monitor_id, status, since, believe_after, doc)
    values (monitor_state_reset.monitor_id, n.status, at, monitor_state_reset.believe_after, n.doc)
    on conflict on constraint monitor_state_pkey do update
       set status = excluded.status, since = excluded.since, reason = 0, failure_text = null,
           believe_after = excluded.believe_after, doc = excluded.doc, phase = 0, was = 0,
           suspect_since = null, suspected = '{}', discounted = '{}', look_after = null,
           held = false, asked_at = null, asks = 0, recovering_since = null, suppressed_by = null,
           flips = '{}', flapping = false, no_data = false, incident_id = null, detection = null,
           due_at = null;
end
$$;

-- Writes the derived columns of many monitors again: after a change of what they are derived by,
-- and when a region goes.
create or replace function core.monitors_rederive(only_region smallint default null)
    returns integer
language plpgsql volatile as $$
declare
    m betterstack.monitor;
    written integer := 0;
begin
    for m in select t.* from betterstack.monitor t
              where only_region is null or only_region = any (t.region_ids)
              order by t.id for update
    loop
        m.region_ids := array_remove(m.region_ids, only_region);
        m := core.monitor_derive(m);
        update betterstack.monitor t
           set region_ids = m.region_ids, doc = m.doc, spec = m.spec,
               schedule_hash = m.schedule_hash
         where t.id = m.id;
        written := written + 1;
    end loop;
    return written;
end
$$;

-- Nobody depends on this monitor any more.
create or replace function core.monitor_orphan_children(parent integer, team_id integer)
    returns void
language plpgsql volatile as $$
declare
    m betterstack.monitor;
begin
    for m in select t.* from betterstack.monitor t
              where t.team_id = monitor_orphan_children.team_id and parent = any (t.depends_on)
              order by t.id for update
    loop
        m.depends_on := array_remove(m.depends_on, parent);
        m := core.monitor_derive(m);
        update betterstack.monitor t set depends_on = m.depends_on, doc = m.doc where t.id = m.id;
    end loop;
end
$$;

-- No monitor refers to this policy any more.
create or replace function core.monitor_forget_policy(policy_id integer, team_id integer)
    returns void
language plpgsql volatile as $$
declare
    gone integer := policy_id;
    m betterstack.monitor;
begin
    for m in select t.* from betterstack.monitor t
              where t.team_id = monitor_forget_policy.team_id
                and (t.policy_id = gone or t.expiration_policy_id = gone)
              order by t.id for update
    loop
        m.policy_id := nullif(m.policy_id, gone);
        m.expiration_policy_id := nullif(m.expiration_policy_id, gone);
        m := core.monitor_derive(m);
        update betterstack.monitor t
           set policy_id = m.policy_id, expiration_policy_id = m.expiration_policy_id, doc = m.doc
         where t.id = m.id;
    end loop;
end
$$;
