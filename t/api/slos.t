# SLOs over HTTP.

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
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $base = '/api/v2/slos';

sub id_of { my ($status, $data) = @_; return $data->{data}{id} }
my ($shop, $blog) = map { id_of($ann->post('/api/v2/monitors', {url => "http://$_.example/",
    monitor_type => 'status'})) } qw(shop blog);
my $of_bob = id_of($bob->post('/api/v2/monitors', {url => 'http://b.example/',
    monitor_type => 'status'}));

# It was made two days ago, and failed for half an hour.
sub fails {
    my ($id) = @_;
    $stack->sql("update betterstack.monitor set created_at = now() - interval '2 days' where id = $id;
        delete from betterstack.state_span where monitor_id = $id;
        insert into betterstack.state_span (monitor_id, began_at, state)
            values ($id, now() - interval '2 days', 1);
        insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at,
                last_joined_at, resolved_at)
            select team_id, 'failure', 'x', 'x', now() - interval '1 hour', now(), now(), now()
              from betterstack.monitor where id = $id;
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause,
                started_at, confirmed_at, ended_at)
            select max(id), $id, 'x', 'x', 'x', now() - interval '1 hour', now(),
                   now() - interval '30 minutes' from betterstack.incident");
}

subtest 'one of them, from beginning to end' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($status, $data) = $ann->post($base, {name => ' Checkout ', target => 99.9,
        monitor_ids => [$shop, 0 + $blog]});
    is $status, 201, 'made' or diag explain $data;
    my ($id, $a) = ($data->{data}{id}, $data->{data}{attributes});
    is_deeply $events->next('change')->{data}, {type => 'slo', action => 'created', id => $id},
        'dashboards are told';
    is $data->{data}{type}, 'slo';
    my %computed = map { $_ => delete $a->{$_} } qw(created_at updated_at burn_rates error_budget);
    is_deeply $a, {name => 'Checkout', target => 99.9, window => 30, timezone => 'UTC',
        timezone_iana => 'Etc/UTC', all_monitors => $false, monitor_ids => [$shop, $blog],
        monitors_count => 2, burn_alerts => $true, policy_id => undef, incident_id => undef,
        availability => undef, state => 'no_data', team_name => 'Ann'}, 'what it is';
    is_deeply [sort keys %{$computed{burn_rates}}], [sort qw(5m 30m 1h 2h 6h 1d 3d)], 'burn rates';
    my $budget = $computed{error_budget};
    is_deeply $budget, {total => $budget->{total}, spent => 0, remaining => $budget->{total},
        remaining_share => 1}, 'nothing is spent';
    cmp_ok abs($budget->{total} - 5184), '<', 0.1, 'a thousandth of thirty days of two monitors';

    fails($shop);
    ($status, $data) = $ann->get("$base/$id");
    $a = $data->{data}{attributes};
    cmp_ok abs($a->{error_budget}{spent} - 1800), '<', 1e-3, 'half an hour is spent';
    is $a->{state}, 'at_risk', 'which is a risk';
    cmp_ok abs($a->{error_budget}{remaining_share} - (1 - 1800 / 5184)), '<', 1e-5, 'what is left';
    cmp_ok $a->{availability}, '<', 99.9, 'availability';
    cmp_ok $a->{burn_rates}{'1h'}, '>', 100, 'it has burnt';
    is_deeply +($ann->get($base))[1]{data}[0]{attributes}{error_budget}, $a->{error_budget},
        'the list says the same';

    my $policy = id_of($ann->post('/api/v2/policies', {name => 'Night', steps => []}));
    ($status, $data) = $ann->patch("$base/$id", {target => 95, window => 'month', name => 'Shop',
        timezone => 'Europe/Berlin', monitor_ids => [$shop], policy_id => $policy});
    is $status, 200, 'changed' or diag explain $data;
    is_deeply [@{$data->{data}{attributes}}{qw(name target window timezone monitor_ids policy_id)}],
        ['Shop', 95, 'month', 'Europe/Berlin', [$shop], $policy], 'as it was said';
    is_deeply [map { $events->next('change')->{data} } 1 .. 2], [{type => 'policy', action => 'created',
        id => $policy}, {type => 'slo', action => 'updated', id => $id}], 'dashboards are told';
    ($status, $data) = $ann->patch("$base/$id", {window => undef, policy_id => undef});
    is_deeply [@{$data->{data}{attributes}}{qw(window policy_id)}], [30, undef], 'null is the default';
    is +($ann->delete("$base/$id"))[0], 204, 'deleted';
    is +($ann->get("$base/$id"))[0], 404, 'gone';
};

