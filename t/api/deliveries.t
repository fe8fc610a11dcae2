# Deliveries over HTTP: the log, tries with what the provider said, tests, trying again, and live events of
# every change.  The agent is played by the test, but for the last part.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib", "$FindBin::Bin/../agent/lib";
use JSON::PP;
use POSIX ();
use Test::More;

use BetterStack::Agent ();
use BetterStack::Agent::Sink;
use BetterStack::Client;
use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack qw(wait_for);
use BetterStack::Wire qw(pack_report);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $log = '/api/v2/deliveries';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $secret = 'hunter2-hunter2';

# A report of an agent that delivers; what it is given to send.
sub report {
    my (@outcomes) = @_;
    my $flag = "\xc3";
    my $reply = $stack->request('POST', '/agent/v1/report',
        {content => pack_report([], deliver => \$flag,
        @outcomes ? (deliveries => \@outcomes) : ()),
    headers => {'Content-Type' => 'application/msgpack',
        Authorization => 'Bearer ' . $stack->region_token('local-a')}});
    is $reply->{status}, 200, 'the report is taken';
    return @{msgpack_decode($reply->{content})->{deliveries}};
}
sub channel {
    my ($who, %body) = @_;
    my ($status, $data) = $who->post('/api/v2/channels', {name => 'Ops', kind => 'webhook',
        settings => {url => "https://example.com/hook"}, secrets => {signing_secret => $secret},
        %body});
    is $status, 201, 'a channel' or diag explain $data;
    return $data->{data}{id};
}
sub delivery { my ($id, $who) = @_; return ($who // $ann)->get("$log/$id") }
sub attributes { return (delivery(@_))[1]{data}{attributes} }
sub change {
    my ($events) = @_;
    my $got = $events->next('change');
    return $got ? $got->{data} : undef;
}

my $channel = channel($ann);
my ($tested, $incident);

subtest 'a test' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post("/api/v2/channels/$channel/test");
    is $status, 202, 'taken';
    $tested = $data->{data}{id};
    like(JSON::PP->new->encode($data), qr/"id":"\d+"/, 'ids are strings');
    my %got = %{$data->{data}{attributes}};
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_
        for qw(created_at next_at expires_at);
    like delete $got{key}, qr/^[0-9a-f]{12}-0-test-\d+-c$channel$/, 'its key';
    like delete $got{number}, qr/^\d+$/;
    like delete $got{title}, qr/^This is a test of Ops/;
    ok length delete $got{text};
    is_deeply \%got, {event => 'test', state => 'due', receiver_name => 'Ops', kind => 'webhook',
        kind_title => 'Webhook',
        channel_id => $channel, user_id => undef, incident_id => undef, critical => $false,
        held => $false, attempts => 0, sent_at => undef,
        finished_at => undef, last_error => undef, provider_ref => undef, digest_id => undef,
        tries => []}, 'its shape';
    my %event = (type => 'delivery', id => $tested, incident_id => undef, channel_id => $channel);
    is_deeply change($events), {%event, state => 'due'}, 'dashboards are told';

    my ($leased) = report();
    is_deeply [$leased->[0], $leased->[3]], [$tested, 'webhook'], 'an agent is given it';
    is_deeply change($events), {%event, state => 'leased'}, 'and told that it is under way';
    is attributes($tested)->{state}, 'leased';
    report([$tested, 1, 1, 503, 0, 12, 'HTTP 503: <b>busy</b>', '']);
    is_deeply change($events), {%event, state => 'due'}, 'and that it failed';
    my $now = attributes($tested);
    is_deeply [@{$now}{qw(state attempts last_error)}], ['due', 1, 'HTTP 503: <b>busy</b>'],
        'with the answer of the provider';
    my $health = ($ann->get("/api/v2/channels/$channel"))[1]{data}{attributes}{health};
    like delete $health->{last_error_at}, qr/Z$/;
    is_deeply $health, {failing => $false, last_sent_at => undef,
        last_error => 'HTTP 503: <b>busy</b>'},
        'the channel knows of its first failed try, which is no failure yet';
    $stack->sql('update betterstack.delivery set next_at = now()');
    report();
    is_deeply change($events), {%event, state => 'leased'}, 'under way again';
    report([$tested, 2, 0, 202, 0, 34, 'HTTP 202: ok', 'ref-1']);
    is_deeply change($events), {%event, state => 'sent'}, 'and that it was sent';
    $now = attributes($tested);
    is_deeply [@{$now}{qw(state attempts last_error provider_ref next_at)}], ['sent', 2, undef,
        'ref-1', undef], 'sent';
    ok $now->{sent_at} && $now->{finished_at};
    my @tries = @{$now->{tries}};
    like delete $_->{at}, qr/Z$/ for @tries;
    delete $_->{agent} for @tries;
    is_deeply \@tries, [{attempt => 1, region => 'local-a', outcome => 'failed', http_status => 503,
        detail => 'HTTP 503: <b>busy</b>', duration_ms => 12},
        {attempt => 2, region => 'local-a', outcome => 'sent', http_status => 202,
            detail => 'HTTP 202: ok', duration_ms => 34}], 'every try';
    ok +($ann->get("/api/v2/channels/$channel"))[1]{data}{attributes}{health}{last_sent_at},
        'the channel knows';
    is +($ann->post("/api/v2/channels/$channel/test", {really => $true}))[0], 422,
        'what means nothing is refused';
};

subtest 'too many tests' => sub {
    is +($ann->post("/api/v2/channels/$channel/test"))[0], 202 for 2 .. 10;
    my ($status, $data) = $ann->post("/api/v2/channels/$channel/test");
    is_deeply [$status, $data],
        [429, {errors => 'At most 10 tests a minute can be sent: wait a little'}], 'ten a minute';
    my $other = channel($ann);
    is +($ann->post("/api/v2/channels/$other/test"))[0], 202, 'of each channel';
    is +($ann->delete("/api/v2/channels/$other"))[0], 204;
    $stack->sql("update betterstack.delivery set created_at = created_at - interval '1 minute'");
    is +($ann->post("/api/v2/channels/$channel/test"))[0], 202, 'a minute later';
    my @children = map { fork // die "fork: $!\n"
        or do { $ann->post("/api/v2/channels/$channel/test") for 1 .. 5; POSIX::_exit(0) } } 1 .. 4;
    waitpid $_, 0 for @children;
    is $stack->sql("select count(*) from betterstack.delivery where event = 'test' and created_at > now() - interval '50 s'
        and channel_id = $channel"), 10, 'however many ask at once';
    $stack->sql("delete from betterstack.delivery where state = 0");
};

subtest 'what people do' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($id) = map { $_->{data}{id} } ($ann->post('/api/v3/incidents',
        {summary => 'Closed', requester_email => 'a@example.com'}))[1];
    my @seen = map { change($events) } 1 .. 2;
    is_deeply [map { join ' ', @$_{qw(type)}, $_->{state} // $_->{action} } @seen],
        ['incident opened', 'delivery due'], 'is told with the messages it leads to';
    is_deeply [@{$seen[1]}{qw(incident_id channel_id)}], [$id, $channel], 'which they are';
    is +($ann->post("/api/v3/incidents/$id/resolve"))[0], 200;
    @seen = map { change($events) } 1 .. 3;
    is_deeply [map { $_->{state} // $_->{action} } @seen], [qw(resolved superseded due)],
        'all of them';
    is +($ann->delete("/api/v3/incidents/$id"))[0], 204;
    $stack->sql("delete from betterstack.delivery where thread = $id");
};

subtest 'an incident that nobody takes' => sub {
    $incident = ($ann->post('/api/v3/incidents', {summary => 'The shop is closed',
        requester_email => 'a@example.com'}))[1]{data}{id};
    my $events = $ann->events;
    $events->next('hello');
    my ($given) = report();
    my $id = $given->[0];
    change($events);
    report([$id, 1, 2, 404, 0, 5, 'HTTP 404: who is that?', '']);
    my %seen;
    for (1 .. 20) {
        my $change = change($events) // last;
        $seen{$change->{type}} = $change if $change->{type} ne 'delivery' || $change->{id} eq $id;
        last if $seen{delivery} && $seen{incident};
    }
    is_deeply $seen{delivery}, {type => 'delivery', id => $id, incident_id => $incident,
        channel_id => $channel, state => 'undeliverable'},
        'dashboards are told';
    is $seen{incident}{id}, $incident, 'and of the incident, whose timeline has it';
    my $health = ($ann->get("/api/v2/channels/$channel"))[1]{data}{attributes}{health};
    is_deeply [@{$health}{qw(failing last_error)}], [$true, 'HTTP 404: who is that?'],
        'the channel fails';
    ok $health->{last_error_at};
    is_deeply [@{attributes($id)}{qw(event state incident_id number)}], ['started', 'undeliverable',
        $incident, 1];

    my ($status, $data) = $ann->post("$log/$id/retry");
    is_deeply [$status, $data->{data}{attributes}{state}], [200, 'due'], 'again';
    is +($ann->post("$log/$id/retry"))[0], 409, 'only what could not be delivered';
    is +($ann->post("$log/$id/retry", {now => 1}))[0], 422;
    my @given = report();
    is_deeply [grep { $_->[0] == $id } @given] ? 1 : 0, 1, 'it is given out again';
    report([$id, 2, 0, 200, 0, 5, '', '']);
    is attributes($id)->{state}, 'sent';
    is +($ann->get("/api/v2/channels/$channel"))[1]{data}{attributes}{health}{failing}, $false,
        'all is well';
    $stack->sql("update betterstack.delivery set state = 0, finished_at = null, attempts = 3 where id = $id");
    is +($ann->get("/api/v2/channels/$channel"))[1]{data}{attributes}{health}{failing}, $true,
        'three failures under way are one, too';
    $stack->sql("update betterstack.delivery set state = 3, finished_at = now(), channel_id = null, receiver = 'c999' where id = $id");
    is +($ann->post("$log/$id/retry"))[0], 409, 'nothing is tried again where nobody is';
};

subtest 'the log' => sub {
    my ($status, $data) = $ann->get($log);
    is $status, 200;
    my @ids = map { $_->{id} } @{$data->{data}};
    is_deeply \@ids, [sort { $b <=> $a } @ids], 'newest first';
    ok !exists $data->{data}[0]{attributes}{tries}, 'without the tries';
    my $count = sub { return scalar @{($ann->get("$log?$_[0]"))[1]{data} // []} };
    is $count->("incident_id=$incident"), 1, 'of an incident';
    is $count->("incident_id=$incident&state=undeliverable"), 1, 'in a state';
    is $count->("incident_id=$incident&state=sent"), 0;
    is $count->("event=test"), 1, 'of an event';
    is $count->("channel_id=$channel"), 1, 'of a channel';
    is $count->("contact_id=$channel"), 1;
    ($status, $data) = $ann->get("$log?per_page=1&state=sent");
    is_deeply [map { $_->{id} } @{$data->{data}}], [$tested];
    is_deeply [@{$data->{pagination}}{qw(prev next)}], [undef, undef], 'one page';
    for my $wrong ('incident_id=x', 'channel_id=-1', 'contact_id=1e9', 'state=lost', 'event=eaten',
        'page=0', 'per_page=1000', "channel_id=1&contact_id=1",
        "incident_id=1%27%20or%201=1", 'incident_id=9999999999') {
        my ($name) = $wrong =~ /(\w+)=[^=]*$/;
        is +($ann->get("$log?$wrong"))[0], 422, "$wrong is refused";
    }
    is_deeply [($bob->get($log))[1]{data}], [[]], 'another team sees nothing';
    is +(delivery($tested, $bob))[0], 404;
    is +($bob->post("$log/$tested/retry"))[0], 404;
    is +(BetterStack::Client->new($stack)->get($log))[0], 401, 'nobody even less';
    is +(delivery(10 ** 17))[0], 404;
};

subtest 'only those who watch are told' => sub {
    $stack->sql('update betterstack.audience set until = now()');
    is $stack->sql("select count(*) from (select core.delivery_publish(d) from betterstack.delivery d) p, core.delivery_news(now())"), 0, 'nobody watches';
    $stack->sql("update betterstack.audience set until = now() + interval '1 minute'");
    is $stack->sql("with p as materialized (select count(core.delivery_publish(d)) as n from betterstack.delivery d, generate_series(1, 5000))
        select length(current_setting('betterstack.delivery_news')) < core.delivery_news_max() + 100 from p where n > 5000"), 't', 'and only so much';
    my $events = $bob->events;
    $events->next('hello');
    $ann->post("/api/v2/channels/$channel/test");
    report();
    $bob->post('/api/v2/channels', {name => 'x', kind => 'ntfy', settings => {topic => 'x'}});
    is change($events)->{type}, 'channel', 'of the own team';
    $stack->sql('delete from betterstack.delivery where state in (0, 1)');
};

# The whole way: a channel made by REST, a real agent, a provider that remembers.
subtest 'with a real agent' => sub {
    my $whole = BetterStack::Stack->new(regions => 'local-a');
    my $sink = BetterStack::Agent::Sink->new;
    $sink->answers({status => 201, body => "taken, $secret"});
    my $eve = BetterStack::Client->new($whole)->sign_up('eve@example.com', 'Eve');
    my $hook = channel($eve, settings => {url => $sink->url('/hook')});
    my ($status, $data) = $eve->post("/api/v2/channels/$hook/test");
    is $status, 202, 'a test';
    my $id = $data->{data}{id};
    ok wait_for(sub { attributes($id, $eve)->{state} eq 'sent' }, 30, 'the test to be sent'),
        'sent';
    my ($request) = $sink->requests;
    is $request->{path}, '/hook', 'it arrives';
    is $request->{headers}{'idempotency-key'}, attributes($id, $eve)->{key}, 'under its key';
    like $request->{body}, qr/"event":"test".*This is a test of Ops/, 'and says what it is';
    my ($try) = @{attributes($id, $eve)->{tries}};
    is_deeply [@{$try}{qw(outcome http_status region)}], ['sent', 201, 'local-a'],
        'the log shows how';
    like $try->{detail}, qr/^HTTP 201: taken, \*+$/,
        'and what the provider said, without the secret that it echoes';
    unlike $whole->log_text($_), qr/\Q$secret/, "no secret in the log of $_"
        for qw(nginx-error nginx-access postgres agent-local-a);
    is_deeply [$whole->bad_log_lines], [], 'nothing odd in the logs';
};

is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';
done_testing;
