# kill -9 of an agent in the middle of load, while it has jobs in work.  The
# other agent of its region carries on and takes those jobs while their slots
# are still worth it; what the dead one had on disk is reported when it is back.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use BetterStack::Fault;
use Test::More;

my $fault = BetterStack::Fault->start;

$fault->begin;
$fault->wait_for('the agent has jobs in work', sub { $fault->jobs_pending('agent-a1') > 0 });
$fault->kill_agent('agent-a1');
diag 'jobs left by the dead agent: ' . $fault->jobs_pending('agent-a1');

$fault->wait_until_reported('the other agent of the region has carried on', 1);
$fault->wait_for('it has taken the jobs of the dead one', sub {
    return $fault->jobs_pending('agent-a1') == 0;
});
$fault->start_agent('agent-a1');

$fault->settle;
$fault->judge(may_miss => 0);
is_deeply $fault->unknown, {}, 'and none came too late to be worth a probe';

done_testing;
