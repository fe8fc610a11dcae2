package BetterStack::Bench::Npm;

# A folder of bench/ that is a Node package, installed into build/bench.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path);
use JSON::PP qw(decode_json);

my $bench = dirname(__FILE__) . '/../../..';
my $build = dirname(__FILE__) . '/../../../../build/bench';

# The folder in which it can be run.
sub install {
    my ($name) = @_;
    my ($source, $place) = ("$bench/$name", "$build/$name");
    make_path($place);
    my $fresh = -e "$place/node_modules/.package-lock.json"
        && (stat _)[9] >= (stat "$source/package-lock.json")[9];
    for my $file (glob "$source/*.js*") {
        copy($file, $place) or die "$file: $!\n";
    }
    return $place if $fresh;
    system('npm', 'ci', '--prefix', $place, '--silent', '--no-audit', '--no-fund') == 0
        or die "npm ci in $place failed\n";
    return $place;
}

# Of one of its packages.
sub version {
    my ($name, $package) = @_;
    open my $file, '<', "$build/$name/node_modules/$package/package.json" or return 'missing';
    local $/;
    return decode_json(<$file>)->{version};
}

1;
