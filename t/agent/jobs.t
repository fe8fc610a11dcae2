# From a job in the region's stream to a committed tick and an acknowledged entry.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer hold);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    sleep 1.5 if $head =~ m{ /slow};
    hold($_[0]) if $head =~ m{ /hang};
    answer($_[0], $head =~ m{ /error} ? 500 : 200, "page of $head");
});
my $stream = 'betterstack:jobs:test-a';

sub now_ms { return int(time * 1000) }

# A heartbeat as a scheduler that is well would give.
sub beat { $redis->command('SET', 'betterstack:scheduler:test-a', now_ms(), 'PX', 10000) }

sub add_job {
    my ($monitor, $slot, $spec, $expires) = @_;
    return $redis->command('XADD', $stream, '*', 'job', msgpack_job($monitor, $slot, $expires // $slot + 60000, $spec));
}

sub spec { return BetterStack::Agent::Hub::spec(@_) }

# Ticks of a monitor.
sub ticks_of { my ($monitor) = @_; return grep { $_->{monitor} == $monitor } $hub->ticks }

sub pending { return $redis->command('XPENDING', $stream, 'agents')->[0] }
sub in_stream { return $redis->command('XLEN', $stream) }

beat();
my $early = add_job(1, now_ms(), spec($site->url('/early')));
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);

# ---- the usual way ----
{
    ok wait_for(sub { ticks_of(1) }, 20, 'the first tick'), 'a job that was there before the agent';
    my ($tick) = ticks_of(1);
    is $tick->{status}, 1, 'is up';
    is $tick->{reason}, 0, 'without reason';
    is $tick->{attempts}, 1, 'at the first attempt';
    is $tick->{http_status}, 200, 'with its status';
    is $tick->{address}, '127.0.0.1', 'its address';
    is $tick->{tls}, -1, 'no TLS';
    cmp_ok $tick->{total}, '>', 0, 'and its time';
    is $tick->{evidence}, undef, 'and no evidence';
    is $tick->{agent}, 'agent-1', 'from this agent';
    ok wait_for(sub { pending() == 0 && in_stream() == 0 }, 5, 'the acknowledgement'),
        'its entry is acknowledged and deleted';
    is +($hub->calls('report'))[0]{authorization}, 'Bearer bsr_test', 'the report carries the token';
    is +($hub->calls('report'))[0]{type}, 'application/msgpack', 'and its type';
}

# ---- jobs come before their slot, and wait for it ----
{
    my $slot = now_ms() + 700;
    my @held = map { add_job($_, $slot, spec($site->url('/held'))) } 50 .. 54;
    add_job(55, now_ms() + 3_600_000, spec($site->url('/wrong-clock')));
    my $urgent = msgpack_job(56, $slot, $slot + 60000, spec($site->url('/urgent'))) =~ s/urgent\xc2/urgent\xc3/r;
    $redis->command('XADD', $stream, '*', 'job', $urgent);
    my ($read, $in_time);
    wait_for(sub { $read = pending(); $in_time = now_ms() < $slot; $read >= 6 || !$in_time }, 10, 'all of them to be read');
    ok wait_for(sub { 7 == grep { $_->{monitor} >= 50 && $_->{monitor} <= 56 } $hub->ticks }, 20, 'seven ticks'),
        'each has its tick';
    my %tick = map { $_->{monitor} => $_ } $hub->ticks;
    my @early = grep { $tick{$_}{checked_at} < $slot } 50 .. 54;
    is_deeply \@early, [], 'none was probed before its slot';
    SKIP: {
        skip 'too slow a machine to see them wait', 2 if !$in_time;
        cmp_ok $read, '>=', 6, 'while they wait they are not acknowledged';
        cmp_ok $tick{56}{checked_at}, '<', $slot, 'an urgent one does not wait';
    }
    cmp_ok $tick{55}{checked_at}, '<', $slot + 20_000, 'one from another clock not for long';
    ok wait_for(sub { pending() == 0 && in_stream() == 0 }, 5, 'an empty stream'), 'all are acknowledged';
}

# ---- what is not up ----
{
    my $slot = now_ms();
    add_job(2, $slot, spec($site->url('/error'), headers => [['X-Key', 'very-secret-key']]));
    add_job(3, $slot, spec('http://127.0.0.1:' . free_port() . '/'));
    ok wait_for(sub { ticks_of(2) && ticks_of(3) }, 20, 'two ticks'), 'failures are reported';
    my ($error) = ticks_of(2);
    is $error->{status}, 3, 'down';
    is $error->{reason}, 40, 'status_unexpected';
    is $error->{attempts}, 2, 'after a second attempt';
    is $error->{slot}, $slot, 'for its slot';
    my $evidence = eval { decode_json($error->{evidence}) } // {};
    is $evidence->{http_status}, 500, 'evidence is JSON';
    like $evidence->{body}, qr/^page of GET/, 'with the body';
    unlike $error->{evidence}, qr/very-secret-key/, 'without the secrets that the page has echoed';
    like $evidence->{body}, qr/X-Key: \*+/, 'which are masked';
    is $evidence->{first_attempt}{http_status}, 500, 'and the first attempt';
    my ($refused) = ticks_of(3);
    is $refused->{reason}, 10, 'connect_refused';
    like $refused->{evidence}, qr/connection refused by 127\.0\.0\.1/, 'in words';
}

# ---- jobs that are not to be probed ----
{
    my $before = $site->connections;
    my $slot = now_ms();
    add_job(4, $slot - 100_000, spec($site->url('/late')), $slot - 50_000);
    add_job(5, $slot, spec($site->url('/x'), type => 'carrier_pigeon'));
    add_job(6, $slot, spec('ftp://127.0.0.1/'));
    add_job(7, $slot, spec($site->url('/x'), headers => [["X-A\r\nX-B", 'c']]));
    add_job(8, $slot, spec('http://10.0.0.1/'));
    ok wait_for(sub { 5 == grep { $_->{monitor} >= 4 && $_->{monitor} <= 8 } $hub->ticks }, 20, 'five ticks'),
        'each has its tick';
    my %tick = map { $_->{monitor} => $_ } $hub->ticks;
    is_deeply [@{$tick{4}}{qw(status reason attempts)}], [0, 65, 0], 'too late: unknown, job_expired';
    is_deeply [@{$tick{5}}{qw(status reason)}], [0, 66], 'an unknown type: unknown, not_run';
    is_deeply [@{$tick{6}}{qw(status reason)}], [0, 66], 'no HTTP: unknown, not_run';
    is_deeply [@{$tick{7}}{qw(status reason)}], [0, 66], 'a header that is two: unknown, not_run';
    is_deeply [@{$tick{8}}{qw(status reason attempts)}], [3, 50, 1], 'a private address: address_blocked, once';
    is $site->connections, $before, 'nobody was asked';
}

# ---- jobs that make no sense ----
{
    my @nonsense = ('', 'hello', "\xdf\xff\xff\xff\xff", "\x81\xa1v\x02", "\x81" x 100, "\xc1", "\x80", 'x' x 100_000);
    $redis->command('XADD', $stream, '*', 'job', $_) for @nonsense;
    $redis->command('XADD', $stream, '*', 'other', 'field');
    ok wait_for(sub { in_stream() == 0 && pending() == 0 }, 20, 'an empty stream'), 'nonsense is acknowledged';
    ok $agent->running, 'and has not ended the agent';
    like $agent->log, qr/makes no sense/, 'but is told';
}

# ---- doubles ----
{
    my $slot = now_ms();
    my $before = $site->connections;
    add_job(10, $slot, spec($site->url('/slow'))) for 1 .. 3;
    ok wait_for(sub { in_stream() == 0 }, 20, 'an empty stream'), 'three jobs of one slot are all acknowledged';
    add_job(10, $slot, spec($site->url('/slow')));
    ok wait_for(sub { in_stream() == 0 }, 20, 'an empty stream'), 'and one that comes later too';
    is $site->connections - $before, 1, 'but probed once';
    add_job(11, now_ms(), spec($site->url('/later')));
    ok wait_for(sub { ticks_of(11) }, 20, 'a later tick'), 'what comes later is reported later';
    is scalar(ticks_of(10)), 1, 'and that slot was reported once';
}

# ---- jobs of an agent that died ----
{
    my $slot = now_ms();
    $redis->command('XGROUP', 'CREATECONSUMER', $stream, 'agents', 'dead');
    $agent->stop;
    my @ids = map { add_job($_, $slot, spec($site->url('/left'))) } 20 .. 24;
    $redis->command('XREADGROUP', 'GROUP', 'agents', 'dead', 'COUNT', 10, 'STREAMS', $stream, '>');
    $redis->command('XCLAIM', $stream, 'agents', 'dead', 0, @ids, 'IDLE', 60_000, 'JUSTID');
    $agent->begin;
    ok wait_for(sub { 5 == grep { $_->{monitor} >= 20 && $_->{monitor} <= 24 } $hub->ticks }, 30, 'five ticks'),
        'are taken over';
    ok wait_for(sub { in_stream() == 0 }, 5, 'an empty stream'), 'and acknowledged';
}

# ---- a probe that takes long is not mistaken for one of a dead agent ----
{
    my $slot = now_ms();
    add_job(30, $slot, spec($site->url('/hang'), timeout => 9000));
    ok wait_for(sub { pending() == 1 }, 10, 'the job to be taken'), 'a job that takes 18 seconds';
    my $idle = 0;
    for (1 .. 7) {
        sleep 1;
        my $entry = $redis->command('XPENDING', $stream, 'agents', '-', '+', 10)->[0] // last;
        $idle = $entry->[2] if $entry->[2] > $idle;
    }
    cmp_ok $idle, '<', 6000, 'its entry never grows old';
}

# ---- a target that hangs for longer than its interval ----
{
    my $before = $site->connections;
    my $slot = now_ms();
    add_job(31, $slot + $_, spec($site->url('/hang'), timeout => 9000)) for 1 .. 30;
    ok wait_for(sub { ticks_of(31) >= 12 }, 8, 'what is too much'), 'of thirty slots twelve are too much';
    is_deeply [map { "$_->{status}/$_->{reason}" } ticks_of(31)], [('0/66') x 12], 'unknown, not_run';
    sleep 0.5;
    is $site->connections - $before, 2, 'and are no reason to begin more than two of those that wait';
}

# ---- the stream is deleted ----
{
    $redis->command('FLUSHALL');
    beat();
    add_job(40, now_ms(), spec($site->url('/after')));
    ok wait_for(sub { ticks_of(40) }, 20, 'the tick'), 'after FLUSHALL the group is made again';
}

# ---- Redis has lost the stream, and has no memory for another ----
{
    $redis->command('CONFIG', 'SET', 'maxmemory', 1);
    $redis->command('FLUSHALL');
    my $tries = sub { return scalar(() = $agent->log =~ /making its group/g) };
    my $before = $tries->();
    ok wait_for(sub { $tries->() > $before }, 20, 'a try'), 'without a group there is no reading';
    sleep 3;
    cmp_ok $tries->() - $before, '<', 10, 'nor is Redis asked for one without a pause';
    $redis->command('CONFIG', 'SET', 'maxmemory', 0);
    beat();
    add_job(43, now_ms(), spec($site->url('/room')));
    ok wait_for(sub { ticks_of(43) }, 20, 'the tick'), 'until there is one';
}

# ---- Redis dies, and comes back empty ----
{
    $redis->kill;
    $redis->start;
    beat();
    add_job(41, now_ms(), spec($site->url('/back')));
    ok wait_for(sub { ticks_of(41) }, 30, 'the tick'), 'after a restart of Redis work goes on';
}

# ---- Redis is stuck ----
{
    $redis->freeze;
    ok wait_for(sub { $agent->log =~ /no answer in time/ }, 20, 'the deadline'), 'a Redis that does not answer is given up';
    $redis->thaw;
    beat();
    add_job(42, now_ms(), spec($site->url('/thawed')));
    ok wait_for(sub { ticks_of(42) }, 30, 'the tick'), 'and taken again';
}

is $agent->stop, 0, 'the agent ends well' or diag $agent->log;

done_testing;
