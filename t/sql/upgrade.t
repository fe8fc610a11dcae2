use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use Test::More;
use Time::HiRes qw(time);
use BetterStack::Postgres;

# From the release before incidents to this one, with data and with hubs of that release at work.
# UPGRADE_MONITORS=10000 UPGRADE_ROUNDS=25 is an installation of that size: a million ticks.

my $monitors = $ENV{UPGRADE_MONITORS} || 300;
my $rounds = $ENV{UPGRADE_ROUNDS} || 10;
my $regions = 4;

my $db = BetterStack::Postgres->new;
my $sql_folder = $db->root . '/sql';
my $conninfo = $db->conninfo(undef, 'older');

system("$sql_folder/migrate", '--create', $conninfo) == 0 or die 'migrate';
my $root = $db->session(undef, 'older');
$root->rows('drop schema betterstack, core, api, ingest, dispatch cascade');
$root->rows("begin;\n\\i $sql_folder/bootstrap.sql\ncommit");
for my $file (sort glob "$sql_folder/schema/000[1-7]_*.sql") {
    my ($name, $version) = $file =~ m{/((\d+)_\w+)\.sql$};
    my ($checksum) = `sha256sum < $file` =~ /^(\w+)/;
    $root->rows("set role betterstack_owner;\n\\i $file\nreset role;
        insert into betterstack.schema_migration values ($version, '$name', '$checksum')");
}

# Every tenth monitor is down, every tenth is paused.
$root->rows(qq{\\set ON_ERROR_STOP on
    insert into betterstack.team (name) values ('old');
    insert into betterstack.app_user (email, name, password_hash) values ('o\@example.com', 'o', 'x');
    insert into betterstack.membership values (1, 1, 'owner');
    insert into betterstack.credential (digest, user_id, team_id, kind) values ('\\x01', 1, 1, 'session');
    insert into betterstack.region (slug, name) select 'r' || i, 'r' || i from generate_series(1, $regions) i;
    insert into betterstack.region_token (region_id, name, digest, prefix)
    select id, 't', decode(lpad(to_hex(id::integer), 8, '0'), 'hex'), 'x' from betterstack.region;
    insert into betterstack.monitor (team_id, url, pronounceable_name, monitor_type, check_frequency, request_timeout,
        http_method, follow_redirects, verify_ssl, paused, paused_at, doc, spec, schedule_hash)
    select 1, 'https://h' || i || '.example/', 'm' || i, 'status', 60, 15, 'get', true, true, i % 10 = 5,
           case when i % 10 = 5 then now() end, '', '', 0 from generate_series(1, $monitors) i;
    insert into betterstack.monitor_state (monitor_id, status, since, believe_after, reason, failure_text, doc)
    select id, case id % 10 when 0 then 3 when 5 then 4 else 1 end, now() - interval '1 hour', now() - interval '1 day',
           case id % 10 when 0 then 10 else 0 end, case id % 10 when 0 then 'Connection refused by 10.0.0.1' end, ''
      from betterstack.monitor;
    insert into betterstack.region_state (monitor_id, region_id, status, reason, slot, checked_at, failure_text, doc, phases)
    select m.id, r.id, case m.id % 10 when 0 then 3 else 1 end, case m.id % 10 when 0 then 10 else 0 end,
           now() - interval '20 seconds', now() - interval '20 seconds',
           case m.id % 10 when 0 then 'Connection refused by 10.0.0.1' end,
           case when m.id % 10 = 0 then '{"http_status":null,"address":"10.0.0.1","response_time":null}'
                else '{"http_status":200,"address":"10.0.0.1","response_time":' || 1000 + m.id || '}' end, '{}'
      from betterstack.monitor m, betterstack.region r;
    do \$\$ begin for day in -1 .. 1 loop
        execute format('create table betterstack.%I partition of betterstack.tick for values from (%L) to (%L)',
            'tick_' || to_char((now() at time zone 'UTC')::date + day, 'YYYYMMDD'),
            ((now() at time zone 'UTC')::date + day)::timestamp at time zone 'UTC',
            ((now() at time zone 'UTC')::date + day + 1)::timestamp at time zone 'UTC');
    end loop; end \$\$;
    insert into betterstack.tick select now() - (20 + 60 * k) * interval '1 second', m.id, 5, 1, 1, 1, 1, 1000, r.id, 200, 1, 0, 1,
           '10.0.0.1', '', 0 from betterstack.monitor m, betterstack.region r, generate_series(0, $rounds - 1) k;
    alter schema betterstack owner to betterstack_owner});

# What the hub of that release calls, as far as it is needed: same arguments, fewer columns.
$root->rows(q{\set ON_ERROR_STOP on
    set role betterstack_owner;
    create function ingest.report(token_digest bytea, agent text, version text, self text, monitor_ids integer[],
        slots bigint[], checked_ats bigint[], statuses smallint[], reasons smallint[], attempts smallint[],
        http_statuses integer[], addresses text[], dns_us integer[], connect_us integer[], tls_us integer[],
        first_byte_us integer[], total_us integer[], evidences text[], flags smallint[], expires_ats bigint[])
        returns table (status smallint, stored integer, refused integer, team_id integer, event text, agents text)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
    declare
        region betterstack.region := (select r from betterstack.region r join betterstack.region_token t
                                          on t.region_id = r.id where t.digest = token_digest);
    begin
        perform from betterstack.monitor_state s where s.monitor_id = any (monitor_ids) order by s.monitor_id
            for no key update;
        insert into betterstack.tick select to_timestamp(s / 1000.0), m, 0, 1, 1, 1, 1, 1, region.id, 200, 1, 0, 1, '', '', 0
          from unnest(monitor_ids, slots) t (m, s) on conflict do nothing;
        update betterstack.region_state rs set doc = '{}', phases = '{}', slot = greatest(rs.slot, to_timestamp(slots[1] / 1000.0))
         where rs.region_id = region.id and rs.monitor_id = any (monitor_ids);
        perform pg_sleep(0.02);
        perform from betterstack.monitor m where m.id = any (monitor_ids);
        return query select 200::smallint, cardinality(monitor_ids), 0, null::integer, null::text, null::text;
    end
    $$;
    reset role;
    grant usage on schema ingest, dispatch to betterstack;
    grant execute on all functions in schema ingest to betterstack});

my $ticks = $root->value('select count(*) from betterstack.tick');
is($ticks, $monitors * $regions * $rounds, "$monitors monitors with $ticks ticks");

# A hub of that release, all the while: its prepared statement, with the columns that it knows.
# Writes a line about every report: the second, and how many were stored or what was wrong.  Whoever is inside a
# function of before when the tables change is told that a column is gone: that is a 500, and the agent repeats it.
pipe my $out, my $in or die 'pipe';
pipe my $wait, my $end or die 'pipe';
my $pid = fork // die 'fork';
if ($pid == 0) {
    close $_ for $out, $end;
    my $hub = $db->session('betterstack', 'older');
    my $of = sub { "array(select $_[0] from generate_series(1, 50) i)" };
    $hub->rows('prepare r(bytea, bigint) as select status, stored, refused, team_id, event, agents from ingest.report($1, '
        . join(', ', q('old', '1', null), map { $of->($_) } 'i', '$2', '$2', '1::smallint', '0::smallint', '1::smallint', '200',
            q(''::text), (1) x 5, q(''::text), '0::smallint', '0::bigint') . ')');
    my $slot = int(time) * 1000;
    my $ready = '';
    vec($ready, fileno $wait, 1) = 1;
    my $error;
    do {
        $slot++ if !$error;
        (my $rows, $error) = $hub->try("execute r(decode('00000001', 'hex'), $slot)");
        my ($status, $stored) = $rows ? @{$rows->[0] // []} : ();
        syswrite $in, time . ' ' . ($error // "$status $stored") . "\n";
    } while (!select my $read = $ready, undef, undef, 0.05);
    close $in;
    $hub->DESTROY;
    require POSIX;
    POSIX::_exit(0);
}
close $_ for $in, $wait;
my $first = readline $out;

my $started = time;
my $output = `"$sql_folder/migrate" '$conninfo' 2>&1`;
is($?, 0, 'it is brought here') or diag $output;
my $took = time - $started;
cmp_ok($took, '<', 60, sprintf 'in %.1f s', $took);
select undef, undef, undef, 0.5;
close $end;
my @reports = ($first, readline $out);
waitpid $pid, 0;

my @failed = grep { / 42703 / } @reports;
my @taken = grep { / 200 \d+$/ } @reports;
cmp_ok(scalar @failed, '<=', 1, 'a hub of the release before has to repeat what it was just about');
is(@failed + @taken, @reports, 'and goes on reporting: ' . @reports . ' times');
my ($longest, $before) = (0, undef);
for (map { (split)[0] } @reports) {
    $longest = $_ - $before if defined $before && $_ - $before > $longest;
    $before = $_;
}
cmp_ok($longest, '<', 30, sprintf 'which took %.1f s when it had to wait', $longest);

# Nothing of what was there is gone.
my $stored = $root->value("select count(*) from betterstack.tick where lateness_ms = 5 and slot < now() - interval '15 seconds'");
is($stored, $ticks, 'every tick is there');
my $reported = $root->value("select count(*) from betterstack.tick where http_status = 200 and total_us = 1");
is($reported, 50 * @taken, 'those that were reported meanwhile, too');
my ($status, $body) = $root->call('monitor_get', '\x01', 5);
is($status, 200, 'a paused monitor is answered');
is($body->{data}{attributes}{status}, 'paused', 'as paused');
my ($newest) = grep { $_->{region} eq 'r4' } @{$body->{data}{attributes}{region_states}
    // []};
is_deeply([@{$newest // {}}{qw(status http_status address response_time)}], ['up', 200, '10.0.0.1', 1005],
    'with what was measured last');
is($root->value("select string_agg(distinct status::text, ' ') from betterstack.monitor_state where monitor_id % 10 = 0"), 3,
    'what was down is down');

# And the hub of this release takes over: what is down gets its incident.
$root->rows('select * from dispatch.sweep()') for 1 .. 2 + $monitors / 10 / 500;
is($root->value("select count(*) from betterstack.monitor_state where monitor_id % 10 = 0 and status = 3 and incident_id > 0"),
    int($monitors / 10), 'every monitor that is down has an incident');
is($root->value("select count(*) from betterstack.incident_monitor where monitor_id % 10 <> 0"), 0, 'and no other');
is($root->value("select count(*) from betterstack.monitor_state where monitor_id % 10 not in (0, 5) and status <> 1"), 0,
    'what was up is up');
is($root->value("select count(*) from betterstack.incident where slot_at is not null or checked_at > now() - interval '59 minutes'"), 0,
    'which says since when, and counts as no latency of ours');

done_testing;
