use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Simulation;

# What befalls agents and hubs is nobody's outage, and hides none.

my $simulation = BetterStack::Simulation->new;
$simulation->passes($_, 1)
    for qw(uplink resolver overload loss two_regions hub_away blocked clock);
done_testing;
