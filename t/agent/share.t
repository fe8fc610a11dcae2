# Three agents of a region without a scheduler: they share the schedule, take
# over from one that dies, and go back to jobs, without a gap.

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

use constant INTERVAL => 2000;
use constant LIFE     => 15_000;

my @names = qw(one two three);
my @monitors = (1 .. 12);
my $redis = BetterStack::Agent::Redis->new;
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $spec = BetterStack::Agent::Hub::spec($site->url);
my $hub = BetterStack::Agent::Hub->new(region => 'test-a',
    monitors => [map { [$_, INTERVAL, $_ * 100, $spec] } @monitors]);

sub now_ms { return int(time * 1000) }

# {monitor}{slot}{agent}: how often.
sub results {
    my %results;
    $results{$_->{monitor}}{$_->{slot}}{$_->{agent}}++ for grep { $_->{status} == 1 } $hub->ticks;
    return \%results;
}

# Slots in (after, up to] without a result, and those with more than one.
sub judge {
    my ($after, $to) = @_;
    my $results = results();
    my (@missing, @doubled);
    for my $monitor (@monitors) {
        my $slot = $after - ($after - $monitor * 100) % INTERVAL;
        while (($slot += INTERVAL) <= $to) {
            my $agents = $results->{$monitor}{$slot} or push(@missing, "$monitor $slot"), next;
            push @doubled, "$monitor $slot: " . join ' ', sort keys %$agents if keys %$agents > 1;
        }
    }
    return (\@missing, \@doubled);
}

sub wait_until_complete {
    my ($after, $to, $what) = @_;
    return wait_for(sub { now_ms() > $to && !@{(judge($after, $to))[0]} }, 40, $what);
}

$hub->mode(report => {agents => \@names});
my %agent = map { $_ => BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, name => $_) } @names;
for my $name (@names) {
    ok wait_for(sub { $agent{$name}->log =~ /no heartbeat/ }, 30, 'the words'), "agent $name has no scheduler";
}

# ---- all of them are there ----
my $begun = now_ms() + 1000;
ok wait_until_complete($begun, $begun + 6000, 'every slot'), 'every slot has a result';
my (undef, $doubled) = judge($begun, $begun + 6000);
is_deeply $doubled, [], 'from one agent';
my %has = map { map { map { $_ => 1 } keys %$_ } values %$_ } values %{results()};
is_deeply [sort keys %has], [sort @names], 'each agent has a part';

# ---- one dies; the hub notices a while later ----
$agent{three}->kill;
my $killed = now_ms();
wait_for(sub { now_ms() > $killed + 4000 }, 10);
my ($missing) = judge($killed, $killed + 3000);
ok @$missing > 0, 'nobody does what it would have done';
$hub->mode(report => {agents => [qw(one two)]});
ok wait_for(sub { $agent{one}->log =~ /an agent of this region is gone/ && $agent{two}->log =~ /is gone/ }, 10,
    'the words'), 'until the others hear of it';
my $heard = now_ms();
ok wait_until_complete($begun, $heard + 4000, 'every slot'), 'then they make up for it, and go on for it';
(undef, $doubled) = judge($heard + 2000, $heard + 4000);
is_deeply $doubled, [], 'again each slot from one agent';

# ---- a list without the agent: it does everything ----
$hub->mode(report => {agents => [qw(two)]});
my $excluded = now_ms() + 3000;
ok wait_until_complete($excluded, $excluded + 3000, 'every slot'), 'with a list that leaves one out';
ok wait_for(sub {
    my $results = results();
    return !grep { my $monitor = $_; !grep { $_ > $excluded && $results->{$monitor}{$_}{one} } keys %{$results->{$monitor}} } @monitors;
}, 20, 'results of all monitors'), 'it does all of it';
$hub->mode(report => {agents => [qw(one two)]});

# ---- the scheduler comes, and begins where it ended ----
my $watermark = now_ms() - 5000;
sub schedule {
    my $now = now_ms();
    for my $monitor (@monitors) {
        my $slot = $watermark - ($watermark - $monitor * 100) % INTERVAL;
        while (($slot += INTERVAL) <= $now) {
            $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job', msgpack_job($monitor, $slot, $slot + LIFE, $spec));
        }
    }
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    $watermark = $now;
}
ok wait_for(sub { schedule(); sleep 0.1; 2 == grep { $agent{$_}->log =~ /back to jobs/ } qw(one two) }, 20, 'both'),
    'with a scheduler both go back to jobs';
my $back = now_ms();
ok wait_for(sub { schedule(); sleep 0.1; now_ms() > $back + 4000 && !@{(judge($begun, $back + 4000))[0]} }, 20, 'every slot'),
    'and from beginning to end no slot was skipped';
(undef, $doubled) = judge($back + 1000, $back + 4000);
is_deeply $doubled, [], 'jobs are one agent\'s each';

is $agent{$_}->stop, 0, "agent $_ ends well" for qw(one two);

done_testing;
