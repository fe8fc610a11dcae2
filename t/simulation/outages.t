use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Simulation;

# True outages: each is found in time, closed in time, and nothing else is.

my $simulation = BetterStack::Simulation->new;
$simulation->passes('true_outages', 1, 2);
$simulation->passes($_, 1) for qw(flapping mass dependent);
done_testing;
