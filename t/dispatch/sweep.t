# dispatch.sweep(): every second, one at a time, by one worker, and what it
# tells is passed on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::News;
use BetterStack::Stack qw(wait_for);
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0, workers => 2);
my $jobs = BetterStack::Jobs->new($stack);

sub metric { return BetterStack::News::metric($stack, @_) }
sub swept { return $stack->sql('select count(*) from public.swept') }

sub log_count {
    my ($pattern) = @_;
    return scalar(() = $stack->log_text('nginx-error') =~ /$pattern/g);
}

ok wait_for(sub { $stack->sql('select count(last_at) from betterstack.sweep') }, 20), 'the database is swept';
BetterStack::News::sweep($stack);
ok wait_for(sub { swept() >= 4 }, 20), 'again and again';
is $stack->sql('select count(distinct pid) from public.swept where at > (select min(at) from public.swept)'), 1,
    'by one worker';
cmp_ok $stack->sql('select min(gap) from (select extract(epoch from at - lag(at) over (order by at)) gap'
    . ' from public.swept) g'), '>', 0.8, 'once a second';
like $stack->health->{sweep}{last_at}, qr/^20\d\d-/, 'the hub says when';
cmp_ok metric('sweeps'), '>=', 4, 'and how often';

# What it tells goes where a report's goes.
my $monitor = $jobs->add(check_frequency => 3600);
my $events = metric('events_published');
BetterStack::News::tell($stack, 'local-a', $monitor);
$stack->sql(q(insert into public.news (team_id, event) values (1, '{"type":"test"}')));
ok wait_for(sub { grep { $_->{urgent} } @{$jobs->jobs('local-a')} }, 10), 'its urgent jobs are published';
ok wait_for(sub { metric('events_published') > $events }, 10), 'and its events';

# One that is slow is not overtaken.
BetterStack::News::sweep($stack, 'perform pg_sleep(3);');
$stack->sql('truncate public.swept');
my $skipped = metric('sweeps_skipped');
ok wait_for(sub { swept() >= 2 }, 30), 'slow ones end';
cmp_ok metric('sweeps_skipped'), '>=', $skipped + 2, 'meanwhile none begins';
is $stack->sql('select count(*) from public.swept a join public.swept b on a.at < b.at and b.at < a.ended'), 0,
    'there is never a second one';

# One that fails is told of once, and tried again.
BetterStack::News::sweep($stack, q(raise exception 'no sweep today';));
ok wait_for(sub { metric('sweeps_failed') >= 3 }, 20), 'failing ones are counted';
is log_count(qr/\[error\].*no sweep today/), 1, 'and told of once';
BetterStack::News::sweep($stack);
$stack->sql('truncate public.swept');
ok wait_for(sub { swept() >= 1 && log_count(qr/sweeps succeed again/) }, 20), 'then they succeed again';

# Postgres away; the worker gone.
$stack->kill_piece('postgres');
$stack->start('postgres');
$stack->sql('truncate public.swept');
ok wait_for(sub { swept() >= 2 }, 30), 'after Postgres was away they go on';
kill 'KILL', $stack->workers;
$stack->sql('truncate public.swept');
ok wait_for(sub { swept() >= 2 }, 30), 'and with new workers';

is_deeply [$stack->bad_log_lines(qr/exited on signal 9/)], [], 'nginx has nothing bad to tell';
done_testing;
