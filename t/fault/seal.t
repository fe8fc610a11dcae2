# kill -9 of the hub's workers and of Postgres' backends while days are sealed and late ticks come:
# whatever was told to be stored is there, once, with all its values.  RUNS (12) kills, SEED.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::History;
use BetterStack::Stack qw(wait_for);
use Test::More;
use Time::HiRes qw(sleep time);

use constant KILLS => $ENV{RUNS} // 12;

local $SIG{PIPE} = 'IGNORE';      # a psql whose backend was killed
my $seed = $ENV{SEED} // time;
srand $seed;
diag "RUNS=${\KILLS} SEED=$seed";

my $stack = BetterStack::Stack->new(agents => 0, account => 0, hub => 0);
my $history = BetterStack::History->new($stack);
$history->people(24, 'eu', 'us');
my @days = map { $history->day($_) } 2, 3, 4;
$history->seed(day => $_) for @days;

# What comes late: into days that are being sealed, or are sealed, or have nothing of a pair.
$history->invent(day => $_, first => 0, last => 300, every => 61_001) for @days;
my $fresh = $history->root->monitor($history->{ann});
$history->invent(day => $days[1], first => 0, last => 500, every => 30_000, monitors => [$fresh]);
my $late = $history->root->value('select count(*) from public.truth where not sent');
$stack->start('nginx');

my %kill = (
    worker => sub {
        my @workers = $stack->workers or return;
        kill 'KILL', $_ for rand() < 0.5 ? @workers : $workers[rand @workers];
    },
    backend => sub {
        my $pid = $history->root->value("select pid from pg_stat_activity where usename = 'betterstack'
            order by query !~ 'seal', random() limit 1") or return;
        kill 'KILL', $pid;
    },
    session => sub {
        $history->root->rows("select pg_terminate_backend(pid) from pg_stat_activity
            where usename = 'betterstack' and query ~ 'seal'");
    },
);

# A report whose answer was lost comes again, as an agent's does.
sub live {
    my ($what) = @_;
    return if eval { $what->(); 1 };
    wait_for(sub { eval { $history->connect } }, 30, 'Postgres to be back') or die "Postgres is away: $@";
}

my %killed;
for my $round (1 .. KILLS) {
    live(sub { $history->hurry; $history->report(int($late / KILLS / 2)) });
    sleep 0.1 + rand 1.2;
    my $whom = (qw(worker backend session worker))[rand 4];
    live(sub { $kill{$whom}->() });
    $killed{$whom}++;
}
note join ', ', map { "$_ killed $killed{$_} times" } sort keys %killed;

for (1 .. 100) {
    my $left = 1;
    live(sub { $left = $history->report(2000) });
    last if !$left;
}
is $history->root->value('select count(*) from public.truth where not sent'), 0, 'all late ticks were reported';
ok $history->settle(240, @days), 'days are sealed and late ticks merged in the end';
is $history->root->value('select count(*) from betterstack.tick'), 0, 'no hot row is left';
is $history->difference, '', 'nothing is lost, nothing is there twice';
is $history->wrong_sums, '', 'the sums of all days are right';
is $history->root->value('select count(*) from betterstack.day where trouble is not null'), 0, 'no day is in trouble';

done_testing;
