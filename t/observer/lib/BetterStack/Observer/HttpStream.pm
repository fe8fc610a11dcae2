package BetterStack::Observer::HttpStream;

# Finds the HTTP/1.1 messages in one direction of a connection, without
# touching the bytes.  add() takes what has passed and returns the messages
# that became complete: {start, headers (lower-case names), body}.
# Interim (1xx) answers are not messages here.

use strict;
use warnings;

use constant HEADER_BYTES_MAX => 16384;
use constant BODY_BYTES_MAX   => 4194304;

sub new {
    my ($class) = @_;
    return bless {buffer => ''}, $class;
}

sub add {
    my ($self, $bytes) = @_;
    $self->{buffer} .= $bytes;

    my @messages;
    while (defined(my $message = $self->next_message)) {
        push @messages, $message if $message->{start} !~ m{^HTTP/1\.1 1};
    }
    return @messages;
}

sub next_message {
    my ($self) = @_;
    my $end = index $self->{buffer}, "\r\n\r\n";
    if ($end < 0) {
        die "observer: header too long\n" if length $self->{buffer} > HEADER_BYTES_MAX;
        return undef;
    }

    my ($start, @lines) = split /\r\n/, substr $self->{buffer}, 0, $end;
    my %headers = map { /^([^:]+):\s*(.*?)\s*$/ ? (lc $1, $2) : () } @lines;
    my ($body, $after) = $self->body($start, \%headers, $end + 4);
    return undef if !defined $body;

    substr $self->{buffer}, 0, $after, '';
    return {start => $start, headers => \%headers, body => $body};
}

# The body and the offset after it; nothing while it is not complete.
sub body {
    my ($self, $start, $headers, $from) = @_;
    return ('', $from) if $start =~ m{^HTTP/1\.1 (?:1\d\d|204|304)};
    return $self->chunks($from) if lc($headers->{'transfer-encoding'} // '') eq 'chunked';

    my $length = $headers->{'content-length'} // 0;
    die "observer: body too long\n" if $length > BODY_BYTES_MAX;
    return if length $self->{buffer} < $from + $length;
    return (substr($self->{buffer}, $from, $length), $from + $length);
}

sub chunks {
    my ($self, $at) = @_;
    my $body = '';

    while (1) {
        pos($self->{buffer}) = $at;
        return if $self->{buffer} !~ /\G([0-9a-fA-F]{1,6})[^\r\n]*\r\n/gc;
        my $length = hex $1;
        $at = pos $self->{buffer};
        return if length $self->{buffer} < $at + $length + 2;
        $body .= substr $self->{buffer}, $at, $length;
        $at += $length + 2;
        return ($body, $at) if $length == 0;
        die "observer: body too long\n" if length $body > BODY_BYTES_MAX;
    }
}

1;
