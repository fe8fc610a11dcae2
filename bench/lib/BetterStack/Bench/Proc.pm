package BetterStack::Bench::Proc;

# CPU time and memory of processes, from /proc.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(children cpu_seconds pss_kib rss_kib tree tree_cpu_seconds);

use POSIX ();

use constant READS_MAX => 20;

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# (own seconds, seconds of children it has waited for); nothing when it is gone.
sub stat_seconds {
    my ($pid) = @_;
    open my $stat, '<', "/proc/$pid/stat" or return;
    my $line = <$stat> // return;
    my @field = split ' ', $line =~ s/^.*\) //r;    # from the state on; the name may hold anything
    return (($field[11] + $field[12]) / $ticks, ($field[13] + $field[14]) / $ticks);
}

sub cpu_seconds {
    my ($pid) = @_;
    my ($own) = stat_seconds($pid);
    return $own // 0;
}

sub children {
    my ($pid) = @_;
    my @children;
    for my $path (glob "/proc/$pid/task/*/children") {
        open my $file, '<', $path or next;
        push @children, split ' ', <$file> // '';
    }
    return @children;
}

sub tree {
    my ($pid) = @_;
    return ($pid, map { tree($_) } children($pid));
}

# Of the process, all that live below it, and all that have ended below it.
# Read again when a child has ended meanwhile: its time moves to the parent.
sub tree_cpu_seconds {
    my ($pid) = @_;
    my $sum;
    for (1 .. READS_MAX) {
        my (undef, $before) = stat_seconds($pid);
        $sum = tree_cpu_seconds_once($pid);
        my (undef, $after) = stat_seconds($pid);
        last if ($before // 0) == ($after // 0);
    }
    return $sum;
}

sub tree_cpu_seconds_once {
    my ($pid) = @_;
    my $sum = 0;
    for my $each (tree($pid)) {
        my ($own, $ended) = stat_seconds($each);
        $sum += ($own // 0) + ($ended // 0);
    }
    return $sum;
}

sub kib {
    my ($path, $name) = @_;
    open my $file, '<', $path or return 0;
    while (<$file>) { return $1 if /^\Q$name\E:\s+(\d+) kB/ }
    return 0;
}

sub rss_kib { my ($pid) = @_; return kib("/proc/$pid/status", 'VmRSS') }

# Like rss_kib, but pages shared with others count in part.
sub pss_kib { my ($pid) = @_; return kib("/proc/$pid/smaps_rollup", 'Pss') }

1;
