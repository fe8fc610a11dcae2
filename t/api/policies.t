# Escalation policies over HTTP: the shape that Terraform reads, every rule of steps, what they refer to.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $base = '/api/v3/policies';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $json = JSON::PP->new->canonical;

sub id_of { my ($status, $data) = @_; return $data->{data}{id} }
sub attributes { my ($status, $data) = @_; return $data->{data}{attributes} }
my $ann_id = id_of($ann->get('/api/v2/me'));
my $bob_id = id_of($bob->get('/api/v2/me'));
my $urgency = id_of($ann->post('/api/v2/urgencies', {name => 'Loud', call => $true}));
my $foreign_urgency = id_of($bob->post('/api/v2/urgencies', {name => 'Quiet'}));
my $other = id_of($ann->post($base, {name => 'Other'}));
my $foreign = id_of($bob->post($base, {name => 'Foreign'}));
my $group = id_of($ann->post('/api/v2/policy-groups', {name => 'Web'}));

sub step { return {type => 'escalation', step_members => [{type => 'entire_team'}], @_} }
# What is wrong with one step, by field without its place.
sub wrong {
    my ($step, $at) = @_;
    my ($status, $data) = $ann->post($base, {name => 'x', steps => [step(), $step]});
    return {} if $status == 201;
    return {"status $status" => 1} if $status != 422;
    return {map { my $field = $_; $field =~ s/^steps\[1\]\.?//;
        ($field => $data->{errors}{$_}[0]) } keys %{$data->{errors}}};
}
sub steps_of {
    my ($status, $data) = $ann->post($base, {name => 'x', steps => $_[0]});
    return $status == 201 ? $data->{data}{attributes}{steps} : [$data];
}

subtest 'its shape' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {name => ' Web ', repeat_count => 3,
        repeat_delay => 1800, policy_group_id => $group,
        fallback_policy_id => $other, steps => [
            {type => 'escalation', wait_before => 0, urgency_id => $urgency,
                step_members => [{type => 'current_on_call'}]},
            {type => 'escalation', wait_before => 600, urgency_id => 0 + $urgency,
                step_members => [{type => 'entire_team'}]}]});
    is $status, 201, 'made' or diag explain $data;
    my $id = $data->{data}{id};
    is $data->{data}{type}, 'policy';
    my $text = $json->encode($data);
    like $text, qr/"id":"$id","type"|"type":"policy"/;
    my %got = %{$data->{data}{attributes}};
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_
        for qw(created_at updated_at);
    like delete $got{team_name}, qr/Ann/;
    is $json->encode(\%got), $json->encode({id => 0 + $id, name => 'Web', repeat_count => 3,
        repeat_delay => 1800,
        policy_group_id => 0 + $group, fallback_policy_id => 0 + $other, incident_token => undef,
        steps => [
            {type => 'escalation', wait_before => 0, urgency_id => 0 + $urgency,
                step_members => [{type => 'current_on_call'}]},
            {type => 'escalation', wait_before => 600, urgency_id => 0 + $urgency,
                step_members => [{type => 'entire_team'}]}]}),
        'types as Terraform reads them: ids within are numbers';
    is_deeply $events->next('change')->{data}, {type => 'policy', action => 'created', id => $id},
        'dashboards are told';
    is_deeply +($ann->get("$base/$id"))[1], $data, 'get answers the same';
    is_deeply +($ann->get("/api/v2/policies/$id"))[1], $data, 'by v2 as well';

    ($status, $data) = $ann->patch("$base/$id", {name => 'Web 2'});
    is $status, 200, 'changed';
    is_deeply [@{$data->{data}{attributes}}{qw(name repeat_count)},
        scalar @{$data->{data}{attributes}{steps}}], ['Web 2', 3, 2],
        'the rest stays';
    ($status, $data) = $ann->patch("$base/$id", {name => 'Web 3', steps => undef});
    is_deeply [$status, scalar @{$data->{data}{attributes}{steps}}], [200, 2],
        'steps that Terraform has not changed are null';
    ($status, $data) = $ann->patch("$base/$id", {steps => [], policy_group_id => undef,
        fallback_policy_id => undef, repeat_count => undef});
    is_deeply [@{$data->{data}{attributes}}{qw(steps policy_group_id fallback_policy_id
        repeat_count)}], [[], undef, undef, 0],
        'null is the default, and no steps are a silent policy';
    is_deeply $events->next('change')->{data}, {type => 'policy', action => 'updated', id => $id};
    is +($ann->delete("$base/$id"))[0], 204, 'deleted';
    is +($ann->get("$base/$id"))[0], 404, 'gone';
    is +($ann->delete("$base/$id"))[0], 404;
};

