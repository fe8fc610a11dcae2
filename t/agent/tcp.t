# TCP ports: open, closed, silent, talkative, and those that flood or drip.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check free_port wait_for);
use BetterStack::Agent::Server qw(reply hold reset_connection);
use BetterStack::Stack;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

sub server { return BetterStack::Agent::Server->new(@_) }
sub tcp { return scalar check('--type', 'tcp', '--timeout', 2, @_) }

# The result of a server that does this.
sub result_of {
    my ($handler, @options) = @_;
    my $server = server($handler);
    my $result = tcp(@options, '127.0.0.1:' . $server->port);
    $result->{connections} = $server->connections;
    return $result;
}

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

# ---- connecting ----
{
    my $result = result_of(sub { hold($_[0]) });
    is $result->{status}, 'up', 'a port that is open';
    ok defined $result->{phases_us}{connect}, 'connecting was measured';
    is $result->{phases_us}{first_byte}, undef, 'an answer was not waited for';
    cmp_ok $result->{phases_us}{total}, '<', 1_900_000, 'nor was the time used up';
    is $result->{http_status}, 0, 'there is no HTTP status';
    is $result->{connections}, 1, 'one connection';
}
{
    my $server = server(sub { hold($_[0]) });
    for my $form ("127.0.0.1:%d", "tcp://127.0.0.1:%d", "localhost:%d") {
        is tcp(sprintf $form, $server->port)->{status}, 'up', "written as $form";
    }
    is tcp('--port', $server->port, '127.0.0.1')->{status}, 'up', 'the port apart';
    is tcp('127.0.0.1')->{reason}, 'not_run', 'no port at all';
    is tcp('--tls', 'starttls', '127.0.0.1:1')->{reason}, 'not_run', 'STARTTLS of nothing';
}
SKIP: {
    my $server = eval { server(sub { hold($_[0]) }, host => '::1') } or skip 'no IPv6', 2;
    is tcp('[::1]:' . $server->port)->{status}, 'up', 'IPv6';
    is tcp('--port', $server->port, '::1')->{status}, 'up', 'IPv6 without brackets';
}

is_reason tcp('127.0.0.1:' . free_port()), 'connect_refused', 'a closed port';
SKIP: {
    # a network namespace without any network
    system('unshare -rn true 2> /dev/null') == 0 or skip 'no namespaces here', 1;
    my $agent = BetterStack::Stack::agent_binary();
    like `unshare -rn $agent check --json --type tcp --allow 127.0.0.0/8 127.0.0.1:1`,
        qr/"agent_uplink_down"/, "no way there from here";
}
{
    my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
    my @waiting = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Blocking => 0)
    } 1 .. 4;
    my $result = tcp('--timeout', 1, '127.0.0.1:' . $full->sockport);
    is_reason $result, 'connect_timeout', 'a full backlog';
    cmp_ok $result->{phases_us}{total}, '>=', 990_000, 'after the whole time';
    cmp_ok $result->{phases_us}{total}, '<', 1_900_000, 'and no more';
}

# ---- several ports ----
{
    my @servers = map { server(sub { hold($_[0]) }) } 1 .. 3;
    my @ports = map { $_->port } @servers;
    my $result = tcp('--port', join(',', @ports), '127.0.0.1');
    is $result->{status}, 'up', 'three ports';
    wait_for(sub { !grep { $_->connections == 0 } @servers });     # each counts in its own time
    is_deeply [map { $_->connections } @servers], [1, 1, 1], 'each connected to once';
    is_deeply [map { $_->{port} } @{$result->{measured}{ports}}], \@ports, 'each measured';
    my $sum = 0;
    $sum += $_->{connect} for @{$result->{measured}{ports}};
    is $sum, $result->{phases_us}{connect}, 'and they add up';

    my $closed = free_port();
    $result = tcp('--port', "$ports[0],$closed,$ports[1]", '127.0.0.1');
    is_reason $result, 'connect_refused', 'one of three is closed';
    like $result->{detail}, qr/:$closed\b/, 'and it is said which';
}

# ---- what is sent, what is expected ----
sub echo { my ($client) = @_; while (sysread $client, my $bytes, 4096) { reply($client, $bytes) } }

is result_of(sub { reply($_[0], "220 mail.example ESMTP\r\n"); hold($_[0]) }, '--expect', 'ESMTP')->{status},
    'up', 'a banner';
{
    my $result = result_of(\&echo, '--send', "hello server\r\n", '--expect', 'server');
    is $result->{status}, 'up', 'an echo';
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'the first byte was measured';
    unlike $result->{body}, qr/hello server/, 'what was sent is not shown again';
}
is result_of(sub { sysread $_[0], my $all, 100; hold($_[0]) }, '--send', 'x')->{status}, 'up',
    'sent, nothing expected';
{
    my $result = result_of(sub { reply($_[0], "500 go away\r\n"); hold($_[0]) }, '--expect', '220', '--timeout', 1);
    is_reason $result, 'keyword_missing', 'something else';
    is $result->{body}, "500 go away\r\n", 'and it is kept';
}
is_reason result_of(sub { reply($_[0], "500\r\n") }, '--expect', '220'), 'keyword_missing', 'something else, closed';
is_reason result_of(sub { }, '--expect', '220'), 'keyword_missing', 'closed without a word';
is_reason result_of(sub { hold($_[0]) }, '--expect', '220', '--timeout', 1), 'first_byte_timeout', 'silence';
is_reason result_of(sub { sysread $_[0], my $all, 10; reset_connection($_[0]) }, '--send', 'x', '--expect', 'y'),
    'connect_reset', 'reset before the answer';
is_reason result_of(sub { reply($_[0], 'x'); sysread $_[0], my $all, 10; sleep 0.1; reset_connection($_[0]) },
    '--send', 'x', '--expect', 'y'), 'reset_mid_body', 'reset within the answer';

is result_of(sub { for my $byte (split //, 'a needle in hay') { reply($_[0], $byte); sleep 0.01 } hold($_[0]) },
    '--expect', 'needle')->{status}, 'up', 'byte by byte';
{
    my $result = result_of(sub { for (1 .. 200) { reply($_[0], '.') or last; sleep 0.05 } }, '--expect', 'needle',
        '--timeout', 1);
    is_reason $result, 'keyword_missing', 'drips without end';
    cmp_ok $result->{phases_us}{total}, '<', 1_900_000, 'and does not push the deadline back';
}
is_reason result_of(sub { 1 while reply($_[0], 'x' x 65536) }, '--expect', 'needle', '--timeout', 20),
    'body_too_large', 'a flood';
is result_of(sub { reply($_[0], 'x' x 100_000 . 'needle'); hold($_[0]) }, '--expect', 'needle')->{status}, 'up',
    'found late';

# ---- whoever may not be probed ----
{
    my $server = server(sub { hold($_[0]) });
    my (undef, $out) = BetterStack::Agent::check_text('--json', '--type', 'tcp', '--allow', '::1',
        '127.0.0.1:' . $server->port);
    like $out, qr/"address_blocked"/, 'a private address is refused';
    is $server->connections, 0, 'and nobody was there';
}

done_testing;
