# Channels and contacts over HTTP: their shape, who sees them, what is refused, and that no secret ever comes back.

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
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my ($channels, $contacts) = ('/api/v2/channels', '/api/v2/me/contacts');
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $secret = 'xoxb-never-to-be-seen-again';
my @days = qw(mon tue wed thu fri sat sun);

sub make {
    my ($who, $base, %body) = @_;
    my ($status, $data) = $who->post($base, {name => 'Ops', kind => 'slack',
        secrets => {url => "https://hooks.example/$secret"}, %body});
    is $status, 201, 'made' or diag explain $data;
    return $data->{data};
}
# The errors of a body that is refused.
sub refused {
    my ($what, $body, $path) = @_;
    my ($status, $data) = $path ? $ann->patch($path, $body) : $ann->post($channels, $body);
    is $status, 422, "$what: refused";
    return ref $data ? $data->{errors} : $data;
}

subtest 'a channel' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my $made = make($ann, $channels, quiet_from => '22:00', quiet_to => '07:00',
        quiet_timezone => 'Europe/Berlin', repeat_every => 600);
    my ($id, %got) = ($made->{id}, %{$made->{attributes}});
    like(JSON::PP->new->encode($made), qr/"id":"\d+"/, 'ids are strings');
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_
        for qw(created_at updated_at);
    is_deeply \%got, {name => 'Ops', kind => 'slack', kind_title => 'Slack', settings => {},
        secrets_set => ['url'], enabled => $true,
        all_incidents => $true, events => [qw(started acknowledged resolved reopened reminder)],
        repeat_every => 600, rate_limit => 30,
        quiet_from => '22:00:00', quiet_to => '07:00:00', quiet_timezone => 'Europe/Berlin',
        quiet_days => \@days, problem => undef,
        team_name => 'Ann', health => {last_sent_at => undef, failing => $false,
            last_error => undef, last_error_at => undef}}, 'its shape';
    is_deeply $events->next('change')->{data}, {type => 'channel', action => 'created', id => $id},
        'dashboards are told';
    is_deeply +($ann->get("$channels/$id"))[1]{data}, $made, 'get answers the same';

    my ($status, $data) = $ann->patch("$channels/$id", {name => 'Everybody', events => ['started'],
        quiet_from => undef, quiet_to => undef});
    is $status, 200, 'changed';
    is_deeply [@{$data->{data}{attributes}}{qw(name events quiet_from secrets_set)}],
        ['Everybody', ['started'], undef, ['url']],
        'what is named, and nothing else';
    ($status, $data) = $ann->patch("$channels/$id", {events => undef});
    is scalar @{$data->{data}{attributes}{events}}, 5, 'null is the default';
    is_deeply refused('without its secret', {secrets => {url => undef}}, "$channels/$id"),
        {'secrets.url' => ['is required']};
    is_deeply refused('another kind', {kind => 'teams'}, "$channels/$id"),
        {kind => ['cannot be changed: make another channel']};
    is +($ann->delete("$channels/$id"))[0], 204, 'deleted';
    is +($ann->get("$channels/$id"))[0], 404, 'gone';
    is +($ann->$_("$channels/$id"))[0], 404 for qw(delete);
};

