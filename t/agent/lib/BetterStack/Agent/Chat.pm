package BetterStack::Agent::Chat;

# What t/agent/channels_chat.t asks of every kind of chat: settings that do, the
# messages of an incident's life, and requests as texts, to be compared with
# those in t/agent/channels_chat/.

use strict;
use warnings;

use Exporter 'import';

use BetterStack::Agent::Channel qw(built text true hostile message);

our @EXPORT_OK = qw(@kinds %settings %messages request_of as_text strings);

our @kinds = qw(slack teams discord telegram mattermost google_chat matrix);

our %settings = (
    slack       => {url => 'https://hooks.slack.example/services/T0/B0/secret'},
    teams       => {url =>
        'https://prod.logic.example/workflows/1/triggers/manual/paths/invoke?sig=s'},
    discord     => {url => 'https://discord.example/api/webhooks/1/secret'},
    telegram    => {token => text('123456:ABC-DEF_1'), chat_id => text('-1001234'), thread_id => 7},
    mattermost  => {url => 'https://chat.example/hooks/secret', channel => 'ops',
        username => 'BetterStack'},
    google_chat => {url => 'https://chat.googleapis.example/v1/spaces/A/messages?key=k&token=t'},
    matrix      => {url => 'https://matrix.example/', room_id => '!room:matrix.example',
        token => 'secret'},
);

# A hostile name for everything that has one.
my $hostile = hostile() . ' @everyone <!channel> <@U1> @all {{DATE(1)}} # x | y ~ z';

sub without {
    my ($message, @names) = @_;
    delete @$message{@names};
    return $message;
}

my %ended = (resolved_at => '2026-11-22T16:02:00Z', duration_s => 120,
    duration_text => '2 minutes');

our %messages = (
    started => message(),
    many => message(title => 'example.com and 16 more are down',
        monitors => [map { {name => "site $_",
        url => "https://site-$_.example/"} } 1 .. 17], monitors_count => 17,
    regions => [map { "region-$_" } 1 .. 11],
        instructions => "Look at the router.\nThen call Ann."),
    acknowledged => without(message(event => 'acknowledged', severity => 'info',
        state => 'acknowledged',
        title => 'Acknowledged by Ann: example.com is down', acknowledged_by => 'Ann',
        acknowledged_at => '2026-11-22T16:01:00Z'), 'acknowledge_url'),
    comment => without(message(event => 'comment', severity => 'info',
        title => 'Ann commented: example.com is down',
        comment => "On it.\nThe disk is full.", author => 'Ann'), 'acknowledge_url'),
    resolved => without(message(event => 'resolved', severity => 'info', state => 'resolved',
        %ended,
        title => 'example.com is up again after 2 minutes'), 'acknowledge_url'),
    warning => message(title => 'example.com: the certificate expires soon', severity => 'warning',
        text => 'It ends in 7 days.', kind => 'certificate_expiry'),
    digest => {event => 'digest', title => '12 alerts', text => '8 began, 4 ended',
        severity => 'critical',
        state => 'started', url => 'https://hub.example/incidents', started_ms => 1795363200000,
        team => 'Operations',
        items => [map { {title => "site $_ is down", text => 'The connection was refused.',
            url => "https://hub.example/incidents/$_"} } 1 .. 12]},
    test => {event => 'test', title => 'This is a test of Ops',
        text => 'BetterStack can reach you here. Nothing is wrong.',
        severity => 'info', state => 'resolved', url => 'https://hub.example/',
        dedup_key => 'inst-test-1', test => true(),
        started_ms => 1795363200000, team => 'Operations'},
    hostile => message(title => text($hostile), text => text($hostile), team => text($hostile),
        regions => [text($hostile)], instructions => text($hostile), state => 'acknowledged',
        acknowledged_by => text($hostile),
        monitors => [{name => text($hostile), url => text("https://x.example/?a=<b>&c=\"d\")|e'")},
            {name => text('@all'), url => text("javascript:alert(1)")},
            {name => 'c', url => text("https://x\n.example/")}],
        monitors_count => 3),
    bare => {event => 'started', title => 'x is down'},
);

sub request_of {
    my ($kind, $message, %other) = @_;
    return built(kind => $kind, settings => $settings{$kind}, message => $message, %other);
}

sub as_text {
    my ($request) = @_;
    return "refused: $request->{refused}\n" if exists $request->{refused};
    return join('', map { "$_\n" } "$request->{method} $request->{url}", @{$request->{headers}})
        . "\n$request->{body}\n";
}

# Every text in decoded JSON.
sub strings {
    my ($json) = @_;
    return map { strings($_) } @$json if ref $json eq 'ARRAY';
    return map { strings($_) } values %$json if ref $json eq 'HASH';
    return (defined $json && !ref $json) ? $json : ();
}

1;