subtest 'every type of step' => sub {
    my $steps = [
        step(step_members => [map { {type =>
            $_} } qw(current_on_call entire_team all_channels all_webhook_integrations
            all_slack_integrations all_microsoft_teams_integrations all_splunk_on_call_integrations)], wait_before => 0),
        step(step_members => [{type => 'user', id => 0 + $ann_id, email => 'ann@example.com'},
            {type => 'policy', id => 0 + $other},
            {type => 'incident_metadata', metadata_key => 'owner'}], wait_before => 60),
        {type => 'time_branching', wait_before => 0, days => ['mon', 'fri'], time_from => '22:00',
            time_to => '06:00',
            timezone => 'Pacific Time (US & Canada)', policy_id => 0 + $other},
        {type => 'time_branching', wait_before => 0, days => ['sat'],
            policy_metadata_key => 'policy'},
        {type => 'metadata_branching', wait_before => 0, metadata_key => 'env',
            policy_id => 0 + $other, metadata_values => [
            {type => 'String', value => 'prod'}, {type => 'User', item_id => 0 + $ann_id,
                name => 'Ann', email => 'ann@example.com'},
            {type => 'Policy', item_id => 0 + $other, name => 'Other'}, {type => 'no_value'}]},
        {type => 'instructions', wait_until_time => '08:00', wait_until_timezone => 'Europe/Berlin',
            instructions_comment => "- [ ] Look at `{server}`\n",
            instructions_reminder_enabled => $true,
            instructions_reminder_interval_hours => 2}];
    is $json->encode(steps_of($steps)), $json->encode($steps), 'answered as given';

    is_deeply steps_of([step(step_members => [{type => 'user',
        email => ' ANN@example.com'}])])->[0]{step_members},
        [{type => 'user', id => $ann_id, email => 'ann@example.com'}], 'a person by the address';
    is_deeply steps_of([{type => 'metadata_branching', metadata_key => ' env ', policy_id => $other,
        metadata_values => ['a', 7,
        {value => 'b'}, {type => 'User', email => 'ann@example.com'}, {type => 'Policy',
            name => 'Other'}]}])->[0]{metadata_values},
        [(map { {type => 'String', value => $_} } qw(a 7 b)), {type => 'User', item_id => $ann_id,
            name => 'Ann', email => 'ann@example.com'},
        {type => 'Policy', item_id => $other, name => 'Other'}], 'values in short';
    # What the provider sends of what is not set.
    is_deeply steps_of([{type => 'escalation', step_members => [{type => 'entire_team'}],
        days => [], metadata_values => []},
        {type => 'instructions', instructions_comment => 'x', step_members => undef, days => [],
            metadata_values => []},
        {type => 'time_branching', step_members => [], days => ['sun'], policy_id => $other,
            action_type => 'escalate_to_policy'}]), [
        {type => 'escalation', wait_before => 0, step_members => [{type => 'entire_team'}]},
        {type => 'instructions', wait_before => 0, instructions_comment => 'x',
            instructions_reminder_enabled => $false,
            instructions_reminder_interval_hours => 1},
        {type => 'time_branching', wait_before => 0, days => ['sun'], policy_id => $other,
            action_type => 'escalate_to_policy'}],
        'blank attributes of other types mean nothing';
};

