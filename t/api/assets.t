# The dashboard's files: policy, caches, compressed copies, and nothing from
# outside the folder.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Digest::SHA qw(sha256_base64 sha256_hex);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::Nginx::Socket;

our $outside = tempdir('bs-assets-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp', CLEANUP => 1);
our $dir = "$outside/html";
our $map = "\n{\"imports\": {\"preact\": \"/assets/abc/preact.js\"}}\n";
our $page = "<!doctype html>\n<title>x</title>\n<script type=\"importmap\">$map</script>\n";
our $script = 'export const x = 1;' . "\n// filler" x 100 . "\n";
our $map_digest = sha256_base64($map) . '=';
our ($etag, $etag_gz) = map { substr sha256_hex($_), 0, 16 } $page, 'gzipped page';

sub put {
    my ($name, $content) = @_;
    make_path("$dir/$name" =~ s{/[^/]*$}{}r);
    open my $file, '>', "$dir/$name" or die "$dir/$name: $!\n";
    print $file $content;
    close $file;
    utime 1_700_000_000, 1_700_000_000, "$dir/$name";
}

put('index.html', $page);
put('index.html.gz', 'gzipped page');
put('assets/abc/main.js', $script);
put('assets/abc/main.js.gz', 'gzipped script');
put('assets/abc/main.js.br', 'brotli script');
put('assets/abc/only.css', 'a { color: red }');
put('assets/abc/font.woff2', 'font');
put('assets/abc/font.woff2.gz', 'never sent');
put('assets/abc/odd.xyz', 'odd');
put('assets/abc/empty.txt', '');
put('assets/abc/.hidden', 'hidden');
put('robots.txt', "User-agent: *\n");
put('../secret', 'secret');
mkdir "$dir/assets/abc/folder";

chmod 0755, $outside, $dir;
our $config = "location / { betterstack_dashboard $dir; }";

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value('config', $config) if !defined $block->config;
    $block->set_value('no_error_log', "[alert]\n[emerg]\n[crit]\nexited on signal");
});

no_root_location();
no_long_string();
no_shuffle();
repeat_each(2);
run_tests();
Test::Builder->new->done_testing;

__DATA__

=== TEST 1: the page and its policy
--- request
GET /
--- error_code: 200
--- response_headers eval
CORE::join "\n", "Content-Type: text/html; charset=utf-8", "Cache-Control: no-cache", "Vary: Accept-Encoding",
    "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cross-Origin-Opener-Policy: same-origin",
    "ETag: \"$::etag\"", "!Content-Encoding",
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'sha256-$::map_digest'; style-src 'self'; "
    . "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    . "form-action 'self'; frame-ancestors 'none'"
--- response_body eval: $::page



=== TEST 2: every place inside the dashboard is the page
--- request eval
[map { "GET $_" } "/sign-in", "/monitors/12", "/monitors/12/", "/index.html", "/assets", "/assets/",
    "/%e2%98%83", "/a%20b", "/?x=1"]
--- error_code eval
[(200) x 9]
--- response_body eval
[($::page) x 9]



=== TEST 3: the page, compressed
--- request
GET /monitors
--- more_headers
Accept-Encoding: deflate, gzip;q=0.5, br
--- response_headers eval
"Content-Encoding: gzip\nETag: \"$::etag_gz-gzip\"\nVary: Accept-Encoding"
--- response_body eval: "gzipped page"



=== TEST 4: the page has not changed
--- request
GET /
--- more_headers eval
"If-None-Match: \"$::etag\""
--- error_code: 304
--- response_headers eval
"ETag: \"$::etag\"\nCache-Control: no-cache"
--- response_body:



=== TEST 5: another copy of it is another thing
--- request
GET /
--- more_headers eval
"If-None-Match: \"$::etag\"\nAccept-Encoding: gzip"
--- error_code: 200



=== TEST 6: a versioned file is kept for ever
--- request
GET /assets/abc/main.js
--- response_headers
Content-Type: text/javascript; charset=utf-8
Cache-Control: public, max-age=31536000, immutable
X-Content-Type-Options: nosniff
Vary: Accept-Encoding
Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT
Accept-Ranges: bytes
!Content-Encoding
--- response_headers_like
ETag: "6553f100-[0-9a-f]+"
--- response_body eval: $::script



=== TEST 7: the best copy that the client takes
--- request eval
[("GET /assets/abc/main.js") x 9]
--- more_headers eval
[map { "Accept-Encoding: $_" } "gzip, br", "br", "gzip", "GZIP", "br;q=0, gzip", "br;q=0.0 , gzip; q=0.000",
    "gzipped, brx, *", "identity", "br;q=0.001"]
