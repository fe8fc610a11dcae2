package BetterStack::Bench::Targets;

# Many small web servers in one process, each on an address and port of its own, that go down one by
# one at moments that are known beforehand: then nothing listens there any more.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use List::Util qw(max min);
use POSIX ();
use Time::HiRes qw(time);

use constant HEAD_BYTES_MAX => 8192;
use constant LOOK_SECONDS   => 0.5;
use constant ANSWER         => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

# count at most 250: 127.0.1.1, 127.0.1.2, ...
sub start {
    my ($class, $count) = @_;
    my @listeners = map { IO::Socket::INET->new(Listen => 64, LocalAddr => "127.0.1.$_") // die "listen: $!\n" } 1 .. $count;
    my $self = bless {urls => [map { 'http://' . $_->sockhost . ':' . $_->sockport . '/' } @listeners], owner => $$}, $class;
    pipe my $in, $self->{orders} or die "pipe: $!\n";
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        $SIG{PIPE} = 'IGNORE';
        close $self->{orders};
        serve($in, @listeners);
        POSIX::_exit(0);
    }
    $self->{orders}->autoflush(1);
    return $self;
}

sub urls { @{$_[0]{urls}} }

# (time when the first one goes down, ...), in seconds since the epoch.
sub go_down_at {
    my ($self, @times) = @_;
    print {$self->{orders}} join(' ', @times), "\n";
}

sub serve {
    my ($orders, @listeners) = @_;
    my %number = map { fileno $listeners[$_] => $_ } 0 .. $#listeners;
    my $select = IO::Select->new($orders, @listeners);
    my @due;
    while (1) {
        my $wait = min LOOK_SECONDS, map { $_->[0] - time } @due ? $due[0] : ();
        for my $ready ($select->can_read(max 0, $wait)) {
            if ($ready == $orders) {
                my $line = readline($orders) // return;
                my @times = split ' ', $line;
                @due = sort { $a->[0] <=> $b->[0] } map { [$times[$_], $listeners[$_]] } 0 .. $#times;
            } elsif (defined $number{fileno $ready}) {
                my $client = $ready->accept or next;
                $select->add($client);
            } else {
                answer($select, $ready);
            }
        }
        while (@due && $due[0][0] <= time) {
            my $listener = (shift @due)->[1];
            $select->remove($listener);
            delete $number{fileno $listener};
            close $listener;
        }
    }
}

# Whatever was asked.
sub answer {
    my ($select, $client) = @_;
    $select->remove($client);
    $client->sysread(my $head, HEAD_BYTES_MAX) and $client->syswrite(ANSWER);
    close $client;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local $?;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
