# `betterstack-agent check`: what it prints, how it ends, what it sends.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check check_text free_port);
use BetterStack::Agent::Server qw(request answer);
use Test::More;

my $site = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    my ($method, $path) = $head =~ m{^(\S+) (\S+)};
    my %status = ('/missing' => 404, '/teapot' => 418, '/empty' => 204, '/same' => 304,
        '/error' => 500, '/moved' => 301);
    my $status = $status{$path} // 200;
    return BetterStack::Agent::Server::reply($client, "HTTP/1.1 $status Answer\r\nConnection: close\r\n\r\n")
        if $status == 204 || $status == 304;
    return BetterStack::Agent::Server::reply($client,
        "HTTP/1.1 200 Answer\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n") if $method eq 'HEAD';
    answer($client, $status, "hello world\n", 'Server: perl');
});

# ---- the command line ----
{
    my ($status, $out) = BetterStack::Agent::output('--version');
    is $status, 0, '--version';
    like $out, qr/^betterstack-agent \d+\.\d+\.\d+\n/, 'prints the version';

    ($status, $out) = BetterStack::Agent::output('--help');
    is $status, 0, '--help';
    like $out, qr/check/, 'names the commands';

    ($status, $out) = check_text('--help');
    is $status, 0, 'check --help';
    like $out, qr/--allow CIDR/, 'tells the options';

    for my $wrong ([], ['--nonsense', 'http://x/'], ['--timeout'], ['--timeout', 'soon', 'http://x/'],
        ['--allow', '10.0.0.1/8', 'http://x/'], ['--method', 'BREW', 'http://x/'],
        ['--header', "A: b\r\nC: d", 'http://x/'], ['--expect-status', '2xx', 'http://x/'])
    {
        my ($code, undef, $err) = check_text(@$wrong);
        is $code, 2, "check @$wrong: wrong usage" =~ s/\s+/ /gr;
        like $err, qr/--help/, 'says where to look';
    }

    ($status, undef, my $err) = BetterStack::Agent::output('chekc');
    is $status, 2, 'an unknown command';
    like $err, qr/"chekc" is not a command/, 'is quoted';
}

# ---- results ----
{
    my ($status, $result) = check($site->url);
    is $status, 0, 'up is exit 0';
    is $result->{status}, 'up', 'up';
    is $result->{reason}, undef, 'without a reason';
    is $result->{http_status}, 200, 'with the status';
    is $result->{address}, '127.0.0.1', 'and the address';
    my $phases = $result->{phases_us};
    ok defined $phases->{$_} && $phases->{$_} >= 0, "phase $_ is measured"
        for qw(dns connect first_byte total);
    is $phases->{tls}, undef, 'there is no TLS in it';
    cmp_ok $phases->{connect} + $phases->{first_byte}, '<=', $phases->{total}, 'the phases fit into the total';

    ($status, $result) = check($site->url('/error'));
    is $status, 1, 'down is exit 1';
    is $result->{reason}, 'status_unexpected', 'status 500 is not what is wanted';
    like $result->{detail}, qr/500/, 'and the status is told';

    ($status, my $out) = check_text('--allow', '127.0.0.1', $site->url, $site->url('/error'));
    is $status, 1, 'of several, one down is down';
    like $out, qr/^up .*\n(?:.*\n)*down .*status 500/m, 'both are shown';
    like $out, qr/first byte .* ms/, 'with their phases';

    ($status, $out) = check_text($site->url);
    is $status, 1, 'without --allow loopback is refused';
    like $out, qr/address_blocked: 127\.0\.0\.1 is a loopback address/, 'and it is said why';
    like $out, qr/--allow/, 'and how to allow it';
}

# ---- kinds of checks ----
is check('--expect-status', '404,418', $site->url('/teapot'))->{status}, 'up', 'an expected status';
is check('--expect-status', '404', $site->url)->{reason}, 'status_unexpected', 'is not any other';
is check('--keyword', 'lo wor', $site->url)->{status}, 'up', 'a keyword that is there';
is check('--keyword', 'lo wor', $site->url('/error'))->{status}, 'up', 'whatever the status';
is check('--keyword', 'bye', $site->url)->{reason}, 'keyword_missing', 'one that is not';
is check('--keyword-absent', 'bye', $site->url)->{status}, 'up', 'a keyword that must not be there';
is check('--keyword-absent', 'hello', $site->url)->{reason}, 'keyword_present', 'but is';
is check($site->url('/empty'))->{status}, 'up', '204 has no body and needs none';
is check('--expect-status', '304', $site->url('/same'))->{status}, 'up', '304 neither';
is check('--method', 'HEAD', $site->url)->{status}, 'up', 'HEAD waits for no body, whatever its length';

# ---- what is sent ----
{
    my $before = length $site->seen;
    check('--method', 'POST', '--header', 'X-One: 1', '--header', 'Content-Type: text/plain', '--data', 'the body',
        '--user', 'me:pass:word', $site->url('/a b?q=<x>#frag'));
    my $sent = substr $site->seen, $before;
    like $sent, qr{^POST /a%20b\?q=%3Cx%3E HTTP/1\.1\r\n}, 'the request line is escaped, without fragment';
    like $sent, qr{^X-One: 1\r$}m, 'own headers';
    like $sent, qr{^Content-Type: text/plain\r$}m, 'the own content type';
    like $sent, qr{^Authorization: Basic bWU6cGFzczp3b3Jk\r$}m, 'credentials';
    like $sent, qr{^User-Agent: betterstack-agent/}m, 'who asks';
    like $sent, qr{^Host: 127\.0\.0\.1:\d+\r$}m, 'the host';
    unlike $sent, qr{^Expect:}m, 'no Expect';
    like $sent, qr{^Accept-Encoding: identity\r$}m, 'no compression is wanted';
    like $sent, qr{\r\n\r\nthe body$}m, 'the body';

    $before = length $site->seen;
    check($site->url =~ s{//}{//user:p%40ss@}r);
    like substr($site->seen, $before), qr{^Authorization: Basic dXNlcjpwQHNz\r$}m, 'credentials in the URL';
}

# ---- nothing listens ----
{
    my $port = free_port();
    my ($status, $result) = check("http://127.0.0.1:$port/");
    is $status, 1, 'refused';
    is $result->{reason}, 'connect_refused', 'is told as that';
    is $result->{detail}, "connection refused by 127.0.0.1:$port", 'in words';
    is $result->{phases_us}{connect}, undef, 'connecting was not completed';
}

done_testing;
