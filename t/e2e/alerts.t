# The whole way of an alert, as people with curl and a mailbox would go it: a mail server, ways,
# channels, who is on call and a policy are set by REST; a site fails; who is on call is told, then,
# because nobody answers, the rest; one of them follows the link of the mail; the site recovers.
# All of it is real: agents of two regions, a mail server, a web hook's end that writes down what
# comes.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../agent/lib", "$FindBin::Bin/../observer/lib";

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(time);

use BetterStack::Agent::Email ();
use BetterStack::Agent::MailServer;
use BetterStack::Agent::Sink;
use BetterStack::Client;
use BetterStack::Stack qw(wait_for);
use BetterStack::Target;

use constant PATIENCE_S  => 60;
use constant STEP_WAIT_S => 3;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $stack = BetterStack::Stack->new(regions => 'local-a local-b');
my $mail = BetterStack::Agent::MailServer->new('--login', 'hub', 'mail-secret');
my $sink = BetterStack::Agent::Sink->new;
my $site = BetterStack::Target->new;

# The administrator of the first start, and two people of her team.
my $admin = BetterStack::Client->new($stack, token => $stack->token);
my %person = (admin => {client => $admin, address => 'admin@localhost'});
my $team = $stack->sql('select team_id from betterstack.membership');
for my $name (qw(bob carol)) {
    my $address = "$name\@example.com";
    my $client = BetterStack::Client->new($stack)->sign_up($address, ucfirst $name);
    $person{$name} = {client => $client, address => $address};
    $stack->sql("insert into betterstack.membership (user_id, team_id, role)
        select id, $team, 'owner' from betterstack.app_user where email = '$address'");
}

# ---- what the providers have got ----

sub made {
    my ($who, $path, $body) = @_;
    my ($status, $data) = $who->post($path, $body);
    is $status, 201, "$path: made" or diag explain $data;
    return ref $data ? $data->{data} // $data : {};
}

sub attributes { my ($path) = @_; return ($admin->get($path))[1]{data}{attributes} }

# [{event, key, to, subject, text}, ...] of mails, without those that are of no incident.
sub mails {
    my ($to) = @_;
    my @mails;
    for my $taken ($mail->mails) {
        my $read = BetterStack::Agent::Email::taken_apart($taken->{bytes});
        my %head = %{$read->{headers}};
        my ($key) = $head{'message-id'} =~ /^<([^@>]+)@/;
        push @mails, {key => $key, to => $taken->{to}, user => $taken->{user}, head => \%head,
            event => $head{'x-betterstack-event'}, subject => $head{subject},
            text => $read->{text}};
    }
    return grep { !$to || grep { $_ eq $to } @{$_->{to}} } @mails;
}

# Of a web hook's requests: {event, key, status, body => {...}}.
sub hooks {
    my ($path) = @_;
    return map { {event => $_->{headers}{'x-betterstack-event'}, status => $_->{status},
        key => $_->{headers}{'idempotency-key'}, body => decode_json($_->{body})} }
        grep { $_->{path} eq $path } $sink->requests;
}

# The first mail or request with this event; fails if it does not come.
sub first_of {
    my ($event, $what, $look) = @_;
    my $found;
    wait_for(sub { ($found) = grep { $_->{event} eq $event } $look->(); $found },
        PATIENCE_S, $what);
    ok $found, $what;
    return $found // {};
}
sub mail_to { my ($to, $event, $what) = @_; return first_of($event, $what, sub { mails($to) }) }
sub hook_at { my ($path, $event, $what) = @_; return first_of($event, $what, sub { hooks($path) }) }

# The newest incident, when there is another one than before.
my $incident = 0;
sub next_incident {
    my $id;
    wait_for(sub {
        $id = ($admin->get('/api/v3/incidents'))[1]{data}[0]{id};
        return $id && $id > $incident;
    }, PATIENCE_S, 'an incident');
    return $incident = $id;
}
sub incident_now { return attributes("/api/v3/incidents/$incident") }

sub deliveries {
    my ($query) = @_;
    my $path = "/api/v2/deliveries?incident_id=$incident&per_page=250";
    my ($status, $data) = $admin->get("$path$query");
    return reverse map { {id => $_->{id}, %{$_->{attributes}}} } @{$data->{data}};
}

# All that is to be told of the incident has been, or never will be.
sub settled {
    return wait_for(sub {
        my @all = deliveries('');
        return @all && !grep { $_->{state} =~ /^(?:due|leased)$/ } @all;
    }, PATIENCE_S, 'all deliveries');
}

sub timeline {
    my @items = @{($admin->get("/api/v3/incidents/$incident/timeline"))[1]{data}};
    return reverse map { {what => $_->{what} // $_->{attributes}{what}, item => $_,
        title => $_->{data}{title} // $_->{attributes}{data}{title} // ''} } @items;
}

# ---- as somebody who sets it up ----

my ($hook, $policy, $monitor);

subtest 'the mail server' => sub {
    my ($status, $data) = $admin->patch('/api/v2/installation', {smtp_password => 'mail-secret',
        smtp => {host => '127.0.0.1', port => 0 + $mail->port, security => 'none',
            username => 'hub', from => 'BetterStack <alerts@example.com>'}});
    is $status, 200, 'is set' or diag explain $data;
    ($status, $data) = $admin->post('/api/v2/installation/test-mail', {});
    is $status, 202, 'and tried' or diag explain $data;
    my $test = mail_to('admin@localhost', 'test', 'the mail comes');
    is $test->{user}, 'hub', 'by who has logged in';
    my $path = "/api/v2/deliveries/$data->{data}{id}";
    ok wait_for(sub { attributes($path)->{state} eq 'sent' }, PATIENCE_S), 'which the log knows'
        or diag explain attributes($path);
};

subtest 'ways, channels, people, a policy' => sub {
    $hook = made($admin, '/api/v2/channels', {name => 'Ops', kind => 'webhook',
        all_incidents => $false, settings => {url => $sink->url('/ops')}})->{id};
    my ($status) = $admin->post("/api/v2/channels/$hook/test", {});
    is $status, 202, 'the web hook is tried';
    hook_at('/ops', 'test', 'and hears of it');

    made($person{bob}{client}, '/api/v2/me/contacts', {name => 'Pager', kind => 'email',
        ways => ['email'], settings => {to => ['bob@pager.example']}});
    my $urgency = made($admin, '/api/v2/urgencies', {name => 'By mail', email => $true,
        push => $false})->{id};
    made($admin, '/api/v2/on-calls/default/rotation', {users => [$person{bob}{address}],
        rotation_length => 1, rotation_interval => 'day',
        map { ("$_->[0]_rotations_at", strftime('%FT%TZ', gmtime(time + $_->[1]))) }
            ['start', -3600], ['end', 86400]});
    like mail_to('bob@pager.example', 'on_call', 'who comes on is told')->{subject},
        qr/You are on call for/, 'in words';

    my $step = {type => 'escalation', urgency_id => $urgency};
    $policy = made($admin, '/api/v3/policies', {name => 'Site', steps => [
        {%$step, wait_before => 0, step_members => [{type => 'current_on_call'},
            {type => 'channel', id => $hook}]},
        {%$step, wait_before => STEP_WAIT_S, step_members => [{type => 'entire_team'}]},
        {%$step, wait_before => 86400, step_members => [{type => 'entire_team'}]}]})->{id};
    $monitor = made($admin, '/api/v2/monitors', {url => $site->url, monitor_type => 'status',
        pronounceable_name => 'Shop', check_frequency => 2, request_timeout => 2,
        policy_id => $policy})->{id};
    ok wait_for(sub { attributes("/api/v2/monitors/$monitor")->{status} eq 'up' }, PATIENCE_S),
        'the site is up';
};

# ---- an outage ----

my $link;

subtest 'the site fails' => sub {
    my $began = time;
    $site->down;
    my $told = hook_at('/ops', 'started', 'the web hook is told');
    diag sprintf 'told %.1f s after the site went down', time - $began;
    my $page = mail_to('bob@pager.example', 'started', 'and who is on call, by mail');
    next_incident();
    is $told->{body}{incident_id}, $incident, 'of the incident';
    is $told->{body}{title}, 'Shop is down', 'in words';
    like $told->{body}{text}, qr/refused/, 'with the cause';
    is $page->{subject}, 'Shop is down', 'the mail says the same';
    like $page->{text}, qr/refused/;
    my ($first) = deliveries('&event=started');
    is $told->{key}, $first->{key} =~ s/c\d+$/c$hook/r, 'under the key of the log';
    ok wait_for(sub { defined incident_now()->{detection}{alert_latency_ms} }, PATIENCE_S),
        'how long it took is known';
};

subtest 'nobody acknowledges' => sub {
    my $page = mail_to($person{carol}{address}, 'started', 'step two tells the rest');
    mail_to($person{admin}{address}, 'started', 'all of them');
    is mail_to('bob@pager.example', 'escalated', 'who was told, too')->{subject},
        'Escalated: Shop is down', 'that it goes on';
    is scalar(grep { $_->{event} eq 'escalated' } hooks('/ops')), 0, 'the web hook is not in it';
    my $escalation = incident_now()->{escalation};
    is_deeply [@{$escalation}{qw(policy_name step steps_count stopped_at)}], ['Site', 3, 3, undef],
        'and it would go on';
    ($link) = $page->{text} =~ m{(\Q@{[$stack->url]}\E/acknowledge/\S+)};
    ok $link, 'the mail has a link' or diag $page->{text};
};

subtest 'the link' => sub {
    my ($token) = $link =~ m{/acknowledge/([^/\s]+)$};
    my $anybody = BetterStack::Client->new($stack);
    for my $method (qw(HEAD GET)) {
        is +($anybody->send($method, "/acknowledge/$token"))[0], 200, "$method of the page";
        is +($anybody->send($method, "/api/v1/acknowledge/$token"))[0], 200,
            "$method of what it shows";
    }
    is incident_now()->{acknowledged_at}, undef, 'changes nothing';
    my ($status, $data) = $anybody->post("/api/v1/acknowledge/$token", {});
    is $status, 200, 'its button does' or diag explain $data;
    is incident_now()->{acknowledged_by}, 'Carol', 'in the name of who got the mail';
    is +($anybody->post("/api/v1/acknowledge/$token", {}))[0], 409, 'once';

    my $by = 'Acknowledged by Carol: Shop is down';
    is mail_to($_, 'acknowledged', "$_ hears of it")->{subject}, $by, 'and by whom'
        for 'bob@pager.example', $person{carol}{address}, $person{admin}{address};
    is hook_at('/ops', 'acknowledged', 'so does the web hook')->{body}{acknowledged_by}, 'Carol';
    my $escalation = incident_now()->{escalation};
    is $escalation->{next_at}, undef, 'nobody else will be told';
    ok $escalation->{stopped_at}, 'the escalation has stopped';
    for my $log (qw(nginx-access nginx-error)) {
        unlike $stack->log_text($log), qr/\Q$token/, "no log has the link: $log";
    }
};

subtest 'the site recovers' => sub {
    $site->up;
    my $again = qr/^Shop is up again after \d+ (?:second|minute)s?$/;
    like mail_to($_, 'resolved', "$_ hears of it")->{subject}, $again, 'and how long it took'
        for 'bob@pager.example', $person{carol}{address}, $person{admin}{address};
    my $told = hook_at('/ops', 'resolved', 'so does the web hook')->{body};
    like $told->{title}, $again;
    cmp_ok $told->{duration_s}, '>=', STEP_WAIT_S, 'in seconds, too';
    ok incident_now()->{resolved_at}, 'the incident is over';
    ok settled(), 'all is told';
};

# What was told of the incident, as "receiver event", from the log.
sub told_by_log { return sort map { "$_->{receiver_name}: $_->{event}" } deliveries('') }

subtest 'each message once' => sub {
    my @log = deliveries('');
    is_deeply [told_by_log()], [sort(
        (map { "Ops: $_" } qw(started acknowledged resolved)),
        (map { "Bob (Pager): $_" } qw(started escalated acknowledged resolved)),
        (map { ("carol\@example.com: $_", "admin\@localhost: $_") }
            qw(started acknowledged resolved)))],
        'the log knows who was told what';
    is_deeply [grep { $_->{state} ne 'sent' || $_->{attempts} != 1 } @log], [], 'at the first try';
    my %known = map { $_->{key} => 1 } @log;
    is scalar keys %known, scalar @log, 'each has a key of its own';
    my %came;
    $came{$_->{key}}++ for grep { $known{$_->{key}} } mails(), hooks('/ops');
    is_deeply \%came, {map { $_ => 1 } keys %known}, 'under which it came once';
    my $tries = attributes("/api/v2/deliveries/$log[0]{id}")->{tries};
    is scalar @$tries, 1, 'a try';
    is $tries->[0]{outcome}, 'sent';
    like $tries->[0]{region}, qr/^local-[ab]$/, 'by the agent of a region';
};

subtest 'the timeline' => sub {
    my @what = map { $_->{what} } timeline();
    my %times;
    $times{$_}++ for @what;
    is_deeply [@times{qw(opened confirmed escalated acknowledged resolved)}], [1, 1, 2, 1, 1],
        'tells what happened' or diag "@what";
    is $times{alerted}, 5, 'and who was told: two, then three';
};

# ---- providers that have trouble ----

subtest 'a provider that fails, and one that refuses' => sub {
    $sink->answers_at('/gone', {status => 410, body => 'no such hook'});
    $sink->answers({status => 500, body => 'later'}, {status => 500}, {status => 200});
    my ($flaky, $gone) = map { made($admin, '/api/v2/channels', {name => ucfirst $_,
        kind => 'webhook', settings => {url => $sink->url("/$_")}})->{id} } qw(flaky gone);
    my ($status) = $admin->patch("/api/v2/channels/$hook", {enabled => $false});
    is $status, 200, 'the other one is silent';
    my ($contact) = @{($person{bob}{client}->get('/api/v2/me/contacts'))[1]{data}};
    ($status) = $person{bob}{client}->patch("/api/v2/me/contacts/$contact->{id}",
        {settings => {to => ['bob@nobody.example']}});
    is $status, 200, 'the mail server knows no such mailbox';
    made($person{bob}{client}, '/api/v2/me/contacts', {name => 'Phone', kind => 'webhook',
        settings => {url => $sink->url('/bob')}});
    $sink->answers_at('/bob', {});

    $site->down;
    ok wait_for(sub { grep { $_->{status} == 200 } hooks('/flaky') }, PATIENCE_S),
        'arrives in the end';
    my @tries = grep { $_->{event} eq 'started' } hooks('/flaky');
    is_deeply [map { $_->{status} } @tries], [500, 500, 200], 'at the third try';
    is_deeply [map { $_->{key} } @tries], [($tries[0]{key}) x 3], 'under one key';
    next_incident();

    is hook_at('/gone', 'started', 'the other one is asked')->{status}, 410, 'and refuses';
    my $instead = mail_to($person{carol}{address}, 'undeliverable', 'the team is told by mail');
    like $instead->{subject}, qr/^Not delivered to Gone: Shop is down/, 'what did not arrive where';
    like $instead->{text}, qr/410/, 'and why';
    like hook_at('/bob', 'undeliverable', 'who has no mailbox is told another way')->{body}{title},
        qr/^Not delivered to Bob \(Pager\): Shop is down/;

    my ($log) = deliveries("&channel_id=$flaky&event=started");
    $log = "/api/v2/deliveries/$log->{id}";
    ok wait_for(sub { attributes($log)->{state} eq 'sent' }, PATIENCE_S), 'the log knows';
    is_deeply [map { [$_->{outcome}, $_->{http_status}] } @{attributes($log)->{tries}}],
        [['failed', 500], ['failed', 500], ['sent', 200]], 'every try';
    is +(deliveries("&channel_id=$gone"))[0]{state}, 'undeliverable', 'and what never arrived';
    is_deeply [map { attributes("/api/v2/channels/$_")->{health}{failing} } $flaky, $gone],
        [$false, $true], 'channels say how they are';
    my %failed = map { $_->{what} eq 'alert_failed' ? ($_->{title} => 1) : () } timeline();
    is_deeply [sort keys %failed], ['Could not tell Bob (Pager)', 'Could not tell Gone'],
        'the timeline, too';
};

subtest 'the end of it' => sub {
    $site->up;
    hook_at('/flaky', 'resolved', 'who was told hears that it is over');
    ok settled(), 'all is told';
    my %came;
    my @taken = grep { $_->{status} == 200 } hooks('/flaky'), hooks('/bob');
    $came{$_->{key}}++ for @taken;
    is_deeply [grep { $came{$_} > 1 } keys %came], [], 'nothing came twice';
};

is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';
done_testing;
