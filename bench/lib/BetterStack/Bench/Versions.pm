package BetterStack::Bench::Versions;

# What a figure is worth without this is nothing.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(versions);

use BetterStack::Bench::Npm;

# The first version number that a command prints, wherever it prints it.
sub of {
    my ($command) = @_;
    my ($version) = `$command 2>&1` =~ /(\d+(?:\.\d+)+\S*)/;
    return $version // 'unknown';
}

sub processor {
    open my $file, '<', '/proc/cpuinfo' or return 'unknown processor';
    my @models = map { /^model name\s*:\s*(.*)/ ? $1 : () } <$file>;
    return @models . ' x ' . ($models[0] // 'unknown processor');
}

sub load {
    open my $file, '<', '/proc/loadavg' or return '?';
    return (split ' ', <$file>)[0];
}

sub versions {
    my ($stand, $express) = @_;
    my $postgres = $stand->stack->sql('show server_version') =~ s/\s.*//sr;
    return join '',
        'nginx ', of('/usr/sbin/nginx -v'), ", PostgreSQL $postgres, Redis ",
        of('redis-server --version'), ', pgbench ', of('pgbench --version'), ', wrk ',
        of('wrk -v'), ",\nNode ", of('node --version'), ', Express ',
        BetterStack::Bench::Npm::version('express', 'express'), ', pg ',
        BetterStack::Bench::Npm::version('express', 'pg'), ', agent ',
        of($stand->stack->agent_binary . ' --version'), ",\n", processor(), ', Linux ',
        of('uname -r'), ', load average now ', load(), "\n";
}

1;
