package BetterStack::Verdict;

# Drives the verdict with a clock of its own: reports and sweeps at the times that a test says.
#
#   my $world = BetterStack::Verdict->new(qw(eu us as));      # regions
#   my $id = $world->monitor(regions => ['eu'], check_frequency => 30);
#   my @jobs = $world->look($id, eu => 'down', us => 'up');   # one result each, now
#   $world->pass(10);                                         # seconds; nothing happens in them
#   $world->sweep;
#   $world->state($id);                                       # 'suspect'
#
# What is told to the hub is kept in {jobs} and {events} of the last call.

use strict;
use warnings;

use JSON::PP;

use BetterStack::Postgres;

my %RESULT = (up => [1, 0], degraded => [2, 45], down => [3, 10], refused => [3, 10], timeout => [3, 11],
    unknown => [0, 60]);

sub new {
    my ($class, @regions) = @_;
    my $db = BetterStack::Postgres->new;
    my $self = bless {db => $db, root => $db->session, now => int(time) * 1000, regions => \@regions}, $class;
    $self->{ann} = $self->{root}->person('ann');
    $self->{digest}{$_} = $self->{root}->region($self->{ann}, $_) for @regions;
    $self->{start} = $self->{now};
    return $self;
}

sub root { $_[0]{root} }
sub now { $_[0]{now} }

# Seconds since the beginning.
sub clock { return ($_[0]{now} - $_[0]{start}) / 1000 }

sub pass { my ($self, $seconds) = @_; $self->{now} += int($seconds * 1000); return $self }

sub at { my ($self) = @_; return "core.from_ms($self->{now})" }

sub monitor {
    my ($self, %attribute) = @_;
    return $self->{root}->monitor($self->{ann}, check_frequency => 30, %attribute);
}

sub update {
    my ($self, $id, %attribute) = @_;
    my ($status, $body) = $self->{root}->call('monitor_update', $self->{ann}, $id, JSON::PP->new->encode(\%attribute));
    die JSON::PP->new->encode($body) if $status != 200;
}

# Results of this moment, one report for each region; returns the urgent jobs as 'monitor region'.
sub look {
    my ($self, $id, @results) = @_;
    my @jobs;
    while (my ($region, $what) = splice @results, 0, 2) {
        push @jobs, $self->batch($region, {monitor => $id, what => $what});
    }
    return @jobs;
}

# One report of one region: {monitor, what, and what a tick has}.
sub batch {
    my ($self, $region, @ticks) = @_;
    for my $tick (@ticks) {
        my $result = $RESULT{delete $tick->{what} // 'up'};
        %$tick = (slot => $self->{now} - 200, checked_at => $self->{now} - 190, status => $result->[0],
            reason => $result->[1], http_status => 0, %$tick);
    }
    my $sql = BetterStack::Postgres::Session->report_sql($self->{digest}{$region}, @ticks);
    $sql =~ s/ingest\.report\(/core.report(/;
    $sql =~ s/\)$/, @{[$self->at]})/;
    $sql =~ s/select .*? from/select team_id, event, confirm_region, confirm_monitor, confirm_slot, confirm_expires from/;
    return $self->told($self->{root}->rows($sql));
}

# All these regions have nothing to say, but are there.
sub alive {
    my ($self, @regions) = @_;
    $self->{root}->rows("update betterstack.region_agent set last_report_at = @{[$self->at]}");
}

sub sweep {
    my ($self) = @_;
    return $self->told($self->{root}->rows("select team_id, event, confirm_region, confirm_monitor, confirm_slot,
        confirm_expires from dispatch.sweep(@{[$self->at]})"));
}

# One second after the other with a sweep in each; everybody is alive.
sub sweeps {
    my ($self, $seconds) = @_;
    my @jobs;
    for (1 .. $seconds) {
        $self->pass(1)->alive;
        push @jobs, $self->sweep;
    }
    return @jobs;
}

sub told {
    my ($self, $rows) = @_;
    $self->{events} = [map { defined $_->[0] ? JSON::PP->new->decode($_->[1]) : () } @$rows];
    $self->{jobs} = [map { defined $_->[3] ? {region => $_->[2], monitor => $_->[3], slot => $_->[4],
        expires => $_->[5]} : () } @$rows];
    return map { "$_->{monitor} $_->{region}" } @{$self->{jobs}};
}

sub state {
    my ($self, $id) = @_;
    return $self->{root}->value("select core.state_word(status) from betterstack.monitor_state where monitor_id = $id");
}

sub column {
    my ($self, $id, $column) = @_;
    return $self->{root}->value("select $column from betterstack.monitor_state where monitor_id = $id");
}

# The incidents of a monitor, oldest first: 'open' (confirmed), 'unconfirmed', 'resolved', 'false'.
sub incidents {
    my ($self, $id) = @_;
    return map { $_->[0] } @{$self->{root}->rows("select case when i.resolved_at is not null
            then case when i.confirmed_at is null then 'false' else 'resolved' end
            when i.confirmed_at is null then 'unconfirmed' else 'open' end
        from betterstack.incident i where i.kind in ('failure', 'mass') and exists (
            select from betterstack.incident_monitor im where im.incident_id = i.id and im.monitor_id = $id)
        order by i.id")};
}

sub kinds {
    my ($self, $where) = @_;
    return map { $_->[0] } @{$self->{root}->rows('select kind from betterstack.incident where '
        . ($where // 'true') . ' order by id')};
}

1;
