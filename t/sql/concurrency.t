use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Regions report about the same monitors at the same time, while people change and delete them:
# no verdict is lost, nothing deadlocks, nothing is stored twice.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $ann = $root->person('ann');
my %region = map { $_ => $root->region($ann, $_) } qw(r1 r2 r3);
my $now = int(time) * 1000;

my $first = $db->session('betterstack');
my $second = $db->session('betterstack');
$second->pid;

sub state_of {
    my ($id) = @_;
    return ($root->call('monitor_get', $ann, $id))[1]{data}{attributes}{status};
}

# ---- two at once, step by step ----

my $id = $root->monitor($ann, regions => ['r1', 'r2']);
my %down = (monitor => $id, status => 3, reason => 10, http_status => 0);
$root->report($region{$_}, {monitor => $id, slot => $now - 2000}) for qw(r1 r2);
is(state_of($id), 'up', 'both regions see it up');
$first->rows('begin');
$first->report($region{r1}, {%down, slot => $now - 1000});
$second->start($second->report_sql($region{r2}, {%down, slot => $now - 1000}));
$second->wait_blocked($root);
is(state_of($id), 'up', 'one of two is no majority');
$first->rows('commit');
$second->finish;
is(state_of($id), 'down', 'the second report has seen what the first one decided on');

# The same tick by two agents of a region.
$first->rows('begin');
is(($first->report($region{r1}, {monitor => $id, slot => $now}))[1], 1, 'one agent stores a tick');
$second->start($second->report_sql($region{r1}, {monitor => $id, slot => $now}, {monitor => $id, slot => $now + 1}));
$second->wait_blocked($root);
$first->rows('commit');
is(($second->finish)[0][0][1], 1, 'the other one stores only what is new');

# A report that waits for one that fails.
$first->rows('begin');
$first->report($region{r1}, {monitor => $id, slot => $now + 2});
$second->start($second->report_sql($region{r1}, {monitor => $id, slot => $now + 2}));
$second->wait_blocked($root);
$first->rows('rollback');
is(($second->finish)[0][0][1], 1, 'what was rolled back is stored by the next');

# A monitor that is deleted while a report about it is under way, and the other way round.
my $gone = $root->monitor($ann);
$first->rows('begin');
is(($first->report($region{r1}, {monitor => $gone, slot => $now}, {monitor => $id, slot => $now + 3}))[1], 2, 'a report');
$second->start("select status from api.monitor_delete('$ann', $gone)");
$second->wait_blocked($root);
$first->rows('commit');
is(($second->finish)[0][0][0], 204, 'then the deletion');
$gone = $root->monitor($ann);
$first->rows("begin; select api.monitor_delete('$ann', $gone)");
$second->start($second->report_sql($region{r1}, {monitor => $gone, slot => $now}, {monitor => $id, slot => $now + 4}));
$second->wait_blocked($root);
$first->rows('commit');
my ($rows, $error) = $second->finish;
is_deeply([$error, @{$rows->[0]}[1, 2]], [undef, 1, 1], 'a report after a deletion counts the tick as refused');

# A pause while a report is under way wins.
$first->rows('begin');
$first->report($region{r1}, {%down, slot => $now + 5});
$second->start("select status from api.monitor_update('$ann', $id, '{\"paused\":true}')");
$second->wait_blocked($root);
$first->rows('commit');
$second->finish;
is(state_of($id), 'paused', 'a pause comes after the report it waited for');

# What was looked at while a change waited was looked at with the old settings.
my $changed = $root->monitor($ann);
$first->rows('begin');
$first->report($region{r1}, {monitor => $changed, slot => $now});
$second->start("select status from api.monitor_update('$ann', $changed, '{\"url\":\"http://elsewhere/\"}')");
$second->wait_blocked($root);
my $moment = $root->value('select clock_timestamp()');
$first->rows('commit');
$second->finish;
is($root->value("select believe_after > '$moment' from betterstack.monitor_state where monitor_id = $changed"), 't',
    'results are believed from the end of the wait on');

# A region that is deleted while its agents report.
$first->rows('begin');
$first->report($region{r3}, {monitor => $id, slot => $now});
$second->start("select status from api.region_delete('$ann', 3)");
$second->wait_blocked($root);
$first->rows('commit');
is(($second->finish)[0][0][0], 204, 'a region waits for its reports to end');
is(($first->report($region{r3}, {monitor => $id, slot => $now + 1}))[0], 401, 'then there are no more');
$region{r3} = $root->region($ann, 'r4');

