# Assertions about headers, bodies and JSON, those that never end included.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Server qw(request reply answer hold);
use BetterStack::Checker;
use Test::More;
use Time::HiRes qw(sleep);

binmode $_, ':encoding(UTF-8)'
    for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

my $json = '{"status":"ok","n":5,"half":0.5,"list":[1,2,3],"no":false,"nil":null,"text":"hello world"}';
my $server = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    my ($path) = $head =~ m{^\S+ (\S+)};
    return answer($client, 302, '{"status":"moved"}', 'Location: /', 'X-Hop: first') if $path eq '/moved';
    return answer($client, 200, '', 'Content-Type: application/json') if $path eq '/empty';
    return answer($client, 200, '<p>page</p>', 'Content-Type: text/html') if $path eq '/page';
    return answer($client, 500, '{}') if $path eq '/broken';
    return answer($client, 200, '{"big":"' . 'x' x 2_000_000 . '"}') if $path eq '/big';
    return answer($client, 200, 'a' x 100_000 . '!') if $path eq '/letters';
    return answer($client, 200, '{"echo":"' . ($head =~ /X-Key: (\S+)/)[0] . '"}', 'X-Echo: you sent ' . ($head =~ /X-Key: (\S+)/)[0])
        if $path eq '/echo';
    answer($client, 200, $json, 'Content-Type: application/json', 'X-Number: 42', 'Set-Cookie: a=secretvalue', 'Vary: a', 'Vary: b',
        'X-Empty:');
});

sub result_of {
    my ($path, @assertions) = @_;
    return check('--timeout', 10, (map { ref $_ ? @$_ : ('--assert', $_) } @assertions), $server->url($path));
}

