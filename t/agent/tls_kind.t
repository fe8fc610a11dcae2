# Certificates as a kind of their own: good and bad, directly and after STARTTLS.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(reply hold reset_connection);
use IO::Socket::SSL;
use BetterStack::Checker;
use Test::More;
use Time::HiRes qw(sleep);

my $pki = BetterStack::Agent::Pki->new;
my @trusted = ('--ca-file', $pki->ca_file);
my $names = 'DNS:localhost,IP:127.0.0.1';

sub tls { return scalar check('--type', 'tls', '--timeout', 3 * BetterStack::Checker::slowness(), @_) }

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

# ---- good ----
{
    my $server = $pki->serve(names => $names, subject => 'good target', from => -10, to => 20);
    my $at = 'localhost:' . $server->port;
    my $result = tls(@trusted, $at);
    is $result->{status}, 'up', 'a good certificate' or diag $result->{detail};
    like $result->{certificate}{subject}, qr/CN=good target/, 'its subject';
    like $result->{certificate}{issuer}, qr/CN=BetterStack test authority/, 'its issuer';
    like $result->{measured}{version}, qr/^TLSv1\.[23]$/, 'the version is measured';
    like $result->{measured}{cipher}, qr/AES|CHACHA/, 'and the cipher';
    like $result->{measured}{chain}[0]{subject}, qr/CN=good target/, 'and the chain';
    my $day = substr BetterStack::Agent::Pki::date(20), 0, 8;
    is $result->{measured}{chain}[0]{not_after} =~ s/T.*//r =~ tr/-//dr, $day, 'with its end';
    cmp_ok $result->{phases_us}{tls}, '>', 0, 'the handshake is measured';
    is $result->{phases_us}{first_byte}, undef, 'nothing more is asked';

    is tls(@trusted, '127.0.0.1:' . $server->port)->{status}, 'up', 'an address as name';
    is tls(@trusted, "https://$at/path")->{status}, 'up', 'a URL';
    is tls(@trusted, '--days', 10, $at)->{status}, 'up', 'valid for long enough';
    my $soon = tls(@trusted, '--days', 30, $at);
    is $soon->{status}, 'degraded', 'ends soon';
    is_reason $soon, 'certificate_expiring', 'is told';
    my $longer = $pki->serve(names => $names, subject => 'longer target', from => -10, to => 200);
    for my $ports ([$server, $longer], [$longer, $server]) {
        my $of_two = tls(@trusted, '--days', 30, '--port', join(',', map { $_->port } @$ports), 'localhost');
        is_reason $of_two, 'certificate_expiring', 'on one of two ports, be it the first or the last';
        like $of_two->{certificate}{subject}, qr/good target/, 'whose certificate is shown';
    }

    is_reason tls($at), 'tls_untrusted', 'an authority nobody knows';
    is tls('--ca', $pki->ca_file, $at)->{status}, 'up', 'an authority of the monitor';
    is_reason tls('--ca', $0, $at), 'not_run', 'one that is none';
    is_reason tls('--ca-file', '/nonexistent.pem', $at), 'agent_overloaded', 'no authorities at all';
    my $unverified = tls('--insecure', '--ca-file', '/nonexistent.pem', $at);
    is $unverified->{status}, 'up', 'not needed without verification';
    like $unverified->{certificate}{subject}, qr/good target/, 'and the certificate is known then too';
    is tls(@trusted, '--tls-min', '1.3', $at)->{measured}{version}, 'TLSv1.3', 'at least TLS 1.3';
}

# ---- bad ----
sub bad {
    my ($reason, $name, %how) = @_;
    my $server = $pki->serve(names => $names, subject => "a $reason", %how);
    my $at = '127.0.0.1:' . $server->port;
    my $result = tls(@trusted, $at);
    is_reason $result, $reason, $name;
    like $result->{certificate}{subject} // '', qr/CN=a $reason/, 'its certificate is known';
    like $result->{measured}{chain}[0]{subject}, qr/CN=a $reason/, 'and the chain';
    ok defined $result->{phases_us}{connect}, 'connecting was measured';
    is $result->{phases_us}{tls}, undef, 'the handshake was not completed';
    is $result->{detail}, check(@trusted, "https://$at/")->{detail}, 'the same words as of HTTPS';
    is tls(@trusted, '--insecure', $at)->{status}, 'up', 'and up when not verified';
}

