use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Verdict;

# Every transition of the machine, one by one, with a clock of our own.

my $world = BetterStack::Verdict->new(qw(eu-1 eu-2 us as));
my $root = $world->root;
my $id;

# A new monitor that these regions see up.
sub fresh {
    my ($attributes, @regions) = @_;
    $id = $world->monitor(regions => [@regions], %$attributes);
    $world->pass(600)->look($id, map { $_ => 'up' } @regions);
    $world->pass(1);
    return $id;
}

# 'region result' or 'wait seconds' or 'sweep', and the state after each.
sub follows {
    my ($title, @steps) = @_;
    my (@got, @wanted);
    while (my ($step, $state) = splice @steps, 0, 2) {
        for my $one (split / *; */, $step) {
            my ($who, $what) = split ' ', $one;
            if ($who eq 'wait') { $world->pass($what) }
            elsif ($who eq 'sweep') { $world->alive; $world->sweep }
            else { $world->pass(1)->look($id, $who => $what) }
        }
        push @got, "$step: " . $world->state($id);
        push @wanted, "$step: $state";
    }
    is_deeply(\@got, \@wanted, $title) or diag explain \@got;
}
sub incidents_are { my ($title, @wanted) = @_; is_deeply([$world->incidents($id)], \@wanted, $title) }
sub discounted { return $world->column($id, 'discounted') }

# pending
$id = $world->monitor(regions => ['us', 'as']);
is($world->state($id), 'pending', 'a new monitor is pending');
follows('pending: the first result decides', 'us unknown' => 'pending', 'us up' => 'up');
$id = $world->monitor(regions => ['us', 'as']);
follows('pending: a failure is a suspicion', 'us down' => 'suspect', 'as down' => 'down');
incidents_are('and an incident', 'open');
$id = $world->monitor(regions => ['us', 'as']);
is_deeply([$world->look($id, us => 'down')], ["$id as"], 'a region without a result is asked, too');
follows('that has to say something, first', 'us down' => 'suspect', 'us down' => 'suspect', 'as up' => 'up');

# up and degraded
fresh({}, qw(eu-1 us as));
follows('most decide what is degraded', 'us degraded' => 'up', 'as degraded' => 'degraded', 'eu-1 up' => 'degraded',
    'as up' => 'up');
incidents_are('which is no incident');

# up -> suspect -> down -> up, three regions
fresh({}, qw(eu-1 us as));
my @jobs = $world->pass(1)->look($id, 'eu-1' => 'down');
is($world->state($id), 'suspect', 'a failure is a suspicion');
is_deeply([sort @jobs], ["$id as", "$id us"], 'and the others are asked at once');
is($world->{jobs}[0]{slot}, $world->now, 'the slot is this moment');
is($world->{jobs}[0]{expires}, $world->now + 40_000, 'until when two attempts and the way take');
incidents_are('no incident yet');
is_deeply([$world->pass(1)->look($id, us => 'down')], [], 'nobody is asked again');
is($world->state($id), 'down', 'two of three decide');
incidents_are('an incident', 'open');
follows('the third changes nothing', 'as down' => 'down');
follows('one that is well again does not end it', 'eu-1 up' => 'down');
follows('most do', 'us up' => 'up');
incidents_are('and the incident is resolved', 'resolved');
is(discounted(), '{4}', 'what still fails is known');
follows('and raises nothing', 'as down' => 'up', 'as down' => 'up');

# suspect -> up: false alarms
fresh({}, qw(eu-1 us as));
follows('nobody else sees it: a false alarm', 'eu-1 down' => 'suspect', 'us up' => 'suspect', 'as up' => 'up');
is($world->column($id, 'false_alarms'), 1, 'is counted');
incidents_are('without an incident');
is_deeply([$world->pass(1)->look($id, 'eu-1' => 'down')], [], 'the same region alone raises no other one');
is($world->state($id), 'up', 'nothing happens');
follows('until it has seen it up', 'eu-1 up' => 'up', 'eu-1 down' => 'suspect', 'eu-1 up' => 'up');
is(discounted(), '{}', 'then it is trusted');
fresh({}, qw(eu-1 us as));
follows('another region that fails is a new suspicion', 'eu-1 down; us up; as up' => 'up', 'us down' => 'suspect');
follows('the discounted one has no vote: one hiccup of the other is nothing', 'eu-1 down' => 'suspect', 'as up' => 'up');
fresh({}, qw(eu-1 us as));
follows('and those that are left decide', 'eu-1 down; us up; as up' => 'up', 'us down; as down' => 'down');
fresh({}, qw(eu-1 eu-2 us as));
follows('what fails three times in a row counts again', 'eu-1 down; us up; as up; eu-2 up' => 'up',
    'us down; eu-2 up; as up' => 'up', 'eu-1 down; us down; eu-2 up; as up' => 'up', 'eu-1 down; us down' => 'down');
follows('for as long as it fails', 'eu-2 up; as up' => 'down', 'us up' => 'up');
fresh({}, qw(eu-1 us));
follows('suspicion withdrawn', 'us down' => 'suspect', 'us up' => 'up');

