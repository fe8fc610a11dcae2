package BetterStack::Agent::Redis;

# A private Redis on a Unix socket, and a connection to it.
#
#   my $redis = BetterStack::Agent::Redis->new;
#   $redis->url;  $redis->command('GET', 'key');  $redis->kill;  $redis->start;

use strict;
use warnings;

use BetterStack::Agent qw(wait_for);
use File::Temp qw(tempdir);
use IO::Socket::UNIX;
use POSIX ();

my $owner = $$;

sub new {
    my ($class, %how) = @_;
    my $self = bless {dir => tempdir('bs-redis-XXXXXX', DIR => '/tmp', CLEANUP => 1), options => $how{options} // []},
        $class;
    $self->start;
    return $self;
}

sub socket_path { return "$_[0]{dir}/redis.sock" }
sub url { my ($self) = @_; return 'unix:' . $self->socket_path }

sub start {
    my ($self) = @_;
    unlink $self->socket_path;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', '--port', 0, '--unixsocket', $self->socket_path, '--save', '', '--appendonly', 'no',
            '--dir', $self->{dir}, @{$self->{options}} or POSIX::_exit(127);
    }
    wait_for(sub { eval { $self->command('PING') eq 'PONG' } }, 10, 'redis-server') or die "redis-server\n";
}

# As kill -9, with all data.
sub kill {
    my ($self) = @_;
    return if !$self->{pid};
    CORE::kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    delete @$self{qw(pid connection)};
}

# Neither dead nor alive: connections are accepted, nothing is answered.
sub freeze { CORE::kill 'STOP', $_[0]{pid} }
sub thaw { CORE::kill 'CONT', $_[0]{pid} }

sub command {
    my ($self, @words) = @_;
    my $connection = $self->{connection} //= IO::Socket::UNIX->new(Peer => $self->socket_path)
        or die "redis: $!\n";
    binmode $connection;
    syswrite $connection, join '', '*' . @words . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @words;
    return read_reply($connection);
}

sub read_reply {
    my ($in) = @_;
    my $line = <$in> // die "redis: connection lost\n";
    my ($type, $rest) = $line =~ /^(.)(.*)\r\n$/ or die "redis: $line";
    return $rest if $type eq '+' || $type eq ':';
    die "redis: $rest\n" if $type eq '-';
    return if $rest == -1;
    return [map { scalar read_reply($in) } 1 .. $rest] if $type eq '*';
    read $in, my $bytes, $rest + 2;
    return substr $bytes, 0, $rest;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $owner || !$self->{pid};
    CORE::kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
