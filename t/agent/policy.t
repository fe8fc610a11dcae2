# The address policy: every spelling of an address that may not be probed is
# refused, and a listener counts that nobody has come.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check_text);
use BetterStack::Agent::Server qw(request answer);
use JSON::PP;
use Test::More;

my $handler = sub { request($_[0]); answer($_[0], 200, 'inside') };
my $server = BetterStack::Agent::Server->new($handler);
my $server6 = eval { BetterStack::Agent::Server->new($handler, host => '::1', port => $server->port) };
my $port = $server->port;

# URL => result, all in one run of the agent.
sub results {
    my ($options, @urls) = @_;
    my (undef, $out) = check_text('--json', '--timeout', 1, @$options, @urls);
    return map { my $r = decode_json($_); ($r->{url} => $r) } split /\n/, $out;
}

my @loopback = map { "http://$_:$port/" } qw(
    127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7F.1 0177.0.0.1 017700000001
    127.0.0.0x 0x7f.0x0.0x0.0x1 127.0.0.1. localhost LOCALHOST localhost. user@127.0.0.1 user:pass@127.0.0.1
    example.com@127.0.0.1 0 0.0.0.0 00 0x0
    [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1]
    [64:ff9b::7f00:1] [2002:7f00:1::1] [::ffff:0:127.0.0.1] [2001::1]
);
my @others = map { "http://$_:$port/" } qw(
    10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.1.1 169.254.169.254 100.64.0.1 100.100.100.200
    168.63.129.16 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255 192.88.99.1 167772161 0xa000001 012.0.0.1
    [fe80::1] [fc00::1] [fd00:ec2::254] [fd12::1] [ff02::1] [fec0::1] [2001:db8::1] [100::1]
    [64:ff9b:1::1] [2002:a00:1::1] [::ffff:10.0.0.1] [64:ff9b::10.0.0.1] [3fff::1] [5f00::1]
);

my %seen = results([], @loopback, @others);
is $seen{$_}{reason}, 'address_blocked', "$_ is refused" for @loopback, @others;
like $seen{$_}{detail} // '', qr/ is an? /, "and it is said what it is: $_"
    for "http://10.0.0.1:$port/", "http://[::1]:$port/";

# Spellings that are neither address nor name are never given to the resolver.
my @nonsense = map { "http://$_:$port/" } qw(1.2.3.4.5 256.1.1.1 0x100000000 1.2.3.09 [::1 [1.2.3.4]
    127.0.0.1%00.example.com ex%61mple.com);
my %nonsense = results([], @nonsense);
is $nonsense{$_}{reason}, 'not_run', "$_ is not understood" for @nonsense;

is $server->connections, 0, 'nobody has connected';
is $server6->connections, 0, 'nor over IPv6' if $server6;

# ---- allowing ----
my %allowed = results(['--allow', '127.0.0.0/8'], @loopback);
is $allowed{"http://$_:$port/"}{status}, 'up', "$_ after 127.0.0.0/8 was allowed"
    for qw(127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 localhost user:pass@127.0.0.1);
is $allowed{"http://$_:$port/"}{reason}, 'address_blocked', "$_ is still refused"
    for qw([::1] 0.0.0.0 [2002:7f00:1::1]);

my %wide = results(['--allow', '0.0.0.0/0', '--allow', '::/0'], map { "http://$_/" } qw(169.254.169.254 [fd00:ec2::254]
    [::ffff:169.254.169.254] 100.100.100.200 168.63.129.16));
is $_->{reason}, 'address_blocked', "$_->{url}: a wide range opens no metadata service" for values %wide;

done_testing;
