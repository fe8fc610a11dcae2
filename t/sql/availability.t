use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use List::Util qw(max min sum0 uniq);
use Test::More;

use BetterStack::Postgres;
use BetterStack::Verdict;

# Availability: random histories against a model that asks of each piece of time what it was, and what
# the machine itself makes of failures, pauses, maintenance and clocks.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $seed = $ENV{BETTERSTACK_SEED} // time;
srand $seed;
my $world = BetterStack::Verdict->new(qw(eu us as));
my $root = $world->root;
$root->rows("set timezone = 'Pacific/Kiritimati'");
my $team = $root->value('select min(id) from betterstack.team');
my $db_root = BetterStack::Postgres->root;
my $host = 0;
sub monitor { return $world->monitor(url => 'http://192.0.2.' . ++$host . '/', @_) }
sub same { my ($got, $wanted, $title) = @_; return is_deeply($got, $wanted, $title) || diag "BETTERSTACK_SEED=$seed" }

# Microseconds since 2026-01-01 as a time, and the other way round.
my $origin = "'2026-01-01T00:00:00Z'::timestamptz";
sub moment { my ($us) = @_; return defined $us ? "$origin + $us * interval '1 microsecond'" : 'null' }

# [kind, from, to] of the model: to undef lasts.  Kinds in the order in which they hold.
my @KINDS = qw(paused maintenance down no_data pending);

