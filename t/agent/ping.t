# Pings, in a network of the test's own: the kernel there does not answer them,
# a responder of ours does, well or badly, as the last part of the address says.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent::Namespace;
BEGIN { BetterStack::Agent::Namespace::enter() }

use BetterStack::Agent qw(check_text wait_for);
use BetterStack::Checker;
use JSON::PP;
use POSIX ();
use Socket qw(PF_INET SOCK_RAW pack_sockaddr_in inet_aton);
use Test::More;
use Time::HiRes qw(time);

use constant {REPLY => 0, UNREACHABLE => 3, REQUEST => 8};

BetterStack::Agent::Namespace::addresses('10.9.0.0/24', 'fd09::1/128') or plan skip_all => 'no addresses here';
BetterStack::Agent::Namespace::sysctl('net.ipv4.icmp_echo_ignore_all', 1) or plan skip_all => 'no sysctl here';

# ---- the responder ----

sub checksum {
    my $sum = 0;
    $sum += $_ for unpack 'n*', $_[0] . (length($_[0]) % 2 ? "\0" : '');
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum > 0xffff;
    return ~$sum & 0xffff;
}

sub icmp {
    my ($type, $code, $rest, $data) = @_;
    my $bytes = pack('CCn', $type, $code, 0) . $rest . $data;
    substr $bytes, 2, 2, pack 'n', checksum($bytes);
    return $bytes;
}

# The kernel fills in the length and the checksum of the IP header.
sub packet {
    my ($from, $to, $payload) = @_;
    return pack('CCnnnCCn', 0x45, 0, 20 + length $payload, 0, 0, 64, 1, 0) . $from . $to . $payload;
}

my (%count, @later);

my %behaviour = (
    1 => sub { $_[0]->() },
    2 => sub { $_[0]->() if $_[1] != 2 },                                       # the second is lost
    3 => sub { },
    4 => sub { $_[0]->() for 1 .. 3 },
    5 => sub { my ($answer, $n) = @_; $n == 1 ? $answer->() : push @later, [time + 1.6, $answer] },
    6 => sub { $_[0]->(data => 'x' x 56) },                                     # not what was sent
    7 => sub { $_[0]->(from => inet_aton('10.9.0.1')) },                        # another's answer
    8 => sub { $_[0]->(type => UNREACHABLE, code => 1) },
    9 => sub { push @later, [time + 0.3, $_[0]] },
    10 => sub { my ($answer) = @_; $answer->(data => "garbage $_") for 1 .. 300; $answer->() },
    11 => sub { $_[0]->(data => '') },
    12 => sub { $_[0]->(type => UNREACHABLE, code => 1, quote => 28) if $_[1] == 1; $_[0]->() if $_[1] > 1 },
    13 => sub { $_[0]->(sequence => 1) },                                       # answers what was not asked
);

sub serve {
    my ($in, $out) = @_;
    while (1) {
        my $bits = '';
        vec($bits, fileno $in, 1) = 1;
        if (select $bits, undef, undef, @later ? 0.02 : 1) {
            defined recv $in, my $bytes, 4096, 0 or next;
            take($out, $bytes);
        }
        my @due = grep { $_->[0] <= time } @later;
        @later = grep { $_->[0] > time } @later;
        $_->[1]->() for @due;
    }
}

