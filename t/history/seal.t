# A real hub seals closed days and merges late ticks in: what was reported reads back, tick by tick.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::History;
use BetterStack::Stack qw(wait_for);
use Test::More;

my $stack = BetterStack::Stack->new(agents => 0, account => 0, hub => 0);
my $history = BetterStack::History->new($stack);
my $root = $history->root;
$history->people(4, 'eu', 'us');
my @days = map { $history->day($_) } 3, 4;

$history->seed(day => $_) for @days;
$stack->start('nginx');
ok $history->settle(60, @days), 'days that are over are sealed';
is $history->difference, '', 'every tick reads back';
is $history->wrong_sums, '', 'and the sums of the days are right';
is $root->value('select count(*) from betterstack.tick'), 0, 'the hot rows are gone';
is $root->value("select count(*) || ' ' || sum(ticks) from betterstack.tick_sealed"), '16 23040', 'into a row a pair and day';
like $root->value("select texts from betterstack.tick_sealed where texts is not null limit 1"),
    qr/^\[\[10, 0, "10\.0\.\d+\.\d+", "Connection refused by /, 'with the words of failures';

# Late ticks, of a pair that has a packed day and of those that have none.
$history->invent(day => $days[0], first => 0, last => 50, every => 61_003);
$history->invent(day => $days[1], first => 0, last => 9, every => 60_001);
my $fresh = $root->monitor($history->{ann});
$history->invent(day => $days[1], first => 0, last => 20, every => 60_000, monitors => [$fresh]);
1 while $history->report(300);
is $history->difference, '', 'late ticks are there before they are merged';
ok $history->settle(60), 'late ticks are merged';
is $history->difference, '', 'and every tick reads back';
is $history->wrong_sums, '', 'and the sums are made anew';
is $root->value("select ticks from betterstack.tick_sealed where monitor_id = $fresh limit 1"), 21, 'of a day that had nothing';

my $metrics = $stack->request('GET', '/metrics')->{content};
like $metrics, qr/^betterstack_sealed_ticks_total 23040$/m, 'metrics count what was sealed';
like $metrics, qr/^betterstack_sealed_late_ticks_total [1-9]/m, 'and what was merged';
like $metrics, qr/^betterstack_seal_failures_total 0$/m, 'and no failures';
like $metrics, qr/^betterstack_seal_lag_seconds 0$/m, 'nothing is behind';
like $stack->log_text('nginx-error'), qr/the day $days[0] is sealed, 11520 ticks/, 'the log tells of the day';

# A packed day that is damaged.
$root->rows("update betterstack.tick_sealed set packed = set_byte(packed, 100, get_byte(packed, 100) # 255)
    where monitor_id = $fresh");
my $before = $root->value("select sum(revision) from betterstack.tick_sealed where monitor_id = $fresh");
$history->invent(day => $days[1], first => 30, last => 31, every => 60_000, monitors => [$fresh]);
1 while $history->report(300);
ok wait_for(sub { $history->hurry; $stack->log_text('nginx-error') =~ /a sealed day is damaged/ }, 30),
    'a damaged day is told';
is $root->value("select sum(revision) from betterstack.tick_sealed where monitor_id = $fresh"), $before, 'and left alone';
is $root->value('select count(*) from betterstack.tick_late'), 4, 'its late ticks wait';
like $stack->request('GET', '/metrics')->{content}, qr/^betterstack_seal_damaged_total [1-9]/m, 'it is counted';

is_deeply [$stack->bad_log_lines], [], 'nothing bad in the log';
done_testing;
