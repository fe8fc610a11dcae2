# The list of monitors with the last 24 hours of each.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Postgres;
use BetterStack::Stack;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack)->sign_up('ann@example.com', 'Ann');
my $bob = BetterStack::Client->new($stack)->sign_up('bob@example.com', 'Bob');
my $root = BetterStack::Postgres::Session->new($stack->conninfo);
my $base = '/api/v2/monitors/overview';

# One that was made so many hours ago; states: [hours ago it began, number]
sub made {
    my ($name, $hours, @states) = @_;
    my ($status, $data) = $ann->post('/api/v2/monitors', {monitor_type => 'status', url => 'http://192.0.2.1/',
        pronounceable_name => $name, paused => JSON::PP::true});
    my $id = $data->{data}{id};
    $root->rows("update betterstack.monitor set created_at = now() - interval '$hours hours' where id = $id;
        delete from betterstack.state_span where monitor_id = $id");
    $root->rows("select core.state_span_write($id, $_->[1]::smallint, now() - interval '$_->[0] hours', null)") for @states;
    return $id;
}
sub rows { my ($query) = @_; my ($status, $data) = $ann->get($base . ($query // q())); is $status, 200 or diag explain $data; return $data }
sub bars { return {map { $_->{id} => $_->{attributes}{bars} } @{rows('?per_page=1000')->{data}}} }

subtest 'one row' => sub {
    my $id = made('A "name" & <more> ü', 100, [100, 1]);
    my $data = rows();
    my ($row) = @{$data->{data}};
    is_deeply [@$row{qw(id type)}], [$id, 'monitor_overview'], 'what it is';
    is_deeply [@{$row->{attributes}}{qw(name url availability_24h bars)}], ['A "name" & <more> ü', 'http://192.0.2.1/', 1, 'u' x 24],
        'all of 24 hours up';
    is $row->{attributes}{state}, 'paused', 'its state now';
    like $row->{attributes}{status_since}, qr/^\d{4}-.*Z$/, 'since when';
    like $data->{pagination}{first}, qr{\Q$base\E\?page=1$}, 'pages';
};

subtest 'what the letters say' => sub {
    my $down = made('down', 100, [100, 1]);
    $root->rows("with i as (insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at, last_joined_at)
            select team_id, 'failure', 'x', 'x', now() - interval '2.5 hours', now(), now() from betterstack.monitor where id = $down returning id)
        insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at, ended_at)
        select id, $down, 'x', 'x', 'x', now() - interval '2.5 hours', now(), now() - interval '2.499 hours' from i");
    my %wanted = ($down => 'u' x 21 . 'duu');
    $wanted{made('new', 3.5, [3.5, 0], [3.4, 1])} = '-' x 20 . 'uuuu';
    $wanted{made('degraded', 100, [100, 1], [5.5, 2], [4.5, 1])} = 'u' x 18 . 'gg' . 'uuuu';
    $wanted{made('no data', 100, [100, 1], [5.5, 9], [4.5, 1])} = 'u' x 18 . 'nn' . 'uuuu';
    $wanted{made('paused', 100, [100, 1], [5.5, 4], [4.5, 1])} = 'u' x 18 . 'pp' . 'uuuu';
    $wanted{made('paused for a moment', 100, [100, 1], [5.5, 4], [5.495, 1])} = 'u' x 24;
    $wanted{my $planned = made('planned', 100, [100, 1])} = 'u' x 18 . 'mm' . 'uuuu';
    $root->rows("insert into betterstack.maintenance_time values (1, $planned, now() - interval '5.5 hours', now() - interval '4.5 hours')");
    $wanted{my $paused = made('paused for days', 100, [100, 1], [90, 4])} = 'p' x 24;
    my $got = bars();
    is $got->{$_}, $wanted{$_}, $root->value("select pronounceable_name from betterstack.monitor where id = $_") for sort keys %wanted;
    my %row = map { $_->{id} => $_->{attributes} } @{rows('?per_page=1000')->{data}};
    is $row{$paused}{availability_24h}, undef, 'of nothing that counts there is no availability';
    cmp_ok abs($row{$down}{availability_24h} - (1 - 3.6 / 86400)), '<', 1e-7, 'an outage of seconds';
    is $row{$planned}{availability_24h}, 1, 'maintenance does not count';
};

subtest 'who sees what' => sub {
    my ($status, $data) = $bob->get($base);
    is_deeply [$status, $data->{data}], [200, []], 'the own team only';
    is((BetterStack::Client->new($stack)->get($base))[0], 401, 'nobody without an account');
    ($status, $data) = $ann->get("$base?per_page=1001");
    is $status, 422;
    like $data->{errors}{per_page}[0], qr/between 1 and 1000/, 'a thousand at most';
    $data = rows('?per_page=2&page=2');
    is scalar @{$data->{data}}, 2, 'by pages';
    like $data->{pagination}{next}, qr/per_page=2&page=3$/, 'and on';
};

done_testing;
