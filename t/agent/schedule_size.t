# A large schedule costs little memory: known, run, and replaced by another.
# bench/schedule-memory does the same with 100,000 monitors and prints it.

use strict;
use warnings;

use FindBin;
use lib map { "$FindBin::Bin/$_" } qw(lib ../lib ../observer/lib ../../bench/lib);

use BetterStack::Agent qw(free_port wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Bench::Schedule qw(monitors);
use BetterStack::Checker;
use Test::More;

plan skip_all => 'checkers need memory themselves' if BetterStack::Checker::sanitize() || BetterStack::Checker::valgrind();

use constant MONITORS => 20_000;
use constant BYTES    => 300;
use constant INTERVAL => 3_600_000;
use constant LIMIT    => 64 * 1024 * MONITORS / 100_000;    # KiB

my $hub = BetterStack::Agent::Hub->new;
my $port = free_port();

sub status { my ($agent, $field) = @_; return (BetterStack::Agent::slurp('/proc/' . $agent->pid . '/status') =~ /^$field:\s+(\d+) kB$/m)[0] }

sub times_fetched { my ($agent) = @_; return scalar(() = $agent->log =~ /monitors of region \S+ from the hub/g) }

sub start {
    my ($name) = @_;
    my $agent = BetterStack::Agent->start(hub => $hub->url, name => $name);
    wait_for(sub { times_fetched($agent) && $agent->log =~ /no heartbeat/ }, 60, 'the schedule') or BAIL_OUT('no schedule');
    return $agent;
}

$hub->schedule(monitors(1, BYTES, INTERVAL, $port));
my $small = start('small');
my $floor = status($small, 'VmHWM');
is $small->stop, 0, 'an agent with one monitor';

$hub->schedule(monitors(MONITORS, BYTES, INTERVAL, $port));
my $large = start('large');
like $large->log, qr/no heartbeat .*\(20000 monitors\)/, 'one with many runs them all';
cmp_ok status($large, 'VmHWM') - $floor, '<', LIMIT, 'for so much memory at the most';

$hub->schedule(monitors(MONITORS, BYTES + 1, INTERVAL, $port));
ok wait_for(sub { times_fetched($large) == 2 }, 60, 'another schedule'), 'another schedule takes its place meanwhile';
cmp_ok status($large, 'VmHWM') - $floor, '<', LIMIT, 'for no more than that';
ok !-e $large->state . '/schedule.new', 'and nothing is left beside it';
is $large->stop, 0, 'the agent ends well';

$large->begin;
ok wait_for(sub { $large->log =~ /20000 monitors of region test-a from disk/ }, 20, 'the schedule'), 'its disk has it';
is $large->stop, 0, 'and it ends well again';

done_testing;
