# What holds for the whole installation: seen and changed by administrators, with secrets that never come back,
# and the address that people reach it by, taken from the first sign-up.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => '', account => 0);
my $url = '/api/v2/installation';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $secret = 'smtp-pass-never-seen';
my %mail = (host => 'mail.example.com', port => 587, security => 'starttls', username => 'hub',
    from => 'Hub <hub@example.com>');

my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $eve = '{"email":"eve@example.com","password":"correct horse battery"}';
like $bob->raw(join "\r\n", 'POST /api/v2/sign-up HTTP/1.1', 'Host: elsewhere.example',
    'Origin: https://elsewhere.example', 'Connection: close',
    'Content-Type: application/json', 'Content-Length: ' . length $eve, '', $eve),
    qr{^HTTP/1.1 201 }, 'another, who comes from elsewhere';

sub now { return ($ann->get($url))[1]{data}{attributes} }
sub refused {
    my ($what, $body) = @_;
    my ($status, $data) = $ann->patch($url, $body);
    is $status, 422, "$what: refused";
    return ref $data ? $data->{errors} : $data;
}

subtest 'as it begins' => sub {
    my ($status, $data) = $ann->get($url);
    is $status, 200;
    is $data->{data}{type}, 'installation';
    like delete $data->{data}{attributes}{name}, qr/^[0-9a-f]{12}$/;
    is_deeply $data->{data}{attributes}, {public_url => $stack->url,
        smtp => {map { $_ => undef } qw(host port security username from)},
        smtp_password_set => $false,
        smtp_problem => 'No mail server is set up for this installation',
        twilio => {account_sid => undef, from => undef},
        twilio_auth_token_set => $false,
        twilio_problem => 'No Twilio account is set up for this installation'},
        'nothing but where the first person came from';
    is +($bob->$_($url, {}))[0], 403, 'only its administrators' for qw(get patch);
    is +($bob->post("$url/test-mail"))[0], 403;
    is +(BetterStack::Client->new($stack)->get($url))[0], 401;
};

subtest 'the address of the first sign-up' => sub {
    my %origin = ('https://Status.Example.com' => 'https://status.example.com',
        'http://[::1]:8080' => 'http://[::1]:8080',
        'http://a:80' => 'http://a', 'https://a:443/' => 'https://a',
        'http://a:443' => 'http://a:443', 'https://a/b' => undef, 'null' => undef,
        'http://u@a' => undef, 'ftp://a' => undef, "http://a\nb" => undef, 'http://a b' => undef,
        'http://' => undef, '' => undef,
        'http://a:99999' => undef, 'http://' . 'a' x 300 => undef, 'http://' . 'a.' x 120
        . 'b' => 'http://' . 'a.' x 120 . 'b', 'http://"' => undef);
    is $stack->sql("select core.origin_normal(\$x\$$_\$x\$)"), $origin{$_} // '',
        substr($_ =~ s/\n/\\n/r, 0, 40) for sort keys %origin;
    my $up = BetterStack::Stack->new(regions => '');
    is +($up->api('GET', $url))[1]{data}{attributes}{public_url}, $up->url, 'also of make up';
};

subtest 'the address' => sub {
    is +($ann->patch($url, {public_url => 'https://Status.example.com/'}))[0], 200;
    is now()->{public_url}, 'https://status.example.com', 'as browsers write it';
    my $why = 'must be where people reach this installation, like https://status.example.com, without a path';
    is_deeply refused($_, {public_url => $_}), {public_url => [$why]} for 'https://a/b',
        'javascript:alert(1)', 'a.example';
    is_deeply refused('a number', {public_url => 5}), {public_url => ['must be a string']};
    is +($ann->patch($url, {public_url => undef}))[0], 200;
    is now()->{public_url}, undef, 'none';
    is_deeply refused('what is not to be changed', {name => 'x', colour => 1,
        smtp_password_set => $true}),
        {name => ['is read-only'], colour => ['is not a known attribute'],
            smtp_password_set => ['is read-only']};
};

