# HTTP checks with all that a monitor may set, and what of it goes to whom.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(check check_text wait_for free_port);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Node;
use BetterStack::Agent::Pki;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request reply answer hold);
use BetterStack::Checker;
use BetterStack::Observer::Msgpack qw(msgpack_job);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

use constant LATE_US => 100_000;

my $elsewhere = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'elsewhere') });

# /to?URL redirects there and sets cookies on the way.
my $site = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    return answer($client, 302, 'moved', "Location: $1", 'Set-Cookie: visit=first; Path=/', 'Set-Cookie: deep=1; Path=/deep',
        'Set-Cookie: foreign=1; Domain=example.com') if $head =~ m{^\S+ /to\?(\S+)};
    return answer($client, 302, 'moved', 'Location: /end', 'Set-Cookie: visit=second; Path=/') if $head =~ m{^\S+ /again};
    answer($client, 200, 'page');
});

my %read;
sub last_request {
    my ($server) = @_;
    my $new = substr $server->seen, $read{$server} // 0;
    $read{$server} = length $server->seen;
    return (split /\n(?=[A-Z]+ \S+ HTTP)/, $new)[-1] // '';
}

# ---- cookies ----
{
    is check($site->url('/to?/end'))->{status}, 'up', 'a redirect that sets cookies';
    my $request = last_request($site);
    like $request, qr{^Cookie: visit=first\r}m, 'they come back where they belong, and only there';
    check($site->url('/to?/deep/end'));
    like last_request($site), qr{^Cookie: (?=.*deep=1)(?=.*visit=first)}m, 'by path';
    check($site->url('/to?/again'));
    like last_request($site), qr{^Cookie: visit=second\r}m, 'the newest value';
    check($site->url('/to?/end'), '--no-cookies');
    unlike last_request($site), qr{^Cookie}m, 'unless they are not wanted';
    check($site->url('/end'));
    unlike last_request($site), qr{^Cookie}m, 'another check knows none of them';

    # cookies know no ports: another host is another site
    my $other = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'x') }, host => '::1');
    check($site->url('/to?' . $other->url('/end')));
    like last_request($other), qr{^GET /end}, 'another site';
    unlike last_request($other), qr{Cookie|visit}, 'gets none';
}

# ---- bearer ----
{
    check('--bearer', 'abcdefghijkl', $site->url('/end'));
    like last_request($site), qr{^Authorization: Bearer abcdefghijkl\r}m, 'a bearer token';
    check('--bearer', 'abcdefghijkl', $site->url('/to?' . $elsewhere->url('/end')));
    like last_request($elsewhere), qr{^GET /end}, 'redirected elsewhere';
    unlike last_request($elsewhere), qr{Authorization|abcdef}, 'it stays at home';
}

