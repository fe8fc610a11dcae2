# Redis as a kind of check: a real one in all its moods, and what is none.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check free_port);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(reply hold reset_connection);
use Test::More;
use Time::HiRes qw(sleep);

sub redis { return scalar check('--type', 'redis', '--timeout', 3, @_) }

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

# One that listens on a port too; (the Redis, "127.0.0.1:PORT").
sub real {
    my (@options) = @_;
    my $port = free_port();
    my $redis = BetterStack::Agent::Redis->new(options => ['--port', $port, '--bind', '127.0.0.1', @options]);
    return ($redis, "127.0.0.1:$port");
}

# ---- a real one ----
{
    my ($redis, $at) = real();
    my $result = redis($at);
    is $result->{status}, 'up', 'PONG' or diag $result->{detail};
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'the answer was measured';
    is redis("redis://$at/0")->{status}, 'up', 'as a URL';
    is redis("redis://:secret\@$at")->{detail}, 'user and password are settings of their own here', 'a URL with a password';
    is redis("redis://:secret\@127.0.0.1")->{reason}, 'not_run', 'whose colon is no port\'s';
    is redis('--database', 3, $at)->{status}, 'up', 'a database';
    like redis('--database', 300, $at)->{detail}, qr/DB index/, 'one that is not there';
    like redis('--user', ':secret', $at)->{detail}, qr/without any password configured/, 'a password too many';

    $redis->command('CONFIG', 'SET', 'requirepass', 'sesame street');
    my $without = redis($at);
    is_reason $without, 'assertion_failed', 'a password is wanted';
    like $without->{detail}, qr/NOAUTH/, 'in its words';
    is redis('--user', ':sesame street', $at)->{status}, 'up', 'the right one';
    is redis('--user', 'default:sesame street', $at)->{status}, 'up', 'with a name';
    like redis('--user', ':wrong', $at)->{detail}, qr/WRONGPASS/, 'the wrong one';
}
{
    my ($master, $at) = real();
    $master->command('REPLICAOF', '127.0.0.1', free_port());
    $master->command('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    is_reason redis($at), 'assertion_failed', 'a replica that has lost its master';
    like redis($at)->{detail}, qr/MASTERDOWN/, 'is told';

    $master->freeze;
    my $frozen = redis('--timeout', 1, $at);
    $master->thaw;
    is_reason $frozen, 'first_byte_timeout', 'it hangs';
}
{
    my $pki = BetterStack::Agent::Pki->new;
    my $name = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1', subject => 'a Redis');
    my $port = free_port();
    my $redis = BetterStack::Agent::Redis->new(options => ['--tls-port', $port, '--tls-cert-file',
        "$pki->{dir}/$name.pem", '--tls-key-file', "$pki->{dir}/$name.key", '--tls-ca-cert-file', $pki->ca_file,
        '--tls-auth-clients', 'no']);
    my $result = redis('--tls', 'direct', '--ca-file', $pki->ca_file, "localhost:$port");
    is $result->{status}, 'up', 'TLS' or diag $result->{detail};
    like $result->{certificate}{subject}, qr/a Redis/, 'its certificate';
    is_reason redis('--tls', 'direct', "localhost:$port"), 'tls_untrusted', 'judged as any other';
}
is_reason redis('127.0.0.1:' . free_port()), 'connect_refused', 'nobody there';

# ---- others ----
sub result_of {
    my ($handler, @options) = @_;
    my $server = BetterStack::Agent::Server->new($handler);
    return redis('--timeout', 1, @options, '127.0.0.1:' . $server->port);
}

like result_of(sub { reply($_[0], "-LOADING Redis is loading the dataset in memory\r\n"); hold($_[0]) })->{detail},
    qr/LOADING/, 'it is loading';
like result_of(sub { reply($_[0], "-DENIED Redis is running in protected mode" . ' because' x 100 . "\r\n") })->{detail},
    qr/DENIED/, 'it says why, and closes before it was asked';
is_reason result_of(sub { reply($_[0], "HTTP/1.1 400 Bad Request\r\n\r\n"); hold($_[0]) }), 'protocol_error', 'HTTP';
is_reason result_of(sub { reply($_[0], "+OK\r\n"); hold($_[0]) }), 'protocol_error', 'another answer';
is_reason result_of(sub { reply($_[0], "\$4\r\nPONG\r\n"); hold($_[0]) }), 'protocol_error', 'of another kind';
is_reason result_of(sub { reply($_[0], "+PONG\n"); hold($_[0]) }), 'protocol_error', 'half an end of line';
is_reason result_of(sub { 1 while reply($_[0], '+' x 4000) }), 'protocol_error', 'a line without end';
is_reason result_of(sub { 1 while reply($_[0], "+OK\r\n" x 1000) }, '--user', ':secret'), 'protocol_error', 'too many';
is_reason result_of(sub { sysread $_[0], my $ping, 100 }), 'protocol_error', 'closed';
is_reason result_of(sub { sysread $_[0], my $ping, 100; reset_connection($_[0]) }), 'connect_reset', 'reset';
is_reason result_of(sub { sysread $_[0], my $ping, 100; reply($_[0], '+PO') }), 'reset_mid_body', 'half an answer';
is_reason result_of(sub { reply($_[0], '+PO'); hold($_[0]) }), 'read_timeout', 'half an answer, then silence';
is_reason result_of(sub { for (1 .. 100) { reply($_[0], '+') or last; sleep 0.05 } }), 'total_timeout', 'a drip';
is result_of(sub { for (split //, "+PONG\r\n") { reply($_[0], $_); sleep 0.01 } hold($_[0]) })->{status}, 'up',
    'byte by byte';
unlike result_of(sub { reply($_[0], "-ERR secretword is wrong\r\n"); hold($_[0]) }, '--user', ':secretword')->{detail},
    qr/secretword/, 'a password is not told again';

done_testing;
