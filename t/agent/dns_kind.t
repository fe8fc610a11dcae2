# Monitors of name servers: what is asked of them, how answers are read and
# compared, and what they may do wrong.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check free_port);
use BetterStack::Agent::Dns;
use BetterStack::Agent::NameServer qw(message rr name address text);
use Test::More;

my $long = join ' ', 'v=spf1', map { "ip4:192.0.2.$_" } 1 .. 120;
my %tries;

my %zone = (
    'www.good.test A' => sub { message($_[0], rr('www.good.test', 'A', 300, address('192.0.2.1')),
        rr('www.good.test', 'A', 60, address('192.0.2.2'))) },
    'www.good.test AAAA' => sub { message($_[0], rr('www.good.test', 'AAAA', 60, address('2001:db8::1'))) },
    'alias.good.test A' => sub { message($_[0], rr('alias.good.test', 'CNAME', 60, name('WWW.good.test')),
        rr('www.good.test', 'A', 60, address('192.0.2.1')), rr('other.test', 'A', 60, address('192.0.2.9'))) },
    'alias.good.test CNAME' => sub { message($_[0], rr('alias.good.test', 'CNAME', 60, name('WWW.good.test'))) },
    'good.test MX' => sub { message($_[0], rr('good.test', 'MX', 60, pack('n', 10) . name('Mail.good.test'))) },
    'good.test NS' => sub { message($_[0], rr('good.test', 'NS', 60, name('ns1.good.test'))) },
    'good.test TXT' => sub { message($_[0], rr('good.test', 'TXT', 60, text('v=spf1 ', '-all'))) },
    'good.test SOA' => sub { message($_[0], rr('good.test', 'SOA', 60, name('ns1.good.test') . name('root.good.test')
        . pack 'N5', 2024010101, 7200, 3600, 1209600, 300)) },
    'good.test CAA' => sub { message($_[0], rr('good.test', 'CAA', 60, pack('C', 0) . text('issue') . 'letsencrypt.org')) },
    '_sip._tcp.good.test SRV' => sub { message($_[0], rr('_sip._tcp.good.test', 'SRV', 60,
        pack('n3', 1, 2, 5060) . name('sip.good.test'))) },
    '1.2.0.192.in-addr.arpa PTR' => sub { message($_[0], rr('1.2.0.192.in-addr.arpa', 'PTR', 60, name('www.good.test'))) },
    'long.good.test TXT' => sub { $_[3] ? message($_[0], rr('long.good.test', 'TXT', 60, text(unpack '(A250)*', $long)))
        : message($_[0], {truncated => 1}) },
    'empty.test A' => sub { message($_[0]) },
    'nxdomain.test A' => sub { message($_[0], {rcode => 3}) },
    'servfail.test A' => sub { message($_[0], {rcode => 2}) },
    'refused.test A' => sub { message($_[0], {rcode => 5}) },
    'notimp.test A' => sub { message($_[0], {rcode => 4}) },
    'silent.test A' => sub { return },
    'second.test A' => sub { $tries{$_[1]}++ ? message($_[0], rr('second.test', 'A', 60, address('192.0.2.1'))) : undef },
    # hostile
    'stranger.test A' => sub { message($_[0], rr('bank.test', 'A', 60, address('192.0.2.66'))) },
    'wrongid.test A' => sub { message($_[0], {id => unpack('n', $_[0]) ^ 1}, rr('wrongid.test', 'A', 60, address('192.0.2.66'))) },
    'short.test A' => sub { substr message($_[0], rr('short.test', 'A', 60, address('192.0.2.1'))), 0, -3 },
    'count.test A' => sub { message($_[0], {count => 65535}, rr('count.test', 'A', 60, address('192.0.2.1'))) },
    'loop.test A' => sub { message($_[0], {count => 1}, "\xc0" . chr(12 + length(name('loop.test')) + 4)
        . pack('nnNn', 1, 1, 60, 4) . address('192.0.2.1')) },
    'ring.test A' => sub { message($_[0], rr('ring.test', 'CNAME', 60, name('gnir.test')), rr('gnir.test', 'CNAME', 60, name('ring.test'))) },
    'badlen.test A' => sub { message($_[0], rr('badlen.test', 'A', 60, "\1\2\3")) },
    'garbage.test A' => sub { ("\0" x 5, "\xff" x 400, '') },
    'zero.test TXT' => sub { message($_[0], rr('zero.test', 'TXT', 60, text("a\0b\e[31m"))) },
    'many.test A' => sub { $_[3] ? message($_[0], map { rr('many.test', 'A', 60, pack 'C4', 192, 0, 2, $_ % 256) } 1 .. 1500)
        : message($_[0], {truncated => 1}) },
    'texts.test TXT' => sub { $_[3] ? message($_[0], map { rr('texts.test', 'TXT', 60, text("text $_ " . 'x' x 100)) } 1 .. 100)
        : message($_[0], {truncated => 1}) },
    'drip.test A' => sub { $_[3] ? \pack('n', 60000) : message($_[0], {truncated => 1}) },
);

