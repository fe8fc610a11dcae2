# What programs send by mistake and on purpose: bodies of every operation of alerts, with parts of them
# replaced.  Nothing is an error of the hub, and Postgres has nothing to complain about.  SEED and RUNS.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use BetterStack::Client;
use BetterStack::Stack;

my $stack = BetterStack::Stack->new(agents => 0);
my $ann = BetterStack::Client->new($stack, token => $stack->token);     # an administrator
my $seed = $ENV{SEED} // 7;
my $runs = $ENV{RUNS} // 400;
srand $seed;
my $json = JSON::PP->new->utf8->allow_nonref->canonical;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

my @odd = (undef, 0, 1, -1, 2**31, 1.5, 1e300, '', ' ', "\t", "\r\nX: y", "\x{2028}", "\x{1f600}",
    '<script>', q{'"\\;--}, 'a' x 300, 'a' x 3000, $true,
    $false, '1', '0', '01', '999999999', '99999999999999999999', 'NaN', 'infinity', '2026-02-30',
    '2199-12-31T23:59:59Z', '0000-00-00',
    '24:00', '23:59', 'Etc/GMT+99', 'posix/UTC', '../../etc', 'http://a', 'http://169.254.169.254/',
    'https://x:99999/', 'http://[::1]/',
    'javascript:1', 'a@b', 'admin@localhost', '%s%n', '{x}', [], {}, [[]], [{}], [undef], {a => 1},
    {type => 'user', id => 1});
sub any { return $_[rand @_] }
sub odd { return $json->decode($json->encode(any(@odd))) }      # one of its own

my %made = (id => [1]);
sub id { my ($of) = @_; return any(@{$made{$of} // [1]}, 999_999) }
sub ways { return (policy_id => id('policies'), call => $true, email => $false, team_wait => 60) }
my %body = (
    channels => sub { {name => 'x', kind => 'webhook', settings => {url => 'http://192.0.2.1/',
        method => 'PUT', verify_tls => $true},
        secrets => {headers => {A => 'b'}, password => 'p'}, events => ['started'],
        repeat_every => 600, rate_limit => 5, quiet_from => '22:00',
        quiet_to => '07:00', quiet_timezone => 'Europe/Berlin', quiet_days => ['mon'],
        all_incidents => $false} },
    'me/contacts' => sub { {name => 'x', kind => 'email', settings => {to => ['a@example.com']},
        ways => ['email'], enabled => $true} },
    policies => sub { {name => 'x', repeat_count => 1, repeat_delay => 60,
        fallback_policy_id => id('policies'), policy_group_id => undef, steps => [
        {type => 'escalation', wait_before => 5, urgency_id => id('urgencies'),
            step_members => [{type => 'user', email => 'admin@localhost'},
            {type => 'policy', id => id('policies')}, {type => 'incident_metadata',
                metadata_key => 'k'}]},
        {type => 'time_branching', wait_until_time => '08:00', days => ['mon'],
            time_from => '08:00', time_to => '18:00', policy_id => id('policies')},
        {type => 'metadata_branching', metadata_key => 'k', metadata_values => ['x',
            {type => 'Team', item_id => 't1'}], policy_metadata_key => 'p'},
        {type => 'instructions', instructions_comment => '{k}',
            instructions_reminder_enabled => $true}]} },
    urgencies => sub { {name => 'x', call => $true, urgency_group_id => id('urgency-groups')} },
    'policy-groups' => sub { {name => 'x', sort_index => 1} },
    'urgency-groups' => sub { {name => 'x', sort_index => 1} },
    'on-calls' => sub { {name => 'x', default_calendar => $false, handover_notice => $true} },
    'on-calls/default/rotation' => sub { {users => ['admin@localhost'], rotation_length => 1,
        rotation_interval => any(qw(hour day week)),
        start_rotations_at => '2026-01-01', end_rotations_at => undef,
        timezone => 'Pacific/Apia'} },
    'on-calls/default/events' => sub { {users => ['admin@localhost'], starts_at => '2026-01-01',
        ends_at => '2026-02-01', override => $true} },
    slos => sub { {name => 'x', target => 99.9, window => any(7, 'month'), timezone => 'Europe/Berlin',
        monitor_ids => [id('monitors')], all_monitors => any($true, $false), burn_alerts => $true,
        policy_id => id('policies')} },
    monitors => sub { {url => 'http://192.0.2.1/', monitor_type => 'status', paused => $true,
        expiration_policy_id => id('policies'), ways()} },
    heartbeats => sub { {name => 'x', period => 3600, grace => 0, ways()} },
    incidents => sub { {summary => 'x',
        metadata => {k => ['x', {type => 'User', email => 'admin@localhost'}]}, ways()} },
    metadata => sub { {owner_type => 'Incident', owner_id => id('incidents'), key => 'k',
        values => ['x', 7], mode => any('merge', 'replace')} },
    installation => sub { {public_url => 'http://192.0.2.1', smtp => {host => '192.0.2.1',
        port => 25, security => 'none', from => 'a@b.example'},
        twilio => {account_sid => 'AC' . '0' x 32, from => '+1'}, twilio_auth_token => 't'} },
    escalate => sub { {escalation_type => any(qw(User Team Schedule Policy Organization)),
        user_id => 1} },
);

# Some part of it is another.
sub spoil {
    my ($value) = @_;
    my @places = ref $value eq 'HASH' ? sort keys %$value : ref $value eq 'ARRAY' ? 0 .. $#$value
        : ();
    return odd() if !@places;
    my $place = any(@places);
    my $part = \(ref $value eq 'HASH' ? $value->{$place} : $value->[$place]);
    if (ref $$part && rand() < 0.7) {
        $$part = spoil($$part);
    } elsif (ref $value eq 'HASH' && rand() < 0.2) {
        rand() < 0.5 ? delete $value->{$place} : ($value->{any('id', 'team_id', '', 'zz')} = odd());
    } else {
        $$part = odd();
    }
    return $value;
}

my (%status, @failed);
for my $n (1 .. $runs) {
    my $of = any(sort keys %body);
    my $body = $body{$of}->();
    $body = spoil($body) for 1 .. int rand 3;
    my $change = $of eq 'installation' || $made{$of} && $of !~ m{/rotation$|^incidents$}
        && rand() < 0.4;
    my $path = "/api/v2/$of" . ($of eq 'escalate' ? '' : $change && $of ne 'installation'
        ? '/' . id($of) : '');
    $path = '/api/v2/incidents/' . id('incidents') . '/escalate' if $of eq 'escalate';
    my $method = $change ? 'PATCH' : 'POST';
    my ($status, $data) = $ann->send($method, $path, $json->encode($body));
    $status{$status}++;
    push @{$made{$of}}, $data->{data} ? $data->{data}{id} : $data->{id} if $status == 201
        && ref $data && ($data->{data} ? $data->{data}{id} : $data->{id});
    my $named = $status != 422 || ref $data eq 'HASH' && ref $data->{errors} eq 'HASH'
        && %{$data->{errors}};
    push @failed, "$n: $status $method $path " . substr $json->encode($body), 0, 400
        if $status >= 500 || !$named;
    $ann->delete("$path") if $change && $of ne 'installation' && rand() < 0.1;
}
is_deeply \@failed, [],
    "no body makes the hub fail, and each 422 names a field (SEED=$seed RUNS=$runs)";
ok $status{201} && $status{422}, 'some are taken, some are refused' or diag explain \%status;
is_deeply [grep { /ERROR|PANIC/ } split /\n/, $stack->log_text('postgres')], [],
    'Postgres has nothing to complain about';
is_deeply [$stack->bad_log_lines], [], 'nor has nginx';

done_testing;