# What of [$since, $until) was what: microseconds by kind, and of each incident.
sub model {
    my ($spans, $made, $since, $until, @more) = @_;
    my $from = max($made, $since);
    return undef if $from >= $until;
    my @cuts = sort { $a <=> $b } uniq grep { $_ > $from && $_ < $until } map { $_->[1], $_->[2] // $until } @$spans;
    my %length = map { $_ => 0 } @KINDS, @more, 'up';
    my (%incident, $begin);
    $begin = $from;
    for my $end (@cuts, $until) {
        my @now = grep { $_->[1] <= $begin && (!defined $_->[2] || $_->[2] >= $end) } @$spans;
        my ($kind) = grep { my $kind = $_; grep { $_->[0] eq $kind } @now } @KINDS, @more;
        $length{$kind // 'up'} += $end - $begin;
        if (($kind // '') eq 'down') {
            $incident{$_} += $end - $begin for uniq grep { defined } map { $_->[0] eq 'down' ? $_->[3] : undef } @now;
        }
        $begin = $end;
    }
    return {%length, incident => \%incident};
}

my %NUMBER = (paused => 4, no_data => 9, pending => 0);
my ($DAY, @incidents) = 86_400_000_000;
my $next_incident = 1000;

# A random history of 40 days for a monitor, written as the machine writes it; its spans.
sub history {
    my ($id, $made) = @_;
    my (@spans, @sql);
    my $time = $made;
    while ($time < 40 * $DAY) {     # states follow each other
        my $end = rand() < 0.05 ? undef : $time + 1 + int rand(rand() < 0.5 ? 4 * $DAY : 10_000_000);
        my ($state, $by) = (int rand 10, 'null');
        $by = 7 if $state == 3 && rand() < 0.5;
        push @sql, "insert into betterstack.state_span values ($id, " . moment($time) . ', ' . moment($end) . ", $state, $by)";
        my ($kind) = grep { $NUMBER{$_} == $state } keys %NUMBER;
        $kind = 'down' if $by ne 'null';
        push @spans, [$kind, $time, $end] if $kind;
        push @spans, ['degraded', $time, $end] if $state == 2;
        last if !defined $end;
        $time = $end;
    }
    my %began;
    for (1 .. rand 8) {             # maintenance may overlap, and what is open there is so once
        my $begin = int rand 41 * $DAY;
        my $end = rand() < 0.1 && !$began{open}++ ? undef : $begin + int rand(2 * $DAY);
        next if $began{$begin}++;
        push @sql, "insert into betterstack.maintenance_time values (1, $id, " . moment($begin) . ', ' . moment($end) . ')';
        push @spans, ['maintenance', $begin, $end];
    }
    for (1 .. rand 12) {
        my $begin = $made + int rand 40 * $DAY;
        my $end = rand() < 0.1 ? undef : rand() < 0.1 ? $begin : $begin + int rand(rand() < 0.5 ? 3 * $DAY : 600_000_000);
        my $kind = (('failure') x 4, qw(mass certificate_expiry domain_expiry))[rand 7];
        my $confirmed = rand() < 0.8;
        my $incident = join_or_make($kind, $begin, $id);
        next if !$incident;
        push @sql, "insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at,
            ended_at) values ($incident->{id}, $id, '', '', '', " . moment($begin) . ', '
            . ($confirmed ? moment($begin) : 'null') . ', ' . moment($end) . ')';
        push @{$incident->{part}{$id}}, [$begin, $end] if $confirmed;
        push @spans, ['down', $begin, $end, $incident->{id}] if $confirmed && $kind =~ /failure|mass/;
    }
    $root->rows($_) for @sql;
    return \@spans;
}

# One of several monitors, or a new one.  In an incident a monitor has one part that is open.
sub join_or_make {
    my ($kind, $begin, $monitor) = @_;
    my ($with) = grep { $_->{kind} eq $kind && $_->{started} <= $begin && $_->{started} > $begin - 3 * $DAY } @incidents;
    return undef if $with && rand() < 0.5 && $with->{part}{$monitor};
    if ($with && rand() < 0.5 && !$with->{seen}{$monitor}++) {
        return $with;
    }
    my $id = $next_incident++;
    my $acknowledged = rand() < 0.5 ? $begin + int rand 900_000_000 : undef;
    my $resolved = rand() < 0.7 ? $begin + int rand 2 * $DAY : undef;
    $root->rows("insert into betterstack.incident (id, team_id, kind, name, cause, started_at, confirmed_at, acknowledged_at,
        resolved_at, last_joined_at) overriding system value values ($id, $team, '$kind', '', '', " . moment($begin) . ', '
        . moment($begin) . ', ' . moment($acknowledged) . ', ' . moment($resolved) . ', ' . moment($begin) . ')');
    push @incidents, {id => $id, kind => $kind, started => $begin, acknowledged => $acknowledged, resolved => $resolved,
        seen => {$monitor => 1}, part => {}};
    return $incidents[-1];
}

sub seconds { my ($us) = @_; return defined $us ? sprintf('%.6f', $us / 1_000_000) : undef }
sub mean { my @all = grep { defined } @_; return @all ? seconds(sum0(@all) / @all) : undef }

# [acknowledged after, over after] of a monitor's part in an incident.
sub waits {
    my ($incident, $id) = @_;
    my @parts = @{$incident->{part}{$id}};
    my $begin = min map { $_->[0] } @parts;
    my $end = (grep { !defined $_->[1] } @parts) ? undef : max map { $_->[1] } @parts;
    my ($over) = sort { $a <=> $b } grep { defined } $end, $incident->{resolved};
    return map { defined $_ ? max(0, $_ - $begin) : undef } $incident->{acknowledged}, $over;
}

my %by_id;
sub expected {
    my ($id, $spans, $made, $since, $until) = @_;
    my $m = model($spans, $made, $since, $until) // return undef;
    my @counted = map { $by_id{$_} } sort { $a <=> $b } grep { $m->{incident}{$_} > 0 } keys %{$m->{incident}};
    my @length = map { $m->{incident}{$_->{id}} } @counted;
    my $counted = $m->{up} + $m->{down};
    my @parts = map { relevant($_, $id, $since, $until) } @counted;
    return {(map { ("${_}_s" => seconds($m->{$_})) } qw(up down maintenance paused no_data pending)),
        availability => $counted ? sprintf('%.9f', $m->{up} / $counted) : undef, incidents => scalar @counted,
        longest_s => seconds(max(@length)), average_s => mean(@length),
        acknowledge_s => mean(map { (waits($_, $id))[0] } @parts), resolve_s => mean(map { (waits($_, $id))[1] } @parts)};
}

# An incident with those parts of a monitor that touch a time.
sub relevant {
    my ($incident, $id, $since, $until) = @_;
    my @parts = grep { $_->[0] < $until && (!defined $_->[1] || $_->[1] > $since) } @{$incident->{part}{$id}};
    return {%$incident, part => {$id => \@parts}};
}

my @FIELDS = qw(up_s down_s maintenance_s paused_s no_data_s pending_s availability incidents longest_s average_s acknowledge_s
    resolve_s);
sub got {
    my ($ids, $since, $until) = @_;
    my $rows = $root->rows("select monitor_id, " . join(', ', map { /_s$/ ? "round($_\::numeric, 6)" : /^av/ ? "round($_\::numeric, 9)"
        : $_ } @FIELDS) . " from core.availability('{" . join(',', @$ids) . "}', " . moment($since) . ', ' . moment($until) . ')');
    return {map { my ($id, @values) = @$_; my %row; @row{@FIELDS} = @values; ($id => \%row) } @$rows};
}

# As the database rounds: up to 6 digits after the point.
sub near {
    my ($got, $wanted) = @_;
    return 0 if !$got || !$wanted || join(',', sort keys %$got) ne join(',', sort keys %$wanted);
    for my $field (keys %$wanted) {
        my ($g, $w) = ($got->{$field}, $wanted->{$field});
        return 0 if defined $g != defined $w;
        next if !defined $w;
        return 0 if abs($g - $w) > ($field eq 'availability' ? 2e-9 : $field =~ /average|acknowledge|resolve/ ? 2e-6 : 6e-7);
    }
    return 1;
}

my (@ids, %made, %spans);
for my $n (1 .. 25) {
    my $id = monitor();
    $made{$id} = rand() < 0.3 ? int rand 40 * $DAY : 0;
    $root->rows("update betterstack.monitor set created_at = " . moment($made{$id}) . " where id = $id");
    $root->rows("delete from betterstack.state_span where monitor_id = $id");
    push @ids, $id;
    $spans{$id} = history($id, $made{$id});
}
$by_id{$_->{id}} = $_ for @incidents;

subtest 'random histories' => sub {
    my ($wrong, $asked) = (0, 0);
    for my $n (1 .. 40) {
        my $since = $n == 1 ? 0 : int rand 40 * $DAY;
        my $until = $n == 1 ? 45 * $DAY : $since + 1 + int rand(rand() < 0.3 ? 3_600_000_000 : 20 * $DAY);
        my $got = got(\@ids, $since, $until);
        my $down = {map { $_->[0] => $_ } @{$root->rows("select monitor_id, counted_s, down_s from core.down_time('{"
            . join(',', @ids) . "}', " . moment($since) . ', ' . moment($until) . ')')}};
        for my $id (@ids) {
            my $wanted = expected($id, $spans{$id}, $made{$id}, $since, $until);
            $asked++;
            next if !$wanted && !$got->{$id} && !$down->{$id};
            if (!near($got->{$id}, $wanted)) {
                $wrong++ or same($got->{$id}, $wanted, "monitor $id from $since to $until");
            }
            elsif (abs($down->{$id}[1] - $wanted->{up_s} - $wanted->{down_s}) > 2e-6 || abs($down->{$id}[2] - $wanted->{down_s}) > 2e-6) {
                $wrong++ or same($down->{$id}, $wanted, "down time of $id from $since to $until");
            }
        }
    }
    is $wrong, 0, "of $asked" or diag "BETTERSTACK_SEED=$seed";
};

subtest 'one time after the other adds up to the whole' => sub {
    my $wrong = 0;
    for my $n (1 .. 6) {
        my @bounds = uniq sort { $a <=> $b } map { int rand 41 * $DAY } 0 .. 1 + rand 30;
        next if @bounds < 2;
        my $until = $bounds[0] + int(($bounds[-1] - $bounds[0]) * (rand() < 0.5 ? 1 : rand) * 1.1) + 1;
        my $list = 'array[' . join(', ', map { moment($_) } @bounds) . ']';
        my $rows = $root->rows("select monitor_id, n, up_s, down_s, maintenance_s, paused_s, no_data_s, pending_s, incidents
            from core.availability_by('{@{[join ',', @ids]}}', $list, @{[moment($until)]})");
        my %got = map { ("$_->[0] $_->[1]" => $_) } @$rows;
        for my $id (@ids) {
            for my $i (1 .. $#bounds) {
                my $wanted = $bounds[$i - 1] < $until
                    ? expected($id, $spans{$id}, $made{$id}, $bounds[$i - 1], min($until, $bounds[$i])) : undef;
                my $row = delete $got{"$id $i"};
                next if !$row && !$wanted;
                my @wanted = map { $wanted->{$_} } qw(up_s down_s maintenance_s paused_s no_data_s pending_s incidents);
                my @got = @$row[2 .. 8];
                $wrong++ if !$row || !$wanted || grep { abs($got[$_] - $wanted[$_]) > 2e-6 } 0 .. 6;
            }
        }
        $wrong += keys %got;
    }
    is $wrong, 0, 'as asked one by one' or diag "BETTERSTACK_SEED=$seed";
};

subtest 'all as one' => sub {
    my ($since, $until) = (3 * $DAY, 33 * $DAY);
    my @each = grep { defined } map { model($spans{$_}, $made{$_}, $since, $until) } @ids;
    my %down;       # of each incident: which times, of any monitor
    my $total = $root->rows("select monitors, round(up_s::numeric, 3), round(down_s::numeric, 3), incidents from core.availability_total('{"
        . join(',', @ids) . "}', " . moment($since) . ', ' . moment($until) . ')')->[0];
    my @incidents = uniq map { my $m = $_; grep { $m->{incident}{$_} > 0 } keys %{$m->{incident}} } @each;
    same([map { 0 + $_ } @$total], [scalar @each, (map { my $kind = $_; 0 + sprintf '%.3f', sum0(map { $_->{$kind} } @each) / 1e6 } qw(up down)),
        scalar @incidents], 'times are added up, incidents counted once');
    is $root->value("select availability is null and incidents = 0 and monitors = 0 from core.availability_total('{}', $origin, $origin)"),
        't', 'of nothing it is nothing';
};

# The letter of an hour.
sub letter {
    my ($id, $since, $until) = @_;
    my $m = model($spans{$id}, $made{$id}, $since, $until, 'degraded') // return '-';
    my $minute = 60_000_000;
    my $absent = $m->{pending} + max(0, min($made{$id}, $until) - $since);
    return $m->{down} ? 'd' : $m->{no_data} >= $minute ? 'n' : $m->{degraded} >= $minute ? 'g' : $m->{maintenance} >= $minute ? 'm'
        : $m->{paused} >= $minute ? 'p' : $absent > 59 * $minute ? '-' : 'u';
}

subtest 'the last 24 hours of each' => sub {
    my ($wrong, $hour) = (0, 3_600_000_000);
    for my $n (1 .. 12) {
        my $at = 1 + int rand 42 * $DAY;
        my $told = {map { $_->[0] => $_ } @{$root->rows("select monitor_id, bars, round(availability::numeric, 8)
            from core.overview_bars('{@{[join ',', @ids]}}', @{[moment($at)]})")}};
        my %troubled = map { $_ => 1 } split /,/, $root->value("select array_to_string(core.monitors_with_trouble('{"
            . join(',', @ids) . "}', @{[moment($at - 24 * $hour)]}), ',')");
        for my $id (grep { $made{$_} < $at } @ids) {
            my $bars = join '', map { letter($id, $at - (25 - $_) * $hour, $at - (24 - $_) * $hour) } 1 .. 24;
            my $m = model($spans{$id}, $made{$id}, $at - 24 * $hour, $at);
            my $counted = $m ? $m->{up} + $m->{down} : 0;
            my $availability = $counted ? $m->{up} / $counted : undef;
            my $row = $told->{$id} // [$id, 'u' x 24, 1];
            my $right = $row->[1] eq $bars && defined $row->[2] == defined $availability
                && (!defined $availability || abs($row->[2] - $availability) < 2e-8)
                && ($troubled{$id} || $made{$id} > $at - 24 * $hour || $bars eq 'u' x 24 && $availability == 1);
            $wrong++ or same([@$row[1, 2]], [$bars, $availability], "bars of $id") if !$right;
        }
    }
    is $wrong, 0, 'hour by hour' or diag "BETTERSTACK_SEED=$seed";
};

# The machine's own histories.  [state, from, to] in seconds since the beginning of the world.
sub shown {
    my ($id) = @_;
    return [map { [$_->[0], $_->[1] + 0, defined $_->[2] ? $_->[2] + 0 : undef] } @{$root->rows("select core.state_word(state),
        round((core.ms(began_at) - $world->{start}) / 1000.0, 1), round((core.ms(ended_at) - $world->{start}) / 1000.0, 1)
        from betterstack.state_span where monitor_id = $id order by began_at")}];
}
sub sla {
    my ($id, $from, $to) = @_;
    my %row;
    @row{@FIELDS} = @{$root->rows("select " . join(', ', map { /_s$/ ? "round($_\::numeric)" : $_ } @FIELDS)
        . " from core.availability(array[$id], core.from_ms($world->{start} + @{[($from // 0) * 1000]}), "
        . (defined $to ? "core.from_ms($world->{start} + @{[$to * 1000]})" : $world->at) . ')')->[0] // []};
    return \%row;
}
sub everybody { my ($id, $what) = @_; return $world->look($id, map { $_ => $what } qw(eu us as)) }
sub fresh { my $id = monitor(@_); $root->rows("update betterstack.monitor set created_at = @{[$world->at]} where id = $id;
    update betterstack.state_span set began_at = @{[$world->at]} where monitor_id = $id;
    update betterstack.monitor_state set since = @{[$world->at]} where monitor_id = $id"); $world->pass(1); everybody($id, 'up'); return $id }
sub sound {
    my ($id, $title) = @_;
    is $root->value("select count(*) from (select s.*, lead(began_at) over (order by began_at) as next
        from betterstack.state_span s where monitor_id = $id) o where next is distinct from ended_at"), 0, "$title: no gaps, no overlaps";
    is $root->value("select s.state = m.status from betterstack.state_span s join betterstack.monitor_state m using (monitor_id)
        where s.monitor_id = $id and s.ended_at is null"), 't', "$title: the last is what is shown";
}

subtest 'an outage is as long as its incident says' => sub {
    my $id = fresh();
    my $start = $world->clock;
    $world->pass(60);
    $world->look($id, eu => 'down');
    $world->pass(2);
    $world->look($id, us => 'down', as => 'down');
    $world->pass(100);
    everybody($id, 'up');
    $world->pass(38);
    my $sla = sla($id);
    is $sla->{down_s}, 102, 'from the first failure to the end';
    my $incident = $root->value("select incident_id from betterstack.incident_monitor where monitor_id = $id");
    is $root->value("select extract(epoch from resolved_at - started_at)::integer from betterstack.incident
        where id = $incident"), 102, 'as the incident';
    is $sla->{up_s}, 98, 'and up before and after';
    is_deeply [@$sla{qw(incidents longest_s average_s resolve_s acknowledge_s)}], [1, 102, 102, 102, undef], 'one, never acknowledged';
    is_deeply [map { $_->[0] } @{shown($id)}], [qw(pending up down up)], 'what was shown';
    sound($id, 'an outage');
    $root->rows("update betterstack.incident set acknowledged_at = started_at + interval '30 s' where id = $incident");
    is sla($id)->{acknowledge_s}, 30, 'acknowledged after half a minute';
    is sla($id, $start + 100)->{down_s}, 62, 'what of it lies in a time';
    is sla($id, $start + 100)->{longest_s}, 62, 'the longest, too';
    is sla($id, $start + 100)->{resolve_s}, 102, 'but it took as long as it took';
    is sla($id, $start, $start + 60)->{incidents}, 0, 'a time before it has none';
    $root->rows("delete from betterstack.incident where id = $incident");
    is_deeply [@{sla($id)}{qw(down_s incidents)}], [0, 0], 'what a person deletes did not happen';
};

subtest 'a false alarm is up' => sub {
    my $id = fresh();
    $world->pass(30);
    $world->look($id, eu => 'down');
    $world->pass(1);
    $world->look($id, us => 'up', as => 'up');
    $world->pass(29);
    is_deeply [@{sla($id)}{qw(down_s incidents up_s)}], [0, 0, 60], 'nothing was down';
    sound($id, 'a false alarm');
};

subtest 'one incident of several monitors' => sub {
    my @two = map { monitor(url => "http://198.51.100.7/$_") } 1, 2;
    everybody($_, 'up') for @two;
    $world->pass(60);
    everybody($two[0], 'down');
    $world->pass(20);
    everybody($two[1], 'down');
    $world->pass(40);
    everybody($two[0], 'up');
    $world->pass(30);
    everybody($two[1], 'up');
    is $root->value("select count(distinct incident_id) from betterstack.incident_monitor where monitor_id in ($two[0], $two[1])"), 1, 'one';
    is_deeply [map { sla($_)->{down_s} } @two], [60, 70], 'each was down for its own time';
    my $total = $root->rows("select round(down_s), incidents, round(longest_s), round(resolve_s) from core.availability_total(
        array[$two[0], $two[1]], 'epoch', @{[$world->at]})")->[0];
    is_deeply $total, [130, 1, 90, 90], 'together it lasted from the first to the last';
};

subtest 'a person resolves, and it is down all the same' => sub {
    my $id = fresh();
    $world->pass(60);
    everybody($id, 'down');
    $world->pass(30);
    my $incident = $root->value("select incident_id from betterstack.incident_monitor where monitor_id = $id");
    $root->rows("select core.incident_apply(i, 'resolved', @{[$world->at]}, 'Ann') from betterstack.incident i where id = $incident");
    $world->pass(30);
    is_deeply [@{sla($id)}{qw(down_s resolve_s)}], [60, 30], 'down until it is up, resolved when she said so';
    $root->rows("select core.incident_apply(i, 'reopened', @{[$world->at]}, 'Ann') from betterstack.incident i where id = $incident");
    is_deeply [@{sla($id)}{qw(down_s resolve_s)}], [60, undef], 'reopened: not resolved yet';
    $world->pass(30);
    everybody($id, 'up');
    is_deeply [@{sla($id)}{qw(down_s resolve_s incidents)}], [90, 90, 1], 'until its end';
    sound($id, 'reopened');
};

subtest 'pauses, and what a person opens' => sub {
    my $id = fresh();
    $world->pass(59);
    my $pause = sub {
        my ($paused) = @_;
        $root->rows("update betterstack.monitor set paused = $paused where id = $id;
            select core.incident_leave($id, @{[$world->at]}, 'paused');
            select core.monitor_state_reset($id, $paused, @{[$world->at]}, @{[$world->at]})");
    };
    everybody($id, 'down');
    $world->pass(10);
    $pause->('true');
    $world->pass(100);
    $pause->('false');
    $world->pass(5);
    everybody($id, 'up');
    $world->pass(25);
    ($root->call('incident_create', $world->{ann}, '{"summary":"By hand"}'))[0] == 201 or die;
    is_deeply [map { 0 + $_ } @{sla($id)}{qw(up_s down_s paused_s pending_s incidents)}], [84, 10, 100, 6, 1],
        'a pause ends the outage and does not count; nor does a manual incident';
    is_deeply [map { $_->[0] } @{shown($id)}], [qw(pending up down paused pending up)], 'shown';
    sound($id, 'paused');
};

subtest 'maintenance in an outage, and an outage in maintenance' => sub {
    my $id = fresh();
    $world->pass(59);
    everybody($id, 'down');
    my $row = $root->rows("select status, body from core.maintenance_window_create($team, jsonb_build_object('name', 'x', 'starts_at',
        core.iso(@{[$world->at]} + interval '30 s'), 'ends_at', core.iso(@{[$world->at]} + interval '90 s'), 'monitor_ids',
        jsonb_build_array($id)), @{[$world->at]})")->[0];
    is $row->[0], 201, 'a window';
    for (1 .. 12) {
        $world->pass(10)->alive;
        $world->sweep;
        everybody($id, 'down') if $_ > 9;
    }
    is_deeply [map { 0 + $_ } @{sla($id)}{qw(down_s maintenance_s incidents)}], [60, 60, 1], 'the incident stays open, maintenance does not count';
    everybody($id, 'up');
    sound($id, 'maintenance');
};

subtest 'nobody looks' => sub {
    my $id = fresh();
    $world->pass(60);
    my $before = $world->clock;
    for (1 .. 40) { $world->pass(10); $root->rows("update betterstack.region_agent set last_report_at = @{[$world->at]}"); $world->sweep }
    is $world->state($id), 'no_data', 'no data';
    my ($span) = grep { $_->[0] eq 'no_data' } @{shown($id)};
    my $sla = sla($id);
    is 0 + $sla->{no_data_s}, sprintf('%.0f', $world->clock - $span->[1]), 'since when it was shown';
    is 0 + $sla->{down_s}, 0, 'which is not down';
    is 0 + $sla->{availability}, 1, 'and does not count';
    everybody($id, 'up');
    $world->pass(10);
    is 0 + sla($id)->{no_data_s}, 0 + $sla->{no_data_s}, 'it ends with a result';
    sound($id, 'no data');
};

subtest 'explained by its parent' => sub {
    my $parent = fresh();
    my $child = fresh(depends_on => ["$parent"]);
    $world->pass(60);
    everybody($parent, 'down');
    $world->pass(5);
    everybody($child, 'down');
    $world->sweeps(5);
    is $world->state($child), 'down', 'down';
    is $root->value("select count(*) from betterstack.incident_monitor where monitor_id = $child and confirmed_at is not null"), 0,
        'without an incident';
    $world->pass(40);
    my $sla = sla($child);
    cmp_ok $sla->{down_s}, '>=', 40, 'its time counts';
    is $sla->{incidents}, 0, 'as no incident of its own';
    everybody($parent, 'up');
    everybody($child, 'up');
    $world->pass(10);
    everybody($child, 'up');
    sound($child, 'a child');
};

subtest 'whatever happens, in whatever order' => sub {
    my @some = map { fresh(recovery_period => $_ * 20) } 0 .. 2;
    for my $step (1 .. 150) {
        my $id = $some[rand @some];
        my $what = int rand 20;
        if ($what < 12) { $world->look($id, map { rand() < 0.7 ? ($_ => (qw(up up down degraded))[rand 4]) : () } qw(eu us as)) }
        elsif ($what < 14) { everybody($id, (qw(up down))[rand 2]) }
        elsif ($what < 15) { $world->update($id, paused => JSON::PP::true); $world->update($id, paused => JSON::PP::false) }
        elsif ($what < 16) { $world->pass(-int rand 300) }
        else { $world->alive; $world->sweep }
        $world->pass(1 + rand 60);
    }
    for my $id (@some) {
        sound($id, 'after all');
        is $root->value("select abs(up_s + down_s + maintenance_s + paused_s + no_data_s + pending_s
                - extract(epoch from @{[$world->at]} - created_at)) < 0.00001 from betterstack.monitor m
            join core.availability(array[$id], 'epoch', @{[$world->at]}) a on a.monitor_id = m.id"), 't', 'all times together are the whole';
    }
    diag "BETTERSTACK_SEED=$seed" if !Test::More->builder->is_passing;
};

subtest 'clocks' => sub {
    my $write = sub { my ($second, $state) = @_; $root->rows("select core.state_span_write(-1, $state\::smallint,
        $origin + $second * interval '1 second', null)") };
    my $spans = sub { return join ' ', map { "$_->[0]-" . ($_->[1] // '') . ":$_->[2]" } @{$root->rows("select
        extract(epoch from began_at - $origin)::bigint, extract(epoch from ended_at - $origin)::bigint, state
        from betterstack.state_span where monitor_id = -1 order by began_at")} };
    $write->(@$_) for [0, 0], [10, 1], [20, 5];
    is $spans->(), '0-10:0 10-20:1 20-:5', 'one after the other';
    $write->(20, 3);
    is $spans->(), '0-10:0 10-20:1 20-:3', 'at the same moment: instead';
    $write->(15, 1);
    is $spans->(), '0-10:0 10-15:1 15-:1', 'a little earlier: what was put down since is not so';
    $write->(1_000_000, 9);
    $write->(30, 3);
    is $spans->(), '0-10:0 10-15:1 15-30:1 30-:3', 'a clock that was ahead for a moment';
    $write->(100 + $_, $_ % 2) for 1 .. 30;
    my $before = $spans->();
    $write->(-1_000_000, 4);
    is $spans->(), $before =~ s/:0$/:4/r, 'a clock that is far behind takes no history away';
    $write->(131, 1);
    like $spans->(), qr/130-131:4 131-:1$/, 'and it goes on from there';
};

# What the schema file makes of a database that knew no states before.
subtest 'an upgrade finds out what it can of the past' => sub {
    open my $file, '<', $db_root . '/sql/schema/0026_states.sql' or die $!;
    my @derive = join('', <$file>) =~ /^(with (?:monitor|heartbeat) as.*?);$/msg;
    is scalar @derive, 2, 'of monitors and of heartbeats';
    my $id = fresh();
    $world->pass(59);
    everybody($id, 'down');
    $world->pass(60);
    everybody($id, 'up');
    $world->pass(60);
    everybody($id, 'degraded');
    my $paused = fresh();
    $world->pass(60);
    $root->rows("select core.monitor_state_reset($paused, true, @{[$world->at]}, @{[$world->at]})");
    my $start = ($root->value("select core.ms(created_at) from betterstack.monitor where id = $id") - $world->{start}) / 1000;
    my $heartbeat = ($root->call('heartbeat_create', $world->{ann}, '{}', '{"name":"x","period":60,"grace":0}'))[1]{data}{id};
    my $before = $root->rows('select heartbeat_id, began_at, ended_at, state from betterstack.heartbeat_span');
    $root->rows('delete from betterstack.state_span; delete from betterstack.heartbeat_span');
    $root->rows($_) for @derive;
    is_deeply [map { [$_->[0], int($_->[1] - $start + 0.5)] } @{shown($id)}], [['up', 0], ['down', 60], ['up', 120], ['degraded', 180]],
        'up but for its incidents, and what it is now';
    is_deeply [map { $_->[0] } @{shown($paused)}], [qw(up paused)], 'a pause that lasts';
    is_deeply $root->rows('select heartbeat_id, began_at, ended_at, state from betterstack.heartbeat_span'), $before, 'heartbeats, too';
    $root->rows("select core.state_span_write($id, 1::smallint, @{[$world->at]} + interval '1 s', null)");
    is_deeply [map { $_->[0] } @{shown($id)}], [qw(up down up degraded up)], 'and it goes on from there';
};

subtest 'kept for as long as incidents are' => sub {
    my $old = sub { return $root->rows("select (select count(*) from betterstack.state_span where monitor_id = -2),
        (select count(*) from betterstack.heartbeat_span where heartbeat_id = -2),
        (select count(*) from betterstack.maintenance_time where id = -2)")->[0] };
    for my $days (50, 120) {
        my $time = "now() - interval '$days days'";
        $root->rows("insert into betterstack.state_span values (-2, $time - interval '1 day', $time, 4);
            insert into betterstack.heartbeat_span values (-2, $time - interval '1 day', $time, 4);
            insert into betterstack.maintenance_time values (1, -2, $time - interval '1 day', $time)");
    }
    $root->rows('select * from dispatch.housekeeping()');
    is_deeply $old->(), [2, 2, 2], 'for ever, unless told';
    $root->rows('update betterstack.installation set incident_retention_days = 40');
    $root->rows("insert into betterstack.team_retention (team_id, incidents) values ($team, 100)");
    $root->rows('select * from dispatch.housekeeping()');
    is_deeply $old->(), [1, 1, 1], 'of the team that keeps them longest';
};

subtest 'who is gone leaves nothing' => sub {
    my $id = fresh();
    is(($root->call('monitor_delete', $world->{ann}, $id))[0], 204, 'deleted');
    is $root->value("select count(*) from betterstack.state_span where monitor_id = $id"), 0, 'no spans';
    is $root->value("select count(*) from core.availability(array[$id], 'epoch', @{[$world->at]})"), 0, 'no availability';
};

done_testing;
