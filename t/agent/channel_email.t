# E-mail the whole way: from the hub's lease to a real mail server of Debian, with and without TLS
# and a login, and what becomes of it when the server will not.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Channel qw(pack_delivery text);
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
        settings => {to => [text('ann@example.com')], smtp_host => '127.0.0.1', smtp_port => $port,
            smtp_security => 'none',
            from => text('BetterStack <alerts@example.org>'), %{delete $how{settings} // {}}},
        %how));
    return $id;
}

sub outcome {
    my ($wanted, $seconds) = @_;
    my @found;
    wait_for(sub { @found = grep { $_->{id} == $wanted } $hub->outcomes }, $seconds // 20,
        "an outcome of $wanted");
    return $found[0] // {};
}

sub files { my ($name) = @_; return map { "$pki->{dir}/$name.$_" } qw(pem key) }

my $certificate = $pki->certificate(names => 'DNS:localhost,IP:127.0.0.1');
my $stranger = $pki->certificate(names => 'DNS:elsewhere.example');
my $password = "p\xc3\xa4ss w\"rd";
my @login = (smtp_username => text('me'), smtp_password => text($password));
my $plain = BetterStack::Agent::MailServer->new;
my $arrives = give($plain->port);
my @cases;

# All is given before anything is looked at: an agent asks every five seconds.
for my $case ([STARTTLS => 'starttls', '--starttls'], [TLS => 'tls', '--tls']) {
    my ($name, $security, $option) = @$case;
    my %case = (name => $name);
    push @cases, \%case;
    my $through = sub { my ($server, @settings) = @_; return give($server->port,
        settings => {smtp_security => $security, @settings}) };
    my @server = ($option, files($certificate), '--login', 'me', $password);
    $case{server} = BetterStack::Agent::MailServer->new(@server);
    $case{plain} = $through->($case{server}, @login);
    $case{wrong} = $through->($case{server}, @login, smtp_password => 'wrong');
    $case{missing} = $through->($case{server});
    $case{other} = BetterStack::Agent::MailServer->new(@server, '--without', 'PLAIN');
    $case{login} = $through->($case{other}, @login);
    $case{stranger} = BetterStack::Agent::MailServer->new($option, files($stranger));
    $case{distrusted} = $through->($case{stranger});
}

my $agent = BetterStack::Agent->start(hub => $hub->url, args => ['--ca-file', $pki->ca_file]);

# ---- it arrives ----
{
    my $outcome = outcome($arrives);
    is_deeply [@$outcome{qw(attempt outcome http_status detail provider_ref)}],
        [1, 0, 250, 'SMTP 250: 2.0.0 Ok: queued as 4F3C',
            "inst-1-started-$arrives-c1\@example.org"], 'sent, in the words of the server';
    my ($mail) = $plain->mails;
    is_deeply [@$mail{qw(from to user)}], ['alerts@example.org', ['ann@example.com'], undef],
        'its envelope';
    like $mail->{bytes}, qr/^Message-ID:\r\n <inst-1-started-$arrives-c1\@example\.org>\r\n/m,
        'with its key';
}

# ---- TLS and logins ----
for my $case (@cases) {
    my $name = $case->{name};
    for my $way (['plain', 'server'], ['login', 'other']) {
        my $outcome = outcome($case->{$way->[0]});
        is $outcome->{outcome}, 0, "$name with a login by " . uc $way->[0]
            or diag explain($outcome), $case->{$way->[1]}->log;
    }
    my ($wrong, $missing, $distrusted) = map { outcome($case->{$_}) } qw(wrong missing distrusted);
    is_deeply [@$wrong{qw(outcome http_status)}], [2, 535], 'a wrong password: refused';
    like $wrong->{detail}, qr/^The mail server refused the username or the password: 535 /,
        'in clear words';
    is_deeply [@$missing{qw(outcome http_status)}], [2, 530], 'without a login: refused';
    is $distrusted->{outcome}, 1, "$name, and a certificate of somebody else: failed";
    like $distrusted->{detail}, qr/certificate is not trusted: /, 'and why';
    is_deeply [map { [$_->{user}, $_->{tls} ? 1
        : 0] } map { $_->mails } @$case{qw(server other stranger)}], [['me', 1], ['me', 1]],
        'what should arrive did, after TLS and a login, and nothing else';
}

# ---- as the hub leases it ----
{
    my $again = outcome(give($plain->port, attempt => 2));
    is_deeply [@$again{qw(attempt outcome)}], [2, 0], 'another attempt';
    my ($first, $second) = map { $_->{bytes} =~ /^(Message-ID:.*?)\r\n\S/ms } $plain->mails;
    isnt $first, $second, 'each delivery has an id of its own';
}

done_testing;
