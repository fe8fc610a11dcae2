# POST /agent/v1/report: what is stored, what is refused, and that no batch of
# an agent fails for one bad value in it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack qw(wait_for);
use BetterStack::Wire qw(pack_report pack_tick pack_value tick now_ms);
use JSON::PP;
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a local-b', agents => 0);
my ($status, $made) = $stack->api('POST', '/api/v2/monitors',
    {url => 'http://127.0.0.1:1/', monitor_type => 'status', check_frequency => 30});
die "no monitor: $status\n" if $status != 201;
my $monitor = $made->{data}{id};

my $slot = now_ms() - 600_000;
$slot -= $slot % 1000;

sub next_slot { return $slot += 1000 }

sub post {
    my ($body, %other) = @_;
    my $token = exists $other{token} ? $other{token} : $stack->region_token('local-a');
    my $reply = $stack->request($other{method} // 'POST', $other{path} // '/agent/v1/report', {
        content => $body,
        headers => {
            'Content-Type' => $other{type} // 'application/msgpack',
            defined $token ? (Authorization => "Bearer $token") : (),
        },
    });
    return $reply if $reply->{headers}{'content-type'} !~ /msgpack/;
    return ($reply, msgpack_decode($reply->{content}));
}

sub stored {
    my ($slot, $column) = @_;
    return $stack->sql("select $column from betterstack.tick t where monitor_id = $monitor"
        . " and slot = to_timestamp($slot / 1000.0)");
}

sub answers {
    my ($reply, $status, $like, $name) = @_;
    is $reply->{status}, $status, $name;
    like $reply->{content}, $like, 'and says why';
}

sub stores {
    my $at = next_slot();
    my $before = now_ms();
    my ($reply, $answer) = post(pack_report([tick($monitor, $at), tick($monitor, next_slot(), status => 3, reason => 10)]));
    is $reply->{status}, 200, 'a report is stored';
    is $reply->{headers}{'content-type'}, 'application/msgpack', 'and answered in msgpack';
    is_deeply [@$answer{qw(v stored refused)}], [1, 2, 0], 'with how many';
    is_deeply $answer->{deliveries}, [], 'and no deliveries';
    ok abs($answer->{time} - $before) < 30_000, 'and the time';
    is stored($at, "status || ' ' || http_status || ' ' || lateness_ms || ' ' || address || ' ' || dns_us || ' ' || tls_us"),
        '1 200 7 127.0.0.1 100 -1', 'as it was sent';
    ok abs($stack->health->{ingest}{last_report_committed_at} ne ''), 'health knows it';
    return $at;
}

# What an agent says of itself is kept, odd values left out; it learns who its fellows are.
sub knows_agents {
    my $at = next_slot();
    my $of = sub { $stack->sql("select self from betterstack.region_agent where name = '$_[0]'") };
    my (undef, $answer) = post(pack_report([tick($monitor, $at, flags => 1, expires_at => 1_900_000_000)],
        agent => 'second "quoted"', self => {lag_max_us => 12, clock_offset_ms => -5, 'no "name"' => 1, text => 'x'}));
    is_deeply $answer->{agents}, ['second "quoted"', 'test-1'], 'the names of those that reported lately';
    is $of->('second "quoted"'), '{"lag_max_us": 12, "clock_offset_ms": -5}', 'itself';
    is stored($at, 'flags'), 1, 'flags';
    is $stack->sql("select extract(epoch from expires_at)::bigint from betterstack.region_state where monitor_id = $monitor"),
        1_900_000_000, 'the end of its certificate';
    post(pack_report([tick($monitor, next_slot(), status => 3, reason => 10), tick($monitor, $at - 1, expires_at => "900000000000000000")]));
    is $stack->sql("select extract(epoch from expires_at)::bigint from betterstack.region_state where monitor_id = $monitor"),
        1_900_000_000, 'which a failure without one does not forget';
    $stack->sql("update betterstack.region_agent set last_report_at = now() - interval '91 seconds'");
    (undef, $answer) = post(pack_report([]));
    is_deeply $answer->{agents}, ['test-1'], 'an empty report keeps its agent among them; who is silent is not';
    is $of->('test-1'), '', 'an agent that says nothing of itself has nothing';
    (undef, $answer) = post(pack_report([tick($monitor, next_slot(), expires_at => 0)]));
    is $stack->sql("select expires_at is null from betterstack.region_state where monitor_id = $monitor"), 't',
        'a success without a certificate does';
}

