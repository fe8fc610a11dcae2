# Metadata over HTTP: of monitors, heartbeats and incidents, by key; and incidents that are made with them.

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
my $base = '/api/v3/metadata';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $json = JSON::PP->new->canonical;

sub id_of { my ($status, $data) = @_; return $data->{data}{id} }
my $ann_id = id_of($ann->get('/api/v2/me'));
my $bob_id = id_of($bob->get('/api/v2/me'));
my $policy = id_of($ann->post('/api/v3/policies', {name => 'Silent'}));
my $foreign_policy = id_of($bob->post('/api/v3/policies', {name => 'Other'}));
my $calendar = id_of($ann->get('/api/v2/on-calls/default'));
my $channel = id_of($ann->post('/api/v2/channels', {name => 'Ops', kind => 'ntfy',
    settings => {topic => 'ops'}}));
my %owner = (
    Monitor   => id_of($ann->post('/api/v2/monitors', {url => 'http://192.0.2.1/',
        monitor_type => 'status'})),
    Heartbeat => id_of($ann->post('/api/v2/heartbeats', {name => 'x', period => 60, grace => 0})),
    Incident  => id_of($ann->post('/api/v3/incidents', {summary => 'x', policy_id => $policy})),
);
sub of { my ($type) = @_; return (owner_type => $type, owner_id => $owner{$type}) }
sub set {
    my ($key, $values, @more) = @_;
    return $ann->post($base, {of('Monitor'), key => $key, values => $values, @more});
}
sub listed { return [map { $_->{attributes} } @{($ann->get($base . ($_[0] // '')))[1]{data}}] }

subtest 'of each owner' => sub {
    my $events = $ann->events;
    $events->next('hello');
    for my $type (sort keys %owner) {
        my ($status, $data) = $ann->post($base, {of($type), key => ' Key 1 ',
            values => [{type => 'String', value => 'a'}, {value => 'b'}, 7]});
        is $status, 201, $type or diag explain $data;
        like delete $data->{data}{id}, qr/^[1-9][0-9]*$/;
        is $json->encode($data->{data}),
            $json->encode({type => 'metadata', attributes => {key => 'Key 1', owner_type => $type,
            owner_id => $owner{$type}, team_name => 'Ann',
            values => [map { {type => 'String', value => $_} } 'a', 'b', '7']}}), 'its shape';
        my $event = $events->next('change');
        $event = $events->next('change') while $event && $event->{data}{type} ne lc $type;
        is_deeply $event->{data}, {type => lc $type, action => 'updated', id => $owner{$type}},
            'dashboards are told';
        ($status, $data) = $ann->post($base, {of($type), key => 'Key 1', values => ['c'],
            mode => 'merge'});
        is_deeply [map { $_->{value} } @{$data->{data}{attributes}{values}}], ['a', 'b', 7, 'c'],
            'more of them';
        ($status, $data) = $ann->post($base, {of($type), key => 'Key 1', values => ['c', 'a'],
            mode => 'merge'});
        is scalar @{$data->{data}{attributes}{values}}, 4, 'nothing twice';
        ($status, $data) = $ann->post($base, {of($type), key => 'Key 1', values => ['d']});
        is_deeply [map { $_->{value} } @{$data->{data}{attributes}{values}}], ['d'],
            'others instead';
    }
    is scalar @{listed()}, 3, 'all';
    is_deeply [map { $_->{owner_type} } @{listed("?owner_type=Heartbeat&owner_id=$owner{Heartbeat}")}], ['Heartbeat'], 'of one';
    is_deeply listed('?owner_id=999'), [], 'of none';
    is_deeply(($ann->get("/api/v3/incidents/$owner{Incident}"))[1]{data}{attributes}{metadata},
        {'Key 1' => [{type => 'String', value => 'd'}]}, 'the incident shows them');
    is_deeply [map { $_->{id} } @{($ann->get('/api/v3/incidents?metadata%5BKey%201%5D=d'))[1]{data}}], [$owner{Incident}], 'and is found by them';
    for my $type (sort keys %owner) {
        my ($status) = $ann->post($base, {of($type), key => 'Key 1', values => []});
        is $status, 204, 'removed';
        is +($ann->post($base, {of($type), key => 'Key 1', values => []}))[0], 204, 'twice';
        $ann->post($base, {of($type), key => 'Key 1', values => ['x']});
        is +($ann->post($base, {of($type), key => 'Key 1', values => undef}))[0], 204,
            'as Terraform does it';
    }
    is_deeply listed(), [], 'all gone';
    is_deeply +($ann->get("/api/v3/incidents/$owner{Incident}"))[1]{data}{attributes}{metadata}, {};
};

subtest 'typed values' => sub {
    my ($status, $data) = set('owners', [{type => 'User', item_id => $ann_id},
        {type => 'User', email => 'Ann@example.com'},
        {type => 'Team', name => 'Ann'}, {type => 'Policy', item_id => $policy},
        {type => 'Schedule', item_id => $calendar},
        {type => 'Channel', name => 'Ops'}]);
    is $status, 201 or diag explain $data;
    my $values = $data->{data}{attributes}{values};
    my $person = {type => 'User', item_id => 0 + $ann_id, name => 'Ann',
        email => 'ann@example.com'};
    is $json->encode([@{$values}[0, 1]]), $json->encode([$person, $person]),
        'a person, by id or address';
    is_deeply [map { "$_->{type} " . ($_->{name} // '') } @{$values}[2, 3, 5]],
        ['Team Ann', 'Policy Silent', 'Channel Ops'];
    is $values->[4]{item_id}, $calendar;
    is_deeply +(set('owners',
        [{type => 'Team', item_id => 't' . $values->[2]{item_id}}]))[1]{data}{attributes}{values},
    [$values->[2]],
        'a team as the documented API writes it';
};

subtest 'what is refused' => sub {
    my %ok = (of('Monitor'), key => 'k', values => ['x']);
    my @wrong = ([{owner_type => 'CallRouting'}, 'owner_type',
        'must be one of Monitor, Heartbeat, Incident'], [{owner_type => undef}, 'owner_type'],
        [{owner_id => 'x'}, 'owner_id', 'must be an id'], [{owner_id => '9' x 30}, 'owner_id'],
        [{owner_id => []}, 'owner_id'],
        [{key => ' '}, 'key', 'is required'], [{key => 'x' x 256}, 'key'], [{key => "a\nb"}, 'key'],
        [{key => 5}, 'key'],
        [{values => 'x'}, 'values', 'must be a list of values'], [{values => {}}, 'values'],
        [{values => [[]]}, 'values', 'must hold strings'],
        [{values => [(1) x 51]}, 'values', 'must hold at most 50 values a key'],
        [{values => ['x' x 1001]}, 'values'],
        [{values => [{type => 'JiraIntegration', item_id => 1}]}, 'values'],
        [{values => [{colour => 'x'}]}, 'values'],
        [{values => [{type => 'User', item_id => $bob_id}]}, 'values',
            "does not know the user $bob_id"],
        [{values => [{type => 'User', email => 'bob@example.com'}]}, 'values',
            'does not know the user bob@example.com'],
        [{values => [{type => 'Policy', item_id => $foreign_policy}]}, 'values',
            "does not know the policy $foreign_policy"],
        [{values => [{type => 'Policy'}]}, 'values', 'must have an item_id or a name'],
        [{values => [{type => 'User', item_id => {}}]}, 'values'],
        [{values => [{type => 'Team', item_id => 't99'}]}, 'values'],
        [{mode => 'x'}, 'mode', 'must be one of replace, merge'], [{team_name => 'Bob'},
            'team_name', 'is not your team'],
        [{id => 1}, 'id', 'is read-only'], [{colour => 1}, 'colour', 'is not a known attribute']);
    for my $case (@wrong) {
        my ($with, $field, $message) = @$case;
        my ($status, $data) = $ann->post($base, {%ok, %$with});
        my $name = substr $json->encode($with), 0, 60;
        is_deeply [$status, keys %{$data->{errors} // {}}], [422, $field], $name
            or diag explain $data;
        is $data->{errors}{$field}[0], $message if $message;
    }
    is +($ann->get("$base?owner_type=x"))[0], 422;
    is +($ann->get("$base?owner_id=x"))[0], 422;
    is +($ann->get("$base?per_page=1000"))[0], 422;
    is +($ann->post($base, '{"owner_type":"Monitor","owner_id":1,"key":"k","values":' . '[' x 3000
        . ']' x 3000 . '}'))[0] =~ /^4/, 1, 'deep';
};

subtest 'limits, owners that go, others' => sub {
    set("key $_", ['x']) for 1 .. 49;       # and owners
    my ($status, $data) = set('one more', ['x']);
    is_deeply [$status, $data],
        [422, {errors => {key => ['cannot be added: there are 50 already']}}], '50 keys';
    is +(set('key 7', ['y']))[0], 201, 'one that is there may change';
    is +(set('key 7', [1 .. 49], mode => 'merge'))[0], 201;
    is_deeply +(set('key 7', ['z'], mode => 'merge'))[1]{errors},
        {values => ['must hold at most 50 values a key']}, '50 values';
    my $page = ($ann->get("$base?per_page=20"))[1];
    is scalar @{$page->{data}}, 20, 'a page';
    like $page->{pagination}{next}, qr{/api/v3/metadata\?per_page=20&page=2$};
    is_deeply +($bob->get($base))[1]{data}, [], 'another team sees none';
    for my $type (sort keys %owner) {
        is +($bob->post($base, {of($type), key => 'k', values => ['x']}))[0], 404,
            "nor sets any: $type";
    }
    is +(BetterStack::Client->new($stack)->get($base))[0], 401;
    is +(BetterStack::Client->new($stack)->post($base, {of('Monitor'), key => 'k',
        values => ['x']}))[0], 401;
    is +($ann->delete("/api/v2/monitors/$owner{Monitor}"))[0], 204;
    is_deeply listed(), [], 'they go with their owner';
    is +(set('k', ['x']))[0], 404, 'and none come to who is gone';
};

subtest 'incidents that are made with them' => sub {
    my ($status, $data) = $ann->post('/api/v3/incidents', {summary => 'Shop',
        policy_id => "$policy", call => $true, email => $false,
        team_wait => 60, metadata => {Owner => {type => 'User', email => 'ann@example.com'},
            ' Ticket ' => 'T-1'}});
    is $status, 201 or diag explain $data;
    my $i = $data->{data}{attributes};
    is $json->encode({map { $_ => $i->{$_} } qw(escalation_policy_id call sms email push
        critical_alert)}), $json->encode({
        escalation_policy_id => $policy, call => $true, sms => $false, email => $false,
            push => $true, critical_alert => $false}), 'told of by these';
    is_deeply $i->{metadata}, {Owner => [{type => 'User', item_id => $ann_id, name => 'Ann',
        email => 'ann@example.com'}],
        Ticket => [{type => 'String', value => 'T-1'}]};
    is_deeply [map { $_->{key} } @{listed("?owner_type=Incident&owner_id=$data->{data}{id}")}],
        ['Owner', 'Ticket'], 'in the list';
    for my $wrong ([policy_id => $foreign_policy, "does not know the policy $foreign_policy"],
        [policy_id => 'x', 'must be an id, or null'],
        [call => 1, 'must be true or false'], [team_wait => -1, undef], [critical_alert => 'x',
            'must be true or false'],
        [metadata => {a => {type => 'User', item_id => $bob_id}}, "does not know the user $bob_id"],
        [metadata => {"a\nb" => 1}, 'has a key that must not contain control characters'],
        [metadata => {map { ("k$_" => 1) } 1 .. 51},
            'must have at most 50 keys of 1 to 255 characters']) {
        my ($field, $value, $message) = @$wrong;
        ($status, $data) = $ann->post('/api/v3/incidents', {summary => 'x', $field => $value});
        is_deeply [$status, keys %{$data->{errors} // {}}], [422, $field], $field;
        is $data->{errors}{$field}[0], $message if $message;
    }
    is +($ann->delete("/api/v3/policies/$policy"))[0], 204;
    is +($ann->get("/api/v3/incidents/$owner{Incident}"))[1]{data}{attributes}{escalation_policy_id}, undef, 'a policy that is gone is none';
};

done_testing;
