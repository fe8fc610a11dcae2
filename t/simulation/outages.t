use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Simulation;

# True outages: each is found in time, closed in time, and nothing else is.

my $simulation = BetterStack::Simulation->new;
$simulation->pass(['true_outages', 1], ['true_outages', 2], ['flapping', 1], ['mass', 2], ['dependent', 3]);
done_testing;
