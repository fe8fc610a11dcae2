-- Every kind of check, and the settings they need.

-- Named as the API's attributes are.  NULL is the default (core.monitor_defaults), so that the
-- functions of the release before can still write a row.
alter table betterstack.monitor
    add column port                   text,         -- '25,465,587'
    add column remember_cookies       boolean,
    add column proxy_host             text,
    add column proxy_port             integer,
    add column ssl_expiration         integer,      -- days
    add column domain_expiration      integer,      -- days
    add column expected_status_ranges text[],       -- '200-299', '404'
    add column assertions             jsonb,        -- [{source, property, operator, value}]
    add column degraded_threshold     integer,      -- ms
    add column auth_token             text,
    add column http_version           text,
    add column tls_mode               text,
    add column tls_min_version        text,
    add column client_certificate     text,         -- PEM
    add column client_key             text,         -- PEM; answered to nobody
    add column ca_certificates        text,         -- PEM
    add column ping_packets           integer,
    add column ping_loss_threshold    integer,      -- percent
    add column dns_record_type        text,
    add column dns_expected_answers   text[],
    add column grpc_service           text,
    add column database               text,
    drop constraint monitor_monitor_type_check,
    drop constraint monitor_request_timeout_check,
    add constraint monitor_monitor_type_check check (monitor_type in
        ('status', 'expected_status_code', 'keyword', 'keyword_absence', 'ping', 'tcp', 'udp',
         'smtp', 'pop', 'imap', 'dns', 'tls', 'websocket', 'grpc', 'redis', 'postgres', 'domain')),
    -- Seconds or milliseconds, as the API documents it: see core.timeout_is_ms.
    add constraint monitor_request_timeout_check check (
        case when monitor_type in ('ping', 'tcp', 'udp', 'smtp', 'pop', 'imap', 'dns', 'redis',
                                   'postgres')
             then request_timeout between 500 and 5000
             else request_timeout between 1 and 60 end);

-- What a reason is called for some kinds, where the words for all would be wrong or say less.  They
-- are used where an address was reached.
create table betterstack.failure_wording (
    reason       smallint not null references betterstack.failure_reason,
    monitor_type text not null,
    words        text not null,
    primary key (reason, monitor_type)
);

-- {protocol}, {detail}, {expiry} and {threshold} are new: core.failure_places.
update betterstack.failure_reason f set words = w.words
  from (values
    (35, 'The answer of {address} is not valid {protocol}'),
    (43, '{detail}'),
    (44, 'The certificate of {host} expires {expiry}'),
    (45, 'The answer took longer than {threshold}')) as w (id, words)
 where f.id = w.id;

insert into betterstack.failure_wording (reason, monitor_type, words) values
    ( 2, 'dns',  '{address} failed to look up {host} (SERVFAIL)'),
    ( 3, 'dns',  '{address} refused to look up {host} (REFUSED)'),
    ( 4, 'dns',  '{address} did not answer in time'),
    ( 5, 'dns',  '{address} knows no such record of {host}'),
    (10, 'udp',  'Nothing listens at {address} (UDP)'),
    (10, 'dns',  'Nothing listens at {address} (UDP)'),
    (11, 'ping', 'No ping was answered by {address}'),
    (31, 'udp',  '{address} did not answer in time'),
    (31, 'dns',  '{address} did not answer in time'),
    (41, 'tcp',  'The answer of {address} does not contain “{keyword}”'),
    (41, 'udp',  'The answer of {address} does not contain “{keyword}”');
