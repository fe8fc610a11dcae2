# The hub's name cannot be looked up, and the system takes its time to say so:
# the agent neither waits for that at its end nor holds anything else up.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Checker;
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'a checker and a preloaded library do not go together'
    if BetterStack::Checker::sanitize() || BetterStack::Checker::valgrind();

my $dir = tempdir('bs-slow-XXXXXX', DIR => '/tmp', CLEANUP => 1);
open my $out, '>', "$dir/slow.c" or die;
print $out <<'C';
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
            struct addrinfo **found)
{
    (void) node, (void) service, (void) hints, (void) found;
    close(open(getenv("SLOW_ASKED"), O_WRONLY | O_CREAT, 0600));
    sleep(40);
    return EAI_AGAIN;
}
C
close $out;
system('cc', '-shared', '-fPIC', '-o', "$dir/slow.so", "$dir/slow.c") == 0 or die "cc\n";

my $agent = BetterStack::Agent->start(hub => 'http://hub.example:1',
    env => {LD_PRELOAD => "$dir/slow.so", SLOW_ASKED => "$dir/asked"});
ok wait_for(sub { -e "$dir/asked" }, 20, 'the question'), 'the name is being looked up';
my $began = time;
is $agent->stop, 0, 'SIGTERM: it ends well';
cmp_ok time - $began, '<', 5, 'without waiting for the answer';

done_testing;
