# A failure is confirmed from elsewhere at once, however long the interval;
# what only one region sees brings nothing down.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib", "$FindBin::Bin/../agent/lib";

use Test::More;
use Time::HiRes qw(time);

use BetterStack::Agent::Dns;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Checker;
use BetterStack::Observer::Client;
use BetterStack::Stack qw(wait_for);

use constant INTERVAL_S => 30;    # regions look half of it apart
use constant QUICK_S    => 5 * BetterStack::Checker::slowness();
use constant PATIENCE_S => INTERVAL_S + 20;

my $stack = BetterStack::Stack->new(regions => 'local-a local-b');
my $client = BetterStack::Observer::Client->new($stack->url, $stack->token);
my $handler = sub { request($_[0]); answer($_[0], 200, 'here') };

# One name, and each region has its own idea of what it means.
my $near = BetterStack::Agent::Server->new($handler);
my $far = BetterStack::Agent::Server->new($handler, host => '127.0.0.2', port => $near->port);
my %dns = (
    'local-a' => BetterStack::Agent::Dns->new({'site.test' => {A => ['127.0.0.1']}}),
    'local-b' => BetterStack::Agent::Dns->new({'site.test' => {A => ['127.0.0.2']}}),
);
for my $region (keys %dns) {
    open my $conf, '>>', $stack->state . "/agent-$region.conf" or die "agent-$region.conf: $!\n";
    print $conf 'resolvers = ', $dns{$region}->server, "\n";
    close $conf;
}
$stack->restart(map { "agent-$_" } keys %dns);

my $target = BetterStack::Agent::Server->new($handler);
my $target_port = $target->port;

sub add {
    my ($url) = @_;
    return $client->create('/api/v2/monitors', {
        url => $url, monitor_type => 'status', check_frequency => INTERVAL_S, request_timeout => 2,
    })->{id};
}

sub status { return $client->get("/api/v2/monitors/$_[0]")->{attributes}{status} }

# Of a monitor: {region => [{checked_at, status}, ...]}, oldest first.
sub ticks {
    my ($id) = @_;
    my $ticks = $client->get("/api/v2/monitors/$id/ticks")->{attributes}{regions};
    return map {
        my $of = $_;
        $of->{region} => [map { {checked_at => $of->{checked_at}[$_], status => $of->{status}[$_]} } 0 .. $#{$of->{slot}}];
    } @$ticks;
}

sub failures { my %ticks = ticks($_[0]); return map { my $r = $_; map { {%$_, region => $r} } grep { $_->{status} eq 'down' } @{$ticks{$r}} } sort keys %ticks }
sub looks { my ($id, $region) = @_; my %ticks = ticks($id); return scalar @{$ticks{$region} // []} }

my $whole = add("http://127.0.0.1:$target_port/");
my $split = add('http://site.test:' . $near->port . '/');
ok wait_for(sub { 4 == grep { looks(@$_) } map { my $id = $_; map { [$id, $_] } keys %dns } $whole, $split }, PATIENCE_S,
    'the first looks'), 'both regions look at both';
is status($whole), 'up', 'one is up';
is status($split), 'up', 'the other, too';

# ---- an outage, and a failure that one region sees ----

undef $target;
undef $far;

my ($down_at, $split_seen, %seen);
ok wait_for(sub {
    $seen{status($split)} = 1;
    $down_at //= time if status($whole) eq 'down';
    $split_seen = failures($split);
    return $down_at && $split_seen && status($split) eq 'up';
}, PATIENCE_S, 'both failures'), 'the outage is seen, and the failure of one region';

my ($first) = sort { $a->{checked_at} <=> $b->{checked_at} } failures($whole);
my $took = sprintf '%.1f', $down_at - $first->{checked_at} / 1000;
cmp_ok $took, '<', QUICK_S, "down $took s after the first probe that failed, at an interval of " . INTERVAL_S . ' s';
is scalar(keys %{{map { $_->{region} => 1 } failures($whole)}}), 2, 'both regions have seen it';

is_deeply [map { $_->{region} } failures($split)], ['local-b'], 'the other failure is of one region';
ok !$seen{down}, 'and has brought nothing down';
is status($split), 'up', 'the monitor is up';
my %of_split = ticks($split);
my ($suspected) = failures($split);
ok scalar(grep { $_->{status} eq 'up' && $_->{checked_at} >= $suspected->{checked_at}
    && $_->{checked_at} < $suspected->{checked_at} + QUICK_S * 1000 } @{$of_split{'local-a'}}),
    'because the other region was asked at once';
is $stack->sql("select count(*) from betterstack.incident"), 1, 'there is one incident';

# ---- the end of it ----

$target = BetterStack::Agent::Server->new($handler, port => $target_port);
ok wait_for(sub { status($whole) eq 'up' }, PATIENCE_S, 'the end of the outage'), 'the outage ends';
is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
