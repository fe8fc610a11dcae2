#!/usr/bin/perl

# The dashboard is built again under a running hub: the files that the old page
# names stay, and `up` makes the hub show the new page.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use File::Temp qw(tempdir);
use Test::More;

use BetterStack::Stack;

my $root = BetterStack::Stack::root();
plan skip_all => 'no node_modules' unless -d "$root/node_modules/preact";

my $build = tempdir('bs-build-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp', CLEANUP => 1);
chmod 0755, $build;
system('cp', '-r', "$root/html", "$build/source") == 0 or die "cp failed\n";
my $link = BetterStack::Stack::module();
symlink $link, "$build/" . $link =~ s{.*/}{}r or die "symlink: $!\n";

# The version that is built when a file has this content.
sub build {
    my ($content) = @_;
    open my $file, '>', "$build/source/js/note.js" or die "note.js: $!\n";
    print $file "/* $content */\n";
    close $file;
    chdir $root or die "$root: $!\n";
    my $told = qx(node tools/build-assets "$build/source" "$build/html");
    my ($version) = $told =~ /^assets (\w+):/ or die "build-assets: $told\n";
    return $version;
}

sub kept { return join ' ', sort map { s{.*/}{}r } glob "$build/html/assets/*" }
sub both { return join ' ', sort @_ }

my $first = build('first');
is kept(), $first, 'the first build is alone';
my $stack = BetterStack::Stack->new(agents => 0, account => 0, env => {BUILD => $build});
my $shown = sub { $stack->request('GET', '/')->{content} =~ m{/assets/(\w+)/js/main} ? $1 : '' };
my $status = sub { $stack->request('GET', "/assets/$_[0]/js/note.js")->{status} };
is $shown->(), $first, 'the hub shows it';

my $second = build('second');
is kept(), both($first, $second), 'the build before is kept';
build('second');
is kept(), both($first, $second), 'also when nothing has changed';
is $status->($first), 200, 'the page that the hub still shows has its files';

my $pid = $stack->pid('nginx');
$stack->up;
is $shown->(), $second, 'up: the hub shows the new page';
is $stack->pid('nginx'), $pid, 'without a restart';
is $status->($first), 200, 'and a page that is open still has its files';

my $third = build('third');
is kept(), both($second, $third), 'one generation is enough';
is join("\n", $stack->bad_log_lines), '', 'nginx wrote nothing alarming';

done_testing;
