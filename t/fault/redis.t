# kill -9 of Redis, whose data is gone with it (it keeps no files), in the
# middle of load: once back at once, once away until the agents have run from
# the schedule on their disks.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use BetterStack::Fault;
use Test::More;

my $fault = BetterStack::Fault->start;

$fault->begin;
$fault->stack->kill_piece('redis');
$fault->stack->start('redis');
$fault->wait_until_reported('every place has reported again', 1);

$fault->stack->kill_piece('redis');
$fault->wait_until_probed('agents have probed everything 3 times without Redis', 3);
$fault->wait_until_reported('and reported it', 1);
$fault->stack->start('redis');

$fault->settle;
$fault->judge(may_miss => 0);

done_testing;
