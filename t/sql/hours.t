use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Hours are rolled up after their end, all of them, again when late ticks come, and by whoever is there.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $other = $db->session('betterstack');
my $ann = $root->person('ann');
my %digest = map { $_ => $root->region($ann, $_) } qw(eu us);
my @monitors = map { $root->monitor($ann) } 1 .. 3;
my ($eu, $us) = map { $root->value("select id from betterstack.region where slug = '$_'") } qw(eu us);
my $end = 2147483647;

# The middle of today or yesterday, whichever has been; nothing is before it.
my $hour = int((time - 6 * 3600) / 3600) * 3600;
$root->rows("update betterstack.region set created_at = core.from_ms(${hour}000 - 600000)");
$root->rows("update betterstack.hour_made set until = core.from_ms(${hour}000)");

sub at { return 'to_timestamp(' . ($hour + $_[0]) . ')' }

# A report of one region at that second after the hour's beginning; ticks are [monitor, second, more].
sub report {
    my ($second, $region, @ticks) = @_;
    my $sql = $root->report_sql($digest{$region}, map { +{monitor => $_->[0], slot => ($hour + $_->[1]) * 1000,
        total => 1000, %{$_->[2] // {}}} } @ticks);
    $sql =~ s/ingest\.report\(/core.report(/;
    $sql =~ s/\)$/, ${\at($second)})/ or die $sql;
    my $rows = $root->rows($sql);
    die if $rows->[0][0] != 200;
}

# ([monitor, status, total] ..., [region, hour's second, lease, last monitor]), or nothing.
sub take {
    my ($second, $wanted, $session) = @_;
    my @rows = @{($session // $hub)->rows("select monitor_id, status, total_us, region_id,
        (hour_ms - ${hour}000) / 1000, lease, last_monitor
        from dispatch.hour_take(" . ($wanted // 1000) . ', ' . at($second) . ')')};
    return if !@rows;
    my $last = pop @rows;
    return (map({ [@$_[0 .. 2]] } @rows), [@$last[3 .. 6]]);
}

sub told { return join ' ', map { join ':', @$_ } @_ }

# The number of its ticks is what is stored of a monitor.
sub store {
    my ($second, @rows) = @_;
    my $last = pop @rows;
    my %count;
    $count{$_->[0]}++ for @rows;
    my @ids = sort keys %count;
    return $hub->value("select dispatch.hour_store($last->[0]::smallint, ${hour}000 + $last->[1] * 1000, $last->[2],
        $last->[3], '{" . join(',', @ids) . "}', array[" . join(',', map { "'\\x" . unpack('H*', $count{$_}) . "'" } @ids)
        . ']::bytea[], ' . at($second) . ')');
}

sub stored {
    return join ' ', map { join ':', @$_ } @{$root->rows("select region_id, date_part('epoch', hour)::bigint - $hour,
        monitor_id, convert_from(rollup, 'UTF8') from betterstack.tick_hour order by 1, 2, 3")};
}

sub known { return $root->value("select core.hour_is_known($_[0]::smallint, " . at($_[1]) . ')') }

# What is due, all of it.
sub all {
    my ($second) = @_;
    for (1 .. 2000) {
        my @rows = take($second) or return;
        store($second, @rows);
    }
    die 'it does not end';
}

my ($a, $b, $c) = @monitors;

subtest 'an hour that has ended' => sub {
    report(10, 'eu', [$a, 5], [$b, 6]);
    report(3599, 'eu', [$a, 3598], [$b, 3599, {status => 3, reason => 10, total => undef}]);
    report(3601, 'eu', [$a, 3600]);
    is(told(take(3719)), '', 'is not due before two minutes have passed');
    my @rows = take(3720);
    is(told(@rows), "$a:1:1000 $a:1:1000 $b:1:1000 $b:3:-1 $eu:0:1:$end", 'then it is, with its ticks and no others');
    is(known($eu, 0), 'f', 'it is not known yet');
    my @empty = take(3720);
    is(told(@empty), "$us:0:1:$end", 'a region without ticks has an hour, too');
    is(told(take(3720)), '', 'what somebody is at is nobody else\'s');
    is(store(3721, @rows), 1, 'it is stored');
    is(store(3721, @empty), 1, 'so is nothing');
    is(stored(), "$eu:0:$a:2 $eu:0:$b:2", 'one row for each that has any');
    is(known($eu, 0), 't', 'now it is known');
    is(told(take(7319)), '', 'and nothing more is due');
};

subtest 'late ticks' => sub {
    report(3660, 'eu', [$c, 3590]);
    is(known($eu, 0), 't', 'those that come within 90 s come in time');
    report(3690, 'eu', [$c, 3591], [$c, 3650]);
    is(known($eu, 0), 'f', 'others mark the hour');
    is(told(take(3749)), '', 'which is due a minute later');
    my @rows = take(3750);
    is(scalar(@rows), 7, 'with all its ticks');
    report(3760, 'eu', [$c, 3592]);
    store(3761, @rows);
    is(known($eu, 0), 'f', 'one that came meanwhile may not be among them');
    is(told(take(3820)), '', 'so again,');
    all(3821);
    is(known($eu, 0), 't', 'a minute later');
    is(stored(), "$eu:0:$a:2 $eu:0:$b:2 $eu:0:$c:3", 'and all are there');
    is(known($eu, 3600), 'f', 'the next hour has not ended');
    report(3800, 'us', [$a, 0]);
    is(known($us, 0), 'f', 'each region for itself');
    all(3870);
    is(known($us, 0), 't', 'is rolled up');
};

subtest 'in steps' => sub {
    report(7250, 'eu', [$a, 7000], [$a, 7001], [$a, 7002], [$b, 7003], [$c, 7004]);
    my @rows = take(7320, 2);
    is(told(@rows), "$a:1:1000 " x 4 . "$eu:3600:1:$a", 'a step is one monitor at least, and whole');
    store(7320, @rows);
    is(known($eu, 3600), 'f', 'the hour is known after the last');
    @rows = take(7320, 2);
    is(told(@rows), "$b:1:1000 $c:1:1000 $c:1:1000 $eu:3600:2:$c", 'the next goes on');
    store(7320, @rows);
    @rows = take(7320, 2);
    is(told(@rows), "$eu:3600:3:$end", 'until there are no more monitors');
    store(7320, @rows);
    is(known($eu, 3600), 't', 'then it is');
};

subtest 'who dies and who is slow' => sub {
    all(7400);
    report(7400, 'eu', [$a, 1]);
    report(7400, 'us', [$a, 1]);
    my @dead = take(7460, 1);
    is($dead[-1][0], $eu, 'somebody takes one');
    my @us = take(7461, 1000, $other);
    is($us[-1][0], $us, 'meanwhile others take other hours,');
    store(7462, @us);
    is(told(take(7489, 1, $other)), '', 'not that one');
    my @next = take(7490, 1, $other);
    is(scalar(@next), scalar(@dead), 'what was taken half a minute ago is taken again');
    is(store(7491, @dead), 0, 'the slow one writes nothing');
    is(store(7491, @next), 1, 'the other does');
    all(7600);
    is(known($eu, 0), 't', 'and it ends');
};

subtest 'a clock set back' => sub {
    report(7700, 'eu', [$b, 7600]);
    all(7200 + 3720);
    is(known($eu, 7200), 't', 'an hour that seems to have ended');
    take(7800);
    is(known($eu, 7200), 'f', 'is taken back');
    is(known($eu, 3600), 't', 'those that did end are not');
    report(10000, 'eu', [$b, 7610]);
    is(told(take(10919)), '', 'it is due');
    all(10921);
    like(stored(), qr/$eu:7200:$b:2/, 'when it ends');
    $root->rows("update betterstack.hour set leased_until = 'infinity', due_at = " . at(90000) . " where hour = " . at(7200));
    all(10930);
    is(known($eu, 7200), 't', 'times that lie too far ahead keep nobody');
};

subtest 'a hub that was away' => sub {
    report(13000, 'eu', [$a, 12000]);
    report(17000, 'eu', [$a, 16000]);
    my @rows = take(18200);
    is($rows[-1][1], 10800 + 3600, 'the newest comes first');
    store(18200, @rows);
    all(18200);
    is(join(' ', map { known($eu, $_ * 3600) } 0 .. 5), 't t t t t f', 'it catches up');
    $root->rows("update betterstack.hour_made set until = '-infinity'");
    $root->rows("delete from betterstack.hour; delete from betterstack.tick_hour;
        update betterstack.region set created_at = now() - interval '100 days'");
    all(18300);
    is(join(' ', map { known($eu, $_ * 3600) } 0 .. 5), 't t t t t f', 'as after an upgrade');
    like(stored(), qr/^$eu:0:$a:3 $eu:0:$b:2 $eu:0:$c:3 /, 'with all that is there');
};

subtest 'a day that is fenced, and sealed' => sub {
    my $day = $root->value("select (${\at(0)} at time zone 'UTC')::date");
    is($root->value("select core.day_fence('$day')"), 't', 'it is fenced');
    report(20000, 'eu', [$a, 2, {status => 0, reason => 60, total => undef}], [$a, 2, {}]);
    report(20001, 'eu', [$b, 3]);
    is(known($eu, 0), 'f', 'its late ticks mark hours, too');
    all(20200);
    like(stored(), qr/^$eu:0:$a:4 $eu:0:$b:3 /, 'and are counted, once') or diag stored();
};

subtest 'truncated' => sub {
    my $day = $root->value("select (${\at(0)} at time zone 'UTC')::date");
    report(20300, 'eu', [$a, 20]);
    my @rows = take(20400);
    my $reader = $db->session;
    $reader->rows('begin; select count(*) from betterstack.tick_hour');
    is($root->value("select core.hour_partition_truncate('$day')"), 'f', 'not while somebody reads');
    is($root->value("select count(*) > 0 from betterstack.hour where (hour at time zone 'UTC')::date = '$day'"), 't',
        'then all stays');
    $reader->rows('commit');
    is($root->value("select core.hour_partition_truncate('$day')"), 't', 'else its hours go');
    is(store(20401, @rows), 0, 'a step that was under way writes nothing');
    is($root->value("select count(*) from betterstack.tick_hour where (hour at time zone 'UTC')::date = '$day'"), 0, 'all of them');
    $root->rows("insert into betterstack.day (day, state) values ('$day', 2) on conflict (day) do update set state = 2");
    report(20500, 'eu', [$a, 21]);
    is($root->value("select count(*) from betterstack.hour where hour = ${\at(0)}"), 0, 'late ticks of a sealed day mark nothing');
    $root->rows("insert into betterstack.hour (region_id, hour, due_at) values ($eu, ${\at(0)}, ${\at(0)})");
    all(20600);
    is($root->value("select count(*) from betterstack.hour where hour = ${\at(0)}"), 0, 'and what is due is let go');
    is($root->value("select core.hour_partition_truncate('2001-01-01')"), 't', 'a day without a partition has none');
};

subtest 'partitions' => sub {
    sub days {
        my ($relation) = @_;
        return join ' ', map { $_->[0] } @{$root->rows("select d from core.partition_days('betterstack.$relation') d order by d")};
    }
    is(days('tick_hour'), days('tick'), 'each day of ticks has one');
    $root->rows("select core.tick_partition_make((now() at time zone 'UTC')::date + 9)");
    $hub->rows('select * from dispatch.housekeeping()');
    is(days('tick_hour'), days('tick'), 'also a new one');
    my $first = (split ' ', days('tick'))[0];
    my $left = days('tick') =~ s/^\S+ //r;
    $root->rows("drop table betterstack.tick_" . $first =~ tr/-//dr);
    $root->rows('select core.tick_hour_partition_drop()');
    is(days('tick_hour'), $left, 'one whose day has gone goes');
    is($root->value("select count(*) from betterstack.hour where hour = '$first 03:00Z'"), 0, 'and so do its hours');
};

done_testing;
