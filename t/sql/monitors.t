use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# Monitors: attributes, what is refused and how, nested headers, lists.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $json = JSON::PP->new->canonical;
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $hub->person('ann');
my $bob = $hub->person('bob');
$root->region($ann, 'local-a');
$root->region($ann, 'local-b');

sub create { return $hub->call('monitor_create', $ann, $json->encode($_[0])) }
sub update { return $hub->call('monitor_update', $ann, $_[0], $json->encode($_[1])) }

my ($status, $body, $team, $event) = create({url => ' https://Example.com:8443/x?y#z ', monitor_type => 'status'});
is($status, 201, 'create');
my $id = $body->{data}{id};
is($id, '1', 'the id is a string');
is($team, 1, 'its event is for the team');
is_deeply($event, {type => 'monitor', action => 'created', id => $id}, 'and names it');
my $attributes = $body->{data}{attributes};
like(delete $attributes->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_)
    for qw(created_at updated_at status_since);
is_deeply($attributes, {
    url => 'https://Example.com:8443/x?y#z', pronounceable_name => 'example.com', monitor_type => 'status',
    check_frequency => 30, request_timeout => 15, regions => undef, http_method => 'get',
    request_body => undef, request_headers => [], auth_username => undef, auth_password => undef,
    expected_status_codes => [], required_keyword => undef, follow_redirects => JSON::PP::true,
    verify_ssl => JSON::PP::true, ip_version => undef, paused => JSON::PP::false, paused_at => undef,
    (map { $_ => undef } qw(port auth_token degraded_threshold proxy_host proxy_port http_version tls_mode
        tls_min_version client_certificate ca_certificates ssl_expiration domain_expiration grpc_service
        database)), client_key_set => JSON::PP::false, expected_status_ranges => [], assertions => [],
    remember_cookies => JSON::PP::true, ping_packets => 3, ping_loss_threshold => 100, dns_record_type => 'A',
    dns_expected_answers => [], confirmation_period => 0, recovery_period => 0, quorum => undef, depends_on => [],
    maintenance_from => undef, maintenance_to => undef, maintenance_timezone => 'UTC', maintenance_until => undef,
    maintenance_days => [qw(mon tue wed thu fri sat sun)],
    (map { $_ => undef } qw(policy_id expiration_policy_id team_wait)), (map { $_ => JSON::PP::false } qw(call sms critical_alert)),
    (map { $_ => JSON::PP::true } qw(email push)),
    team_name => 'ann', status => 'pending', state => 'pending', failure_reason => undef, failure_text => undef, suppressed_by => undef,
    last_checked_at => undef, certificate_expires_at => undef, domain_expires_at => undef, region_states => [],
}, 'every attribute, with its default');
($status, my $got) = $hub->call('monitor_get', $ann, $id);
is_deeply($got->{data}{attributes}{url}, $attributes->{url}, 'get answers the same');

