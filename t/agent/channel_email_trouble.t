# Mail servers that refuse, break off, hang or talk nonsense: what becomes of the mail, and every
# byte that is said to them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Channel qw(pack_delivery message text);
use BetterStack::Agent::Email qw(%messages taken_apart);
use BetterStack::Agent::Hub;
use BetterStack::Agent::MailServer;
use BetterStack::Agent::SmtpSink;
use BetterStack::Unit;
use MIME::Base64 qw(encode_base64);
use Test::More;

use constant {SENT => 0, FAILED => 1, REFUSED => 2, UNSURE => 3};

my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my ($id, @given) = 0;

# A mail through a server, to be judged later by what `$then` makes of its outcome.
sub give {
    my ($name, $server, $settings, $then, %how) = @_;
    $id++;
    my $port = ref $server ? $server->port : $server;
    push @given, [$id, $name, $server, $then];
    $hub->deliver(pack_delivery(kind => 'email', id => $id, key => "key-$id",
        settings => {to => [text('ann@example.com')], smtp_host => text('127.0.0.1'),
            smtp_port => $port, smtp_security => 'none',
            from => text('BetterStack <alerts@example.org>'), %$settings}, %how));
}

# ... and is this, with words like those.
sub expect {
    my ($name, $outcome, $code, $words, %says) = @_;
    my $settings = delete $says{settings} // {};
    give($name, BetterStack::Agent::SmtpSink->new(%says), $settings, sub {
        my ($said) = @_;
        is_deeply [@$said{qw(outcome http_status)}], [$outcome, $code], $name;
        like $said->{detail}, $words, '  in words';
    });
}

my @login = (smtp_username => 'me', smtp_password => text('secret-1234'));
my @many = (to => [map { text("$_\@example.com") } qw(ann bob cay)]);

# ---- what servers say ----
expect('busy', FAILED, 421, qr/^The mail server does not talk to this agent: 421 too busy/,
    GREETING => '421 too busy');
expect('no service', REFUSED, 554, qr/554 go away/, GREETING => '554 go away');
expect('a greeting of many lines', SENT, 250, qr/^SMTP 250: 2\.0\.0 taken$/,
    GREETING => "220-hello\r\n220-there\r\n220 go");
expect('a server of old', SENT, 250, qr/taken/, EHLO => '500 what?');
expect('a web server', FAILED, 0, qr/^What answers is no mail server: HTTP/,
    GREETING => 'HTTP/1.1 400 Bad Request');
expect('a line without end', FAILED, 0, qr/is no mail server/, GREETING => '220 ' . 'x' x 20_000);
expect('lines without end', FAILED, 0, qr/is no mail server/, GREETING => "220-x\r\n" x 200);
expect('the sender, for now', FAILED, 451,
    qr/^The mail server refused the sender: 451 4\.3\.0 later/, MAIL => '451 4.3.0 later');
expect('the sender, for ever', REFUSED, 553, qr/refused the sender: 553/, MAIL => '553 not yours');
expect('the recipient, for now', FAILED, 450,
    qr/^The mail server refused the recipient: ann\@example\.com \(450 grey\)/, RCPT => '450 grey');
