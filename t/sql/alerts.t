use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use Time::HiRes ();
use BetterStack::Outbox;
use BetterStack::Verdict;

# Who is told what, when, and in which order, with a clock of its own.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my ($channel, $incident, $d);

# Leases and sends everything that is due; the titles.
sub deliver { return map { $o->told($_, 'sent'); $_->{title} } $o->lease }
sub titles {
    return $root->value("select coalesce(string_agg(message ->> 'title', '; ' order by id), 'none') from betterstack.delivery where $_[0]");
}
sub clock { my ($time) = @_; $o->{now} = $root->value("select core.ms(timestamptz '$time')") }
sub due_in {
    return $root->value("select core.iso(next_at) from betterstack.delivery where state = 0 order by id limit 1");
}

# An incident from its beginning to its end.
$channel = $o->channel(events => '{started,acknowledged,resolved,reopened,comment}');
$incident = $o->incident;
is_deeply([deliver()], ['shop'], 'told that it began');
$o->pass(30)->act($incident, 'acknowledged');
is_deeply([deliver()], ['Acknowledged by Ann: shop'], 'that somebody is at it');
$o->alert($incident, 'comment', number => 5, comment => "It's DNS", author => 'Ann');
is_deeply([deliver()], ['Ann commented: shop'], 'what is said of it');
is($root->value("select message ->> 'comment' from betterstack.delivery where event = 'comment'"),
    "It's DNS", 'word for word');
$o->pass(90)->act($incident, 'resolved');
is_deeply([deliver()], ['Resolved: shop'], 'that it is over');
is($root->value("select message ->> 'duration_text' from betterstack.delivery where event = 'resolved'"), '2 minutes', 'after how long');
$o->act($incident, 'reopened');
is_deeply([deliver()], ['Reopened: shop'], 'that it is not');
$o->act($incident, 'acknowledged');
$o->act($incident, 'resolved');
is($o->states("number = 2"), 'acknowledged superseded, resolved due',
    'each time anew; what nobody has sent yet is not sent after the end');

