# Reports: the newest first, again and again until the hub has committed them, and
# never the same batch for ever.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Pki;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $stream = 'betterstack:jobs:test-a';
my $monitor = 0;

# Jobs for that many new monitors, done at once; the numbers of the monitors.
sub work {
    my ($count) = @_;
    my $now = int(time * 1000);
    my $spec = BetterStack::Agent::Hub::spec($site->url);
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    my @monitors = map { ++$monitor } 1 .. $count;
    $redis->command('XADD', $stream, '*', 'job', msgpack_job($_, $now, $now + 60000, $spec)) for @monitors;
    wait_for(sub { $redis->command('XLEN', $stream) == 0 }, 30, 'the jobs to be acknowledged') or die;
    return @monitors;
}

sub committed { return scalar(my @ticks = $hub->ticks) }

sub all_committed { wait_for(sub { committed() >= $monitor }, 40, "$monitor ticks, have " . committed()) }

my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);

work(1200);
ok all_committed(), '1200 results';
{
    my @calls = grep { $_->{status} == 200 } $hub->calls('report');
    cmp_ok scalar @calls, '>=', 3, 'in more than two batches';
    my %seen;
    $seen{$_->{monitor}}++ for $hub->ticks;
    is scalar(grep { $_ == 1 } values %seen), 1200, 'each of them once';
}

# ---- 503 with Retry-After ----
{
    $hub->mode(report => {status => 503, headers => {'Retry-After' => 2}});
    my $before = $hub->calls('report');
    work(3);
    ok wait_for(sub { $hub->calls('report') > $before }, 10, 'a call'), 'a hub that is not well';
    ok wait_for(sub { $hub->calls('report') > $before + 1 }, 20, 'another call'), 'is asked again';
    my @calls = ($hub->calls('report'))[$before, $before + 1];
    cmp_ok $calls[1]{time} - $calls[0]{time}, '>=', 1.9, 'but left alone as long as it wants';
    $hub->mode(report => {});
    ok all_committed(), 'and gets everything afterwards';
    like $agent->log, qr/answered 503; results are kept on disk/, 'it was told';
    like $agent->log, qr/takes results again/, 'that it is over too';
}

# ---- backoff ----
{
    $hub->mode(report => {status => 500});
    my $before = $hub->calls('report');
    work(1);
    ok wait_for(sub { $hub->calls('report') >= $before + 5 }, 30, 'five calls'), 'a hub that fails is tried again';
    my @times = map { $_->{time} } ($hub->calls('report'))[$before .. $before + 4];
    my @waits = map { $times[$_] - $times[$_ - 1] } 1 .. 4;
    cmp_ok $waits[3], '>', $waits[0], 'less and less often';
    cmp_ok $waits[0], '<', 1.5, 'soon at first';
    $hub->mode(report => {});
    ok all_committed(), 'until it is well';
}

# ---- answers that are no answers ----
sub recoveries { return scalar(my @lines = $agent->log =~ /takes results again/g) }

for my $case ([{body => '<html>Welcome to nginx!</html>'}, 'a web page'], [{body => ''}, 'nothing'],
    [{body => "\x81\xa1v\x02"}, 'another version'], [{drop => 1}, 'a lost connection'],
    [{status => 204}, '204'], [{status => 302, headers => {Location => '/'}}, 'a redirect'])
{
    my ($mode, $name) = @$case;
    my $before = committed();
    $hub->mode(report => $mode);
    my $calls = $hub->calls('report');
    work(2);
    wait_for(sub { $hub->calls('report') > $calls + 1 }, 20, 'calls');
    my $committed = committed();
    $committed -= $before if $mode->{drop};    # committed there, but nobody was told
    is $committed, $mode->{drop} ? $committed : $before, "$name is not taken for a commitment";
    my $recovered = recoveries();
    $hub->mode(report => {});
    ok wait_for(sub { recoveries() > $recovered }, 40, 'the hub to be well') && all_committed(),
        'and all is reported again';
}

# ---- 401 ----
{
    $hub->mode(report => {status => 401});
    my $before = $hub->calls('report');
    work(2);
    ok wait_for(sub { $agent->log =~ /does not accept the region token/ }, 10, 'the words'), 'a wrong token is told';
    sleep 2;
    is scalar(my @calls = $hub->calls('report')) - $before, 1, 'and not tried again at once';
    $hub->mode(report => {});
    $agent->stop;
    $agent->begin;
    ok all_committed(), 'a new start tries at once';
}

# ---- 413 ----
{
    $hub->mode(report => {bytes_max => 3000});
    work(100);
    ok wait_for(sub { committed() >= $monitor }, 40, 'small batches'), 'batches that are too large are split';
    $hub->mode(report => {});
}

