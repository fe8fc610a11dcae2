# What requests may look like, against nginx itself: paths, methods, query
# strings, bodies, absurd sizes.  Nothing of it may reach SQL as an error, and
# none may leave more than a quiet line in the log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Stack qw(wait_for);
use HTTP::Tiny;
use Test::Nginx::Socket;

our $stack = BetterStack::Stack->new(agents => 0);
our ($sockets, $secret, $token) = ($stack->sockets, $stack->state . '/secret', $stack->token);

our $http = qq{
    betterstack_zone betterstack:1m;
    betterstack_postgres "host=$sockets dbname=betterstack user=betterstack";
    betterstack_redis "unix:$sockets/redis.sock";
    betterstack_secret $secret;
};
our $server = q{
    location /api/ { betterstack_api; }
    location = /healthz { betterstack_health; }
    location = /metrics { betterstack_metrics; }
};

# Until the worker has its connections it answers 503.
sub ready {
    my $url = 'http://127.0.0.1:' . server_port() . '/healthz';
    wait_for(sub { HTTP::Tiny->new->get($url)->{status} == 200 }, 20, 'the worker') or die "not ready\n";
}

add_block_preprocessor(sub {
    my ($block) = @_;
    if (!defined $block->http_config) {
        $block->set_value('http_config', $http);
        $block->set_value('init', 'main::ready()');
    }
    $block->set_value('config', $server) if !defined $block->config;
    my $headers = $block->more_headers // '';
    if ($headers !~ /^Authorization:/m) {
        chomp $headers;
        $block->set_value('more_headers', join "\n", grep { length } $headers, "Authorization: Bearer $token");
    }
    $block->set_value('no_error_log', "[alert]\n[emerg]\n[crit]\n[error]\nexited on signal")
        if !defined $block->no_error_log;
});

env_to_nginx('ASAN_OPTIONS', 'UBSAN_OPTIONS');
no_long_string();
no_shuffle();
repeat_each(1);
run_tests();
Test::Builder->new->done_testing;

__DATA__

=== TEST 1: it works
--- request eval
["GET /healthz", "GET /api/v2/me", "HEAD /api/v2/me"]
--- error_code eval
[200, 200, 200]



=== TEST 2: paths that are not there
--- request eval
[map { "GET $_" } "/api/", "/api/v2", "/api/v2/", "/api/v1/monitors", "/api/v2/monitor", "/api/v2/monitorsx",
    "/api/v2/monitors/x", "/api/v2/monitors/1x", "/api/v2/monitors/-1", "/api/v2/monitors/01",
    "/api/v2/monitors/1.0", "/api/v2/monitors/1234567890123456789", "/api/v2/monitors/1/tick",
    "/api/v2/monitors/1/ticks/1", "/api/v2/monitors/%31%00", "/api/v2/monitors/{id}",
    "/api/v2/" . "x/" x 1000]
--- error_code eval
[map { $_ == 14 ? 400 : 404 } 0 .. 16]



=== TEST 3: the same path in other words
--- request eval
["GET /api/v2/monitors/", "GET /api/v3/monitors", "GET //api/v2//monitors", "GET /api/./v2/x/../monitors",
    "GET /api/v2/%6donitors", "GET /api/v2/monitors/999999"]
--- error_code eval
[200, 200, 200, 200, 200, 404]



=== TEST 4: methods
--- request eval
["PUT /api/v2/monitors/1", "POST /api/v2/monitors/1", "DELETE /api/v2/monitors", "GET /api/v2/sign-in",
    "PATCH /api/v2/events", "OPTIONS /api/v2/monitors", "OPTIONS /api/v2/nothing", "PROPFIND /api/v2/monitors"]
--- error_code eval
[405, 405, 405, 405, 405, 204, 404, 405]
--- raw_response_headers_like eval
[(map { qr/\r\nAllow: \Q$_\E\r\n/ } "GET, HEAD, PATCH, DELETE, OPTIONS", "GET, HEAD, PATCH, DELETE, OPTIONS",
    "GET, HEAD, POST, OPTIONS", "POST, OPTIONS", "GET, HEAD, OPTIONS", "GET, HEAD, POST, OPTIONS"),
    qr/404 Not Found/, qr/\r\nAllow: GET, HEAD, POST, OPTIONS\r\n/]



=== TEST 5: query strings that are refused
--- request eval
[map { "GET /api/v2/monitors?$_" } "url=%ff", "url=%00", "url=%", "url=%4", "url=%zz", "%ff=1", "=1", "_url=1",
    "url=1&url=2", "url=" . "x" x 2049, "x" x 65 . "=1", CORE::join("&", map { "a$_=1" } 1 .. 33), "url=%ed%a0%80",
    "url=%c0%80", "url=%f4%90%80%80"]
