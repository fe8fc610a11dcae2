use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use BetterStack::Postgres;

# Cron expressions: what is wrong with them, and when they are due, over the changes of clocks too.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
$root->rows("set timezone = 'Pacific/Kiritimati'");     # nothing may depend on the session's zone

sub quote { return BetterStack::Postgres::quote($_[0]) }
sub error { return $root->value('select core.cron_error(' . quote($_[0]) . ')') }

# As many times as are expected, each the next after the one before, in UTC.
sub due {
    my ($expression, $zone, $after, $count) = @_;
    my $rows = $root->rows(sprintf q{
        with recursive due (at, n) as (
            select core.cron_next(%1$s, %2$s, %3$s), 1
            union all
            select core.cron_next(%1$s, %2$s, at), n + 1 from due where n < %4$d and at is not null)
        select coalesce(to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), 'never') from due order by n},
        quote($expression), quote($zone), quote($after), $count);
    return map { $_->[0] } @$rows;
}

sub follows {
    my ($title, $expression, $zone, $after, @expected) = @_;
    is_deeply([due($expression, $zone, $after, scalar @expected)], \@expected, "$expression: $title")
        or diag join ', ', due($expression, $zone, $after, scalar @expected);
}

# ---- plain ----

my $after = '2026-03-04 10:17:30Z';     # a Wednesday
follows('each minute', '* * * * *', 'UTC', $after, '2026-03-04 10:18', '2026-03-04 10:19');
follows('a moment itself is not after it', '18 10 * * *', 'UTC', '2026-03-04 10:18:00Z', '2026-03-05 10:18');
follows('but just before it', '18 10 * * *', 'UTC', '2026-03-04 10:17:59.999Z', '2026-03-04 10:18');
follows('steps', '*/20 * * * *', 'UTC', $after, '2026-03-04 10:20', '2026-03-04 10:40', '2026-03-04 11:00');
follows('a step that does not divide', '*/25 9-10 * * *', 'UTC', $after, '2026-03-04 10:25', '2026-03-04 10:50',
    '2026-03-05 09:00');
follows('a step in a range', '10-30/10 10 * * *', 'UTC', $after, '2026-03-04 10:20', '2026-03-04 10:30',
    '2026-03-05 10:10');
follows('a step longer than the range', '5-9/100 0 * * *', 'UTC', $after, '2026-03-05 00:05', '2026-03-06 00:05');
follows('lists, unordered and doubled', '30,0,30 22,4 * * *', 'UTC', $after, '2026-03-04 22:00', '2026-03-04 22:30',
    '2026-03-05 04:00');
follows('each night', '0 2 * * *', 'UTC', $after, '2026-03-05 02:00', '2026-03-06 02:00');
follows('weekdays by name', '0 9 * * mon-fri', 'UTC', $after, '2026-03-05 09:00', '2026-03-06 09:00', '2026-03-09 09:00');
follows('capitals', '0 9 * JAN,Dec Sun', 'UTC', '2026-12-21Z', '2026-12-27 09:00', '2027-01-03 09:00');
follows('Sunday is 0', '0 0 * * 0', 'UTC', $after, '2026-03-08 00:00', '2026-03-15 00:00');
follows('and 7', '0 0 * * 7', 'UTC', $after, '2026-03-08 00:00', '2026-03-15 00:00');
follows('and the end of a week', '0 0 * * sat-sun', 'UTC', $after, '2026-03-07 00:00', '2026-03-08 00:00',
    '2026-03-14 00:00');
follows('months', '0 0 1 */6 *', 'UTC', $after, '2026-07-01 00:00', '2027-01-01 00:00');
follows('more blanks', "  0\t 2 *   * *  ", 'UTC', $after, '2026-03-05 02:00');
follows('over the end of the year', '59 23 31 12 *', 'UTC', '2026-12-31 23:59Z', '2027-12-31 23:59');

# ---- nicknames ----

my %first = ('@yearly' => '2027-01-01 00:00', '@annually' => '2027-01-01 00:00', '@monthly' => '2026-04-01 00:00',
    '@weekly' => '2026-03-08 00:00', '@daily' => '2026-03-05 00:00', '@midnight' => '2026-03-05 00:00',
    '@hourly' => '2026-03-04 11:00', ' @Hourly ' => '2026-03-04 11:00');
follows('a nickname', $_, 'UTC', $after, $first{$_}) for sort keys %first;

# ---- day of month, day of week ----

follows('either, where both are given', '0 0 13 * fri', 'UTC', $after, '2026-03-06 00:00', '2026-03-13 00:00',
    '2026-03-20 00:00', '2026-03-27 00:00', '2026-04-03 00:00', '2026-04-10 00:00', '2026-04-13 00:00');
