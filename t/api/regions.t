# Regions, the tokens of their agents, and the tokens of programs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0, regions => 'east');
my $admin = BetterStack::Client->new($stack, token => $stack->token);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');

subtest 'administrators make, change and remove regions' => sub {
    my ($status, $data) = $admin->post('/api/v2/regions', {slug => 'eu-1', name => 'Europe'});
    is $status, 201;
    my $id = $data->{data}{id};
    is $data->{data}{type}, 'region';
    is $data->{data}{attributes}{slug}, 'eu-1';
    is_deeply $data->{data}{attributes}{agents}, [];

    ($status, $data) = $admin->patch("/api/v2/regions/$id", {name => 'Europe West'});
    is $status, 200;
    is $data->{data}{attributes}{name}, 'Europe West';

    for my $slug ('eu-1', 'EU', 'a:b', '', 'x' x 33, '-a') {
        ($status, $data) = $admin->post('/api/v2/regions', {slug => $slug});
        is $status, 422, "slug '$slug'";
        ok $data->{errors}{slug};
    }
    is +($admin->delete("/api/v2/regions/$id"))[0], 204;
    is +($admin->get("/api/v2/regions/$id"))[0], 404;
};

subtest 'everyone signed in sees them, nobody else changes them' => sub {
    my ($status, $data) = $ann->get('/api/v2/regions');
    is $status, 200;
    is_deeply [map { $_->{attributes}{slug} } @{$data->{data}}], ['east'];
    is $data->{pagination}{next}, undef;
    my $id = $data->{data}[0]{id};
    is +($ann->get("/api/v2/regions/$id"))[0], 200;
    is +($ann->post('/api/v2/regions', {slug => 'mine'}))[0], 403;
    is +($ann->patch("/api/v2/regions/$id", {name => 'mine'}))[0], 403;
    is +($ann->delete("/api/v2/regions/$id"))[0], 403;
    is +($ann->get("/api/v2/regions/$id/tokens"))[0], 403;
    is +($ann->post("/api/v2/regions/$id/tokens", {name => 'mine'}))[0], 403;
    is +(BetterStack::Client->new($stack)->get('/api/v2/regions'))[0], 401;
};

subtest 'a region token lets an agent in until it is removed' => sub {
    my $region = (($admin->get('/api/v2/regions'))[1]{data}[0]{id});
    my ($status, $data) = $admin->post("/api/v2/regions/$region/tokens", {name => 'agent 7'});
    is $status, 201;
    my $token = $data->{data}{attributes}{token};
    my $id = $data->{data}{id};
    like $token, qr/^bsr_[A-Za-z0-9_-]{43}$/;

    ($status, $data) = $admin->get("/api/v2/regions/$region/tokens");
    my ($listed) = grep { $_->{id} eq $id } @{$data->{data}};
    is $listed->{attributes}{name}, 'agent 7';
    ok !exists $listed->{attributes}{token}, 'shown once';
    is $listed->{attributes}{prefix}, substr $token, 0, 8;

    my $agent = BetterStack::Client->new($stack, token => $token);
    is +($agent->get('/agent/v1/schedule'))[0], 200;
    is +($agent->get('/api/v2/monitors'))[0], 401, 'it is good for nothing else';
    is +($admin->delete("/api/v2/region-tokens/$id"))[0], 204;
    is +($agent->get('/agent/v1/schedule'))[0], 401;
    is +($admin->delete("/api/v2/region-tokens/$id"))[0], 404;
};

subtest 'API tokens act for a team until they are removed' => sub {
    my ($status, $data) = $ann->post('/api/v2/api-tokens', {name => 'Terraform'});
    is $status, 201;
    my ($id, $token) = ($data->{data}{id}, $data->{data}{attributes}{token});
    like $token, qr/^bst_[A-Za-z0-9_-]{43}$/;
    my $program = BetterStack::Client->new($stack, token => $token);
    is +($program->get('/api/v2/me'))[1]{data}{attributes}{team}{name}, 'Ann';

    ($status, $data) = $ann->get('/api/v2/api-tokens');
    is_deeply [map { $_->{attributes}{name} } @{$data->{data}}], ['Terraform'];
    ok !exists $data->{data}[0]{attributes}{token};
    is_deeply +($bob->get('/api/v2/api-tokens'))[1]{data}, [];

    is +($ann->post('/api/v2/api-tokens', {name => ''}))[0], 422;
    is +($bob->delete("/api/v2/api-tokens/$id"))[0], 404;
    is +($program->get('/api/v2/me'))[0], 200;
    is +($ann->delete("/api/v2/api-tokens/$id"))[0], 204;
    is +($program->get('/api/v2/me'))[0], 401;
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';

done_testing;
