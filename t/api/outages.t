# What the API answers while the database is away, slow, or another's.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);

use BetterStack::Client;
use BetterStack::Stack qw(wait_for);

my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $program = $ann->program;
my $monitors = '/api/v2/monitors';

my (undef, $made) = $program->post($monitors, {url => 'http://x.example/', monitor_type => 'status'});
my $monitor = "$monitors/$made->{data}{id}";

sub cut_off {
    return $stack->sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'betterstack'");
}

# Every lane of every worker is connected again, as far as chance can tell.
sub serves {
    return wait_for(sub {
        for (1 .. 10) {
            return 0 if ($program->get($monitor))[0] != 200 || ($program->patch($monitor, {}))[0] != 200
                || ($program->get("$monitor/ticks"))[0] != 200 || $stack->request('GET', '/healthz')->{status} != 200;
        }
        return 1;
    }, 60, 'the hub to serve');
}

subtest 'connections that are cut are made again' => sub {
    for (1 .. 5) {
        cmp_ok cut_off(), '>', 0;
        my ($status, $data, $reply) = $program->get($monitor);
        like $status, qr/^(?:200|503)$/;
        is $reply->{headers}{'retry-after'}, 1 if $status == 503;
        ok serves();
        is +($program->get($monitor))[0], 200;
    }
};

subtest 'without a database: 503 at once, and back by itself' => sub {
    $stack->kill_piece('postgres');
    my @asked = (['GET', $monitor], ['GET', $monitors], ['PATCH', $monitor, {paused => JSON::PP::true}],
        ['GET', "$monitor/ticks"], ['GET', '/api/v2/events'], ['DELETE', $monitor]);
    for my $request (@asked) {
        my $begin = time;
        my ($status, $data, $reply) = $program->send(@$request);
        is $status, 503, "@$request[0, 1]";
        is $reply->{headers}{'retry-after'}, 1;
        like $data->{errors}, qr/database/;
        cmp_ok time - $begin, '<', 5 * BetterStack::Checker::slowness();
    }
    is +($ann->sign_in('ann@example.com'))[0], 503, 'signing in, too';
    my $health = $stack->request('GET', '/healthz');
    is $health->{status}, 503;
    like $health->{content}, qr/"status":"failing","problems":\["PostgreSQL is not connected"/;
    is $stack->request('GET', '/')->{status}, 200, 'the dashboard is there to say so';
    is $stack->request('GET', '/metrics')->{status}, 200;

    $stack->start('postgres');
    ok serves();
    is +($program->get($monitor))[0], 200;
    is +($program->get($monitor))[1]{data}{attributes}{paused}, JSON::PP::false, 'a refused change was not made';
};

subtest 'a schema of another version is not touched' => sub {
    $stack->sql(q{insert into betterstack.schema_migration (version, name, checksum) values (9999, 'later', 'x')});
    cut_off();
    ok wait_for(sub { ($stack->health->{postgres}{state} // '') eq 'schema_unknown' }, 30);
    my $health = $stack->health;
    is $health->{postgres}{schema_version}, 9999;
    like $health->{problems}[0], qr/schema version 9999, and this hub knows \d+: install the newer release/;
    is $stack->request('GET', '/healthz')->{status}, 503;
    my ($status, $data) = $program->get($monitor);
    is $status, 503;
    like $data->{errors}, qr/another schema version/;
    ok wait_for(sub { $stack->log_text('nginx-error') =~ /schema of the database is version 9999/ }, 5), 'the log says so';

    $stack->sql('delete from betterstack.schema_migration where version = 9999');
    ok serves(), 'it is looked at again';
};

# A monitor named after a SQLSTATE raises it; how often is counted.
$stack->sql(<<'SQL');
create sequence betterstack.raised;
create function betterstack.raise_name() returns trigger language plpgsql as $$
begin
    if new.pronounceable_name like 'raise _____' then
        perform nextval('betterstack.raised');
        raise exception 'a secret of SQL' using errcode = right(new.pronounceable_name, 5);
    end if;
    return new;
end
$$;
create trigger raise_name before update on betterstack.monitor for each row execute function betterstack.raise_name();
grant usage on sequence betterstack.raised to public;
SQL

sub raised { return $stack->sql(q{select case when is_called then last_value else 0 end from betterstack.raised}) }

# 25006: the server may be no primary any more, so another connection is made and it is done once more.
subtest 'errors of SQL by their state' => sub {
    my %answers = (
        40001 => [503, qr/please try again/, 2], '40P01' => [503, qr/please try again/, 2],
        57014 => [504, qr/took too long/, 1], '57P01' => [503, qr/restarting/, 1],
        25006 => [503, qr/takes no changes/, 2], 42501 => [403, qr/not permitted/, 1],
        '08006' => [503, qr/cannot be reached/, 1], 53200 => [503, qr/out of resources/, 1],
        '22P05' => [422, qr/cannot be stored/, 1], 23503 => [409, qr/try again/, 1],
        23505 => [409, qr/one like this/, 1], 'XX000' => [500, qr/the log tells more under [0-9a-f]{16}$/, 1],
        42883 => [500, qr/the log tells more/, 2], 'P0001' => [500, qr/the log tells more/, 1],
    );
    for my $state (sort keys %answers) {
        my ($status, $words, $times) = @{$answers{$state}};
        my $before = raised();
        my ($got, $data, $reply) = $program->patch($monitor, {pronounceable_name => "raise $state"});
        is $got, $status, "state $state";
        like $data->{errors}, $words;
        unlike $reply->{content}, qr/secret/, 'nothing of it is shown';
        is $reply->{headers}{'retry-after'}, $status == 503 ? 1 : undef;
        is raised() - $before, $times, "tried $times times";
    }
    is +($program->get($monitor))[1]{data}{attributes}{pronounceable_name}, 'x.example';
};

subtest 'a constraint that SQL has not foreseen' => sub {
    $stack->sql(q{alter table betterstack.monitor add constraint made_up check (pronounceable_name <> 'boom')});
    my ($status, $data) = $program->patch($monitor, {pronounceable_name => 'boom'});
    is $status, 500;
    my ($number) = $data->{errors} =~ /the log tells more under ([0-9a-f]{16})$/;
    ok $number;
    like $stack->log_text('nginx-error'), qr/\[error\].*problem $number: .*made_up/, 'is in the log by its name';
    unlike $data->{errors}, qr/made_up|constraint/;
    $stack->sql('alter table betterstack.monitor drop constraint made_up');
};

subtest 'a statement that waits too long' => sub {
    my $sql = q{begin; lock table betterstack.app_user in access exclusive mode; select pg_sleep(20)};
    my $pid = fork // die;
    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', '/dev/null';
        exec 'psql', '-Xq', $stack->conninfo, '-c', $sql or POSIX::_exit(1);
    }
    wait_for(sub { $stack->sql(q{select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted
        and relation = 'betterstack.app_user'::regclass}) > 0 }, 10, 'the lock');
    my $begin = time;
    my ($status, $data) = $program->get($monitors);
    like $status, qr/^50[34]$/;
    like $data->{errors}, qr/database/;
    cmp_ok time - $begin, '<', 15 * BetterStack::Checker::slowness();
    $stack->sql(q{select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(20)%'
        and pid <> pg_backend_pid()});
    waitpid $pid, 0;
    ok wait_for(sub { ($program->get($monitors))[0] == 200 }, 30), 'and then goes on';
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';
unlike $stack->log_text('nginx-error'), qr/exited on signal/;

done_testing;
