# `betterstack-agent run`: settings, and an orderly end.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer hold);
use BetterStack::Checker;
use BetterStack::Observer::Msgpack qw(msgpack_job);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(sleep time);

delete @ENV{grep { /^(?:BETTERSTACK_|WORKER_ID|REGION_NAME)/ } keys %ENV};
my $dir = tempdir('bs-conf-XXXXXX', DIR => '/tmp', CLEANUP => 1);

sub conf {
    my ($text) = @_;
    open my $out, '>', "$dir/agent.conf" or die;
    print $out $text;
    close $out;
    return ('run', '--config', "$dir/agent.conf");
}

my $good = "hub = http://127.0.0.1:1\ntoken = bsr_x\nredis = unix:/nonexistent\nstate = $dir/state\n";

# ---- mistakes ----
for my $case (
    ["hub http://x\n", qr/agent\.conf:1: "hub": expected "key = value"/],
    ["token bsr_secret\n", qr/agent\.conf:1: "token": expected "key = value"$/m],
    ["# comment\n\nhbu = http://x\n", qr/agent\.conf:3: "hbu" is not a setting/],
    ["probes_max = many\n", qr/agent\.conf:1: probes_max = "many": is not a number from 1 to 20000/],
    ["probes_max = 0\n", qr/probes_max = "0"/],
    ["spool_limit = 5x\n", qr/spool_limit = "5x"/],
    ["allow = 10.0.0.0/8 10.0.0.1/8\n", qr/allow = "10\.0\.0\.0\/8 10\.0\.0\.1\/8": is not an address range/],
    ["token =\n", qr/token = "\.\.\.": must not be empty/],
    ["redis = unix:/x\ntoken = t\n", qr/hub's URL is missing/],
    ["hub = http://x\nredis = unix:/x\n", qr/region token is missing/],
    ["hub = http://x\ntoken = t\n", qr/Redis is missing/],
    ["${good}hub = example.com\n", qr/hub: must start with https/],
    ["${good}redis = rediss://x\n", qr/redis: TLS to Redis is not supported/],
    ["${good}redis = 127.0.0.1:6379\n", qr/redis: must start with redis:\/\/ or unix:\//],
    ["${good}redis = redis://x:port\n", qr/redis: the port is no number/],
    ["${good}log_level = loud\n", qr/log_level = "loud": is none of/],
    ["${good}token = a b\n", qr/token has a space/],
    ['x' x 5000 . "\n", qr/too long/])
{
    my ($text, $words) = @$case;
    my ($status, undef, $err) = BetterStack::Agent::output(conf($text));
    is $status, 2, 'a mistake in the file: ' . substr $words, 4;
    like $err, $words, 'is told';
}

for my $case ([['--nonsense', 1], qr/"--nonsense" is not an option/], [['--hub'], qr/--hub: a value is missing/],
    [['hub'], qr/"hub" is not an option/], [['--probes-max=-1'], qr/--probes-max: probes_max = "-1"/],
    [['--config'], qr/file name is missing/], [['--config', '/nonexistent'], qr{/nonexistent: No such file}])
{
    my ($arguments, $words) = @$case;
    my ($status, undef, $err) = BetterStack::Agent::output(conf($good), @$arguments);
    is $status, 2, "a mistake on the command line: @$arguments";
    like $err, $words, 'is told';
}

{
    local $ENV{BETTERSTACK_ALLOW} = 'everything';
    my ($status, undef, $err) = BetterStack::Agent::output(conf($good));
    is $status, 2, 'a mistake in the environment';
    like $err, qr/BETTERSTACK_ALLOW: allow = "everything"/, 'is told';
}

{
    my ($status, $out) = BetterStack::Agent::output('run', '--help');
    is $status, 0, 'run --help';
    like $out, qr/$_/, "tells $_" for qw(BETTERSTACK_HUB BETTERSTACK_TOKEN BETTERSTACK_REDIS BETTERSTACK_STATE
        BETTERSTACK_ALLOW WORKER_ID REGION_NAME);
}

# ---- an orderly end ----
my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    sleep 2 if $head =~ m{ /slow};
    hold($_[0]) if $head =~ m{ /hang};
    answer($_[0], 200, 'ok');
});
my $stream = 'betterstack:jobs:test-a';

