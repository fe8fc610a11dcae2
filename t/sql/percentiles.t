use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(sum max min);
use POSIX qw(ceil);
use Test::More;
use BetterStack::Postgres;

# core.percentiles_total() against the values themselves.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $ann = $root->person('ann');
my @QS = (0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 1);
my $qs = "'{" . join(',', @QS) . "}'";
srand(20261122);

# shared/bs_rollup_bucket.h once more.
my @first = (0);
push @first, int(int($first[-1] * 51 / 50) * 50 / 49) + 1 while $first[-1] <= 0x7fffffff;
pop @first;

sub bucket {
    my ($us) = @_;
    my ($low, $high) = (0, $#first);
    while ($low < $high) {
        my $middle = int(($low + $high + 1) / 2);
        $first[$middle] <= $us ? ($low = $middle) : ($high = $middle - 1);
    }
    return $low;
}

is($root->value("select array_to_string(core.rollup_values(), ' ')"),
    join(' ', map { min(0x7fffffff, int($_ * 51 / 50)) } @first), 'buckets are those of shared/bs_rollup');

# A day of a pair with these latencies; the first so many were degraded.
sub day {
    my ($day, $monitor, $region, $down, $degraded, @us) = @_;
    my %count;
    $count{bucket($_)}++ for @us;
    my @buckets = sort { $a <=> $b } keys %count;
    $root->rows("insert into betterstack.tick_day values ('$day', $monitor, $region, " . (@us - $degraded)
        . ", $degraded, $down, 7, " . (@us ? min(@us) . ', ' . max(@us) : 'null, null') . ', ' . (sum(@us) // 0)
        . ", '{" . join(',', @buckets) . "}', '{" . join(',', @count{@buckets}) . "}', '', '')");
}

sub exact {
    my ($down, @us) = @_;
    my @sorted = sort { $a <=> $b } @us;
    return (@us + $down, $down, @us ? int(sum(@us) / @us + 0.5) : undef,
        @us ? map { $sorted[max(0, ceil($_ * @us) - 1)] } @QS : ());
}

my @kinds = (
    sub { int(20000 * exp(rand() * rand() * 6)) },
    sub { int(rand(1000000)) },
    sub { rand() < 0.9 ? 30000 + int(rand(1000)) : 9000000 + int(rand(10000)) },
    sub { int(rand(60)) },
    sub { 123457 },
);

# Of two months: two partitions.
my @days = qw(2030-11-28 2030-11-29 2030-11-30 2030-12-01 2030-12-02 2030-12-03 2030-12-04);
$root->rows("select core.history_partition_make('tick_day', '2030-$_-01')") for 11, 12;

for my $kind (0 .. $#kinds) {
    my $monitor = $kind + 1;
    my (%us, %down);
    for my $region (1 .. 3) {
        for my $day (@days) {
            my @us = map { $kinds[$kind]->() } 1 .. ($region == 3 ? 1 : 10 + rand(200));
            my $down = int(rand(5));
            day($day, $monitor, $region, $down, int(@us / 3), @us);
            next if $day eq $days[0] || $day eq $days[-1];
            push @{$us{$_}}, @us for $region, 'all';
            $down{$_} += $down for $region, 'all';
        }
    }
    my $rows = $root->rows("select monitor_id, coalesce(region_id::text, 'all'), checks, failed, mean_us,
        array_to_string(quantiles_us, ' ') from core.percentiles_total('{$monitor}', '$days[1]', '$days[-2]', $qs)");
    is(join(' ', map { $_->[1] } @$rows), '1 2 3 all', "kind $kind: a row for each region, and one for all");
    my $worst = 0;
    for my $row (@$rows) {
        my ($checks, $failed, $mean, @want) = exact($down{$row->[1]}, @{$us{$row->[1]}});
        is("@$row[2 .. 4]", "$checks $failed $mean", 'checks, failed and the mean are exact');
        my @got = split ' ', $row->[5];
        is("$got[0] $got[-1]", "$want[0] $want[-1]", 'so are the least and the most');
        $worst = max($worst, map { $want[$_] ? abs($got[$_] - $want[$_]) / $want[$_] : $got[$_] } 0 .. $#QS);
    }
    cmp_ok($worst, '<=', 0.02, sprintf 'every quantile is within 2 %% (%.4f)', $worst);
}

# Nothing, and nothing that was up.
is($root->value("select count(*) from core.percentiles_total('{99}', '$days[0]', '$days[-1]', $qs)"), 0, 'no days, no rows');
day($days[2], 50, 1, 3, 0);
is_deeply($root->rows("select region_id, checks, failed, mean_us, quantiles_us from core.percentiles_total('{50}',
    '$days[0]', '$days[-1]', $qs)"), [[1, 3, 3, undef, undef], [undef, 3, 3, undef, undef]], 'only failures: no latency');
is($root->value("select count(*) from core.percentiles_total('{1,2,50}', '$days[0]', '$days[-1]', $qs)"), 10, 'several at once');
is($root->value("select array_to_string(quantiles_us, ' ', '-') from core.percentiles_total('{5}', '$days[0]', '$days[-1]',
    '{0.99,0.5}') where region_id is null"), '123457 123457', 'quantiles in the order of the question');

# One monitor, 4 regions, 90 days: meant to take 20 ms.
$root->rows("select core.history_partition_make('tick_day', m::date) from generate_series('2031-01-01'::date,
    '2031-03-01', '1 month') m");
$root->rows("insert into betterstack.tick_day select d, m, r, 1430, 5, 2, 1, 20000, 3000000, 1440 * 40000::bigint,
    (select array_agg(b::smallint) from generate_series(200, 279) b), (select array_agg(1 + (b * 7 + r) % 35)
    from generate_series(200, 279) b), repeat('x', 250)::bytea, repeat('y', 1100)::bytea
    from generate_series('2031-01-01'::date, '2031-03-31', '1 day') d, generate_series(1000, 1020) m,
    generate_series(1, 4) r");
$root->rows('analyze betterstack.tick_day');

# Of the session's process, in ms: what else the machine does is not in it.
my $pid = $root->pid;

sub cpu {
    open my $file, '<', "/proc/$pid/schedstat" or return 0;
    my ($ns) = split ' ', <$file>;
    return $ns / 1e6;
}

my $before = cpu();
for my $monitor (1000 .. 1020) {
    my $rows = $root->rows("select * from core.percentiles_total('{$monitor}', '2031-01-01', '2031-03-31', '{0.5,0.9,0.95,0.99}')");
    is(scalar @$rows, 5, '90 days of 4 regions') if $monitor == 1000;
}
my $took = (cpu() - $before) / 21;
note sprintf '90 days, 4 regions, 80 buckets a day: %.1f ms', $took;
cmp_ok($took, '<', 40, 'are quick');

done_testing;
