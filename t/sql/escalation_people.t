use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Outbox;
use BetterStack::Policies;

# What people do to escalations, monitors that join, and several at once.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;
my $p = BetterStack::Policies->new($o);
my ($bob, $cid) = ($p->person('bob'), $p->person('cid'));
my $eve = $root->person('eve');
my ($ann, $hub) = ($o->{ann}, $o->{db}->session('betterstack'));
$o->keys($hub);
my ($incident, $policy);

sub user { return {type => 'user', id => $_[0]} }
sub step {
    my ($members, %more) = @_;
    return {type => 'escalation', step_members => $members, %more};
}
sub fresh { return $p->fresh($incident) }
sub later { my ($seconds) = @_; $o->pass($seconds)->sweep; return fresh() }
sub escalate { my (%body) = @_; my ($status, $body) = $hub->call('incident_escalate', $ann,
    $incident, BetterStack::Policies::json(\%body));
    return wantarray ? ($status, $body) : $status }
sub wrong {
    my (%body) = @_;
    my ($status, $body) = escalate(%body);
    return "$status " . BetterStack::Policies::json($body->{errors});
}

# The API reads the clock itself.
$o->{now} = 1000 * int time;

subtest 'escalate' => sub {
    $policy = $p->policy([step([user(1)]), step([user($cid)], wait_before => 3600)]);
    my $other = $p->policy([step([user($cid)]),
        step([{type => 'entire_team'}], wait_before => 3600)], name => 'Night');
    $incident = $p->incident($policy);
    fresh();
    my ($status, $body) = escalate(escalation_type => 'User', user_email => 'bob@example.com');
    is($status, 200, 'to a person');
    is(fresh(), "started u$bob 1", 'who hears of it');
    is($body->{data}{attributes}{escalation}{step}, 2, 'the policy goes on as it was');
    is(escalate(escalation_type => 'User', user_id => "$bob", critical_alert => JSON::PP::true),
        200, 'once more');
    is(fresh(), "escalated u$bob 3", 'that it was escalated');
    is($root->value("select critical from betterstack.delivery order by id desc limit 1"), 't',
        'by the ways that are wanted');
    is((($p->titles($incident))[1]), 'Escalated to bob by ann', 'the timeline says who did it');
    for ('Team', 'Organization') {
        is(escalate(escalation_type => $_, team_name => undef), $_ eq 'Team' ? 200 : 422,
            "$_") if $_ eq 'Team';
        is(escalate(escalation_type => $_), 200, $_);
        like(fresh(), qr/escalated u1 \d+, escalated u$bob \d+, (?:started|escalated) u$cid \d+$/,
            'everybody');
    }
    is(wrong(escalation_type => 'Schedule',
        schedule_id => $root->value('select core.on_call_default(1)')),
        '422 {"schedule_id":["is not a calendar of your team in which somebody is on call now"]}',
            'nobody is on call');
    is(escalate(escalation_type => 'Policy', policy_id => "$other"), 200, 'to a policy');
    like(fresh(), qr/^escalated u$cid \d+$/, 'which begins at once');
    my $e = $p->json_of($incident);
    is("$e->{policy_name} $e->{step} $e->{next}", 'Night 2 The whole team',
        'instead of the one that ran');
    is(wrong(), 
        '422 {"escalation_type":["must be one of User, Team, Schedule, Policy, Organization"]}',
        'no type');
    is(wrong(escalation_type => 'User'), '422 {"user_id":["is required, or user_email"]}',
        'no person');
    is(wrong(escalation_type => 'Policy'), '422 {"policy_id":["is required"]}', 'no policy');
    is(wrong(escalation_type => 'Policy', policy_id => 999),
        '422 {"policy_id":["is not a policy of your team"]}', 'a policy that is gone');
    is(wrong(escalation_type => 'User', user_email => 'eve@example.com'),
        '422 {"user_email":["is not a member of your team"]}', 'a stranger');
    is(wrong(escalation_type => 'Team', team_name => "eve's"),
        '422 {"team_name":["is not your team"]}', 'a strange team');
    is(wrong(escalation_type => 'User', user_id => 1, policy_id => 1, sms => 1),
        '422 {"policy_id":["is not a known attribute"],"sms":["must be true or false"]}',
            'what does not belong there');
    like(wrong(escalation_type => 'User', user_id => $cid,
        map { $_ => JSON::PP::false } qw(call sms email push critical_alert)),
        qr/^422 .*reaches nobody/, 'no way');
    is(($hub->call('incident_escalate', $eve, $incident, '{"escalation_type":"Team"}'))[0], 404,
        'of another team it is unknown');
    is(fresh(), 'nobody', 'none of which told anybody');
    $o->pass(60)->act($incident, 'resolved');
    is(escalate(escalation_type => 'Team'), 409, 'not when it is over');
    like(($hub->call('incident_get', $ann, $incident))[1]{data}{attributes}{escalation}{stopped_at},
        qr/Z$/, 'the escalation is shown');
};