bad('tls_expired', 'an expired certificate', from => -30, to => -1);
bad('tls_not_yet_valid', 'one of the future', from => 1, to => 30);
bad('tls_hostname', 'one for another name', names => 'DNS:other.example');
bad('tls_hostname', 'one for another address', names => 'DNS:localhost,IP:127.0.0.2');
bad('tls_expired', 'expired and for another name', names => 'DNS:other.example', from => -30, to => -1);
$pki->authority('stranger', 'somebody else');
bad('tls_untrusted', 'one of a stranger', ca => 'stranger');

# ---- versions ----
{
    my $old = $pki->serve(names => $names, options => ['-tls1', '-cipher', 'DEFAULT:@SECLEVEL=0']);
    is_reason tls(@trusted, '127.0.0.1:' . $old->port), 'tls_handshake', 'TLS 1.0';
    my $result = tls(@trusted, '--tls-min', '1.0', '127.0.0.1:' . $old->port);
    is $result->{status}, 'up', 'unless one asks for it' or diag $result->{detail};
    is $result->{measured}{version}, 'TLSv1', 'and is told';
    my $newer = $pki->serve(names => $names, options => ['-tls1_2']);
    is_reason tls(@trusted, '--tls-min', '1.3', '127.0.0.1:' . $newer->port), 'tls_handshake', 'no TLS 1.3';
}

# ---- client certificates ----
{
    my $mine = $pki->certificate(names => 'DNS:client.example', subject => 'the client');
    my $server = $pki->serve(names => $names, options => ['-Verify', 1, '-CAfile', $pki->ca_file, '-verify_return_error',
        '-tls1_2']);
    my @own = ('--certificate', "$pki->{dir}/$mine.pem", '--key', "$pki->{dir}/$mine.key");
    my $at = '127.0.0.1:' . $server->port;
    is_reason tls(@trusted, $at), 'tls_handshake', 'a client certificate is missing';
    is tls(@trusted, @own, $at)->{status}, 'up', 'and there it is';
    is_reason tls(@trusted, '--certificate', "$pki->{dir}/$mine.pem", '--key', "$pki->{dir}/ca.key", $at),
        'not_run', 'with the key of another';
}

# ---- no TLS ----
sub no_tls {
    my ($handler, $name, @options) = @_;
    my $server = BetterStack::Agent::Server->new($handler);
    my $result = tls('--timeout', 1, @trusted, @options, '127.0.0.1:' . $server->port);
    is_reason $result, 'tls_handshake', $name;
    is $result->{phases_us}{tls}, undef, 'there was no handshake';
    return $result;
}

no_tls(sub { reply($_[0], "HTTP/1.1 200 OK\r\n\r\n"); hold($_[0]) }, 'plain HTTP where TLS is expected');
no_tls(sub { sysread $_[0], my $hello, 100; reset_connection($_[0]) }, 'reset in the handshake');
no_tls(sub { sysread $_[0], my $hello, 4096 }, 'closed in the handshake');
like no_tls(sub { hold($_[0]) }, 'silence in the handshake')->{detail}, qr/not done within 1 s/, 'is told';
no_tls(sub { 1 while reply($_[0], "\x16\x03\x03\x40\x00" . 'x' x 16384) }, 'a flood in the handshake');
no_tls(sub { for (1 .. 100) { reply($_[0], "\x16") or last; sleep 0.05 } }, 'a drip');

# ---- STARTTLS ----
my $certificate = $pki->certificate(names => $names, subject => 'after STARTTLS');

# Says and hears these lines, then TLS with an answer.
sub starttls {
    my ($client, @dialogue) = @_;
    while (my ($say, $hear) = splice @dialogue, 0, 2) {
        reply($client, $say) if length $say;
        last if !defined $hear;
        my $line = '';
        while ($line !~ /\n/) { sysread $client, $line, 1, length $line or return }
        die "expected $hear, got $line" if $line !~ $hear;
    }
    IO::Socket::SSL->start_SSL($client, SSL_server => 1, SSL_cert_file => "$pki->{dir}/$certificate.pem",
        SSL_key_file => "$pki->{dir}/$certificate.key") or return;
    print $client "secret banner\r\n";
    1 while sysread $client, my $bytes, 100;
}

