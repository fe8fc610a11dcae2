# The link in a message: who follows it sees what it is about, and changes nothing before pressing a button;
# who has another one, or none, learns nothing.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack;
use BetterStack::Wire qw(pack_report);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $nobody = BetterStack::Client->new($stack);
my $base = '/api/v1/acknowledge';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $gone = {errors => 'This link is not valid, or its time is over'};

# [kind, token] of what an agent is given to send.
sub links {
    my $flag = "\xc3";
    my $reply = $stack->request('POST', '/agent/v1/report',
        {content => pack_report([], deliver => \$flag), headers => {
        'Content-Type' => 'application/msgpack', Authorization => 'Bearer '
            . $stack->region_token('local-a')}});
    return map { [$_->[3], ($_->[6]{acknowledge_url}
        // '') =~ m{/acknowledge/(.+)$}] } @{msgpack_decode($reply->{content})->{deliveries}};
}
sub incident {
    return ($ann->post('/api/v3/incidents', {summary => 'The shop is closed',
        requester_email => 'a@example.com'}))[1]{data}{id}
}
sub incident_now { my ($id) = @_; return ($ann->get("/api/v3/incidents/$id"))[1]{data}{attributes} }

my $channel = ($ann->post('/api/v2/channels', {name => 'Ops', kind => 'ntfy',
    settings => {topic => 'ops'}}))[1]{data}{id};
my $incident = incident();
my ($link) = links();
my $token = $link->[1];
like $token, qr/^\d+\.c\d+\.\d+\.[0-9a-f]{64}$/, 'the message has a link';

subtest 'looking' => sub {
    for my $method ('GET', 'GET', 'HEAD') {
        my ($status, $data) = $nobody->send($method, "$base/$token");
        is $status, 200, "$method answers";
        is $data, undef, 'without a body' if $method eq 'HEAD';
        next if $method eq 'HEAD';
        is_deeply [@{$data->{data}}{qw(id type)}], [$incident, 'acknowledgement'];
        my %got = %{$data->{data}{attributes}};
        like delete $got{started_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
        is_deeply \%got, {incident_name => 'The shop is closed', cause => 'The shop is closed',
            state => 'started', acknowledged_at => undef,
            acknowledged_by => undef, resolved_at => undef, receiver_name => 'Ops',
            can_acknowledge => $true}, 'what the message said';
    }
    is incident_now($incident)->{acknowledged_at}, undef,
        'nothing has changed, whoever looks at links';
    is +($nobody->send($_, "$base/$token", '{}'))[0], 405, "$_ is no way" for qw(PUT PATCH DELETE);
    my ($status, $data, $reply) = $nobody->send('OPTIONS', "$base/$token");
    is_deeply [$status, $reply->{headers}{allow}], [204, 'GET, HEAD, POST, OPTIONS'], 'which are';
    is +($nobody->get("$base/$token/"))[0], 200, 'a slash at the end is none';
    is +($nobody->get("$base/$token"))[2]{headers}{'cache-control'}, 'no-store', 'nobody keeps it';
};

subtest 'what is no link of ours' => sub {
    my ($what, $signature) = $token =~ /^(.+)\.([0-9a-f]{64})$/;
    my $sign = sub { $stack->sql("set betterstack.key_sign = '" . ('0' x 64)
        . "'; select '$_[0].' || core.sign('acknowledge $_[0]')") };
    my %bad = (flipped => $token =~ s/.$/$& eq '0' ? '1' : '0'/er,
        incident => $token =~ s/^\d+/999999/r, receiver => $token =~ s/\.c\d+/.c999/r,
        later => $token =~ s/\.(\d+)\.([0-9a-f]{64})$/'.' . ($1 + 9) . ".$2"/er,
        'another key' => $sign->($what), empty => '', short => substr($token, 0, -1),
        long => 'a' x 5000, odd => '%ff%fe', slashes => "$token/x", nul => '%00',
        upper => uc $token, quote => "1' or 1=1--");
    for my $name (sort keys %bad) {
        for my $method (qw(GET POST)) {
            my ($status, $data) = $nobody->send($method,
                "$base/" . $bad{$name} =~ s/([ '])/sprintf '%%%02x', ord $1/ger);
            next if $name eq 'nul' && $status == 400;
            is_deeply [$status, $data], [404, $gone], "$method: $name";
        }
    }
    is incident_now($incident)->{acknowledged_at}, undef, 'nothing has changed';
};

subtest 'acknowledging' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $nobody->send('POST', "$base/$token", undef,
        {Origin => 'https://mail.example'});
    is $status, 200, 'from anywhere, without an account';
    is_deeply [@{$data->{data}{attributes}}{qw(state acknowledged_by can_acknowledge)}],
        ['acknowledged', 'Ops', $false], 'done';
    is incident_now($incident)->{acknowledged_by}, 'Ops', 'in the name of the receiver';
    is_deeply $events->next('change')->{data}, {type => 'incident', action => 'acknowledged',
        id => $incident}, 'dashboards are told';
    is_deeply [($nobody->post("$base/$token"))[0, 1]],
        [409, {errors => 'This incident has already been acknowledged'}], 'once';
    is +($nobody->get("$base/$token"))[1]{data}{attributes}{acknowledged_by}, 'Ops',
        'the link tells who did';
    $ann->post("/api/v3/incidents/$incident/resolve", {});
    is_deeply [($nobody->post("$base/$token"))[0, 1]],
        [409, {errors => 'This incident has already been resolved'}], 'and not what is over';
    is +($nobody->get("$base/$token"))[1]{data}{attributes}{state}, 'resolved';
    $ann->send('DELETE', "/api/v3/incidents/$incident");
    is_deeply [($nobody->send($_, "$base/$token"))[0, 1]], [404, $gone],
        "$_: an incident that is gone is as a bad signature" for qw(GET POST);
};

# Nobody finds out by the time it takes which incidents there are: the same is done for each.
subtest 'time' => sub {
    my $there = incident();
    links();
    my $steps = sub {
        my ($given) = @_;
        my $key = key();
        my $log = $stack->sql("set track_functions = 'all'; set betterstack.key_sign = '$key'; select status from api.acknowledge_get('$given');
            select string_agg(schemaname || '.' || funcname || ' ' || calls, ', ' order by 1) from (
                select schemaname, funcname, sum(calls) as calls from pg_stat_xact_user_functions group by 1, 2) f");
        my ($status, $calls) = split /\n/, $log;
        is $status, 404, 'refused';
        return $calls;
    };
    my $gone = $steps->($token);
    like $gone, qr/core\.acknowledge_token_read 1/, 'the steps for an incident that is gone';
    is $steps->($token =~ s/^\d+/$there/r), $gone,
        'the same for a bad signature of one that is there';
    is $steps->($token =~ s/^\d+/999999/r), $gone, 'and of one that never was';
    is $steps->($token =~ s/.$/$& eq '0' ? '1' : '0'/er), $gone,
        'and for a signature of which one digit is wrong';
};

subtest 'its time, and its receiver' => sub {
    my $second = incident();
    my $mine = (map { $_->[1] // () } links())[-1];
    is +($nobody->get("$base/$mine"))[0], 200, 'a link';
    my $of_person = sub {
        my ($receiver, $expires) = @_;
        my $content = "$second.$receiver." . int($expires);
        return "$content." . Digest::SHA::hmac_sha256_hex("acknowledge $content", key());
    };
    my $user = $stack->sql("select id from betterstack.app_user where email = 'ann\@example.com'");
    is +($nobody->get("$base/" . $of_person->("u$user", time - 1)))[0], 404,
        'when its time is over';
    my ($status, $data) = $nobody->get("$base/" . $of_person->("u$user", time + 60));
    is_deeply [$status, $data->{data}{attributes}{receiver_name}], [200, 'Ann'],
        'a person is called by name, not by address';
    BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
    my $bob = $stack->sql("select id from betterstack.app_user where email = 'bob\@example.com'");
    is +($nobody->get("$base/" . $of_person->("u$bob", time + 60)))[0], 404,
        'who is not in the team has no link';
    $ann->send('DELETE', "/api/v2/channels/$channel");
    is_deeply [($nobody->send($_, "$base/$mine"))[0, 1]], [404, $gone],
        "$_: nor has a channel that was deleted" for qw(GET POST);
    is incident_now($second)->{acknowledged_at}, undef;
    is +($nobody->post("$base/" . $of_person->("u$user", time + 60)))[0], 200;
    is incident_now($second)->{acknowledged_by}, 'Ann', 'acknowledged by the person';
};

# The key of the hub's signatures, as RFC 5869 derives it from betterstack_secret.
sub key {
    require Digest::SHA;
    open my $file, '<:raw', $stack->state . '/secret' or die "secret: $!\n";
    my $secret = do { local $/; <$file> };
    return Digest::SHA::hmac_sha256_hex("betterstack signed links v1\x01",
        Digest::SHA::hmac_sha256(Digest::SHA::sha256($secret), "\0" x 32));
}

unlike $stack->log_text('nginx-access'), qr{/acknowledge/\d}, 'no link is in a log';
is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';
done_testing;
