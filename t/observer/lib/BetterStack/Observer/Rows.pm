package BetterStack::Observer::Rows;

# What is stored, read from Postgres behind the system's back.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(rows_of);

# The ticks of all regions whose slug matches, as BetterStack::Observer::Ledger
# wants them.  $sql runs a query and returns psql's unaligned output.
sub rows_of {
    my ($sql, $slug_like) = @_;
    my $text = $sql->(<<~SQL);
        select t.monitor_id, r.slug, slot.ms, slot.ms + t.lateness_ms, t.status, t.reason, t.total_us
        from betterstack.tick t join betterstack.region r on r.id = t.region_id,
             lateral (select (extract(epoch from t.slot) * 1000)::bigint as ms) slot
        where r.slug like '$slug_like'
        SQL
    return map {
        my %row;
        @row{qw(monitor region slot checked_at status reason total)} = split /\|/;
        \%row
    } split /\n/, $text;
}

1;
