# The observer's own test: it must find what is wrong when it is there.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";

use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

use BetterStack::Observer::HttpStream;
use BetterStack::Observer::Ledger;
use BetterStack::Observer::Msgpack qw(msgpack_decode msgpack_job);
use BetterStack::Observer::Proxy;
use BetterStack::Observer::Target;

use constant INTERVAL => 1000;
use constant START    => 1_700_000_000_000;
use constant SLOTS    => 5;

sub tick {
    my ($region, $n, %other) = @_;
    my $slot = START + $n * INTERVAL + ($region eq 'a' ? 100 : 600);
    return {
        monitor => 7, region => $region, agent => "agent-$region", slot => $slot,
        checked_at => $slot + 3, status => 1, reason => 0, total => 900, %other,
    };
}

sub ledger {
    my (%change) = @_;
    my @ticks = map { my $n = $_; map { tick($_, $n) } qw(a b) } 0 .. SLOTS - 1;
    return BetterStack::Observer::Ledger->new(
        rows => [@ticks], acks => [@ticks],
        requests => {70 => [sort { $a <=> $b } map { $_->{checked_at} * 1000 + 500 } @ticks]},
        region => {'agent-a' => 'a', 'agent-b' => 'b'}, number => {7 => 70},
        interval => INTERVAL, %change,
    );
}

sub missing_of { my ($ledger) = @_; return $ledger->missing(START, START + SLOTS * INTERVAL) }

subtest 'an honest account' => sub {
    my $ledger = ledger();
    is_deeply [map { [$ledger->$_] } qw(lost altered overruled doubled unbacked irregular)],
        [[], [], [], [], [], []], 'nothing lost, altered, overruled, doubled, unbacked or irregular';
    is_deeply [missing_of($ledger)], [], 'no slot missing';
    is_deeply [$ledger->lateness(START, START + INTERVAL)], [3, 3], 'lateness';
};

subtest 'what it must find' => sub {
    my @rows = @{ledger()->{rows}};
    my ($first, @others) = @rows;

    my $ledger = ledger(rows => \@others);
    is scalar(() = $ledger->lost), 1, 'an acknowledged tick without a row';
    my @missing = missing_of($ledger);
    is_deeply \@missing, [{monitor => 7, region => 'a', slot => $first->{slot}, probed => 1}],
        'its slot is missing though it was probed';

    is scalar(() = ledger(rows => [$first, @rows])->doubled), 1, 'a slot with two rows';
    is scalar(() = ledger(rows => [{%$first, status => 3}, @others])->altered), 1,
        'a row that says something else than was acknowledged';
    is scalar(() = ledger(rows => [{%$first, status => 0}, @others])->overruled), 1,
        'a measured result that lost to "not measured"';
    is scalar(() = ledger(requests => {70 => []})->unbacked), scalar @rows,
        'rows without requests';

    my @requests = @{ledger()->{requests}{70}};
    splice @requests, 3, 1;
    is scalar(() = ledger(requests => {70 => \@requests})->unbacked), 1,
        'one row whose request never came';
    is scalar(() = ledger(rows => [{%$first, slot => $first->{slot} + 1}, @others])->irregular),
        1, 'a slot off the beat';
    is_deeply ledger(rows => [{%$first, status => 0, reason => 65}, @others])
        ->unknown(START, START + INTERVAL), {65 => 1}, 'unknown results by reason';
    is scalar(() = missing_of(ledger(rows => []))), 2, 'places without any row';
};

subtest 'msgpack' => sub {
    my $job = msgpack_decode(msgpack_job(70000, START, START + 5, "\x81\xa4type\xa6status"));
    is_deeply $job, {v => 1, monitor => 70000, slot => START, expires => START + 5, urgent => 0,
        spec => {type => 'status'}}, 'a job goes there and back';
    is_deeply msgpack_decode("\xdc\x00\x04\xd0\xff\xd9\x01x\xc0\xcb" . pack('d>', 1.5)),
        [-1, 'x', undef, 1.5], 'wider forms';
    for my $bad ("\x92\x01", "\xc1", "\x01\x01", "\x91" x 20) {
        ok !defined eval { msgpack_decode($bad) }, 'refused: ' . unpack 'H*', $bad;
    }
};

