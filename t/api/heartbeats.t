# Heartbeats over HTTP: the documented shape, what is refused, who may do what; and jobs that call.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack qw(wait_for);

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $base = '/api/v2/heartbeats';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $origin = 'http://127.0.0.1:' . $stack->port;

sub made {
    my (%body) = @_;
    my ($status, $data) = $ann->post($base, {name => 'Nightly backup', period => 3600, grace => 600, %body});
    is $status, 201, 'made' or diag explain $data;
    return $data->{data};
}
sub shown { return ($ann->get("$base/$_[0]"))[1]{data}{attributes} }
sub path { my ($url) = @_; $url =~ s/^\Q$origin\E//; return $url }
sub call {
    my ($heartbeat, $what, $output, $method) = @_;
    return $stack->request($method // (defined $output ? 'POST' : 'GET'), path($heartbeat->{attributes}{url}) . ($what // ''),
        defined $output ? {content => $output} : {})->{status};
}
sub becomes {
    my ($id, $state, $title) = @_;
    ok wait_for(sub { shown($id)->{state} eq $state }, 20), $title // "becomes $state";
    return shown($id);
}
sub incident { return ($ann->get("/api/v3/incidents/$_[0]"))[1]{data}{attributes} }
sub pings { return [map { $_->{attributes} } @{($ann->get("$base/$_[0]/pings" . ($_[1] // '')))[1]{data}}] }
sub kind_of {
    my ($value) = @_;
    return !defined $value ? 'null' : ref $value eq 'ARRAY' ? 'array' : JSON::PP::is_bool($value) ? 'boolean'
        : $value =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ ? 'time' : $value =~ /^\d+$/ ? 'number' : 'string';
}

subtest 'the documented shape' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my $h = made();
    is $h->{type}, 'heartbeat';
    my ($id, $a) = ($h->{id}, $h->{attributes});
    is_deeply $events->next('change')->{data}, {type => 'heartbeat', action => 'created', id => $id}, 'told to dashboards';
    is_deeply {map { $_ => kind_of($a->{$_}) } keys %$a}, {
        url => 'string', name => 'string', period => 'number', grace => 'number', cron => 'null', server_timezone => 'null',
        server_timezone_iana => 'string', policy_id => 'null', team_wait => 'null',
        (map { $_ => 'boolean' } qw(call sms email push critical_alert)),
        max_runtime => 'null', sort_index => 'null', maintenance_from => 'null', maintenance_to => 'null',
        maintenance_timezone => 'string', maintenance_days => 'array', paused => 'boolean', paused_at => 'null',
        created_at => 'time', updated_at => 'time', team_name => 'string', status => 'string', state => 'string',
        state_since => 'time', last_ping_at => 'null', last_ping => 'null', last_exit_code => 'null', last_duration_ms => 'null',
        expected_at => 'null', deadline_at => 'null', incident_id => 'null', maintenance_until => 'null'}, 'every attribute';
    like $a->{url}, qr{^\Q$origin\E/api/v1/heartbeat/[A-Za-z0-9_-]{24,128}$}, 'where to call, absolute';
    is_deeply [@{$a}{qw(name period grace status state paused team_name)}],
        ['Nightly backup', 3600, 600, 'pending', 'pending', $false, 'Ann'];
    is_deeply shown($id), $a, 'read again';
    is_deeply(($ann->get("/api/v3/heartbeats/$id"))[1]{data}{attributes}, $a, 'and as v3');

    my $changed = {name => ' Backup ', period => 86400, grace => 0, server_timezone => 'Europe/Berlin', max_runtime => 60,
        sort_index => 3, maintenance_from => '22:00:00', maintenance_to => '23:30:00', maintenance_days => ['sat', 'sun'],
        maintenance_timezone => 'Pacific Time (US & Canada)', paused => $true};
    my ($status, $data) = $ann->patch("$base/$id", $changed);
    is $status, 200, 'changed' or diag explain $data;
    $a = $data->{data}{attributes};
    is_deeply {map { $_ => $a->{$_} } keys %$changed}, {%$changed, name => 'Backup'}, 'all of it';
    is_deeply [@{$a}{qw(status state)}, kind_of($a->{paused_at})], ['paused', 'paused', 'time'], 'paused';
    ($status, $data) = $ann->patch("$base/$id", {paused => $false, server_timezone => undef, max_runtime => undef});
    is_deeply [@{$data->{data}{attributes}}{qw(status paused_at server_timezone max_runtime name)}],
        ['pending', undef, undef, undef, 'Backup'], 'null puts the default back';

    my ($rotated, $again) = $ann->post("$base/$id/rotate-token");
    is $rotated, 200, 'another URL';
    isnt $again->{data}{attributes}{url}, $h->{attributes}{url}, 'is another';
    is call($h), 404, 'nobody has the old one';
    is call($again->{data}), 200, 'the new one works';
    is(($ann->delete("$base/$id"))[0], 204, 'deleted');
    is(($ann->get("$base/$id"))[0], 404, 'gone');
    is call($again->{data}), 404, 'with its URL';
};

subtest 'what is refused' => sub {
    my %wrong = (name => [undef, '', 5, 'x' x 256, "a\nb"], period => [undef, 29, '60', 1.5, 99_999_999],
        grace => [undef, -1, '5', 99_999_999], cron => ['61 * * * *', 5, 'x', '0 0 30 2 *', '0 0 29 2 */7'],
        server_timezone => ['Nowhere', 5, 'EST5EDT4'], max_runtime => [0, 'x', -1], sort_index => [-1, 'x'], paused => ['x', 1],
        maintenance_from => ['25:00:00', 5], maintenance_timezone => ['x'], maintenance_days => [['x'], 'mon', []],
        url => ['x'], status => ['up'], token => ['x'], policy_id => ['1', 'x', 1.5], call => ['x', 1], team_wait => [-1, 'x'], heartbeat_group_id => [1]);
    my $h = made();
    for my $field (sort keys %wrong) {
        for my $value (@{$wrong{$field}}) {
            my %body = (name => 'x', period => 60, grace => 0, maintenance_from => '22:00:00', maintenance_to => '23:00:00',
                $field => $value);
            my ($status, $data) = $ann->post($base, \%body);
            my $shown = JSON::PP->new->allow_nonref->encode($value);
            is_deeply [$status, keys %{$data->{errors} // {}}], [422, $field], "$field $shown"
                or diag explain $data;
            like $data->{errors}{$field}[0], qr/^(must|is|has|names|cannot|does)\b/, 'says why';
        }
    }
    is_deeply [sort keys %{($ann->post($base, {}))[1]{errors}}], ['grace', 'name', 'period'], 'what is required';
    is(($ann->patch("$base/$h->{id}", {grace => -1}))[0], 422, 'nor changed to');
    is_deeply [sort keys %{($ann->patch("$base/$h->{id}", {period => undef}))[1]{errors}}], ['period'], 'no schedule at all';
    is(($ann->get("$base/$h->{id}/pings?per_page=0"))[0], 422, 'no page');
    is(($ann->get("$base?page=x"))[0], 422, 'nor of the list');
    $ann->delete("$base/$h->{id}");
};

subtest 'whose they are' => sub {
    my $h = made();
    my $id = $h->{id};
    is(($bob->get("$base/$id"))[0], 404, 'not a stranger\'s to read');
    is(($bob->patch("$base/$id", {name => 'x'}))[0], 404, 'nor to change');
    is(($bob->post("$base/$id/rotate-token"))[0], 404, 'nor to rotate');
    is(($bob->get("$base/$id/pings"))[0], 404, 'nor its pings');
    is(($bob->delete("$base/$id"))[0], 404, 'nor to delete');
    is_deeply(($bob->get($base))[1]{data}, [], 'nor in the list');
    is($stack->request('GET', "$base/$id")->{status}, 401, 'nobody\'s without a session');
    $ann->delete("$base/$id");
};

subtest 'lists' => sub {
    my @ids = map { made(name => "Job $_")->{id} } 1 .. 5;
    my ($status, $data) = $ann->get("$base?per_page=2&page=2");
    is_deeply [map { $_->{id} } @{$data->{data}}], [@ids[2, 3]], 'a page';
    is $data->{pagination}{next}, "$origin$base?per_page=2&page=3", 'and a link to the next';
    like $data->{data}[0]{attributes}{url}, qr/^\Q$origin\E/, 'URLs are absolute here, too';
    is scalar @{($ann->get("$base?team_name=Ann"))[1]{data}}, 5, 'the team by name';
    is scalar @{($ann->get("$base?team_name=Bob"))[1]{data}}, 0, 'no other';
    $ann->delete("$base/$_") for @ids;
};

subtest 'a job calls' => sub {
    my $h = made();
    my $id = $h->{id};
    my $events = $ann->events;
    $events->next('hello');
    is call($h, '/start'), 200, 'it starts';
    is_deeply $events->next('change')->{data}, {type => 'heartbeat', action => 'changed', id => $id}, 'dashboards hear of it';
    my $a = shown($id);
    is_deeply [@{$a}{qw(status state last_ping)}], ['up', 'running', 'start'], 'running';
    is call($h, undef, undef, 'HEAD'), 200, 'it succeeds';
    $a = shown($id);
    is_deeply [@{$a}{qw(status state last_ping last_exit_code)}], ['up', 'up', 'success', undef], 'up';
    cmp_ok $a->{last_duration_ms}, '>=', 0, 'how long it ran';
    is_deeply [map { kind_of($a->{$_}) } qw(expected_at deadline_at last_ping_at)], ['time', 'time', 'time'], 'and is expected again';

    is call($h, '/3', "rsync: no space left\n<b>\0\xff" . 'x' x 12_000), 200, 'it fails';
    $a = shown($id);
    is_deeply [@{$a}{qw(status state last_ping last_exit_code)}], ['down', 'down', 'fail', 3], 'down';
    ok wait_for(sub { defined shown($id)->{incident_id} }, 20), 'an incident';
    my $incident_id = shown($id)->{incident_id};
    my $i = incident($incident_id);
    is_deeply [@{$i}{qw(name cause status kind)}],
        ['Nightly backup', 'Nightly backup failed with exit code 3', 'Started', 'heartbeat'], 'in words';
    is(($ann->get("/api/v3/incidents/$incident_id"))[1]{included}[0]{attributes}{state}, 'down', 'included as it is now');
    like $i->{response_content}, qr/^rsync: no space left\n<b>/, 'with what it said';
    is_deeply [map { $_->{id} } @{($ann->get("/api/v3/incidents?heartbeat_id=$id"))[1]{data}}], [$incident_id], 'found by it';

    is call($h, '/0', 'fine'), 200, 'it succeeds again';
    is becomes($id, 'up')->{last_exit_code}, 0, 'with exit code 0';
    ok wait_for(sub { !defined shown($id)->{incident_id} }, 20), 'the incident is over';
    is incident($incident_id)->{status}, 'Resolved', 'resolved';
    is call($h, '/fail', 'it said so'), 200, 'it says that it failed';
    ok wait_for(sub { defined shown($id)->{incident_id} }, 20), 'another incident';
    is incident(shown($id)->{incident_id})->{cause}, 'Nightly backup reported a failure', 'in words';

    my $pings = pings($id);
    is_deeply [map { join ' ', $_->{what}, $_->{exit_code} // '-' } @$pings], ['fail -', 'success 0', 'fail 3', 'success -', 'start -'],
        'its history, newest first';
    is_deeply [map { $_->{output} } @$pings[0, 1, 3]], ['it said so', 'fine', undef], 'with what it said';
    is length $pings->[2]{output}, 10240, 'at most so much of it';
    is $pings->[0]{address}, '127.0.0.1', 'and from where';
    cmp_ok $pings->[3]{duration_ms}, '>=', 0, 'and how long it ran';
    is_deeply [map { $_->{what} } @{pings($id, '?per_page=1&page=2')}], ['success'], 'by pages';
    is(($ann->delete("$base/$id"))[0], 204, 'deleted');
    is(incident($_->{id})->{status}, 'Resolved', 'its incidents are over')
        for @{($ann->get("/api/v3/incidents?heartbeat_id=$id"))[1]{data}};
};

subtest 'a job that does not call' => sub {
    my $h = made(period => 30, grace => 0);
    my $id = $h->{id};
    call($h);
    $stack->sql("update betterstack.heartbeat set expected_at = now() - interval '10 minutes',
        deadline_at = now() - interval '1 second', due_at = now() where id = $id");
    $stack->sql('update betterstack.sweep set quiet_until = null');
    is becomes($id, 'down')->{status}, 'down', 'is missed';
    ok wait_for(sub { defined shown($id)->{incident_id} }, 20), 'an incident';
    like incident(shown($id)->{incident_id})->{cause},
        qr/^Nightly backup did not report: expected at \d\d:\d\d:\d\d, 10 minutes overdue$/, 'in words';
    call($h);
    becomes($id, 'up', 'until it calls');
    $ann->delete("$base/$id");
};

subtest 'calls while Postgres is away' => sub {
    my $h = made(name => 'Mail');
    my $id = $h->{id};
    call($h);
    $stack->kill_piece('postgres');
    wait_for(sub { ($stack->health->{postgres}{state} // '') ne 'ready' }, 20);
    is_deeply [map { call($h, $_, "output of $_") } '/start', '/0', '/7'], [202, 202, 202], 'are taken';
    $stack->start('postgres');
    ok wait_for(sub { (eval { shown($id)->{last_exit_code} } // 0) == 7 }, 60), 'and stored when it is back';
    is_deeply [map { join ' ', $_->{what}, $_->{output} // '-' } @{pings($id)}],
        ['fail output of /7', 'success output of /0', 'start output of /start', 'success -'], 'all of them, in order';
    ok wait_for(sub { defined shown($id)->{incident_id} }, 60), 'a failure then is an incident now';
    is scalar @{($ann->get("/api/v3/incidents?heartbeat_id=$id"))[1]{data}}, 1, 'one';
};

is_deeply [$stack->bad_log_lines], [], 'nginx has nothing bad to tell';
done_testing;
