# Monitors through the API: their shape, their life, what is refused, pages and
# filters, and that nobody sees another team's.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0, regions => 'east west');
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann')->program;
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob')->program;

my $monitors = '/api/v2/monitors';
my $time = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

sub made {
    my ($client, %with) = @_;
    my ($status, $data) = $client->post($monitors,
        {url => 'https://example.com/', monitor_type => 'status', %with});
    die "monitor: $status\n" if $status != 201;
    return $data->{data};
}

subtest 'a monitor as the documentation shows it' => sub {
    my ($status, $data, $reply) = $ann->post($monitors,
        {url => 'https://example.com/shop', monitor_type => 'status'});
    is $status, 201;
    is $reply->{headers}{'content-type'}, 'application/json; charset=utf-8';
    is $reply->{headers}{'cache-control'}, 'no-store';
    is $reply->{headers}{'x-content-type-options'}, 'nosniff';

    my $monitor = $data->{data};
    like $monitor->{id}, qr/^[1-9]\d*$/;
    like $reply->{content}, qr/"id":"\d+"/, 'ids are strings';
    is $monitor->{type}, 'monitor';
    my %attributes = %{$monitor->{attributes}};
    like delete $attributes{$_}, $time, $_ for qw(created_at updated_at status_since);
    is_deeply \%attributes, {
        url => 'https://example.com/shop', pronounceable_name => 'example.com', monitor_type => 'status',
        check_frequency => 30, request_timeout => 15, regions => undef, http_method => 'get',
        request_body => undef, request_headers => [], auth_username => undef, auth_password => undef,
        expected_status_codes => [], required_keyword => undef, follow_redirects => JSON::PP::true,
        verify_ssl => JSON::PP::true, ip_version => undef, paused => JSON::PP::false, paused_at => undef,
        status => 'pending', state => 'pending', failure_reason => undef, failure_text => undef, suppressed_by => undef, maintenance_until => undef, last_checked_at => undef,
        certificate_expires_at => undef, domain_expires_at => undef, region_states => [], team_name => 'Ann', port => undef, remember_cookies => JSON::PP::true,
        proxy_host => undef, proxy_port => undef, ssl_expiration => undef, domain_expiration => undef,
        auth_token => undef, expected_status_ranges => [], assertions => [], degraded_threshold => undef,
        http_version => undef, tls_mode => undef, tls_min_version => undef, client_certificate => undef,
        client_key_set => JSON::PP::false, ca_certificates => undef, ping_packets => 3,
        ping_loss_threshold => 100, dns_record_type => 'A', dns_expected_answers => [],
        grpc_service => undef, database => undef, confirmation_period => 0, recovery_period => 0,
        (map { $_ => undef } qw(policy_id expiration_policy_id team_wait)), (map { $_ => JSON::PP::false } qw(call sms critical_alert)),
        (map { $_ => JSON::PP::true } qw(email push)),
        quorum => undef, depends_on => [], maintenance_from => undef, maintenance_to => undef, maintenance_timezone => 'UTC',
        maintenance_days => [qw(mon tue wed thu fri sat sun)],
    };

    ($status, my $read) = $ann->get("$monitors/$monitor->{id}");
    is $status, 200;
    is_deeply $read, $data, 'read as it was made';
    ($status, $read) = $ann->get("/api/v3/monitors/$monitor->{id}");
    is_deeply $read, $data, 'v3 is another name';
};

subtest 'everything that can be set' => sub {
    my %set = (
        url => 'http://example.com:8080/login?x=1', pronounceable_name => 'Login ☃',
        monitor_type => 'keyword', required_keyword => 'welcome "back" \\ ☃', check_frequency => 1,
        request_timeout => 60, regions => ['west'], http_method => 'post', request_body => "{\"a\":\n1}",
        auth_username => 'ann', auth_password => 'secret', remember_cookies => JSON::PP::false,
        follow_redirects => JSON::PP::false, verify_ssl => JSON::PP::false, ip_version => 'ipv4',
        paused => JSON::PP::true, request_headers => [{name => 'X-One', value => '1'}],
    );
    my ($status, $data) = $ann->post($monitors, \%set);
    is $status, 201 or diag explain $data;
    my $id = $data->{data}{id};
    my $got = $data->{data}{attributes};
    my ($header) = @{$got->{request_headers}};
    like delete $header->{id}, qr/^\d+$/;
    is_deeply {map { $_ => $got->{$_} } keys %set}, \%set;
    is $got->{status}, 'paused';
    like $got->{paused_at}, $time;

    ($status, $data) = $ann->patch("$monitors/$id", {paused => JSON::PP::false, monitor_type => 'keyword_absence'});
    is $status, 200;
    is $data->{data}{attributes}{status}, 'pending';
    is $data->{data}{attributes}{paused_at}, undef;
    is $data->{data}{attributes}{monitor_type}, 'keyword_absence';
    is $data->{data}{attributes}{auth_password}, 'secret', 'what is not named stays';

    ($status) = $ann->delete("$monitors/$id");
    is $status, 204;
    ($status, $data) = $ann->get("$monitors/$id");
    is $status, 404;
    is_deeply $data, {errors => 'Resource with provided ID was not found'};
    is +($ann->delete("$monitors/$id"))[0], 404;
    is +($ann->patch("$monitors/$id", {paused => JSON::PP::true}))[0], 404;
};

