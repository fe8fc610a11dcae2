# POST /agent/v1/report: alerts for the agent in the reply, and what became of them in the next one.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256);
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Observer::Msgpack qw(msgpack_decode);
use BetterStack::Stack;
use BetterStack::Wire qw(pack_report pack_value);
use Test::More;

my $stack = BetterStack::Stack->new(regions => 'local-a', agents => 0);

# The keys of the hub's sessions, as RFC 5869 derives them from betterstack_secret.
open my $file, '<:raw', $stack->state . '/secret' or die "secret: $!\n";
my $secret = do { local $/; <$file> };
sub key { return hmac_sha256_hex("$_[0]\x01", hmac_sha256(sha256($secret), "\0" x 32)) }
my ($seal, $sign) = (key('betterstack channel secrets v1'), key('betterstack signed links v1'));

sub post {
    my (%more) = @_;
    my $reply = $stack->request('POST', '/agent/v1/report', {content => pack_report([], %more),
        headers => {
        'Content-Type' => 'application/msgpack', Authorization => 'Bearer '
            . $stack->region_token('local-a')}});
    is $reply->{status}, 200, 'the report is taken';
    return @{msgpack_decode($reply->{content})->{deliveries}};
}
sub flag { my $byte = $_[0] ? "\xc3" : "\xc2"; return \$byte }
sub incident {
    my ($status, $made) = $stack->api('POST', '/api/v3/incidents', {summary => $_[0],
        requester_email => 'a@example.com'});
    is $status, 201, 'an incident';
    return $made->{data}{id};
}
sub states {
    return $stack->sql("select string_agg(event || ' ' || core.delivery_state_word(state), ', ' order by id) from betterstack.delivery");
}

my $team = $stack->sql('select min(id) from betterstack.team');
$stack->sql("set betterstack.key_seal = '$seal'; update betterstack.installation set public_url = 'https://hub.example';
    insert into betterstack.channel (team_id, name, kind, secrets) values ($team, 'ops', 'slack',
        core.seal('{\"url\": \"https://hooks.example/s\x{c3}\x{a9}cret\"}'))");
my $incident = incident('The shop is closed');

is_deeply [post()], [], 'an agent that does not say so gets no alerts';
is_deeply [post(deliver => flag(0))], [], 'nor one that does not want any';
my ($delivery, @rest) = post(deliver => flag(1));
is_deeply \@rest, [], 'one that delivers gets what is due';
my ($id, $attempt, $key, $kind, $expires, $settings, $message) = @$delivery;
is_deeply [$attempt, $kind], [1, 'slack'], 'for a kind of channel';
like $key, qr/^[0-9a-f]{12}-$incident-started-1-c\d+$/, 'under its key';
cmp_ok $expires, '>', time() * 1000, 'in time';
like $settings->{url}, qr{^https://hooks\.example/s.+cret$},
    'the secret is opened with the hub\'s key';
is $message->{title}, 'The shop is closed', 'and what to say';
my ($token) = $message->{acknowledge_url} =~ m{^https://hub\.example/acknowledge/(.+)$};
my ($what, $signature) = $token =~ /^(.+)\.([0-9a-f]{64})$/;
is $signature, hmac_sha256_hex("acknowledge $what", $sign), 'with a link that the hub has signed';
is_deeply [post(deliver => flag(1))], [], 'it is given once';

# Outcomes, also odd ones.
my @odd = ([$id, $attempt, 1, 500, 0, 12, "quote \" and \\ and \x{c3}\x{a9}", ''],
    [2 ** 53, 1, 0, 0, 0, 0, "\xff\0", ''], [1], 'x');
post(deliver => flag(1), deliveries => \@odd);
is states(), 'started due', 'failed: tried again';
is $stack->sql("select last_error from betterstack.delivery"), "quote \" and \\ and \x{c3}\x{a9}",
    'with what was said';
$stack->sql('update betterstack.delivery set next_at = now()');
my ($again) = post(deliver => flag(1));
is_deeply [@$again[0 .. 2]], [$id, 2, $key], 'the second time under the same key';
post(deliveries => [[$id, 2, 0, 200, 0, 34, '', "ref\0"]]);
is states(), 'started sent', 'sent';
post(deliveries => [[$id, 2, 2, 400, 0, 34, 'late', '']]);
is states(), 'started sent', 'once and for all';
is(($stack->api('GET',
    "/api/v3/incidents/$incident"))[1]{data}{attributes}{detection}{first_alert_at} ? 1 : 0, 1,
    'the incident shows when it was told of');

# What is acknowledged and resolved is told.
$stack->api('POST', "/api/v3/incidents/$incident/acknowledge", {});
$stack->api('POST', "/api/v3/incidents/$incident/resolve", {});
($delivery) = post(deliver => flag(1));
is $delivery->[6]{event}, 'resolved', 'the end';

# Kinds, and what was lost with a reply.
post(deliver => flag(1), deliveries => [[$delivery->[0], $delivery->[1], 0, 200, 0, 1, '', '']]);
$stack->sql("insert into betterstack.channel (team_id, name, kind, settings) values ($team, 'mail', 'email', '{\"to\": [\"a\@example.com\"]}');
    update betterstack.installation set smtp = '{\"host\": \"mail.example\"}'");
incident('The shop is closed again');
my @known = map { $_->[3] } post(deliver => flag(1), kinds => ['slack', 'email'], life => 5,
    turn => 1, holds => []);
is_deeply [sort keys %{{map { ($_ => 1) } @known}}], ['email', 'slack'],
    'an agent that knows mail gets mail';
is_deeply [post(deliver => flag(1), kinds => ['slack', 'email'], life => 5, turn => 1,
    holds => [])], [], 'once';
my @again = post(deliver => flag(1), kinds => ['slack', 'email'], life => 5, turn => 2,
    holds => []);
is_deeply [map { $_->[1] } @again], [(2) x @known], 'what it does not have in hand is given again';
my @holds = map { $_->[0] } @again;
is_deeply [post(deliver => flag(1), kinds => ['slack', 'email'], life => 5, turn => 3,
    holds => \@holds)], [], 'what it has is not';
is_deeply [post(deliver => flag(1), kinds => ['slack', 'email'], life => 5, turn => 4,
    holds => ['x'])], [], 'nor what it says in no sense';
is_deeply [post(deliver => flag(1), life => 6, turn => 4, holds => [1 .. 101])], [],
    'nor is more than it may say';

unlike $stack->log_text($_), qr/$seal|$sign/, "no key in the log of $_" for qw(nginx postgres);
is_deeply [$stack->bad_log_lines], [], 'nothing odd in the logs';

done_testing;
