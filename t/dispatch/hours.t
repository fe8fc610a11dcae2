# Hours of results are rolled up by the hub, all phases, and again when late ticks come.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::News;
use BetterStack::Postgres;
use BetterStack::Rollups;
use BetterStack::Stack qw(wait_for);
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a local-b', agents => 0, workers => 2);

sub metric { return BetterStack::News::metric($stack, @_) }

my $hours = BetterStack::Rollups->new($stack);
$hours->all_due;
ok wait_for(sub { $hours->known }, 60), 'after an upgrade, the hours of days that are there are rolled up';
my $rows = $stack->sql('select count(*) from betterstack.tick_hour');
cmp_ok $rows, '>=', 2 * 20 * 2, "which are $rows";
is_deeply [$hours->wrong], [], 'and are what the ticks tell';
is metric('hour_rollups'), $rows, 'each was made once';
is metric('hour_steps_failed'), 0, 'at the first try';

# A report that comes late.
my $monitor = $stack->sql('select min(id) from betterstack.monitor');
my $token = $stack->region_token('local-a');
my $slot = $stack->sql("select core.ms(date_trunc('hour', now(), 'UTC') - interval '100 minutes') + 17");
my $sql = BetterStack::Postgres::Session->report_sql('DIGEST', {monitor => $monitor, slot => $slot});
my $digest = $stack->sql("select digest from betterstack.region_token t join betterstack.region r on r.id = t.region_id
    where r.slug = 'local-a' limit 1");
$sql =~ s/DIGEST/$digest/;
$stack->sql($sql);
is $stack->sql('select count(*) from betterstack.hour where due_at is not null'), 1, 'late ticks make an hour due';
my $before = metric('hour_rollups');
$hours->hurry;
ok wait_for(sub { $hours->known }, 30), 'it is rolled up again';
is metric('hour_rollups'), $before + 20, 'that hour of that region';
is_deeply [$hours->wrong], [], 'with the late one';

# Another hub goes on, and one that comes back.
$hours->all_due;
$stack->stop('nginx');
$stack->start('nginx');
ok wait_for(sub { $hours->known }, 60), 'a hub that was away catches up';
is_deeply [$hours->wrong], [], 'with all that there is';
is_deeply [$stack->bad_log_lines], [], 'nothing is in the log that should not be';

done_testing;
