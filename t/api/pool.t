# The pool of PostgreSQL connections, seen through the API: whatever happens
# to the database, every request is answered in time, and what was said to be
# stored is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Stack qw(wait_for);
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant {
    LANE_HOLDS => 64 + 512,    # in flight, and waiting for that
    DEADLINE   => 5,           # of a read
    KILLS      => 8,
    RELOADS    => 3,
};

my $slow = BetterStack::Checker::slowness();
my $stack = BetterStack::Stack->new(agents => 0, workers => 1);

# ---- what the tests do to it ----

sub create {
    my ($name) = @_;
    my ($status, $data) = $stack->api('POST', '/api/v2/monitors',
        {url => "http://127.0.0.1:9/$name", monitor_type => 'status'});
    return ($status, ref $data ? $data->{data}{id} : undef);
}

sub look { return ($stack->api('GET', "/api/v2/monitors/$_[0]"))[0] }

sub terminate {
    return $stack->sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'betterstack'");
}

sub stored { return {map { $_ => 1 } split /\n/, $stack->sql('select id from betterstack.monitor')} }

# Keeps everybody from the monitors until the returned function is called.
sub lock_monitors {
    my $pid = open(my $psql, '|-', 'psql', '-XqAt', $stack->conninfo) // die "psql: $!\n";
    $psql->autoflush(1);
    print $psql "begin; lock table betterstack.monitor in access exclusive mode;\n";
    wait_for(sub {
        $stack->sql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted"
            . " and relation = 'betterstack.monitor'::regclass") > 0;
    }, 10, 'the lock') or die "no lock\n";
    return sub { close $psql };
}

# A request without waiting for its answer.
sub send_request {
    my ($path) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $stack->port)
        or die "cannot connect: $!\n";
    print $socket "GET $path HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer ", $stack->token, "\r\n\r\n";
    return $socket;
}