# ---- a proxy ----
{
    my $proxy = BetterStack::Agent::Server->new(sub {
        my ($head) = request($_[0]);
        return answer($_[0], 403, 'no', 'X-From: proxy') if $head =~ /^CONNECT/;
        return answer($_[0], 302, '', 'Location: http://169.254.169.254/latest/') if $head =~ m{/away};
        answer($_[0], 200, 'by the proxy');
    });
    my @proxy = ('--proxy', $proxy->url(''));
    my $result = check(@proxy, '--bearer', 'abcdefghijkl', 'http://not.anywhere.example/page');
    is $result->{status}, 'up', 'by a proxy, which looks the name up' or diag $result->{detail};
    my $request = last_request($proxy);
    like $request, qr{^GET http://not\.anywhere\.example/page HTTP/1\.1\r}, 'asked in full';
    like $request, qr{^Host: not\.anywhere\.example\r}m, 'for the host';

    $result = check(@proxy, 'https://not.anywhere.example/');
    is $result->{reason}, 'connect_refused', 'a proxy that does not want to';
    like $result->{detail}, qr/^the proxy 127\.0\.0\.1:\d+ would not connect: it said 403$/, 'in words';
    is $result->{http_status}, 0, 'its status is not the target\'s';
    unlike last_request($proxy), qr/Bearer|abcdef/, 'and it sees no token of a target with TLS';

    my $before = $proxy->connections;
    is check(@proxy, 'http://10.0.0.1/')->{reason}, 'address_blocked', 'a forbidden address, also by proxy';
    is check(@proxy, 'http://0xa9fea9fe/')->{reason}, 'address_blocked', 'however it is written';
    is $proxy->connections, $before, 'which is not even asked';
    is check(@proxy, 'http://not.anywhere.example/away')->{reason}, 'redirect_blocked', 'nor by redirect';

    my (undef, $out) = check_text('--json', '--proxy', $proxy->url(''), 'http://192.0.2.1/');
    like $out, qr/"reason":"address_blocked"/, 'a proxy at a forbidden address';
    is check('--proxy', 'http://169.254.169.254:80', 'http://example.com/')->{reason}, 'address_blocked', 'of any kind';
    like check('--proxy', 'http://127.0.0.1:' . free_port(), 'http://example.com/')->{detail},
        qr/refused by the proxy 127/, 'one that is away';
    is check('--proxy', 'socks5://127.0.0.1:1', 'http://example.com/')->{reason}, 'not_run', 'one of another kind';
}

# ---- TLS settings ----
{
    my $pki = BetterStack::Agent::Pki->new;
    my $name = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1');
    my $client = $pki->certificate(names => 'DNS:client', subject => 'client');
    my @identity = ('--certificate', "$pki->{dir}/$client.pem", '--key', "$pki->{dir}/$client.key");

    my $strict = $pki->serve(certificate => $name, options => ['-Verify', 1, '-verify_return_error', '-CAfile', $pki->ca_file]);
    is check('--ca', $pki->ca_file, @identity, $strict->url)->{status}, 'up', 'a client certificate';
    is check('--ca', $pki->ca_file, $strict->url)->{reason}, 'tls_handshake', 'without which the server does not answer';
    isnt check('--ca', $pki->ca_file, @identity, $site->url('/to?' . $strict->url))->{status}, 'up',
        'and which another site does not get to see';

    my $result = check('--ca', $pki->ca_file, @identity[0 .. 2], "$pki->{dir}/ca.key", $strict->url);
    is "$result->{status} $result->{reason}", 'unknown not_run', 'with the key of another it is not even asked';
    is $result->{detail}, 'the monitor\'s client certificate or its key cannot be read', 'in words';
    $result = check('--ca', $0, $strict->url);
    is "$result->{reason} $result->{detail}", 'not_run the monitor\'s certificate authorities cannot be read',
        'nor with authorities that are none';
    my $ancient = $pki->serve(certificate => $name, options => ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0']);
    is check('--ca', $pki->ca_file, $ancient->url)->{reason}, 'tls_handshake', 'TLS 1.0';
    is check('--ca', $pki->ca_file, '--tls-min', '1.0', $ancient->url)->{status}, 'up', 'unless it is allowed';
    is check('--ca', $pki->ca_file, '--tls-min', '1.1', $ancient->url)->{reason}, 'tls_handshake', 'expressly';

    my $old = $pki->serve(certificate => $name, options => ['-tls1_2']);
    is check('--ca', $pki->ca_file, $old->url)->{status}, 'up', 'an authority of the monitor';
    is check($old->url)->{reason}, 'tls_untrusted', 'which counts for it alone';
    is check('--ca', $pki->ca_file, '--tls-min', '1.3', $old->url)->{reason}, 'tls_handshake', 'a version that is too old';
    is check('--ca', $pki->ca_file, '--tls-min', '1.2', $old->url)->{status}, 'up', 'and one that is not';
    is check('--ca', $pki->ca_file, '--days', 10, $old->url)->{status}, 'up', 'a certificate that lasts';
    is check('--ca', $pki->ca_file, '--days', 60, $old->url)->{reason}, 'certificate_expiring', 'or not';
}

# ---- versions, time ----
{
    my $h2 = BetterStack::Agent::Node->start("$FindBin::Bin/lib/grpc_server.mjs", 'plain');
    my $url = 'http://127.0.0.1:' . $h2->port . '/';
    my $result = check('--http-version', 2, '--expect-status', 400, $url);
    is $result->{status}, 'up', 'HTTP/2 without TLS' or diag $result->{detail};
    is check('--http-version', 1, '--expect-status', 400, $url)->{reason}, 'protocol_error', 'where HTTP/1.1 is no answer';

    my $slow = BetterStack::Agent::Server->new(sub { request($_[0]); sleep 0.3; answer($_[0], 200, '') });
    $result = check('--degraded', 0.2, $slow->url);
    is "$result->{status} $result->{reason}", 'degraded too_slow', 'an answer that takes too long to be good';
    is check('--degraded', 5, $slow->url)->{status}, 'up', 'and one that does not';
}

# ---- deadlines ----
{
    my %hold = (
        'says nothing' => sub { hold($_[0]) },
        'drips headers' => sub { request($_[0]); reply($_[0], "HTTP/1.1 200 OK\r\n"); while (reply($_[0], "X: y\r\n")) { sleep 0.02 } },
        'drips a body' => sub { request($_[0]); reply($_[0], "HTTP/1.1 200 OK\r\n\r\n"); while (reply($_[0], 'x')) { sleep 0.02 } },
        'lies about length' => sub { request($_[0]); reply($_[0], "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"); hold($_[0]) },
        'redirects slowly' => sub { request($_[0]); sleep 0.2; answer($_[0], 302, '', 'Location: /') },
    );
    for my $what (sort keys %hold) {
        my $server = BetterStack::Agent::Server->new($hold{$what});
        my $result = check('--timeout', 0.7, '--assert', 'body contains needle', $server->url);
        isnt $result->{status}, 'up', "a server that $what";
        cmp_ok $result->{phases_us}{total}, '<', 700_000 + LATE_US * BetterStack::Checker::slowness(), 'ends in time';
    }
    my $hanging = BetterStack::Agent::Server->new(sub { hold($_[0]) });
    my $pki = BetterStack::Agent::Pki->new; # a short list of authorities is read in no time
    my $result = check('--timeout', 0.7, '--ca-file', $pki->ca_file, $hanging->url =~ s/^http/https/r);
    is $result->{reason}, 'tls_handshake', 'a server that hangs in TLS';
    cmp_ok $result->{phases_us}{total}, '<', 700_000 + LATE_US * BetterStack::Checker::slowness(), 'too';
}

# ---- from a job to a tick ----
{
    my $redis = BetterStack::Agent::Redis->new;
    my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
    my $n = 0;
    my $moody = BetterStack::Agent::Server->new(sub {
        my ($client, $number) = @_;
        my ($head) = request($client);
        return answer($client, 200, '{"a":"one"}', 'Content-Type: application/json') if $head =~ m{ /json};
        return answer($client, $number % 2 ? 500 : 404, 'echo abcdefghijkl');
    });
    my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url);

    my $probe = sub {
        my ($path, %spec) = @_;
        my $monitor = ++$n;
        my $now = int(time * 1000);
        $redis->command('SET', 'betterstack:scheduler:test-a', $now, 'PX', 10000);
        $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job',
            msgpack_job($monitor, $now, $now + 60000, BetterStack::Agent::Hub::spec($moody->url($path), %spec)));
        my $tick;
        wait_for(sub { ($tick) = grep { $_->{monitor} == $monitor } $hub->ticks; $tick }, 30, 'a tick');
        return ($tick, decode_json($tick->{evidence} // '{}'));
    };

    my ($tick, $evidence) = $probe->('/json', assertions => [['json', '.a', 'equals', 'one'], ['header', 'content-type', 'matches', 'json$']]);
    is $tick->{status}, 1, 'a job with assertions';

    ($tick, $evidence) = $probe->('/json', assertions => [['json', '.a', 'equals', 'two']]);
    is $tick->{status}, 3, 'that do not hold';
    is $tick->{reason}, 43, 'is assertion_failed';
    like $evidence->{detail}, qr/^json \.a: expected to equal/, 'and says so';
    is $tick->{attempts}, 2, 'twice';

    ($tick, $evidence) = $probe->('/moody', bearer => 'abcdefghijkl');
    is $tick->{reason}, 40, 'a wrong status';
    is $evidence->{first_attempt}{reason}, 'status_unexpected', 'the first attempt\'s reason is kept';
    isnt $evidence->{first_attempt}{http_status}, $evidence->{http_status}, 'and its status';
    is $evidence->{body}, 'echo ************', 'without the token';

    # judges that are killed by somebody are nobody's fault
    my $children = sub { return grep { /\S/ } split /\s+/, BetterStack::Agent::slurp('/proc/' . $agent->pid . '/task/' . $agent->pid . '/children') };
    ok scalar($children->()), 'a judge is waiting for work';
    kill 'KILL', $children->();
    ($tick) = $probe->('/json', assertions => [['json', '.a', 'equals', 'one']]);
    is $tick->{status}, 1, 'one that was killed is replaced';
    is $agent->stop, 0, 'the agent ends well';
}

done_testing;
