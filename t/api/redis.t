# The connections to Redis: what the hub does without it, how it comes back,
# and the ways of addressing it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Stack qw(free_port wait_for);
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

# Long enough for dozens of tries, if nothing held them back.
use constant SETTLED => 4;

my $slow = BetterStack::Checker::slowness();
my $stack = BetterStack::Stack->new(agents => 0, workers => 2);

# Of the worker that happens to answer; so asked often enough to mean all.
sub connected {
    for (1 .. 8) {
        return 0 if !$stack->health->{redis}{connected};
    }
    return 1;
}

sub unconnected {
    for (1 .. 8) {
        return 0 if $stack->health->{redis}{connected};
    }
    return 1;
}

sub names { return $stack->redis('CLIENT', 'LIST') =~ s/^(?!.*name=betterstack-hub).*\n?//mgr }

# A Redis of its own with a password and a user; gone with the test.  Another
# program may take the port before it does: then it gets another one.
my @servers;

sub serve {
    my (@options) = @_;
    for (1 .. 5) {
        my $port = free_port();
        my $pid = fork // die "cannot fork: $!\n";
        if ($pid == 0) {
            open STDOUT, '>', '/dev/null';
            exec 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
                '--dir', $stack->state, @options or POSIX::_exit(127);
        }
        push @servers, $pid;
        my $ended = 0;
        wait_for(sub {
            $ended = waitpid($pid, POSIX::WNOHANG()) == $pid;
            my ($failed, $text) = BetterStack::Stack::capture('redis-cli', '-p', $port, 'PING');
            $ended || $text =~ /NOAUTH|PONG/;
        }, 10, 'a Redis');
        return $port if !$ended;
        pop @servers;
    }
    die "no Redis\n";
}

END {
    my $status = $?;
    kill 'KILL', @servers;
    waitpid $_, 0 for @servers;
    $? = $status;
}

sub redis_of {
    my ($port, @command) = @_;
    return (BetterStack::Stack::capture('redis-cli', '-p', $port, @command))[1];
}

sub use_redis {
    my ($url) = @_;
    $stack->reload(sub { s/betterstack_redis [^;]+;/betterstack_redis "$url";/ });
}

ok(wait_for(\&connected, 10, 'Redis'), 'the hub has Redis');
my $clients = () = names() =~ / name=/g;    # lib-name= is another
is($clients, 4, 'with two connections a worker, that say whose they are');

subtest 'Redis killed' => sub {
    $stack->kill_piece('redis');
    ok(wait_for(\&unconnected, 10, 'the hub to notice'), 'is noticed');
    is(($stack->api('GET', '/api/v2/monitors'))[0], 200, 'the API works without it');
    is(($stack->api('POST', '/api/v2/monitors',
        {url => 'http://127.0.0.1:9/', monitor_type => 'status'}))[0], 201, 'changes, too');
    my %told;
    /\[error\] (\d+)#.*(Redis connection for .*)/ and $told{"$1 $2"}++
        for split /\n/, $stack->log_text('nginx-error');
    cmp_ok(scalar keys %told, '>=', 4, 'each connection is missed in the log');
    is_deeply([grep { $_ > 1 } values %told], [], 'once for each reason, however often it is tried');
    $stack->start('redis');
    ok(wait_for(\&connected, 10, 'Redis'), 'all workers come back');
    ok(wait_for(sub {
        my $back = () = $stack->log_text('nginx-error') =~ /the Redis connection for \w+ is back/g;
        $back == 4;
    }, 10, 'the log'), 'and say so');
};

subtest 'Redis silent' => sub {
    my $pid = $stack->pid('redis');
    kill 'STOP', $pid;
    ok(wait_for(sub { !$stack->health->{redis}{connected} }, 20, 'the hub to notice'),
        'unanswered commands end the connection of the worker that sent them');
    is(($stack->api('GET', '/api/v2/monitors'))[0], 200, 'the API works meanwhile');
    kill 'CONT', $pid;
    ok(wait_for(\&connected, 20, 'Redis'), 'and it comes back');
};

subtest 'by TCP, with a password and a database' => sub {
    my $port = serve('--requirepass', 'sw0rd/f@sh');
    use_redis("redis://:sw0rd%2Ff%40sh\@127.0.0.1:$port/3");
    ok(wait_for(\&connected, 10, 'Redis'), 'the default user');
    my ($failed, $keys);
    ok(wait_for(sub {
        local $ENV{REDISCLI_AUTH} = 'sw0rd/f@sh';
        ($failed, $keys) = BetterStack::Stack::capture('redis-cli', '-p', $port, '-n', 3, 'KEYS', 'betterstack:scheduler');
        $keys =~ /betterstack:scheduler/;
    }, 10, 'the lease'), 'in that database') or diag($keys);
};

subtest 'by TCP, as a user' => sub {
    my $port = serve('--user', qw(hub on >secret ~* &* +@all));
    use_redis("redis://hub:secret\@127.0.0.1:$port/0");
    ok(wait_for(\&connected, 10, 'Redis'), 'a user with a password');
};

subtest 'with a wrong password' => sub {
    my $port = serve('--requirepass', 'right');
    use_redis("redis://:wrong\@127.0.0.1:$port/0");
    ok(wait_for(sub { $stack->log_text('nginx-error') =~ /\[error\].*Redis connection for commands.*WRONGPASS/ }, 10, 'the log'),
        'the log tells');
    ok(unconnected(), 'and nothing goes on');
    unlike($stack->log_text('nginx-error'), qr/:wrong|AUTH wrong/, 'the password is not shown');
};

# Such a server quotes what it does not know, the password included.
subtest 'a server without AUTH' => sub {
    my $port = serve('--rename-command', 'AUTH', '');
    use_redis("redis://:swordfish\@127.0.0.1:$port/0");
    ok(wait_for(sub { $stack->log_text('nginx-error') =~ /\[error\].*Redis connection for .*does not let us in/ }, 10, 'the log'),
        'the log tells');
    unlike($stack->log_text('nginx-error'), qr/swordfish/, 'and not the password');
};

subtest 'a user who may not subscribe' => sub {
    my $port = serve('--user', qw(hub on >secret ~* resetchannels +@all));
    use_redis("redis://hub:secret\@127.0.0.1:$port/0");
    ok(wait_for(\&connected, 10, 'Redis'), 'commands work');
    my $log = length $stack->log_text('nginx-error');
    my $viewer = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $stack->port)
        or die "cannot connect: $!\n";
    print $viewer "GET /api/v2/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ", $stack->token, "\r\n\r\n";
    my @told;
    wait_for(sub {
        @told = substr($stack->log_text('nginx-error'), $log) =~ /^(.*Redis connection for subscriptions.*)$/mg;
        return @told;
    }, 10, 'the log');
    like($told[0] // '', qr/\[error\].*NOPERM/, 'the log tells why');
    sleep SETTLED;
    @told = substr($stack->log_text('nginx-error'), $log) =~ /^(.*\[(?:error|notice)\].*Redis.*)$/mg;
    is(scalar @told, 1, 'once') or diag(explain([splice @told, 0, 5]));
    my ($accepted) = redis_of($port, 'INFO', 'stats') =~ /total_connections_received:(\d+)/;
    cmp_ok($accepted, '<', 25, 'and tries less and less often');
};

subtest 'back on the Unix socket' => sub {
    use_redis($stack->redis_url);
    ok(wait_for(\&connected, 10, 'Redis'), 'it is there');
};

# A reload while it is away, and a graceful end with commands unanswered.
subtest 'a graceful exit does not wait for a dead Redis' => sub {
    $stack->stop('redis');
    my $begin = time;
    $stack->reload;
    cmp_ok(time - $begin, '<', 8 * $slow, 'reload');
    $stack->start('redis');
    ok(wait_for(\&connected, 10, 'Redis'), 'the new workers find it');
};

is_deeply([$stack->bad_log_lines], [], 'nothing alarming in the log');

done_testing;