subtest 'what is refused' => sub {
    is_deeply refused('nothing', {}), {name => ['is required'],
        kind => [refused('x', {name => 'x', kind => 'x'})->{kind}[0]]};
    like refused('a kind', {name => 'x', kind => 'pigeon'})->{kind}[0],
        qr/^must be one of email, alertmanager, /, 'the kinds are named';
    is_deeply refused('the lot', {name => 'x' x 256, kind => 'webhook',
        settings => {url => 'ftp://a/', method => 'BREW', colour => 'red'},
        secrets => {headers => {"a b" => 'x'}}, events => ['eaten'], repeat_every => 1,
        rate_limit => 0, quiet_from => '25:00', enabled => 'yes',
        quiet_days => 'mon', colour => 1, ways => [], id => '7', secrets_set => []}), {
        name => ['must be at most 255 characters long'],
            'settings.url' => ['must be a URL, like https://example.com/path'],
        'settings.method' => ['must be one of POST, PUT, PATCH, GET, DELETE, HEAD'],
        'settings.colour' => ['is not a known setting of this kind'],
        'secrets.headers' => ['must be an object of HTTP headers'],
        repeat_every => ['must be between 60 and 604800, or null'],
        rate_limit => ['must be between 1 and 600'],
        events => ['must be a list of started, acknowledged, resolved, reopened, comment, reminder'],
        quiet_from => [refused('x', {name => 'x', kind => 'webhook',
            settings => {url => 'http://a/'}, quiet_from => '25:00',
            quiet_to => '01:00'})->{quiet_from}[0]],
        quiet_to => ['is required together with quiet_from'],
        quiet_days => ['must be a list of mon, tue, wed, thu, fri, sat, sun'],
        enabled => ['must be true or false'], colour => ['is not a known attribute'],
        id => ['is read-only'], secrets_set => ['is read-only'],
        ways => ["belongs to a person's own contacts (/api/v2/me/contacts)"]}, 'each by its name';
    my %why = ('http://' => 'must name a host',
        'https://user:pw@a/' => 'must not contain a user name or password',
        'http://a:70000/' => 'has a port that is not between 1 and 65535',
        'http://1.2.3.999/' => 'has a host that is neither a name nor an address',
        'http://[::g]/' => 'has a host that is neither a name nor an address',
        "http://a/\nHost: b" => 'must not contain control characters',
        'http://a/ b' => 'must not contain spaces',
        'javascript:alert(1)' => 'must be a URL, like https://example.com/path',
        'file:///etc/passwd' => 'must be a URL, like https://example.com/path',
        'http://a/' . 'x' x 2048 => 'must be at most 2048 characters long');
    is_deeply refused("a URL", {name => 'x', kind => 'webhook', settings => {url => $_}}),
        {'settings.url' => [$why{$_}]}, substr $_, 0, 20
        for sort keys %why;
    is_deeply [sort keys %{refused('odd types', {name => ['x'], kind => 'webhook', settings => [],
        secrets => 7, events => {}, rate_limit => '30',
        quiet_timezone => 5, quiet_days => [1], all_incidents => undef, repeat_every => 1e30})}],
        [qw(events name quiet_days quiet_timezone rate_limit repeat_every secrets settings)];
    is +($ann->post($channels, $_))[0], 400, 'no JSON' for '{"name":', "{\"name\":\"\xff\"}",
        '{"name":"a\u0000"}';
    is +($ann->post($channels, '[]'))[0], 400, 'no object';
    my $long = {map { ("k$_" => 'x') } 1 .. 4000};
    is +($ann->post($channels, {name => 'x', kind => 'webhook', $_ => $long}))[0], 422,
        "thousands of $_" for qw(settings secrets);
    is $stack->sql("set statement_timeout = '10s'; select count(*) from jsonb_object_keys(core.check_channel_part('{}',
        (select jsonb_object_agg(n, 1) from generate_series(1, 30000) n), 'settings', '{}'))"),
    30000, 'which take no time to speak of';
    is +($ann->get("$channels?kind=pigeon"))[0], 422, 'a list of no kind';
    is +($ann->send('PUT', $channels, {}))[0], 405;
};

subtest 'secrets' => sub {
    my $made = make($ann, $channels, kind => 'webhook', settings => {url => 'https://example.com/'},
        secrets => {signing_secret => $secret, headers => {Authorization => "Bearer $secret"},
            password => $secret});
    is_deeply $made->{attributes}{secrets_set}, [qw(headers password signing_secret)],
        'their names are told';
    my $id = $made->{id};
    my ($status, $data) = $ann->patch("$channels/$id",
        {secrets => {password => undef, signing_secret => "$secret!"}});
    is_deeply $data->{data}{attributes}{secrets_set}, [qw(headers signing_secret)],
        'null takes one away';
    is_deeply refused('another server', {settings => {url => 'https://evil.example/'}},
        "$channels/$id"),
        {map { ("secrets.$_" => ['is to be given again, because settings.url changes']) } qw(headers
            signing_secret)},
        'nobody has secrets sent elsewhere that he may not read';
    is +($ann->patch("$channels/$id", {settings => {url => 'https://example.com/elsewhere'}}))[0],
        200, 'another path is fine';
    ($status, $data) = $ann->patch("$channels/$id", {settings => {url => 'https://example.com/',
        username => '', content_type => ' '},
        secrets => {headers => '', password => ' '}});
    is_deeply [$status, @{$data->{data}{attributes}}{qw(settings secrets_set)}],
        [200, {url => 'https://example.com/'}, ['signing_secret']],
        'what a form leaves empty is not set';
    my $answers = join "\n", map { JSON::PP->new->encode(($ann->get($_))[1]) } $channels,
        "$channels/$id", "$channels?kind=slack";
    $answers .= JSON::PP->new->encode(refused('a mistake beside it',
        {secrets => {signing_secret => [$secret]}}, "$channels/$id"));
    unlike $answers, qr/\Q$secret/, 'no answer has one';
    unlike $stack->sql("select string_agg(c::text, ' ') from betterstack.channel c"), qr/\Q$secret/,
        'no table has one as it is';
    unlike $stack->log_text($_), qr/\Q$secret/, "nor the log of $_"
        for qw(nginx-error nginx-access postgres);
    $stack->sql("update betterstack.channel set secrets = '\\x00' where id = $id");
    ($status, $data) = $ann->get("$channels/$id");
    like $data->{data}{attributes}{problem}, qr/cannot be read: betterstack_secret has changed/,
        'what another key has sealed is said to be so';
    ($status, $data) = $ann->patch("$channels/$id", {secrets => {signing_secret => 'new'}});
    is_deeply [$status, @{$data->{data}{attributes}}{qw(problem secrets_set)}],
        [200, undef, ['signing_secret']], 'and mended by giving it anew';
};

