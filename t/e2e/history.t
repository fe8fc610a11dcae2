# Years of history, the whole way: results of three days come as agents send them, some twice, some late, after
# their day is sealed, some not measured at first; the hub seals the days and is killed and reloaded meanwhile.
# Then every question about them is held against a plain model of what was reported, while the days are hot,
# while late results wait, and when all is packed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib", "$FindBin::Bin/../observer/lib";

use JSON::PP;
use List::Util qw(max min sum0);
use POSIX qw(ceil floor strftime);
use Test::More;

use BetterStack::Agent::Email ();
use BetterStack::Agent::MailServer;
use BetterStack::Client;
use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack qw(wait_for);
use BetterStack::Wire qw(pack_report);

use constant {DAY => 86_400_000, DAYS => 3, REPORT_TICKS => 1500, WAIT => 120};

my $mail = BetterStack::Agent::MailServer->new('--login', 'hub', 'mail-secret');
my $stack = BetterStack::Stack->new(regions => 'north south', workers => 3);
my $ann = BetterStack::Client->new($stack, token => $stack->token);
my @regions = qw(north south);
my @phases = qw(dns connect tls first_byte total);

sub made {
    my ($path, $body) = @_;
    my ($status, $data) = $ann->post($path, $body);
    die "$path: $status ", encode_json($data) if $status != 201;
    return $data->{data}{id};
}
sub sql { return $stack->sql($_[0]) }

# Two that are reported about here, which agents look at once a day; one that agents look at every second.
my ($shop, $blog) = map { made('/api/v2/monitors', {url => $stack->url('/healthz'), pronounceable_name => $_,
    monitor_type => 'status', check_frequency => 86400}) } qw(Shop Blog);
my $live = made('/api/v2/monitors', {url => $stack->url('/healthz'), monitor_type => 'status', check_frequency => 1});

# ---- what is reported, and the model of it ----

