use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use JSON::PP;
use BetterStack::Slo;

# Burn alerts: when they begin, get worse and are over, and who is told.

my $s = BetterStack::Slo->new;
my ($root, $ann) = ($s->root, $s->{o}{ann});

sub incident { my ($slo, $columns) = @_;
    return @{$root->rows("select " . ($columns // 'id') . " from betterstack.incident where slo_id = $slo order by id desc limit 1")->[0] // []} }
sub clear { $root->rows('delete from betterstack.slo; delete from betterstack.incident'); $s->{slos} = {} }

# ---- all of it is down ----

{
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id]);
    $s->minutes(3);
    is_deeply([$s->alerts($slo)], [], 'nothing is down: nothing is told');
    my $from = $s->{minute};
    $s->down($id, $from, $from + 10);
    $s->minutes(60);
    is_deeply([$s->alerts($slo)], [($from + 1) . ' begins 1', ($from + 40) . ' ends'],
        'ten minutes of 99.9 % in thirty days: told in the first, over when the last half hour is good enough') or diag explain [$s->alerts($slo)];
    my ($name, $cause, $kind, $critical) = incident($slo, 'name, cause, kind, critical_alert');
    is("$name, $kind", 'SLO Checkout, burn', 'its incident');
    is($cause, 'The SLO Checkout has used 2.3 % of its 30-day error budget in the last hour, 16.7 times as fast as its '
        . 'target of 99.9 % allows. 97.7 % of the budget is left.', 'in words');
    is($critical, 't', 'is critical');
    is(($root->value("select core.alert_severity(i, 'started') from betterstack.incident i where slo_id = $slo")), 'critical',
        'and said to be');
    $s->minutes(600);
    is(scalar(() = $s->alerts($slo)), 2, 'what was told is not told again by what is slower');
    $from = $s->{minute};
    $s->down($id, $from, $from + 2);
    $s->minutes(20);
    is(($s->alerts($slo))[2], ($from + 1) . ' begins 1', 'what comes anew is told anew');
    clear();
}

# ---- slowly: two per cent ----

{
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id], target => 99.5);     # a budget of 216 minutes
    my $from = $s->{minute};
    # 1.2 minutes of an hour: 4 times as fast.
    $s->down($id, $from + 50 * $_, $from + 50 * $_ + 1) for 0 .. 60;
    my @expected = $s->model_alerts($slo, 2000);
    $s->minutes(2000);
    is_deeply([$s->alerts($slo)], \@expected, 'two per cent: as the model has it');
    like("@expected", qr/^\d+ begins [34]/, 'not critical') or diag "@expected";
    my ($critical) = incident($slo, 'critical_alert');
    is($critical, 'f', 'nobody is woken');
    is(($root->value("select core.alert_severity(i, 'started') from betterstack.incident i where slo_id = $slo")), 'warning', 'a warning');
    clear();
}

# ---- it gets worse ----

