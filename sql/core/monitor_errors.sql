-- What is wrong with whole settings (all members present), without request_headers.

-- What every kind has.
create or replace function core.monitor_errors_common(s jsonb, kind text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'monitor_type', core.check_monitor_type(s -> 'monitor_type'));
    errors := core.complain(errors, 'url', core.check_url(s -> 'url', kind));
    errors := core.complain(errors, 'pronounceable_name',
        core.check_required_text(s -> 'pronounceable_name', 255));
    errors := core.complain(errors, 'check_frequency',
        core.check_integer(s -> 'check_frequency', 1, 86400));
    errors := core.complain(errors, 'request_timeout',
        core.check_timeout(s -> 'request_timeout', kind));
    errors := core.complain(errors, 'regions', core.check_regions(s -> 'regions'));
    errors := core.complain(errors, 'ip_version',
        core.check_optional_choice(s -> 'ip_version', '{ipv4,ipv6}'));
    errors := core.complain(errors, 'degraded_threshold',
        core.check_optional_integer(s -> 'degraded_threshold', 1, 60000));
    errors := core.complain(errors, 'confirmation_period',
        core.check_integer(s -> 'confirmation_period', 0, 86400));
    errors := core.complain(errors, 'recovery_period',
        core.check_integer(s -> 'recovery_period', 0, 86400));
    errors := core.complain(errors, 'quorum', core.check_optional_integer(s -> 'quorum', 1, 100));
    errors := core.complain(errors, 'depends_on', core.check_depends_on(s -> 'depends_on'));
    return core.complain(errors, 'paused', core.check_boolean(s -> 'paused'));
end
$$;

-- What is sent, and what has to come back.
create or replace function core.monitor_errors_exchange(s jsonb, kind text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'http_method',
        core.check_choice(s -> 'http_method', '{get,head,post,put,patch}'));
    errors := core.complain(errors, 'request_body', coalesce(
        case when kind <> 'dns' then core.check_text(s -> 'request_body', 16384, one_line => false)
             when core.is_blank(s -> 'request_body')
                 then 'is required for the monitor type dns: the name to ask for'
             when jsonb_typeof(s -> 'request_body') <> 'string' then 'must be a string'
             when length(s ->> 'request_body') > 253 or s ->> 'request_body' !~* core.host_pattern()
                 then 'must be the name to ask for, like example.com' end));
    errors := core.complain(errors, 'required_keyword', case
        when kind in ('keyword', 'keyword_absence', 'udp')
             and coalesce(s ->> 'required_keyword', '') = ''
            then 'is required for the monitor type ' || kind
        else core.check_text(s -> 'required_keyword', 1024, one_line => false) end);
    errors := core.complain(errors, 'expected_status_ranges',
        core.check_status_ranges(s -> 'expected_status_ranges'));
    errors := core.complain(errors, 'expected_status_codes', core.check_status_codes(
        s -> 'expected_status_codes',
        kind = 'expected_status_code' and s -> 'expected_status_ranges' = '[]'));
    errors := core.complain(errors, 'assertions', core.check_assertions(s -> 'assertions'));
    errors := core.complain(errors, 'follow_redirects',
        core.check_boolean(s -> 'follow_redirects'));
    return core.complain(errors, 'remember_cookies', core.check_boolean(s -> 'remember_cookies'));
end
$$;

-- Who asks, and by which way.
create or replace function core.monitor_errors_way(s jsonb, kind text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'auth_username', coalesce(
        core.check_text(s -> 'auth_username', 255),
        case when s ->> 'auth_username' like '%:%' then 'must not contain a colon' end));
    errors := core.complain(errors, 'auth_password', core.check_text(s -> 'auth_password', 1024));
    errors := core.complain(errors, 'auth_token', coalesce(
        core.check_text(s -> 'auth_token', 4096),
        case when s ->> 'auth_token' !~ '^[!-~]+$' then 'must be letters, digits and signs only'
             when not core.is_blank(s -> 'auth_token') and not core.is_blank(s -> 'auth_username')
                 then 'cannot be combined with auth_username' end));
    errors := core.complain(errors, 'proxy_host', coalesce(
        core.check_proxy_host(s -> 'proxy_host'),
        case when s -> 'proxy_host' = 'null' and s -> 'proxy_port' <> 'null'
             then 'is required together with proxy_port' end));
    errors := core.complain(errors, 'proxy_port', coalesce(
        core.check_optional_integer(s -> 'proxy_port', 1, 65535),
        case when s -> 'proxy_host' <> 'null' and s -> 'proxy_port' = 'null'
             then 'is required together with proxy_host' end));
    errors := core.complain(errors, 'http_version',
        core.check_optional_choice(s -> 'http_version', '{1.1,2}'));
    return core.complain(errors, 'port', core.check_port(s -> 'port', kind, s ->> 'url'));
