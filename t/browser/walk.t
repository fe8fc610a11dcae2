#!/usr/bin/perl

# The whole way in a real browser: sign up, add a site, see it go down and
# come back without a reload, and everything else a person does.  The walk is
# walk.mjs; this side owns the installation and the site, and does to them
# what the walk asks for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use IPC::Open2;
use Test::More;

use BetterStack::Checker;
use BetterStack::Past;
use BetterStack::Stack qw(wait_for);
use BetterStack::Target;

my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium';
plan skip_all => "no browser at $chromium" unless -x $chromium;
plan skip_all => 'node_modules has no playwright-core' unless -d "$FindBin::Bin/../../node_modules/playwright-core";

my $stack = BetterStack::Stack->new(regions => 'local-a local-b');
my $site = BetterStack::Target->new(body => "hello <b>there</b>\n", headers => {'X-Note' => '<script>alert(1)</script>'});

my %does = (
    'site-down'  => sub { $site->down },
    'site-up'    => sub { $site->up },
    'site-says'  => sub { $site->answer(status => $_[0], body => '<img src=x onerror=alert(1)>') },
    'past'       => sub { $stack->sql(BetterStack::Past::of_monitor($_[0])) },
    'kill'       => sub { $stack->kill_piece($_[0]) },
    'stop'       => sub { $stack->stop($_[0]) },
    'start'      => sub { $stack->start($_[0]) },
);

$ENV{BS_URL} = $stack->url;
$ENV{BS_SITE} = $site->url('/shop');
$ENV{BS_ADMIN_PASSWORD} = $stack->password;
$ENV{BS_SLOWNESS} = BetterStack::Checker::slowness();

my $pid = open2(my $from, my $to, 'node', "$FindBin::Bin/walk.mjs", @ARGV);    # stages: all
while (my $line = <$from>) {
    chomp $line;
    if ($line =~ /^(not )?ok \d+ - (.*)/) {
        ok(!$1, $2);
    } elsif ($line =~ /^# (.*)/) {
        diag($1);
    } elsif ($line =~ /^HARNESS (\S+)(?: (\S+))?/) {
        my $done = eval { $does{$1}->($2); 1 };
        print $to $done ? "done\n" : "failed: " . ($@ =~ s/\n.*//sr) . "\n";
        $to->flush;
    } else {
        diag($line) unless $line =~ /^1\.\.\d+$/;
    }
}
waitpid $pid, 0;
is($?, 0, 'the walk came to its end');
is(join("\n", $stack->bad_log_lines), '', 'nginx wrote nothing alarming');

done_testing;