subtest 'what is refused' => sub {
    my %right = (name => 'x', target => 99, monitor_ids => [$shop]);
    for my $case (
        [{name => ' '}, name => 'is required'],
        [{name => 'a' x 256}, name => 'must be at most 255 characters long'],
        [{target => undef}, target => 'is required: how many percent of the time, like 99.9'],
        [{target => '99'}, target => 'must be a number of percent, like 99.9'],
        [{target => 100}, target => 'must be between 50 and 99.999'],
        [{target => 49.9}, target => 'must be between 50 and 99.999'],
        [{target => 99.1234}, target => 'must have at most three digits after the point'],
        [{window => 31}, window => 'must be 7, 28, 30 or 90 (days), or "month" (the calendar\'s)'],
        [{window => [7]}, window => 'must be 7, 28, 30 or 90 (days), or "month" (the calendar\'s)'],
        [{timezone => 'CEST'}, timezone => 'must be the name of a time zone, like Europe/Berlin'],
        [{monitor_ids => []}, monitor_ids => 'must name at least one monitor, unless all_monitors is true'],
        [{monitor_ids => [$of_bob]}, monitor_ids => "does not know the monitor $of_bob"],
        [{monitor_ids => ['x']}, monitor_ids => 'must be a list of ids of monitors'],
        [{monitor_ids => [1 .. 1001]}, monitor_ids => 'must have at most 1000 entries'],
        [{all_monitors => 1}, all_monitors => 'must be true or false'],
        [{burn_alerts => 'yes'}, burn_alerts => 'must be true or false'],
        [{policy_id => 999}, policy_id => 'does not know the policy 999'],
        [{policy_id => 'x'}, policy_id => 'must be an id, or null'],
        [{availability => 1}, availability => 'is read-only'],
        [{incident_id => 1}, incident_id => 'is read-only'],
        [{colour => 1}, colour => 'is not a known attribute'],
        [{team_name => 'Bob'}, team_name => 'is not your team'],
    ) {
        my ($body, $field, $message) = @$case;
        my ($status, $data) = $ann->post($base, {%right, %$body});
        is_deeply [$status, $data], [422, {errors => {$field => [$message]}}], "$field $message";
    }
    my $id = id_of($ann->post($base, \%right));
    is +($bob->get("$base/$id"))[0], 404, 'nobody else sees it';
    is +($bob->get("$base/$id/history"))[0], 404, 'nor its past';
    is +($bob->patch("$base/$id", {name => 'y'}))[0], 404, 'nor changes it';
    is scalar @{($bob->get($base))[1]{data}}, 0, 'nor finds it';
    is +($ann->get("$base/999999"))[0], 404, 'one that is not there';
    $stack->sql("insert into betterstack.slo (team_id, name, target, period, timezone, all_monitors,
            monitor_ids, burn_alerts, created_at, updated_at)
        select s.team_id, 'x', 99, '7', 'UTC', false, '{}', false, now(), now()
          from betterstack.slo s, generate_series(1, 199)");
    is_deeply [($ann->post($base, \%right))[0, 1]], [422, {errors => {name => ['cannot be added: a team has at '
        . 'most 200 SLOs; delete some first']}}], 'there is a limit';
    my ($status, $data) = $ann->get("$base?per_page=150&page=2");
    is scalar @{$data->{data}}, 50, 'pages';
    like $data->{pagination}{prev}, qr/page=1$/, 'and their links';
};

subtest 'day by day' => sub {
    fails($blog);
    my $id = ($ann->get($base))[1]{data}[0]{id};
    $ann->patch("$base/$id", {monitor_ids => [$blog], target => 99});
    my ($status, $data) = $ann->get("$base/$id/history");
    is $status, 200 or diag explain $data;
    is $data->{data}{type}, 'slo_history';
    my $days = $data->{data}{attributes}{days};
    is scalar @$days, 30, 'the days of its window';
    is_deeply [@{$data->{data}{attributes}}{qw(from to)}], [map { $_->{day} } @$days[0, -1]], 'from, to';
    is_deeply $days->[-1]{error_budget}, ($ann->get("$base/$id"))[1]{data}{attributes}{error_budget},
        'the last is what it is now';
    is $days->[0]{availability}, undef, 'before it was made there was nothing';
    my $down = 0;
    $down += $_->{downtime} for @$days;
    cmp_ok abs($down - 1800), '<', 0.1, 'what was down was down on some day';
    my ($first, $last) = map { $_->{day} } @$days[25, 27];
    ($status, $data) = $ann->get("$base/$id/history?from=$first&to=$last");
    is scalar @{$data->{data}{attributes}{days}}, 3, 'some days';
    for my $case (['from=x', from => 'must be a date, an ISO 8601 time, or milliseconds'],
        ['to=2026-02-30', to => 'must be a date, an ISO 8601 time, or milliseconds'],
        ["from=$last&to=$first", from => 'must not be after to, nor in the future'],
        ['from=2020-01-01', from => 'must be at most 366 days before to']) {
        my ($query, $field, $message) = @$case;
        is_deeply [($ann->get("$base/$id/history?$query"))[0, 1]], [422, {errors => {$field => [$message]}}], $query;
    }
};

is_deeply [grep { /ERROR|PANIC/ } split /\n/, $stack->log_text('postgres')], [],
    'Postgres has nothing to complain about';
done_testing;