# No day is closed before the test says so; those that are closed already are opened again.
my $today = sql("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD')");
my $first = sql("select (extract(epoch from date '$today' - 5) * 1000)::bigint");
my $end = $first + DAYS * DAY;         # three whole days: closed at any hour of today
my @dates = map { strftime('%Y-%m-%d', gmtime(($first + $_ * DAY) / 1000)) } 0 .. DAYS - 1;
sql("begin; delete from betterstack.day;
    insert into betterstack.day (day, trouble) select date '$today' + i, 'held by a test' from generate_series(-8, 0) i;
    do \$\$ declare leaf regclass; begin
        for leaf in select t.tgrelid from pg_trigger t where t.tgname = 'divert' loop
            execute format('drop trigger divert on %s', leaf);
        end loop; end \$\$; commit");

my %model;      # monitor, region, slot: what was reported first, but measured before not measured

# The result of a minute, by arithmetic; `more` makes another one of the same slot.
sub result {
    my ($monitor, $region, $n, $more) = @_;
    my $slot = $first + $n * 60_000 + ($region eq 'south' ? 20_000 : 0) + 7 * $monitor;
    my $k = $n * 31 + $monitor * 7 + ($region eq 'south' ? 3 : 0) + 1000 * $more;
    my %tick = (monitor => 0 + $monitor, slot => $slot, checked_at => $slot + $k % 40, status => $k % 211 == 0 ? 2 : 1,
        reason => 0, attempts => 1, http_status => 200, address => '127.0.0.' . (1 + $k % 3), evidence => undef,
        dns => 300 + $k % 97, connect => 12_000 + $k % 1009 * 3, tls => -1, first_byte => 30_000 + $k % 7919,
        total => 43_000 + $k * 13 % 20_011, flags => 0, expires_at => 0, domain_expires_at => 0);
    if ($n % 1440 >= 600 && $n % 1440 < 640) {
        @tick{qw(status reason http_status first_byte attempts total)} = (3, 10, 0, -1, 2, 500);
        $tick{evidence} = qq({"error":"refused","n":@{[$n + $more]}});
    }
    return \%tick;
}

sub unknown {
    my ($tick) = @_;
    return {%$tick, status => 0, reason => 66, http_status => 0, evidence => undef, map { $_ => -1 } @phases};
}

sub heard {
    my ($region, $tick) = @_;
    my $slots = $model{$tick->{monitor}}{$region} //= {};
    my $known = $slots->{$tick->{slot}};
    $slots->{$tick->{slot}} = $tick if !$known || ($known->{status} == 0 && $tick->{status} != 0);
}

my ($sent, $again, @refused) = (0, 0);

# As an agent does: until it is told that they are stored.
sub report {
    my ($region, @ticks) = @_;
    while (my @part = splice @ticks, 0, REPORT_TICKS) {
        my $body = pack_report([@part], agent => "history-$region");
        my $reply;
        wait_for(sub {
            $reply = $stack->request(POST => '/agent/v1/report', {content => $body, headers => {
                'Content-Type' => 'application/msgpack', Authorization => 'Bearer ' . $stack->region_token($region)}});
            $again++ if $reply->{status} != 200;
            $reply->{status} =~ /^[24]/;
        }, WAIT) && $reply->{status} == 200 or die "a report is not taken: $reply->{status} $reply->{content}";
        my $answer = msgpack_decode($reply->{content});
        push @refused, "$region: $answer->{refused}" if $answer->{refused};
        heard($region, $_) for @part;
        $sent += @part;
    }
}

# Which results come when: of each minute in (hot), again or at last in (late).
my (%hot, %late);
for my $monitor ($shop, $blog) {
    for my $region (@regions) {
        for my $n (0 .. DAYS * 1440 - 1) {
            my $tick = result($monitor, $region, $n, 0);
            my $whole_day_late = $monitor == $blog && $region eq 'south' && int($n / 1440) == 1;
            if ($n % 17 == 3 || $whole_day_late) {
                push @{$late{$region}}, $tick;
            } elsif ($n % 23 == 7) {
                push @{$hot{$region}}, unknown($tick);
                push @{$n % 2 ? $late{$region} : $hot{$region}}, $tick;
            } elsif ($n % 29 == 11) {
                push @{$hot{$region}}, unknown($tick);
            } else {
                push @{$hot{$region}}, $tick;
                push @{$late{$region}}, result($monitor, $region, $n, 1) if $n % 13 == 5;
                push @{$late{$region}}, unknown($tick) if $n % 37 == 9;
            }
        }
        push @{$hot{$region}}, map { result($monitor, $region, $_, 2) } grep { $_ % 41 == 5 && $_ % 17 != 3 } 0 .. 1439;
    }
}

# The past that no report makes: since when they are there, and what was decided about them.
sub past {
    my ($monitor) = @_;
    sql("update betterstack.monitor set created_at = core.from_ms($first) where id = $monitor;
        insert into betterstack.maintenance_time values
            (1, $monitor, core.from_ms($first + @{[DAY]}), core.from_ms($first + @{[DAY + 3_600_000]}))");
}
# What the reports made of it is that it was up since the newest result.
sub states {
    my ($monitor) = @_;
    sql("begin; delete from betterstack.state_span where monitor_id = $monitor;
        insert into betterstack.state_span (monitor_id, began_at, ended_at, state) values
            ($monitor, core.from_ms($first), core.from_ms($end - 3600000), 1),
            ($monitor, core.from_ms($end - 3600000), core.from_ms($end - 1800000), 9),
            ($monitor, core.from_ms($end - 1800000), null, 1); commit");
}
sub outage {
    my ($monitor, $from, $seconds) = @_;
    sql("with i as (insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at,
            acknowledged_at, resolved_at, last_joined_at, monitors_count)
            select team_id, 'failure', 'x', 'x', t, t, t + interval '60 s', t + interval '$seconds s', t, 1
              from betterstack.monitor m, (select $from as t) o where m.id = $monitor returning *)
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at, ended_at)
        select id, $monitor, 'x', 'x', 'x', started_at, started_at, resolved_at from i");
}
past($_) for $shop, $blog;
outage($shop, "core.from_ms($first + 43200000)", 5400);
outage($blog, "now() - interval '5 hours'", 4320);

# ---- questions, each against the model ----

sub attributes {
    my ($path) = @_;
    my ($status, $data) = $ann->get($path);
    if ($status != 200) { fail $path; diag explain $data }
    return $data->{data}{attributes};
}
sub differs { my ($what, $got, $want) = @_; return ($got // 'null') eq ($want // 'null') ? () : "$what: " . ($got // 'null') . ', not ' . ($want // 'null') }
sub far {
    my ($what, $got, $want, $share) = @_;
    return () if !defined $got && !defined $want;
    return defined $got && defined $want && abs($got - $want) <= $share * abs($want) + 6e-7 ? () : differs($what, $got, $want);
}
sub none { my ($name, @wrong) = @_; ok !@wrong, $name or diag join "\n", @wrong > 8 ? (@wrong[0 .. 7], scalar(@wrong) . ' in all') : @wrong }
sub ticks_of {
    my ($monitor, $region, $from, $to) = @_;
    my $slots = $model{$monitor}{$region};
    return map { $slots->{$_} } sort { $a <=> $b } grep { $_ >= $from && $_ < $to } keys %$slots;
}
sub iso { my ($ms) = @_; return strftime('%Y-%m-%dT%H:%M:%S', gmtime($ms / 1000)) . sprintf '.%03dZ', $ms % 1000 }

my @names = qw(unknown up degraded down);

# {up, degraded, down, unknown, count, mean, min, max, p50..} of ticks, of one phase.
sub figures {
    my ($phase, @ticks) = @_;
    my %figure = map { $_ => 0 } @names;
    $figure{$names[$_->{status}]}++ for @ticks;
    my @values = sort { $a <=> $b } grep { $_ >= 0 } map { $_->{$phase} } grep { $_->{status} == 1 || $_->{status} == 2 } @ticks;
    $figure{count} = @values;
    @figure{qw(mean min max)} = @values ? (floor(sum0(@values) / @values + 0.5), $values[0], $values[-1]) : ();
    $figure{"p$_"} = @values ? $values[max(0, ceil($_ / 100 * @values) - 1)] : undef for 50, 90, 95, 99;
    return \%figure;
}
sub figures_differ {
    my ($what, $got, $want) = @_;
    return ((map { differs("$what $_", $got->{$_}, $want->{$_}) } grep { exists $got->{$_} } @names, 'count', 'min', 'max'),
        far("$what mean", $got->{mean}, $want->{mean}, 2e-5), map { far("$what p$_", $got->{"p$_"}, $want->{"p$_"}, 0.0201) } 50, 90, 95, 99);
}

sub ask_ticks {
    my ($monitor) = @_;
    my (@wrong, %evidence);
    for my $day (0 .. DAYS - 1) {
        my ($from, $to) = ($first + $day * DAY, $first + ($day + 1) * DAY);
        my $all = attributes("/api/v2/monitors/$monitor/ticks?from=$from&to=@{[$to - 1]}&limit=20000");
        push @wrong, 'it says it is damaged' if $all->{damaged};
        push @wrong, differs('regions', join(' ', map { $_->{region} } @{$all->{regions}}), join ' ', grep { ticks_of($monitor, $_, $from, $to) } @regions);
        for my $of (@{$all->{regions}}) {
            my @want = ticks_of($monitor, $of->{region}, $from, $to);
            push @wrong, differs("$dates[$day] $of->{region}", scalar @{$of->{slot}}, scalar @want);
            for my $i (0 .. $#want) {
                my $want = $want[$i];
                push @wrong, differs("$dates[$day] $of->{region} $i", join(' ', map { $_ // '-' } map { $of->{$_}[$i] } qw(slot checked_at status
                    attempts address), @phases), join ' ', @$want{qw(slot checked_at)}, $names[$want->{status}], @$want{qw(attempts address)},
                    map { $want->{$_} < 0 ? '-' : $want->{$_} } @phases);
                push @wrong, "no words for $want->{slot}" if $want->{status} == 3 && ($of->{text}[$i] // '') !~ /refused/;
            }
        }
        my ($early, $late) = ($from + 590 * 60_000, $from + 650 * 60_000);
        for my $of (@{attributes("/api/v2/monitors/$monitor/ticks?from=$early&to=@{[$late - 1]}&limit=1000&evidence=true")->{regions}}) {
            push @wrong, differs("evidence of $dates[$day] $of->{region}", join(' ', map { $_ ? $_->{n} : '-' } @{$of->{evidence}}),
                join ' ', map { ($_->{evidence} // '') =~ /(\d+)/ ? $1 : '-' } ticks_of($monitor, $of->{region}, $early, $late));
        }
    }
    return @wrong;
}

sub ask_export {
    my ($monitor) = @_;
    my $reply = ($ann->get("/api/v2/monitors/$monitor/export.csv?from=$first&to=@{[$end - 1]}"))[2];
    my ($head, @lines) = split /\n/, $reply->{content};
    my @want = map { my $region = $_; map { [$_, $region] } ticks_of($monitor, $region, $first, $end) } @regions;
    my %want = map { (iso($_->[0]{slot}) . " $_->[1]") => join ',', $names[$_->[0]{status}], map { $_ < 0 ? '' : $_ } @{$_->[0]}{@phases} } @want;
    my @wrong = (differs('lines', scalar @lines, scalar @want), differs('again', $reply->{headers}{link}, undef));
    for my $line (@lines) {
        my @column = split /,/, $line =~ s/"[^"]*"/x/gr =~ s/\r$//r, -1;
        my $key = "$column[0] $column[2]";
        push @wrong, differs($key, join(',', $column[3], @column[-5 .. -1]), delete $want{$key});
    }
    return @wrong, map { "$_ is missing" } keys %want;
}

sub ask_times {
    my ($monitor) = @_;
    my @wrong;
    for my $step (0, 3600, 86400) {
        my $to = $step ? $end : $first + 1000 * 60_000;
        my $all = attributes("/api/v2/monitors/$monitor/response-times?from=$first&to=" . ($step ? "$end&step=$step" : $to - 1));
        push @wrong, differs('step', $all->{step}, $step);
        for my $of (@{$all->{regions}}) {
            my %of;
            push @{$of{$step ? $first + floor(($_->{slot} - $first) / 1000 / $step) * 1000 * $step : $_->{checked_at}}}, $_
                for grep { $_->{status} == 1 || $_->{status} == 2 } ticks_of($monitor, $of->{region}, $first, $to);
            my %got = map { $_->{at} => $_ } @{$of->{response_times}};
            push @wrong, differs("$step $of->{region}: steps", join(' ', sort keys %got), join ' ', map { iso($_) } sort { $a <=> $b } keys %of);
            for my $at (keys %of) {
                my $got = $got{iso($at)} // {};
                push @wrong, far("$step $of->{region} $at $_->[0]", $got->{$_->[0]}, mean($_->[1], @{$of{$at}}) / 1e6, 1e-4)
                    for [response_time => 'total'], [name_lookup_time => 'dns'], [connection_time => 'connect'];
            }
        }
    }
    return @wrong;
}
sub mean { my ($phase, @ticks) = @_; return sum0(map { $_->{$phase} } @ticks) / @ticks }

sub ask_percentiles {
    my ($monitor) = @_;
    my @wrong;
    for my $case ([86400, 'total'], [3600, 'total'], [21600, 'connect'], [86400, 'first_byte'], [3600, 'dns']) {
        my ($step, $phase) = @$case;
        my $all = attributes("/api/v2/monitors/$monitor/percentiles?from=$first&to=$end&step=$step&phase=$phase");
        push @wrong, differs('regions', join(' ', map { $_->{region} } @{$all->{regions}}), "@regions");
        for my $of (@{$all->{regions}}, {%{$all->{all}}, region => undef}) {
            my @of = defined $of->{region} ? $of->{region} : @regions;
            for my $i (0 .. $#{$of->{at}}) {
                my $from = $of->{at}[$i];
                my $want = figures($phase, map { ticks_of($monitor, $_, $from, $from + 1000 * $step) } @of);
                my %got = map { $_ => $of->{$_}[$i] } keys %$want;
                push @wrong, figures_differ("$phase, $step s, " . ($of->{region} // 'all') . ' ' . iso($from), \%got, $want);
            }
            push @wrong, differs("$phase, $step s: steps", scalar @{$of->{at}}, DAYS * 86400 / $step);
        }
        push @wrong, figures_differ("$phase, $step s: summary", $all->{summary}{all}, figures($phase, map { ticks_of($monitor, $_, $first, $end) } @regions));
    }
    return @wrong;
}

sub ask_regions {
    my ($monitor) = @_;
    my @wrong;
    for my $of (@{attributes("/api/v2/monitors/$monitor/regions?from=$first&to=$end")->{regions}}) {
        my $want = figures('total', ticks_of($monitor, $of->{region}, $first, $end));
        my $checks = $want->{up} + $want->{degraded} + $want->{down};
        push @wrong, figures_differ($of->{region}, $of, $want), differs('checks', $of->{checks}, $checks),
            far('success rate', $of->{success_rate}, ($want->{up} + $want->{degraded}) / $checks, 1e-5);
        for my $phase (qw(dns connect first_byte)) {
            my $want = figures($phase, ticks_of($monitor, $of->{region}, $first, $end));
            my $got = $of->{phases}{$phase} or next;
            push @wrong, far("$phase mean", $got->{mean}, $want->{mean}, 2e-5), map { far("$phase $_", $got->{$_}, $want->{$_}, 0.0201) } qw(p50 p95);
        }
    }
    return @wrong;
}

sub ask_results {
    my ($when) = @_;
    for ([Shop => $shop], [Blog => $blog]) {
        my ($name, $monitor) = @$_;
        none("$when, $name: ticks", ask_ticks($monitor));
        none("$when, $name: the file", ask_export($monitor));
        none("$when, $name: response times", ask_times($monitor));
        none("$when, $name: percentiles", ask_percentiles($monitor));
        none("$when, $name: regions", ask_regions($monitor));
    }
}

# ---- the story ----

report($_, @{$hot{$_}}) for @regions;
ask_results('hot');

# What waits for minutes to pass need not.
sub hurry {
    return eval { sql("begin; update betterstack.day set packed_at = packed_at - interval '5 minutes' where packed_at > now() - interval '2 minutes';
        update betterstack.sealer set late_at = '-infinity', until = '-infinity'; commit"); 1 };
}
sub count { return sql("select count(*) from betterstack.$_[0]") }
sub kill_hub {
    my @all = ($stack->pid('nginx'), $stack->workers);
    kill KILL => @all;
    wait_for(sub { !grep { BetterStack::Stack::is_running($_) } @all }, 20) or die 'the hub does not end';
    $stack->start('nginx');
}

sql("update betterstack.day set trouble = null where day between '$dates[0]' and '$dates[-1]'");
ok wait_for(sub { hurry(); count('tick_sealed') > 0 }, WAIT), 'the hub begins to seal';
kill_hub();
my @some = splice @{$late{north}}, 0, 300;
report('north', @some);
$stack->reload;
kill KILL => ($stack->workers)[0];
report('north', @some);
my @dated = map { "'$_'" } @dates;
ok wait_for(sub { hurry(); count("day where state = 2 and day in (@{[join ', ', @dated]})") == DAYS }, WAIT), 'all three days are sealed'
    or diag sql('select * from betterstack.day order by 1');
is count("tick where monitor_id in ($shop, $blog) and slot < core.from_ms($end)"), 0, 'their rows are gone';
is sql("select count(*) from betterstack.day where trouble <> 'held by a test'"), 0, 'none is in trouble';

report($_, @{$late{$_}}) for @regions;
report($_, @{$late{$_}}[0 .. 200], @{$hot{$_}}[0 .. 200]) for @regions;
ask_results('late');
kill_hub();
ok wait_for(sub { hurry(); count('tick_late') == 0 }, WAIT), 'late results are merged' or diag sql('select * from betterstack.tick_late limit 5');
ask_results('merged');
is_deeply \@refused, [], 'nothing that was reported was refused';
note "$sent results sent, $again reports sent again";

# ---- what follows from states ----

states($_) for $shop, $blog;
subtest 'availability' => sub {
    my $counted = DAYS * 86400 - 3600 - 1800;
    my %down = ($shop => 5400, $blog => 0);
    for my $monitor ($shop, $blog) {
        my $sla = attributes("/api/v2/monitors/$monitor/sla?from=$dates[0]&to=$dates[-1]");
        is_deeply [@$sla{qw(total_downtime number_of_incidents maintenance no_data paused pending)}],
            [$down{$monitor}, $down{$monitor} ? 1 : 0, 3600, 1800, 0, 0], "SLA of $monitor";
        cmp_ok abs($sla->{availability} - 100 * ($counted - $down{$monitor}) / $counted), '<', 1e-6, 'in percent';
    }
    my (undef, $team) = $ann->get("/api/v2/sla?from=$dates[0]&to=$dates[-1]");
    my %row = map { $_->{id} => $_->{attributes} } @{$team->{data}};
    is $row{$_}{total_downtime}, $down{$_}, 'of the team' for $shop, $blog;
    is_deeply [@{$team->{summary}}{qw(total_downtime number_of_incidents)}], [5400, 1], 'and its sum';
    my %day;
    for my $year (map { substr $_, 0, 4 } @dates) {
        $day{$_->{day}} = $_ for @{attributes("/api/v2/monitors/$shop/calendar?year=$year")->{days}};
    }
    is_deeply [map { [@{$day{$_}}{qw(availability downtime maintenance no_data incidents)}] } @dates],
        [[0.9375, 5400, 0, 0, 1], [1, 0, 3600, 0, 0], [1, 0, 0, 1800, 0]], 'calendar';
    my %seen = map { $_->{id} => $_->{attributes} } @{($ann->get('/api/v2/monitors/overview?per_page=1000'))[1]{data}};
    cmp_ok abs($seen{$blog}{availability_24h} - (1 - 4320 / 86400)), '<', 1e-3, 'the last 24 hours';
    like $seen{$blog}{bars}, qr/^u{18,19}d{2,3}u{3,4}$/, 'in bars';
    like $seen{$shop}{bars}, qr/^u{24}$/, 'of the other';
    my $slo = attributes('/api/v2/slos/' . made('/api/v2/slos', {name => 'All', target => 99, window => 7, monitor_ids => [$shop, $blog],
        burn_alerts => JSON::PP::false}));
    cmp_ok abs($slo->{error_budget}{spent} - 9720), '<', 1, 'what an SLO spends' or diag explain $slo;
};

subtest 'a report' => sub {
    my ($status) = $ann->patch('/api/v2/installation', {smtp_password => 'mail-secret', public_url => 'https://status.example', smtp => {
        host => '127.0.0.1', port => 0 + $mail->port, security => 'none', username => 'hub', from => 'Hub <hub@example.com>'}});
    is $status, 200, 'a mail server';
    my $channel = made('/api/v2/channels', {name => 'Customers', kind => 'email', settings => {to => ['customer@example.org']}});
    my $report = made('/api/v2/reports', {name => 'Week', period => 'week', monitor_ids => [$shop, $blog], user_ids => [], channel_ids => [$channel]});
    my $run = made("/api/v2/reports/$report/run", {day => $dates[0], send => JSON::PP::true});
    my $weekday = (gmtime($first / 1000))[6] || 7;
    my $until = $first + (8 - $weekday) * DAY;
    my @lines = split /\r?\n/, ($ann->get("/api/v2/reports/$report/runs/$run/export.csv"))[1];
    my @head = split /,/, shift @lines;
    my %row;
    for (@lines) { my %of; @of{@head} = split /,/, $_, -1; $row{$of{monitor_id}} = \%of }
    for my $monitor ($shop, $blog) {
        my $want = figures('total', map { ticks_of($monitor, $_, $first, min($end, $until)) } @regions);
        my $got = $row{$monitor};
        none("of $monitor", differs('checks', $got->{checks}, $want->{up} + $want->{degraded} + $want->{down}),
            differs('failed', $got->{failed_checks}, $want->{down}), map { far($_, 1000 * $got->{"${_}_ms"}, $want->{$_}, 0.0205) } qw(mean p50 p95 p99));
    }
    is_deeply [@{$row{$shop}}{qw(downtime_s incidents)}], [5400, 1], 'downtime';
    ok wait_for(sub { $mail->mails }, 60), 'a mail comes';
    my ($one) = map { BetterStack::Agent::Email::taken_apart($_->{bytes}) } $mail->mails;
    my $percent = substr $row{$shop}{availability_percent}, 0, 4;
    like $one->{text}, qr/Shop: \Q$percent\E/, 'it says the same';
    is scalar(my @all = $mail->mails), 1, 'one';
};

# ---- real agents, all the while ----

for my $of (@{attributes("/api/v2/monitors/$live/ticks?limit=20000")->{regions}}) {
    my %seen;
    $seen{$_}++ for @{$of->{slot}};
    cmp_ok scalar keys %seen, '>', 0, "$of->{region}: results of an agent";
    is scalar(grep { $_ > 1 } values %seen), 0, 'none is there twice';
}
is_deeply [$stack->bad_log_lines(qr/exited on signal 9/)], [], 'nothing bad in the log';
done_testing;
