# Urgent jobs: what a committed report suspects is looked at elsewhere at once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Jobs;
use BetterStack::News;
use BetterStack::Stack qw(wait_for);
use BetterStack::Wire qw(pack_report tick);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

my $stack = BetterStack::Stack->new(regions => 'local-a local-b local-c', agents => 0, workers => 2);
my $jobs = BetterStack::Jobs->new($stack);
my $monitor = $jobs->add(check_frequency => 3600);
my $slot = BetterStack::Jobs::now_ms();

sub metric { return BetterStack::News::metric($stack, @_) }
sub body { return pack_report([tick($monitor, $slot += 1000, @_)]) }
sub down { return body(status => 3, reason => 10) }

sub headers {
    my ($region) = @_;
    return {'Content-Type' => 'application/msgpack',
        Authorization => 'Bearer ' . $stack->region_token($region // 'local-a')};
}

sub post {
    my ($content, $region) = @_;
    return $stack->request('POST', '/agent/v1/report', {headers => headers($region), content => $content})->{status};
}

# As an agent that does not wait for the answer.
sub send_only {
    my ($content) = @_;
    my %header = (Host => 'localhost', 'Content-Length' => length $content, %{headers()});
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $stack->port) or die "hub: $!\n";
    print $socket "POST /agent/v1/report HTTP/1.1\r\n", map({ "$_: $header{$_}\r\n" } keys %header), "\r\n", $content;
    $socket->flush;
    return $socket;
}

# ---- with the verdict ----

# Of a monitor of its own, as everywhere else it is up.
my $judged = $jobs->add(check_frequency => 3600);
sub judged { return urgent($_[0], $judged) }
sub seen { my ($region, %as) = @_; return post(pack_report([tick($judged, BetterStack::Jobs::now_ms(), %as)]), $region) }
sub status { return ($stack->api('GET', "/api/v2/monitors/$judged"))[1]{data}{attributes}{status} }

seen($_) for qw(local-a local-b local-c);
is status(), 'up', 'three regions see it up';
is_deeply [map { judged($_) } qw(local-a local-b local-c)], [], 'which leads to no urgent job';
my $suspected = time;
seen('local-a', status => 3, reason => 10);
ok wait_for(sub { judged('local-b') && judged('local-c') }, 10), 'one sees it down: the others are asked';
cmp_ok time - $suspected, '<', 1 * BetterStack::Checker::slowness(), 'within a second';
is scalar(judged('local-a')), 0, 'but not the one that saw it';
is status(), 'suspect', 'until then it is suspect';
my ($asked) = judged('local-b');
cmp_ok abs($asked->{slot} - BetterStack::Jobs::now_ms()), '<', 10_000 * BetterStack::Checker::slowness(), 'their slot is now';
cmp_ok $asked->{expires}, '>', $asked->{slot}, 'and worth a while';
is $asked->{spec}{url}, 'http://127.0.0.1:1/', 'they are told what to probe';
seen('local-c', status => 3, reason => 10);
is status(), 'down', 'a second one sees it: down';
seen($_, status => 3, reason => 10) for qw(local-a local-b);
is_deeply [map { scalar judged($_) } qw(local-a local-b local-c)], [0, 1, 1], 'and nobody is asked any more';

# ---- with rows of our own ----

# A sweep would take them before the report does.
BetterStack::News::sweep($stack, 'return;');
BetterStack::News::report($stack);
my $seen = metric('urgent_jobs_published');
sub urgent { return grep { $_->{urgent} && $_->{monitor} == ($_[1] // $monitor) } @{$jobs->jobs($_[0])} }

# Another one, of another report; 0.
sub again {
    my ($region) = @_;
    BetterStack::News::tell($stack, $region, $monitor);
    post(down());
    return 0;
}

# Without the row there is no job.
is post(body()), 200, 'a report that is up';
is post(down()), 200, 'and one that is down, of which nothing is suspected';
is_deeply [map { urgent($_) } qw(local-a local-b local-c)], [], 'lead to no urgent job';

# With it there is one, in its region, as the row says.
BetterStack::News::tell($stack, 'local-b', $monitor);
my ($row_slot, $row_expires) = split /\|/, $stack->sql('select confirm_slot, confirm_expires from public.news');
my $began = time;
is post(down()), 200, 'a report that makes a suspicion';
ok wait_for(sub { urgent('local-b') }, 10), 'leads to an urgent job elsewhere';
cmp_ok time - $began, '<', 1 * BetterStack::Checker::slowness(), 'within a second';
my ($job) = urgent('local-b');
is $job->{monitor}, $monitor, 'for the monitor';
is_deeply [@$job{qw(slot expires)}], [$row_slot, $row_expires], 'with its slot and end';
is_deeply $job->{spec}, {type => 'status'}, 'and what to probe';
is_deeply [map { urgent($_) } qw(local-a local-c)], [], 'nowhere else';
is metric('urgent_jobs_published'), $seen + 1, 'it is counted';

# An agent that goes away before the answer has its report committed, and what follows.
BetterStack::News::report($stack, 'perform pg_sleep(1);');
BetterStack::News::tell($stack, 'local-c', $monitor);
my $socket = send_only(down());
ok wait_for(sub { $stack->sql("select count(*) from pg_stat_activity where state = 'active' and query ~ 'ingest.report'"
    . ' and pid <> pg_backend_pid()') }, 10), 'a report is under way';
close $socket;
ok wait_for(sub { urgent('local-c') }, 10), 'its agent goes, and its urgent jobs come all the same';

# The worker that would publish dies.  The report may be lost with it or not; the next one counts.
BetterStack::News::tell($stack, 'local-a', $monitor);
$socket = send_only(down());
wait_for(sub { $stack->sql("select count(*) from pg_stat_activity where state = 'active' and query ~ 'ingest.report'"
    . ' and pid <> pg_backend_pid()') }, 10);
my @workers = $stack->workers;
kill 'KILL', @workers;
ok wait_for(sub { my %old = map { $_ => 1 } @workers; my @now = $stack->workers; @now == @workers && !grep { $old{$_} } @now }, 20),
    'workers die and are replaced';
BetterStack::News::report($stack);
BetterStack::News::tell($stack, 'local-a', $monitor);
ok wait_for(sub { post(down()) == 200 }, 20), 'others take the next report';
# A worker that has just begun may have no Redis yet: what it cannot publish it counts, and there is more.
ok wait_for(sub { urgent('local-a') || again('local-a') }, 20), 'and publish what it leads to';

# Redis away: reports are taken, jobs are counted.
$stack->kill_piece('redis');
my $failed = metric('urgent_jobs_failed');
BetterStack::News::tell($stack, 'local-b', $monitor, 3);
is post(down()), 200, 'without Redis reports are taken';
ok wait_for(sub { metric('urgent_jobs_failed') == $failed + 3 }, 10), 'and what cannot be published is counted';
like $stack->log_text('nginx-error'), qr/an urgent job was not published: Redis/, 'and told of';
$stack->start('redis');
$jobs->forget;
ok wait_for(sub { eval { $jobs->redis('PING') } && $jobs->holder }, 20), 'Redis is back';
BetterStack::News::tell($stack, 'local-c', $monitor);
my $before = urgent('local-c');
ok wait_for(sub { again('local-c'); urgent('local-c') > $before }, 20), 'and with it urgent jobs';

# Rows that are no jobs, and too many of them.
my $published = metric('urgent_jobs_published');
$failed = metric('urgent_jobs_failed');
$stack->sql("insert into public.news values (null, null, repeat('x', 100), 1, 1, 1, '\\x80'),"
    . " (null, null, 'local-a', -1, 1, 1, '\\x80'), (null, null, 'local-a', 1, null, 1, '\\x80'),"
    . " (null, null, 'local-a', 1, 1, 1, ''), (null, null, null, 1, 1, 1, null),"
    . " (null, null, 'local-a', 1, 1, 1, convert_to(repeat('x', 70000), 'UTF8'))");
is post(down()), 200, 'rows that make no sense';
ok wait_for(sub { metric('urgent_jobs_failed') == $failed + 6 }, 10), 'are left out and counted';
BetterStack::News::tell($stack, 'local-b', $monitor, 2500);
is post(down()), 200, 'more than may be published at once';
ok wait_for(sub { metric('urgent_jobs_published') == $published + 2000 }, 20), 'are cut';
is metric('urgent_jobs_refused'), 500, 'and the rest is counted';

is_deeply [$stack->bad_log_lines(qr/exited on signal 9/)], [], 'nginx has nothing bad to tell';
done_testing;
