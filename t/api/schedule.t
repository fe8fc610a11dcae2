# GET /agent/v1/schedule: the whole schedule of a token's region, and 304.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack qw(wait_for);
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a local-b', agents => 0);

sub get {
    my ($region, %other) = @_;
    my $token = exists $other{token} ? $other{token} : $stack->region_token($region);
    return $stack->request($other{method} // 'GET', '/agent/v1/schedule', {headers => {
        defined $token ? (Authorization => "Bearer $token") : (),
        $other{etag} ? ('If-None-Match' => $other{etag}) : (),
    }});
}

sub schedule { return msgpack_decode(get(@_)->{content}) }

sub add {
    my (%attributes) = @_;
    my ($status, $body) = $stack->api('POST', '/api/v2/monitors',
        {url => 'http://127.0.0.1:1/', monitor_type => 'status', %attributes});
    die "no monitor: $status\n" if $status != 201;
    return $body->{data}{id};
}

my $empty = get('local-a');
is $empty->{status}, 200, 'a schedule';
is $empty->{headers}{'content-type'}, 'application/msgpack', 'in msgpack';
is_deeply msgpack_decode($empty->{content}), {v => 1, region => 'local-a', monitors => []}, 'of nothing yet';

my $both = add(url => 'http://127.0.0.1:1/both', check_frequency => 60, request_timeout => 10);
my $one = add(check_frequency => 1, regions => ['local-b']);
my $off = add(paused => \1);

my $of_a = schedule('local-a');
my $of_b = schedule('local-b');
is_deeply [map { $_->[0] } @{$of_a->{monitors}}], [$both], 'a region has its own monitors';
is_deeply [sort { $a <=> $b } map { $_->[0] } @{$of_b->{monitors}}], [$both, $one], 'and those of all regions';
my ($entry) = @{$of_a->{monitors}};
is $entry->[1], 60000, 'interval';
is $entry->[3]{url}, 'http://127.0.0.1:1/both', 'what to probe';
is $entry->[3]{timeout}, 10000, 'and how';
my ($other) = grep { $_->[0] == $both } @{$of_b->{monitors}};
is abs($other->[2] - $entry->[2]) % 60000, 30000, 'regions are half an interval apart';

my $now = get('local-a');
like $now->{headers}{etag}, qr/^"[^"]+"$/, 'an entity tag';
isnt $now->{headers}{etag}, $empty->{headers}{etag}, 'that changes with the schedule';
my $same = get('local-a', etag => $now->{headers}{etag});
is $same->{status}, 304, '304 for the same';
is $same->{content} // '', '', 'without a body';
is $same->{headers}{etag}, $now->{headers}{etag}, 'with the tag';
is get('local-a', etag => $empty->{headers}{etag})->{status}, 200, 'an old tag gets the new schedule';
is get('local-b', etag => $now->{headers}{etag})->{status}, 200, "another region's tag is none";
is get('local-a', etag => $_)->{status}, 200, "$_ is no tag of ours"
    for '""', '"x", "y"', 'W/"x"', '"', '*';

my $head = get('local-a', method => 'HEAD');
is $head->{status}, 200, 'HEAD';
is $head->{headers}{'content-length'}, length $now->{content}, 'tells the length';

is get('local-a', token => undef)->{status}, 401, 'no token';
is get('local-a', token => 'bsr_' . 'y' x 43)->{status}, 401, 'an unknown token';
is get('local-a', token => $stack->token)->{status}, 401, 'a token of the API';
my $posted = get('local-a', method => 'POST');
is $posted->{status}, 405, 'POST is not allowed';
is $posted->{headers}{allow}, 'GET, HEAD', 'GET is';

# Thousands of monitors leave from libpq's own memory, whole.
$stack->sql(<<'SQL');
insert into betterstack.monitor (team_id, url, pronounceable_name, monitor_type, check_frequency, request_timeout,
        http_method, follow_redirects, verify_ssl, paused, doc, spec, schedule_hash)
select team_id, url, pronounceable_name, monitor_type, check_frequency, request_timeout,
        http_method, follow_redirects, verify_ssl, paused, doc, spec, schedule_hash + i
  from betterstack.monitor, generate_series(1, 5000) i where id = (select min(id) from betterstack.monitor)
SQL
my $large = schedule('local-a');
is scalar @{$large->{monitors}}, 5001, 'a large schedule comes whole';

$stack->kill_piece('postgres');
my $away = get('local-a');
is $away->{status}, 503, 'without Postgres: 503';
ok $away->{headers}{'retry-after'}, 'and when to come again';
$stack->start('postgres');
ok wait_for(sub { get('local-a')->{status} == 200 }, 20), 'later it is there again';

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
