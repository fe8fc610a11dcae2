use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Verdict;

# Who is believed: quarantine, mass events, dependencies, silence, a hub that was away, flapping.

my $world = BetterStack::Verdict->new(qw(eu us as));
my $root = $world->root;
my @all = qw(eu us as);

# Everybody sees these monitors up, now.
sub all_up { my (@ids) = @_; $world->batch($_, map { {monitor => $_} } @ids) for @all }
sub belief { return $root->value("select belief from betterstack.region where slug = '$_[0]'") }
sub step { my ($seconds, @ids) = @_; $world->pass($seconds); all_up(@ids); $world->sweep }
sub only { my ($id, @jobs) = @_; return sort grep { /^$id / } @jobs }
sub is_quiet { my ($title) = @_; is_deeply([$world->kinds("resolved_at is null")], [], $title) }

# Quarantine
my @targets = map { $world->monitor(url => "http://target-$_.example/") } 1 .. 12;
all_up(@targets);
step(10, @targets) for 1 .. 15;
is_quiet('all is well');
$world->pass(1);
my @asked = $world->batch('eu', map { {monitor => $_, what => 'down'} } @targets[0 .. 5]);
is(scalar @asked, 12, 'six of twelve fail in one region: the others are asked');
is(belief('eu'), 0, 'it is still believed');
$world->pass(1);
$world->batch($_, map { {monitor => $_} } @targets[0 .. 5]) for qw(us as);
is_deeply([map { $world->state($_) } @targets[0 .. 5]], [('up') x 6], 'they see them up: false alarms');
$world->pass(1);
$world->batch('eu', {monitor => $targets[6], what => 'down'});
is(belief('eu'), 1, 'with the next failure the region is in quarantine');
is_deeply([$world->kinds('resolved_at is null')], ['region_quarantined'], 'which is told');
is($world->state($targets[6]), 'up', 'and that failure is nobody\'s') or diag $world->state($targets[6]);
$world->pass(1);
$world->batch('eu', map { {monitor => $_, what => 'down'} } @targets[7 .. 11]);
is_deeply([map { $world->state($_) } @targets], [('up') x 12], 'nor are the ones after it');
$world->pass(1)->look($targets[0], us => 'down');
is($world->state($targets[0]), 'suspect', 'the other two go on');
$world->pass(1)->look($targets[0], as => 'down');
is($world->state($targets[0]), 'down', 'and decide');
$world->pass(1)->look($targets[0], as => 'up', us => 'up');
is_deeply([$world->kinds('resolved_at is null')], ['region_quarantined'], 'the quarantine is told once');
step(10, @targets) for 1 .. 17;
is(belief('eu'), 1, 'it has to agree for three minutes');
step(10, @targets) for 1 .. 3;
is(belief('eu'), 0, 'then it is believed again');
is_quiet('and the alert is over');

# A true outage of everything is no quarantine.
$world->pass(1);
$world->batch($_, map { {monitor => $_, what => 'down'} } @targets) for qw(eu us);
is_deeply([map { belief($_) } @all], [0, 0, 0], 'when all see it nobody is in quarantine');

# It is a mass event: most of a team's monitors at once.
my @states = map { $world->state($_) } @targets;
is(scalar(grep { $_ eq 'suspect' } @states), 12, 'they are looked at once more') or diag "@states";
is_deeply([$world->kinds('resolved_at is null and confirmed_at is null')], ['mass'], 'one incident, not confirmed');
$world->pass(1);
$world->batch('as', {monitor => $_, what => 'down'}) for $targets[0];
is($world->state($targets[0]), 'suspect', 'one region\'s second look is not enough');
$world->pass(1);
$world->batch('eu', map { {monitor => $_, what => 'down'} } @targets[0 .. 9]);
$world->batch('us', map { {monitor => $_, what => 'down'} } @targets[0 .. 9]);
$world->batch($_, map { {monitor => $_} } @targets[10, 11]) for @all;
is_deeply([map { $world->state($_) } @targets[0 .. 9]], [('down') x 10], 'those that are still down join it');
is_deeply([map { $world->state($_) } @targets[10, 11]], [('up') x 2], 'the others were nothing');
is_deeply([$world->kinds('resolved_at is null and confirmed_at is not null')], ['mass'], 'it is one incident');
is($root->value("select monitors_count from betterstack.incident where kind = 'mass'"), 12, 'with all of them');
step(10, @targets);
is_quiet('and ends with the last');
step(10, @targets) for 1 .. 13;

