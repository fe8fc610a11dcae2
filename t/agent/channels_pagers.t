# Pagers and phones: whole requests, byte for byte, and what answers mean.
# channels/KIND.txt has them as the providers' documentation wants them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent::Channel qw(built judged text true false hostile message);
use JSON::PP;
use Test::More;

my %settings = (
    pagerduty => {routing_key => '0123456789abcdef0123456789abcdef'},
    opsgenie => {api_key => 'eb24-55', tags => ['prod', 'web']},
    splunk_on_call => {api_key => '4a6a/87', routing_key => 'data base'},
    alertmanager => {url => 'https://am.example/prefix/', labels => {cluster => 'a',
        severity => 'page'}, token => 'tok'},
    ntfy => {topic => 'alerts', token => 'tk_1'},
    gotify => {url => 'https://push.example', token => 'AbC'},
    pushover => {token => 'apptok', user_key => 'usr'},
    twilio_sms => {to => text('+14155550100'), from => text('+14155550199'), account_sid => 'AC1',
        auth_token => 'sec'},
    twilio_voice => {to => text('+14155550100'), from => text('+14155550199'), account_sid => 'AC1',
        auth_token => 'sec'},
);

my @own = (started_at => '2026-11-22T16:00:00.000Z', started_ms => 1795363200000,
    team => 'Operations');
my %later = (severity => 'info', kind => 'failure', acknowledge_url => '');

my %message = (
    started => message(kind => 'failure'),
    acknowledged => message(%later, event => 'acknowledged',
        title => 'Acknowledged by Ada: example.com is down',
        state => 'acknowledged', acknowledged_by => 'Ada',
        acknowledged_at => '2026-11-22T16:01:00.000Z'),
    resolved => message(%later, event => 'resolved',
        title => 'example.com is up again after 2 minutes',
        state => 'resolved', resolved_at => '2026-11-22T16:02:00.000Z', duration_s => 120,
        duration_text => '2 minutes'),
    comment => message(%later, event => 'comment', title => 'Ada commented: example.com is down',
        comment => "I am\non it", author => 'Ada'),
    digest => {@own, event => 'digest', title => '3 alerts', text => '2 began, 1 ended',
        severity => 'critical',
        state => 'started', url => 'https://hub.example/incidents', items => [
            {title => 'a is down', text => 'Refused.', url => 'https://hub.example/incidents/1'},
            {title => 'b is down', text => 'No answer.'}]},
    test => {@own, event => 'test', test => true, severity => 'info',
        title => 'This is a test of Pager',
        text => 'BetterStack can reach you here. Nothing is wrong.', state => 'resolved',
        dedup_key => 'inst-test-5', url => 'https://hub.example/'},
);

sub whole {
    my ($request) = @_;
    return "refused: $request->{refused}" if defined $request->{refused};
    return join "\n", "$request->{method} $request->{url}", (defined $request->{user}
        ? "(user) $request->{user}" : ()),
        @{$request->{headers}}, '', $request->{body};
}

sub request_of {
    my ($kind, $message, %more) = @_;
    return built(kind => $kind, settings => {%{$settings{$kind}}, %more}, message => $message);
}

sub expected {
    my ($kind) = @_;
    open my $in, '<:raw', "$FindBin::Bin/channels/$kind.txt" or die "$kind: $!\n";
    local $/;
    my (undef, %expected) = split /^=== (\S+)\n/m, <$in>;
    s/\n\z// for values %expected;
    return \%expected;
}

# ---- whole requests ----

for my $kind (sort keys %settings) {
    my $expected = expected($kind);
    is whole(request_of($kind, $message{$_})), $expected->{$_}, "$kind: $_" for sort keys %message;
}

# ---- hostile texts, in the place of the title and the text of a beginning ----

sub in_json { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; $text =~ s/\n/\\u000a/g; return $text }
sub in_form {
    my ($text) = @_;
    $text =~ s/([^A-Za-z0-9._~ -])/sprintf '%%%02X', ord $1/ge;
    $text =~ tr/ /+/;
    return $text;
}

