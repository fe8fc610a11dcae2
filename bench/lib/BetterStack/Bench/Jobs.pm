package BetterStack::Bench::Jobs;

# Puts check jobs into a region's Redis stream the way the hub does, and waits
# until the agents have dealt with all of them.

use strict;
use warnings;

use IO::Socket::UNIX;
use Time::HiRes qw(sleep time);

use BetterStack::Observer::Msgpack qw(msgpack_job);

use constant PIPELINE_MAX  => 500;        # commands sent before their answers are read
use constant STREAM_MAX    => 100_000;
use constant LOOK_SECONDS  => 0.02;
use constant DONE_SECONDS  => 60;

sub new {
    my ($class, $socket_path, $region) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $socket_path) or die "$socket_path: $!\n";
    return bless {socket => $socket, key => "betterstack:jobs:$region"}, $class;
}

sub command {
    my (@words) = @_;
    return '*' . @words . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @words;
}

sub send_all {
    my ($self, $bytes) = @_;
    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes or die "redis: $!\n";
        substr $bytes, 0, $n, '';
    }
}

# One answer that is a status, an integer or a short text.
sub answer {
    my ($self) = @_;
    my $socket = $self->{socket};
    my $line = <$socket> // die "redis: connection closed\n";
    $line =~ s/\r\n\z//;
    die "redis: $line\n" if $line =~ /^-/;
    return substr $line, 1 if $line =~ /^[:+]/;
    my ($length) = $line =~ /^\$(\d+)$/ or die "redis: unexpected answer $line\n";
    read $socket, my $text, $length + 2;
    return substr $text, 0, $length;
}

# jobs: [[monitor, slot ms, spec], ...]
sub push_jobs {
    my ($self, $jobs, $expires_ms) = @_;
    for (my $from = 0; $from < @$jobs; $from += PIPELINE_MAX) {
        my $to = $from + PIPELINE_MAX - 1;
        $to = $#$jobs if $to > $#$jobs;
        $self->send_all(join '', map {
            command('XADD', $self->{key}, 'MAXLEN', '~', STREAM_MAX, '*', 'job',
                msgpack_job($_->[0], $_->[1], $expires_ms, $_->[2]))
        } @$jobs[$from .. $to]);
        $self->answer for $from .. $to;
    }
}

# Acknowledged entries are deleted, so the stream is empty when all are done.
sub wait_until_empty {
    my ($self) = @_;
    my $until = time + DONE_SECONDS;
    while (1) {
        $self->send_all(command('XLEN', $self->{key}));
        my $left = $self->answer;
        return if $left == 0;
        die "$left jobs are left after " . DONE_SECONDS . " s\n" if time > $until;
        sleep LOOK_SECONDS;
    }
}

1;
