use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Kinds;
use BetterStack::Postgres;

# Kinds of monitors: what each takes, refuses, and hands to agents.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $json = JSON::PP->new->canonical->allow_nonref;
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $hub->person('ann');
$root->region($ann, 'local-a');
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);

sub create { return $hub->call('monitor_create', $ann, $json->encode($_[0])) }
sub update { return $hub->call('monitor_update', $ann, $_[0], $json->encode($_[1])) }
sub least { my ($kind, %more) = @_; return {%{$BetterStack::Kinds::LEAST{$kind}}, %more} }
sub spec { return $json->decode($root->value("select core.probe_spec(m) from betterstack.monitor m where id = $_[0]")) }
sub errors { my ($given) = @_; my ($status, $body) = create($given); return $body->{errors} // $status }

my @kinds = sort keys %BetterStack::Kinds::LEAST;
my %defaults;

# The least of each kind; then everything that it answers, sent back, is the same monitor.
for my $kind (@kinds) {
    my ($status, $body) = create(least($kind));
    is($status, 201, "$kind: the least is enough") or diag explain $body;
    my $got = $body->{data}{attributes};
    $defaults{$kind} = $got;
    my %full = %$got;
    delete @full{qw(status state status_since failure_reason failure_text suppressed_by maintenance_until last_checked_at paused_at created_at updated_at
        team_name region_states client_key_set certificate_expires_at domain_expires_at)};
    ($status, my $again) = create(\%full);
    is($status, 201, "$kind: a full body passes") or diag explain $again;
    delete @{$_->{data}{attributes}}{qw(created_at updated_at status_since)} for $body, $again;
    is_deeply($again->{data}{attributes}, $body->{data}{attributes}, 'and means the same');
    cmp_ok($root->value("select octet_length(spec) from betterstack.monitor where id = $body->{data}{id}"), '<=', 300,
        'and its job is small');
}
is_deeply([map { $defaults{$_}{request_timeout} } qw(status websocket grpc tls domain)], [(15) x 5], 'timeouts: seconds');
is_deeply([map { $defaults{$_}{request_timeout} } qw(ping tcp udp smtp pop imap dns redis postgres)], [(5000) x 9],
    'or milliseconds');
is($defaults{dns}{pronounceable_name}, '192.0.2.53', 'a name without a URL');

# Kind by attribute.
for my $kind (@kinds) {
    my (@wrong, @lost);
    for my $name (sort keys %BetterStack::Kinds::TAKES) {
        my $entry = $BetterStack::Kinds::TAKES{$name};
        my ($status, $body) = create(least($kind, $name => $entry->[0]));
        if (BetterStack::Kinds::takes($kind, $entry)) {
            push @wrong, "$name: " . $json->encode($body->{errors}) if $status != 201;
            my $got = $body->{data}{attributes}{$name};
            delete $_->{id} for $name eq 'request_headers' ? @{$got // []} : ();
            push @lost, $name if $json->encode($got) ne $json->encode($entry->[0]);
        } else {
            push @wrong, "$name: $status" if $json->encode($body->{errors})
                ne $json->encode({$name => ["has no meaning for the monitor type $kind"]});
        }
    }
    for my $name (sort keys %BetterStack::Kinds::TAKES_TOGETHER) {
        my $entry = $BetterStack::Kinds::TAKES_TOGETHER{$name};
        my ($status, $body) = create(least($kind, %{$entry->[0]}));
        my $wanted = BetterStack::Kinds::takes($kind, $entry) ? undef
            : {map { $_ => ["has no meaning for the monitor type $kind"] } keys %{$entry->[0]}};
        push @wrong, $name if $json->encode($body->{errors}) ne $json->encode($wanted);
    }
    is_deeply([\@wrong, \@lost], [[], []], "$kind: takes what means something to it, keeps it, and nothing else");
}

# Timeouts of the other unit, addresses of other kinds.
for my $kind (@kinds) {
    my $ms = $defaults{$kind}{request_timeout} == 5000;
    is_deeply(errors(least($kind, request_timeout => $ms ? 15 : 5000)), {request_timeout => [$ms
        ? "must be one of 500, 1000, 2000, 3000, 5000 milliseconds for the monitor type $kind"
        : 'must be one of 2, 3, 5, 10, 15, 30, 45, 60']}, "$kind: a timeout of the other unit is refused");
    is((create(least($kind, request_timeout => $ms ? 500 : 2)))[0], 201, 'the shortest is not');
}
my $http = 'must start with http:// or https://';
my @addresses = (
    [status => 'example.com', $http], [status => 'wss://example.com/', $http],
    [websocket => 'ftp://example.com/', 'must start with wss://, ws://, https:// or http://'],
    [websocket => 'wss://u:p@example.com/',
        'must not contain a user name or password: use auth_username and auth_password'],
    [tcp => 'tcp://example.com', 'must be a host without “tcp://”'],
    [tcp => 'example.com/x', 'must be a host, perhaps with a port, and nothing else'],
    [tcp => 'u@example.com', 'must be a host, perhaps with a port, and nothing else'],
    [tcp => "example.com\r\nQUIT", 'must not contain control characters'],
    [tcp => 'exa mple.com', 'must not contain spaces'], [tcp => '-x.example', 'has a host that is neither a name nor an address'],
    [tcp => 'example.com:0', 'has a port that is not between 1 and 65535'],
    [tcp => 'example.com:99999', 'has a port that is not between 1 and 65535'],
    [tcp => '[::1', 'has a host that is neither a name nor an address'],
    [tcp => ':25', 'must name a host'], [ping => 'example.com:80', 'must have no port: a ping has none'],
    [ping => '[::1]:80', 'must have no port: a ping has none'],
    [grpc => 'example.com', 'must name a port, like example.com:443'],
    [grpc => '2001:db8::1', 'has a port that is not between 1 and 65535'],
    [domain => '192.0.2.1', 'must be the name of a domain, like example.com'],
    [domain => 'localhost', 'must be the name of a domain, like example.com'],
    [domain => 'https://example.com', 'must be the name of a domain, like example.com'],
    [domain => 'exämple.com', 'contains “ä”: write names in their xn-- form, and the rest percent-encoded'],
);
is_deeply(errors(least($_->[0], url => $_->[1], $_->[0] eq 'tcp' ? (port => undef) : ()))->{url}, [$_->[2]],
    "$_->[0] " . $json->encode($_->[1]) . ": $_->[2]") for @addresses;
is((create(least('tcp', port => undef, url => $_)))[0], 201, "tcp $_")
    for 'example.com:22', '192.0.2.1:1', '[2001:db8::1]:22', 'under_score.example:65535';
is((create(least('ping', url => $_)))[0], 201, "ping $_") for '2001:db8::1', '::1', '[::1]', '192.0.2.1', 'localhost';

# The rest that is refused, with the words.
my $pem = BetterStack::Kinds::pem();
my @refused = (
    [least('tcp', port => undef), {port => 'is required for the monitor type tcp'}],
    [least('udp', port => undef), {port => 'is required for the monitor type udp'}],
    [least('tcp', url => 'example.com:1'), {port => 'is already in url'}],
    [least('tcp', port => 22), {port => 'must be a string, like "443" or "25,465,587"'}],
    [least('tcp', port => '22;23'), {port => 'must be a port, or several with commas between'}],
    [least('tcp', port => '22,22'), {port => 'must not name a port twice'}],
    [least('tcp', port => '0'), {port => 'must contain only ports between 1 and 65535'}],
    [least('tcp', port => join ',', 1 .. 11), {port => 'must have at most 10 entries'}],
    [least('udp', required_keyword => undef), {required_keyword => 'is required for the monitor type udp'}],
    [least('dns', request_body => undef), {request_body => 'is required for the monitor type dns: the name to ask for'}],
    [least('dns', request_body => "a\nb"), {request_body => 'must be the name to ask for, like example.com'}],
    [least('dns', dns_record_type => 'ANY'),
        {dns_record_type => 'must be one of A, AAAA, CNAME, MX, NS, TXT, SOA, PTR, SRV, CAA'}],
    [least('dns', dns_expected_answers => ['a', "b\nc"]),
        {dns_expected_answers => 'has an entry that must not contain control characters'}],
    [least('dns', dns_expected_answers => [1]), {dns_expected_answers => 'must be a list of strings'}],
    [least('dns', dns_expected_answers => [('a') x 21]), {dns_expected_answers => 'must have at most 20 entries'}],
    [least('ping', ping_packets => 0), {ping_packets => 'must be between 1 and 10'}],
    [least('ping', ping_loss_threshold => 101), {ping_loss_threshold => 'must be between 0 and 100'}],
    [least('expected_status_code', expected_status_codes => []),
        {expected_status_codes => 'is required for the monitor type expected_status_code'}],
    (map { [least('expected_status_code', expected_status_ranges => [$_]),
        {expected_status_ranges => 'must contain only codes and ranges, like "404" and "200-299"'}] }
        '2xx', '299-200', '200-', '600', 200, '200-299-300'),
    [least('status', degraded_threshold => 0), {degraded_threshold => 'must be between 1 and 60000, or null'}],
    [least('status', auth_token => "a\r\nX: y"), {auth_token => 'must not contain control characters'}],
    [least('status', auth_token => 'a b'), {auth_token => 'must be letters, digits and signs only'}],
    [least('status', auth_token => 'a', auth_username => 'b'), {auth_token => 'cannot be combined with auth_username'}],
    [least('status', proxy_host => 'p'), {proxy_port => 'is required together with proxy_host'}],
    [least('status', proxy_port => 1), {proxy_host => 'is required together with proxy_port'}],
    [least('status', proxy_host => 'p:1/', proxy_port => 1),
        {proxy_host => 'must be a host name or an address; the port belongs to proxy_port'}],
    [least('status', http_version => '3'), {http_version => 'must be one of 1.1, 2, or null'}],
    [least('status', http_version => 2), {http_version => 'must be one of 1.1, 2, or null'}],
    [least('status', tls_min_version => 'ssl3'), {tls_min_version => 'must be one of 1.0, 1.1, 1.2, 1.3, or null'}],
    [least('smtp', tls_mode => 'ftp'), {tls_mode => 'must be one of none, direct, starttls, or null'}],
    [least('tls', tls_mode => 'none'), {tls_mode => 'must be one of direct, smtp, imap, pop3, ftp, postgres, or null'}],
    [least('redis', tls_mode => 'starttls'), {tls_mode => 'must be one of none, direct, or null'}],
    [least('redis', database => 'x'), {database => 'must be a number, as a string, for the monitor type redis'}],
    [least('grpc', grpc_service => 'a b'), {grpc_service => 'must be the name of a service, like package.Service'}],
    [least('status', ssl_expiration => 5), {ssl_expiration => 'must be one of 1, 2, 3, 7, 14, 30, 60, or null'}],
    [least('status', ssl_expiration => -1), {ssl_expiration => 'must be one of 1, 2, 3, 7, 14, 30, 60, or null'}],
    [least('status', client_certificate => $pem), {client_key => 'is required together with client_certificate'}],
    [least('status', client_key => BetterStack::Kinds::key()),
        {client_certificate => 'is required together with client_key'}],
    (map { [least('status', ca_certificates => $_),
        {ca_certificates => 'must be PEM: -----BEGIN CERTIFICATE----- and so on'}] }
        'x', "$pem\nrm -rf", BetterStack::Kinds::key(), "-----BEGIN CERTIFICATE-----\n\$(x)\n-----END CERTIFICATE-----"),
    [least('status', ca_certificates => join "\n", ($pem) x 21), {ca_certificates => 'must have at most 20 blocks'}],
    [least('status', ca_certificates => 'x' x 32769), {ca_certificates => 'must be at most 32768 characters long'}],
    [least('status', client_certificate => $pem, client_key => "-----BEGIN ENCRYPTED PRIVATE KEY-----\nTQ==\n-----END ENCRYPTED PRIVATE KEY-----"),
        {client_key => 'must not be encrypted: there is nobody to type a password'}],
    [least('status', assertions => [('x') x 2]), {assertions => 'must be a list of objects'}],
    (map { my ($assertion, $message) = @$_; [least('status', assertions => [$assertion]), {assertions => $message}] }
        [{source => 'cookie'}, 'must have one of the sources header, json, body'],
        [{source => 'body', operator => 'equals', value => 'x'},
            'must have one of the operators contains, not_contains, matches, not_matches for the source body'],
        [{source => 'body', property => 'x', operator => 'contains', value => 'x'}, 'take no property with the source body'],
        [{source => 'body', operator => 'contains', value => ''}, 'need a value for contains'],
        [{source => 'header', property => 'a b', operator => 'exists'},
            'need the name of a header as the property of a header'],
        [{source => 'json', property => ' ', operator => 'exists'},
            'need a jq expression, like .status, as the property of json'],
        [{source => 'json', property => '.a', operator => 'greater_than', value => 'x'},
            'need a number as the value of greater_than'],
        [{source => 'json', property => '.a', operator => 'exists', value => 'x'}, 'take no value with the operator exists'],
        [{source => 'json', property => 'x' x 1025, operator => 'exists'},
            'have a property that must be at most 1024 characters long'],
        [{source => 'json', property => '.a', operator => 'exists', more => 1},
            'must have no members but source, property, operator and value']),
    [least('status', assertions => [({source => 'json', property => '.a', operator => 'exists'}) x 21]),
        {assertions => 'must have at most 20 entries'}],
    [least('status', ca_certificates => "-----BEGIN CERTIFICATE-----\n" . 'A' x 32000 . "\n-----END CERTIFICATE-----",
        client_certificate => "-----BEGIN CERTIFICATE-----\n" . 'A' x 16000 . "\n-----END CERTIFICATE-----",
        client_key => BetterStack::Kinds::key(), http_method => 'post', request_body => 'x' x 16000),
        {ca_certificates => 'are too large together with request_body'}],
);
for my $case (@refused) {
    my ($given, $wanted) = @$case;
    is_deeply(errors($given), {map { $_ => [$wanted->{$_}] } keys %$wanted},
        "$given->{monitor_type}: " . join '; ', map { "$_ $wanted->{$_}" } sort keys %$wanted);
}

# Whatever the types are, there is an answer and no exception.
my @values = (undef, $yes, 0, -1, 1.5, '', 'x', [], [undef], [{}], [{source => 'json', property => []}], {}, {id => {}});
my @raised;
for my $kind (qw(status dns tcp udp smtp redis)) {
    for my $name (sort(keys %BetterStack::Kinds::TAKES), qw(proxy_host proxy_port client_certificate client_key)) {
        for my $value (@values) {
            my $text = $json->encode(least($kind, $name => $value));
            my $error = $hub->error("select api.monitor_create('$ann', " . BetterStack::Postgres::quote($text) . ')');
            push @raised, "$text: $error" if defined $error;
        }
    }
}
is_deeply(\@raised, [], 'no value of any type makes a statement raise');

# A private key is answered to nobody.
my ($status, $body, undef, $event) = create(least('status', client_certificate => $pem, client_key => BetterStack::Kinds::key()));
my $id = $body->{data}{id};
is($body->{data}{attributes}{client_key_set}, $yes, 'a client key is there');
for my $text ($json->encode($body), $json->encode($event), $json->encode(($hub->call('monitor_get', $ann, $id))[1]),
    $json->encode(($hub->call('monitor_list', $ann, '{}'))[1]), $root->value("select doc from betterstack.monitor where id = $id")) {
    unlike($text, qr/PRIVATE KEY/, 'and nowhere to be read');
}
is(spec($id)->{key}, BetterStack::Kinds::key(), 'but by agents');
update($id, {pronounceable_name => 'x'});
is(spec($id)->{key}, BetterStack::Kinds::key(), 'an update without it keeps it');
($status, $body) = update($id, {client_certificate => undef});
is_deeply([$status, $body->{data}{attributes}{client_key_set}, exists spec($id)->{key}], [200, $no, ''],
    'it goes with its certificate');

# A change of kind: what means nothing any more goes, units are the new kind's.
($status, $body) = create(least('status', follow_redirects => $no, request_timeout => 30, auth_username => 'u',
    request_headers => [{name => 'A', value => 'b'}], ip_version => 'ipv4'));
$id = $body->{data}{id};
($status, $body) = update($id, {monitor_type => 'ping', url => 'example.com'});
is($status, 200, 'another kind') or diag explain $body;
is_deeply([@{$body->{data}{attributes}}{qw(follow_redirects request_timeout auth_username request_headers ip_version)}],
    [$yes, 5000, undef, [], 'ipv4'], 'takes along what it can');
($status, $body) = update($id, {monitor_type => 'tcp', verify_ssl => $no});
is_deeply($body->{errors}, {port => ['is required for the monitor type tcp']}, 'and needs what it needs');

# What agents get.
my @specs = (
    [least('expected_status_code', expected_status_codes => [204, 301], expected_status_ranges => ['400-499', '503']),
        {expected => [204, 301, [400, 499], 503]}],
    [least('tcp', port => '22, 23', request_body => 'hi', required_keyword => 'ho', request_timeout => 500,
        tls_mode => 'smtp'), {ports => [22, 23], body => 'hi', keyword => 'ho', timeout => 500, tls => 'smtp'}],
    [least('status', assertions => [{source => 'header', property => 'X-A', operator => 'exists'},
        {source => 'json', property => '.a', operator => 'greater_than', value => 5}],
        degraded_threshold => 300, auth_token => 't', remember_cookies => $no, proxy_host => 'p.example',
        proxy_port => 3128, http_version => '1.1', tls_min_version => '1.3', ssl_expiration => 7, ip_version => 'ipv6'),
        {assertions => [['header', 'X-A', 'exists', ''], ['json', '.a', 'greater_than', '5']], degraded => 300,
        bearer => 't', cookies => $no, proxy => 'http://p.example:3128', http_version => 1, tls_min => 13,
        expiry_days => 7, ip => 6}],
    [least('ping', ping_packets => 5, ping_loss_threshold => 0), {packets => 5, loss_max => 0}],
    [least('dns', dns_record_type => 'MX', dns_expected_answers => ['10 a.example']),
        {body => 'example.com', record => 'MX', answers => ['10 a.example']}],
    [least('grpc', grpc_service => 'a.B', ca_certificates => "$pem\r\n"), {service => 'a.B', ca => $pem}],
    [least('redis', database => '3', auth_password => 'p', verify_ssl => $no),
        {database => '3', password => 'p', verify => $no}],
    [least('domain', domain_expiration => 60), {expiry_days => 60}],
);
for my $case (@specs) {
    my ($given, $wanted) = @$case;
    my ($code, $made) = create($given);
    my $got = spec($made->{data}{id});
    is(delete $got->{$_}, $given->{$_ eq 'type' ? 'monitor_type' : $_}, "$given->{monitor_type}: $_") for qw(type url);
    is(delete $got->{interval}, 30000, 'interval');
    delete $got->{timeout} if !exists $wanted->{timeout};
    is_deeply($got, $wanted, 'and the rest');
}

# The dashboard's table of kinds says the same.
SKIP: {
    my $table = `node -e "import('@{[$db->root]}/html/js/model/kinds.js').then(({ TAKES, timeoutsOf, timeoutDefault, tlsModesOf, tileOf, KINDS }) => console.log(JSON.stringify({ TAKES, timeoutsOf: Object.fromEntries(process.argv.slice(1).map((one) => [one, timeoutsOf(one)])), usual: Object.fromEntries(process.argv.slice(1).map((one) => [one, timeoutDefault(one)])), tls: Object.fromEntries(process.argv.slice(1).map((one) => [one, tlsModesOf(one).map(([mode]) => mode)])), known: process.argv.slice(1).filter((one) => KINDS[tileOf(one)]) })))" @kinds 2>/dev/null`;
    skip 'no node', 5 if $? != 0;
    my $page = $json->decode($table);
    my $sql = sub { return $json->decode($root->value("select coalesce(to_jsonb($_[0]), 'null')")) };
    my %takes = map { my $of = $sql->("core.attribute_kinds('$_')"); defined $of ? ($_ => [sort @$of]) : () }
        map { $_->[0] } @{$root->rows(q(select jsonb_object_keys(core.monitor_defaults('status'))))};
    is_deeply({map { $_ => [sort @{$page->{TAKES}{$_}}] } keys %{$page->{TAKES}}}, \%takes, 'attributes by kind');
    is_deeply($page->{timeoutsOf}, {map { $_ => $sql->("core.timeouts('$_')") } @kinds}, 'timeouts');
    is_deeply($page->{usual}, {map { $_ => $defaults{$_}{request_timeout} } @kinds}, 'and the usual one');
    is_deeply($page->{known}, \@kinds, 'every kind is offered');
    my %offered = map { my $kind = $_; $kind => [grep { length } @{$page->{tls}{$kind}}] }
        grep { BetterStack::Kinds::takes($_, $BetterStack::Kinds::TAKES{tls_mode}) } @kinds;
    my @unknown;
    for my $kind (sort keys %offered) {
        my %allowed = map { $_ => 1 } @{$sql->("core.tls_modes('$kind')")};
        push @unknown, map { "$kind $_" } grep { !$allowed{$_} } @{$offered{$kind}};
    }
    is_deeply(\@unknown, [], 'no TLS mode is offered that would be refused');
}

done_testing;