{
    $root->rows('delete from betterstack.delivery');
    $root->rows("insert into betterstack.channel (team_id, name, kind, all_incidents) values (1, 'ops', 'slack', true);
        insert into betterstack.channel (team_id, user_id, name, kind) values (1, 1, 'ann', 'ntfy')");
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id], target => 99);     # a budget of 432 minutes
    my $from = $s->{minute};
    $s->down($id, $from, $from + 100);
    my @expected = $s->model_alerts($slo, 400);
    $s->minutes(5);
    my $told = sub { $root->value("select string_agg(concat(d.receiver, ' ', d.event, case when d.critical then ' critical' end),
        ', ' order by d.id) from betterstack.delivery d where d.id > $_[0]") // '' };
    is($told->(0), '', 'not yet');
    $s->minutes(15);
    is_deeply([$s->alerts($slo)], [$expected[0]], 'begins') or diag explain [\@expected, [$s->alerts($slo)]];
    like($told->(0), qr/c\d+ started critical/, 'told') or diag "@expected";
    $s->minutes(380);
    is_deeply([$s->alerts($slo)], \@expected, 'as the model has it');
    clear();

    # First a warning, then critical.
    $root->rows('delete from betterstack.delivery');
    $slo = $s->slo(monitors => [$id = $s->monitor], target => 99);
    $from = $s->{minute};
    $s->down($id, $from + 30 * $_, $from + 30 * $_ + 1) for 0 .. 60;
    $s->down($id, $from + 1700, $from + 1760);
    @expected = $s->model_alerts($slo, 2500);
    my ($warned) = $expected[0] =~ /^(\d+) begins [34]/ or die "@expected";
    $s->minutes($warned - $s->{minute});
    my ($incident) = incident($slo);
    is($told->(0), join(', ', map { "$_ started" } split / /, $root->value("select string_agg('c' || id, ' ' order by all_incidents desc) from betterstack.channel")),
        'a warning is told to all, and wakes nobody');
    $s->{o}->act($incident, 'acknowledged');
    my $before = $root->value('select max(id) from betterstack.delivery');
    my ($worse) = map { /^(\d+) worse [12]/ } @expected or die "@expected";
    $s->minutes($worse - $s->{minute});
    is($told->($before), join(', ', map { "$_ escalated critical" } split / /, $root->value("select string_agg('c' || id, ' ' order by all_incidents desc) from betterstack.channel")),
        'what is critical by now wakes the same');
    my ($acknowledged, $cause) = incident($slo, 'acknowledged_at, cause');
    is($acknowledged, undef, 'who had a warning has not this');
    like($cause, qr/in the last (hour|6 hours)/, 'and says so');
    is($root->value("select message ->> 'text' from betterstack.delivery order by id desc limit 1"), $cause, 'to everybody');
    is($root->value("select message ->> 'title' from betterstack.delivery order by id desc limit 1"),
        'Escalated: SLO Checkout uses its error budget too fast', 'with a title');
    $s->minutes($from + 2500 - $s->{minute});
    is_deeply([$s->alerts($slo)], \@expected, 'as the model has it');
    like($root->value("select message ->> 'title' from betterstack.delivery where event = 'resolved' limit 1"),
        qr/^Resolved: SLO Checkout uses/, 'its end is told');
    my $all = join ' / ', map { join ': ', grep { defined } @{$_->{attributes}{data}}{qw(title content)} } @{JSON::PP->new->decode(
        $root->value("select core.incident_timeline(i) from betterstack.incident i where id = $incident"))};
    like($all, qr/SLO Checkout uses its error budget too fast/, 'the timeline: its beginning');
    like($all, qr/The error budget is used faster now: The SLO Checkout has used/, 'that it got worse');
    like($all, qr/Resolved: It uses its error budget no faster than its target allows/, 'its end');
    clear();
    $root->rows('delete from betterstack.channel; delete from betterstack.delivery');
}

# ---- by chance ----

