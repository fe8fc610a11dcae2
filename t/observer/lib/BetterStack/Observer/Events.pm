package BetterStack::Observer::Events;

# One open stream of live events (SSE), read as far as a caller needs.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);

use constant OPEN_SECONDS => 10;
use constant READ_BYTES   => 65536;

sub open {
    my ($class, $base, $token) = @_;
    my ($host) = $base =~ m{^http://([^/]+)};
    my $socket = IO::Socket::INET->new(PeerAddr => $host, Timeout => OPEN_SECONDS)
        or die "$host: $@\n";
    print $socket "GET /api/v2/events HTTP/1.0\r\nHost: $host\r\n"
        . "Authorization: Bearer $token\r\nAccept: text/event-stream\r\n\r\n";
    $socket->flush;

    my $self = bless {socket => $socket, buffer => '', frames => []}, $class;
    $self->read_more(time + OPEN_SECONDS) while $self->{buffer} !~ /\r\n\r\n/;
    my ($head) = $self->{buffer} =~ /\A(.*?)\r\n\r\n/s;
    die "events: $head\n" if $head !~ m{^HTTP/1\.[01] 200 };
    substr $self->{buffer}, 0, length($head) + 4, '';
    return $self;
}

sub read_more {
    my ($self, $until) = @_;
    my $left = $until - time;
    die "events: nothing more in time\n" if $left <= 0;
    return if !IO::Select->new($self->{socket})->can_read($left);
    sysread $self->{socket}, $self->{buffer}, READ_BYTES, length $self->{buffer}
        or die "events: the stream has ended\n";
}

# The next frame: {event, data}; comments are skipped.
sub next_frame {
    my ($self, $until) = @_;
    while (1) {
        while ($self->{buffer} =~ s/\A(.*?)\n\n//s) {
            my %field = map { /^(\w+): ?(.*)$/ ? ($1, $2) : () } split /\n/, $1;
            return {event => $field{event}, data => decode_json($field{data})} if $field{data};
        }
        $self->read_more($until);
    }
}

# The first frame that the condition likes, or undef after so many seconds.
sub wait_for {
    my ($self, $seconds, $condition) = @_;
    my $until = time + $seconds;
    while (my $frame = eval { $self->next_frame($until) }) {
        return $frame if $condition->($frame);
    }
    return undef;
}

1;
