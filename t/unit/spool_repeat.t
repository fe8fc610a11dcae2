use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use BetterStack::Unit;

BetterStack::Unit::run("spool_repeat");