sub add_job {
    my ($monitor, $path, %other) = @_;
    my $now = int(time * 1000);
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    $redis->command('XADD', $stream, '*', 'job', msgpack_job($monitor, $now, $now + 60000,
        BetterStack::Agent::Hub::spec($site->url($path), timeout => 20000, %other)));
}

sub pending { return $redis->command('XPENDING', $stream, 'agents')->[0] }

{
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'an agent at work';
    my $connections = $site->connections;
    add_job(1, '/slow');
    ok wait_for(sub { $site->connections > $connections }, 10, 'the probe'), 'in the middle of a probe';
    my $began = time;
    is $agent->stop, 0, 'SIGTERM: it ends well';
    cmp_ok time - $began, '>', 1, 'not at once';
    is_deeply [map { $_->{monitor} } $hub->ticks], [1], 'the probe was finished and reported';
    is pending(), 0, 'and acknowledged';
}
{
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'an agent at work';
    my $connections = $site->connections;
    add_job(2, '/hang');
    ok wait_for(sub { $site->connections > $connections }, 10, 'the probe'), 'in a probe that lasts';
    my $began = time;
    is $agent->stop, 0, 'SIGTERM: it ends well';
    cmp_ok time - $began, '<', 10 * BetterStack::Checker::slowness(), 'within ten seconds';
    is pending(), 1, 'the job is left to others';
    is scalar(grep { $_->{monitor} == 2 } $hub->ticks), 0, 'and nothing was made up';

    $agent->begin;
    ok wait_for(sub { $site->connections > $connections + 1 }, 20, 'the probe'), 'the next life takes it at once';
    kill 'TERM', $agent->pid;
    kill 'INT', $agent->pid;
    sleep 1.5;
    ok $agent->running, 'two signals at once are one';
    $began = time;
    like $agent->stop('TERM'), qr/^143$/, 'a second signal ends it at once';
    cmp_ok time - $began, '<', 3 * BetterStack::Checker::slowness(), 'really';
    $redis->command('DEL', $stream);
}
{
    # nothing is there: no hub, no Redis, no schedule
    my $agent = BetterStack::Agent->start;
    ok wait_for(sub { $agent->log =~ /schedule: cannot be fetched/ }, 20, 'the words'), 'an agent alone';
    is $agent->stop, 0, 'ends well';
}
{
    # results that cannot be reported do not hold up the end
    $hub->mode(report => {delay => 30});
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'an agent at work';
    add_job(3, '/quick');
    ok wait_for(sub { $redis->command('XLEN', $stream) == 0 }, 20, 'the acknowledgement'), 'with a hub that hangs';
    my $began = time;
    is $agent->stop, 0, 'SIGTERM: it ends well';
    cmp_ok time - $began, '<', 10 * BetterStack::Checker::slowness(), 'within ten seconds';
    like $agent->log, qr/stopping with 1 results on disk/, 'and what is left is told';
}

# ---- admission: a crowd of slow targets does not run away ----
{
    $hub->mode(report => {});
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, args => ['--probes-max', 5]);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'five probes at a time';
    my $before = $site->connections;
    add_job(100 + $_, '/slow') for 1 .. 12;
    ok wait_for(sub { $site->connections - $before >= 5 }, 20, 'five'), 'begin';
    sleep 0.5;
    is $site->connections - $before, 5, 'no more than that';
    ok wait_for(sub { 12 == grep { $_->{monitor} > 100 } $hub->ticks }, 30, 'all'), 'and all get their turn';
    is $agent->stop, 0, 'it ends well';
}

done_testing;