subtest 'what is refused names the field' => sub {
    my %refused = (
        url                   => [undef, '', 'example.com', 'ftp://example.com/', 'http://', 7, 'http://a b/',
                                  'http://x.example/' . 'x' x 5000],
        monitor_type          => [undef, 'status ', 'PING', 'playwright', [], 1],
        check_frequency       => [0, 86401, '30', 1.5, -1],
        request_timeout       => [0, 1, 61, '15'],
        regions               => [[], 'east', ['nowhere'], [1]],
        http_method           => ['delete', 'GET ', 1],
        request_headers       => ['x', [{name => 'a b', value => 'c'}], [{name => 'a', value => "b\r\nc: d"}]],
        expected_status_codes => ['200', [99], [600], ['200']],
        follow_redirects      => ['true', 1],
        ip_version            => ['ipv5', 4],
        paused                => ['yes'],
        policy_id             => ['1'],
        status                => ['up'],
        id                    => ['1'],
        colour                => ['red'],
    );
    for my $field (sort keys %refused) {
        for my $value (@{$refused{$field}}) {
            my %body = (url => 'http://example.com/', monitor_type => 'status', $field => $value);
            my ($status, $data) = $ann->post($monitors, \%body);
            is $status, 422, "$field " . substr JSON::PP->new->allow_nonref->encode($value), 0, 40;
            is_deeply [keys %{$data->{errors}}], [$field] or diag explain $data;
            ok ref $data->{errors}{$field} eq 'ARRAY' && !grep { ref || !length } @{$data->{errors}{$field}};
        }
    }
    my ($status, $data) = $ann->post($monitors, {monitor_type => 'keyword', check_frequency => 0});
    is_deeply [sort keys %{$data->{errors}}], [qw(check_frequency required_keyword url)], 'all of them at once';

    my $monitor = made($ann);
    ($status, $data) = $ann->patch("$monitors/$monitor->{id}", {url => 'nonsense', check_frequency => 5});
    is $status, 422;
    is +($ann->get("$monitors/$monitor->{id}"))[1]{data}{attributes}{check_frequency}, 30, 'nothing of it is done';
    is +($ann->patch("$monitors/$monitor->{id}", {}))[0], 200, 'no change is a change';
};

subtest 'nobody sees or touches what another team has' => sub {
    my $monitor = made($ann, pronounceable_name => 'private');
    for my $path ("$monitors/$monitor->{id}", "$monitors/$monitor->{id}/ticks",
        "$monitors/$monitor->{id}/response-times") {
        my ($status, $data) = $bob->get($path);
        is $status, 404, $path;
        is_deeply $data, {errors => 'Resource with provided ID was not found'};
    }
    is +($bob->patch("$monitors/$monitor->{id}", {paused => JSON::PP::true}))[0], 404;
    is +($bob->delete("$monitors/$monitor->{id}"))[0], 404;
    is_deeply +($bob->get($monitors))[1]{data}, [];
    is_deeply +($bob->get("$monitors?url=https://example.com/"))[1]{data}, [];
    is +($ann->get("$monitors/$monitor->{id}"))[0], 200;
    my $nobody = BetterStack::Client->new($stack, token => 'bst_' . 'x' x 43);
    is +($nobody->send($_->[0], $_->[1], $_->[2]))[0], 401, "@$_[0, 1]"
        for ['GET', $monitors], ['POST', $monitors, {}], ['GET', "$monitors/$monitor->{id}"],
        ['PATCH', "$monitors/$monitor->{id}", {}], ['DELETE', "$monitors/$monitor->{id}"],
        ['GET', "$monitors/$monitor->{id}/ticks"];
};

