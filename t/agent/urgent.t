# Urgent jobs: they pass those that wait, and believe nothing they have not
# seen themselves.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer hold);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use Test::More;
use Time::HiRes qw(time);

use constant WAITING => 80;

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    hold($_[0]) if $head =~ m{ /hang};
    answer($_[0], 200, 'here');
});
my $dns = BetterStack::Agent::Dns->new({'site.test' => {A => ['127.0.0.1'], ttl => 600}});
my $stream = 'betterstack:jobs:test-a';
my $slot = now_ms();

sub now_ms { return int(time * 1000) }
sub spec { return BetterStack::Agent::Hub::spec(@_) }
sub ticks_of { my ($monitor) = @_; return grep { $_->{monitor} == $monitor } $hub->ticks }

sub add_job {
    my ($monitor, $spec, $is_urgent) = @_;
    my $job = msgpack_job($monitor, ++$slot, $slot + 60000, $spec);
    $job =~ s/urgent\xc2/urgent\xc3/ if $is_urgent;
    $redis->command('XADD', $stream, '*', 'job', $job);
}

# They are in the stream before the agent is, the urgent one last: read together.
$redis->command('SET', 'betterstack:scheduler:test-a', now_ms(), 'PX', 60000);
add_job($_, spec($site->url('/'))) for 1 .. WAITING;
add_job(900, spec($site->url('/')), 1);
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, args => ['--resolvers', $dns->server]);

ok wait_for(sub { ticks_of(900) && WAITING == grep { $_->{monitor} <= WAITING } $hub->ticks }, 30, 'all ticks'),
    'all are probed';
my ($urgent) = ticks_of(900);
my $later = grep { $_->{monitor} <= WAITING && $_->{checked_at} >= $urgent->{checked_at} } $hub->ticks;
cmp_ok $later, '>', WAITING / 4, "the urgent one passes those that wait ($later)";

# A kept answer is good enough, but not for one that is urgent.
my $url = 'http://site.test:' . $site->port . '/';
for my $turn ([901, 0, 1], [902, 0, 1], [903, 1, 2], [904, 0, 2], [905, 1, 3]) {
    my ($monitor, $is_urgent, $asked) = @$turn;
    add_job($monitor, spec($url), $is_urgent);
    ok wait_for(sub { ticks_of($monitor) }, 20, "the tick of $monitor"), 'a name is probed';
    is +(ticks_of($monitor))[0]{status}, 1, 'up';
    is scalar(grep { /^site\.test A$/ } $dns->asked), $asked,
        $is_urgent ? 'the name is asked for anew' : $asked == 1 ? 'it is asked for once' : 'the newer answer is kept';
}

# Of one monitor two are probed at a time, and an urgent one beside them.
my $before = $site->connections;
add_job(910, spec($site->url('/hang'), timeout => 10000)) for 1 .. 3;
ok wait_for(sub { $site->connections == $before + 2 }, 20), 'two that hang';
add_job(910, spec($site->url('/')), 1);
ok wait_for(sub { ticks_of(910) }, 8, 'the urgent one'), 'do not keep an urgent one waiting';
is $site->connections, $before + 3, 'the third waits';

done_testing;
