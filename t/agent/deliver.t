# Deliveries: what the hub leases is sent, what became of it is told at once, and
# a provider in trouble holds back nobody else.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Channel qw(pack_delivery message);
use BetterStack::Agent::Hub;
use BetterStack::Agent::Sink;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);

my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $sink = BetterStack::Agent::Sink->new;
my $id = 0;

# A delivery to a URL; its id.
sub give {
    my ($url, %how) = @_;
    $id++;
    $hub->deliver(pack_delivery(kind => 'webhook', id => $id, key => "inst-1-started-$id-c1",
        settings => {url => $url, %{delete $how{settings} // {}}}, %how));
    return $id;
}

sub outcomes { my ($wanted) = @_; return grep { $_->{id} == $wanted } $hub->outcomes }

# What the first report of it says, or undef.
sub outcome {
    my ($wanted, $seconds) = @_;
    wait_for(sub { outcomes($wanted) }, $seconds // 20, "an outcome of $wanted");
    return (outcomes($wanted))[0] // {};
}

sub sent_to {
    my ($path) = @_;
    return grep { $_->{path} eq $path } $sink->requests;
}

# The hub was called so often, whatever it answered: what an agent had to say, it has said.
sub calls_more {
    my ($more) = @_;
    my $had = () = $hub->calls('report');
    return wait_for(sub { $had + $more <= (() = $hub->calls('report')) }, 30, "$more reports more");
}

# No Redis anywhere: alerts need none.
my $agent = BetterStack::Agent->start(hub => $hub->url);

# ---- one that arrives ----
{
    my $began = time;
    my $given = give($sink->url('/fine'), settings => {signing_secret => 'abc'});
    $sink->answers({status => 201, body => 'taken'});
    my $outcome = outcome($given);
    is_deeply {%$outcome{qw(attempt outcome http_status detail)}},
        {attempt => 1, outcome => 0, http_status => 201, detail => 'HTTP 201: taken'},
        'it was sent, in the words of the provider';
    ok time - $began < 7 * BetterStack::Checker::slowness(),
        'an agent with nothing else to say asks every five seconds';
    my ($request) = sent_to('/fine');
    is $request->{headers}{'idempotency-key'}, "inst-1-started-$given-c1", 'with its key';
    like $request->{headers}{'x-betterstack-signature'}, qr/^t=\d+,v1=[0-9a-f]{64}$/, 'signed';
    like $request->{body}, qr/^\{"version":"1","key":"inst-1-started-$given-c1","event":"started"/,
        'and its message';
    calls_more(2);
    is scalar outcomes($given), 1, 'told once, when it was answered';
}

# ---- what reports say ----
{
    my ($first, @next) = $hub->reports;
    ok !(grep { my $kind = $_; !grep { $_ eq $kind } @{$first->{kinds}} } qw(webhook slack
        pagerduty)), 'it says what it knows';
    is_deeply [map { $_->{turn} } $first, @next], [1 .. 1 + @next], 'and counts its reports';
    is_deeply [grep { $_->{life} != $first->{life} } @next], [], 'of one life';
    ok wait_for(sub { !@{($hub->reports)[-1]{holds}} }, 20, 'another report'),
        'what is told is not in hand any more';
}

# ---- answers ----
{
    my %given;
    my %answers = (busy => {status => 503, headers => {'Retry-After' => 17},
        body => "over\x01loaded"},
        gone => {status => 404, body => 'secret-1234 is nobody'},
        echo => {status => 404, body => 'Cannot POST /echo?key=12345'}, long => {status => 404,
            body => 'x' x 481 . 'secret-1234'}, reset => {reset => 1}, dropped => {drop => 1},
        gateway => {status => 504, headers => {'Retry-After' => 9}},
        greedy => {status => 429, headers => {'Retry-After' => 4294967297}}, cut => {cut => 1},
        cut_error => {cut => 1, status => 500}, cut_no => {cut => 1, status => 410},
        stalled => {stall => 1}, redirect => {status => 302,
            headers => {Location => $sink->url('/elsewhere')}});
    for my $what (sort keys %answers) {
        $sink->answers_at("/$what" . ($what eq 'echo' ? '?key=12345' : ''), $answers{$what});
        $given{$what} = give($sink->url("/$what") . ($what eq 'echo' ? '?key=12345' : ''),
            settings => {signing_secret => 'secret-1234'});
    }
    my %said = map { $_ => outcome($given{$_}, 40) } keys %given;
    is_deeply [@{$said{busy}}{qw(outcome http_status retry_after detail)}],
        [1, 503, 17, 'HTTP 503: over loaded'],
        'an overloaded provider: failed, with its Retry-After';
    is_deeply [@{$said{gone}}{qw(outcome http_status)}], [2, 404],
        'one that will never take it: refused';
    is $said{gone}{detail}, 'HTTP 404: *********** is nobody', 'without the secrets that it echoes';
    is $said{echo}{detail}, 'HTTP 404: Cannot POST ' . '*' x 15,
        'without what its URL says behind the host';
    is $said{long}{detail}, 'HTTP 404: ' . 'x' x 481 . '*' x 9,
        'nor what is left of a secret where it was cut';
    is_deeply [@{$said{$_}}{qw(outcome http_status)}], [3, 0],
        "$_ before an answer: nobody knows whether it arrived" for qw(reset dropped);
    is_deeply [@{$said{$_}}{qw(outcome http_status)}], [0, 200],
        "a yes whose answer breaks off is a yes ($_)" for qw(cut stalled);
    like $said{cut}{detail}, qr/^HTTP 200, but the rest of the answer did not come$/, 'in words';
    is $said{cut_error}{outcome}, 3, 'trouble whose telling breaks off is trouble';
    is_deeply [@{$said{cut_no}}{qw(outcome http_status detail)}], [2, 410, 'HTTP 410: begun'],
        'and a no is a no';
    is_deeply [@{$said{gateway}}{qw(outcome retry_after)}], [3, 9],
        'nor behind a gateway that gave up, whose wish is heeded all the same';
    like $said{greedy}{retry_after}, qr/^(?:86400|21600)$/, # newer libcurls stop at six hours
        'within bounds';
    is $said{redirect}{outcome}, 2, 'a redirect is refused';
    ok !sent_to('/elsewhere'), 'and not followed';
}

# ---- a yes that breaks off, judged by what was heard of it ----
{
    my %bodies = (page => '<html>sign in', no => '{"ok":false,"error":"no_service"} ', yes => 'ok');
    my %given = map { ($_ => give($sink->url("/broken-$_"), kind => 'slack')) } keys %bodies;
    $sink->answers_at("/broken-$_", {cut => 1, body => $bodies{$_}}) for keys %bodies;
    is_deeply {map { ($_ => outcome($given{$_})->{outcome}) } keys %given}, {page => 3, no => 2,
        yes => 0}, 'as its provider means it';
}

# ---- what cannot be sent ----
{
    my ($closed, $private, $nowhere, $gopher) = map { give($_) } 'http://127.0.0.1:' . free_port()
        . '/', 'http://10.255.255.1/',
        'http://nowhere.invalid/', 'gopher://127.0.0.1/';
    my ($pigeon, $senseless) = ($id + 1, $id + 2);
    $id += 2;
    $hub->deliver(pack_delivery(kind => 'pigeon', id => $pigeon), [$senseless, 3, 'key', 'webhook',
        'soon'], 'nonsense');
    is outcome(give($sink->url('/after')))->{outcome}, 0, 'what makes no sense harms no other';
    is outcome($closed)->{outcome}, 1, 'nobody listens: failed, and certainly not sent';
    is outcome($private)->{outcome}, 2, 'an address that the policy forbids: refused';
    like outcome($private)->{detail}, qr/10\.255\.255\.1 is not a public address.*allow = /,
        'and told how to allow it';
    is outcome($nowhere)->{outcome}, 1, 'a name that nobody knows: failed';
    is outcome($gopher)->{outcome}, 2, 'no URL of the web: refused';
    like outcome($pigeon)->{detail}, qr/knows no channel of kind pigeon/,
        'a kind that this agent does not know: refused';
    is_deeply [@{outcome($senseless)}{qw(attempt outcome)}], [3, 2],
        'what makes no sense: refused by its number';
}

# ---- a provider that hangs ----
{
    my $hanging = BetterStack::Agent::Sink->new;
    $hanging->answers({hang => 1});
    my $before = () = $hub->reports;
    my $began = time;
    my @hung = map { give($hanging->url('/hang')) } 1 .. 30;
    my @fine = map { give($sink->url('/meanwhile')) } 1 .. 30;
    ok wait_for(sub { sent_to('/meanwhile') == 30 }, 12, 'the others'), 'delays no other';
    ok time - $began < 8 * BetterStack::Checker::slowness(),
        'a full reply is followed by another request at once';
    # Of those that hang four end every twenty seconds, and four others begin.
    my $rounds = 1 + int((time - $began) / 20);
    cmp_ok scalar(my @waiting = $hanging->requests), '<=', 4 * $rounds, 'four at once to one host';
    ok +(grep { my %holds = map { $_ => 1 } @{$_->{holds}}; !grep { !$holds{$_} } @hung } $hub->reports),
        'reports say what is in hand';
    my $said = outcome($hung[0], 30);
    is $said->{outcome}, 3, 'without an answer nobody knows';
    like $said->{detail}, qr/No answer within 20 seconds/, 'after twenty seconds';
    ok wait_for(sub { my %all = map { $_->{id} => 1 } $hub->outcomes; !grep { !$all{$_} } @hung },
        45, 'all ends'),
        'and those behind them end within their lease';
    my ($last) = outcomes($hung[-1]);
    is $last->{outcome}, 1, 'what never began';
    is $last->{retry_after}, 1, 'may be tried again at once';
    like $last->{detail}, qr/same host/, 'and says why';
}

# ---- reports fail ----
{
    $hub->mode(report => {status => 503});
    $agent->stop;
    is $agent->running, 0, 'an end without a hub';
    $hub->mode(report => {});
    $agent->begin;
    my $given = give($sink->url('/unheard'));
    ok wait_for(sub { sent_to('/unheard') }, 20, 'the message'), 'sent';
    ok outcome($given), 'told';

    # the hub goes when it has handed one out
    my $slow = BetterStack::Agent::Sink->new;
    $slow->answers({delay => 2});
    my $late = give($slow->url('/late'));
    ok wait_for(sub { $slow->requests }, 20, 'the slow one'), 'under way';
    $hub->mode(report => {status => 503, headers => {'Retry-After' => 1}});
    calls_more(3);
    is scalar outcomes($late), 0, 'while the hub takes no reports';
    $hub->mode(report => {});
    is outcome($late)->{outcome}, 0, 'its end is kept';
    is scalar(my @once = $slow->requests), 1, 'and it was sent once';

    # leased again before its end was told, as after a lost reply
    $hub->mode(report => {});
    my $again = $late;
    $hub->deliver(pack_delivery(kind => 'webhook', id => 5000, attempt => 1,
        settings => {url => $slow->url('/twice')}),
        pack_delivery(kind => 'webhook', id => 5000, attempt => 2,
            settings => {url => $slow->url('/twice')}));
    is outcome(5000)->{attempt}, 2, 'what is in hand already is one message';
    is scalar(grep { $_->{path} eq '/twice' } $slow->requests), 1, 'sent once';
}

# ---- an end ----
{
    my $slow = BetterStack::Agent::Sink->new;
    $slow->answers({delay => 3});
    my @given = map { give($slow->url('/end')) } 1 .. 6;
    ok wait_for(sub { 4 == (() = $slow->requests) }, 20, 'four'), 'four are under way, two wait';
    is $agent->stop, 0, 'the agent ends well';
    my @said = map { (outcomes($_))[0] // {} } @given;
    is_deeply [map { $_->{outcome} } @said], [0, 0, 0, 0, 1, 1], 'finished, or given back';
    like $said[5]{detail}, qr/was stopped before it began/, 'in words';
    is $said[5]{retry_after}, 1, 'for another agent';
}

# ---- turned off ----
{
    my $off = BetterStack::Agent->start(hub => $hub->url, args => ['--deliver', 'off'],
        name => 'off');
    my $given = give($sink->url('/off'));
    ok wait_for(sub { grep { $_->{agent} eq 'off' } $hub->reports }, 20, 'its report'),
        'an agent that does not deliver';
    my $of_it = sub { scalar grep { $_->{agent} eq 'off' } $hub->reports };
    my $had = $of_it->();
    wait_for(sub { $of_it->() > $had }, 30, 'another report of it');
    ok !sent_to('/off'), 'is given nothing';
    $off->stop;
}

done_testing;
