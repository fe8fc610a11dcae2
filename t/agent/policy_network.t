# The address policy where it counts: in a network of the test's own, in which
# every address leads somewhere, no kind of check sends a single packet to an
# address that may not be probed.  The kernel counts.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent::Namespace;
BEGIN { BetterStack::Agent::Namespace::enter() }

use BetterStack::Agent qw(check_text free_port);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Server qw(request answer);
use JSON::PP;
use Test::More;

# class => addresses
my %refused = (
    'the loopback' => [qw(127.0.0.1 127.255.255.254 ::1)],
    'unspecified' => [qw(0.0.0.0 0.1.2.3 ::)],
    'private' => [qw(10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd12:3456::1 fec0::1)],
    'link-local' => [qw(169.254.1.1 fe80::1)],
    'metadata' => [qw(169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254)],
    'carrier' => [qw(100.64.0.1 100.127.255.254)],
    'multicast and broadcast' => [qw(224.0.0.1 239.255.255.255 255.255.255.255 ff02::1 ff0e::1)],
    'documentation' => [qw(192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1)],
    'transition' => [qw(192.88.99.1 2002:a00:1::1 2001::1 64:ff9b:1::1)],
    'reserved' => [qw(198.18.0.1 198.19.255.255 240.0.0.1 192.0.0.1 100::1 5f00::1)],
    'mapped' => [qw(::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:10.0.0.1 ::10.0.0.1)],
    'NAT64' => [qw(64:ff9b::10.0.0.1 64:ff9b::169.254.169.254)],
);
my @addresses = map { @{$refused{$_}} } sort keys %refused;
my @spellings = qw(127.1 2130706433 0x7f000001 0177.0.0.1 017700000001 0x7F.1 167772161 0xa000001 012.0.0.1 10.1
    0xa9fea9fe 2852039166 0251.0376.0251.0376 0 0x0 00);

my @routes = map { BetterStack::Agent::Namespace::run('ip', @$_, 'route', 'add', 'default', 'dev', 'lo') } [], ['-6'];
BetterStack::Agent::Namespace::addresses('10.0.0.1/32', '192.168.1.1/32', '169.254.169.254/32', '192.0.2.1/32',
    'fd12:3456::1/128', '2001:db8::1/128', 'fd00:ec2::254/128');
plan skip_all => 'no routes here' if !$routes[0];
my $has_ipv6 = $routes[1];

# ---- what the kernel has sent ----

sub table {
    my ($file) = @_;
    open my $in, '<', $file or return {};
    my (%value, %names);
    while (<$in>) {
        if (/^(\w+): (.*)/ && $file !~ /6$/) {
            my ($group, @fields) = ($1, split ' ', $2);
            $names{$group} ? @value{map { "$group$_" } @{$names{$group}}} = @fields : ($names{$group} = \@fields);
        } elsif (/^(\w+)\s+(\d+)/) {
            $value{$1} = $2;
        }
    }
    return \%value;
}

