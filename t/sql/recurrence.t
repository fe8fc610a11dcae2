use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use BetterStack::Postgres;

# Recurrence rules of RFC 5545: its own examples (section 3.8.5.3, where we take them), the changes of
# clocks, what is refused, and how long the worst of them takes.  Names of zones.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
$root->rows("set timezone = 'Pacific/Kiritimati'");     # nothing may depend on the session's zone
my $zone = 'America/New_York';

sub quote { return BetterStack::Postgres::quote($_[0]) }
sub error { return $root->value('select core.recurrence_error(' . quote($_[0]) . ')') }

# As many as are expected, as wall clocks show them, from a wall clock's time on.
sub occurrences {
    my ($rule, $start, $in, $count, $format) = @_;
    my $rows = $root->rows(sprintf q{
        with recursive o (at, n) as (
            select core.recurrence_next(%1$s, core.zone_moment(%2$s, %3$s), %3$s, '-infinity'), 1
            union all
            select core.recurrence_next(%1$s, core.zone_moment(%2$s, %3$s), %3$s, at), n + 1
              from o where n < %4$d and at is not null)
        select coalesce(to_char(at at time zone %5$s, %6$s), 'none') from o order by n},
        quote("RRULE:$rule"), quote($start), quote($in), $count, quote($format =~ /Z/ ? 'UTC' : $in), quote($format));
    return map { $_->[0] } @$rows;
}

# Days as 'MM-DD' of the year 1997, or with their year; 'none' after the last.
sub days {
    my ($rule, @expected) = @_;
    my $start = $expected[0] =~ /^\d{4}/ ? $expected[0] : "1997-$expected[0]";
    $start = '1997-09-02' if $rule =~ s/^from 1997-09-02 //;
    my @got = occurrences($rule, "$start 09:00", $zone, scalar @expected, 'YYYY-MM-DD HH24:MI');
    is_deeply(\@got, [map { $_ eq 'none' ? $_ : (/^\d{4}/ ? $_ : "1997-$_") . ' 09:00' } @expected], $rule) or diag explain \@got;
}

# ---- the RFC's ----

days('FREQ=DAILY;COUNT=10', (map { sprintf '09-%02d', $_ } 2 .. 11), 'none');
is((occurrences('FREQ=DAILY;UNTIL=19971224T000000Z', '1997-09-02 09:00', $zone, 114, 'YYYY-MM-DD'))[$_->[0]], $_->[1], "daily until: $_->[1]")
    for [54, '1997-10-26'], [112, '1997-12-23'], [113, 'none'];
days('FREQ=DAILY;INTERVAL=2', qw(09-02 09-04 09-06 09-08));
days('FREQ=DAILY;INTERVAL=10;COUNT=5', qw(09-02 09-12 09-22 10-02 10-12 none));
for my $rule ('FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA', 'FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1') {
    my @got = occurrences($rule, '1998-01-01 09:00', $zone, 94, 'YYYY-MM-DD');
    is_deeply([@got[0, 30, 31, 62, 92, 93]], [qw(1998-01-01 1998-01-31 1999-01-01 2000-01-01 2000-01-31 none)], $rule);
}
days('FREQ=WEEKLY;COUNT=10', qw(09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04 none));
days('FREQ=WEEKLY;INTERVAL=2;WKST=SU', qw(09-02 09-16 09-30 10-14 10-28 11-11 11-25 12-09 12-23 1998-01-06));
days('FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH', qw(09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02 none));
days('FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR', qw(09-01 09-03 09-05 09-15 09-17 09-19 09-29 10-01 10-03 10-13
    10-15 10-17 10-27 10-29 10-31 11-10 11-12 11-14 11-24 11-26 11-28 12-08 12-10 12-12 12-22 none));
days('FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH', qw(09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16 none));
days('FREQ=MONTHLY;COUNT=10;BYDAY=1FR', qw(09-05 10-03 11-07 12-05 1998-01-02 1998-02-06 1998-03-06 1998-04-03 1998-05-01 1998-06-05 none));
days('FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR', qw(09-05 10-03 11-07 12-05 none));
days('FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU', qw(09-07 09-28 11-02 11-30 1998-01-04 1998-01-25 1998-03-01 1998-03-29
    1998-05-03 1998-05-31 none));
days('FREQ=MONTHLY;COUNT=6;BYDAY=-2MO', qw(09-22 10-20 11-17 12-22 1998-01-19 1998-02-16 none));
days('FREQ=MONTHLY;BYMONTHDAY=-3', qw(09-28 10-29 11-28 12-29 1998-01-29 1998-02-26));
days('FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15', qw(09-02 09-15 10-02 10-15 11-02 11-15 12-02 12-15 1998-01-02 1998-01-15 none));
days('FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1', qw(09-30 10-01 10-31 11-01 11-30 12-01 12-31 1998-01-01 1998-01-31 1998-02-01 none));
days('FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15', qw(09-10 09-11 09-12 09-13 09-14 09-15 1999-03-10 1999-03-11
    1999-03-12 1999-03-13 none));
