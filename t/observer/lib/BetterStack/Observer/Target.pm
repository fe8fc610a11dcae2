package BetterStack::Observer::Target;

# The target server (../../../target.c) as an object: built when it is older
# than its source, started on a free port, its record read back.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(make_path);

use BetterStack::Observer::Process;

my $source = dirname(__FILE__) . '/../../../target.c';
my $binary = dirname(__FILE__) . '/../../../../../build/observer/target';

sub build {
    return if -e $binary && (stat $binary)[9] >= (stat $source)[9];
    make_path(dirname $binary);
    my $fresh = "$binary.$$";
    system('cc', '-O2', '-g', '-Wall', '-Wextra', '-o', $fresh, $source) == 0
        or die "cannot compile $source\n";
    rename $fresh, $binary or die "$binary: $!\n";
}

sub start {
    my ($class, $directory) = @_;
    build();
    my $self = bless {directory => $directory, record => "$directory/target.record"}, $class;
    $self->start_again;
    return $self;
}

# After stop(): on the port it had, the record goes on.
sub start_again {
    my ($self) = @_;
    my $log = "$self->{directory}/target.log";
    unlink $log;
    $self->{process} = BetterStack::Observer::Process->start(
        command => [$binary, $self->{record}, $self->{port} // ()], log => $log,
    );
    $self->{port} = $self->{process}->wait_for_line(qr/^port (\d+)$/m);
}

sub port { $_[0]{port} }
sub pid { $_[0]{process}->pid }
sub url { my ($self, $number) = @_; return "http://127.0.0.1:$self->{port}/m/$number" }
sub unrecorded_url { my ($self) = @_; return "http://127.0.0.1:$self->{port}/" }
sub stop { $_[0]{process}->stop }

# {number => [microseconds, ...]}, ascending; only what came since the last call.
sub take_requests {
    my ($self) = @_;
    open my $record, '<', $self->{record} or return {};
    seek $record, $self->{taken} // 0, 0;

    my %requests;
    while (my $line = <$record>) {
        last if $line !~ /\n\z/;    # its rest is not written yet
        $self->{taken} = tell $record;
        my ($number, $time_us) = split ' ', $line;
        push @{$requests{$number}}, $time_us;
    }
    return \%requests;
}

1;
