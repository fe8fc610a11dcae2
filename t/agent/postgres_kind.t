# Postgres as a kind of check: a real one with every kind of login, and what is none.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(reply hold reset_connection);
use BetterStack::Stack;
use Test::More;
use Time::HiRes qw(sleep);

sub postgres { return scalar check('--type', 'postgres', '--timeout', 5, @_) }

sub is_reason {
    my ($result, $reason, $name) = @_;
    is $result->{reason}, $reason, $name or diag $result->{detail};
}

sub is_up {
    my ($result, $name) = @_;
    is $result->{status}, 'up', $name or diag $result->{detail};
}

# ---- a real one, on its usual port of an address of its own ----
my $pki = BetterStack::Agent::Pki->new;
my $host = join '.', 127, map { 1 + int rand 250 } 1 .. 3;
my $stack = BetterStack::Stack->new(hub => 0, account => 0, start => 0, postgres => "-c listen_addresses=$host");
my $state = $stack->state;
$stack->{knob}{postgres} .= " -c hba_file=$state/hba -c ssl=on -c ssl_cert_file=$state/cert -c ssl_key_file=$state/key";

sub place {
    my ($name, $text) = @_;
    open my $out, '>', "$state/$name" or die "$name: $!\n";
    print $out $text;
    close $out;
}

my $certificate = $pki->certificate(names => "DNS:localhost,IP:$host", subject => 'a Postgres');
place('cert', BetterStack::Agent::slurp("$pki->{dir}/$certificate.pem"));
place('key', BetterStack::Agent::slurp("$pki->{dir}/$certificate.key"));
place('hba', <<'END');
local all all trust
host all trusted samehost trust
host all texter samehost password
host all md5er samehost md5
host all scrammer samehost scram-sha-256
host all postgres samehost scram-sha-256
hostssl all overtls samehost scram-sha-256
END
chmod 0600, "$state/key";
chown scalar getpwnam('postgres'), -1, "$state/key" if $> == 0;
$stack->up;
$stack->sql(<<'END');
set password_encryption = 'md5';
create role md5er login password 'md5 secret';
set password_encryption = 'scram-sha-256';
create role scrammer login password 'scram secret';
create role overtls login password 'tls secret';
create role texter login password 'clear secret';
create role trusted login;
grant connect on database betterstack to public;
END

my @tls = ('--tls', 'direct', '--ca-file', $pki->ca_file);
{
    my $result = postgres($host);
    is_up $result, 'asked for a password';
    cmp_ok $result->{phases_us}{first_byte}, '>', 0, 'the answer was measured';
    is_up postgres("postgres://$host:5432/"), 'as a URL';
    is_up postgres('--user', 'trusted:', '--database', 'betterstack', $host), 'let in';
    my $unknown = postgres('--user', 'trusted:', '--database', 'nowhere', $host);
    is_reason $unknown, 'assertion_failed', 'a database that is not there';
    like $unknown->{detail}, qr/FATAL: database "nowhere" does not exist \(3D000\)/, 'in its words';
    like postgres('--user', 'stranger:', $host)->{detail}, qr/no pg_hba\.conf entry.*\(28000\)/, 'a stranger';
}
{
    my @at = ('--database', 'betterstack', $host);
    is_up postgres('--user', 'md5er:md5 secret', @at), 'MD5';
    like postgres('--user', 'md5er:wrong', @at)->{detail}, qr/password authentication failed.*\(28P01\)/, 'a wrong one';
    is_up postgres('--user', 'scrammer:scram secret', @at), 'SCRAM';
    is_reason postgres('--user', 'scrammer:wrong', @at), 'assertion_failed', 'a wrong password';
    my $clear = postgres('--user', 'texter:clear secret', @at);
    is_reason $clear, 'assertion_failed', 'clear text without TLS';
    like $clear->{detail}, qr/over TLS only/, 'is not sent';

    my $over = postgres(@tls, '--user', 'texter:clear secret', @at);
    is_up $over, 'but with TLS it is';
    like $over->{certificate}{subject}, qr/a Postgres/, 'the certificate is known';
    cmp_ok $over->{phases_us}{tls}, '>', 0, 'the handshake was measured';
    is_up postgres(@tls, '--user', 'overtls:tls secret', @at), 'SCRAM over TLS';
    is_reason postgres('--user', 'overtls:tls secret', @at), 'assertion_failed', 'but not without';
    is_reason postgres('--tls', 'direct', $host), 'tls_untrusted', 'a certificate of nobody';
    is check('--type', 'tls', '--tls', 'postgres', '--ca-file', $pki->ca_file, $host)->{status}, 'up',
        'its certificate alone';
}
{
    $stack->sql('revoke connect on database betterstack from public');
    like postgres('--user', 'trusted:', '--database', 'betterstack', $host)->{detail},
        qr/permission denied.*\(42501\)/, 'no right to connect';
    $stack->sql('grant connect on database betterstack to public; alter role trusted connection limit 0');
    like postgres('--user', 'trusted:', '--database', 'betterstack', $host)->{detail},
        qr/too many connections.*\(53300\)/, 'too many connections';
}
{
    my $log = $stack->log_text('postgres');
    unlike $log, qr/unexpected EOF|could not receive|invalid.*startup|unexpected message/, 'no bad manners';
}
$stack->stop('postgres');
is_reason postgres($host), 'connect_refused', 'and gone';

