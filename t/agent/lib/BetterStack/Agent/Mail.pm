package BetterStack::Agent::Mail;

# Mail servers, good enough for a client that logs in and says NOOP.
#
#   my $server = BetterStack::Agent::Mail::server('smtp', user => 'me', password => 'secret',
#       tls => 'starttls', pki => $pki, certificate => $name, greeting => '220 here', replace => {NOOP => '421 no'});

use strict;
use warnings;

use BetterStack::Agent::Server qw(reply hold);
use MIME::Base64 qw(decode_base64);

my %talk = (
    smtp => {greeting => '220 mail.test ESMTP', word => qr/^(\S+)/, commands => {
        EHLO => sub { join "\r\n", '250-mail.test', ($_[0]{offer} ? '250-STARTTLS' : ()), '250 AUTH PLAIN LOGIN' },
        HELO => sub { '250 mail.test' },
        STARTTLS => sub { '220 go' },
        AUTH => \&smtp_auth,
        NOOP => sub { '250 2.0.0 fine' },
        QUIT => sub { '221 bye' },
    }, unknown => '502 what?'},
    imap => {greeting => '* OK mail.test ready', word => qr/^\S+ (\S+)/, commands => {
        CAPABILITY => sub { '* CAPABILITY IMAP4rev1' . ($_[0]{offer} ? ' STARTTLS' : '') . "\r\nTAG OK done" },
        STARTTLS => sub { 'TAG OK go' },
        LOGIN => sub { $_[1] =~ /LOGIN "?\Q$_[0]{user}\E"? "?\Q$_[0]{password}\E"?\s*$/ ? 'TAG OK in' : 'TAG NO [AUTHENTICATIONFAILED] wrong' },
        NOOP => sub { 'TAG OK fine' },
        LOGOUT => sub { "* BYE\r\nTAG OK" },
    }, unknown => 'TAG BAD what?'},
    pop => {greeting => '+OK mail.test ready', word => qr/^(\S+)/, commands => {
        CAPA => sub { join "\r\n", '+OK', 'USER', ($_[0]{offer} ? 'STLS' : ()), '.' },
        STLS => sub { '+OK go' },
        USER => sub { '+OK' },
        PASS => sub { $_[1] =~ /^PASS \Q$_[0]{password}\E\s*$/ ? do { $_[0]{in} = 1; '+OK in' } : '-ERR wrong' },
        NOOP => sub { $_[0]{in} ? '+OK' : '-ERR not in this state' },
        QUIT => sub { '+OK bye' },
    }, unknown => '-ERR what?'},
);

sub smtp_auth {
    my ($self, $line, $client) = @_;
    my ($mechanism, $initial) = $line =~ /^AUTH (\S+)(?: (\S+))?/ or return '501 what?';
    return '504 no such way' if $mechanism ne 'PLAIN';
    if (!defined $initial) {
        reply($client, "334 \r\n");
        $initial = <$client> // return;
    }
    my (undef, $user, $password) = split /\0/, decode_base64($initial);
    return $user eq $self->{user} && $password eq $self->{password} ? '235 in' : '535 5.7.8 wrong password';
}

sub start_tls {
    my ($how, $client) = @_;
    require IO::Socket::SSL;
    IO::Socket::SSL->start_SSL($client, SSL_server => 1, SSL_cert_file => "$how->{pki}{dir}/$how->{certificate}.pem",
        SSL_key_file => "$how->{pki}{dir}/$how->{certificate}.key") or POSIX::_exit(0);
}

sub server {
    my ($protocol, %how) = @_;
    my $talk = $talk{$protocol};
    my $tls = $how{tls} // '';
    return BetterStack::Agent::Server->new(sub {
        my ($client) = @_;
        my $self = {user => '', password => '', %how, offer => $tls eq 'starttls'};
        start_tls(\%how, $client) if $tls eq 'direct';
        reply($client, ($how{greeting} // $talk->{greeting}) . "\r\n");
        while (defined(my $line = <$client>)) {
            my $word = $line =~ $talk->{word} ? uc $1 : '';
            my $tag = $line =~ /^(\S+)/ ? $1 : '';
            my $command = $talk->{commands}{$word};
            my $says = $how{replace}{$word} // ($command ? $command->($self, $line, $client) : $talk->{unknown});
            return hold($client) if $says eq 'silent';
            $BetterStack::Agent::Server::current->note('seen', $line);
            reply($client, ($says =~ s/TAG/$tag/r) . "\r\n");
            if ($word =~ /^(?:STARTTLS|STLS)$/ && $self->{offer} && !$how{replace}{$word}) {
                start_tls(\%how, $client);
                $self->{offer} = 0;
            }
            last if $word =~ /^(?:QUIT|LOGOUT)$/;
        }
    }, port => $how{port} // 0);
}

1;
