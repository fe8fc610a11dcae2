# Chats on the wire: what an agent sends is what channels_chat.t compares, and what they answer is
# told to the hub.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Channel qw(built pack_delivery text);
use BetterStack::Agent::Chat qw(@kinds %settings %messages);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Sink;
use Test::More;

my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $sink = BetterStack::Agent::Sink->new;
my $agent = BetterStack::Agent->start(hub => $hub->url);

# An answer, and what of it is kept.
my %answers = (
    slack => ['ok', ''], teams => ['', ''], mattermost => ['ok', ''], discord => ['{"id":"1122"}',
        '1122'],
    telegram => ['{"ok":true,"result":{"message_id":99}}', '99'], matrix => ['{"event_id":"$e"}',
        '$e'],
    google_chat => ['{"name":"spaces/A/messages/B"}', 'spaces/A/messages/B'],
);

my ($id, %built) = (0);

for my $kind (@kinds) {
    my $where = $kind eq 'telegram' ? 'api_url' : 'url';
    my %how = (kind => $kind, id => ++$id, settings => {%{$settings{$kind}},
        $where => $sink->url("/$kind?a=b")},
        message => $messages{hostile});
    $how{settings}{$where} = $sink->url("/$kind") if $kind =~ /telegram|matrix/;
    $built{$kind} = built(%how);
    ($built{$kind}{path}) = $built{$kind}{url} =~ m{^http://[^/]+(/.*)};
    $sink->answers_at($built{$kind}{path}, {status => $kind eq 'teams' ? 202 : 200,
        body => $answers{$kind}[0]});
    $hub->deliver(pack_delivery(%how));
}

$id = 0;
for my $kind (@kinds) {
    my $wanted = ++$id;
    wait_for(sub { grep { $_->{id} == $wanted } $hub->outcomes }, 30, "an outcome of $kind");
    my ($outcome) = grep { $_->{id} == $wanted } $hub->outcomes;
    is_deeply [@$outcome{qw(outcome provider_ref)}], [0, $answers{$kind}[1]], "$kind: sent";
    my @requests = grep { $_->{path} eq $built{$kind}{path} } $sink->requests;
    is scalar @requests, 1, "$kind: once";
    my $request = $requests[0] // {method => '', body => ''};
    is "$request->{method} $request->{body}", "$built{$kind}{method} $built{$kind}{body}",
        "$kind: byte for byte";
    my %headers = %{$built{$kind}{header}};
    is_deeply {map { $_ => $request->{headers}{$_} } keys %headers}, \%headers,
        "$kind: with its headers";
}

done_testing;
