use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# The fence of a day, the steps of sealing and what keeps them from harm; the hub's part is t/history/seal.t.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my $digest = $root->region($ann, 'eu');
my $monitor = $root->monitor($ann);
my $day = $root->value("select (now() at time zone 'UTC')::date - 3");
my $midnight = $root->value("select core.ms(core.day_begin('$day'))");
my $noon = $midnight + 12 * 3600_000;

sub keep { return join ' ', map { $_ // '-' } @{$hub->rows('select fenced, emptied, ticks from dispatch.seal_keep()')->[0]} }
sub state_of { return $root->value("select state from betterstack.day where day = '$_[0]'") }
sub late { return $root->value("select coalesce(string_agg(status::text, '' order by slot), '-') from betterstack.tick_late") }
sub take {
    my ($holder) = @_;
    return $hub->rows("select kind, day, seen_monitor, seen_region, monitor_id, region_id, source, revision, ticks, evidences,
        cardinality(slots), texts from dispatch.seal_take('" . ($holder // 'me') . "')");
}

# A step is stored as the hub does it, but for what is packed.
sub store {
    my ($row, %but) = @_;
    my %v = (kind => $row->[0], seen => $row->[2], revision => $row->[7], ticks => $row->[8], won => '{}', statuses => '{}',
        hot => $row->[6] == 1 ? $row->[8] : 0, texts => $row->[11], packed => 'x', evidence => 'true', %but);
    my $late = () = $v{won} =~ /\d{4}-/g;
    return $hub->value("select dispatch.seal_store($v{kind}::smallint, array['$row->[1]'::date], $v{seen}, $row->[3]::smallint,
        array[$row->[4]], array[$row->[5]]::smallint[], array[$v{revision}]::smallint[], array[$v{hot}], array[$v{ticks}],
        array['$v{packed}']::bytea[], array[" . BetterStack::Postgres::quote($v{texts}) . "], array[$v{evidence}], array[$late],
        '$v{won}', '$v{statuses}', array[1,2,3,4,-1,9], array[50]::bigint[], array[2], array[1,2]::smallint[], array[3,4],
        array['r']::bytea[], array['h']::bytea[])");
}

# ---- the fence ----
$hub->report($digest, map { {monitor => $monitor, slot => $noon + $_ * 1000} } 0 .. 9);
$hub->report($digest, {monitor => $monitor, slot => $noon + 10_000, status => 3, reason => 10, evidence => '{"detail":"x"}'});
$hub->report($digest, {monitor => $monitor, slot => $noon + 11_000, status => 0, reason => 60});

my $writer = $db->session('betterstack');
$writer->rows('begin');
$writer->report($digest, {monitor => $monitor, slot => $noon + 12_000});
is $root->value("select core.day_fence('$day')"), 'f', 'a fence does not wait long for who is writing';
is $root->value('show lock_timeout'), '0', 'the session is as it was';
$writer->rows('commit');

# A snapshot from before the fence.
my $old = $db->session('betterstack');
$old->rows('begin isolation level repeatable read; select 1');
$old->rows('select count(*) from pg_class');
is $root->value("select core.day_fence('$day')"), 't', 'the day is fenced';
is $root->value("select core.day_fence('$day')"), 't', 'twice is as well as once';
my @old = $old->report($digest, {monitor => $monitor, slot => $noon + 13_000});
$old->rows('commit');
is "@old[0 .. 2]", '200 1 0', 'who has an older snapshot is told that it is stored';
is late(), '1', 'and is diverted';

my $count = $root->value('select count(*) from betterstack.tick');
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $noon}))[0 .. 2]), '200 0 0', 'what is there is no news';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $noon + 13_000}))[0 .. 2]), '200 0 0', 'nor what was diverted';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $noon + 11_000, status => 1, http_status => 201}))[0 .. 2]),
    '200 1 0', 'measured takes the place of not measured';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $noon + 14_000, status => 0, reason => 60}))[0 .. 2]),
    '200 1 0', 'what was not measured is diverted';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $noon + 14_000, status => 3, reason => 10,
    evidence => '{"detail":"late"}'}))[0 .. 2]), '200 1 0', 'and gives way to measured';
is late(), '113', 'all of it beside the day';
is $root->value('select count(*) from betterstack.tick'), $count, 'which does not change';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => time * 1000}))[0 .. 2]), '200 1 0', 'other days go on';