subtest 'contacts' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($contacts, {name => "Ann's phone", kind => 'ntfy',
        settings => {topic => 'ann'}, ways => ['push', 'critical_alert']});
    is $status, 201 or diag explain $data;
    my $id = $data->{data}{id};
    is $data->{data}{type}, 'contact';
    is_deeply $data->{data}{attributes}{ways}, ['push', 'critical_alert'];
    ok !exists $data->{data}{attributes}{all_incidents}, 'a person is told by policies';
    is_deeply $events->next('change')->{data}, {type => 'contact', action => 'created', id => $id},
        'dashboards are told';
    is_deeply [map { $_->{id} } @{($ann->get($contacts))[1]{data}}], [$id], 'listed';
    ok !(grep { $_->{id} eq $id } @{($ann->get($channels))[1]{data}}),
        'not among the channels of the team';
    is +($ann->get("$channels/$id"))[0], 404, 'nor found there';
    ($status, $data) = $ann->patch("$contacts/$id", {ways => ['sms', 'sms'],
        all_incidents => $true});
    is_deeply $data->{errors},
        {ways => ['must be a list of call, sms, email, push, critical_alert'],
        all_incidents => ["belongs to a team's channels: policies tell a person"]};
    is +($ann->patch("$contacts/$id", {enabled => $false}))[0], 200, 'turned off';

    # Another person of the same team sees that somebody was told, and never how.
    my $team = $stack->sql("select team_id from betterstack.channel where id = $id");
    $stack->sql("insert into betterstack.membership (user_id, team_id, role) select id, $team, 'owner' from betterstack.app_user where email = 'bob\@example.com';
        update betterstack.credential set team_id = $team where user_id = (select id from betterstack.app_user where email = 'bob\@example.com')");
    is +($bob->get("$contacts/$id"))[0], 404, 'a colleague does not see it';
    is +($bob->patch("$contacts/$id", {enabled => $true}))[0], 404, 'nor change it';
    is +($bob->delete("$contacts/$id"))[0], 404, 'nor delete it';
    is +($bob->post("$contacts/$id/test"))[0], 404, 'nor try it';
    is +($bob->get("$channels/$id"))[0], 404;
    ok scalar @{($bob->get($channels))[1]{data}}, 'but the channels of the team';
    is +($ann->delete("$contacts/$id"))[0], 204, 'deleted by its owner';
};

subtest 'limits, lists, strangers' => sub {
    my $eve = BetterStack::Client->new($stack)->sign_up('eve@example.com', 'Eve');
    my $id = make($eve, $channels)->{id};
    for my $stranger ($ann) {
        is +($stranger->get("$channels/$id"))[0], 404, 'another team does not see it';
        is +($stranger->patch("$channels/$id", {name => 'x'}))[0], 404;
        is +($stranger->delete("$channels/$id"))[0], 404;
        is +($stranger->post("$channels/$id/test"))[0], 404;
    }
    is +(BetterStack::Client->new($stack)->get($_))[0], 401, "nobody gets nothing of $_"
        for $channels, $contacts, '/api/v2/channel-kinds';
    $stack->sql("insert into betterstack.channel (team_id, name, kind) select c.team_id, n::text, 'teams' from betterstack.channel c, generate_series(1, 98) n where c.id = $id");
    make($eve, $channels);
    my ($status, $data) = $eve->post($channels, {name => 'x', kind => 'ntfy',
        settings => {topic => 'x'}});
    is_deeply [$status, $data->{errors}],
        [422, {name => ['cannot be added: a team has at most 100 channels; delete some first']}],
        'a hundred is all';
    ($status, $data) = $eve->get("$channels?kind=teams&per_page=20&page=2");
    is_deeply [map { $_->{attributes}{name} } @{$data->{data}}], [21 .. 40], 'a page';
    like $data->{pagination}{next}, qr{^http://.*/api/v2/channels\?kind=teams&per_page=20&page=3$},
        'and where the next one is';
    is +($eve->post($contacts, {name => "c$_", kind => 'ntfy', settings => {topic => 'x'}}))[0], 201
        for 1 .. 20;
    ($status, $data) = $eve->post($contacts, {name => 'x', kind => 'ntfy',
        settings => {topic => 'x'}});
    is_deeply [$status, $data->{errors}],
        [422, {name => ['cannot be added: a person has at most 20 contacts; delete some first']}];
};

subtest 'kinds' => sub {
    my ($status, $data) = $ann->get('/api/v2/channel-kinds');
    is $status, 200;
    my %kind = map { $_->{id} => $_->{attributes} } @{$data->{data}};
    is $data->{data}[0]{type}, 'channel_kind';
    is $data->{data}[0]{id}, 'email', 'what everybody has comes first';
    cmp_ok scalar keys %kind, '>=', 18, 'all of them';
    is_deeply $kind{telegram}{secrets}, {token => {type => 'token', required => $true}},
        'with the rules of what they take';
    is_deeply [@{$kind{email}}{qw(title ways available problem)}], ['E-mail', ['email'], $false,
        'No mail server is set up for this installation'];
    is_deeply [@{$kind{slack}}{qw(available problem)}], [$true, undef];
    is_deeply $kind{twilio_voice}{ways}, ['call'];
};

is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';
done_testing;