srand($ENV{SEED} // 6);
for my $round (1 .. $ENV{RUNS} // 3) {
    my @ids = map { $s->monitor(made => rand() < 0.5 ? -100 * 1440 : $s->{minute} - int rand 3000) } 1 .. 1 + int rand 3;
    my $slo = $s->slo(monitors => \@ids, target => (90, 99, 99.5, 99.9)[rand 4]);
    for my $id (@ids) {
        for (1 .. 6) {
            my $from = $s->{minute} + int rand 1200;
            $s->down($id, $from, $from + 1 + int rand((5, 40, 300)[rand 3]));
        }
        my $from = $s->{minute} + int rand 1200;
        $s->maintenance($id, $from, $from + int(rand 200));
        my @spans = ([1, -100 * 1440]);
        for (1 .. 3) {
            my $next = $s->{minute} + int rand 1200;
            push @spans, [(4, 9)[rand 2], $next], [1, $next + 1 + int rand 90] if $next > $spans[-1][1];
        }
        $s->shown($id, @spans);
    }
    my @expected = $s->model_alerts($slo, 1200);
    $s->minutes(1200);
    is_deeply([$s->alerts($slo)], \@expected, 'round ' . $round . ': ' . @expected . ' turns') or diag explain [[$s->alerts($slo)], \@expected];
    clear();
}

# ---- what is missing, late, twice, or set back ----

{
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id]);
    my $from = $s->{minute};
    $s->maintenance($id, $from, $from + 60);
    $s->down($id, $from, $from + 60);
    $s->minutes(90);
    is_deeply([$s->alerts($slo)], [], 'planned');
    $s->shown($id, [1, -100 * 1440], [9, $s->{minute}]);
    $s->minutes(90);
    is_deeply([$s->alerts($slo)], [], 'nothing is measured');
    $s->shown($id, [1, -100 * 1440]);
    $from = $s->{minute};
    $s->down($id, $from, $from + 20);
    $s->minutes(5);
    is(scalar(() = $s->alerts($slo)), 1, 'down');
    my ($incident) = incident($slo);
    $s->shown($id, [1, -100 * 1440], [4, $from + 20]);
    $s->minutes(35);
    is(scalar(() = $s->alerts($slo)), 1, 'that nothing is measured any more is no end') or diag explain [$s->alerts($slo)];
    $s->minutes(30);
    is(scalar(() = $s->alerts($slo)), 1, 'even when half an hour is missing') or diag explain [$s->alerts($slo)];
    $s->minutes(400);
    is(scalar(() = $s->alerts($slo)), 2, 'when nothing is left of what was, it is over');
    clear();

    $slo = $s->slo(monitors => [$id = $s->monitor]);
    $from = $s->{minute};
    $s->down($id, $from, $from + 40);
    $s->{minute} += 30;
    $s->minutes(1);
    $root->rows("select dispatch.sweep(@{[$s->at]}) from generate_series(1, 3)");
    is_deeply([$s->alerts($slo)], [($from + 31) . ' begins 1'], 'late and often: once');
    $s->{minute} += 3 * 1440;
    $s->minutes(1);
    is_deeply([$s->alerts($slo)], [($from + 31) . ' begins 1', $s->{minute} . ' ends'], 'ends when somebody looks');
    is($root->value("select core.ms(due_at) from betterstack.slo_watch"), $s->{start} + ($s->{minute} + 1) * 60000, 'to be looked at in a minute');
    $from = $s->{minute} -= 1000;
    $s->down($id, $from, $from + 40);
    $s->minutes(2);
    is(($s->alerts($slo))[2], ($from + 1) . ' begins 1', 'a clock that was set back keeps nothing from being told') or diag explain [$s->alerts($slo)];
    clear();
    $root->rows("update betterstack.sweep set quiet_until = @{[$s->when($s->{minute} + 10)]}");
    $slo = $s->slo(monitors => [$id = $s->monitor]);
    $from = $s->{minute};
    $s->down($id, $from, undef);
    $s->minutes(15);
    is_deeply([$s->alerts($slo)], [($from + 10) . ' begins 1'], 'after an absence of ours, later');
    $root->rows("update betterstack.sweep set quiet_until = '-infinity'");
    clear();
}

# ---- people ----

