# More names than may be asked for at once, and nobody answers: what was never
# asked says nothing about its target, so it must not count against it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Hub;
use Test::More;
use Time::HiRes qw(time);

use constant { ON_WIRE => 100, NAMES => 140, DOWN => 3, AGENT_OVERLOADED => 62, DNS_TIMEOUT => 4 };

my $phase = int(time * 1000 + 1000) % 60_000;
my $dns = BetterStack::Agent::Dns->new({map { +"n$_.test" => {silent => 1} } 1 .. NAMES});
my $hub = BetterStack::Agent::Hub->new(region => 'test-a', monitors => [
    map { [$_, 60_000, $phase, BetterStack::Agent::Hub::spec("http://n$_.test/", timeout => 1000)] } 1 .. NAMES]);
my $agent = BetterStack::Agent->start(hub => $hub->url, args => ['--resolvers', $dns->server]);

ok wait_for(sub { $hub->ticks >= NAMES }, 30, 'the results'), 'all names were tried';
my %count;
$count{$_->{reason}}++ for $hub->ticks;
cmp_ok $count{&AGENT_OVERLOADED} // 0, '>=', NAMES - ON_WIRE, 'those that were never asked for are our own trouble';
is scalar(grep { $_->{reason} == AGENT_OVERLOADED && $_->{status} == DOWN } $hub->ticks), 0, 'and not down';
cmp_ok $count{&DNS_TIMEOUT} // 0, '>', 0, 'the others had no answer';
is $agent->stop, 0, 'the agent ends well';

done_testing;
