package BetterStack::Observer::Process;

# A child process that is gone when its object is.  Its output goes to a log.

use strict;
use warnings;

use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

use constant READY_SECONDS => 20;
use constant EXIT_SECONDS  => 15;
use constant LOOK_SECONDS  => 0.02;

# start(command => [...], log => PATH, env => {...})
sub start {
    my ($class, %how) = @_;
    my $pid = fork // die "cannot fork: $!\n";
    if ($pid == 0) {
        $ENV{$_} = $how{env}{$_} for keys %{$how{env} // {}};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $how{log} or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT;
        exec {$how{command}[0]} @{$how{command}} or POSIX::_exit(127);
    }
    return bless {pid => $pid, owner => $$, log => $how{log}}, $class;
}

sub pid { $_[0]{pid} }

# The first match of the pattern in the log; dies when there is none in time.
sub wait_for_line {
    my ($self, $pattern) = @_;
    my $until = time + READY_SECONDS;
    while (time < $until) {
        my $text = $self->log_text;
        return $1 if $text =~ $pattern;
        die "$self->{log}: the process has ended: $text\n" if !$self->running;
        sleep LOOK_SECONDS;
    }
    die "$self->{log}: nothing like $pattern in " . READY_SECONDS . " s\n";
}

sub log_text {
    my ($self) = @_;
    open my $log, '<', $self->{log} or return '';
    local $/;
    return <$log> // '';
}

sub running {
    my ($self) = @_;
    return 0 if !$self->{pid};
    return 1 if waitpid($self->{pid}, WNOHANG) == 0;
    $self->{status} = $?;
    $self->{pid} = 0;
    return 0;
}

# Asks it to end, insists after EXIT_SECONDS; the wait status.
sub stop {
    my ($self, $signal) = @_;
    return $self->{status} if !$self->running;

    kill $signal // 'TERM', $self->{pid};
    my $until = time + EXIT_SECONDS;
    while ($self->running) {
        kill 'KILL', $self->{pid} if time > $until;
        sleep LOOK_SECONDS;
    }
    return $self->{status};
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop if $self->{pid} && $self->{owner} == $$;
}

1;