subtest 'pages and their links' => sub {
    my @ids = map { made($bob, pronounceable_name => "Site $_", url => "http://site-$_.example/")->{id} } 1 .. 7;
    my $next = "$monitors?per_page=3";
    my @seen;
    my $pages = 0;
    while (defined $next) {
        my ($status, $data) = $bob->get($next);
        is $status, 200, $next;
        push @seen, map { $_->{id} } @{$data->{data}};
        my $base = $stack->url("$monitors?per_page=3&page=");
        $pages++;
        is_deeply $data->{pagination}, {
            first => "${base}1", last => "${base}3",
            prev => $pages > 1 ? $base . ($pages - 1) : undef,
            next => $pages < 3 ? $base . ($pages + 1) : undef,
        };
        $next = $data->{pagination}{next};
        $next =~ s/^\Q@{[$stack->url]}\E// if defined $next;
    }
    is $pages, 3;
    is_deeply \@seen, \@ids, 'each once, in order';

    my ($json) = $bob->raw("GET $monitors?per_page=3 HTTP/1.0\r\nHost: status.example.com\r\n"
        . "X-Forwarded-Proto: https\r\nAuthorization: Bearer $bob->{token}\r\n\r\n") =~ /\r\n\r\n(.*)/s;
    my $data = decode_json($json);
    is $data->{pagination}{next}, "https://status.example.com$monitors?per_page=3&page=2",
        'links lead to where the client came from';

    is scalar @{+($bob->get("$monitors?page=99"))[1]{data}}, 0, 'beyond the last';
    for my $query (qw(page=0 page=x page= per_page=0 per_page=251 page=-1 page=1e9 page=99999999999)) {
        my ($status, $refused) = $bob->get("$monitors?$query");
        is $status, 422, $query;
        is_deeply [keys %{$refused->{errors}}], [$query =~ /^(\w+)/];
    }
};

subtest 'filters' => sub {
    my $paused = made($bob, pronounceable_name => 'Größe & 100% "ok"?', paused => JSON::PP::true,
        url => 'http://x.example/?a=1&b=2');
    my %found = (
        'url=http%3A%2F%2Fx.example%2F%3Fa%3D1%26b%3D2'                  => 1,
        'url=http://x.example/'                                          => 0,
        'pronounceable_name=Gr%C3%B6%C3%9Fe+%26+100%25+%22ok%22%3F'      => 1,
        'pronounceable_name=Site%203'                                    => 1,
        'pronounceable_name=Site+3&url=http://site-3.example/'           => 1,
        'pronounceable_name=Site+3&url=http://site-4.example/'           => 0,
        'status=paused'                                                  => 1,
        'status=pending'                                                 => 7,
        'status=up'                                                      => 0,
        'team_name=Bob'                                                  => 8,
        'team_name=Ann'                                                  => 0,
        q{pronounceable_name=%27+or+1=1}                                 => 0,
        'unknown=1'                                                      => 8,
    );
    for my $query (sort keys %found) {
        my ($status, $data) = $bob->get("$monitors?$query");
        is $status, 200, $query;
        is scalar @{$data->{data}}, $found{$query};
    }
    is +($bob->get("$monitors?status=broken"))[0], 422;
    my (undef, $data) = $bob->get("$monitors?status=pending&per_page=1&page=2");
    is $data->{pagination}{prev}, $stack->url("$monitors?status=pending&per_page=1&page=1"), 'links keep filters';
};

subtest 'headers have ids, as the Terraform provider wants them' => sub {
    my $monitor = made($ann, request_headers => [{name => 'A', value => '1'}, {name => 'B', value => '2'}]);
    my ($one, $two) = @{$monitor->{attributes}{request_headers}};
    my ($status, $data) = $ann->patch("$monitors/$monitor->{id}", {request_headers => [
        {id => $one->{id}, name => 'A', value => 'changed'}, {id => $two->{id}, _destroy => JSON::PP::true},
        {name => 'C', value => '3'},
    ]});
    is $status, 200;
    my @headers = @{$data->{data}{attributes}{request_headers}};
    is_deeply [map { "$_->{name}: $_->{value}" } @headers], ['A: changed', 'C: 3'];
    is $headers[0]{id}, $one->{id};
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';

done_testing;