--- error_code eval
[(400) x 15]
--- response_body_like eval
[("Parameter url is not valid UTF-8") x 2, ("Parameter url is not percent-encoded rightly") x 3,
    ("The name of a parameter is not valid") x 3, "Parameter url is given more than once",
    "Parameter url is too long", "The name of a parameter is not valid", "too many parameters",
    ("Parameter url is not valid UTF-8") x 3]



=== TEST 6: query strings that are fine
--- request eval
[map { "GET /api/v2/monitors?$_" } "", "&&&", "url", "url=", "url=%22%5c%0a%e2%98%83", "url=" . "x" x 2048,
    CORE::join("&", map { "a$_=1" } 1 .. 32), "url=a=b=c", "url=+%2b"]
--- error_code eval
[(200) x 9]



=== TEST 7: bodies that are no JSON objects
--- request eval
[map { "POST /api/v2/monitors\n$_" } '{"url":', '[]', '"x"', 'null', '{"a":1,"a":2}', '{"a":{"b":1,"b":2}}',
    "{\"a\":\"\xff\"}", '{"a":"\u0000"}', '{"a":"\ud800"}', '{"a":99999999999999999999}', '{"a":1e999}', '{} x',
    '[' x 5000, '{"a":' x 2100 . '1' . '}' x 2100, "{\"a\":\"\x01\"}", "{'a':1}"]
--- more_headers
Content-Type: application/json
--- error_code eval
[(400) x 16]
--- response_body_like eval
['not valid JSON: line 1, column \d+', ('must be a JSON object') x 3, ('has a key twice in one object') x 2,
    'not valid UTF-8', 'zero byte', 'not valid', 'too large', 'too large', 'line 1, column \d+', 'too deeply',
    'too deeply', 'not valid JSON', 'not valid JSON']



=== TEST 8: the place of a mistake is told
--- request eval
"POST /api/v2/monitors\n{\n  \"url\": \"http://x.example/\",\n  \"paused\": maybe\n}"
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: line 3, column \d+



=== TEST 9: bodies that are JSON objects, but no monitors
--- request eval
[map { "POST /api/v2/monitors\n$_" } '{}', '{"":""}', '{"a":' x 100 . '1' . '}' x 100, '{"url":null}',
    '{"url":"http://x.example/","monitor_type":"status","request_headers":{"a":1}}',
    '{"__proto__":1}', '{"monitor_type":"status","url":"' . 'x' x 60000 . '"}']
--- more_headers
Content-Type: application/json
--- error_code eval
[(422) x 7]
--- response_body_like eval
[('^\{"errors": ?\{"') x 7]



=== TEST 10: content types
--- request
POST /api/v2/monitors
{}
--- more_headers
Content-Type: text/plain
--- error_code: 415



=== TEST 11: no content type
--- raw_request eval
"POST /api/v2/monitors HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer $::token\r\nContent-Length: 2\r\n\r\n{}"
--- error_code: 415



=== TEST 12: with a charset, in capitals
--- request
POST /api/v2/monitors
{}
--- more_headers
Content-Type: Application/JSON; charset=UTF-8
--- error_code: 422



=== TEST 13: no body at all
--- raw_request eval
"POST /api/v2/monitors HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer $::token\r\nContent-Type: application/json\r\n\r\n"
--- error_code: 400
--- response_body_like: must be a JSON object



=== TEST 14: 64 KiB and no more
--- request eval
["POST /api/v2/monitors\n{\"a\":\"" . "x" x (65536 - 8) . "\"}", "POST /api/v2/monitors\n{\"a\":\"" . "x" x (65537 - 8) . "\"}"]
--- more_headers
Content-Type: application/json
--- error_code eval
[422, 413]



=== TEST 15: in chunks, larger than the buffer of the server
--- config
    client_body_buffer_size 1k;
    location /api/ { betterstack_api; }
    location = /healthz { betterstack_health; }
--- raw_request eval
my $piece = "x" x 5000;
"POST /api/v2/monitors HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer $::token\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":\"\r\n"
    . CORE::join("", map { "1388\r\n$piece\r\n" } 1 .. 12) . "2\r\n\"}\r\n0\r\n\r\n"
--- error_code: 422



=== TEST 16: too much in chunks
--- raw_request eval
my $piece = "x" x 5000;
"POST /api/v2/monitors HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer $::token\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"a\":\"\r\n"
    . CORE::join("", map { "1388\r\n$piece\r\n" } 1 .. 14) . "2\r\n\"}\r\n0\r\n\r\n"
--- error_code: 413



=== TEST 17: a body nobody asked for
--- request
DELETE /api/v2/monitors/999999
{"a":"b"}
--- error_code: 404



