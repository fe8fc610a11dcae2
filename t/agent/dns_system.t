# The system's name servers change while the old ones are silent and questions
# to them are on the wire: the new ones are asked all the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent::Namespace;
BEGIN { BetterStack::Agent::Namespace::enter('--mount') }

use BetterStack::Agent qw(check_text wait_for);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Server qw(request answer);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Test::More;

my $dir = tempdir('bs-dns-system-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $system = "$dir/resolv.conf";

sub system_servers {
    my ($server) = @_;
    open my $out, '>', $system or die "$system: $!\n";
    print $out "nameserver $server\n";
    close $out;
}

system_servers('127.0.0.1');
BetterStack::Agent::Namespace::run('mount', '--bind', $system, '/etc/resolv.conf') or plan skip_all => 'no mounts here';

my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'here') });
my @names = map { "name$_.test" } 1 .. 8;
my $old = BetterStack::Agent::Dns->new({map { $_ => {silent => 1} } @names}, port => 53);
my $new = BetterStack::Agent::Dns->new({map { $_ => {A => ['127.0.0.1']} } @names}, host => '127.0.0.2', port => 53);

my $changer = fork // die "fork: $!\n";
if ($changer == 0) {
    wait_for(sub { $old->asked }, 20);
    system_servers('127.0.0.2');
    POSIX::_exit(0);
}
my (undef, $out) = check_text('--json', '--parallel', 1, '--timeout', 1, '--allow', '127.0.0.0/8',
    map { 'http://' . $_ . ':' . $site->port . '/' } @names);
waitpid $changer, 0;
my @results = map { decode_json($_) } split /\n/, $out;
is $results[0]{reason}, 'dns_timeout', 'a silent name server';
is $results[-1]{status}, 'up', 'another one answers instead' or diag $results[-1]{detail};
cmp_ok scalar($new->asked), '>=', 1, 'it was asked';

done_testing;