# Of a website that wants to know, beside the end of its certificate.  Older agents send no such thing.
sub knows_domains {
    my (undef, $site) = $stack->api('POST', '/api/v2/monitors', {url => 'https://www.example.com/',
        monitor_type => 'status', domain_expiration => 14, ssl_expiration => 30});
    my $id = $site->{data}{id};
    my $ends = sub {
        my (undef, $body) = $stack->api('GET', "/api/v2/monitors/$id");
        return [@{$body->{data}{attributes}}{qw(certificate_expires_at domain_expires_at)}];
    };
    my @certificate = (expires_at => 1_900_000_000);
    my ($certificate, $domain) = ('2030-03-17T17:46:40.000Z', '2030-03-17T17:47:40.000Z');
    is_deeply $ends->(), [undef, undef], 'no end is known yet';
    my $at = next_slot();
    my (undef, $answer) = post(pack_value({v => 1, agent => 'old-1', version => '0.0.1', deliveries => [],
        ticks => [[$id, $at, $at + 7, 1, 0, 1, 200, '127.0.0.1', 1, 1, 1, 1, 1, undef, 0, 1_900_000_000]]}));
    is $answer->{stored}, 1, 'the tick of an agent that knows nothing of domains';
    is_deeply $ends->(), [$certificate, undef], 'the end of the certificate';
    post(pack_report([tick($id, next_slot(), @certificate, domain_expires_at => 1_900_000_060), tick($monitor, next_slot())]));
    is_deeply $ends->(), [$certificate, $domain], 'one that does';
    post(pack_report([tick($id, next_slot(), @certificate)]));
    is_deeply $ends->(), [$certificate, $domain], 'when it does not know it, that says nothing';
    post(pack_report([tick($id, next_slot(), @certificate, domain_expires_at => "900000000000000000")]));
    is_deeply $ends->(), [$certificate, $domain], 'nor does nonsense';
    my (undef, $list) = $stack->api('GET', '/api/v2/monitors');
    is_deeply [map { $_->{attributes}{domain_expires_at} } @{$list->{data}}], [undef, $domain], 'also in the list';
    $stack->api('DELETE', "/api/v2/monitors/$id");
}

sub stores_once {
    my ($at) = @_;
    my $body = pack_report([tick($monitor, $at), tick($monitor, next_slot())]);
    my (undef, $answer) = post($body);
    is $answer->{stored}, 1, 'a tick that is there is not stored again';
    (undef, $answer) = post($body);
    is_deeply [@$answer{qw(stored refused)}], [0, 0], 'nor is a whole report';
    is stored($at, 'count(*)'), 1, 'there is one';
    (undef, $answer) = post($body, token => $stack->region_token('local-b'));
    is $answer->{stored}, 2, 'another region has its own';
}

sub refuses_some {
    my $good = next_slot();
    my ($reply, $answer) = post(pack_report([
        tick($monitor, $good), tick(999999, $good), tick(4294967295, $good),
        tick($monitor, now_ms() + 3_600_000), tick($monitor, 0), tick($monitor, 9_000_000_000_000_000),
    ]));
    is $reply->{status}, 200, 'ticks of nobody or of no time do not fail the batch';
    is_deeply [@$answer{qw(stored refused)}], [1, 5], 'they are refused, the good one is stored';
    (undef, $answer) = post(pack_report([]));
    is_deeply [@$answer{qw(stored refused)}], [0, 0], 'an empty report is one, too';
}

# Values that are wrong in themselves: dropped, and the tick is stored.
sub mends {
    my %evidence = (
        'no JSON'        => '{"a":',
        'no object'      => '[1]',
        'broken UTF-8'   => "{\"a\":\"\xff\xfe\"}",
        'a zero byte'    => "{\"a\":\"\0\"}",
        'an escaped one' => '{"a":"\u0000"}',
        'too long'       => '{"a":"' . ('x' x 5000) . '"}',
        'too deep'       => '{"a":' . ('[' x 100) . (']' x 100) . '}',
        'not a string'   => "\x80\x81",
    );
    my %address = ('a name' => 'localhost', 'a zero byte' => "127.0.0.1\0", 'markup' => '<b>',
        'too long' => '1' x 100, 'a number' => '1.2.3', 'empty' => '');
    for my $what (sort keys %evidence) {
        my $at = next_slot();
        my (undef, $answer) = post(pack_report([tick($monitor, $at, status => 3, reason => 10, evidence => $evidence{$what})]));
        is $answer->{stored}, 1, "evidence with $what is stored without it";
        is stored($at, 'evidence'), '', 'nothing is left of it';
    }
    for my $what (sort keys %address) {
        my $at = next_slot();
        post(pack_report([tick($monitor, $at, address => $address{$what})]));
        is stored($at, 'address'), '', "an address with $what is dropped";
    }
    my $at = next_slot();
    post(pack_report([tick($monitor, $at, status => 3, reason => 10, address => '2001:db8::1',
        evidence => '{"head":"\u00e9 \ud83d\ude00","n":[1.5e3,null]}')]));
    is stored($at, 'address'), '2001:db8::1', 'a good address stays';
    is stored($at, "evidence::jsonb ->> 'head'"), "\xc3\xa9 \xf0\x9f\x98\x80", 'and good evidence';
    $at = next_slot();
    post(pack_report([tick($monitor, $at, checked_at => 1)]));
    is stored($at, 'lateness_ms'), 0, 'a clock out of order is not believed';
    like $stack->request('GET', '/metrics')->{content}, qr/^betterstack_ticks_mended\w* [1-9]/m, 'all of it is counted';
    post(pack_report([tick($monitor, $at, checked_at => 1)], agent => "x\nforged line"), token => 'a stranger');
    unlike $stack->log_text('nginx-error'), qr/^forged line/m, 'and no stranger writes lines into the log';
}

