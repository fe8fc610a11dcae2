# Pings of heartbeats: taken whatever is away, stored in order and once.  What
# a ping means is SQL's; here it is written into a table.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Stack qw(wait_for);
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;

my $stack = BetterStack::Stack->new(agents => 0, workers => 2);
my $path = '/api/v1/heartbeat/';

sub ping {
    my ($what, $content, $method) = @_;
    my $options = defined $content ? {content => $content} : {};
    return $stack->request($method // (defined $content ? 'POST' : 'GET'), "$path$what", $options);
}

sub status { return ping(@_)->{status} }
sub column { my ($column, $where) = @_; return [split /\n/, $stack->sql("select $column from public.ping "
    . ($where ? "where $where " : '') . 'order by id')] }
sub count { return $stack->sql('select count(*) from public.ping') }
sub forget { $stack->sql('truncate public.ping') }
sub is_there { return eval { $stack->sql('select 1') } }
sub metric { return $stack->request('GET', '/metrics')->{content} =~ /^betterstack_$_[0]_total (\d+)$/m ? $1 : undef }
sub postgres_away {
    $stack->kill_piece('postgres');
    wait_for(sub { ($stack->health->{postgres}{state} // '') ne 'ready' }, 20);
}

is status('hb_nobody'), 404, 'nobody knows a token that nobody made';

sub answer_with {
    my ($body) = @_;
    $stack->sql(<<"SQL");
create table if not exists public.ping (id serial, digest bytea, what text, exit_code integer, output text,
    address text, at timestamptz, unique (digest, at, what));
grant all on public.ping, public.ping_id_seq to betterstack_owner;
create or replace function api.heartbeat_ping(token_digest bytea, what text, exit_code integer,
    output text, address text, at timestamptz) returns api.reply
language plpgsql volatile security definer as \$\$
begin
    @{[ $body // '' ]}
    insert into public.ping (digest, what, exit_code, output, address, at)
    values (token_digest, what, exit_code, output, address, at) on conflict do nothing;
    return core.reply(200, '{"ok":true}');
end
\$\$;
SQL
}
answer_with();

# ---- what is said ----

my $reply = ping('hb_1');
is $reply->{status}, 200, 'a ping';
is $reply->{content}, '{"ok":true}', 'has the answer of SQL';
is $stack->sql("select encode(digest, 'hex') from public.ping"), sha256_hex('hb_1'), 'only the digest of its token goes on';
cmp_ok $stack->sql('select abs(extract(epoch from now() - at)) from public.ping'), '<', 20, 'and when it came';
is $stack->sql('select address from public.ping'), '127.0.0.1', 'and from where';
is status('hb_1', undef, 'HEAD'), 200, 'HEAD is as good';
forget();
status("hb_1$_") for '', '/', '/start', '/fail', '/0', '/1', '/255', '/2147483647';
is_deeply column("concat_ws(' ', what, exit_code)"),
    ['success', 'success', 'start', 'fail', 'success 0', 'fail 1', 'fail 255', 'fail 2147483647'], 'what may be said';
is status("hb_1/$_"), 404, "not /$_" for 'stop', '-1', '1.5', '2147483648', 'fail/1', '99999999999999999999';
is status('x' x 129), 404, 'no token is that long';
is $stack->request('GET', $path)->{status}, 404, 'nor empty';
$reply = ping('hb_1', '', 'PUT');
is $reply->{status}, 405, 'PUT is not allowed';
is $reply->{headers}{allow}, 'GET, HEAD, POST', 'these are';

forget();
status('hb_1/1', $_) for "done\n", "a\0b\xff\xc3", 'x' x 16384, 'y' x 20000, 'z' x 200_000, "\xe2\x82\xac" x 6000, '';
is_deeply column("coalesce(length(output), -1)"), [5, 5, 16384, 16384, 16384, 5462, -1], 'output is kept up to 16 KiB';
is $stack->sql('select output from public.ping where length(output) = 5 and output ~ $$^a$$'), 'a?b??', 'bytes that are no text are not';
is status('hb_1', "\1\"\\" x 1000), 200, 'any byte may be in it';

# ---- Postgres away ----

sub kept_and_stored {
    my ($what, $meanwhile) = @_;
    forget();
    postgres_away();
    my @statuses = map { status("hb_2/$_", "output of $_ \1 \"") } 1 .. 20;
    is_deeply \@statuses, [(202) x 20], "$what: pings are taken";
    $meanwhile->() if $meanwhile;
    $stack->start('postgres');
    ok wait_for(sub { is_there() && count() >= 20 }, 30), "$what: stored when it is back";
    # The list in Redis is written by two workers: what it alone has kept is in the order in which they came to it.
    my @stored = column('exit_code');
    @stored = ([sort { $a <=> $b } @{$stored[0]}]) if $what =~ /^nginx killed/;
    is_deeply \@stored, [[1 .. 20]], "$what: in their order, each once";
    is_deeply column('output', 'exit_code = 7'), ["output of 7 \1 \""], "$what: with their output";
    is $stack->sql("select count(*) from public.ping where at >= (select pg_postmaster_start_time())"), 0,
        "$what: and the time they came";
}

kept_and_stored('Postgres away', sub {
    ok wait_for(sub { $stack->redis('LLEN', 'betterstack:pings') == 20 }, 10), 'Redis has them, too';
});
ok wait_for(sub { $stack->redis('LLEN', 'betterstack:pings') == 0 }, 20), 'nothing is left there';
is metric('pings_kept'), 20, 'they are counted';
ok wait_for(sub { metric('pings_stored_late') == 20 }, 10), 'twice';
is status('hb_2'), 200, 'afterwards pings are stored at once';

kept_and_stored('the workers killed, too', sub {
    my %old = map { $_ => 1 } $stack->workers;
    kill 'KILL', keys %old;
    wait_for(sub { my @now = $stack->workers; @now == 2 && !grep { $old{$_} } @now }, 20);
});

kept_and_stored('nginx killed, too', sub {
    wait_for(sub { $stack->redis('LLEN', 'betterstack:pings') == 20 }, 10);
    my @workers = $stack->workers;
    $stack->kill_piece('nginx');
    kill 'KILL', @workers;
    wait_for(sub { !grep { kill 0, $_ } @workers }, 10);
    $stack->{knob}{healthy} = 0;
    $stack->start('nginx');
});

$stack->kill_piece('redis');
kept_and_stored('Redis away, and a reload', sub { $stack->reload });
$stack->start('redis');
ok wait_for(sub { status('hb_2') == 200 }, 20), 'all is well';

# ---- an upgrade is under way ----

forget();
$stack->sql('alter function api.heartbeat_ping rename to heartbeat_ping_before');
is status("hb_2/$_"), 202, 'no such function: a ping is kept' for 1, 2;
$stack->sql('alter function api.heartbeat_ping_before rename to heartbeat_ping');
ok wait_for(sub { count() == 2 }, 20), 'and stored when there is one';
is_deeply column('exit_code'), [1, 2], 'each once';
ok wait_for(sub { status('hb_2') == 200 }, 20), 'all is well';

# ---- nobody knows whether it was stored ----

forget();
answer_with('perform pg_sleep(2);');
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
    my $status = eval { status('hb_3/3') } // 0;
    require POSIX;
    POSIX::_exit($status == 202 ? 0 : 1);
}
ok wait_for(sub { $stack->sql("select count(*) from pg_stat_activity where state = 'active' and query ~ 'heartbeat_ping'"
    . ' and pid <> pg_backend_pid()') }, 10), 'a ping is under way';
postgres_away();
waitpid $pid, 0;
is $?, 0, 'Postgres dies: it is taken';
$stack->start('postgres');
ok wait_for(sub { is_there() && count() }, 30), 'and stored afterwards';
answer_with();
is_deeply column('exit_code'), [3], 'once';

# ---- who called has gone ----

forget();
answer_with('perform pg_sleep(1);');
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $stack->port) or die "hub: $!\n";
print $socket "GET ${path}hb_4/4 HTTP/1.1\r\nHost: localhost\r\n\r\n";
$socket->flush;
wait_for(sub { $stack->sql("select count(*) from pg_stat_activity where state = 'active' and query ~ 'heartbeat_ping'"
    . ' and pid <> pg_backend_pid()') }, 10);
close $socket;
ok wait_for(sub { count() }, 10), 'a ping counts though nobody waits for the answer';
answer_with();

# ---- too many; and one that cannot be stored ----

forget();
postgres_away();
my ($taken, $status) = (0, 202);
while ($status == 202 && $taken < 2000) {
    $status = status('hb_5', 'x' x 16384);
    $taken++ if $status == 202;
}
is $status, 503, 'there is an end to what is kept';
cmp_ok $taken, '>', 50, "after $taken large ones";
cmp_ok metric('pings_refused'), '>', 0, 'it is counted';
ok ping('hb_5', 'x' x 16384)->{headers}{'retry-after'}, 'who called is told to come again';
$stack->start('postgres');
ok wait_for(sub { is_there() && count() >= $taken }, 60), 'all that was taken is stored';
ok wait_for(sub { status('hb_5') == 200 }, 20), 'and there is room again';

answer_with(q(if exit_code = 6 then raise exception 'never'; end if;));
is status('hb_6/6'), 500, 'what SQL cannot take is told at once';
forget();
postgres_away();
status("hb_6/$_") for 5 .. 7;
$stack->start('postgres');
ok wait_for(sub { is_there() && count() >= 2 }, 30), 'later it holds nobody up';
is_deeply column('exit_code'), [5, 7], 'only itself is lost';
ok wait_for(sub { metric('pings_dropped') == 1 }, 10), 'and counted';
ok wait_for(sub { $stack->redis('LLEN', 'betterstack:pings') == 0 }, 20), 'nothing is left behind';

is_deeply [$stack->bad_log_lines(qr/exited on signal 9|address already in use/i)], [], 'nginx has nothing bad to tell';
done_testing;
