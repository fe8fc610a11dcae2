# Load: every slot of every region has exactly one result, for as long as one
# likes; how late probes begin; what each process costs.  Not part of the
# default tests, because it takes minutes: run it with bench/load.
#
#   LOAD_MONITORS (1000)  LOAD_INTERVAL seconds (10)  LOAD_SECONDS (300)

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib", "$FindBin::Bin/../../bench/lib";

use Test::More;
use Time::HiRes qw(sleep time);

use BetterStack::Bench::Census;
use BetterStack::Bench::Table qw(percentile);
use BetterStack::Observer::Client;
use BetterStack::Observer::Ledger;
use BetterStack::Observer::Rows qw(rows_of);
use BetterStack::Observer::Target;
use BetterStack::Stack qw(wait_for);

plan skip_all => 'takes minutes; run bench/load' if !$ENV{LOAD_SECONDS};

use constant MONITORS     => $ENV{LOAD_MONITORS} // 1000;
use constant INTERVAL_S   => $ENV{LOAD_INTERVAL} // 10;
use constant INTERVAL_MS  => INTERVAL_S * 1000;
use constant DURATION_S   => $ENV{LOAD_SECONDS};
use constant REGIONS      => qw(local-a local-b);
use constant CENSUS_S     => 5;
use constant PATIENCE_S   => 60 + 2 * INTERVAL_S;

my $stack = BetterStack::Stack->new(
    regions => join(' ', REGIONS), postgres => '-c fsync=on -c full_page_writes=on');
my $client = BetterStack::Observer::Client->new($stack->url, $stack->token);
my $target = BetterStack::Observer::Target->start($stack->state);
my (%number, %requests);

sub now_ms { return int(time * 1000) }

sub take_requests {
    my $fresh = $target->take_requests;
    push @{$requests{$_}}, @{$fresh->{$_}} for keys %$fresh;
}

# Of slots in [from, to).
sub stored {
    my ($from, $to) = @_;
    return $stack->sql('select count(*) from betterstack.tick'
        . " where slot >= to_timestamp($from / 1000.0) and slot < to_timestamp($to / 1000.0)");
}

sub places_seen {
    return $stack->sql('select count(*) from (select distinct monitor_id, region_id'
        . ' from betterstack.tick) place');
}

# How many bytes each log has: a quiet installation writes nothing.
sub log_sizes {
    return map { ((split m{/})[-1] => -s) } glob $stack->state . '/log/*.log';
}

for my $number (1 .. MONITORS) {
    my $monitor = $client->create('/api/v2/monitors', {
        url => $target->url($number), monitor_type => 'status',
        check_frequency => INTERVAL_S, request_timeout => 5,
    });
    $number{$monitor->{id}} = $number;
}

# A whole number of intervals, so that each place has the same number of slots.
my $places = MONITORS * (() = REGIONS);
wait_for(sub { places_seen() == $places }, PATIENCE_S, 'a result of every place');
my %log_before = log_sizes();
my $from = now_ms();
my $to = $from + int(DURATION_S / INTERVAL_S) * INTERVAL_MS;
my $slots = $places * ($to - $from) / INTERVAL_MS;
my $census = BetterStack::Bench::Census->new($stack->processes, target => $target->pid);

while (now_ms() < $to) {
    sleep CENSUS_S;
    $census->look;
    take_requests();
}
my $costs = $census->table;
wait_for(sub { stored($from, $to) >= $slots }, PATIENCE_S, 'all results');
my %log_after = log_sizes();
take_requests();

my $ledger = BetterStack::Observer::Ledger->new(
    rows => [grep { $number{$_->{monitor}} } rows_of(sub { $stack->sql(@_) }, 'local-%')],
    acks => [], requests => \%requests, region => {map { $_ => $_ } REGIONS},
    number => \%number, interval => INTERVAL_MS,
);
my @rows = grep { $_->{slot} >= $from && $_->{slot} < $to } @{$ledger->{rows}};

is scalar @rows, $slots, "as many results as slots: $slots";
is scalar(() = $ledger->missing($from, $to)), 0, 'every slot of every region has one';
is scalar(() = $ledger->doubled), 0, 'and only one';
is scalar(() = $ledger->irregular), 0, 'slots are one interval apart';
is scalar(() = $ledger->unbacked), 0, 'each has its own request at the target';
is scalar(grep { $_->{status} != 1 } @rows), 0, 'all are "up"';

my @alerts = `grep -E '\\[(alert|emerg|crit|error)\\]' '${\ $stack->state}/log/nginx-error.log'`;
is scalar @alerts, 0, 'no error in the log of nginx' or diag @alerts[0 .. ($#alerts < 9 ? $#alerts : 9)];

my @late = $ledger->lateness($from, $to);
diag sprintf '%d monitors at %d s in %d regions for %d s: %.1f results/s', MONITORS, INTERVAL_S,
    scalar(() = REGIONS), ($to - $from) / 1000, @rows / (($to - $from) / 1000);
diag sprintf 'probes begin late by (ms): median %d, 99%% %d, 99.9%% %d, most %d',
    (map { percentile($_, @late) } 0.5, 0.99, 0.999), $late[-1] if @late;
diag $costs;
diag 'bytes logged meanwhile: ', join ', ',
    map { "$_ " . ($log_after{$_} - ($log_before{$_} // 0)) } sort keys %log_after;

done_testing;
