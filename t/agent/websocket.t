# WebSocket: the opening handshake, understood or not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Server qw(request reply answer hold);
use Digest::SHA qw(sha1_base64);
use Test::More;

sub accept_of { my ($key) = @_; return sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=' }

# A server that answers a key with these lines.
sub server {
    my ($lines) = @_;
    return BetterStack::Agent::Server->new(sub {
        my ($client) = @_;
        my ($head) = request($client);
        my ($key) = $head =~ /^Sec-WebSocket-Key: (\S+)/mi;
        reply($client, join "\r\n", $lines->(accept_of($key // ''), $client), '', '');
        hold($client);
    });
}

sub result_of {
    my ($lines, @options) = @_;
    my $server = server($lines);
    my $result = check('--type', 'websocket', '--timeout', 3, @options, 'ws://127.0.0.1:' . $server->port . '/live?x=1');
    $result->{seen} = $server->seen;
    return $result;
}

my $good = sub {
    return ('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', "Sec-WebSocket-Accept: $_[0]");
};

{
    my $result = result_of($good, '--header', 'Origin: https://example.com', '--header', 'Sec-WebSocket-Key: mine');
    is $result->{status}, 'up', 'a server that understands' or diag $result->{detail};
    is $result->{http_status}, 101, 'says so by its status';
    cmp_ok $result->{phases_us}{total}, '<', 2_000_000, 'which is the end, however long it stays open';
    like $result->{seen}, qr{^GET /live\?x=1 HTTP/1\.1\r}, 'asked by GET, over HTTP/1.1';
    like $result->{seen}, qr{^Upgrade: websocket\r}m, 'to upgrade';
    like $result->{seen}, qr{^Sec-WebSocket-Version: 13\r}m, 'to version 13';
    like $result->{seen}, qr{^Origin: https://example\.com\r}m, 'with the headers of the monitor';
    unlike $result->{seen}, qr{mine}, 'except those of the handshake itself';
}
my ($one) = result_of($good)->{seen} =~ /Key: (\S+)/;
my ($other) = result_of($good)->{seen} =~ /Key: (\S+)/;
isnt $one, $other, 'no key is used twice';
is length $one, 24, 'and each is 16 bytes long';

for my $case (
    ['protocol_error', 'another key', sub { $good->('dGhlIHNhbXBsZSBub25jZQ==') }],
    ['protocol_error', 'no key', sub { ($good->(''))[0 .. 2] }],
    ['protocol_error', 'another protocol', sub { map { s/websocket/h2c/r } $good->(@_) }],
    ['status_unexpected', 'a page', sub { 'HTTP/1.1 200 OK', 'Content-Length: 0' }],
    ['status_unexpected', 'a redirect', sub { 'HTTP/1.1 302 Found', 'Location: /elsewhere', 'Content-Length: 0' }],
    ['status_unexpected', 'a refusal', sub { 'HTTP/1.1 403 Forbidden', 'Content-Length: 0' }],
    ['protocol_error', 'noise', sub { 'noise' }],
    ['first_byte_timeout', 'nothing', sub { hold($_[1]) }])
{
    my ($reason, $what, $lines) = @$case;
    my $result = result_of($lines, '--timeout', 1);
    is $result->{reason}, $reason, "answered by $what" or diag $result->{detail};
    unlike $result->{seen}, qr/elsewhere/, 'goes nowhere else';
}

is check('--type', 'websocket', 'http://127.0.0.1:' . server($good)->port . '/')->{status}, 'up', 'http: is as good as ws:';
is check('--type', 'websocket', 'ftp://127.0.0.1/')->{reason}, 'not_run', 'ftp: is not';
is check('--type', 'websocket', 'ws://169.254.169.254/')->{reason}, 'address_blocked', 'the address policy holds';

done_testing;
