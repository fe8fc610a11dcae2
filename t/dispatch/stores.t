# Redis loses its data, Redis is away, Postgres is away: jobs go on, or are
# made up for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::Stack qw(wait_for);
use Test::More;

my @regions = qw(local-a local-b);
my $stack = BetterStack::Stack->new(regions => "@regions", agents => 0);
my $jobs = BetterStack::Jobs->new($stack);
my @monitors = map { $jobs->add } 1 .. 3;

sub now { return BetterStack::Jobs::now_ms() }
sub settle { return $jobs->wait_after(now() + ($_[0] // 2000), \@regions, \@monitors, 30) }

# Of all places, from `from` on.
sub missing {
    my ($from) = @_;
    my @missing;
    for my $region (@regions) {
        for my $monitor (@monitors) {
            my $slots = $jobs->slots($region, $monitor);
            push @missing, grep { $_ >= $from } BetterStack::Jobs::missing($slots, 1000);
        }
    }
    return @missing;
}

my $begin = now();
ok settle(), 'jobs are published';

# All data of Redis goes: streams, lease, watermark.  What was published and not
# yet read is published once more.
my $since = now();
$jobs->redis('FLUSHALL');
$jobs->forget;
ok settle(4000), 'without its data Redis is filled again';
my %again = map { $_->{monitor} => 1 } grep { $_->{at} > $since && $_->{slot} < $since - 500 } @{$jobs->jobs('local-a')};
is scalar(keys %again), @monitors, 'also with what nobody may have read';
ok wait_for(sub { $jobs->redis('EXISTS', 'betterstack:scheduler:watermark') && $jobs->holder }, 5),
    'lease and watermark are there again';
is_deeply [missing($begin)], [], 'no slot is missing';

# Redis comes back as it was a while ago, as from a snapshot: the watermark tells.
$since = now();
$jobs->redis('EVAL', "redis.call('DEL', KEYS[1]) redis.call('DECRBY', KEYS[2], 5000)", 2,
    'betterstack:jobs:local-a', 'betterstack:scheduler:watermark');
$jobs->forget;
ok settle(), 'with data of an earlier time jobs go on';
%again = map { $_->{monitor} => 1 } grep { $_->{at} > $since && $_->{slot} < $since - 2500 } @{$jobs->jobs('local-a')};
is scalar(keys %again), @monitors, 'also those that were published since then';

# Redis dies and takes its data along; slots that are still worth it are made up for.
$since = now();
$stack->kill_piece('redis');
wait_for(sub { now() > $since + 7000 }, 10);    # longer than the lease
$stack->start('redis');
$jobs->forget;
ok settle(), 'after Redis was away jobs are published again';
is_deeply [missing($begin)], [], 'and no slot is missing';
is_deeply [grep { $_->{at} < $_->{slot} - BetterStack::Jobs::EARLY_MS } map { @{$jobs->jobs($_)} } @regions], [],
    'none came earlier than jobs do';

# Postgres dies: the schedule is in memory.
$stack->kill_piece('postgres');
$since = now();
ok settle(3000), 'without Postgres jobs go on';
is_deeply [missing($begin)], [], 'and no slot is missing';
ok wait_for(sub { $jobs->redis('GET', 'betterstack:scheduler:local-a') > $since }, 5), 'hearts beat';

# What changed while nobody listened is known afterwards.
$stack->start('postgres');
ok wait_for(sub { eval { $jobs->change($monitors[0], url => 'http://127.0.0.1:1/later'); 1 } }, 20),
    'Postgres is back';
ok wait_for(sub {
    my ($newest) = grep { $_->{monitor} == $monitors[0] } reverse @{$jobs->jobs('local-a')};
    return $newest->{spec}{url} =~ /later/;
}, 20), 'a change is heard again';
ok settle(), 'jobs go on';
is_deeply [missing($begin)], [], 'no slot is missing';

# New workers that cannot load anything leave the lease alone.
$stack->kill_piece('postgres');
$stack->reload;
ok wait_for(sub { !$jobs->redis('EXISTS', 'betterstack:scheduler') }, 10), 'who has no monitors does not schedule';
$stack->start('postgres');
ok wait_for(sub { $jobs->holder }, 20), 'with Postgres somebody does';
ok settle(), 'and jobs go on';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