# Unconfirmed: nobody.
$o->forget;
$o->channel;
$incident = $root->value("insert into betterstack.incident (team_id, kind, name, cause, started_at, last_joined_at)
    values (1, 'failure', 'x', 'x', now(), now()) returning id");
$o->alert($incident, 'started');
$o->alert($incident, 'resolved');
is($o->states, 'none', 'what is not confirmed is told to nobody');

# Who.
my $bob = $root->person('bob');
my %channel = (mine => $o->channel, theirs => $o->channel(team_id => 2),
    rare => $o->channel(all_incidents => 'f'),
    contact => $o->channel(user_id => 1), off => $o->channel(enabled => 'f'),
    ends => $o->channel(events => '{resolved}'));
$root->rows('delete from betterstack.channel where id = (select min(id) from betterstack.channel)');
$incident = $o->incident;
is($root->value("select string_agg(receiver, ' ') from betterstack.delivery"), "c$channel{mine}",
    'all channels of the team, and no other');
$o->act($incident, 'resolved');
is($root->value("select string_agg(receiver, ' ' order by receiver) from betterstack.delivery where event = 'resolved'"),
    join(' ', sort "c$channel{mine}", "c$channel{ends}"), 'the end also to who wants nothing else');
$o->incident(team_id => undef, kind => 'scheduler_silent');
is($root->value("select receiver from betterstack.delivery order by id desc limit 1"),
    "c$channel{mine}", 'of the installation the administrators are told');

# Order: what comes later waits for what came before.
$o->forget;
$channel = $o->channel(rate_limit => 600);
$incident = $o->incident;
($d) = $o->lease;
$o->act($incident, 'acknowledged');
is(scalar $o->lease(undef, 'agent-2'), 0, 'the second message waits while the first is under way');
$o->told($d, 'failed');
$o->pass(1);
is(scalar $o->lease, 0, 'and while it is to be tried again');
$o->pass(6);
($d) = $o->lease;
is($d->{event}, 'started', 'the first comes first');
$o->told($d, 'sent');
is_deeply([deliver()], ['Acknowledged by Ann: shop'], 'then the second');

# Superseding.
$o->forget;
$channel = $o->channel;
$incident = $o->incident(kind => 'failure', name => 'example.com');
$o->pass(120)->act($incident, 'resolved');
is($o->states, 'started superseded, resolved due', 'over before anybody was told');
is_deeply([deliver()], ['example.com was down for 2 minutes'], 'is one message');
is($root->value("select core.incident_full_name(i) from betterstack.incident i"), 'example.com',
    'of that incident');

$o->forget;
$channel = $o->channel;
$incident = $o->incident(kind => 'failure', name => 'example.com');
($d) = $o->lease;
$o->pass(120)->act($incident, 'resolved');
is($o->states, 'started leased, resolved due', 'while it is being sent, nothing is superseded');
$o->told($d, 'sent');
is_deeply([deliver()], ['example.com is up again after 2 minutes'], 'both are told');

$o->forget;
$channel = $o->channel;
$incident = $o->incident(kind => 'failure', name => 'example.com');
($d) = $o->lease;
$o->pass(50)->act($incident, 'resolved');
$o->told($d, 'failed');
is($o->states, 'started superseded, resolved due', 'what failed is not tried again after the end');
is_deeply([deliver()], ['example.com was down for 50 seconds'], 'and the end tells of both');

$o->forget;
$channel = $o->channel;
$incident = $o->incident(kind => 'failure', name => 'example.com');
$o->lease;
$o->pass(60);
($d) = $o->lease(undef, 'agent-2');
$o->told($d, 'failed');
$o->act($incident, 'resolved');
is($o->states, 'started due, resolved due',
    'a try of which nobody knows what became counts as sent');
$o->pass(30);
is_deeply([deliver()], ['example.com is down'], 'so the beginning is told');
is_deeply([deliver()], ['example.com is up again after 60 seconds'], 'and then the end');

$o->forget;
$channel = $o->channel(kind => 'pagerduty');
$incident = $o->incident(kind => 'failure', name => 'example.com');
$o->act($incident, 'resolved');
is_deeply([deliver(), deliver()], ['example.com is down',
    'example.com is up again after 0 seconds'],
    'what opens and closes alerts elsewhere gets both, in order');
is($root->value("select count(distinct message ->> 'dedup_key') from betterstack.delivery"), 1,
    'with one key of the alert');

# Quiet hours, over midnight.
my %quiet = (quiet_from => '22:00', quiet_to => '07:00', quiet_timezone => 'Europe/Berlin');
sub quiet_at { my ($time, $days) = @_;
    return $root->value(sprintf "select core.iso(core.quiet_end('22:00', '07:00', 'Europe/Berlin', '%s', '%s'))",
    $days // '{mon,tue,wed,thu,fri,sat,sun}', $time) }
is(quiet_at('2026-01-14 20:59:59Z'), undef, 'not yet quiet');
is(quiet_at('2026-01-14 21:00:00Z'), '2026-01-15T06:00:00.000Z', 'quiet from the evening');
is(quiet_at('2026-01-15 05:59:59Z'), '2026-01-15T06:00:00.000Z', 'over midnight until the morning');
is(quiet_at('2026-01-15 06:00:00Z'), undef, 'and no longer');
is(quiet_at('2026-01-15 05:00:00Z', '{wed}'), '2026-01-15T06:00:00.000Z',
    'a night belongs to the day on which it begins');
is(quiet_at('2026-01-15 05:00:00Z', '{thu}'), undef, 'and to no other');
is(quiet_at('2026-03-28 23:30:00Z'), '2026-03-29T05:00:00.000Z',
    'the clock goes forward: an hour earlier');
is(quiet_at('2026-10-24 21:30:00Z'), '2026-10-25T06:00:00.000Z', 'and back: an hour later');
is($root->value("select core.iso(core.quiet_end('02:15', '02:45', 'Europe/Berlin', '{sun}', '2026-03-29 01:20Z'))"),
    '2026-03-29T01:45:00.000Z', 'hours that the clock skips are kept by the clock before');

$o->forget;
$channel = $o->channel(%quiet);
clock('2026-01-14 23:00:00Z');
$incident = $o->incident;
is(scalar $o->lease, 0, 'at night nothing is sent');
is(due_in(), '2026-01-15T06:00:00.000Z', 'but in the morning');
my $short = $o->incident(name => 'short');
$o->pass(600)->act($short, 'resolved');
is($o->states("incident_id = $short"), 'started cancelled',
    'what was over meanwhile is not told at all');
$root->rows("select core.alert_incident($incident, 'escalated', " . $o->at
    . ", '{\"critical\": true}')");
is_deeply([deliver()], ['Escalated: shop'], 'what is critical does not wait behind what does');
is($o->states("incident_id = $incident"), 'started superseded, escalated sent', 'which it says');
clock('2026-01-15 06:00:00Z');
is_deeply([deliver()], [], 'so that nothing is left for the morning');
clock('2026-01-15 21:10:00Z');
$o->act($incident, 'resolved');
is_deeply([deliver()], ['Resolved: shop'], 'the end of what was told comes also at night');
$root->rows("select core.alert_incident($incident, 'reopened', " . $o->at
    . ", '{\"critical\": true}')");
is(scalar(my @urgent = deliver()), 1, 'what is critical wakes people');

# Many at once: a digest.
$o->forget;
$channel = $o->channel(rate_limit => 5);
clock('2026-01-15 12:00:00Z');
my @many = map { $o->incident(name => "shop $_") } 1 .. 12;
is($root->value('select count(*) from betterstack.delivery where held'), 7,
    'what is more than the rate is held');
is(scalar(my @sent = deliver()), 5, 'the rest is sent');
$o->act($many[0], 'resolved');
$o->act($many[11], 'resolved');
is($o->states("incident_id = $many[11]"), 'started superseded, resolved due',
    'of what was over meanwhile only the end');
$o->pass(59)->sweep;
is(scalar(deliver()), 0, 'not before the minute is over');
$o->pass(2)->sweep;
is_deeply([deliver()], ['8 alerts'], 'one message for the rest');
my $message = decode_json($root->value("select message from betterstack.delivery where event = 'digest'"));
is($message->{text}, '6 began, 2 ended', 'which says how many of what');
is(scalar @{$message->{items}}, 8, 'and which');
is($root->value("select count(*) from betterstack.incident where first_alert_at is null"), 0,
    'all of them have been told of');
is($root->value("select count(*) from betterstack.digest"), 0, 'nothing is left');
$o->act($many[5], 'resolved');
is_deeply([deliver()], ['Resolved: shop 6'], 'whoever was told in a digest is told of the end');
$o->incident(name => 'alone') for 1 .. 5;
$o->pass(61)->sweep;
deliver();
$o->pass(61)->sweep;
is($o->states("message ->> 'title' = 'alone' and held and state = 0"), 'none',
    'nothing stays held');

# What opens and closes alerts elsewhere is spread over the minutes instead.
$o->forget;
$channel = $o->channel(kind => 'pagerduty', rate_limit => 2);
$o->incident for 1 .. 5;
is($root->value("select string_agg(extract(epoch from next_at - @{[$o->at]})::integer::text, ' ' order by id) from betterstack.delivery"),
    '0 0 60 60 120', 'two a minute');

# A mass outage stays bounded: thousands of incidents in one transaction.
$o->forget;
$o->channel(name => $_) for qw(one two);
my $began = Time::HiRes::time();
$root->rows("do \$\$ declare made bigint; begin
    for n in 1 .. 2000 loop
        insert into betterstack.incident (team_id, kind, name, cause, email, push, started_at, confirmed_at, last_joined_at)
        values (1, 'failure', 'm' || n, 'x', false, false, @{[$o->at]}, @{[$o->at]}, @{[$o->at]}) returning id into made;
        perform core.alert_incident(made, 'started', @{[$o->at]});
    end loop; end \$\$");
diag sprintf '2000 incidents to 2 channels: %.2f ms each', (Time::HiRes::time() - $began) / 2;
is($root->value('select count(*) from betterstack.delivery'), 4000, 'each is written');
my $messages = 0;
for (1 .. 300) {
    $o->pass(1)->sweep;
    $messages += scalar deliver();
}
is($o->states('state in (0, 1)'), 'none', 'within minutes all is told');
is($messages, 64, 'in as many messages as the rate allows, and two digests for each channel');
is($root->value("select count(*) from betterstack.incident where first_alert_at is null"), 0,
    'nothing was left out');

# Reminders.
$o->forget;
$channel = $o->channel(repeat_every => 600);
$incident = $o->incident(kind => 'failure', name => 'example.com');
deliver();
$o->pass(599)->sweep;
is(scalar(deliver()), 0, 'no reminder yet');
$o->pass(1)->sweep;
is_deeply([deliver()], ['Still, after 10 minutes: example.com is down'], 'a reminder');
$o->sweep;
is(scalar(deliver()), 0, 'once');
$o->pass(600)->sweep;
is_deeply([deliver()], ['Still, after 20 minutes: example.com is down'], 'and again');
$o->act($incident, 'acknowledged');
deliver();
$o->pass(600)->sweep;
is(scalar(deliver()), 0, 'until somebody is at it');

# A test.
$o->forget;
$channel = $o->channel(enabled => 'f', %quiet);
clock('2026-01-14 23:00:00Z');
$d = $root->value("select core.alert_test(c, @{[$o->at]}) from betterstack.channel c");
is_deeply([deliver()], ['This is a test of ops'], 'a test goes at once, whatever the hour');
$root->rows("select core.alert_test(c, @{[$o->at]} + interval '1 s') from betterstack.channel c");
$o->pass(1);
($d) = $o->lease;
$o->told($d, 'refused', detail => 'no');
is($o->states, 'test sent, test undeliverable', 'one that fails is told to nobody else');

# The report that confirms a failure carries its page in its own reply.
($root, $o) = ();
my $world = BetterStack::Verdict->new('eu');
$root = $world->root;
$root->rows("insert into betterstack.channel (team_id, name, kind) values (1, 'ops', 'slack')");
my $monitor = $world->monitor(pronounceable_name => 'example.com');
my $report = sub {
    my $sql = BetterStack::Postgres::Session->report_sql($world->{digest}{eu}, {monitor => $monitor,
        slot => $world->now - 200,
        status => 3, reason => 10, http_status => 0});
    $sql =~ s/ingest\.report\(/core.report(/;
    $sql =~ s/\)$/, @{[$world->at]}, true, null)/;
    $sql =~ s/select .*? from/select delivery from/;
    return grep { defined } map { $_->[0] } @{$root->rows($sql)};
};
is(scalar $report->(), 0, 'one failure is none yet');
$world->pass(30);
my @paged = $report->();
is(scalar @paged, 1, 'the report that confirms it brings the page');
like(pack('H*', substr $paged[0], 2), qr/example\.com is down/, 'of that monitor');
is($world->state($monitor), 'down', 'which is down');
$world->pass(100);
$world->look($monitor, eu => 'up');
$world->sweeps(400);
is($root->value("select string_agg(event, ' ' order by id) from betterstack.delivery"),
    'started resolved', 'and its end is told');

# What is old is forgotten.
$root->rows("select core.deliveries_expire(now() + interval '91 days')");
is($root->value("select count(*) from betterstack.delivery"), 2, 'what is not done is kept');
$root->rows("update betterstack.delivery set finished_at = now() where event = 'started'; select core.deliveries_expire(now() + interval '91 days')");
is($root->value("select count(*) from betterstack.delivery"), 1, 'the rest for 90 days');

done_testing;
