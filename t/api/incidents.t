# Incidents over HTTP: the documented shape, statuses, filters, pages; who may do what; and one that
# an agent's report opens and closes.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;
use BetterStack::Wire qw(pack_report tick now_ms);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => 'local-a local-b', agents => 0);
my $admin = BetterStack::Client->new($stack, token => $stack->token);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $base = '/api/v3/incidents';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

sub made {
    my ($who, %body) = @_;
    my ($status, $data) = $who->post($base, {summary => 'The shop is closed', %body});
    is $status, 201, 'made';
    return $data->{data}{id};
}
sub clear { $stack->sql('delete from betterstack.incident') }

my %documented = (name => 'string', url => 'null', http_method => 'null', cause => 'string', incident_group_id => 'null',
    started_at => 'time', acknowledged_at => 'null', acknowledged_by => 'null', resolved_at => 'null', resolved_by => 'null',
    status => 'string', team_name => 'string', response_content => 'null', response_options => 'null', regions => 'null',
    response_url => 'null', screenshot_url => 'null', origin_url => 'null', escalation_policy_id => 'null', call => 'boolean',
    sms => 'boolean', email => 'boolean', push => 'boolean', critical_alert => 'boolean', metadata => 'object',
    ssl_certificate_expires_at => 'null', domain_expires_at => 'null');

sub kind_of {
    my ($value) = @_;
    return !defined $value ? 'null' : ref $value eq 'HASH' ? 'object' : ref $value eq 'ARRAY' ? 'array'
        : JSON::PP::is_bool($value) ? 'boolean' : $value =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ ? 'time'
        : $value =~ /^\d+$/ ? 'number' : 'string';
}

subtest 'made by hand, in the documented shape' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {requester_email => 'carl@example.com', name => 'Shop', summary => 'It is closed',
        description => "Nobody can buy.\nAnything.", metadata => {Ticket => 'T-1', Owners => ['a', {type => 'String', value => 'b'}]},
        call => $false, email => undef});
    is $status, 201;
    is $data->{data}{type}, 'incident';
    my $id = $data->{data}{id};
    like(JSON::PP->new->encode($data), qr/"id":"\d+"/, 'ids are strings');
    my $i = $data->{data}{attributes};
    is_deeply {map { $_ => kind_of($i->{$_}) } keys %documented}, \%documented, 'every attribute, of its type';
    ok exists $i->{$_}, $_ for keys %documented;
    is_deeply [@{$i}{qw(name cause description requester_email status state kind team_name)}],
        ['Shop', 'It is closed', "Nobody can buy.\nAnything.", 'carl@example.com', 'Started', 'started', 'manual', 'Ann'];
    is_deeply $i->{metadata}, {Ticket => [{type => 'String', value => 'T-1'}],
        Owners => [{type => 'String', value => 'a'}, {type => 'String', value => 'b'}]}, 'metadata as lists';
    is_deeply $data->{data}{relationships}, {}, 'of no monitor';
    is_deeply $events->next('change')->{data}, {type => 'incident', action => 'opened', id => $id}, 'told to dashboards';
    for my $version (2, 3) {
        ($status, my $same) = $ann->get("/api/v$version/incidents/$id");
        is $status, 200;
        is_deeply $same->{data}{attributes}, $i, "the same in v$version";
    }
    my ($made, $second) = $ann->post($base, {summary => 'No name'});
    is $second->{data}{attributes}{name}, 'No name', 'named by its summary';
};

