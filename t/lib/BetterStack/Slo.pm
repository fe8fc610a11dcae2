package BetterStack::Slo;

# SLOs on histories that a test writes down, with a clock of its own, and a model of them in minutes.
#
#   my $s = BetterStack::Slo->new;
#   my $id = $s->monitor;                         # made 100 days ago, up since then
#   $s->down($id, 30, 20);                        # from 30 to 20 minutes ago, of minute 0
#   my $slo = $s->slo(monitors => [$id], target => 99.9);
#   $s->figures($slo);                            # {counted_s => ..., rates => [...]}
#   $s->model($slo);                              # the same, computed here
#   $s->minutes(10);                              # ten sweeps, a minute apart
#
# Minutes are counted from the beginning of the test; those before it are negative.

use strict;
use warnings;

use JSON::PP;

use BetterStack::Outbox;

my @WINDOWS = (5, 30, 60, 120, 360, 1440, 4320);        # minutes
my @RULES = ([14.4, 2, 0], [6, 4, 1], [3, 5, 3], [1, 6, 4]);    # rate, long, short
my $DAY = 1440;

use constant PAST => 100 * 1440;        # minutes that are kept in mind

sub new {
    my ($class) = @_;
    my $o = BetterStack::Outbox->new;
    my $start = int($o->{now} / 86400000) * 86400000;
    my $self = bless {o => $o, root => $o->root, start => $start, minute => 0, monitors => {},
        slos => {}}, $class;
    $self->{root}->rows("update betterstack.sweep set quiet_until = '-infinity'");
    return $self;
}

sub root { $_[0]{root} }

# A moment as SQL.
sub when {
    my ($self, $minute) = @_;
    return sprintf 'core.from_ms(%d)', $self->{start} + $minute * 60000;
}

sub at { my ($self) = @_; return $self->when($self->{minute}) }