# ---- the life of a day ----
my %closed;
while ((my ($fenced) = split / /, keep())[0] ne '-') { $closed{$root->value('select max(day) from betterstack.day where state = 1')}++ }
is $root->value("select count(*) from betterstack.day where state = 1"), $root->value("select count(*) from generate_series(-8, 7) i
    where core.day_begin((now() at time zone 'UTC')::date + i + 1) + interval '6 hours' <= now()"), 'closed days are fenced, others are not';
is state_of($day), 1, 'ours is';

my $row;
for (1 .. 100) {
    my $rows = take();
    last if !@$rows;
    ($row) = @$rows if $rows->[0][0] == 1;
    last if $row;
}
is join(' ', @$row[0, 2 .. 8, 10]), "1 0 0 $monitor 1 1 -1 13 13", 'the first pair of the day';
is_deeply take('other'), [], 'another hub has nothing to do meanwhile';
my $second = take();
is $second->[1][6], 2, 'its late ticks come with it';
is $second->[1][8], 3, 'all of them';
like $row->[11], qr/^\[\[10, 200, "127.0.0.1", "Connection refused by 127.0.0.1:8081"\],\[60, /, 'and the words of its failures';

is store($row, seen => 99), 'f', 'a step that somebody else did is of no use';
is $root->value('select count(*) from betterstack.tick_sealed'), 0, 'and keeps nothing';
my @slots = map { $root->value("select core.from_ms($noon + $_)") } 11_000, 13_000, 14_000;
is store($row, ticks => 15, won => '{"' . join('","', @slots) . '"}', statuses => '{17,17,19}'), 't', 'it is stored once';
is store($row), 'f', 'not twice';
is late(), '-', 'late ticks that are in it are gone';
is $root->value('select string_agg(evidence, \'|\') from betterstack.tick_evidence'),
    sprintf('{"%d":{"detail":"x"},"%d":{"detail":"late"}}', $noon + 10_000, $noon + 14_000), 'evidence by slot, of both';
is join('|', map { $_ // 'null' } @{$root->rows('select up, degraded, down, unknown, total_min_us, total_max_us, buckets, counts
    from betterstack.tick_day')->[0]}), '1|2|3|4|null|9|{1,2}|{3,4}', 'and the sums of the day';
is state_of($day), 1, 'the day is still there';

for (1 .. 100) { last if !@{take()} }
is $root->value("select (ticks, counted) from betterstack.day where day = '$day'"), '(13,13)', 'what was packed is counted';
keep() for 1 .. 20;
is state_of($day), 1, 'readers may still need the rows';
$root->rows("update betterstack.day set packed_at = packed_at - interval '2 minutes'");
my $reader = $db->session;
$reader->rows('begin; select count(*) from betterstack.tick');
keep() for 1 .. 9;
is state_of($day), 1, 'who reads them keeps them';
$reader->rows('commit');
for (1 .. 30) { last if keep() =~ /^- - / }
is state_of($day), 2, 'the day is sealed';
is $root->value("select count(*) from betterstack.tick where slot < core.day_begin('$day'::date + 1)"), 0, 'and its rows are gone';

# ---- late ticks of a sealed day ----
$hub->report($digest, {monitor => $monitor, slot => $noon + 10_000, evidence => '{"detail":"lost"}', status => 3, reason => 11},
    {monitor => $monitor, slot => $noon + 20_000, evidence => '{"detail":"won"}', status => 3, reason => 11});
is late(), '33', 'late ticks of a sealed day';
$root->rows("update betterstack.sealer set late_at = '-infinity'");
my $rows = take();
is join(' ', map { "$_->[0]:$_->[6]:$_->[7]" } @$rows), '2:0:0 2:2:-1', 'come with what is sealed';
my %won = (ticks => 16, won => '{"' . join('","', map { $root->value("select core.from_ms($noon + $_)") } 10_000, 20_000) . '"}',
    statuses => '{3,19}', texts => $rows->[1][11]);
like $hub->error("select 1/0"), qr/^22012/, '(a session goes on after an error)';
like((eval { store($rows->[0], %won, revision => 5); '' } // $@), qr/40001/, 'not if it has changed meanwhile');
is late(), '33', 'then nothing goes';
is store($rows->[0], %won), 't', 'merged';
is late(), '-', 'they are gone';
is $root->value('select revision from betterstack.tick_sealed'), 1, 'the revision tells';
is $root->value('select evidence from betterstack.tick_evidence'), sprintf('{"%d":{"detail":"x"},"%d":{"detail":"late"},"%d":{"detail":"won"}}',
    map { $noon + $_ } 10_000, 14_000, 20_000), 'evidence is joined, of what is in it';
like $root->value('select texts from betterstack.tick_sealed'), qr/\[10, .*\[11, /, 'and so are words';

# A late tick that changes while it is merged stays.
$hub->report($digest, {monitor => $monitor, slot => $noon + 30_000, status => 0, reason => 60});
$root->rows("update betterstack.sealer set late_at = '-infinity'");
$rows = take();
$hub->report($digest, {monitor => $monitor, slot => $noon + 30_000});
is store($rows->[0], ticks => 17, won => '{"' . $root->value("select core.from_ms($noon + 30000)") . '"}', statuses => '{16}'), 't',
    'merged as not measured';
is late(), '1', 'what was measured meanwhile waits for the next time';

# ---- trouble ----
my $other = $root->value("select '$day'::date + 1");
$root->rows("update betterstack.day set state = 1, packed_at = null, next_count = null, sealed_at = null where day = '$other'");
$hub->rows("select dispatch.seal_trouble('$other', 'odd')");
is $hub->value('select troubled from dispatch.seal_keep()'), 1, 'a day in trouble is counted';
$root->rows("update betterstack.sealer set late_at = clock_timestamp() + interval '19 seconds'");
is_deeply take(), [], 'and nobody tries it again';

# ---- a clock that was ahead ----
$root->rows("update betterstack.sealer set late_at = clock_timestamp() + interval '1 day'");
is join(' ', map { "$_->[0]:$_->[6]" } @{take()}), '2:0 2:2', 'late ticks do not wait until it is there again';
my $gone = 'betterstack.' . $root->value("select core.tick_partition_name('$day')");
$root->rows("drop table $gone");
$hub->rows('select * from dispatch.housekeeping()');
isnt $root->value("select to_regclass('$gone')"), undef, 'a day that was dropped before the clock was set back is made again';
$hub->report($digest, {monitor => $monitor, slot => $noon + 40_000});
is $root->value("select count(*) from $gone"), 0, 'but what comes for it does not hide behind what is sealed';
is late(), '11', 'it is a late tick';

# ---- a day that somebody has dropped ----
$root->rows("update betterstack.day set state = 1, packed_at = null, next_count = null, sealed_at = null where day = '$day'; drop table $gone");
$root->rows("update betterstack.sealer set late_at = clock_timestamp() + interval '19 seconds', late_turn = false");
for (1 .. 3) { take() }
is state_of($day), 2, 'has nothing to be packed, and keeps nobody from the others';

# ---- a report of what is newer than all that is known ----
my $soon = time * 1000;
my @failed = (monitor => $monitor, status => 3, reason => 10);
is join(' ', ($hub->report($digest, {@failed, slot => $soon + 1000}, {@failed, slot => $soon + 1000}))[0 .. 2]), '200 1 0',
    'twice in a report: stored once';
is join(' ', ($hub->report($digest, {@failed, slot => $soon + 1000}, {@failed, slot => $soon + 2000}))[0 .. 2]), '200 1 0',
    'in two reports, too';
is join(' ', ($hub->report($digest, {@failed, slot => $soon + 500}, {@failed, slot => $soon + 1000}))[0 .. 2]), '200 1 0',
    'and what is older beside it';
is join(' ', ($hub->report($digest, {@failed, slot => $soon + 500}, {monitor => $monitor, slot => $soon + 2000}))[0 .. 2]), '200 0 0',
    'once again: nothing';
$root->rows("delete from betterstack.region_state");
is join(' ', ($hub->report($digest, {@failed, slot => $soon + 500}, {@failed, slot => $soon + 1000}))[0 .. 2]), '200 0 0',
    'nor when the region has left the monitor and is back';
is join(' ', ($hub->report($digest, {monitor => $monitor, slot => $soon + 1000}, {@failed, slot => $soon + 2000}))[0 .. 2]), '200 0 0',
    'in whatever order it comes';
is $root->value("select count(*) from betterstack.tick where slot >= core.from_ms($soon)"), 3, 'three ticks, each once';

# ---- partitions ----
$root->rows("select core.tick_partition_make('$day'::date - $_), core.tick_hour_partition_make('$day'::date - $_) from unnest(array[20]) n") for 20;
$root->rows("insert into betterstack.day (day, state) values ('$day'::date - 20, 2)");
$hub->rows('select * from dispatch.housekeeping()');
is $root->value("select to_regclass('betterstack.' || core.tick_partition_name('$day'::date - 20))"), undef,
    'an empty partition goes when no report can come for it';

done_testing;
