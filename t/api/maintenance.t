# Maintenance windows over HTTP: their shape, what changes them, and that they hold within a second.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $base = '/api/v2/maintenance-windows';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

sub in { return strftime '%Y-%m-%dT%H:%M:%S.000Z', gmtime(time + $_[0]) }
sub state_of { my ($id) = @_; return ($ann->get("/api/v2/monitors/$id"))[1]{data}{attributes} }
sub comes_to {
    my ($id, $state) = @_;
    return BetterStack::Stack::wait_for(sub { state_of($id)->{state} eq $state }, 20, "monitor $id to be $state");
}
my $monitor = ($ann->post('/api/v2/monitors', {url => 'http://192.0.2.1/', monitor_type => 'status'}))[1]{data}{id};

subtest 'one that happens once' => sub {
    my $events = $ann->events;
    $events->next('hello');
    my ($from, $to) = (in(3600), in(7200));
    my ($status, $data) = $ann->post($base, {name => ' Database ', description => 'New disks', starts_at => $from, ends_at => $to,
        timezone => 'Pacific Time (US & Canada)', monitor_ids => [$monitor]});
    is $status, 201, 'made';
    my $id = $data->{data}{id};
    is $data->{data}{type}, 'maintenance_window';
    like(JSON::PP->new->encode($data), qr/"id":"\d+"/, 'ids are strings');
    my %got = %{$data->{data}{attributes}};
    like delete $got{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, $_ for qw(created_at updated_at);
    is_deeply \%got, {name => 'Database', description => 'New disks', starts_at => $from, ends_at => $to, duration => undef,
        recurrence => undef, timezone => 'Pacific Time (US & Canada)', timezone_iana => 'America/Los_Angeles',
        all_monitors => $false, monitor_ids => ["$monitor"],
        heartbeat_ids => [], active => $false, state => 'scheduled', current_ends_at => undef, next_starts_at => $from,
        next_ends_at => $to}, 'its shape';
    is_deeply $events->next('change')->{data}, {type => 'maintenance', action => 'created', id => $id}, 'dashboards are told';
    is_deeply +($ann->get("$base/$id"))[1], $data, 'get answers the same';

    ($status, $data) = $ann->send('PATCH', "$base/$id", {starts_at => in(-60)});
    is $status, 200, 'moved to begin now';
    is $data->{data}{attributes}{state}, 'active';
    ok comes_to($monitor, 'maintenance'), 'the monitor is in maintenance';
    is state_of($monitor)->{maintenance_until}, $to, 'until its end';
    ($status, $data) = $ann->post("$base/$id/end");
    is $status, 200, 'ended';
    is $data->{data}{attributes}{state}, 'ended';
    ok comes_to($monitor, 'pending'), 'it is out';
    is state_of($monitor)->{maintenance_until}, undef;
    is +($ann->post("$base/$id/end", {}))[0], 409, 'again';
    is +($ann->post("$base/$id/end", {now => 1}))[0], 422, 'with something that means nothing';
    is +($ann->send('DELETE', "$base/$id"))[0], 204, 'deleted';
    is +($ann->get("$base/$id"))[0], 404, 'gone';
};

subtest 'one that recurs, and heartbeats' => sub {
    my $heartbeat = ($ann->post('/api/v2/heartbeats', {name => 'Backup', period => 3600, grace => 600}))[1]{data}{id};
    my ($status, $data) = $ann->post($base, {name => 'Nightly', starts_at => in(-60), duration => 1800, recurrence => 'RRULE:FREQ=DAILY',
        all_monitors => $true, heartbeat_ids => [$heartbeat]});
    is $status, 201 or diag explain $data;
    my $id = $data->{data}{id};
    is $data->{data}{attributes}{active}, $true, 'it runs';
    is_deeply $data->{data}{attributes}{heartbeat_ids}, ["$heartbeat"];
    ok comes_to($monitor, 'maintenance'), 'the monitor is in maintenance';
    my $of = sub { ($ann->get("/api/v2/heartbeats/$heartbeat"))[1]{data}{attributes} };
    ok BetterStack::Stack::wait_for(sub { $of->()->{status} eq 'maintenance' }, 20, 'the heartbeat'), 'and the heartbeat';
    is $of->()->{maintenance_until}, $data->{data}{attributes}{current_ends_at}, 'until then';
    is +($ann->send('DELETE', "$base/$id"))[0], 204, 'deleted';
    ok comes_to($monitor, 'pending'), 'it is out';
    ok BetterStack::Stack::wait_for(sub { $of->()->{status} ne 'maintenance' }, 20, 'the heartbeat'), 'as the heartbeat';
};

subtest 'cron, lists, others' => sub {
    my @ids = map { ($ann->post($base, {name => "Window $_", starts_at => in(0), duration => 600, recurrence => '0 3 * * sun',
        timezone => 'Europe/Berlin', monitor_ids => [$monitor]}))[1]{data}{id} } 1 .. 3;
    my ($status, $data) = $ann->get("$base?per_page=2");
    is_deeply [map { $_->{id} } @{$data->{data}}], [@ids[0, 1]], 'a page';
    like $data->{pagination}{next}, qr{^http://.*/api/v2/maintenance-windows\?per_page=2&page=2$}, 'and where the next one is';
    is +($ann->get("$base?per_page=1000"))[0], 422, 'not too many';
    is scalar @{($bob->get($base))[1]{data}}, 0, 'another team sees none of them';
    is +($bob->get("$base/$ids[0]"))[0], 404;
    is +($bob->send('PATCH', "$base/$ids[0]", {name => 'x'}))[0], 404;
    is +($bob->post("$base/$ids[0]/end"))[0], 404;
    is +($bob->send('DELETE', "$base/$ids[0]"))[0], 404;
    ($status, $data) = $bob->post($base, {name => 'x', starts_at => in(60), ends_at => in(120), monitor_ids => [$monitor]});
    is $status, 422, 'nor may it name their monitors';
    is_deeply $data->{errors}, {monitor_ids => ["does not know the monitor $monitor"]};
    is +(BetterStack::Client->new($stack)->get($base))[0], 401, 'nobody gets nothing';
    is +($ann->send('PUT', "$base/$ids[0]", {}))[0], 405;
};

subtest 'the daily one of a monitor' => sub {
    my ($status, $data) = $ann->send('PATCH', "/api/v2/monitors/$monitor", {maintenance_from => '01:00', maintenance_to => '02:30:00',
        maintenance_timezone => 'Eastern Time (US & Canada)', maintenance_days => ['mon', 'sun']});
    is $status, 200;
    my $got = $data->{data}{attributes};
    is_deeply [@{$got}{qw(maintenance_from maintenance_to maintenance_timezone maintenance_days)}],
        ['01:00:00', '02:30:00', 'Eastern Time (US & Canada)', ['mon', 'sun']], 'answered as documented';
    for my $wrong ([maintenance_from => '25:00:00'], [maintenance_to => '1:00'], [maintenance_timezone => 'Nowhere'],
        [maintenance_days => ['monday']], [maintenance_to => '01:00:00'], [maintenance_from => undef, 'maintenance_from']) {
        ($status, $data) = $ann->send('PATCH', "/api/v2/monitors/$monitor", {$wrong->[0] => $wrong->[1]});
        is_deeply [$status, keys %{$data->{errors}}], [422, $wrong->[2] // $wrong->[0]], "$wrong->[0] is wrong";
    }
    ($status, $data) = $ann->send('PATCH', "/api/v2/monitors/$monitor", {maintenance_from => '00:00:00', maintenance_to => '24:00:00',
        maintenance_days => undef});
    is scalar @{$data->{data}{attributes}{maintenance_days}}, 7, 'null is every day';
    ok comes_to($monitor, 'maintenance'), 'a change holds within a second';
    ok state_of($monitor)->{maintenance_until} gt in(0), 'and its end is known';
    ($status, $data) = $ann->send('PATCH', "/api/v2/monitors/$monitor", {maintenance_from => undef, maintenance_to => undef});
    is $status, 200;
    ok comes_to($monitor, 'pending'), 'and no more';
};

done_testing;
