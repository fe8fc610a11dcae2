# Every slot of every (monitor, region), once, at its time, staggered.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::Stack;
use Test::More;

my @regions = qw(local-a local-b);
my $stack = BetterStack::Stack->new(regions => "@regions", agents => 0);
my $jobs = BetterStack::Jobs->new($stack);

my @monitors = map { $jobs->add(url => "http://127.0.0.1:1/$_") } 1 .. 8;
my $slow = $jobs->add(check_frequency => 3600);
my $started = BetterStack::Jobs::now_ms();
ok $jobs->wait_after($started + 4000, \@regions, \@monitors), 'every place has its slots';

# What is promised by the heartbeat must be in the stream already.
my $watermark = $jobs->redis('GET', 'betterstack:scheduler:watermark');
my %promised = map { $_ => $jobs->redis('GET', "betterstack:scheduler:$_") } @regions;
my $now = BetterStack::Jobs::now_ms();

my (@missing, @doubled, @early, @late, @broken, %phase);
for my $region (@regions) {
    for my $monitor (@monitors) {
        my $slots = $jobs->slots($region, $monitor);
        push @missing, BetterStack::Jobs::missing($slots, 1000);
        push @doubled, BetterStack::Jobs::doubled($slots);
        my ($newest) = sort { $b <=> $a } keys %$slots;
        push @broken, "$region: $newest" if $newest + 1000 <= $promised{$region};
        $phase{$region}{$monitor} = $newest % 1000;
    }
    for my $job (@{$jobs->jobs($region)}) {
        push @early, $job if $job->{at} < $job->{slot} - BetterStack::Jobs::EARLY_MS;
        push @late, $job->{at} - $job->{slot} + BetterStack::Jobs::LEAD_MS if $job->{slot} > $started + 2000;
    }
}
is_deeply \@missing, [], 'no slot is missing';
is_deeply \@doubled, [], 'no slot is there twice';
is_deeply \@early, [], 'none comes more than the lead before its time';
is_deeply \@broken, [], 'every slot up to the watermark is in the stream';
@late = sort { $a <=> $b } @late;
cmp_ok $late[@late / 2], '<', 250, "half of them at once ($late[@late / 2] ms late, the last $late[-1] ms)";

my @shifts = map { ($phase{'local-b'}{$_} - $phase{'local-a'}{$_}) % 1000 } @monitors;
is_deeply \@shifts, [(500) x @monitors], 'the regions of a monitor are half an interval apart';
cmp_ok scalar(keys %{{reverse %{$phase{'local-a'}}}}), '>', 4, 'monitors are spread over the interval';

for my $region (@regions) {
    cmp_ok abs($now - $promised{$region}), '<', 3000, "the heartbeat of $region is fresh";
    my $life = $jobs->redis('PTTL', "betterstack:scheduler:$region");
    ok $life > 0 && $life <= 10000, 'and ends by itself';
}
cmp_ok $watermark, '<=', $promised{$_}, "the watermark is not ahead of $_" for @regions;

my ($job) = grep { $_->{monitor} == $monitors[0] } @{$jobs->jobs('local-a')};
is $job->{expires}, $job->{slot} + 15000, 'a job says until when it is worth a probe';
is $job->{spec}{url}, 'http://127.0.0.1:1/1', 'and how to probe';
is $job->{v}, 1, 'in version 1';

my $health = $stack->health->{scheduler};
ok $health->{holder}, 'the hub says that it schedules';
is $health->{monitors}, 9, 'how many monitors';
like $health->{last_slot_dispatched}, qr/^20/, 'and how far it is';

my $added = BetterStack::Jobs::now_ms();
my $hour = $jobs->slots('local-a', $slow);
ok !grep({ $_ > $added } keys %$hour), 'a rare monitor is not due before its time';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
