use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Outbox;
use BetterStack::Policies;

# Policies while they run: who is told when, with a clock of its own.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my $p = BetterStack::Policies->new($o);
my ($bob, $cid) = ($p->person('bob'), $p->person('cid'));
my ($incident, $policy, $channel);

sub user { return {type => 'user', id => "$_[0]"} }
sub step {
    my ($members, %more) = @_;
    return {type => 'escalation', step_members => $members, %more};
}
sub fresh { return $p->fresh($incident) }
sub later { my ($seconds) = @_; $o->pass($seconds)->sweep; return fresh() }
sub clock { my ($time) = @_; $o->{now} = $root->value("select core.ms(timestamptz '$time')") }
sub again {
    $o->forget;
    $root->rows('truncate betterstack.policy, betterstack.urgency, betterstack.metadata cascade');
    $p->{seen} = 0;
}
sub run {
    my ($steps, %column) = @_;
    $policy = $p->policy($steps, %column);
    $incident = $p->incident($policy);
    return fresh();
}
# The steps of a policy in the words of the API.
sub state {
    my $e = $p->json_of($incident);
    return join ' ', map { $_ // '-' } @$e{qw(step steps_count repeats_done next)};
}

subtest 'without a policy' => sub {
    $incident = $p->incident(undef, team_wait => 300);
    is(fresh(), "started u1 1, started u$bob 1, started u$cid 1",
        'nobody is on call: the whole team');
    is_deeply([$p->titles($incident)], ['Escalated to ann, bob and cid'],
        'which the timeline says');
    is(later(299), 'nobody', 'before the wait is over nothing');
    is(later(1), "escalated u1 2, escalated u$bob 2, escalated u$cid 2",
        'then everybody once more');
    is(later(100000), 'nobody', 'and no more');
    again();
    $root->rows("insert into betterstack.on_call_event (on_call_id, user_ids, starts_at,
        ends_at, override, updated_at)
        select core.on_call_default(1), '{$bob}', '-infinity', 'infinity', true, now()");
    $incident = $p->incident(undef, team_wait => 60);
    is(fresh(), "started u$bob 1", 'who is on call');
    is($p->json_of($incident)->{next}, 'The whole team', 'what comes next, in words');
    is(later(60), "started u1 1, escalated u$bob 2, started u$cid 1", 'then the whole team');
    again();
    $channel = $o->channel;
    $incident = $p->incident(undef);
    is(fresh(), "started c$channel 1, started u$bob 1", 'channels of all incidents beside them');
    $incident = $p->incident(undef, kind => 'certificate_expiry');
    is(fresh(), "started c$channel 1, started u1 1, started u$bob 1, started u$cid 1",
        'of an expiry the whole team has mail');
    $incident = $o->incident;
    is(fresh(), "started c$channel 1", 'where no way is wanted no person is disturbed');
};

subtest 'steps in order' => sub {
    again();
    is(run([step([user(1)]), step([user($bob)], wait_before => 60),
        step([user($cid), user(1)], wait_before => 30)]),
        'started u1 1', 'the first at once');
    is(state(), '2 3 0 Bob', 'what is next');
    is(later(59.9), 'nobody', 'the second not before its time');
    is(later(0.1), "started u$bob 1", 'but then');
    $o->sweep for 1 .. 3;
    is(fresh(), 'nobody', 'once, however often it is swept');
    is(later(30), "started u$cid 1, escalated u1 3",
        'who has heard of it hears that it was escalated');
    is(later(3600), 'nobody', 'at the end it ends');
    is(state(), '3 3 0 -', 'which is shown');
    is_deeply([$p->titles($incident)], ['Escalated to ann', 'Escalated to bob',
        'Escalated to cid and ann',
        'The policy “Shop” has come to its end'], 'all of it in the timeline');
    is(($p->timeline($incident))[1]{attributes}{data}{content}, 'Step 3 of 3 of the policy “Shop”',
        'with the step');
    $o->act($incident, 'resolved');
    is(fresh(), "resolved u1 1, resolved u$bob 1, resolved u$cid 1",
        'the end is told to all who were told');
};

subtest 'late sweeps' => sub {
    again();
    run([step([user(1)]), step([user($bob)], wait_before => 60),
        step([user($cid)], wait_before => 60)]);
    is(later(7200), "started u$bob 1", 'after a long absence one step is done, once');
    is(later(59), 'nobody', 'and the next waits from then on');
    is(later(1), "started u$cid 1", 'as long as it would have');
    $o->pass(-3600)->sweep;
    is(fresh(), 'nobody', 'a clock that is set back does nothing');
};

subtest 'acknowledged, resolved, reopened' => sub {
    again();
    run([step([user(1)]), step([user($bob)], wait_before => 60)]);
    $o->pass(60)->act($incident, 'acknowledged');
    $o->sweep;
    is(fresh(), 'acknowledged u1 1', 'acknowledged at the very moment: nobody else');
    like($p->json_of($incident)->{stopped_at}, qr/^2023/, 'stopped');
    is(later(3600), 'nobody', 'for good');
    $o->act($incident, 'reopened');
    is(fresh(), 'reopened u1 1', 'reopened: it begins anew, and nobody hears of it twice at once');
    is(later(60), "started u$bob 1", 'from its first step');
    $o->act($incident, 'resolved');
    is(later(3600), "resolved u1 1, resolved u$bob 1", 'resolved');
    $o->act($incident, 'reopened');
    is(fresh(), "reopened u1 2, reopened u$bob 2", 'and once more');
    is(later(60), "escalated u$bob 5", 'the count of steps goes on');
    $o->alert($incident, 'started');
    is(later(3600), 'nobody', 'a beginning that is told twice is one');
    $root->rows("delete from betterstack.incident where id = $incident");
    is($o->sweep, 0, 'a deleted one leaves nothing to do');
};

subtest 'repeats and fallback' => sub {
    again();
    my $other = $p->policy([step([user($cid)])], name => 'Night', repeat_count => 5);
    is(run([step([user(1)]), step([user($bob)], wait_before => 10)], repeat_count => 2,
        repeat_delay => 100,
        fallback_policy_id => $other), 'started u1 1', 'the first round');
    is(later(10), "started u$bob 1", 'goes on');
    is(state(), '2 2 0 The policy begins anew', 'and is to be begun anew');
    is(later(99), 'nobody', 'after the delay');
    is(later(1), 'escalated u1 3', 'the second round');
    is(later(10), "escalated u$bob 4", 'goes on');
    is(later(100), 'escalated u1 5', 'the third');
    is(later(10), "escalated u$bob 6, started u$cid 1", 'at its end the other policy');
    is($p->json_of($incident)->{policy_name}, 'Night', 'which is shown');
    is(later(100000), 'nobody', 'once through it');
    again();
    my ($a, $b) = map { $p->policy([step([user(1)], wait_before => 1)], name => $_) } qw(A B);
    $root->rows("update betterstack.policy
        set fallback_policy_id = case id when $a then $b else $a end");
    $incident = $p->incident($a);
    later(1) for 1 .. 30;
    is($root->value("select count(*) from betterstack.delivery"), 11,
        'policies that fall back to each other come to an end');
    like(($p->timeline($incident))[0]{attributes}{data}{content}, qr/^It was handed over 10 times/,
        'in words');
};

subtest 'who' => sub {
    again();
    my %c = map { $_ => $o->channel(name => $_, kind => $_, all_incidents => 'f') }
        qw(slack teams webhook splunk_on_call pagerduty ntfy);
    my $off = $o->channel(kind => 'slack', all_incidents => 'f', enabled => 'f');
    my $foreign = $o->channel(kind => 'slack', team_id => 2);
    my @all = map { "started c$_ 1" } sort { $a <=> $b } values %c;
    for ([all_slack_integrations => 'slack'], [all_microsoft_teams_integrations => 'teams'],
        [all_webhook_integrations => 'webhook'],
        [all_splunk_on_call_integrations => 'splunk_on_call']) {
        is(run([step([{type => $_->[0]}])]), "started c$c{$_->[1]} 1", $_->[0]);
    }
    for ([slack_integration => 'slack'], [microsoft_teams_integration => 'teams'],
        [webhook => 'webhook'],
        [pagerduty_integration => 'pagerduty'], [channel => 'ntfy']) {
        is(run([step([{type => $_->[0], id => $c{$_->[1]}}])]), "started c$c{$_->[1]} 1", $_->[0]);
    }
    is(run([step([{type => 'all_channels'}])]), join(', ', @all), 'all channels');
    is(run([step([{type => 'channel', id => $c{slack}}, {type => 'all_slack_integrations'}, user(1),
        {type => 'user', email => ' ANN@example.com'}])]),
        "started u1 1, started c$c{slack} 1", 'each once, persons first');
    is(run([step([{type => 'entire_team'}])]), "started u1 1, started u$bob 1, started u$cid 1",
        'the team');
    is(run([step([{type => 'current_on_call'}])]), "started u$bob 1", 'who is on call');
    my $calendar = $root->value("insert into betterstack.on_call (team_id, name) values (1, 'Night')
        returning id");
    is(run([step([{type => 'current_on_call', id => $calendar}]),
        step([user(1)], wait_before => 500)]), 'started u1 1',
        'a step that reaches nobody is followed by the next at once');
    is_deeply([$p->titles($incident)], ['Nobody was reached', 'Escalated to ann',
        'The policy “Shop” has come to its end'], 'says the timeline');
    for my $gone (user(2000), {type => 'user', email => 'eve@example.com'},
        {type => 'channel', id => $foreign}, {type => 'channel', id => $off},
        {type => 'policy', id => 999}, {type => 'slack_integration', id => $c{teams}},
            {type => 'current_on_call', id => 999},
        {type => 'channel'}, {type => 'user'}, {type => 'odd'},
            {type => 'incident_metadata', metadata_key => 'x'}, 'odd', {}) {
        is(run([step([$gone, user(1)])]), 'started u1 1', 'left out: '
            . BetterStack::Policies::json([$gone]));
        like(($p->timeline($incident))[1]{attributes}{data}{content}, qr/Left out: /,
            'which the timeline says');
    }
    my $steps = [undef, 1, 'x', {}, {type => 'escalation'},
        {type => 'escalation', step_members => 'x', wait_before => 'y'},
        {type => 'time_branching', days => [1], time_from => 25, timezone => 'Mars',
            policy_id => 5},
        {type => 'metadata_branching', metadata_values => [1, 'x', {}]}, {type => 'instructions'},
            step([user(1)])];
    is(run($steps), 'started u1 1', 'steps that are none do no harm');
};

subtest 'persons have ways' => sub {
    again();
    my %c = (mail => $o->channel(user_id => 1, kind => 'email'),
        sms => $o->channel(user_id => 1, kind => 'twilio_sms'),
        voice => $o->channel(user_id => 1, kind => 'twilio_voice'),
            push => $o->channel(user_id => 1, kind => 'ntfy'),
        night => $o->channel(user_id => 1, kind => 'ntfy', ways => '{call}'));
    my %way = (call => "started c$c{voice} 1, started c$c{night} 1", sms => "started c$c{sms} 1",
        email => "started c$c{mail} 1",
        push => "started c$c{push} 1");
    for my $way (sort keys %way) {
        my $urgency = $p->urgency(call => 'f', sms => 'f', email => 'f', push => 'f', $way => 't');
        is(run([step([user(1)], urgency_id => "$urgency")]), $way{$way}, $way);
    }
    $root->rows("delete from betterstack.channel where id in ($c{mail}, $c{push})");
    is(run([step([user(1)])]), 'started u1 1', 'none of the wanted ways, mail among them: mail');
    my $loud = $p->urgency(email => 'f');
    is(run([step([user(1)], urgency_id => $loud)]), "started c$c{sms} 1",
        'no mail: the oldest contact');
    is(run([step([user($bob)])]), "started u$bob 1", 'no contact at all: mail');
    $root->rows("update betterstack.installation set smtp = '{}'");
    is(run([step([user($bob)]), step([user(1)])]), "started c$c{sms} 1",
        'no mail server: the next');
    like(($p->timeline($incident))[2]{attributes}{data}{content},
        qr/Left out: bob, who has no way to be told/, 'which is told');
    $root->rows(q(update betterstack.installation set smtp = '{"host": "mail.example"}'));
    $root->rows("update betterstack.channel set quiet_from = '00:00', quiet_to = '23:59'
        where id = $c{sms}");
    my $critical = $p->urgency(sms => 't', email => 'f', push => 'f', critical_alert => 't');
    run([step([user(1)], urgency_id => $critical)]);
    is($root->value("select bool_and(critical and pace_at = created_at) from betterstack.delivery
        where incident_id = $incident"), 't',
        'what is critical does not wait for the end of quiet hours');
};

subtest 'silent' => sub {
    again();
    $o->channel;
    $o->channel(events => '{resolved}');
    is(run([]), 'nobody', 'a policy without steps tells nobody');
    $o->act($incident, 'resolved');
    is(fresh(), 'nobody', 'nor the end');
    is_deeply([$p->titles($incident)], ['Nobody is told: the policy “Shop” is silent',
        'Resolved by Ann'], 'and the timeline says so');
};

subtest 'policies lead to policies' => sub {
    again();
    my $night = $p->policy([step([user($bob)], wait_before => 5)], name => 'Night');
    is(run([step([user(1), {type => 'policy', id => $night}, user($cid)]),
        step([{type => 'entire_team'}])]),
        "started u1 1, started u$cid 1", 'a step that hands over tells the others first');
    is(later(5), "started u$bob 1", 'then goes on there, with its waits');
    is(later(500), 'nobody', 'and not with the rest');
    is_deeply([$p->titles($incident)],
        ['Escalated to ann and cid', 'It goes on with the policy “Night”', 'Escalated to bob',
        'The policy “Night” has come to its end'], 'says the timeline');
    my $self = $p->policy([]);
    $root->rows("update betterstack.policy
        set steps = '@{[BetterStack::Policies::json(
            [step([user(1), {type => 'policy', id => $self}])])]}'
        where id = $self");
    $incident = $p->incident($self);
    is(fresh(), 'started u1 1', 'one that hands over to itself comes to an end,
        and is told once at a moment');
};

subtest 'changed and deleted meanwhile' => sub {
    again();
    run([step([user(1)]), step([user($bob)], wait_before => 60)]);
    $root->rows("update betterstack.policy set steps = '[]', name = 'New' where id = $policy");
    $root->rows("delete from betterstack.policy");
    is(later(60), "started u$bob 1", 'goes on as it was when it began');
    is($p->json_of($incident)->{policy_id}, undef, 'shown without the policy');
    is($p->json_of($incident)->{policy_name}, 'Shop', 'but with its name');
    $incident = $p->incident($policy);
    is(fresh(), "started u$bob 1", 'a later one has none');
};

done_testing;