my $handler = sub {
    my ($query, $name, $type, $tcp) = @_;
    my $behave = $zone{lc($name) . " $type"} // sub { message($_[0], {rcode => 3}) };
    return $behave->($query, $name, $type, $tcp);
};
my $server = BetterStack::Agent::NameServer->new($handler);
my $port = $server->port;

sub ask {
    my ($name, $record, @options) = @_;
    return scalar check('--type', 'dns', '--timeout', 2, '--send', $name, '--record', $record, @options, "127.0.0.1:$port");
}

# ---- answers of every type ----
{
    my $result = ask('www.good.test', 'A');
    is $result->{status}, 'up', 'an A record' or diag $result->{detail};
    is_deeply $result->{measured}{answers}, ['192.0.2.1', '192.0.2.2'], 'both addresses';
    is $result->{measured}{ttl_s}, 60, 'the shorter life';
    is $result->{measured}{rcode}, 'NOERROR', 'the code';
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'the time of the answer';
}
my @cases = (
    ['www.good.test', 'AAAA', '2001:db8::1', ['2001:DB8:0:0:0:0:0:1']],
    ['alias.good.test', 'A', '192.0.2.1', ['192.0.2.1']],
    ['alias.good.test', 'CNAME', 'www.good.test', ['WWW.Good.Test.', 'www.good.test']],
    ['good.test', 'MX', '10 mail.good.test', ['10 mail.good.test.', 'MAIL.good.test', '10  mail.good.test']],
    ['good.test', 'NS', 'ns1.good.test', ['NS1.good.test.']],
    ['good.test', 'TXT', 'v=spf1 -all', ['v=spf1 -all', '"v=spf1 " "-all"', '"v=spf1 -all"']],
    ['good.test', 'SOA', 'ns1.good.test root.good.test 2024010101 7200 3600 1209600 300',
        ['ns1.good.test. root.good.test. 2024010101 7200 3600 1209600 300']],
    ['good.test', 'CAA', '0 issue letsencrypt.org', ['0 issue "letsencrypt.org"', '0 issue letsencrypt.org']],
    ['_sip._tcp.good.test', 'SRV', '1 2 5060 sip.good.test', ['1 2 5060 sip.good.test.', 'sip.good.test']],
    ['192.0.2.1', 'PTR', 'www.good.test', ['www.good.test']],
    ['WWW.GOOD.TEST.', 'A', '192.0.2.1', ['192.0.2.2', '192.0.2.1']],
);
for my $case (@cases) {
    my ($name, $record, $answer, $expected) = @$case;
    my $result = ask($name, $record, map { ('--answer', $_) } @$expected);
    is $result->{status}, 'up', "$name $record is as expected, however it is spelled" or diag $result->{detail};
    is $result->{measured}{answers}[0], $answer, "$name $record";
}
is_deeply ask('alias.good.test', 'A')->{measured}{answers}, ['192.0.2.1'], 'what belongs to another name does not count';
for my $case (['www.good.test', 'A', '192.0.2.3'], ['good.test', 'TXT', 'V=SPF1 -ALL'], ['good.test', 'MX', '20 mail.good.test']) {
    my $result = ask($case->[0], $case->[1], '--answer', $case->[2]);
    is $result->{reason}, 'assertion_failed', "$case->[2] is not there";
    like $result->{detail}, qr/^"\Q$case->[2]\E" is not among the \d $case->[1] records of \Q$case->[0]\E/, 'in words';
}

