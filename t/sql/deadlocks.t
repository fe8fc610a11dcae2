use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# An outage of everything, over and over: all regions report it at once, each monitor in an order of
# its own, while the sweep looks, jobs fail and people change, pause and delete monitors and regions, and act on
# incidents; agents lease what is to be told of it, and tell what became of that.  Nobody is told of a
# deadlock, because there is none.

use constant MONITORS => 60;
use constant ROUNDS   => 16;

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $ann = $root->person('ann');
my %digest = map { $_ => $root->region($ann, $_) } qw(eu us as);
my @ids = map { $root->monitor($ann, url => "http://h$_.example/", check_frequency => 5,
    $_ % 10 == 0 ? (confirmation_period => 1) : $_ % 7 == 0 ? (recovery_period => 1) : ()) } 1 .. MONITORS;
my $ids = join ',', @ids;
for my $child (@ids[1 .. 8]) {
    $root->call('monitor_update', $ann, $child, qq({"depends_on":["$ids[0]"]}));
}
my @pings = map {
    my ($status, $body) = $root->call('heartbeat_create', $ann, '{"_url":"http://hub/api/v2/heartbeats"}', qq({"name":"job $_","period":30,"grace":0}));
    my ($token) = $body->{data}{attributes}{url} =~ m{([^/]+)$};
    "perform api.heartbeat_ping(sha256('$token'), case when round % 2 = 0 then 'fail' else 'success' end, null,"
        . " 'said', '127.0.0.1', clock_timestamp())";
} 1 .. 5;
$root->rows("insert into betterstack.channel (team_id, name, kind, rate_limit, repeat_every) values (1, 'many', 'slack', 600, null),
    (1, 'few', 'webhook', 5, 1), (1, 'pager', 'pagerduty', 600, null)");
my $slo = ($root->call('slo_create', $ann, qq({"name":"x","target":99.999,"all_monitors":true})))[1]{data}{id};
$root->rows("select dispatch.sweep(); update betterstack.sweep set quiet_until = now()");

# What is down changes every fourth round, for all regions alike; a third is at one address.
sub reporter {
    my ($digest, $from) = @_;
    my $session = $db->session('betterstack');
    $session->start(<<~"SQL");
        do \$\$
        declare
            chosen integer[];
            down smallint[];
            n integer;
            moment bigint;
            outcomes jsonb;
            given bytea[] := '{}';
        begin
            for round in $from .. $from + ${\(ROUNDS - 1)} loop
                chosen := array(select id from unnest(array[$ids]) id where random() < 0.8 order by random());
                n := cardinality(chosen);
                moment := (extract(epoch from clock_timestamp()) * 1000)::bigint;
                down := array(select case when (round / 4 + id % 2 * (round / 8)) % 2 = 0 then 3 else 1 end
                                from unnest(chosen) with ordinality t (id, place) order by place);
                -- What the last reply brought, in its packed form, and some that another may have.
                outcomes := (select jsonb_agg(jsonb_build_array(o.id, 1 + o.place % 2, o.place % 3, 200, 0, 1, '', '') order by random())
                    from (select case get_byte(g, 1) when 204 then get_byte(g, 2) when 205 then get_byte(g, 2) * 256 + get_byte(g, 3)
                                 else get_byte(g, 1) end as id, 3 * row_number() over () as place from unnest(given) g
                          union all select 1 + floor(random() * 40 * round), p from generate_series(1, 9) p) o);
                given := array(select r.delivery from ingest.report('$digest', 'agent', '1', null, chosen, array_fill(moment, array[n]),
                    array_fill(moment, array[n]), down,
                    array(select case d when 3 then 11 else 0 end from unnest(down) with ordinality t (d, place)
                           order by place)::smallint[],
                    array_fill(1::smallint, array[n]), array_fill(200, array[n]),
                    array(select '192.0.2.' || case when id % 3 = 0 then 1 else id end
                            from unnest(chosen) with ordinality t (id, place) order by place),
                    array_fill(1, array[n]), array_fill(1, array[n]), array_fill(1, array[n]),
                    array_fill(1, array[n]), array_fill(1, array[n]), array_fill(null::text, array[n]),
                    array_fill(0::smallint, array[n]), array_fill(0::bigint, array[n]),
                    deliver => true, outcomes => outcomes, asking => jsonb_build_object('kinds', array['slack', 'webhook', 'pagerduty', 'email'],
                        'life', 1 + round / 8, 'turn', round, 'holds', '[]'::jsonb)) r where r.delivery is not null);
                commit;
                perform pg_sleep(0.02 * random());
            end loop;
        end
        \$\$
        SQL
    return $session;
}

sub looper {
    my ($times, @statements) = @_;
    my $session = $db->session('betterstack');
    my $body = join "\n", map { "$_;\ncommit;" } @statements;
    $session->start("do \$\$\ndeclare\nr api.reply;\nmade integer;\nbegin\nfor round in 1 .. $times loop\n$body\nend loop;\nend\n\$\$");
    return $session;
}

# The hub's role sees no tables: incidents are found as people find them.
sub on_incident {
    my ($what) = @_;
    return "for wait in 1 .. 600 loop
            r := api.incident_list('$ann', '{\"per_page\":\"5\"}');
            exit when r.body::jsonb -> 'data' <> '[]';
            commit;
            perform pg_sleep(0.05);
        end loop",
        "perform api.incident_$what('$ann', coalesce(((r.body::jsonb #> '{data}') -> (round % 3)) ->> 'id', '1')::bigint, '{}')";
}

my @at_once = (
    (map { reporter($_, 0), reporter($_, 2) } @digest{qw(eu us as)}),
    looper(3 * ROUNDS, 'perform dispatch.sweep(clock_timestamp())', 'perform pg_sleep(0.05)'),
    looper(3 * ROUNDS, 'perform dispatch.sweep(clock_timestamp())', 'perform dispatch.housekeeping()'),
    looper(4 * ROUNDS, @pings), looper(4 * ROUNDS, reverse @pings),
    looper(2 * ROUNDS, map { on_incident($_) } qw(acknowledge resolve reopen)),
    looper(2 * ROUNDS, "perform api.monitor_update('$ann', (array[$ids])[1 + round % ${\MONITORS}], '{\"paused\":true}')",
        "perform api.monitor_update('$ann', (array[$ids])[1 + (round * 7) % ${\MONITORS}], '{\"check_frequency\":6}')",
        "perform api.monitor_update('$ann', (array[$ids])[1 + (round * 3) % ${\MONITORS}], '{\"depends_on\":[\"$ids[-1]\"]}')",
        "perform api.monitor_update('$ann', (array[$ids])[1 + round % ${\MONITORS}], '{\"paused\":false}')",
        "r := api.monitor_create('$ann', '{\"url\":\"http://new.example/\",\"monitor_type\":\"status\"}')",
        "made := r.body::json #>> '{data,id}'",
        "perform api.monitor_delete('$ann', made)",
        "perform api.monitor_delete('$ann', case when round % 4 = 0 then (array[$ids])[10 + round / 4] else made end)"),
    looper(2 * ROUNDS, "r := api.maintenance_window_create('$ann', concat('{\"name\":\"w\",\"starts_at\":\"', now()::date, '\",',
            '\"duration\":86000,\"recurrence\":\"RRULE:FREQ=DAILY\",\"all_monitors\":', (round % 2 = 0)::text, ',\"monitor_ids\":[$ids[5],$ids[3]]}')::jsonb)",
        "made := r.body::json #>> '{data,id}'", 'perform pg_sleep(0.05)',
        "perform api.maintenance_window_update('$ann', made, '{\"monitor_ids\":[$ids[7],$ids[2],$ids[9]],\"all_monitors\":false}')",
        "perform api.monitor_update('$ann', $ids[3], concat('{\"maintenance_from\":\"00:00\",\"maintenance_to\":\"', lpad((1 + round % 23)::text, 2, '0'), ':00\"}')::jsonb)",
        "perform api.maintenance_window_end('$ann', made, '{}')", "perform api.maintenance_window_delete('$ann', made)",
        "perform api.monitor_update('$ann', $ids[3], '{\"maintenance_from\":null,\"maintenance_to\":null}')"),
    looper(2 * ROUNDS, "r := api.slo_create('$ann', '{\"name\":\"s\",\"target\":99.999,\"all_monitors\":true}')",
        "made := r.body::json #>> '{data,id}'", 'perform pg_sleep(0.1)', "perform api.slo_update('$ann', made, '{\"burn_alerts\":false}')",
        "perform api.slo_update('$ann', made, '{\"burn_alerts\":true,\"monitor_ids\":[$ids[7],$ids[2]],\"all_monitors\":false}')",
        "perform api.slo_history('$ann', made, '{}')", "perform api.slo_delete('$ann', made)"),
    looper(2 * ROUNDS, "r := api.policy_create('$ann', '{\"name\":\"p\",\"steps\":[{\"type\":\"escalation\",\"step_members\":[{\"type\":\"entire_team\"}]}]}')",
        "made := r.body::json #>> '{data,id}'", "perform api.slo_update('$ann', $slo, concat('{\"policy_id\":', made, ',\"target\":99.99', 1 + round % 9, '}')::jsonb)",
        'perform pg_sleep(0.1)', "perform api.slo_list('$ann', '{}')", "perform api.policy_delete('$ann', made)"),
    looper(ROUNDS, "r := api.region_create('$ann', '{\"slug\":\"spare\"}')", "made := r.body::json #>> '{data,id}'",
        "perform api.monitor_update('$ann', (array[$ids])[20 + round], '{\"regions\":[\"eu\",\"us\",\"spare\"]}')",
        "perform api.region_update('$ann', made, '{\"name\":\"Spare\"}')", "perform api.region_delete('$ann', made)"),
);
# Agents that come back make the hub quiet for a while: here it never is.
my $loud = $db->session;
$loud->start("do \$\$ begin for n in 1 .. ${\(8 * ROUNDS)} loop update betterstack.sweep set quiet_until = now() where quiet_until > now();
    commit; perform pg_sleep(0.03); end loop; end \$\$");
my @errors = grep { defined } map { ($_->finish)[1] } @at_once, $loud;
is_deeply(\@errors, [], 'reports, sweeps and people at once: no error');
is($root->value("select deadlocks from pg_stat_database where datname = current_database()"), 0, 'and no deadlock behind it');

cmp_ok($root->value('select count(*) from betterstack.incident'), '>', 5, 'there were incidents');
is($root->value('select last_value from betterstack.maintenance_window_id_seq'), 2 * ROUNDS, 'and maintenance windows');
cmp_ok($root->value("select count(*) from betterstack.incident where kind = 'burn'"), '>', 0, 'and budgets that burn');
cmp_ok($root->value("select count(*) from betterstack.incident_entry where what = 'acknowledged'"), '>', 0, 'and people who saw them');

cmp_ok($root->value("select count(*) from betterstack.delivery where state = 2"), '>', 5, 'who were told');
is($root->value("select count(*) from betterstack.delivery d where d.waiting and d.state = 0 and not exists (
    select from betterstack.delivery o left join betterstack.delivery g on g.id = o.digest_id
     where o.incident_id = d.incident_id and o.receiver = d.receiver and o.id < d.id
       and (o.state in (0, 1) or o.state = 5 and g.state in (0, 1)))"), 0, 'nothing waits for what is done');

# In the end all is up, and everything is over; but of those that only regions in quarantine look at
# nothing is known.
my $not_up = q{select count(*) from betterstack.monitor_state s join betterstack.monitor m on m.id = s.monitor_id
    where s.status not in (1, 4, 7) and exists (select from betterstack.region r
        where r.belief = 0 and (m.region_ids is null or r.id = any (m.region_ids)))};
my $end = 0;
for (1 .. 30) {
    $root->rows("update betterstack.sweep set quiet_until = now()");
    my $now = int(time * 1000);
    $root->report($digest{$_}, map { {monitor => $_, slot => $now + $end} } @ids) for qw(eu us as);
    $end++;
    $root->rows('select dispatch.sweep()');
    last if !$root->value($not_up);
    select undef, undef, undef, 0.3;
}
is($root->value($not_up), 0, 'all is up again');
is($root->value(q{select count(*) from betterstack.incident_monitor im join betterstack.monitor_state s on s.monitor_id = im.monitor_id
    join betterstack.incident i on i.id = im.incident_id
    where im.ended_at is null and i.kind in ('failure', 'mass') and s.status in (1, 4)}), 0, 'none of them is in an open incident');
is($root->value('select count(*) from betterstack.monitor_state s where incident_id is not null and not exists (
    select from betterstack.incident i where i.id = s.incident_id)'), 0, 'no incident is missing');
is($root->value(q{select count(*) from (select monitor_id from betterstack.incident_monitor im
    join betterstack.incident i on i.id = im.incident_id and i.resolved_at is null
    where ended_at is null group by monitor_id having count(*) > 1) twice}), 0, 'no monitor is in two');

done_testing;