# A failure of one while nothing else happens is not held.
$world->pass(1)->look($targets[3], eu => 'down');
$world->pass(1)->look($targets[3], us => 'down');
is($world->state($targets[3]), 'down', 'a single one is not held');
is_deeply([$world->kinds('resolved_at is null')], ['failure'], 'and is an incident of its own');
step(10, @targets);

# Dependencies
my $parent = $world->monitor(url => 'http://gateway.example/');
my $child = $world->monitor(url => 'http://behind.example/', depends_on => [$parent]);
step(10, @targets, $parent, $child);
$world->pass(1);
my @jobs = $world->look($child, eu => 'down');
is_deeply([only($parent, @jobs)], ["$parent eu"], 'a suspicion about a child has the parent looked at');
$world->pass(1)->look($child, us => 'down');
is($world->state($child), 'suspect', 'which is waited for');
$world->pass(1)->look($parent, eu => 'down');
is($world->state($parent), 'suspect', 'it fails, too');
$world->pass(2); $world->alive; $world->sweep;
is($world->state($child), 'down', 'so the child is down');
is($world->column($child, 'suppressed_by'), $parent, 'because of it');
is_deeply([$world->incidents($child)], [], 'and no incident');
$world->pass(1)->look($parent, us => 'down');
is_deeply([$world->incidents($parent)], ['open'], 'the parent has one');
is($root->value("select count(*) from betterstack.incident i where i.resolved_at is null"), 1, 'the only one');
$world->pass(10)->look($child, eu => 'down', us => 'down', as => 'down');
is_deeply([$world->incidents($child)], [], 'as long as it lasts');
$world->pass(1)->look($parent, eu => 'up', us => 'up', as => 'up');
is($world->state($parent), 'up', 'the parent is up again');
$world->pass(2); $world->alive;
@jobs = $world->sweep;
is_deeply([only($child, @jobs)], [sort map { "$child $_" } @all], 'then the child is looked at once more, from everywhere');
is($world->state($child), 'suspect', 'it is a suspicion again');
$world->pass(1)->look($child, eu => 'down');
is($world->state($child), 'suspect', 'one says down');
$world->pass(1)->look($child, as => 'down');
is($world->state($child), 'down', 'two do');
is_deeply([$world->incidents($child)], ['open'], 'it fails by itself: an incident');
step(10, @targets, $parent, $child);
is_deeply([$world->incidents($child)], ['resolved'], 'which ends');
my $elsewhere = $world->monitor(url => 'http://elsewhere.example/', regions => ['as']);
my $orphan = $world->monitor(url => 'http://orphan.example/', regions => ['eu'], depends_on => [$elsewhere]);
$world->look($orphan, eu => 'up');
$world->look($elsewhere, as => 'up');
@jobs = $world->pass(1)->look($orphan, eu => 'down');
is_deeply([only($elsewhere, @jobs)], ["$elsewhere as"], 'a parent that no failing region watches is looked at by one that does');
$world->look($orphan, eu => 'up');
$world->pass(1)->look($child, eu => 'down');
$world->pass(1)->look($parent, eu => 'up');
$world->pass(1)->look($child, us => 'down');
is($world->state($child), 'down', 'a parent that was seen up holds nothing up');
step(10, @targets, $parent, $child);

# Depending on oneself, on strangers, in circles
my ($status, $body) = $root->call('monitor_update', $world->{ann}, $parent, qq({"depends_on":["$child"]}));
is_deeply([$status, $body->{errors}], [422, {depends_on => ['must not lead back to the monitor itself']}], 'no circles');
($status, $body) = $root->call('monitor_update', $world->{ann}, $parent, qq({"depends_on":["$parent"]}));
is($status, 422, 'not on itself');
my $bob = $root->person('bob');
($status, $body) = $root->call('monitor_create', $bob,
    qq({"url":"http://b.example/","monitor_type":"status","depends_on":["$parent"]}));
