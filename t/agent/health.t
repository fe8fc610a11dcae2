# The agent knows when a failure is its own: it lives in one network namespace, the world in another,
# and the cable between them is cut in all the places where cables are cut.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent::Namespace;
use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

BetterStack::Agent::Namespace::enter();

use constant {DOWN => 3, UP => 1, UNKNOWN => 0, UPLINK => 60, DNS => 61, OVERLOADED => 62, CLOCK => 63};

# ---- the world: this namespace ----
my %at = (site => '203.0.113.10', other => '203.0.113.11', closed => '203.0.113.12', gone => '203.0.113.13',
    dns => '203.0.113.53', hub => '203.0.113.80', control => '203.0.113.99');

sub ip { return BetterStack::Agent::Namespace::run('ip', @_) }
sub appear { ip('addr', 'add', "$at{$_}/32", 'dev', 'lo') or die "ip addr add $at{$_}\n" for @_ }
sub vanish { ip('addr', 'del', "$at{$_}/32", 'dev', 'lo') or die "ip addr del $at{$_}\n" for @_ }

# The agent's namespace lives as long as this process, which waits for the end of ours.
my $owner = $$;
pipe my $ready, my $say or die "pipe: $!\n";
my $holder = fork // die "fork: $!\n";
if ($holder == 0) {
    open STDOUT, '>&', $say;
    open STDERR, '>', '/dev/null';
    exec 'unshare', '-n', 'sh', '-c',
        "ip link set lo up; echo here; exec > /dev/null; while kill -0 $owner; do sleep 0.2; done" or POSIX::_exit(1);
}
close $say;
<$ready>;
my @inside = ('nsenter', '-t', $holder, '-n');

if (!ip('link', 'add', 'w0', 'type', 'veth', 'peer', 'name', 'a0')) {
    plan skip_all => 'no virtual cables (veth) here';
}

ip('link', 'set', 'a0', 'netns', $holder) or die "the cable does not go in\n";
ip('addr', 'add', '10.99.0.1/24', 'dev', 'w0');
ip('link', 'set', 'w0', 'up');

sub connect_agent {
    BetterStack::Agent::Namespace::run(@inside, 'sh', '-c', 'ip addr replace 10.99.0.2/24 dev a0; ip link set a0 up; '
        . 'ip route replace default via 10.99.0.1') or die "the agent's side does not come up\n";
}

connect_agent();
appear(grep { $_ ne 'gone' } keys %at);

my $site = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    sleep 0.3 if $head =~ m{ /slow};
    answer($_[0], 200, 'well');
}, host => $at{site});
my $other = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'well') }, host => $at{other});
my $witness = BetterStack::Agent::Server->new(sub { }, host => $at{control});
my $names = BetterStack::Agent::Dns->new({'site.test' => {A => [$at{site}], ttl => 0}}, host => $at{dns});
my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a', host => $at{hub});
my $control = 'tcp:' . $at{control} . ':' . $witness->port;

sub now_ms { return int(time * 1000) }

# A heartbeat as a scheduler that is well would give; Redis is reached by a socket of the file system.
sub beat { $redis->command('SET', 'betterstack:scheduler:test-a', now_ms(), 'PX', 60000) }

my %url = (1 => $site->url, 2 => $other->url, 3 => 'http://site.test:' . $site->port . '/',
    4 => "http://$at{closed}:1/", 5 => "http://$at{gone}:1/", 6 => $site->url('/slow'));

