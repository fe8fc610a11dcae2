use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# Up or down: who is believed, and what a majority is.  And the words for it.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my %region = map { $_ => $root->region($ann, $_) } qw(r1 r2 r3 r4);
my $now = int(time) * 1000;
my $slot = 0;
my $id;

my %as = (up => [1, 0], degraded => [2, 45], down => [3, 10], unknown => [0, 60]);

# Reports one result of a region; later calls are later slots.
sub look {
    my ($name, $what, %more) = @_;
    $hub->report($region{$name}, {monitor => $id, slot => $now + ++$slot, status => $as{$what}[0],
        reason => $as{$what}[1], http_status => 0, %more});
    return state_of('status');
}

# For one region alone a moment must pass before its word is taken.
sub wait_alone {
    $root->rows("update betterstack.monitor_state set suspect_since = suspect_since - interval '5 s' where monitor_id = $id");
}
sub state_of { return ($hub->call('monitor_get', $ann, $id))[1]{data}{attributes}{$_[0]} }
sub fresh { $id = $root->monitor($ann, regions => [@_], check_frequency => 10) }

# A sequence of 'region result' and the verdict after each.
sub follows {
    my ($title, @steps) = @_;
    my (@got, @expected);
    while (my ($step, $verdict) = splice @steps, 0, 2) {
        wait_alone() if $step =~ s/ later//;
        push @got, "$step: " . look(split ' ', $step);
        push @expected, "$step: $verdict";
    }
    is_deeply(\@got, \@expected, $title);
}

fresh('r1');
follows('one region decides alone, when it sees it twice', 'r1 up' => 'up', 'r1 down' => 'suspect', 'r1 up' => 'up',
    'r1 down' => 'suspect', 'r1 down' => 'suspect', 'r1 later down' => 'down', 'r1 up' => 'up',
    'r1 degraded' => 'degraded', 'r1 down' => 'suspect', 'r1 later down' => 'down', 'r1 degraded' => 'degraded', 'r1 up' => 'up');
fresh('r1', 'r2', 'r3');
follows('degraded is what most say', 'r1 up' => 'up', 'r2 up' => 'up', 'r3 up' => 'up', 'r1 degraded' => 'up',
    'r2 degraded' => 'degraded', 'r3 down' => 'suspect', 'r3 up' => 'degraded', 'r1 up' => 'up');
fresh('r1');
follows('what is not measured decides nothing', 'r1 unknown' => 'pending', 'r1 down' => 'suspect', 'r1 later down' => 'down',
    'r1 unknown' => 'down', 'r1 up' => 'up', 'r1 unknown' => 'up');
fresh('r1', 'r2');
follows('of two regions both decide', 'r1 up' => 'up', 'r2 up' => 'up', 'r1 down' => 'suspect', 'r2 down' => 'down',
    'r1 up' => 'down', 'r2 up' => 'up');
fresh('r1', 'r2', 'r3');
follows('two of three decide', 'r1 up' => 'up', 'r2 up' => 'up', 'r3 up' => 'up', 'r1 down' => 'suspect',
    'r2 down' => 'down', 'r3 down' => 'down', 'r1 up' => 'down', 'r3 up' => 'up');
fresh('r1', 'r2', 'r3', 'r4');
follows('a blind region has no vote', 'r1 up' => 'up', 'r2 up' => 'up', 'r3 up' => 'up', 'r4 up' => 'up',
    'r1 down' => 'suspect', 'r3 unknown' => 'suspect', 'r2 down' => 'down', 'r3 up' => 'down', 'r2 degraded' => 'up');
fresh('r1', 'r2');
is(look('r1', 'up'), 'up', 'a region that no longer watches');
$hub->call('monitor_update', $ann, $id, '{"regions":["r2"]}');
is(look('r2', 'down'), 'suspect', 'has no vote:');
wait_alone();
is(look('r2', 'down'), 'down', 'the other decides alone');

# Stale results have no vote either: older than 3 intervals, but at least five minutes.
fresh('r1', 'r2');
$hub->report($region{r1}, {monitor => $id, slot => $now - 301_000});
is(state_of('status'), 'pending', 'a result of more than five minutes ago decides nothing');
$hub->report($region{r1}, {monitor => $id, slot => $now - 200_000});
is(state_of('status'), 'up', 'one of 200 s ago does, though three intervals are 30');
my $slow = $root->monitor($ann, check_frequency => 3600);
$hub->report($region{r1}, {monitor => $slow, slot => $now - 10_000_000});
is(($hub->call('monitor_get', $ann, $slow))[1]{data}{attributes}{status}, 'up', 'rare monitors are believed longer');