# Two regions at once, the only two of a monitor.
$root->region($ann, $_) for qw(r5 r6);
my ($fifth, $sixth) = map { $root->value("select id from betterstack.region where slug = '$_'") } qw(r5 r6);
my $watched = $root->monitor($ann, regions => ['r5', 'r6']);
$first->rows("begin; select api.region_delete('$ann', $fifth)");
$second->start("select status from api.region_delete('$ann', $sixth)");
$second->wait_blocked($root);
$first->rows('commit');
is(($second->finish)[0][0][0], 409, 'of two regions that are deleted at once the last one stays');
is($root->value("select region_ids from betterstack.monitor where id = $watched"), "{$sixth}", 'and watches');
$root->call('monitor_delete', $ann, $watched);

# A monitor that its region has not looked at yet is found out late to be no steady one: its lock is
# out of order then, and not waited for.
{
    my ($new, $odd, $well) = map { $root->monitor($ann, url => "http://$_.example/") } qw(new odd well);
    my $watch = $db->session;
    $first->pid;
    $root->report($region{r1}, map { {monitor => $_, slot => $now} } $new, $odd, $well);
    $root->report($region{r2}, map { {monitor => $_, slot => $now} } $odd, $well);
    $root->rows("begin; select from betterstack.region_state where monitor_id = $well for update");
    $first->start($first->report_sql($region{r2}, {%down, monitor => $odd, slot => $now + 1},
        map { {monitor => $_, slot => $now + 1} } $new, $well));
    $first->wait_blocked($watch);
    $second->start($second->report_sql($region{r1},
        map { {%down, monitor => $_, slot => $now + 1} } $new, $odd));
    $second->wait_blocked($watch);
    $root->rows('commit');
    is_deeply([map { ($_->finish)[0][0][1] } $first, $second], [3, 2], 'two regions, of which one has seen less: all is stored');
    is($root->value('select deadlocks from pg_stat_database where datname = current_database()'), 0, 'and neither waits for the other');
    $root->call('monitor_delete', $ann, $_) for $new, $odd, $well;
}

# Whoever deletes or pauses a monitor that is in an incident (of its certificate) wants the lock of
# incidents, as a report about another one does, which has its newest result by then.
for my $change (['monitor_delete', ''], ['monitor_update', q(, '{"paused":true,"regions":["r2"]}')]) {
    my ($odd, $well) = map { $root->monitor($ann, url => "https://$_.example/",
        ssl_expiration => $_ eq 'well' ? 14 : undef, regions => ['r1', 'r2']) } qw(odd well);
    my ($watch, $third) = ($db->session, $db->session('betterstack'));
    $_->pid for $first, $third;
    $root->report($region{$_}, map { {monitor => $_, slot => $now, expires_at => time + 86_400} } $odd, $well)
        for qw(r1 r2);
    $root->rows('select dispatch.sweep()');
    is($root->value("select count(*) from betterstack.incident_monitor where monitor_id = $well"), 1, 'its certificate ends');
    $root->report($region{r2}, {%down, monitor => $odd, slot => $now + 1});
    $root->rows('begin; select core.incident_lock()');
    $third->start("select status from api.$change->[0]('$ann', $well$change->[1])");
    $third->wait_blocked($watch);
    $first->start($first->report_sql($region{r1}, {%down, monitor => $odd, slot => $now + 1},
        {monitor => $well, slot => $now + 1}));
    $first->wait_blocked($watch);
    $root->rows('commit');
    is(($_->finish)[1], undef, "a report and $change->[0] at once") for $third, $first;
    is($root->value('select deadlocks from pg_stat_database where datname = current_database()'), 0, 'do not wait for each other');
    is(state_of($odd), 'down', 'and the report decides');
    $root->call('monitor_delete', $ann, $_) for $odd, $well;
}

# ---- a storm ----

# Each of several connections reports, in an order of its own, all monitors again and again; two
# agents a region, so each tick is reported twice.  Others change, delete and make monitors, and
# keep house.
use constant ROUNDS => 25;
my $base = int(time) * 1000 + 60_000;    # later than any change of settings, so all are believed
my @steady = map { $root->monitor($ann, url => "http://steady/$_", check_frequency => 1) } 1 .. 40;
my $steady = join ',', @steady;
$root->monitor($ann, url => "http://moving/$_") for 1 .. 20;