follows('the day alone', '0 0 13 * *', 'UTC', $after, '2026-03-13 00:00', '2026-04-13 00:00');
follows('the weekday alone', '0 0 * * fri', 'UTC', $after, '2026-03-06 00:00', '2026-03-13 00:00');
follows('both, where one begins with a star', '0 0 */2 * fri', 'UTC', $after, '2026-03-13 00:00', '2026-03-27 00:00',
    '2026-04-03 00:00');
follows('and the other way round', '0 0 13 * */5', 'UTC', $after, '2026-03-13 00:00', '2026-09-13 00:00');
follows('months without a 31st are left out', '0 0 31 * *', 'UTC', '2026-03-31 12:00Z', '2026-05-31 00:00',
    '2026-07-31 00:00', '2026-08-31 00:00');
follows('29 February', '0 12 29 2 *', 'UTC', $after, '2028-02-29 12:00', '2032-02-29 12:00');
follows('a century without one', '0 12 29 2 *', 'UTC', '2096-03-01Z', 'never');
follows('29 February, or any Monday of February', '0 0 29 2 1', 'UTC', '2028-02-25Z', '2028-02-28 00:00',
    '2028-02-29 00:00', '2029-02-05 00:00');
follows('29 February when it is a Sunday', '0 0 29 2 */7', 'UTC', $after, 'never');

# ---- zones; clocks go forward and back ----

follows('in its zone', '0 2 * * *', 'Asia/Kathmandu', $after, '2026-03-04 20:15', '2026-03-05 20:15');
follows('in summer and winter the same on the wall', '0 12 * * *', 'Europe/Berlin', '2026-03-28 11:30Z',
    '2026-03-29 10:00', '2026-03-30 10:00');
follows('a time that is skipped is at the jump', '30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00Z',
    '2026-03-29 01:00', '2026-03-30 00:30');
follows('all of a skipped hour is one moment', '0,20,40 2 * * *', 'Europe/Berlin', '2026-03-28 12:00Z',
    '2026-03-29 01:00', '2026-03-30 00:00');
follows('before and after the jump all is as ever', '45 1,3 * * *', 'Europe/Berlin', '2026-03-28 12:00Z',
    '2026-03-29 00:45', '2026-03-29 01:45', '2026-03-29 23:45');
follows('with a star only what there is', '*/30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00Z',
    '2026-03-30 00:00', '2026-03-30 00:30');
follows('hourly goes on hourly', '30 * * * *', 'Europe/Berlin', '2026-03-29 00:00Z',
    '2026-03-29 00:30', '2026-03-29 01:30', '2026-03-29 02:30');
follows('a time that comes twice is once, the first', '30 2 * * *', 'Europe/Berlin', '2026-10-24 12:00Z',
    '2026-10-25 00:30', '2026-10-26 01:30');
follows('nor again when asked in between', '30 2 * * *', 'Europe/Berlin', '2026-10-25 00:45Z', '2026-10-26 01:30');
follows('hourly in the doubled hour, too', '30 * * * *', 'Europe/Berlin', '2026-10-24 23:00Z',
    '2026-10-24 23:30', '2026-10-25 00:30', '2026-10-25 01:30', '2026-10-25 02:30');
follows('a star in the doubled hour', '*/30 2 * * *', 'Europe/Berlin', '2026-10-24 12:00Z', '2026-10-25 00:00',
    '2026-10-25 00:30', '2026-10-25 01:00', '2026-10-25 01:30', '2026-10-26 01:00');
follows('every minute over the jump', '* * * * *', 'America/New_York', '2026-03-08 06:58Z', '2026-03-08 06:59',
    '2026-03-08 07:00', '2026-03-08 07:01');
follows('every minute when clocks are put back', '* * * * *', 'America/New_York', '2026-11-01 05:58Z',
    '2026-11-01 05:59', '2026-11-01 06:00', '2026-11-01 06:01');
follows('America, forward', '15 2 * * *', 'America/New_York', '2026-03-07 12:00Z', '2026-03-08 07:00', '2026-03-09 06:15');
follows('America, back', '15 1 * * *', 'America/New_York', '2026-10-31 12:00Z', '2026-11-01 05:15', '2026-11-02 06:15');
follows('half an hour, forward', '15 2 * * *', 'Australia/Lord_Howe', '2026-10-03 00:00Z',
    '2026-10-03 15:30', '2026-10-04 15:15');
follows('half an hour, back', '45 1 * * *', 'Australia/Lord_Howe', '2026-04-04 00:00Z',
    '2026-04-04 14:45', '2026-04-05 15:15');
follows('two hours', '30 1 * * *', 'Antarctica/Troll', '2026-03-28 12:00Z', '2026-03-29 01:00', '2026-03-29 23:30');
follows('two hours, every minute', '* * * * *', 'Antarctica/Troll', '2026-03-29 00:59Z', '2026-03-29 01:00',
    '2026-03-29 01:01');
