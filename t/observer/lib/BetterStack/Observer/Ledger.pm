package BetterStack::Observer::Ledger;

# The counting.  Three accounts of the same checks are held against each
# other: what the target was asked (requests), what the hub said it has
# committed (acks), and what is in Postgres (rows).  Pure: no I/O.
#
#   rows      [{monitor, region, slot, checked_at, status, reason, total}, ...]   ms, us
#   acks      [{agent, monitor, slot, checked_at, status}, ...]
#   requests  {number => [us, ...]}   ascending
#   region    {agent => region}
#   number    {monitor => number}
#   interval  ms
#   slowness  optional factor: under valgrind clocks and requests are farther apart

use strict;
use warnings;

use constant STATUS_UNKNOWN => 0;
use constant EARLY_US => 20_000;     # how far a row's clock may be ahead of the request it made,
use constant LATE_US  => 250_000;    # and behind it, on a busy machine, beyond the row's own total

sub new {
    my ($class, %accounts) = @_;
    my $self = bless {%accounts}, $class;
    for my $row (@{$self->{rows}}) {
        push @{$self->{row}{key($row)}}, $row;
        push @{$self->{place}{"$row->{monitor} $row->{region}"}}, $row;
    }
    return $self;
}

sub key { my ($tick) = @_; return "$tick->{monitor} $tick->{region} $tick->{slot}" }

sub ack_key {
    my ($self, $ack) = @_;
    return "$ack->{monitor} $self->{region}{$ack->{agent}} $ack->{slot}";
}

# Acknowledged ticks that are not stored.
sub lost {
    my ($self) = @_;
    return grep { !$self->{row}{$self->ack_key($_)} } @{$self->{acks}};
}

# Stored ticks whose contents were acknowledged otherwise: an answer that was overwritten.
sub altered {
    my ($self) = @_;
    my %said;
    $said{$self->ack_key($_)}{"$_->{checked_at} $_->{status}"} = 1 for @{$self->{acks}};
    return grep {
        my $said = $said{key($_)};
        $said && !$said->{"$_->{checked_at} $_->{status}"}
    } @{$self->{rows}};
}

# Measured and acknowledged, but "not measured" is what is stored.
sub overruled {
    my ($self) = @_;
    return grep {
        my $rows = $self->{row}{$self->ack_key($_)};
        $_->{status} != STATUS_UNKNOWN && $rows && $rows->[0]{status} == STATUS_UNKNOWN
    } @{$self->{acks}};
}

# Slots with more than one row.
sub doubled {
    my ($self) = @_;
    return grep { @{$self->{row}{$_}} > 1 } sort keys %{$self->{row}};
}

# Measured rows for which the target saw no request of their own.
sub unbacked {
    my ($self) = @_;
    my (%rows, @unbacked);
    for my $row (@{$self->{rows}}) {
        push @{$rows{$row->{monitor}}}, $row if $row->{status} != STATUS_UNKNOWN;
    }
    for my $monitor (sort keys %rows) {
        my $requests = $self->{requests}{$self->{number}{$monitor}} // [];
        push @unbacked, unmatched($rows{$monitor}, $requests, $self->{slowness} // 1);
    }
    return @unbacked;
}

# Each row takes the earliest request inside its own window; both ascend.
sub unmatched {
    my ($rows, $requests, $slowness) = @_;
    my @left = @$requests;
    my @unmatched;
    for my $row (sort { $a->{checked_at} <=> $b->{checked_at} } @$rows) {
        my $from = $row->{checked_at} * 1000 - EARLY_US * $slowness;
        my $to = $row->{checked_at} * 1000 + $row->{total} + LATE_US * $slowness;
        shift @left while @left && $left[0] < $from;
        if (@left && $left[0] <= $to) { shift @left }
        else { push @unmatched, $row }
    }
    return @unmatched;
}

# The slots of [from, to) that no row has, for every monitor in every region:
# [{monitor, region, slot, probed}, ...].  The phase is learnt from the rows
# themselves; places whose rows disagree about it are in irregular().
sub missing {
    my ($self, $from, $to) = @_;
    my @missing;
    for my $place ($self->places) {
        my ($monitor, $region) = split ' ', $place;
        my $rows = $self->{place}{$place};
        if (!$rows) {
            push @missing, {monitor => $monitor, region => $region, slot => $from, probed => 0};
            next;
        }
        my $phase = $rows->[0]{slot} % $self->{interval};
        my $first = $from + ($phase - $from) % $self->{interval};
        for (my $slot = $first; $slot < $to; $slot += $self->{interval}) {
            next if $self->{row}{"$place $slot"};
            push @missing, {
                monitor => $monitor, region => $region, slot => $slot,
                probed => $self->requests_at($monitor, $slot),
            };
        }
    }
    return @missing;
}

sub places {
    my ($self) = @_;
    my %regions = map { $_ => 1 } values %{$self->{region}};
    return map { my $m = $_; map { "$m $_" } sort keys %regions } sort keys %{$self->{number}};
}

# Places whose slots are not all one interval apart.
sub irregular {
    my ($self) = @_;
    return grep {
        my %phases = map { $_->{slot} % $self->{interval} => 1 } @{$self->{place}{$_} // []};
        keys %phases > 1;
    } $self->places;
}

# Whether the target was asked within half an interval after the slot, so
# that a missing slot can be told apart: never probed, or probed and lost.
sub requests_at {
    my ($self, $monitor, $slot) = @_;
    my $to = ($slot + $self->{interval} / 2) * 1000;
    my $requests = $self->{requests}{$self->{number}{$monitor}} // [];
    return scalar grep { $_ >= $slot * 1000 && $_ < $to } @$requests;
}

# {reason => count} of the rows that say "not measured", slots of [from, to).
sub unknown {
    my ($self, $from, $to) = @_;
    my %unknown;
    for my $row (@{$self->{rows}}) {
        next if $row->{status} != STATUS_UNKNOWN || $row->{slot} < $from || $row->{slot} >= $to;
        $unknown{$row->{reason}}++;
    }
    return \%unknown;
}

# How late probes began, in ms, ascending.
sub lateness {
    my ($self, $from, $to) = @_;
    return sort { $a <=> $b }
        map { $_->{checked_at} - $_->{slot} }
        grep { $_->{status} != STATUS_UNKNOWN && $_->{slot} >= $from && $_->{slot} < $to }
        @{$self->{rows}};
}

1;
