package BetterStack::Observer::Proxy;

# The recording proxy (../../../report-proxy) as an object.

use strict;
use warnings;

use File::Basename qw(dirname);

use BetterStack::Observer::Process;

my $program = dirname(__FILE__) . '/../../../report-proxy';

# start(directory, hub port, agent names...)
sub start {
    my ($class, $directory, $hub_port, @names) = @_;
    my $record = "$directory/proxy.record";
    my $process = BetterStack::Observer::Process->start(
        command => [$^X, $program, $hub_port, $record, @names],
        log => "$directory/proxy.log",
    );
    my %port = map { $_ => $process->wait_for_line(qr/^\Q$_\E (\d+)$/m) } @names;
    return bless {process => $process, record => $record, port => \%port}, $class;
}

sub running { $_[0]{process}->running }
sub log_text { $_[0]{process}->log_text }
sub stop { $_[0]{process}->stop }

# What an agent of this name has for its hub.
sub url { my ($self, $name) = @_; return "http://127.0.0.1:$self->{port}{$name}" }

my %fields = (
    ack => [qw(time_us agent monitor slot checked_at status)],
    report => [qw(time_us agent status ticks stored refused)],
    schedule => [qw(time_us agent monitors)],
);

# {ack => [...], report => [...], schedule => [...]}: hashes, in the order the hub answered.
sub recorded {
    my ($self) = @_;
    my %recorded = map { $_ => [] } keys %fields;
    open my $record, '<', $self->{record} or return \%recorded;
    while (my $line = <$record>) {
        last if $line !~ /\n\z/;
        my ($kind, @field) = split ' ', $line;
        my %entry;
        @entry{@{$fields{$kind}}} = @field;
        push @{$recorded{$kind}}, \%entry;
    }
    return \%recorded;
}

1;
