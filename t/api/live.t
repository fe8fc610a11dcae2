# Live events: who sees what, what happens without Redis, and that streams end
# without a trace when workers do.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack qw(wait_for free_port);

my $tls_port = free_port();
my $stack = BetterStack::Stack->new(agents => 0, nginx_server => tls_lines());
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $program = $ann->program;
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');

my $monitors = '/api/v2/monitors';

sub streams { ($stack->request('GET', '/metrics')->{content} =~ /^betterstack_live_streams (\d+)/m)[0] }

subtest 'a stream begins with hello' => sub {
    my $events = $ann->events;
    my $head = $events->head;
    like $head, qr{^HTTP/1\.1 200 };
    like $head, qr{^Content-Type: text/event-stream\r$}m;
    like $head, qr{^Cache-Control: no-store\r$}m;
    like $head, qr{^X-Accel-Buffering: no\r$}m;
    my $hello = $events->next;
    is $hello->{event}, 'hello';
    cmp_ok abs($hello->{data}{time} - time * 1000), '<', 60_000, 'it tells the time';
    is streams(), 1;
    ok wait_for(sub { $events->next('x', 0.2); $events->comments }, 15), 'a comment keeps it open';
    close $events->socket;
    ok wait_for(sub { streams() == 0 }, 10), 'a client that leaves is noticed';
};

subtest 'a team sees its own changes, whoever makes them' => sub {
    my @ann = map { $_->events } $ann, $program, $ann;
    my $bobs = $bob->events;
    $_->next('hello') for @ann, $bobs;
    my ($status, $data) = $program->post($monitors, {url => 'http://x.example/', monitor_type => 'status'});
    is $status, 201;
    my $id = $data->{data}{id};
    is_deeply $_->next('change')->{data}, {type => 'monitor', action => 'created', id => $id} for @ann;
    $ann->patch("$monitors/$id", {paused => JSON::PP::true});
    is $_->next('change')->{data}{action}, 'updated' for @ann;
    $ann->delete("$monitors/$id");
    is $_->next('change')->{data}{action}, 'deleted' for @ann;

    $bob->post($monitors, {url => 'http://x.example/', monitor_type => 'status'});
    is $bobs->next('change')->{data}{action}, 'created', 'and not those of others';
    is $ann[0]->next('change', 0.3), undef;
};