# Pausing, resuming and changing what is probed.
fresh('r1', 'r2');
look($_, 'down') for qw(r1 r2);
is(state_of('status'), 'down', 'down');
$hub->call('monitor_update', $ann, $id, '{"paused":true}');
is(look('r1', 'up'), 'paused', 'a paused monitor has no verdict');
$hub->call('monitor_update', $ann, $id, '{"paused":false}');
is(state_of('status'), 'pending', 'a resumed one waits for results');
is(state_of('failure_text'), undef, 'and has no words');
sub after { return (slot => 1000 * $root->value('select ceil(extract(epoch from clock_timestamp()))') + 1000 + ++$slot) }
is(look('r1', 'down', slot => $now - 10), 'pending', 'that are newer than the resumption');
is(look('r1', 'down', after()), 'suspect', 'these decide');
is(look('r2', 'down', after()), 'down', 'together');
$hub->call('monitor_update', $ann, $id, '{"url":"http://elsewhere/"}');
is(state_of('status'), 'down', 'a new address leaves the verdict until there are results');
$root->rows("update betterstack.monitor_state set believe_after = now() + interval '3 s' where monitor_id = $id");
is(look('r2', 'up', slot => after() + 60_000), 'up', 'old results do not count against the new address');

# Since when.
fresh('r1');
look('r1', 'up', slot => $now - 5000, checked_at => $now - 4990);
my $since = state_of('status_since');
is($since, $root->value("select core.iso(core.from_ms($now - 4990))"), 'a status begins when it was seen');
look('r1', 'up', slot => $now - 4000);
is(state_of('status_since'), $since, 'and lasts');
look('r1', 'down', slot => $now - 3000, checked_at => $now - 2000);
is(state_of('status_since'), $root->value("select core.iso(core.from_ms($now - 2000))"), 'until it changes');
look('r1', 'up', slot => $now - 2500, checked_at => $now + 86_400_000);
cmp_ok(state_of('status_since'), 'lt', $root->value("select core.iso(now() + interval '1 minute')"),
    'never in the future');

# Words.
fresh('r1', 'r2', 'r3');
look('r1', 'down', address => '127.0.0.1');
is(state_of('failure_reason'), 'connect_refused', 'the reason');
is(state_of('failure_text'), 'Connection refused by 127.0.0.1:8081, seen from r1', 'in words');
look('r2', 'down', address => '127.0.0.1');
is(state_of('failure_text'), 'Connection refused by 127.0.0.1:8081, seen from r1 and r2', 'from where');
look('r3', 'down', reason => 4);
is(state_of('failure_text'), 'Looking up 127.0.0.1 took too long, seen from r3', 'the newest reason');
look('r3', 'down', address => '127.0.0.1');
is(state_of('failure_text'), 'Connection refused by 127.0.0.1:8081, seen from r1, r2 and r3', 'all that fail alike');
look($_, 'up') for qw(r1 r2);
is_deeply([state_of('status'), state_of('failure_reason'), state_of('failure_text')], ['up', undef, undef], 'none when up');

