# Clients that leave in the middle, come all at once, or stay while nginx is
# reloaded: nobody else notices, and nothing is left behind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack qw(wait_for);

my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $program = $ann->program;
my $host = '127.0.0.1:' . $stack->port;
my $auth = "Host: $host\r\nAuthorization: Bearer $program->{token}\r\n";

my (undef, $made) = $program->post('/api/v2/monitors', {url => 'http://x.example/', monitor_type => 'status'});
my $monitor = "/api/v2/monitors/$made->{data}{id}";
my @workers = sort $stack->workers;

sub metric { ($stack->request('GET', '/metrics')->{content} =~ /^betterstack_\Q$_[0]\E (\d+)/m)[0] }

sub sign_in {
    my ($email) = @_;
    my $body = encode_json({email => $email, password => $BetterStack::Client::password});
    return "POST /api/v2/sign-in HTTP/1.1\r\nHost: $host\r\nOrigin: http://$host\r\nConnection: close\r\n"
        . "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}

# Everybody's answers, by status; sockets are opened before any is read.
sub all_at_once {
    my (@requests) = @_;
    my @sockets = map { my $socket = $program->socket; $socket->print($_); $socket } @requests;
    my (%count, @answers);
    for my $socket (@sockets) {
        local $/;
        my $answer = <$socket> // '';
        push @answers, $answer;
        $count{$answer =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none'}++;
    }
    return (\%count, @answers);
}

subtest 'while a statement runs' => sub {
    my @requests = ("GET $monitor HTTP/1.1\r\n$auth\r\n", "GET /api/v2/monitors HTTP/1.1\r\n$auth\r\n",
        "PATCH $monitor HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    for my $request ((@requests) x 100) {
        my $socket = $program->socket;
        $socket->print($request);
        close $socket;
    }
    is +($program->get($monitor))[0], 200;
};

subtest 'while a password is hashed' => sub {
    my $before = metric('passwords_hashed_total');
    for (1 .. 30) {
        my $socket = $program->socket;
        $socket->print(sign_in('ann@example.com'));
        close $socket;
    }
    ok wait_for(sub { $ann->sign_in('ann@example.com') == 200 || ($ann->sign_in('ann@example.com'))[0] == 200 }, 30),
        'who stays gets in';
    cmp_ok metric('passwords_hashed_total'), '>', $before;
};

subtest 'in the middle of a body, a header, or nothing at all' => sub {
    for my $piece ('', 'G', "GET $monitor HTTP/1.1\r\nHost", "PATCH $monitor HTTP/1.1\r\n${auth}Content-Type: "
            . "application/json\r\nContent-Length: 1000\r\n\r\n{\"a\":", "POST /api/v2/monitors HTTP/1.1\r\n${auth}"
            . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\"", "\x16\x03\x01\x02") {
        my $socket = $program->socket;
        $socket->print($piece);
        close $socket;
    }
    is +($program->get($monitor))[0], 200;
};

subtest 'one connection, many requests at once' => sub {
    my $answers = $program->raw(join '', ("GET $monitor HTTP/1.1\r\n$auth\r\n",
        "POST /api/v2/monitors HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        "GET /api/v2/monitors HTTP/1.1\r\n$auth\r\n", "DELETE /api/v2/monitors/999999 HTTP/1.1\r\n$auth\r\n") x 20,
        "GET /healthz HTTP/1.1\r\n${auth}Connection: close\r\n\r\n");
    is_deeply [$answers =~ m{HTTP/1\.1 (\d+) }g], [(200, 422, 200, 404) x 20, 200], 'answered in order';
};

subtest 'more sign-ins than can be hashed soon' => sub {
    my $refused = metric('passwords_refused_total');
    my ($count, @answers) = all_at_once(map { sign_in($_ % 2 ? 'ann@example.com' : 'nobody@example.com') } 1 .. 120);
    ok $count->{429}, 'some are sent away';
    ok $count->{200} && $count->{401}, 'others are answered';
    is_deeply [grep { !/^(?:200|401|429)$/ } keys %$count], [] or diag explain $count;
    my ($answer) = grep { / 429 / } @answers;
    like $answer, qr/^Retry-After: 1\r$/m;
    like $answer, qr/"errors":"Too many/;
    is metric('passwords_refused_total') - $refused, $count->{429}, 'and counted';
    is +($ann->sign_in('ann@example.com'))[0], 200, 'then it is quiet again';
};

subtest 'more requests than the database takes' => sub {
    my ($count) = all_at_once(("GET $monitor HTTP/1.1\r\n${auth}Connection: close\r\n\r\n") x 500);
    is_deeply [grep { !/^(?:200|503)$/ } keys %$count], [] or diag explain $count;
    ok $count->{200};
    is +($program->get($monitor))[0], 200;
};

is_deeply [sort $stack->workers], \@workers, 'the same workers as before';

subtest 'reloads under load' => sub {
    my $pid = fork // die;
    if ($pid == 0) {
        my $wrong = 0;
        my $until = time + 4;
        while (time < $until) {
            for my $request (['GET', $monitor], ['PATCH', $monitor, {paused => JSON::PP::true}]) {
                my ($status) = $program->send(@$request);
                $wrong++ if $status != 200;
            }
        }
        POSIX::_exit($wrong > 255 ? 255 : $wrong);
    }
    require POSIX;
    $stack->reload for 1 .. 3;
    waitpid $pid, 0;
    is $? >> 8, 0, 'no request fails';
};

subtest 'a graceful exit waits for what runs' => sub {
    my @sockets = map { $program->socket } 1 .. 6;
    $_->print(sign_in('ann@example.com')) for @sockets;
    # Its body is being read, so the worker has it.
    wait_for(sub { metric('passwords_hashed_total') > 0 }, 5);
    $stack->reload;
    for my $socket (@sockets) {
        local $/;
        my $answer = <$socket>;
        like $answer, qr{^HTTP/1\.1 200 };
    }
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';
unlike $stack->log_text('nginx-error'), qr/exited on signal|open socket/, 'no worker died, no socket was left';

done_testing;
