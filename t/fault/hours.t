# kill -9 of the worker that rolls hours up, of Postgres and of the whole hub, in the middle of it:
# in the end every hour is what its ticks are, and none is missing.  RUNS (3) kills, SEED.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Rollups;
use BetterStack::Stack qw(wait_for);
use Test::More;
use Time::HiRes qw(sleep);

use constant ROUNDS => $ENV{RUNS} // 3;

my $stack = BetterStack::Stack->new(regions => 'local-a local-b', agents => 0, workers => 2,
    postgres => '-c fsync=on -c full_page_writes=on');
my $hours = BetterStack::Rollups->new($stack, monitors => 40, hours => 12, ticks => 120);

# Leases of who died are over at once.
sub release { $stack->sql("update betterstack.hour set leased_until = '-infinity' where leased_until > now()") }

sub rolled { return $stack->sql('select count(*) from betterstack.tick_hour') }

srand($ENV{SEED} // 1);

my @kills = (
    ['a worker', sub {
        my ($worker) = $stack->workers;
        kill 'KILL', $_ for $stack->workers;
        wait_for(sub { my @now = $stack->workers; @now == 2 && !grep { $_ == $worker } @now }, 30)
            or die 'no new workers';
    }],
    ['Postgres', sub { $stack->kill_piece('postgres'); $stack->start('postgres') }],
    ['the hub', sub {
        my @workers = $stack->workers;
        $stack->kill_piece('nginx');
        kill 'KILL', @workers;
        wait_for(sub { !kill 0, @workers }, 30) or die 'workers that do not die';
        $stack->start('nginx');
    }],
);

for my $round (1 .. ROUNDS) {
    my ($name, $kill) = @{$kills[$round % @kills]};
    $hours->all_due;
    my $some = 1 + int rand 400;
    ok wait_for(sub { rolled() >= $some }, 60), "round $round: rolling up is under way";
    $kill->();
    ok wait_for(sub { eval { rolled() } }, 60), "$name was killed, and is there again";
    ok wait_for(sub { release(); $hours->known }, 180), 'it goes on to the end';
    is_deeply [$hours->wrong], [], 'and nothing is missing or wrong';
}

done_testing;
