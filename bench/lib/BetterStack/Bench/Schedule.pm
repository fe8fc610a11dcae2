package BetterStack::Bench::Schedule;

# Schedules of any size, as the hub would hand them out.

use strict;
use warnings;

use Exporter 'import';

use BetterStack::Agent::Hub;

our @EXPORT_OK = qw(monitors);

# So many monitors, each with a SPEC of at least `bytes`, whose slots are spread evenly.
sub monitors {
    my ($count, $bytes, $interval, $port) = @_;
    my $least = length spec(1, '', $port);
    my $filling = $bytes > $least ? 'x' x ($bytes - $least) : '';
    return map { [$_, $interval, int($interval * ($_ - 1) / $count), spec($_, $filling, $port)] } 1 .. $count;
}

sub spec {
    my ($number, $filling, $port) = @_;
    return BetterStack::Agent::Hub::spec(sprintf 'http://127.0.0.1:%d/%07d/%s', $port, $number, $filling);
}

1;
