package BetterStack::Past;

# A year of a monitor's past, written down as the machine writes it, for tests that look at it:
# made 400 days ago; down for two hours three days ago and for ten minutes forty days ago, which
# somebody acknowledged; planned work ten days ago, an hour without data five days ago.
#
#   $stack->sql(BetterStack::Past::of_monitor(7));

use strict;
use warnings;

# [name, began, ended] before now.
my @DOWN = (['3 days', '2 hours', '5 minutes'], ['40 days', '10 minutes', undef], ['5 hours', '20 minutes', '90 seconds']);

sub of_monitor {
    my ($id) = @_;
    die "no monitor: $id" if $id !~ /^\d+$/;
    my @sql = ("update betterstack.monitor set created_at = now() - interval '400 days' where id = $id",
        "update betterstack.monitor m set doc = core.monitor_doc(m) where id = $id",
        "delete from betterstack.state_span where monitor_id = $id and ended_at is not null",
        "update betterstack.state_span set began_at = date_trunc('minute', now()) where monitor_id = $id and ended_at is null",
        span($id, '400 days', '5 days', 1), span($id, '5 days', '119 hours', 9), span($id, '119 hours', '0', 1),
        "insert into betterstack.maintenance_time values (1, $id, now() - interval '10 days', now() - interval '237 hours')");
    push @sql, map { down($id, @$_) } @DOWN;
    return join ";\n", 'begin', @sql, 'commit';
}

sub span {
    my ($id, $from, $to, $state) = @_;
    my $ago = sub { "date_trunc('minute', now()) - interval '$_[0]'" };
    return "insert into betterstack.state_span (monitor_id, began_at, ended_at, state) values ($id, ${\$ago->($from)}, ${\$ago->($to)}, $state)";
}

sub down {
    my ($id, $ago, $length, $wait) = @_;
    my $began = "now() - interval '$ago'";
    my $acknowledged = $wait ? "$began + interval '$wait'" : 'null';
    return "with made as (insert into betterstack.incident (team_id, kind, name, url, cause, started_at, confirmed_at, acknowledged_at,
            acknowledged_by, resolved_at, resolved_by, monitors_count, last_joined_at, created_at)
        select m.team_id, 'failure', m.pronounceable_name, m.url, 'It was <b>down</b> for $length', $began, $began, $acknowledged,
            'Ada', $began + interval '$length', 'monitor', 1, $began, $began from betterstack.monitor m where m.id = $id returning id)
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at, ended_at)
        select made.id, $id, '', '', '', $began, $began, $began + interval '$length' from made";
}

1;
