# `betterstack-agent check` with several targets: at the same time, in order, each kind by its scheme.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check check_text free_port);
use BetterStack::Agent::Server qw(request answer hold);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = tempdir('bs-many-XXXXXX', DIR => '/tmp', CLEANUP => 1);

sub arrived { my @lines = split /\n/, BetterStack::Agent::slurp("$dir/arrived"); return scalar @lines }

# /together/N is answered once N requests have arrived; the later ones are answered first.
my $site = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    if (my ($wanted) = $head =~ m{ /together/(\d+)}) {
        open my $out, '>>', "$dir/arrived";
        syswrite $out, "one\n";
        my $place = arrived();
        my $until = time + 20;
        sleep 0.01 until arrived() >= $wanted || time > $until;
        sleep 0.2 * ($wanted - $place) if $place < $wanted;
        return answer($client, arrived() >= $wanted ? 200 : 500, 'together');
    }
    return answer($client, $head =~ m{ /missing} ? 404 : 200, 'ok');
});
my $banner = BetterStack::Agent::Server->new(sub { $_[0]->print("220 ready\r\n"); hold($_[0]) });

sub results {
    my ($status, $out, $err) = check_text('--json', '--allow', '127.0.0.0/8', @_);
    return ($status, map { decode_json($_) } split /\n/, $out);
}

{
    my @urls = map { $site->url("/together/3?$_") } 1 .. 3;
    my ($status, @results) = results('--timeout', 30, @urls);
    is $status, 0, 'three at the same time';
    is_deeply [map { $_->{url} } @results], \@urls, 'shown in the order they were asked for';
}
{
    unlink "$dir/arrived";
    my ($status, @results) = results('--parallel', 1, $site->url('/'), $site->url('/missing'), $site->url('/'));
    is $status, 1, 'one after the other; one of them is down';
    is_deeply [map { $_->{status} } @results], ['up', 'down', 'up'], 'the second';
}
{
    my $port = $site->port;
    my ($status, @results) = results("http://127.0.0.1:$port/", 'tcp://127.0.0.1:' . $banner->port,
        "tcp://127.0.0.1:@{[free_port()]}");
    is $status, 1, 'a scheme is a kind of check';
    is_deeply [map { $_->{reason} } @results], [undef, undef, 'connect_refused'], 'HTTP and TCP';
}
{
    my ($status, $out) = check_text('--allow', '127.0.0.0/8', $site->url('/'), $site->url('/missing'));
    is $status, 1, 'as text';
    like $out, qr/^up .*\n(?:  .*\n)+down .*\n  status_unexpected: /, 'one block each';
    unlike $out, qr/\e/, 'no colours where there is no terminal';
}
for my $case ([['ping:'], qr/"ping:" names no host/], [['x' x 9000], qr/is too long/],
    [['--parallel', 0, 'http://x/'], qr/"0" is not a number from 1 to 500/])
{
    my ($arguments, $words) = @$case;
    my ($status, undef, $err) = check_text(@$arguments);
    is $status, 2, 'wrong usage';
    like $err, $words, 'is told';
}

done_testing;
