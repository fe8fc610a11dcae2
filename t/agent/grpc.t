# gRPC: the health service of servers in every state.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check free_port);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(request answer);
use BetterStack::Agent::Node;
use Test::More;

my $script = "$FindBin::Bin/lib/grpc_server.mjs";
my $plain = BetterStack::Agent::Node->start($script, 'plain');

sub result_of {
    my ($service, @options) = @_;
    return check('--type', 'grpc', '--timeout', 3, '--service', $service, @options, '127.0.0.1:' . $plain->port);
}

{
    my $result = check('--type', 'grpc', 'grpc://127.0.0.1:' . $plain->port);
    is $result->{status}, 'up', 'a server that is well, without TLS' or diag $result->{detail};
    ok defined $result->{phases_us}{first_byte}, 'with its phases';
}
is result_of('good')->{status}, 'up', 'a service of it';
is result_of('padded')->{status}, 'up', 'fields that we do not know are skipped';

for my $case (
    ['bad', 'assertion_failed', qr/NOT_SERVING/],
    ['new', 'assertion_failed', qr/UNKNOWN/],
    ['strange', 'assertion_failed', qr/^grpc-status 5 NOT_FOUND: no such service/],
    ['old', 'assertion_failed', qr/^grpc-status 12 UNIMPLEMENTED/],
    ['late', 'assertion_failed', qr/^grpc-status 13 INTERNAL: changed its mind/],
    ['noise', 'protocol_error', qr/no message/],
    ['short', 'protocol_error', qr/no message/],
    ['html', 'protocol_error', qr/not as gRPC/],
    ['mute', 'protocol_error', qr/not as gRPC/],
    ['missing', 'status_unexpected', qr/404/],
    ['slow', 'first_byte_timeout', qr/did not answer/],
    ['endless', 'protocol_error', qr/gRPC|message/])
{
    my ($service, $reason, $detail) = @$case;
    my $result = result_of($service, '--timeout', $service eq 'slow' ? 1 : 3);
    is $result->{reason}, $reason, "a service that is $service" or diag $result->{detail};
    like $result->{detail}, $detail, 'in words';
}

like result_of('secret', '--header', 'X-Token: abcdefghijklmnop')->{detail}, qr/PERMISSION_DENIED: you sent \*+$/,
    'an echoed secret is not shown';

# ---- TLS ----
{
    my $pki = BetterStack::Agent::Pki->new;
    my $name = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1');
    my $tls = BetterStack::Agent::Node->start($script, 'tls', "$pki->{dir}/$name.pem", "$pki->{dir}/$name.key");
    my @options = ('--type', 'grpc', '--ca-file', $pki->ca_file);
    my $result = check(@options, 'grpcs://127.0.0.1:' . $tls->port);
    is $result->{status}, 'up', 'with TLS' or diag $result->{detail};
    ok $result->{certificate}, 'of which the certificate is told';
    is check(@options, '--tls', 'direct', '127.0.0.1:' . $tls->port)->{status}, 'up', 'as the settings say';
    is check('--type', 'grpc', 'grpcs://127.0.0.1:' . $tls->port)->{reason}, 'tls_untrusted', 'which is verified';

    my $old = BetterStack::Agent::Node->start($script, 'old', "$pki->{dir}/$name.pem", "$pki->{dir}/$name.key");
    is check(@options, 'grpcs://127.0.0.1:' . $old->port)->{reason}, 'protocol_error', 'HTTP/1.1 is not enough';
}

# ---- others ----
{
    my $web = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'page') });
    is check('--type', 'grpc', '--timeout', 3, '127.0.0.1:' . $web->port)->{reason}, 'protocol_error', 'a web server';
    is check('--type', 'grpc', '127.0.0.1:' . free_port())->{reason}, 'connect_refused', 'nobody';
    is check('--type', 'grpc', '169.254.169.254:50051')->{reason}, 'address_blocked', 'a forbidden address';
}

done_testing;
