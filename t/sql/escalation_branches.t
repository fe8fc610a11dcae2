use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Outbox;
use BetterStack::Policies;

# What a policy does depends on clocks on walls and on metadata; instructions; who joins.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my $p = BetterStack::Policies->new($o);
my ($bob, $cid) = ($p->person('bob'), $p->person('cid'));
my ($incident, $policy);

sub user { return {type => 'user', id => $_[0]} }
sub step {
    my ($members, %more) = @_;
    return {type => 'escalation', step_members => $members, %more};
}
sub fresh { return $p->fresh($incident) }
sub later { my ($seconds) = @_; $o->pass($seconds)->sweep; return fresh() }
sub clock { my ($time) = @_; $o->{now} = $root->value("select core.ms(timestamptz '$time')") }
sub run {
    my ($steps, %column) = @_;
    $policy = $p->policy($steps);
    $incident = $p->incident($policy, %column);
    return fresh();
}
sub next_at {
    return $root->value("select core.iso(next_at) from betterstack.escalation
        where incident_id = $incident");
}
sub metadata {
    my ($type, $id, $key, @values) = @_;
    my $json = BetterStack::Policies::json(
        [map { ref ? $_ : {type => 'String', value => $_} } @values]);
    $root->rows(sprintf "insert into betterstack.metadata (team_id, owner_type, owner_id, key,
        values) values (1, '%s', %d, %s, %s) on conflict (owner_type, owner_id, key)
        do update set values = excluded.values",
        $type, $id, map { BetterStack::Policies::quote($_) } $key, $json);
}

