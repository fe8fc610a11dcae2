package BetterStack::Bench::Flight;

# What the agent is like with many probes in the air: memory for each, and how
# late probes begin, alone and beside ten thousand targets that never answer.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use BetterStack::Agent::Hub;
use BetterStack::Bench::Proc qw(pss_kib tree);
use BetterStack::Bench::Table qw(median percentile table);
use BetterStack::Observer::Target;

use constant FLIGHT            => 1000;      # probes whose memory is measured
use constant FLIGHT_TIMEOUT_MS => 60_000;
use constant HANGING           => 10_000;
use constant HANGING_TIMEOUT_MS => 60_000;
use constant ENOUGH            => 0.95;
use constant SETTLE_SECONDS    => 60;
use constant LOOK_SECONDS      => 0.1;
use constant RATE              => 300;       # checks a second
use constant LATENESS_SECONDS  => 6;
use constant AHEAD_MS          => 300;       # as the hub publishes them
use constant PUSH_MS           => 100;
use constant WORDS             => 1_000_000; # monitors of these numbers are nobody's

# stand, site, dir
sub new {
    my ($class, %how) = @_;
    my $self = bless {%how, next => WORDS}, $class;
    $self->{target} = BetterStack::Observer::Target->start($how{dir});
    return $self;
}

sub pid { my ($self) = @_; return $self->{stand}->agent_pid }

sub descriptors {
    my ($self) = @_;
    my $count = 0;
    for my $pid (tree($self->pid)) {
        opendir my $dir, "/proc/$pid/fd" or next;
        $count += () = readdir $dir;
    }
    return $count;
}

sub memory_kib { my ($self) = @_; my $sum = 0; $sum += pss_kib($_) for tree($self->pid); return $sum }

# Jobs that are due now, one for each of so many monitors.
sub push_now {
    my ($self, $count, $url, $timeout_ms) = @_;
    my $slot = int(time * 1000);
    my $spec = BetterStack::Agent::Hub::spec($url, timeout => $timeout_ms);
    $self->{stand}->jobs->push_jobs([map { [$self->{next}++, $slot, $spec] } 1 .. $count],
        $slot + HANGING_TIMEOUT_MS);
}

# Nearly all of so many: a few descriptors come and go with the agent's own work.
sub wait_for_flight {
    my ($self, $before, $count) = @_;
    my $until = time + SETTLE_SECONDS;
    my $now;
    until (($now = $self->descriptors - $before) >= ENOUGH * $count) {
        die "only $now of $count probes in flight after " . SETTLE_SECONDS . " s\n" if time > $until;
        sleep LOOK_SECONDS;
    }
}

# Bytes of memory for each probe that waits for its answer.
sub memory_each {
    my ($self, $scheme) = @_;
    my ($before, $open) = ($self->memory_kib, $self->descriptors);
    $self->push_now(FLIGHT, $self->{site}->url($scheme, '/hang'), FLIGHT_TIMEOUT_MS);
    $self->wait_for_flight($open, FLIGHT);
    sleep 1;    # handshakes
    my $each = 1024 * ($self->memory_kib - $before) / ($self->descriptors - $open);
    $self->{site}->go;
    my $until = time + SETTLE_SECONDS;
    sleep LOOK_SECONDS while $self->descriptors > $open + FLIGHT / 10 && time < $until;
    $self->{site}->come;
    return $each;
}

# How many microseconds after its slot each probe's request came to the target.
sub lateness {
    my ($self) = @_;
    my $jobs = $self->{stand}->jobs;
    my %slot;
    my $first_ms = int(time * 1000) + 2 * AHEAD_MS;
    my $pushed = 0;
    while ($pushed < RATE * LATENESS_SECONDS) {
        my $horizon = int(time * 1000) + AHEAD_MS;
        my @batch;
        while ($pushed < RATE * LATENESS_SECONDS
            && (my $slot_ms = $first_ms + int(1000 * $pushed / RATE)) <= $horizon)
        {
            my $number = $self->{next}++;
            $slot{$number} = $slot_ms;
            push @batch, [$number, $slot_ms, BetterStack::Agent::Hub::spec($self->{target}->url($number))];
            $pushed++;
        }
        $jobs->push_jobs(\@batch, $horizon + SETTLE_SECONDS * 1000) if @batch;
        sleep PUSH_MS / 1000;
    }
    return $self->requests(\%slot);
}

sub requests {
    my ($self, $slot) = @_;
    my @late;
    my $until = time + SETTLE_SECONDS;
    while (@late < keys %$slot) {
        die "some of the checks were not made\n" if time > $until;
        sleep LOOK_SECONDS;
        my $seen = $self->{target}->take_requests;
        push @late, map { $seen->{$_}[0] - 1000 * $slot->{$_} } grep { $slot->{$_} } keys %$seen;
    }
    return \@late;
}

sub late_row {
    my ($name, $late) = @_;
    return [$name, RATE, map { sprintf '%.2f', $_ / 1000 } median(@$late), percentile(0.99, @$late),
        (sort { $a <=> $b } @$late)[-1]];
}

sub report {
    my ($self) = @_;
    print "memory in flight\n";
    my %each = map { ($_, $self->memory_each($_)) } qw(http https);
    print "lateness\n";
    my @rows = (['How late requests come, ms', 'checks/s', 'half', 'p99', 'most'],
        late_row('  alone', $self->lateness));
    my $open = $self->descriptors;
    $self->push_now(HANGING, 'http://127.0.0.1:' . $self->{site}->hole_port . '/', HANGING_TIMEOUT_MS);
    $self->wait_for_flight($open, HANGING);
    push @rows, late_row('  beside ' . HANGING . ' hanging targets', $self->lateness);
    return table(
        ['Memory of a probe in flight', 'KiB'],
        ['  over HTTP', sprintf '%.1f', $each{http} / 1024],
        ['  over HTTPS, handshake done', sprintf '%.1f', $each{https} / 1024],
    ) . "\n" . table(@rows);
}

1;
