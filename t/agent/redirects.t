# Redirects: followed as browsers do, judged at every step, and secrets stay at home.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check check_text);
use BetterStack::Agent::Server qw(request reply answer);
use Test::More;

my $elsewhere = BetterStack::Agent::Server->new(sub {
    request($_[0]);
    answer($_[0], 200, 'elsewhere');
});

my $forbidden = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'secret') },
    host => '::1');

# /to/STATUS?URL redirects there.
my $site = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    my ($path) = $head =~ m{^\S+ (\S+)};
    return answer($client, $1, 'moved', "Location: $2") if $path =~ m{^/to/(\d+)\?(.*)};
    return answer($client, 302, 'again', 'Location: ' . ($1 > 0 ? '/count/' . ($1 - 1) : '/end'))
        if $path =~ m{^/count/(\d+)};
    return answer($client, 302, 'again', "Location: $path") if $path eq '/loop';
    return answer($client, 302, 'nowhere', 'Location: ') if $path eq '/nowhere';
    return reply($client, "HTTP/1.1 302 Found\r\nLocation: /end\r\n\r\n") && sleep 20 if $path eq '/slow';
    answer($client, 200, "path $path");
});

# What the last request looked like.
my %read;
sub last_request {
    my ($server) = @_;
    my $all = $server->seen;
    my $new = substr $all, $read{$server} // 0;
    $read{$server} = length $all;
    return (split /\n(?=[A-Z]+ \S+ HTTP)/, $new)[-1] // '';
}

# ---- where to ----
my $port = $site->port;
for my $case (
    ['/end', '/end'], ['end', '/to/end'], ['/end?x=1', '/end?x=1'],
    ["http://127.0.0.1:$port/abs", '/abs'], ["//127.0.0.1:$port/net", '/net'],
    ["http://127.0.0.1:$port", '/'], ['/a/../b', '/b'], ['/caf%C3%A9', '/caf%C3%A9'],
    ["HTTP://127.0.0.1:$port/upper", '/upper'])
{
    my ($location, $path) = @$case;
    my $result = check($site->url("/to/302?$location"));
    is $result->{status}, 'up', "Location: $location" or diag $result->{detail};
    like last_request($site), qr{^GET \Q$path\E HTTP}, 'leads where it should';
    is scalar @{$result->{redirects}}, 1, 'and is told';
}

is check($site->url('/count/9'))->{status}, 'up', 'ten redirects';
is check($site->url('/count/10'))->{reason}, 'redirect_limit', 'eleven are too many';
is check($site->url('/loop'))->{reason}, 'redirect_limit', 'and so is a loop';
is check('--no-follow', $site->url('/loop'))->{reason}, 'status_unexpected', 'not followed: the status counts';
is check('--no-follow', '--expect-status', 302, $site->url('/loop'))->{status}, 'up', 'and may be expected';
is check('--expect-status', 302, $site->url('/nowhere'))->{status}, 'up', 'without a Location it is an answer';
is check('--expect-status', 300, $site->url('/to/300?/end'))->{status}, 'up', '300 is no redirect';
{
    my $result = check('--timeout', 3, $site->url('/slow'));
    is $result->{status}, 'up', 'the body of a redirect is not waited for';
}

# ---- methods ----
for my $case ([301, 'POST', 'GET'], [302, 'POST', 'GET'], [303, 'POST', 'GET'], [307, 'POST', 'POST'],
    [308, 'POST', 'POST'], [301, 'PUT', 'PUT'], [303, 'PUT', 'GET'], [303, 'HEAD', 'HEAD'],
    [302, 'HEAD', 'HEAD'])
{
    my ($status, $from, $to) = @$case;
    check('--method', $from, $from eq 'HEAD' ? () : ('--data', 'body'), $site->url("/to/$status?/end"));
    my $request = last_request($site);
    like $request, qr{^$to /end}, "$status makes $to of $from";
    is $request =~ /\r\n\r\nbody/ ? 1 : 0, $to =~ /^P/ ? 1 : 0, 'with or without the body';
}

# ---- secrets ----
my @secrets = ('--user', 'me:secret', '--header', 'X-Api-Key: secret', '--header', 'Cookie: secret',
    '--header', 'Accept: text/html');
check(@secrets, $site->url('/to/302?/end'));
like last_request($site), qr{^Authorization: Basic .*^X-Api-Key: secret}ms, 'the own site gets everything';

check(@secrets, $site->url('/to/302?' . $elsewhere->url('/end')));
{
    my $request = last_request($elsewhere);
    like $request, qr{^GET /end}, 'another port is another site';
    unlike $request, qr{secret|Authorization|bWU6}i, 'and gets no secret';
    like $request, qr{^Accept: text/html}m, 'but what is harmless';
}
check(@secrets, $site->url('/to/302?' . $elsewhere->url('/end') =~ s{//}{//you:there@}r));
unlike last_request($elsewhere), qr{Authorization}, 'nor what a redirect says about credentials';

check('--method', 'POST', '--data', 'secret', $site->url('/to/307?' . $elsewhere->url('/end')));
like last_request($elsewhere), qr{^POST /end}, '307 keeps the method';
unlike last_request($elsewhere), qr{secret}, 'but the body is meant for the own site';

# ---- where not to ----
sub blocked {
    my ($url, $reason, $name) = @_;
    my ($status, $out) = check_text('--json', '--allow', '127.0.0.0/8', $site->url("/to/302?$url"));
    like $out, qr/"reason":"$reason"/, $name;
}

blocked($forbidden->url, 'redirect_blocked', 'to an address that is not allowed');
blocked('http://169.254.169.254/latest/meta-data/', 'redirect_blocked', 'to the metadata service');
blocked('http://[::ffff:10.0.0.1]/', 'redirect_blocked', 'to a mapped private address');
blocked('http://0x0a000001/', 'redirect_blocked', 'to a hexadecimal one');
blocked('file:///etc/passwd', 'redirect_blocked', 'to a file');
blocked('gopher://127.0.0.1/', 'redirect_blocked', 'to another protocol');
blocked('javascript:alert(1)', 'redirect_blocked', 'to a script');
blocked('http://', 'protocol_error', 'to nowhere');
blocked('http://a..b/', 'protocol_error', 'to something that is no host');
blocked("http://127.0.0.1:99999/", 'protocol_error', 'to a port that is none');
{
    my $hostile = BetterStack::Agent::Server->new(sub {
        request($_[0]);
        answer($_[0], 302, '', "Location: http://\e]0;owned\a\x9b31m/");
    });
    my (undef, $out) = check_text('--allow', '127.0.0.0/8', $hostile->url);
    like $out, qr/redirect   302 /, 'a redirect full of escape sequences is shown';
    unlike $out, qr/[\x00-\x09\x0b-\x1f\x7f-\x9f]/, 'without them';
}

is $forbidden->connections, 0, 'nobody has connected to what is not allowed';

done_testing;