end
$$;

create or replace function core.monitor_errors_tls(s jsonb, kind text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'verify_ssl', core.check_boolean(s -> 'verify_ssl'));
    errors := core.complain(errors, 'tls_mode',
        core.check_optional_choice(s -> 'tls_mode', core.tls_modes(kind)));
    errors := core.complain(errors, 'tls_min_version',
        core.check_optional_choice(s -> 'tls_min_version', '{1.0,1.1,1.2,1.3}'));
    errors := core.complain(errors, 'client_certificate', coalesce(
        core.check_pem(s -> 'client_certificate', 'CERTIFICATE', 10, 16384),
        case when s -> 'client_certificate' = 'null' and s -> 'client_key' <> 'null'
             then 'is required together with client_key' end));
    errors := core.complain(errors, 'client_key', coalesce(
        core.check_pem(s -> 'client_key', 'PRIVATE KEY|RSA PRIVATE KEY|EC PRIVATE KEY|EC PARAMETERS',
                       2, 8192),
        case when s -> 'client_certificate' <> 'null' and s -> 'client_key' = 'null'
             then 'is required together with client_certificate' end));
    errors := core.complain(errors, 'ca_certificates',
        core.check_pem(s -> 'ca_certificates', 'CERTIFICATE', 20, 32768));
    errors := core.complain(errors, 'ssl_expiration', core.check_expiration(s -> 'ssl_expiration'));
    return core.complain(errors, 'domain_expiration',
        core.check_expiration(s -> 'domain_expiration'));
end
$$;

-- Days before the end, as documented.
create or replace function core.check_expiration(value jsonb) returns text
language sql stable parallel safe as $$
    select case when value <> 'null' and not coalesce(core.is_integer(value)
                     and value #>> '{}' in ('1', '2', '3', '7', '14', '30', '60'), false)
           then 'must be one of 1, 2, 3, 7, 14, 30, 60, or null' end
$$;

-- What only one kind or two have.
create or replace function core.monitor_errors_own(s jsonb, kind text) returns jsonb
language plpgsql stable as $$
declare
    errors jsonb := '{}';
begin
    errors := core.complain(errors, 'ping_packets', core.check_integer(s -> 'ping_packets', 1, 10));
    errors := core.complain(errors, 'ping_loss_threshold',
        core.check_integer(s -> 'ping_loss_threshold', 0, 100));
    errors := core.complain(errors, 'dns_record_type',
        core.check_choice(s -> 'dns_record_type', '{A,AAAA,CNAME,MX,NS,TXT,SOA,PTR,SRV,CAA}'));
    errors := core.complain(errors, 'dns_expected_answers',
        core.check_texts(s -> 'dns_expected_answers', 20, 1024));
    errors := core.complain(errors, 'grpc_service', coalesce(
        core.check_text(s -> 'grpc_service', 255),
        case when s ->> 'grpc_service' !~ '^[A-Za-z0-9_./-]+$'
             then 'must be the name of a service, like package.Service' end));
    return core.complain(errors, 'database', coalesce(
        core.check_text(s -> 'database', 63),
        case when kind = 'redis' and s ->> 'database' !~ '^[0-9]{1,5}$'
             then 'must be a number, as a string, for the monitor type redis' end));
end
$$;

create or replace function core.monitor_errors(s jsonb) returns jsonb
language sql stable as $$
    select core.monitor_errors_common(s, coalesce(s ->> 'monitor_type', ''))
        || core.monitor_errors_exchange(s, coalesce(s ->> 'monitor_type', ''))
        || core.monitor_errors_way(s, coalesce(s ->> 'monitor_type', ''))
        || core.monitor_errors_tls(s, coalesce(s ->> 'monitor_type', ''))
        || core.monitor_errors_own(s, coalesce(s ->> 'monitor_type', ''))
        || core.maintenance_daily_errors(s)
        || core.alert_ways_errors(s)
$$;

-- Names what was given but would change nothing: the default may be given to every kind.
create or replace function core.monitor_errors_meaning(given jsonb, kind text) returns jsonb
language sql stable as $$
    select coalesce(jsonb_object_agg(g.key, jsonb_build_array(
               'has no meaning for the monitor type ' || kind)), '{}')
      from jsonb_each(given) g
     where not core.kind_takes(kind, g.key)
       and g.value <> 'null' and g.value <> core.monitor_defaults(kind) -> g.key
       and g.value <> '""'
$$;