subtest 'what is published is relayed as it is, by every worker' => sub {
    my $team = $stack->sql("select m.team_id from betterstack.membership m join betterstack.app_user u
        on u.id = m.user_id where u.email = 'ann\@example.com'");
    my @events = map { $ann->events } 1 .. 12;
    $_->next('hello') for @events;
    my $large = JSON::PP->new->canonical->encode({type => 'ticks', monitors => [map { {id => "$_", x => 'y' x 500} } 1 .. 100]});
    for my $payload ('{"type":"x"}', $large, "{\"a\":\n\"b\"\n}") {
        wait_for(sub { $stack->redis('PUBSUB', 'NUMSUB', "betterstack:events:$team") =~ /(\d+)$/ && $1 > 0 }, 5);
        $stack->redis('PUBLISH', "betterstack:events:$team", $payload);
        is_deeply [map { ($_->next('change') // {})->{text} } @events], [($payload) x 12];
    }
    is +(grep { /./ } split /\n/, $stack->redis('PUBSUB', 'CHANNELS', "betterstack:events:$team")), 1;
    undef @events;
    ok wait_for(sub { $stack->redis('PUBSUB', 'CHANNELS', 'betterstack:events:*') !~ /events:$team$/m }, 10),
        'nobody looks, nobody listens';
};

subtest 'who may not look' => sub {
    my $nobody = BetterStack::Client->new($stack);
    my ($status, $data) = $nobody->get('/api/v2/events');
    is $status, 401;
    is +($nobody->send('GET', '/api/v2/events', undef, {Authorization => 'Bearer bst_x'}))[0], 401;
    is +($ann->send('POST', '/api/v2/events', {}))[0], 405;
    my (undef, undef, $reply) = $ann->send('HEAD', '/api/v2/events');
    is $reply->{status}, 200, 'HEAD opens nothing';
    ok wait_for(sub { streams() == 0 }, 5);
};

subtest 'without Redis: told so, and told when it is back' => sub {
    my $events = $ann->events;
    $events->next('hello');
    $stack->kill_piece('redis');
    is $events->next->{event}, 'offline';

    my $late = $ann->events;
    is_deeply [map { $late->next->{event} } 1 .. 2], ['hello', 'offline'], 'who comes now is told at once';
    my ($status) = $ann->post($monitors, {url => 'http://y.example/', monitor_type => 'status'});
    is $status, 201, 'changes are made without it';
    my $health = $stack->health;
    is $health->{status}, 'degraded';
    is scalar @{$health->{problems}}, 1;
    is $stack->request('GET', '/healthz')->{status}, 200, 'but the hub serves';

    $stack->start('redis');
    is $_->next->{event}, 'online' for $events, $late;
    ok wait_for(sub {
        $ann->post($monitors, {url => 'http://z.example/', monitor_type => 'status'});
        my $change = $events->next('change', 1);
        $change && $change->{data}{action} eq 'created';
    }, 20), 'events come again';
};

subtest 'streams end when their worker does, and come back' => sub {
    my @events = map { $ann->events } 1 .. 6;
    $_->next('hello') for @events;
    $stack->reload;
    ok $_->ended && $_->clean, 'ended as a response ends' for @events;
    my $again = $ann->events;
    is $again->next('hello')->{event}, 'hello';
};

subtest 'a client that does not read is let go' => sub {
    my $team = $stack->sql("select m.team_id from betterstack.membership m join betterstack.app_user u
        on u.id = m.user_id where u.email = 'bob\@example.com'");
    my $slow = $bob->events;
    $slow->next('hello');
    my $quick = $bob->events;
    $quick->next('hello');
    ok wait_for(sub { streams() == 2 }, 10), 'two streams';
    my $frame = '{"x":"' . 'x' x 60_000 . '"}';
    my $gone = wait_for(sub {
        $stack->redis('PUBLISH', "betterstack:events:$team", $frame);
        $quick->next('change');
        streams() == 1;
    }, 30);
    ok $gone, 'its queue is bounded';
    $stack->redis('PUBLISH', "betterstack:events:$team", '{"last":true}');
    ok wait_for(sub { my $event = $quick->next('change', 1); $event && $event->{data}{last} }, 10),
        'others do not notice';
};

subtest 'over HTTP/2 and TLS' => sub {
    plan skip_all => 'curl without HTTP/2' if `curl --version` !~ /HTTP2/;
    my $jar = $stack->state . '/jar';
    my @anywhere = ('curl', '-sk', '--http2', '--noproxy', '*', '-c', $jar, '-b', $jar);
    my @curl = (@anywhere, '-H', "Origin: https://127.0.0.1:$tls_port");
    my $url = "https://127.0.0.1:$tls_port/api/v2";
    my $reply = run(@curl, '-i', '-H', 'Content-Type: application/json', '-d',
        encode_json({email => 'ann@example.com', password => $BetterStack::Client::password}), "$url/sign-in");
    like $reply, qr{^HTTP/2 200};
    like $reply, qr{^set-cookie: __Host-betterstack=bss_[^;]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure\r$}m;
    like run(@curl, "$url/me"), qr/ann\@example/;
    like run(@anywhere, '-X', 'PATCH', '-H', 'Content-Type: application/json', '-d', '{"name":"Ann"}',
        '-H', "Origin: http://127.0.0.1:$tls_port", "$url/me"), qr/Origin/, 'a page that came without TLS is not ours';
    my $body = '{"name":"' . 'x' x 60_000 . '"}';
    like run(@curl, '-X', 'PATCH', '-H', 'Content-Type: application/json', '-d', $body, "$url/me"), qr/errors/,
        'a body of many frames';

    my $pid = open(my $pipe, '-|', @curl, '-N', "$url/events") // die "curl: $!\n";
    my $hello = '';
    $hello .= <$pipe> // last while $hello !~ /\n\n/;
    like $hello, qr/^event: hello$/m;
    $ann->post($monitors, {url => 'http://h2.example/', monitor_type => 'status'});
    my $change = '';
    while (defined(my $line = <$pipe>)) {
        $change .= $line;
        last if $change =~ /"created"/;
    }
    like $change, qr/^event: change$/m;
    $stack->reload;
    1 while <$pipe>;
    close $pipe;
    is $?, 0, 'ended as a response ends';
};

subtest 'many streams of one team' => sub {
    my @events;
    my $refused;
    for (1 .. 600) {
        push @events, $ann->events;
        $refused = $events[-1]->head =~ / 503 / and last;
    }
    ok $refused, 'have a limit';
    like $events[-1]->head, qr/^Retry-After: 1\r$/m;
    undef @events;
    ok wait_for(sub { streams() == 0 }, 10);
};

my @bad = $stack->bad_log_lines;
is_deeply \@bad, [], 'a quiet error log';
unlike $stack->log_text('nginx-error'), qr/exited on signal|open socket/, 'no worker died, no socket was left';

done_testing;

sub run {
    open my $pipe, '-|', @_ or die "$_[0]: $!\n";
    local $/;
    return scalar <$pipe>;
}

# A certificate of our own, and a server with it.
sub tls_lines {
    require File::Temp;
    our $tls = File::Temp->newdir('bs-tls-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp');
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        . "-keyout $tls/key -out $tls/certificate 2>/dev/null") == 0 or die "openssl\n";
    return "listen 127.0.0.1:$tls_port ssl http2; ssl_certificate $tls/certificate; ssl_certificate_key $tls/key;";
}