is_deeply($body->{errors}, {depends_on => ["does not know the monitor $parent"]}, 'not on others\' monitors');
$root->call('monitor_delete', $world->{ann}, $parent);
($status, $body) = $root->call('monitor_get', $world->{ann}, $child);
is_deeply($body->{data}{attributes}{depends_on}, [], 'nor on a deleted one');

# A silent region
sub part { my ($seconds, $regions, @ids) = @_; $world->pass($seconds);
    $world->batch($_, map { {monitor => $_} } @ids) for @$regions; return $world->sweep }
step(10, @targets) for 1 .. 14;
my $lonely = $world->monitor(url => 'http://lonely.example/', regions => ['as']);
step(1, @targets, $lonely);
part(10, [qw(eu us)], @targets) for 1 .. 8;
is(belief('as'), 0, 'a region may be late');
part(10, [qw(eu us)], @targets) for 1 .. 2;
is(belief('as'), 2, 'after 90 s it is silent');
is_deeply([$world->kinds('resolved_at is null')], ['region_silent'], 'which is told once');
$world->pass(1)->look($targets[0], eu => 'down');
$world->pass(1)->look($targets[0], us => 'down');
is($world->state($targets[0]), 'down', 'the other two decide');
part(10, [qw(eu us)], @targets) for 1 .. 22;
is($world->state($lonely), 'no_data', 'a monitor that nobody else watches has no data');
is_deeply([$world->incidents($lonely)], [], 'and no incident');
is($world->state($targets[0]), 'up', 'others have');
step(10, @targets, $lonely);
is(belief('as'), 0, 'it reports again');
is($world->state($lonely), 'up', 'and the monitor has data');
is_quiet('all is well');

# No data in the middle of a suspicion, and of an outage
$world->pass(1)->look($lonely, as => 'down');
is($world->state($lonely), 'suspect', 'suspect');
part(10, [qw(eu us)], @targets) for 1 .. 32;
is($world->state($lonely), 'no_data', 'nothing more is heard');
step(10, @targets, $lonely);
is($world->state($lonely), 'up', 'nothing comes of it');
$world->pass(1)->look($lonely, as => 'down');
$world->pass(4)->look($lonely, as => 'down');
is($world->state($lonely), 'down', 'down');
part(10, [qw(eu us)], @targets) for 1 .. 32;
is($world->state($lonely), 'no_data', 'nothing is heard of an outage');
is_deeply([$world->incidents($lonely)], ['open'], 'its incident lasts');
$world->pass(1)->look($lonely, as => 'down');
is($world->state($lonely), 'down', 'it is still down');
is_deeply([$world->incidents($lonely)], ['open'], 'in the same incident');
step(10, @targets, $lonely);
is_deeply([$world->incidents($lonely)], ['resolved'], 'until it is over');

# The hub was away for half an hour: nobody's state changes.
step(10, @targets, $lonely) for 1 .. 12;
my $before = join ',', map { $world->state($_) } @targets, $lonely;
$world->pass(1800);
$world->sweep;
is(join(',', map { $world->state($_) } @targets, $lonely), $before, 'the hub was away: nothing has changed');
is_quiet('and nobody is told');
# A region's spool comes first: it had some trouble of its own.
$world->batch('eu', map { my $id = $_; map { {monitor => $id, what => 'down', slot => $world->now - $_ * 30_000} } 1 .. 30 }
    @targets[0 .. 2]);
is_deeply([map { $world->state($_) } @targets[0 .. 2]], [('suspect') x 3], 'one region alone decides nothing, the others will come');
$world->pass(20); $world->sweep;
is_deeply([map { $world->state($_) } @targets[0 .. 2]], [('suspect') x 3], 'it waits');
$world->batch($_, map { {monitor => $_} } @targets) for qw(us as);
is_deeply([map { $world->state($_) } @targets], [('up') x 12], 'they see them up');
for (1 .. 11) { $world->pass(10); $world->sweep }
is(belief($_), 0, "$_: silence means nothing for two minutes") for @all;
is_quiet('nobody was told');
step(10, @targets, $lonely);