subtest 'messages in a stream' => sub {
    my $stream = BetterStack::Observer::HttpStream->new;
    my $bytes = "HTTP/1.1 100 Continue\r\n\r\n"
        . "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
        . "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        . "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n";
    my @bodies = map { map { $_->{body} } $stream->add($_) } split //, $bytes;
    is_deeply \@bodies, ['abc', 'abcde', ''], 'byte by byte';
};

my $directory = tempdir(CLEANUP => 1);

sub poll {
    my ($condition) = @_;
    my $until = time + 10;
    while (time < $until) {
        return 1 if $condition->();
        sleep 0.01;
    }
    return 0;
}

subtest 'the target' => sub {
    my $target = BetterStack::Observer::Target->start($directory);
    my $http = HTTP::Tiny->new;
    is $http->get($target->url(12))->{content}, "ok\n", 'answers';
    $http->get($target->unrecorded_url);
    HTTP::Tiny->new(keep_alive => 0)->head($target->url(13));

    my %seen;
    ok poll(sub {
        my $requests = $target->take_requests;
        push @{$seen{$_}}, @{$requests->{$_}} for keys %$requests;
        return keys %seen >= 2;
    }), 'records while it runs';
    is_deeply [sort keys %seen], [12, 13], 'only the numbered paths';
    cmp_ok abs($seen{12}[0] / 1e6 - time), '<', 20, 'with the time in microseconds';
    is $target->stop, 0, 'ends when asked';
    $target->start_again;
    is $http->get($target->url(12))->{content}, "ok\n", 'and is back on its port';
};

subtest 'the proxy' => sub {
    my $report = "\x82\xa1v\x01\xa5ticks\x92"
        . join '', map { "\x94\x07\xcf" . pack('Q>', $_) . "\xcf" . pack('Q>', $_ + 2) . "\x01" }
        START, START + 1000;
    my $reply = "\x83\xa1v\x01\xa6stored\x02\xa7refused\x00";
    my @answers = (
        "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: " . length($reply) . "\r\n\r\n$reply",
    );

    my $hub = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $@;
    my $proxy = BetterStack::Observer::Proxy->start($directory, $hub->sockport, 'x');
    my $pid = fork // die;
    if ($pid == 0) {
        my $connection = $hub->accept;
        my $stream = BetterStack::Observer::HttpStream->new;
        while (@answers && sysread $connection, my $bytes, 65536) {
            for ($stream->add($bytes)) {
                syswrite $connection, shift @answers;
            }
        }
        POSIX::_exit(0);
    }

    my $http = HTTP::Tiny->new;
    my $post = sub {
        return $http->post($proxy->url('x') . '/agent/v1/report', {content => $report})
    };
    is $post->()->{status}, 503, 'passes a refusal on';
    is $post->()->{content}, $reply, 'passes an answer on, over the same connection';
    waitpid $pid, 0;
    is $?, 0, 'the hub saw both';
    close $hub;
    is $post->()->{status}, 599, 'a hub that is gone looks gone';

    my $recorded = $proxy->recorded;
    is_deeply [map { [@$_{qw(agent monitor slot checked_at status)}] } @{$recorded->{ack}}],
        [['x', 7, START, START + 2, 1], ['x', 7, START + 1000, START + 1002, 1]],
        'the ticks of the acknowledged report, once';
    is_deeply [map { [@$_{qw(status ticks stored)}] } @{$recorded->{report}}],
        [[503, 2, 0], [200, 2, 2]], 'and both answers';
};

done_testing;