sub packets {
    my ($four, $six) = (table('/proc/self/net/snmp'), table('/proc/self/net/snmp6'));
    return ($four->{IpOutRequests} // 0) + ($six->{Ip6OutRequests} // 0);
}

sub results {
    my ($options, @targets) = @_;
    my (undef, $out, $err) = check_text('--json', '--timeout', 1, '--parallel', 50, @$options, @targets);
    my @results = map { decode_json($_) } split /\n/, $out;
    diag "$err" if @results != @targets;
    return @results;
}

sub host { my ($address) = @_; return $address =~ /:/ ? "[$address]" : $address }

my $port = free_port();
my %kinds = (
    http => [sub { 'http://' . host($_[0]) . ":$port/" }],
    https => [sub { 'https://' . host($_[0]) . ":$port/" }],
    'http through a proxy' => [sub { 'http://93.184.216.34/' }, sub { ('--proxy', 'http://' . host($_[0]) . ":$port") }],
    websocket => [sub { 'ws://' . host($_[0]) . ":$port/" }],
    map({ my $type = $_; ($type => [sub { host($_[0]) . ":$port" }, sub { ('--type', $type) }]) }
        qw(tcp tls smtp imap pop grpc redis postgres)),
    udp => [sub { host($_[0]) . ":$port" }, sub { qw(--type udp --send hello) }],
    dns => [sub { host($_[0]) . ":$port" }, sub { qw(--type dns --send example.com) }],
    ping => [sub { host($_[0]) }, sub { qw(--type ping --packets 1) }],
    'smtp with STARTTLS' => [sub { host($_[0]) . ":$port" }, sub { qw(--type smtp --tls starttls) }],
);

# Several addresses are one run of the agent, unless each has options of its own.
sub probe {
    my ($kind, $options, @hosts) = @_;
    my ($target, $more) = @{$kinds{$kind}};
    return map { results([@$options, $more->($_)], $target->($_)) } @hosts if $kind =~ /proxy/;
    return results([@$options, $more ? $more->() : ()], map { $target->($_) } @hosts);
}

# ---- the counter counts ----
for my $kind (sort keys %kinds) {
    my $before = packets();
    probe($kind, ['--allow', '10.0.0.0/8'], '10.0.0.1');
    cmp_ok packets() - $before, '>', 0, "$kind: what is allowed is counted";
}

# ---- nothing goes where it may not ----
for my $kind (sort keys %kinds) {
    my @hosts = $kind =~ /proxy/ ? qw(127.0.0.1 10.0.0.1 169.254.169.254 ::1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 2130706433)
        : (@addresses, @spellings);
    my $before = packets();
    my @results = probe($kind, [], @hosts);
    is packets() - $before, 0, "$kind: no packet leaves";
    my @wrong = map { ($results[$_]{reason} // '') eq 'address_blocked' ? () : "$hosts[$_]: " . ($results[$_]{reason} // 'up') } 0 .. $#hosts;
    is_deeply \@wrong, [], "$kind: all @{[scalar @hosts]} are refused";
}

# ---- a wide range opens no metadata service, its own address does ----
for my $kind (sort grep { !/proxy/ } keys %kinds) {
    my $before = packets();
    my @metadata = (@{$refused{metadata}}, '::ffff:169.254.169.254', '64:ff9b::169.254.169.254');
    my @results = probe($kind, ['--allow', '0.0.0.0/0', '--allow', '::/0'], @metadata);
    is packets() - $before, 0, "$kind: no packet to a metadata service";
    is_deeply [map { $_->{reason} } @results], [('address_blocked') x @metadata], "$kind: though everything is allowed";
    $before = packets();
    probe($kind, ['--allow', '169.254.169.254'], '169.254.169.254');
    cmp_ok packets() - $before, '>', 0, "$kind: unless it is named";
}

# ---- names: every address of an answer is judged ----
my %names = map { my $address = $addresses[$_]; ("name$_.test" => {($address =~ /:/ ? 'AAAA' : 'A') => [$address]}) } 0 .. $#addresses;
my $dns = BetterStack::Agent::Dns->new({%names, 'half.test' => {A => ['10.0.0.1', '127.0.0.1', '192.168.1.1']},
    'turn.test' => {A => [['127.0.0.1'], ['10.0.0.1']], ttl => 0}});
my @allow = ('--allow', '127.0.0.0/8', '--resolvers', $dns->server);
my $trap = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'trapped') }, host => '0.0.0.0');
my $trap6 = eval { BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'trapped') }, host => 'fd12:3456::1', port => $trap->port) };
$port = $trap->port;
for my $kind (sort grep { !/proxy/ } keys %kinds) {
    my @hosts = grep { !grep { $_->[0] =~ /127\./ } values %{$names{$_}} } sort keys %names;
    my @results = probe($kind, \@allow, @hosts);
    my @wrong = map { ($results[$_]{reason} // '') eq 'address_blocked' ? ()
        : "$hosts[$_] @{[%{$names{$hosts[$_]}}]}: " . ($results[$_]{reason} // 'up') } 0 .. $#hosts;
    is_deeply \@wrong, [], "$kind: names that lead inside are refused";
}
is $trap->connections, 0, 'nobody came';
{
    my ($half) = probe('http', \@allow, 'half.test');
    is $half->{address}, '127.0.0.1', 'of several addresses only the allowed one is used';
    is $trap->connections, 1, 'once';
}

# ---- redirects, each hop judged ----
{
    my @targets = ((map { 'http://' . host($_) . ":$port/" } grep { !/127\./ } @addresses), "http://turn.test:$port/",
        map { "http://$_:$port/" } qw(167772161 0xa000001 012.0.0.1 10.1 user:pass@10.0.0.1));
    my $before = $trap->connections + ($trap6 ? $trap6->connections : 0);
    my $lead = BetterStack::Agent::Server->new(sub {
        my ($head) = request($_[0]);
        my ($number) = $head =~ m{^GET /(\d+)};
        answer($_[0], 302, '', "Location: $targets[$number]");
    });
    my @urls = map { "http://127.0.0.1:" . $lead->port . "/$_" } grep { $targets[$_] !~ /turn/ } 0 .. $#targets;
    my @results = results(\@allow, @urls);
    my @wrong = grep { ($_->{reason} // '') ne 'redirect_blocked' } @results;
    is_deeply [map { [$_->{redirects}, $_->{reason}] } @wrong], [], 'redirects inside are refused';

    # rebinding: allowed when the redirect was sent, forbidden when it is followed
    my ($turn) = grep { $targets[$_] =~ /turn/ } 0 .. $#targets;
    my ($rebound) = results(\@allow, "http://turn.test:" . $lead->port . "/$turn");
    is $rebound->{reason}, 'redirect_blocked', 'a name that turns inside between two hops';
    is $trap->connections + ($trap6 ? $trap6->connections : 0) - $before, 0, 'nobody came';
}

# ---- the domain kind asks registries: those are judged, too ----
{
    my $before = packets();
    my @results = map { results(['--rdap-bootstrap', "http://" . host($_) . ":$port/"], 'domain:example.com') } qw(10.0.0.1 ::1 169.254.169.254);
    is packets() - $before, 0, 'domain: no packet leaves';
    is_deeply [map { $_->{reason} } @results], [('not_run') x 3], 'domain: which says nothing of the domain';
}

done_testing;