# What is refused, with the words.
my $ok = {url => 'http://a/', monitor_type => 'status'};
my @refused = (
    [{}, {url => 'is required', monitor_type => 'is required'}],
    [[], {url => 'is required', monitor_type => 'is required'}],
    [{%$ok, url => undef, monitor_type => undef}, {url => 'is required', monitor_type => 'is required'}],
    [{%$ok, url => 5}, {url => 'must be a string'}],
    [{%$ok, url => 'ftp://a'}, {url => 'must start with http:// or https://'}],
    [{%$ok, url => "http://a/\r\nX: y"}, {url => 'must not contain control characters'}],
    [{%$ok, url => 'http://a b/'}, {url => 'must not contain spaces'}],
    [{%$ok, url => 'http://user:secret@a/'},
        {url => 'must not contain a user name or password: use auth_username and auth_password'}],
    [{%$ok, url => 'http:///x'}, {url => 'must name a host'}],
    [{%$ok, url => 'http://a..b/'}, {url => 'has a host that is neither a name nor an address'}],
    [{%$ok, url => 'http://a:0/'}, {url => 'has a port that is not between 1 and 65535'}],
    [{%$ok, url => 'http://ä.example/'},
        {url => 'contains “ä”: write names in their xn-- form, and the rest percent-encoded'}],
    [{%$ok, url => 'http://a/' . 'x' x 2048}, {url => 'must be at most 2048 characters long'}],
    [{%$ok, monitor_type => 'playwright'}, {monitor_type => '“playwright” is not supported yet'}],
    (map { [{%$ok, monitor_type => $_}, {monitor_type => 'must be one of status, expected_status_code, keyword, '
        . 'keyword_absence, ping, tcp, udp, smtp, pop, imap, dns, tls, websocket, grpc, redis, postgres, domain'}] }
        'x', ['status']),
    [{%$ok, check_frequency => 0}, {check_frequency => 'must be between 1 and 86400'}],
    [{%$ok, check_frequency => '30'}, {check_frequency => 'must be an integer'}],
    [{%$ok, check_frequency => 1.5}, {check_frequency => 'must be an integer'}],
    [{%$ok, check_frequency => 99999999999}, {check_frequency => 'must be an integer'}],
    [{%$ok, request_timeout => 7}, {request_timeout => 'must be one of 2, 3, 5, 10, 15, 30, 45, 60'}],
    [{%$ok, regions => ['local-a', 'mars']}, {regions => 'does not know the region “mars”'}],
    [{%$ok, regions => []}, {regions => 'must name at least one region, or be null for all'}],
    [{%$ok, regions => 'local-a'}, {regions => 'must be a list of regions, or null for all'}],
    [{%$ok, regions => [1]}, {regions => 'does not know the region “1”'}],
    [{%$ok, regions => ['local-a', undef]}, {regions => 'does not know the region “null”'}],
    [{%$ok, http_method => 'DELETE'}, {http_method => 'must be one of get, head, post, put, patch'}],
    [{%$ok, auth_username => 'a:b'}, {auth_username => 'must not contain a colon'}],
    [{%$ok, auth_password => "a\nb"}, {auth_password => 'must not contain control characters'}],
    [{%$ok, monitor_type => 'expected_status_code'},
        {expected_status_codes => 'is required for the monitor type expected_status_code'}],
    [{%$ok, monitor_type => 'expected_status_code', expected_status_codes => [200, 99]},
        {expected_status_codes => 'must contain only integers between 100 and 599'}],
    [{%$ok, monitor_type => 'expected_status_code', expected_status_codes => ['200']},
        {expected_status_codes => 'must contain only integers between 100 and 599'}],
    [{%$ok, monitor_type => 'keyword'}, {required_keyword => 'is required for the monitor type keyword'}],
    [{%$ok, monitor_type => 'keyword_absence', required_keyword => ''},
        {required_keyword => 'is required for the monitor type keyword_absence'}],
    [{%$ok, follow_redirects => 'yes', verify_ssl => 1, paused => 'x'}, {
        follow_redirects => 'must be true or false', verify_ssl => 'must be true or false',
        paused => 'must be true or false'}],
    [{%$ok, ip_version => 'ipv5'}, {ip_version => 'must be one of ipv4, ipv6, or null'}],
    [{%$ok, pronounceable_name => "a\x{85}b"}, {pronounceable_name => 'must not contain control characters'}],
    [{%$ok, policy_id => 'x', expiration_policy_id => -1, email => 'yes', call => 1, team_wait => 1.5}, {
        policy_id => 'must be an id, or null', expiration_policy_id => 'must be an id, or null',
        email => 'must be true or false', call => 'must be true or false', team_wait => 'must be an integer, or null'}],
    [{%$ok, policy_id => 77, expiration_policy_id => '78'}, {
        policy_id => 'does not know the policy 77', expiration_policy_id => 'does not know the policy 78'}],
    [{%$ok, monitor_group_id => 1}, {monitor_group_id => 'is not supported yet'}],
    [{%$ok, id => '5', status => 'up', created_at => 'x', region_states => [], team_name => 'ann',
        client_key_set => JSON::PP::true}, {
        map { $_ => 'is read-only' } qw(id status created_at region_states team_name client_key_set)}],
    [{%$ok, nonsense => 1, spec => 'x', team_id => 2, doc => 'x'}, {
        map { $_ => 'is not a known attribute' } qw(nonsense spec team_id doc)}],
    [{%$ok, request_headers => {}}, {request_headers => 'must be a list of objects'}],
    [{%$ok, request_headers => ['x', 'y']}, {request_headers => 'must be a list of objects'}],
    [{%$ok, request_headers => [{name => 'A b', value => 'x'}]},
        {request_headers => 'have a name that is not a header name (RFC 9110)'}],
    [{%$ok, request_headers => [{name => 'A', value => "x\r\nB: c"}]},
        {request_headers => 'must have values without line breaks and control characters'}],
    [{%$ok, request_headers => [{name => 'A'}]}, {request_headers => 'must each have a value'}],
    [{%$ok, request_headers => [{value => 'A'}]}, {request_headers => 'must each have a name'}],
    [{%$ok, request_headers => [{name => 'Transfer-Encoding', value => 'chunked'}]},
        {request_headers => 'must not contain Transfer-Encoding: it belongs to the connection'}],
    [{%$ok, request_headers => [{id => '77', name => 'A', value => 'b'}]},
        {request_headers => 'have no header with the id “77”'}],
    [{%$ok, request_headers => [map { {name => "A$_", value => 'b'} } 1 .. 21]},
        {request_headers => 'must be at most 20 in all'}],
    [{%$ok, request_headers => [map { {name => "A$_", value => 'b' x 4096} } 1 .. 20]},
        {request_headers => 'are too large together with request_body'}],
);
for my $case (@refused) {
    my ($given, $errors) = @$case;
    ($status, $body) = create($given);
    is_deeply([$status, $body->{errors}], [422, {map { $_ => [$errors->{$_}] } keys %$errors}],
        'refused: ' . join('; ', map { "$_ $errors->{$_}" } sort keys %$errors));
}
is($root->value('select count(*) from betterstack.monitor'), 1, 'nothing came of these');

