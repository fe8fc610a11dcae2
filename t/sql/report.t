use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# Ticks come in: stored once, the bad ones counted, the newest shown, live events.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my $bob = $root->person('bob');
my $a = $root->region($ann, 'local-a');
my $b = $root->region($ann, 'local-b');
my $one = $root->monitor($ann);
my $two = $root->monitor($bob, url => 'http://b.example/', regions => ['local-a']);
my $now = int(time) * 1000;
my ($status, $stored, $refused, $events);

sub ticks { return ($hub->call('monitor_ticks', $_[0], $_[1], encode_json($_[2] // {})))[1]{data}{attributes} }
sub count { return $root->value('select count(*) from betterstack.tick') }

# Once.
my $tick = {monitor => $one, slot => $now - 1000};
($status, $stored, $refused, $events) = $hub->report($a, $tick, {%$tick, slot => $now - 2000}, $tick);
is_deeply([$status, $stored, $refused], [200, 2, 0], 'a slot twice in one batch is stored once');
($status, $stored, $refused, $events) = $hub->report($a, $tick, {%$tick, slot => $now});
is_deeply([$status, $stored, $refused], [200, 1, 0], 'a slot that came before is not stored again');
($status, $stored, $refused, $events) = $hub->report($a, $tick);
is_deeply([$stored, $refused, $events], [0, 0, {}], 'and makes no event');
is(($hub->report($b, $tick))[1], 1, 'another region has slots of its own');
is(count(), 4, 'so many are there');

# A batch of good and bad: the bad are counted, the good stored.
my @bad = (
    {monitor => 999999, slot => $now}, {monitor => undef, slot => $now}, {monitor => -1, slot => $now},
    {monitor => $one, slot => $now + 900_000}, {monitor => $one, slot => $now - 9 * 86_400_000},
    (map { {monitor => $one, slot => $_, checked_at => $now} } '9223372036854775807', '-9223372036854775807'),
    {monitor => $one, slot => $now, checked_at => '9223372036854775807'},
    {monitor => $one, slot => $now, status => 4}, {monitor => $one, slot => $now, status => -1},
    {monitor => $one, slot => $now, status => undef}, {monitor => $one, slot => $now, reason => -5},
    {monitor => $one, slot => $now, http_status => 1000},
    {monitor => $one, slot => $now, status => 3, reason => 60},
);
($status, $stored, $refused) = $hub->report($a, @bad, {monitor => $one, slot => $now + 1});
is_deeply([$status, $stored, $refused], [200, 1, scalar @bad], 'bad ticks are counted, the good one is stored');
is(($hub->report($b, {monitor => $two, slot => $now}))[2], 1, 'a region that does not watch the monitor is refused');

# Late and early clocks.
$hub->report($a, {monitor => $one, slot => $now - 500, checked_at => $now - 86_400_000 * 30},
    {monitor => $one, slot => $now - 400, checked_at => $now + 86_400_000 * 60});
is($root->value("select count(*) from betterstack.tick where lateness_ms in (-2147483647, 2147483647)"), 2,
    'absurd clocks are cut, not refused');

# Two agents had the same job, one of them too late: what was measured is kept, whichever comes first.
my %unknown = (monitor => $one, status => 0, reason => 65, http_status => 0, total => -1);
for my $both ([[\%unknown], [{monitor => $one}]], [[{monitor => $one}], [\%unknown]],
    [[\%unknown, {monitor => $one}]], [[{monitor => $one}, \%unknown]]) {
    $root->rows('truncate betterstack.tick; delete from betterstack.region_state');
    my $sum = 0;
    $sum += ($hub->report($a, map { {%$_, slot => $now} } @$_))[1] for @$both;
    is($root->value('select array_agg(status) from betterstack.tick'), '{1}', 'the measured result is stored');
    is($root->value('select array_agg(status) from betterstack.region_state'), '{1}', 'and shown');
    is($sum, $both->[0][0]{reason} && @$both == 2 ? 2 : 1, 'both were new only if the unknown one came alone and first');
}

# A region that had left the monitor looks at it again, and its agent repeats what it had said before.
$root->rows('truncate betterstack.tick; delete from betterstack.region_state');
$hub->report($a, map { {monitor => $one, slot => $now - $_} } 4000, 3000, 2000);
$root->rows('delete from betterstack.region_state');
is(($hub->report($a, {monitor => $one, slot => $now - $_}))[1], 0, "what is $_ ms old is known") for 4000, 3000, 2000;
is(($hub->report($a, {monitor => $one, slot => $now}))[1], 1, 'what is new is not');
is(count(), 4, 'none is there twice');

# What is read back.
$root->rows('truncate betterstack.tick; delete from betterstack.region_state');
my %full = (monitor => $one, slot => $now, checked_at => $now + 7, status => 3, reason => 40, attempts => 2,
    http_status => 503, address => '::1', dns => 1, connect => 2, tls => 3, first_byte => 4, total => 10,
    evidence => '{"body":"ü \u0000"}', flags => 3, expires_at => 1_900_000_000);
$hub->report($a, \%full, {%full, slot => $now - 10_000, checked_at => $now - 9_990, status => 0, reason => 60, http_status => 0,
    flags => 2, expires_at => 0, address => undef, map({ $_ => -1 } qw(dns connect tls first_byte total)), evidence => undef});
my $attributes = ticks($ann, $one, {evidence => 'true'});
ok(!$attributes->{truncated}, 'all of it');
is_deeply($attributes->{regions}, [{
    region => 'local-a', slot => [$now - 10_000, $now], checked_at => [$now - 9_990, $now + 7],
    status => ['unknown', 'down'], reason => ['agent_uplink_down', 'status_unexpected'],
    text => ['Not measured: the agent had no network', 'Expected status 2xx, got 503'],
    http_status => [undef, 503], address => [undef, '::1'], attempts => [2, 2],
    lagged => [JSON::PP::false, JSON::PP::true], dns => [undef, 1],
    connect => [undef, 2], tls => [undef, 3], first_byte => [undef, 4], total => [undef, 10],
    evidence => [undef, {body => "ü \0"}]}], 'columns, oldest first, null for what was not');
ok(!exists ticks($ann, $one)->{regions}[0]{evidence}, 'evidence only when asked for');
my $state = ($hub->call('monitor_get', $ann, $one))[1]{data}{attributes}{region_states};
like(delete $state->[0]{$_}, qr/Z$/, $_) for qw(checked_at slot);
is(delete $state->[0]{expires_at}, '2030-03-17T17:46:40.000Z', 'the end of the certificate');
is_deeply($state, [{region => 'local-a', status => 'down', failure_reason => 'status_unexpected',
    failure_text => 'Expected status 2xx, got 503', http_status => 503, address => '::1', response_time => 10}],
    'the newest is the region\'s state');

# The end of a certificate or a domain.
sub monitor_of { return ($hub->call('monitor_get', $ann, $_[0]))[1]{data}{attributes} }
sub ends { my $m = monitor_of($_[0]); return [@$m{qw(certificate_expires_at domain_expires_at)}] }
my $end = '2030-03-17T17:46:40.000Z';
is_deeply(ends($one), [$end, undef], 'of a monitor: what was seen last');
$hub->report($a, {%full, slot => $now + 1, reason => 10, expires_at => 0});
is_deeply([ends($one), monitor_of($one)->{region_states}[0]{expires_at}], [[$end, undef], $end],
    'a failure that saw none says nothing about it');
$hub->report($a, {monitor => $one, slot => $now + 2});
is_deeply(ends($one), [undef, undef], 'a success without one does');
$hub->report($a, {monitor => $one, slot => $now + 3, expires_at => 1_900_000_000});
my $domain = $root->monitor($ann, url => 'a.example', monitor_type => 'domain');
$hub->report($a, {monitor => $domain, slot => $now, expires_at => 1_900_000_000});
is_deeply([ends($one), ends($domain)], [[$end, undef], [undef, $end]], 'a domain\'s is its own');
is((($hub->call('monitor_list', $ann, '{}'))[1]{data}[-1]{attributes}{domain_expires_at}), $end, 'also in the list');
$hub->call('monitor_update', $ann, $domain, '{"url":"b.example"}');
is_deeply(ends($domain), [undef, undef], 'another address has another end');
$hub->report($a, {monitor => $domain, slot => $now + 1, status => 3, reason => 31});
is_deeply(ends($domain), [undef, undef], 'that nobody has seen yet');
is(($hub->report($a, {monitor => $one, slot => $now + 4, expires_at => 9_000_000_000_000_000_000}))[1], 1,
    'an absurd one does not cost the tick');
$hub->call('monitor_delete', $ann, $domain);

# Evidence that is no JSON is kept as text; it never costs the tick.
my @evidence = ('{', "\x{1F600}", '{"a":"\ud800"}', '[' x 4000, '{"redirects":["http://x/\u0000"]}', 'null', '0');
my $n = 0;
($status, $stored) = $hub->report($a, map { {%full, slot => $now + 10 + ++$n, evidence => $_} } @evidence);
is($stored, scalar @evidence, 'whatever the evidence is, the tick is stored');
is($root->value('select count(*) from betterstack.tick where evidence <> $$$$ and evidence::json is null'), 0,
    'and what is kept is JSON');
is(ref ticks($ann, $one, {evidence => 1})->{regions}[0]{evidence}, 'ARRAY', 'that can be read');
for my $kept ('{"a":"\\\\u0000"}', '{"a":"\u0000\\\\"}', '{"a":"\\\\\u0000"}') {
    is($root->value('select core.evidence_json(' . BetterStack::Postgres::quote($kept) . ')'), $kept, "kept as it is: $kept");
}
is($root->value(q(select core.evidence_json('"\ud83d\u0000\ude00"')) ), q("\"\\\\ud83d\\\\u0000\\\\ude00\""),
    'halves of a pair stay halves');

# Ranges.
$root->rows('truncate betterstack.tick');
$hub->report($a, map { {monitor => $one, slot => $now - $_ * 1000} } 0 .. 9);
$hub->report($b, map { {monitor => $one, slot => $now - 500 - $_ * 1000} } 0 .. 9);
sub slots { return join ' ', map { "$_->{region}:" . join ',', map { $_ - $now } @{$_->{slot}} } @{$_[0]{regions}} }
my $cut = ticks($ann, $one, {limit => 5});
is(slots($cut), 'local-a:-2000,-1000,0 local-b:-1500,-500', 'a limit keeps the newest of all regions together');
ok($cut->{truncated}, 'and says that there are more');
my $exact = ticks($ann, $one, {limit => 20});
ok(!$exact->{truncated}, 'but not when there are none');
is(slots(ticks($ann, $one, {region => 'local-b', from => $now - 2000, to => $now - 1000})),
    'local-b:-1500', 'one region between two moments');
is(slots(ticks($ann, $one, {region => 'mars'})), '', 'an unknown region has none');
my $iso = $root->value("select core.iso(core.from_ms($now - 1000))");
is(slots(ticks($ann, $one, {from => $iso, region => 'local-a'})), 'local-a:-1000,0', 'moments may be ISO 8601');
($status, my $body) = $hub->call('monitor_ticks', $ann, $one,
    '{"from":"yesterday","to":"2026-02-30","limit":"20001"}');
is_deeply($body->{errors}, {from => ['must be an ISO 8601 time, or milliseconds'],
    to => ['must be an ISO 8601 time, or milliseconds'], limit => ['must be between 1 and 20000']}, 'mistakes');
($status, $body) = $hub->call('monitor_ticks', $ann, $one, '{"from":"2026-11-02","to":"2026-11-01"}');
is_deeply($body->{errors}, {from => ['must not be later than to']}, 'in either order');

# A target that redirects elsewhere each time makes every failure another kind: with a loop over
# the kinds for each tick this took minutes.
$root->rows("insert into betterstack.tick select core.from_ms($now - n * 1000), $one, 0, 0, 0, 0, 0, 0, 2, 0, 3, 1,
    1, '', '{\"redirects\":[\"http://h' || n || '.example/\"]}' from generate_series(100, 15099) n");
$hub->rows("set statement_timeout = '20s'");
my $kinds = ticks($ann, $one, {from => $now - 86_400_000, region => 'local-b', limit => 20_000})->{regions}[0];
is($kinds->{text}[0], 'The name h15099.example does not exist (NXDOMAIN)', 'many kinds of failures are read in time');
is_deeply([@$kinds{qw(slot reason)}], [[map({ $now - $_ * 1000 } reverse 100 .. 15_099),
    map { $now - 500 - $_ * 1000 } reverse 0 .. 9], [('dns_nxdomain') x 15_000, (undef) x 10]], 'in their order');
$hub->rows('set statement_timeout = 0');
$root->rows("delete from betterstack.tick where slot <= core.from_ms($now) - interval '100 seconds'");

# The documented shape of response times: seconds.
$body = ($hub->call('monitor_response_times', $ann, $one))[1];
is($body->{data}{type}, 'monitor_response_times', 'response times');
my $first = $body->{data}{attributes}{regions}[0]{response_times}[0];
like(delete $first->{at}, qr/Z$/, 'at');
is_deeply($first, {response_time => 0.0006, name_lookup_time => 0.0001, connection_time => 0.0002,
    tls_handshake_time => 0, data_transfer_time => 0.0003}, 'in seconds');

my %absurd = map { $_ => 2147483647 } qw(dns connect tls);
$hub->report($b, {monitor => $one, slot => $now + 1, %absurd, total => 0});
is(($hub->call('monitor_response_times', $ann, $one))[0], 200, 'whatever an agent has measured');

# Events: one a team, only for what is newest.
$root->rows('truncate betterstack.tick; delete from betterstack.region_state');
($status, $stored, $refused, $events) = $hub->report($a,
    {monitor => $one, slot => $now - 1000}, {monitor => $one, slot => $now}, {monitor => $two, slot => $now});
is_deeply([sort keys %$events], [1, 2], 'an event for each team');
my $event = $events->{1}[0];
is($event->{type}, 'ticks', 'of ticks');
is_deeply([map { $_->{id} } @{$event->{monitors}}], [$one], 'with its own monitors only');
my $news = $event->{monitors}[0];
is_deeply([sort keys %$news], [qw(failure_reason failure_text id last_checked_at maintenance_until
        phases region state status status_since suppressed_by)],
    'all that a dashboard shows');
is_deeply($news->{phases}, {dns => 100, connect => 200, tls => undef, first_byte => 300, total => 600}, 'phases');
is($news->{region}{slot}, $root->value("select core.iso(core.from_ms($now))"), 'of the newest tick');
is_deeply($news->{region}, ($hub->call('monitor_get', $ann, $one))[1]{data}{attributes}{region_states}[0],
    'the region is told as the API tells it');
is_deeply(($hub->report($a, {monitor => $one, slot => $now - 5000}))[3], {}, 'older ticks make no event');

my @many = map { $root->monitor($ann, url => "http://m/$_") } 1 .. 230;
($status, $stored, $refused, $events) = $hub->report($a, map { {monitor => $_, slot => $now} } @many);
is_deeply([map { scalar @{$_->{monitors}} } @{$events->{1}}], [100, 100, 30], 'at most 100 monitors an event');

# Deleted and paused monitors.
$hub->call('monitor_delete', $ann, $many[0]);
is(($hub->report($a, {monitor => $many[0], slot => $now + 1}))[2], 1, 'ticks of a deleted monitor are refused');
$hub->call('monitor_update', $ann, $many[1], '{"paused":true}');
is(($hub->report($a, {monitor => $many[1], slot => $now + 1}))[1], 1, 'those of a paused one are still stored');
is(($hub->call('monitor_get', $ann, $many[1]))[1]{data}{attributes}{status}, 'paused', 'but it stays paused');

# A missing partition is an error, so that the agent keeps its ticks.
my $day = $root->value("select core.tick_partition_name((now() at time zone 'UTC')::date - 5)");
$root->rows("drop table betterstack.$day");
like($hub->error($hub->report_sql($a, {monitor => $one, slot => $now},
    {monitor => $one, slot => $now - 5 * 86_400_000})), qr/^53000 /,
    'a missing partition raises, but not as if the ticks were at fault');
is(($hub->report($a, {monitor => $one, slot => $now + 1}))[1], 1, 'other days go on');

# None of it depends on how the session is set.
my $odd = $db->session('betterstack');
$odd->rows(q{set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL, DMY'; set intervalstyle = 'sql_standard';
    set bytea_output = 'escape'; set search_path = ''; set extra_float_digits = -15});
my %range = (from => $now - 60_000, to => $now + 60_000);
is_deeply(($odd->call('monitor_ticks', $ann, $one, encode_json(\%range)))[1],
    ($hub->call('monitor_ticks', $ann, $one, encode_json(\%range)))[1], 'the session\'s settings change nothing');
is(($odd->report($a, {monitor => $one, slot => $now + 3}))[1], 1, 'nor for reports');
is_deeply(($odd->call('monitor_get', $ann, $one))[1], ($hub->call('monitor_get', $ann, $one))[1], 'nor states');

done_testing;
