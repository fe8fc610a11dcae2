# What was acknowledged is on disk, whenever the agent is killed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Checker;
use BetterStack::Observer::Msgpack qw(msgpack_job);
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(sleep time);

use constant KILLS => 12;

my $disk;    # mounted
END { system "umount '$disk'" if $disk && $$ == $main::owner }
our $owner = $$;

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'ok') });
our $spec = BetterStack::Agent::Hub::spec($site->url);
my $stream = 'betterstack:jobs:test-a';
my $monitor = 0;

sub add_jobs {
    my ($count) = @_;
    my $now = int(time * 1000);
    $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
    $redis->command('XADD', $stream, '*', 'job', msgpack_job(++$monitor, $now, $now + 300_000, $spec)) for 1 .. $count;
}

sub missing {
    my %seen = map { $_->{monitor} => 1 } $hub->ticks;
    return grep { !$seen{$_} } 1 .. $monitor;
}

sub left { return $redis->command('XLEN', $stream) }

# ---- killed again and again, with the hub there and away ----
{
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'the agent runs';
    srand 42;

    for my $round (1 .. KILLS) {
        $hub->go if $round % 4 == 1;
        $hub->come if $round % 4 == 3;
        add_jobs(40);
        sleep rand(0.4) * BetterStack::Checker::slowness();
        $agent->kill;

        # acknowledged entries are gone from the stream: what is not left must be somewhere
        $agent->begin;
    }

    ok wait_for(sub { left() == 0 }, 60, 'an empty stream'), 'all jobs are acknowledged in the end';
    ok wait_for(sub { !missing() }, 60, 'all results'), 'and no acknowledged result is missing'
        or diag 'missing: ' . join ' ', missing();
    is $agent->stop, 0, 'the agent ends well';
}

# ---- damage ----
sub segments { my ($agent) = @_; return sort glob $agent->state . '/spool/*.seg' }

# An agent with that many unreported results in its spool, stopped.
sub with_results {
    my ($count) = @_;
    $hub->mode(report => {status => 503});
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent') or die $agent->log;
    add_jobs($count);
    wait_for(sub { left() == 0 }, 30, 'an empty stream') or die;
    $agent->stop;
    $hub->mode(report => {});
    return $agent;
}

sub damage {
    my ($file, $change) = @_;
    my $bytes = BetterStack::Agent::slurp($file);
    $change->($bytes);
    open my $out, '>:raw', $file or die "$file: $!\n";
    print $out $bytes;
}

{
    my $agent = with_results(10);
    my ($last) = reverse segments($agent);
    damage($last, sub { $_[0] .= "\x40\x00\x00\x00half" });
    $agent->begin;
    ok wait_for(sub { !missing() }, 30, 'all results'), 'a torn tail harms nothing';
    unlike $agent->log, qr/damaged/, 'and is no damage';
    $agent->stop;
}
{
    my $agent = with_results(10);
    my ($last) = reverse segments($agent);
    damage($last, sub { $_[0] .= "\0" x 4096 });
    $agent->begin;
    ok wait_for(sub { !missing() }, 30, 'all results'), 'nor does a tail of zeros';
    unlike $agent->log, qr/damaged/, 'which is none either';
    $agent->stop;
}
{
    my $agent = with_results(10);
    my ($last) = reverse segments($agent);
    damage($last, sub { substr $_[0], length($_[0]) / 2, 1, chr(255 & 1 + ord substr $_[0], length($_[0]) / 2, 1) });
    $agent->begin;
    my $before = $monitor;
    add_jobs(5);
    ok wait_for(sub { 5 == grep { $_->{monitor} > $before } $hub->ticks }, 30, 'what comes later'),
        'damage in the middle does not stop what follows';
    my @missing = missing();
    cmp_ok scalar @missing, '>', 0, 'what was behind it is lost';
    cmp_ok scalar @missing, '<', 10, 'what was before it is not';
    like $agent->log, qr/segment \d+ is damaged from byte \d+ on/, 'and it is told';
    $agent->stop;
    $monitor = $before - 10;
}
{
    my $agent = with_results(10);
    damage($agent->state . '/spool/reported', sub { $_[0] = 'nonsense' });
    $agent->begin;
    ok wait_for(sub { my %seen = map { $_->{monitor} => 1 } $hub->ticks; 10 == grep { $seen{$_} } $monitor - 9 .. $monitor }, 30,
        'all results'), 'a damaged memory of what is reported only reports more';
    $agent->stop;
}

