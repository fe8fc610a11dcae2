#!/usr/bin/perl

# What a browser fetches before the first view is whole: the page, what it names, both fonts.  As
# nginx sends it (gzip), it is at most 150 kB.

use strict;
use warnings;

use FindBin;
use Test::More;

use constant BYTES_MAX => 150_000;

my $root = ($ENV{BUILD} // "$FindBin::Bin/../../build") . '/html';
open my $in, '<', "$root/index.html" or plan skip_all => 'the dashboard is not built';
my $page = do { local $/; <$in> };
$page =~ s{<script type="importmap">.*?</script>}{}s;

sub sent { my ($path) = @_; return -s(-e "$path.gz" ? "$path.gz" : $path) }

my %named = map { $_ => 1 } $page =~ m{"(/assets/[^"]+)"}g;
my ($assets) = $page =~ m{"(/assets/[^/"]+)/};
$named{$_} = 1 for map { substr $_, length $root } glob "$root$assets/vendor/*.woff2";
my $bytes = sent("$root/index.html");
for my $name (sort keys %named) {
    my $size = sent("$root$name");
    ok(defined $size, "$name is there") if !defined $size;
    $bytes += $size // 0;
}
cmp_ok(scalar(keys %named), '>', 50, 'the page names its modules');
cmp_ok($bytes, '<=', BYTES_MAX, "the first view is $bytes bytes");
done_testing;
