package BetterStack::Bench::Tools;

# wrk and pgbench as functions that say what they did and what it cost them.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(wrk pgbench output_of);

# Runs a command to its end: (output, its CPU seconds).
sub output_of {
    my (@command) = @_;
    my @before = times;
    open my $pipe, '-|', @command or die "$command[0]: $!\n";
    my $output = do { local $/; <$pipe> };
    close $pipe or die "@command failed:\n$output\n";
    my @after = times;
    return ($output, $after[2] + $after[3] - $before[2] - $before[3]);
}

# wrk(url => , seconds => , connections => , headers => {}, script => PATH)
sub wrk {
    my (%how) = @_;
    my @headers = map { ('-H', "$_: $how{headers}{$_}") } sort keys %{$how{headers} // {}};
    my @script = $how{script} ? ('-s', $how{script}) : ();
    my ($output, $cpu) = output_of('wrk', '-t1', "-c$how{connections}", "-d$how{seconds}s", @headers,
        @script, $how{url});

    die "wrk met errors:\n$output\n" if $output =~ /Non-2xx|Socket errors/;
    my ($ops) = $output =~ /(\d+) requests in/ or die "wrk said:\n$output\n";
    return {ops => $ops, seconds => $how{seconds}, client => $cpu};
}

# pgbench(host => , database => , user => , seconds => , connections => ,
#         script => PATH, statements => per script, define => {name => value})
sub pgbench {
    my (%how) = @_;
    my @define = map { ('-D', "$_=$how{define}{$_}") } sort keys %{$how{define} // {}};
    my ($output, $cpu) = output_of('pgbench', '-n', '-M', 'prepared', '-h', $how{host}, '-U', $how{user},
        '-c', $how{connections}, '-T', $how{seconds}, '-f', $how{script}, @define, $how{database});

    my ($transactions) = $output =~ /transactions actually processed: (\d+)/
        or die "pgbench said:\n$output\n";
    return {
        ops => $transactions * $how{statements}, seconds => $how{seconds}, client => $cpu,
    };
}

1;
