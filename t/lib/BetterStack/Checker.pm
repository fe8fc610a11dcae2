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
    $ENV{ASAN_OPTIONS} = "exitcode=99:detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=12$log";
    $ENV{UBSAN_OPTIONS} = "print_stacktrace=1:halt_on_error=1$log";
}

# nginx leaves some of its own memory to the end of its processes.  A leak is a
# finding only if one of our files, or a library that only we load, is on the
# way to it; everything else that a checker says is one anyway.
my $ours = qr/betterstack|ngx_bs_|libpq|libhiredis|libjansson|libmsgpack|libsodium/;

sub is_finding {
    my ($text) = @_;
    return valgrind() ? is_finding_of_valgrind($text) : is_finding_of_sanitizer($text);
}

sub is_finding_of_sanitizer {
    my ($text) = @_;
    return $text =~ /\S/ if $text !~ /LeakSanitizer/;
    return 1 if $text =~ /AddressSanitizer: (?!\d+ byte\(s\) leaked)|runtime error/;
    return scalar grep { /$ours/ } $text =~ /^(?:Direct|Indirect) leak of .*?\n((?:\s+#.*\n)+)/mg;
}

sub is_finding_of_valgrind {
    my ($text) = @_;
    $text =~ s/^\{\n.*?^\}\n//msg;    # suppressions that it proposes
    $text =~ s/^==\d+== ?//mg;
    return scalar grep { /\S/ && (!/ definitely lost /m || /$ours/) } split /\n\s*\n/, $text;
}

# Loaded before Debian's nginx: the runtime of ASan, which must come first, and
# what keeps modules mapped to the end.
sub preload {
    my ($build) = @_;
    return "$build/keep_loaded.so" if valgrind();
    return () if !sanitize();
    return map({ chomp(my $path = `cc -print-file-name=$_`); $path } qw(libasan.so libubsan.so)),
        "$build/keep_loaded.so";
}

# The command to put before a program.
sub wrap {
    my ($log_path) = @_;
    return () if !valgrind();
    return ('valgrind', '-q', '--error-exitcode=99', '--leak-check=full',
        '--keep-debuginfo=yes', '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite', '--num-callers=30',
        "--suppressions=$here/valgrind.supp", '--gen-suppressions=all',
        $log_path ? "--log-file=$log_path.%p" : ());
}

1;