# The history is a letter for each minute: u, d, n (planned or paused), x (not measured), - (not made
# yet).
sub monitor {
    my ($self, %more) = @_;
    my $made = $more{made} // -PAST;
    my $id = $self->{root}->monitor($more{of} // $self->{o}{ann});
    my $at = $self->when($made);
    $self->{root}->rows("update betterstack.monitor set created_at = $at where id = $id;
        delete from betterstack.state_span where monitor_id = $id;
        insert into betterstack.state_span (monitor_id, began_at, state) values ($id, $at, 1)");
    $self->{monitors}{$id} = {made => $made, history => '-' x ($made + PAST) . 'u' x (PAST + 20 * $DAY - $made)};
    return $id;
}

sub paint {
    my ($self, $id, $from, $to, $letter, $over) = @_;
    my $m = $self->{monitors}{$id};
    $from = $m->{made} if $from < $m->{made};
    return if $to <= $from;
    my $part = substr $m->{history}, $from + PAST, $to - $from;
    $part =~ s/[$over]/$letter/g;
    substr($m->{history}, $from + PAST, $to - $from) = $part;
}

# Fails from one minute to another, in a confirmed incident.  to may be undef: it goes on.
sub down {
    my ($self, $id, $from, $to) = @_;
    my $until = defined $to ? $self->when($to) : 'null';
    my $incident = $self->{root}->value(sprintf "insert into betterstack.incident (team_id, kind, name,
        cause, started_at, confirmed_at, last_joined_at, resolved_at) values (1, 'failure', 'x', 'x', %1\$s,
        %1\$s, %1\$s, %2\$s) returning id", $self->when($from), $until);
    $self->{root}->rows("insert into betterstack.incident_monitor (incident_id, monitor_id, name, url,
        cause, started_at, confirmed_at, ended_at) values ($incident, $id, 'x', 'x', 'x',
        @{[$self->when($from)]}, @{[$self->when($from)]}, $until)");
    $self->paint($id, $from, $to // 20 * $DAY, 'd', 'udx');
    return $incident;
}

# Planned, paused, or nobody measured it: none of it counts.
sub maintenance {
    my ($self, $id, $from, $to) = @_;
    $self->{root}->rows("insert into betterstack.maintenance_time (kind, id, began, ended)
        values (1, $id, @{[$self->when($from)]}, @{[$self->when($to)]})");
    $self->paint($id, $from, $to, 'n', 'udx');
}

# States that were shown, in order: [state, from minute].
sub shown {
    my ($self, $id, @spans) = @_;
    $self->{root}->rows("delete from betterstack.state_span where monitor_id = $id");
    for my $n (0 .. $#spans) {
        my ($state, $from) = @{$spans[$n]};
        my $to = $n < $#spans ? $spans[$n + 1][1] : undef;
        $self->{root}->rows(sprintf 'insert into betterstack.state_span (monitor_id, began_at, ended_at, state)
            values (%d, %s, %s, %d)', $id, $self->when($from), defined $to ? $self->when($to) : 'null', $state);
        $self->paint($id, $from, $to // 20 * $DAY, 'n', 'udx') if $state == 4;
        $self->paint($id, $from, $to // 20 * $DAY, 'x', 'u') if $state == 9;
    }
}

sub slo {
    my ($self, %more) = @_;
    my $body = {name => 'Checkout', target => 99.9, monitor_ids => $more{monitors}, %more};
    delete $body->{monitors};
    my ($status, $reply) = $self->{root}->call('slo_create', $self->{o}{ann}, JSON::PP->new->encode($body));
    die JSON::PP->new->encode($reply) if $status != 201;
    my $id = $reply->{data}{id};
    $self->{slos}{$id} = {target => $body->{target}, window => $body->{window} // 30, monitors => $more{monitors}};
    $self->{root}->rows("update betterstack.slo_watch set due_at = @{[$self->at]} where slo_id = $id and due_at < 'infinity'");
    return $id;
}

sub figures {
    my ($self, $slo) = @_;
    return JSON::PP->new->decode($self->{root}->value("select to_jsonb(f) || jsonb_build_object(
            'rates', core.burn_rates(s.target, f.burn_down_s, f.burn_counted_s),
            'state', core.slo_state(f, core.burn_rates(s.target, f.burn_down_s, f.burn_counted_s), false))
        from core.slo_figures(array[$slo], @{[$self->at]}) f join betterstack.slo s on s.id = f.slo_id"));
}

# Letters of a monitor from one minute to another.
sub count {
    my ($self, $id, $from, $to) = @_;
    my $part = substr $self->{monitors}{$id}{history}, $from + PAST, $to - $from;
    return (($part =~ tr/u//) + ($part =~ tr/d//), $part =~ tr/d//, $part =~ tr/nx//);
}

# Rates over all windows; down counts from a minute on.
sub model_rates {
    my ($self, $slo, $told) = @_;
    my $s = $self->{slos}{$slo};
    my @rates;
    for my $window (@WINDOWS) {
        my ($down, $counted) = (0, 0);
        for my $id (@{$s->{monitors}}) {
            my ($seen) = $self->count($id, $self->{minute} - $window, $self->{minute});
            my $from = defined $told && $told > $self->{minute} - $window ? $told : $self->{minute} - $window;
            $down += ($self->count($id, $from, $self->{minute}))[1];
            $counted += $seen > $window / 2 ? $seen : $window / 2 if $seen;
        }
        push @rates, $counted ? $down / $counted / (100 - $s->{target}) * 100 : undef;
    }
    return \@rates;
}

sub model {
    my ($self, $slo) = @_;
    my $s = $self->{slos}{$slo};
    my ($since, $length) = ($self->{minute} - $s->{window} * $DAY, $s->{window} * $DAY) if $s->{window} ne 'month';
    ($since, $length) = @{$s->{bounds}} if $s->{bounds};
    my ($counted, $down, $budget) = (0, 0, 0);
    for my $id (@{$s->{monitors}}) {
        my ($seen, $bad, $none) = $self->count($id, $since, $self->{minute});
        $counted += $seen;
        $down += $bad;
        $budget += $length - $none;
    }
    return {counted_s => 60 * $counted, down_s => 60 * $down, budget_s => 60 * $budget * (100 - $s->{target}) / 100,
        rates => $self->model_rates($slo)};
}

sub rule {
    my ($rates, $unknown) = @_;
    for my $n (0 .. $#RULES) {
        my ($rate, $long, $short) = @{$RULES[$n]};
        return $n + 1 if defined $rates->[$long] && $rates->[$long] >= $rate
            && (defined $rates->[$short] ? $rates->[$short] >= $rate : $unknown);
    }
    return 0;
}

# The incident as the model has it, a minute after the other: [minute, what]; what is begins, worse
# (with the rule) or ends.
sub model_alerts {
    my ($self, $slo, $minutes) = @_;
    local $self->{minute} = $self->{minute};
    my ($now, $told, @turns) = (0);
    for (1 .. $minutes) {
        $self->{minute}++;
        my $rates = $self->model_rates($slo, $told);
        my $worst = rule($rates, $now > 0);
        if (!$now && $worst) {
            push @turns, "$self->{minute} begins $worst";
            $now = $worst;
        } elsif ($now && (!$worst || $now <= 2 && $worst > 2)) {
            push @turns, "$self->{minute} ends";
            ($now, $told) = (0, $self->{minute});
        } elsif ($now) {
            my $sure = rule($rates, 0);
            next if !$sure || $sure >= $now;
            push @turns, "$self->{minute} worse $sure";
            $now = $sure;
        }
    }
    return @turns;
}

# So many sweeps, a minute apart; not all in one transaction, which would grow slower and slower.
sub minutes {
    my ($self, $minutes) = @_;
    while ($minutes > 0) {
        my $some = $minutes > 60 ? 60 : $minutes;
        my $first = $self->{start} + ($self->{minute} + 1) * 60000;
        my $last = $first + ($some - 1) * 60000;
        $self->{root}->rows("select core.slo_sweep(core.from_ms(ms)) from generate_series($first, $last, 60000) ms");
        $self->{minute} += $some;
        $minutes -= $some;
    }
    $self->{o}{now} = $self->{start} + $self->{minute} * 60000;
}

# The same as model_alerts says, of what was written down.
sub alerts {
    my ($self, $slo) = @_;
    return map { $_->[0] } @{$self->{root}->rows("select concat((core.ms(e.at) - $self->{start}) / 60000,
            case e.what when 'confirmed' then ' begins ' when 'burns_faster' then ' worse ' else ' ends' end,
            case when e.what <> 'resolved' then case substring(e.detail ->> 'text' from 'in the last ([^,]*)')
                when 'hour' then 1 when '6 hours' then 2 when '24 hours' then 3 else 4 end end)
        from betterstack.incident_entry e join betterstack.incident i on i.id = e.incident_id
        where i.slo_id = $slo and e.what in ('confirmed', 'burns_faster', 'resolved') order by e.id")};
}

1;
