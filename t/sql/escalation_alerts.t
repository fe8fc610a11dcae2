use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Outbox;
use BetterStack::Policies;

# Policies together with what else decides about messages: acknowledgements, quiet hours, order,
# reminders, and people who leave.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my $p = BetterStack::Policies->new($o);
my $bob = $p->person('bob');
my ($incident, $channel, @leased);

sub user { return {type => 'user', id => "$_[0]"} }
sub channels { return {type => 'channel', id => "$_[0]"} }
sub step {
    my ($members, %more) = @_;
    return {type => 'escalation', step_members => $members, %more};
}
sub run {
    my (@steps) = @_;
    $incident = $p->incident($p->policy(\@steps));
    return fresh();
}
sub fresh { return $p->fresh($incident) }
sub later { my ($seconds) = @_; $o->pass($seconds)->sweep; return fresh() }
sub clock { my ($time) = @_; $o->{now} = $root->value("select core.ms(timestamptz '$time')") }
sub again { $o->forget; $root->rows('truncate betterstack.policy cascade'); $p->{seen} = 0 }
sub states { return $o->states('incident_id = ' . ($_[0] // $incident)) }
sub deliver { return map { $o->told($_, 'sent'); $_->{title} } $o->lease }
sub escalate {
    my (%to) = @_;
    my ($status, $body) = $root->call('incident_escalate', $o->{ann}, $incident,
        BetterStack::Policies::json(\%to));
    return $status;
}
my @night = (quiet_from => '22:00', quiet_to => '07:00');

subtest 'a step that reaches nobody' => sub {
    clock('2026-01-14 12:00:00Z');
    my $nobody = step([user(999)]);
    is(run($nobody, step([user(1)], wait_before => 600)), 'started u1 1', 'keeps nobody waiting');
    is(run($nobody, step([user(1)], wait_until_time => '18:00')), 'nobody',
        'but a time of the day is that time');
    is(later(6 * 3600 - 1), 'nobody', 'not sooner');
    is(later(1), 'started u1 1', 'then');
};

subtest 'a policy that is repeated, from a time of the day on' => sub {
    again();
    clock('2026-01-14 12:00:00Z');
    $incident = $p->incident($p->policy([step([user(1)], wait_until_time => '18:00')],
        repeat_count => 2));
    is(later(6 * 3600), 'started u1 1', 'tells at that time');
    is(later(30), 'nobody', 'and not again in the same minute');
    is(later(86400 - 60), 'nobody', 'nor before it is that time again');
    is(later(30), 'escalated u1 2', 'but on the next day');
    is(later(86400), 'escalated u1 3', 'and on the day after');
    is(later(86400), 'nobody', 'as often as it says');
};

subtest 'an escalation takes an acknowledgement back' => sub {
    again();
    my $acknowledged = sub {
        return $root->value("select coalesce(acknowledged_by, 'nobody') from betterstack.incident
            where id = $incident");
    };
    is(run(step([user(1)]), step([user(1)], wait_before => 60)), 'started u1 1');
    $o->act($incident, 'acknowledged');
    is(fresh(), 'acknowledged u1 1', 'Ann has it');
    is(escalate(escalation_type => 'User', user_id => $bob, map { $_ => \0 } qw(email push)), 422,
        'who reaches nobody');
    is($acknowledged->(), 'Ann', 'changes nothing');
    is(escalate(escalation_type => 'User', user_id => $bob), 200, 'but asks Bob');
    is(fresh(), "started u$bob 1", 'who is told');
    is($acknowledged->(), 'nobody', 'so nobody has it');
    is($root->value("select message ->> 'state' || coalesce(message ->> 'acknowledged_by', '')
        from betterstack.delivery where receiver = 'u$bob'"), 'started', 'as he reads');
    is((grep { $_ eq 'The acknowledgement of Ann was taken back by ann' } $p->titles($incident)), 1,
        'and the timeline says');
    is(later(3600), 'nobody', 'the policy that was stopped stays so');
    $o->act($incident, 'acknowledged');
    is(fresh(), "acknowledged u1 2, acknowledged u$bob 2", 'Bob can acknowledge it');
    my $policy = $p->policy([step([user(1)]), step([user($bob)], wait_before => 60)]);
    is(escalate(escalation_type => 'Policy', policy_id => $policy), 200, 'to a policy');
    is(fresh(), 'escalated u1 4', 'which begins');
    is($acknowledged->(), 'nobody', 'with nobody at it');
    $o->act($incident, 'acknowledged');
    is(later(3600), "acknowledged u1 3, acknowledged u$bob 3", 'it stops when somebody is');
    my $silent = $p->policy([]);
    is(escalate(escalation_type => 'Policy', policy_id => $silent), 200, 'a silent policy');
    is($acknowledged->(), 'Ann', 'takes nothing back');
};

subtest 'who was faster than the confirmation' => sub {
    again();
    my $policy = $p->policy([step([user(1)]), step([user($bob)], wait_before => 60)]);
    $channel = $o->channel;
    my $at = $o->at;
    $incident = $root->value("insert into betterstack.incident (team_id, kind, name, cause,
        started_at, last_joined_at, policy_id, acknowledged_at, acknowledged_by)
        values (1, 'manual', 'shop', 'x', $at, $at, $policy, $at, 'Ann') returning id");
    $root->rows("select core.incident_confirm($incident, null, $at, '{}')");
    is(fresh(), "started c$channel 1", 'only channels are told of what somebody has already');
    is(later(3600), 'nobody', 'and nobody is called');
};

subtest 'reopened' => sub {
    again();
    $channel = $o->channel(@night, repeat_every => 3600);
    clock('2026-01-14 23:00:00Z');
    is(run(step([user(1)])), "started c$channel 1, started u1 1");
    $o->act($incident, 'resolved');
    is(states(), 'started cancelled, started superseded, resolved due',
        'what was over in the night is not told to who sleeps');
    fresh();
    $o->pass(60)->act($incident, 'reopened');
    is(fresh(), "reopened u1 1, started c$channel 2", 'until it is reopened: that is news');
    my $unheard = $root->value("insert into betterstack.incident (team_id, kind, name, cause,
        started_at, last_joined_at, resolved_at) values (1, 'manual', 'bar', 'x', @{[$o->at]},
        @{[$o->at]}, @{[$o->at]}) returning id");
    $o->act($unheard, 'reopened');
    like($p->told($unheard), qr/^started c$channel 1/, 'nor does one that was never confirmed');
};

subtest 'what is critical in quiet hours' => sub {
    again();
    $channel = $o->channel(@night, all_incidents => 'f');
    my $loud = $p->urgency(critical_alert => 't');
    clock('2026-01-14 23:00:00Z');
    run(step([channels($channel)]), step([channels($channel)], wait_before => 60),
        step([channels($channel)], wait_before => 60, urgency_id => $loud));
    later(60);
    is(scalar(deliver()), 0, 'the rest waits');
    later(60);
    is_deeply([deliver()], ['shop'], 'goes past what waits for the morning');
    is(states(), 'started superseded, escalated superseded, started sent', 'which is told by it');
    $o->act($incident, 'resolved');
    deliver();
    $o->act($incident, 'reopened');
    is_deeply([deliver()], ['Reopened: shop'], 'what was critical is so when it is reopened');
    again();
    $channel = $o->channel(all_incidents => 'f');
    run(step([channels($channel)]), step([channels($channel)], wait_before => 30),
        step([channels($channel)], wait_before => 30, urgency_id => $loud));
    my ($first) = $o->lease;
    later(30);
    later(30);
    $root->rows("update betterstack.channel set quiet_from = '22:00', quiet_to = '07:00'
        where id = $channel");
    $o->told($first, 'sent');
    is_deeply([map { deliver() } 1 .. 3], [('Escalated: shop') x 2],
        'nor does what waited for another keep it until the morning');
    again();
    $channel = $o->channel(@night, all_incidents => 'f', kind => 'pagerduty', rate_limit => 2);
    run(step([channels($channel)])) for 1 .. 3;
    run(step([channels($channel)], urgency_id => $loud));
    is(scalar($o->lease), 1, 'and what opens alerts does not come behind all of the morning');
};

subtest 'nobody is woken for what is over' => sub {
    again();
    $channel = $o->channel(@night, all_incidents => 'f');
    clock('2026-01-14 23:00:00Z');
    run(step([channels($channel)]), step([channels($channel)], wait_before => 60));
    later(60);
    $o->act($incident, 'resolved');
    is(states(), 'started cancelled, escalated cancelled', 'however often it was told');
};

subtest 'reminders of what came in a digest' => sub {
    again();
    clock('2026-01-14 12:00:00Z');
    $channel = $o->channel(rate_limit => 1, repeat_every => 600, all_incidents => 'f');
    run(step([channels($channel)])) for 1 .. 3;
    deliver();
    $o->pass(61)->sweep;
    is_deeply([deliver()], ['2 alerts'], 'a digest');
    $o->act($incident, 'acknowledged');
    deliver();
    $o->pass(600)->sweep for 1 .. 2;
    is($root->value("select string_agg(incident_id - $incident || '', ' ' order by incident_id)
        from betterstack.delivery where event = 'reminder'"), '-2 -1', 'is reminded of, too');
};

subtest 'one reminder that cannot be made' => sub {
    again();
    my ($broken, $well) = map { $o->channel(name => $_, repeat_every => 600) } qw(broken well);
    my $told = $o->incident;
    $o->alert($told, 'started');
    $o->told($_, 'sent') for $o->lease;
    $root->rows("update betterstack.channel set quiet_from = '22:00', quiet_to = '07:00',
        quiet_timezone = 'Nowhere/At-All' where id = $broken");
    my $reminded = sub {
        return $root->value("select coalesce(string_agg(d.receiver, ' ' order by d.id), 'nobody')
            from betterstack.delivery d where d.event = 'reminder'");
    };
    $o->pass(600)->sweep;
    is($reminded->(), "c$well", 'keeps no other from being made');
    $root->rows("update betterstack.channel set quiet_timezone = 'UTC', quiet_from = null,
        quiet_to = null where id = $broken");
    $o->pass(60)->sweep;
    is($reminded->(), "c$well c$broken", 'and is tried again');
};

subtest 'who has left' => sub {
    again();
    my $cid = $p->person('cid');
    my %way = (chat => $o->channel(user_id => $cid, all_incidents => 'f', repeat_every => 600),
        pager => $o->channel(user_id => $cid, all_incidents => 'f', kind => 'opsgenie'));
    is(run(step([user($cid), user(1)])),
        "started c$way{chat} 1, started c$way{pager} 1, started u1 1");
    deliver();
    $root->rows("delete from betterstack.membership where user_id = $cid");
    is(later(600), 'nobody', 'is reminded of nothing');
    $o->act($incident, 'acknowledged');
    is(fresh(), 'acknowledged u1 1', 'hears nothing more');
    $o->act($incident, 'resolved');
    is(fresh(), "resolved c$way{pager} 1, resolved u1 1", 'but what is open elsewhere is closed');
};

# A plan that is made once for all moments takes a third of all rows to be due.
subtest 'a sweep with nothing to do' => sub {
    again();
    $root->rows("insert into betterstack.incident (team_id, kind, name, cause, started_at,
        last_joined_at, resolved_at) select 1, 'manual', 'x', 'x', now(), now(), now()
        from generate_series(1, 5000)");
    $root->rows("insert into betterstack.escalation (incident_id, steps, ways, began_at)
        select id, '[]', '{}', now() from betterstack.incident");
    $root->rows("insert into betterstack.delivery (key, team_id, receiver, receiver_name, kind,
        event, number, message, state, next_at, pace_at, expires_at, created_at, finished_at)
        select g::text, 1, 'c1', 'x', 'slack', 'test', g, '{}', 2, 'infinity', now(), now(), now(),
        now() from generate_series(1, 5000) g");
    # What the session has read before may not have been passed on to the statistics yet.
    my $read = sub {
        return $root->value("select sum(pg_stat_get_xact_tuples_returned(t::regclass)) from unnest(
            '{betterstack.escalation,betterstack.delivery}'::text[]) t");
    };
    $root->rows('analyze; set plan_cache_mode = force_generic_plan; begin');
    my $before = $read->();
    is($o->sweep, 0, 'does nothing');
    is($read->() - $before, 0, 'and reads no table');
    $root->rows('commit; reset plan_cache_mode');
};

done_testing;
