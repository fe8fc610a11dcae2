# UDP ports: answers, silence, closed ports, lost datagrams, floods.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Stack;
use IO::Socket::INET;
use POSIX ();
use Test::More;

# A server that does this with each datagram; (its process, its port).
my @servers;

sub server {
    my ($handler) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die "udp: $!\n";
    my $port = $socket->sockport;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $number = 0;
        while (defined $socket->recv(my $bytes, 65536)) { $handler->($socket, $bytes, ++$number) }
        POSIX::_exit(0);
    }
    push @servers, $pid;
    return $port;
}

END {
    local $?;
    for my $pid (@servers) { kill 'KILL', $pid; waitpid $pid, 0 }
}

sub udp { return scalar check('--type', 'udp', '--timeout', 1, @_) }
sub result_of { my ($handler, @options) = @_; return udp(@options, '127.0.0.1:' . server($handler)) }

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

my $echo = sub { $_[0]->send("you said: $_[1]") };

{
    my $result = result_of($echo, '--send', 'hello', '--expect', 'said: hello');
    is $result->{status}, 'up', 'an answer' or diag $result->{detail};
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'it was measured';
    is $result->{phases_us}{connect}, undef, 'there is no connecting';
    is $result->{measured}{sent}, 1, 'one datagram was enough';
}
is result_of($echo, '--expect', 'you said: ')->{status}, 'up', 'an empty datagram';
is result_of($echo)->{status}, 'up', 'any answer, if nothing is expected';
is result_of(sub { $_[0]->send('') })->{status}, 'up', 'even an empty one';
{
    my $result = result_of(sub { $_[0]->send("something else\n") }, '--expect', 'needle');
    is_reason $result, 'keyword_missing', 'another answer';
    is $result->{body}, "something else\n", 'and it is kept';
}
is result_of(sub { $_[0]->send('hay'); $_[0]->send('needle') }, '--expect', 'needle')->{status}, 'up',
    'the second of two answers';
is_reason result_of(sub { $_[0]->send('nee'); $_[0]->send('dle') }, '--expect', 'needle'), 'keyword_missing',
    'datagrams are not put together';
is result_of(sub { $_[0]->send('x' x 60_000 . 'needle') }, '--expect', 'needle')->{status}, 'up', 'a large one';

# ---- lost and closed ----
{
    my $result = result_of(sub { $_[0]->send('at last') if $_[2] > 1 }, '--expect', 'at last');
    is $result->{status}, 'up', 'the first datagram was lost';
    is $result->{measured}{sent}, 2, 'so there was another one';
    cmp_ok $result->{phases_us}{total}, '>=', 490_000, 'after half of the time';
}
{
    my $result = result_of(sub { }, '--expect', 'x');
    is_reason $result, 'first_byte_timeout', 'silence';
    is $result->{measured}{sent}, 2, 'sent twice and no more';
    cmp_ok $result->{phases_us}{total}, '<', 1_900_000, 'in time';
}
{
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die "udp: $!\n";
    my $port = $socket->sockport;
    close $socket;
    my $result = udp('--expect', 'x', "127.0.0.1:$port");
    is_reason $result, 'connect_refused', 'a closed port';
    cmp_ok $result->{phases_us}{total}, '<', 400_000, 'is known at once';
    is_reason udp('--send', 'x' x 70_000, "127.0.0.1:$port"), 'send_failed', 'more than fits into a datagram';
}
is udp('127.0.0.1')->{reason}, 'not_run', 'no port';
SKIP: {
    system('unshare -rn true 2> /dev/null') == 0 or skip 'no namespaces here', 1;
    my $agent = BetterStack::Stack::agent_binary();
    like `unshare -rn $agent check --json --type udp --allow 127.0.0.0/8 127.0.0.1:1`,
        qr/"agent_uplink_down"/, "no way there from here";
}

# ---- several, strangers, floods ----
{
    my @ports = map { server($echo) } 1 .. 3;
    my $result = udp('--port', join(',', @ports), '--expect', 'said', '127.0.0.1');
    is $result->{status}, 'up', 'three ports';
    is $result->{measured}{sent}, 3, 'each was asked';
}
is_reason result_of(sub { my $other = IO::Socket::INET->new(Proto => 'udp', PeerAddr => $_[0]->peerhost,
    PeerPort => $_[0]->peerport); $other->send('needle') }, '--expect', 'needle'), 'first_byte_timeout',
    'an answer of somebody else does not count';
is_reason result_of(sub { for (1 .. 500_000) { defined $_[0]->send('x' x 1000) or last } }, '--expect', 'needle', '--timeout', 10),
    'body_too_large', 'a flood';

done_testing;