sub answer {
    my ($socket) = @_;
    local $/;
    my $text = <$socket> // '';
    return {status => ($text =~ m{^HTTP/1\.1 (\d+)})[0] // 0, text => $text};
}

# Children that create and read until the returned function stops them; it
# returns [created status, its id, status of a read of the same] of each turn.
sub load {
    my ($children) = @_;
    my @pipes;
    for my $child (1 .. $children) {
        my $pid = open(my $pipe, '-|') // die "cannot fork: $!\n";
        if ($pid == 0) {
            my ($stop, $turn, $known) = (0, 0, undef);
            local $SIG{TERM} = sub { $stop = 1 };
            while (!$stop) {
                my ($status, $id) = create("$child-" . ++$turn);
                $known = $id // $known;
                my $read = defined $known ? look($known) : 0;
                syswrite STDOUT, encode_json([$status, $id, $read]) . "\n";
            }
            POSIX::_exit(0);
        }
        push @pipes, {pid => $pid, pipe => $pipe};
    }
    return sub {
        my @turns;
        kill 'TERM', map { $_->{pid} } @pipes;
        for my $child (@pipes) {
            my $pipe = $child->{pipe};
            push @turns, map { decode_json($_) } <$pipe>;
            close $pipe;
        }
        return @turns;
    };
}

sub ready { return ($stack->health->{postgres}{state} // '') eq 'ready' }

# ---- the tests ----

my ($status, $first) = create('first');
is($status, 201, 'the hub works');

subtest 'answers of any size come without another request behind them' => sub {
    create("page-$_") for 1 .. 60;
    for my $count (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60) {
        my $begin = time;
        my $reply = $stack->request('GET', "/api/v2/monitors?per_page=$count",
            {headers => {Authorization => 'Bearer ' . $stack->token}});
        is($reply->{status}, 200, "$count monitors");
        cmp_ok(time - $begin, '<', 2 * $slow, length($reply->{content}) . ' bytes at once');
    }
};

subtest 'backends killed under load' => sub {
    my $end = load(3);
    for (1 .. KILLS) {
        wait_for(\&ready, 10, 'connections') or last;
        cmp_ok(terminate(), '>', 2, 'connections are cut');
        sleep 0.2;    # of load in between; nothing depends on it
    }
    my @turns = $end->();
    my $stored = stored();

    cmp_ok(scalar @turns, '>', KILLS, scalar(@turns) . ' turns');
    is_deeply([grep { $_->[0] !~ /^(?:201|503)$/ } @turns], [], 'every create is answered 201 or 503');
    is_deeply([grep { $_->[2] !~ /^(?:200|503|0)$/ } @turns], [], 'every read 200 or 503');
    is_deeply([grep { $_->[0] == 201 && !$stored->{$_->[1]} } @turns], [], 'what was created is there');
    my $lost = grep { $_->[2] == 503 } @turns;
    cmp_ok($lost, '<=', @turns / 20, 'a read is sent again when its connection dies');
    ok(wait_for(\&ready, 10, 'connections'), 'all connections come back');
};

subtest 'reload under load' => sub {
    my $end = load(3);
    for (1 .. RELOADS) {
        my $before = join ' ', sort $stack->workers;
        $stack->reload;
        isnt(join(' ', sort $stack->workers), $before, 'new workers');
    }
    my @turns = $end->();
    my @bad = grep { $_->[0] != 201 || $_->[2] != 200 } @turns;
    is(scalar @bad, 0, 'no request notices, of ' . @turns) or diag(explain(\@bad));
};

subtest 'a deadline' => sub {
    my $unlock = lock_monitors();
    my $begin = time;
    my $reply = answer(send_request("/api/v2/monitors/$first"));
    my $took = time - $begin;
    $unlock->();

    like($reply->{status}, qr/^50[34]$/, 'a read that waits for a lock is given up');
    cmp_ok($took, '>', DEADLINE - 1, 'not before its time');
    cmp_ok($took, '<', DEADLINE + 5 * $slow, 'and soon after');
    ok(wait_for(sub { look($first) == 200 }, 10, 'a read'), 'and the next one is served');
};

subtest 'more than a lane holds' => sub {
    my $unlock = lock_monitors();
    my @waiting = map { send_request("/api/v2/monitors/$first") } 1 .. LANE_HOLDS;
    ok(wait_for(sub {
        my $begin = time;
        my $refused = answer(send_request("/api/v2/monitors/$first"));
        $refused->{status} == 503 && time - $begin < DEADLINE / 2
            && $refused->{text} =~ /^Retry-After: 1\r$/m;
    }, 10, 'a refusal'), 'one more is refused at once, and told when to come again');
    $unlock->();
    my %by_status;
    $by_status{answer($_)->{status}}++ for @waiting;
    my $odd = grep { $_ !~ /^(?:200|503|504)$/ } keys %by_status;
    is($odd, 0, 'those that waited are answered') or diag(explain(\%by_status));
    ok(wait_for(sub { look($first) == 200 }, 10, 'a read'), 'and it goes on');
};

subtest 'clients that leave' => sub {
    my $unlock = lock_monitors();
    close $_ for map { send_request("/api/v2/monitors/$first") } 1 .. 50;
    my $patient = send_request("/api/v2/monitors/$first");
    $unlock->();
    is(answer($patient)->{status}, 200, 'those behind them are served');
};

subtest 'a database with another schema' => sub {
    my ($needed) = $stack->health->{postgres}{schema_expected};
    $stack->sql('insert into betterstack.schema_migration'
        . " select (jsonb_populate_record(v, '{\"version\": 999, \"name\": \"0999_later\"}')).*"
        . ' from betterstack.schema_migration v order by version desc limit 1');
    terminate();
    ok(wait_for(sub { ($stack->health->{postgres}{state} // '') eq 'schema_unknown' }, 20, 'the hub to notice'),
        'is noticed on the next connection');

    my $reply = $stack->request('GET', '/healthz');
    is($reply->{status}, 503, 'the hub is not healthy');
    is($stack->health->{postgres}{schema_version}, 999, 'and tells the version');
    $reply = answer(send_request("/api/v2/monitors/$first"));
    is($reply->{status}, 503, 'requests are refused');
    like($reply->{text}, qr/^Retry-After: /m, 'with a time to come again');

    my @told = grep { /version 999/ } split /\n/, $stack->log_text('nginx-error');
    like($told[0], qr/\[error\].*the schema of the database is version 999, and this module knows version $needed/,
        'the log tells both versions');
    my %workers = map { /(\d+)#\d+: / ? ($1 => 1) : () } @told;
    is(scalar @told, scalar keys %workers, 'once a worker');

    $stack->sql('delete from betterstack.schema_migration where version = 999');
    ok(wait_for(\&ready, 20, 'the hub to notice'), 'recovers without a reload');
    is(look($first), 200, 'and serves');
};

subtest 'a database without our functions, and sql/migrate' => sub {
    $stack->sql('drop function dispatch.schema_version()');
    terminate();
    ok(wait_for(sub { ($stack->health->{postgres}{state} // '') eq 'schema_unknown' }, 20, 'the hub to notice'),
        'is noticed');
    is(look($first), 503, 'requests are refused');
    like($stack->log_text('nginx-error'),
        qr/\[error\].*does not tell the version of its schema .* needs version \d+: run sql\/migrate/,
        'the log tells what to do');

    my ($failed, $output) = BetterStack::Stack::capture($stack->root . '/sql/migrate', $stack->conninfo);
    is($failed, 0, 'sql/migrate') or diag($output);
    ok(wait_for(\&ready, 20, 'the hub to notice'), 'is all that it takes');
    is(look($first), 200, 'the hub serves');
};

subtest 'a database that is away' => sub {
    $stack->stop('postgres');
    ok(wait_for(sub {
        my $begin = time;
        look($first) == 503 && time - $begin < 0.5 * $slow;
    }, 20, 'quick refusals'), 'is noticed, then requests are refused at once');
    is($stack->request('GET', '/healthz')->{status}, 503, 'the hub is not healthy');
    $stack->start('postgres');
    ok(wait_for(sub { look($first) == 200 }, 20, 'a read'), 'it comes back by itself');
};

is_deeply([$stack->bad_log_lines], [], 'nothing alarming in the log');

done_testing;
