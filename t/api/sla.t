# Availability over HTTP: the documented shapes and ours, of monitors, heartbeats and the team, and a
# year by its days.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

use BetterStack::Client;
use BetterStack::Postgres;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $root = BetterStack::Postgres::Session->new($stack->conninfo);

sub made {
    my ($name) = @_;
    my ($status, $data) = $ann->post('/api/v2/monitors', {monitor_type => 'status', url => "http://192.0.2.1/$name",
        pronounceable_name => $name, paused => JSON::PP::true});
    is $status, 201, $name or diag explain $data;
    my $id = $data->{data}{id};
    # as if it had been there, and up, since July
    $root->rows("update betterstack.monitor set created_at = '2026-07-01Z' where id = $id");
    $root->rows("update betterstack.state_span set began_at = '2026-07-01Z', state = 1 where monitor_id = $id");
    return $id;
}
sub outage {
    my ($monitor, $from, $to, $acknowledged) = @_;
    my $team = $root->value("select team_id from betterstack.monitor where id = $monitor");
    $acknowledged = defined $acknowledged ? "'$from'::timestamptz + interval '$acknowledged s'" : 'null';
    $root->rows("with i as (insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at,
            acknowledged_at, resolved_at, last_joined_at, monitors_count)
            values ($team, 'failure', 'x', 'x', '$from', '$from', $acknowledged, '$to', '$from', 1) returning id)
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at, ended_at)
        select id, $monitor, 'x', 'x', 'x', '$from', '$from', '$to' from i");
}
sub attributes { my ($path) = @_; my ($status, $data) = $ann->get($path); is $status, 200, $path or diag explain $data;
    return $data->{data}{attributes} }
sub refused {
    my ($path, $field, $says) = @_;
    my ($status, $data) = $ann->get($path);
    is $status, 422, $path;
    like $data->{errors}{$field}[0] // '', $says, "$field: it says why" or diag explain $data;
}

