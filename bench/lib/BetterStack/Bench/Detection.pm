package BetterStack::Bench::Detection;

# From an outage to its incident, to the live event about it, and to the message at a provider, through
# all of an installation: the hub schedules 10,000 monitors, agents in four regions probe them, and some
# targets go down, each at a moment of its own.  Agents send the messages, too.

use strict;
use warnings;

use JSON::PP;
use List::Util qw(max min);
use Time::HiRes qw(sleep time);

use BetterStack::Agent::Sink;
use BetterStack::Bench::Table qw(median percentile table);
use BetterStack::Bench::Targets;
use BetterStack::Client;
use BetterStack::Stack qw(wait_for);

use constant MONITORS     => $ENV{DETECTION_MONITORS} // 10_000;
use constant TARGETS      => $ENV{DETECTION_TARGETS} // 200;       # of these, and at most 250
use constant INTERVAL_S   => $ENV{DETECTION_INTERVAL} // 60;
use constant REST_S       => 300;       # the interval of the others
use constant REGIONS      => qw(bench-a bench-b bench-c bench-d);
use constant TIMEOUT_S    => 5;
use constant READY_S      => 300;
use constant PATIENCE_S   => INTERVAL_S + 60;
use constant SETTLE_S     => 5;
use constant MESSAGE_S    => 30;        # for the last message, after the last event
use constant RATE_A_MINUTE => 600;      # so that no message waits for a digest

# site: what the others look at (BetterStack::Bench::Site)
sub new {
    my ($class, %how) = @_;
    my $stack = BetterStack::Stack->new(regions => join(' ', REGIONS),
        postgres => '-c fsync=on -c full_page_writes=on', env => {STACK_PATIENCE => 3});
    my $self = bless {%how, stack => $stack, targets => BetterStack::Bench::Targets->start(TARGETS)}, $class;
    $self->{client} = BetterStack::Client->new($stack)->sign_up('bench@example.com');
    $self->add($self->{site}->url('http'), REST_S, MONITORS - TARGETS);
    $self->{sink} = BetterStack::Agent::Sink->new;
    $self->add_channel($self->{sink}->url('/alert'));
    my @urls = $self->{targets}->urls;
    $self->add($_, INTERVAL_S, 1) for @urls;
    $stack->sql("notify betterstack_monitors, '*'");
    my %id = map { (split /\|/)[1, 0] } split /\n/, $stack->sql(
        "select id, url from betterstack.monitor where check_frequency = ${\INTERVAL_S}");
    $self->{ids} = [@id{@urls}];
    return $self;
}

# So many monitors of this address.
sub add {
    my ($self, $url, $interval, $count) = @_;
    $self->{stack}->sql(<<~SQL);
        do \$\$
        declare
            m betterstack.monitor;
        begin
            m := (core.monitor_change(null, jsonb_build_object('url', '$url', 'monitor_type', 'status',
                'check_frequency', $interval, 'request_timeout', ${\TIMEOUT_S}))).changed;
            m.team_id := (select max(t.id) from betterstack.team t);
            m.id := 0;
            m.created_at := now();
            m.updated_at := now();
            for i in 1 .. $count loop
                m.id := nextval(pg_get_serial_sequence('betterstack.monitor', 'id'));
                m := core.monitor_derive(m);
                insert into betterstack.monitor overriding system value select m.*;
                perform core.monitor_state_reset(m.id, false, '-infinity', now());
            end loop;
        end
        \$\$;
        SQL
}

