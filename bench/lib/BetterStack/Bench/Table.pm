package BetterStack::Bench::Table;

# Aligned text tables and the few statistics that go into them.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(median percentile smallest table);

use List::Util qw(max min);

sub percentile {
    my ($share, @values) = @_;
    return undef if !@values;
    my @sorted = sort { $a <=> $b } @values;
    return $sorted[min($#sorted, int($share * @sorted))];
}

sub median { return percentile(0.5, @_) }
sub smallest { return min(@_) }

# Rows of texts, the first being the heading; the first column is flush left.
sub table {
    my (@rows) = @_;
    my @width;
    for my $row (@rows) {
        $width[$_] = max($width[$_] // 0, length $row->[$_]) for 0 .. $#$row;
    }
    my $text = '';
    for my $row (@rows) {
        my @cells = map { sprintf $_ ? '%*s' : '%-*s', $width[$_], $row->[$_] } 0 .. $#$row;
        $text .= join('  ', @cells) =~ s/\s+$//r . "\n";
    }
    return $text;
}

1;