# ---- others ----
sub message { my ($type, $body) = @_; return $type . pack('N', 4 + length $body) . $body }

sub result_of {
    my ($handler, @options) = @_;
    my $server = BetterStack::Agent::Server->new(sub {
        my ($client) = @_;
        sysread $client, my $startup, 4096;
        $handler->($client);
    });
    return postgres('--timeout', 1, @options, '127.0.0.1:' . $server->port);
}

sub says { my (@messages) = @_; return sub { reply($_[0], join '', @messages); hold($_[0]) } }

my @login = ('--user', 'me:some secret');
my $let_in = message('R', pack 'N', 0);
my $ready = message('Z', 'I');
my $scram = message('R', pack('N', 10) . "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");

like result_of(says(message('E', "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0")))->{detail},
    qr/FATAL: the database system is starting up \(57P03\)/, 'it is starting up';
is_up result_of(says($let_in, message('S', "a\0b\0"), message('K', 'x' x 8), message('N', "Mhello\0\0"), $ready)),
    'settings, a key, a notice';
is_up result_of(sub { for (split //, $let_in . $ready) { reply($_[0], $_); sleep 0.005 } hold($_[0]) }), 'byte by byte';
is_up result_of(says($scram)), 'a password is wanted, but there is none';
is_reason result_of(says($ready)), 'protocol_error', 'ready without a login';
is_reason result_of(says('SSH-2.0-OpenSSH_9')), 'protocol_error', 'SSH';
is_reason result_of(says("HTTP/1.1 400 Bad Request\r\n\r\n")), 'protocol_error', 'HTTP';
is_reason result_of(says('S')), 'read_timeout', 'half a message';
is_reason result_of(says(message('R', ''))), 'protocol_error', 'a message without content';
is_reason result_of(says("R\0\0\0\1")), 'protocol_error', 'a length that cannot be';
is_reason result_of(says("R\x7f\xff\xff\xff")), 'protocol_error', 'a length of two gigabytes';
is_reason result_of(sub { 1 while reply($_[0], message('S', "a\0b\0") x 1000) }), 'protocol_error', 'no end of settings';
is_reason result_of(sub { 1 while reply($_[0], $scram x 1000) }, @login), 'protocol_error', 'no end of questions';
is_reason result_of(sub { }), 'protocol_error', 'closed';
is_reason result_of(sub { reset_connection($_[0]) }), 'connect_reset', 'reset';
is_reason result_of(sub { hold($_[0]) }), 'first_byte_timeout', 'silence';
is_reason result_of(sub { for (1 .. 100) { reply($_[0], message('N', '')) or last; sleep 0.05 } }), 'total_timeout',
    'a drip';
is_reason result_of(says(message('E', ''))), 'assertion_failed', 'an error without words';
is_reason result_of(says(message('R', pack 'N', 7)), @login), 'assertion_failed', 'Kerberos';
is_reason result_of(says(message('R', pack 'N', 5)), @login), 'protocol_error', 'MD5 without salt';
is_reason result_of(says(message('R', pack 'N', 11)), @login), 'protocol_error', 'SCRAM from its middle';
like result_of(says(message('R', pack('N', 10) . "SCRAM-SHA-256-PLUS\0\0")), @login)->{detail}, qr/knows no SCRAM/,
    'only what we cannot do';

# A server that begins SCRAM with our nonce, and goes on like this.
sub scram_server {
    my ($rest, @then) = @_;
    return sub {
        my ($client) = @_;
        reply($client, $scram);
        sysread $client, my $first, 4096;
        my ($nonce) = $first =~ /r=(.*)/ or return;
        reply($client, message('R', pack('N', 11) . "r=$nonce" . $rest));
        sysread $client, my $final, 4096 or return;
        reply($client, join '', @then);
        hold($client);
    };
}

my $salt = ',s=c2FsdHNhbHQ=,i=';
is_reason result_of(scram_server("more${salt}4096", $let_in, $ready), @login), 'protocol_error',
    'one that lets us in without knowing the password';
is_reason result_of(scram_server("more${salt}4096", message('R', pack('N', 12) . 'v=' . 'A' x 43 . '='), $let_in, $ready),
    @login), 'protocol_error', 'or pretends to';
like result_of(scram_server("more${salt}600001"), @login)->{detail}, qr/more rounds/, 'too much work';
is_reason result_of(scram_server("${salt}4096"), @login), 'protocol_error', 'no nonce of its own';
unlike result_of(says(message('E', "SFATAL\0C1\0Msome secret is wrong\0\0")), @login)->{detail}, qr/some secret/,
    'a password is not told again';

done_testing;