# Whatever the types are, there is an answer and no exception.
my @values = (undef, JSON::PP::true, 0, -1, 1.5, 1e30, '', ' ', 'x', "\x{1F600}", [], [[]], {}, [undef], {id => {}});
my @names = (sort(keys %$attributes), 'client_key', 'whatever');
my @raised;
for my $name (@names) {
    for my $value (@values) {
        my $text = $json->encode({%$ok, $name => $value});
        my $error = $hub->error(q{select api.monitor_create('} . $ann . q{', } . BetterStack::Postgres::quote($text) . ')');
        push @raised, "$text: $error" if defined $error;
        $text = $json->encode({$name => $value});
        $error = $hub->error(qq{select api.monitor_update('$ann', 1, } . BetterStack::Postgres::quote($text) . ')');
        push @raised, "$text: $error" if defined $error;
    }
}
is_deeply(\@raised, [], 'no value of any type makes a statement raise');
$root->rows('delete from betterstack.monitor');

# Change.
($status, $body) = create({url => 'http://a/', monitor_type => 'keyword', required_keyword => 'OK',
    regions => ['local-b'], http_method => 'POST', request_body => "a\nb", check_frequency => 1,
    request_headers => [{name => 'X-One', value => '1'}, {name => 'X-Two', value => "2\t2"}],
    ip_version => 'ipv6', auth_username => 'u', auth_password => 'p'});
is($status, 201, 'a monitor with everything') or diag explain $body;
$id = $body->{data}{id};
$attributes = $body->{data}{attributes};
is($attributes->{http_method}, 'post', 'methods are shown in lower case');
is_deeply($attributes->{regions}, ['local-b'], 'regions by slug');
my @headers = @{$attributes->{request_headers}};
is_deeply([map { ref \$_->{id} eq 'SCALAR' && $_->{id} =~ /^\d+$/ ? "$_->{name}=$_->{value}" : 'bad' } @headers],
    ['X-One=1', "X-Two=2\t2"], 'headers have ids');

($status, $body, $team, $event) = update($id, {pronounceable_name => 'Front page'});
is($status, 200, 'update');
is_deeply($event, {type => 'monitor', action => 'updated', id => $id}, 'with its event');
is($body->{data}{attributes}{pronounceable_name}, 'Front page', 'changes what is given');
is($body->{data}{attributes}{required_keyword}, 'OK', 'and nothing else');
is_deeply($body->{data}{attributes}{request_headers}, \@headers, 'headers stay when not given');

($status, $body) = update($id, {request_headers => [
    {id => $headers[0]{id}, value => 'one'}, {id => $headers[1]{id}, _destroy => 'true'},
    {name => 'X-Three', value => '3'}]});
is_deeply([map { "$_->{name}=$_->{value}" } @{$body->{data}{attributes}{request_headers}}],
    ['X-One=one', 'X-Three=3'], 'headers: an id changes, _destroy deletes, no id adds');
is($body->{data}{attributes}{request_headers}[0]{id}, $headers[0]{id}, 'ids last');
($status, $body) = update($id, {request_headers => [{id => $headers[0]{id} + 0, _destroy => JSON::PP::true}]});
is(scalar @{$body->{data}{attributes}{request_headers}}, 1, 'what is not named stays');
my $last = $body->{data}{attributes}{request_headers}[0]{id};
($status, $body) = update($id, {request_headers => [{id => $last, _destroy => JSON::PP::true}, {id => $last, value => 'x'}]});
is_deeply([$status, $body->{errors}], [422, {request_headers => ["have no header with the id “$last”"]}],
    'what is taken away cannot be changed');
($status, $body) = update($id, {request_headers => undef});
is_deeply($body->{data}{attributes}{request_headers}, [], 'null takes all away');

($status, $body) = update($id, {map { $_ => undef } qw(regions http_method request_body check_frequency
    request_timeout auth_username auth_password expected_status_codes follow_redirects ip_version
    pronounceable_name)});
is($status, 200, 'null') or diag explain $body;
is_deeply([@{$body->{data}{attributes}}{qw(regions http_method request_body check_frequency ip_version
    pronounceable_name)}], [undef, 'get', undef, 30, undef, 'a'], 'puts the defaults back');
($status, $body) = update($id, {required_keyword => undef});
is_deeply($body->{errors}, {required_keyword => ['is required for the monitor type keyword']},
    'but not what the kind needs');
($status, $body) = update($id, {monitor_type => 'status', required_keyword => undef});
is($status, 200, 'unless the kind changes too');

# Pause and resume.
($status, $body) = update($id, {paused => JSON::PP::true});
is($body->{data}{attributes}{status}, 'paused', 'pause');
my $paused_at = $body->{data}{attributes}{paused_at};
like($paused_at, qr/Z$/, 'since when');
($status, $body) = update($id, {paused => JSON::PP::true, check_frequency => 60});
is($body->{data}{attributes}{paused_at}, $paused_at, 'twice is once');
($status, $body) = update($id, {paused => JSON::PP::false});
is_deeply([@{$body->{data}{attributes}}{qw(status paused_at)}], ['pending', undef], 'resume');

# The scheduler is told.
my $listener = $db->session('betterstack');
$listener->rows('listen betterstack_monitors');
update($id, {check_frequency => 61});
update($id, {check_frequency => -1});
is_deeply([$listener->notices], [$id], 'a change notifies, a refused one does not');

# Another team sees nothing of it.
is(($hub->call('monitor_get', $bob, $id))[0], 404, 'another team cannot read it');
is(($hub->call('monitor_update', $bob, $id, '{"paused":true}'))[0], 404, 'nor change it');
is(($hub->call('monitor_delete', $bob, $id))[0], 404, 'nor delete it');
is_deeply(($hub->call('monitor_list', $bob, '{}'))[1]{data}, [], 'nor list it');
is(($hub->call('monitor_get', $ann, '99999999999'))[0], 404, 'an id beyond 32 bits is not found');
is(($hub->call('monitor_get', undef, $id))[0], 401, 'without a credential nothing');
is(($hub->call('monitor_get', '\xffff', $id))[0], 401, 'nor with an unknown one');

# Lists.
$root->rows('delete from betterstack.monitor');
create({url => "http://a/$_", monitor_type => 'status', pronounceable_name => $_ % 2 ? 'odd' : 'even',
    paused => $_ > 5 ? JSON::PP::true : JSON::PP::false}) for 1 .. 7;
my $foreign = $hub->monitor($bob, url => 'http://a/1');
sub list {
    my ($query) = @_;
    my ($status, $body) = $hub->call('monitor_list', $ann, $json->encode($query));
    return ($status, join(' ', map { $_->{attributes}{url} =~ /(\d+)$/ } @{$body->{data} // []}), $body);
}
is((list({}))[1], '1 2 3 4 5 6 7', 'the team\'s own, by id');
my ($code, $names, $answer) = list({per_page => '3', page => '2', pronounceable_name => 'odd'});
is($names, '7', 'a filter and a page');
is_deeply($answer->{pagination}, {
    first => '/api/v2/monitors?pronounceable_name=odd&per_page=3&page=1',
    last => '/api/v2/monitors?pronounceable_name=odd&per_page=3&page=2',
    prev => '/api/v2/monitors?pronounceable_name=odd&per_page=3&page=1', next => undef}, 'links keep the query');
is_deeply((list({_url => 'https://hub:1/api/v2/monitors', per_page => 3, url => 'http://a/ü&x'}))[2]{pagination}{last},
    'https://hub:1/api/v2/monitors?url=http%3A%2F%2Fa%2F%C3%BC%26x&per_page=3&page=1',
    'links are absolute when the hub says where, and encoded');
is((list({per_page => 3, page => 9}))[1], '', 'a page beyond the end is empty');
is((list({url => 'http://a/3'}))[1], '3', 'by url');
is((list({status => 'paused'}))[1], '6 7', 'by status');
is((list({status => 'pending'}))[1], '1 2 3 4 5', 'by status again');
is((list({team_name => 'ann', url => 'http://a/2'}))[1], '2', 'by the name of the own team');
is((list({team_name => 'bob'}))[1], '', 'by another\'s: none');
($code, $names, $answer) = list({page => 0, per_page => 251, status => 'x'});
is($code, 422, 'mistakes');
is_deeply($answer->{errors}, {page => ['must be a number from 1'], per_page => ['must be between 1 and 250'],
    status => ['must be one of paused, pending, up, degraded, suspect, down, validating, flapping, maintenance, no_data']}, 'are told');
is((list({page => '1; drop table'}))[0], 422, 'whatever they are');

# Delete.
($id) = map { $_->{id} } @{($hub->call('monitor_list', $ann, '{"url":"http://a/1"}'))[1]{data}};
($status, $body, $team, $event) = $hub->call('monitor_delete', $ann, $id);
is($status, 204, 'delete');
is(($listener->notices)[-1], $id, 'notifies');
is_deeply($event, {type => 'monitor', action => 'deleted', id => $id}, 'with its event');
is(($hub->call('monitor_get', $ann, $id))[0], 404, 'it is gone');
is(($hub->call('monitor_delete', $ann, $id))[0], 404, 'and cannot go twice');
is($root->value("select count(*) from betterstack.monitor_state where monitor_id = $id"), 0, 'its state too');

# None of it depends on how the session is set.
my $odd = $db->session('betterstack');
$odd->rows(q{set timezone = 'Asia/Kathmandu'; set datestyle = 'SQL, DMY'; set intervalstyle = 'sql_standard';
    set bytea_output = 'escape'; set search_path = ''; set extra_float_digits = -15});
is_deeply(($odd->call('monitor_list', $ann, '{}'))[1], ($hub->call('monitor_list', $ann, '{}'))[1],
    'the session\'s settings change nothing');

done_testing;
