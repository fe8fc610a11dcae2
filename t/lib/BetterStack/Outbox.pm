package BetterStack::Outbox;

# Alerts with a clock of their own: a database with two regions, incidents that a test begins and ends,
# and agents that lease and tell.
#
#   my $o = BetterStack::Outbox->new;
#   my $channel = $o->channel(kind => 'slack');
#   my $incident = $o->incident;              # begun and confirmed now
#   my @leased = $o->lease;                   # [{id, attempt, event, receiver, title}]
#   $o->told($leased[0], 'sent');
#   $o->pass(10);                             # seconds
#   $o->sweep;

use strict;
use warnings;

use JSON::PP;

use BetterStack::Postgres;

sub new {
    my ($class, %more) = @_;
    my $db = BetterStack::Postgres->new;
    my $root = $db->session;
    my $self = bless {db => $db, root => $root, now => 1_700_000_000_000, %more}, $class;
    $self->{ann} = $root->person('ann');
    $root->region($self->{ann}, 'eu');
    $self->keys($root);
    $root->rows(q{update betterstack.installation set name = 'bs', public_url = 'https://hub.example',
        smtp = '{"host": "mail.example", "from": "hub@example.com"}'});
    return $self;
}

# As the hub's sessions begin.
sub keys {
    my ($self, $session, $seal) = @_;
    $session->rows(sprintf "set betterstack.key_seal = '%s'; set betterstack.key_sign = '%s'", $seal
        // 'ab' x 32, 'cd' x 32);
}

sub root { $_[0]{root} }
sub pass { my ($self, $seconds) = @_; $self->{now} += int($seconds * 1000); return $self }
sub at { my ($self) = @_; return "core.from_ms($self->{now})" }
sub quote { return BetterStack::Postgres::quote($_[0]) }

# The id of a channel with these columns.
sub channel {
    my ($self, %column) = @_;
    %column = (team_id => 1, name => 'ops', kind => 'slack', %column);
    my $secrets = delete $column{secrets} // '{"url":"https://hooks.example/"}';
    my @names = sort CORE::keys(%column);
    return $self->{root}->value(sprintf "insert into betterstack.channel (%s, secrets) values (%s, core.seal(%s)) returning id",
        join(', ', @names), join(', ', map { quote($column{$_}) } @names), quote($secrets));
}

# A manual incident of a team, begun and confirmed at this moment, unless told.  It disturbs channels,
# and no persons.
sub incident {
    my ($self, %column) = @_;
    %column = (team_id => 1, kind => 'manual', name => 'shop', cause => 'It is broken',
        email => 'f', push => 'f', %column);
    my @names = sort CORE::keys(%column);
    my $at = $self->at;
    my $id = $self->{root}->value(sprintf "insert into betterstack.incident (%s, started_at, confirmed_at, last_joined_at)
        values (%s, $at, $at, $at) returning id", join(', ', @names),
        join(', ', map { quote($column{$_}) } @names));
    $self->alert($id, 'started');
    return $id;
}

sub alert {
    my ($self, $id, $event, %detail) = @_;
    $self->{root}->rows(sprintf "select core.alert_incident(%d, '%s', %s, %s)", $id, $event,
        $self->at,
        quote(JSON::PP->new->encode(\%detail)));
}

# acknowledged, resolved or reopened by a person.
sub act {
    my ($self, $id, $action) = @_;
    $self->{root}->rows(sprintf "select core.incident_apply(i, '%s', %s, 'Ann') from betterstack.incident i where i.id = %d",
        $action, $self->at, $id);
}

# What an agent is given.
sub lease {
    my ($self, $session, $agent, $asking) = @_;
    $session //= $self->{root};
    my $rows = $session->rows(sprintf "with l as materialized (select count(*) from core.delivery_lease(1::smallint, '%s', %s, %s))
        select from l", $agent // 'agent-1', $self->at, $asking
        ? quote(JSON::PP->new->encode($asking)) : 'null');
    return $self->leased($agent // 'agent-1');
}

# What an agent has in its hands since this moment.
sub leased {
    my ($self, $agent) = @_;
    return map { {id => $_->[0], attempt => $_->[1], event => $_->[2], receiver => $_->[3],
        title => $_->[4], key => $_->[5]} }
        @{$self->{root}->rows(sprintf "select d.id, d.attempts, d.event, d.receiver, d.message ->> 'title', d.key
        from betterstack.delivery d where d.state = 1 and d.leased_by = '%s' and d.leased_until = %s + interval '60 s' order by d.id",
        $agent, $self->at)};
}

# What became of it.
sub told {
    my ($self, $delivery, $outcome, %more) = @_;
    my $line = [$delivery->{id}, $more{attempt} // $delivery->{attempt}, {sent => 0, failed => 1,
        refused => 2}->{$outcome},
        $more{http_status} // 200, $more{retry_after} // 0, 12, $more{detail} // '', $more{ref}
        // ''];
    $self->{root}->rows(sprintf 'select core.delivery_outcomes(%s, %s)',
        quote(JSON::PP->new->encode([$line])), $self->at);
}

sub sweep {
    my ($self) = @_;
    return $self->{root}->value(sprintf 'select core.alert_sweep(%s)', $self->at);
}

# 'started sent, resolved due' of a receiver (or all), in order; 'none'.
sub states {
    my ($self, $where) = @_;
    return $self->{root}->value('select coalesce(string_agg(d.event || \' \' || core.delivery_state_word(d.state), \', \'
        order by d.id), \'none\') from betterstack.delivery d where ' . ($where // 'true'));
}

sub column {
    my ($self, $id, $column) = @_;
    return $self->{root}->value("select $column from betterstack.delivery where id = $id");
}

# Nothing was ever told.
sub forget {
    $_[0]{root}->rows('truncate betterstack.incident, betterstack.delivery, betterstack.digest, betterstack.channel cascade');
}

1;