# two regions, one region, none
fresh({}, qw(us as));
is_deeply([$world->pass(1)->look($id, us => 'down')], ["$id as"], 'of two the other is asked');
follows('both must see it', 'us down' => 'suspect', 'as up' => 'up', 'as down' => 'suspect');
fresh({}, qw(us));
is_deeply([$world->pass(1)->look($id, us => 'down')], ["$id us"], 'one region is asked itself');
follows('one region must see it twice in a row', 'us up' => 'up', 'us down' => 'suspect', 'us unknown' => 'suspect',
    'us down' => 'suspect', 'wait 2; us down' => 'down', 'us up' => 'up');
fresh({}, qw(us));
follows('at once it is not believed, but soon', 'us down; us down' => 'suspect', 'wait 3; sweep' => 'down');
fresh({}, qw(us));
$root->rows("update betterstack.region set doubted_at = @{[$world->at]} where slug = 'us'");
follows('while others refute what it says it must go on for minutes', 'us down; us down; wait 10; us down; us down' => 'suspect',
    'wait 110; us down' => 'down', 'us up' => 'up');
fresh({}, qw(us));
$root->rows("update betterstack.region set doubted_at = @{[$world->at]} - interval '3 minutes' where slug = 'us'");
follows('but not for ever', 'us down; us down; wait 5; us down' => 'down', 'us up' => 'up');
my @others = map { fresh({url => "http://other$_.example.com/"}, qw(us as)) } 1 .. 3;
fresh({}, qw(us));
$world->look($_, us => 'up', as => 'up') for @others;
for my $other (@others[0, 1]) {
    $world->pass(1)->look($other, us => 'down');
    $world->pass(1)->look($other, as => 'up');
}
is_deeply([map { $world->state($_) } @others[0, 1]], [qw(up up)], 'what a region alone sees fail of others');
follows('makes its word doubtful for those whom nobody else sees', 'us down; us down; wait 10; sweep' => 'suspect', 'us up' => 'up');
fresh({}, qw(us as));
follows('a blind region has no vote', 'as unknown' => 'up', 'us down' => 'suspect', 'wait 4; us down' => 'down');
fresh({}, qw(us as));
follows('a failure that turned into not measured is none', 'us down' => 'suspect', 'us unknown' => 'up');

# quorum
fresh({quorum => 3}, qw(eu-1 us as));
follows('a quorum of three', 'us down; as down' => 'suspect', 'eu-1 down' => 'down', 'us up' => 'down', 'as up' => 'up');
fresh({quorum => 3}, qw(us as));
follows('is two where there are two', 'us down' => 'suspect', 'as down' => 'down');
fresh({quorum => 1}, qw(us as));
is_deeply([$world->pass(1)->look($id, us => 'down')], [], 'a quorum of one asks nobody');
is($world->state($id), 'down', 'its word is enough');
fresh({quorum => 1}, qw(us));
follows('of one region, too', 'us down' => 'down');
fresh({quorum => 2}, qw(us));
follows('but one region is no quorum of two: twice', 'us down' => 'suspect', 'wait 4; us down' => 'down');

# confirmation_period
fresh({confirmation_period => 60}, qw(eu-1 us as));
follows('confirmation: a failure has to last', 'us down; as down' => 'suspect');
incidents_are('meanwhile the incident is unconfirmed', 'unconfirmed');
follows('time alone confirms it, when nobody says anything else for a moment', 'wait 50; sweep' => 'suspect',
    'wait 10; sweep' => 'suspect', 'wait 25; sweep' => 'suspect', 'wait 5; sweep' => 'down');
incidents_are('now it is', 'open');
fresh({confirmation_period => 60}, qw(eu-1 us as));
follows('at once when who looks again says so', 'us down; as down' => 'suspect', 'wait 60; sweep' => 'suspect',
    'us down' => 'suspect', 'as down' => 'down');
fresh({confirmation_period => 60}, qw(eu-1 us as));
follows('not when it is over', 'us down; as down' => 'suspect', 'wait 60; sweep' => 'suspect',
    'us up; as up; eu-1 up' => 'up');
incidents_are('it was none', 'false');
fresh({confirmation_period => 60}, qw(eu-1 us as));
follows('if it is over before', 'us down; as down' => 'suspect', 'us up; as up' => 'up', 'wait 60; sweep' => 'up');
incidents_are('it was none', 'false');
fresh({confirmation_period => 60}, qw(eu-1 us as));
follows('or if most see it up', 'us down; as down; wait 20; eu-1 up; us up' => 'up');
incidents_are('it was none either', 'false');

# recovery_period
fresh({recovery_period => 180}, qw(eu-1 us as));
follows('recovery has to last', 'us down; as down; eu-1 down' => 'down', 'us up; as up' => 'recovering',
    'eu-1 up' => 'recovering', 'wait 170; us up; as up' => 'recovering', 'sweep' => 'recovering',
    'wait 10; sweep' => 'up');
