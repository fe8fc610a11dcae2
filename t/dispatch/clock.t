# The clock of a hub is set back: what is frequent does not wait for the old
# time, even while a rare monitor is due first.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Jobs;
use BetterStack::Stack qw(wait_for);
use File::Temp qw(tempdir);
use Test::More;

plan skip_all => 'checkers preload something themselves' if BetterStack::Checker::sanitize() || BetterStack::Checker::valgrind();

use constant BACK_MS => 120_000;

my $folder = tempdir(CLEANUP => 1);
chmod 0755, $folder;
my $made = system 'cc', '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', "$folder/clock.so", "$FindBin::Bin/lib/clock.c";
is $made, 0, 'a clock that can be set is built' or BAIL_OUT('no clock');

# Written in place: nginx has the file mapped.
open my $shift, '+>', "$folder/shift" or die "$folder/shift: $!\n";
sub shift_clock {
    my ($ms) = @_;
    sysseek $shift, 0, 0;
    syswrite $shift, pack 'q', $ms;
}
shift_clock(0);

my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0, workers => 1,
    env => {STACK_WRAP_NGINX => "env LD_PRELOAD=$folder/clock.so CLOCK_SHIFT=$folder/shift"});
my $jobs = BetterStack::Jobs->new($stack);

sub now { return BetterStack::Jobs::now_ms() }

# Just after one slot of the frequent one, a rare one is next.
my $often = $jobs->add(check_frequency => 6);
$jobs->add(check_frequency => 180) for 1 .. 120;
ok $jobs->wait_after(now() + 100, ['local-a'], [$often]), 'jobs are published';

shift_clock(-BACK_MS);
my $set = now() - BACK_MS;
ok wait_for(sub {
    my $slots = $jobs->slots('local-a', $often);
    return grep { $_ > $set - 1000 && $_ <= now() - BACK_MS } keys %$slots;
}, 15), 'after the clock was set back, too, at the time it says now';
like $stack->log_text('nginx-error'), qr/the clock was set back by 1[12]\d{4} ms/, 'which the log tells';

my @early = grep { $_->{slot} > now() - BACK_MS + 5000 && $_->{at} > $set + BACK_MS + 3000 } @{$jobs->jobs('local-a')};
is_deeply \@early, [], 'and nothing before its time';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
