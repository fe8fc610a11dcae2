# Without a scheduler, without Redis, without the hub: the schedule on disk is
# run, no slot is skipped, none is probed twice.

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

use constant INTERVAL => 1000;

my $redis = BetterStack::Agent::Redis->new;
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $spec = BetterStack::Agent::Hub::spec($site->url);
my @monitors = (1 .. 3);
my $hub = BetterStack::Agent::Hub->new(region => 'test-a',
    monitors => [map { [$_, INTERVAL, $_ * 100, $spec] } @monitors]);
my $stream = 'betterstack:jobs:test-a';
my $beat = 'betterstack:scheduler:test-a';

sub now_ms { return int(time * 1000) }

# A scheduler: every due slot after the last call, then the heartbeat.
my $watermark;
sub schedule {
    my $now = now_ms();
    $watermark //= $now;
    for my $monitor (@monitors) {
        my $phase = $monitor * 100;
        my $slot = $watermark - ($watermark - $phase) % INTERVAL;
        while (($slot += INTERVAL) <= $now) {
            next if $slot <= $watermark;
            $redis->command('XADD', $stream, '*', 'job', msgpack_job($monitor, $slot, $slot + 15000, $spec));
        }
    }
    $redis->command('SET', $beat, $now, 'PX', 10000);
    $watermark = $now;
}

sub schedule_for {
    my ($seconds) = @_;
    my $until = time + $seconds;
    while (time < $until) { schedule(); sleep 0.2 }
}

# Every slot of each monitor between its first and its last tick is there once.
sub gaps {
    my %slots;
    $slots{$_->{monitor}}{$_->{slot}}++ for grep { $_->{status} == 1 } $hub->ticks;
    my @wrong;
    for my $monitor (@monitors) {
        my @have = sort { $a <=> $b } keys %{$slots{$monitor}};
        push @wrong, "$monitor has nothing" if !@have;
        push @wrong, map { "$monitor: gap before $have[$_]" } grep { $have[$_] - $have[$_ - 1] != INTERVAL } 1 .. $#have;
        push @wrong, map { "$monitor: $_ twice" } grep { $slots{$monitor}{$_} != 1 } @have;
    }
    return @wrong;
}

sub last_slot { my $last = 0; $_->{slot} > $last and $last = $_->{slot} for $hub->ticks; return $last }

schedule();
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'the agent runs';
$watermark = now_ms();
schedule_for(4);
ok wait_for(sub { $hub->ticks >= 6 }, 10, 'ticks'), 'with a scheduler it does jobs';
unlike $agent->log, qr/working from the schedule/, 'and only those';

# ---- the scheduler stops ----
my $stopped = now_ms();
ok wait_for(sub { $agent->log =~ /no heartbeat .*\(3 monitors\)/ }, 20, 'the words'), 'a heartbeat that stops is noticed';
ok wait_for(sub { last_slot() > $stopped + 8000 }, 20, 'later slots'), 'and the schedule is run';
schedule_for(4);
ok wait_for(sub { $agent->log =~ /back to jobs/ }, 20, 'the words'), 'until the heartbeat is back';
ok wait_for(sub { last_slot() > now_ms() - 2000 }, 10, 'a fresh slot'), 'and jobs again';
is_deeply [gaps()], [], 'no slot was skipped, none probed twice';

# ---- Redis dies, and takes everything with it ----
schedule_for(2);
$redis->kill;
my $killed = now_ms();
ok wait_for(sub { last_slot() > $killed + 8000 }, 25, 'later slots'), 'without Redis the schedule is run';

# ---- the hub goes as well; the agent is started anew ----
$hub->go;
$agent->stop;
my $told = () = $agent->log =~ /no heartbeat/g;
$agent->begin;
ok wait_for(sub { $agent->log =~ /3 monitors of region test-a from disk/ }, 10, 'the schedule'),
    'without both it starts from its disk';
my $began = now_ms();
ok wait_for(sub { $told < (() = $agent->log =~ /no heartbeat/g) }, 30, 'the words'), 'and goes offline by itself';
$hub->come;
ok wait_for(sub { last_slot() > $began + 5000 }, 30, 'later slots'), 'and works on';

# ---- everything comes back; the new holder goes back a little ----
$redis->start;
$watermark = now_ms() - 5000;
schedule_for(5);
ok wait_for(sub { last_slot() > now_ms() - 3000 }, 20, 'fresh slots'), 'everything is back';
{
    # while the agent itself was away slots are nobody's; the rest has no holes
    my %slots;
    $slots{$_->{monitor}}{$_->{slot}}++ for $hub->ticks;
    my @twice = map { my $m = $_; map { "$m $_" } grep { $slots{$m}{$_} > 1 } keys %{$slots{$m}} } keys %slots;
    is_deeply \@twice, [], 'no slot was reported twice';
    my @holes = map { my $m = $_; my @have = sort { $a <=> $b } keys %{$slots{$m}};
        map { $have[$_] - $have[$_ - 1] } grep { $have[$_] - $have[$_ - 1] != INTERVAL } 1 .. $#have } @monitors;
    is_deeply [grep { $_ > 4 * INTERVAL } @holes], [], 'holes are no longer than the restart' or diag "@holes";
}

# ---- the schedule follows the hub, with its ETag ----
{
    my @calls = $hub->calls('schedule');
    is $calls[0]{etag}, undef, 'the first call has no ETag';
    ok scalar(grep { $_->{status} == 304 } @calls) || scalar(grep { $_->{etag} } @calls), 'later ones do';
}

is $agent->stop, 0, 'the agent ends well';

# ---- the region ----
{
    my $other = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, env => {REGION_NAME => 'test-b'});
    is $other->wait_exit, 1, 'a REGION_NAME that does not agree';
    like $other->log, qr/the token is for region test-a, but REGION_NAME says test-b/, 'is told';

    my $hub_b = BetterStack::Agent::Hub->new(region => 'test-b');
    my $moved = BetterStack::Agent->start(hub => $hub_b->url, redis => $redis->url, state => $agent->state);
    is $moved->wait_exit, 1, 'a token of another region with the same state';
    like $moved->log, qr/give each region its own state directory/, 'is told';
}

done_testing;
