package BetterStack::Bench::Rounds;

# Runs contestants against each other: one after the other within a round, in
# an order that rotates from round to round, so that a slow moment of the
# machine hits all alike.  Every figure is the median over rounds; ratios are
# taken within a round first.
#
#   contestant  {name, run => sub { return {ops, seconds, cpu => {part => seconds}} }}

use strict;
use warnings;

use List::Util qw(sum0);

use BetterStack::Bench::Table qw(median smallest table);

sub new {
    my ($class, %how) = @_;    # title, operation, parts, contestants (the first is ours)
    return bless {%how, results => {}}, $class;
}

sub round {
    my ($self, $number) = @_;
    my @contestants = @{$self->{contestants}};
    push @contestants, splice @contestants, 0, $number % @contestants;
    for my $contestant (@contestants) {
        my $result = $contestant->{run}->();
        die "$contestant->{name}: nothing was done\n" if !$result->{ops};
        push @{$self->{results}{$contestant->{name}}}, $result;
    }
}

sub per_op_us {
    my ($result, @parts) = @_;
    return 1e6 * sum0(map { $result->{cpu}{$_} // 0 } @parts) / $result->{ops};
}

# Only `judged` parts count in the total and the ratio.
sub report {
    my ($self) = @_;
    my @parts = @{$self->{parts}};
    my @judged = @{$self->{judged}};
    my $ours = $self->{results}{$self->{contestants}[0]{name}};

    my @rows = [$self->{title}, "$self->{operation}s/s", (map { "$_ us" } @parts),
        'us/' . $self->{operation}, 'least', 'ratio'];
    for my $contestant (@{$self->{contestants}}) {
        my $results = $self->{results}{$contestant->{name}};
        my @totals = map { per_op_us($_, @judged) } @$results;
        my @ratios = map { $totals[$_] / per_op_us($ours->[$_], @judged) } 0 .. $#totals;
        push @rows, [
            "  $contestant->{name}",
            sprintf('%.0f', median(map { $_->{ops} / $_->{seconds} } @$results)),
            (map { part_text($_, $results) } @parts),
            sprintf('%.1f', median(@totals)), sprintf('%.1f', smallest(@totals)),
            sprintf('%.2f', median(@ratios)),
        ];
    }
    return table(@rows);
}

sub part_text {
    my ($part, $results) = @_;
    return '-' if !exists $results->[0]{cpu}{$part};
    return sprintf '%.1f', median(map { per_op_us($_, $part) } @$results);
}

1;
