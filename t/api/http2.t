# Many requests on one HTTP/2 connection that is cut, and slow readers of events
# in a flood of them: what is still on its way out must outlive its request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use BetterStack::Client;
use BetterStack::Stack qw(wait_for free_port);

plan skip_all => 'curl without HTTP/2' if `curl --version` !~ /HTTP2/;

my $port = free_port();
my $tls = File::Temp->newdir('bs-tls-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp');
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
    . "-keyout $tls/key -out $tls/certificate 2>/dev/null") == 0 or die "openssl\n";
my $stack = BetterStack::Stack->new(agents => 0, nginx_server => "listen 127.0.0.1:$port ssl http2; "
    . "ssl_certificate $tls/certificate; ssl_certificate_key $tls/key;");

my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann')->program;
$ann->post('/api/v2/monitors', {url => 'http://x.example/', monitor_type => 'status'}) for 1 .. 50;
my $team = $stack->sql(q{select max(team_id) from betterstack.membership});
my $base = "https://127.0.0.1:$port/api/v2";
my @workers = sort $stack->workers;

sub curl {
    my (@arguments) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    exec 'curl', '-sk', '--http2', '--noproxy', '*', '-H', "Authorization: Bearer $ann->{token}", @arguments
        or POSIX::_exit(1);
}

sub cut {
    my (@pids) = @_;
    kill 'KILL', @pids;
    waitpid $_, 0 for @pids;
}

for my $round (1 .. 15) {
    my $pid = curl('-Z', '--parallel-max', 80,
        map { ("$base/monitors?per_page=50&page=$_", "$base/me", "$base/monitors/$_", "$base/monitors/$_/ticks") } 1 .. 30);
    sleep 0.03 + 0.02 * ($round % 8);    # somewhere in the middle
    cut($pid);
}
is +($ann->get('/api/v2/me'))[0], 200, 'others are served';
is_deeply [sort $stack->workers], \@workers, 'by the same workers';

for my $round (1 .. 4) {
    my @pids = map { curl('-N', '--limit-rate', '2k', "$base/events") } 1 .. 8;
    wait_for(sub { $stack->redis('PUBSUB', 'NUMSUB', "betterstack:events:$team") =~ /(\d+)$/ && $1 > 0 }, 10);
    $stack->redis('PUBLISH', "betterstack:events:$team", '{"x":"' . 'y' x 40_000 . '"}') for 1 .. 30;
    $stack->reload if $round % 2;
    cut(@pids);
}
is +($ann->get('/api/v2/me'))[0], 200, 'others are served';
ok wait_for(sub { $stack->request('GET', '/metrics')->{content} =~ /^betterstack_live_streams 0$/m }, 60),
    'nothing is left of the streams';

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';
unlike $stack->log_text('nginx-error'), qr/exited on signal|open socket/, 'no worker died, no socket was left';

done_testing;