subtest 'rules of steps' => sub {
    my @branch = (days => ['mon'], policy_id => $other);
    my $member = sub { return step(step_members => [{type => 'entire_team'}, $_[0]]) };
    my $types = qr/^must be one of escalation, time_branching/;
    my @rules = (
        ['x', {'' => 'must be an object'}], [undef, {'' => 'must be an object'}],
        [[], {'' => 'must be an object'}],
        [{}, {type => $types}], [{type => 'resolve_remove'}, {type => $types}], [{type => ['x']},
            {type => $types}],
        [step(colour => 'red'), {colour => 'is not a known attribute'}],
        [step(days => ['mon']), {days => 'has no meaning for a step of the type escalation'}],
        [{type => 'instructions', instructions_comment => 'x', urgency_id => 1},
            {urgency_id => 'has no meaning for a step of the type instructions'}],
        [step(wait_before => -1), {wait_before => 'must be between 0 and 604800'}],
        [step(wait_before => 604801), {wait_before => 'must be between 0 and 604800'}],
        [step(wait_before => 1.5), {wait_before => 'must be an integer'}],
        [step(wait_before => '60'), {wait_before => 'must be an integer'}],
        [step(wait_before => 5, wait_until_time => '08:00'),
            {wait_before => 'cannot be combined with wait_until_time'}],
        [step(wait_until_time => '8:00'),
            {wait_until_time => 'must be a time of the day, like 22:30'}],
        [step(wait_until_time => '24:00'), {wait_until_time => qr/time of the day/}],
        [step(wait_until_time => '08:00', wait_until_timezone => 'Mars'),
            {wait_until_timezone => qr/name of a time zone/}],
        [step(wait_until_timezone => 'UTC'),
            {wait_until_timezone => 'has no meaning without wait_until_time'}],
        [step(urgency_id => 'loud'), {urgency_id => 'must be an id, or null'}],
        [step(urgency_id => $foreign_urgency),
            {urgency_id => "does not know the urgency $foreign_urgency"}],
        [step(urgency_id => 999999), {urgency_id => 'does not know the urgency 999999'}],
        [step(step_members => []), {step_members => 'must name at least one whom this step tells'}],
        [step(step_members => {}), {step_members => 'must be a list of objects'}],
        [step(step_members => [({type => 'entire_team'}) x 51]),
            {step_members => 'must have at most 50 entries'}],
        [$member->('x'), {'step_members[1]' => 'must be an object'}],
        [$member->({type => 'pigeon'}),
            {'step_members[1].type' => qr/^must be one of current_on_call, /}],
        [$member->({type => 'zapier_webhook', id => 1}),
            {'step_members[1].type' => 'is not supported: use a webhook'}],
        [$member->({type => 'all_zapier_integrations'}),
            {'step_members[1].type' => 'is not supported: use a webhook'}],
        [$member->({type => 'user'}), {'step_members[1].id' => 'is required, or email'}],
        [$member->({type => 'user', id => $bob_id}),
            {'step_members[1].id' => "does not know the user $bob_id"}],
        [$member->({type => 'user', email => 'bob@example.com'}),
            {'step_members[1].email' => 'does not know bob@example.com as a member of the team'}],
        [$member->({type => 'user', email => 'bob'}),
            {'step_members[1].email' => 'is not an e-mail address'}],
        [$member->({type => 'user', id => 999, email => 'ann@example.com'}),
            {'step_members[1].email' => 'is not the address of id'}],
        [$member->({type => 'policy'}), {'step_members[1].id' => 'is required'}],
        [$member->({type => 'policy', id => 'x'}), {'step_members[1].id' => 'must be an id'}],
        [$member->({type => 'policy', id => $foreign}),
            {'step_members[1].id' => "does not know the policy $foreign"}],
        [$member->({type => 'channel', id => 7}),
            {'step_members[1].id' => 'does not know the channel 7'}],
        [$member->({type => 'slack_integration', id => 7}),
            {'step_members[1].id' => 'does not know the Slack channel 7'}],
        [$member->({type => 'current_on_call', id => 999}),
            {'step_members[1].id' => 'does not know the on-call calendar 999'}],
        [$member->({type => 'entire_team', id => 999}),
            {'step_members[1].id' => 'does not know the team 999'}],
        [$member->({type => 'entire_team', email => 'x@example.com'}),
            {'step_members[1].email' => 'has no meaning for a member of the type entire_team'}],
        [$member->({type => 'incident_metadata'}),
            {'step_members[1].metadata_key' => 'is required'}],
        [$member->({type => 'entire_team', x => 1}),
            {'step_members[1].x' => 'is not a known attribute'}],
        [{type => 'time_branching', days => ['mon']},
            {policy_id => 'is required, or policy_metadata_key'}],
        [{type => 'time_branching', @branch, policy_metadata_key => 'p'},
            {policy_metadata_key => 'cannot be combined with policy_id'}],
        [{type => 'time_branching', @branch, policy_id => $foreign},
            {policy_id => "does not know the policy $foreign"}],
        [{type => 'time_branching', policy_id => $other},
            {days => 'is required, or time_from and time_to'}],
        [{type => 'time_branching', @branch, days => ['monday']},
            {days => qr/must be some of mon, /}],
        [{type => 'time_branching', @branch, time_from => '08:00'},
            {time_to => 'is required together with time_from'}],
        [{type => 'time_branching', @branch, time_to => '08:00'},
            {time_from => 'is required together with time_to'}],
        [{type => 'time_branching', @branch, time_from => '08:00', time_to => '08:00'},
            {time_to => 'must differ from time_from'}],
        [{type => 'time_branching', @branch, timezone => 'EST'},
            {timezone => qr/name of a time zone/}],
        [{type => 'time_branching', @branch, action_type => 'remove_incident'},
            {action_type => qr/^must be escalate_to_policy/}],
        [{type => 'metadata_branching', policy_id => $other}, {metadata_key => 'is required',
            metadata_values => 'must hold at least one value'}],
        [{type => 'metadata_branching', policy_id => $other, metadata_key => 'k',
            metadata_values => [(1) x 51]},
            {metadata_values => 'must hold at most 50 values'}],
        [{type => 'metadata_branching', policy_id => $other, metadata_key => 'k',
            metadata_values => ['a', [], {type => 'Jira', value => 'x'},
            {type => 'User', item_id => $bob_id}, {type => 'Policy', name => 'Nobody'},
            {type => 'User'}, {value => 'x' x 1001}]},
            {'metadata_values[1]' => 'must hold strings',
                'metadata_values[2]' => qr/^may only hold values of the types String, User/,
            'metadata_values[3]' => "does not know the user $bob_id",
            'metadata_values[4]' => 'does not know the policy Nobody',
            'metadata_values[5]' => 'must have an item_id or an email',
            'metadata_values[6]' => qr/at most 1000/}],
        [{type => 'instructions'}, {instructions_comment => 'is required'}],
        [{type => 'instructions', instructions_comment => 'x' x 10001},
            {instructions_comment => qr/at most 10000/}],
        [{type => 'instructions', instructions_comment => 'x',
            instructions_reminder_enabled => 'yes'},
            {instructions_reminder_enabled => 'must be true or false'}],
        [{type => 'instructions', instructions_comment => 'x',
            instructions_reminder_interval_hours => 0},
            {instructions_reminder_interval_hours => 'must be between 1 and 168'}],
    );
    for my $rule (@rules) {
        my ($step, $expected) = @$rule;
        my $got = wrong($step);
        my $name = substr $json->allow_nonref->encode($step), 0, 80;
        my $same = join(' ', sort keys %$got) eq join(' ', sort keys %$expected)
            && !grep { ref $expected->{$_} ? $got->{$_} !~ $expected->{$_}
                : $got->{$_} ne $expected->{$_} } keys %$expected;
        ok $same, $name or diag explain $got;
    }
};

