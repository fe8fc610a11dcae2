use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Verdict;

# Much fails at once: few incidents, few events, few urgent jobs, and nothing left behind.

use constant MONITORS => 120;
my @regions = qw(eu us as af);

my $world = BetterStack::Verdict->new(@regions);
$world->sweep;

# Nothing but new monitors, of hosts of their own, seen up by all; an hour later than what was before.
sub world {
    my (%how) = @_;    # monitors, depends_on_first
    $world->root->rows('delete from betterstack.monitor; truncate betterstack.incident cascade; delete from betterstack.mass');
    $world->pass(3600)->alive;
    $world->sweep;
    $world->root->rows('update betterstack.sweep set quiet_until = last_at');
    my @ids;
    push @ids, $world->monitor(url => "http://h$_.example/", check_frequency => 60, request_timeout => 5,
        $how{depends_on_first} && @ids ? (depends_on => [$ids[0]]) : ()) for 1 .. $how{monitors} // MONITORS;
    # as if they had been made on the world's day
    $world->root->rows("update betterstack.monitor_state set believe_after = '-infinity', since = @{[$world->at]}");
    $world->pass(1);
    see('up', \@ids);
    return @ids;
}

# Each region reports them all, unless told which.
sub see {
    my ($what, $ids, @from) = @_;
    my (@jobs, @events);
    for my $region (@from ? @from : @regions) {
        push @jobs, $world->batch($region, map { {monitor => $_, what => $what, address => "192.0.2." . $_ % 250} } @$ids);
        push @events, @{$world->{events}};
    }
    $world->{events} = \@events;
    return @jobs;
}

# What was asked for is answered, and asked again, until nothing more is asked.
sub answer {
    my ($what, @jobs) = @_;
    my $asked = 0;
    while (@jobs && $asked < 100_000) {
        $asked += @jobs;
        $world->pass(1);
        my %of;
        push @{$of{(split ' ')[1]}}, (split ' ')[0] for @jobs;
        @jobs = map { see($what, $of{$_}, $_) } sort keys %of;
        push @jobs, $world->sweep;
    }
    return $asked;
}

sub states { return join ' ', map { "$_->[0]:$_->[1]" } @{$world->root->rows(
    'select core.state_word(status), count(*) from betterstack.monitor_state group by 1 order by 1')} }
sub incidents { return join ' ', map { join ':', @$_ } @{$world->root->rows(
    q{select kind, case when resolved_at is null then 'open' else 'over' end, count(*), sum(monitors_count)
      from betterstack.incident where kind in ('failure', 'mass') group by 1, 2 order by 1, 2})} }
sub told { return scalar grep { $_->{type} eq 'incident' } @{$world->{events}} }

subtest 'everything fails, everything recovers' => sub {
    my @ids = world();
    $world->pass(60);
    my @jobs = see('timeout', \@ids);
    cmp_ok told(), '<=', 8, 'few events about incidents';
    my $asked = answer('timeout', @jobs);
    cmp_ok $asked, '<=', MONITORS * 8, 'the other regions are asked, and all of them for a second look: no more';
    is states(), 'down:' . MONITORS, 'all are down';
    is incidents(), 'mass:open:1:' . MONITORS, 'in one incident';
    cmp_ok $world->root->value('select max(entries_count) from betterstack.incident'), '<=', 3 * MONITORS, 'a bounded timeline';
    $world->pass(60);
    see('timeout', \@ids);
    is incidents(), 'mass:open:1:' . MONITORS, 'that it lasts is nothing new';
    is told(), 0, 'to nobody';
    $world->pass(60);
    see('up', \@ids);
    is states(), 'up:' . MONITORS, 'all are up';
    is incidents(), 'mass:over:1:' . MONITORS, 'and it is over';
    cmp_ok told(), '<=', 8, 'few events about that';
    is $world->root->value('select count(*) from betterstack.incident_cause'), 0, 'no cause is left behind';
    is $world->root->value('select count(*) from betterstack.monitor_state where due_at is not null or incident_id is not null'),
        0, 'nothing is left to be done';
};

# Each second the next region sees the next few of them fail, and the others say the same at once.
subtest 'one after the other, as their turns come' => sub {
    my @ids = world();
    $world->pass(20);
    my @rest = @ids;
    my $turn = 0;
    while (my @some = splice @rest, 0, 8) {
        answer('timeout', see('timeout', \@some, $regions[$turn++ % @regions]));
    }
    answer('timeout', $world->sweeps(40));
    is states(), 'down:' . MONITORS, 'all are down';
    my ($single) = incidents() =~ /^failure:open:(\d+)/;
    cmp_ok $single // 0, '<', 20, 'few have an incident of their own: the first, before it was clear';
    like incidents(), qr/mass:open:1:1\d\d/, 'the others are in one';
};

subtest 'some fail among many that do not' => sub {
    my @ids = world();
    $world->pass(30);
    my @some = @ids[0 .. 19];
    my @jobs = map { my $region = $_; see('up', [@ids[20 .. $#ids]], $region), see('timeout', \@some, $region) } @regions;
    answer('timeout', @jobs);
    answer('timeout', $world->sweeps(40));
    is states(), 'down:20 up:' . (MONITORS - 20), 'they are down';
    is incidents(), 'failure:open:20:20', 'each has its own incident: they have nothing in common';
};

subtest 'one address, one cause' => sub {
    my @ids = world();
    $world->pass(30);
    my @some = @ids[0 .. 39];
    my @ticks = map { {monitor => $_, what => 'timeout', address => '192.0.2.1'} } @some;
    for my $region (@regions) {
        see('up', [@ids[40 .. $#ids]], $region);
        $world->batch($region, map { {%$_} } @ticks);
    }
    is incidents(), 'failure:open:1:40', 'one incident with all of them';
};

subtest 'what everything depends on' => sub {
    my @ids = world(monitors => 40, depends_on_first => 1);
    $world->pass(30);
    answer('timeout', see('timeout', \@ids));
    answer('timeout', $world->sweeps(60));
    is states(), 'down:40', 'all are down';
    my ($count) = $world->root->value(q{select count(*) from betterstack.incident where kind in ('failure', 'mass')});
    cmp_ok $count, '<=', 2, 'and that is one incident, or two';
};

subtest 'half of it flaps' => sub {
    my @ids = world(monitors => 60);
    my @half = @ids[0 .. 29];
    for my $round (1 .. 20) {
        $world->pass(60);
        my $what = $round % 2 ? 'timeout' : 'up';
        answer($what, see($what, \@half), see('up', [@ids[30 .. 59]]));
    }
    is states(), 'flapping:30 up:30', 'it is shown';
    my $before = incidents();
    my $events = 0;
    for my $round (1 .. 6) {
        $world->pass(60);
        my $what = $round % 2 ? 'timeout' : 'up';
        see($what, \@half);
        $events += told();
    }
    is incidents(), $before, 'and goes on to be the same incidents';
    is $events, 0, 'of which nobody hears more';
    cmp_ok $world->root->value('select count(*) from betterstack.incident'), '<=', 6 * 30, 'a few a monitor';
};

done_testing;
