use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use JSON::PP ();
use Test::More;
use BetterStack::Postgres;

# sql/migrate: forward only, the same when run again, refuses what it must.

my $db = BetterStack::Postgres->new;
my $root = $db->root;
my $tree = tempdir(CLEANUP => 1);
system('cp', '-a', "$root/sql/.", $tree) == 0 or die 'cp';
my ($latest) = (sort glob "$tree/schema/*.sql")[-1] =~ m{/(\d+)_[^/]*$};
$latest += 0;
my $database = 'migrated';

# (exit status, output)
sub migrate {
    my (@arguments) = @_;
    my $output = `"$tree/migrate" @{[map { "'$_'" } @arguments]} 2>&1`;
    return ($? >> 8, $output);
}
sub again { return migrate($db->conninfo(undef, $database)) }

sub append {
    my ($file, $text) = @_;
    open my $handle, '>>', "$tree/$file" or die "$file: $!";
    print $handle $text;
    close $handle;
}

my ($status, $output) = migrate();
is($status, 2, 'without a database it tells how it is used');
like($output, qr/^usage: /, 'in a line');

($status, $output) = migrate($db->conninfo(undef, 'nowhere'));
isnt($status, 0, 'without --create an absent database is an error');

($status, $output) = migrate('--create', $db->conninfo(undef, $database));
is($status, 0, '--create makes the database') or diag $output;
my $sql = $db->session(undef, $database);
is($sql->value('select dispatch.schema_version()'), $latest, 'at the version of the last file');
is($sql->value("select count(*) from pg_inherits where inhparent = 'betterstack.tick'::regclass"), 16,
    'with partitions from eight days ago to a week ahead');

($status, $output) = again();
is($status, 0, 'a second run succeeds');
is($output, '', 'and says nothing');
is($sql->value("select count(*) from pg_inherits where inhparent = 'betterstack.tick'::regclass"), 16,
    'and makes nothing twice');

# Several at once: each waits for the other.
my @children = map {
    my $pid = fork // die 'fork';
    exit((again())[0]) if $pid == 0;
    $pid;
} 1 .. 3;
is_deeply([map { waitpid $_, 0; $? } @children], [0, 0, 0], 'three at once all succeed');

# A hub with prepared statements goes on while functions are replaced.
my $hub = $db->session('betterstack', $database);
$hub->rows('prepare me as select status from api.me_get($1)');
append('api/me.sql', "\n-- another version of this file\n");
again();
is($hub->value('execute me(null)'), 401, 'a prepared statement survives');

# A changed function takes effect; a function that left the tree goes in steps.
append('core/reply.sql', "create function core.answer() returns integer language sql as 'select 41';\n");
again();
is($sql->value('select core.answer()'), 41, 'a new function is there');
{
    local @ARGV = "$tree/core/reply.sql";
    local $^I = '';
    while (<>) { print unless /core\.answer/ }
}
again();
is($sql->value('select core.answer()'), 41, 'a function that left the tree stays at first');
again();
is($sql->value('select core.answer()'), 41, 'as long as the schema version does');

my $next = sprintf '%04d', $latest + 1;
append("schema/${next}_next.sql", "create table betterstack.next (a integer);\n");
($status, $output) = again();
is($status, 0, 'a new schema file is applied') or diag $output;
is($output, "applied ${next}_next\n", 'and told');
like($sql->error('select core.answer()'), qr/^42883/, 'and the function is gone');
is($sql->value('select count(*) from betterstack.stale_function'), 0, 'and forgotten');
is($sql->value('select dispatch.schema_version()'), $latest + 1, 'the version has risen');
is($sql->value("select tableowner from pg_tables where tablename = 'next'"), 'betterstack_owner',
    'what migrations make is the owner\'s');

# What it refuses.
append("schema/${next}_next.sql", "-- changed\n");
($status, $output) = again();
isnt($status, 0, 'a changed migration is refused');
like($output, qr/${next}_next\.sql has changed since it was applied/, 'by name');

unlink "$tree/schema/${next}_next.sql";
($status, $output) = again();
isnt($status, 0, 'a database that is newer than the tree is refused');
like($output, qr/the database is newer than this tree/, 'in words');

