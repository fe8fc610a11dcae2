package BetterStack::Bench::HistoryPeer;

# The same results as a plain monitor keeps them: one row a heartbeat in SQLite, with an index by monitor
# and time, and what such a monitor asks of them.  It has no regions: each is a monitor of its own.

use strict;
use warnings;

use File::Temp qw(tempdir);
use POSIX qw(strftime);

use BetterStack::Bench::Table qw(table);
use BetterStack::Bench::Tools qw(output_of);

use constant DAY_S   => 86400;
use constant REGIONS => 4;
use constant ROWS_OF_A_LIST => 100;     # of each monitor: its bars
use constant TIMES => 5;                # a question is asked, and once before

sub new {
    my ($class, %size) = @_;    # monitors, days, maker
    my $dir = tempdir('bs-bench-XXXXXX', DIR => '/tmp', CLEANUP => 1);
    my $self = bless {%size, file => "$dir/heartbeats.db", last_day => int(time / DAY_S) - 1}, $class;
    my $first = $self->{last_day} - $self->{days};
    system('bash', '-c', 'set -o pipefail; ' . join ' ', $self->{maker}, 'peer', 1, $self->{monitors}, 1, REGIONS,
        $first, $self->{days}, '|', 'sqlite3', '-bail', $self->{file}, map { "'$_'" } $self->schema,
        '.mode csv', '.import /dev/stdin heartbeat', 'create index heartbeat_monitor_time on heartbeat (monitor_id, time)',
        'create index heartbeat_important on heartbeat (important)', 'analyze') == 0
        or die "SQLite could not be filled\n";
    return $self;
}

sub schema {
    return ('pragma synchronous = off',
        'create table heartbeat (monitor_id integer not null, status integer not null, msg text, time datetime not null, '
            . 'ping integer, duration integer not null default 0, important boolean not null default 0)');
}

sub report {
    my ($self) = @_;
    my $count = $self->ask('select count(*) from heartbeat');
    my @rows = [sprintf('One row a heartbeat in SQLite: %d million, %.1f B/tick', $count->{answer} / 1e6,
        (-s $self->{file}) / $count->{answer}), 'CPU ms', 'for'];
    push @rows, $self->row(@$_) for $self->questions;
    return table(@rows);
}

sub questions {
    my ($self) = @_;
    my $series = int($self->{monitors} / 2) * 100 + 101;
    my $day = sub { strftime("'%Y-%m-%d'", gmtime(($self->{last_day} + $_[0]) * DAY_S)) };
    my $of_all_regions = join ',', map { $series + $_ } 0 .. REGIONS - 1;
    my $between = sub { "time >= " . $day->($_[0]) . " and time < " . $day->($_[1]) };
    my $all = $self->{monitors} * REGIONS;
    return (
        ['list: newest ' . ROWS_OF_A_LIST . ' rows and 24 h availability of each', "$all pairs",
            'select max(length(list)) from (select (select group_concat(status) from (select status from heartbeat h '
                . "where h.monitor_id = m.id order by time desc limit ${\ROWS_OF_A_LIST})) || "
                . '(select avg(status) from heartbeat h where h.monitor_id = m.id and ' . $between->(-1, 0) . ') as list '
                . 'from (select distinct monitor_id as id from heartbeat) m)'],
        ['24 h of 4 regions, raw', '1 monitor',
            "select count(*), sum(length(time) + ping + status) from heartbeat where monitor_id in ($of_all_regions) and "
                . $between->(-1, 0)],
        ["p95 of $self->{days} days, a day a point", '1 monitor',
            'select count(*), sum(ping) from (select ping, row_number() over w as n, count(*) over (partition by date(time)) as of '
                . "from heartbeat where monitor_id in ($of_all_regions) and status = 1 window w as (partition by date(time) "
                . 'order by ping)) where n = of * 95 / 100'],
        ['SLA of 30 days', "$all pairs",
            'select count(*), sum(up) from (select sum(duration * status) * 1.0 / sum(duration) as up from heartbeat where '
                . $between->(-30, 0) . ' group by monitor_id)'],
    );
}

# What the first time costs, perhaps from the disk, is not counted.
sub row {
    my ($self, $name, $for, $query) = @_;
    my $once = $self->ask($query)->{ms};
    my $again = $self->ask(($query) x (1 + TIMES))->{ms};
    return ["  $name", sprintf('%.1f', ($again - $once) / TIMES), $for];
}

sub ask {
    my ($self, @queries) = @_;
    my ($answer, $cpu) = output_of('sqlite3', $self->{file}, 'pragma cache_size = -1000000', @queries);
    return {answer => (split ' ', $answer)[0], ms => 1e3 * $cpu};
}

1;
