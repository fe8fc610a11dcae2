# shared/bs_check and sql/schema hold the same failure reasons: number, code,
# and whether it tells about the observer.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Unit;
use Test::More;

my $program = BetterStack::Unit::build('check_names');
BetterStack::Checker::environment();
my @in_c = split /\n/, `'$program' list`;

my %in_sql;
for my $file (sort glob "$FindBin::Bin/../../sql/schema/*.sql") {
    open my $in, '<', $file or die "$file: $!\n";
    my $inside = 0;
    while (my $line = <$in>) {
        $inside = 1 if $line =~ /insert into betterstack\.failure_reason/i;
        while ($inside && $line =~ /\(\s*(\d+),\s*'(\w+)',\s*(true|false)/g) {
            $in_sql{$1} = join ' ', $1, $2, $3 eq 'true' ? 'observer' : 'target';
        }
        $inside = 0 if $line =~ /;\s*$/;
    }
}

cmp_ok scalar(@in_c), '>', 30, 'C has reasons';
is_deeply [map { $in_sql{$_} } sort { $a <=> $b } keys %in_sql], \@in_c, 'SQL has the same';
done_testing;