subtest 'rules of policies' => sub {
    for my $rule ([{}, {name => 'is required'}], [{name => ' '}, {name => 'is required'}],
        [{name => 'x' x 256}, {name => qr/at most 255/}],
        [{name => 'x', steps => {}}, {steps => 'must be a list of objects'}],
        [{name => 'x', steps => [(step()) x 51]}, {steps => 'must have at most 50 entries'}],
        [{name => 'x', repeat_count => 101}, {repeat_count => 'must be between 0 and 100'}],
        [{name => 'x', repeat_delay => -1}, {repeat_delay => 'must be between 0 and 604800'}],
        [{name => 'x', fallback_policy_id => $foreign},
            {fallback_policy_id => "does not know the policy $foreign"}],
        [{name => 'x', policy_group_id => 99},
            {policy_group_id => 'does not know the policy group 99'}],
        [{name => 'x', policy_group_id => []}, {policy_group_id => 'must be an id, or null'}],
        [{name => 'x', incident_token => 'x'}, {incident_token => 'is read-only'}],
        [{name => 'x', team_name => 'Others'}, {team_name => 'is not your team'}],
        [{name => 'x', colour => 'x'}, {colour => 'is not a known attribute'}]) {
        my ($status, $data) = $ann->post($base, $rule->[0]);
        my ($field, $message) = %{$rule->[1]};
        is_deeply [$status, keys %{$data->{errors}}], [422, $field], $field;
        ref $message ? like($data->{errors}{$field}[0], $message) : is($data->{errors}{$field}[0],
            $message);
    }
    my $own = ($ann->get($base))[1]{data}[0]{attributes}{team_name};
    is +($ann->post($base, {name => 'x', team_name => $own}))[0], 201, 'the own team may be named';
};

