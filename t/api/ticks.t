# A monitor's results: as columns for charts, and in the documented shape.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0, regions => 'east west');
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann')->program;

my (undef, $made) = $ann->post('/api/v2/monitors', {url => 'http://127.0.0.1:8081/', monitor_type => 'status'});
my $monitor = $made->{data}{id};
my $path = "/api/v2/monitors/$monitor/ticks";

# Slots of the last five minutes, newest last; ms.
my $now = $stack->sql('select (extract(epoch from now()) * 1000)::bigint / 10000 * 10000');
my @slots = map { $now - $_ * 10_000 } reverse 1 .. 30;

# As an agent of the region reports them: up, but the last one down.
sub report {
    my ($region, @of) = @_;
    my $token = $stack->region_token($region);
    my $down = $of[-1];
    my $list = join ',', @of;
    return $stack->sql(<<"SQL", 'betterstack');
select distinct r.status, r.stored, r.refused
  from (select array_agg($monitor) as monitors, array_agg(s) as slots, array_agg(s + 7) as checked,
               array_agg((case s when $down then 3 else 1 end)::smallint) as statuses,
               array_agg((case s when $down then 10 else 0 end)::smallint) as reasons,
               array_agg(1::smallint) as attempts, array_agg(case s when $down then 0 else 200 end) as https,
               array_agg('127.0.0.1'::text) as addresses, array_agg(100) as dns, array_agg(200) as connect,
               array_agg(-1) as tls, array_agg(case s when $down then -1 else 300 end) as first,
               array_agg(700) as total,
               array_agg(case s when $down then '{"error":"refused"}' end) as evidence,
               array_agg(0::smallint) as flags, array_agg(0::bigint) as expires
          from unnest(array[$list]::bigint[]) s) t,
       lateral ingest.report(sha256('$token'), 'test', '1', null, t.monitors, t.slots, t.checked, t.statuses,
           t.reasons, t.attempts, t.https, t.addresses, t.dns, t.connect, t.tls, t.first, t.total, t.evidence,
           t.flags, t.expires) r
SQL
}

is report('east', @slots), '200|30|0', 'east has reported';
is report('west', @slots[0 .. 9]), '200|10|0', 'west has';

subtest 'columns, ascending' => sub {
    my ($status, $data) = $ann->get($path);
    is $status, 200;
    is $data->{data}{id}, $monitor;
    is $data->{data}{type}, 'monitor_ticks';
    my $attributes = $data->{data}{attributes};
    ok !$attributes->{truncated};
    my ($east, $west) = @{$attributes->{regions}};
    is_deeply $east->{slot}, \@slots;
    is_deeply $west->{slot}, [@slots[0 .. 9]];
    is_deeply $east->{checked_at}, [map { $_ + 7 } @slots];
    is_deeply $east->{status}, [('up') x 29, 'down'];
    is_deeply $east->{reason}, [(undef) x 29, 'connect_refused'];
    like $east->{text}[-1], qr/refused/i;
    is_deeply $east->{http_status}, [(200) x 29, undef];
    is_deeply $east->{tls}, [(undef) x 30], 'a phase that was not reached is null';
    is_deeply $east->{total}, [(700) x 30];
    ok !exists $east->{evidence};
    is scalar(@{$east->{$_}}), 30, $_ for grep { ref $east->{$_} } keys %$east;
};

subtest 'from, to, region, limit, evidence' => sub {
    my ($from, $to) = @slots[3, 5];
    my $regions = sub { ($ann->get("$path?$_[0]"))[1]{data}{attributes}{regions} };
    is_deeply [map { scalar @{$_->{slot}} } @{$regions->("from=$from&to=$to")}], [3, 3];
    my $iso = $stack->sql("select to_char(to_timestamp($from / 1000.0) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
    is_deeply [map { scalar @{$_->{slot}} } @{$regions->("from=$iso&to=$to")}], [3, 3], 'ISO 8601';
    is_deeply [map { $_->{region} } @{$regions->('region=west')}], ['west'];
    is_deeply $regions->('region=nowhere'), [];
    is_deeply $regions->('from=2001-01-01&to=2001-01-02'), [];

    my (undef, $data) = $ann->get("$path?limit=5");
    ok $data->{data}{attributes}{truncated};
    is_deeply $data->{data}{attributes}{regions}[0]{slot}, [@slots[-5 .. -1]], 'the newest';

    ($data) = ($ann->get("$path?evidence=true&region=east"))[1];
    is_deeply $data->{data}{attributes}{regions}[0]{evidence}, [(undef) x 29, {error => 'refused'}];

    for my $query (qw(from=yesterday to=x limit=0 limit=20001 limit=1001&evidence=true limit=ten from=2030-01-01&to=2029-01-01)) {
        my ($status, $refused) = $ann->get("$path?$query");
        is $status, 422, $query;
        is_deeply [keys %{$refused->{errors}}], [$query =~ /^(\w+)/];
    }
};

subtest 'response times in seconds' => sub {
    my ($status, $data) = $ann->get("/api/v2/monitors/$monitor/response-times");
    is $status, 200;
    is $data->{data}{type}, 'monitor_response_times';
    my ($east) = grep { $_->{region} eq 'east' } @{$data->{data}{attributes}{regions}};
    my $first = $east->{response_times}[0];
    is $first->{response_time} + 0, 0.0007;
    is $first->{name_lookup_time} + 0, 0.0001;
    like $first->{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
};

subtest 'the verdict is on the monitor' => sub {
    my $attributes = ($ann->get("/api/v2/monitors/$monitor"))[1]{data}{attributes};
    is scalar @{$attributes->{region_states}}, 2;
    my ($east) = grep { $_->{region} eq 'east' } @{$attributes->{region_states}};
    is $east->{status}, 'down';
    like $east->{slot}, qr{^\d{4}-.*Z$};
    like $attributes->{last_checked_at}, qr/Z$/;
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';

done_testing;