--- response_body eval
["brotli script", "brotli script", "gzipped script", "gzipped script", "gzipped script", $::script, $::script,
    $::script, "brotli script"]



=== TEST 8: HEAD of a compressed copy
--- request
HEAD /assets/abc/main.js
--- more_headers
Accept-Encoding: br
--- response_headers
Content-Length: 13
Content-Encoding: br
--- response_body:



=== TEST 9: files without copies, and such as have none
--- request eval
["GET /assets/abc/only.css", "GET /assets/abc/font.woff2", "GET /assets/abc/empty.txt"]
--- more_headers
Accept-Encoding: gzip, br
--- response_body eval
["a { color: red }", "font", ""]
--- response_headers eval
["Content-Type: text/css; charset=utf-8", "Content-Type: font/woff2\n!Content-Encoding", "Content-Length: 0"]



=== TEST 10: what we have no type for is the server's to name
--- config eval
"location / { betterstack_dashboard $::dir; types { application/x-odd xyz; } default_type text/odd; }"
--- request
GET /assets/abc/odd.xyz
--- response_headers
Content-Type: application/x-odd



=== TEST 11: a file that has not changed
--- request
GET /assets/abc/main.js
--- more_headers
If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT
--- error_code: 304



=== TEST 12: a part of a file
--- request
GET /assets/abc/main.js
--- more_headers
Range: bytes=7-11
--- error_code: 206
--- response_headers eval
"Content-Range: bytes 7-11/" . length $::script
--- response_body eval: "const"



=== TEST 13: a file outside assets is asked for again each time
--- request
GET /robots.txt
--- response_headers
Cache-Control: no-cache
--- response_body
User-agent: *



=== TEST 14: files that are not there are not the page
--- request eval
[map { "GET $_" } "/assets/abc/no.js", "/assets/old/main.js", "/assets/abc/folder", "/assets/abc/folder/",
    "/assets/abc/main.js/", "/assets/abc/main.js/x", "/favicon.ico", "/assets/abc/.hidden", "/.git/config",
    "/assets/abc/main.js.", "/assets/abc/%20main.js"]
--- error_code eval
[(404) x 11]



=== TEST 15: nothing from outside the folder
--- raw_request eval
[map { "GET $_ HTTP/1.0\r\nHost: x\r\n\r\n" } "/../secret", "/assets/../../secret", "/%2e%2e/secret",
    "/assets/%2e%2e/%2e%2e/secret", "/assets/..%2f..%2fsecret", "/assets/abc/..%5c..%5csecret", "/..;/secret",
    "/assets/abc/....//....//secret", "/assets/%c0%ae%c0%ae/secret"]
--- error_code eval
[400, 400, 400, 400, 400, 404, 404, 404, 404]
--- response_body_unlike eval
[("^secret") x 9]



=== TEST 16: a byte that ends names
--- raw_request eval
"GET /assets/abc/main.js%00.css HTTP/1.0\r\nHost: x\r\n\r\n"
--- error_code: 400



=== TEST 17: other methods
--- request eval
["POST /\nx", "DELETE /assets/abc/main.js", "PUT /x\nx"]
--- error_code eval
[405, 405, 405]
--- response_headers eval
[("Allow: GET, HEAD") x 3]



=== TEST 18: names longer than any file's
--- request eval
["GET /assets/abc/" . "x" x 300, "GET /" . "x/" x 1000, "GET /assets/" . "x" x 2000]
--- error_code eval
[404, 200, 404]



=== TEST 19: with an open file cache
--- config eval
"open_file_cache max=100; open_file_cache_errors on; location / { betterstack_dashboard $::dir/; }"
--- request eval
["GET /assets/abc/main.js", "GET /assets/abc/no.js", "GET /assets/abc/main.js", "GET /assets/abc/no.js"]
--- error_code eval
[200, 404, 200, 404]



=== TEST 20: nginx compresses what we have no copy of, and only that
--- config eval
"gzip on; gzip_min_length 1; gzip_types text/css text/javascript; location / { betterstack_dashboard $::dir; }"
--- request eval
["GET /assets/abc/only.css", "GET /assets/abc/main.js"]
--- more_headers
Accept-Encoding: gzip
--- response_headers eval
["Content-Encoding: gzip\n!Content-Length", "Content-Encoding: gzip\nContent-Length: 14"]



=== TEST 21: the token of a link has dots, and is a place
--- request eval
["GET /acknowledge/1.c1.1795372608.0af3", "GET /acknowledge/", "GET /acknowledge.js", "GET /acknowledge/../secret.js", "GET /monitors/acknowledge/a.b"]
--- error_code eval
[200, 200, 404, 404, 404]
