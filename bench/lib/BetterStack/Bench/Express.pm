package BetterStack::Bench::Express;

# The Express and pg service of bench/express, installed into build/bench.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP qw(decode_json);

use BetterStack::Observer::Process;

my $source = dirname(__FILE__) . '/../../../express';
my $place = dirname(__FILE__) . '/../../../../build/bench/express';
my @files = qw(package.json package-lock.json server.js);

sub install {
    make_path($place);
    my $fresh = -e "$place/node_modules/.package-lock.json"
        && (stat _)[9] >= (stat "$source/package-lock.json")[9];
    copy("$source/$_", "$place/$_") or die "$place/$_: $!\n" for @files;
    return if $fresh;
    system('npm', 'ci', '--prefix', $place, '--silent', '--no-audit', '--no-fund') == 0
        or die "npm ci in $place failed\n";
}

sub version {
    my ($package) = @_;
    open my $file, '<', "$place/node_modules/$package/package.json" or return 'missing';
    local $/;
    return decode_json(<$file>)->{version};
}

# start(log => PATH, env => {PGHOST..})
sub start {
    my ($class, %how) = @_;
    install();
    my $process = BetterStack::Observer::Process->start(
        command => ['node', "$place/server.js"],
        log => $how{log}, env => {NODE_ENV => 'production', %{$how{env}}},
    );
    my $port = $process->wait_for_line(qr/^port (\d+)$/m);
    return bless {process => $process, port => $port}, $class;
}

sub pid { $_[0]{process}->pid }
sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}$path" }
sub stop { $_[0]{process}->stop }

1;