sub malformed {
    my $tick = pack_tick(tick($monitor, next_slot()));
    my %wrong = (
        'v: must be 1'                          => pack_report([], v => 2),
        'agent: must be'                        => pack_report([], agent => ''),
        'version: must be'                      => pack_report([], version => 'x' x 129),
        'ticks: must be an array'               => pack_report([], ticks => {}),
        'ticks: each must be an array'          => pack_report([], ticks => [[1, 2]]),
        'ticks: monitor: must be'               => pack_report([tick('x', $slot)]),
        'ticks: status: must be'                => pack_report([tick($monitor, $slot, status => 9)]),
        'ticks: slot: must be'                  => pack_report([tick($monitor, -1)]),
        'ticks: evidence: must be'              => pack_report([tick($monitor, $slot, evidence => {})]),
        'agent, version: must be UTF-8'         => pack_report([], agent => "\xff"),
        'body: not one msgpack value'           => pack_report([]) . "\0",
        'body: must be a map'                   => pack_value([]),
    );
    for my $error (sort keys %wrong) {
        answers(scalar post($wrong{$error}), 400, qr/"\Q$error\E/, "400: $error");
    }
    answers(scalar post("\xdd\xff\xff\xff\xff"), 400, qr/body: not one/, 'a declared count beyond the bytes');
    answers(scalar post("\x91" x 100000), 400, qr/body: not one/, 'nesting without end');
    answers(scalar post(substr pack_report([tick($monitor, $slot)]), 0, 50), 400, qr/body: not one/, 'a report cut short');
    answers(scalar post(''), 400, qr/body: not one/, 'an empty body');
    answers(scalar post(pack_report([], ticks => [(\$tick) x 2001])), 413, qr/ticks: more than/, 'too many ticks');
    answers(scalar post('x' x 1048577), 413, qr/too large/, 'too many bytes');
}

sub credentials {
    my $body = pack_report([tick($monitor, next_slot())]);
    answers(scalar post($body, token => undef), 401, qr/region token/, 'no token');
    answers(scalar post($body, token => 'bsr_' . 'x' x 43), 401, qr/region token/, 'an unknown token');
    answers(scalar post($body, token => $stack->token), 401, qr/region token/, 'a token of the API');
    is stored($slot, 'count(*)'), 0, 'nothing of it is stored';
    answers(scalar post($body, type => 'application/json'), 415, qr/msgpack/, 'another type');
    is +(post($body, type => 'application/msgpack; v=1'))[0]{status}, 200, 'a type with parameters';
    my $reply = post('', method => 'GET');
    is $reply->{status}, 405, 'GET is not allowed';
    is $reply->{headers}{allow}, 'POST', 'POST is';
    is scalar(post($body, path => '/agent/v1/nothing'))->{status}, 404, 'nothing else is here';
}

# A full report: how long the worker is busy with it is measured by another request.
sub full {
    my @ticks = map { tick($monitor, $slot - 7200_000 + $_ * 1000, status => 3, reason => 10,
        evidence => '{"body":"' . ('x' x 300) . '"}') } 1 .. 2000;
    my ($reply, $answer) = post(pack_report(\@ticks));
    is $reply->{status}, 200, 'a report of 2000 ticks with evidence';
    is $answer->{stored}, 2000, 'is stored whole';
    is $stack->sql("select sum(length(evidence)) from betterstack.tick where monitor_id = $monitor"
        . " and slot <= to_timestamp(" . ($slot - 7200_000 + 2000_000) . ' / 1000.0)'), 2000 * 311, 'to the last byte';
}

sub without_postgres {
    my $at = next_slot();
    my $body = pack_report([tick($monitor, $at)]);
    $stack->kill_piece('postgres');
    my $reply = post($body);
    is $reply->{status}, 503, 'without Postgres: 503';
    ok $reply->{headers}{'retry-after'}, 'and when to come again';
    $stack->start('postgres');
    my $answer;
    ok wait_for(sub { ($reply, $answer) = post($body); $reply->{status} == 200 }, 20), 'later it is taken';
    is stored($at, 'count(*)'), 1, 'and stored';
}

my $at = stores();
knows_agents();
knows_domains();
stores_once($at);
refuses_some();
mends();
malformed();
credentials();
full();
without_postgres();
is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
