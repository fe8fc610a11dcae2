# The whole way of a report: settings over the API, a sweep of a real hub finds it due, an agent sends it through
# a real mail server, once to each of those whom it is for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib";

use Encode qw(decode);
use Test::More;

use BetterStack::Agent::Email ();
use BetterStack::Agent::MailServer;
use BetterStack::Client;
use BetterStack::Stack;

my $mail = BetterStack::Agent::MailServer->new('--login', 'hub', 'mail-secret');
my $stack = BetterStack::Stack->new(regions => 'north');
my $admin = BetterStack::Client->new($stack, token => $stack->token);
my $base = '/api/v2/reports';

sub made {
    my ($path, $body) = @_;
    my ($status, $data) = $admin->post($path, $body);
    is $status, 201, $path or diag explain $data;
    return $data->{data}{id};
}
sub mails {
    return map { {to => join(' ', sort @{$_->{to}}), %{BetterStack::Agent::Email::taken_apart($_->{bytes})}} } $mail->mails;
}
sub wait_mails {
    my ($n, $what) = @_;
    BetterStack::Stack::wait_for(sub { mails() >= $n }, 60, $what);
    return mails();
}

my $team = $stack->sql('select min(team_id) from betterstack.membership');
for my $name (qw(bob carol)) {
    my $client = BetterStack::Client->new($stack)->sign_up("$name\@example.com", ucfirst $name);
    $stack->sql("insert into betterstack.membership select id, $team, 'owner' from betterstack.app_user where email = '$name\@example.com'");
}
is +($admin->patch('/api/v2/installation', {smtp_password => 'mail-secret', public_url => 'https://status.example', smtp => {
    host => '127.0.0.1', port => 0 + $mail->port, security => 'none', username => 'hub', from => 'Hub <hub@example.com>'}}))[0], 200;

my $hostile = '<script>alert(1)</script> & "Shop"';
my $monitor = made('/api/v2/monitors', {url => 'http://127.0.0.1:9/', pronounceable_name => $hostile, monitor_type => 'status', paused => JSON::PP::true});
my $channel = made('/api/v2/channels', {name => 'Customers', kind => 'email', settings => {to => ['customer@example.org', 'CAROL@example.com']}});
my $report = made($base, {name => "Report <b>of</b> all", period => 'week', timezone => 'Europe/Berlin',
    emails => [qw(bob@example.com carol@example.com)], channel_ids => [$channel]});

# An incident of last week, and a monitor that was there before it; the report is due now.
$stack->sql("update betterstack.monitor set created_at = now() - interval '60 days' where id = $monitor;
    delete from betterstack.state_span where monitor_id = $monitor;
    insert into betterstack.state_span (monitor_id, began_at, state) values ($monitor, now() - interval '60 days', 1);
    with i as (insert into betterstack.incident (team_id, kind, name, cause, started_at, confirmed_at, resolved_at, last_joined_at, monitors_count)
        select $team, 'failure', 'Shop', 'HTTP 502 <i>Bad</i>', t, t, t + interval '72 minutes', t, 1
          from (select date_trunc('week', now() at time zone 'Europe/Berlin') at time zone 'Europe/Berlin' - interval '4 days' as t) o returning *)
    insert into betterstack.incident_monitor (incident_id, monitor_id, name, url, cause, started_at, confirmed_at, ended_at)
    select id, $monitor, 'Shop', 'x', 'x', started_at, started_at, resolved_at from i;
    update betterstack.report set next_on = date_trunc('week', now() at time zone 'Europe/Berlin')::date - 7, due_at = now() - interval '1 minute'
     where id = $report; select 1");

subtest 'sent once to each' => sub {
    my @mails = wait_mails(2, 'two mails');
    is join(', ', sort map { $_->{to} } @mails), 'CAROL@example.com customer@example.org, bob@example.com',
        'the channel and the member who is not in it';
    my ($one) = grep { $_->{to} eq 'bob@example.com' } @mails;
    like $one->{headers}{subject}, qr/^Report <b>of<\/b> all: \d+ /, 'its subject';
    is $one->{headers}{'x-betterstack-event'}, 'report';
    my ($run) = ($admin->get("$base/$report/runs"))[1]{data}[0]{id};
    like $one->{$_}, qr{https://status\.example/reports/$report/runs/$run\b}, "$_: the link to the page" for qw(text html);
    like $one->{text}, qr/1 incident, 1 h 12 min of downtime\./, 'what happened';
    like $one->{text}, qr/\Q$hostile\E: 99\.2\d+%/, 'each monitor';
    unlike $one->{html}, qr/<script>|<i>|<b>/, 'nothing of others is markup';
    like $one->{html}, qr/&lt;script&gt;alert\(1\)/, 'but text';
};

subtest 'and never again' => sub {
    my ($run) = ($admin->get("$base/$report/runs"))[1]{data}[0]{id};
    is +($admin->post("$base/$report/runs/$run/send"))[1]{receivers}, 0, 'asked to send it again';
    $stack->restart('nginx');
    $stack->sql("update betterstack.report set next_on = next_on - 7, due_at = now() where id = $report");
    BetterStack::Stack::wait_for(sub { $stack->sql("select due_at > now() from betterstack.report where id = $report") eq 't' }, 60,
        'the sweep to look at it again');
    is $stack->sql("select count(*) from betterstack.report_run where report_id = $report"), 1, 'the same week makes no other run';
    my $states = ($admin->get("$base/$report/runs/$run"))[1]{data}{attributes}{deliveries};
    is_deeply [@$states{qw(sent waiting failed)}], [2, 0, 0], 'two were sent';
    $stack->sql("delete from betterstack.membership where team_id = $team and user_id = (select id from betterstack.app_user where email = 'bob\@example.com')");
    is +($admin->post("$base/$report/run", {send => JSON::PP::true}))[0], 201, 'another one, now';
    my @mails = wait_mails(3, 'one mail more');
    is $mails[2]{to}, 'CAROL@example.com customer@example.org', 'who left the team gets nothing';
    is scalar @mails, 3;
};

is_deeply [$stack->bad_log_lines], [], 'nothing bad in the logs';
done_testing;