=== TEST 18: requests one after the other on one connection, bodies and all
--- pipelined_requests eval
["POST /api/v2/monitors\n{}", "GET /api/v2/me", "PUT /api/v2/me\n{\"name\":\"x\"}", "POST /api/v2/nothing\n{}",
    "GET /api/v2/me", "DELETE /api/v2/monitors/999999"]
--- more_headers
Content-Type: application/json
--- error_code eval
[422, 200, 405, 404, 200, 404]



=== TEST 19: HEAD has the length and no body
--- request
HEAD /api/v2/me
--- response_headers_like
Content-Length: [1-9]\d*
Content-Type: application/json; charset=utf-8
Cache-Control: no-store
--- response_body:



=== TEST 20: a long URL
--- request eval
"GET /api/v2/monitors?url=" . "x" x 7000
--- error_code: 400



=== TEST 21: a URL longer than nginx takes
--- request eval
"GET /api/v2/monitors?url=" . "x" x 20000
--- error_code: 414



=== TEST 22: absurd credentials
--- request
GET /api/v2/me
--- more_headers eval
"Authorization: Bearer " . "x" x 5000
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer



=== TEST 23: other schemes
--- request
GET /api/v2/me
--- more_headers
Authorization: Bearer
--- error_code: 401



=== TEST 24: metrics are Prometheus text
--- request
GET /metrics
--- response_headers
Content-Type: text/plain; version=0.0.4; charset=utf-8
--- response_body_like eval
qr/^(?:# HELP (\S+) .+\n# TYPE \1 (?:counter|gauge)\n(?:\1(?:\{class="\dxx"\})? \d+(?:\.\d{3})?\n)+)+$/



=== TEST 25: health and metrics are only for reading
--- request eval
["POST /healthz\n{}", "POST /metrics\n{}", "HEAD /healthz"]
--- error_code eval
[405, 405, 200]
--- raw_response_headers_like eval
[(qr/\r\nAllow: GET, HEAD\r\n/) x 2, qr/200 OK/]



=== TEST 26: without a database it says so at once
--- http_config eval
"betterstack_zone betterstack:1m;
 betterstack_postgres \"host=$::sockets/nowhere dbname=betterstack user=betterstack\";
 betterstack_secret $::secret;"
--- request eval
["GET /api/v2/me", "GET /healthz", "POST /api/v2/monitors\n{}", "GET /api/v2/events"]
--- more_headers
Content-Type: application/json
--- error_code eval
[503, 503, 503, 503]
--- raw_response_headers_like eval
["Retry-After: 1\r\n", "503", "Retry-After: 1\r\n", "Retry-After: 1\r\n"]
--- response_body_like eval
['cannot be reached', '"status":"failing","problems":\["PostgreSQL is not connected"\]', 'cannot be reached', 'without Redis']
--- no_error_log
[alert]
[emerg]
[crit]



=== TEST 27: who is signed in here may pass elsewhere
--- config
    location /api/ { betterstack_api; }
    location = /healthz { betterstack_health; }
    location = /private { auth_request /api/v2/me; betterstack_metrics; }
--- request
GET /private
--- error_code: 200
--- response_body_like: ^# HELP betterstack_requests_total



=== TEST 28: and who is not, may not
--- config
    location /api/ { betterstack_api; }
    location = /healthz { betterstack_health; }
    location = /private { auth_request /api/v2/me; betterstack_metrics; }
--- request
GET /private
--- more_headers
Authorization: Bearer bst_nobody
--- error_code: 401



=== TEST 29: answers inside another page
--- config
    location /api/ { betterstack_api; }
    location = /healthz { betterstack_health; }
    location /pages/ { ssi on; ssi_types *; alias html/; }
--- user_files
>>> page.txt
one <!--# include virtual="/api/v2/monitors/1" --> two <!--# include virtual="/api/v2/regions" --> three
--- request
GET /pages/page.txt
--- error_code: 200
--- response_body_like: ^one \{"errors":.*\} two \{"data": ?\[\],"pagination".*\} three$



=== TEST 30: conditions on what has no version are not met by halves
--- request eval
["PATCH /api/v2/me\n{\"name\":\"x\"}", "GET /api/v2/me", "GET /healthz", "GET /metrics", "HEAD /api/v2/events"]
--- more_headers
Content-Type: application/json
If-Match: "x"
If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT
--- error_code eval
[(200) x 5]



=== TEST 31: nor is anything unmodified
--- request eval
["PATCH /api/v2/me\n{\"name\":\"y\"}", "GET /api/v2/me"]
--- more_headers
Content-Type: application/json
If-None-Match: *
--- error_code eval
[(200) x 2]
