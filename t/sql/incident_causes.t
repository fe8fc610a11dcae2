use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use BetterStack::Postgres;

# Why there is an incident: in words, and which failures have one visible cause.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my $bob = $root->person('bob');
my %region = map { $_ => $root->region($ann, $_) } qw(r1 r2 r3 r4);
my $start = int time;

sub iso { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($start + $_[0])) }
sub json { return BetterStack::Postgres::quote(JSON::PP->new->canonical->encode($_[0])) . '::jsonb' }
sub begin {
    my ($monitor, $kind, $second, $facts) = @_;
    return $root->value(sprintf q{select core.incident_begin(%s, '%s', '%s', true, %s)}, $monitor // 'null', $kind,
        iso($second), json($facts));
}
sub end_it { my ($id, $monitor, $second) = @_;
    $root->rows("select core.incident_end($id, $monitor, '" . iso($second) . "', 'recovered')") }
sub incident { return ($hub->call('incident_get', $_[1] // $ann, $_[0]))[1]{data}{attributes} }
sub cause { return incident($_[0])->{cause} }

# A failure with this reason, as so many regions see it.
my %words = (connect_refused => 'Connection refused by 192.0.2.1:443', connect_timeout => 'No connection to 192.0.2.1:443 in time',
    tls_expired => 'The certificate of example.com has expired', dns_nxdomain => 'The name example.com does not exist');
sub failure {
    my ($reason, $regions, %seen) = @_;
    return {reason => $reason, regions => [map { +{region => "r$_", reason => $reason,
        text => $words{$reason} // 'Something is wrong', address => '192.0.2.1', %seen} } 1 .. $regions]};
}
sub evidence { return (evidence => JSON::PP->new->canonical->encode({@_})) }
my $host = 0;
sub fresh { my (%more) = @_;
    return $root->monitor($more{by} // $ann, url => $more{url} // 'https://h' . ++$host . '.example/',
        map { $_ => $more{$_} } grep { !/^(by|url)$/ } keys %more) }

# ---- words ----

my $m = fresh(url => 'https://example.com/');
my $old = {subject => 'example.com', not_before => iso(-90 * 86400), not_after => iso(-3 * 3600)};
my $second = 0;
for my $slug (qw(r1 r2 r3 r4)) {
    $hub->report($region{$slug}, {monitor => $m, slot => $start * 1000});
}
sub words_of {
    my ($facts, $kind) = @_;
    my $id = begin($m, $kind // 'failure', ++$second, $facts);
    my $cause = cause($id);
    end_it($id, $m, $second);
    return $cause;
}
is(words_of(failure('tls_expired', 3, evidence(certificate => $old))),
    'TLS certificate of example.com expired 3 hours ago, seen from 3 of 4 regions', 'an expired certificate');
is(words_of(failure('connect_refused', 4)), 'Connection refused by 192.0.2.1:443, seen from all 4 regions', 'all regions');
is(words_of(failure('connect_refused', 1)), 'Connection refused by 192.0.2.1:443, seen from 1 of 4 regions', 'one of them');
my $mixed = failure('connect_refused', 2);
push @{$mixed->{regions}}, {region => 'r3', reason => 'connect_timeout', text => 'No connection'};
is(words_of($mixed), 'Connection refused by 192.0.2.1:443, seen from 2 of 4 regions; 1 more saw it fail otherwise',
    'not all for the same reason');
is(words_of({reason => 10, text => 'Connection refused'}), 'Connection refused', 'no region is told');
is(words_of({}), 'It does not work', 'nothing is told');
is(words_of({expires_at => iso(12 * 86400 + 60)}, 'certificate_expiry'), 'The TLS certificate of example.com expires in 12 days',
    'a certificate that expires');
is(words_of({expires_at => iso(3 * 3600)}, 'domain_expiry'), 'The domain example.com expires in 3 hours', 'a domain');
is(words_of(failure('tls_expired', 2, evidence(certificate => $old, redirects => ['https://www.example.org/x']))),
    'TLS certificate of www.example.org expired 3 hours ago, seen from 2 of 4 regions', 'where a redirect led');
my $alone = fresh(url => 'https://example.net/', regions => ['r1', 'r2']);
my $id = begin($alone, 'failure', 0, failure('connect_refused', 2));
is(cause($id), 'Connection refused by 192.0.2.1:443, seen from r1 and r2', 'two regions by name');
end_it($id, $alone, 1);
my $i = incident(begin($m, 'certificate_expiry', 900, {expires_at => iso(86400 * 7)}));
is(substr($i->{ssl_certificate_expires_at}, 0, 19) . 'Z', iso(86400 * 7), 'and when');
is($i->{domain_expires_at}, undef, 'no domain');
is($root->value("select core.expiry_in_words(timestamptz 'epoch' + interval '$_->[0]', 'epoch')"), $_->[1], $_->[0])
    for ['30 s', 'expires in less than two minutes'], ['-30 s', 'expired less than two minutes ago'], ['10 min', 'expires in 10 minutes'],
        ['-2 h', 'expired 2 hours ago'], ['24 h', 'expires in 24 hours'], ['71 h', 'expires in 2 days'];
is($root->value("select core.registrable_name('$_->[0]')"), $_->[1], $_->[0])
    for ['example.com', 'example.com'], ['a.b.example.com', 'example.com'], ['www.example.co.uk', 'example.co.uk'],
        ['co.uk', 'co.uk'], ['localhost', 'localhost'], ['WWW.Example.COM.', 'example.com'], ['x.com.au', 'x.com.au'];

# ---- one visible cause ----

my $at = 1000;
# Two monitors that fail like this, so many seconds apart: are they one incident?
sub together {
    my ($first, $second, %more) = @_;
    my ($a, $b) = map { fresh(%{$_->[1] // {}}) } $first, $second;
    $at += 1000;
    my $one = begin($a, 'failure', $at, $first->[0]);
    my $two = begin($b, 'failure', $at + ($more{after} // 10), $second->[0]);
    end_it($one, $a, $at + 600);
    end_it($two, $b, $at + 600);
    return $one == $two ? 1 : 0;
}
my ($refused, $timeout) = (failure('connect_refused', 2), failure('connect_timeout', 2));
is(together([$refused], [$refused]), 1, 'the same address and port refuses');
is(together([$refused], [$refused], after => 299), 1, 'within five minutes');
is(together([$refused], [$refused], after => 301), 0, 'not later');
is(together([$refused], [$timeout]), 0, 'another reason');
is(together([$refused], [$refused, {url => 'https://other.example:8443/'}]), 0, 'another port is another service');
is(together([$timeout], [$timeout, {url => 'https://other.example:8443/'}]), 1, 'a host that does not answer is one host');
is(together([$refused], [failure('connect_refused', 2, address => '192.0.2.2')]), 0, 'another address');
is(together([$refused], [$refused, {by => $bob}]), 0, 'another team');
is(together([failure('tls_expired', 1, evidence(certificate => $old))], [failure('tls_expired', 2, evidence(certificate => $old))]), 1,
    'the same certificate');
is(together([failure('tls_expired', 1, evidence(certificate => $old))],
    [failure('tls_expired', 1, evidence(certificate => {%$old, subject => 'other'}))]), 0, 'another certificate');
is(together([failure('tls_expired', 1)], [failure('tls_expired', 1)]), 0, 'certificates that nobody has seen');
is(together([failure('dns_servfail', 2, address => ''), {url => 'https://www.shop.example/'}],
    [failure('dns_servfail', 2, address => ''), {url => 'https://api.shop.example/'}]), 1, 'one domain whose servers fail');
is(together([failure('dns_servfail', 2, address => ''), {url => 'https://www.shop.example/'}],
    [failure('dns_nxdomain', 2, address => ''), {url => 'https://api.shop.example/'}]), 0, 'another answer');
is(together([failure('dns_servfail', 2, address => ''), {url => 'https://www.shop.co.uk/'}],
    [failure('dns_servfail', 2, address => ''), {url => 'https://www.other.co.uk/'}]), 0, 'a registry is not a domain');
is(together([failure('status_unexpected', 2)], [failure('status_unexpected', 2)]), 0, 'what a server answers is its own affair');
is(together([failure('connect_refused', 2, address => '')], [failure('connect_refused', 2, address => '')]), 0, 'no address');

my $parent = fresh();
$root->rows("update betterstack.monitor_state set since = '" . iso($at + 900) . "' where monitor_id = $parent");
my @children = map { {depends_on => [$parent + 0]} } 1, 2;
is(together([failure('status_unexpected', 1), $children[0]], [failure('keyword_missing', 1), $children[1]]), 1,
    'both depend on what has just changed');
$root->rows("update betterstack.monitor_state set status = 1, since = '" . iso(-86400) . "' where monitor_id = $parent");
is(together([failure('status_unexpected', 1), $children[0]], [failure('keyword_missing', 1), $children[1]]), 0,
    'not if that works');
$root->rows("update betterstack.monitor_state set status = 3 where monitor_id = $parent");
is(together([failure('status_unexpected', 1), $children[0]], [failure('keyword_missing', 1), $children[1]]), 1,
    'if it does not');

# ---- an incident of several ----

my @m = map { fresh(pronounceable_name => "M$_") } 1 .. 7;
my $ids = {map { begin($m[$_], 'failure', 90000 + $_, failure('connect_refused', 2, evidence(body => "b$_"))) => 1 } 0 .. 6};
is(scalar keys %$ids, 1, 'seven monitors, one incident');
($id) = keys %$ids;
$i = incident($id);
is($i->{name}, 'M1 and 6 more', 'named after the first');
is_deeply([map { $_->{name} } @{$i->{monitors}}], [map { "M$_" } 1 .. 7], 'all are listed');
is($i->{monitors_count}, 7, 'and counted');
is(scalar @{$i->{evidence}}, 10, 'evidence of the first five');
end_it($id, $m[$_], 91000 + $_) for 0 .. 5;
is(incident($id)->{status}, 'Started', 'open while one fails');
is(begin($m[0], 'failure', 90000 + 200, $refused), $id, 'one fails again meanwhile');
$i = incident($id);
is($i->{monitors_count}, 7, 'it is the same monitor');
is(scalar @{$i->{monitors}}, 8, 'with a second start of its own');
end_it($id, $m[0], 92000);
end_it($id, $m[6], 93000);
$i = incident($id);
is($i->{status}, 'Resolved', 'resolved with the last');
is(substr($i->{resolved_at}, 0, 19) . 'Z', iso(93000), 'at its time');
is_deeply([map { substr($_->{ended_at}, 0, 19) . 'Z' } grep { $_->{name} eq 'M2' } @{$i->{monitors}}], [iso(91001)],
    'each has its own end');
isnt(begin($m[1], 'failure', 93010, $refused), $id, 'a resolved incident is joined by nobody');

# Expiry, mass events: for the same thing they go on being one.
my $expiry = {expires_at => iso(86400 * 7)};
my ($a, $b) = (fresh(), fresh());
my $one = begin($a, 'certificate_expiry', 100000, $expiry);
is(begin($a, 'certificate_expiry', 103600, $expiry), $one, 'told every hour it is one');
is(begin($b, 'certificate_expiry', 103600, $expiry), $one, 'the same end is the same certificate');
isnt(begin($b, 'certificate_expiry', 103601, {expires_at => iso(86400 * 8)}), undef, 'another end');
my $mass = begin($a, 'mass', 200000, $timeout);
is(begin($b, 'mass', 200005, failure('dns_servfail', 1)), $mass, 'a mass event has room for every cause');
like(cause($mass), qr/^Many monitors fail at once; the first: No connection/, 'and says so');
is(incident($mass)->{name}, 'Many monitors', 'also by name');

done_testing;