subtest 'what is refused' => sub {
    my %wrong = (
        'summary is required' => [{}, 'summary'], 'not a blank one' => [{summary => ' '}, 'summary'],
        'not a number' => [{summary => 5}, 'summary'], 'too long' => [{summary => 'x' x 501}, 'summary'],
        'two lines' => [{summary => "a\nb"}, 'summary'], 'name' => [{name => 'x' x 256}, 'name'],
        'an address' => [{requester_email => 'nobody'}, 'requester_email'],
        'calls' => [{call => 1}, 'call'], 'texts' => [{sms => 'x'}, 'sms'], 'mail' => [{email => []}, 'email'],
        'push' => [{push => 0}, 'push'], 'critical' => [{critical_alert => 'true'}, 'critical_alert'],
        'wait' => [{team_wait => -1}, 'team_wait'], 'policies' => [{policy_id => '7'}, 'policy_id'],
        'read-only' => [{status => 'Resolved'}, 'status'], 'unknown' => [{colour => 'red'}, 'colour'],
        'metadata' => [{metadata => 'x'}, 'metadata'], 'of another type' => [{metadata => {a => {type => 'User', value => '1'}}}, 'metadata'],
        'nested' => [{metadata => {a => {value => {}}}}, 'metadata'], 'without key' => [{metadata => {'' => 'x'}}, 'metadata'],
        'long values' => [{metadata => {a => 'x' x 1001}}, 'metadata'], 'a foreign team' => [{team_name => 'Bob'}, 'team_name'],
    );
    for my $name (sort keys %wrong) {
        my ($body, $field) = @{$wrong{$name}};
        my ($status, $data) = $ann->post($base, exists $body->{summary} || $field eq 'summary' ? $body : {summary => 'x', %$body});
        is $status, 422, $name;
        is_deeply [keys %{$data->{errors}}], [$field], "$name: by name";
    }
    is +($ann->post($base, '[]'))[0], 400, 'a list';
    is +($ann->post($base, '{'))[0], 400, 'half an object';
    my $id = made($ann, team_name => 'Ann');
    my ($status, $data) = $ann->post("$base/$id/escalate", {escalation_type => 'User', user_email => 'x@example.com'});
    is $status, 422, 'nobody of the team';
    is_deeply [keys %{$data->{errors}}], ['user_email'], 'by name';
    is +($ann->get($base . '/0'))[0], 404;
    is +($ann->get($base . '/999999999999999999'))[0], 404;
    is +($ann->send('PUT', "$base/$id", {}))[0], 405;
};

subtest 'acknowledge, resolve, reopen, delete' => sub {
    my $id = made($ann);
    my ($status, $data) = $ann->post("$base/$id/acknowledge", {acknowledged_by => 'Carl'});
    is $status, 200;
    is $data->{data}{attributes}{status}, 'Acknowledged';
    is $data->{data}{attributes}{acknowledged_by}, 'Carl';
    is kind_of($data->{data}{attributes}{acknowledged_at}), 'time';
    is +($ann->post("$base/$id/acknowledge", {}))[0], 409, 'again';

    ($status, $data) = $ann->post("$base/$id/resolve");
    is $status, 200, 'without a body';
    is $data->{data}{attributes}{resolved_by}, 'Ann';
    is $data->{data}{attributes}{status}, 'Resolved';
    is +($ann->post("$base/$id/resolve"))[0], 409, 'again';
    is +($ann->post("$base/$id/acknowledge"))[0], 409, 'what is resolved';

    ($status, $data) = $ann->post("$base/$id/reopen");
    is $status, 200;
    is $data->{data}{attributes}{status}, 'Started';
    is +($ann->post("$base/$id/reopen"))[0], 409, 'again';

    is +($ann->post("$base/$id/resolve", {resolved_by => 5}))[0], 422, 'a name is text';
    is +($ann->post("$base/$id/resolve", {by => 'x'}))[0], 422, 'no other fields';
    is +($ann->send('POST', "$base/$id/resolve", 'resolved_by=x', {'Content-Type' => 'application/x-www-form-urlencoded'}))[0], 415,
        'a form';
    is +($ann->post("$base/$id/resolve", 'x'))[0], 400, 'no JSON';

    is +($ann->delete("$base/$id"))[0], 204;
    is +($ann->get("$base/$id"))[0], 404;
    is +($ann->delete("$base/$id"))[0], 404;
    is +($ann->post("$base/$id/acknowledge"))[0], 404;
};

subtest 'comments' => sub {
    my $id = made($ann);
    my $comments = "/api/v2/incidents/$id/comments";
    my ($status, $data) = $ann->post($comments, {content => "**Looking** into it\n<script>"});
    is $status, 201;
    is $data->{data}{type}, 'incident_comment';
    is_deeply [@{$data->{data}{attributes}}{qw(content user_email user_name)}],
        ["**Looking** into it\n<script>", 'ann@example.com', 'Ann'];
    my $cid = $data->{data}{id};
    is +($ann->get("$comments/$cid"))[1]{data}{attributes}{content}, "**Looking** into it\n<script>";
    ($status, $data) = $ann->patch("$comments/$cid", {content => 'Found it'});
    is $status, 200;
    is $data->{data}{attributes}{content}, 'Found it';
    is +($ann->post($comments, {content => $_}))[0], 422, 'content is text' for undef, ' ', 5, 'x' x 10001;
    is +($ann->post($comments, {text => 'x'}))[0], 422;
    $ann->post($comments, {content => "comment $_"}) for 1 .. 4;
    ($status, $data) = $ann->get("$comments?per_page=2&page=2");
    is_deeply [map { $_->{attributes}{content} } @{$data->{data}}], ['comment 2', 'comment 3'], 'in order, by pages';
    like $data->{pagination}{next}, qr{/api/v2/incidents/$id/comments\?per_page=2&page=3$};
    my $other = made($ann);
    is +($ann->get("/api/v2/incidents/$other/comments/$cid"))[0], 404, 'a comment of another incident';
    for my $call ([get => "$comments/$cid"], [patch => "$comments/$cid", {content => 'x'}], [delete => "$comments/$cid"],
        [get => $comments], [post => $comments, {content => 'x'}]) {
        my ($method, @rest) = @$call;
        is +($bob->$method(@rest))[0], 404, "$method by another team";
    }
    is +($ann->delete("$comments/$cid"))[0], 204;
    is +($ann->get("$comments/$cid"))[0], 404;
    is +($ann->get("$base/$id"))[1]{data}{attributes}{comments_count}, 4, 'counted';
};

