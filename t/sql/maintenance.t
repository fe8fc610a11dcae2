use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

use BetterStack::Postgres;
use BetterStack::Verdict;

# Maintenance, with a clock of its own: who is in it when, what is recorded of it, and what becomes of
# incidents meanwhile.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $world = BetterStack::Verdict->new(qw(eu us));
my $root = $world->root;
$root->rows("set timezone = 'Pacific/Kiritimati'");     # nothing may depend on the session's zone
my $team = $root->value("select team_id from betterstack.monitor_state s join betterstack.monitor m
    on m.id = s.monitor_id limit 1") // $root->value('select min(id) from betterstack.team');
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $host = 0;

sub monitor { return $world->monitor(url => 'http://192.0.2.' . ++$host . '/', @_) }

# Seconds from now, or an epoch, as the API writes times.
sub iso { my ($ms) = @_; return strftime('%Y-%m-%dT%H:%M:%S', gmtime(int($ms / 1000))) . sprintf '.%03dZ', $ms % 1000 }
sub in { return iso($world->now + $_[0] * 1000) }

# What a person does to windows, now: (status, body).
sub act {
    my ($what, @arguments) = @_;
    my $list = join ', ', $team, map { ref $_ ? BetterStack::Postgres::quote(JSON::PP->new->encode($_)) : $_ } @arguments;
    my $row = $root->rows("select status, body from core.maintenance_window_$what($list, @{[$world->at]})")->[0];
    return ($row->[0], defined $row->[1] ? JSON::PP->new->decode($row->[1]) : undef);
}
sub window {
    my (%body) = @_;
    my ($status, $body) = act('create', {name => 'Works', %body});
    is($status, 201, 'a window') or diag explain $body;
    return $body->{data}{id};
}
sub once { my ($from, $to, %more) = @_; return window(starts_at => in($from), ends_at => in($to), %more) }
sub shown {
    my ($id) = @_;
    return JSON::PP->new->decode($root->value("select core.maintenance_window_body($id, @{[$world->at]})"))
        ->{data}{attributes};
}
sub step { my ($seconds) = @_; $world->pass($seconds)->alive; return $world->sweep }
sub until_of { my ($id) = @_; return $root->value("select core.iso(maintenance_until) from betterstack.monitor_state
    where monitor_id = $id") }

# [began, ended] of a monitor's maintenance as seconds since the beginning of the world.
sub spans {
    my ($id, $kind) = @_;
    return [map { [map { defined $_ ? $_ + 0 : undef } @$_] } @{$root->rows("select (core.ms(began) - $world->{start}) / 1000.0,
        (core.ms(ended) - $world->{start}) / 1000.0 from betterstack.maintenance_time
        where kind = @{[$kind // 1]} and id = $id order by began")}];
}

sub up { my ($id) = @_; $world->look($id, eu => 'up', us => 'up') }
sub down { my ($id) = @_; $world->look($id, eu => 'down', us => 'down') }

subtest 'a window that happens once' => sub {
    my ($one, $other) = (monitor(), monitor());
    $world->alive;
    up($_) for $one, $other;
    my $start = $world->clock;
    my $id = once(60, 120, monitor_ids => [$one]);
    is_deeply({map { $_ => shown($id)->{$_} } qw(active state current_ends_at next_starts_at next_ends_at)},
        {active => $false, state => 'scheduled', current_ends_at => undef, next_starts_at => in(60), next_ends_at => in(120)},
        'is scheduled');
    step(1);
    is($world->state($one), 'up', 'nothing yet');
    step(58.9);
    is($world->state($one), 'up', 'until it begins');
    step(0.1);
    is($world->state($one), 'maintenance', 'then it is in maintenance');
    is($world->state($other), 'up', 'the other is not');
    is(until_of($one), in(60), 'until the end');
    is(shown($id)->{state}, 'active', 'the window is active');
    is(shown($id)->{current_ends_at}, in(60), 'until then');
    ok((grep { $_->{type} eq 'maintenance' && $_->{id} eq $id } @{$world->{events}}), 'dashboards are told of the window');
    ok((grep { $_->{type} eq 'ticks' && $_->{monitors}[0]{state} eq 'maintenance' } @{$world->{events}}), 'and of the monitor');
    down($one);
    step(5);
    down($one);
    is($world->state($one), 'maintenance', 'failures are recorded and decide nothing');
    is($root->value("select count(*) from betterstack.tick where monitor_id = $one and status = 3"), 4, 'all of them');
    is_deeply([$world->incidents($one)], [], 'no incident');
    step(55);
    is($world->state($one), 'pending', 'at its end it is decided anew');
    is(until_of($one), undef, 'no end any more');
    is(shown($id)->{state}, 'ended', 'the window is over');
    is_deeply(spans($one), [[$start + 60, $start + 120]], 'the time is recorded as planned');
    step(2);
    down($one);
    is($world->state($one), 'down', 'fresh results count');
    is_deeply([$world->incidents($one)], ['open'], 'and open an incident');
    is($root->value("select count(*) from betterstack.maintenance_subject where id = $one"), 0, 'nothing is left to look at');
};

done_testing;
