package BetterStack::Agent;

# The agent under test: `check` for once, `run` as a process of its own.
#
#   my ($status, $result) = BetterStack::Agent::check('--timeout', 2, $url);
#   my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url, ...);
#   wait_for(sub { $agent->log =~ /.../ }, 10, 'the line');

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use Test::More ();
use Time::HiRes qw(sleep time);

use BetterStack::Checker;

our @EXPORT_OK = qw(wait_for free_port check check_text);

use constant LOOK_SECONDS => 0.02;
use constant WAIT_SECONDS => 20;
use constant EXIT_SECONDS => 15;
use constant OUTPUT_SECONDS => 120;

my $root = abs_path(dirname(__FILE__) . '/../../../..');
my $binary = BetterStack::Checker::build_dir($root) . '/betterstack-agent';
my $owner = $$;

# True as soon as the condition is; false when the time is over, with a note.
sub wait_for {
    my ($condition, $seconds, $what) = @_;
    my $until = time + ($seconds // WAIT_SECONDS) * BetterStack::Checker::slowness();
    until ($condition->()) {
        if (time > $until) {
            Test::More::diag("waited in vain for $what") if $what;
            return 0;
        }
        sleep LOOK_SECONDS;
    }
    return 1;
}

# A port on which nothing listens now.
sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', ReuseAddr => 1)
        or die "listen: $!\n";
    return $socket->sockport;
}

# (exit status, output, errors) of the agent with these arguments.
sub output {
    my (@arguments) = @_;
    my $dir = tempdir('bs-agent-XXXXXX', DIR => '/tmp', CLEANUP => 1);
    BetterStack::Checker::environment();
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        exec BetterStack::Checker::wrap(), $binary, @arguments or POSIX::_exit(127);
    }
    wait_for(sub { waitpid($pid, WNOHANG) != 0 }, OUTPUT_SECONDS, "agent @arguments")
        or do { CORE::kill 'KILL', $pid; waitpid $pid, 0 };
    my $status = $? & 127 ? "signal " . ($? & 127) : $? >> 8;
    my ($out, $err) = map { slurp("$dir/$_") } qw(out err);
    Test::More::diag($err) if $status =~ /^(?:99|signal)/;
    return ($status, $out, $err);
}

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or return '';
    local $/;
    return <$in> // '';
}

sub check_text { return output('check', @_) }

# The decoded result of one URL; everything local may be probed.
sub check {
    my (@arguments) = @_;
    my ($status, $out, $err) = output('check', '--json', '--allow', '127.0.0.0/8', '--allow',
        '::1', @arguments);
    my $result = eval { decode_json($out) } // {reason => "no JSON: $out$err"};
    return wantarray ? ($status, $result) : $result;
}

# start(hub => URL, redis => URL, state => DIR, token, name, allow, binary, args => [...], env => {...})
sub start {
    my ($class, %how) = @_;
    my $self = bless {how => \%how, dir => tempdir('bs-agent-XXXXXX', DIR => '/tmp', CLEANUP => 1)},
        $class;
    $self->{state} = $how{state} // "$self->{dir}/state";
    $self->begin;
    return $self;
}

# Again; anything may be another than at start().
sub begin {
    my ($self, %more) = @_;
    my %how = (%{$self->{how}}, %more);
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        BetterStack::Checker::environment();
        delete @ENV{grep { /^(?:BETTERSTACK_|WORKER_ID|REGION_NAME)/ } keys %ENV};
        $ENV{BETTERSTACK_HUB} = $how{hub} // 'http://127.0.0.1:1';
        $ENV{BETTERSTACK_TOKEN} = $how{token} // 'bsr_test';
        $ENV{BETTERSTACK_REDIS} = $how{redis} // 'unix:/nonexistent/redis.sock';
        $ENV{BETTERSTACK_STATE} = $self->{state};
        $ENV{BETTERSTACK_ALLOW} = $how{allow} // '127.0.0.0/8 ::1';
        $ENV{WORKER_ID} = $how{name} // 'agent-1';
        $ENV{$_} = $how{env}{$_} for keys %{$how{env} // {}};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec @{$how{before} // []}, BetterStack::Checker::wrap(), $how{binary} // $binary, 'run', '--config', '/dev/null',
            @{$how{args} // []} or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    delete $self->{status};
}

sub state { $_[0]{state} }
sub pid { $_[0]{pid} }
sub log { my ($self) = @_; return slurp("$self->{dir}/log") }

sub running {
    my ($self) = @_;
    return 0 if !$self->{pid};
    return 1 if waitpid($self->{pid}, WNOHANG) == 0;
    $self->{status} = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    $self->{pid} = 0;
    return 0;
}

# The exit status.
sub wait_exit {
    my ($self, $seconds) = @_;
    wait_for(sub { !$self->running }, $seconds // EXIT_SECONDS, 'the agent to end')
        or $self->kill;
    return $self->{status};
}

sub stop {
    my ($self, $signal) = @_;
    return $self->{status} if !$self->running;
    CORE::kill $signal // 'TERM', $self->{pid};
    return $self->wait_exit;
}

sub kill {
    my ($self) = @_;
    return if !$self->running;
    CORE::kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = 0;
    $self->{status} = 'signal 9';
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $owner || !$self->{pid};
    CORE::kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