subtest 'the timeline' => sub {
    my $id = made($ann);
    $ann->post("$base/$id/acknowledge");
    $ann->post("/api/v2/incidents/$id/comments", {content => 'Found it'});
    $ann->post("$base/$id/resolve");
    my ($status, $data) = $ann->get("/api/v2/incidents/$id/timeline");
    is $status, 200;
    is_deeply [map { "$_->{type} $_->{attributes}{item_type}: "
            . ($_->{attributes}{data}{title} // $_->{attributes}{data}{content}{text}) } @{$data->{data}}],
        ['timeline_item generic: Resolved by Ann', 'timeline_item comment: Found it', 'timeline_item generic: Acknowledged by Ann',
            'timeline_item generic_card: Created by Ann'], 'newest first';
    is $data->{data}[1]{attributes}{data}{content}{user}{name}, 'Ann';
    is kind_of($data->{data}[0]{attributes}{at}), 'time';
};

subtest 'lists' => sub {
    clear();
    my @ids = map { made($ann, name => "I$_", metadata => {Part => $_ % 2 ? 'odd' : 'even & more'}) } 1 .. 12;
    $ann->post("$base/$ids[0]/resolve");
    $ann->post("$base/$ids[1]/acknowledge");
    $stack->sql("update betterstack.incident set started_at = '2026-01-0$_ 12:00Z' where id = $ids[$_]") for 2 .. 5;
    made($bob);

    my ($status, $data) = $ann->get($base);
    is $status, 200;
    is_deeply [map { $_->{attributes}{name} } @{$data->{data}}], [map { "I$_" } 12, 11, 10, 9, 8, 7, 2, 1, 6, 5], 'ten, newest first';
    ok !exists $data->{included}, 'nothing included';
    ok !exists $data->{data}[0]{attributes}{evidence}, 'no evidence';
    is_deeply $data->{pagination}, {first => $stack->url("$base?page=1"), last => $stack->url("$base?page=2"), prev => undef,
        next => $stack->url("$base?page=2")}, 'links';
    ($status, $data) = $ann->get("$base?per_page=50&page=1");
    is scalar @{$data->{data}}, 12, 'all of them';
    is +($ann->get("$base?$_"))[0], 422, $_ for 'per_page=51', 'per_page=0', 'page=0', 'from=yesterday', 'to=x', 'resolved=maybe',
        'acknowledged=1', 'kind=fire', 'monitor_id=x', 'heartbeat_id=-1';

    my %filter = (
        'resolved=true' => ['I1'], 'resolved=false&acknowledged=true' => ['I2'],
        'from=2026-01-03&to=2026-01-04' => ['I5', 'I4'], 'to=2026-01-02T12:00:01Z' => ['I3'], 'monitor_id=1' => [],
        'heartbeat_id=1' => [], 'team_name=Bob' => [], 'metadata[Part]=even+%26+more&to=2026-01-09' => ['I6', 'I4'],
        'kind=manual&resolved=true' => ['I1'], 'kind=failure' => [], 'metadata[Part]=neither' => [], 'metadata[Nothing]=odd' => [],
    );
    for my $query (sort keys %filter) {
        ($status, $data) = $ann->get("$base?$query");
        is_deeply [map { $_->{attributes}{name} } @{$data->{data}}], $filter{$query}, $query;
    }
    ($status, $data) = $ann->get("$base?metadata[Part]=even+%26+more&per_page=2");
    is $data->{pagination}{next}, $stack->url("$base?per_page=2&metadata%5BPart%5D=even%20%26%20more&page=2"), 'links keep filters';
    ($status, $data) = $ann->get($data->{pagination}{next} =~ s{^http://[^/]*}{}r);
    is scalar @{$data->{data}}, 2, 'and lead there';
};

subtest 'teams' => sub {
    my $id = made($ann);
    for my $call ([get => "$base/$id"], [delete => "$base/$id"], [get => "$base/$id/timeline"],
        map { [post => "$base/$id/$_", {}] } qw(acknowledge resolve reopen escalate)) {
        my ($method, @rest) = @$call;
        is +($bob->$method(@rest))[0], 404, "$method $rest[0] by another team";
        is +(BetterStack::Client->new($stack)->$method(@rest))[0], 401, "$method by nobody";
    }
    is +($ann->get("$base/$id"))[1]{data}{attributes}{status}, 'Started', 'nothing has changed';
    my $own = $stack->sql("select core.incident_begin(null, 'region_silent', now(), true, '{\"region\":\"eu\"}')");
    is +($ann->get("/api/v2/incidents/$own/timeline"))[1]{data}[-1]{attributes}{data}{title}, 'Region eu is silent', 'in words';
    is +($_->get("$base/$own"))[0], 200, 'everybody sees what the installation tells of itself' for $ann, $bob, $admin;
    is +($ann->post("$base/$own/resolve"))[0], 403, 'its administrators act on it';
    is +($admin->post("$base/$own/resolve"))[0], 200;
};

subtest 'from an agent\'s report to the end' => sub {
    my ($status, $data) = $admin->post('/api/v2/monitors', {url => 'http://127.0.0.1:8081/', monitor_type => 'status',
        pronounceable_name => 'Shop', check_frequency => 30});
    my $monitor = $data->{data}{id};
    my $events = $admin->events;
    $events->next('hello');
    my $slot = now_ms() - 5000;
    my $report = sub {
        my (%tick) = @_;
        for my $region (qw(local-a local-b)) {
            my $reply = $stack->request('POST', '/agent/v1/report', {content => pack_report([tick($monitor, ++$slot, %tick)]),
                headers => {'Content-Type' => 'application/msgpack', Authorization => 'Bearer ' . $stack->region_token($region)}});
            is $reply->{status}, 200, "a report of $region";
        }
    };
    $report->();
    $report->(status => 3, reason => 40, http_status => 503, address => '127.0.0.1',
        evidence => JSON::PP->new->encode({phase => 'response', body => "closed <b>", address => '127.0.0.1'}));
    my $event;
    do { $event = $events->next('change') // {data => {type => 'none'}} } until $event->{data}{type} =~ /incident|none/;
    is $event->{data}{action}, 'opened', 'told to dashboards';
    my $id = $event->{data}{id};
    ($status, $data) = $admin->get("$base/$id");
    is $status, 200;
    my $i = $data->{data}{attributes};
    is $i->{cause}, 'Expected status 2xx, got 503, seen from local-a and local-b', 'the cause in words';
    is $i->{http_method}, 'get';
    is $i->{url}, 'http://127.0.0.1:8081/';
    is_deeply $i->{regions}, ['local-a', 'local-b'];
    is_deeply [map { $_->{evidence}{phase} } @{$i->{evidence}}], ['response', 'response'], 'evidence of both';
    like $i->{response_content}, qr/^closed <b>$/, 'what the server said';
    is kind_of($i->{detection}{$_}), 'time', $_ for qw(slot checked_at reported_at suspected_at confirmed_at);
    cmp_ok $i->{detection}{latency_ms}, '>', 0, 'how long it took';
    is_deeply [map { $_->{id} } @{$data->{included}}], [$monitor], 'its monitor is included';
    is $data->{included}[0]{attributes}{status}, 'down', 'as it is now';
    is_deeply $data->{data}{relationships}, {monitor => {data => {id => $monitor, type => 'monitor'}}}, 'and related';
    is +($admin->get("$base?monitor_id=$monitor"))[1]{data}[0]{id}, $id, 'found by it';
    is +($admin->post("$base/$id/acknowledge"))[0], 200;
    $report->();
    is +($admin->get("$base/$id"))[1]{data}{attributes}{status}, 'Resolved', 'over';
    is_deeply [map { $_->{attributes}{what} } reverse @{($admin->get("$base/$id/timeline"))[1]{data}}],
        [qw(response opened confirmed acknowledged resolved)], 'everything in order';
};

done_testing;
