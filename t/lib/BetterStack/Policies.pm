package BetterStack::Policies;

# Policies, urgencies and persons for tests of escalations, beside BetterStack::Outbox.
#
#   my $p = BetterStack::Policies->new($outbox);
#   my $bob = $p->person('bob');              # of Ann's team
#   my $policy = $p->policy([{type => 'escalation',
#       step_members => [{type => 'user', id => $bob}]}]);
#   my $incident = $p->incident($policy);
#   $p->told($incident);                      # 'started u2 1, escalated u2 2'

use strict;
use warnings;

use JSON::PP;

sub new {
    my ($class, $outbox) = @_;
    return bless {outbox => $outbox, root => $outbox->root}, $class;
}

sub quote { return BetterStack::Postgres::quote($_[0]) }

sub json { return JSON::PP->new->canonical->encode($_[0]) }

# The id of a user who is in team 1.
sub person {
    my ($self, $name) = @_;
    $self->{root}->person($name);
    my $id = $self->{root}->value("select id from betterstack.app_user where name = '$name'");
    $self->{root}->rows("insert into betterstack.membership (user_id, team_id, role)
        values ($id, 1, 'owner')");
    return $id;
}

sub policy {
    my ($self, $steps, %column) = @_;
    %column = (team_id => 1, name => 'Shop', %column, steps => json($steps));
    return $self->insert('policy', %column);
}

sub urgency {
    my ($self, %column) = @_;
    return $self->insert('urgency', team_id => 1, name => 'Loud', %column);
}

sub insert {
    my ($self, $table, %column) = @_;
    my @names = sort keys %column;
    return $self->{root}->value(sprintf 'insert into betterstack.%s (%s) values (%s) returning id',
        $table,
        join(', ', @names), join(', ', map { quote($column{$_}) } @names));
}

sub incident {
    my ($self, $policy, %column) = @_;
    return $self->{outbox}->incident(policy_id => $policy, email => undef, push => undef, %column);
}

# What was written for the incident (only where), with who and which number.
sub told {
    my ($self, $incident, $where) = @_;
    return $self->{root}->value("select coalesce(string_agg(concat_ws(' ', d.event, d.receiver,
        d.number), ', ' order by d.id), 'nobody') from betterstack.delivery d
        where d.incident_id = $incident and " . ($where // 'true'));
}

# Since then nothing.
sub fresh {
    my ($self, $incident) = @_;
    my $told = $self->told($incident, 'd.id > ' . ($self->{seen} // 0));
    $self->{seen} = $self->{root}->value('select coalesce(max(id), 0) from betterstack.delivery');
    return $told;
}

# The titles of the timeline, oldest first.
sub timeline {
    my ($self, $incident) = @_;
    return @{JSON::PP->new->decode($self->{root}->value("select core.incident_timeline(i)
        from betterstack.incident i where i.id = $incident"))};
}

sub titles {
    my ($self, $incident) = @_;
    return map { $_->{attributes}{data}{title} // 'comment' } reverse $self->timeline($incident);
}

sub json_of {
    my ($self, $incident) = @_;
    return JSON::PP->new->allow_nonref->decode($self->{root}->value("select
        coalesce(core.escalation_json(i), 'null') from betterstack.incident i
        where i.id = $incident"));
}

1;
