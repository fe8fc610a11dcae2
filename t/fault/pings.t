# Pings that wait in Redis, when Redis or Postgres does not let go of them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Stack qw(free_port wait_for);
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use constant SHELF => 'betterstack:pings';

my $stack = BetterStack::Stack->new(agents => 0, workers => 1);

# As a hub that has ended left it: version, digest, what, exit code, time, address, output.
sub record { my ($number) = @_;
    return sprintf '[1,"%s",0,-1,%d000000,"127.0.0.1","%d"]', sha256_hex('hb_nobody'), time - 60, $number }
sub stored_late { return $stack->request('GET', '/metrics')->{content} =~ /^betterstack_pings_stored_late_total (\d+)$/m ? $1 : undef }

$stack->redis('RPUSH', SHELF, map { record($_) } 1 .. 50);
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 0 }, 20), 'what another hub has left is stored';
is stored_late(), 50, 'each once';

# As when the disk of Redis is full: it reads, and writes nothing.
$stack->redis('ACL', 'SETUSER', 'default', '-lrem');
$stack->redis('RPUSH', SHELF, record(51), record(52));
my $before = stored_late();
ok wait_for(sub { stored_late() > $before }, 20), 'Redis does not let go of a ping: it is stored';
sleep 3;
cmp_ok stored_late() - $before, '<=', 4, 'and not again and again without a pause';
$stack->redis('ACL', 'SETUSER', 'default', '+lrem');
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 0 }, 20), 'when it does the next ones follow';


# ---- two hubs, workers that are killed, Postgres away ----

my ($status, $made) = $stack->api('POST', '/api/v2/heartbeats', {name => 'job', period => 3600, grace => 0});
is $status, 201, 'a heartbeat';
my ($path) = $made->{data}{attributes}{url} =~ m{(/api/v1/heartbeat/.*)};

# Another nginx of the same installation: its port, its master.
sub second_hub {
    my ($port, $folder) = (free_port(), $stack->state . '/nginx-2');
    my $conf = BetterStack::Stack::slurp($stack->state . '/nginx/nginx.conf');
    my ($old, $first) = ($stack->port, $stack->state . '/nginx/');
    $conf =~ s/127\.0\.0\.1:$old;/127.0.0.1:$port;/ or die "no port in nginx.conf\n";
    $conf =~ s/\Q$first\E/$folder\//g;
    mkdir $folder or die "$folder: $!\n";
    open my $file, '>', "$folder/nginx.conf" or die "nginx.conf: $!\n";
    print $file $conf;
    close $file;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDERR, '>', '/dev/null';
        exec 'nginx', '-p', $folder, '-c', "$folder/nginx.conf", '-e', $stack->state . '/log/nginx-error.log'
            or POSIX::_exit(127);
    }
    wait_for(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }, 20) or die "no second hub\n";
    return ($port, $pid);
}

my $http = HTTP::Tiny->new(keep_alive => 0, timeout => 30);
sub ping { my ($port, $said) = @_; return $http->post("http://127.0.0.1:$port$path", {content => "said $said"})->{status} }
sub state_of { my ($port) = @_; return ($http->get("http://127.0.0.1:$port/healthz")->{content} // '') =~ /"postgres":\{"state":"(\w+)"/ ? $1 : '' }
sub there { return eval { $stack->sql('select count(*) from betterstack.heartbeat_ping') } }

my ($second_port, $second) = second_hub();
my @ports = ($stack->port, $second_port);
ok wait_for(sub { state_of($second_port) eq 'ready' }, 20), 'a second hub';
is ping($_, 'hello'), 200, 'both take pings' for @ports;
$stack->kill_piece('postgres');
ok wait_for(sub { !grep { state_of($_) eq 'ready' } @ports }, 20), 'both miss Postgres';
is_deeply [map { ping($ports[$_ % 2], $_) } 1 .. 60], [(202) x 60], 'and go on to take them';
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 60 }, 20), 'Redis has those of both';
$stack->start('postgres');

# Whoever stores them is killed in the middle of it; the second hub for good.
ok wait_for(sub { (there() // 0) > 2 }, 30), 'Postgres is back';
kill 'KILL', $stack->workers, children($second), $second;
ok wait_for(sub { (there() // 0) >= 62 }, 40), 'all are stored';
is $stack->sql("select count(distinct output) from betterstack.heartbeat_ping where output ~ '[0-9]'"), 60, 'each of them';
is there(), 62, 'once';
ok wait_for(sub { $stack->redis('LLEN', SHELF) == 0 }, 20), 'and wanted nowhere any more';
waitpid $second, 0;

sub children { my ($parent) = @_; return split ' ', `ps -o pid= --ppid $parent` }

is_deeply [$stack->bad_log_lines(qr/exited on signal 9|address already in use/i)], [], 'nginx has nothing bad to tell';
done_testing;