subtest 'mail' => sub {
    is_deeply refused('half of it', {smtp => {port => 25}}), {'smtp.host' => ['is required'],
        'smtp.from' => ['is required']};
    is_deeply refused('a password for nothing', {smtp_password => 'x'}),
        {smtp_password => ['needs a mail server: set smtp first']};
    my $host = 'must be the name or address of a mail server, like mail.example.com';
    my $from = 'must be an address, like alerts@example.com or Alerts <alerts@example.com>';
    is_deeply refused('nonsense', {smtp => {host => "a\r\nb", port => 99999, security => 'maybe',
        username => "a\nb", from => "a\@b\r\nBcc: c\@d", x => 1}}),
        {'smtp.x' => ['is not a known attribute']};
    is_deeply refused('nonsense', {smtp => {host => "a\r\nb", port => 99999, security => 'maybe',
        username => "a\nb", from => "a\@b\r\nBcc: c\@d"}}),
        {'smtp.host' => [$host], 'smtp.port' => ['must be between 1 and 65535'],
            'smtp.security' => ['must be one of starttls, tls, none'],
        'smtp.username' => ['must not contain control characters'], 'smtp.from' => [$from]};
    is_deeply refused($_, {smtp => {%mail, host => $_}}), {'smtp.host' => [$host]} for 'a/b',
        'a:25', 'user@a', '[::1]', '1.2.3.4.5';
    is_deeply refused($_, {smtp => {%mail, from => $_}}), {'smtp.from' => [$from]} for 'nobody',
        'a@b <c@d', '<a@b> x', 'ä@example.com';
    is_deeply refused('a list', {smtp => []}), {smtp => ['must be an object']};
    is +($ann->post("$url/test-mail"))[0], 422, 'no mail without a server';

    my ($status, $data) = $ann->patch($url, {smtp => \%mail, smtp_password => $secret});
    is $status, 200, 'set' or diag explain $data;
    is_deeply [@{now()}{qw(smtp smtp_password_set smtp_problem)}], [\%mail, $true, undef];
    is +($ann->patch($url, {smtp => {port => 2525}}))[0], 200, 'one of it';
    is_deeply now()->{smtp}, {%mail, port => 2525}, 'and the rest as it was';
    is now()->{smtp_password_set}, $true;
    is_deeply refused('another server', {smtp => {host => 'evil.example'}}),
        {smtp_password => ['is to be given again, because smtp.host changes']};
    ($status, $data) = $ann->post("$url/test-mail");
    is $status, 202, 'a mail to oneself';
    is_deeply [@{$data->{data}{attributes}}{qw(event kind receiver_name state)}], ['test', 'email',
        'ann@example.com', 'due'];
    is +($ann->get("/api/v2/deliveries/$data->{data}{id}"))[0], 200, 'which the log shows';
    is +($bob->get("/api/v2/deliveries/$data->{data}{id}"))[0], 404, 'to the team';
    is +($ann->post("$url/test-mail"))[0], 202 for 2 .. 10;
    is +($ann->post("$url/test-mail"))[0], 429, 'ten a minute';
    my $packet = sub { $stack->sql("set betterstack.key_seal = '" . seal()
        . "'; select core.channel_installation('email', '{}') -> 'settings' ->> 'smtp_password'") };
    is $packet->(), $secret, 'the password is what the agent gets';
    is +($ann->patch($url, {smtp => {username => ''}}))[0], 200;
    is now()->{smtp_password_set}, $false, 'it goes with its user';
    is +($ann->patch($url, {smtp => undef}))[0], 200, 'all of it';
    is now()->{smtp_problem}, 'No mail server is set up for this installation', 'is gone';
};

subtest 'Twilio' => sub {
    my %account = (account_sid => 'AC' . '0' x 32, from => '+14155550100');
    is_deeply refused('half of it', {twilio => {account_sid => 'AC1'}}),
        {'twilio.account_sid' => ['must be AC and 32 hexadecimal digits, as Twilio shows it'],
        'twilio.from' => ['is required'], twilio_auth_token => ['is required']};
    is +($ann->patch($url, {twilio => \%account, twilio_auth_token => $secret}))[0], 200, 'set';
    is_deeply [@{now()}{qw(twilio twilio_auth_token_set twilio_problem)}], [\%account, $true,
        undef];
    is_deeply refused('another account', {twilio => {account_sid => 'AC' . '1' x 32}}),
        {twilio_auth_token => ['is to be given again, because twilio.account_sid changes']};

    # Nobody has the installation's token sent to a server of his own.
    my ($status, $data) = $bob->post('/api/v2/channels', {name => 'x', kind => 'twilio_sms',
        settings => {to => '+14155550101', api_url => 'https://evil.example'}});
    is_deeply [$status, $data->{errors}],
        [422, {map { ($_ => ['is required for an account of its own']) }
        qw(settings.account_sid settings.from secrets.auth_token)}],
    'a server of its own needs a token of its own';
    is $stack->sql("select core.channel_installation('twilio_sms', '{\"api_url\": \"https://evil.example\"}') -> 'settings'"), '{}';
    ($status, $data) = $bob->post('/api/v2/channels', {name => 'x', kind => 'twilio_sms',
        settings => {to => '+14155550101'}});
    is_deeply [$status, $data->{data}{attributes}{problem}], [201, undef],
        'the installation\'s account serves everybody';
    is +($bob->patch("/api/v2/channels/$data->{data}{id}", {settings => {to => '+14155550101',
        api_url => 'https://evil.example'}}))[0], 422;
};

# The hub's key, as RFC 5869 derives it from betterstack_secret.
sub seal {
    require Digest::SHA;
    open my $file, '<:raw', $stack->state . '/secret' or die "secret: $!\n";
    my $key = do { local $/; <$file> };
    return Digest::SHA::hmac_sha256_hex("betterstack channel secrets v1\x01",
        Digest::SHA::hmac_sha256(Digest::SHA::sha256($key), "\0" x 32));
}

unlike(JSON::PP->new->encode(now()), qr/\Q$secret/, 'no answer has a secret');
unlike $stack->sql('select n::text from betterstack.installation n'), qr/\Q$secret/, 'nor a table';
unlike $stack->log_text($_), qr/\Q$secret/, "nor the log of $_"
    for qw(nginx-error nginx-access postgres);
is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';
done_testing;
