package BetterStack::Stack;

# A private installation for one test: PostgreSQL, Redis, nginx with the
# module and agents, in a folder of its own and on a free port.  tools/stack
# starts it, so what tests run is what `make run` runs.  It is gone when the
# object is, however the test ends; when the test has failed, the ends of its
# logs are told first.
#
#   my $stack = BetterStack::Stack->new(regions => 'local-a local-b');
#   $stack->sql('select count(*) from betterstack.monitor');
#   my ($status, $body) = $stack->api('GET', '/api/v2/monitors');
#   $stack->kill_piece('redis');  $stack->start('redis');
#   wait_for(sub { ... }, 10, 'the agent to notice') or ...;

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA;
use Exporter 'import';
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Find ();
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Test::Builder;
use Time::HiRes qw(sleep time);

use BetterStack::Checker;

our @EXPORT_OK = qw(wait_for free_port);

use constant LOOK_SECONDS  => 0.05;
use constant HTTP_SECONDS  => 30;
use constant LOG_LINES     => 15;
use constant FINDING_LINES => 80;

my $root = abs_path(dirname(__FILE__) . '/../../..');
my $build = BetterStack::Checker::build_dir($root);
my @running;
my $findings_seen = 0;

# Knobs, all optional:
#   regions 'a b' (none)    agents 0|1 (1)    account 0|1 (1)    hub 0|1 (1)
#   workers N (2)           connections N (1)
#   healthy 0|1 (1): whether to wait until the hub says that it is healthy
#   nginx_main, nginx_http, nginx_server, agent_conf: more lines of configuration
#   env {NAME => VALUE}: for everything that is started
#   start 0: only prepares; call up() later
sub new {
    my ($class, %knob) = @_;
    my $state = tempdir('bs-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp');
    chmod 0755, $state;    # PostgreSQL may run as another account
    my $self = bless {
        state => $state, port => $knob{port} // free_port(), knob => \%knob, owner => $$,
    }, $class;
    push @running, $self;
    $self->up if $knob{start} // 1;
    return $self;
}