sub take {
    my ($out, $bytes) = @_;
    my ($from, $to) = unpack 'x12 a4 a4', $bytes;
    my ($type, undef, undef, $rest, $data) = unpack 'x20 C C n a4 a*', $bytes;
    return if $type != REQUEST;
    my $behave = $behaviour{unpack 'x3 C', $to} // return;
    my $answer = sub {
        my (%how) = @_;
        my $body = ($how{type} // REPLY) == UNREACHABLE
            ? icmp(UNREACHABLE, $how{code}, "\0" x 4, substr $bytes, 0, $how{quote} // length $bytes)
            : icmp(REPLY, 0, $how{sequence} ? pack('nn', unpack('n', $rest), $how{sequence}) : $rest, $how{data} // $data);
        send $out, packet($how{from} // $to, $from, $body), 0, pack_sockaddr_in(0, $from);
    };
    $behave->($answer, ++$count{substr $data, 0, 16});
}

socket my $in, PF_INET, SOCK_RAW, 1 or plan skip_all => "no raw sockets here: $!";
socket my $out, PF_INET, SOCK_RAW, 255 or plan skip_all => "no raw sockets here: $!";
my $owner = $$;
my $responder = fork // die "fork: $!\n";
if ($responder == 0) {
    serve($in, $out);
    POSIX::_exit(0);
}
close $in;
close $out;
END {
    if ($responder && $$ == $owner) {
        local $?;
        kill 'KILL', $responder;
        waitpid $responder, 0;
    }
}

# ---- asking ----

sub ping {
    my (@arguments) = @_;
    my (undef, $out, $err) = check_text('--json', '--type', 'ping', '--allow', '10.9.0.0/24', '--allow', 'fd09::/64',
        '--timeout', 1, @arguments);
    my @results = map { decode_json($_) } split /\n/, $out;
    diag $err if !@results;
    return wantarray ? @results : $results[0];
}

sub suite {
    my ($kind) = @_;

    my $good = ping('10.9.0.1');
    is $good->{status}, 'up', "$kind: a ping" or diag $good->{detail};
    is $good->{measured}{packets_sent}, 3, "$kind: three packets";
    is $good->{measured}{packets_received}, 3, "$kind: three answers";
    is $good->{measured}{loss_percent}, 0, "$kind: nothing lost";
    cmp_ok $good->{phases_us}{connect}, '>', 0, "$kind: a time";
    cmp_ok $good->{phases_us}{total}, '<', 250_000, "$kind: the pauses are not counted";

    my $lossy = ping('10.9.0.2');
    is $lossy->{status}, 'up', "$kind: one of three lost is up by default";
    is $lossy->{measured}{loss_percent}, 33, "$kind: 33 percent lost";
    is_deeply [map { defined ? 1 : 0 } @{$lossy->{measured}{rtt_us}}], [1, 0, 1], "$kind: which one";

    my $silent = ping('10.9.0.3');
    is $silent->{reason}, 'connect_timeout', "$kind: nothing comes back";
    is $silent->{status}, 'down', "$kind: down";
    cmp_ok $silent->{phases_us}{total}, '<', 1_200_000, "$kind: within the deadline";
    like $silent->{detail}, qr/none of 3 pings/, "$kind: in words";

    my $double = ping('10.9.0.4');
    is $double->{measured}{packets_received}, 3, "$kind: answers that come three times count once";
    cmp_ok $double->{measured}{duplicates}, '>=', 4, "$kind: and are counted";

    is ping("10.9.0.$_->[0]")->{reason}, 'connect_timeout', "$kind: $_->[1]"
        for [6, 'another content'], [7, 'another address'], [11, 'no content'], [13, 'another number'];

    my $refused = ping('10.9.0.8');
    is $refused->{reason}, 'connect_unreachable', "$kind: unreachable";
    like $refused->{detail}, qr/No route to host/, "$kind: in words";
    cmp_ok $refused->{phases_us}{total}, '<', 800_000, "$kind: at once";

    my $flooded = ping('10.9.0.10');
    is $flooded->{measured}{packets_received}, 3, "$kind: among garbage the right ones are found";

    my $partly = ping('10.9.0.12');
    is $partly->{status}, 'up', "$kind: a router that quotes no more than a header";
    is $partly->{measured}{packets_received}, 2, "$kind: its packet is lost";

    my @mixed = ping('--parallel', 1, '10.9.0.5', '10.9.0.3', '10.9.0.1');
    is $mixed[0]{measured}{packets_received}, 1, "$kind: what comes too late is lost";
    is $mixed[1]{reason}, 'connect_timeout', "$kind: and does not count for the next";
    is $mixed[2]{measured}{packets_received}, 3, "$kind: nor disturb it";

    my $slow = ping('10.9.0.9');
    cmp_ok $slow->{measured}{rtt_min_us}, '>=', 290_000, "$kind: the time of the slow is true";
    is $slow->{measured}{packets_received}, 3, "$kind: overlapping packets";
}

for my $kind (['raw', '1 0'], ['unprivileged', '0 0']) {
    SKIP: {
        BetterStack::Agent::Namespace::sysctl('net.ipv4.ping_group_range', $kind->[1])
            or skip "$kind->[0]: ping_group_range cannot be set", 1;
        suite($kind->[0]);
    }
}

# ---- wishes ----
is ping('--packets', 10, '10.9.0.1')->{measured}{packets_received}, 10, 'ten packets';
is ping('--packets', 1, '10.9.0.1')->{measured}{packets_received}, 1, 'one packet';
cmp_ok ping('--packets', 10, '--timeout', 0.5, '10.9.0.3')->{measured}{packets_sent}, '==', 10,
    'ten packets fit into half a second';
{
    my $judged = ping('--loss-max', 20, '10.9.0.2');
    is $judged->{status}, 'degraded', 'more loss than allowed';
    is $judged->{reason}, 'assertion_failed', 'is a wish not met';
    like $judged->{detail}, qr/^1 of 3 pings of 10\.9\.0\.2 did not come back/, 'in words';
    is ping('--loss-max', 40, '10.9.0.2')->{status}, 'up', 'less loss than allowed';
}

# ---- IPv6: the kernel answers ----
is ping('fd09::1')->{measured}{packets_received}, 3, 'IPv6, unprivileged';
BetterStack::Agent::Namespace::sysctl('net.ipv4.ping_group_range', '1 0');
is ping('[fd09::1]')->{measured}{packets_received}, 3, 'IPv6, raw, with brackets';

is ping('::ffff:10.9.0.1')->{measured}{packets_received}, 3, 'an IPv4 address in the clothes of IPv6';

# ---- no way there from here: that says nothing about the target ----
{
    my %way = (ping => [], tcp => ['--port', 9], udp => ['--port', 9, '--send', 'x'], dns => ['--send', 'a.test'], smtp => [],
        redis => []);
    for my $kind (sort keys %way) {
        my $result = ping('--type', $kind, @{$way{$kind}}, 'fd09::2');
        is $result->{reason}, 'agent_uplink_down', "$kind: no route";
        is $result->{status}, 'unknown', "$kind: is not the target's failure";
        like $result->{detail}, qr/this agent has no route to fd09::2/, "$kind: in words";
    }
    is ping('--type', 'status', 'http://[fd09::2]/')->{reason}, 'agent_uplink_down', 'HTTP: no route';
}

# ---- not permitted ----
SKIP: {
    my $binary = BetterStack::Checker::build_dir("$FindBin::Bin/../..") . '/betterstack-agent';
    my $json = `setpriv --bounding-set=-net_raw --inh-caps=-net_raw $binary check --json --type ping --allow 10.9.0.0/24 10.9.0.1 2>/dev/null`;
    my $result = eval { decode_json($json) } or skip 'no setpriv', 3;
    is $result->{status}, 'unknown', 'an agent that may not ping';
    is $result->{reason}, 'not_run', 'says so';
    like $result->{detail}, qr/ping_group_range.*CAP_NET_RAW/, 'and how to allow it';
}

done_testing;