days('FREQ=MONTHLY;INTERVAL=2;BYDAY=TU', qw(09-02 09-09 09-16 09-23 09-30 11-04 11-11 11-18 11-25 1998-01-06 1998-01-13));
days('FREQ=YEARLY;COUNT=10;BYMONTH=6,7', qw(06-10 07-10 1998-06-10 1998-07-10 1999-06-10 1999-07-10 2000-06-10 2000-07-10 2001-06-10
    2001-07-10 none));
days('FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3', qw(03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10 2001-02-10 2001-03-10 2003-01-10
    2003-02-10 2003-03-10 none));
days('FREQ=YEARLY;BYDAY=20MO', qw(05-19 1998-05-18 1999-05-17));
days('FREQ=YEARLY;BYMONTH=3;BYDAY=TH', qw(03-13 03-20 03-27 1998-03-05 1998-03-12 1998-03-19 1998-03-26 1999-03-04));
days('FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8', qw(06-05 06-12 06-19 06-26 07-03 07-10 07-17 07-24 07-31 08-07 08-14 08-21 08-28 1998-06-04));
days('from 1997-09-02 FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', qw(1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13));
days('FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13', qw(09-13 10-11 11-08 12-13 1998-01-10 1998-02-07 1998-03-07 1998-04-11));
days('FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8', qw(1996-11-05 2000-11-07 2004-11-02));
days('FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', qw(09-04 10-07 11-06 none));
days('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2', qw(09-29 10-30 11-27 12-30 1998-01-29 1998-02-26 1998-03-30));
days('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', qw(08-05 08-10 08-19 08-24 none));
days('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', qw(08-05 08-17 08-19 08-31 none));
days('FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5', qw(2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30 none));

# ---- others ----

days('FREQ=YEARLY', qw(2024-02-29 2028-02-29 2032-02-29));
days('FREQ=MONTHLY', qw(2026-01-31 2026-03-31 2026-05-31 2026-07-31));
days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO', qw(2044-02-29 2072-02-29));
days('FREQ=YEARLY;BYDAY=-1FR', qw(2026-12-25 2027-12-31));
days('FREQ=DAILY;UNTIL=20260103', qw(2026-01-01 2026-01-02 2026-01-03 none));
days('FREQ=DAILY;UNTIL=20260103T085959', qw(2026-01-01 2026-01-02 none));
is((occurrences('FREQ=DAILY;COUNT=1000', '2026-01-01 00:00', 'UTC', 1001, 'YYYY-MM-DD'))[$_->[0]], $_->[1], "a thousand: $_->[1]")
    for [999, '2028-09-26'], [1000, 'none'];
is_deeply([occurrences('FREQ=DAILY', '2026-03-28 02:30', 'Europe/Berlin', 3, 'MM-DD HH24:MI')],
    ['03-28 02:30', '03-29 03:30', '03-30 02:30'], 'a time that is skipped is counted with the offset before');
is_deeply([occurrences('FREQ=DAILY', '2026-10-24 02:30', 'Europe/Berlin', 3, 'MM-DD HH24:MI"Z"')],
    ['10-24 00:30Z', '10-25 00:30Z', '10-26 01:30Z'], 'of one that comes twice the first');
is_deeply([occurrences('FREQ=WEEKLY', '2026-10-24 22:00', 'Australia/Lord_Howe', 2, 'MM-DD HH24:MI')],
    ['10-24 22:00', '10-31 22:00'], 'where clocks change by half an hour, the wall clock holds');
is($root->value("select core.recurrence_next('0 3 * * *', '2026-01-01 05:00Z', 'UTC', '-infinity')"), '2026-01-02 17:00:00+14',
    'a cron expression from its start on');

# ---- refused ----