subtest 'waiting for a time of the day' => sub {
    for (['2024-03-30 12:00+00', '09:00', 'Europe/Berlin', '2024-03-31T07:00:00.000Z',
        'the next morning, an hour earlier since tonight'],
        ['2024-03-30 12:00+00', '02:30', 'Europe/Berlin', '2024-03-31T01:30:00.000Z',
            'a time that is skipped'],
        ['2024-10-26 12:00+00', '02:30', 'Europe/Berlin', '2024-10-27T00:30:00.000Z',
            'of a time that comes twice the first'],
        ['2024-10-27 00:30:30+00', '02:30', 'Europe/Berlin', '2024-10-27T00:30:30.000Z',
            'in that minute it is at once'],
        ['2024-10-27 00:31:00+00', '02:30', 'Europe/Berlin', '2024-10-28T01:30:00.000Z',
            'and not after it'],
        ['2024-06-01 23:30+00', '00:00', 'UTC', '2024-06-02T00:00:00.000Z', 'midnight'],
        ['2024-06-01 12:00+00', '05:00', 'Pacific Time (US & Canada)', '2024-06-01T12:00:00.000Z',
            'the names of Rails'],
        ['2024-06-01 12:00+00', '23:00', 'Pacific/Kiritimati', '2024-06-02T09:00:00.000Z',
            'where it is tomorrow'],
        ['2024-06-01 12:00+00', '09:00', undef, '2024-06-02T09:00:00.000Z', 'no zone: UTC']) {
        my ($now, $wall, $zone, $expected, $what) = @$_;
        clock($now);
        run([step([user(1)], wait_until_time => $wall, wait_until_timezone => $zone)]);
        is(next_at() || $root->value("select core.iso(began_at) from betterstack.escalation
            where incident_id = $incident"), $expected, $what);
    }
    clock('2024-06-01 12:00+00');
    run([map { step([user($_)], wait_until_time => '18:00') } 1, $bob]);
    is(later(6 * 3600 + 2), "started u1 1, started u$bob 1",
        'two steps that wait for the same time are done together');
};

subtest 'branching by time' => sub {
    my $night = $p->policy([step([user($bob)])], name => 'Night');
    for ([[], '22:00', '06:00', 'UTC', '2024-06-01 23:00+00', 1],
        [[], '22:00', '06:00', 'UTC', '2024-06-01 05:59+00', 1],
        [[], '22:00', '06:00', 'UTC', '2024-06-01 06:00+00', 0],
            [['sat'], '22:00', '06:00', 'UTC', '2024-06-02 03:00+00', 1],
        [['sat'], '22:00', '06:00', 'UTC', '2024-06-01 03:00+00', 0],
            [['sat', 'sun'], undef, undef, undef, '2024-06-02 03:00+00', 1],
        [['mon'], undef, undef, undef, '2024-06-02 03:00+00', 0],
            [['sun'], '00:00', '04:00', 'America/New_York', '2024-06-02 03:00+00', 0],
        [['sat'], '23:00', '23:30', 'America/New_York', '2024-06-02 03:00+00', 1],
            [[], '02:00', '03:00', 'Europe/Berlin', '2024-10-27 01:30+00', 1]) {
        my ($days, $from, $to, $zone, $now, $is) = @$_;
        clock($now);
        run([{type => 'time_branching', days => $days, time_from => $from, time_to => $to,
            timezone => $zone, policy_id => "$night"},
            step([user(1)])]);
        is($p->told($incident), $is ? "started u$bob 1" : 'started u1 1', join ' ', @$days, $from
            // '', $to // '', $zone // '', 'at', $now);
    }
    run([{type => 'time_branching', days => [], policy_id => 9999}, step([user(1)])]);
    is($p->told($incident), 'started u1 1', 'a policy that is gone is left out');
    is_deeply([($p->titles($incident))[0]], ['A step was left out'], 'says the timeline');
    clock('2024-06-01 12:00+00');
};

subtest 'metadata' => sub {
    my $night = $p->policy([step([user($bob)])], name => 'Night');
    my $branch = sub {
        my ($values, %column) = @_;
        run([{type => 'metadata_branching', metadata_key => 'Tier', metadata_values => $values,
            policy_id => $night}, step([user(1)])], %column);
        return $p->told($incident) eq "started u$bob 1" ? 'there' : 'on';
    };
    my $has = sub {
        return (metadata => BetterStack::Policies::json(
            {Tier => [map { {type => 'String', value => $_} } @_]}));
    };
    is($branch->([{value => 'gold'}], $has->('gold')), 'there', 'has the value');
    is($branch->([{value => 'gold'}], $has->('tin', 'gold')), 'there', 'among others');
    is($branch->([{value => 'gold'}, {type => 'String', value => 'tin'}], $has->('tin')), 'there',
        'or another');
    is($branch->([{value => 'gold'}], $has->('tin')), 'on', 'has not');
    is($branch->([{value => 'gold'}]), 'on', 'has none');
    is($branch->([{type => 'no_value'}]), 'there', 'none is asked for');
    is($branch->([{type => 'no_value'}], $has->('tin')), 'on',
        'none is asked for, and there is one');
    my $user = BetterStack::Policies::json({Tier => [{type => 'User', item_id => $bob,
        name => 'bob'}]});
    is($branch->([{type => 'User', item_id => "$bob"}], metadata => $user), 'there',
        'a person by id');
    is($branch->([{type => 'User', item_id => $cid}], metadata => $user), 'on', 'another');
    run([{type => 'metadata_branching', metadata_key => 'Tier',
        metadata_values => [{type => 'no_value'}], policy_metadata_key => 'Policy'},
        step([user(1)])],
        metadata => BetterStack::Policies::json({Policy => [{type => 'Policy',
            item_id => $night}]}));
    is($p->told($incident), "started u$bob 1", 'the policy that metadata name');

    my $slack = $o->channel(all_incidents => 'f');
    my $calendar = $root->value("insert into betterstack.on_call (team_id, name)
        values (1, 'Nights') returning id");
    $root->rows("insert into betterstack.on_call_event (on_call_id, user_ids, starts_at,
        ends_at, override, updated_at)
        values ($calendar, '{$cid}', '-infinity', 'infinity', true, now())");
    for ([{type => 'User', item_id => $bob}, "started u$bob 1"],
        [{type => 'User', email => 'bob@example.com'}, "started u$bob 1"],
        [{type => 'String', value => 'bob@example.com'}, "started u$bob 1"],
            [{type => 'Team', name => "ann's team", item_id => 1},
        "started u1 1, started u$bob 1, started u$cid 1"],
            [{type => 'Schedule', item_id => $calendar}, "started u$cid 1"],
        [{type => 'Schedule', name => 'Nights'}, "started u$cid 1"],
            [{type => 'SlackIntegration', item_id => $slack}, "started c$slack 1"],
        [{type => 'Channel', item_id => $slack}, "started c$slack 1"],
            [{type => 'NativeWebhook', item_id => $slack}, 'nobody'],
        [{type => 'Policy', item_id => $night}, "started u$bob 1"],
            [{type => 'Policy', name => 'Nobody'}, 'nobody'],
            [{type => 'String', value => 'eve@example.com'}, 'nobody']) {
        run([step([{type => 'incident_metadata', metadata_key => 'Owner'}])],
            metadata => BetterStack::Policies::json({Owner => [$_->[0]]}));
        is($p->told($incident), $_->[1], BetterStack::Policies::json($_->[0]));
    }
    my $heartbeat = $root->value("insert into betterstack.heartbeat (team_id, name, grace,
        maintenance_timezone, maintenance_days, paused, token,
        token_digest, created_at, updated_at, state_since, policy_id) select 1, 'backup', 0, 'UTC',
            '{}', false, 't', 't', now(), now(), now(), $policy returning id");
    metadata('Heartbeat', $heartbeat, 'Owner', {type => 'User', item_id => $cid});
    $incident = $p->incident(undef, kind => 'heartbeat', heartbeat_id => $heartbeat);
    is($p->told($incident), "started u$cid 1", 'policy and metadata of the heartbeat');
    $incident = $p->incident(undef, kind => 'heartbeat', heartbeat_id => $heartbeat,
        metadata => '{"Owner": [{"type": "User", "item_id": 1}]}');
    is($p->told($incident), 'started u1 1', 'those of the incident go before');
    $root->rows("delete from betterstack.heartbeat");
    is($root->value('select count(*) from betterstack.metadata'), 0,
        'they go with what they belong to');
};

subtest 'instructions' => sub {
    my $text = 'Restart {App} on {Host}, then {metadata.App}; {Unknown} {} {';
    run([{type => 'instructions', instructions_comment => $text,
        instructions_reminder_enabled => JSON::PP::true,
        instructions_reminder_interval_hours => 2}, step([user(1)])],
        metadata => BetterStack::Policies::json({App => [{type => 'String', value => 'shop'}],
            Host => [map { {value => $_} } 'a', '{App}']}));
    my $filled = 'Restart shop on a, {App}, then shop; {Unknown} {} {';
    is($root->value("select content || ' by ' || user_name from betterstack.incident_comment
        where incident_id = $incident"), "$filled by Shop",
        'a comment with the values of metadata');
    is($root->value("select message ->> 'instructions' from betterstack.delivery
        where incident_id = $incident"), $filled, 'and in messages');
    is($p->json_of($incident)->{instructions}, $filled, 'and by the incident');
    is(later(7199), 'nobody', 'no reminder before its time');
    like(later(1), qr/^reminder u1 \d+$/, 'then one');
    $o->act($incident, 'acknowledged');
    fresh();
    like(later(7200), qr/^reminder u1 \d+$/, 'as long as it is open, acknowledged or not');
    is($root->value("select message ->> 'instructions' from betterstack.delivery
        where event = 'reminder' order by id desc limit 1"), $filled, 'with the instructions');
    like(later(36000), qr/^reminder u1 \d+$/, 'late ones are one');
    is(later(7199), 'nobody', 'and the next is as far from it');
    $o->act($incident, 'resolved');
    fresh();
    is(later(7200), 'nobody', 'not after the end');
    $root->rows('delete from betterstack.incident');
};

subtest 'reminders' => sub {
    my $channel = $o->channel(all_incidents => 'f', repeat_every => 600, name => 'r');
    my $loud = $p->urgency(critical_alert => 't', email => 't', push => 't');
    my $contact = $o->channel(user_id => $cid, kind => 'ntfy', repeat_every => 600,
        quiet_from => '00:00', quiet_to => '23:59', all_incidents => 'f');
    run([step([user($cid)], urgency_id => $loud), step([user($cid)], wait_before => 60)]);
    $o->told($_, 'sent') for $o->lease;
    $root->rows("update betterstack.channel set quiet_from = null, quiet_to = null
        where id = $contact");
    later(60);
    $o->told($_, 'sent') for $o->lease;
    is(later(599), 'nobody', 'who was told anew is not reminded of what was before');
    like(later(1), qr/^reminder c$contact \d+$/, 'but of that');
    is($root->value("select critical from betterstack.delivery where event = 'reminder'
        order by id desc limit 1"), 't', 'as critical as it ever was');
    $root->rows('delete from betterstack.incident');
};

done_testing;
