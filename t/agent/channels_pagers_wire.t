# Pagers and phones on the wire: what an agent sends is what channels_pagers.t
# compares, with its authorization, and what they answer is told to the hub.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Channel qw(built pack_delivery text message hostile);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Sink;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $sink = BetterStack::Agent::Sink->new;
my $agent = BetterStack::Agent->start(hub => $hub->url);

my %phone = (to => text('+14155550100'), from => text('+14155550199'), account_sid => 'AC1',
    auth_token => 'sec-1234');
my $basic = 'Basic ' . encode_base64('AC1:sec-1234', '');

# Settings besides where it is, how it is authorized, an answer, and what of that is kept.
my @kinds = (
    [pagerduty => {routing_key => 'r' x 32}, {}, '{"status":"success","dedup_key":"k"}', 'k'],
    [opsgenie => {api_key => 'key-1'}, {authorization => 'GenieKey key-1'}, '{"requestId":"q"}',
        'q'],
    [splunk_on_call => {api_key => 'key-1', routing_key => 'web'}, {},
        '{"result":"success","entity_id":"e"}', 'e'],
    [alertmanager => {username => 'u', password => 'pass'},
        {authorization => 'Basic ' . encode_base64('u:pass', '')}, '', ''],
    [ntfy => {topic => 'alerts', token => 'tk_12'}, {authorization => 'Bearer tk_12'}, '{"id":"n"}',
        'n'],
    [gotify => {token => 'AbCd'}, {'x-gotify-key' => 'AbCd'}, '{"id":25}', '25'],
    [pushover => {token => 'apptok', user_key => 'user1'}, {}, '{"status":1,"request":"p"}', 'p'],
    [twilio_sms => {%phone}, {authorization => $basic}, '{"sid":"SM1"}', 'SM1'],
    [twilio_voice => {%phone}, {authorization => $basic}, '{"sid":"CA1"}', 'CA1'],
);

my $message = message(kind => 'failure', title => text(hostile()), text => text(hostile()));
my ($id, %built) = (0);

for my $kind (@kinds) {
    my ($name, $settings, undef, $answer) = @$kind;
    my $where = $name =~ /alertmanager|ntfy|gotify/ ? 'url' : 'api_url';
    my %how = (kind => $name, id => ++$id, settings => {%$settings, $where => $sink->url("/$name")},
        message => $message);
    $built{$name} = built(%how);
    my ($path) = $built{$name}{url} =~ m{^http://[^/]+(/.*)};
    $sink->answers_at($path, {status => 200, body => $answer});
    $built{$name}{path} = $path;
    $hub->deliver(pack_delivery(%how));
}

$id = 0;
for my $kind (@kinds) {
    my ($name, undef, $headers, undef, $kept) = @$kind;
    my $wanted = ++$id;
    # An alert that does not end lies in the future of no test: clocks are not compared here.
    my $still = sub { $_[0] =~ s/"endsAt":"[^"]*"/"endsAt":""/r };
    wait_for(sub { grep { $_->{id} == $wanted } $hub->outcomes }, 30, "an outcome of $name");
    my ($outcome) = grep { $_->{id} == $wanted } $hub->outcomes;
    is_deeply [@$outcome{qw(outcome http_status provider_ref)}], [0, 200, $kept], "$name: sent";
    my @requests = grep { $_->{path} eq $built{$name}{path} } $sink->requests;
    is scalar @requests, 1, "$name: once";
    my $request = $requests[0] // {};
    is "$request->{method} " . $still->($request->{body}), 'POST ' . $still->($built{$name}{body}),
        "$name: byte for byte";
    my %want = (%$headers, 'content-type' => $built{$name}{header}{'content-type'});
    is_deeply {map { $_ => $request->{headers}{$_} } keys %want}, \%want, "$name: with its headers";
}

done_testing;
