package BetterStack::Bench::History;

# An installation with years behind it: what is sealed and its rollups are written as the sealer writes
# them (bench/history_make.c), the last day row by row in the order in which results come, outages as
# incidents.  Then questions, through the hub, one after the other on one connection.

use strict;
use warnings;

use List::Util qw(max);
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);

use BetterStack::Bench::HistoryPeer;
use BetterStack::Bench::Ingest;
use BetterStack::Bench::Proc qw(tree_cpu_seconds);
use BetterStack::Bench::Table qw(median table);
use BetterStack::Bench::Tools qw(wrk);
use BetterStack::Stack qw(wait_for);

use constant MONITORS      => $ENV{HISTORY_MONITORS} // 250;
use constant PEER_MONITORS => $ENV{HISTORY_PEER_MONITORS} // 10;
use constant DAYS          => $ENV{HISTORY_DAYS} // 90;
use constant SECONDS       => $ENV{BENCH_SECONDS} // 2;
use constant DAY_S         => 86400;
use constant REGIONS       => qw(bench-a bench-b bench-c bench-d);
use constant SLA_MONITORS  => 10_000;
use constant OUTAGES       => 5;          # of each monitor in 90 days
use constant LIST          => 1000;
use constant SLOW_S        => 0.2;
use constant SLOW_TIMES    => 5;
use constant SEAL_S        => 1800;
use constant PATIENCE_S    => 300;
use constant CLOSED_AFTER  => 7 * 3600;   # a day can be sealed

sub new {
    my ($class) = @_;
    my $stack = BetterStack::Stack->new(regions => join(' ', REGIONS), agents => 0, workers => 1,
        postgres => '-c fsync=on -c full_page_writes=on -c max_wal_size=8GB -c shared_buffers=1GB');
    my $self = bless {monitors => MONITORS, days => DAYS, seconds => SECONDS, stack => $stack, pid => {$stack->processes}}, $class;
    $self->{hot} = int((time - CLOSED_AFTER) / DAY_S) - 1;     # the newest day that is closed
    $self->add_monitors;
    $self->load;
    wait_for(sub { $self->{stack}->sql('select count(*) from betterstack.hour where due_at is not null') == 0 },
        PATIENCE_S, 'the hours to be rolled up') or die "hours are not rolled up\n";
    return $self;
}

sub root { $_[0]{stack}->root }

sub report {
    my ($self) = @_;
    my $peer = BetterStack::Bench::HistoryPeer->new(monitors => PEER_MONITORS, days => DAYS, maker => $self->maker);
    return join "\n", $self->sizes, $self->questions, $peer->report, $self->ingest_while_sealing;
}

# The program that makes results; built when it is first asked for.
sub maker {
    my ($self) = @_;
    my $build = $self->{stack}->build . '/bench';
    my $root = $self->root;
    return $self->{maker} //= do {
        system('sh', '-c', "mkdir -p '$build' && cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -o '$build/history-make' "
            . "'$root/bench/history_make.c' '$root'/shared/bs_pack*.c '$root'/shared/bs_rollup*.c -lm") == 0
            or die "history-make does not build\n";
        "$build/history-make";
    };
}

sub add_monitors {
    my ($self) = @_;
    my $count = max($self->{monitors}, SLA_MONITORS);
    $self->{stack}->sql(<<~SQL);
        do \$\$
        declare
            m betterstack.monitor;
        begin
            m := (core.monitor_change(null, jsonb_build_object('url', 'http://127.0.0.1/history',
                      'monitor_type', 'status', 'check_frequency', 60))).changed;
            m.id := 0;
            m.team_id := (select min(t.id) from betterstack.team t);
            m.created_at := now() - interval '400 days';
            m := core.monitor_derive(m);
            for i in 1 .. $count loop
                m.id := nextval(pg_get_serial_sequence('betterstack.monitor', 'id'));
                m := core.monitor_derive(m);
                insert into betterstack.monitor overriding system value select m.*;
                perform core.monitor_state_reset(m.id, false, '-infinity', m.created_at);
            end loop;
            update betterstack.monitor_state set status = 1, phase = 1, since = since + interval '1 minute';
            update betterstack.monitor_state s set doc = core.monitor_state_doc(s);
        end
        \$\$;
        SQL
    ($self->{first}, $self->{region}) = split /\|/, $self->{stack}->sql(
        'select (select min(id) from betterstack.monitor), (select min(id) from betterstack.region)');
}

# What the maker says, into a table.
sub copy {
    my ($self, $table, $columns, $what, $first_day, $days, $monitors) = @_;
    my $make = join ' ', $self->maker, $what, $self->{first}, $monitors // $self->{monitors},
        $self->{region}, scalar(my @regions = REGIONS), $first_day, $days;
    my $conninfo = $self->{stack}->conninfo;
    system('bash', '-c', "set -o pipefail; $make | psql -XqAt -v ON_ERROR_STOP=1 '$conninfo' -c "
        . "'copy betterstack.$table ($columns) from stdin with (format binary)'") == 0
        or die "$table could not be filled\n";
}

