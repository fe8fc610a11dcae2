# E-mail the whole way: from the hub's lease to a real mail server of Debian, with and without TLS
# and a login, and what becomes of it when the server will not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Channel qw(pack_delivery message text);
use BetterStack::Agent::Hub;
use BetterStack::Agent::MailServer;
use BetterStack::Agent::Pki;
use Test::More;

my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $pki = BetterStack::Agent::Pki->new;
my $id = 0;

# A mail through the server at a port; its id.
sub give {
    my ($port, %how) = @_;
    $id++;
    $hub->deliver(pack_delivery(kind => 'email', id => $id, key => "inst-1-started-$id-c1",
        settings => {to => [text('ann@example.com')], smtp_host => '127.0.0.1', smtp_port => $port, smtp_security => 'none',
            from => text('BetterStack <alerts@example.org>'), %{delete $how{settings} // {}}}, %how));
    return $id;
}

sub outcome {
    my ($wanted, $seconds) = @_;
    my @found;
    wait_for(sub { @found = grep { $_->{id} == $wanted } $hub->outcomes }, $seconds // 20, "an outcome of $wanted");
    return $found[0] // {};
}

sub files { my ($name) = @_; return map { "$pki->{dir}/$name.$_" } qw(pem key) }

my $agent = BetterStack::Agent->start(hub => $hub->url, args => ['--ca-file', $pki->ca_file]);
my $certificate = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1');
my $stranger = $pki->certificate(names => 'DNS:elsewhere.example');

# ---- it arrives ----
my $plain = BetterStack::Agent::MailServer->new;
{
    my $outcome = outcome(give($plain->port));
    is_deeply [@$outcome{qw(attempt outcome http_status detail provider_ref)}],
        [1, 0, 250, 'SMTP 250: 2.0.0 Ok: queued as 4F3C', "inst-1-started-$id-c1\@example.org"], 'sent, in the words of the server';
    my ($mail) = $plain->mails;
    is_deeply [@$mail{qw(from to user)}], ['alerts@example.org', ['ann@example.com'], undef], 'its envelope';
    like $mail->{bytes}, qr/^Message-ID:\r\n <inst-1-started-$id-c1\@example\.org>\r\n/m, 'with its key';
}

for my $case ([STARTTLS => 'starttls', '--starttls'], [TLS => 'tls', '--tls']) {
    my ($name, $security, $option) = @$case;
    my @login = (smtp_username => text('me'), smtp_password => text("p\xc3\xa4ss w\"rd"));
    for my $without ([], ['--without', 'PLAIN']) {
        my $server = BetterStack::Agent::MailServer->new($option, files($certificate), '--login', 'me', "p\xc3\xa4ss w\"rd", @$without);
        my $outcome = outcome(give($server->port, settings => {smtp_security => $security, @login}));
        is $outcome->{outcome}, 0, "$name with a login" . (@$without ? ' by LOGIN' : '') or diag explain($outcome), $server->log;
        is_deeply [map { [@$_{qw(user)}, $_->{tls} ? 1 : 0] } $server->mails], [['me', 1]], 'which was used, after TLS';
        next if @$without;

        my $wrong = outcome(give($server->port, settings => {smtp_security => $security, @login, smtp_password => 'wrong'}));
        is_deeply [@$wrong{qw(outcome http_status)}], [2, 535], 'a wrong password: refused';
        like $wrong->{detail}, qr/^The mail server refused the username or the password: 535 /, 'in clear words';
        my $missing = outcome(give($server->port, settings => {smtp_security => $security}));
        is_deeply [@$missing{qw(outcome http_status)}], [2, 530], 'without a login: refused';
        is scalar(my @mails = $server->mails), 1, 'and nothing else arrived';
    }
    my $server = BetterStack::Agent::MailServer->new($option, files($stranger));
    my $outcome = outcome(give($server->port, settings => {smtp_security => $security}));
    is $outcome->{outcome}, 1, "$name, and a certificate of somebody else: failed";
    like $outcome->{detail}, qr/certificate is not trusted: /, 'and why';
    is scalar(my @mails = $server->mails), 0, 'nothing was sent';
}

done_testing;
