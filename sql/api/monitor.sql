-- Monitors: list, create, get, change, delete.

-- The most read answer of all: one statement, indexes only, text that is ready.
create or replace function api.monitor_get(credential bytea, id bigint) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    body text;
begin
    select '{"data":' || core.monitor_json(m.doc, s.doc, m.monitor_type = 'domain', r.checked_at,
                                           r.expires_at, r.domain_expires_at, r.docs) || '}' into body
      from betterstack.credential c
      join betterstack.monitor m on m.id = monitor_get.id and m.team_id = c.team_id
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
     where c.digest = credential and c.expires_at > now();
    if found then
        return row(200::smallint, body, null::integer, null::text)::api.reply;
    elsif (core.caller(credential)).user_id is null then
        return core.reply_unauthorized();
    end if;
    return core.reply_not_found();
end
$$;

create or replace function core.monitor_status_number(name text) returns smallint
language sql immutable parallel safe as $$
    select (array_position('{pending,up,degraded,down,paused,suspect,validating,flapping,
                             maintenance,no_data}'::text[], name) - 1)::smallint
$$;

-- One page as the text of a list, and how many monitors there are on all pages.  A filter that is
-- NULL lets everything through.  The team is asked for as a range, so that only its own index has
-- the order: a small team's page must not be looked for among everybody's monitors.
create or replace function core.monitor_page(team_id integer, url text, name text, status smallint,
    first integer, count integer, out items text, out total bigint)
language plpgsql stable as $$
begin
    select coalesce(string_agg(core.monitor_json(p.doc, p.state_doc, p.is_domain, r.checked_at,
                                                 r.expires_at, r.domain_expires_at, r.docs),
                               ','), '')
      into items
      from (select m.id, m.doc, s.doc as state_doc, m.monitor_type = 'domain' as is_domain
              from betterstack.monitor m
              join betterstack.monitor_state s on s.monitor_id = m.id
             where m.team_id between monitor_page.team_id and monitor_page.team_id
               and (monitor_page.url is null or m.url = monitor_page.url)
               and (name is null or m.pronounceable_name = name)
               and (monitor_page.status is null or s.status = monitor_page.status)
             order by m.team_id, m.id offset first limit monitor_page.count) p
     cross join lateral (
           select max(o.checked_at) as checked_at, string_agg(o.doc, ',') as docs,
                  (array_agg(o.expires_at order by o.slot desc)
                   filter (where o.expires_at is not null))[1] as expires_at,
                  max(o.domain_expires_at) as domain_expires_at
             from (select rs.checked_at, rs.slot, rs.expires_at, rs.domain_expires_at,
                          core.region_state_doc(e.slug, rs) as doc
                     from betterstack.region_state rs
                     join betterstack.region e on e.id = rs.region_id
                    where rs.monitor_id = p.id order by rs.region_id) o) r;

    if url is null and name is null and status is null then
        select count(*) into total from betterstack.monitor m
         where m.team_id = monitor_page.team_id;
    else
        select count(*) into total
          from betterstack.monitor m
          join betterstack.monitor_state s on s.monitor_id = m.id
         where m.team_id = monitor_page.team_id
           and (monitor_page.url is null or m.url = monitor_page.url)
           and (name is null or m.pronounceable_name = name)
           and (monitor_page.status is null or s.status = monitor_page.status);
    end if;
end
$$;

-- Filters: url, pronounceable_name, status, team_name; exactly as given.
create or replace function api.monitor_list(credential bytea, query jsonb) returns api.reply
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller(credential);
    given jsonb := core.body_object(query);
    wanted record := core.page_request(given);
    found record;
    errors jsonb := wanted.errors;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if given ? 'status' then
        errors := core.complain(errors, 'status', core.check_choice(given -> 'status',
            '{paused,pending,up,degraded,suspect,down,validating,flapping,maintenance,no_data}'));
    end if;
    if errors <> '{}' then
        return core.reply_invalid(errors);
    end if;
    found := core.monitor_page(
        case when not given ? 'team_name' or exists (
                select from betterstack.team t
                 where t.id = caller.team_id and t.name = given ->> 'team_name')
             then caller.team_id end,
        given ->> 'url', given ->> 'pronounceable_name',
        core.monitor_status_number(given ->> 'status'),
        (wanted.page - 1) * wanted.per_page, wanted.per_page);
    return core.reply(200, concat('{"data":[', found.items, '],"pagination":', core.pagination(
        '/api/v2/monitors', given, '{url,pronounceable_name,team_name,status,per_page}',
        wanted.page, ((found.total + wanted.per_page - 1) / wanted.per_page)::integer), '}'));
end
$$;

create or replace function api.monitor_create(credential bytea, body jsonb) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    m betterstack.monitor;
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if given ? 'regions' then
        perform core.regions_lock_shared();
    end if;
    perform core.alert_ways_hold(given, caller.team_id);
    change := core.monitor_change(null, given);
    m := change.changed;
    m.team_id := caller.team_id;
    if change.errors = '{}' then
        change.errors := core.monitor_errors_references(m);
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    m.id := nextval(pg_get_serial_sequence('betterstack.monitor', 'id'));
    m.created_at := now();
    m := core.monitor_derive(m);
    insert into betterstack.monitor overriding system value select m.*;
    perform core.monitor_state_reset(m.id, m.paused, '-infinity', now());
    perform core.expiry_watch(m, now());
    perform core.maintenance_mark(core.maintenance_monitor(), m.id, m.team_id, clock_timestamp());
    perform core.notify_monitors(m.id::text);
    return core.reply(201, core.monitor_body(m.id), caller.team_id,
                      core.event('monitor', 'created', m.id::text));
end
$$;

-- Before the lock of incidents: a report has its rows of region_state when it asks for that, also
-- those of monitors that it decides nothing about.  The caller has the monitor's monitor_state.
create or replace function core.region_state_hold(monitor_id integer) returns void
language plpgsql volatile as $$
begin
    perform from betterstack.region_state rs where rs.monitor_id = region_state_hold.monitor_id
      order by rs.region_id for update;
end
$$;

-- Results of other settings are not believed any more: not now() but the time after waiting for
-- the locks, meanwhile the old ones were still in force.  Pausing and resuming set the verdict;
-- other changes leave it until the next results.
create or replace function core.monitor_save(before betterstack.monitor, m betterstack.monitor)
    returns void
language plpgsql volatile as $$
begin
    update betterstack.monitor t
       set url = m.url, pronounceable_name = m.pronounceable_name, monitor_type = m.monitor_type,
           check_frequency = m.check_frequency, request_timeout = m.request_timeout,
           region_ids = m.region_ids, http_method = m.http_method, request_body = m.request_body,
           request_headers = m.request_headers, auth_username = m.auth_username,
           auth_password = m.auth_password, auth_token = m.auth_token,
           expected_status_codes = m.expected_status_codes,
           expected_status_ranges = m.expected_status_ranges,
           required_keyword = m.required_keyword, assertions = m.assertions,
           degraded_threshold = m.degraded_threshold, follow_redirects = m.follow_redirects,
           remember_cookies = m.remember_cookies, proxy_host = m.proxy_host,
           proxy_port = m.proxy_port, http_version = m.http_version, port = m.port,
           verify_ssl = m.verify_ssl, ip_version = m.ip_version, tls_mode = m.tls_mode,
           tls_min_version = m.tls_min_version, client_certificate = m.client_certificate,
           client_key = m.client_key, ca_certificates = m.ca_certificates,
           ssl_expiration = m.ssl_expiration, domain_expiration = m.domain_expiration,
           ping_packets = m.ping_packets, ping_loss_threshold = m.ping_loss_threshold,
           dns_record_type = m.dns_record_type, dns_expected_answers = m.dns_expected_answers,
           grpc_service = m.grpc_service, database = m.database,
           confirmation_period = m.confirmation_period, recovery_period = m.recovery_period,
           quorum = m.quorum, depends_on = m.depends_on, maintenance_from = m.maintenance_from,
           maintenance_to = m.maintenance_to, maintenance_timezone = m.maintenance_timezone,
           maintenance_days = m.maintenance_days, policy_id = m.policy_id,
           expiration_policy_id = m.expiration_policy_id, call = m.call, sms = m.sms,
           email = m.email, push = m.push, critical_alert = m.critical_alert,
           team_wait = m.team_wait, paused = m.paused, paused_at = m.paused_at,
           updated_at = m.updated_at, doc = m.doc, spec = m.spec, schedule_hash = m.schedule_hash
     where t.id = m.id;
    if m.paused <> before.paused then
        perform core.region_state_hold(m.id);
        perform core.maintenance_lock(m.team_id, false);    -- as in api.monitor_delete
        perform core.incident_leave(m.id, clock_timestamp(), 'paused');
        perform core.monitor_state_reset(m.id, m.paused, clock_timestamp(), clock_timestamp());
    elsif m.spec <> before.spec then
        update betterstack.monitor_state s set believe_after = clock_timestamp()
         where s.monitor_id = m.id;
        -- the end of another address's certificate
        update betterstack.region_state rs set expires_at = null
         where rs.monitor_id = m.id and rs.expires_at is not null
           and (m.url <> before.url or m.monitor_type <> before.monitor_type);
    end if;
    if m.url <> before.url or m.domain_expiration is null then
        update betterstack.region_state rs set domain_expires_at = null
         where rs.monitor_id = m.id and rs.domain_expires_at is not null;
    end if;
    perform core.expiry_watch(m, clock_timestamp());
    if m.region_ids is distinct from before.region_ids then
        delete from betterstack.region_state rs
         where rs.monitor_id = m.id and rs.region_id <> all (m.region_ids);
    end if;
    if (m.maintenance_from, m.maintenance_to, m.maintenance_timezone, m.maintenance_days)
       is distinct from (before.maintenance_from, before.maintenance_to,
                         before.maintenance_timezone, before.maintenance_days) then
        perform core.maintenance_mark(core.maintenance_monitor(), m.id, m.team_id,
                                      clock_timestamp());
    end if;
    perform core.notify_monitors(m.id::text);
end
$$;

create or replace function api.monitor_update(credential bytea, id bigint, body jsonb)
    returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    given jsonb := core.body_object(body);
    before betterstack.monitor;
    change record;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    if given ? 'regions' then
        perform core.regions_lock_shared();
    end if;
    perform core.alert_ways_hold(given, caller.team_id);
    select t.* into before from betterstack.monitor t
     where t.id = monitor_update.id and t.team_id = caller.team_id
       for update;
    if not found then
        return core.reply_not_found();
    end if;
    -- Reports under way end first: none may write a result of settings that are gone.
    perform from betterstack.monitor_state s where s.monitor_id = before.id for no key update;
    change := core.monitor_change(before, given);
    if change.errors = '{}' then
        change.errors := core.monitor_errors_references(change.changed);
    end if;
    if change.errors <> '{}' then
        return core.reply_invalid(change.errors);
    end if;
    perform core.monitor_save(before, core.monitor_derive(change.changed));
    return core.reply(200, core.monitor_body(before.id), caller.team_id,
                      core.event('monitor', 'updated', before.id::text));
end
$$;

-- Its ticks can no longer be read; they go with their partitions.  Monitors that depend on it go on
-- without it.
create or replace function api.monitor_delete(credential bytea, id bigint) returns api.reply
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller core.caller := core.caller_active(credential);
    gone integer;
begin
    if caller.user_id is null then
        return core.reply_unauthorized();
    end if;
    select m.id into gone from betterstack.monitor m
     where m.id = monitor_delete.id and m.team_id = caller.team_id
       for update;
    if not found then
        return core.reply_not_found();
    end if;
    perform core.monitor_orphan_children(gone, caller.team_id);
    perform from betterstack.monitor_state s where s.monitor_id = gone for update;
    perform core.region_state_hold(gone);
    -- Before the lock of incidents: who marks many may wait for the sweep, which may wait for that.
    perform core.maintenance_lock(caller.team_id, false);
    perform core.incident_leave(gone, clock_timestamp(), 'deleted');
    delete from betterstack.monitor m where m.id = gone;
    perform core.notify_monitors(gone::text);
    return core.reply(204, null, caller.team_id, core.event('monitor', 'deleted', gone::text));
end
$$;
