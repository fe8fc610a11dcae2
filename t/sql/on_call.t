use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use POSIX ();
use Test::More;
use Time::Local qw(timegm);
use BetterStack::Outbox;

# Who is on call when: against a model of its own that asks the C library what clocks show, the changes
# of clocks, overrides, gaps, ends, who has left, and who is told of a hand-over.

my $o = BetterStack::Outbox->new;
my $root = $o->root;
$root->rows("set timezone = 'Pacific/Kiritimati'");     # nothing may depend on the session's zone
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed";

# Ann is 1; these are 2 to 6, in her team.
$root->rows(q{insert into betterstack.app_user (email, name, password_hash)
    select 'p' || i || '@example.com', 'Person ' || i, 'x' from generate_series(2, 6) i;
    insert into betterstack.membership select id, 1, 'owner' from betterstack.app_user where id > 1});
my $calendar = $root->value('select core.on_call_default(1)');

sub at { my ($text) = @_; return $text =~ /^\d+$/ ? "to_timestamp($text)" : "'$text'::timestamptz" }
sub on_call {
    my ($when) = @_;
    return $root->value("select array_to_string(core.on_call_now($calendar, @{[at($when)]}), ' ')")
        // '';
}
sub of_calendar {
    my ($call) = @_;
    return "from betterstack.on_call c, $call where c.id = $calendar";
}
sub forget { $root->rows('truncate betterstack.on_call_rotation, betterstack.on_call_event; delete from betterstack.delivery;
    update betterstack.on_call set present = default, decided_at = default, edge_at = null') }
sub rotation {
    my (%r) = (users => '{1,2,3}', length => 1, unit => 'day', zone => 'UTC', ends => 'null', @_);
    $root->rows("delete from betterstack.on_call_rotation; insert into betterstack.on_call_rotation values ($calendar, '$r{users}',
        $r{length}, '$r{unit}', @{[at($r{starts})]}, @{[$r{ends} eq 'null' ? 'null' : at($r{ends})]}, '$r{zone}', '$r{zone}', now());
        update betterstack.on_call set edge_at = '-infinity' where id = $calendar");
}
sub event {
    my ($users, $starts, $ends, $override) = @_;
    $root->rows(sprintf "insert into betterstack.on_call_event (on_call_id, user_ids, starts_at, ends_at, override, updated_at)
        values (%d, '{%s}', %s, %s, %s, now()); update betterstack.on_call set edge_at = '-infinity' where id = %d",
        $calendar, $users, at($starts), at($ends), $override ? 'true' : 'false', $calendar);
}

# ---- the changes of clocks, by hand ----

subtest 'daily at nine in Berlin' => sub {
    rotation(starts => '2026-03-27 09:00+01', zone => 'Europe/Berlin');
    is on_call('2026-03-27 08:59:59.999+01'), '', 'not before it begins';
    is on_call('2026-03-27 09:00+01'), 1;
    is on_call('2026-03-28 08:59:59+01'), 1;
    is on_call('2026-03-28 09:00+01'), 2;
    is on_call('2026-03-29 08:59:59+02'), 2, 'a day of 23 hours';
    is on_call('2026-03-29 09:00+02'), 3, 'ends at nine';
    is on_call('2026-10-25 08:59:59+01'), on_call('2026-10-24 09:00+02'), 'one of 25 hours';
    isnt on_call('2026-10-25 09:00+01'), on_call('2026-10-25 08:59:59+01'), 'too';
};

subtest 'weekly, and every 12 hours' => sub {
    rotation(starts => '2026-03-23 09:00+01', zone => 'Europe/Berlin', unit => 'week',
        users => '{1,2}');
    is on_call('2026-03-30 08:59+02'), 1, 'a week with one hour less';
    is on_call('2026-03-30 09:00+02'), 2;
    is on_call('2026-11-23 08:59:59+01') . on_call('2026-11-23 09:00+01'), '12',
        'nine o\'clock in winter';
    rotation(starts => '2026-03-28 08:00+01', zone => 'Europe/Berlin', unit => 'hour', length => 12,
        users => '{1,2}');
    is on_call('2026-03-28 20:00+01') . on_call('2026-03-29 07:59+02')
        . on_call('2026-03-29 08:00+02'), '221', 'a night of 11 hours';
};

subtest 'times that clocks skip or show twice' => sub {
    rotation(starts => '2026-03-28 02:30+01', zone => 'Europe/Berlin');
    is on_call('2026-03-29 03:29:59+02') . on_call('2026-03-29 03:30+02'), '12',
        'half past two is skipped: as before the change';
    is on_call('2026-03-30 02:29:59+02') . on_call('2026-03-30 02:30+02'), '23',
        'the next day it is half past two';
    rotation(starts => '2026-10-24 02:30+02', zone => 'Europe/Berlin');
    is on_call('2026-10-25 02:29:59+02') . on_call('2026-10-25 02:30+02')
        . on_call('2026-10-25 02:10+01')
        . on_call('2026-10-25 02:30+01'), '1222',
        'of two half past twos the first; nobody comes back';
    rotation(starts => '2026-10-25 02:30+01', zone => 'Europe/Berlin');
    is on_call('2026-10-25 02:29:59+01') . on_call('2026-10-25 02:30+01'), '1',
        'it begins when it begins';
    rotation(starts => '2026-03-29 00:00+01', zone => 'Europe/Berlin', unit => 'hour');
    is join(' ', map { on_call("2026-03-29 $_") } '01:59+01', '03:00+02', '03:59+02', '04:00+02'),
        '2 1 1 2',
        'an hour that is skipped is nobody\'s';
};

# ---- the model ----

my @zones = qw(Europe/Berlin America/New_York America/St_Johns Australia/Lord_Howe Asia/Kolkata America/Santiago
    Asia/Kathmandu Pacific/Auckland UTC);
my %seconds = (hour => 3600, day => 86400, week => 604800);

# What clocks show, as if it were UTC.
sub wall {
    my ($zone, $t) = @_;
    local $ENV{TZ} = $zone;
    POSIX::tzset();
    my @parts = localtime $t;
    return timegm(@parts[0 .. 4], $parts[5] + 1900);
}

# When turns begin, up to a time: the first quarter of an hour at which clocks show it; where they skip it,
# as if they had not been changed yet.
sub beginnings {
    my ($r, $until) = @_;
    my $step = $r->{length} * $seconds{$r->{unit}};
    my $first = wall($r->{zone}, $r->{starts});
    my @at = ($r->{starts});
    while ($at[-1] < $until) {
        my $target = $first + @at * $step;
        my ($found, $offset);
        for (my $t = $target - 14 * 3600; $t <= $target + 14 * 3600 && !defined $found; $t += 900) {
            my $shown = wall($r->{zone}, $t);
            $found = $t if $shown == $target;
            last if $shown > $target;
            $offset = $shown - $t;
        }
        push @at, $found // $target - $offset;
    }
    return @at;
}

sub model {
    my ($r, $events, $t) = @_;
    my (@turn, @beside, @instead);
    if ($t >= $r->{starts} && (!$r->{ends} || $t < $r->{ends})) {
        my ($turn) = grep { $r->{at}[$_] <= $t } reverse 0 .. $#{$r->{at}};
        @turn = $r->{users}[$turn % @{$r->{users}}];
    }
    for my $e (grep { $_->{starts} <= $t && $t < $_->{ends} } @$events) {
        push @{$e->{override} ? \@instead : \@beside}, @{$e->{users}};
    }
    my %seen = map { $_ => 1 } @instead ? @instead : (@turn, @beside);
    return join ' ', sort keys %seen;
}

sub any_of { return $_[int rand @_] }

for my $case (1 .. $ENV{CASES} // 24) {
    forget();
    my $begin = timegm(0, 0, 0, 1, any_of(1, 2, 8, 9), 2026);
    my $unit = any_of(qw(hour day day week));
    my %r = (zone => any_of(@zones), unit => $unit, length => any_of($unit eq 'hour'
        ? (1, 6, 8, 12, 36) : (1, 1, 2)),
        users => [map { any_of(1 .. 6) } 1 .. any_of(1 .. 5)],
        starts => $begin + 900 * int rand 2000);
    $r{ends} = $r{starts} + 900 * int rand 5000 if rand() < 0.3;
    $r{at} = [beginnings(\%r, $begin + 70 * 86400)];
    rotation(%r, users => '{' . join(',', @{$r{users}}) . '}', ends => $r{ends} // 'null');
    my @events = map { my $from = $begin + 900 * int rand 6000;
        {users => [map { any_of(1 .. 6) } 1 .. any_of(1, 1, 2)],
        starts => $from, ends => $from + 900 * (1 + int rand 400),
        override => rand() < 0.5} } 1 .. int rand 8;
    event(join(',', @{$_->{users}}), @{$_}{qw(starts ends override)}) for @events;

    my @edges = grep { $_ < $begin + 65 * 86400 } @{$r{at}}, $r{ends} // (),
        map { @{$_}{qw(starts ends)} } @events;
    my @moments = sort { $a <=> $b } (map { $begin + int rand 65 * 86400 } 1 .. 40),
        map { ($_ - 1, $_) } map { any_of(@edges) } 1 .. 40;
    my $list = join ',', @moments;
    my %got = map { $_->[0] =>
        $_->[1] } @{$root->rows("select t, (select coalesce(string_agg(u::text, ' ' order by u), '')
        from unnest(core.on_call_now($calendar, to_timestamp(t))) u) from unnest(array[$list]::bigint[]) t")};
    my @wrong = grep { $got{$_} ne model(\%r, \@events, $_) } @moments;
    is scalar @wrong, 0, "case $case: $r{length} $unit in $r{zone}"
        or diag map { "$_: got '$got{$_}', expected '"
        . model(\%r, \@events, $_) . "'\n" } @wrong[0 .. ($#wrong > 3 ? 3 : $#wrong)];

    # Shifts, edges and hand-overs say the same as moments do.
    my $shifts = of_calendar("core.on_call_shifts(c, to_timestamp($begin), to_timestamp($begin + 66 * 86400), 5000) s");
    is $root->value("with shifts as materialized (select s.* $shifts)
        select count(*) from unnest(array[$list]::bigint[]) t, betterstack.on_call c where c.id = $calendar
        and array(select distinct u from shifts s, unnest(s.user_ids) u where s.starts_at <= to_timestamp(t) and s.ends_at > to_timestamp(t) order by u)
            <> array(select u from unnest(core.on_call_now(c, to_timestamp(t))) u order by u)"), 0,
        'shifts say the same';
    my $some = join ',', grep { rand() < 0.3 } @moments, $begin;
    is $root->value("select count(*) from unnest(array[$some]::bigint[]) t, betterstack.on_call c,
        lateral (select core.on_call_edge(c, to_timestamp(t)) as edge, core.on_call_handover(c, to_timestamp(t)) as handover) e
        where c.id = $calendar and (e.edge <= to_timestamp(t) or e.handover <= to_timestamp(t)
            or exists (select from unnest(array[$list]::bigint[]) o where o > t and to_timestamp(o) < e.edge
                and core.on_call_now(c, to_timestamp(o)) <> core.on_call_now(c, to_timestamp(t)))
            or (select array_agg(u order by u) from unnest(core.on_call_now(c, e.handover)) u)
             = (select array_agg(u order by u) from unnest(core.on_call_now(c, to_timestamp(t))) u))"), 0, 'and so do edges';
    my ($low, $high) = map { $begin + 86400 * $_ } 20, 30;
    is $root->value("select count(*) from betterstack.on_call c,
        lateral core.on_call_shifts(c, to_timestamp($low), to_timestamp($high), 5000) few where c.id = $calendar and few <> all (
        select many from core.on_call_shifts(c, to_timestamp($begin), to_timestamp($begin + 66 * 86400), 5000) many)"), 0,
        'a shift is the same in every window';
}

# ---- who has left ----

subtest 'who has left the team' => sub {
    forget();
    rotation(starts => '2026-01-01 00:00Z');
    event('2', '2026-01-10 00:00Z', '2026-01-11 00:00Z', 1);
    my @days = map { sprintf '2026-01-%02d 12:00Z', $_ } 1 .. 10;
    is join(' ', map { on_call($_) } @days), '1 2 3 1 2 3 1 2 3 2';
    $root->rows('delete from betterstack.membership where user_id = 2 and team_id = 1');
    is join(' ', map { on_call($_) } @days), '1 3 3 1 3 3 1 3 3 1',
        'is skipped; the others keep their turns';
    is $root->value("select string_agg(source || array_to_string(user_ids, ','), ' ') "
        . of_calendar(
        "core.on_call_shifts(c, '2026-01-09 12:00Z', '2026-01-10 12:00Z', 10)")),
            'rotation3 rotation1', 'also in shifts';
    $root->rows('delete from betterstack.membership where user_id in (1, 3) and team_id = 1');
    is on_call($days[0]), '', 'nobody is left';
    is $root->value('select count(*) '
        . of_calendar("core.on_call_shifts(c, '2026-01-01Z', '2026-02-01Z', 10)")), 0;
    is $root->value("select core.on_call_edge(c, '2026-01-20Z') from betterstack.on_call c where c.id = $calendar"), undef;
    $root->rows("insert into betterstack.membership select i, 1, 'owner' from generate_series(1, 3) i");
    is on_call('2026-01-02 12:00Z'), 2, 'who comes back is back';
    is on_call('2026-01-10 12:00Z'), 2;
    is $root->value("select core.on_call_now(999, now())::text"), '{}', 'of no calendar nobody';
};

# ---- hand-overs ----

sub sweep { my ($when) = @_; $root->rows("select core.on_call_sweep(@{[at($when)]})") }
sub told { return $root->value(q{select coalesce(string_agg(receiver, ' ' order by id), 'nobody') from betterstack.delivery
    where event = 'on_call'}) }
sub last_told {
    my ($column) = @_;
    return $root->value("select $column from betterstack.delivery order by id desc limit 1");
}

subtest 'who comes on is told' => sub {
    forget();
    sweep('2026-01-01 00:00Z');
    rotation(starts => '2026-01-01 09:00+01', zone => 'Europe/Berlin');
    sweep('2026-01-01 07:00Z');
    is told(), 'nobody', 'it has not begun';
    is $root->value("select edge_at = '2026-01-01 08:00Z' from betterstack.on_call where id = $calendar"), 't', 'the sweep waits for it';
    sweep('2026-01-01 08:00:01Z');
    is told(), 'u1';
    is last_told("message ->> 'title'"),
        'You are on call for ann until Fri 2 Jan, 09:00 (Europe/Berlin)';
    is last_told("message ->> 'text'"), 'Alerts come to you until then. Afterwards: Person 2.';
    is last_told("message ->> 'url'"), "https://hub.example/on-call?calendar=$calendar";
    is last_told("expires_at = '2026-01-01 14:00:01Z' and incident_id is null and not critical"),
        't';
    sweep("2026-01-01 $_") for '08:00:02Z', '08:00:01Z', '12:00Z';
    is told(), 'u1', 'once';
    sweep('2026-01-02 09:00Z');
    is told(), 'u1 u2', 'the next, by a sweep that is late';
    sweep('2026-01-01 20:00Z');
    is told(), 'u1 u2', 'a clock that is set back tells nobody twice';
    sweep('2026-01-02 09:00Z');
    is told(), 'u1 u2', 'also when it comes there again';
    sweep('2026-01-04 09:00Z');
    is told(), 'u1 u2 u1', 'after a day without a hub only who is on call now';
    $root->rows("update betterstack.on_call set edge_at = '-infinity'");
    sweep('2026-01-04 09:30Z');
    is told(), 'u1 u2 u1', 'a change that changes nothing';
    event('4', '2026-01-04 10:00Z', '2026-01-04 11:00Z', 1);
    sweep('2026-01-04 10:00Z');
    is last_told('receiver'), 'u4', 'an override';
    is last_told("expires_at = '2026-01-04 11:00Z'"), 't', 'is of no use after it';
    sweep('2026-01-04 11:00Z');
    is last_told('receiver'), 'u1', 'and who is back is told';
    $root->rows("select core.live_publish('x', 1, 'x', 1); select count(*) from core.incident_news()");
    $root->rows('delete from betterstack.membership where user_id = 1 and team_id = 1');
    is $root->value("with s as materialized (select core.on_call_sweep('2026-01-04 12:00Z')) select (select event from core.incident_news())
        from s"), qq({"type":"on_call","action":"changed","id":"$calendar"}), 'dashboards are told';
    is last_told('receiver'), 'u2', 'who takes the turn of one who left is told';
    $root->rows("insert into betterstack.membership values (1, 1, 'owner')");
};

subtest 'how they are told' => sub {
    forget();
    $root->rows("update betterstack.on_call set name = 'Tier 2', default_calendar = false, handover_notice = false where id = $calendar");
    event('1', '2026-01-01 00:00Z', '2026-01-02 00:00Z', 0);
    sweep('2026-01-01 00:00Z');
    is told(), 'nobody', 'not where nobody wants it';
    $root->rows("update betterstack.on_call set handover_notice = true where id = $calendar");
    my $call = $o->channel(user_id => 2, kind => 'twilio_voice', ways => '{call}');
    event('2', '2026-01-01 00:00Z', '2026-01-01 01:00Z', 0);
    sweep('2026-01-01 00:01Z');
    is told(), 'u2', 'nobody is called for it';
    is last_told("message ->> 'title'"),
        'You are on call for Tier 2 of ann until Thu 1 Jan, 01:00 (UTC)';
    is last_told("message ->> 'text'"), 'Alerts come to you until then. Afterwards: ann.';
    my $mail = $o->channel(user_id => 3, kind => 'email', settings => '{"to":["x@example.com"]}');
    my $push = $o->channel(user_id => 3, kind => 'ntfy', settings => '{"topic":"x"}',
        quiet_from => '22:00', quiet_to => '06:00');
    event('3', '2026-01-01 00:00Z', '2026-01-01 01:00Z', 0);
    sweep('2026-01-01 00:02Z');
    is last_told('receiver'), "c$push", 'by push, if there is one';
    is last_told("next_at = '2026-01-01 06:00Z' and expires_at = '2026-01-01 01:00Z'"), 't',
        'not in quiet hours';
    $root->rows("select core.alert_sweep('2026-01-01 06:00Z')");
    is last_told('core.delivery_state_word(state)'), 'cancelled',
        'nor after the shift, and nobody is told of that';
    $root->rows("update betterstack.channel set enabled = false where id = $push");
    event('3', '2026-01-01 09:00Z', '2026-01-01 10:00Z', 0);
    sweep("2026-01-01 $_") for '07:00Z', '09:00Z';
    is last_told('receiver'), "c$mail", 'else by mail';
    rotation(users => '{5}', starts => '2026-02-01 00:00Z', unit => 'hour');
    sweep('2026-02-01 03:00Z');
    is last_told("message ->> 'title' || '. ' || (message ->> 'text')"),
        'You are on call for Tier 2 of ann. Alerts come to you.', 'without an end';
    is $root->value("select edge_at from betterstack.on_call where id = $calendar"), undef,
        'nothing is looked at again';
};

is $root->value("select count(*) from betterstack.team t where core.on_call_default(t.id) is null and id <> 1"), 0, 'every team has a calendar';
is $root->value("select octet_length(l) from core.ical_line(repeat('a', 75)) l"), 77,
    'a line of 75 octets is one';
is $root->value("select core.ical_line(repeat('a', 74) || 'é')"), 'a' x 74 . "\r\n \xc3\xa9\r\n",
    'a character is not torn';
is $root->value(q{select core.ical_text(E'a\\\\b;c,d\ne\tf')}), 'a\\\\b\;c\,d\nef', 'escaped';

done_testing;
