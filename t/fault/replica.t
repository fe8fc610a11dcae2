# betterstack_postgres_replica: history is read from a real streaming replica
# while that is not behind; when it is paused, killed or missing, from the
# primary, and nobody sees an error.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Stack qw(wait_for);
use BetterStack::Standby;
use Test::More;
use Time::HiRes qw(time sleep);

use constant PATIENCE_S => 30;
use constant HISTORY    => '/api/v2/sla';    # a route of the lane for history
use constant CHANGES    => 20;

my $stack = BetterStack::Stack->new(regions => '', agents => 0, workers => 1);
my $standby = BetterStack::Standby->new($stack);
my %failed;

sub metric {
    my ($name) = @_;
    my $text = $stack->request('GET', '/metrics')->{content};
    return $text =~ /^betterstack_$name (\d+)$/m ? $1 : die "no metric $name";
}

# One question of history: where it went.
sub ask {
    my ($queries, $passed) = map { metric("replica_${_}_total") } qw(queries passed_over);
    my ($status) = $stack->api('GET', HISTORY);
    $failed{$status}++ if $status != 200;
    return metric('replica_queries_total') > $queries ? 'replica'
        : metric('replica_passed_over_total') > $passed ? 'primary' : 'neither';
}

sub goes_to {
    my ($where, $what) = @_;
    my $began = time;
    my $went = wait_for(sub { ask() eq $where }, PATIENCE_S, $what);
    ok $went, $what;
    diag sprintf '%4.1f s: %s', time - $began, $what;
}

# Somebody always writes something: then a replica that is paused falls behind.
sub write_something {
    my ($status) = $stack->api('POST', '/api/v2/monitors',
        {url => 'http://127.0.0.1:1/', monitor_type => 'status', paused => JSON::PP::true});
    $failed{$status}++ if $status != 201;
}

$stack->reload(sub {
    my $conninfo = $standby->conninfo('betterstack');
    s/(betterstack_redis )/betterstack_postgres_replica "$conninfo" connections=2;\n    $1/;
});

goes_to('replica', 'history is read from the replica');
like $stack->log_text('nginx-error'), qr/history is read from the replica/, 'and the log says so';
write_something() for 1 .. 2;
$standby->wait_caught_up;
my ($status, $body) = $stack->api('GET', HISTORY);
is scalar @{$body->{data}}, 2, 'what has been replayed is there';
cmp_ok metric('replica_lag_milliseconds'), '<', 5000, 'how far behind it is: ' . metric('replica_lag_milliseconds') . ' ms';

$standby->pause;
write_something();
goes_to('primary', 'paused: from the primary');
is scalar @{($stack->api('GET', HISTORY))[1]{data}}, 3, 'which has the newest';
like $stack->log_text('nginx-error'), qr/the replica is away or too far behind/, 'and the log says so';
$standby->resume;
goes_to('replica', 'going on: from the replica');

# In the middle of questions.
$standby->kill;
ask() for 1 .. CHANGES;
is ask(), 'primary', 'killed: from the primary at once';
$standby->start;
goes_to('replica', 'started again: from the replica');

# Decisions go on without it, and a change is never read from it.
$standby->pause;
write_something();
is scalar @{($stack->api('GET', '/api/v2/monitors'))[1]{data}}, 4, 'what is no history is read from the primary';
$standby->resume;

# A server that is no copy of the primary is not asked, however far it is.
$standby->promote;
wait_for(sub { $standby->sql('select pg_is_in_recovery()') eq 'f' }, PATIENCE_S);
$standby->sql("select pg_logical_emit_message(false, 'test', repeat('x', 1000000))");
goes_to('primary', 'promoted beside the primary: from the primary');
sleep 3;
is ask(), 'primary', 'and so it stays';

is_deeply \%failed, {}, 'nobody saw an error';
is scalar(() = $stack->bad_log_lines), 0, 'no alert in the log';

done_testing;
