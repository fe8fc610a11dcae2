-- What an agent needs to probe: SPEC of shared/bs_wire.h.  Absent keys have the agent's default, so
-- that an ordinary job stays small.

-- HTTP statuses, or pairs [from, to]; NULL: what is usual for the kind.
create or replace function core.probe_expected(m betterstack.monitor) returns jsonb
language sql stable as $$
    select case when m.monitor_type = 'expected_status_code' then to_jsonb(m.expected_status_codes)
           || coalesce((select jsonb_agg(case when r like '%-%'
                   then jsonb_build_array(split_part(r, '-', 1)::integer,
                                          split_part(r, '-', 2)::integer)
                   else to_jsonb(r::integer) end order by place)
                          from unnest(m.expected_status_ranges) with ordinality t (r, place)),
                       '[]') end
$$;

create or replace function core.probe_headers(headers jsonb) returns jsonb
language sql stable as $$
    select jsonb_agg(jsonb_build_array(h -> 'name', h -> 'value') order by place)
      from jsonb_array_elements(headers) with ordinality t (h, place)
$$;

create or replace function core.probe_assertions(assertions jsonb) returns jsonb
language sql stable as $$
    select jsonb_agg(jsonb_build_array(a -> 'source', a -> 'property', a -> 'operator',
                                       a -> 'value') order by place)
      from jsonb_array_elements(assertions) with ordinality t (a, place)
$$;

create or replace function core.probe_spec(m betterstack.monitor) returns jsonb
language sql stable as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'type', m.monitor_type, 'url', m.url,
        'timeout', core.timeout_ms(m.monitor_type, m.request_timeout),
        'interval', m.check_frequency * 1000,
        'ports', to_jsonb(core.ports(m.port)),
        'method', nullif(upper(m.http_method), 'GET'),
        'headers', core.probe_headers(m.request_headers),
        'body', m.request_body, 'username', m.auth_username, 'password', m.auth_password,
        'bearer', m.auth_token, 'expected', core.probe_expected(m), 'keyword', m.required_keyword,
        'assertions', core.probe_assertions(m.assertions),
        'degraded', m.degraded_threshold,
        'redirects', nullif(m.follow_redirects, true),
        'cookies', nullif(m.remember_cookies, true),
        'proxy', 'http://' || m.proxy_host || ':' || m.proxy_port,
        'http_version', case m.http_version when '1.1' then 1 when '2' then 2 end,
        'ip', case m.ip_version when 'ipv4' then 4 when 'ipv6' then 6 end,
        'verify', nullif(m.verify_ssl, true), 'tls', m.tls_mode,
        'tls_min', replace(m.tls_min_version, '.', '')::integer,
        'certificate', m.client_certificate, 'key', m.client_key, 'ca', m.ca_certificates,
        'expiry_days', case when m.monitor_type = 'domain' then m.domain_expiration
                            else m.ssl_expiration end,
        -- Of a website only the date is wanted: whether it is near is core.expiry_seen's to say.
        'domain_end', case when m.monitor_type <> 'domain' and m.domain_expiration is not null
                           then true end,
        'packets', nullif(m.ping_packets, 3), 'loss_max', nullif(m.ping_loss_threshold, 100),
        'record', nullif(m.dns_record_type, 'A'),
        'answers', to_jsonb(nullif(m.dns_expected_answers, '{}')),
        'service', m.grpc_service, 'database', m.database))
$$;
