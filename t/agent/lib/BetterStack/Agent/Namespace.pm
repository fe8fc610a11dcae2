package BetterStack::Agent::Namespace;

# A network of the test's own, in which it may have any address.
#
#   BetterStack::Agent::Namespace::enter();      # before anything else; skips the test if not permitted
#   BetterStack::Agent::Namespace::addresses('10.9.0.0/24', 'fd09::1/128');
#   BetterStack::Agent::Namespace::sysctl('net.ipv4.icmp_echo_ignore_all', 1);

use strict;
use warnings;

use Test::More ();

my $inside = 'BETTERSTACK_TEST_NAMESPACE';

# More options of unshare: "--mount".
sub enter {
    my (@more) = @_;
    return if $^C;    # perl -c: only the syntax
    if (delete $ENV{$inside}) {
        run('ip', 'link', 'set', 'lo', 'up') or die "the loopback device does not come up\n";
        return;
    }
    my @unshare = $> == 0 ? ('unshare', '-n', @more) : ('unshare', '-r', '-n', @more);
    if (!run(@unshare, 'ip', 'link', 'show', 'lo')) {
        Test::More::plan(skip_all => 'no network namespaces here');
    }
    $ENV{$inside} = 1;
    exec @unshare, $^X, $0, @ARGV or die "unshare: $!\n";
}

sub run {
    my (@command) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec @command or CORE::exit(127);
    }
    waitpid $pid, 0;
    return $? == 0;
}

# True if all are there.
sub addresses {
    my (@addresses) = @_;
    my $all = 1;
    for my $address (@addresses) {
        my @options = $address =~ /:/ ? ('nodad') : ();
        $all = 0 if !run('ip', 'addr', 'add', $address, 'dev', 'lo', @options);
    }
    return $all;
}

sub sysctl {
    my ($name, $value) = @_;
    (my $path = "/proc/sys/$name") =~ s{\.}{/}g;
    open my $out, '>', $path or return 0;
    syswrite $out, $value or return 0;
    return 1;
}

1;
