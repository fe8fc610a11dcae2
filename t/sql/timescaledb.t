use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;
use BetterStack::Stack;

# sql/migrate --timescaledb: raw results in a hypertable, a chunk a day.  Everything else is as without
# it.  Without the extension the option says what is missing.

my @installed = glob '/usr/share/postgresql/*/extension/timescaledb.control';
my $options = @installed ? '-c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off' : '';
my $db = bless {stack => BetterStack::Stack->new(hub => 0, account => 0, postgres => $options)}, 'BetterStack::Postgres';
my $migrate = $db->root . '/sql/migrate';

sub migrate {
    return BetterStack::Stack::capture($migrate, @_, $db->conninfo);
}

if (!@installed) {
    my ($status, $said) = migrate('--timescaledb');
    isnt $status, 0, 'a server without the extension is refused';
    like $said, qr/no extension timescaledb/, 'and told';
    like $said, qr/apt-get install postgresql-17-timescaledb/, 'with how to mend it';
    SKIP: { skip 'TimescaleDB is not installed here (Debian 13: postgresql-17-timescaledb)', 1 }
    done_testing;
    exit;
}

my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my $digest = $root->region($ann, 'local-a');
my $monitor = $root->monitor($ann);
my $now = int(time) * 1000;
my $hour = 3_600_000;
my $day = 24 * $hour;
sub partitions {
    return join ' ', map { $_->[0] } @{$root->rows("select (to_date(right(c.relname, 8), 'YYYYMMDD')
        - (now() at time zone 'UTC')::date)
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where inhparent = 'betterstack.tick'::regclass order by 1")};
}
sub name { return $root->value("select core.tick_partition_name((now() at time zone 'UTC')::date + $_[0])") }
sub stored { return ($hub->report($digest, map { {monitor => $monitor, slot => $_} } @_))[1] }
sub ticks { return $root->value('select count(*) from betterstack.tick') }

# Results of some days, one of them fenced.
is stored(map { $now - $_ * $hour } 0 .. 100), 101, 'results before';
$root->rows("insert into betterstack.day (day, state) select core.day_of(now()) - 3, 1");
is $root->value("select core.day_fence(core.day_of(now()) - 3)"), 't', 'a day is fenced';
my $before = $root->value('select md5(string_agg(t::text, \' \' order by t.slot)) from betterstack.tick t');

my ($status, $said) = migrate('--timescaledb');
is $status, 0, 'sql/migrate --timescaledb' or diag $said;
like $said, qr/betterstack\.tick is a hypertable of TimescaleDB now/, 'says what it did';
($status, $said) = migrate('--timescaledb');
is "$status $said", '0 ', 'a second time it has nothing to do';
is $root->value("select time_interval from timescaledb_information.dimensions where hypertable_name = 'tick'"), '1 day', 'a chunk is a day';
is partitions(), join(' ', -8 .. 7), 'chunks have the names of partitions';
is $root->value("select count(*) from timescaledb_information.chunks where hypertable_name = 'tick'"), 16, 'and are chunks';
is $root->value("select count(*) from timescaledb_information.chunks where hypertable_name = 'tick'
    and chunk_name = 'tick_' || to_char(range_start at time zone 'UTC', 'YYYYMMDD')"), 16, 'each of its day';
is $root->value('select md5(string_agg(t::text, \' \' order by t.slot)) from betterstack.tick t'), $before, 'with all results';
is $root->value("select count(distinct relowner) from pg_inherits join pg_class c on c.oid = inhrelid
    where inhparent = 'betterstack.tick'::regclass and relowner = 'betterstack_owner'::regrole"), 1, 'and their owner';

# Reports, by a session that has prepared everything before.
is stored($now + 1), 1, 'reports go on';
is stored($now + 1, $now), 0, 'what is stored is stored once';
is stored($now - 3 * $day - 1), 1, 'what is late for a day that is closed is stored';
is $root->value('select count(*) from betterstack.tick_late'), 1, 'beside it';
is ticks(), 102, 'and the chunk has not changed';

# Chunks are made ahead, and dropped.
$root->rows('drop table betterstack.' . name($_)) for 5 .. 7;
is partitions(), join(' ', -8 .. 4), 'as if the hub had slept';
is +($hub->rows('select * from dispatch.housekeeping()'))->[0][0], 3, 'missing days are made';
is partitions(), join(' ', -8 .. 7), 'all of them';
$root->rows('drop table betterstack.' . name(0));
my $error = $hub->error(BetterStack::Postgres::Session->report_sql($digest, {monitor => $monitor, slot => $now + 2}));
like $error, qr/^(53000|23514)/, 'for a day without a chunk a report waits, as without a partition';
is $root->value("select count(*) from pg_class where relname like 'tick\\_chunk%' and relkind = 'r'"), 0, 'no other chunk is left behind';
$hub->rows('select * from dispatch.housekeeping()');
is stored($now + 2), 1, 'and is stored then';
is partitions(), join(' ', -8 .. 7), 'the day is there';

# Emptying and dropping go through chunks.
$root->rows('truncate betterstack.' . name(-4));
is $root->value("select count(*) from betterstack.tick t where core.day_of(t.slot) = core.day_of(now()) - 4"), 0, 'a sealed day is emptied';
is $root->value("select c.relname from pg_class c where c.relname = '" . name(-4) . "'"), name(-4), 'and stays';
$root->rows("select core.tick_partition_make((now() at time zone 'UTC')::date - 40)");
like partitions(), qr/^-40 /, 'an old day';
$hub->rows('select * from dispatch.housekeeping()');
is partitions(), join(' ', -8 .. 7), 'is dropped when it is past its retention';
is $root->value("select count(*) from timescaledb_information.chunks where hypertable_name = 'tick'"), 16, 'and no chunk any more';

# Questions look at the chunks of their time only.
my $plan = join "\n", map { $_->[0] } @{$root->rows("explain select count(*) from betterstack.tick t
    where t.slot >= now() - interval '2 hours' and t.slot < now()")};
unlike $plan, qr/@{[name(-6)]}/, 'other days are not looked at';
is +($hub->call('monitor_get', $ann, $monitor))[0], 200, 'and the API answers';

done_testing;
