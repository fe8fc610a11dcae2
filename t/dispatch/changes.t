# What a person changes is what is published next: added, changed, paused,
# deleted, and regions that come.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::Stack qw(wait_for);
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $jobs = BetterStack::Jobs->new($stack);

sub now { return BetterStack::Jobs::now_ms() }
sub of { my ($monitor, $region) = @_; return grep { $_->{monitor} == $monitor } @{$jobs->jobs($region // 'local-a')} }
sub newest { return (of(@_))[-1] }

# A change is known to have been seen once the control has had two slots more.
my $control = $jobs->add;
sub settle { $jobs->wait_after(now() + 1000, ['local-a'], [$control]) or die "nothing is published\n" }

my $added = now();
my $one = $jobs->add(url => 'http://127.0.0.1:1/before');
ok $jobs->wait_after($added, ['local-a'], [$one], 5), 'a new monitor is published';
my ($first) = of($one);
cmp_ok $first->{slot} - $added, '<', 3000, 'within one interval or two';

$jobs->change($one, url => 'http://127.0.0.1:1/after');
ok wait_for(sub { newest($one)->{spec}{url} =~ /after/ }, 5), 'a changed address is published';
is_deeply [BetterStack::Jobs::missing($jobs->slots('local-a', $one), 1000)], [], 'the change skips no slot';
is_deeply [BetterStack::Jobs::doubled($jobs->slots('local-a', $one))], [], 'and repeats none';

$jobs->change($one, check_frequency => 2);
ok wait_for(sub { newest($one)->{spec}{interval} == 2000 }, 6), 'a changed interval is published';
settle();
settle();
my @rare = map { $_->{slot} } grep { $_->{spec}{interval} == 2000 } of($one);
cmp_ok scalar(@rare), '>=', 2, 'several times';
is_deeply [grep { $rare[$_] - $rare[$_ - 1] != 2000 } 1 .. $#rare], [], 'every two seconds';

$jobs->change($one, paused => \1);
settle();
my $paused = newest($one)->{slot};
settle();
settle();
is newest($one)->{slot}, $paused, 'a paused monitor is not published';

my $resumed = now();
$jobs->change($one, paused => \0);
ok $jobs->wait_after($resumed, ['local-a'], [$one], 6), 'a resumed one is';
is_deeply [grep { $_->{slot} > $paused && $_->{slot} < $resumed - 3000 } of($one)], [], 'without what was between';

$jobs->delete($one);
settle();
my $deleted = newest($one)->{slot};
settle();
settle();
is newest($one)->{slot}, $deleted, 'a deleted monitor is not published';

my $before = now();
my ($status, $region) = $stack->api('POST', '/api/v2/regions', {slug => 'local-c', name => 'C'});
is $status, 201, 'a region comes';
ok wait_for(sub { $jobs->redis('GET', 'betterstack:scheduler:local-c') }, 5), 'it has a heartbeat';
ok $jobs->wait_after($before, ['local-c'], [$control], 6), 'and its jobs';
my ($there) = of($control, 'local-c');
cmp_ok $there->{slot}, '>', $before - 2000, 'from now on';

# More than one batch, and more than are remembered one by one.
my @many = map { $jobs->add(check_frequency => 3600, regions => ['local-a']) } 1 .. 40;
ok wait_for(sub { $stack->health->{scheduler}{monitors} == 41 }, 10), 'many at once are all scheduled';
$stack->sql("select pg_notify('betterstack_monitors', i::text) from generate_series(1000000, 1003000) i");
$jobs->delete($_) for @many;
ok wait_for(sub { $stack->health->{scheduler}{monitors} == 1 }, 10), 'and all forgotten';
settle();
is_deeply [BetterStack::Jobs::missing($jobs->slots('local-a', $control), 1000)], [], 'meanwhile no slot was skipped';
is_deeply [BetterStack::Jobs::doubled($jobs->slots('local-a', $control))], [], 'and none repeated';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