sub words {
    my ($attributes, %tick) = @_;
    my $monitor = $root->monitor($ann, regions => ['r1'], %$attributes);
    $hub->report($region{r1}, {monitor => $monitor, slot => $now + ++$slot, status => 3, http_status => 0, %tick});
    return ($hub->call('monitor_get', $ann, $monitor))[1]{data}{attributes}{region_states}[0]{failure_text};
}
my @words = (
    [{url => 'https://example.com/'}, {reason => 1}, 'The name example.com does not exist (NXDOMAIN)'],
    [{url => 'https://example.com/'}, {reason => 11, address => '2001:db8::1'}, 'No connection to [2001:db8::1]:443 in time'],
    [{url => 'http://example.com/'}, {reason => 11, address => undef}, 'No connection to example.com in time'],
    [{url => 'https://[::1]:8443/'}, {reason => 23}, 'The certificate is not made out to ::1'],
    [{request_timeout => 5}, {reason => 33}, 'No complete answer within 5 s'],
    [{}, {reason => 40, http_status => 503}, 'Expected status 2xx, got 503'],
    [{monitor_type => 'expected_status_code', expected_status_codes => [200, 201, 204]},
        {reason => 40, http_status => 503}, 'Expected status 200, 201 or 204, got 503'],
    [{monitor_type => 'expected_status_code', expected_status_codes => [418]},
        {reason => 40, http_status => 200}, 'Expected status 418, got 200'],
    [{monitor_type => 'keyword', required_keyword => 'OK {timeout}'}, {reason => 41},
        'The page does not contain “OK {timeout}”'],
    [{monitor_type => 'keyword_absence', required_keyword => 'x' x 70}, {reason => 42},
        'The page contains “' . 'x' x 60 . '…”'],
    [{url => 'http://a.example/'}, {reason => 10, address => '192.0.2.1',
        evidence => '{"redirects":["http://b.example/","https://c.example:444/x"]}'}, 'Connection refused by 192.0.2.1:444'],
    [{url => 'http://a.example/'}, {reason => 1, evidence => '{"redirects":["http://b.example/"]}'},
        'The name b.example does not exist (NXDOMAIN)'],
    [{url => 'http://a.example/'}, {reason => 1, evidence => '{"redirects":["javascript:x"]}'},
        'The name a.example does not exist (NXDOMAIN)'],
    (map { [{url => 'http://a.example/'}, {reason => 1, evidence => qq({"redirects":["$_"]})},
        'The name a.example does not exist (NXDOMAIN)'] } 'http://me:secret@b/', 'http://b:123456/', 'http://:80/'),
    [{}, {reason => 200}, 'Failed for a reason that this hub does not know'],
    # Other kinds than HTTP.
    [{monitor_type => 'ping', url => 'a.example'}, {reason => 11, address => '192.0.2.1'},
        'No ping was answered by 192.0.2.1'],
    [{monitor_type => 'ping', url => 'a.example'}, {reason => 33}, 'No complete answer within 5000 ms'],
    [{monitor_type => 'tcp', url => 'a.example:22'}, {reason => 10, address => '192.0.2.1'},
        'Connection refused by 192.0.2.1:22'],
    [{monitor_type => 'tcp', url => 'a.example', port => '22, 23'}, {reason => 10, address => '192.0.2.1'},
        'Connection refused by 192.0.2.1:22'],
    [{monitor_type => 'tcp', url => 'a.example', port => '22,23'}, {reason => 10, address => '2001:db8::1',
        evidence => '{"port":23}'}, 'Connection refused by [2001:db8::1]:23'],
    [{monitor_type => 'udp', url => '2001:db8::5', port => '9', required_keyword => 'x'},
        {reason => 10, address => '2001:db8::5'}, 'Nothing listens at [2001:db8::5]:9 (UDP)'],
    [{monitor_type => 'udp', url => 'a.example:9', required_keyword => '{host}'}, {reason => 41, address => '192.0.2.1'},
        'The answer of 192.0.2.1:9 does not contain “{host}”'],
    [{monitor_type => 'smtp', url => 'a.example:25'}, {reason => 35, address => '192.0.2.1'},
        'The answer of 192.0.2.1:25 is not valid SMTP'],
    [{}, {reason => 35, address => '127.0.0.1'}, 'The answer of 127.0.0.1:8081 is not valid HTTP'],
    [{monitor_type => 'dns', url => '192.0.2.53:53', request_body => 'asked.example'},
        {reason => 1, address => '192.0.2.53'}, 'The name asked.example does not exist (NXDOMAIN)'],
    [{monitor_type => 'dns', url => 'ns.example', request_body => 'asked.example'}, {reason => 1, address => undef},
        'The name ns.example does not exist (NXDOMAIN)'],
    [{monitor_type => 'websocket', url => 'wss://a.example/'}, {reason => 40, http_status => 200, address => '192.0.2.1'},
        'Expected status 101, got 200'],
    [{monitor_type => 'expected_status_code', expected_status_codes => [404], expected_status_ranges => ['200-204']},
        {reason => 40, http_status => 503}, 'Expected status 404 or 200-204, got 503'],
    [{degraded_threshold => 200}, {status => 2, reason => 45}, 'The answer took longer than 200 ms'],
    [{}, {status => 2, reason => 45}, 'The answer took longer than it should'],
    [{}, {status => 2, reason => 44}, 'The certificate of 127.0.0.1 expires soon'],
    [{}, {status => 2, reason => 44, evidence => '{"certificate":{"not_after":"2031-02-03T04:05:06Z"}}'},
        'The certificate of 127.0.0.1 expires on 2031-02-03'],
    # An agent's sentence: bounded, one line, never a template.
    [{}, {reason => 43}, 'The answer is not as expected'],
    [{}, {status => 0, reason => 66}, 'Not measured'],
    [{}, {status => 0, reason => 66, evidence => '{"detail":"this agent may not send pings"}'},
        'Not measured: This agent may not send pings'],
    [{}, {reason => 43, evidence => '{"detail":"the header X-Host is {host}, {detail} and {keyword}"}'},
        'The header X-Host is {host}, {detail} and {keyword}'],
    [{}, {reason => 43, evidence => '{"detail":"one\\r\\n\\ttwo  three"}'}, 'One two three'],
    [{}, {reason => 43, evidence => '{"detail":"' . 'y' x 900 . '"}'}, 'Y' . 'y' x 199 . '…'],
    (map { [{}, {reason => 43, evidence => $_}, 'The answer is not as expected'] }
        '{"detail":""}', '{"detail":null}', '["detail"]', '{"detail":"\\u0000"}', 'no JSON', '7'),
);
is(words($_->[0], %{$_->[1]}), $_->[2], $_->[2]) for @words;

# Every reason has words, without a place that nothing fills.
for my $row (@{$root->rows('select id, code, observer from betterstack.failure_reason order by id')}) {
    my $text = words({monitor_type => 'keyword', required_keyword => 'k'}, reason => $row->[0],
        status => $row->[2] eq 't' ? 0 : 3);
    ok(defined $text && $text !~ /[{}]/ && $text =~ /^[A-Z]/, "$row->[1]: " . ($text // 'none'));
}

# The numbers are those of shared/bs_check.h.
my %header;
open my $file, '<', $db->root . '/shared/bs_check.h' or die $!;
while (<$file>) { $header{lc $1} = $2 if /^\s+BS_REASON_(\w+) = (\d+)/ }
delete $header{none};
is_deeply({map { $_->[0] => $_->[1] } @{$root->rows('select code, id from betterstack.failure_reason')}}, \%header,
    'numbers and names are those of shared/bs_check.h');

done_testing;
