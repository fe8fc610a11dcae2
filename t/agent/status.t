# `betterstack-agent status`, and settings that change while the agent runs (SIGHUP).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $dir = tempdir('bs-status-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });

sub conf {
    my ($text) = @_;
    open my $out, '>', "$dir/agent.conf" or die;
    print $out $text;
    close $out;
}

sub status {
    my ($status, $out, $err) = BetterStack::Agent::output('status', @_);
    return ($status, $out, $err);
}

# ---- nobody there ----
{
    my ($status, undef, $err) = status('--state', "$dir/nothing");
    is $status, 1, 'no agent runs';
    like $err, qr/no agent is running/, 'and that is what it says';
    is((status('--nonsense'))[0], 2, 'wrong usage');
}

my $base = "hub = @{[$hub->url]}\nredis = @{[$redis->url]}\nstate = $dir/state\nname = one\n";
conf("${base}token = bsr_first\nallow = 127.0.0.2\n");
my $agent = BetterStack::Agent->start(state => "$dir/state", hub => '', token => '', redis => '', allow => '',
    env => {BETTERSTACK_HUB => '', BETTERSTACK_TOKEN => '', BETTERSTACK_REDIS => '', BETTERSTACK_ALLOW => '', WORKER_ID => ''},
    args => ['--config', "$dir/agent.conf"]);
ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'an agent at work';

sub told { my (undef, $out) = status('--json', '--state', "$dir/state"); return decode_json($out) }

{
    my ($status, $out) = status('--state', "$dir/state");
    is $status, 0, 'it answers';
    like $out, qr/^one, region test-a, version \S+$/m, 'who it is';
    like $out, qr/^\s+in_flight\s+0$/m, 'how it is';
    my $told = told();
    is $told->{region}, 'test-a', 'the same as JSON';
    is $told->{probed}, 0, 'nothing was probed yet';
    ok defined $told->{$_}, "$_ is told" for qw(uplink dns lag_max_us busy_permille fds fds_max offline
        crowded overloaded lagged own_failures held spool_bytes waiting);
    ok wait_for(sub { scalar $hub->reports }, 20, 'a report'), 'a report';
    my $self = ($hub->reports)[-1]{self};
    is_deeply [grep { !/^clock_offset_ms$/ } sort keys %$self],
        [grep { !/^(?:agent|version|region|stopping|clock_offset_ms)$/ } sort keys %$told],
        'a report says the same of itself';
    is((stat "$dir/state/agent.sock")[2] & 0777, 0600, 'only its owner may ask');
}

my $monitor = 0;
sub probe {
    my $now = int(time * 1000);
    $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job', msgpack_job(++$monitor, $now, $now + 60000,
        BetterStack::Agent::Hub::spec($site->url('/'))));
    my ($tick, $wanted) = (undef, $monitor);
    wait_for(sub { ($tick) = grep { $_->{monitor} == $wanted } $hub->ticks; $tick }, 20, 'the tick');
    return $tick;
}

is probe()->{reason}, 50, 'an address that is not allowed';
is told()->{probed}, 1, 'was counted';

# ---- SIGHUP ----
conf("${base}token = bsr_second\nallow = 127.0.0.0/8\nprobes_max = 7\n");
kill 'HUP', $agent->pid;
ok wait_for(sub { $agent->log =~ /SIGHUP: allow has changed$/m }, 20, 'allow'), 'allow has changed';
like $agent->log, qr/SIGHUP: token has changed$/m, 'the token, too';
like $agent->log, qr/SIGHUP: probes_max has changed; this takes effect with the next start/, 'what cannot is told';
unlike $agent->log, qr/bsr_/, 'no secret is logged';
is probe()->{status}, 1, 'now it is probed';
like +($hub->calls('report'))[-1]{authorization} // '', qr/bsr_second/, 'and reported with the new token';

conf("${base}token = bsr_third\nnonsense = 1\n");
kill 'HUP', $agent->pid;
ok wait_for(sub { $agent->log =~ /the settings stay as they are: .*nonsense/ }, 20, 'the complaint'), 'a bad file';
is probe()->{status}, 1, 'changes nothing';
like +($hub->calls('report'))[-1]{authorization} // '', qr/bsr_second/, 'not even what was good in it';

is $agent->stop, 0, 'it ends well';
ok !-e "$dir/state/agent.sock", 'and leaves no socket';
is((status('--state', "$dir/state"))[0], 1, 'nobody there any more');

done_testing;
