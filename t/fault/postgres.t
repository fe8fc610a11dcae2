# kill -9 of Postgres in the middle of load.  Checks go on without it, the
# hub refuses reports, agents keep them on disk until it has recovered.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use BetterStack::Fault;
use Test::More;

my $fault = BetterStack::Fault->start;

$fault->begin;
$fault->stack->kill_piece('postgres');
$fault->wait_until_probed('everything has been probed 3 times without Postgres', 3);
$fault->stack->start('postgres');

$fault->settle;
$fault->judge(may_miss => 0);

done_testing;
