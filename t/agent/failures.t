# Servers that misbehave in every way we have a word for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Server qw(request reply answer hold reset_connection);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

sub server { return BetterStack::Agent::Server->new(@_) }

# The result of a server that does this, and how long it took.
sub result_of {
    my ($handler, @options) = @_;
    my $server = server($handler);
    my $began = time;
    my $result = check('--timeout', 2, @options, $server->url);
    $result->{took} = time - $began;
    $result->{connections} = $server->connections;
    return $result;
}

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

my $head = "HTTP/1.1 200 OK\r\nServer: bad\r\n";

# ---- connecting ----
{
    my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die;
    my @waiting = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Blocking => 0)
    } 1 .. 4;
    my $result = check('--timeout', 1, 'http://127.0.0.1:' . $full->sockport . '/');
    is_reason $result, 'connect_timeout', 'a full backlog';
    cmp_ok $result->{phases_us}{total}, '>=', 990_000, 'after the whole time';
}

# ---- before the answer ----
{
    my $result = result_of(sub { request($_[0]); hold($_[0]) });
    is_reason $result, 'first_byte_timeout', 'no answer';
    cmp_ok $result->{phases_us}{total}, '<', 2_900_000, 'in time';
    is $result->{phases_us}{first_byte}, undef, 'a first byte was not seen';
    ok defined $result->{phases_us}{connect}, 'but connecting was';

    is_reason result_of(sub { request($_[0]); reset_connection($_[0]) }), 'connect_reset',
        'reset before the answer';
    is_reason result_of(sub { request($_[0]) }), 'protocol_error', 'closed without an answer';
    is_reason result_of(sub { request($_[0]); reply($_[0], "HTTP/1.1 200 OK\r\nServ") }),
        'reset_mid_body', 'closed within the headers';
}

# ---- within the answer ----
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}Content-Length: 100\r\n\r\nhalf"); sleep 0.1;
    reset_connection($_[0]) }), 'reset_mid_body', 'reset in the body';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}Content-Length: 100\r\n\r\nhalf") }),
    'reset_mid_body', 'a Content-Length that promises more';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n") }),
    'reset_mid_body', 'chunks without an end';
is result_of(sub {
    request($_[0]);
    reply($_[0], "${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nLocation: /\r\n\r\n");
})->{status}, 'up', 'chunks with trailers behind them';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n") }),
    'protocol_error', 'chunks that are none';
is result_of(sub { request($_[0]); reply($_[0], "${head}Content-Length: 3\r\n\r\nmore than three") })->{status},
    'up', 'a Content-Length that promises less';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}Content-Length: 100\r\n\r\nhalf"); hold($_[0]) }),
    'read_timeout', 'silence in the body';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}X: "); hold($_[0]) }),
    'read_timeout', 'silence in the headers';

for my $drip (
    ['headers', sub { reply($_[0], "X-$_[1]: drip\r\n") }, $head],
    ['half a header', sub { reply($_[0], 'x') }, "${head}X: "],
    ['the body', sub { reply($_[0], 'x') }, "${head}Content-Length: 100000\r\n\r\n"])
{
    my ($what, $drop, $before) = @$drip;
    my $result = result_of(sub {
        request($_[0]);
        reply($_[0], $before);
        for my $n (1 .. 400) { $drop->($_[0], $n) or last; sleep 0.05 }
    });
    is_reason $result, 'total_timeout', "dripping $what";
    cmp_ok $result->{phases_us}{total}, '<', 2_900_000, 'does not push the deadline back';
}

# ---- too much ----
is_reason result_of(sub { request($_[0]); reply($_[0], $head); 1 while reply($_[0], 'X: ' . 'x' x 1000 . "\r\n") }),
    'protocol_error', 'headers without end';
is_reason result_of(sub { request($_[0]); reply($_[0], "${head}X: "); 1 while reply($_[0], 'x' x 10000) }),
    'protocol_error', 'one header without end';
