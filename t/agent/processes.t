# `processes = 2`: two agents under one roof share a region's jobs; one is
# killed: its jobs are taken over, it is started again, nothing is lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); sleep 0.5; answer($_[0], 200, 'ok') });
my $spec = BetterStack::Agent::Hub::spec($site->url);
my $stream = 'betterstack:jobs:test-a';
my $added = 0;

sub now_ms { return int(time * 1000) }
sub beat { $redis->command('SET', 'betterstack:scheduler:test-a', now_ms(), 'PX', 10000) }

sub add_jobs {
    my ($count) = @_;
    beat();
    for (1 .. $count) {
        my $slot = now_ms();
        $redis->command('XADD', $stream, '*', 'job', msgpack_job(++$added, $slot, $slot + 60000, $spec));
    }
}

# Monitors with a result, and from whom.
sub done {
    my ($from) = @_;
    my %done;
    $done{$_->{monitor}}{$_->{agent}}++ for $hub->ticks;
    return scalar grep { !$from || $done{$_}{$from} } keys %done;
}

# A process that has ended and that nobody has asked about is not alive.
sub alive { my ($pid) = @_; return BetterStack::Agent::slurp("/proc/$pid/stat") =~ /^\d+ \(.*\) [^ZX]/ }

sub pids { my ($agent, $number) = @_; return $agent->log =~ /agent $number is process (\d+)/g }

my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url,
    args => ['--processes', 2, '--probes-max', 5]);
ok wait_for(sub { 2 <= (() = $agent->log =~ /reading/g) }, 20, 'both'), 'two agents run';
beat();
add_jobs(40);
ok wait_for(sub { done() == $added }, 30, 'all jobs'), 'and do what there is to do';
ok done('agent-1/1') > 0 && done('agent-1/2') > 0, 'both of them, under their own names';
ok -d $agent->state . "/$_/spool", "agent $_ has its own state" for 1, 2;
like $agent->log, qr/ 2 agent: agent-1\/2 of region test-a/, 'lines of the log say whose they are';

# ---- one dies in the middle of its work ----
add_jobs(20);
ok wait_for(sub { grep { $_->[0] eq 'agent-1/1' } @{$redis->command('XPENDING', $stream, 'agents')->[3] // []} }, 10,
    'jobs of the first'), 'the first has jobs in work';
my ($pid) = pids($agent, 1);
kill 'KILL', $pid;
ok wait_for(sub { $agent->log =~ /agent 1 was ended by signal 9, next start in/ }, 10, 'the words'), 'its end is noticed';
ok wait_for(sub { 2 == (() = pids($agent, 1)) }, 10, 'another process'), 'it is started again';
add_jobs(20);
ok wait_for(sub { beat(); done() == $added }, 40, 'all jobs'), 'nothing is lost';
ok wait_for(sub { $redis->command('XLEN', $stream) == 0 }, 10, 'an empty stream'), 'and nothing is left';
is +(() = pids($agent, 2)), 1, 'the other was not touched';

# ---- the end ----
my @children = ((pids($agent, 1))[-1], pids($agent, 2));
is $agent->stop, 0, 'SIGTERM ends all of it, well' or diag $agent->log;
is_deeply [grep { alive($_) } @children], [], 'and nobody stays';

# ---- the watcher itself is killed ----
$agent->begin;
ok wait_for(sub { 2 == (() = pids($agent, 2)) && 5 <= (() = $agent->log =~ /reading/g) }, 20, 'both again'), 'once more';
@children = ((pids($agent, 1))[-1], (pids($agent, 2))[-1]);
$agent->kill;
ok wait_for(sub { !grep { alive($_) } @children }, 15, 'their end'), 'agents that nobody watches end';

# ---- fewer of them ----
my $fewer = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, state => $agent->state);
ok wait_for(sub { $fewer->log =~ /reading/ }, 20, 'the agent'), 'a single one in the same place';
like $fewer->log, qr{/state/1 is of a time with more processes}, 'says what it does not report';
is $fewer->stop, 0, 'and ends well';

# ---- settings ----
{
    my ($status, undef, $error) = BetterStack::Agent::output('run', '--config', '/dev/null', '--processes', 'many');
    is $status, 2, 'a number that is none';
    like $error, qr/processes = "many": is not a number from 1 to 64/, 'is told';
}

done_testing;
