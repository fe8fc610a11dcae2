package BetterStack::Agent::Server;

# A server that does what the test says, well or badly: a process for each
# connection, and a count of them that outlives both.
#
#   my $server = BetterStack::Agent::Server->new(sub { my ($client, $n) = @_; ... });
#   $server->port;  $server->url('/path');  $server->connections;  $server->seen
#
# Inside: request($client) reads the head (and a body of Content-Length);
# reply($client, $bytes) writes; reset($client) closes with RST.

use strict;
use warnings;

use Exporter 'import';
use File::Temp qw(tempdir);
use IO::Socket::IP;
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);

our @EXPORT_OK = qw(request reply reset_connection answer hold);

my $owner = $$;

sub new {
    my ($class, $handler, %how) = @_;
    my $self = bless {dir => tempdir('bs-server-XXXXXX', DIR => '/tmp', CLEANUP => 1),
        host => $how{host} // '127.0.0.1'}, $class;
    my $listener = IO::Socket::IP->new(Listen => 128, LocalHost => $self->{host},
        LocalPort => $how{port} // 0, ReuseAddr => 1) or die "listen: $@\n";
    $self->{port} = $listener->sockport;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        setpgrp;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $SIG{PIPE} = $SIG{CHLD} = 'IGNORE';
        $self->serve($listener, $handler);
        POSIX::_exit(0);
    }
    close $listener;
    return $self;
}

sub serve {
    my ($self, $listener, $handler) = @_;
    my $number = 0;
    while (my $client = $listener->accept) {
        $number++;
        $self->note('connections', "$number\n");
        my $pid = fork // next;
        next if $pid;
        close $listener;
        binmode $client;
        $BetterStack::Agent::Server::current = $self;
        $handler->($client, $number);
        close $client;
        POSIX::_exit(0);
    }
}

our $current;

sub note {
    my ($self, $file, $text) = @_;
    open my $out, '>>:raw', "$self->{dir}/$file" or return;
    syswrite $out, $text;
}

sub lines {
    my ($self, $file) = @_;
    open my $in, '<:raw', "$self->{dir}/$file" or return;
    return <$in>;
}

sub port { $_[0]{port} }
sub connections { my ($self) = @_; return scalar(my @lines = $self->lines('connections')) }

# All request heads and bodies that request() has read, one after the other.
sub seen { my ($self) = @_; return join '', $self->lines('seen') }

sub url {
    my ($self, $path) = @_;
    my $host = $self->{host} =~ /:/ ? "[$self->{host}]" : $self->{host};
    return "http://$host:$self->{port}" . ($path // '/');
}

# ---- for handlers ----

# (head, body)
sub request {
    my ($client) = @_;
    my $bytes = '';
    until ($bytes =~ /\r\n\r\n/) {
        return if !sysread $client, $bytes, 4096, length $bytes;
    }
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($length) = $head =~ /^content-length:\s*(\d+)/im;
    while (length $body < ($length // 0)) {
        last if !sysread $client, $body, 4096, length $body;
    }
    $current->note('seen', "$head\r\n\r\n$body\n") if $current;
    return ($head, $body);
}

sub reply {
    my ($client, $bytes) = @_;
    my $done = 0;
    while ($done < length $bytes) {
        my $wrote = syswrite $client, $bytes, length($bytes) - $done, $done;
        return 0 if !$wrote;
        $done += $wrote;
    }
    return 1;
}

# A whole and proper answer.
sub answer {
    my ($client, $status, $body, @headers) = @_;
    return reply($client, join "\r\n", "HTTP/1.1 $status Answer", 'Content-Length: ' . length $body,
        'Connection: close', @headers, '', $body);
}

# Until the other side closes.
sub hold {
    my ($client) = @_;
    1 while sysread $client, my $bytes, 4096;
}

sub reset_connection {
    my ($client) = @_;
    setsockopt $client, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
    close $client;
    POSIX::_exit(0);
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $owner || !$self->{pid};
    kill 'KILL', -$self->{pid} or kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
