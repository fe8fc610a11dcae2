use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Reports, sweeps and people act on incidents at the same time: nothing is lost, nothing deadlocks.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $ann = $root->person('ann');
my $first = $db->session;
my $second = $db->session;
$second->pid;

my $address = 0;
sub facts {
    my ($cause) = @_;
    return qq('{"reason":"connect_timeout","regions":[{"region":"r1","reason":"connect_timeout","text":"No connection",)
        . qq("address":"192.0.2.$cause"}]}');
}
sub begin_sql { my ($monitor, $cause, $confirmed) = @_;
    return "select core.incident_begin($monitor, 'failure', clock_timestamp(), " . ($confirmed // 'true') . ', ' . facts($cause) . ')' }
sub act_sql { my ($what, $id) = @_; return "select status from api.incident_$what('$ann', $id, '{}')" }
sub entries {
    my ($id) = @_;
    return join ' ', map { $_->[0] } @{$root->rows("select what from betterstack.incident_entry where incident_id = $id order by at, id")};
}
sub status_of { return ($root->call('incident_get', $ann, $_[0]))[1]{data}{attributes}{status} }
# The second session's statement waits for the first one's transaction; its answer afterwards.
sub after_first {
    my ($statement) = @_;
    $second->start($statement);
    $second->wait_blocked($root);
    return sub {
        $first->rows('commit');
        my ($rows, $error) = $second->finish;
        is($error, undef, 'no error');
        return $rows->[0][0];
    };
}

# Two reports that meet two causes in opposite order.
my @m = map { $root->monitor($ann) } 1 .. 4;
$first->rows('begin');
my $one = $first->value(begin_sql($m[0], 1));
my $wait = after_first('begin; ' . begin_sql($m[1], 2));
my $two = $first->value(begin_sql($m[2], 2));
$wait->();
is($second->value(begin_sql($m[3], 1)), $one, 'the second report joins what the first has begun');
$second->rows('commit');
is($root->value("select count(*) from betterstack.incident_monitor where incident_id in ($one, $two)"), 4, 'all are there');
is($root->value('select count(*) from betterstack.incident'), 2, 'in two incidents');

# A person and the machine.
my $id = $root->value(begin_sql($root->monitor($ann), 3, 'false'));
$first->rows("begin; select core.incident_confirm($id, monitor_id, clock_timestamp(), '{}')
    from betterstack.incident_monitor where incident_id = $id");
is(after_first(act_sql('resolve', $id))->(), 200, 'resolved after it was confirmed');
is(entries($id), 'opened confirmed resolved', 'both are told, in order');
is(status_of($id), 'Resolved', 'the later one holds');

$id = $root->value(begin_sql($root->monitor($ann), 4));
$first->rows('begin; ' . act_sql('acknowledge', $id));
is(after_first(act_sql('acknowledge', $id))->(), 409, 'of two people the second is told');
is(entries($id), 'opened confirmed acknowledged', 'it is told once');

$first->rows('begin; ' . act_sql('acknowledge', $id));
is(after_first("select 1 from core.incident_end($id, (select monitor_id from betterstack.incident_monitor
    where incident_id = $id), clock_timestamp(), 'recovered')")->(), 1, 'acknowledged and over at the same moment');
is(status_of($id), 'Resolved', 'over');

my $monitor = $root->monitor($ann);
$id = $root->value(begin_sql($monitor, 5));
$first->rows("begin; select api.incident_delete('$ann', $id)");
is(after_first("select 1 from core.incident_note($id, $monitor, clock_timestamp(), 'recovering', '{}')")->(), 1,
    'a line for an incident that is deleted');
is($root->value("select count(*) from betterstack.incident_entry where incident_id = $id"), 0, 'nothing is left of it');

# A monitor goes while its report, which holds its state, has something to tell.
for my $how ("select status from api.monitor_delete('$ann', %d)", "select status from api.monitor_update('$ann', %d, '{\"paused\":true}')") {
    $monitor = $root->monitor($ann);
    $id = $root->value(begin_sql($monitor, 6));
    $first->rows("begin; select from betterstack.monitor_state where monitor_id = $monitor for no key update");
    $wait = after_first(sprintf $how, $monitor);
    $first->rows("select core.incident_note($id, $monitor, clock_timestamp(), 'flapping', '{}')");
    ok($wait->() =~ /^20/, 'the monitor goes');
    like(entries($id), qr/^opened confirmed flapping resolved$/, 'what the report told is there');
}

# All at once: reports of overlapping monitors, people on all incidents.
my $rounds = 25;
my @many = map { $root->monitor($ann) } 1 .. 12;
my @children = map {
    my $seed = $_;
    my $pid = fork // die 'fork';
    if ($pid == 0) {
        srand 4000 + $seed;
        my $session = $db->session;
        my $bad = 0;
        for my $round (1 .. $rounds) {
            my $error = $seed <= 4 ? report_of($session) : person_of($session);
            next if !defined $error;
            print STDERR "# $error\n";
            $bad++;
        }
        require POSIX;
        POSIX::_exit($bad ? 1 : 0);
    }
    $pid;
} 1 .. 6;
is_deeply([map { waitpid $_, 0; $? } @children], [(0) x 6], 'reports and people at once: no deadlock, no error');

# In one transaction, as a report does: the states by id, then whatever there is to tell of each.
sub report_of {
    my ($session) = @_;
    my @some = grep { rand() < 0.5 } @many;
    my $list = join ',', @some, 0;
    my $steps = join ';', map {
        my $what = int rand 3;
        my $open = "(select incident_id from betterstack.incident_monitor where monitor_id = $_ and ended_at is null limit 1)";
        $what == 0 ? begin_sql($_, 100 + int(rand 3), rand() < 0.5 ? 'true' : 'false')
            : $what == 1 ? "select core.incident_confirm($open, $_, clock_timestamp(), '{}')"
            : "select core.incident_end($open, $_, clock_timestamp(), 'recovered')";
    } @some;
    my ($rows, $error) = $session->try("begin; select from betterstack.monitor_state where monitor_id in ($list)
        order by monitor_id for no key update; $steps; commit");
    $session->try('rollback') if defined $error;
    return $error;
}

sub person_of {
    my ($session) = @_;
    my $id = $session->value('select coalesce(max(id), 0) - ' . int(rand 3) . ' from betterstack.incident');
    my $what = (qw(acknowledge resolve reopen))[rand 3];
    my ($rows, $error) = $session->try(act_sql($what, $id));
    return $error // ($rows->[0][0] =~ /^(200|404|409)$/ ? undef : "$what: $rows->[0][0]");
}

is($root->value(q{select count(*) from (select monitor_id from betterstack.incident_monitor im
    join betterstack.incident i on i.id = im.incident_id and i.resolved_at is null
    where ended_at is null group by monitor_id having count(*) > 1) twice}), 0, 'no monitor is in two open incidents');
is($root->value(q{select count(*) from betterstack.incident i where resolved_at is null and acknowledged_at is null
    and not exists (select from betterstack.incident_entry e where e.incident_id = i.id and e.what = 'reopened')
    and not exists (select from betterstack.incident_monitor im where im.incident_id = i.id and ended_at is null)}), 0,
    'none stays open without a monitor');
is($root->value(q{select count(*) from betterstack.incident i where i.entries_count <>
    (select count(*) from betterstack.incident_entry e where e.incident_id = i.id)}), 0, 'every line is there');

done_testing;
