package BetterStack::Sentinel;

# Two Redis on ports of loopback, the second a replica of the first, and
# optionally a Sentinel that promotes whoever is left.
#
#   my $redis = BetterStack::Sentinel->start(sentinel => 1);
#   $redis->url;                # redis://127.0.0.1:A,127.0.0.1:B/0
#   $redis->kill(0);  $redis->wait_primary(1);  $redis->run(0);
#   $redis->command(1, 'REPLICAOF', 'NO', 'ONE');

use strict;
use warnings;

use File::Temp qw(tempdir);

use BetterStack::Observer::Process;
use BetterStack::Stack qw(wait_for free_port);

use constant DOWN_AFTER_MS => 1000;
use constant WAIT_SECONDS  => 60;

sub start {
    my ($class, %how) = @_;
    my $self = bless {
        program => $how{program} // 'redis-server', ports => [free_port(), free_port()],
        home => tempdir('bs-sentinel-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp', CLEANUP => 1),
    }, $class;
    $self->run(0);
    $self->run(1);
    $self->command(1, 'REPLICAOF', '127.0.0.1', $self->{ports}[0]);
    wait_for(sub { $self->command(1, 'INFO', 'replication') =~ /master_link_status:up/ }, WAIT_SECONDS)
        or die "the replica does not follow\n";
    $self->watch if $how{sentinel};
    return $self;
}

sub url { my ($self) = @_; return 'redis://' . join(',', map { "127.0.0.1:$_" } @{$self->{ports}}) . '/0' }

# Starts that one; as a primary, until somebody says otherwise.
sub run {
    my ($self, $i) = @_;
    mkdir "$self->{home}/$i";
    $self->{process}[$i] = BetterStack::Observer::Process->start(
        log => "$self->{home}/$i.log",
        command => [$self->{program}, '--port', $self->{ports}[$i], '--bind', '127.0.0.1', '--save', '',
            '--appendonly', 'no', '--dir', "$self->{home}/$i", '--repl-diskless-sync-delay', '0'],
    );
    wait_for(sub { $self->command($i, 'PING') =~ /PONG/ }, WAIT_SECONDS) or die "Redis does not start\n";
}

sub watch {
    my ($self) = @_;
    my $port = $self->{sentinel_port} = free_port();
    open my $conf, '>', "$self->{home}/sentinel.conf" or die "sentinel.conf: $!\n";
    print $conf <<~CONF;
        port $port
        bind 127.0.0.1
        dir $self->{home}
        sentinel monitor betterstack 127.0.0.1 $self->{ports}[0] 1
        sentinel down-after-milliseconds betterstack ${\ DOWN_AFTER_MS}
        sentinel failover-timeout betterstack 10000
        CONF
    close $conf;
    $self->{sentinel} = BetterStack::Observer::Process->start(
        log => "$self->{home}/sentinel.log",
        command => [$self->{program}, "$self->{home}/sentinel.conf", '--sentinel'],
    );
    wait_for(sub { $self->ask($port, 'SENTINEL', 'REPLICAS', 'betterstack') =~ /\b$self->{ports}[1]\b/ },
        WAIT_SECONDS) or die "Sentinel does not see the replica\n";
}

sub ask {
    my ($self, $port, @command) = @_;
    return (BetterStack::Stack::capture('redis-cli', '-p', $port, @command))[1];
}

sub command { my ($self, $i, @command) = @_; return $self->ask($self->{ports}[$i], @command) }
sub role { my ($self, $i) = @_; return $self->command($i, 'ROLE') =~ /^(\w+)/ ? $1 : '' }

sub wait_role {
    my ($self, $i, $role) = @_;
    return wait_for(sub { $self->role($i) eq $role }, WAIT_SECONDS, "server $i to be $role");
}

# How many connections of hubs are there.
sub hubs {
    my ($self, $i) = @_;
    return scalar(() = $self->command($i, 'CLIENT', 'LIST') =~ /name=betterstack-hub/g);
}

sub kill { my ($self, $i) = @_; $self->{process}[$i]->stop('KILL') }

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $_->stop('KILL') for grep { defined } $self->{sentinel}, @{$self->{process} // []};
}

1;
