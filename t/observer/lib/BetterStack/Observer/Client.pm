package BetterStack::Observer::Client;

# The API as any program sees it: HTTP, JSON and a bearer token.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json encode_json);
use Time::HiRes qw(time);

use BetterStack::Observer::Events;
use BetterStack::Observer::HttpStream;

use constant TIMEOUT_SECONDS => 20;
use constant READ_BYTES      => 65536;

# new("http://127.0.0.1:8080", token)
sub new {
    my ($class, $base, $token) = @_;
    my ($host) = $base =~ m{^http://([^/]+)};
    return bless {base => $base, host => $host, token => $token}, $class;
}

# (status, decoded body or undef); status 599 when there was no answer.  The
# connection is kept, and a request leaves in one piece: HTTP::Tiny sends head
# and body apart, which costs 40 ms of delayed acknowledgement each time.
sub request {
    my ($self, $method, $path, $body) = @_;
    my $content = $body ? encode_json($body) : '';
    my $head = "$method $path HTTP/1.1\r\nHost: $self->{host}\r\n"
        . "Authorization: Bearer $self->{token}\r\n";
    $head .= "Content-Type: application/json\r\nContent-Length: " . length($content) . "\r\n"
        if $body;

    my $answer = $self->exchange("$head\r\n$content") // return (599, undef);
    my ($status) = $answer->{start} =~ m{^HTTP/1\.1 (\d+)};
    my $json = ($answer->{headers}{'content-type'} // '') =~ m{^application/json};
    $self->{socket} = undef if lc($answer->{headers}{connection} // '') eq 'close';
    return ($status, $json ? decode_json($answer->{body}) : undef);
}

# The answer, or undef.  A kept connection may have been closed meanwhile.
sub exchange {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    for my $try (1 .. 2) {
        my $kept = defined $self->{socket};
        $self->{socket} //= IO::Socket::INET->new(
            PeerAddr => $self->{host}, Timeout => TIMEOUT_SECONDS) // return undef;
        my $answer = eval { $self->sent_and_answered($bytes) };
        return $answer if $answer;
        $self->{socket} = undef;
        return undef if !$kept;
    }
    return undef;
}

sub sent_and_answered {
    my ($self, $bytes) = @_;
    my $socket = $self->{socket};
    my $stream = BetterStack::Observer::HttpStream->new;
    my $until = time + TIMEOUT_SECONDS;

    (syswrite($socket, $bytes) // 0) == length $bytes or die "not sent\n";
    while (time < $until) {
        next if !IO::Select->new($socket)->can_read($until - time);
        sysread $socket, my $more, READ_BYTES or die "closed\n";
        my ($answer) = $stream->add($more);
        return $answer if $answer;
    }
    die "no answer in time\n";
}

# The `data` of the answer; dies unless the status is the expected one.
sub expect {
    my ($self, $expected, $method, $path, $body) = @_;
    my ($status, $answer) = $self->request($method, $path, $body);
    die "$method $path: $status " . encode_json($answer // {}) . "\n" if $status != $expected;
    return $answer ? $answer->{data} : undef;
}

sub get    { my ($self, $path) = @_; return $self->expect(200, 'GET', $path) }
sub create { my ($self, $path, $body) = @_; return $self->expect(201, 'POST', $path, $body) }
sub change { my ($self, $path, $body) = @_; return $self->expect(200, 'PATCH', $path, $body) }
sub delete { my ($self, $path) = @_; return $self->expect(204, 'DELETE', $path) }

sub events {
    my ($self) = @_;
    return BetterStack::Observer::Events->open($self->{base}, $self->{token});
}

1;