# All regions gone: the hub is cut off; then it is an alert.
for (1 .. 7) { $world->pass(10); $world->sweep }
is_quiet('nobody reports');
for (1 .. 14) { $world->pass(10); $world->sweep }
is_deeply([$world->kinds('resolved_at is null')], [('region_silent') x 3], 'after two minutes more the regions are silent');
for (1 .. 20) { $world->pass(10); $world->sweep }
is($world->state($targets[0]), 'no_data', 'and the monitors have no data');
step(10, @targets, $lonely);
is($world->state($targets[0]), 'up', 'it was nothing');
is_quiet('over');

# The scheduler is silent when all agents say so.
step(10, @targets) for 1 .. 14;
sub offline { my ($value) = @_; $world->pass(10); all_up(@targets);
    $root->rows("update betterstack.region_agent set self = '{\"offline\": $value}'"); $world->sweep }
offline(1) for 1 .. 5;
is_quiet('agents may miss the scheduler for a while');
offline(1) for 1 .. 4;
is_deeply([$world->kinds('resolved_at is null')], ['scheduler_silent'], 'after a minute it is told, once');
offline(0);
is_quiet('until it is there');

# Observer's trouble never counts.
$world->pass(1);
$world->batch($_, map { {monitor => $_, what => 'unknown', reason => 60} } @targets) for qw(eu us);
is_deeply([map { $world->state($_) } @targets], [('up') x 12], 'an agent without network says nothing about the targets');
step(10, @targets);

# Maintenance
my $id = $targets[0];
$world->pass(1)->look($id, eu => 'down', us => 'down');
is($world->state($id), 'down', 'down');
$root->rows("select core.verdict_maintenance($id, true, @{[$world->at]})");
is($world->state($id), 'maintenance', 'a window begins');
is(($world->incidents($id))[-1], 'open', 'its incident stays open');
$world->pass(1)->look($id, eu => 'down', us => 'down');
$world->pass(5); $world->alive; $world->sweep;
is($world->state($id), 'maintenance', 'what is measured in it decides nothing');
$root->rows("select core.verdict_maintenance($id, false, @{[$world->at]})");
is($world->state($id), 'down', 'at its end it is what it was');
$world->pass(1)->look($id, eu => 'up', us => 'up');
is($world->state($id), 'up', 'until new results say otherwise');
is_quiet('and its incident ends');
step(10, @targets);

# Flapping
my $flappy = $world->monitor(url => 'http://flappy.example/');
step(10, @targets, $flappy);
my $flips = 0;
until ($world->state($flappy) eq 'flapping' or $flips > 20) {
    $world->pass(30)->look($flappy, map { $_ => $flips % 2 ? 'up' : 'down' } @all);
    $flips++;
}
is($flips, 6, 'six changes within ten minutes are flapping');
is_deeply([$world->incidents($flappy)], [('resolved') x 2, 'open'], 'the last incident stays');
for (1 .. 6) {
    $world->pass(30)->look($flappy, map { $_ => 'down' } @all);
    $world->pass(30)->look($flappy, map { $_ => 'up' } @all);
}
is($world->state($flappy), 'flapping', 'goes on');
is_deeply([$world->incidents($flappy)], [('resolved') x 2, 'open'], 'one incident for all of it');
for (1 .. 14) { step(30, @targets, $flappy) }
is($world->state($flappy), 'flapping', 'hysteresis: not at once') or diag $root->value("select core.flap_value(flips, @{[$world->at]}, '30 s') from betterstack.monitor_state where monitor_id = $flappy");
for (1 .. 6) { step(30, @targets, $flappy) }
is($world->state($flappy), 'up', 'when it has been quiet for long enough');
is_deeply([$world->incidents($flappy)], [('resolved') x 3], 'it is over');

done_testing;