subtest 'monitors join' => sub {
    $o->forget;
    $o->pass(3600);
    my $pager = $o->channel(kind => 'pagerduty');
    my $theirs = $p->policy([{type => 'instructions', instructions_comment => 'Look',
        wait_before => 60},
        step([user($bob)], wait_before => 60), step([user(1)]),
            step([user($cid)], wait_before => 60)], name => 'Theirs');
    my $mine = $p->policy([step([user(1)])], name => 'Mine');
    my @m = map { $root->monitor($ann, url => "http://192.0.2.1:80$_/") } 1 .. 5;
    $root->rows("update betterstack.monitor
        set policy_id = case when id in ($m[2], $m[3]) then $theirs else $mine end");
    my $confirmed = sub {
        my %why = (reason => 'connect_timeout');
        $incident = $root->value(sprintf q(select core.incident_begin(%d, 'failure', %s, true, %s)),
            $_[0], $o->at, BetterStack::Policies::quote(BetterStack::Policies::json({%why,
            regions => [{%why, region => 'r1', text => 'No connection',
                address => '192.0.2.1'}]})));
    };
    $confirmed->($m[0]);
    is(fresh(), "started c$pager 1, started u1 1", 'of the first those of its policy hear');
    $confirmed->($m[1]);
    is($root->value('select count(*) from betterstack.incident'), 1,
        'another fails of the same cause');
    is(later(29), 'nobody', 'of another with the same policy nobody');
    is(later(1), "started c$pager 2", 'but who keeps an alert open, soon after');
    is($root->value("select message ->> 'monitors_count'
        || (message ->> 'dedup_key' = core.alert_dedup_key($incident))::text
        from betterstack.delivery order by id desc limit 1"), '2true',
        'which is the same alert with more in it');
    $confirmed->($m[2]);
    is(fresh(), "started u$bob 1", 'of one with another policy who is told first there,
        and has not heard of it');
    is_deeply([grep { /^Escalated/ } $p->titles($incident)],
        ['Escalated to ann', 'Escalated to bob and ann'], 'says the timeline');
    $confirmed->($_) for @m[3, 4];
    is(later(30), "started c$pager 3", 'several that join are told together');
    is(later(300), 'nobody', 'and that is all');
    $o->act($incident, 'resolved');
    is(fresh(), "resolved c$pager 1, resolved u1 1, resolved u$bob 1", 'the end is told to all');
};

subtest 'expiries have their own policy' => sub {
    my $mine = $p->policy([step([user($cid)])], name => 'Expiry');
    my $m = $root->monitor($ann, url => 'https://192.0.2.9/');
    $root->rows("delete from betterstack.channel; update betterstack.monitor
        set expiration_policy_id = $mine where id = $m");
    $incident = $root->value("select core.incident_begin($m, 'certificate_expiry',
        @{[$o->at]}, true, '{\"text\":\"x\"}')");
    is(fresh(), "started u$cid 1", 'that one');
};

subtest 'several at once' => sub {
    $o->forget;
    my $second = $o->{db}->session;
    $o->keys($second);
    $second->pid;
    my $watcher = $o->{db}->session;    # one in a transaction sees the same activity for ever
    $incident = $p->incident($p->policy([map { step([user($_)], wait_before => 60) } 1, $bob,
        $cid]));
    $o->pass(60);
    $root->rows('begin');
    $root->rows("select core.alert_sweep(@{[$o->at]})");
    $second->start("select core.alert_sweep(@{[$o->at]})");
    $second->wait_blocked($watcher);
    $root->rows('commit');
    my ($rows, $error) = $second->finish;
    is($error, undef, 'two sweeps at once');
    is(fresh(), 'started u1 1', 'do a step once');
    $o->pass(60);
    $root->rows('begin');
    $root->rows('select core.incident_lock()');
    $o->act($incident, 'acknowledged');
    $second->start("select core.alert_sweep(@{[$o->at]})");
    $second->wait_blocked($watcher);
    $root->rows('commit');
    ($rows, $error) = $second->finish;
    is($error, undef, 'a sweep that waits for who acknowledges');
    is(fresh(), 'acknowledged u1 1', 'finds that nothing is to be done');
    $o->act($incident, 'reopened');
    $o->pass(60);
    $root->rows('begin');
    $root->rows('select core.incident_lock()');
    $root->rows("delete from betterstack.policy");
    $root->rows("delete from betterstack.incident where id = $incident");
    $second->start("select core.alert_sweep(@{[$o->at]})");
    $second->wait_blocked($root);
    $root->rows('commit');
    ($rows, $error) = $second->finish;
    is($error, undef, 'nor does one whose incident is deleted meanwhile fail');
};

subtest 'what cannot be done' => sub {
    $incident = $p->incident($p->policy([step([user(1)], wait_before => 60), step([user($bob)])]));
    my $fine = $p->incident($p->policy([step([user($cid)], wait_before => 60)]));
    $root->rows("update betterstack.escalation
        set ways = '{\"critical_alert\": 5, \"email\": true}' where incident_id = $incident");
    $o->pass(60)->sweep;
    is($p->told($fine), "started u$cid 1", 'does not keep others from being done');
    is($p->told($incident), 'nobody', 'and is not done by half');
    $root->rows("update betterstack.escalation
        set ways = '{\"email\": true}' where incident_id = $incident");
    $o->pass(10)->sweep;
    is($p->told($incident), "started u1 1, started u$bob 1", 'it is tried again');
};

done_testing;
