# The whole way, as a person with curl and the token of $STATE/admin-token
# would go it: add a site, see it up; stop the site, see it down with the
# reason in words; start it, see it up again; the results of each region; all
# of it live on the stream of events.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use Test::More;
use Time::HiRes qw(time);

use BetterStack::Checker;
use BetterStack::Observer::Client;
use BetterStack::Observer::Target;
use BetterStack::Stack;

use constant INTERVAL_S => 2;
use constant TIMEOUT_S  => 2;
use constant SLOWNESS   => BetterStack::Checker::slowness();
use constant PROMISED_S => (INTERVAL_S + TIMEOUT_S) * SLOWNESS;
use constant PATIENCE_S => 30 * SLOWNESS;    # for what has no promised time

my $stack = BetterStack::Stack->new(regions => 'local-a local-b');
my $client = BetterStack::Observer::Client->new($stack->url, $stack->token);
my $target = BetterStack::Observer::Target->start($stack->state);
my $events = $client->events;
my $monitor;

# Seconds until the event that gives our monitor this status, and its entry there.
sub time_until {
    my ($status) = @_;
    my $began = time;
    my $entry;
    $events->wait_for(PATIENCE_S, sub {
        my ($frame) = @_;
        return 0 if $frame->{event} ne 'change' || $frame->{data}{type} ne 'ticks';
        ($entry) = grep { $_->{id} eq $monitor->{id} && $_->{status} eq $status }
            @{$frame->{data}{monitors}};
        return $entry;
    });
    return (time - $began, $entry);
}

# Of slots those that are an interval apart.
sub on_grid {
    my @slots = @_;
    my %phase;
    $phase{$_ % (INTERVAL_S * 1000)}++ for @slots;
    my ($usual) = sort { $phase{$b} <=> $phase{$a} } keys %phase;
    return grep { $_ % (INTERVAL_S * 1000) == $usual } @slots;
}

sub attributes { return $client->get("/api/v2/monitors/$monitor->{id}")->{attributes} }

subtest 'add a site' => sub {
    $monitor = $client->create('/api/v2/monitors', {
        url => $target->unrecorded_url, monitor_type => 'status',
        check_frequency => INTERVAL_S, request_timeout => TIMEOUT_S,
    });
    like $monitor->{attributes}{status}, qr/^(pending|up)$/, 'accepted';

    my ($seconds, $entry) = time_until('up');
    ok $entry, 'the stream says "up"' or return;
    is attributes()->{status}, 'up', 'so does the monitor';
    diag sprintf 'up after %.1f s', $seconds;
};

subtest 'stop the site' => sub {
    $target->stop;
    my ($seconds, $entry) = time_until('down');
    ok $entry, 'the stream says "down"' or return;
    cmp_ok $seconds, '<=', PROMISED_S, 'within one interval and the timeout';

    my $port = $target->port;
    for my $place ([$entry, 'the event'], [attributes(), 'the monitor']) {
        my ($said, $who) = @$place;
        is $said->{failure_reason}, 'connect_refused', "$who says why";
        like $said->{failure_text}, qr/Connection refused by 127\.0\.0\.1:$port/, 'in words';
    }
    diag sprintf 'down after %.1f s: %s', $seconds, attributes()->{failure_text};
};

subtest 'start the site again' => sub {
    $target->start_again;
    my ($seconds, $entry) = time_until('up');
    ok $entry, 'the stream says "up"' or return;
    cmp_ok $seconds, '<=', PROMISED_S, 'within one interval and the timeout';
    is_deeply [@{attributes()}{qw(status failure_reason failure_text)}], ['up', undef, undef],
        'the monitor is up and nothing is said against it';
    diag sprintf 'up again after %.1f s', $seconds;
};

subtest 'the results' => sub {
    my $ticks = $client->get("/api/v2/monitors/$monitor->{id}/ticks")->{attributes};
    my @regions = sort { $a->{region} cmp $b->{region} } @{$ticks->{regions}};
    is_deeply [map { $_->{region} } @regions], ['local-a', 'local-b'], 'of both regions';
    for my $region (@regions) {
        my @slots = on_grid(@{$region->{slot}});    # urgent looks have slots between these
        my @odd = grep { $slots[$_] - $slots[$_ - 1] != INTERVAL_S * 1000 } 1 .. $#slots;
        is scalar @odd, 0, "$region->{region}: one result a slot";
        my %seen = map { $_ => 1 } @{$region->{status}};
        is_deeply [sort keys %seen], ['down', 'up'], "$region->{region}: up and down";
        is_deeply [grep { !defined } @{$region->{total}}], [], "$region->{region}: with times";
    }
};

subtest 'delete it' => sub {
    $client->delete("/api/v2/monitors/$monitor->{id}");
    is +($client->request('GET', "/api/v2/monitors/$monitor->{id}"))[0], 404, 'it is gone';
};

done_testing;
