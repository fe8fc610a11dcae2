package BetterStack::Standby;

# A second PostgreSQL that follows a stack's by streaming replication; it can
# be held back, killed and promoted.  The stack's own must run with
# `-c wal_level=replica -c max_wal_senders=8`, which is Debian's default.
#
#   my $standby = BetterStack::Standby->new($stack);      # has caught up when it returns
#   $standby->disconnect;     # gets nothing more from the primary
#   $standby->pause;  $standby->resume;                   # gets it, but does not replay it
#   $stack->kill_piece('postgres');  $standby->promote;
#   $standby->sql('select 1');

use strict;
use warnings;

use File::Path qw(make_path);
use POSIX ();

use BetterStack::Observer::Process;
use BetterStack::Stack qw(wait_for);

use constant WAIT_SECONDS => 60;

my $number = 0;

sub new {
    my ($class, $stack) = @_;
    my $home = $stack->state . '/standby' . ++$number;
    my $version = BetterStack::Stack::first_line($stack->state . '/postgres/PG_VERSION');
    my $self = bless {stack => $stack, home => $home, bin => "/usr/lib/postgresql/$version/bin"}, $class;

    my ($uid, $gid) = (stat $stack->state . '/postgres')[4, 5];
    $self->{account} = [$> == 0 ? ('setpriv', "--reuid=$uid", "--regid=$gid", '--init-groups') : ()];
    make_path("$home/run");
    chown $uid, $gid, $home, "$home/run" or die "$home: $!\n";

    $self->run("$self->{bin}/pg_basebackup", '-D', "$home/data", '-R', '-c', 'fast', '-X', 'stream', '--no-sync',
        '-d', $self->primary_conninfo);
    $self->start;
    $self->wait_caught_up;
    return $self;
}

sub sockets { $_[0]{home} . '/run' }
sub primary_conninfo { my ($self) = @_; return 'host=' . $self->{stack}->sockets . ' user=betterstack_admin' }

sub conninfo {
    my ($self, $user) = @_;
    return 'host=' . $self->sockets . ' dbname=betterstack user=' . ($user // 'betterstack_admin');
}

# As the account of the cluster, in a folder that it may enter.
sub run {
    my ($self, @command) = @_;
    my ($status, $output) = BetterStack::Stack::capture('env', '--chdir=/', @{$self->{account}}, @command);
    die "@command: $output" if $status != 0;
    return $output;
}

sub start {
    my ($self) = @_;
    $self->{process} = BetterStack::Observer::Process->start(
        log => $self->{stack}->state . '/log/standby.log',
        command => ['env', '--chdir=/', @{$self->{account}}, "$self->{bin}/postgres", '-D', "$self->{home}/data",
            '-c', 'listen_addresses=', '-c', 'unix_socket_directories=' . $self->sockets, '-c', 'port=5432',
            '-c', 'max_connections=200', '-c', 'hot_standby=on', '-c', 'hot_standby_feedback=on'],
    );
    wait_for(sub { defined eval { $self->sql('select 1') } }, WAIT_SECONDS, 'the standby to answer')
        or die 'the standby does not start: ' . $self->{process}->log_text;
}

sub sql {
    my ($self, $query) = @_;
    my ($status, $output) = BetterStack::Stack::capture('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', $self->conninfo,
        '-c', $query);
    die "psql: $output" if $status != 0;
    chomp $output;
    return $output;
}

# Everything that is committed now can be seen here.
sub wait_caught_up {
    my ($self) = @_;
    my $lsn = $self->{stack}->sql('select pg_current_wal_lsn()');
    wait_for(sub { $self->sql("select pg_last_wal_replay_lsn() >= '$lsn'::pg_lsn") eq 't' },
        WAIT_SECONDS, 'the standby to catch up') or die "the standby does not catch up\n";
}

sub disconnect {
    my ($self) = @_;
    $self->sql("alter system set primary_conninfo = ''");
    $self->sql('select pg_reload_conf()');
    wait_for(sub { $self->sql('select count(*) from pg_stat_wal_receiver') eq '0' },
        WAIT_SECONDS, 'the standby to be cut off') or die "the standby is not cut off\n";
}

sub connect {
    my ($self) = @_;
    $self->sql('alter system reset primary_conninfo');
    $self->sql('select pg_reload_conf()');
}

sub pause { my ($self) = @_; $self->sql('select pg_wal_replay_pause()') }
sub resume { my ($self) = @_; $self->sql('select pg_wal_replay_resume()') }

sub promote {
    my ($self) = @_;
    $self->run("$self->{bin}/pg_ctl", 'promote', '-s', '-D', "$self->{home}/data");
}

sub kill {
    my ($self) = @_;
    $self->{process}->stop('KILL');
}

sub stop {
    my ($self) = @_;
    $self->{process}->stop('INT') if $self->{process};
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop;
}

1;
