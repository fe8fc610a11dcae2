package BetterStack::Bench::Express;

# The Express and pg service of bench/express.

use strict;
use warnings;

use BetterStack::Bench::Npm;
use BetterStack::Observer::Process;

# start(log => PATH, env => {PGHOST..})
sub start {
    my ($class, %how) = @_;
    my $place = BetterStack::Bench::Npm::install('express');
    my $process = BetterStack::Observer::Process->start(
        command => ['node', "$place/server.js"],
        log => $how{log}, env => {NODE_ENV => 'production', %{$how{env}}},
    );
    my $port = $process->wait_for_line(qr/^port (\d+)$/m);
    return bless {process => $process, port => $port}, $class;
}

sub pid { $_[0]{process}->pid }
sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}$path" }
sub stop { $_[0]{process}->stop }

1;
