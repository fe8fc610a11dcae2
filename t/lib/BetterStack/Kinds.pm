package BetterStack::Kinds;

# The kinds of monitors as a client sees them, written down apart from the SQL that they test: the
# least body of each, and which attribute each of them takes.

use strict;
use warnings;

use JSON::PP ();

my $pem = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----";
my $key = "-----BEGIN PRIVATE KEY-----\nTUlJQg==\n-----END PRIVATE KEY-----";
my $no = JSON::PP::false;

# kind => the least that creates one
our %LEAST = (
    status               => {url => 'https://example.com/'},
    expected_status_code => {url => 'https://example.com/', expected_status_codes => [204]},
    keyword              => {url => 'https://example.com/', required_keyword => 'x'},
    keyword_absence      => {url => 'https://example.com/', required_keyword => 'x'},
    ping                 => {url => 'example.com'},
    tcp                  => {url => 'example.com', port => '22'},
    udp                  => {url => 'example.com', port => '9', required_keyword => 'x'},
    smtp                 => {url => 'example.com'},
    pop                  => {url => 'example.com'},
    imap                 => {url => 'example.com'},
    dns                  => {url => '192.0.2.53', request_body => 'example.com'},
    tls                  => {url => 'example.com'},
    websocket            => {url => 'wss://example.com/socket'},
    grpc                 => {url => 'example.com:50051'},
    redis                => {url => 'example.com'},
    postgres             => {url => 'example.com'},
    domain               => {url => 'example.com'},
);
$LEAST{$_}{monitor_type} = $_ for keys %LEAST;

my @http = qw(status expected_status_code keyword keyword_absence);
my @tls = (@http, qw(tcp smtp pop imap tls websocket grpc redis postgres));

# attribute => [a value that is not the default, the kinds that take it]
our %TAKES = (
    http_method            => ['post', @http],
    request_body           => ['example.org', @http, qw(tcp udp dns)],
    request_headers        => [[{name => 'A', value => 'b'}], @http, qw(websocket grpc)],
    auth_username          => ['ann', @http, qw(websocket smtp pop imap redis postgres)],
    auth_password          => ['secret', @http, qw(websocket smtp pop imap redis postgres)],
    auth_token             => ['abc.def-123', @http, qw(websocket grpc)],
    expected_status_codes  => [[204], 'expected_status_code'],
    expected_status_ranges => [['200-204', '404'], 'expected_status_code'],
    required_keyword       => ['word', qw(keyword keyword_absence tcp udp)],
    assertions             => [[{source => 'json', property => '.a', operator => 'equals', value => '1'}], @http],
    degraded_threshold     => [250, keys %LEAST],
    follow_redirects       => [$no, @http],
    remember_cookies       => [$no, @http],
    http_version           => ['2', @http],
    ip_version             => ['ipv6', grep { $_ ne 'domain' } keys %LEAST],
    port                   => ['1234', qw(tcp udp smtp pop imap dns tls redis postgres)],
    verify_ssl             => [$no, @tls],
    tls_mode               => ['direct', qw(tcp smtp pop imap tls grpc redis postgres)],
    tls_min_version        => ['1.2', @tls],
    ca_certificates        => [$pem, @tls],
    ssl_expiration         => [14, @tls],
    domain_expiration      => [30, @http, 'domain'],
    ping_packets           => [5, 'ping'],
    ping_loss_threshold    => [20, 'ping'],
    dns_record_type        => ['MX', 'dns'],
    dns_expected_answers   => [['192.0.2.1'], 'dns'],
    grpc_service           => ['a.B', 'grpc'],
    database               => ['5', qw(redis postgres)],
);

# These go together.
our %TAKES_TOGETHER = (
    proxy  => [{proxy_host => 'proxy.example', proxy_port => 3128}, @http],
    client => [{client_certificate => $pem, client_key => $key}, @tls],
);

sub takes {
    my ($kind, $entry) = @_;
    my (undef, @kinds) = @$entry;
    return scalar grep { $_ eq $kind } @kinds;
}

sub pem { return $pem }
sub key { return $key }

1;