sub reporters {
    my ($from, $to) = @_;
    return map { reporter($_, $from, $to), reporter($_, $from, $to) } @region{qw(r1 r2 r3)};
}
sub reporter {
    my ($digest, $from, $to) = @_;
    my $session = $db->session('betterstack');
    # The hub's role has no tables: the ids come as they would from an agent.
    $session->start(<<~"SQL");
        do \$\$
        declare
            ids integer[];
            n integer;
        begin
            for round in $from .. $to loop
                select array_agg(id order by random()) into ids
                  from unnest(array[$steady] || array(select generate_series(40, 140))) id;
                n := cardinality(ids);
                perform ingest.report('$digest', 'agent', '1', null, ids,
                    array_fill($base + round, array[n]), array_fill($base + round, array[n]),
                    array_fill((case when (round + ids[1]) % 3 = 0 then 3 else 1 end)::smallint, array[n]),
                    array_fill((case when (round + ids[1]) % 3 = 0 then 10 else 0 end)::smallint, array[n]),
                    array_fill(1::smallint, array[n]), array_fill(200, array[n]),
                    array_fill('127.0.0.1'::text, array[n]), array_fill(1, array[n]), array_fill(1, array[n]),
                    array_fill(1, array[n]), array_fill(1, array[n]), array_fill(1, array[n]),
                    array_fill(null::text, array[n]), array_fill(0::smallint, array[n]),
                    array_fill(0::bigint, array[n]));
                commit;
            end loop;
        end
        \$\$
        SQL
    return $session;
}

my @reporters = reporters(1, ROUNDS);

my $changer = $db->session('betterstack');
$changer->start(<<~"SQL");
    do \$\$
    declare
        made integer;
    begin
        for round in 1 .. ${\ROUNDS} * 4 loop
            made := (api.monitor_create('$ann', '{"url":"http://new/","monitor_type":"status"}')).body::json #>> '{data,id}';
            perform api.monitor_update('$ann', made, '{"regions":["r1","r2"]}');
            commit;
            perform api.monitor_update('$ann', (array[$steady])[1 + round % 40],
                case when round % 2 = 0 then '{"paused":true}' else '{"check_frequency":2}' end::jsonb);
            commit;
            perform api.monitor_update('$ann', (array[$steady])[1 + round % 40], '{"paused":false,"regions":null}');
            commit;
            perform api.monitor_delete('$ann', made);
            commit;
            perform dispatch.housekeeping();
            commit;
        end loop;
    end
    \$\$
    SQL

my @errors = grep { defined } map { ($_->finish)[1] } @reporters, $changer;
is_deeply(\@errors, [], 'a storm of reports and changes ends without an error');
@errors = grep { defined } map { ($_->finish)[1] } reporters(ROUNDS + 1, ROUNDS + 5);
is_deeply(\@errors, [], 'and so do the reports that follow');
is($root->value("select count(*) from (select monitor_id, region_id, slot from betterstack.tick
    where monitor_id in ($steady) and slot > core.from_ms($base) group by 1, 2, 3) t"), 40 * 3 * (ROUNDS + 5),
    'every slot of every region is there');
is($root->value("select count(*) from betterstack.tick where monitor_id in ($steady) and slot > core.from_ms($base)"),
    40 * 3 * (ROUNDS + 5), 'once');
is($root->value("select count(*) from betterstack.region_state where monitor_id in ($steady)
    and slot <> core.from_ms($base + ${\(ROUNDS + 5)})"), 0, 'the newest result is the state');

# No verdict was lost between two reports: deciding once more changes nothing.
my $verdicts = "select monitor_id, status, reason, failure_text from betterstack.monitor_state
    where monitor_id in ($steady) order by 1";
my $before = $root->rows($verdicts);
is(scalar(grep { $_->[1] == 0 } @$before), 0, 'every monitor has a verdict');
$root->rows("select dispatch.sweep(clock_timestamp() + interval '3 seconds')");
$before = $root->rows($verdicts);
$root->rows("select core.verdict_step(id, date_trunc('milliseconds', clock_timestamp())) from unnest(array[$steady]) id");
is_deeply($root->rows($verdicts), $before, 'and no report would have come to another');

done_testing;
