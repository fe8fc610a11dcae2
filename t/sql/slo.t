use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use JSON::PP;
use BetterStack::Slo;

# What SLOs say of the past: availability, error budget, burn rates and the days, beside a model that
# counts minutes.

my $s = BetterStack::Slo->new;
my $root = $s->root;
my $ann = $s->{o}{ann};

sub near { my ($is, $expected) = @_;
    return !defined $is && !defined $expected
        || defined $is && defined $expected && abs($is - $expected) <= 1e-9 * (1 + abs $expected) }

sub agrees {
    my ($slo, $what) = @_;
    my ($is, $expected) = ($s->figures($slo), $s->model($slo));
    my @wrong = grep { !near($is->{$_}, $expected->{$_}) } qw(counted_s down_s budget_s);
    push @wrong, grep { !near($is->{rates}[$_], $expected->{rates}[$_]) } 0 .. 6;
    is("@wrong", '', $what) or diag explain [$is, $expected];
}

# ---- by hand ----

{
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id], target => 99);
    my $f = $s->figures($slo);
    is($f->{budget_s}, 30 * 86400 * 0.01, 'a hundredth of thirty days');
    is($f->{down_s}, 0, 'nothing of it is used');
    is($f->{counted_s}, 30 * 86400, 'all of it counts');
    is_deeply($f->{rates}, [(0) x 7], 'and nothing burns');
    is($f->{state}, 'met', 'the target is met');
    $s->down($id, -40, -10);
    $f = $s->figures($slo);
    is($f->{down_s}, 1800, 'half an hour was down');
    is_deeply([map { sprintf '%.2f', $_ } @{$f->{rates}}], [qw(0.00 66.67 50.00 25.00 8.33 2.08 0.69)], 'it has burnt');
    $s->maintenance($id, -60, -30);
    $f = $s->figures($slo);
    is($f->{down_s}, 1200, 'what was planned is no down time');
    is($f->{budget_s}, (30 * 86400 - 1800) * 0.01, 'nor does it count');
    is(sprintf('%.2f', $f->{rates}[2]), '66.67', 'of an hour, half of which counts, two thirds were down');
    $s->{minute} += 7;
    agrees($slo, 'a few minutes later');
    $s->down($id, -20 * 1440, -20 * 1440 + 330);
    is($s->figures($slo)->{state}, 'at_risk', 'less than a quarter is left');
    $s->down($id, -10 * 1440, -10 * 1440 + 160);
    is($s->figures($slo)->{state}, 'missed', 'and less than nothing');
    $s->{minute} -= 7;
}

# ---- what is missing ----

{
    my $id = $s->monitor(made => -90);
    my $slo = $s->slo(monitors => [$id]);
    agrees($slo, 'a monitor that was made lately');
    is($s->figures($slo)->{budget_s}, 30 * 86.4, 'has the whole budget');
    $s->shown($id, [1, -90], [9, -62]);
    $s->down($id, -65, -60);
    agrees($slo, 'no data are neither up nor down, but what has failed fails');
    is_deeply([map { defined } @{$s->figures($slo)->{rates}}], ['', '', '', 1, 1, 1, 1], 'what was not measured has no rate');
    is($s->figures($s->slo(monitors => [$s->monitor(made => 0)]))->{state}, 'no_data', 'nothing is known of what is new');
    my $gone = $s->monitor;
    my $of_it = $s->slo(monitors => [$gone]);
    is(($root->call('monitor_delete', $ann, $gone))[0], 204, 'the only monitor is deleted');
    my ($status, $body) = $root->call('slo_get', $ann, $of_it);
    is($status, 200, 'the SLO stays');
    is_deeply([@{$body->{data}{attributes}}{qw(state monitor_ids monitors_count availability)}], ['no_data', [], 0, undef],
        'and says that it knows nothing');
    is(($root->call('slo_update', $ann, $of_it, '{"name":"x"}'))[0], 200, 'it can have another name');
    is(($root->call('slo_history', $ann, $of_it, '{}'))[0], 200, 'and has a past');
}

# ---- the month of the calendar, in its time zone ----