follows('midnight that is skipped', '0 0 * * *', 'Asia/Beirut', '2026-03-28 12:00Z', '2026-03-28 22:00', '2026-03-29 21:00');
follows('a whole day that is skipped', '0 9 * * *', 'Pacific/Apia', '2011-12-28 20:00Z',
    '2011-12-29 19:00', '2011-12-30 10:00', '2011-12-30 19:00');
follows('every minute over it', '* * * * *', 'Pacific/Apia', '2011-12-30 09:58Z', '2011-12-30 09:59',
    '2011-12-30 10:00', '2011-12-30 10:01');

# ---- wrong ----

my %wrong = (
    '' => qr/^must have five fields/, '   ' => qr/five fields/, '* * * *' => qr/five fields/,
    '* * * * * *' => qr/five fields/, '@often' => qr/five fields/, '@reboot' => qr/^must name times/,
    '60 * * * *' => qr/“60” as minute, which must be between 0 and 59$/, '* 24 * * *' => qr/as hour.*0 and 23/,
    '* * 0 * *' => qr/as day of month.*1 and 31/, '* * 32 * *' => qr/day of month/, '* * * 13 *' => qr/as month.*1 and 12/,
    '* * * * 8' => qr/as day of week.*0 and 7/, '*/0 * * * *' => qr/must be 1 or more/, '5/10 * * * *' => qr{write 5-59/10},
    '10-5 * * * *' => qr/ends before it begins/, '0 0 * * fri-mon' => qr/ends before/, '1- * * * *' => qr/not a number/,
    '-1 * * * *' => qr/not a number/, '1,,2 * * * *' => qr/not a number/, ', * * * *' => qr/not a number/,
    '1.5 * * * *' => qr/not a number/, '* * * foo *' => qr/a name like JAN/, '* * * * monday' => qr/a name like SUN/,
    '* * L * *' => qr/day of month/, '* * * * 5#3' => qr/day of week/, '* * ? * *' => qr/day of month/,
    '** * * * *' => qr/minute/, '*/ * * * *' => qr/minute/, '*/-1 * * * *' => qr/minute/, '99999999999 * * * *' => qr/between|not a/,
    '1-9999999999 * * * *' => qr/not a number/, '*/9999 * * * *' => qr/not a number/, 'jan * * * *' => qr/minute/,
    '0 0 30 2 *' => qr/^names a day of the month/, '0 0 31 4,6,9,11 *' => qr/names a day/,
    "0 0 * *\n*" => qr/five fields/, "'; drop table x; --" => qr/minute|five/, '１ * * * *' => qr/minute/,
    "\x{661} * * * *" => qr/minute/, '* * * * ' . '1,' x 200 . '1' => qr/at most 255/, 'x' x 100_000 => qr/at most 255/,
    ' ' x 300 => qr/at most 255/, '(' x 50 . ' * * * *' => qr/minute/);
for my $expression (sort keys %wrong) {
    my $shown = substr $expression, 0, 40;
    like(error($expression), $wrong{$expression}, "wrong: '$shown'");
    cmp_ok(length error($expression), '<', 160, 'told briefly');
    is_deeply([due($expression, 'UTC', $after, 1)], ['never'], 'and never due');
}
is(error($_), undef, "fine: $_") for '0 0 31 2-3 *', '0 0 30 2 mon', '0 0 29 2 *', '*/1 */1 */1 */1 */1',
    '0-59 0-23 1-31 jan-dec sun-sat', '00 02 * * *', join ' ', ('*,*,*,*') x 5;
is(error(undef), 'is required', 'no expression');
is_deeply([due(@$_, 1)], ['never'], 'no moment') for [undef, 'UTC', $after], ['* * * * *', undef, $after],
    ['* * * * *', 'Nowhere/Land', $after], ['* * * * *', 'UTC', undef], ['* * * * *', 'UTC', 'infinity'],
    ['* * * * *', 'UTC', '-infinity'];

# ---- bounded ----

sub slowest {
    my ($statement) = @_;
    $root->rows($statement);
    my $began = time;
    $root->rows($statement) for 1 .. 5;
    return (time - $began) / 5;
}
my $dense = join(' ', join(',', ('0-59') x 40), ('*') x 4);
for my $case (['0 0 29 2 */7', 'Europe/Berlin', $after], ['0-59 0-23 * * *', 'Europe/Berlin', '2026-03-28 20:00Z'],
    ['* * * * *', 'Europe/Berlin', '2026-10-24 20:00Z'], [$dense, 'Europe/Berlin', $after],
    ['59 23 31 12 *', 'Pacific/Apia', '2027-01-01Z']) {
    my $took = slowest(sprintf 'select core.cron_next(%s, %s, %s)', map { quote($_) } @$case);
    cmp_ok($took, '<', 0.5, sprintf '%s is found out in %.1f ms', substr($case->[0], 0, 20), 1000 * $took);
}

done_testing;