sub load {
    my ($self) = @_;
    my $stack = $self->{stack};
    my ($first, $days) = ($self->{hot} - $self->{days}, $self->{days});
    $stack->sql(<<~SQL);
        select core.history_partition_make(r.relation, m.month::date)
          from unnest(array['tick_sealed', 'tick_evidence', 'tick_day']) as r (relation),
               generate_series(date_trunc('month', date '1970-01-01' + $first), now(), interval '1 month') as m (month)
         where to_regclass('betterstack.' || core.history_partition_name(r.relation, m.month::date)) is null
        SQL
    $self->copy('tick_sealed', 'day, monitor_id, region_id, ticks, packed', 'sealed', $first, $days);
    $self->copy('tick_day', 'day, monitor_id, region_id, unknown, up, degraded, down, total_min_us, total_max_us, '
        . 'total_sum_us, buckets, counts, rollup, hours', 'days', $first, $days);
    $self->load_hot;
    $self->add_outages;
    $stack->sql('vacuum analyze');
}

# In the order in which results came.  The day was closed already, and nothing was in it; it stays hot
# for as long as it is in trouble.
sub load_hot {
    my ($self) = @_;
    my $day = "date '1970-01-01' + $self->{hot}";
    $self->{stack}->sql("alter table betterstack.tick alter column evidence set default '';
        drop trigger if exists divert on " . $self->hot_partition);
    my @columns = qw(slot monitor_id lateness_ms dns_us connect_us tls_us first_byte_us total_us region_id
        http_status status reason attempts address);
    $self->copy('tick', join(', ', @columns), 'hot', $self->{hot}, 1);
    die "the day cannot be fenced\n" if $self->{stack}->sql("select core.day_fence($day)") ne 't';
    $self->{stack}->sql("update betterstack.day set state = 1, packed_at = null, counted = 0, next_count = null,
        trouble = 'bench' where day = $day");
}

sub hot_partition { return 'betterstack.tick_' . strftime('%Y%m%d', gmtime($_[0]{hot} * DAY_S)) }

# Outages of a few minutes, spread over all the time: each an incident of one monitor.
sub add_outages {
    my ($self) = @_;
    $self->{stack}->sql(<<~SQL);
        with outage as (
            select m.id, m.team_id, m.pronounceable_name, m.url, s.at,
                   s.at + interval '1 second' * (60 + hashint8(m.id * 31 + s.number) % 1800 + 1800) as ended
              from betterstack.monitor m
             cross join lateral (
                   select g as number, now() - interval '1 day' * ((hashint8(m.id + g * 7919) & 8191) / 8192.0 * 90) as at
                     from generate_series(1, ${\OUTAGES}) g) s
        ), incidents as (
            insert into betterstack.incident (team_id, kind, name, url, cause, started_at, confirmed_at,
                   acknowledged_at, resolved_at, monitors_count, last_joined_at, metadata)
            select o.team_id, 'failure', o.pronounceable_name, o.url, 'Connection refused', o.at,
                   o.at + interval '20 seconds', o.at + interval '90 seconds', least(o.ended, now()), 1, o.at,
                   jsonb_build_object('of', o.id)
              from outage o returning *
        )
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at,
               confirmed_at, ended_at)
        select i.id, (i.metadata ->> 'of')::integer, i.name, i.url, i.cause, i.started_at, i.confirmed_at,
               i.resolved_at
          from incidents i
        SQL
}

# ---- sizes ----

sub sizes {
    my ($self) = @_;
    my $hot = $self->hot_partition =~ s/.*\.//r;
    my %tier = (
        sealed  => ["sum(ticks) from betterstack.tick_sealed", 'tick_sealed_%', 'tick_evidence_%'],
        rollups => ["sum(up + degraded + down + unknown) from betterstack.tick_day", 'tick_day_%'],
        hot     => ["count(*) from betterstack.$hot", $hot],
    );
    my @rows = ['Bytes a tick (table, index, TOAST)', 'ticks', 'MB', 'B/tick'];
    for my $tier (qw(hot sealed rollups)) {
        my ($count, @names) = @{$tier{$tier}};
        my $ticks = $self->{stack}->sql("select $count");
        my $bytes = $self->{stack}->sql("select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c
            where c.relkind = 'r' and (" . join(' or ', map { "c.relname like '$_'" } @names) . ')');
        push @rows, ["  $tier", $ticks, sprintf('%.0f', $bytes / 1e6), sprintf('%.2f', $bytes / $ticks)];
    }
    my $state = $self->{stack}->sql(q{select pg_total_relation_size('betterstack.region_state')
        + pg_total_relation_size('betterstack.monitor_state')});
    return table(@rows) . sprintf "  state rows of all monitors: %.1f MB, whatever their age\n", $state / 1e6;
}

# ---- questions ----

sub questions {
    my ($self) = @_;
    my $id = $self->{first} + int($self->{monitors} / 2);
    my $day = sub { strftime('%Y-%m-%dT00:00:00Z', gmtime(($self->{hot} + $_[0]) * DAY_S)) };
    my $between = sub { 'from=' . $day->($_[0]) . '&to=' . $day->($_[1]) };
    my @asked = (
        ['list of 1,000: state, 24 h availability, bars', '/api/v2/monitors/overview?per_page=' . LIST],
        ['24 h of 4 regions, raw, hot', "/api/v2/monitors/$id/ticks?limit=10000&" . $between->(0, 1)],
        ['24 h of 4 regions, raw, sealed', "/api/v2/monitors/$id/ticks?limit=10000&" . $between->(-8, -7)],
        ["percentiles of $self->{days} days, a day a point",
            "/api/v2/monitors/$id/percentiles?step=86400&" . $between->(1 - $self->{days}, 1)],
        ['percentiles of 30 days, an hour a point',
            "/api/v2/monitors/$id/percentiles?step=3600&" . $between->(-29, 1)],
        ['SLA of one monitor, 30 days', "/api/v2/monitors/$id/sla?" . $between->(-29, 1)],
        ['SLA of 1,000 monitors, 30 days', '/api/v2/sla?per_page=' . LIST . '&' . $between->(-29, 1)],
        ['calendar of a year', "/api/v2/monitors/$id/calendar"],
    );
    my @rows = ['Questions, through the hub', 'Postgres ms', 'hub ms', 'answer ms', 'kB'];
    push @rows, $self->ask(@$_) for @asked;
    return table(@rows, $self->ask_sla_of_all);
}

# Again and again on one connection; what takes long, a few times.
sub ask {
    my ($self, $name, $path) = @_;
    my $began = time;
    my $length = $self->ask_once($path);
    my $slow = time - $began > SLOW_S;
    my @before = $self->cpu;
    my $did = $slow ? $self->ask_slowly($path) : wrk(url => $self->{stack}->url($path), seconds => $self->{seconds},
        connections => 1, headers => {Authorization => 'Bearer ' . $self->{stack}->token});
    my @after = $self->cpu;
    return ["  $name", (map { sprintf '%.2f', 1e3 * ($after[$_] - $before[$_]) / $did->{ops} } 0, 1),
        sprintf('%.2f', 1e3 * $did->{seconds} / $did->{ops}), sprintf('%.0f', $length / 1e3)];
}

# The answer's length.
sub ask_once {
    my ($self, $path) = @_;
    my $reply = $self->{stack}->request('GET', $path, {headers => {Authorization => 'Bearer ' . $self->{stack}->token}});
    die "$path: $reply->{status} $reply->{content}\n" if $reply->{status} != 200;
    return length $reply->{content};
}

sub ask_slowly {
    my ($self, $path) = @_;
    my $began = time;
    $self->ask_once($path) for 1 .. SLOW_TIMES;
    return {ops => SLOW_TIMES, seconds => time - $began};
}

# Everybody's month is the installation's question, not a page of a team's list.
sub ask_sla_of_all {
    my ($self) = @_;
    my ($postgres) = $self->cpu;
    my $began = time;
    $self->{stack}->sql("select count(*), sum(a.down_s) from core.availability(
        array(select id from betterstack.monitor), now() - interval '30 days', now()) a");
    my $seconds = time - $began;
    return ['  SLA of ' . SLA_MONITORS . ' monitors, 30 days (SQL)',
        sprintf('%.0f', 1e3 * (($self->cpu)[0] - $postgres)), '-', sprintf('%.0f', 1e3 * $seconds), '-'];
}

sub cpu {
    my ($self) = @_;
    return map { tree_cpu_seconds($self->{pid}{$_}) } qw(postgres nginx);
}

# ---- ingest beside the sealer ----

# Reports are committed while the hub seals the day before, and again when it has.
sub ingest_while_sealing {
    my ($self) = @_;
    my $ingest = BetterStack::Bench::Ingest->new($self->{stack}, seconds => $self->{seconds});
    $self->{stack}->sql("update betterstack.day set trouble = null where day = date '1970-01-01' + $self->{hot}");
    wait_for(sub { $self->sealed }, PATIENCE_S, 'the sealer to begin') or die "nothing is sealed\n";
    my ($began, $sealed, @cpu) = (time, $self->sealed, $self->cpu);
    my (@during, @after);
    while ($self->sealing) {
        push @during, $ingest->rate($self->{seconds});
        die "the day is not being sealed\n" if time > $began + SEAL_S;
    }
    my $speed = ($self->sealed - $sealed) / (time - $began);
    push @after, $ingest->rate($self->{seconds}) for 1 .. max(3, scalar @during);
    return sprintf "Ticks committed a second while %.0f a second are sealed: %.0f, afterwards: %.0f, ratio %.2f\n",
        $speed, median(@during), median(@after), median(@during) / median(@after);
}

sub sealed {
    my ($self) = @_;
    return $self->{stack}->sql("select coalesce((select ticks from betterstack.day where day = date '1970-01-01' + $self->{hot}), 0)");
}

sub sealing {
    my ($self) = @_;
    return $self->{stack}->sql("select packed_at is null from betterstack.day where day = date '1970-01-01' + $self->{hot}") eq 't';
}

1;
