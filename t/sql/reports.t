use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::Local qw(timegm);
use BetterStack::Outbox;

# Scheduled reports: which days they are about in any zone, that each is made and sent once however late
# or often somebody sweeps, and every number of them against a model of its own.

my $o = BetterStack::Outbox->new;
my $root = $o->root;
$root->rows("set timezone = 'Pacific/Kiritimati'");     # nothing may depend on the session's zone
my $ann = $o->{ann};
my $seed = $ENV{SEED} // time;
srand $seed;
note "SEED=$seed";

sub seconds { my ($text) = @_; my @p = $text =~ /(\d+)/g; return timegm($p[5] // 0, $p[4] // 0, $p[3] // 0, $p[2], $p[1] - 1, $p[0]) }
sub clock { my ($text) = @_; $o->{now} = 1000 * seconds($text) }
sub at { return $o->at }
sub sweep { $root->rows("select core.scheduled_report_sweep(${\at()}); select core.scheduled_report_sends(${\at()})") }
sub runs {
    return $root->value(q{select coalesce(string_agg(n.first_day || '..' || n.last_day, ' ' order by n.id), 'none')
        from betterstack.report_run n});
}
sub forget { $root->rows('truncate betterstack.report cascade; delete from betterstack.delivery') }
sub content { return JSON::PP->new->decode($root->value('select content from betterstack.report_run order by id desc limit 1')) }

# A report of team 1 that begins now: core.scheduled_report_change is what the API uses.
sub report {
    my (%given) = (name => 'Shop', period => 'week', @_);
    my $json = BetterStack::Outbox::quote(JSON::PP->new->encode(\%given));
    my $change = $root->rows("select errors from core.scheduled_report_change(null, $json, 1, ${\at()})");
    die "report: $change->[0][0]\n" if $change->[0][0] ne '{}';
    my $id = $root->value("select nextval(pg_get_serial_sequence('betterstack.report', 'id'))");
    $root->rows("insert into betterstack.report overriding system value select (r).* from (
        select jsonb_populate_record(c.changed, '{\"id\": $id}') as r
          from core.scheduled_report_change(null, $json, 1, ${\at()}) c) t");
    return $id;
}
sub change {
    my ($id, %given) = @_;
    my $json = BetterStack::Outbox::quote(JSON::PP->new->encode(\%given));
    $root->rows("update betterstack.report o set (period, timezone, enabled, next_on, due_at)
        = (select (c.changed).period, (c.changed).timezone, (c.changed).enabled, (c.changed).next_on, (c.changed).due_at
             from core.scheduled_report_change(o, $json, 1, ${\at()}) c) where id = $id");
}
sub due { return $root->value('select core.iso(due_at) from betterstack.report where id = ' . $_[0]) // 'never' }

# ---- days and zones ----

my @zones = qw(Europe/Berlin America/New_York America/St_Johns Australia/Lord_Howe Asia/Kathmandu Africa/Cairo
    Pacific/Auckland Pacific/Apia America/Havana Asia/Beirut Pacific/Honolulu UTC);

# The first moment at which a clock there shows this day, by the C library.
sub midnight {
    my ($zone, $day) = @_;
    local $ENV{TZ} = $zone;
    POSIX::tzset();
    my $shown = sub { my @l = localtime $_[0]; return POSIX::strftime('%Y-%m-%d', @l) };
    my ($low, $high) = (seconds($day) - 16 * 3600, seconds($day) + 16 * 3600);
    for (my $t = $low; $t <= $high; $t += 900) {
        return $t if $shown->($t) ge $day;
    }
    die "$day never comes in $zone\n";
}
sub day { return POSIX::strftime('%Y-%m-%d', gmtime $_[0]) }

subtest 'weeks begin on Monday, months on the first, where the report is' => sub {
    my $wrong = 0;
    for my $n (1 .. 300) {
        my $zone = $zones[rand @zones];
        my $day = day(seconds('2019-01-01') + 86400 * int rand 3600);
        my ($y, $m, $d) = split /-/, $day;
        my $week = day(seconds($day) - 86400 * (((gmtime seconds($day))[6] + 6) % 7));
        my %first = (week => $week, month => "$y-$m-01");
        my %next = (week => day(seconds($week) + 7 * 86400), month => $m == 12 ? $y + 1 . '-01-01'
            : sprintf '%d-%02d-01', $y, $m + 1);
        for my $period (qw(week month)) {
            my $row = $root->rows("select core.scheduled_report_first('$period', '$day'),
                core.scheduled_report_next('$period', '$first{$period}'),
                extract(epoch from core.scheduled_report_moment('$first{$period}', '$zone'))::bigint,
                extract(epoch from core.scheduled_report_moment('$next{$period}', '$zone'))::bigint,
                core.scheduled_report_day(to_timestamp(${\midnight($zone, $day)}), '$zone'),
                core.scheduled_report_day(to_timestamp(${\midnight($zone, $day)} - 1), '$zone')")->[0];
            my $wanted = join ' ', $first{$period}, $next{$period}, midnight($zone, $first{$period}),
                midnight($zone, $next{$period}), $day, day(seconds($day) - 86400);
            next if "@$row" eq $wanted || $zone eq 'Pacific/Apia' && $day eq '2011-12-31';
            $wrong++;
            diag "$period of $day in $zone: @$row, wanted $wanted";
        }
    }
    is $wrong, 0, '300 days';
};

subtest 'when it is due' => sub {
    clock('2026-10-21 12:00');
    is due(report(timezone => 'Europe/Berlin')), '2026-10-26T06:00:00.000Z',
        'seven hours after the end of Sunday in Berlin, when clocks were just changed';
    is due(report(timezone => 'UTC', period => 'month')), '2026-11-01T07:00:00.000Z', 'a month';
    is due(report(timezone => 'Pacific Time (US & Canada)', period => 'month')),
        '2026-11-01T14:00:00.000Z', 'by the name that Rails has for the zone';
    is due(report(timezone => 'UTC', enabled => JSON::PP::false)), 'never', 'not while it is off';
    forget();
};

subtest 'made once, however late or often' => sub {
    clock('2026-03-25 12:00');
    my $id = report(timezone => 'Europe/Berlin');
    clock('2026-03-30 04:59:59');
    sweep();
    is runs(), 'none', 'not before';
    clock('2026-03-30 05:00:00');
    sweep() for 1 .. 3;
    is runs(), '2026-03-23..2026-03-29', 'once';
    is $root->value('select period_until - period_from from betterstack.report_run'), '6 days 23:00:00',
        'a week of 167 hours';
    is due($id), '2026-04-06T05:00:00.000Z', 'and then the next';
    clock('2026-03-30 04:00:00');
    sweep();
    is runs(), '2026-03-23..2026-03-29', 'nor when the clock was set back';
    clock('2026-05-20 12:00');
    sweep() for 1 .. 9;
    is runs(), join(' ', '2026-03-23..2026-03-29', map { "2026-$_" } '04-20..2026-04-26', '04-27..2026-05-03', '05-04..2026-05-10',
        '05-11..2026-05-17'), 'after two months in which nobody looked: four of them';
    is due($id), '2026-05-25T05:00:00.000Z', 'and no more';
    is $root->value('select count(*) from betterstack.report_run where made_at > period_until + interval \'8 days\' and to_send'), 0,
        'old ones are kept, not sent';
    my ($one, $two) = map { $o->{db}->session } 1 .. 2;
    $o->keys($_) for $one, $two;
    clock('2026-05-25 12:00');
    $two->pid;
    $one->rows('begin');
    $one->rows("select core.scheduled_report_sweep(${\at()})");
    $two->rows("select core.scheduled_report_sweep(${\at()})");
    $one->rows('commit');
    $two->rows("select core.scheduled_report_sweep(${\at()})");
    is $root->value("select count(*) from betterstack.report_run where first_day = '2026-05-18'"), 1,
        'two hubs at once';
    forget();
};

subtest 'it waits until the last day is sealed, and not for ever' => sub {
    clock('2026-03-25 12:00');
    report();
    $root->rows("insert into betterstack.day (day, state) values ('2026-03-29', 1)");
    clock('2026-03-30 07:00');
    sweep();
    is runs(), 'none', 'fenced is not sealed';
    clock('2026-03-30 07:09');
    $root->rows("update betterstack.day set state = 2 where day = '2026-03-29'");
    sweep();
    is runs(), 'none', 'it is looked at every ten minutes';
    clock('2026-03-30 07:10');
    sweep();
    is runs(), '2026-03-23..2026-03-29', 'sealed';
    $root->rows("insert into betterstack.day (day, state) values ('2026-04-05', 0)");
    clock('2026-04-07 11:59');
    sweep();
    is runs(), '2026-03-23..2026-03-29', 'not sealed';
    clock('2026-04-07 12:09');
    sweep();
    is runs(), '2026-03-23..2026-03-29 2026-03-30..2026-04-05', 'after 36 hours all the same';
    $root->rows('truncate betterstack.day');
    forget();
};

subtest 'changed while it runs' => sub {
    clock('2026-03-25 12:00');
    my $id = report(timezone => 'UTC');
    change($id, timezone => 'Pacific/Auckland');
    is due($id), '2026-03-29T18:00:00.000Z', 'another zone: the same days, elsewhere';
    change($id, timezone => 'UTC');
    clock('2026-03-30 03:00');
    change($id, name => 'x');
    is due($id), '2026-03-30T07:00:00.000Z', 'what is to come still comes';
    change($id, enabled => JSON::PP::false);
    change($id, enabled => JSON::PP::true);
    is due($id), '2026-03-30T07:00:00.000Z', 'also when it was off for a moment';
    sweep();
    clock('2026-03-30 07:00');
    sweep();
    change($id, period => 'month');
    is due($id), '2026-04-01T07:00:00.000Z', 'another period: the one that is under way';
    change($id, enabled => JSON::PP::false);
    is due($id), 'never';
    clock('2026-06-10 00:00');
    change($id, enabled => JSON::PP::true);
    is due($id), '2026-07-01T07:00:00.000Z', 'on again after months: nothing of the past';
    sweep();
    is runs(), '2026-03-23..2026-03-29';
    forget();
};

# ---- numbers ----

# Four monitors for two weeks, each minute of them in one state; the model counts minutes.
my $begin = seconds('2026-03-23');
my $minutes = 14 * 1440;
my @monitors = map { $root->monitor($ann, url => "http://m$_/", pronounceable_name => "m$_") } 1 .. 4;
my (%of, @incidents);

sub moment { return 'to_timestamp(' . ($begin + 60 * $_[0]) . ')' }
sub fill {
    my ($m, $what, $from, $until) = @_;
    $of{$m}{$what}[$_] = 1 for $from .. $until - 1;
}

# Random spans of a monitor that do not overlap one another.
sub spans {
    my ($n, $longest) = @_;
    my ($t, @spans) = (0);
    for (1 .. $n) {
        my $from = $t + 1 + int rand 2 * $minutes / ($n + 1);
        my $until = $from + 1 + int rand $longest;
        last if $until >= $minutes;
        push @spans, [$from, $until];
        $t = $until;
    }
    return @spans;
}

sub world {
    my $ids = join ',', @monitors;
    $root->rows("delete from betterstack.state_span where monitor_id in ($ids);
        delete from betterstack.incident;
        delete from betterstack.maintenance_time;
        update betterstack.monitor set created_at = ${\moment(-100000)} where id in ($ids);
        update betterstack.monitor set created_at = ${\moment(1440 * 10)} where id = $monitors[3]");
    $of{$_} = {made => 0} for @monitors;
    $of{$monitors[3]}{made} = 1440 * 10;
    for my $m (@monitors) {
        my ($t, @told) = (0);
        for my $span (spans(6, 300)) {
            my $state = (4, 9)[rand 2];
            push @told, [$t, $span->[0], 1], [@$span, $state];
            fill($m, $state == 4 ? 'paused' : 'no_data', @$span);
            $t = $span->[1];
        }
        $root->rows("insert into betterstack.state_span (monitor_id, began_at, ended_at, state) values ($m, ${\moment($_->[0])}, "
            . moment($_->[1]) . ", $_->[2])") for @told;
        $root->rows("insert into betterstack.state_span (monitor_id, began_at, state) values ($m, ${\moment($t)}, 1)");
        for my $span (spans(3, 500)) {
            $root->rows("insert into betterstack.maintenance_time values (1, $m, ${\moment($span->[0])}, ${\moment($span->[1])})");
            fill($m, 'maintenance', @$span);
        }
    }
    @incidents = ();
    for my $span (spans(12, 400)) {
        my ($from, $until) = @$span;
        my $acknowledged = rand() < 0.6 ? $from + int rand 60 : undef;
        my %member = map { $_ => [$from + int rand 5, $until - int rand 2] } grep { rand() < 0.5 } @monitors;
        my $false = rand() < 0.15;
        next if !%member;
        my $began = (sort { $a <=> $b } map { $_->[0] } values %member)[0];
        my $ended = (sort { $b <=> $a } map { $_->[1] } values %member)[0];
        next if grep { $_->[1] <= $_->[0] } values %member;
        my $id = $root->value(sprintf "insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at,
            acknowledged_at, resolved_at, last_joined_at, monitors_count) values (1, 'failure', 'x', 'broken', %s, %s, %s, %s, %1\$s, %d)
            returning id", moment($began), $false ? 'null' : moment($began), defined $acknowledged ? moment($acknowledged) : 'null',
            moment($ended), scalar keys %member);
        for my $m (keys %member) {
            $root->rows(sprintf "insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at,
                confirmed_at, ended_at) values (%d, %d, 'x', 'x', 'broken', %s, %s, %s)", $id, $m, moment($member{$m}[0]),
                $false ? 'null' : moment($member{$m}[0]), moment($member{$m}[1]));
            fill($m, 'down', @{$member{$m}}) if !$false;
        }
        push @incidents, {id => $id, member => \%member, began => $began, ended => $ended, acknowledged => $acknowledged}
            if !$false;
    }
}

# What a minute of a monitor counts as.
sub minute {
    my ($m, $t) = @_;
    return 'none' if $t < $of{$m}{made};
    for my $what (qw(paused maintenance down no_data)) {
        return $what if $of{$m}{$what}[$t];
    }
    return 'up';
}

sub counted {
    my ($m, $from, $until) = @_;
    my %n = map { $_ => 0 } qw(up down maintenance paused no_data none);
    $n{minute($m, $_)}++ for $from .. $until - 1;
    return \%n;
}

sub percent {
    my ($up, $down) = @_;
    return undef if $up + $down == 0;
    return $root->value("select trim_scale(trunc($up * 100::numeric / ($up + $down), 5))");
}

# Minutes in which the incident was down time of any (or one) of the monitors.
sub within {
    my ($i, $from, $until, @of) = @_;
    my $n = 0;
    for my $t ($from .. $until - 1) {
        $n++ if grep { exists $i->{member}{$_} && $t >= $i->{member}{$_}[0] && $t < $i->{member}{$_}[1]
            && minute($_, $t) eq 'down' } @of;
    }
    return $n;
}

sub mean { my (@n) = @_; return undef if !@n; my $sum = 0; $sum += $_ for @n; return $sum / @n }
sub most { my (@n) = sort { $a <=> $b } @_; return $n[-1] }
sub same {
    my ($got, $wanted, $name) = @_;
    my $fine = !defined $wanted ? !defined $got : defined $got && abs($got - $wanted) <= 0.5;
    ok 0, "$name: " . ($got // 'null') . ' and not ' . ($wanted // 'null') if !$fine;
    return $fine;
}

sub compare_whole {
    my ($s, $from, $until) = @_;
    my ($up, $down) = (0, 0);
    for my $m (@monitors) {
        my $n = counted($m, $from, $until);
        $up += $n->{up};
        $down += $n->{down};
    }
    my @happened = grep { $_->[1] > 0 } map { [$_, within($_, $from, $until, @monitors)] } @incidents;
    my $fine = 1;
    $fine &= ($s->{availability} // 'null') == percent($up, $down);
    $fine &= same($s->{downtime}, 60 * $down, 'downtime');
    $fine &= same($s->{incidents}, scalar @happened, 'incidents');
    $fine &= same($s->{longest_incident}, most(map { 60 * $_->[1] } @happened), 'longest');
    $fine &= same($s->{average_incident}, mean(map { 60 * $_->[1] } @happened), 'average');
    $fine &= same($s->{mean_time_to_acknowledge}, mean(map { my $a = $_->[0]{acknowledged} - $_->[0]{began}; 60 * ($a > 0 ? $a : 0) }
        grep { defined $_->[0]{acknowledged} } @happened), 'MTTA');
    $fine &= same($s->{mean_time_to_resolve}, mean(map { 60 * ($_->[0]{ended} - $_->[0]{began}) }
        @happened), 'MTTR');
    return $fine;
}

subtest 'the numbers of the whole and of each monitor' => sub {
    for my $turn (1 .. 3) {
        world();
        my $id = report();
        my $json = $root->value("select core.scheduled_report_content(r, '2026-03-30', '2026-04-05', ${\moment($minutes + 600)})
            from betterstack.report r where id = $id");
        my $c = JSON::PP->new->decode($json);
        my ($from, $until) = ($minutes / 2, $minutes);
        ok compare_whole($c->{summary}, $from, $until), 'the whole';
        my $wrong = 0;
        for my $row (@{$c->{monitors}}) {
            my $n = counted($row->{id}, $from, $until);
            my $before = counted($row->{id}, 0, $from);
            $wrong++ if ($row->{availability} // 'null') != percent($n->{up}, $n->{down});
            $wrong++ if ($row->{previous_availability} // 'null') ne (percent($before->{up}, $before->{down}) // 'null');
            $wrong++ for grep { !same($row->{$_ eq 'down' ? 'downtime' : $_}, 60 * $n->{$_}, "$_ of $row->{name}") }
                qw(up down maintenance paused no_data);
            my @own = grep { within($_, $from, $until, $row->{id}) > 0 } @incidents;
            $wrong++ if $row->{incidents} != @own
                || !same($row->{longest_incident}, most(map { 60 * within($_, $from, $until, $row->{id}) } @own), 'longest')
                || !same($row->{mean_time_to_acknowledge}, mean(map { 60 * most(0, $_->{acknowledged} - $_->{member}{$row->{id}}[0]) }
                    grep { defined $_->{acknowledged} } @own), "MTTA of $row->{name}");
        }
        is $wrong, 0, 'each monitor';
        is scalar @{$c->{monitors}}, 4;
        my @order = map { $_->{availability} } @{$c->{monitors}};
        is_deeply \@order, [sort { $a <=> $b } @order], 'the worst first';
        is join(',', map { $_->{id} } @{$c->{incidents}}), join(',', map { $_->{id} }
            grep { within($_, $from, $until, @monitors) } @incidents), 'the incidents, in order';
        ok scalar(grep { /Added during this period.*m4/ } @{$c->{notices}}), 'what was added is told';
    }
    forget();
};

subtest 'response times, service levels, and the CSV of both' => sub {
    my ($eu, $us) = (1, $root->value("insert into betterstack.region (slug, name) values ('us', 'America') returning id"));
    $root->rows("select core.history_partition_make('tick_day', d::date) from generate_series('2026-03-01'::date, '2026-04-01', '1 month') d");
    my $bucket = sub { $root->value("select array_position(core.rollup_values(), (select min(v) from unnest(core.rollup_values()) v where v > $_[0])) - 1") };
    my ($slow, $fast) = ($bucket->(80000), $bucket->(20000));
    for my $day (qw(2026-03-29 2026-03-30 2026-04-05 2026-04-06)) {
        $root->rows("insert into betterstack.tick_day (day, monitor_id, region_id, up, degraded, down, unknown, total_min_us, total_max_us, total_sum_us,
            buckets, counts, rollup, hours) values ('$day', $monitors[0], $eu, 90, 5, 5, 0, 20000, 90000, 95 * 30000, '{$fast,$slow}', '{85,10}', '', ''),
            ('$day', $monitors[0], $us, 100, 0, 0, 0, 80000, 90000, 100 * 85000, '{$slow}', '{100}', '', '')");
    }
    $root->rows("insert into betterstack.slo (team_id, name, target, period, timezone, all_monitors, monitor_ids, burn_alerts, created_at, updated_at)
        values (1, 'All', 99.9, '30', 'UTC', true, '{}', false, now(), now()), (1, 'None', 50, '30', 'UTC', false, '{}', false, now(), now())");
    world();
    my $id = report();
    my $c = JSON::PP->new->decode($root->value("select core.scheduled_report_content(r, '2026-03-30', '2026-04-05', ${\moment($minutes + 600)})
        from betterstack.report r where id = $id"));
    my ($row) = grep { $_->{id} == $monitors[0] } @{$c->{monitors}};
    is_deeply [@{$row->{response}}{qw(checks failed mean)}], [400, 10, sprintf '%.0f', (95 * 30000 + 100 * 85000) / 195], 'days of the period only';
    is_deeply [@{$row->{previous_response}}{qw(checks failed)}], [200, 5], 'and those before it';
    is_deeply [map { "$_->{region} $_->{checks} $_->{failed}" } @{$row->{regions}}], ['eu 200 10', 'us 200 0'], 'each region';
    ok abs($row->{regions}[0]{p50} / 20000 - 1) < 0.05 && abs($row->{regions}[1]{p50} / 80000 - 1) < 0.05, 'medians';
    is_deeply [map { [$_->{name}, $_->{availability}, $_->{met}] } @{$c->{slos}}], [['All', $c->{summary}{availability},
        $c->{summary}{availability} >= 99.9 ? JSON::PP::true : JSON::PP::false], ['None', undef, undef]], 'service levels';
    ok scalar(grep { /^No response times were kept of: m/ } @{$c->{notices}}), 'whose response times are missing is told';
    my $csv = $root->value(sprintf "select core.scheduled_report_csv(%s, 'regions')", BetterStack::Outbox::quote(JSON::PP->new->encode($c)));
    like $csv, qr/^$monitors[0],"m1","eu","eu",200,10,30\.000,/m, 'microseconds as milliseconds';
    $root->rows("delete from betterstack.tick_day; delete from betterstack.slo; delete from betterstack.region where id = $us");
    forget();
};

subtest 'a period that is not over' => sub {
    world();
    my $id = report();
    my $c = JSON::PP->new->decode($root->value("select core.scheduled_report_content(r, '2026-03-30', '2026-04-05',
        ${\moment($minutes / 2 + 3000)}) from betterstack.report r where id = $id"));
    ok !$c->{is_over}, 'says so';
    is $c->{until}, $root->value("select core.iso(${\moment($minutes / 2 + 3000)})"), 'up to now';
    ok compare_whole($c->{summary}, $minutes / 2, $minutes / 2 + 3000), 'with right numbers';
    like $c->{notices}[0], qr/not over yet/;
    forget();
};

subtest 'availability is never rounded up' => sub {
    is $root->value("select core.scheduled_report_percent($_->[0])"), $_->[1], "a share of $_->[0]"
        for ['1', 100], ['0.9995', 99.95], ['0.999999999', 99.99999], ['0.57', 57], ['0', 0], ['1.0/3', 33.33333];
    is $root->value("select core.percent_in_words($_->[0])"), $_->[1], $_->[1]
        for [100, '100%'], [99.9999, '99.999%'], [99.95, '99.95%'], [0, '0.00%'], [99.5, '99.50%'], ['null', 'No data'];
    is $root->value("select core.length_in_words($_->[0])"), $_->[1], $_->[1]
        for [0, '0 s'], [59.4, '59 s'], [61, '1 min 1 s'], [720, '12 min'], [4320, '1 h 12 min'], [86400 * 3 + 4 * 3600, '3 d 4 h'];
    is $root->value("select core.days_in_words('$_->[0]', '$_->[1]')"), $_->[2], $_->[2]
        for ['2026-02-01', '2026-02-28', 'February 2026'], ['2026-11-16', '2026-11-22', '16 to 22 November 2026'],
        ['2026-11-30', '2026-12-06', '30 November to 6 December 2026'],
        ['2026-12-28', '2027-01-03', '28 December 2026 to 3 January 2027'];
};

# ---- mail ----

$root->rows(q{insert into betterstack.app_user (email, name, password_hash)
    select 'p' || i || '@example.com', 'Person ' || i, 'x' from generate_series(2, 4) i;
    insert into betterstack.membership select id, 1, 'owner' from betterstack.app_user where id between 2 and 4});
my $mail = $o->channel(kind => 'email', name => 'Customers', settings => '{"to": ["c@example.org", "P3@Example.com"]}');

sub told {
    return $root->value(q{select coalesce(string_agg(d.receiver || ' ' || core.delivery_state_word(d.state), ', ' order by d.receiver),
        'nobody') from betterstack.delivery d where d.event = 'report'});
}

subtest 'who gets it' => sub {
    clock('2026-03-25 12:00');
    my $id = report(user_ids => [2, 3, 4], channel_ids => [$mail]);
    $root->rows('delete from betterstack.membership where user_id = 4');
    clock('2026-03-30 07:00');
    sweep() for 1 .. 3;
    is told(), "c$mail due, u2 due", 'members of the team and channels; an address once; who has left nothing';
    my $message = JSON::PP->new->decode($root->value("select message from betterstack.delivery where receiver = 'u2'"));
    is $message->{title}, 'Shop: 23 to 29 March 2026';
    like $message->{url}, qr{^https://hub.example/reports/$id/runs/\d+$};
    is scalar @{$message->{figures}}, 4;
    is $message->{sections}[0]{title}, 'Availability of each monitor', 'with what each monitor was like';
    $root->rows('update betterstack.report_run set to_send = true');
    sweep();
    is told(), "c$mail due, u2 due", 'told to send it again: nobody gets it twice';
    $root->rows("delete from betterstack.membership where user_id = 2");
    $o->lease(undef, undef, {kinds => ['email']});
    $o->sweep;
    is told(), "c$mail leased, u2 cancelled", 'who leaves before it goes out does not get it';
    $root->rows("insert into betterstack.membership values (2, 1, 'owner')");
    forget();
};

subtest 'alerts go first, and reports are never folded' => sub {
    clock('2026-03-25 12:00');
    $root->rows("update betterstack.channel set rate_limit = 2 where id = $mail");
    report(name => "r$_", channel_ids => [$mail]) for 1 .. 30;
    clock('2026-03-30 07:00');
    sweep();
    is $root->value('select count(*) from betterstack.report_run'), 1, 'one is made at a time';
    sweep() for 1 .. 32;
    is $root->value("select count(*) from betterstack.delivery where event = 'report' and not held and next_at <= ${\at()}"), 30,
        'over the rate, and not in a digest';
    $o->pass(5);
    my $incident = $o->incident;
    my ($first) = $root->rows("select d.event from core.delivery_due('{email}', ${\at()}) d")->[0][0];
    is $first, 'started', 'the alert goes before those that waited longer';
    forget();
};

subtest 'many wait: no more are written' => sub {
    clock('2026-03-25 12:00');
    my $id = report(user_ids => [2]);
    clock('2026-03-30 07:00');
    $root->rows("insert into betterstack.delivery (key, team_id, receiver, receiver_name, kind, event, number, message, next_at, pace_at,
        expires_at, created_at) select 'k' || i, 1, 'u3', 'x', 'email', 'report', 0, '{}', ${\at()}, ${\at()},
        ${\at()} + interval '3 days', ${\at()} from generate_series(1, 100) i");
    sweep() for 1 .. 2;
    is $root->value("select count(*) from betterstack.delivery where receiver = 'u2'"), 0, 'while a hundred wait';
    $root->rows("delete from betterstack.delivery where key = 'k1'");
    sweep();
    is $root->value("select count(*) from betterstack.delivery where receiver = 'u2'"), 1;
    forget();
};

subtest 'without a mail server' => sub {
    my $smtp = $root->value('select smtp from betterstack.installation');
    $root->rows("update betterstack.installation set smtp = '{}'");
    clock('2026-03-25 12:00');
    report(user_ids => [2]);
    clock('2026-03-30 07:00');
    sweep() for 1 .. 2;
    is runs(), '2026-03-23..2026-03-29', 'it is made';
    is told(), 'nobody', 'and not sent';
    $root->rows("update betterstack.installation set smtp = '$smtp'");
    forget();
};

subtest 'what no mail server takes disturbs nobody else' => sub {
    clock('2026-03-25 12:00');
    report(user_ids => [2]);
    my $pager = $o->channel(kind => 'pagerduty');
    clock('2026-03-30 07:00');
    sweep() for 1 .. 2;
    my ($d) = $o->lease(undef, undef, {kinds => ['email']});
    $o->told($d, 'refused', detail => 'no such user');
    is $o->states, 'report undeliverable', 'no other channel is told';
    forget();
};

# ---- bounds, and what is strange ----

subtest 'nothing left to report' => sub {
    clock('2026-03-25 12:00');
    report(monitor_ids => [$monitors[0]]);
    $root->rows("update betterstack.report set monitor_ids = '{999999}'");
    clock('2026-03-30 07:00');
    sweep() for 1 .. 2;
    my $c = content();
    is_deeply [$c->{summary}{monitors}, $c->{monitors}, $c->{notices}], [0, [], ['This report has no monitors any more.']], 'it says so';
    is $c->{summary}{availability}, undef, 'no availability';
    forget();
};

subtest 'only so many runs are kept' => sub {
    clock('2026-03-25 12:00');
    my $id = report(monitor_ids => [$monitors[0]]);
    $root->rows("insert into betterstack.report_run (report_id, period_from, period_until, first_day, last_day, asked_by, made_at, summary, content)
        select $id, ${\at()}, ${\at()}, '2020-01-01', '2020-01-01', 'Ann', ${\at()}, '{}', '{}' from generate_series(1, 205)");
    clock('2026-03-30 07:00');
    sweep();
    is $root->value('select count(*) from betterstack.report_run'), 200;
    forget();
};

subtest 'what cannot be made keeps no other from being made' => sub {
    clock('2026-03-25 12:00');
    my $bad = report(name => 'bad');
    report(name => 'good');
    $root->rows("update betterstack.report set timezone = 'No/Where' where id = $bad");
    clock('2026-03-30 07:00');
    sweep() for 1 .. 3;
    is $root->value('select string_agg(r.name, \',\') from betterstack.report_run n join betterstack.report r on r.id = n.report_id'), 'good';
    forget();
};

done_testing;