# ---- TCP when the answer is truncated ----
{
    my $result = ask('long.good.test', 'TXT', '--answer', $long);
    is $result->{status}, 'up', 'a long text comes whole' or diag $result->{detail};
    is_deeply [grep { /long/ } $server->asked], ['udp long.good.test TXT', 'tcp long.good.test TXT'], 'by TCP';
}

# ---- failures ----
my %reason = ('nxdomain.test' => 'dns_nxdomain', 'servfail.test' => 'dns_servfail', 'refused.test' => 'dns_refused',
    'notimp.test' => 'dns_servfail', 'empty.test' => 'dns_no_address', 'silent.test' => 'dns_timeout');
for my $name (sort keys %reason) {
    my $result = ask($name, 'A');
    is $result->{reason}, $reason{$name}, "$name: $reason{$name}";
    is $result->{status}, 'down', "$name is down";
    cmp_ok $result->{phases_us}{total}, '<', 2_500_000, "$name: within the deadline";
}
like ask('nxdomain.test', 'A')->{detail}, qr/^127\.0\.0\.1:$port answers NXDOMAIN for nxdomain\.test$/, 'in words';
is ask('servfail.test', 'A')->{measured}{retries}, 0, 'a failure is an answer, not asked again';
is ask('second.test', 'A')->{status}, 'up', 'a lost packet is sent again';
is check('--type', 'dns', '--timeout', 2, '--send', 'a.test', '127.0.0.1:' . free_port())->{reason}, 'connect_refused',
    'nobody listens';

# ---- settings ----
is check('--type', 'dns', "127.0.0.1:$port")->{reason}, 'not_run', 'without a name nothing is asked';
is ask('a' x 70 . '.test', 'A')->{reason}, 'not_run', 'nor for a name that cannot be';
is ask('www.good.test', 'A', '--expect', '0.2.2')->{status}, 'up', 'a keyword in an answer';
is ask('www.good.test', 'A', '--expect', '0.2.3')->{reason}, 'keyword_missing', 'in none';

# ---- the server may be a name ----
{
    my $dns = BetterStack::Agent::Dns->new({'ns.test' => {A => ['127.0.0.1']}, 'inside.test' => {A => ['10.0.0.1']}});
    my @options = ('--type', 'dns', '--timeout', 2, '--send', 'www.good.test', '--resolvers', $dns->server);
    my $result = check(@options, "ns.test:$port");
    is $result->{status}, 'up', 'a server with a name';
    is $result->{address}, '127.0.0.1', 'is looked up';
    cmp_ok $result->{phases_us}{dns}, '>', 0, 'which is measured apart';
    is check(@options, "inside.test:$port")->{reason}, 'address_blocked', 'and judged';
    is check(@options, "10.0.0.1:$port")->{reason}, 'address_blocked', 'as addresses are';
}

# ---- hostile ----
is ask('stranger.test', 'A')->{reason}, 'dns_no_address', "another name's address is none";
is ask('wrongid.test', 'A')->{reason}, 'dns_timeout', 'an answer to another question is none';
like ask($_, 'A')->{reason}, qr/^(?:protocol_error|dns_timeout|dns_servfail|dns_no_address)$/, "$_ is survived"
    for qw(short.test count.test loop.test badlen.test garbage.test);
is ask('ring.test', 'A')->{reason}, 'dns_no_address', 'aliases in a ring';
is ask('many.test', 'A')->{status}, 'up', 'more records than are kept';
{
    my $result = ask('many.test', 'A', '--answer', '198.51.100.1');
    is $result->{reason}, 'body_too_large', 'among which may be what is expected';
    like $result->{detail}, qr/^"198\.51\.100\.1" is not among the first 256 A records of many\.test/, 'in words';
    is ask('texts.test', 'TXT', '--answer', 'text 90 ' . 'x' x 100)->{status}, 'up', 'a hundred texts are read';
}
{
    my $result = ask('drip.test', 'A');
    is $result->{reason}, 'dns_timeout', 'an announced length that never comes';
    cmp_ok $result->{phases_us}{total}, '<', 2_500_000, 'within the deadline';
    is ask('zero.test', 'TXT')->{status}, 'up', 'a text of odd bytes';
}

done_testing;
