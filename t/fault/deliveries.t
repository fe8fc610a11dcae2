# Alerts and death: agents end at every step of a delivery's life, workers of the
# hub in the middle of reports, providers answer badly or not at all.  Every
# message arrives; what arrives twice carries the same key, and does so only
# because somebody died between a provider's yes and our having written it down.
#
# RUNS (40) lives, SEED (1) of the chances among them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent;
use BetterStack::Agent::Sink;
use BetterStack::Stack qw(wait_for);
use BetterStack::Unit;
use Test::More;
use Time::HiRes qw(sleep time);

my $runs = $ENV{RUNS} // 40;
my $seed = $ENV{SEED} // 1;
srand $seed;
diag "RUNS=$runs SEED=$seed";

my @points = qw(before_send after_send after_journal before_report after_report);
my $binary = BetterStack::Unit::made('crash/betterstack-agent');
my $sink = BetterStack::Agent::Sink->new;
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $agent = BetterStack::Agent->start(hub => $stack->url(''), redis => $stack->redis_url, binary => $binary,
    token => $stack->region_token('local-a'));
my $channels = 6;

# Each channel is a path of its own at the sink.
for my $number (1 .. $channels) {
    $stack->sql(sprintf q{insert into betterstack.channel (team_id, name, kind, settings)
        select min(id), 'c%d', 'webhook', jsonb_build_object('url', '%s') from betterstack.team}, $number, $sink->url("/c$number"));
}

# A message to every channel; none of them is of the same millisecond as others.
sub alert {
    $stack->sql('select core.alert_test(c, clock_timestamp()) from betterstack.channel c');
    sleep 0.002;
}

# As if the minutes had passed after which a lease ends, and the next try is due.
sub pass_time {
    $stack->sql(q{update betterstack.delivery set next_at = now(), leased_until = now() where state in (0, 1) and next_at > now()});
}

sub unfinished { return $stack->sql('select count(*) from betterstack.delivery where state in (0, 1)') }

# What was taken by the provider: key => how often.
sub taken {
    my %taken;
    $taken{$_->{headers}{'idempotency-key'}}++ for grep { $_->{status} == 200 } $sink->requests;
    return \%taken;
}

# Somebody has died: what the provider has, and neither the database nor the agent's disk knows of, may
# come once more.
my %excused;
sub excuse {
    my %written = map { /^(\d+) / ? ($1 => 1) : () } split /\n/, BetterStack::Agent::slurp($agent->state . '/sent');
    my %known;
    for my $row (split /\n/, $stack->sql('select id, state, key from betterstack.delivery')) {
        my ($id, $state, $key) = split /\|/, $row;
        $known{$key} = 1 if $state == 2 || $written{$id};
    }
    my $taken = taken();
    $excused{$_} = $taken->{$_} for grep { !$known{$_} } keys %$taken;
}

sub bad_provider {
    my @bad = ({status => 500}, {status => 429, headers => {'Retry-After' => 1}}, {reset => 1}, {drop => 1}, {status => 503});
    $sink->answers((map { $bad[rand @bad] } 1 .. int rand 3), {});
}

my %died;
for my $run (1 .. $runs) {
    my $point = $points[$run % @points];
    $point .= ':' . (1 + int rand($point eq 'before_report' ? 2 : 4));
    my $worker = rand() < 0.3;
    bad_provider();
    $agent->kill;
    excuse();
    pass_time();
    alert();
    $agent->begin(env => {BETTERSTACK_CRASH_AT => $point});
    if ($worker) {
        my ($pid) = $stack->workers;
        sleep rand 0.3;
        kill 'KILL', $pid;
        $died{worker}++;
    }
    my $until = time + 3;
    while ($agent->running && time < $until && unfinished()) {
        pass_time() if time > $until - 2;
        sleep 0.1;
    }
    $died{$point =~ s/:.*//r}++ if !$agent->running && $agent->log =~ /crash point/;
}
$agent->kill;
excuse();
diag join ', ', map { "$_: $died{$_}" } sort keys %died;
ok !(grep { !$died{$_} } @points), 'agents died at every step';

# ---- in peace ----
$sink->answers({});
$agent->begin(env => {});
ok wait_for(sub { pass_time(); sleep 0.5; !unfinished() }, 60, 'the rest'), 'every message comes to its end';
my %want = map { $_ => 1 } split /\n/, $stack->sql('select key from betterstack.delivery');
my $taken = taken();
is scalar(keys %want), $runs * $channels, 'none was forgotten';
is_deeply [grep { !$taken->{$_} } sort keys %want], [], 'every message has arrived';
is_deeply [grep { !$want{$_} } sort keys %$taken], [], 'and nothing else';
is $stack->sql('select count(*) from betterstack.delivery where state <> 2'), 0, 'each is known as sent';
my %extra = map { $taken->{$_} > 1 ? ($_ => $taken->{$_} - 1) : () } keys %$taken;
my @unexcused = grep { $extra{$_} > ($excused{$_} // 0) } sort keys %extra;
is_deeply \@unexcused, [], 'what came twice came because somebody had died in between';
my $total = 0;
$total += $_ for values %extra;
diag scalar(keys %want) . " messages, $total of them sent again after a death, "
    . scalar($sink->requests) . ' requests in all';
is $agent->stop, 0, 'the last agent ends well';

done_testing;