{
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id]);
    my $from = $s->{minute};
    $s->down($id, $from, $from + 600);
    $s->minutes(3);
    my ($incident) = incident($slo);
    my ($status, $body) = $root->call('slo_get', $ann, $slo);
    is($body->{data}{attributes}{incident_id}, $incident, 'the SLO names its incident');
    ($status, $body) = $root->call('incident_get', $ann, $incident);
    is_deeply($body->{data}{relationships}, {slo => {data => {id => $slo, type => 'slo'}}}, 'and the incident its SLO');
    is($body->{data}{attributes}{kind}, 'burn', 'by its kind');
    is((($root->call('incident_list', $ann, qq({"slo_id":"$slo","kind":"burn"})))[1]{data}[0]{id}), $incident, 'it is found by its SLO');
    is(scalar @{($root->call('incident_list', $ann, '{"slo_id":"999"}'))[1]{data}}, 0, 'and by no other');
    is(($root->call('incident_resolve', $ann, $incident, '{}'))[0], 200, 'a person resolves it');
    $s->minutes(30);
    is((incident($slo))[0], $incident, 'it does not come again while it goes on');
    is(($root->call('incident_delete', $ann, $incident))[0], 204, 'nor if it is deleted');
    $s->minutes(30);
    is($root->value("select count(*) from betterstack.incident where slo_id = $slo"), 0, 'nothing comes');
    $s->minutes(700);
    $s->down($id, $s->{minute}, $s->{minute} + 20);
    $s->minutes(2);
    isnt((incident($slo))[0] // $incident, $incident, 'after its end, what is new comes');

    my ($policy) = map { $_->{data}{id} } ($root->call('policy_create', $ann, '{"name":"Nobody","steps":[]}'))[1];
    is(($root->call('slo_update', $ann, $slo, '{"burn_alerts":false}'))[0], 200, 'no alerts any more');
    is((incident($slo, 'resolved_at is not null'))[0], 't', 'its incident is over');
    like($root->value("select string_agg(core.incident_entry_content(what, null, detail), ' ') from betterstack.incident_entry"), qr/It is not to be told of any more/, 'and why');
    $s->down($id, $s->{minute}, $s->{minute} + 20);
    $s->minutes(5);
    is((incident($slo, 'resolved_at is not null'))[0], 't', 'none comes');
    is(($root->call('slo_update', $ann, $slo, qq({"burn_alerts":true,"policy_id":"$policy"})))[0], 200, 'alerts again');
    $root->rows("update betterstack.slo_watch set told_until = null, due_at = @{[$s->at]}");
    $s->minutes(5);
    my ($open, $cause) = incident($slo, 'id, cause');
    is($root->value("select policy_name from betterstack.escalation where incident_id = $open"), 'Nobody', 'by the policy of the SLO');
    is(($root->call('policy_delete', $ann, $policy))[0], 204, 'which may go');
    is(($root->call('slo_get', $ann, $slo))[1]{data}{attributes}{policy_id}, undef, 'and is none then');
    is(($root->call('slo_delete', $ann, $slo))[0], 204, 'the SLO is deleted');
    is((incident($slo, 'resolved_at is not null'))[0], 't', 'and its incident is over');
    is($root->value('select count(*) from betterstack.slo_watch'), 0, 'nothing is watched');
    is(($root->call('incident_get', $ann, $open))[0], 200, 'the incident stays');
}

# ---- what it costs ----

{
    clear();
    $root->rows("delete from betterstack.incident");
    my @ids = map { $s->monitor } 1 .. 20;
    my $list = join ',', @ids;
    $root->rows("insert into betterstack.slo (team_id, name, target, period, timezone, all_monitors, monitor_ids, burn_alerts, created_at, updated_at)
        select 1, 'x' || n, 99.9, '30', 'UTC', n % 10 = 0, array[$list], true, now(), now() from generate_series(1, 1000) n;
        insert into betterstack.slo_watch (slo_id, due_at) select id, @{[$s->at]} from betterstack.slo; analyze betterstack.slo; analyze betterstack.slo_watch");
    my $took = sub { my ($what) = @_; my ($from, $to) = map { $_ } $root->value("select extract(epoch from clock_timestamp())");
        my $n = $what->(); return ($n, 1000 * ($root->value("select extract(epoch from clock_timestamp())") - $from)) };
    my ($n, $ms) = $took->(sub { $root->value("select core.slo_sweep(@{[$s->at]})") });
    is($n, 500, 'some of a thousand SLOs at once');
    diag sprintf '%d SLOs of which nothing was down: %.1f ms', $n, $ms;
    is($root->value("select core.slo_sweep(@{[$s->at]})"), 500, 'then the others');
    is($root->value("select core.slo_sweep(@{[$s->at]})"), 0, 'and none for a minute');
    $s->down($_, $s->{minute}, $s->{minute} + 30) for @ids;
    $s->{minute} += 2;
    ($n, $ms) = $took->(sub { $root->value("select core.slo_sweep(@{[$s->at]})") });
    is($n, 20, 'where something is down, fewer at once');
    diag sprintf '%d SLOs that burn: %.1f ms', $n, $ms;
    is($root->value("select count(*) from betterstack.incident where kind = 'burn'"), 20, 'each of which is told');
    $root->value("select core.slo_sweep(@{[$s->at]})") for 1 .. 49;
    is($root->value("select count(*) from betterstack.incident where kind = 'burn' and resolved_at is null"), 1000, 'in the end all');
}

done_testing;
