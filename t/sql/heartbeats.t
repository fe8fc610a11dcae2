use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use Time::Local qw(timegm);
use BetterStack::Postgres;

# Heartbeats, transition by transition, with a clock of its own.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $ann = $root->person('ann');
my $json = JSON::PP->new->canonical->allow_nonref;
my $now = timegm(0, 0, 12, 5, 1, 2031);     # Wednesday, 5 February 2031, 12:00 UTC

sub quote { return BetterStack::Postgres::quote($_[0]) }
sub at { my ($second) = @_; return sprintf 'to_timestamp(%.3f)', $second // $now }
sub clock {
    my ($day, $time) = map { [split /[-:]/] } @_;
    $now = timegm(0, $time->[1], $time->[0], $day->[2], $day->[1] - 1, $day->[0]);
}

# A heartbeat made now; the id.
sub made {
    my (%attribute) = @_;
    my ($status, $body) = $root->call('heartbeat_create', $ann, '{}', $json->encode({name => 'Nightly backup', period => 3600,
        grace => 600, %attribute}));
    die $json->encode($body) if $status != 201;
    return $body->{data}{id};
}
sub changed {
    my ($id, %attribute) = @_;
    my ($status, $body) = $root->call('heartbeat_update', $ann, $id, '{}', $json->encode(\%attribute));
    die $json->encode($body) if $status != 200;
}
# Settings put in by the test's clock instead of the server's.
sub put {
    my ($id, %attribute) = @_;
    $root->rows(sprintf q{do $$ declare b betterstack.heartbeat; c record; begin
        b := core.heartbeat_take(%d, (select min(id) from betterstack.team));
        c := core.heartbeat_change(b, %s, %s);
        perform core.heartbeat_save(b, core.heartbeat_follow(b, c.changed, %s), %s); end $$},
        $id, quote($json->encode(\%attribute)), at(), at(), at());
}

# A ping that was heard at `heard` and is stored now; no two are heard at once.
sub ping_sql {
    my ($id, $what, %more) = @_;
    $now += 0.001;
    my $heard = $more{heard} // $now;
    my $exit_code = $what =~ /^\d+$/ ? $what : 'null';
    my $word = $exit_code eq 'null' ? $what : $what ? 'fail' : 'success';
    return sprintf "select (r).status, (r).body, (r).event from (select core.heartbeat_ping((select token_digest
        from betterstack.heartbeat where id = %d), '%s', %s, %s, '192.0.2.1', to_timestamp(%.3f), %s) as r) o",
        $id, $word, $exit_code, quote($more{output}), $heard, at();
}
sub ping { return $root->rows(ping_sql(@_))->[0][0] }
sub column { my ($id, $column) = @_; return $root->value("select $column from betterstack.heartbeat where id = $id") }
sub state_of { return column($_[0], 'state') }
sub sweep {
    return $root->rows('select team_id, event from dispatch.sweep(' . at() . ') where team_id is not null');
}
# The hub has looked each second until now; what is due is done.
sub later {
    my ($seconds) = @_;
    $now += $seconds;
    $root->rows("update betterstack.$_ set last_at = " . at($now - 1)) for qw(sweep heartbeat_watch);
    return sweep();
}
# Nobody has looked.
sub away { my ($seconds) = @_; $now += $seconds; return sweep() }
# The incidents of a heartbeat, oldest first.
sub incidents {
    my ($id) = @_;
    return join ' ', map { $_->[0] } @{$root->rows("select case when resolved_at is null then 'open' else 'resolved' end
        from betterstack.incident where heartbeat_id = $id order by id")};
}
sub cause { return $root->value("select cause from betterstack.incident where heartbeat_id = $_[0] order by id desc limit 1") }
sub timeline {
    my ($id) = @_;
    return join ' ', map { $_->[0] } @{$root->rows("select e.what from betterstack.incident_entry e
        join betterstack.incident i on i.id = e.incident_id where i.heartbeat_id = $id order by e.id")};
}
sub expected { return $root->value("select to_char(expected_at at time zone 'UTC', 'MM-DD HH24:MI:SS')
    from betterstack.heartbeat where id = $_[0]") }

# 'ping what', 'pass seconds', 'away seconds', and the state after each; incidents at the end.
sub follows {
    my ($title, $id, $incidents, @steps) = @_;
    my (@got, @wanted);
    while (my ($step, $state) = splice @steps, 0, 2) {
        for my $one (split / *; */, $step) {
            my ($what, $which) = split ' ', $one;
            if ($what eq 'pass') { later($which) }
            elsif ($what eq 'away') { away($which) }
            else { ping($id, $which) }
        }
        push @got, "$step: " . state_of($id);
        push @wanted, "$step: $state";
    }
    is_deeply(\@got, \@wanted, $title) or diag explain \@got;
    is(incidents($id), $incidents, "$title: incidents");
}

later(1);
later(300);      # the first look ever begins with silence

# ---- every transition ----

my $id = made();
follows('what never called is not missed', $id, '', 'pass 864000' => 'pending');
follows('up, late, down, up', $id, 'resolved', 'ping success' => 'up', 'pass 3599' => 'up', 'pass 1' => 'late',
    'pass 599' => 'late', 'pass 1' => 'down', 'pass 86400' => 'down', 'ping success' => 'up', 'pass 1' => 'up');
is(cause($id), 'Nightly backup did not report: expected at 13:05, 10 minutes overdue', 'the cause in words');
is(timeline($id), 'opened confirmed resolved', 'and all that happened');
follows('late calls in time', $id, 'resolved', 'pass 3900' => 'late', 'ping success' => 'up', 'pass 3599' => 'up');
follows('a failure', $id, 'resolved open', 'ping 3' => 'down', 'pass 1' => 'down');
is(cause($id), 'Nightly backup failed with exit code 3', 'in words');
follows('a start does not end it, a success does', $id, 'resolved resolved', 'ping start' => 'down', 'pass 1' => 'down',
    'ping 0' => 'up', 'pass 1' => 'up');
follows('it says itself that it failed', $id, 'resolved resolved open', 'ping fail' => 'down', 'pass 1' => 'down');
is(cause($id), 'Nightly backup reported a failure', 'in words');
follows('over before anybody was told', $id, 'resolved resolved resolved', 'ping success; pass 1' => 'up',
    'ping fail' => 'down', 'ping success' => 'up', 'pass 1' => 'up');
follows('it runs', $id, 'resolved resolved resolved', 'ping start' => 'running', 'pass 3599' => 'running',
    'ping success' => 'up');
is(column($id, 'last_duration_ms'), 3_599_001, 'for so long');
follows('without a limit it is missed when it is due again', $id, 'resolved resolved resolved open', 'ping start' => 'running',
    'pass 4199' => 'running', 'pass 1' => 'down');

$id = made(max_runtime => 7200, name => 'Report');
follows('a run with a limit is waited for', $id, '', 'ping start' => 'running', 'pass 7199' => 'running', 'ping success' => 'up',
    'pass 1' => 'up');
follows('until then', $id, 'open', 'ping start' => 'running', 'pass 7200' => 'down', 'ping start' => 'down', 'pass 1' => 'down');
like(cause($id), qr/^Report has not finished: started at \d\d:\d\d, runs longer than 2 hours$/, 'in words');
follows('and ends well after all', $id, 'resolved', 'ping success; pass 1' => 'up');
follows('a first start', made(max_runtime => 60), 'open', 'ping start' => 'running', 'pass 60' => 'down');
follows('a first failure', made(), 'open', 'ping 1; pass 1' => 'down');
follows('a start for the time, a failure in it', made(), 'open', 'ping start' => 'running', 'pass 5; ping 1; pass 1' => 'down');

# What it said is in the incident.
$id = made(name => 'Sync');
ping($id, 7, output => "line one\nline two: " . 'é' x 6000);
later(1);
like($root->value("select response_content from betterstack.incident where heartbeat_id = $id"), qr/^line one\nline two: é+$/,
    'what it printed');
my ($item) = grep { $_->{attributes}{item_type} eq 'response_item' } @{($root->call('incident_timeline', $ann,
    $root->value("select id from betterstack.incident where heartbeat_id = $id")))[1]{data}};
like($item->{attributes}{data}{content}, qr/^line one/, 'in its timeline, too');
is($item->{attributes}{data}{title}, 'Output', 'called so');
ping($id, 8, output => 'other');
later(1);
is(timeline($id), 'opened confirmed failed_again', 'that it fails again is told');
is(incidents($id), 'open', 'in the same incident');
$root->call('incident_resolve', $ann, column($id, 'incident_id'), '{}');
follows('resolved by a person it stays so', $id, 'resolved', 'pass 7200' => 'down');
follows('until it fails anew', $id, 'resolved open', 'ping 8; pass 1' => 'down');
is($root->value("select octet_length(output) from betterstack.heartbeat_ping where heartbeat_id = $id and exit_code = 7"),
    10_239, 'what is kept is bounded, in whole characters');
$root->rows("select core.incident_note(0, null, now(), 'x', '{}')");

# ---- when it is expected ----

sub expects {
    my ($title, $settings, @steps) = @_;
    my $id = made(%$settings);
    while (my ($day, $time, $wanted) = splice @steps, 0, 3) {
        clock($day, $time);
        later(0);
        ping($id, 'success');
        is(expected($id), "$wanted:00", "$title: $day $time");
    }
    $root->call('heartbeat_delete', $ann, $id);
}
expects('a period', {period => 86400}, '2031-03-29', '01:30', '03-30 01:30');
expects('a period on the wall, forward', {period => 86400, server_timezone => 'Europe/Berlin'},
    '2031-03-29', '11:00', '03-30 10:00', '2031-03-30', '10:00', '03-31 10:00');
expects('and back', {period => 86400, server_timezone => 'Europe/Berlin'}, '2031-10-25', '10:00', '10-26 11:00');
expects('less than an hour goes on evenly', {period => 1800, server_timezone => 'Europe/Berlin'},
    '2031-03-30', '00:45', '03-30 01:15');
expects('cron', {period => undef, cron => '0 2 * * *'}, '2031-02-05', '02:04', '02-06 02:00');
expects('cron in a zone, forward', {period => undef, cron => '30 2 * * *', server_timezone => 'Europe/Berlin'},
    '2031-03-29', '01:31', '03-30 01:00', '2031-03-30', '01:01', '03-31 00:30');
expects('cron in a zone, back', {period => undef, cron => '30 2 * * *', server_timezone => 'Europe/Berlin'},
    '2031-10-25', '00:31', '10-26 00:30', '2031-10-26', '00:31', '10-27 01:30');
expects('a Rails zone', {period => undef, cron => '0 2 * * *', server_timezone => 'Pacific Time (US & Canada)'},
    '2031-02-05', '12:00', '02-06 10:00');

clock('2031-02-05', '01:59');
later(50);
$id = made(period => undef, cron => '0 2 * * *');
ping($id, 'success');
is(expected($id), '02-06 02:00:00', 'a clock that is ten seconds ahead calls for the run to come');
my $each = made(period => undef, cron => '* * * * *');
ping($each, 'success');
is(expected($each), '02-05 02:00:00', 'but not a run a minute');
clock('2031-02-06', '02:10');
later(0);
is(cause($id), 'Nightly backup did not report: expected at 02:00, 10 minutes overdue', 'a run that is missed') if state_of($id) eq 'down';
is(state_of($id), 'down', 'is missed');
put($id, server_timezone => 'Asia/Tokyo');
is(state_of($id), 'pending', 'with another schedule it is waited for anew');
later(1);
is(incidents($id), 'resolved', 'and the incident of the old one is over');
is(expected($id), '02-06 17:00:00', 'by the new one');
clock('2031-02-08', '10:00');
later(0);
like(cause($id), qr/expected on 7 February at 02:00 \(Asia\/Tokyo\), 41 hours overdue$/, 'another day is named, and the zone');
# The same clock, and a job that ends before its time has come.
clock('2031-02-06', '01:59');
later(50);
my $brief = made(period => undef, cron => '0 2 * * *');
ping($brief, 'start');
$now += 4;
ping($brief, 'success');
is(expected($brief), '02-07 02:00:00', 'started and ended too early it has run');
later(3600);
put($brief, grace => 43200);
is(expected($brief), '02-07 02:00:00', 'with another grace, too');
$root->call('heartbeat_delete', $ann, $brief);
my $long = made(period => undef, cron => '0 * * * *');
clock('2031-02-06', '02:00');
ping($long, 'start');
$now += 3595;
ping($long, 'success');
is(expected($long), '02-06 03:00:00', 'the end of a long run is not the next run');
$root->call('heartbeat_delete', $ann, $long);
$root->call('heartbeat_delete', $ann, $_) for $id, $each;
is(incidents($id), 'resolved resolved', 'deleted, its incident is over');

# ---- pings come late, in any order, twice ----

$id = made();
ping($id, 'success');
my $began = $now;
later(100);
is(ping($id, 'success', heard => $began + 50), 200, 'a ping');
is(ping($id, 'success', heard => $began + 50), 200, 'the same again');
is(ping($id, 1, heard => $began + 40), 200, 'one that is older');
is(ping($id, 'start', heard => $began + 45), 200, 'and another');
is(state_of($id), 'up', 'older ones decide nothing');
is($root->value("select string_agg(what, ' ' order by at) from betterstack.heartbeat_ping where heartbeat_id = $id"),
    'success fail start success', 'the history is whole, each once');
my $shown = ($root->call('heartbeat_pings', $ann, $id, '{}'))[1]{data};
is_deeply([map { $_->{attributes}{duration_ms} } @$shown], [5000, undef, undef, undef], 'and knows how long it ran');
is(column($id, 'last_exit_code'), undef, 'the newest is what counts');
later(1);
is(incidents($id), '', 'no incident');

# An outage of Postgres: what waited comes in one by one.
ping($id, 'success');
$began = $now;
$now += 1800;
ping($id, $_->[0], heard => $began + $_->[1]) for [3, 600], ['start', 700], [0, 1200];
later(1);
is(state_of($id) . incidents($id), 'up', 'a failure that is over opens nothing');
$began = $now;
$now += 1800;
ping($id, 3, heard => $began + 600);
is(state_of($id), 'down', 'one that is not is shown');
later(1);
is(incidents($id), '', 'and settles first');
later(14);
is(incidents($id), 'open', 'then it is an incident');
later(10);
$began = $now;
$now += 60;
ping($id, 0, heard => $began);
later(1);
is(incidents($id), 'open', 'the end of one settles, too');
ping($id, 4, heard => $began + 1);
later(20);
is(incidents($id), 'open', 'and is none if it has failed again');
ping($id, 0);
later(1);
is(incidents($id), 'resolved', 'what comes at once ends it at once');

# Another hub, which could not reach Postgres alone, has heard it in time.
follows('missed', $id, 'resolved open', 'pass 4200' => 'down');
ping($id, 'start', heard => $now - 1000);
later(16);
is(state_of($id), 'running', 'it was not missed after all');
is(incidents($id), 'resolved resolved', 'it is over');
ping($id, 'success', heard => $now - 900);
follows('missed', $id, 'resolved resolved open', 'pass 4200' => 'down');
ping($id, 'success', heard => $now - 4500);
later(16);
is(state_of($id), 'down', 'one that was heard too long ago changes nothing');
is(incidents($id), 'resolved resolved open', 'it is the same incident');
ping($id, 'success');
later(16);
ping($id, 'success', heard => $now + 40);
is(column($id, "last_ping_at = " . at()), 't', 'a hub whose clock is ahead: not after now');
later(10);
ping($id, 1);
is(state_of($id), 'down', 'what comes then is newer');
ping($id, 0);

# One that waited for its turn while a newer one was stored.
$id = made();
{
    my ($first, $second) = map { $db->session } 1, 2;
    my $digest = column($id, 'token_digest');
    $first->rows('begin');
    $first->rows("select from betterstack.heartbeat where id = $id for update");
    my $ping = sub { "select status from api.heartbeat_ping('$digest', '$_[0]', null, null, null, $_[1])" };
    my $heard = $root->value('select clock_timestamp()');
    $second->pid;
    $second->start($ping->('start', quote($heard)));
    $second->wait_blocked($root);
    $first->rows($ping->('success', 'clock_timestamp()'));
    $first->rows('commit');
    $second->finish;
    is(column($id, 'last_ping') . ' ' . state_of($id), 'success up', 'the newer one counts, though the other had to wait');
    $root->call('heartbeat_delete', $ann, $id);
}

# One that was heard before what is waited for began.
$id = made(period => 600, grace => 60);
ping($id, 'success');
put($id, paused => JSON::PP::true);
later(7200);
put($id, paused => JSON::PP::false);
ping($id, 'success', heard => $now - 3600);
later(1);
is(state_of($id), 'up', 'a ping from before it was resumed is heard');
later(598);
is(state_of($id) . incidents($id), 'up', 'and it is waited for from then on');
later(60);
is(state_of($id), 'late', 'its whole period');
$root->call('heartbeat_delete', $ann, $id);

# ---- the hub was away ----

$id = made(period => 86400, grace => 600);
ping($id, 'success');
$began = $now;
later(86400 - 300);
away(1800);
is(state_of($id), 'late', 'while we may not have heard it');
later(119);
is(state_of($id) . incidents($id), 'late', 'silence means nothing');
later(1);
is(state_of($id) . incidents($id), 'pending', 'what we may have missed is not missed');
is(column($id, 'expected_at = ' . at($began + 86400 - 300 + 1800 + 86400)), 't', 'and expected when it is due again');
follows('then it is missed', $id, 'open', 'pass 86900' => 'down');
ping($id, 'success');
later(16);
follows('an absence that was before does not count', $id, 'resolved open', 'pass 40000; away 1800' => 'up', 'pass 44600' => 'late',
    'pass 600' => 'down');
ping($id, 'success');
follows('nor a short one', $id, 'resolved resolved open', 'pass 86400; away 50; pass 550' => 'down');
$id = made(max_runtime => 600);
follows('a run whose end we may have missed', $id, '', 'ping start; pass 300; away 120; pass 179' => 'running',
    'pass 1' => 'pending');
$id = made(period => 30, grace => 3600);
follows('a grace longer than the period ends, too', $id, 'open', 'ping success; pass 10; away 100; pass 3525' => 'late',
    'pass 104' => 'late', 'pass 1' => 'down');
$id = made();
ping($id, 'success');
$now += 1800;
ping($id, 'success', heard => $now - 60);
away(0);
follows('pings that a hub could take while Postgres was away are heard', $id, '', 'pass 3400' => 'up');
ping($id, 'success');
$began = $now;
is(ping($id, 'success', heard => $now - 700), 200, 'older ones than the newest');
is(column($id, 'last_ping_at = ' . at($began)), 't', 'do not count');

# ---- the clock is set back ----

$id = made();
follows('the clock is set back', $id, '', 'ping success' => 'up', 'away -1800' => 'up', 'pass 60; ping start' => 'running',
    'pass 60; ping 0' => 'up');
is(column($id, 'last_ping_at = ' . at()), 't', 'what comes then is newer');
ping($id, 1);
later(1);
is(incidents($id), 'open', 'and failures count');
my $back = made();
follows('nothing is missed by it', $back, 'open', 'ping success; pass 3000; away -600' => 'up', 'pass 1200; pass 1' => 'late',
    'pass 600' => 'down');

$id = made();
ping($id, 'success');
away(10 * 86400);
away(-10 * 86400);
ping($id, 'success');
follows('a clock that went ahead for ten days and is back: no absence', $id, 'open', 'pass 3599' => 'up', 'pass 601' => 'down');
$root->call('heartbeat_delete', $ann, $id);

# ---- paused ----

$id = made();
ping($id, 1);
later(1);
put($id, paused => JSON::PP::true);
later(1);
is(state_of($id) . ' ' . incidents($id), 'paused resolved', 'paused, its incident is over');
follows('paused', $id, 'resolved', 'pass 86400' => 'paused', 'ping 1' => 'paused', 'pass 1' => 'paused', 'ping start' => 'paused');
is(column($id, 'last_ping'), 'start', 'pings are kept');
put($id, paused => JSON::PP::false);
follows('resumed it is waited for', $id, 'resolved open', 'pass 1' => 'pending', 'pass 3599' => 'late', 'pass 600' => 'down');
$id = made(paused => JSON::PP::true);
put($id, paused => JSON::PP::false);
follows('what never called is not, resumed either', $id, '', 'pass 864000' => 'pending');

# ---- other settings ----

$id = made(period => 86400);
follows('a schedule', $id, '', 'ping success; pass 50000' => 'up');
put($id, period => 3600);
follows('a closer one counts from now', $id, 'open', 'pass 3599' => 'pending', 'pass 601' => 'down');
ping($id, 'success');
later(1);
put($id, period => 7200);
is($root->value("select extract(epoch from expected_at - last_ping_at)::integer from betterstack.heartbeat where id = $id"),
    7200, 'a wider one counts from the last ping');
put($id, name => 'Other');
is(state_of($id), 'up', 'a name changes nothing');
$id = made();
ping($id, 3);
later(1);
later(7200);
put($id, grace => 60);
later(1);
is(state_of($id) . ' ' . incidents($id), 'down open', 'what has failed has failed by any schedule');
$root->call('heartbeat_delete', $ann, $id);

# ---- maintenance ----

sub window { $root->rows("select core.heartbeat_maintenance($_[0], $_[1], " . at() . ')') }
$id = made();
ping($id, 'success');
ping($id, 5);
later(1);
window($id, 'true');
later(0);
is(state_of($id) . ' ' . incidents($id), 'maintenance open', 'in maintenance its incident stays open');
follows('in maintenance', $id, 'open', 'ping 1' => 'maintenance', 'pass 86400' => 'maintenance', 'ping 2' => 'maintenance');
window($id, 'false');
window($id, 'false');
follows('afterwards it is still wrong', $id, 'open', 'pass 0' => 'down', 'pass 4200' => 'down');
is(timeline($id), 'opened confirmed maintenance_began maintenance_ended', 'and nothing is told twice');
follows('until a success', $id, 'resolved', 'ping success; pass 1' => 'up');
ping($id, 1);
later(1);
window($id, 'true');
follows('a success meanwhile', $id, 'resolved open', 'pass 0; ping success; pass 1' => 'maintenance');
window($id, 'false');
follows('is believed afterwards', $id, 'resolved resolved', 'pass 0' => 'up');
window($id, 'true');
follows('a failure meanwhile', $id, 'resolved resolved', 'pass 0; ping 1; pass 1' => 'maintenance');
window($id, 'false');
follows('is forgotten: it is waited for anew', $id, 'resolved resolved open', 'pass 0' => 'pending', 'pass 4200' => 'down');
window($id, 'true');
$root->call('heartbeat_update', $ann, $id, '{}', '{"paused":true}');
follows('paused in it', $id, 'resolved resolved resolved', 'pass 0' => 'paused');
$root->call('heartbeat_update', $ann, $id, '{}', '{"paused":false}');
window($id, 'false');
follows('waited for anew', $id, 'resolved resolved resolved open', 'pass 0' => 'pending', 'pass 4200' => 'down');
$id = made();
ping($id, 'success');
later(1);
window($id, 'true');
follows('nothing was due meanwhile', $id, '', 'pass 7200' => 'maintenance');
window($id, 'false');
follows('but afterwards', $id, 'open', 'pass 0' => 'up', 'pass 3600' => 'late', 'pass 600' => 'down');
clock('2031-06-03', '10:00');   # Tuesday
later(0);
$id = made();
put($id, maintenance_from => '13:00:00', maintenance_to => '14:00:00', maintenance_timezone => 'Berlin',
    maintenance_days => ['tue', 'wed']);
ping($id, 'success');
follows('each day', $id, '', 'pass 3599' => 'up', 'pass 1' => 'maintenance', 'pass 3599' => 'maintenance', 'pass 1' => 'up',
    'ping success; pass 82800' => 'maintenance', 'pass 1800' => 'maintenance');
is(($root->call('heartbeat_get', $ann, $id, '{}'))[1]{data}{attributes}{maintenance_until}, '2031-06-04T12:00:00.000Z',
    'and until when');
put($id, maintenance_from => undef, maintenance_to => undef);
later(0);
is(state_of($id), 'up', 'no more when it has none');
is(($root->call('heartbeat_get', $ann, $id, '{}'))[1]{data}{attributes}{maintenance_until}, undef, 'nor until when');
my ($from, $to) = map { $root->value('select core.iso(' . at($now + $_) . ')') } 600, 1200;
$root->rows('select core.maintenance_window_create((select min(id) from betterstack.team), ' . quote($json->encode({
    name => 'Move', starts_at => $from, ends_at => $to, heartbeat_ids => [$id]})) . ', ' . at() . ')');
follows('in a window', $id, '', 'ping success; pass 601' => 'maintenance', 'pass 500; ping 1' => 'maintenance',
    'pass 100' => 'pending');

# ---- at once ----

$id = made();
my @sessions = map { $db->session } 1, 2;
ping($id, 'success');
later(3600);
$now += 600;
$root->rows('update betterstack.heartbeat_watch set last_at = ' . at());
$sessions[0]->rows('begin');
is($sessions[0]->value('select core.heartbeat_sweep(' . at() . ')') > 0, 1, 'one sweep');
$sessions[1]->rows('begin');
$sessions[1]->rows("set local lock_timeout = '10s'");
# The row that notes the look is the only thing that they wait for.
$sessions[1]->pid;
$sessions[1]->start('select core.heartbeat_sweep(' . at() . ')');
$sessions[1]->wait_blocked($root);
$sessions[0]->rows('commit');
is(($sessions[1]->finish)[0][0][0], 0, 'another at the same time has nothing to do');
$sessions[1]->rows('commit');
is(incidents($id), 'open', 'missed once');
later(0);
is(timeline($id), 'opened confirmed', 'and told once');
$sessions[0]->rows('begin');
$sessions[0]->rows(ping_sql($id, 'success'));
is(scalar(grep { ($_->[1] // '') =~ /"id":"$id"/ } @{later(1)}), 0, 'a sweep does not wait for a ping');
$sessions[1]->start(ping_sql($id, 1));
$sessions[1]->wait_blocked($root);
$sessions[0]->rows('commit');
$sessions[1]->finish;
later(1);
is(timeline($id), 'opened confirmed failed_again', 'pings take turns');

# ---- live events ----

$id = made();
is($json->decode($root->rows(ping_sql($id, 'success'))->[0][2])->{id}, $id, 'a ping that changes it is told');
later(5);
is($root->rows(ping_sql($id, 'success'))->[0][2], undef, 'others only to who looks');
my @events = map { $json->decode($_->[1]) } @{later(4200)};
is_deeply([sort map { "$_->{type} $_->{action}" } grep { $_->{id} eq ($_->{type} eq 'incident' ? column($id, 'incident_id') : $id) }
    @events], ['heartbeat changed', 'incident confirmed', 'incident opened'], 'what the sweep finds is told') or diag explain \@events;

# ---- bounds ----

$id = made();
$root->rows("insert into betterstack.heartbeat_ping select $id, " . at() . " - n * interval '1 minute', 'success'
    from generate_series(1, 1099) n");
$root->rows("update betterstack.heartbeat set pings_count = 1099 where id = $id");
ping($id, 'success');
is(column($id, 'pings_count'), 1000, 'the newest thousand are kept');
is($root->value("select count(*) from betterstack.heartbeat_ping where heartbeat_id = $id"), 1000, 'indeed');
$root->rows("update betterstack.heartbeat_ping set at = at - interval '100 days'
    where heartbeat_id = $id and at < " . at() . " - interval '5 minutes'");
$root->rows('select core.heartbeat_pings_expire(' . at() . ')') for 1, 2;
is($root->value("select count(*) from betterstack.heartbeat_ping where heartbeat_id = $id"), 5, 'and for ninety days');
$root->rows("create or replace function core.heartbeats_max() returns integer language sql immutable
    as \$\$ select (count(*)::integer) from betterstack.heartbeat \$\$");
my ($status, $body) = $root->call('heartbeat_create', $ann, '{}', '{"name":"x","period":60,"grace":0}');
is($status, 422, 'a team has so many');
like($body->{errors}{name}[0], qr/^cannot be added: a team has at most \d+ heartbeats; delete some first$/, 'told so');

# ---- hostile ----

is($root->value("select status from api.heartbeat_ping('\\x00', 'success', null, null, null, now())"), 404, 'nobody\'s');
my $digest = column($id, 'token_digest');
for my $ping ("null, null, null, null, now()", "'stop', null, null, null, now()", "'success', null, null, null, 'infinity'",
    "'success', null, null, null, '-infinity'") {
    is($root->value("select status from api.heartbeat_ping('$digest', $ping)"), 400, "refused: $ping");
}
for my $text ("'; drop table incident; --", '<img src=x onerror=alert(1)>', '{host} %s \\', "\x{1f600}" x 4000, "\x7f\x1b[31m") {
    $id = $root->value("select min(id) from betterstack.heartbeat");
    put($id, name => substr($text, 0, 100)) if $text !~ /[\x00-\x1f\x7f]/;
    ping($id, 1, output => $text);
    later(1);
    my $incident = column($id, 'incident_id');
    is(($root->call($_->[0], $ann, @{$_->[1]}))[0], 200, "$_->[0] shows it")
        for ['incident_get', [$incident]], ['incident_timeline', [$incident]], ['heartbeat_pings', [$id, '{}']],
            ['heartbeat_get', [$id, '{"_url":"javascript:alert(1)"}']];
    ping($id, 0);
    later(1);
}

done_testing;