# A webhook, as a provider of messages.
sub add_channel {
    my ($self, $url) = @_;
    $self->{stack}->sql("insert into betterstack.channel (team_id, name, kind, settings, rate_limit, events)
        select max(t.id), 'bench', 'webhook', jsonb_build_object('url', '$url'), ${\RATE_A_MINUTE}, '{started}'
          from betterstack.team t");
}

# When the message about which incident reached the provider; until it has so many.
sub messages {
    my ($self, $wanted) = @_;
    my %at;
    wait_for(sub {
        for my $request ($self->{sink}->requests) {
            my $id = decode_json($request->{body})->{incident_id} // next;
            $at{$id} = min $request->{time}, $at{$id} // ();
        }
        return keys %at >= $wanted;
    }, MESSAGE_S, 'all messages');
    return %at;
}

# Until every region has seen each target up, and every other monitor has been seen by one.
sub wait_until_watched {
    my ($self) = @_;
    my $ids = join ',', @{$self->{ids}};
    my $wanted = TARGETS * (() = REGIONS);
    wait_for(sub {
        return $self->{stack}->sql("select (select count(*) from betterstack.region_state
            where status = 1 and monitor_id in ($ids)) = $wanted and not exists (
            select from betterstack.monitor_state where status <> 1)") eq 't';
    }, READY_S, 'all monitors to be up') or die "not all monitors are up\n";
    $self->{stack}->sql('vacuum analyze');
    sleep SETTLE_S;
}

# When which incident was told of; until all targets' are there.
sub events {
    my ($self, $events, $until) = @_;
    my %told;
    while (keys %told < TARGETS && time < $until) {
        my $event = $events->next('change', 1) or next;
        next if ($event->{data}{type} // '') ne 'incident';
        $told{$event->{data}{id}} //= time;
    }
    return %told;
}

# [seconds from going down to the incident, to the event, between probe and incident, from going down to
# the message, and between incident and message] of each; several monitors may be one incident, which
# is one message: the others have none.
sub measure {
    my ($self) = @_;
    $self->wait_until_watched;
    my $events = $self->{client}->events;
    $events->next('hello');
    my $began = time + 1;
    my @down = map { $began + rand INTERVAL_S } 1 .. TARGETS;
    $self->{targets}->go_down_at(@down);
    my %told = $self->events($events, max(@down) + PATIENCE_S);
    my %incident = map { my @row = split /\|/; ($row[0] => [@row[1 .. 3]]) } split /\n/, $self->{stack}->sql(
        "select im.monitor_id, i.id, extract(epoch from im.confirmed_at), extract(epoch from i.checked_at)
           from betterstack.incident_monitor im join betterstack.incident i on i.id = im.incident_id
          where i.kind in ('failure', 'mass') and im.confirmed_at is not null");
    my %message = $self->messages(scalar keys %{{map { $_->[0] => 1 } values %incident}});
    my @found;
    for my $n (0 .. $#down) {
        my ($id, $opened, $probed) = @{$incident{$self->{ids}[$n]} // next};
        my $message = delete $message{$id};
        push @found, [$opened - $down[$n], ($told{$id} // next) - $down[$n], $opened - $probed,
            $message ? ($message - $down[$n], $message - $opened) : ()];
    }
    return @found;
}

# Each region looks once in an interval, and they take turns.
sub report {
    my ($self) = @_;
    print "detection\n";
    my @found = $self->measure;
    my @sent = grep { defined $_->[3] } @found;
    my $turn = INTERVAL_S / (() = REGIONS);
    my $line = sub { my ($name, @s) = @_; return [$name, map { sprintf '%.2f', $_ // 0 } median(@s), percentile(0.99, @s), max @s] };
    return table(
        ['Outage to incident and message, s', 'half', 'p99', 'most'],
        $line->('  incident confirmed and committed', map { $_->[0] } @found),
        $line->('  live event in a dashboard', map { $_->[1] } @found),
        $line->('  message at the provider (webhook)', map { $_->[3] } @sent),
        ['  least possible: interval / regions', map { sprintf '%.2f', $_ } $turn / 2, 0.99 * $turn, $turn],
        $line->('  of it, first failed probe to incident', map { $_->[2] } @found),
        $line->('  of it, incident to message', map { $_->[4] } @sent),
    ) . sprintf "%d of %d outages found, %d messages; %d monitors in %d regions, those at %d s, the others at %d s\n",
        scalar @found, TARGETS, scalar @sent, MONITORS, scalar(() = REGIONS), INTERVAL_S, REST_S;
}

1;
