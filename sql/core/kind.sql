-- The kinds of monitors: what each of them takes, and what it is set to when nothing is said.

create or replace function core.monitor_types() returns text[]
language sql immutable parallel safe as $$
    select '{status,expected_status_code,keyword,keyword_absence,ping,tcp,udp,smtp,pop,imap,dns,
             tls,websocket,grpc,redis,postgres,domain}'::text[]
$$;

create or replace function core.is_http(kind text) returns boolean
language sql immutable parallel safe as $$
    select coalesce(kind in ('status', 'expected_status_code', 'keyword', 'keyword_absence'), false)
$$;

-- The documented API counts some timeouts in milliseconds.
create or replace function core.timeout_is_ms(kind text) returns boolean
language sql immutable parallel safe as $$
    select coalesce(kind in ('ping', 'tcp', 'udp', 'smtp', 'pop', 'imap', 'dns', 'redis',
                             'postgres'), false)
$$;

create or replace function core.timeouts(kind text) returns integer[]
language sql immutable parallel safe as $$
    select case when core.timeout_is_ms(kind) then '{500,1000,2000,3000,5000}'::integer[]
           else '{2,3,5,10,15,30,45,60}' end
$$;

create or replace function core.timeout_ms(kind text, request_timeout integer) returns integer
language sql immutable parallel safe as $$
    select case when core.timeout_is_ms(kind) then request_timeout else request_timeout * 1000 end
$$;

-- Everything that may be set, except url and monitor_type, which have no default.
create or replace function core.monitor_defaults(kind text) returns jsonb
language sql immutable parallel safe as $$
    select '{"pronounceable_name": null, "check_frequency": 30, "regions": null, "port": null,
             "http_method": "get", "request_body": null, "request_headers": [],
             "auth_username": null, "auth_password": null, "auth_token": null,
             "expected_status_codes": [], "expected_status_ranges": [], "required_keyword": null,
             "assertions": [], "degraded_threshold": null, "follow_redirects": true,
             "remember_cookies": true, "proxy_host": null, "proxy_port": null,
             "http_version": null, "ip_version": null, "verify_ssl": true, "tls_mode": null,
             "tls_min_version": null, "client_certificate": null, "client_key": null,
             "ca_certificates": null, "ssl_expiration": null, "domain_expiration": null,
             "ping_packets": 3, "ping_loss_threshold": 100, "dns_record_type": "A",
             "dns_expected_answers": [], "grpc_service": null, "database": null,
             "confirmation_period": 0, "recovery_period": 0, "quorum": null, "depends_on": [],
             "paused": false}'::jsonb
        || '{"maintenance_from": null, "maintenance_to": null, "maintenance_timezone": "UTC",
             "maintenance_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
             "policy_id": null, "expiration_policy_id": null, "call": false, "sms": false,
             "email": true, "push": true, "critical_alert": false, "team_wait": null}'
        || jsonb_build_object('request_timeout',
                              case when core.timeout_is_ms(kind) then 5000 else 15 end)
$$;

-- The kinds for which an attribute has a meaning; NULL: for all.
create or replace function core.attribute_kinds(attribute text) returns text[]
language sql immutable parallel safe as $$
    select case
        when attribute in ('http_method', 'follow_redirects', 'remember_cookies', 'proxy_host',
                           'proxy_port', 'http_version', 'assertions')
            then '{status,expected_status_code,keyword,keyword_absence}'::text[]
        when attribute in ('expected_status_codes', 'expected_status_ranges')
            then '{expected_status_code}'
        when attribute = 'request_body'
            then '{status,expected_status_code,keyword,keyword_absence,tcp,udp,dns}'
        when attribute in ('request_headers', 'auth_token')
            then '{status,expected_status_code,keyword,keyword_absence,websocket,grpc}'
        when attribute in ('auth_username', 'auth_password')
            then '{status,expected_status_code,keyword,keyword_absence,websocket,smtp,pop,imap,
                   redis,postgres}'
        when attribute = 'required_keyword' then '{keyword,keyword_absence,tcp,udp}'
        when attribute = 'port' then '{tcp,udp,smtp,pop,imap,dns,tls,redis,postgres}'
        when attribute in ('verify_ssl', 'tls_min_version', 'client_certificate', 'client_key',
                           'ca_certificates', 'ssl_expiration')
            then '{status,expected_status_code,keyword,keyword_absence,tcp,smtp,pop,imap,tls,
                   websocket,grpc,redis,postgres}'
        when attribute = 'tls_mode' then '{tcp,smtp,pop,imap,tls,grpc,redis,postgres}'
        when attribute = 'domain_expiration'
            then '{status,expected_status_code,keyword,keyword_absence,domain}'
        when attribute in ('ping_packets', 'ping_loss_threshold') then '{ping}'
        when attribute in ('dns_record_type', 'dns_expected_answers') then '{dns}'
        when attribute = 'grpc_service' then '{grpc}'
        when attribute = 'database' then '{redis,postgres}'
        when attribute = 'ip_version' then array_remove(core.monitor_types(), 'domain')
    end
$$;

create or replace function core.kind_takes(kind text, attribute text) returns boolean
language sql immutable parallel safe as $$
    select coalesce(kind = any (core.attribute_kinds(attribute)), true)
$$;

-- What a STARTTLS or TLS setting may be.
create or replace function core.tls_modes(kind text) returns text[]
language sql immutable parallel safe as $$
    select case
        when kind in ('smtp', 'pop', 'imap') then '{none,direct,starttls}'::text[]
        when kind = 'tcp' then '{none,direct,smtp,imap,pop3,ftp,postgres}'
        when kind = 'tls' then '{direct,smtp,imap,pop3,ftp,postgres}'
        else '{none,direct}'
    end
$$;

-- What an answer is measured by, as in "not valid HTTP".
create or replace function core.kind_protocol(kind text, tls_mode text) returns text
language sql immutable parallel safe as $$
    select case
        when core.is_http(kind) then 'HTTP'
        when kind in ('tcp', 'tls') and tls_mode in ('smtp', 'imap', 'pop3', 'ftp')
            then upper(tls_mode)
        when kind in ('tcp', 'tls') and tls_mode = 'postgres' or kind = 'postgres' then 'PostgreSQL'
        when kind in ('tcp', 'tls') then 'TLS'
        when kind = 'pop' then 'POP3'
        when kind = 'websocket' then 'WebSocket'
        when kind = 'grpc' then 'gRPC'
        when kind = 'redis' then 'Redis'
        when kind = 'ping' then 'ICMP'
        when kind = 'domain' then 'RDAP'
        else upper(kind)
    end
$$;