sub holds {
    my ($assertion, $path) = @_;
    my $result = result_of($path // '/', $assertion);
    is $result->{status}, 'up', "$assertion: holds" or diag "$result->{reason}: $result->{detail}";
}

sub fails {
    my ($assertion, $detail, $path, $reason) = @_;
    my $result = result_of($path // '/', $assertion);
    is $result->{reason}, $reason // 'assertion_failed', "$assertion: fails";
    is $result->{detail}, $detail, 'in words' if !ref $detail;
    like $result->{detail}, $detail, 'in words' if ref $detail;
}

# ---- headers ----
holds $_ for 'header content-type contains json', 'header Content-Type equals application/json', 'header server not_exists',
    'header x-number exists', 'header x-number greater_than 41.5', 'header x-number less_than 43', 'header x-number matches ^4\d$',
    'header content-type not_contains html', 'header content-type not_equals text/html', 'header vary equals a, b',
    'header absent not_contains x', 'header absent not_matches x', 'header absent not_equals x', 'header x-empty exists',
    'header x-empty equals ', 'header content-type not_matches ^text';
fails 'header content-type contains html', 'header content-type: expected to contain “html”, was “application/json”';
fails 'header absent exists', 'header absent: expected to exist, but there is none';
fails 'header absent matches .', 'header absent: expected to match “.”, but there is none';
fails 'header x-number greater_than 42', 'header x-number: expected to be greater than “42”, was “42”';
fails 'header content-type less_than 3', 'header content-type: expected to be less than “3”, was “application/json”';
fails 'header set-cookie contains b=', 'header set-cookie: expected to contain “b=”';
fails 'header x-number less_than many', 'header x-number: the value to compare with is no number', '/', 'not_run';
fails 'header x-hop exists', qr/but there is none/, '/moved';

# ---- bodies ----
holds $_ for 'body contains hello', 'body not_contains needle', 'body matches "n":\d', 'body not_matches ^needle';
fails 'body contains needle', 'body: expected to contain “needle”';
fails 'body not_matches h.llo', 'body: expected not to match “h.llo”';
holds 'body matches ^$', '/empty';
fails 'body contains needle', qr/too large/, '/big', 'body_too_large';
fails 'body not_contains needle', qr/too large/, '/big', 'body_too_large';
fails 'body matches "}$', qr/too large/, '/big', 'body_too_large';
holds 'body contains big', '/big';

# ---- regular expressions that never end ----
fails 'body matches (a+)+$', qr/took too many steps/, '/letters', 'regex_limit';
fails 'body matches (a?){50000}b', qr/regular expression/, '/letters', 'not_run';
fails 'body matches a*a*a*a*[^a!]', qr/took too/, '/letters', 'regex_limit';
fails 'body matches (', qr/not valid at byte 1: missing closing parenthesis/, '/', 'not_run';
fails 'body matches (*UTF8)x', qr/not valid/, '/', 'not_run';
fails 'body matches ' . 'a' x 4097, qr/too long/, '/', 'not_run';
fails 'header content-type matches (', qr/not valid/, '/', 'not_run';

# ---- JSON ----
holds $_ for 'json .status equals ok', 'json .n equals 5', 'json .n equals 5.0', 'json .half less_than 1', 'json .list[1] equals 2',
    'json .list equals [1,2,3]', 'json .nil not_exists', 'json .none not_exists', 'json .no exists', 'json .n==5 is_true',
    'json .text matches ^h.*d$', 'json .text contains lo w', 'json .list|length greater_than 2', 'json .status.deeper not_exists',
    'json empty not_equals x', 'json .text,error equals hello world', 'json . contains "n":5';
fails 'json .status equals down', 'json .status: expected to equal “down”, was “ok”';
fails 'json .no is_true', 'json .no: expected to be true, was “false”';
fails 'json .nil is_true', 'json .nil: expected to be true, was “null”';
fails 'json .nil exists', 'json .nil: expected to exist, but there is none';
fails 'json empty is_true', 'json empty: expected to be true, but there is none';
fails 'json .status.x equals 1', qr/but the jq expression failed: Cannot index string/;
fails 'json error("my words") equals 1', qr/failed: my words$/;
fails 'json .text greater_than 1', 'json .text: expected to be greater than “1”, was “hello world”';
fails 'json .status equals ok', qr/but the body is no JSON: /, '/page';
fails 'json .status equals ok', 'json .status: expected to equal “ok”, but the body is empty', '/empty';
fails 'json .status exists', qr/too large/, '/big', 'body_too_large';
fails 'json .a} equals 1', qr/^json \.a\}: the jq expression is not valid: syntax error/, '/', 'not_run';
fails 'json nonsense equals 1', qr{not valid: nonsense/0 is not defined$}, '/', 'not_run';

# ---- programs that want too much ----
for my $case (
    ['def f: f; f', qr/took too long/], ['[limit(100000000; repeat(1))]', qr/took too long|too much memory/],
    ['[range(1e9)]', qr/took too long|too much memory/], ['"x" * 1e9 | length', qr/too much memory|took too long|expected/],
    ['last(range(1e12))', qr/took too long/], ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" | test("^(a+)+$x")', qr/took too long|jq expression|expected/])
{
    my ($program, $detail) = @$case;
    my $result;
    for (1 .. 20) { # on a machine that gives a judge no time, nothing can be said of the program
        $result = result_of('/', "json $program equals x");
        last if $result->{reason} ne 'agent_overloaded';
    }
    is $result->{reason}, 'assertion_failed', "$program" or diag $result->{detail};
    like $result->{detail}, $detail, 'in words';
    cmp_ok $result->{phases_us}{total}, '<', 900_000, 'which is not the target\'s time';
}
{
    my $result = result_of('/', 'json .status equals ok', 'json def f: f; f equals 1', 'json .n equals 5');
    like $result->{detail}, qr/^json def f/, 'of several it says which';
    $result = result_of('/', ['--timeout', 0.3], 'json def f: f; f equals 1');
    is $result->{reason}, 'assertion_failed', 'the deadline of the check holds, too';

    # a good answer in the last moment: nobody knows what a judge would have said
    my $late = BetterStack::Agent::Server->new(sub { request($_[0]); sleep 0.85; answer($_[0], 200, $json) });
    $result = check('--timeout', 1, '--assert', 'json def f: f; f equals 1', $late->url);
    is "$result->{status} $result->{reason}", 'unknown agent_overloaded', 'an expression that had no time is not blamed';
    cmp_ok $result->{phases_us}{total}, '<', 1_100_000 * BetterStack::Checker::slowness(), 'in time';
}

# ---- what a program must not reach ----
fails 'json import "/etc/passwd" as $x; $x equals 1', qr{module not found}, '/', 'not_run';
fails 'json include "/etc/x"; 1 equals 1', qr{module not found}, '/', 'not_run';
holds 'json $ENV|keys equals ["HOME","TZ"]';
holds 'json env|keys equals ["HOME","TZ"]';
fails 'json input equals 1', qr/the jq expression failed: (?:break|No more inputs)/;
holds 'json (.n|debug) equals 5';
holds 'json (.n|stderr) equals 5';
fails 'json input_filename equals 1', qr/none|null|failed/;
holds 'json $__loc__ exists';
holds 'json get_search_list equals []';
fails 'json halt equals 1', qr/there is none/;
fails 'json "x"|halt_error equals 1', qr/there is none|failed/;

# ---- with everything else ----
is result_of('/broken', 'json .none exists')->{reason}, 'status_unexpected', 'the status comes first';
is result_of('/', ['--keyword', 'needle'], 'json .none exists')->{reason}, 'keyword_missing', 'and so does the keyword';
holds 'json .status equals ok', '/moved';
is result_of('/', (map { "json .n equals 5" } 1 .. 20))->{status}, 'up', 'twenty of them';
{
    my @key = (['--header', 'X-Key: abcdefghijklmnop']);
    my $result = result_of('/echo', @key, 'json .echo equals x');
    is $result->{detail}, 'json .echo: expected to equal “x”, was “****************”', 'an echoed secret is not shown';
    $result = result_of('/echo', @key, 'header x-echo equals x');
    is $result->{detail}, 'header x-echo: expected to equal “x”, was “you sent ****************”', 'nor that of a header';
    my $long = 's' x 500;
    $result = result_of('/echo', ['--header', "X-Key: $long"], 'json "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + .echo equals x');
    unlike $result->{detail}, qr/ss/, 'nor the beginning of one';
}
{
    my $slow = BetterStack::Agent::Server->new(sub {
        request($_[0]);
        reply($_[0], "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"");
        hold($_[0]);
    });
    my $result = check('--timeout', 1, '--assert', 'json .a equals 1', $slow->url);
    is $result->{reason}, 'read_timeout', 'an answer that does not end is judged by that';
}

done_testing;
