# Two PostgreSQL with asynchronous streaming replication.  The standby is cut
# off, so that it lacks the last seconds; the primary is killed with -9 and the
# standby promoted, as Patroni would.  Hubs find it by themselves, agents report
# again what it lacks: no result is lost, incidents and alerts go on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib";

use BetterStack::Agent;
use BetterStack::Agent::Sink;
use BetterStack::Fault;
use BetterStack::Stack qw(wait_for);
use BetterStack::Standby;
use Test::More;
use Time::HiRes qw(time);

use constant LACKING_SLOTS => 3;    # of each place, that the standby never gets
use constant PATIENCE_S    => 60;

my $fault = BetterStack::Fault->start;
my $stack = $fault->stack;
my $sink = BetterStack::Agent::Sink->new;
my $team = $stack->sql('select min(id) from betterstack.team');

$stack->sql(sprintf q{insert into betterstack.channel (team_id, name, kind, settings, all_incidents)
    values (%d, 'hook', 'webhook', jsonb_build_object('url', '%s'), true)}, $team, $sink->url('/hook'));

# A site that is down: its incident is told to the web hook.
sub dead_site {
    my ($name) = @_;
    my $port = BetterStack::Stack::free_port();
    my ($status, $body) = $stack->api('POST', '/api/v2/monitors', {
        url => "http://127.0.0.1:$port/", pronounceable_name => $name, monitor_type => 'status',
        check_frequency => 5, regions => ['fault-a', 'fault-b'], confirmation_period => 0,
    });
    die "$name: $status\n" if $status != 201;
    return $body->{data}{id};
}

sub told {
    my ($name) = @_;
    return wait_for(sub { grep { $_->{body} =~ /\Q$name\E/ } $sink->requests }, PATIENCE_S, "the alert of $name");
}

my $before = dead_site('dead before');
ok told('dead before'), 'an alert before the failover';

my $standby = BetterStack::Standby->new($stack);
my $both = $stack->sockets . ',' . $standby->sockets;
$stack->reload(sub { s/host=\S+ dbname/host=$both target_session_attrs=read-write dbname/ });
$fault->wait_until_reported('hubs that know both servers store results', 1);
is $standby->sql('select pg_is_in_recovery()'), 't', 'the standby is one';

# From here on the standby gets nothing.
$standby->wait_caught_up;
$fault->begin;
$standby->disconnect;
my $cut_ms = $fault->now_ms;
$fault->wait_until_reported('results are stored that the standby lacks', LACKING_SLOTS);
my $primary_has = $stack->sql("select count(*) from betterstack.tick where slot >= to_timestamp($cut_ms / 1000.0)");

$stack->kill_piece('postgres');
my $killed = time;
$standby->promote;
my $promoted = time;
$stack->postgres_host("$both target_session_attrs=primary");
my $standby_has = $standby->sql("select count(*) from betterstack.tick where slot >= to_timestamp($cut_ms / 1000.0)");
cmp_ok $standby_has, '<', $primary_has, "the standby lacks results: it has $standby_has of $primary_has";

$fault->wait_until_reported('every place has reported a slot again', 1);
my $reporting = time;
wait_for(sub { $stack->health->{status} }, PATIENCE_S, 'the hub to say how it is');
is $stack->health->{status}, 'ok', 'the hub is well' or diag explain $stack->health;

my $after = dead_site('dead after');
ok told('dead after'), 'incidents and alerts go on';
is $stack->sql("select count(*) from betterstack.incident_monitor where monitor_id = $before and ended_at is null"),
    1, 'and the incident from before is still open';

my $again = grep { /another database server has taken over/ } map { split /\n/ } map { $stack->log_text($_) }
    qw(agent-a1 agent-a2 agent-b1);
is $again, 3, 'each agent has reported once more what it kept';

# The sites that are down belong to no place of the ledger.
$stack->api('DELETE', "/api/v2/monitors/$_") for $before, $after;
$stack->sql("delete from betterstack.tick where monitor_id in ($before, $after)");
$fault->settle;
$fault->judge(may_miss => 0, stored_again => 1);
diag sprintf 'promoted %.1f s after the kill; every place has reported a new slot %.1f s after the kill',
    $promoted - $killed, $reporting - $killed;

done_testing;