my %dialogue = (
    smtp => ["220-mail.example\r\n220 ESMTP\r\n", qr/^EHLO \S+\r\n$/, "250-mail.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n",
        qr/^STARTTLS\r\n$/, "220 go ahead\r\n"],
    imap => ["* OK IMAP4rev1\r\n", qr/^a1 STARTTLS\r\n$/, "* CAPABILITY IMAP4rev1\r\na1 OK now\r\n"],
    pop3 => ["+OK POP3\r\n", qr/^STLS\r\n$/, "+OK\r\n"],
    ftp => ["220-welcome\r\n to this server\r\n220 ready\r\n", qr/^AUTH TLS\r\n$/, "234 yes\r\n"],
);

for my $protocol (sort keys %dialogue) {
    my $server = BetterStack::Agent::Server->new(sub { starttls($_[0], @{$dialogue{$protocol}}) });
    my $at = 'localhost:' . $server->port;
    my $result = tls(@trusted, '--tls', $protocol, $at);
    is $result->{status}, 'up', "STARTTLS of $protocol" or diag $result->{detail};
    like $result->{certificate}{subject}, qr/after STARTTLS/, 'its certificate';
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'the banner was measured';
    is_reason tls('--tls', $protocol, $at), 'tls_untrusted', 'judged as any other';
    is check('--type', 'tcp', @trusted, '--tls', $protocol, '--expect', 'secret banner', $at)->{status}, 'up',
        "a TCP port behind STARTTLS of $protocol";
}
{
    my $server = BetterStack::Agent::Server->new(sub {
        sysread $_[0], my $request, 8;
        reply($_[0], unpack('H*', $request) eq '0000000804d2162f' ? 'S' : 'E');
        starttls($_[0]);
    });
    is tls(@trusted, '--tls', 'postgres', 'localhost:' . $server->port)->{status}, 'up', 'an SSLRequest of Postgres';
}

sub no_starttls {
    my ($protocol, $handler, $reason, $name) = @_;
    my $server = BetterStack::Agent::Server->new($handler);
    my $result = tls(@trusted, '--timeout', 1, '--tls', $protocol, '127.0.0.1:' . $server->port);
    is_reason $result, $reason, $name;
    return $result;
}

sub lines {
    my (@lines) = @_;
    return sub {
        my ($client) = @_;
        for my $line (@lines) { reply($client, $line); sysread $client, my $heard, 100 }
        hold($client);
    };
}

like no_starttls('smtp', lines("220 x\r\n", "250 x\r\n", "454 TLS not available\r\n"), 'assertion_failed',
    'SMTP without it')->{detail}, qr/454 TLS not available/, 'in its words';
no_starttls('smtp', lines("554 no service for you\r\n"), 'assertion_failed', 'no service at all');
no_starttls('imap', lines("* OK x\r\n", "a1 BAD what?\r\n"), 'assertion_failed', 'IMAP without it');
no_starttls('imap', lines("* BYE overloaded\r\n"), 'assertion_failed', 'IMAP is overloaded');
no_starttls('pop3', lines("+OK x\r\n", "-ERR what?\r\n"), 'assertion_failed', 'POP3 without it');
no_starttls('ftp', lines("220 x\r\n", "502 what?\r\n"), 'assertion_failed', 'FTP without it');
no_starttls('postgres', lines('N'), 'assertion_failed', 'Postgres without it');
no_starttls('postgres', lines('E'), 'protocol_error', 'something else on its port');
no_starttls('smtp', lines("SSH-2.0-OpenSSH_9\r\n"), 'protocol_error', 'SSH where SMTP should be');
no_starttls('pop3', lines("220 ESMTP\r\n"), 'protocol_error', 'SMTP where POP3 should be');
no_starttls('smtp', lines("220 x\r\n", "250 x\r\n", "220 go\r\n250 injected\r\n"), 'protocol_error',
    'words in the clear behind STARTTLS');
no_starttls('smtp', sub { hold($_[0]) }, 'first_byte_timeout', 'no banner');
no_starttls('smtp', sub { }, 'protocol_error', 'closed at once');
no_starttls('smtp', lines("220 x\r\n"), 'read_timeout', 'no reply to EHLO');
no_starttls('smtp', sub { 1 while reply($_[0], "220-x\r\n" x 1000) }, 'protocol_error', 'a banner without end');
no_starttls('ftp', sub { reply($_[0], "220-x\r\n"); 1 while reply($_[0], "x\r\n" x 1000) }, 'protocol_error',
    'a banner of anything without end');
no_starttls('smtp', sub { 1 while reply($_[0], '2' x 1000) }, 'protocol_error', 'a line without end');

done_testing;
