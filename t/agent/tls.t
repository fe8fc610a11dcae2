# Certificates good and bad, told apart, and written down in either case.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(request hold reset_connection reply);
use Test::More;

my $pki = BetterStack::Agent::Pki->new;
my @trusted = ('--ca-file', $pki->ca_file);
my $names = 'DNS:localhost,IP:127.0.0.1';

# ---- good ----
{
    my $server = $pki->serve(names => $names, subject => 'good target', from => -10, to => 20);
    my $result = check(@trusted, $server->url('localhost'));
    is $result->{status}, 'up', 'a good certificate' or diag $result->{detail};
    like $result->{certificate}{subject}, qr/CN=good target/, 'its subject';
    like $result->{certificate}{issuer}, qr/CN=BetterStack test authority/, 'its issuer';
    my $day = substr BetterStack::Agent::Pki::date(20), 0, 8;
    is $result->{certificate}{not_after} =~ s/T.*//r =~ tr/-//dr, $day, 'its last day';
    like $result->{certificate}{not_before}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'its first';
    cmp_ok $result->{phases_us}{tls}, '>', 0, 'the handshake is measured';
    my $phases = $result->{phases_us};
    cmp_ok $phases->{dns} + $phases->{connect} + $phases->{tls} + $phases->{first_byte}, '<=',
        $phases->{total}, 'the phases fit into the total';

    is check(@trusted, $server->url)->{status}, 'up', 'an address as name';
    is check($server->url)->{reason}, 'tls_untrusted', 'an authority nobody knows';
    is check('--insecure', $server->url)->{status}, 'up', 'unless one does not care';
    like check('--insecure', $server->url)->{certificate}{subject}, qr/good target/,
        'and the certificate is known then too';
}

# ---- bad ----
sub bad {
    my ($reason, $name, %how) = @_;
    my $server = $pki->serve(names => $names, subject => "a $reason", %how);
    my $result = check(@trusted, $server->url);
    is $result->{reason}, $reason, $name or diag $result->{detail};
    like $result->{certificate}{subject} // '', qr/CN=a $reason/, 'its certificate is known';
    ok defined $result->{phases_us}{connect}, 'connecting was measured';
    is $result->{phases_us}{tls}, undef, 'the handshake was not completed'
        if $reason ne 'tls_hostname';
    is check(@trusted, '--insecure', $server->url)->{status}, 'up', 'and up when not verified';
}

bad('tls_expired', 'an expired certificate', from => -30, to => -1);
bad('tls_not_yet_valid', 'one of the future', from => 1, to => 30);
bad('tls_hostname', 'one for another name', names => 'DNS:other.example');
$pki->authority('stranger', 'somebody else');
bad('tls_untrusted', 'one of a stranger', ca => 'stranger');

# ---- self-signed, with nothing but itself ----
{
    $pki->authority('self', 'localhost');
    my $server = $pki->serve(certificate => 'self');
    my $result = check(@trusted, $server->url('localhost'));
    is $result->{reason}, 'tls_untrusted', 'self-signed';
    like $result->{detail}, qr/self-signed certificate/, 'is told';
}

# ---- no TLS ----
sub no_tls {
    my ($handler, $name) = @_;
    my $server = BetterStack::Agent::Server->new($handler);
    my $result = check('--timeout', 1, @trusted, $server->url =~ s/^http:/https:/r);
    is $result->{reason}, 'tls_handshake', $name or diag $result->{detail};
    is $result->{phases_us}{tls}, undef, 'there was no handshake';
    return $result;
}

no_tls(sub { reply($_[0], "HTTP/1.1 200 OK\r\n\r\n"); hold($_[0]) }, 'plain HTTP where TLS is expected');
no_tls(sub { sysread $_[0], my $hello, 100; reset_connection($_[0]) }, 'reset in the handshake');
no_tls(sub { sysread $_[0], my $hello, 4096 }, 'closed in the handshake');
like no_tls(sub { hold($_[0]) }, 'silence in the handshake')->{detail}, qr/not done within 1 s/, 'is told';

# ---- TLS that is too old ----
{
    my $server = $pki->serve(names => $names, options => ['-tls1', '-cipher', 'DEFAULT:@SECLEVEL=0']);
    is check(@trusted, $server->url)->{reason}, 'tls_handshake', 'TLS 1.0';
}

# ---- a CA file that is not there is our own trouble ----
{
    my $server = $pki->serve(names => $names);
    my $result = check('--ca-file', '/nonexistent.pem', $server->url);
    is $result->{status}, 'unknown', 'without a CA file nothing is known of the target';
}

done_testing;
