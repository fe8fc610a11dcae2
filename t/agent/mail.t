# SMTP, IMAP and POP3: with and without TLS and login, and what goes wrong.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check free_port);
use BetterStack::Agent::Mail;
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(reply hold);
use Test::More;

my $has_tls = eval { require IO::Socket::SSL; 1 };
my $pki = BetterStack::Agent::Pki->new;
my $certificate = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1', from => -10, to => 30);
my $long = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1', from => -10, to => 900);

sub probe {
    my ($protocol, $port, @options) = @_;
    return scalar check('--type', $protocol, '--timeout', 5, '--ca-file', $pki->ca_file, @options, "127.0.0.1:$port");
}

sub server { my ($protocol, @more) = @_; return BetterStack::Agent::Mail::server($protocol, pki => $pki, certificate => $certificate, @more) }

my %wrong = (smtp => qr/535 5\.7\.8 wrong password/, imap => qr/NO \[AUTHENTICATIONFAILED\] wrong/, pop => qr/-ERR wrong/);
my %busy = (smtp => '421 too busy', imap => '* BYE too busy', pop => '-ERR too busy');

for my $protocol (qw(smtp imap pop)) {
    my @login = (user => 'me', password => 'horse-battery');
    my $plain = server($protocol, @login);
    my $result = probe($protocol, $plain->port);
    is $result->{status}, 'up', "$protocol: without TLS and login" or diag explain $result;
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, "$protocol: the greeting is timed";
    is probe($protocol, $plain->port, '--user', 'me:horse-battery')->{status}, 'up', "$protocol: with login";

    my $refused = probe($protocol, $plain->port, '--user', 'me:mistaken-horse');
    is $refused->{status}, 'down', "$protocol: a wrong password";
    is $refused->{reason}, 'assertion_failed', "$protocol: is an answer, but not the wanted one";
    like $refused->{detail}, $wrong{$protocol}, "$protocol: in the server's words";
    unlike $refused->{detail} . $refused->{body}, qr/mistaken-horse/, "$protocol: without the password";

    my $busy = probe($protocol, server($protocol, greeting => $busy{$protocol})->port);
    is $busy->{status}, 'down', "$protocol: a greeting that is a no";
    is $busy->{reason}, 'assertion_failed', "$protocol: its reason";
    like $busy->{detail}, qr/too busy/, "$protocol: in its words";

    my $foreign = probe($protocol, server($protocol, greeting => "SSH-2.0-OpenSSH_9.2")->port);
    is $foreign->{reason}, 'protocol_error', "$protocol: something else answers";
    like $foreign->{detail}, qr/SSH-2\.0/, "$protocol: what it says";
    unlike $foreign->{detail}, qr/HTTP/, "$protocol: HTTP has no part in it";

    is probe($protocol, free_port())->{reason}, 'connect_refused', "$protocol: nobody listens";
    is probe($protocol, server($protocol, greeting => '', replace => {})->port, '--timeout', 1)->{status}, 'down',
        "$protocol: an empty line";
    is probe($protocol, BetterStack::Agent::Server->new(sub { hold($_[0]) })->port, '--timeout', 1)->{reason},
        'first_byte_timeout', "$protocol: no greeting";
    is probe($protocol, BetterStack::Agent::Server->new(sub { })->port)->{reason}, 'protocol_error',
        "$protocol: closed without a word";

    # several ports, one after the other
    my $second = server($protocol);
    is probe($protocol, $plain->port, '--port', join ',', $plain->port, $second->port)->{status}, 'up', "$protocol: two ports";
    is $second->connections, 1, "$protocol: both are tried";
    my $closed = free_port();
    my $one_of = probe($protocol, $plain->port, '--port', join ',', $plain->port, $closed);
    is $one_of->{reason}, 'connect_refused', "$protocol: all must be up";
    like $one_of->{detail}, qr/:$closed\b/, "$protocol: it is said which is not";

    is probe($protocol, $plain->port, '--tls', 'starttls')->{reason}, 'assertion_failed', "$protocol: TLS is wanted, and not offered";

    SKIP: {
        skip 'no IO::Socket::SSL', 11 if !$has_tls;
        my $later = server($protocol, @login, tls => 'starttls');
        my $secured = probe($protocol, $later->port, '--tls', 'starttls', '--user', 'me:horse-battery');
        is $secured->{status}, 'up', "$protocol: STARTTLS" or diag explain $secured;
        like $secured->{certificate}{subject}, qr/target/, "$protocol: the certificate is seen";
        cmp_ok $secured->{phases_us}{tls}, '>', 0, "$protocol: and TLS timed";
        is probe($protocol, $later->port)->{status}, 'up', "$protocol: or without";

        my $direct = server($protocol, @login, tls => 'direct');
        is probe($protocol, $direct->port, '--tls', 'direct', '--user', 'me:horse-battery')->{status}, 'up', "$protocol: TLS at once";
        is probe($protocol, $direct->port, '--tls', 'direct', '--ca-file', '/etc/ssl/certs/ca-certificates.crt')->{reason},
            'tls_untrusted', "$protocol: an authority that is not trusted";
        is probe($protocol, $direct->port, '--tls', 'direct', '--days', 365)->{reason}, 'certificate_expiring',
            "$protocol: a certificate that ends soon";
        my $longer = server($protocol, @login, tls => 'direct', certificate => $long);
        is probe($protocol, $direct->port, '--tls', 'direct', '--days', 365, '--timeout', 20,
            '--port', join ',', $direct->port, $longer->port)->{reason}, 'certificate_expiring',
            "$protocol: on the first of two ports";
        is probe($protocol, $plain->port, '--tls', 'direct', '--timeout', 1)->{status}, 'down', "$protocol: no TLS there";

        my $expired = server($protocol, tls => 'starttls', certificate => $pki->certificate(names => 'IP:127.0.0.1', from => -10, to => -1));
        is probe($protocol, $expired->port, '--tls', 'starttls')->{reason}, 'tls_expired', "$protocol: an expired certificate, after STARTTLS";
        my $stripped = server($protocol, tls => 'starttls', replace => {STARTTLS => $busy{$protocol} =~ s/^\* BYE/TAG NO/r, STLS => '-ERR no'});
        is probe($protocol, $stripped->port, '--tls', 'starttls')->{reason}, 'assertion_failed', "$protocol: STARTTLS refused";
    }
}

# ---- the deadline holds, wherever the server stops ----
for my $word (qw(EHLO AUTH NOOP)) {
    my $result = probe('smtp', server('smtp', user => 'me', password => 'it', replace => {$word => 'silent'})->port,
        '--user', 'me:it', '--timeout', 1);
    is $result->{status}, 'down', "silence after $word is down";
    cmp_ok $result->{phases_us}{total}, '<', 1_200_000, 'in time';
}
{
    my $endless = BetterStack::Agent::Server->new(sub { 1 while reply($_[0], "220-more\r\n" x 100) });
    my $result = probe('smtp', $endless->port);
    is $result->{reason}, 'protocol_error', 'a greeting without end';
    is probe('smtp', server('smtp', replace => {NOOP => '250 ' . "\e[31m" . 'x' x 3000})->port)->{status}, 'up', 'a long and coloured answer';
}
is check('--type', 'smtp', '10.0.0.1')->{reason}, 'address_blocked', 'the address is judged';

done_testing;
