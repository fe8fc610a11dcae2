use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Partitions made ahead and dropped in time, expired sessions forgotten; bounded, one hub at a time.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my $digest = $root->region($ann, 'local-a');
my $monitor = $root->monitor($ann);
my $now = int(time) * 1000;

sub keep { return join ' ', @{$hub->rows('select * from dispatch.housekeeping()')->[0]} }
sub partitions {
    return join ' ', map { $_->[0] } @{$root->rows("select (to_date(right(c.relname, 8), 'YYYYMMDD')
        - (now() at time zone 'UTC')::date)
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where inhparent = 'betterstack.tick'::regclass order by 1")};
}
sub partition { return $root->value("select 'betterstack.' || core.tick_partition_name((now() at time zone 'UTC')::date + $_[0])") }

is(keep(), '0 0 0', 'a new installation needs nothing');
is(partitions(), join(' ', -8 .. 7), 'partitions from eight days ago to a week ahead');

# As if the hub had slept.
$root->rows("drop table $_") for map { partition($_) } 3 .. 7;
is(keep(), '5 0 0', 'missing days are made');
is(partitions(), join(' ', -8 .. 7), 'all of them');
is($root->value("select count(*) from pg_inherits i join pg_index x on x.indrelid = i.inhrelid and x.indisvalid
    where i.inhparent = 'betterstack.tick'::regclass"), 16, 'each with its index');
is($root->value("select count(distinct relowner) from pg_inherits join pg_class c on c.oid = inhrelid
    where inhparent = 'betterstack.tick'::regclass and relowner = 'betterstack_owner'::regrole"), 1, 'and its owner');

# While a chart is being read and a report is being stored, partitions can be made.
my $reader = $db->session;
my $writer = $db->session('betterstack');
$root->rows('drop table ' . partition(7));
$reader->rows('begin; select count(*) from betterstack.tick');
$writer->rows('begin');
$writer->report($digest, {monitor => $monitor, slot => $now + 1});
$hub->rows('set statement_timeout = 20000');
is(keep(), '1 0 0', 'making a partition waits for neither readers nor writers');
$reader->rows('commit');
$writer->rows('commit');

# Retention: one partition a call, the oldest first.
$root->rows("select core.tick_partition_make((now() at time zone 'UTC')::date - $_)") for 40, 32, 31, 30, 29;
$root->rows("insert into betterstack.tick select now() - interval '40 days' + n * interval '1 second', $monitor,
    0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, '', '' from generate_series(1, 100) n where (now() - interval '40 days'
    + n * interval '1 second')::date = (now() - interval '40 days')::date");
$root->rows('vacuum analyze ' . partition(-40));
my $ticks = $root->value('select count(*) from ' . partition(-40));
is(keep(), "0 0 $ticks", 'the oldest goes first, and its ticks are told');
is(partitions(), join(' ', -32, -31, -30, -29, -8 .. 7), 'only that one');
keep() for 1 .. 4;
is(partitions(), join(' ', -30, -29, -8 .. 7), 'until the retention of 30 days');
$root->rows('update betterstack.installation set tick_retention_days = 29');
keep();
is(partitions(), join(' ', -29, -8 .. 7), 'which is a setting');
like($root->error('update betterstack.installation set tick_retention_days = 7'), qr/^23514/,
    'never shorter than reports may be late');

# It does not wait for a reader, nor make others wait behind it.
$root->rows("select core.tick_partition_make((now() at time zone 'UTC')::date - 50)");
$reader->rows('begin; select count(*) from betterstack.tick');
is(keep(), '0 0 0', 'a drop gives up soon');
like(partitions(), qr/^-50 /, 'and is not done');
is($hub->value('show lock_timeout'), '0', 'the session is as it was');
$reader->rows('commit');
keep();
unlike(partitions(), qr/-50/, 'the next time it is');

# Sessions.
$root->rows("insert into betterstack.credential (digest, user_id, team_id, kind, expires_at)
    select sha256(n::text::bytea), 1, 1, 'session', now() - interval '1 day' from generate_series(1, 1500) n");
is(keep(), '0 1000 0', 'expired sessions go, a bounded number at a time');
is(keep(), '0 500 0', 'the rest the next time');
is(($hub->call('me_get', $ann))[0], 200, 'others stay');
my ($status, $body) = $hub->call('api_token_create', $ann, '{"name":"x"}');
is(keep(), '0 0 0', 'API tokens do not expire');

# One hub at a time.
my $other = $db->session('betterstack');
$root->rows('drop table ' . partition(7));
$other->rows('begin; select * from dispatch.housekeeping()');
is(keep(), '0 0 0', 'while one hub keeps house another has nothing to do');
$other->rows('commit');

done_testing;
