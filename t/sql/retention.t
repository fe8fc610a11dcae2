use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# How long history is kept, by class, for the installation and for teams: settings, months that are
# dropped, rows that go in steps, and what must not happen meanwhile.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');      # administrator
my $bob = $root->person('bob');
my $digest = $root->region($ann, 'local-a');
my $of_ann = $root->monitor($ann);
my $of_bob = $root->monitor($bob);
my $gone = $root->monitor($bob);
my $bobs_team = $root->value("select team_id from betterstack.monitor where id = $of_bob");

use constant OLDEST => 400;

sub settings { my ($who) = @_; return ($hub->call('retention_get', $who))[1]{data}{attributes} }
sub change {
    my ($who, $body) = @_;
    my ($status, $reply) = $hub->call('retention_update', $who, encode_json($body));
    return ($status, $reply->{errors} // $reply->{data}{attributes});
}

# ---- settings ----

is_deeply settings($bob), {
    installation => {ticks => 30, hours => undef, days => undef, incidents => undef},
    team => {ticks => undef, hours => undef, days => undef, incidents => undef},
}, 'at first: ticks as the setting of old, all else for ever';
is +($hub->call('retention_get', '\\x00'))[0], 401, 'strangers see nothing';
is +(change('\\x00', {}))[0], 401, 'and change nothing';
is +(change($bob, {installation => {ticks => 60}}))[0], 403, 'the installation is for administrators';
for my $case (
    [{team => {ticks => 7}}, 'team.ticks', qr/from 8 to 3650, or null: as the installation/],
    [{team => {ticks => 4000}}, 'team.ticks', qr/from 8 to 3650/],
    [{team => {hours => '9'}}, 'team.hours', qr/from 8 to 36500/],
    [{team => {days => 9.5}}, 'team.days', qr/from 8 to 36500/],
    [{team => {incidents => 29}}, 'team.incidents', qr/from 30 to 36500/],
    [{team => {weeks => 9}}, 'team.weeks', qr/is not a known attribute/],
    [{team => 9}, 'team', qr/must be an object/],
    [{ticks => 9}, 'ticks', qr/is not a known attribute/],
) {
    my ($status, $errors) = change($bob, $case->[0]);
    is $status, 422, encode_json($case->[0]) . ' is refused';
    like $errors->{$case->[1]}[0], $case->[2], "and $case->[1] says why";
}
like +(change($ann, {installation => {ticks => 5}}))[1]{'installation.ticks'}[0], qr/or null: for ever/, 'and the same of the installation';
my ($status, $given, $team, $event) = $hub->call('retention_update', $bob, '{"team":{"ticks":100,"hours":60}}');
is $status, 200, 'a team has it otherwise';
is_deeply $given->{data}{attributes}{team}, {ticks => 100, hours => 60, days => undef, incidents => undef}, 'told';
is_deeply $event, {type => 'retention', action => 'updated', id => "$bobs_team"}, 'its dashboards hear of it';
is_deeply settings($ann)->{team}, {ticks => undef, hours => undef, days => undef, incidents => undef}, 'other teams do not have it';
is_deeply +(change($bob, {team => {hours => undef}}))[1]{team}, {ticks => 100, hours => undef, days => undef, incidents => undef}, 'null takes one away';
is +(change($ann, {installation => {ticks => undef}}))[1]{installation}{ticks}, undef, 'ticks may be for ever';
is +(change($ann, {installation => {ticks => 30}}))[1]{installation}{ticks}, 30, 'or not';

# ---- history of all days until yesterday ----

$root->rows("select core.history_partition_make(r, m::date) from unnest('{tick_sealed,tick_evidence,tick_day}'::text[]) r,
    generate_series(date_trunc('month', current_date - @{[OLDEST]}), current_date + interval '1 month', interval '1 month') m
    where to_regclass('betterstack.' || core.history_partition_name(r, m::date)) is null");

sub fill {
    my (@monitors) = @_;
    my $ids = join ',', @monitors;
    my $days = "unnest(array[$ids]) m, generate_series(1, @{[OLDEST]}) d";
    $root->rows("insert into betterstack.tick_sealed (day, monitor_id, region_id, ticks, packed)
        select (now() at time zone 'UTC')::date - d, m, 1, 1440, '\\x00' from $days");
    $root->rows("insert into betterstack.tick_evidence (day, monitor_id, region_id, hour, evidence)
        select (now() at time zone 'UTC')::date - d, m, 1, 3, '{}' from $days");
    $root->rows("insert into betterstack.tick_day (day, monitor_id, region_id, up, degraded, down, unknown, total_sum_us, buckets,
        counts, rollup, hours) select (now() at time zone 'UTC')::date - d, m, 1, 1440, 0, 0, 0, 1, '{}', '{}', '\\x00', '\\x01' from $days");
}
fill($of_ann, $of_bob, $gone);
$root->rows("insert into betterstack.tick_late select now() - d * interval '1 day', m, 0, 1, 1, 1, 1, 1, 1, 200, 1, 0, 1, '', ''
    from unnest(array[$of_ann, $gone]) m, unnest(array[20, 40]) d");
$root->rows("delete from betterstack.monitor where id = $gone");

sub rows_of {
    my ($table, $monitor, $where) = @_;
    return $root->value("select count(*) || ' ' || coalesce(max((now() at time zone 'UTC')::date - day), 0)
        from betterstack.$table where monitor_id = $monitor and " . ($where // 'true'));
}
sub months { return $root->value("select count(*) from pg_inherits where inhparent = 'betterstack.$_[0]'::regclass") }

# As the hub does: until there is no more to do; how many times.
sub let_go {
    $root->rows("select core.retention_renew()");
    my $times = 0;
    $times++ while $hub->value('select dispatch.retention()') eq 't' && $times < 2000;
    return $times;
}

# ---- a step does not hold up anybody, and is nothing until it is committed ----

my $other = $db->session('betterstack');
$root->rows('select core.retention_renew()');
$other->rows('begin');
$other->rows('select dispatch.retention()');
is $hub->value('select dispatch.retention()'), 'f', 'of two hubs one does it';
$hub->rows("set statement_timeout = '5s'");
my ($stored) = ($hub->report($digest, {monitor => $of_ann, slot => int(time) * 1000}))[1];
is $stored, 1, 'reports go on meanwhile';
is +($hub->call('monitor_get', $ann, $of_ann))[0], 200, 'so do readers';
my $pid = $other->pid;
$root->rows("select pg_terminate_backend($pid)");
undef $other;
is rows_of('tick_sealed', $of_ann), '400 400', 'whoever ends in the middle has done nothing';

# ---- what goes ----

my $months = months('tick_sealed');
cmp_ok let_go(), '>', 3, 'in steps';
is rows_of('tick_sealed', $of_ann), '30 30', 'packed days: as long as the installation says';
is rows_of('tick_evidence', $of_ann), '30 30', 'with their evidence';
is $root->value("select string_agg(monitor_id || ' ' || date_part('day', now() - slot), ',') from betterstack.tick_late"), "$of_ann 20",
    'and with late ticks of days that were full';
is rows_of('tick_sealed', $of_bob), '100 100', 'of a team that wants more: more';
is rows_of('tick_evidence', $of_bob), '100 100', 'of evidence, too';
is rows_of('tick_day', $of_ann), '400 400', 'daily figures: for ever';
is rows_of('tick_day', $of_ann, "hours <> ''"), '400 400', 'with their hours';
is rows_of($_, $gone), '0 0', "$_: nothing is left of a monitor that is gone" for qw(tick_sealed tick_evidence tick_day);
cmp_ok months('tick_sealed'), '<', $months - 8, 'months that nobody wants are dropped';
is months('tick_day'), $months, 'others are not';
is let_go(), 0, 'then there is nothing to do';

change($bob, {team => {ticks => 10, hours => 50, days => 90}});
let_go();
is rows_of('tick_sealed', $of_bob), '10 10', 'less from now on';
is rows_of('tick_sealed', $of_ann), '30 30', 'another team keeps its own';
is rows_of('tick_day', $of_bob), '90 90', 'its days';
is rows_of('tick_day', $of_bob, "hours <> ''"), '50 50', 'its hours';
is rows_of('tick_day', $of_ann, "hours <> ''"), '400 400', 'of another team they stay';

# ---- dropping a month waits for nobody ----

change($ann, {installation => {days => 100}});
my $reader = $db->session;
$reader->rows('begin; select count(*) from betterstack.tick_day');
$hub->rows("set statement_timeout = '5s'");
$hub->value('select dispatch.retention()');
is months('tick_day'), $months, 'while somebody reads, no month is dropped';
is $hub->value('show lock_timeout'), '0', 'the session is as it was';
$reader->rows('commit');
let_go();
is rows_of('tick_day', $of_ann), '100 100', 'afterwards it is';
cmp_ok months('tick_day'), '<', $months - 8, 'and months are fewer';

# Days that are still hot may yet be packed: their month stays.
$root->rows("select core.tick_partition_make((now() at time zone 'UTC')::date - 70)");
$root->rows('select core.history_partitions_make(now())');
change($bob, {team => {ticks => undef}});
change($ann, {installation => {ticks => 8}});
my $of_hot = "betterstack.tick_sealed_' || to_char(now() at time zone 'UTC' - interval '70 days', 'YYYYMM')";
let_go();
is $root->value("select to_regclass('$of_hot) is not null"), 't', 'the month of a hot day stays';
is rows_of('tick_sealed', $of_ann), '8 8', 'its rows of others do not';

# ---- a deletion does not wait ----

($status) = $hub->call('monitor_delete', $ann, $of_ann);
is $status, 204, 'a monitor is deleted';
is rows_of('tick_day', $of_ann), '100 100', 'its history is still there then';
let_go();
is rows_of($_, $of_ann), '0 0', "$_: and is not a while later" for qw(tick_sealed tick_evidence tick_day);
is rows_of('tick_day', $of_bob), '90 90', 'of others it is';

# ---- incidents ----

$root->rows("insert into betterstack.incident (team_id, kind, name, cause, started_at, resolved_at, last_joined_at)
    select t.id, 'manual', 'i', 'c', now() - d * interval '1 day', case when d <> 350 then now() - (d - 1) * interval '1 day' end,
           now() - d * interval '1 day'
      from betterstack.team t, unnest(array[10, 45, 100, 200, 300, 350]) d");
sub incidents { return $root->value("select count(*) from betterstack.incident where team_id = $bobs_team") }
let_go();
is incidents(), 6, 'incidents are for ever';
change($ann, {installation => {incidents => 150}});
change($bob, {team => {incidents => 40}});
let_go();
is incidents(), 2, 'unless a team wants less: what is young, and what is not over';
is $root->value("select count(*) from betterstack.incident where team_id <> $bobs_team"), 4, 'another team has more';

# ---- many ----

$root->rows("insert into betterstack.tick_sealed (day, monitor_id, region_id, ticks, packed)
    select (now() at time zone 'UTC')::date - d, 100000 + m, r, 1, '\\x00'
      from generate_series(1, 1000) m, generate_series(1, 4) r, generate_series(1, 2) d");
$root->rows('select core.retention_renew()');
my ($longest, $times) = (0, 0);
while (1) {
    my ($more, $took) = @{$root->rows("with t as materialized (select clock_timestamp() as began), d as materialized
        (select dispatch.retention() as more from t where began is not null)
        select d.more, extract(epoch from clock_timestamp() - t.began) * 1000 from t, d")->[0]};
    $longest = $took if $took > $longest;
    $times++;
    last if $more ne 't' || $times > 2000;
}
is $root->value('select count(*) from betterstack.tick_sealed where monitor_id > 100000'), 0, '8,000 days of 1,000 monitors that are gone';
diag sprintf '%d steps, the longest %.0f ms', $times, $longest;

done_testing;
