package BetterStack::Unit;

# Runs a unit test written in C: t/unit/NAME.c, which prints TAP with the help
# of t/unit/tap.h.  tools/build.mk builds it, with the sanitizers when SANITIZE
# is set; with VALGRIND it runs under valgrind.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

use BetterStack::Checker;

my $root = abs_path(dirname(__FILE__) . '/../../..');

# The path of the built program of t/unit, or of another file below the build's folder; prints why
# and ends the test if it cannot be built.
sub build {
    my ($name) = @_;
    return made("unit/$name");
}

sub made {
    my ($name) = @_;
    my $build = BetterStack::Checker::build_dir($root);
    my $program = "$build/$name";
    mkdir $build;
    my $output = `cd '$root' && flock '$build/.lock' make -s -f tools/build.mk BUILD='$build' '$program' 2>&1`;
    if ($? != 0) {
        $output =~ s/^/# /mg;
        print "1..1\nnot ok 1 - $name is built\n$output";
        exit 1;
    }
    return $program;
}

# Becomes the program: its TAP and its exit status are the test's.
sub run {
    my ($name, @arguments) = @_;
    my $program = build($name);
    BetterStack::Checker::environment();
    chdir $root or die "$root: $!\n";
    exec BetterStack::Checker::wrap(), $program, @arguments or die "$program: $!\n";
}

1;
