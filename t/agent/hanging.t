# Ten thousand targets that take a connection attempt and never answer it: the others do not notice.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

use constant HANGING => 10_000;
use constant SPARE => 1000;

my $descriptors = `bash -c 'ulimit -Hn'`;
chomp $descriptors;
plan skip_all => "only $descriptors descriptors are allowed here"
    if $descriptors ne 'unlimited' && $descriptors < HANGING + SPARE;
plan skip_all => 'too slow under valgrind' if BetterStack::Checker::valgrind();

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'well') });

# Nobody accepts: once its queue is full, the kernel lets all further attempts hang.
my $hole = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "listen: $!\n";
my $hole_url = 'http://127.0.0.1:' . $hole->sockport . '/';

sub now_ms { return int(time * 1000) }

sub beat { $redis->command('SET', 'betterstack:scheduler:test-a', now_ms(), 'PX', 60000) }

sub job {
    my ($monitor, $url, %spec) = @_;
    my $slot = now_ms();
    $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job',
        msgpack_job($monitor, $slot, $slot + 60000, BetterStack::Agent::Hub::spec($url, %spec)));
    return $slot;
}

sub memory_mib { my ($agent) = @_; return BetterStack::Agent::slurp('/proc/' . $agent->pid . '/status') =~ /^VmRSS:\s+(\d+)/m ? int($1 / 1024) : 0 }

# Counting ten thousand files is work itself, so not too often.
sub descriptors {
    my ($agent) = @_;
    sleep 0.5;
    opendir my $dir, '/proc/' . $agent->pid . '/fd' or return 0;
    return scalar(() = readdir $dir) - 2;
}

beat();
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent');
my $before = memory_mib($agent);
my $began = time;
job($_, $hole_url, timeout => 60000) for 1 .. HANGING;
beat();
ok wait_for(sub { descriptors($agent) > HANGING }, 60, 'all of them'), HANGING . ' probes hang at the same time';
diag sprintf 'after %.1f s, with %d MiB more', time - $began, memory_mib($agent) - $before;

# a monitor whose target hangs for longer than its interval has no more than its share
job(HANGING, $hole_url, timeout => 60000) && sleep 0.002 for 1 .. 5;

my %wanted;
my $until = time + 5;
for (my $i = 1; time < $until; $i++) {
    beat() if $i % 10 == 0;
    my $monitor = HANGING + 1 + $i % 50;
    $wanted{job($monitor, $site->url) . " $monitor"} = 1;
    sleep 0.05;
}
my @ticks;
ok wait_for(sub { @ticks = grep { $wanted{"$_->{slot} $_->{monitor}"} } $hub->ticks; @ticks == keys %wanted }, 20, 'the ticks'),
    'the others are probed';
is scalar(grep { $_->{status} != 1 } @ticks), 0, 'and up';
my @late = sort { $a <=> $b } map { $_->{checked_at} - $_->{slot} } @ticks;
my $total = (sort { $a <=> $b } map { $_->{total} } @ticks)[$#ticks * 0.9];
diag sprintf '%d others: begun late by %d ms (half), %d ms (nine of ten), %d ms (most); nine of ten took less than %.1f ms',
    scalar @late, $late[@late / 2], $late[@late * 0.9], $late[-1], $total / 1000;
cmp_ok $late[@late * 0.9], '<', 100 * BetterStack::Checker::slowness(), 'nine of ten begin on time';
cmp_ok $late[-1], '<', 1000 * BetterStack::Checker::slowness(), 'and no one begins late';
my $open = descriptors($agent);
cmp_ok $open, '<', HANGING + 100, 'a monitor that hangs does not take more and more of the agent';
is $agent->stop, 0, 'the agent ends in order';

done_testing;