# ---- 400 ----
sub aside_file { return map { $_->[0] } @{BetterStack::Observer::Msgpack::msgpack_decode(BetterStack::Agent::slurp($_[0]))->{ticks}} }
sub aside { return map { aside_file($_) } glob $agent->state . '/rejected/*.msgpack' }
sub distinct { my %seen = map { $_->{monitor} => 1 } $hub->ticks; return scalar keys %seen }
{
    ok wait_for(sub { distinct() == $monitor }, 20, 'the last of those'), 'nothing is left of that';
    my $before = distinct();
    my @bad = ($monitor + 1, $monitor + 77, $monitor + 600);
    $hub->mode(report => {bad => \@bad});
    my $calls = $hub->calls('report');
    work(600);    # two batches at least
    ok wait_for(sub { aside() == 3 && distinct() == $before + 597 }, 40, 'the others'), 'of a batch with bad ticks the good ones are taken';
    is_deeply [sort { $a <=> $b } aside()], \@bad, 'and the bad ones alone are set aside';
    like $agent->log, qr/refused \d+ results for good .*no sense.*set aside in/, 'which is told';
    cmp_ok $hub->calls('report') - $calls, '<', 150, 'it does not take many calls';
    work(3);
    ok wait_for(sub { distinct() == $before + 600 }, 20, 'what follows'), 'and does not hold up what follows';
}
{
    $hub->mode(report => {status => 400, body => 'whatever'});
    my $calls = $hub->calls('report');
    work(30);
    ok wait_for(sub { $agent->log =~ /answered 400; results are kept/ }, 20, 'the words'), 'what answers 400 to everything, even to nothing,';
    ok wait_for(sub { $hub->calls('report') > $calls + 8 }, 20, 'more calls'), 'is asked again';
    is scalar(aside()), 3, 'but loses no result by that';
    $hub->mode(report => {});
    ok wait_for(sub { distinct() == $monitor - 3 }, 40, 'all of them'), 'they come when it is well';
}
{
    my $dir = $agent->state . '/rejected';
    for (1 .. 120) { open my $out, '>', sprintf "$dir/%013d-000.msgpack", $_ or die }
    $agent->stop;
    $agent->begin;
    $hub->mode(report => {bad => [$monitor + 1]});
    work(1);
    ok wait_for(sub { 100 == (() = glob "$dir/*.msgpack") }, 20, 'fewer files'), 'of too many files, whoever made them, the newest are kept';
    is scalar(grep { $_ == $monitor } map { eval { aside_file($_) } } glob "$dir/*.msgpack"), 1, 'among them the last';
    $hub->mode(report => {});
}

# ---- empty reports ----
{
    my $before = () = $hub->reports;
    $agent->stop;
    $agent->begin;
    ok wait_for(sub { $before < (() = $hub->reports) }, 10, 'a report'), 'an agent reports at its start, even with nothing to tell';
    my $report = ($hub->reports)[-1];
    is_deeply $report->{ticks}, [], 'but itself:';
    is $report->{self}{$_}, 0, "$_" for qw(in_flight waiting dropped rejected probed overloaded offline);
    ok defined $report->{self}{$_}, $_ for qw(uplink dns lag_max_us busy_permille fds);
    ok !(grep { length > 32 || /[^a-z0-9_]/ } keys %{$report->{self}}), 'all names are ones the hub keeps';
    $hub->mode(report => {agents => ['agent-1', 'agent-2']});
    work(1);
    ok wait_for(sub { defined(($hub->reports)[-1]{self}{clock_offset_ms}) }, 40, 'a clock'), 'and how its clock differs from the hub\'s';
    cmp_ok $report->{self}{spool_bytes}, '>', 0, 'spool_bytes';
}

# ---- the hub is gone for a while, the agent too ----
{
    $hub->go;
    my @first = work(20);
    $agent->kill;
    $agent->begin;
    my @second = work(20);
    is $agent->stop, 0, 'an agent that cannot report ends nevertheless';
    $hub->come;
    $agent->begin;
    ok wait_for(sub { my %seen = map { $_->{monitor} => 1 } $hub->ticks; !grep { !$seen{$_} } @first, @second }, 30,
        'all of them'), 'everything on disk is reported by the next life';
    my @order = map { $_->{monitor} } $hub->ticks;
    my %place;
    @place{@order} = 0 .. $#order;
    ok !(grep { $place{$_} < $place{$second[-1]} } @first), 'the newest first';
}

# ---- what was committed is not reported again by the next life ----
{
    my $before = committed();
    $agent->stop;
    $agent->begin;
    work(1);
    ok wait_for(sub { committed() > $before }, 10, 'a tick'), 'after an orderly end';
    sleep 0.5;
    is committed(), $before + 1, 'nothing is reported twice';
}

is $agent->stop, 0, 'the agent ends well';

# ---- a hub with TLS ----
{
    my $pki = BetterStack::Agent::Pki->new;
    my $tls = $pki->serve(names => 'IP:127.0.0.1');
    my $agent = BetterStack::Agent->start(hub => $tls->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /cannot be fetched: .*certificate/i }, 15, 'the refusal'),
        'a hub whose certificate nobody vouches for is not spoken to';
    $agent->stop;
    $agent = BetterStack::Agent->start(hub => $tls->url, redis => $redis->url, args => ['--hub-ca', $pki->ca_file]);
    ok wait_for(sub { $agent->log =~ /cannot be fetched: not a map/ }, 15, 'an answer'),
        'unless hub_ca does';
}

done_testing;