my $broken = sprintf '%04d', $latest + 1;
$sql->rows("delete from betterstack.schema_migration where version = $latest + 1");
append("schema/${broken}_broken.sql", "create table betterstack.half (a integer);\nselect 1 / 0;\n");
($status, $output) = again();
isnt($status, 0, 'a migration that fails is an error');
is($sql->value("select to_regclass('betterstack.half')"), undef, 'and leaves nothing behind');
unlink "$tree/schema/${broken}_broken.sql";

# What monitors are derived by has changed: they are derived again.
my $ann = $sql->person('ann');
my $id = $sql->monitor($ann);
my $before = $sql->value("select spec from betterstack.monitor where id = $id");
{
    local @ARGV = ("$tree/core/monitor.sql", "$tree/core/probe_spec.sql");
    local $^I = '';
    while (<>) {
        s/'type', m\.monitor_type,/'type', m.monitor_type, 'novelty', 1,/;
        s/'"status":"'/'"novelty":1,"status":"'/;
        print;
    }
}
$sql->rows('listen betterstack_monitors');
again();
isnt($sql->value("select spec from betterstack.monitor where id = $id"), $before,
    'monitors are derived again when what they are derived by has changed');
is(($sql->call('monitor_get', $ann, $id))[1]{data}{attributes}{novelty}, 1, 'and what is told of their verdicts');

# A database of the release before, with monitors in it.
($status, $output) = migrate('--create', $db->conninfo(undef, 'older'));
my $older = $db->session(undef, 'older');
$older->rows('drop schema betterstack, core, api, ingest, dispatch cascade');
$older->rows("begin;\n\\i $tree/bootstrap.sql\ncommit");
for my $file (sort glob "$tree/schema/000[1-4]_*.sql") {
    my ($name, $version) = $file =~ m{/((\d+)_\w+)\.sql$};
    my ($checksum) = `sha256sum < $file` =~ /^(\w+)/;
    $older->rows("set role betterstack_owner;\n\\i $file\nreset role;
        insert into betterstack.schema_migration values ($version, '$name', '$checksum')");
}
$older->rows(q{insert into betterstack.team (name) values ('old');
    insert into betterstack.app_user (email, name, password_hash) values ('o@example.com', 'o', 'x');
    insert into betterstack.membership values (1, 1, 'owner');
    insert into betterstack.credential (digest, user_id, team_id, kind) values ('\x01', 1, 1, 'session');
    insert into betterstack.monitor (team_id, url, pronounceable_name, monitor_type, check_frequency, request_timeout,
        http_method, required_keyword, follow_redirects, verify_ssl, paused, doc, spec, schedule_hash)
    values (1, 'https://old.example/', 'old', 'status', 30, 15, 'get', 'left over', true, false, false, '', '', 0);
    insert into betterstack.monitor_state values (1, 1, now(), now(), 0, null, '')});
($status, $output) = migrate($db->conninfo(undef, 'older'));
is($status, 0, 'a database of the release before is brought here') or diag $output;
my ($found, $old) = $older->call('monitor_get', '\x01', 1);
is($found, 200, 'its monitors are there');
is_deeply([@{$old->{data}{attributes}}{qw(url request_timeout remember_cookies ping_packets assertions status)}],
    ['https://old.example/', 15, JSON::PP::true, 3, [], 'up'], 'with what has been added to them');
is(($older->call('monitor_update', '\x01', 1, '{"pronounceable_name":"renamed"}'))[0], 200,
    'and can be changed, whatever means nothing any more');
is(($older->call('monitor_update', '\x01', 1, '{"monitor_type":"tls","url":"old.example"}'))[0], 200, 'also their kind');

# As the owner's member, without being a superuser.
$sql->rows('create role clerk login; grant betterstack_owner to clerk;
    grant create on database migrated to betterstack_owner');
($status, $output) = migrate($db->conninfo('clerk', $database));
is($status, 0, 'a member of the owner may migrate') or diag $output;
$sql->rows('create role stranger login; grant connect on database migrated to stranger');
($status, $output) = migrate($db->conninfo('stranger', $database));
isnt($status, 0, 'a stranger may not');
like($output, qr/may not migrate/, 'and is told so');

done_testing;
