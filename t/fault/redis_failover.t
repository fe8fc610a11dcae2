# Several Redis, of which hubs and agents use the one that is a primary.  The
# primary is killed with -9 and a real Sentinel promotes the replica; it comes
# back, is made a replica, and is promoted again when the other is killed; then
# somebody swaps the two by hand, with everybody connected.  No slot is missed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Fault;
use BetterStack::Sentinel;
use BetterStack::Stack qw(wait_for);
use Test::More;
use Time::HiRes qw(time);

use constant PATIENCE_S => 60;

my $program = $ENV{REDIS_SERVER} // 'redis-server';
my $redis = BetterStack::Sentinel->start(sentinel => 1, program => $program);
my $fault = BetterStack::Fault->start(redis_url => $redis->url);
my $stack = $fault->stack;

sub hubs_are_at {
    my ($i, $what, $each) = @_;
    my $workers = () = $stack->workers;
    ok wait_for(sub { $redis->hubs($i) >= ($each // 2) * $workers }, PATIENCE_S, $what), $what;
}

# New jobs are put into the stream there.
sub jobs_are_at {
    my ($i, $what) = @_;
    my $newest = sub { ($redis->command($i, 'XINFO', 'STREAM', 'betterstack:jobs:fault-a') =~ /last-generated-id\s+(\S+)/)[0] // '' };
    my $before = $newest->();
    ok wait_for(sub { my $now = $newest->(); $now ne '' && $now ne $before }, PATIENCE_S, $what), $what;
}

hubs_are_at(0, 'hubs are at the primary');
$fault->begin;

for my $gone (0, 1) {
    my $left = 1 - $gone;
    my $killed = time;
    $redis->kill($gone);
    ok $redis->wait_role($left, 'master'), "Sentinel has promoted server $left";
    my $promoted = time;
    jobs_are_at($left, "jobs go through server $left");
    hubs_are_at($left, 'hubs are there');
    diag sprintf 'promoted %.1f s, jobs again %.1f s after the kill', $promoted - $killed, time - $killed;
    $fault->wait_until_reported('every place has reported again', 1);
    $redis->run($gone);
    ok $redis->wait_role($gone, 'slave'), 'the old primary is a replica now';
    ok wait_for(sub { $redis->command($gone, 'INFO', 'replication') =~ /master_link_status:up/ }, PATIENCE_S),
        'and follows';
}

# Without a Sentinel: nobody closes the connections, the answers tell.  Who asks for nothing stays; what
# is published at the primary is heard at a replica.
$redis->{sentinel}->stop('KILL');
$redis->command(1, 'REPLICAOF', 'NO', 'ONE');
$redis->command(0, 'REPLICAOF', '127.0.0.1', $redis->{ports}[1]);
jobs_are_at(1, 'swapped by hand: jobs go through the new primary');
hubs_are_at(1, 'and the scheduler is there', 0.5);

$fault->settle;
$fault->judge(may_miss => 0);

done_testing;