my %wrong = (
    'RRULE:' => 'FREQ', 'RRULE:INTERVAL=2' => 'FREQ', 'RRULE:FREQ=HOURLY' => 'FREQ', 'RRULE:FREQ=DAILY;INTERVAL=0' => 'INTERVAL',
    'RRULE:FREQ=DAILY;INTERVAL=1001' => 'INTERVAL', 'RRULE:FREQ=DAILY;COUNT=0' => 'COUNT', 'RRULE:FREQ=DAILY;COUNT=1001' => 'COUNT',
    'RRULE:FREQ=DAILY;COUNT=99999999999' => 'COUNT', 'RRULE:FREQ=DAILY;COUNT=1;UNTIL=20260101' => 'not both',
    'RRULE:FREQ=DAILY;UNTIL=tomorrow' => 'UNTIL', 'RRULE:FREQ=DAILY;UNTIL=20260230' => 'UNTIL', 'RRULE:FREQ=DAILY;UNTIL=20260101T250000Z' => 'UNTIL',
    'RRULE:FREQ=DAILY;BYHOUR=3' => 'BYHOUR', 'RRULE:FREQ=YEARLY;BYWEEKNO=20' => 'BYWEEKNO', 'RRULE:FREQ=YEARLY;BYYEARDAY=1' => 'BYYEARDAY',
    'RRULE:FREQ=WEEKLY;BYDAY=XX' => 'BYDAY', 'RRULE:FREQ=WEEKLY;BYDAY=1MO' => 'BYDAY', 'RRULE:FREQ=MONTHLY;BYDAY=6MO' => 'BYDAY',
    'RRULE:FREQ=MONTHLY;BYDAY=0MO' => 'BYDAY', 'RRULE:FREQ=YEARLY;BYDAY=54MO' => 'BYDAY', 'RRULE:FREQ=WEEKLY;BYMONTHDAY=1' => 'BYMONTHDAY',
    'RRULE:FREQ=MONTHLY;BYMONTHDAY=32' => 'BYMONTHDAY', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=0' => 'BYMONTHDAY', 'RRULE:FREQ=DAILY;BYMONTH=-1' => 'BYMONTH',
    'RRULE:FREQ=DAILY;BYMONTH=13' => 'BYMONTH', 'RRULE:FREQ=DAILY;BYSETPOS=1' => 'BYSETPOS', 'RRULE:FREQ=DAILY;BYDAY=MO;BYSETPOS=367' => 'BYSETPOS',
    'RRULE:FREQ=WEEKLY;WKST=X' => 'WKST', 'RRULE:FREQ=DAILY;FREQ=DAILY' => 'once', 'RRULE:FREQ=DAILY;=' => '', 'RRULE:FREQ=DAILY;;' => '',
    'RRULE:FREQ' => 'FREQ', "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY" => 'FREQ', 'RRULE:FREQ=DAILY;BYDAY=' . join(',', ('MO') x 200) => 'long',
    'every day' => '', '' => '',
);
for my $rule (sort keys %wrong) {
    my $error = error($rule);
    ok(defined $error && $error =~ /\Q$wrong{$rule}/, "refused: $rule") or diag $error // 'nothing';
}
is(error($_), undef, "taken: $_") for 'RRULE:FREQ=DAILY', 'rrule:freq=weekly;byday=mo,fr', 'RRULE:FREQ=DAILY;', '0 3 * * mon', '@daily';

# ---- bounded ----

for my $rule ('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=YEARLY;INTERVAL=1000;COUNT=1000', 'FREQ=YEARLY;COUNT=1000',
    'FREQ=MONTHLY;INTERVAL=1000;BYDAY=5MO;BYMONTHDAY=31;BYSETPOS=300',
    'FREQ=YEARLY;BYDAY=' . join(',', ('53SU') x 64) . ';BYSETPOS=' . join(',', (366) x 30)) {
    my $began = time;
    $root->value(sprintf "select core.recurrence_next('RRULE:%s', '2026-01-01Z', 'UTC', '2190-01-01Z')", $rule);
    my $took = time - $began;
    cmp_ok($took, '<', 5, sprintf 'bounded: %.40s: %.2f s', $rule, $took);
}

# ---- zones ----

is($root->value("select string_agg(k, ', ') from jsonb_object_keys(core.zone_names_of_rails()) k where core.zone_name(k) is null"), undef,
    'every name of Rails is known here');
is($root->value('select count(*) from jsonb_object_keys(core.zone_names_of_rails())'), 153, 'all of them');
my %zones = ('Pacific Time (US & Canada)' => 'America/Los_Angeles', 'Europe/Berlin' => 'Europe/Berlin', UTC => 'Etc/UTC', "Nuku'alofa" => 'Pacific/Tongatapu',
    'America/Port-au-Prince' => 'America/Port-au-Prince', 'Etc/GMT+3' => 'Etc/GMT+3', map { $_ => undef } 'CET', 'EST5EDT', 'Foo/Bar', 'Foo/Bar+3',
    'right/UTC', 'posix/Europe/Berlin', '../../etc/passwd', '', ' ', 'x' x 100, "Europe/Berlin\n", "Europe/Berl\x{131}n");
is($root->value('select core.zone_name(' . quote($_) . ')'), $zones{$_}, 'zone ' . ($_ =~ s/\n/ /r)) for sort keys %zones;

done_testing;
