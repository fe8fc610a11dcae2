# A clock that is set back, here or at the scheduler, blinds nobody until it
# has caught up: the schedule on disk is run by the time of now.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Checker;
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'a checker and a preloaded library do not go together'
    if BetterStack::Checker::sanitize() || BetterStack::Checker::valgrind();

use constant HOUR_MS => 3_600_000;

my $dir = tempdir('bs-clock-XXXXXX', DIR => '/tmp', CLEANUP => 1);
open my $out, '>', "$dir/clock.c" or die;
print $out <<'C';
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int) syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_REALTIME && access(getenv("CLOCK_BACK"), F_OK) == 0) {
        now->tv_sec -= 3600;
    }

    return result;
}
C
close $out;
system('cc', '-shared', '-fPIC', '-o', "$dir/clock.so", "$dir/clock.c") == 0 or die "cc\n";

my $redis = BetterStack::Agent::Redis->new;
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
my $hub = BetterStack::Agent::Hub->new(region => 'test-a',
    monitors => [[1, 1000, 100, BetterStack::Agent::Hub::spec($site->url)]]);

# a scheduler whose clock is an hour ahead goes away
$redis->command('SET', 'betterstack:scheduler:test-a', int(time * 1000) + HOUR_MS);
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url,
    env => {LD_PRELOAD => "$dir/clock.so", CLOCK_BACK => "$dir/back"});
ok wait_for(sub { $agent->log =~ /working from the schedule/ }, 30, 'the words'), 'no heartbeat';
ok wait_for(sub { $hub->ticks >= 2 }, 10, 'ticks'), 'a watermark of the future does not keep it waiting';

open my $back, '>', "$dir/back" or die;
close $back;
ok wait_for(sub { grep { $_->{slot} < time * 1000 - HOUR_MS / 2 } $hub->ticks }, 15, 'ticks of the new time'),
    'nor does its own clock, set back';
like $agent->log, qr/the clock was set back/, 'which it tells';
is $agent->stop, 0, 'it ends well';

done_testing;
