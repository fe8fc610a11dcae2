package BetterStack::Checker;

# The two modes in which tests look into memory: SANITIZE=1 (ASan and UBSan,
# a build of its own) and VALGRIND=1 (the plain build).

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);

my $here = abs_path(dirname(__FILE__));

sub sanitize { return $ENV{SANITIZE} ? 1 : 0 }
sub valgrind { return $ENV{VALGRIND} ? 1 : 0 }

# Everything takes several times longer under them.
sub slowness { return valgrind() ? 8 : sanitize() ? 3 : 1 }

sub build_dir {
    my ($root) = @_;
    return $ENV{BUILD} =~ m{^/} ? $ENV{BUILD} : "$root/$ENV{BUILD}" if $ENV{BUILD};
    return sanitize() ? "$root/build-asan" : "$root/build";
}

# What the sanitizers read at a program's start.  Findings end the program
# with a status that no test takes for success; with log_path they go to
# files of that prefix, one a process.
sub environment {
    my ($log_path) = @_;
    return if !sanitize();
    my $log = $log_path ? ":log_path=$log_path" : '';
    $ENV{ASAN_OPTIONS} = "exitcode=99:detect_leaks=1:abort_on_error=0$log";
    $ENV{UBSAN_OPTIONS} = "print_stacktrace=1:halt_on_error=1$log";
    $ENV{LSAN_OPTIONS} = "suppressions=$here/lsan.supp:print_suppressions=0";
}

# The command to put before a program.
sub wrap {
    my ($log_path) = @_;
    return () if !valgrind();
    return ('valgrind', '-q', '--error-exitcode=99', '--leak-check=full',
        '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite', '--num-callers=30',
        "--suppressions=$here/valgrind.supp", '--gen-suppressions=all',
        $log_path ? "--log-file=$log_path.%p" : ());
}

1;