sub state { $_[0]{state} }
sub postgres_host { my ($self, $host) = @_; $self->{postgres_host} = $host }
sub port { $_[0]{port} }
sub build { $build }
sub root { $root }
sub url { my ($self, $path) = @_; return "http://127.0.0.1:$self->{port}" . ($path // '') }
sub sockets { my ($self) = @_; return readlink("$self->{state}/run") // "$self->{state}/run" }
sub redis_url { my ($self) = @_; return 'unix:' . $self->sockets . '/redis.sock' }
sub agent_binary { return "$build/betterstack-agent" }
sub module { return "$build/ngx_betterstack_module.so" }

# Of the administrator's team; and of a region.
sub token { my ($self) = @_; return $self->{token} //= first_line("$self->{state}/admin-token") }
sub password { my ($self) = @_; return first_line("$self->{state}/admin-password") }
sub region_token { my ($self, $slug) = @_; return first_line("$self->{state}/agent-$slug.token") }

# As a superuser: unaligned, columns separated by '|'.  With a standby beside the
# stack's own server, `postgres_host` names both, and what is asked is the primary.
sub conninfo {
    my ($self, $user) = @_;
    return 'host=' . ($self->{postgres_host} // $self->sockets) . ' dbname=betterstack user=' . ($user // 'betterstack_admin');
}

sub sql {
    my ($self, $query, $user) = @_;
    my ($status, $output) = capture('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1',
        $self->conninfo($user), '-c', $query);
    die "psql: $output" if $status != 0;
    chomp $output;
    return $output;
}

sub redis {
    my ($self, @command) = @_;
    my ($status, $output) = capture('redis-cli', '-s', $self->sockets . '/redis.sock', @command);
    die "redis-cli: $output" if $status != 0;
    chomp $output;
    return $output;
}

# ---- requests ----

# {status, reason, headers, content} of HTTP::Tiny; a connection for each.
sub request {
    my ($self, $method, $path, $options) = @_;
    my $client = HTTP::Tiny->new(keep_alive => 0, max_redirect => 0,
        timeout => HTTP_SECONDS * BetterStack::Checker::slowness());
    return $client->request($method, $self->url($path), $options // {});
}

# (status, decoded body or undef) as the administrator, or with `token`.
sub api {
    my ($self, $method, $path, $body, $token) = @_;
    my %headers = (Authorization => 'Bearer ' . ($token // $self->token));
    $headers{'Content-Type'} = 'application/json' if defined $body;
    my $reply = $self->request($method, $path, {
        headers => \%headers, defined $body ? (content => encode_json($body)) : (),
    });
    my $data = length $reply->{content} ? eval { decode_json($reply->{content}) } : undef;
    return ($reply->{status}, $data // $reply->{content});
}

sub health {
    my ($self) = @_;
    return eval { decode_json($self->request('GET', '/healthz')->{content}) } // {};
}

# ---- pieces: postgres, redis, nginx, agent-REGION ----

sub up { my ($self) = @_; $self->stack('up'); return $self }
sub start { my ($self, @pieces) = @_; $self->stack('start', @pieces) }
sub stop { my ($self, @pieces) = @_; $self->stack('stop', @pieces) }
sub restart { my ($self, @pieces) = @_; $self->stack('restart', @pieces) }

sub pid {
    my ($self, $piece) = @_;
    return first_line("$self->{state}/pid/$piece.pid");
}

# (name => pid, ...) of all pieces.
sub processes {
    my ($self) = @_;
    return map { m{([^/]+)\.pid$} ? ($1 => $self->pid($1)) : () } glob "$self->{state}/pid/*.pid";
}

# -9 unless told; returns when the process is gone.
sub kill_piece {
    my ($self, $piece, $signal) = @_;
    my $pid = $self->pid($piece);
    kill $signal // 'KILL', $pid or die "kill $piece: $!\n";
    wait_for(sub { !is_running($pid) }, 20) or die "$piece does not end\n";
}

# Pids of the nginx workers that are not on their way out; under valgrind,
# where nginx cannot change its title, of all.
sub workers {
    my ($self) = @_;
    my $titled = !BetterStack::Checker::valgrind();
    my $master = $self->pid('nginx');
    my @pids;
    for my $file (glob '/proc/[0-9]*/stat') {
        my $stat = first_line($file) // next;
        my ($pid, $parent) = $stat =~ /^(\d+) \(.*\) \S (\d+)/s or next;
        next if $parent != $master;
        my $title = first_line("/proc/$pid/cmdline") // '';
        next if $titled && ($title !~ /worker process/ || $title =~ /shutting down/);
        push @pids, $pid;
    }
    return @pids;
}

# Reloads nginx; returns when new workers serve. `conf` changes nginx.conf.
sub reload {
    my ($self, $change) = @_;
    my %old = map { $_ => 1 } $self->workers;
    my $file = "$self->{state}/nginx/nginx.conf";
    if ($change) {
        local $_ = slurp($file);
        $change->();
        open my $conf, '>', $file or die "$file: $!\n";
        print $conf $_;
        close $conf;
    }
    kill 'HUP', $self->pid('nginx');
    wait_for(sub {
        my @now = $self->workers;
        return @now && !grep { $old{$_} } @now;
    }, 20) or die "nginx did not reload\n";
}

# The text of a log: nginx-error, nginx-access, postgres, redis, agent-REGION.
sub log_text { my ($self, $name) = @_; return slurp("$self->{state}/log/$name.log") // '' }

# Lines of nginx that no test expects, unless they match `except`.
sub bad_log_lines {
    my ($self, $except) = @_;
    my @bad = grep { /\[(alert|emerg|crit)\]|exited with code [1-9]/ } split /\n/, $self->log_text('nginx-error');
    return grep { !$except || $_ !~ $except } @bad;
}

# ---- waiting and the like ----

# True as soon as the condition is; its last value when `seconds` are over.
# Under valgrind and sanitizers the bound is longer.
sub wait_for {
    my ($condition, $seconds, $what) = @_;
    my $until = time + ($seconds // 20) * BetterStack::Checker::slowness();
    while (1) {
        my $value = $condition->();
        return $value if $value;
        if (time > $until) {
            Test::Builder->new->diag("waited in vain for $what") if defined $what;
            return $value;
        }
        sleep LOOK_SECONDS;
    }
}

sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', ReuseAddr => 1)
        or die "no free port: $!\n";
    return $socket->sockport;
}

sub slurp {
    my ($file) = @_;
    open my $handle, '<', $file or return undef;
    local $/;
    return scalar <$handle>;
}

sub first_line {
    my ($file) = @_;
    open my $handle, '<', $file or return undef;
    my $line = <$handle> // '';
    chomp $line;
    return $line;
}

sub is_running {
    my ($pid) = @_;
    my $stat = first_line("/proc/$pid/stat") // return 0;
    return $stat !~ /\) Z /;
}

# (status, output and errors) of a command, without a shell.
sub capture {
    my (@command) = @_;
    my $pid = open(my $pipe, '-|') // die "cannot fork: $!\n";
    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<', '/dev/null';
        exec {$command[0]} @command or POSIX::_exit(127);
    }
    local $/;
    my $output = <$pipe> // '';
    close $pipe;
    return ($? >> 8 || $? & 127, $output);
}

# ---- tools/stack ----

sub environment {
    my ($self) = @_;
    my $knob = $self->{knob};
    my $findings = "$self->{state}/log/findings";
    BetterStack::Checker::environment($findings);
    my $wrap = join ' ', BetterStack::Checker::wrap($findings);
    return (
        %ENV,
        STATE => $self->{state}, PORT => $self->{port}, BUILD => $build,
        REGIONS => $knob->{regions} // '', WORKERS => $knob->{workers} // 2,
        STACK_AGENTS => yes($knob->{agents}), STACK_ACCOUNT => yes($knob->{account}),
        STACK_HUB => yes($knob->{hub}), STACK_HEALTHY => yes($knob->{healthy}),
        STACK_CONNECTIONS => $knob->{connections} // 1,
        STACK_NGINX_MAIN => $knob->{nginx_main} // '', STACK_NGINX_HTTP => $knob->{nginx_http} // '',
        STACK_NGINX_SERVER => $knob->{nginx_server} // '',
        STACK_AGENT_CONF => $knob->{agent_conf} // '',
        STACK_POSTGRES => '-c fsync=off -c full_page_writes=off ' . ($knob->{postgres} // ''),
        STACK_WRAP_NGINX => join(' ', nginx_preload(), $wrap), STACK_WRAP_AGENT => $wrap,
        STACK_PATIENCE => BetterStack::Checker::slowness(),
        %{$knob->{env} // {}},
    );
}

# What to put before Debian's nginx: it knows nothing of ASan by itself.
sub nginx_preload {
    my @libraries = BetterStack::Checker::preload($build);
    return @libraries ? ('env', 'LD_PRELOAD=' . join ':', @libraries) : ();
}

sub yes { my ($flag) = @_; return $flag // 1 ? 'yes' : 'no' }

sub stack {
    my ($self, @command) = @_;
    local %ENV = $self->environment;
    local $ENV{STACK_TEMPLATE} = cluster_template();
    my ($status, $output) = capture("$root/tools/stack", @command);
    die "tools/stack @command failed:\n$output" if $status != 0;
    return $output;
}

# An initialised and migrated cluster for this state of sql/, made once.
sub cluster_template {
    my $digest = Digest::SHA->new(256);
    my @files;
    File::Find::find({wanted => sub { push @files, $_ if -f }, no_chdir => 1}, "$root/sql");
    $digest->add("$_\0", slurp($_)) for sort @files;
    my $template = "$build/cluster/$>-" . substr $digest->hexdigest, 0, 16;
    return $template if -d $template;

    make_path("$build/cluster");
    open my $lock, '>', "$build/cluster/.lock" or die "$build/cluster/.lock: $!\n";
    flock $lock, LOCK_EX;
    return $template if -d $template;
    remove_tree($_) for grep { -d } glob "$build/cluster/$>-*";
    local $ENV{BUILD} = $build;
    my ($status, $output) = capture("$root/tools/stack", 'template', $template);
    die "tools/stack template failed:\n$output" if $status != 0;
    return $template;
}

# ---- the end ----

# Files in which sanitizers and valgrind tell of something that may be ours.
sub findings {
    my ($self) = @_;
    return grep { BetterStack::Checker::is_finding(slurp($_) // '') }
        glob "$self->{state}/log/findings.*";
}

sub tell_end_of {
    my ($most, @files) = @_;
    my $tell = Test::Builder->new;
    for my $file (@files) {
        my @lines = split /\n/, slurp($file) // '';
        splice @lines, 0, @lines - $most if @lines > $most;
        $tell->diag("--- $file") if @lines;
        $tell->diag($_) for @lines;
    }
}

# Ends all pieces; a finding of a checker in any of them fails the test.
sub down {
    my ($self) = @_;
    return if $self->{gone} || $self->{owner} != $$;
    $self->{gone} = 1;
    tell_end_of(LOG_LINES, glob "$self->{state}/log/*.log")
        if $self->{died} || !Test::Builder->new->is_passing;
    eval { $self->stack('down'); 1 } or Test::Builder->new->diag($@);
    if ($self->findings) {
        tell_end_of(FINDING_LINES, $self->findings);
        $findings_seen = 1;
    }
    @running = grep { defined && $_ != $self } @running;
    remove_tree($self->{state}) if !$ENV{KEEP_STATE};
}

sub DESTROY {
    my ($self) = @_;
    local ($@, $!, $?);
    $self->down;
}

# Signals end the test as exit() does, so that END runs.
$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);

END {
    my $status = $?;
    for my $stack (@running) {
        $stack->{died} = $status != 0;
        $stack->down;
    }
    $? = $status || ($findings_seen ? 99 : 0);
}

1;
