use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use BetterStack::Postgres;

# Incidents, transition by transition, with a clock of its own; and what people do about them.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');     # administrator, being the first
my $bob = $root->person('bob');
my $start = int time;

sub iso { return strftime('%Y-%m-%dT%H:%M:%S', gmtime($start + $_[0])) . '.' . ($_[1] // '000') . 'Z' }
sub at { return "timestamptz '" . iso($_[0]) . "'" }
sub json { return BetterStack::Postgres::quote(JSON::PP->new->canonical->encode($_[0])) . '::jsonb' }
sub id_or_null { return $_[0] // 'null' }
sub seen {
    my ($region, %more) = @_;
    return {region => $region, reason => 'status_unexpected', text => 'Expected status 2xx, got 503',
        http_status => 503, address => '192.0.2.1', checked_at => iso(-1), %more};
}
sub detection {
    my (%more) = @_;
    return {slot => iso(-2), checked_at => iso(-2, 250),
        reported_at => iso(-1), suspected_at => iso(-1),
        reason => 'status_unexpected', regions => [seen('r1')], %more};
}
sub begin {
    my ($monitor, $kind, $second, $confirmed, $detection) = @_;
    return $root->value(sprintf 'select core.incident_begin(%s, %s, %s, %s, %s)', id_or_null($monitor),
        BetterStack::Postgres::quote($kind), at($second), $confirmed ? 'true' : 'false',
        json($detection // detection()));
}
sub confirm { $root->rows(sprintf 'select core.incident_confirm(%s, %s, %s, %s)', $_[0], id_or_null($_[1]), at($_[2]),
    json($_[3] // detection(regions => [seen('r1'), seen('r2')]))) }
sub remark { $root->rows(sprintf "select core.incident_note(%s, %s, %s, '%s', %s)", $_[0], id_or_null($_[1]), at($_[2]),
    $_[3], json($_[4] // {})) }
sub end_it { $root->rows(sprintf "select core.incident_end(%s, %s, %s, '%s')", $_[0], id_or_null($_[1]), at($_[2]),
    $_[3] // 'recovered') }
sub again { $root->rows(sprintf 'select core.incident_again(%s, %s, %s)', $_[0], $_[1], at($_[2])) }
sub incident { return ($hub->call('incident_get', $_[1] // $ann, $_[0]))[1]{data}{attributes} }
sub states { return join ' ', @{incident($_[0])}{qw(status state)} }
sub happened {
    my ($id) = @_;
    return [map { $_->{attributes}{what} } reverse @{($hub->call('incident_timeline', $ann, $id))[1]{data}}];
}
sub act { my ($what, $id, $body, $who) = @_;
    return $hub->call("incident_$what", $who // $ann, $id, $body // '{}') }
my $port = 1000;
sub fresh { return $root->monitor($ann, url => 'http://192.0.2.' . ($port % 250) . ':' . ++$port . '/', @_) }

subtest 'unconfirmed, confirmed, over' => sub {
    my $m = fresh(pronounceable_name => 'Shop');
    my $id = begin($m, 'failure', 0, 0);
    is(states($id), 'Unconfirmed unconfirmed', 'a suspicion that has to last first');
    is(begin($m, 'failure', 1, 0), $id, 'begun twice it is the same');
    confirm($id, $m, 30);
    is(states($id), 'Started started', 'confirmed');
    my $i = incident($id);
    is($i->{name}, 'Shop', 'named after its monitor');
    is($i->{cause}, 'Expected status 2xx, got 503, seen from r1 and r2', 'the cause in words, as confirmed');
    is_deeply($i->{regions}, ['r1', 'r2'], 'the regions that saw it');
    is($i->{started_at}, iso(-1), 'it began with the suspicion');
    is_deeply($i->{detection}, {slot => iso(-2), checked_at => iso(-2, 250),
        reported_at => iso(-1), suspected_at => iso(-1),
        confirmed_at => iso(30), first_alert_at => undef, latency_ms => 32000,
        alert_latency_ms => undef}, 'how long finding out took');
    is_deeply([map { "$_->{monitor_id} $_->{region} $_->{reason} $_->{http_status}" } @{$i->{evidence}}],
        ["$m r1 status_unexpected 503", "$m r2 status_unexpected 503"], 'evidence of each region');
    remark($id, $m, 40, 'recovering');
    again($id, $m, 41);
    end_it($id, $m, 60);
    is(states($id), 'Resolved resolved', 'resolved');
    $i = incident($id);
    is($i->{resolved_at}, iso(60), 'when it ended');
    is($i->{resolved_by}, undef, 'by nobody');
    end_it($id, $m, 70);
    is(incident($id)->{resolved_at}, iso(60), 'ended twice it ended once');
    is_deeply(happened($id), [qw(opened confirmed recovering failed_again resolved)], 'all of it in order');
};

subtest 'confirmed at once; a false alarm' => sub {
    my $m = fresh();
    my $id = begin($m, 'failure', 0, 1);
    is(states($id), 'Started started', 'confirmed at once');
    is_deeply(happened($id), [qw(opened confirmed)], 'both are told');
    end_it($id, $m, 5);
    my $next = begin($m, 'failure', 10, 0);
    isnt($next, $id, 'a later failure is another incident');
    end_it($next, $m, 20, 'false_alarm');
    is(states($next), 'Resolved false_alarm', 'a false alarm');
    is_deeply(happened($next), [qw(opened false_alarm)], 'told as one');
};

subtest 'acknowledge, resolve, reopen' => sub {
    my $m = fresh();
    my $id = begin($m, 'failure', 0, 1);
    my ($status, $body, $team, $event) = act('acknowledge', $id, '{"acknowledged_by":"Ann from the phone"}');
    is($status, 200, 'acknowledged');
    is($body->{data}{attributes}{acknowledged_by}, 'Ann from the phone', 'by the name that was given');
    is($body->{data}{attributes}{status}, 'Acknowledged', 'and says so');
    is_deeply($event, {type => 'incident', action => 'acknowledged', id => "$id"}, 'told to dashboards');
    ($status, $body) = act('acknowledge', $id);
    is($status, 409, 'twice is a conflict');
    like($body->{errors}, qr/already been acknowledged/, 'in words');
    is((act('reopen', $id))[0], 409, 'what is open cannot be reopened');

    ($status, $body) = act('resolve', $id);
    is($status, 200, 'resolved by hand');
    is($body->{data}{attributes}{resolved_by}, 'ann', 'by the caller');
    is($body->{data}{attributes}{monitors}[0]{ended_at}, undef, 'its monitor still fails');
    is((act('resolve', $id))[0], 409, 'twice is a conflict');
    is((act('acknowledge', $id))[0], 409, 'what is resolved is not acknowledged');

    ($status, $body) = act('reopen', $id);
    is($status, 200, 'reopened');
    is($body->{data}{attributes}{status}, 'Started', 'as it began');
    is($body->{data}{attributes}{resolved_at}, undef, 'not resolved any more');
    end_it($id, $m, 100);
    is(states($id), 'Resolved resolved', 'and ends with its monitor');
    is_deeply(happened($id), [qw(opened confirmed acknowledged resolved reopened resolved)], 'all in order')
        or diag explain happened($id);
};

subtest 'the machine after a person' => sub {
    my $m = fresh();
    my $id = begin($m, 'failure', 0, 0);
    act('resolve', $id);
    confirm($id, $m, 30);
    is(states($id), 'Started started', 'what is confirmed after somebody resolved the suspicion is open again');
    act('resolve', $id);
    end_it($id, $m, 40);
    my $i = incident($id);
    is($i->{resolved_by}, 'ann', 'a monitor that recovers later does not resolve again');
    is($i->{monitors}[0]{ended_at}, iso(40), 'but has its own end');

    my $other = begin($m, 'failure', 50, 1);
    act('resolve', $other);
    my $new = begin($m, 'failure', 60, 1);
    isnt($new, $other, 'a failure that begins anew after somebody resolved is another incident');
    ok(defined incident($other)->{monitors}[0]{ended_at}, 'its part in the old one has ended');
    is(($hub->call('incident_delete', $ann, $new))[0], 204, 'deleted');
    confirm($new, $m, 70);
    remark($new, $m, 71, 'recovering');
    again($new, $m, 72);
    end_it($new, $m, 73);
    is(($hub->call('incident_get', $ann, $new))[0], 404, 'what is told of a deleted incident is no error');
};

subtest 'validating' => sub {
    my $m = fresh();
    my $id = begin($m, 'failure', 0, 1);
    $root->rows("update betterstack.monitor_state set status = 6 where monitor_id = $m");
    is(states($id), 'Validating validating', 'while the monitor is recovering');
    $root->rows("update betterstack.monitor_state set status = 3 where monitor_id = $m");
    is(states($id), 'Started started', 'no more when it fails again');
    end_it($id, $m, 9);
};

subtest 'paused and deleted monitors leave' => sub {
    my ($a, $b) = (fresh(), fresh());
    my ($one, $two) = (begin($a, 'failure', 0, 1), begin($b, 'failure', 0, 1));
    my $soon = begin($a, 'certificate_expiry', 0, 1, {expires_at => '2026-03-05T00:00:00Z'});
    isnt($soon, $one, 'another kind is another incident');
    is(($hub->call('monitor_update', $ann, $a, '{"paused":true}'))[0], 200, 'paused');
    is(states($_), 'Resolved resolved', 'resolved with it') for $one, $soon;
    is(($hub->call('monitor_delete', $ann, $b))[0], 204, 'deleted');
    is(states($two), 'Resolved resolved', 'resolved with it');
    my ($status, $body) = $hub->call('incident_get', $ann, $two);
    is_deeply($body->{included}, [], 'nothing is included any more');
    is($body->{data}{relationships}{monitor}{data}{id}, $b, 'but it is told which monitor it was');
    my ($item) = @{($hub->call('incident_timeline', $ann, $two))[1]{data}};
    like($item->{attributes}{data}{content}, qr/was deleted$/, 'and why it ended');
};

subtest 'of the installation' => sub {
    my $id = begin(undef, 'region_silent', 0, 1, {region => 'eu', regions => []});
    is(begin(undef, 'region_silent', 5, 1, {region => 'eu', regions => []}), $id, 'once for each region');
    isnt(my $other = begin(undef, 'region_silent', 5, 1, {region => 'us', regions => []}), $id, 'another region');
    for my $who ($ann, $bob) {
        is(incident($id, $who)->{name}, 'Region eu is silent', 'everybody sees it');
    }
    is(incident($id)->{team_name}, undef, 'it is of no team');
    is((act('acknowledge', $id, '{}', $bob))[0], 403, 'only administrators act on it');
    is(($hub->call('incident_delete', $bob, $id))[0], 403, 'or delete it');
    is(($hub->call('incident_comment_create', $bob, $id, '{"content":"x"}'))[0], 403, 'or comment');
    is((act('acknowledge', $id))[0], 200, 'they do');
    my ($status, $body) = $hub->call('incident_comment_create', $ann, $id, '{"content":"The line is cut"}');
    is($body->{data}{attributes}{user_email}, '', 'other teams do not learn addresses');
    end_it($id, undef, 60);
    end_it($other, undef, 60);
    is(states($id), 'Resolved resolved', 'over');
    my $quiet = begin(undef, 'scheduler_silent', 0, 1, {});
    is(incident($quiet)->{cause}, 'No hub schedules checks', 'in words');
    end_it($quiet, undef, 1);
    is(begin(999999, 'failure', 0, 1), undef, 'a monitor that is gone has none');
    $root->rows("select core.incident_$_") for 'end(null, 1, now(), null)', 'end(0, 1, now(), null)',
        'note(null, 1, now(), null, null)', 'again(0, 1, now())', "confirm(0, 1, now(), null)";
    pass('no incident is no error');
};

subtest 'heartbeats' => sub {
    my $team = $root->value('select min(id) from betterstack.team');
    my $facts = {heartbeat_id => 7, team_id => $team, name => 'Backup', text => 'No heartbeat for 2 hours'};
    my $id = begin(undef, 'heartbeat', 0, 1, $facts);
    is(begin(undef, 'heartbeat', 9, 1, $facts), $id, 'one for each heartbeat');
    my ($status, $body) = $hub->call('incident_get', $ann, $id);
    is($body->{data}{attributes}{name}, 'Backup', 'named after it');
    is($body->{data}{attributes}{cause}, 'No heartbeat for 2 hours', 'with its cause');
    is_deeply($body->{data}{relationships}, {heartbeat => {data => {id => '7', type => 'heartbeat'}}}, 'related');
    is(($hub->call('incident_get', $bob, $id))[0], 404, 'of its team');
    is(scalar @{($hub->call('incident_list', $ann, '{"heartbeat_id":"7"}'))[1]{data}}, 1, 'found by it');
    end_it($id, undef, 10);
    is(states($id), 'Resolved resolved', 'over');
};

subtest 'bounded' => sub {
    my $m = fresh();
    my $id = begin($m, 'failure', 0, 1);
    $root->rows("select core.incident_note($id, $m, " . at(1) . " + n * interval '1 second', 'flapping', '{}')
        from generate_series(1, 1100) n");
    act('acknowledge', $id);
    end_it($id, $m, 5000);
    my $items = ($hub->call('incident_timeline', $ann, $id))[1]{data};
    is(scalar @$items, 501, 'the newest of a long timeline');
    is_deeply([map { $_->{attributes}{what} } grep { $_->{attributes}{what} ne 'flapping' } @$items],
        [qw(resolved acknowledged confirmed opened truncated)],
        'what people did, and the end, are not left out');
    is($items->[-1]{attributes}{item_type}, 'timeline_truncated', 'what is left out is told');
    is($items->[-1]{attributes}{data}{title}, 'Skipping 604 timeline events', 'and how much');
    is($root->value("select count(*) from betterstack.incident_entry where incident_id = $id"), 1002, 'and not stored');

    my @seen = map { seen("region-$_", evidence => JSON::PP->new->encode({body => 'x' x 3000})) } 1 .. 30;
    $id = begin($m, 'failure', 6000, 1, detection(regions => \@seen));
    is(scalar @{incident($id)->{evidence}}, 16, 'of so many regions');
    is(length incident($id)->{response_content}, 500, 'the beginning of the answer');
    end_it($id, $m, 6001);
    $id = begin($m, 'failure', 7000, 1, detection(regions => [seen('r1', evidence => 'y' x 9000)]));
    is(incident($id)->{evidence}[0]{evidence}, undef, 'evidence without bounds is not kept');
    end_it($id, $m, 7001);
};

# What came from agents and targets is text, whatever is in it.
subtest 'hostile' => sub {
    my $m = fresh(pronounceable_name => q{<script>alert("x")</script> ' \\ {host}});
    my @bodies = ('"]}', "a\\u0000b", '\\ud800', "'; drop table incident; --", '<img src=x onerror=1>', 'é€😀' x 200);
    my $n = 0;
    for my $body (@bodies) {
        my $evidence = $n < 3 ? qq({"body":"$body"}) : JSON::PP->new->encode({body => $body});
        my $id = begin($m, 'failure', 10 * ++$n, 1, detection(text => $body, regions => [
            seen("r$n", text => qq(Got "$body" & more), evidence => $evidence, address => "<$body>")]));
        my ($status, $answer) = $hub->call('incident_get', $ann, $id);
        is($status, 200, "body $n is shown");
        like($answer->{data}{attributes}{cause}, qr/^Got /, 'with its cause');
        cmp_ok(length($answer->{data}{attributes}{response_content} // ''), '<=', 500, 'bounded');
        is(($hub->call('incident_timeline', $ann, $id))[0], 200, 'and its timeline');
        end_it($id, $m, 10 * $n + 1);
    }
    for my $odd (undef, 1, [], 'text', {regions => 'none'}, {regions => [1, 'two', [], undef, {}]},
        {slot => 'never', suspected_at => {}, expires_at => [], reason => {}, regions => {}},
        {reason => 99999, regions => [{reason => -1, region => {}, http_status => 'abc', evidence => {}}]}) {
        my $id = begin($m, 'failure', 10 * ++$n, 1, $odd);
        is(($hub->call('incident_get', $ann, $id))[0], 200, 'odd facts ' . JSON::PP->new->allow_nonref->encode($odd));
        end_it($id, $m, 10 * $n + 1);
    }
};

subtest 'live events' => sub {
    my ($a, $b) = (fresh(), fresh());
    my $rows = $root->rows(sprintf q{begin;
        create temp table made as select core.incident_begin(%1$d, 'failure', %3$s, true, '{}') as id
            union all select core.incident_begin(%2$d, 'failure', %3$s, false, '{}');
        create temp table news as select row_number() over () as n, e.* from core.incident_news() e;
        create temp table later as select * from core.incident_news();
        commit; select team_id, event from news order by n}, $a, $b, at(0));
    is_deeply([map { my $e = decode_json($_->[1]); "$e->{action} " . ($_->[0] // 'null') }
        grep { ($_->[1] // '') ne '' } @$rows], ['opened 1', 'confirmed 1', 'opened 1'], 'each once, to its team')
        or diag explain $rows;
    is($root->value('select count(*) from later'), 0, 'and taken once');
};

done_testing;
