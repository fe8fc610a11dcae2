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

# Maintenance where it is easily got wrong: one that cannot be decided, weeks whose clocks skip it, a
# clock that was ahead, results from in it that come late, and who waits for whom.

my $world = BetterStack::Verdict->new(qw(eu us));
my $root = $world->root;
my $ann = $world->{ann};
my $team = $root->value('select min(id) from betterstack.team');
my $host = 0;

sub monitor { return $world->monitor(url => 'http://192.0.2.' . ++$host . '/', @_) }
sub in { my $ms = $world->now + $_[0] * 1000; return strftime('%Y-%m-%dT%H:%M:%S', gmtime(int($ms / 1000))) . sprintf '.%03dZ', $ms % 1000 }
sub act {
    my ($what, @arguments) = @_;
    my $list = join ', ', $team, map { ref $_ ? BetterStack::Postgres::quote(JSON::PP->new->encode($_)) : $_ } @arguments;
    my $row = $root->rows("select status, body from core.maintenance_window_$what($list, @{[$world->at]})")->[0];
    return ($row->[0], defined $row->[1] ? JSON::PP->new->decode($row->[1]) : undef);
}
sub window {
    my ($status, $body) = act('create', {name => 'Works', @_});
    is($status, 201, 'a window') or diag explain $body;
    return $body->{data}{id};
}
sub once { my ($from, $to, @more) = @_; return window(starts_at => in($from), ends_at => in($to), @more) }
sub step { my ($seconds) = @_; $world->pass($seconds)->alive; return $world->sweep }
sub wall { my ($wall, $zone) = @_; $world->{now} = $root->value("select core.ms(core.zone_moment('$wall', '$zone'))"); return step(0) }
sub up { my ($id) = @_; $world->look($id, eu => 'up', us => 'up') }
sub down { my ($id) = @_; $world->look($id, eu => 'down', us => 'down') }



subtest 'a clock that was months ahead' => sub {
    my ($daily, $single) = (monitor(), monitor());
    $world->alive;
    my $began = $world->now;
    window(starts_at => in(3600), duration => 600, recurrence => 'RRULE:FREQ=DAILY', monitor_ids => [$daily]);
    window(starts_at => in(7200), ends_at => in(7800), monitor_ids => [$single]);
    step(1);
    step(200 * 86400);
    step(1) for 1 .. 5;
    $world->{now} = $began + 10_000;
    step(1) for 1 .. 2;
    is($world->state($_), 'pending', 'not yet') for $daily, $single;
    $world->{now} = $began + 3_600_000;
    step(1);
    is($world->state($daily), 'maintenance', 'what recurs comes at its time');
    $world->{now} = $began + 7_200_000;
    step(1);
    is($world->state($daily), 'pending', 'and ends');
    is($world->state($single), 'maintenance', 'what was thought to be over comes, too');
    $world->{now} = $began + 86_400_000 + 3_600_000;
    step(1);
    is($world->state($daily), 'maintenance', 'and the next day');
    is($world->state($single), 'pending', 'once');
};

subtest 'results from a window that no sweep saw' => sub {
    my $id = monitor();
    $world->alive;
    up($id);
    is($world->state($id), 'up', 'up');
    once(60, 300, monitor_ids => [$id]);
    step(1);
    step(330);
    my $slot = $world->now - 60_000;
    $world->batch($_, {monitor => $id, what => 'down', slot => $slot, checked_at => $slot + 10}) for qw(eu us);
    is_deeply([$world->incidents($id)], [], 'what was measured in it opens no incident');
    isnt($world->state($id), 'down', 'and is not believed');
    step(5);
    down($id);
    is_deeply([$world->incidents($id)], ['open'], 'the next check does');
    is($world->state($id), 'down', 'at once');
};

