# A hub that comes back after an outage: results of now go first, the backlog
# follows at its pace, and killing the agent meanwhile loses nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Checker;
use BetterStack::Observer::Msgpack qw(msgpack_job);
use Test::More;
use Time::HiRes qw(sleep time);

use constant {BACKLOG => 3000, RATE => 300, KILLS => 6, SEED => 20261122};

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $spec = BetterStack::Agent::Hub::spec($site->url);
my $stream = 'betterstack:jobs:test-a';
my $monitor = 0;

sub add_jobs {
    my ($count) = @_;
    my $now = int(time * 1000);
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    my @monitors = map { ++$monitor } 1 .. $count;
    $redis->command('XADD', $stream, '*', 'job', msgpack_job($_, $now, $now + 300_000, $spec)) for @monitors;
    return @monitors;
}

sub work {
    my (@monitors) = add_jobs(@_);
    wait_for(sub { $redis->command('XLEN', $stream) == 0 }, 60, 'an empty stream') or die;
    return @monitors;
}

# By monitor: in which report it was committed first.
sub places {
    my %place;
    my $report = 0;
    for ($hub->reports) {
        $report++;
        $place{$_->[0]} //= $report for @{$_->{ticks}};
    }
    return \%place;
}

sub missing { my $place = places(); return grep { !$place->{$_} } 1 .. $monitor }

my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, args => ['--backlog-rate', RATE]);
wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent') or die $agent->log;

# ---- an outage, over two lives ----
{
    $hub->mode(report => {status => 503});
    work(BACKLOG / 2);
    $agent->stop;
    $agent->begin;
    work(BACKLOG / 2);
    my @latest = work(20);
    my $started = time;
    $hub->mode(report => {});
    ok wait_for(sub { $agent->log =~ /takes results again, (\d+) are waiting/ }, 40, 'the hub'), 'the hub is back';
    my @now = work(50);
    ok wait_for(sub { my $place = places(); !grep { !$place->{$_} } @now }, 20, 'results of now'), 'what is new now comes soon';
    cmp_ok scalar(() = missing()), '>', BACKLOG / 4, 'while most of the backlog is still waiting';
    ok wait_for(sub { !missing() }, 60 + BACKLOG / RATE, 'everything'), 'which comes in the end';
    cmp_ok time - $started, '>', (BACKLOG - 1100) / RATE - 1, 'at its pace';
    my $place = places();
    cmp_ok $place->{$now[0]}, '<', $place->{1}, 'new results before the oldest';
    cmp_ok $place->{$latest[-1]}, '<=', $place->{1}, 'and of the backlog the newest segment first';
    cmp_ok $place->{$latest[-1]}, '<', $place->{BACKLOG / 2}, 'all of it';
    is scalar(my @ticks = $hub->ticks), $monitor, 'each exactly once';
}

# ---- killed again and again while the backlog goes out ----
{
    srand SEED;
    $hub->mode(report => {status => 503});
    work(BACKLOG / 2);
    for my $kill (1 .. KILLS) {
        $hub->mode(report => $kill == 3 ? {status => 503} : {});
        add_jobs(30);
        sleep rand(1.5) * BetterStack::Checker::slowness();
        $agent->kill;
        $agent->begin;
    }
    ok wait_for(sub { $redis->command('XLEN', $stream) == 0 }, 60, 'an empty stream'), 'all jobs are acknowledged';
    ok wait_for(sub { !missing() }, 60 + BACKLOG / RATE, 'everything'), 'no acknowledged result is missing after ' . KILLS . ' kills'
        or diag 'missing: ' . join ' ', missing();
    my $twice = (() = $hub->ticks) - $monitor;
    cmp_ok $twice, '<', KILLS * 2000, "some were sent again ($twice)";
    is $agent->stop, 0, 'the agent ends well';
}

# ---- what was reported out of order is known to the next life ----
{
    my $before = () = $hub->ticks;
    $agent->begin;
    my ($one) = work(1);
    ok wait_for(sub { places()->{$one} }, 20, 'one more'), 'a new life';
    is scalar(() = $hub->ticks), $before + 1, 'repeats nothing';
    is $agent->stop, 0, 'and ends well';
}

done_testing;