for my $zone ('UTC', 'America/New_York', 'Asia/Kolkata') {
    my $id = $s->monitor;
    my $slo = $s->slo(monitors => [$id], target => 95, window => 'month', timezone => $zone);
    my ($since, $until) = map { ($_ - $s->{start}) / 60000 } @{$root->rows("select core.ms(date_trunc('month', l)
        at time zone '$zone'), core.ms((date_trunc('month', l) + interval '1 month') at time zone '$zone')
        from (select @{[$s->at]} at time zone '$zone' as l) x")->[0]};
    $s->{slos}{$slo}{bounds} = [$since, $until - $since];
    $s->down($id, $since - 10, $since + 25);
    agrees($slo, "a month in $zone");
    is($s->figures($slo)->{down_s}, 1500, 'what was before it does not count');
}

# ---- histories by chance ----

srand($ENV{SEED} // 6);
sub some { return int rand $_[0] }

sub history {
    my ($id) = @_;
    my $made = $s->{monitors}{$id}{made};
    for (1 .. some(12)) {
        my $from = -some(rand() < 0.5 ? 400 : 40 * 1440);
        $s->down($id, $from, $from + 1 + some(300));
    }
    my $at = $made;
    my @spans = ([1, $at]);
    while (($at += 1 + some(8 * 1440)) < 0 && @spans < 20) { push @spans, [(1, 3, 4, 9)[some(4)], $at] }
    $s->shown($id, @spans);
    for (my $from = -20000 + some(9000); $from < 300; $from += 200 + some(9000)) {
        $s->maintenance($id, $from, $from + 1 + some(180));
    }
}

for my $round (1 .. $ENV{RUNS} // 12) {
    my @ids = map { $s->monitor(made => rand() < 0.5 ? -some(3000) : -some(99 * 1440)) } 1 .. 1 + some(4);
    history($_) for @ids;
    my $slo = $s->slo(monitors => \@ids, target => (50, 90, 99, 99.95, 99.999)[some(5)], window => (7, 28, 30, 90)[some(4)]);
    agrees($slo, "round $round");
    days($slo, "round $round");
}

# Each day, and the budget at its end.
sub days {
    my ($slo, $what) = @_;
    my $o = $s->{slos}{$slo};
    my $body = JSON::PP->new->decode($root->value("select core.slo_history_body(s, (@{[$s->when(-8 * 1440)]} at time zone 'UTC')::date,
        (@{[$s->at]} at time zone 'UTC')::date, @{[$s->at]} + interval '5 hours') from betterstack.slo s where s.id = $slo"));
    my @wrong;
    for my $n (-8 .. -1) {
        my $day = $body->{data}{attributes}{days}[$n + 8];
        my ($counted, $down, $spent, $budget) = (0, 0, 0, 0);
        for my $id (@{$o->{monitors}}) {
            my ($seen, $bad) = $s->count($id, $n * 1440, ($n + 1) * 1440);
            my (undef, $used, $none) = $s->count($id, ($n + 1 - $o->{window}) * 1440, ($n + 1) * 1440);
            next if $s->{monitors}{$id}{made} >= ($n + 1) * 1440;
            ($counted, $down, $spent) = ($counted + $seen, $down + $bad, $spent + $used);
            $budget += ($o->{window} * 1440 - $none) * (100 - $o->{target}) / 100;
        }
        push @wrong, "$day->{day} down" if !near($day->{downtime}, 60 * $down);
        push @wrong, "$day->{day} availability" if defined $day->{availability} != ($counted > 0)
            || $counted && abs($day->{availability} - 100 * (1 - $down / $counted)) > 1e-5;
        push @wrong, "$day->{day} remaining" if abs($day->{error_budget}{remaining} - 60 * ($budget - $spent)) > 1e-3;
    }
    is(scalar @{$body->{data}{attributes}{days}}, 9, "$what: nine days");
    is("@wrong", '', "$what: the days") or diag explain $body;
    my $today = $body->{data}{attributes}{days}[8]{error_budget};
    local $s->{minute} = 300;
    my $now = $s->model($slo);
    ok(abs($today->{remaining} - $now->{budget_s} + $now->{down_s}) < 1e-3, "$what: today is what it is now");
}

# ---- all monitors of a team, several SLOs at once ----

{
    my $bob = $root->person('bob');
    my $of_bob = $s->monitor(of => $bob);
    my ($status, $body) = $root->call('slo_create', $bob, '{"name":"All","target":99,"all_monitors":true}');
    is($status, 201, 'an SLO of all monitors');
    is($body->{data}{attributes}{monitors_count}, 1, 'of the team');
    $s->monitor(of => $bob);
    is(($root->call('slo_get', $bob, $body->{data}{id}))[1]{data}{attributes}{monitors_count}, 2, 'and of later ones');
    ($status, $body) = $root->call('slo_list', $ann, '{"per_page":"250"}');
    my %single = map { $_->{id} => (($root->call('slo_get', $ann, $_->{id}))[1]{data}) } @{$body->{data}};
    is_deeply([grep { my $one = $_; JSON::PP->new->canonical->encode({%{$one->{attributes}}{qw(name state monitor_ids target)}})
        ne JSON::PP->new->canonical->encode({%{$single{$one->{id}}{attributes}}{qw(name state monitor_ids target)}}) } @{$body->{data}}], [],
        'the list says the same as each alone');
}

done_testing;
