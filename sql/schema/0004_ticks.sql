-- Every result, kept raw.  A tick's key is (monitor, region, slot); storing twice stores once.

-- The numbers of shared/bs_check.h, which are never reused.  `words` is a sentence; core.failure_text
-- fills in {host}, {address}, {http_status}, {expected}, {keyword} and {timeout}.
create table betterstack.failure_reason (
    id       smallint primary key,
    code     text not null unique,
    observer boolean not null,              -- tells about the agent, never counts against the target
    words    text not null
);

insert into betterstack.failure_reason (id, code, observer, words) values
    ( 1, 'dns_nxdomain',          false, 'The name {host} does not exist (NXDOMAIN)'),
    ( 2, 'dns_servfail',          false, 'The name servers of {host} failed to answer (SERVFAIL)'),
    ( 3, 'dns_refused',           false, 'The name server refused to look up {host} (REFUSED)'),
    ( 4, 'dns_timeout',           false, 'Looking up {host} took too long'),
    ( 5, 'dns_no_address',        false, 'The name {host} has no usable address'),
    (10, 'connect_refused',       false, 'Connection refused by {address}'),
    (11, 'connect_timeout',       false, 'No connection to {address} in time'),
    (12, 'connect_unreachable',   false, 'No route to {address}'),
    (13, 'connect_reset',         false, 'Connection reset by {address} while connecting'),
    (20, 'tls_handshake',         false, 'The TLS handshake with {address} failed'),
    (21, 'tls_expired',           false, 'The certificate of {host} has expired'),
    (22, 'tls_not_yet_valid',     false, 'The certificate of {host} is not valid yet'),
    (23, 'tls_hostname',          false, 'The certificate is not made out to {host}'),
    (24, 'tls_untrusted',         false, 'The certificate of {host} is not issued by a trusted authority'),
    (30, 'send_failed',           false, 'The request could not be sent to {address}'),
    (31, 'first_byte_timeout',    false, 'Connected to {address}, but no answer came in time'),
    (32, 'read_timeout',          false, 'The answer of {address} stopped halfway'),
    (33, 'total_timeout',         false, 'No complete answer within {timeout}'),
    (34, 'reset_mid_body',        false, 'Connection closed by {address} in the middle of the answer'),
    (35, 'protocol_error',        false, 'The answer of {address} is not valid HTTP'),
    (36, 'redirect_limit',        false, 'Too many redirects'),
    (37, 'body_too_large',        false, 'The answer is larger than the limit'),
    (40, 'status_unexpected',     false, 'Expected status {expected}, got {http_status}'),
    (41, 'keyword_missing',       false, 'The page does not contain “{keyword}”'),
    (42, 'keyword_present',       false, 'The page contains “{keyword}”'),
    (43, 'assertion_failed',      false, 'The answer is not as expected'),
    (44, 'certificate_expiring',  false, 'The certificate of {host} expires soon'),
    (45, 'too_slow',              false, 'The answer took too long'),
    (50, 'address_blocked',       false, 'The address {address} may not be probed: it is private or reserved'),
    (51, 'redirect_blocked',      false, 'A redirect leads to an address that may not be probed'),
    (52, 'regex_limit',           false, 'The pattern took too long to match'),
    (60, 'agent_uplink_down',     true,  'Not measured: the agent had no network'),
    (61, 'agent_dns_down',        true,  'Not measured: the agent could not resolve names'),
    (62, 'agent_overloaded',      true,  'Not measured: the agent was overloaded'),
    (63, 'agent_clock',           true,  'Not measured: the agent''s clock was wrong'),
    (64, 'agent_shutdown',        true,  'Not measured: the agent was shutting down'),
    (65, 'job_expired',           true,  'Not measured: the job came too late'),
    (66, 'not_run',               true,  'Not measured');

-- Widest columns first, nothing null: an ordinary tick has no null bitmap and no padding.
create table betterstack.tick (
    slot          timestamptz not null,
    monitor_id    integer not null,
    lateness_ms   integer not null,         -- checked_at - slot
    dns_us        integer not null,         -- -1: this phase was not reached
    connect_us    integer not null,
    tls_us        integer not null,
    first_byte_us integer not null,
    total_us      integer not null,
    region_id     smallint not null,
    http_status   smallint not null,        -- 0: none
    status        smallint not null,
    reason        smallint not null,
    attempts      smallint not null,
    address       text not null,            -- '': none
    evidence      text not null,            -- JSON, checked when it came in; '': none
    primary key (monitor_id, region_id, slot)
) partition by range (slot);
