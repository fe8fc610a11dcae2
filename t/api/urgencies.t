# Urgencies, their groups and groups of policies over HTTP; the ways of monitors and heartbeats.

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
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $json = JSON::PP->new->canonical;

sub id_of { my ($status, $data) = @_; return $data->{data}{id} }
sub shape {
    my ($data) = @_;
    my %got = %{$data->{data}{attributes}};
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_
        for qw(created_at updated_at);
    return $json->encode(\%got);
}
sub refused {
    my ($path, $body, $field, $message) = @_;
    my ($status, $data) = $ann->post($path, $body);
    is_deeply [$status, $data], [422, {errors => {$field => [$message]}}], "$path: $field $message";
}
my %ways = (call => $false, sms => $false, email => $true, push => $true, critical_alert => $false);

subtest 'urgencies' => sub {
    my $base = '/api/v2/urgencies';
    my $group = id_of($ann->post('/api/v2/urgency-groups', {name => 'Night'}));
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {name => ' Loud ', call => $true,
        critical_alert => $true, urgency_group_id => $group});
    is $status, 201, 'made' or diag explain $data;
    my $id = $data->{data}{id};
    is $data->{data}{type}, 'urgency';
    is shape($data), $json->encode({%ways, id => 0 + $id, name => 'Loud', call => $true,
        critical_alert => $true,
        urgency_group_id => 0 + $group, team_name => 'Ann'}), 'types as Terraform reads them';
    is_deeply $events->next('change')->{data}, {type => 'urgency', action => 'created', id => $id},
        'dashboards are told';
    is_deeply +($ann->get("$base/$id"))[1], $data, 'get answers the same';
    ($status, $data) = $ann->patch("$base/$id", {email => $false, call => undef});
    is $status, 200;
    is shape($data), $json->encode({%ways, id => 0 + $id, name => 'Loud', email => $false,
        critical_alert => $true,
        urgency_group_id => 0 + $group, team_name => 'Ann'}), 'changed; null is the default';
    is +($ann->delete("/api/v2/urgency-groups/$group"))[0], 204;
    is +($ann->get("$base/$id"))[1]{data}{attributes}{urgency_group_id}, undef,
        'a group that is gone is none';

    refused($base, @$_) for [{}, 'name', 'is required'], [{name => 'x', call => 1}, 'call',
        'must be true or false'],
        [{name => 'x', urgency_group_id => 'x'}, 'urgency_group_id', 'must be an id, or null'],
        [{name => 'x', urgency_group_id => $group}, 'urgency_group_id',
            "does not know the urgency group $group"],
        [{name => 'x', team_name => 'Bob'}, 'team_name', 'is not your team'],
        [{name => 'x', id => 1}, 'id', 'is read-only'],
        [{name => 'x', volume => 11}, 'volume', 'is not a known attribute'];
    is +($bob->get("$base/$id"))[0], 404, 'another team sees none';
    is +($bob->patch("$base/$id", {name => 'x'}))[0], 404;
    is +($bob->delete("$base/$id"))[0], 404;
    is_deeply +($bob->get($base))[1]{data}, [];
    is +(BetterStack::Client->new($stack)->get($base))[0], 401;
    is +($ann->delete("$base/$id"))[0], 204;
    is +($ann->get("$base/$id"))[0], 404;
};