sub job {
    my ($monitor, %spec) = @_;
    my $slot = now_ms();
    $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job', msgpack_job($monitor, $slot, $slot + 60000,
        BetterStack::Agent::Hub::spec($spec{url} // $url{$monitor}, timeout => 1000, %spec)));
    return $slot;
}

# Jobs of these monitors for some seconds; the ticks of them, once all are at the hub.
sub jobs_for {
    my ($seconds, $monitors, %how) = @_;
    my ($from, %wanted) = (time);
    until (time > $from + $seconds) {
        beat();
        $wanted{job($_) . " $_"} = 1 for @$monitors;
        sleep 0.25;
    }
    $how{then}->() if $how{then};
    return ticks_of(\%wanted, $how{name} // 'ticks');
}

sub ticks_of {
    my ($wanted, $name) = @_;
    my @ticks;
    wait_for(sub {
        @ticks = grep { $wanted->{"$_->{slot} $_->{monitor}"} } $hub->ticks;
        return @ticks >= keys %$wanted;
    }, 30, $name);
    is scalar(@ticks), scalar(keys %$wanted), "$name: every job has a tick";
    return @ticks;
}

sub reasons { my %count; $count{"$_->{monitor}: $_->{status}/$_->{reason}"}++ for @_; return join ', ', map { "$_ x$count{$_}" } sort keys %count }
sub evidence { my ($tick) = @_; return decode_json($tick->{evidence} // '{}') }
sub of { my ($monitor, @ticks) = @_; return grep { $_->{monitor} == $monitor } @ticks }

sub start {
    my (@args) = @_;
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, allow => '203.0.113.0/24',
        before => \@inside, args => ['--resolvers', $names->server, '--log-level', 'debug', @args]);
    wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent');
    return $agent;
}

sub knows { my ($agent, $what) = @_; return wait_for(sub { $agent->log =~ /\Q$what\E answers/ }, 20, $what) }

beat();
my $agent = start('--control', "resolvers gateway hub $control");
ok knows($agent, "name server $at{dns}"), 'the name server is known to answer';
ok knows($agent, "hub $at{hub}"), 'the hub as well';
ok knows($agent, "host $at{control}"), 'and the host of the setting';
ok knows($agent, 'gateway 10.99.0.1'), 'and the gateway, which refuses';

# ---- all is well, but the target ----
{
    my @ticks = jobs_for(1, [1, 2, 3], name => 'all well');
    is reasons(grep { $_->{status} != UP } @ticks), '', 'what is up is up';

    my $began = time;
    my $slot = job(4);
    my ($tick) = ticks_of({"$slot 4" => 1}, 'truly down');
    is "$tick->{status}/$tick->{reason}", DOWN . '/10', 'a target that is down is down';
    cmp_ok time - $began, '<', 2 * BetterStack::Checker::slowness(), 'without delay';
    like evidence($tick)->{agent}{finding}, qr/uplink was alive: .* answered after the failure/,
        'and its evidence says that the uplink was looked at';

    $slot = job(5);
    ($tick) = ticks_of({"$slot 5" => 1}, 'a silent target');
    is "$tick->{status}/$tick->{reason}", DOWN . '/11', 'one that is silent as well';
}

# ---- the name server alone ----
{
    vanish('dns');
    my @ticks = jobs_for(4, [1, 3, 4], name => 'name server gone', then => sub { appear('dns') });
    is reasons(grep { $_->{status} != UP } of(1, @ticks)), '', 'addresses need none';
    is reasons(grep { $_->{status} != DOWN } of(4, @ticks)), '', 'and are down if they are';
    my @named = grep { $_->{status} != UP } of(3, @ticks);
    ok scalar(@named), 'names fail';
    is reasons(grep { "$_->{status}/$_->{reason}" ne UNKNOWN . '/' . DNS } @named), '', 'as agent_dns_down';
}

# ---- the uplink is cut beyond the gateway ----
{
    my @beyond = grep { $_ ne 'gone' } keys %at;
    vanish(@beyond);
    my @ticks = jobs_for(5, [1, 2, 3], name => 'cut beyond the gateway', then => sub { appear(@beyond) });
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'nothing is down';
    my @failed = grep { $_->{status} != UP } @ticks;
    cmp_ok scalar(@failed), '>=', 9, 'failures there were';
    is reasons(grep { $_->{reason} != UPLINK } @failed), '', 'and all are agent_uplink_down';
    my ($tick) = of(1, @failed);
    is evidence($tick)->{agent}{seen}, 'connect_timeout', 'the evidence has what was seen';
    like evidence($tick)->{agent}{finding}, qr/none of the agent's control targets answered/, 'and what was found out';
    ok wait_for(sub { $agent->log =~ /uplink: gone.*uplink: back/s }, 20, 'the words'), 'the log tells it';
    is reasons(grep { $_->{status} != UP } jobs_for(1, [1, 2, 3], name => 'back')), '', 'and then all are up again';
}

# ---- the cable is pulled ----
{
    ip('link', 'set', 'w0', 'down');
    my @ticks = jobs_for(4, [1, 2, 3], name => 'cable pulled', then => sub { ip('link', 'set', 'w0', 'up'); connect_agent() });
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'nothing is down';
    is reasons(grep { $_->{status} != UP && $_->{reason} != UPLINK } @ticks), '', 'all is agent_uplink_down';
    ok scalar(grep { $_->{status} == UNKNOWN } @ticks), 'failures there were';
}

# ---- no route at all ----
{
    jobs_for(1, [1], name => 'back');
    BetterStack::Agent::Namespace::run(@inside, 'ip', 'route', 'del', 'default');
    my $slot = job(1);
    sleep 0.5;
    connect_agent();
    my ($tick) = ticks_of({"$slot 1" => 1}, 'no route');
    is "$tick->{status}/$tick->{reason}", UNKNOWN . '/' . UPLINK, 'without a route it is our own fault';

    $slot = job(7, url => 'http://[2606:4700::1]/');
    ($tick) = ticks_of({"$slot 7" => 1}, 'no IPv6');
    is "$tick->{status}/$tick->{reason}", UNKNOWN . '/' . UPLINK, 'as is an IPv6 target on a host without IPv6';
}

# ---- the hub alone ----
{
    vanish('hub');
    my @ticks = jobs_for(4, [1, 2, 4], name => 'hub gone', then => sub { appear('hub') });
    is reasons(grep { $_->{status} != UP } of(1, @ticks), of(2, @ticks)), '', 'targets are up';
    is reasons(grep { $_->{status} != DOWN } of(4, @ticks)), '', 'and down, as they are';
    $agent->stop;
}

# ---- the hub is the only control, and goes ----
{
    $agent = start('--control', 'hub');
    knows($agent, "hub $at{hub}");
    jobs_for(1, [1, 2], name => 'with the hub as the only control');
    vanish('hub');
    my @ticks = jobs_for(4, [1, 2, 4], name => 'the only control gone', then => sub { appear('hub') });
    my @late = grep { $_->{slot} > $ticks[0]{slot} + 1000 } of(4, sort { $a->{slot} <=> $b->{slot} } @ticks);
    is reasons(grep { $_->{status} != DOWN } @late), '', 'as long as probes succeed, a target that is down is down';
    is reasons(grep { $_->{status} != UP } of(1, @ticks), of(2, @ticks)), '', 'and others are up';
}

# ---- an agent that begins while it is not connected ----
{
    $agent->stop;
    my @beyond = grep { $_ ne 'gone' } keys %at;
    vanish(@beyond);
    $agent->begin;
    my @ticks = jobs_for(3, [1, 2], name => 'begun without an uplink', then => sub {
        wait_for(sub { $redis->command('XLEN', 'betterstack:jobs:test-a') < 8 }, 20, 'the first jobs to be done');
        appear(@beyond);
    });
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'it blames nobody';
    ok scalar(grep { $_->{status} == UNKNOWN } @ticks), 'though nothing answered';
}

# ---- and while its gateway answers, but nothing beyond ----
{
    $agent->stop;
    $agent = start('--control', "resolvers gateway hub $control");
    jobs_for(1, [1], name => 'connected');
    $agent->stop;
    my @beyond = grep { $_ ne 'gone' } keys %at;
    vanish(@beyond);
    $agent->begin;
    ok knows($agent, 'gateway 10.99.0.1'), 'the gateway answers';
    my @ticks = jobs_for(3, [1, 2], name => 'begun behind a dead line', then => sub {
        wait_for(sub { $redis->command('XLEN', 'betterstack:jobs:test-a') < 8 }, 20, 'the first jobs to be done');
        appear(@beyond);
    });
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'it blames nobody';
    ok scalar(grep { $_->{reason} == UPLINK } @ticks), 'but its uplink';
    is reasons(grep { $_->{status} != UP } jobs_for(1, [1, 2], name => 'connected again')), '', 'until that is there';
}

# ---- only the hub is known, and the line beyond the gateway is cut ----
{
    $agent->stop;
    $agent = start('--control', 'gateway hub');
    knows($agent, "hub $at{hub}") and knows($agent, 'gateway 10.99.0.1');
    is reasons(grep { $_->{status} != UP } jobs_for(2, [1, 2], name => 'hub and gateway known')), '', 'all is well';
    my @beyond = grep { $_ ne 'gone' } keys %at;
    vanish(@beyond);
    my @ticks = jobs_for(4, [1, 2], name => 'cut, with only the hub known', then => sub { appear(@beyond) });
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'nothing is down';
    ok scalar(grep { $_->{reason} == UPLINK } @ticks), 'it is the uplink';
}

# ---- the clock ----
{
    $hub->mode(report => {ahead => 60});
    jobs_for(1, [1], name => 'the hub is a minute ahead');
    my $slot = job(4);
    my ($tick) = ticks_of({"$slot 4" => 1}, 'clock off');
    is "$tick->{status}/$tick->{reason}", UNKNOWN . '/' . CLOCK, 'with a clock far off failures are our own';
    like evidence($tick)->{agent}{finding}, qr/clock .* apart/, 'and the evidence says so';
    $hub->mode(report => {});
    jobs_for(1, [1], name => 'the hub is right again');
    $slot = job(4);
    ($tick) = ticks_of({"$slot 4" => 1}, 'clock right');
    is "$tick->{status}/$tick->{reason}", DOWN . '/10', 'with a clock that is right they count';
}

# ---- the agent stands still ----
{
    my %wanted;
    for my $round (1 .. 5) {
        beat();
        $wanted{job($_) . " $_"} = 1 for 1, 2, 6;
        sleep 0.1;
    }
    kill 'STOP', $agent->pid;
    sleep 2;
    kill 'CONT', $agent->pid;
    my @ticks = ticks_of(\%wanted, 'standing still');
    is reasons(grep { $_->{status} == DOWN } @ticks), '', 'nothing is down because of that';
    is reasons(grep { $_->{status} != UP && $_->{reason} != OVERLOADED } @ticks), '', 'what failed is agent_overloaded';
    ok scalar(grep { $_->{flags} & 1 || $_->{reason} == OVERLOADED || $_->{attempts} > 1 } @ticks),
        'what was under way is marked, or was tried again';
}

# ---- no descriptor left ----
{
    my $pid = $agent->pid;
    my ($limit) = `prlimit --pid $pid --nofile --noheadings --output SOFT` =~ /(\d+)/;
    opendir my $dir, "/proc/$pid/fd" or die "fd: $!\n";
    my %open = map { $_ => 1 } readdir $dir;
    my ($free) = grep { !$open{$_} } 0 .. keys %open;
    system 'prlimit', '--pid', $pid, "--nofile=$free:$limit";
    my %wanted = map { (job($_) . " $_" => 1) } 1, 2, 4;
    wait_for(sub { $redis->command('XLEN', 'betterstack:jobs:test-a') == 0 }, 20, 'the jobs to be done');
    system 'prlimit', '--pid', $pid, "--nofile=$limit:$limit";
    my @ticks = ticks_of(\%wanted, 'no descriptor');
    is reasons(grep { "$_->{status}/$_->{reason}" ne UNKNOWN . '/' . OVERLOADED } @ticks), '', 'without a descriptor it is our own fault';
}

done_testing;
