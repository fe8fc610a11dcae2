package BetterStack::Bench::Census;

# Looks at the processes of an installation from time to time, and says what
# each has cost: CPU between the first look and the last, memory then and now.

use strict;
use warnings;

use Time::HiRes qw(time);

use BetterStack::Bench::Proc qw(children cpu_seconds pss_kib rss_kib tree tree_cpu_seconds);
use BetterStack::Bench::Table;

# new(name => pid, ...): nginx is shown process by process, Postgres as one.
sub new {
    my ($class, %pid) = @_;
    my $self = bless {began => time, entry => {}, order => []}, $class;

    my $master = delete $pid{nginx};
    my $n = 0;
    $self->add('nginx master', $master, \&cpu_seconds, \&rss_kib);
    $self->add('nginx worker ' . ++$n, $_, \&cpu_seconds, \&rss_kib)
        for sort { $a <=> $b } children($master);
    $self->add('postgres, all', delete $pid{postgres}, \&tree_cpu_seconds, \&tree_pss_kib);
    $self->add($_, $pid{$_}, \&cpu_seconds, \&rss_kib) for sort keys %pid;

    $self->look;
    return $self;
}

# Pages that Postgres' processes share are counted once.
sub tree_pss_kib {
    my ($pid) = @_;
    my $sum = 0;
    $sum += pss_kib($_) for tree($pid);
    return $sum;
}

sub add {
    my ($self, $name, $pid, $cpu, $memory) = @_;
    push @{$self->{order}}, $name;
    $self->{entry}{$name} = {
        pid => $pid, cpu => $cpu, memory => $memory, cpu_first => $cpu->($pid), peak => 0,
    };
}

sub look {
    my ($self) = @_;
    for my $entry (values %{$self->{entry}}) {
        my $memory = $entry->{memory}->($entry->{pid});
        $entry->{memory_first} //= $memory;
        $entry->{memory_last} = $memory;
        $entry->{peak} = $memory if $memory > $entry->{peak};
    }
    $self->{ended} = time;
}

sub table {
    my ($self) = @_;
    $self->look;
    my $seconds = $self->{ended} - $self->{began};
    my @rows = ['process', 'CPU s', '% of a core', 'first MiB', 'last MiB', 'peak MiB'];
    for my $name (@{$self->{order}}) {
        my $entry = $self->{entry}{$name};
        my $cpu = $entry->{cpu}->($entry->{pid}) - $entry->{cpu_first};
        push @rows, [$name, sprintf('%.2f', $cpu), sprintf('%.1f', 100 * $cpu / $seconds),
            map { sprintf '%.1f', $_ / 1024 } @$entry{qw(memory_first memory_last peak)}];
    }
    return BetterStack::Bench::Table::table(@rows);
}

1;
