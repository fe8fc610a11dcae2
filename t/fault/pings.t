# Pings that wait in Redis, when Redis or Postgres does not let go of them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Stack qw(wait_for);
use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(sleep);

use constant SHELF => 'betterstack:pings';

my $stack = BetterStack::Stack->new(agents => 0, workers => 1);

# As a hub that has ended left it: version, digest, what, exit code, time, address, output.
sub record { my ($number) = @_;
    return sprintf '[1,"%s",0,-1,%d000000,"127.0.0.1","%d"]', sha256_hex('hb_nobody'), time - 60, $number }
sub stored_late { return $stack->request('GET', '/metrics')->{content} =~ /^betterstack_pings_stored_late_total (\d+)$/m ? $1 : undef }

$stack->redis('RPUSH', SHELF, map { record($_) } 1 .. 50);
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 0 }, 20), 'what another hub has left is stored';
is stored_late(), 50, 'each once';

# As when the disk of Redis is full: it reads, and writes nothing.
$stack->redis('ACL', 'SETUSER', 'default', '-lrem');
$stack->redis('RPUSH', SHELF, record(51), record(52));
my $before = stored_late();
ok wait_for(sub { stored_late() > $before }, 20), 'Redis does not let go of a ping: it is stored';
sleep 3;
cmp_ok stored_late() - $before, '<=', 4, 'and not again and again without a pause';
$stack->redis('ACL', 'SETUSER', 'default', '+lrem');
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 0 }, 20), 'when it does the next ones follow';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