expect('the recipient, for ever', REFUSED, 550,
    qr/refused the recipient: ann\@example\.com \(550-?.*nobody here/,
    RCPT => "550-nobody\r\n550 nobody here");
expect('some recipients', SENT, 250,
    qr/^SMTP 250 for 1 of 3 recipients, but not for ann\@example\.com \(550 nobody\), cay\@example\.com \(452 full\)$/,
    RCPT => ['550 nobody', '250 ok', '452 full'], settings => {@many});
expect('all, one for now', FAILED, 550, qr/^The mail server refused all recipients: /,
    RCPT => ['550 nobody', '451 later', '550 nobody'], settings => {@many});
expect('no message now', FAILED, 451, qr/takes no message: 451/, DATA => '451 later');
expect('no such message', REFUSED, 554, qr/^The mail server refused the message: 554 spam/,
    END => '554 spam');
expect('the message, for now', FAILED, 451, qr/refused the message: 451/, END => '451 disk full');
expect('a yes that nobody knows', SENT, 299, qr/^SMTP 299: perhaps/, END => '299 perhaps');
expect('an answer without sense', UNSURE, 399, qr/makes no sense: 399/, END => '399 perhaps');
expect('no answer at all', UNSURE, 0, qr/is no mail server: taken/, END => 'taken');
expect('broken off', REFUSED, 552, qr/(?:broke the message off|refused the message): 552/,
    MESSAGE => '552 too large');

# ---- connections ----
give('nobody listens', free_port(), {}, sub { is $_[0]{outcome}, FAILED, 'nobody listens: failed';
    like $_[0]{detail}, qr/cannot be connected to: /, '  and why' });
expect("$_ before the greeting", FAILED, 0,
    qr/hung up before it had the message|cannot be connected to: Connection reset/,
    GREETING => $_) for qw(drop reset);
expect("$_ before the message", FAILED, 0, qr/hung up before it had the message/, DATA => $_)
    for qw(drop reset);
expect("$_ after the message", UNSURE, 0,
    qr/hung up without saying whether it has taken the message/, END => $_) for qw(drop reset);
expect('drop after it was taken', SENT, 250, qr/taken/, QUIT => 'drop');
expect('silence after it was taken', SENT, 250, qr/taken/, QUIT => 'silent');
expect('silence before the message', FAILED, 0, qr/^No answer within 20 seconds/, EHLO => 'silent');
expect('silence after the message', UNSURE, 0, qr/^No answer within 20 seconds/, END => 'silent');

# ---- TLS and logins ----
expect('no STARTTLS', REFUSED, 250, qr/offers no STARTTLS, which its settings ask for/,
    settings => {smtp_security => 'starttls', @login});
expect('STARTTLS not now', FAILED, 454, qr/does not begin TLS: 454/, STARTTLS => '454 no',
    offers => ['STARTTLS'], settings => {smtp_security => 'starttls', @login});
expect('words slipped in before TLS', FAILED, 0, qr/is no mail server: 250 ok/,
    STARTTLS => "220 go\r\n250 ok", offers => ['STARTTLS'],
    settings => {smtp_security => 'starttls', @login});
expect('no TLS at all', FAILED, 0, qr/^TLS with the mail server failed: /,
    settings => {smtp_security => 'tls', @login});
expect('no login', REFUSED, 250, qr/offers no login by PLAIN or LOGIN/, settings => {@login},
    offers => ['AUTH CRAM-MD5']);
expect('a login, not now', FAILED, 454, qr/username or the password: 454/, settings => {@login},
    offers => ['AUTH PLAIN'], AUTH => '454 later');
expect('an echo', REFUSED, 535, qr/535 \*+ is wrong$/, settings => {@login},
    offers => ['AUTH PLAIN'], AUTH => '535 secret-1234 is wrong');
expect('control characters and bytes', REFUSED, 550, qr/550 a b \xef\xbf\xbd/,
    MAIL => "550 a\x01b \xff");

# ---- the address policy ----
give('a private address', 25, {smtp_host => text('10.255.255.1')}, sub {
    is $_[0]{outcome}, REFUSED, 'a private address: refused';
    like $_[0]{detail}, qr/10\.255\.255\.1 is not a public address.*allow = /,
        '  and told how to allow it';
});
give('no such name', 25, {smtp_host => text('nowhere.invalid')}, sub { is $_[0]{outcome}, FAILED,
    'a name that nobody knows: failed' });
give('no server', 25, {smtp_host => undef}, sub { is $_[0]{outcome}, REFUSED,
    'no server: refused' });

# ---- every byte ----
my $listening = BetterStack::Agent::SmtpSink->new(offers => ['SIZE 10000000', 'AUTH PLAIN LOGIN',
    '8BITMIME']);
give('every byte', $listening, {@many, @login}, sub { is $_[0]{outcome}, SENT, 'all of it' },
    message => $messages{dots});
my $old = BetterStack::Agent::SmtpSink->new(offers => ['AUTH=LOGIN'], AUTH => '334 VXNlcm5hbWU6');
give('hostile', BetterStack::Agent::SmtpSink->new,
    {to => [map { text($_) } "a\@b.example>\r\nRCPT TO:<c\@d.example", 'ann@example.com'],
    from => text("X\r\nBcc: e\@f.example <alerts\@example.org>")}, sub {
    my ($said, $server) = @_;
    is $said->{outcome}, SENT, 'hostile names';
    like $said->{detail}, qr/; 1 of its addresses cannot be written to$/, '  one address is told';
    unlike $server->seen, qr/^(?:Bcc|RCPT TO:<(?!ann\@example))/im, '  nothing slips in';
}, message => $messages{hostile});

my $agent = BetterStack::Agent->start(hub => $hub->url);
my %outcomes;
wait_for(sub { %outcomes = (); $outcomes{$_->{id}} //= $_ for $hub->outcomes; keys %outcomes
    == @given }, 120, 'all outcomes');
for my $given (@given) {
    my ($number, $name, $server, $then) = @$given;
    $then->($outcomes{$number} // {outcome => 'none'}, $server);
}

# ---- a death between the server's yes and the report ----
{
    my $server = BetterStack::Agent::SmtpSink->new;
    $agent->kill;
    give('remembered', $server, {});
    $agent->begin(binary => BetterStack::Unit::made('crash/betterstack-agent'),
        env => {BETTERSTACK_CRASH_AT => 'after_journal'});
    ok wait_for(sub { !$agent->running }, 30, 'its death'), 'an agent dies when it has sent a mail';
    is_deeply [grep { $_->{id} == $id } $hub->outcomes], [], '  and has not said so';
    $agent->begin;
    wait_for(sub { grep { $_->{id} == $id } $hub->outcomes }, 30, 'its outcome');
    my ($said) = grep { $_->{id} == $id } $hub->outcomes;
    is_deeply [@$said{qw(outcome http_status detail)}], [SENT, 250, 'SMTP 250'],
        '  the next life says it';
    like $said->{provider_ref}, qr/^key-$id\@example\.org$/, '  with the name of the mail';
    is scalar(() = $server->seen =~ /^DATA/mg), 1, '  and does not send it again';
}

{
    my ($talk, $bytes, $rest) = $listening->seen =~ /\A(.*?^DATA\r\n)(.*?\r\n)\.\r\n(.*)\z/ms;
    my $login = encode_base64("\0me\0secret-1234", '');
    my $hello = $talk =~ s/\AEHLO (\S+)\r\n// ? $1 : '';
    like $hello, qr/^(?:\[127\.0\.0\.1\]|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)$/, 'our name';
    is $talk, join('', map { "$_\r\n" } "AUTH PLAIN $login", 'MAIL FROM:<alerts@example.org>',
        (map { "RCPT TO:<$_\@example.com>" } qw(ann bob cay)),
        'DATA'), 'what is said';
    is $rest, "QUIT\r\n", 'and a goodbye';
    is_deeply [grep { /^\./ && !/^\.\./ } split /\r\n/, $bytes], [],
        'each dot at the start of a line is doubled';
    like taken_apart($bytes =~ s/^\.\././mgr)->{text}, qr/^\.\n\.\.\n\.hidden\n/m,
        'and comes out as it was';
}

done_testing;
