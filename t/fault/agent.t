# kill -9 of an agent in the middle of load.  The other agent of its region
# takes its jobs; what the dead one had on disk is reported when it is back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use BetterStack::Fault;
use Test::More;

my $fault = BetterStack::Fault->start;

$fault->begin;
$fault->kill_agent('agent-a1');
$fault->wait_until_reported('the other agent of the region has carried on for 3 slots', 3);
$fault->start_agent('agent-a1');

$fault->settle;
$fault->judge(may_miss => 0);

done_testing;
