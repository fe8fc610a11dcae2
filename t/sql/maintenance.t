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

subtest 'an open incident stays, and no second one is opened' => sub {
    my ($ill, $healed) = (monitor(), monitor());
    $world->alive;
    up($_) for $ill, $healed;
    step(30);
    down($_) for $ill, $healed;
    is_deeply([map { $world->incidents($_) } $ill, $healed], ['open', 'open'], 'both are down');
    my $id = once(10, 70, monitor_ids => [$ill, $healed]);
    step(10);
    is($world->state($ill), 'maintenance', 'maintenance begins');
    is_deeply([$world->incidents($ill)], ['open'], 'its incident stays open');
    step(30);
    up($healed);
    down($ill);
    is_deeply([$world->incidents($healed)], ['open'], 'and is not decided about meanwhile');
    step(30);
    is($world->state($ill), 'down', 'afterwards it is what it was');
    step(5);
    down($ill);
    up($healed);
    is($world->state($ill), 'down', 'it still fails');
    is_deeply([$world->incidents($ill)], ['open'], 'in the same incident');
    is($world->state($healed), 'up', 'the other does not');
    is($root->value("select ended_at is not null from betterstack.incident_monitor where monitor_id = $healed"), 't', 'and its part has ended');
    is_deeply([map { $_->[0] } @{$root->rows("select what from betterstack.incident_entry where monitor_id = $ill
        and what like 'maintenance%' order by id")}], ['maintenance_began', 'maintenance_ended'], 'its timeline tells of it');
};

subtest 'what depends on what is in maintenance' => sub {
    my $parent = monitor();
    my $child = monitor(depends_on => [$parent]);
    step(600);
    up($_) for $parent, $child;
    my $window = once(10, 100, monitor_ids => [$parent]);
    step(10);
    step(5);
    down($_) for $parent, $child;
    step(1);
    is($world->state($child), 'down', 'the child fails');
    is_deeply([$world->incidents($child)], [], 'which is explained');
    step(84);
    is($world->state($parent), 'pending', 'over for the parent');
    for (1 .. 10) {
        step(3);
        down($child);
    }
    down($parent);
    step(3);
    down($child);
    step(3);
    is($world->state($parent), 'down', 'the parent still fails');
    is_deeply([$world->incidents($child)], [], 'and explains the child as before');
};

subtest 'a suspicion ends with the beginning' => sub {
    my $id = monitor(confirmation_period => 60);
    step(600);          # not of the same cause as what failed before
    up($id);
    step(30);
    down($id);
    is_deeply([$world->incidents($id)], ['unconfirmed'], 'failing, but not for long enough');
    once(5, 65, monitor_ids => [$id]);
    step(5);
    is_deeply([$world->incidents($id)], ['false'], 'that was nothing');
    step(60);
    is($world->state($id), 'pending', 'and is forgotten');
};

subtest 'windows that overlap' => sub {
    my $id = monitor();
    $world->alive;
    up($id);
    my $start = $world->clock;
    once(100, 400, monitor_ids => [$id]);
    once(200, 600, monitor_ids => [$id]);
    once(600, 800, monitor_ids => [$id]);
    step(100);
    is($world->state($id), 'maintenance', 'the first');
    is(until_of($id), in(700), 'until the end of the last, as one follows the other');
    for (1 .. 6) {
        step(100);
        is($world->state($id), 'maintenance', "and at " . (100 + 100 * $_));
    }
    step(100);
    is($world->state($id), 'pending', 'until all are over');
    is_deeply(spans($id), [[$start + 100, $start + 800]], 'one time in maintenance');
};

subtest 'a sweep that is hours late' => sub {
    my ($unseen, $lasting) = (monitor(), monitor());
    $world->alive;
    up($_) for $unseen, $lasting;
    my $start = $world->clock;
    my $id = once(600, 1200, monitor_ids => [$unseen]);
    once(7200, 14_400, monitor_ids => [$lasting]);
    my $often = window(starts_at => in(600), duration => 120, recurrence => 'RRULE:FREQ=DAILY', monitor_ids => [$unseen]);
    step(3 * 3600);
    is_deeply(spans($unseen), [[$start + 600, $start + 1200]], 'what nobody saw is recorded');
    isnt($world->state($unseen), 'maintenance', 'and over');
    is(shown($id)->{state}, 'ended', 'as is the window');
    is($world->state($lasting), 'maintenance', 'what began meanwhile holds');
    is_deeply(spans($lasting), [[$start + 7200, undef]], 'since it began');
    step(86_400 * 3);
    is_deeply(spans($unseen), [[$start + 600, $start + 1200], map { [$start + 600 + 86_400 * $_, $start + 720 + 86_400 * $_] } 1 .. 3],
        'and days later every occurrence');
    act('delete', $often);
};

subtest 'changed, ended and deleted while active' => sub {
    my ($id, $other) = (monitor(), monitor());
    $world->alive;
    my $start = $world->clock;
    my $window = once(0, 3600, monitor_ids => [$id]);
    is(shown($window)->{active}, $true, 'a window that runs at once');
    $world->sweep;
    is($world->state($id), 'maintenance', 'holds with the next sweep');
    step(100);
    is((act('update', $window, {ends_at => in(100)}))[0], 200, 'shortened');
    $world->sweep;
    is(until_of($id), in(100), 'the new end is known');
    is((act('update', $window, {name => 'Other'}))[0], 200, 'renamed');
    step(10);
    is((act('update', $window, {monitor_ids => [$other]}))[0], 200, 'given to another monitor');
    $world->sweep;
    is_deeply([map { $world->state($_) } $id, $other], ['pending', 'maintenance'], 'the one is out, the other in');
    step(10);
    my ($status, $body) = act('end', $window);
    is($status, 200, 'ended');
    is_deeply([@{$body->{data}{attributes}}{qw(active state ends_at)}], [$false, 'ended', in(0)], 'now');
    $world->sweep;
    is($world->state($other), 'pending', 'it is out');
    is((act('end', $window))[0], 409, 'what does not run cannot be ended');
    is_deeply(spans($id), [[$start, $start + 110]], 'the time of the one');
    is_deeply(spans($other), [[$start + 110, $start + 120]], 'and of the other');

    $window = window(starts_at => in(-60), duration => 600, recurrence => 'RRULE:FREQ=DAILY', monitor_ids => [$id]);
    $world->sweep;
    is($world->state($id), 'maintenance', 'one that recurs, and has begun before it was made');
    is_deeply((spans($id))->[-1], [$start + 120, undef], 'counts from now on');
    step(10);
    is((act('end', $window))[0], 200, 'ended for today');
    is(shown($window)->{next_starts_at}, in(86_400 - 70), 'tomorrow again');
    $world->sweep;
    is($world->state($id), 'pending', 'out');
    step(86_400 - 70);
    is($world->state($id), 'maintenance', 'tomorrow');
    is((act('delete', $window))[0], 204, 'deleted');
    step(1);
    is($world->state($id), 'pending', 'out');
    is($root->value('select count(*) from betterstack.maintenance_occurrence where window_id = ' . $window), 0, 'nothing of it is left');
};

subtest 'all monitors, later ones too' => sub {
    my $early = monitor();
    $world->alive;
    my $window = once(0, 3600, all_monitors => $true);
    $world->sweep;
    is($world->state($early), 'maintenance', 'those that are there');
    my $late = monitor();
    step(1);
    is($world->state($late), 'maintenance', 'and one that comes later');
    is((shown($window))->{monitor_ids}[0], undef, 'none is named');
    $world->update($late, paused => $true);
    step(1);
    is($world->state($late), 'paused', 'one that is paused is paused');
    is((act('end', $window))[0], 200, 'ended');
    step(1);
    is($world->state($late), 'paused', 'and stays so');
    $window = once(0, 3600, all_monitors => $true);
    step(1);
    is($world->state($late), 'paused', 'at the beginning, too');
    $world->update($late, paused => $false);
    is($world->state($late), 'maintenance', 'resumed within a window it is in maintenance');
    step(30);
    is($world->state($late), 'maintenance', 'and not without data');
    is(($root->call('monitor_delete', $world->{ann}, $early))[0], 204, 'deleted meanwhile');
    is_deeply(spans($early), [], 'what was recorded of it is gone');
    act('delete', $window);
    step(1);
    is($world->state($late), 'pending', 'over');
};

subtest 'a clock that is set back' => sub {
    my $id = monitor();
    $world->alive;
    my $start = $world->clock;
    my $window = once(3600, 7200, monitor_ids => [$id]);
    step(4000);
    is($world->state($id), 'maintenance', 'in maintenance');
    $world->pass(-3000);
    step(1);
    is($world->state($id), 'pending', 'an hour earlier it is not');
    is_deeply(spans($id), [], 'and was not');
    is(shown($window)->{state}, 'scheduled', 'the window is to come');
    $world->pass(3600 - 1001 - 60);
    $world->alive;
    up($id);
    step(60);
    is($world->state($id), 'maintenance', 'and comes');
    step(3600);
    is_deeply(spans($id), [[$start + 3600, $start + 7200]], 'at its time');
};

subtest 'a bounded number at once' => sub {
    my $many = 1200;
    $root->rows("insert into betterstack.monitor overriding system value
        select (jsonb_populate_record(m, jsonb_build_object('id', 100000 + n))).*
          from betterstack.monitor m, generate_series(1, $many) n where m.id = (select min(id) from betterstack.monitor)");
    $root->rows("select core.monitor_state_reset(100000 + n, false, '-infinity', @{[$world->at]}) from generate_series(1, $many) n");
    my $count = sub { $root->value("select count(*) from betterstack.monitor_state where status = 8 and monitor_id > 100000") };
    my $window = once(1, 3600, all_monitors => $true);
    is($count->(), 0, 'none yet');
    step(1);
    is($count->() <= 500, 1, 'some in the first sweep');
    step(1) for 1 .. 2;
    is($count->(), $many, 'all after three');
    act('delete', $window);
    step(1) for 1 .. 3;
    is($count->(), 0, 'and out again after three');
};

subtest 'what is refused' => sub {
    my $id = monitor();
    my %once = (name => 'x', starts_at => in(60), ends_at => in(120), monitor_ids => [$id]);
    my %daily = (name => 'x', starts_at => in(60), duration => 600, recurrence => 'RRULE:FREQ=DAILY', monitor_ids => [$id]);
    my @wrong = (
        [{}, qw(ends_at monitor_ids name starts_at)],
        [{%once, name => ' '}, 'name'], [{%once, name => 'x' x 256}, 'name'], [{%once, description => 5}, 'description'],
        [{%once, starts_at => 'tomorrow'}, 'starts_at'], [{%once, starts_at => '2026-02-30T00:00:00'}, 'starts_at'],
        [{%once, ends_at => in(60)}, 'ends_at'], [{%once, ends_at => in(60 + 367 * 86_400)}, 'ends_at'],
        [{%once, ends_at => undef}, 'ends_at'], [{%once, duration => 60}, 'duration'],
        [{%once, starts_at => in(-120), ends_at => in(-60)}, 'ends_at'],
        [{%daily, ends_at => in(120)}, 'ends_at'], [{%daily, duration => undef}, 'duration'], [{%daily, duration => 59}, 'duration'],
        [{%daily, duration => 86_400}, 'duration'], [{%daily, recurrence => 'daily'}, 'recurrence'],
        [{%daily, recurrence => 'RRULE:FREQ=HOURLY'}, 'recurrence'], [{%daily, recurrence => '* * * * *', duration => 60}, 'duration'],
        [{%daily, recurrence => 'RRULE:FREQ=DAILY;UNTIL=20200101'}, 'recurrence'], [{%daily, recurrence => 5}, 'recurrence'],
        [{%daily, recurrence => 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'}, 'recurrence'],
        [{%once, timezone => 'CET'}, 'timezone'], [{%once, timezone => 'Foo/Bar+3'}, 'timezone'],
        [{%once, all_monitors => 'yes'}, 'all_monitors'], [{%once, monitor_ids => []}, 'monitor_ids'],
        [{%once, monitor_ids => ['x']}, 'monitor_ids'], [{%once, monitor_ids => [999_999]}, 'monitor_ids'],
        [{%once, monitor_ids => [map { "$_" } 1 .. 5001]}, 'monitor_ids'], [{%once, heartbeat_ids => [5]}, 'heartbeat_ids'],
        [{%once, active => $true}, 'active'], [{%once, colour => 'red'}, 'colour'],
    );
    for my $wrong (@wrong) {
        my ($body, @fields) = @$wrong;
        my ($status, $said) = act('create', $body);
        is_deeply([$status, sort keys %{$said->{errors}}], [422, @fields], JSON::PP->new->canonical->encode($body) =~ s/^(.{120}).*/$1/r)
            or diag explain $said;
    }
    my $window = window(%once);
    is((act('update', $window, {recurrence => 'RRULE:FREQ=WEEKLY', duration => 60}))[0], 200, 'one that happens once may recur');
    is(shown($window)->{ends_at}, undef, 'it has no end then');
    is((act('update', $window, {recurrence => undef}))[0], 422, 'back again it needs one');
    is((act('update', $window, {recurrence => undef, ends_at => in(120)}))[0], 200, 'which may be given');
    is(shown($window)->{duration}, undef, 'and takes away the duration');
    my ($status, $body) = act('update', $window, {timezone => 'Berlin', starts_at => '2040-07-01T12:00', ends_at => '2040-07-01 14:00'});
    is($body->{data}{attributes}{starts_at}, '2040-07-01T10:00:00.000Z', 'a time without an offset is of the window\'s zone');

    # Nothing that a client may send makes a statement raise.
    my @values = (undef, $true, 5, -1, 1e300, '', ' ', 'x', 'x' x 600, [], [[]], {}, ['1'], "\x{1F600}", '2026-13-01', 'RRULE:', 'RRULE:FREQ=DAILY;=');
    my @raised;
    for my $field (qw(name description starts_at ends_at duration recurrence timezone all_monitors monitor_ids heartbeat_ids)) {
        for my $value (@values) {
            for my $base (\%once, \%daily) {
                my $error = $root->error(sprintf 'begin; select core.maintenance_window_create(%d, %s, %s); rollback', $team,
                    BetterStack::Postgres::quote(JSON::PP->new->encode({%$base, $field => $value})), $world->at);
                push @raised, "$field: $error" if defined $error;
            }
        }
    }
    is_deeply(\@raised, [], 'no value of any type raises');
};

subtest 'every day' => sub {
    my $at = sub { my ($wall) = @_; $world->{now} = $root->value("select core.ms(core.zone_moment('$wall', 'America/New_York'))") };
    $at->('2031-03-08 12:00');
    my $id = monitor(maintenance_from => '22:00:00', maintenance_to => '06:00:00', maintenance_timezone => 'Eastern Time (US & Canada)',
        maintenance_days => [qw(sat sun mon)]);
    # Saturday the 8th; the clocks go forward on Sunday at two
    my @expected = (['2031-03-08 21:59:59', ''], ['2031-03-08 22:00', 1], ['2031-03-09 05:59', 1], ['2031-03-09 06:00', ''],
        ['2031-03-09 22:00', 1], ['2031-03-10 05:59:59', 1], ['2031-03-10 06:00', ''], ['2031-03-10 22:00', 1],
        ['2031-03-11 00:00', ''], ['2031-03-15 05:59', 1], ['2031-03-15 06:01', '']);
    for my $expected (@expected) {
        my ($wall, $covered) = @$expected;
        $at->($wall);
        $world->alive;
        $world->sweep;
        is($world->state($id) eq 'maintenance', !!$covered, "$wall: " . ($covered ? 'in it' : 'not in it'));
    }
    is($root->value("select sum(ended - began) from betterstack.maintenance_time where id = $id
        and began between '2031-03-09' and '2031-03-09 12:00Z'"),
        '07:00:00', 'the night in which an hour is missing is shorter');
    $world->update($id, maintenance_days => [qw(fri)], maintenance_from => '00:00', maintenance_to => '24:00:00');
    $at->('2031-03-21 00:00');
    $world->alive;
    $world->sweep;
    is($world->state($id), 'maintenance', 'a whole day');
    is(until_of($id), '2031-03-22T04:00:00.000Z', 'until midnight');
    $world->update($id, maintenance_from => undef, maintenance_to => undef);
    step(1);
    is($world->state($id), 'pending', 'and no more');
};

done_testing;