subtest 'circles' => sub {
    my $id = id_of($ann->post($base, {name => 'Circle'}));
    my $itself = step(step_members => [{type => 'entire_team'}, {type => 'policy', id => $id}]);
    my $message = 'must not be this policy itself without a wait before it';
    is_deeply +($ann->patch("$base/$id", {steps => [step(), $itself]}))[1]{errors},
        {'steps[1].step_members[1].id' => [$message]}, 'not to itself at once';
    is_deeply +($ann->patch("$base/$id", {steps => [{type => 'time_branching', days => ['mon'],
        policy_id => $id}]}))[1]{errors},
        {'steps[0].policy_id' => [$message]};
    is_deeply +($ann->patch("$base/$id", {fallback_policy_id => $id,
        steps => [step()]}))[1]{errors},
        {fallback_policy_id => ["$message; take repeat_count"]};
    is +($ann->patch("$base/$id", {steps => [step(wait_before => 60), $itself]}))[0], 200,
        'after a while it may';
    is +($ann->patch("$base/$id", {steps => [step(wait_until_time => '08:00'), $itself]}))[0], 200,
        'or at a time';
    is +($ann->patch("$base/$id", {steps => [step()], fallback_policy_id => $other}))[0], 200;
    is +($ann->patch("$base/$other",
        {steps => [step(step_members => [{type => 'policy', id => $id}])]}))[0], 200,
        'longer circles are the engine\'s to end';
};