is_reason result_of(sub { request($_[0]); 1 while reply($_[0], "HTTP/1.1 100 Continue\r\n\r\n" x 100) }),
    'protocol_error', 'a hundred continues, and more';
{
    my $endless = sub { request($_[0]); reply($_[0], "$head\r\n"); 1 while reply($_[0], 'x' x 65536) };
    my $result = result_of($endless);
    is $result->{status}, 'up', 'of a body without end enough has been seen';
    is_reason result_of($endless, '--keyword', 'needle'), 'body_too_large', 'but not to miss a keyword in it';
    is_reason result_of($endless, '--keyword-absent', 'needle'), 'body_too_large', 'nor to be sure it has none';
    is result_of(sub { request($_[0]); reply($_[0], "$head\r\nneedle"); 1 while reply($_[0], 'x' x 65536) },
        '--keyword', 'needle')->{status}, 'up', 'a keyword at its beginning is found';
}

# ---- no HTTP at all ----
is_reason result_of(sub { reply($_[0], "220 mail.example ESMTP\r\n"); hold($_[0]) }), 'protocol_error', 'a mail server';
is_reason result_of(sub { reply($_[0], "SSH-2.0-OpenSSH_9\r\n") }), 'protocol_error', 'an SSH server';
is_reason result_of(sub { request($_[0]); reply($_[0], join '', map { chr(int rand 256) } 1 .. 5000) }),
    'protocol_error', 'noise';
is_reason result_of(sub { request($_[0]); reply($_[0], "HTTP/9.9 200 OK\r\n\r\n") }), 'protocol_error',
    'an HTTP of the future';
is_reason result_of(sub { request($_[0]); reply($_[0], "\x16\x03\x01\x02\x00\x01\x00") }), 'protocol_error',
    'TLS where none is expected';

# ---- compression that nobody asked for ----
{
    require IO::Compress::Gzip;
    my $plain = 'a' x 100_000 . 'needle';
    IO::Compress::Gzip::gzip(\$plain, \my $packed);
    my $packed_as = sub {
        my ($encoding, $bytes) = @_;
        return result_of(sub { request($_[0]); answer($_[0], 200, $bytes, "Content-Encoding: $encoding") },
            '--keyword', 'needle');
    };
    is $packed_as->('gzip', $packed)->{status}, 'up', 'is undone';
    is_reason $packed_as->('gzip', substr $packed, 0, 60), 'keyword_missing', 'as far as it goes';
    is_reason $packed_as->('gzip', 'no gzip at all'), 'protocol_error', 'and none at all';
    is result_of(sub { request($_[0]); answer($_[0], 200, 'text', 'Content-Encoding: UTF-8') })->{status}, 'up',
        'what is no coding at all is passed over';
    for my $look (['--keyword', 'text'], ['--keyword-absent', 'x'], ['--assert', 'body not_contains x']) {
        is_reason result_of(sub { request($_[0]); answer($_[0], 200, 'text', 'Content-Encoding: UTF-8') }, @$look),
            'protocol_error', "unless the body matters: $look->[0]";
    }
    is result_of(sub { request($_[0]); answer($_[0], 200, 'text', 'Content-Encoding: UTF-8') },
        '--assert', 'header content-encoding exists')->{status}, 'up', 'headers can be looked at';
}

# ---- keywords across pieces ----
for my $cut (1 .. 6) {
    my $result = result_of(sub {
        request($_[0]);
        reply($_[0], "${head}Connection: close\r\n\r\n" . 'x' x 5000 . substr 'needle', 0, $cut);
        sleep 0.05;
        reply($_[0], substr('needle', $cut) . 'y' x 100);
    }, '--keyword', 'needle');
    is $result->{status}, 'up', "a keyword cut after $cut bytes";
}

is result_of(sub {
    request($_[0]);
    reply($_[0], "${head}Transfer-Encoding: chunked\r\n\r\n" . join '', map { "1\r\n$_\r\n" } split //, 'my needle here');
    reply($_[0], "0\r\n\r\n");
}, '--keyword', 'needle')->{status}, 'up', 'a keyword in chunks of one byte';

done_testing;