incidents_are('then it is resolved', 'resolved');
fresh({recovery_period => 180}, qw(eu-1 us as));
follows('any failure resets it', 'us down; as down; eu-1 down; us up; as up; eu-1 up' => 'recovering',
    'wait 100; us down' => 'down', 'us up' => 'recovering', 'wait 170; as up; us up; sweep' => 'recovering',
    'wait 20; sweep' => 'up');
incidents_are('it is one incident', 'resolved');
fresh({recovery_period => 60}, qw(eu-1 us as));
follows('a region that never saw it up does not hold it up', 'us down; as down; eu-1 down; us up; as up' => 'recovering',
    'eu-1 down' => 'recovering', 'wait 61; us up; sweep' => 'up');
my ($status, $body) = $root->call('monitor_get', $world->{ann}, fresh({recovery_period => 60}, 'us'));
follows('down and back', 'us down; wait 4; us down; us up' => 'recovering');
($status, $body) = $root->call('monitor_get', $world->{ann}, $id);
is_deeply([@{$body->{data}{attributes}}{qw(status state)}], [qw(validating recovering)], 'in the words of the API, and in ours');

# Late, doubled, out of order, several at once
fresh({}, qw(us as));
$world->pass(30);
$world->batch($_, {monitor => $id, what => 'down', slot => $world->now - 400_000}) for qw(us as);
is($world->state($id), 'up', 'late ticks are history');
$world->pass(400);
$world->batch($_, {monitor => $id, what => 'down', slot => $world->now - 301_000}) for qw(us as);
is($world->state($id), 'up', 'even where they are the newest ones');
fresh({}, qw(us));
my %tick = (monitor => $id, slot => $world->now);
$world->batch('us', {%tick, what => 'down'}, {%tick, what => 'down'});
is($world->state($id), 'suspect', 'a doubled tick in a batch is one failure');
$world->batch('us', {%tick, what => 'down'}) for 1 .. 3;
is($world->state($id), 'suspect', 'and one in several reports, too');
$world->batch('us', {%tick, what => 'down', slot => $world->now - 5000});
is($world->state($id), 'suspect', 'an earlier one that comes later does not count in the row');
fresh({}, qw(us));
$world->batch('us', map { {monitor => $id, slot => $world->now + $_, what => 'down'} } 3, 1, 2);
$world->alive; $world->pass(5)->sweep;
is($world->state($id), 'down', 'failures in a row within a batch, whatever their order');
is($root->value("select failures from betterstack.region_state where monitor_id = $id"), 3, 'are counted');
fresh({}, qw(us));
$world->batch('us', map { {monitor => $id, slot => $world->now + $_->[0], what => $_->[1]} } [1, 'down'], [3, 'down'], [2, 'up']);
is($world->state($id), 'suspect', 'but not those before it was up');
fresh({}, qw(us as));
$world->batch('us', map { {monitor => $id, slot => $world->now + $_->[0], what => $_->[1]} } [1, 'down'], [2, 'up']);
is($world->state($id), 'up', 'what was over within a batch is over');
my @several = map { fresh({}, qw(us as)) } 1 .. 3;
$world->look($_, us => 'up', as => 'up') for @several;
$world->pass(1);
@jobs = $world->batch('us', map { {monitor => $_, what => 'down'} } @several[0, 1]);
is_deeply([sort @jobs], [map { "$_ as" } @several[0, 1]], 'several monitors in a batch: each is asked for');
$world->pass(1);
$world->batch('as', {monitor => $several[0], what => 'down'}, {monitor => $several[1]}, {monitor => $several[2]});
is_deeply([map { $world->state($_) } @several], [qw(down up up)], 'and decided by itself');

# Asking again
fresh({}, qw(us as));
$world->alive; $world->sweep;
my @asked = $world->look($id, us => 'down');
push @asked, grep { /^$id / } $world->sweeps(50);
is_deeply([@asked], [("$id as") x 2], 'who does not answer is asked again');
is($world->state($id), 'suspect', 'and waited for');
push @asked, grep { /^$id / } $world->sweeps(120);
is(scalar @asked, 3, 'three times at most');

# Detection facts
fresh({}, qw(eu-1 us as));
$world->pass(5);
my $first = $world->now;
$world->look($id, us => 'down');
$world->pass(2)->look($id, as => 'timeout');
my $row = $root->rows("select core.ms(slot_at), core.ms(checked_at), core.ms(reported_at), core.ms(suspected_at),
    core.ms(confirmed_at) from betterstack.incident order by id desc limit 1")->[0];
is_deeply($row, [$first - 200, $first - 190, $first, $first, $first + 2000], 'slot, probe, report, suspicion, confirmation');
is($world->column($id, 'core.ms(since)'), $first - 190, 'down since the probe that saw it first');

# Pausing
fresh({}, qw(us));
$world->look($id, us => 'down', us => 'down') for 1;
$world->pass(4)->look($id, us => 'down');
incidents_are('down', 'open');
$world->update($id, paused => JSON::PP::true);
follows('paused is paused', 'us up' => 'paused', 'us down; us down' => 'paused', 'sweep' => 'paused');
incidents_are('and its incident is over', 'resolved');

done_testing;