subtest 'what is referred to goes' => sub {
    my $gone = id_of($ann->post($base, {name => 'Gone'}));
    my $loud = id_of($ann->post('/api/v2/urgencies', {name => 'Gone'}));
    my $id = id_of($ann->post($base, {name => 'Stays', fallback_policy_id => $gone,
        policy_group_id => $group, steps => [
        step(urgency_id => $loud), {type => 'time_branching', days => ['mon'],
            policy_id => $gone}]}));
    my $monitor = id_of($ann->post('/api/v2/monitors', {url => 'http://192.0.2.1/',
        monitor_type => 'status', policy_id => $gone,
        expiration_policy_id => $gone}));
    my $heartbeat = id_of($ann->post('/api/v2/heartbeats', {name => 'x', period => 60, grace => 0,
        policy_id => $gone}));
    is +($ann->delete("$base/$gone"))[0], 204, 'a policy';
    is +($ann->delete("/api/v2/urgencies/$loud"))[0], 204, 'an urgency';
    is +($ann->delete("/api/v2/policy-groups/$group"))[0], 204, 'a group';
    my $got = attributes($ann->get("$base/$id"));
    is_deeply [@{$got}{qw(fallback_policy_id policy_group_id)}, $got->{steps}[0]{urgency_id},
        $got->{steps}[1]{policy_id}],
        [undef, undef, undef, undef], 'what referred to it refers to none';
    is_deeply [@{attributes($ann->get("/api/v2/monitors/$monitor"))}{qw(policy_id
        expiration_policy_id)}], [undef, undef];
    is attributes($ann->get("/api/v2/heartbeats/$heartbeat"))->{policy_id}, undef;

    $stack->sql("insert into betterstack.membership (user_id, team_id, role) select $bob_id, m.team_id, 'owner'
        from betterstack.membership m where m.user_id = $ann_id");
    my $with = id_of($ann->post($base,
        {name => 'Bob', steps => [step(step_members => [{type => 'user', id => $bob_id}])]}));
    is attributes($ann->get("$base/$with"))->{steps}[0]{step_members}[0]{email}, 'bob@example.com',
        'a member is shown';
    $stack->sql("delete from betterstack.membership m using betterstack.membership a where a.user_id = $ann_id and m.user_id = $bob_id
        and m.team_id = a.team_id");
    is_deeply attributes($ann->get("$base/$with"))->{steps}[0]{step_members},
        [{type => 'user', id => $bob_id}],
        'nobody learns an address of who has left';
};

subtest 'lists, and others' => sub {
    my @ids = map { id_of($ann->post($base, {name => "List $_"})) } 1 .. 3;
    my ($status, $data) = $ann->get("$base?per_page=2");
    is scalar @{$data->{data}}, 2, 'a page';
    like $data->{pagination}{next}, qr{^http://.*/api/v3/policies\?per_page=2&page=2$},
        'and where the next one is';
    is +($ann->get("$base?per_page=1000"))[0], 422, 'not too many';
    is_deeply +($ann->get("$base?team_name=Others"))[1]{data}, [], 'of another team there are none';
    is_deeply [map { $_->{id} } @{($bob->get($base))[1]{data}}], [$foreign],
        'another team sees its own';
    is +($bob->get("$base/$ids[0]"))[0], 404;
    is +($bob->patch("$base/$ids[0]", {name => 'x'}))[0], 404;
    is +($bob->delete("$base/$ids[0]"))[0], 404;
    is +(BetterStack::Client->new($stack)->get($base))[0], 401, 'nobody gets nothing';
    is +($ann->program->get("$base/$ids[0]"))[0], 200, 'a program with a token does';
    is +($ann->send('PUT', "$base/$ids[0]", {}))[0], 405;
};

subtest 'hostile' => sub {
    my $deep = '[' x 5000 . ']' x 5000;
    for my $body ("{\"name\":\"x\",\"steps\":$deep}",
        "{\"name\":\"x\",\"steps\":[{\"type\":\"escalation\",\"step_members\":$deep}]}",
        '{"name":"x","steps":[{"type":"escalation","step_members":[{"type":"user","id":1e400}]}]}',
        '{"name":"x","steps":[' . join(',',
            ('{"type":"instructions","instructions_comment":1}') x 5000) . ']}',
        '{"name":"x","steps":[{' . join(',', map { "\"a$_\":1" } 1 .. 5000) . '}]}',
        '{"name":"x","steps":[{"type":"escalation","step_members":[{"type":"user","id":99999999999999999999}]}]}',
        '{"name":"x","steps":[{"type":"escalation","wait_before":-0.0,"step_members":[{"type":"policy","id":"1; drop"}]}]}') {
        my ($status, $data, $reply) = $ann->post($base, $body);
        ok $status == 422 || $status == 400 || $status == 413, substr($body, 0, 60) . ": $status";
        ok length $reply->{content} < 5000, 'answered in short';
    }
    my $full = [map { step(step_members => [map { {type => 'user',
        id => $ann_id} } 1 .. 50]) } 1 .. 50];
    my ($status, $data) = $ann->post($base, {name => '<script>alert(1)</script>', steps => $full});
    is $status, 201, 'as large as may be';
    is scalar @{$data->{data}{attributes}{steps}[49]{step_members}}, 50;
    is $data->{data}{attributes}{name}, '<script>alert(1)</script>', 'a text is a text';
};

done_testing;
