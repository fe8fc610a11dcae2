package BetterStack::Target;

# A web site for agents to look at, on a port of its own that it keeps: up,
# down (nothing listens), slow, or wrong; it counts what it was asked.
#
#   my $site = BetterStack::Target->new(body => 'hello');
#   $site->url('/path');  $site->down;  $site->up;
#   $site->answer(status => 500, body => '...', headers => {...}, delay => 0.5);
#   $site->requests        # lines "METHOD PATH"

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep);

use constant HEAD_BYTES_MAX => 65536;

sub new {
    my ($class, %answer) = @_;
    my $self = bless {dir => tempdir('bs-target-XXXXXX', DIR => '/tmp', CLEANUP => 1), owner => $$}, $class;
    $self->answer(%answer);
    $self->up;
    return $self;
}

sub port { $_[0]{port} }
sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}" . ($path // '/') }

# What it says from the next request on.
sub answer {
    my ($self, %answer) = @_;
    my $file = "$self->{dir}/answer";
    open my $out, '>', "$file.new" or die "$file: $!\n";
    print $out encode_json({status => 200, body => "ok\n", headers => {}, delay => 0, %answer});
    close $out;
    rename "$file.new", $file or die "$file: $!\n";
}

sub requests {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/requests" or return;
    chomp(my @lines = <$in>);
    return @lines;
}

sub up {
    my ($self) = @_;
    return if $self->{pid};
    my $listener = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1',
        LocalPort => $self->{port} // 0, ReuseAddr => 1) or die "listen: $!\n";
    $self->{port} = $listener->sockport;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        setpgrp;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $SIG{CHLD} = 'IGNORE';
        $self->serve($listener);
        POSIX::_exit(0);
    }
    close $listener;
}

sub down {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', -$pid or kill 'KILL', $pid;
    waitpid $pid, 0;
}

# A process for each connection, so that a slow answer delays no other.
sub serve {
    my ($self, $listener) = @_;
    while (my $client = $listener->accept) {
        my $pid = fork // next;
        next if $pid;
        close $listener;
        $self->converse($client);
        POSIX::_exit(0);
    }
}

sub converse {
    my ($self, $client) = @_;
    my $head = '';
    until ($head =~ /\r\n\r\n/) {
        return if length $head > HEAD_BYTES_MAX || !sysread $client, $head, 4096, length $head;
    }
    my ($method, $path) = $head =~ /^(\S+) (\S+)/ or return;
    open my $log, '>>', "$self->{dir}/requests" or return;
    syswrite $log, "$method $path\n";

    open my $in, '<', "$self->{dir}/answer" or return;
    my $answer = decode_json(do { local $/; <$in> });
    sleep $answer->{delay} if $answer->{delay};
    my %headers = ('Content-Length' => length $answer->{body}, Connection => 'close',
        %{$answer->{headers}});
    my $reply = join "\r\n", "HTTP/1.1 $answer->{status} Answer",
        (map { "$_: $headers{$_}" } sort keys %headers), '', '';
    $reply .= $answer->{body} if $method ne 'HEAD';
    syswrite $client, $reply;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->down if $self->{owner} == $$;
}

1;
