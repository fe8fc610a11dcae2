# One worker schedules; whatever ends it, another goes on and skips nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Jobs;
use BetterStack::Stack qw(wait_for);
use Test::More;

use constant LEASE_MS => 5000;

my @regions = qw(local-a local-b);
my $stack = BetterStack::Stack->new(regions => "@regions", agents => 0, workers => 2);
my $jobs = BetterStack::Jobs->new($stack);
my @monitors = map { $jobs->add } 1 .. 3;
my $slowness = BetterStack::Checker::slowness();

sub now { return BetterStack::Jobs::now_ms() }
sub settle { return $jobs->wait_after(now() + ($_[0] // 1500), \@regions, \@monitors, 30) }

sub missing {
    return map { my $region = $_; map { BetterStack::Jobs::missing($jobs->slots($region, $_), 1000) } @monitors }
        @regions;
}

# Slots that were published again, of all places.
sub doubled {
    return map { my $region = $_; map { BetterStack::Jobs::doubled($jobs->slots($region, $_)) } @monitors }
        @regions;
}

# How late the latest job was that came after `since`.
sub latest {
    my ($since) = @_;
    my $most = 0;
    for my $job (map { @{$jobs->jobs($_)} } @regions) {
        my $late = $job->{at} - $job->{slot};
        $most = $late if $job->{at} > $since && $late > $most;
    }
    return $most;
}

ok settle(), 'jobs are published';
my $holder = $jobs->holder;
ok scalar(grep { $_ == $holder } $stack->workers), 'a worker holds the lease';

# A reload: given back at once, with a watermark that is exact.
my $since = now();
$stack->reload;
ok wait_for(sub { ($jobs->holder // $holder) != $holder }, 5), 'after a reload another holds it';
ok settle(), 'and goes on';
is_deeply [missing()], [], 'no slot is missing';
is_deeply [doubled()], [], 'none is there twice';
cmp_ok latest($since), '<', 2000 * $slowness, 'the lease passed quickly: ' . latest($since) . ' ms late at most';

# kill -9: within the expiry of the lease.
$holder = $jobs->holder;
$since = now();
kill 'KILL', $holder;
ok wait_for(sub { ($jobs->holder // $holder) != $holder }, 15), 'after kill -9 another holds it';
ok settle(), 'and goes on';
is_deeply [missing()], [], 'no slot is missing';
is_deeply [grep { $_ < $since - 3000 } doubled()], [], 'only the last moments are there twice';
cmp_ok latest($since), '<', (LEASE_MS + 2500) * $slowness,
    'the lease passed within its expiry: ' . latest($since) . ' ms late at most';

# Stopped, and continued after another has taken over.
$holder = $jobs->holder;
$since = now();
kill 'STOP', $holder;
ok wait_for(sub { ($jobs->holder // $holder) != $holder }, 15), 'a stopped worker loses the lease';
my $taken = now();
ok settle(), 'another goes on';
kill 'CONT', $holder;
ok settle(2500), 'the stopped one is back';
is_deeply [missing()], [], 'no slot is missing';
is_deeply [grep { $_ > $taken } doubled()], [], 'what it slept through it does not publish';
isnt $jobs->holder, $holder, 'and it has noticed';
like $stack->log_text('nginx-error'), qr/no longer schedules/, 'which the log tells';

# A fast exit of all: the key is gone, not left to expire.
$stack->kill_piece('nginx', 'TERM');
ok wait_for(sub { !defined $jobs->redis('GET', 'betterstack:scheduler') }, 2), 'a fast exit gives the lease back';
my $left = $jobs->redis('GET', 'betterstack:scheduler:watermark');
cmp_ok now() - $left, '<', 5000 * $slowness, 'with a watermark';
$stack->start('nginx');
ok settle(), 'and a new start goes on';
is_deeply [missing()], [], 'without a gap';

is_deeply [$stack->bad_log_lines(qr/exited on signal 9/)], [], 'nginx has nothing bad to tell';
done_testing;