subtest 'groups' => sub {
    for my $kind (qw(policy urgency)) {
        my $base = "/api/v2/$kind-groups";
        my $events = $ann->events;
        $events->next('hello');
        my ($status, $data) = $ann->post($base, {name => ' Web '});
        is $status, 201, "$kind group";
        my $id = $data->{data}{id};
        is $data->{data}{type}, "${kind}_group";
        is shape($data), $json->encode({name => 'Web', sort_index => undef, team_name => 'Ann'}),
            'no id among its attributes';
        is_deeply $events->next('change')->{data}, {type => "${kind}_group", action => 'created',
            id => $id};
        my $first = id_of($ann->post($base, {name => 'First', sort_index => 1}));
        is_deeply [map { $_->{id} } @{($ann->get($base))[1]{data}}], [$first, $id], 'sorted';
        like +($ann->get("$base?per_page=1"))[1]{pagination}{next},
            qr{/api/v2/$kind-groups\?per_page=1&page=2$};
        is +($ann->patch("$base/$id", {sort_index => 0}))[1]{data}{attributes}{name}, 'Web',
            'the name stays';
        is_deeply [map { $_->{id} } @{($ann->get($base))[1]{data}}], [$id, $first];
        is +($ann->patch("$base/$id", {sort_index => undef}))[1]{data}{attributes}{sort_index},
            undef;
        refused($base, @$_) for [{}, 'name', 'is required'], [{name => 'x', sort_index => 'x'},
            'sort_index', 'must be an integer, or null'],
            [{name => 'x', id => 1}, 'id', 'is read-only'], [{name => 'x', colour => 1}, 'colour',
                'is not a known attribute'];
        is +($ann->patch("$base/$id", {name => undef}))[0], 422, 'a name it must have';
        is +($bob->get("$base/$id"))[0], 404;
        is +($bob->patch("$base/$id", {name => 'x'}))[0], 404;
        is +($bob->delete("$base/$id"))[0], 404;
        is_deeply +($bob->get($base))[1]{data}, [];
        is +(BetterStack::Client->new($stack)->get($base))[0], 401;
        is +($ann->delete("$base/$id"))[0], 204;
        is +($ann->delete("$base/$id"))[0], 404;
    }
};

subtest 'monitors and heartbeats' => sub {
    my $policy = id_of($ann->post('/api/v3/policies', {name => 'Web'}));
    my $foreign = id_of($bob->post('/api/v3/policies', {name => 'Foreign'}));
    my %of = ('/api/v2/monitors' => {url => 'http://192.0.2.1/', monitor_type => 'status'},
        '/api/v2/heartbeats' => {name => 'x', period => 60, grace => 0});
    for my $base (sort keys %of) {
        my $expiry = $base =~ /monitors/;
        my ($status, $data) = $ann->post($base, $of{$base});
        my $shown = sub { my ($a) = $_[0]{data}{attributes};
            return $json->encode({map { $_ => $a->{$_} } keys %ways, qw(policy_id team_wait),
                $expiry ? 'expiration_policy_id' : ()}) };
        my %none = (policy_id => undef, team_wait => undef, $expiry
            ? (expiration_policy_id => undef) : ());
        is $shown->($data), $json->encode({%ways, %none}), "$base: the defaults";
        my $path = "$base/$data->{data}{id}";
        my %set = (policy_id => "$policy", team_wait => 180, call => $true, email => $false, $expiry
            ? (expiration_policy_id => 0 + $policy) : ());
        ($status, $data) = $ann->patch($path, {%set, policy_id => 0 + $policy});
        is $status, 200 or diag explain $data;
        is $shown->($data), $json->encode({%ways, %set}),
            'policy_id is a string, expiration_policy_id a number';
        is $shown->(($ann->get($path))[1]), $json->encode({%ways, %set}), 'and so it is kept';
        is $shown->(($ann->patch($path, {policy_id => "$policy"}))[1]),
            $json->encode({%ways, %set}), 'as it was given back';
        is $shown->(($ann->patch($path, {map { $_ => undef } keys %set}))[1]),
            $json->encode({%ways, %none}), 'null is the default';
        is $shown->(($ann->patch($path, {policy_id => ''}))[1]), $json->encode({%ways, %none}),
            'and so is a blank id';
        refused($base, {%{$of{$base}}, @{$_}[0, 1]}, @{$_}[0, 2]) for [policy_id => $foreign,
            "does not know the policy $foreign"],
            [policy_id => [], 'must be an id, or null'], [team_wait => 2_419_201,
                'must be between 0 and 2419200, or null'],
            [push => 'x', 'must be true or false'],
            $expiry ? [expiration_policy_id => $foreign, "does not know the policy $foreign"]
            : [expiration_policy_id => $policy, 'is not a known attribute'];
    }
};

done_testing;