{
    # a segment of its own for each life; the one in the middle is emptied under the running agent
    my $agent = with_results(1);
    $hub->mode(report => {status => 503});
    for my $life (2, 3) {
        $agent->begin;
        add_jobs(1);
        ok wait_for(sub { left() == 0 }, 30, 'an empty stream'), "life $life";
        $agent->stop if $life == 2;
    }
    my ($first, $lost, $last) = $monitor - 2 .. $monitor;
    my $before = () = $hub->ticks;    # numbers of monitors have been used before
    truncate +(segments($agent))[1], 16 or die;
    $hub->mode(report => {});
    ok wait_for(sub {
        my @ticks = $hub->ticks;
        my %seen = map { $_->{monitor} => 1 } @ticks[$before .. $#ticks];
        return $seen{$first} && $seen{$last};
    }, 30, 'what is left'), 'a segment that is lost does not stop what follows';
    like $agent->log, qr/segment \d+ is damaged from byte \d+ on: 1 results are lost/, 'and it is told';
    my $now = int(time * 1000);
    $redis->command('XADD', $stream, '*', 'job', msgpack_job($lost, $now, $now + 300_000, $spec));
    ok wait_for(sub { !missing() }, 30, 'all results'), 'later results come as ever';
    $agent->stop;
}

# ---- two agents in one place ----
{
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'one agent';
    my $second = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, state => $agent->state);
    is $second->wait_exit, 1, 'a second one with the same state does not start';
    like $second->log, qr/in use by another agent/, 'and says why';
    $agent->stop;
}

# ---- the size limit ----
{
    my $large = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 500, 'large ' x 200) });
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, 
        args => ['--spool-limit', '1m', '--probes-max', 20]);
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'a small limit';
    $hub->mode(report => {status => 503});
    local $spec = BetterStack::Agent::Hub::spec($large->url);
    my $before = $monitor += 1000;
    add_jobs(1000);
    ok wait_for(sub { left() == 0 }, 60, 'an empty stream'), 'more than fits';
    ok wait_for(sub { $agent->log =~ /full: \d+ results that were never reported are dropped/ }, 10, 'the words'),
        'what is dropped is told';
    my $size = 0;
    $size += -s for segments($agent);
    cmp_ok $size, '<', 1.3 * (1 << 20), 'the limit holds';
    my $dropped = 0;
    my $log = $agent->log;
    $dropped += $1 while $log =~ /full: (\d+) results/g;
    $hub->mode(report => {});
    $agent->stop;
    $agent->begin;
    my $reported = sub {    # a report may come twice
        my %monitors = map { ($_->{monitor}, 1) } grep { $_->{monitor} > $before } $hub->ticks;
        return scalar keys %monitors;
    };
    ok wait_for(sub { $reported->() == 1000 - $dropped }, 30, 'the rest'), 'everything else is reported'
        or diag $reported->() . " reported, $dropped dropped";
    my ($first) = sort { $a <=> $b } grep { $_ > $before } map { $_->{monitor} } $hub->ticks;
    cmp_ok $first, '>', $before + 1, 'the oldest were dropped';
    $agent->stop;
}

# ---- a disk that is full ----
SKIP: {
    my $place = tempdir('bs-disk-XXXXXX', DIR => '/tmp', CLEANUP => 1);
    skip 'a small file system cannot be mounted here', 8
        if system("mount -t tmpfs -o size=1m none '$place' 2>/dev/null") != 0;
    $disk = $place;
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, state => "$disk/state");
    ok wait_for(sub { $agent->log =~ /reading/ }, 20, 'the agent'), 'an agent on a small disk';
    my $full = sub {
        open my $fill, '>', "$disk/fill" or die;
        1 while defined syswrite $fill, 'x' x 4096;
    };
    my $reported = sub {
        my ($before) = @_;
        my %seen = map { $_->{monitor} => 1 } $hub->ticks;
        return scalar grep { $seen{$_} } $before + 1 .. $monitor;
    };

    # numbers of monitors have been used before
    my $before = $monitor += 2000;
    $full->();
    $hub->mode(report => {status => 503});
    add_jobs(50);
    ok wait_for(sub { $agent->log =~ /writing failed, trying again until it works: No space/ }, 20, 'the words'),
        'a full disk is told';
    is left(), 50, 'without a hub nothing is acknowledged';
    unlink "$disk/fill";
    ok wait_for(sub { left() == 0 }, 30, 'an empty stream'), 'with space everything is kept and acknowledged';
    $hub->mode(report => {});
    ok wait_for(sub { $reported->($before) == 50 }, 40, 'everything'), 'and reported';

    $before = $monitor;
    $full->();
    add_jobs(50);
    ok wait_for(sub { left() == 0 && $reported->($before) == 50 }, 40, 'everything'),
        'with a hub everything is reported and acknowledged without any space';
    $agent->kill;
    unlink "$disk/fill";
    $agent->begin;
    add_jobs(1);
    ok wait_for(sub { $reported->($before) == 51 }, 40, 'one more'), 'and later all goes on as ever';
    is $agent->stop, 0, 'it ends well';
}

done_testing;
