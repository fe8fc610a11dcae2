package BetterStack::Agent::Node;

# A server that is a script for Node: it prints "port N" once it listens.
#
#   my $server = BetterStack::Agent::Node->start('/path/server.mjs', @arguments);
#   $server->port

use strict;
use warnings;

use BetterStack::Agent qw(wait_for);
use File::Temp qw(tempdir);
use POSIX ();

sub start {
    my ($class, $script, @arguments) = @_;
    my $dir = tempdir('bs-node-XXXXXX', DIR => '/tmp', CLEANUP => 1);
    my $self = bless {dir => $dir, owner => $$}, $class;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec 'node', $script, @arguments or POSIX::_exit(127);
    }
    wait_for(sub { $self->output =~ /^port (\d+)$/m ? $self->{port} = $1 : 0 }, 20, $script) or die $self->output;
    return $self;
}

sub port { $_[0]{port} }
sub output { return BetterStack::Agent::slurp("$_[0]{dir}/out") }

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $self->{owner} || !$self->{pid};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
