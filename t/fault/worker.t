# kill -9 of nginx workers in the middle of load: each in turn, so that the
# holder of the scheduler's lease is among them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use BetterStack::Fault;
use Test::More;

my $fault = BetterStack::Fault->start;

my @workers = $fault->stack->workers;
cmp_ok scalar @workers, '>=', 1, 'nginx has workers: ' . @workers;

$fault->begin;
for my $worker (@workers) {
    kill 'KILL', $worker;
    $fault->wait_for("worker $worker is replaced", sub {
        my @now = $fault->stack->workers;
        return @now == @workers && !grep { $_ == $worker } @now;
    });
    $fault->wait_until_reported('every place has reported again', 1);
}

$fault->settle;
$fault->judge(may_miss => 0);

done_testing;