subtest 'in maintenance nothing is due, afterwards it is' => sub {
    my $id = monitor();
    $world->alive;
    up($id);
    once(10, 100, monitor_ids => [$id]);
    step(10);
    step(5);
    is($world->state($id), 'maintenance', 'in maintenance');
    is($world->column($id, 'due_at'), undef, 'no sweep looks at it in vain');
    up($id);
    is($root->value("select count(*) from betterstack.tick where monitor_id = $id"), 4, 'results are stored');
    is($root->value("select count(*) from betterstack.region_state where monitor_id = $id
        and slot > @{[$world->at]} - interval '1 second'"), 2, 'and are the newest');
    step(85);
    is($world->column($id, 'due_at is not null'), 't', 'what came just at the end is looked at');
    step(2);
    is($world->column($id, 'due_at'), undef, 'once');
};

subtest 'ended at once, then named' => sub {
    my $id = monitor();
    my $window = once(1, 600, monitor_ids => [$id]);
    step(3);
    is((act('end', $window))[0], 200, 'ended after two seconds');
    my ($status, $body) = act('update', $window, {name => 'Another name'});
    is($status, 200, 'its name can be changed') or diag explain $body;
    is((act('update', $window, {ends_at => in(-600)}))[0], 422, 'its end must still be one');
};

subtest 'a monitor is deleted while windows change and the sweep decides' => sub {
    my ($gone, $other) = (monitor(), monitor());
    once(60, 3600, monitor_ids => [$gone, $other]);
    $world->alive;
    up($gone);
    step(20);
    down($gone);
    is_deeply([$world->incidents($gone)], ['open'], 'an incident');
    my ($sweep, $person, $other_person) = map { my $s = $world->{db}->session; $s->rows('begin'); $s->pid; $s } 1 .. 3;
    $sweep->rows("select id from betterstack.maintenance_subject where id = $other for update");
    $person->start("select core.maintenance_lock($team, true),
        core.maintenance_window_update($team, (select max(id) from betterstack.maintenance_window), '{\"all_monitors\": true}', @{[$world->at]})");
    $person->wait_blocked($root);
    $other_person->start("select status from api.monitor_delete('$ann', $gone)");
    $other_person->wait_blocked($root);
    $sweep->rows("set local lock_timeout = '5s'");
    ok(eval { $sweep->rows('select core.incident_lock()'); 1 }, 'the sweep does not wait for them') or diag $@;
    $sweep->rows('commit');
    $person->finish;
    $person->rows('commit');
    is(($other_person->finish)[0][0][0], 204, 'the monitor is gone');
    $other_person->rows('commit');
    act('delete', $_->[0]) for @{$root->rows('select id from betterstack.maintenance_window')};
    step(1);
};

subtest 'one that cannot be decided keeps nobody else from it' => sub {
    my ($bad, $good, $other) = map { monitor() } 1 .. 3;
    $world->alive;
    my $ill = once(10, 70, monitor_ids => [$good]);
    window(starts_at => in(20), duration => 600, recurrence => 'RRULE:FREQ=DAILY', monitor_ids => [$bad, $other]);
    $root->rows("alter table betterstack.maintenance_window add constraint ill check (id <> $ill or edge_at is not null) not valid");
    $root->rows("alter table betterstack.maintenance_time add constraint ill check (id <> $bad) not valid");
    $root->rows('set client_min_messages = error');
    step(10);
    is($world->state($good), 'maintenance', 'one window');
    step(11);
    is($world->state($bad), 'pending', 'one that cannot be decided is what it was');
    is($world->state($other), 'maintenance', 'the other is in maintenance');
    step(50);
    is($world->state($good), 'pending', 'the end is decided, though the window itself cannot be decided');
    $root->rows("alter table betterstack.$_ drop constraint ill") for qw(maintenance_window maintenance_time);
    step(61);
    is($root->value("select count(*) from betterstack.maintenance_time where id = $bad"), 1, 'it is tried again');
    is($root->value("select edge_at is null from betterstack.maintenance_window where id = $ill"), 't', 'the window, too');
    act('delete', $_->[0]) for @{$root->rows('select id from betterstack.maintenance_window')};
    step(1);
};

subtest 'a day of the week, and a window in a month' => sub {
    wall('2031-02-03 12:00', 'Europe/Berlin');     # Monday
    my $id = monitor(maintenance_from => '02:00', maintenance_to => '03:00', maintenance_timezone => 'Europe/Berlin',
        maintenance_days => ['fri']);
    my $window = once(30 * 86400, 30 * 86400 + 60, monitor_ids => [$id]);
    step(1);
    wall('2031-02-07 02:30', 'Europe/Berlin');
    is($world->state($id), 'maintenance', 'the day is not missed for the window');
    act('delete', $window);
    step(1);
    is($world->state($id), 'maintenance', 'nor for its end');
    wall('2031-02-07 03:00', 'Europe/Berlin');
    is($world->state($id), 'pending', 'and over');
};

subtest 'the clocks skip it' => sub {
    my $id = monitor();
    wall('2031-03-20 12:00', 'Europe/Berlin');
    $world->update($id, maintenance_from => '02:00', maintenance_to => '03:00', maintenance_timezone => 'Europe/Berlin',
        maintenance_days => ['sun']);
    $root->rows("update betterstack.maintenance_subject set edge_at = @{[$world->at]}, decided_at = @{[$world->at]} where id = $id");
    wall("2031-$_->[0]", 'Europe/Berlin'), is($world->state($id), $_->[1], "$_->[0]: $_->[1]")
        for ['03-23 01:59', 'pending'], ['03-23 02:00', 'maintenance'], ['03-23 03:00', 'pending'], ['03-30 03:00', 'pending'],
            ['04-06 01:59:59', 'pending'], ['04-06 02:00', 'maintenance'], ['04-06 03:00', 'pending'];
};

done_testing;