sub in_twiml {
    my ($text) = @_;
    my %xml = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;', "'" => '&apos;');
    $text =~ s/([&<>"'])/$xml{$1}/g;
    return in_form($text);
}

my $clean = hostile() =~ s/\xff|\xc3(?=\()/\xef\xbf\xbd/gr;
my $line = $clean =~ tr/\x00-\x1f\x7f/ /r;
my $lines = $clean =~ s/\r//gr =~ tr/\x01-\x09\x0b-\x1f\x7f/ /r;

for my $kind (sort keys %settings) {
    my $escape = $kind =~ /voice/ ? \&in_twiml : $kind =~ /pushover|twilio/ ? \&in_form : \&in_json;
    my ($title, $text) = map { $escape->($_) } 'example.com is down', 'The connection was refused.';
    my ($evil_title, $evil_text) = map { $escape->($_) } $line, $kind =~ /twilio/ ? $line : $lines;
    # Opsgenie's message and ntfy's title have room for it.
    my $want = expected($kind)->{started} =~ s/\Q$title\E/$evil_title/r =~ s/\Q$text\E/$evil_text/r;
    is whole(request_of($kind, message(kind => 'failure', title => text(hostile()),
        text => text(hostile())))), $want,
        "$kind: hostile texts";
}

# ---- 10 kB of what is long when it is escaped, cut between characters ----

sub decoded {
    my ($request) = @_;
    my $said = $request->{body} =~ /\A[\[{]/ ? eval { decode_json($request->{body}) } : {map {
        my ($name, $value) = split /=/; $value =~ tr/+/ /; $value =~ s/%(..)/chr hex $1/ge;
        utf8::decode($value) or die "not UTF-8: $name\n"; $name => $value } split /&/,
            $request->{body}};
    return ref $said eq 'ARRAY' ? $said->[0] : $said // die "no JSON: $request->{body}\n";
}

for my $unit ("\xf0\x9f\x94\xa5", '"', '&', "\x01\xff", "a\r\n") {
    my $long = text(substr($unit x 10_000, 0, 10_000));
    my %long = map { $_ => decoded(request_of($_, message(kind => 'failure', title => $long,
        text => $long,
        comment => $long, instructions => $long, author => $long,
        team => $long))) } sort keys %settings;
    my $name = sprintf '10 kB of %s', join ' ', map { sprintf '%02x', ord } split //, $unit;
    my $units = sub { my ($text) = @_;
        return length($text) + (() = $text =~ /[\x{10000}-\x{10ffff}]/g) };
    my $bytes = sub { my ($text) = @_; utf8::encode($text); return length $text };

    my $p = $long{pagerduty}{payload};
    ok length $p->{summary} <= 1024 && $p->{summary} =~ /\x{2026}\z/, "$name: PagerDuty's summary";
    my $o = $long{opsgenie};
    ok $units->($o->{message}) <= 130 && $units->($o->{description}) <= 15000,
        "$name: Opsgenie's message and description";
    cmp_ok length $long{splunk_on_call}{state_message}, '<=', 20480,
        "$name: Splunk On-Call's state_message";
    cmp_ok $bytes->($long{ntfy}{message}), '<=', 4096, "$name: ntfy's message";
    cmp_ok length request_of('ntfy', message(title => $long, text => $long))->{body}, '<=', 8192,
        "$name: ntfy's JSON";
    ok length $long{gotify}{message} <= 10000, "$name: Gotify's message";
    ok length $long{pushover}{message} <= 1024 && length $long{pushover}{title} <= 250,
        "$name: Pushover's message and title";
    cmp_ok $bytes->($long{twilio_sms}{Body}), '<=', 1600, "$name: a short message";
    my $twiml = $long{twilio_voice}{Twiml};
    ok length $twiml <= 4000
        && $twiml =~ m{\A<Response><Pause length="1"/><Say loop="2">(?:[^<>&]|&(?:amp|lt|gt|quot|apos);)+</Say></Response>\z},
        "$name: TwiML that is XML";
    ok !(grep { /[\x00-\x09\x0b-\x1f\x7f]/ } $twiml, $o->{description}, $long{pushover}{message}),
        "$name: no control characters";
}
like decoded(request_of('twilio_voice',
    message(title => text("a\xef\xbf\xbe\xef\xbf\xbfb"))))->{Twiml}, qr/: a  b\. /,
    'what XML has not is not in TwiML';

# ---- what each of them can besides ----

sub said { return decoded(request_of(@_)) }

{
    my %note = (state => 'resolved', event => 'comment', comment => 'x', kind => 'failure');
    is said('pagerduty', message(%note))->{event_action}, 'resolve',
        'PagerDuty: a comment opens nothing that is over';
    is said('pagerduty', message(kind => 'failure'), severity => 'error')->{payload}{severity},
        'error', 'a severity of ones own';
    is said('pagerduty', message(kind => 'domain_expiry', severity => 'warning'),
        severity => 'error')->{payload}{severity}, 'warning', 'but for what can wait';
    is said('pagerduty', message(event => $_))->{event_action}, 'trigger', "$_ triggers"
        for qw(reopened escalated reminder undeliverable);
    is length said('pagerduty', message(dedup_key => 'k' x 300))->{dedup_key}, 255,
        'a key that fits';
    is request_of('pagerduty', message(), api_url => $_)->{url},
        'https://events.eu.pagerduty.com/v2/enqueue', "in Europe: $_"
        for 'https://events.eu.pagerduty.com', 'https://events.eu.pagerduty.com/',
        'https://events.eu.pagerduty.com/v2/enqueue';
}
{
    is request_of('opsgenie', message(), api_url => 'https://api.eu.opsgenie.com')->{url},
        'https://api.eu.opsgenie.com/v2/alerts', 'Opsgenie in Europe';
    is request_of('opsgenie', message(),
        api_url => "https://api.atlassian.com/jsm/ops/integration$_")->{url},
        'https://api.atlassian.com/jsm/ops/integration/v2/alerts', "Jira Service Management$_"
        for '', '/', '/v2', '/v2/alerts';
    is request_of('opsgenie', message(event => 'resolved', dedup_key => 'a/b?c'))->{url},
        'https://api.opsgenie.com/v2/alerts/a%2Fb%3Fc/close?identifierType=alias',
        'an alias is one part of the path';
    is said('opsgenie', message(kind => 'failure'), priority => 'P2')->{priority}, 'P2',
        'a priority of ones own';
    is said('opsgenie', message(kind => 'certificate_expiry'), priority => 'P2')->{priority}, 'P3',
        'but for what can wait';
}
{
    is said('splunk_on_call', message(kind => 'certificate_expiry'))->{message_type}, 'WARNING',
        'Splunk On-Call: what can wait is a warning';
    is said('splunk_on_call', message(event => 'undeliverable', kind => 'failure'))->{message_type},
        'CRITICAL', 'what was not delivered elsewhere is not';
}
{
    my @labels = map { said('alertmanager', $message{$_})->{labels} } qw(started acknowledged
        resolved comment);
    is_deeply $labels[$_], $labels[0], 'Alertmanager: the labels stay the same' for 1 .. $#labels;
    is_deeply said('alertmanager', message(kind => 'failure'), labels => {incident => 'x',
        alertname => 'Down'})->{labels},
        {alertname => 'Down', incident => 'betterstack-inst-42', kind => 'failure',
            severity => 'critical'}, 'only the incident is always ours';
    is said('alertmanager', message(event => 'comment',
        resolved_at => '2026-11-22T16:02:00.000Z'))->{endsAt}, '2026-11-22T16:01:30Z',
        'a comment does not begin again what is over';
    my %short = (started_at => '2026-11-22T16:00:00.900Z', started_ms => 1795363200900,
        event => 'resolved');
    my $end = said('alertmanager', message(%short, resolved_at => '2026-11-22T16:00:20.100Z'));
    is_deeply [@$end{qw(startsAt endsAt)}], ['2026-11-22T15:59:49Z', '2026-11-22T15:59:50Z'],
        'a short incident is over also where the clock is behind';
    $end = decoded(built(kind => 'alertmanager', settings => $settings{alertmanager},
        message => message(%short), now => 1795363200));
    ok $end->{startsAt} lt $end->{endsAt},
        'what ends in the second in which it began does not end before';
    my $basic = built(kind => 'alertmanager', settings => {url => 'http://am', username => 'u',
        password => 'p'});
    is $basic->{user}, 'u:p', 'Basic authorization';
    ok !exists $basic->{header}{authorization}, 'or a token';
}
{
    is said('ntfy', message(kind => 'failure'), priority => 2)->{priority}, 2,
        'ntfy: a priority of ones own';
    is said('ntfy', message(critical => true), priority => 2)->{priority}, 5,
        'what is critical is urgent';
    is request_of('ntfy', message(), url => 'https://n.example/sub')->{url},
        'https://n.example/sub/', 'a server of ones own';
    is said('gotify', message(kind => 'failure'), priority => 3)->{priority}, 3,
        'Gotify: a priority of ones own';
    my $duty = message(event => 'on_call', severity => 'info', title => 'You are on call for Web',
        acknowledge_url => '');
    is_deeply [@{said('ntfy', $duty, priority => 5)}{qw(priority tags)}],
        [3, ['information_source']], 'who comes on call is not alarmed by ntfy';
    is said('gotify', $duty, priority => 10)->{priority}, 5, 'nor by Gotify';
    is said('pushover', $duty, priority => 2)->{priority}, 0,
        'nor by Pushover, until somebody acknowledges it';
    is said('gotify', {event => 'digest', title => 'x', severity => 'info'})->{priority}, 5,
        'a digest of ends wakes nobody';
    is said('gotify', {event => 'started'})->{message}, 'Alert of BetterStack',
        'never an empty message';
}
{
    my $emergency = said('pushover', message(critical => true), device => 'd', sound => 's');
    is_deeply [@$emergency{qw(priority retry expire tags device sound)}],
        [2, 60, 1800, 'betterstack-inst-42', 'd', 's'], 'Pushover: an emergency';
    is whole(request_of('pushover', $message{acknowledged}, priority => 2)),
        "POST https://api.pushover.net/1/receipts/cancel_by_tag/betterstack-inst-42.json\nContent-Type: application/x-www-form-urlencoded\n\ntoken=apptok",
        'ends when it is acknowledged';
    is whole(request_of('pushover', message(event => 'cancel'))),
        "POST https://api.pushover.net/1/receipts/cancel_by_tag/betterstack-inst-42.json\nContent-Type: application/x-www-form-urlencoded\n\ntoken=apptok",
        'and what follows its end, whatever the priority';
    is said('pushover', $message{resolved}, priority => $_)->{priority}, 0, "an end is none ($_)"
        for 1, 2;
    is said('pushover', $message{resolved}, priority => -2)->{priority}, -2,
        'who wants silence has it';
}
{
    my $sid = 'MG' . '0' x 32;
    is said('twilio_sms', message(), from => $sid)->{MessagingServiceSid}, $sid,
        'Twilio: a messaging service';
    is said('twilio_sms', message(acknowledge_url => 'https://x/' . 'y' x 600, url => 'https://x/'
        . 'y' x 600))->{Body},
        "example.com is down\nThe connection was refused.", 'a link that is cut is none';
}

# ---- settings that are missing ----

my %needs = (pagerduty => ['routing_key'], opsgenie => ['api_key'], splunk_on_call => ['api_key',
    'routing_key'], alertmanager => ['url'],
    ntfy => ['topic'], gotify => ['url', 'token'], pushover => ['token', 'user_key'],
    map { $_ => ['to', 'from', 'account_sid', 'auth_token'] } qw(twilio_sms twilio_voice));
for my $kind (sort keys %needs) {
    for my $name (@{$needs{$kind}}) {
        like request_of($kind, message(), $name => '')->{refused} // '',
            qr/\A(?:the channel has no |no )./, "$kind without $name";
    }
}

# ---- the hub knows the same settings ----

{
    open my $in, '<:raw', "$FindBin::Bin/../../sql/core/channel_kind.sql"
        or die "channel_kind.sql: $!\n";
    local $/;
    my ($json) = <$in> =~ /select '(\{.*?\n\})'::jsonb/s or die "no kinds\n";
    my $kinds = decode_json($json);
    # Phones have the installation's account where they have none of their own.
    my %optional = map { $_ => {from => 1, account_sid => 1, auth_token => 1} } qw(twilio_sms
        twilio_voice);
    for my $kind (sort keys %needs) {
        my %known = map { %{$kinds->{$kind}{$_} // {}} } qw(settings secrets);
        is_deeply [grep { !$known{$_} } keys %{$settings{$kind}}], [],
            "$kind: the hub takes what is used here";
        is_deeply [sort grep { $known{$_}{required} } keys %known],
            [sort grep { !$optional{$kind}{$_} } @{$needs{$kind}}],
            "$kind: and demands what is needed";
    }
}

# ---- answers, as they are documented ----

my @answers = (
    [pagerduty => 202, '{"status":"success","message":"Event processed","dedup_key":"k-1"}', 'sent',
        'k-1'],
    [pagerduty => 400, '{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'routing_key\' is incorrect (should be 32 characters)"]}', 'refused', ''],
    [pagerduty => 429, '', 'failed', ''],
    [opsgenie => 202, '{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c-3dbf"}', 'sent', '43a29c5c-3dbf'],
    [opsgenie => 401, '{"message":"Could not authenticate","took":0.0,"requestId":"1"}', 'refused',
        ''],
    [opsgenie => 402, '{}', 'refused', ''], [opsgenie => 403, '{"code":40301}', 'refused', ''],
    [opsgenie => 422, '{"message":"Request body is not processable","errors":{"message":"must not be empty"}}', 'refused', ''],
    [opsgenie => 429, '{"message":"You are making too many requests!"}', 'failed', ''],
    [opsgenie => 503, '', 'failed', ''],
    [splunk_on_call => 200, '{"result":"success","entity_id":"e-1"}', 'sent', 'e-1'],
    [splunk_on_call => 200, '{"result":"failure","message":"bad routing key"}', 'refused', ''],
    [alertmanager => 200, '', 'sent', ''], [alertmanager => 400,
        '"start time must be before end time"', 'refused', ''],
    [alertmanager => 500, '"Failed to create alerts"', 'failed', ''],
    [ntfy => 200, '{"id":"hwQ2YpKdmg","time":1635528741,"event":"message","topic":"alerts"}',
        'sent', 'hwQ2YpKdmg'],
    [ntfy => 403, '{"code":40301,"http":403,"error":"forbidden"}', 'refused', ''],
    [ntfy => 429, '{"code":42901,"http":429,"error":"limit reached: too many requests"}', 'failed',
        ''],
    [ntfy => 507, '{"code":50701,"http":507}', 'failed', ''],
    [gotify => 200, '{"id":25,"appid":5,"message":"x"}', 'sent', '25'],
    [gotify => 401, '{"error":"Unauthorized","errorCode":401,"errorDescription":"you need to provide a valid access token"}', 'refused', ''],
    [pushover => 200, '{"status":1,"request":"647d2300-702c"}', 'sent', '647d2300-702c'],
    [pushover => 200, '{"receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy","status":1,"request":"647d2300-702c"}', 'sent', 'rLqVuqTRh62UzxtmqiaLzQmVcPgiCy'],
    [pushover => 400, '{"user":"invalid","errors":["user identifier is invalid"],"status":0,"request":"5042853c"}', 'refused', ''],
    [pushover => 429, '{"errors":["application is over its quota"],"status":0}', 'failed', ''],
    [twilio_sms => 201, '{"sid":"SM1","status":"queued","error_code":null}', 'sent', 'SM1'],
    [twilio_voice => 201, '{"sid":"CA1","status":"queued"}', 'sent', 'CA1'],
    [twilio_sms => 401, '{"code":20003,"message":"Authenticate","status":401}', 'refused', ''],
    [twilio_sms => 429, '{"code":20429,"message":"Too Many Requests","status":429}', 'failed', ''],
    [twilio_voice => 503, 'upstream', 'failed', ''],
    (map { [$_ => 200, "\n<!DOCTYPE html><title>Sign in</title>", 'failed',
        ''] } sort keys %settings),
    (map { [$_ => 302, '', 'refused', ''] } sort keys %settings),
    [pagerduty => 202, '{"dedup_key":["' . '[' x 3000, 'sent', ''],
    [pagerduty => 202, '{"dedup_key":"' . '€' x 200 . '"}', 'sent', '€' x 66],
);
for my $answer (@answers) {
    my ($kind, $status, $body, @want) = @$answer;
    my $said = judged(kind => $kind, settings => $settings{$kind}, status => $status,
        answer => $body);
    is_deeply [@$said{qw(outcome provider_ref)}], \@want, "$kind: $status " . substr $body, 0, 60;
}
{
    my $said = judged(kind => 'twilio_sms', settings => $settings{twilio_sms}, status => 400,
        answer => '{"code":21211,"message":"The \'To\' number 5551234567 is not a valid phone number.","more_info":"https://www.twilio.com/docs/errors/21211","status":400}');
    is "$said->{outcome}: $said->{detail}",
        "refused: HTTP 400, Twilio's error 21211: The 'To' number 5551234567 is not a valid phone number.", 'Twilio says what is wrong';
    is judged(kind => 'pagerduty', status => 429, retry_after => 60)->{retry_after}, 60,
        'Retry-After';
}

done_testing;
