# Changes that follow each other without a pause are not waited out: what is
# added meanwhile is published meanwhile.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::Stack qw(wait_for);
use POSIX ();
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $jobs = BetterStack::Jobs->new($stack);

# Several at once, so that a busy machine leaves no pause either.
my @storm;
for (1 .. 3) {
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        exec {'psql'} 'psql', '-XqAt', $stack->conninfo, '-c',
            q{do $$ begin for i in 1..100000 loop perform pg_notify('betterstack_monitors', '1000000'); commit;
              perform pg_sleep(0.003); end loop; end $$} or POSIX::_exit(127);
    }
    push @storm, $pid;
}
ok wait_for(sub { $stack->sql("select count(*) from pg_stat_activity where query like 'do %'") == 3 }, 10),
    'changes come in';

my $added = BetterStack::Jobs::now_ms();
my $monitor = $jobs->add;
ok $jobs->wait_after($added, ['local-a'], [$monitor], 5), 'a monitor that comes meanwhile is published';

is kill(0, @storm), 3, 'and they still come';
kill 'TERM', @storm;
waitpid $_, 0 for @storm;
is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
