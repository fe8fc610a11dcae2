# HTTP/2 that goes wrong, frame by frame: what is said of it is what happened.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Server qw(reply hold reset_connection);
use Test::More;

use constant { DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4, PING => 6, GOAWAY => 7 };
use constant { END_STREAM => 1, ACK => 1, END_HEADERS => 4 };
use constant { INTERNAL_ERROR => 2, REFUSED_STREAM => 7, CANCEL => 8 };

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}

# HPACK: a status of the static table, or any other; headers as they are.
sub block {
    my ($status, @headers) = @_;
    my $text = $status eq '200' ? "\x88" : "\x08" . chr(length $status) . $status;
    $text .= "\x00" . join '', map { chr(length) . $_ } splice @headers, 0, 2 while @headers;
    return $text;
}

sub read_exactly {
    my ($client, $len) = @_;
    my $bytes = '';
    while (length $bytes < $len) {
        sysread($client, $bytes, $len - length $bytes, length $bytes) or return;
    }
    return $bytes;
}

# Frames, up to the first of this type.
sub read_until {
    my ($client, $wanted) = @_;
    while (my $head = read_exactly($client, 9)) {
        my ($high, $low, $type) = unpack 'CnC', $head;
        my $len = $high << 16 | $low;
        read_exactly($client, $len) if $len > 0;
        return if $type == $wanted;
    }
}

# A server that has read a request's headers before it does what the test says.
sub server {
    my ($handler) = @_;
    return BetterStack::Agent::Server->new(sub {
        my ($client) = @_;
        read_exactly($client, 24) // return;
        reply($client, frame(SETTINGS, 0, 0, ''));
        read_until($client, HEADERS);
        $handler->(@_);
    });
}

sub result_of {
    my ($handler, @arguments) = @_;
    my $server = server($handler);
    my $result = check('--timeout', 0.7, '--http-version', 2, @arguments, $server->url);
    $result->{connections} = $server->connections;
    return $result;
}

sub is_reason {
    my ($result, $reason, $name) = @_;
    my $got = $result->{reason} // $result->{status};
    my $fits = ref $reason ? like $got, $reason, $name : is $got, $reason, $name;
    diag explain $result if !$fits;
}

my $ok = frame(HEADERS, END_HEADERS, 1, block(200));
sub data { return frame(DATA, $_[1] // 0, 1, $_[0]) }
sub rst { return frame(RST_STREAM, 0, 1, pack 'N', $_[0]) }

# Headers and the beginning of a body, which have arrived: of what comes together with a stream's end
# libcurl tells nothing.
sub begin { reply($_[0], $ok . data('hel') . frame(PING, 0, 0, 'x' x 8)); read_until($_[0], PING) }
sub goaway { return frame(GOAWAY, 0, 0, pack 'NN', $_[0], $_[1]) }

is_reason result_of(sub { reply($_[0], $ok . data('hello', END_STREAM)); hold($_[0]) }), 'up', 'a whole answer';
is_reason result_of(sub { reply($_[0], $ok . data('hello') . frame(HEADERS, END_HEADERS | END_STREAM, 1, "\x00\x05x-sum\x019")); hold($_[0]) },
    '--assert', 'header x-sum equals 9'), 'up', 'with trailers';
is_reason result_of(sub { reply($_[0], frame(HEADERS, END_HEADERS, 1, block(103, 'x-hint', 'a')) x 3
    . frame(HEADERS, END_HEADERS, 1, block(200, 'x-late', 'b')) . data('hello', END_STREAM)); hold($_[0]) },
    '--assert', 'header x-hint not_exists', '--assert', 'header x-late equals b'), 'up', 'hints before it';
is_reason result_of(sub { reply($_[0], $ok . data('hello', END_STREAM) . rst(0)); hold($_[0]) }), 'up', 'a stream reset after its end';
is_reason result_of(sub { reply($_[0], $ok . data('hello', END_STREAM) . goaway(1, 0)); hold($_[0]) }), 'up', 'a proper goodbye after it';
is_reason result_of(sub { reply($_[0], goaway(1, 0) . $ok . data('hello', END_STREAM)); hold($_[0]) }), 'up', 'a goodbye before it, to others';

is_reason result_of(sub { reply($_[0], rst(INTERNAL_ERROR)); hold($_[0]) }), 'connect_reset', 'a stream that is reset before the answer';
is_reason result_of(sub { begin($_[0]); reply($_[0], rst(INTERNAL_ERROR)); hold($_[0]) }), 'reset_mid_body', 'and in the middle of it';
is_reason result_of(sub { begin($_[0]); reply($_[0], rst(CANCEL)); hold($_[0]) }), 'reset_mid_body', 'cancelled';
is_reason result_of(sub { reply($_[0], $ok . data('hel') . goaway(1, INTERNAL_ERROR)); shutdown $_[0], 1; hold($_[0]) }), 'reset_mid_body', 'a goodbye in the middle';
is_reason result_of(sub { reply($_[0], $ok . data('hel')); shutdown $_[0], 1; hold($_[0]) }), 'reset_mid_body', 'closed in the middle';
is_reason result_of(sub { begin($_[0]); reset_connection($_[0]) }), 'reset_mid_body', 'reset in the middle';
is_reason result_of(sub { reply($_[0], goaway(0, INTERNAL_ERROR)); shutdown $_[0], 1; hold($_[0]) }), qr/^(?:protocol_error|connect_reset)$/, 'a goodbye instead of an answer';
is_reason result_of(sub { shutdown $_[0], 1; hold($_[0]) }), qr/^(?:protocol_error|connect_reset)$/, 'closed without an answer';
like result_of(sub { reset_connection($_[0]) })->{reason}, qr/^(?:connect_reset|send_failed)$/, 'reset without an answer';
{
    my $r = result_of(sub { reply($_[0], rst(REFUSED_STREAM)); hold($_[0]) });
    is_reason $r, 'connect_reset', 'a stream that is refused';
    cmp_ok $r->{connections}, '<=', 12, 'again and again, but not for ever';
}
is_reason result_of(sub { hold($_[0]) }), 'first_byte_timeout', 'silence';
is_reason result_of(sub { reply($_[0], $ok); hold($_[0]) }), 'read_timeout', 'silence after the headers';
is_reason result_of(sub { reply($_[0], frame(HEADERS, END_HEADERS | END_STREAM, 1, block(503))); hold($_[0]) }), 'status_unexpected', 'a bad status';
is_reason result_of(sub { reply($_[0], "garbage" x 100); hold($_[0]) }), qr/^(?:protocol_error|first_byte_timeout)$/, 'garbage';
is_reason result_of(sub { 1 while reply($_[0], frame(HEADERS, END_HEADERS, 1, block(103, 'x-hint', 'a' x 100))) }), 'protocol_error', 'hints without end';
is_reason result_of(sub { reply($_[0], frame(HEADERS, 0, 1, block(200))); 1 while reply($_[0], frame(9, 0, 1, "\x00\x01a" . "\x64" . 'b' x 100)) }), 'protocol_error', 'continuations without end';
is_reason result_of(sub { 1 while reply($_[0], frame(SETTINGS, 0, 0, '') . frame(6, 0, 0, 'x' x 8)) }), 'protocol_error', 'pings without end';
is_reason result_of(sub { reply($_[0], frame(HEADERS, END_HEADERS, 1, block(200, 'content-length', '100')) . data('hello', END_STREAM)); hold($_[0]) }), 'protocol_error', 'a length that lies';

done_testing;
