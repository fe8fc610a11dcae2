use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Simulation;

# What befalls agents and hubs is nobody's outage, and hides none.

my $simulation = BetterStack::Simulation->new;
$simulation->pass(['uplink', 1], ['resolver', 1], ['overload', 2], ['loss', 2], ['two_regions', 1], ['hub_away', 1],
    ['blocked', 2], ['clock', 1]);
done_testing;