my ($shop, $blog) = map { made($_) } qw(shop blog);
outage($shop, '2026-07-02T00:00:00Z', '2026-07-02T00:05:00Z', 30);
outage($shop, '2026-07-10T23:50:00Z', '2026-07-11T00:10:00Z');
outage($blog, '2026-07-02T00:00:00Z', '2026-07-02T01:00:00Z', 90);
$root->rows("insert into betterstack.maintenance_time values (1, $shop, '2026-07-11T00:00:00Z', '2026-07-11T02:00:00Z')");
$root->rows("update betterstack.state_span set ended_at = '2026-07-20Z' where monitor_id = $blog;
    insert into betterstack.state_span values ($blog, '2026-07-20Z', '2026-07-21Z', 9), ($blog, '2026-07-21Z', '2026-07-23Z', 4),
        ($blog, '2026-07-23Z', null, 1)");

subtest 'a monitor' => sub {
    my $sla = attributes("/api/v2/monitors/$shop/sla?from=2026-07-01&to=2026-07-31");
    is_deeply $sla, {availability => 99.966307, total_downtime => 900, number_of_incidents => 2, longest_incident => 600,
        average_incident => 450, mean_time_to_acknowledge => 30, mean_time_to_resolve => 750, maintenance => 7200, paused => 0,
        no_data => 0, pending => 0, from => '2026-07-01T00:00:00.000Z', to => '2026-08-01T00:00:00.000Z'}, 'a month';
    my ($status, $data) = $ann->get("/api/v2/monitors/$shop/sla");
    is_deeply [@{$data->{data}}{qw(id type)}], [$shop, 'monitor_sla'], 'what it is';
    is $data->{data}{attributes}{from}, '2026-07-01T00:00:00.000Z', 'its whole life, unless asked';
    cmp_ok abs(time - core_time($data->{data}{attributes}{to})), '<', 60, 'until now';
    $sla = attributes("/api/v2/monitors/$blog/sla?from=2026-07-01&to=2026-07-31");
    is_deeply [@$sla{qw(total_downtime no_data paused)}], [3600, 86400, 172800], 'no data and pauses are told apart';
    $sla = attributes("/api/v2/monitors/$shop/sla?from=2020-01-01&to=2020-12-31");
    is_deeply [@$sla{qw(availability total_downtime number_of_incidents mean_time_to_resolve)}], [undef, 0, 0, undef],
        'before it was there nothing counts';
    is attributes("/api/v2/monitors/$shop/sla?from=2026-07-10T23:55:00Z&to=2026-07-11T00:05:00Z")->{total_downtime}, 300,
        'a part of an outage, without maintenance';
    refused("/api/v2/monitors/$shop/sla?from=yesterday", from => qr/must be a date/);
    refused("/api/v2/monitors/$shop/sla?to=2026-13-01", to => qr/must be a date/);
    refused("/api/v2/monitors/$shop/sla?from=2026-07-03&to=2026-07-01", from => qr/must be earlier than to/);
    refused("/api/v2/monitors/$shop/sla?from=2190-01-01", from => qr/must not be in the future/);
    is(($bob->get("/api/v2/monitors/$shop/$_"))[0], 404, "not another team's: $_") for qw(sla calendar);
    is(($ann->get('/api/v2/monitors/99999999999/sla'))[0], 404, 'nor what there is not');
    is(($ann->get("/api/v3/monitors/$shop/sla"))[0], 200, 'also as version 3');
};

sub core_time { return $root->value("select extract(epoch from '$_[0]'::timestamptz)::bigint") }

subtest 'the team' => sub {
    my ($status, $data) = $ann->get('/api/v2/sla?from=2026-07-01&to=2026-07-31&per_page=1000');
    is $status, 200;
    is_deeply [map { [@$_{qw(id type)}, @{$_->{attributes}}{qw(name url total_downtime)}] } @{$data->{data}}],
        [[$shop, 'monitor_sla', 'shop', 'http://192.0.2.1/shop', 900], [$blog, 'monitor_sla', 'blog', 'http://192.0.2.1/blog', 3600]], 'each';
    my $all = $data->{summary};
    is_deeply [@$all{qw(monitors total_downtime number_of_incidents longest_incident average_incident mean_time_to_acknowledge
        mean_time_to_resolve maintenance no_data paused)}], [2, 4500, 3, 3600, 1500, 60, 1700, 7200, 86400, 172800], 'all as one';
    my $counted = 2 * 31 * 86400 - 7200 - 86400 - 172800;
    cmp_ok abs($all->{availability} - 100 * ($counted - 4500) / $counted), '<', 1e-6, 'of all their time';
    ($status, $data) = $ann->get('/api/v2/sla?from=2026-07-01&to=2026-07-31&page=2&per_page=1');
    is_deeply [map { $_->{id} } @{$data->{data}}], [$blog], 'by pages';
    is $data->{summary}{monitors}, 2, 'the summary is of all';
    like $data->{pagination}{prev}, qr{/api/v2/sla\?from=2026-07-01&to=2026-07-31&per_page=1&page=1$}, 'links keep the time';
    ($status, $data) = $ann->get('/api/v2/sla');
    cmp_ok core_time($data->{summary}{to}) - core_time($data->{summary}{from}), '==', 30 * 86400, '30 days, unless asked';
    ($status, $data) = $bob->get('/api/v2/sla');
    is_deeply [$data->{data}, $data->{summary}{monitors}, $data->{summary}{availability}], [[], 0, undef], 'nothing of others';
    refused('/api/v2/sla?per_page=1001', per_page => qr/between 1 and 1000/);
};

subtest 'a year' => sub {
    my $calendar = attributes("/api/v2/monitors/$shop/calendar?year=2026");
    is_deeply [@$calendar{qw(year timezone)}, scalar @{$calendar->{days}}], [2026, 'UTC', 365], 'its days';
    my %day = map { $_->{day} => $_ } @{$calendar->{days}};
    is_deeply $day{'2026-06-30'}, {day => '2026-06-30', availability => undef, downtime => 0, maintenance => 0, no_data => 0,
        paused => 0, incidents => 0}, 'before it was there';
    is_deeply $day{'2026-07-01'}, {day => '2026-07-01', availability => 1, downtime => 0, maintenance => 0, no_data => 0,
        paused => 0, incidents => 0}, 'a good day';
    is_deeply $day{'2026-07-10'}, {day => '2026-07-10', availability => 0.99305556, downtime => 600, maintenance => 0, no_data => 0,
        paused => 0, incidents => 1}, 'one with an outage';
    is_deeply [@{$day{'2026-07-11'}}{qw(downtime maintenance incidents availability)}], [0, 7200, 0, 1], 'one with maintenance';
    is $day{'2026-12-31'}{availability}, undef, 'days to come';
    %day = map { $_->{day} => $_ } @{attributes("/api/v2/monitors/$shop/calendar?timezone=Berlin")->{days}};
    is_deeply [map { $day{$_}{downtime} } qw(2026-07-10 2026-07-11)], [0, 600], 'days of another zone, by its name in Rails';
    is scalar @{attributes("/api/v2/monitors/$shop/calendar?year=2024")->{days}}, 366, 'a leap year';
    is attributes("/api/v2/monitors/$blog/calendar?year=2026")->{days}[200]{no_data}, 86400, 'a day without data';
    refused("/api/v2/monitors/$shop/calendar?year=26", year => qr/from 2000 to 2199/);
    refused("/api/v2/monitors/$shop/calendar?timezone=Mars", timezone => qr/name of a time zone/);
};

subtest 'a heartbeat' => sub {
    my ($status, $data) = $ann->post('/api/v2/heartbeats', {name => 'backup', period => 3600, grace => 60});
    my $id = $data->{data}{id};
    my $team = $root->value("select team_id from betterstack.heartbeat where id = $id");
    $root->rows("update betterstack.heartbeat set created_at = '2026-07-01Z' where id = $id;
        delete from betterstack.heartbeat_span where heartbeat_id = $id;
        insert into betterstack.heartbeat_span values ($id, '2026-07-01Z', '2026-07-02Z', 0), ($id, '2026-07-02Z', '2026-07-05Z', 1),
            ($id, '2026-07-05Z', '2026-07-06Z', 3), ($id, '2026-07-06Z', '2026-07-07Z', 4), ($id, '2026-07-07Z', null, 1);
        insert into betterstack.hub_absence values ('2026-07-03T00:00:00Z', '2026-07-03T01:00:00Z');
        insert into betterstack.maintenance_time values (2, $id, '2026-07-08Z', '2026-07-09Z');
        insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at, acknowledged_at, resolved_at,
            resolved_by, last_joined_at, heartbeat_id)
        values ($team, 'heartbeat', 'x', 'x', '2026-07-05Z', '2026-07-05Z', '2026-07-05T00:01:00Z', '2026-07-05T12:00:00Z', 'Ann',
            '2026-07-05Z', $id)");
    for my $path (qw(sla availability)) {
        my $sla = attributes("/api/v2/heartbeats/$id/$path?from=2026-07-01&to=2026-07-10");
        is_deeply [@$sla{qw(total_downtime number_of_incidents mean_time_to_acknowledge mean_time_to_resolve pending paused
            maintenance no_data)}], [86400, 1, 60, 43200, 86400, 86400, 86400, 3600], "$path: missed until it called again";
    }
    ($status, $data) = $ann->get("/api/v2/heartbeats/$id/sla");
    is_deeply [@{$data->{data}}{qw(id type)}], [$id, 'heartbeat_sla'], 'what it is';
    is(($bob->get("/api/v2/heartbeats/$id/sla"))[0], 404, "not another team's");
    is(($ann->delete("/api/v2/heartbeats/$id"))[0], 204);
    is $root->value("select count(*) from betterstack.heartbeat_span where heartbeat_id = $id"), 0, 'who is gone leaves nothing';
};

done_testing;
