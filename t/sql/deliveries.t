use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Outbox;

# The life of a delivery, with a clock of its own: written once, leased by one, told once.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $o = BetterStack::Outbox->new;
my $root = $o->root;

# Once, by key.
my $slack = $o->channel;
my $incident = $o->incident;
is($o->states, 'started due', 'an incident is told to the channel of its team');
is($root->value('select key from betterstack.delivery'), "bs-$incident-started-1-c$slack",
    'under a key that says what it is');
$o->alert($incident, 'started') for 1 .. 2;
is($o->states, 'started due', 'doing it again tells nothing again');

# Leased by one agent, for a minute.
my ($d) = $o->lease;
is_deeply([@$d{qw(attempt event title)}], [1, 'started', 'shop'], 'an agent gets it');
is(scalar $o->lease(undef, 'agent-2'), 0, 'another one does not');
$o->pass(59);
is(scalar $o->lease(undef, 'agent-2'), 0, 'while the lease lasts');
$o->pass(1);
my ($again) = $o->lease(undef, 'agent-2');
is_deeply([@$again{qw(id attempt key)}], [$d->{id}, 2, $d->{key}],
    'then it does, with the same key');
is($o->column($d->{id}, 'unsure'), 't', 'nobody knows what became of the first try');

# Every outcome; late and repeated ones.
$o->told($d, 'failed', detail => 'late');
is($o->states, 'started leased', 'what an older try says late changes nothing, but is kept');
is($root->value("select detail from betterstack.delivery_attempt where attempt = 1"), 'late',
    'in the log');
$o->told($again, 'failed', http_status => 500, detail => 'HTTP 500');
is($o->states, 'started due', 'failed: it is tried again');
is($o->column($d->{id}, 'last_error'), 'HTTP 500', 'with what the provider said');
my $wait = sub { $root->value("select extract(epoch from next_at - @{[$o->at]}) from betterstack.delivery where id = $_[0]") };
cmp_ok(abs($wait->($d->{id}) - 15), '<=', 3.001,
    'the second time after 15 s, a fifth more or less');
$o->told($again, 'refused');
is($o->states, 'started due', 'the same try cannot be told twice');
$o->pass($wait->($d->{id}));
my ($third) = $o->lease;
is($third->{attempt}, 3, 'the third try, when it is due');
$o->told($third, 'failed', http_status => 429, retry_after => 700);
is($wait->($d->{id}), '700.000000', 'Retry-After is heeded');
$o->pass(700);
($third) = $o->lease;
$o->told($third, 'failed', http_status => 429, retry_after => 100_000);
is($wait->($d->{id}), '3600.000000', 'up to an hour');
$o->pass(3600);
my ($last) = $o->lease;
$o->pass(3);
$o->told($last, 'sent', ref => 'm-1');
is($o->states, 'started sent', 'sent');
is($o->column($d->{id}, 'provider_ref'), 'm-1', 'under the provider\'s name for it');
is($root->value("select extract(epoch from first_alert_at - @{[$o->at]}) from betterstack.incident"), '0.000000',
    'the incident knows when somebody was told first');
is($root->value("select string_agg(what, ' ') from betterstack.incident_entry where what like 'alert%'"), 'alerted', 'and its timeline, once');
$o->told($last, 'sent');
is($root->value("select count(*) from betterstack.incident_entry where what = 'alerted'"), 1,
    'told twice, it stays so');
for my $nonsense ('null', '{}', '[]', '[1]', '[[]]', '[["x", 1, 0]]',
    '[[99999, 1, 0, 0, 0, 0, "", ""]]', '[[1, 1, 7]]', '[[1e300, 1, 0]]',
    '[[99999999999999999999, 1, 0]]') {
    is($root->error("select core.delivery_outcomes('$nonsense', now())"), undef,
        "nonsense changes nothing: $nonsense");
}

# The steps of waiting.
my @steps = map { $root->value("select extract(epoch from core.delivery_retry_in($_, 0, 0))") + 0 } 1 .. 7;
is_deeply(\@steps, [5, 15, 45, 120, 300, 300, 300], 'longer and longer, up to five minutes');
is($root->value('select extract(epoch from core.delivery_retry_in(1, 0, 1))') + 0, 6,
    'a fifth more');
is($root->value('select extract(epoch from core.delivery_retry_in(1, 0, -1))') + 0, 4, 'or less');
is($root->value("select bool_and(core.delivery_jitter(md5(i::text), i) between -1 and 1) from generate_series(1, 1000) i"), 't',
    'jitter keeps its bounds');

# Refused: told once through another way.
$o->forget;
$slack = $o->channel;
my $other = $o->channel(name => 'spare', kind => 'webhook', all_incidents => 'f', secrets => '{}');
$incident = $o->incident;
($d) = $o->lease;
$o->told($d, 'refused', http_status => 404, detail => 'no_team');
is($o->states("receiver = 'c$slack'"), 'started undeliverable', 'refused: it is not tried again');
is($o->states("receiver = 'u1'"), 'undeliverable due', 'the owner of the team is told by mail');
($d) = $o->lease(undef, 'agent-1', {kinds => ['email']});
like($d->{title}, qr/^Not delivered to ops: shop$/, 'of what');
is($root->value("select string_agg(what || ' ' || (detail ->> 'text'), ' ') from betterstack.incident_entry where what like 'alert%'"),
    'alert_failed no_team', 'the timeline tells of it');
$o->told($d, 'refused');
is($o->states, 'started undeliverable, undeliverable undeliverable',
    'what does not arrive of this goes no further');
$o->act($incident, 'resolved');
is($o->states("event = 'resolved'"), 'none',
    'nobody is told that it is over who was not told that it began');

$root->rows("update betterstack.installation set smtp = '{}'");
$o->incident;
($d) = $o->lease;
$o->told($d, 'refused');
is($o->states("receiver = 'c$other'"), 'undeliverable due',
    'without a mail server another channel of the team is told');
$root->rows(q{update betterstack.installation set smtp = '{"host": "mail.example"}'});

# A time to live.
$o->forget;
$slack = $o->channel;
$incident = $o->incident;
$o->pass(86_399)->sweep;
is($o->states, 'started due', 'a day long it may be sent');
$o->pass(1);
is(scalar $o->lease, 0, 'then not any more');
$o->sweep;
is($o->states, 'started undeliverable, undeliverable due', 'and somebody else is told');
is($o->column($root->value("select min(id) from betterstack.delivery"), 'last_error'),
    'It was not sent in time', 'why');

# Of a secret that cannot be read.
$o->forget;
$slack = $o->channel;
$o->incident;
$o->keys($root, 'another');
is(scalar $o->lease, 0, 'with another key nothing is sent');
$o->sweep;
like($root->value("select last_error from betterstack.delivery where receiver = 'c$slack'"),
    qr/^The secret cannot be read: betterstack_secret has changed/,
    'which is told');
$o->keys($root);

# Of a channel that is gone, or off.
$o->forget;
$slack = $o->channel;
$o->incident;
$root->rows("update betterstack.channel set enabled = false");
is(scalar $o->lease, 0, 'a channel that was turned off gets nothing');
$o->sweep;
is($o->states, 'started cancelled', 'and nobody misses it');
$root->rows("update betterstack.channel set enabled = true");
$o->incident;
$root->rows("delete from betterstack.channel");
is(scalar $o->lease, 0, 'nor one that was deleted');
$o->sweep;
is($o->states, 'started cancelled, started cancelled', 'nobody misses that either');

# What the agent gets.
$o->forget;
$o->channel(kind => 'email', settings => '{"to": ["ann@example.com"]}', secrets => '{}');
$incident = $o->incident;
my $packed = $root->value("select l from core.delivery_lease(1::smallint, 'agent-1', @{[$o->at]}, '{\"kinds\": [\"email\"]}') l");
my $bytes = pack 'H*', substr $packed, 2;
like($bytes, qr/^\x97/, 'an array of seven');
like($bytes, qr/smtp_host.{0,2}mail\.example/, 'with what the installation knows');
like($bytes, qr{https://hub\.example/acknowledge/$incident\.c\d+\.\d+\.[0-9a-f]{64}},
    'and a signed link');

# Two at once.
$o->forget;
$o->channel(name => "channel $_") for 1 .. 30;
$o->incident;
my $second = $o->{db}->session;
$o->keys($second);
$root->rows('begin');
my @first = $o->lease($root, 'agent-1');
is(scalar @first, 20, 'one report takes no more than 20');
$second->start("select count(*) from core.delivery_lease(1::smallint, 'agent-2', @{[$o->at]})");
my ($rows) = $second->finish;
is($rows->[0][0], 10, 'another at the same moment gets the others, and does not wait');
$root->rows('commit');
is($root->value('select count(*) from betterstack.delivery_attempt'), 30, 'each was leased once');

# A provider that hangs delays no other.
$o->forget;
my $slow = $o->channel(rate_limit => 600);
$o->incident for 1 .. 60;
$o->pass(1);
my $fast = $o->channel(name => 'fast');
$o->incident;
my @got = $o->lease;
is(scalar(grep { $_->{receiver} eq "c$fast" } @got), 1, 'the fast one gets its turn');
$o->pass(1);
$o->lease;
is($root->value("select count(*) from betterstack.delivery where state = 1 and receiver = 'c$slow'"), 20, 'at most so many are under way to one');

# The hub was away: what agents sent meanwhile they tell first.
$o->forget;
$o->channel;
$root->rows("update betterstack.sweep set last_at = @{[$o->at]}, quiet_until = null");
$o->incident;
($d) = $o->lease;
$o->pass(300);
is(scalar $o->lease(undef, 'agent-2'), 0, 'after an absence leases are honoured');
$root->rows("update betterstack.sweep set last_at = @{[$o->at]}, quiet_until = @{[$o->at]} + interval '2 minutes'");
$o->pass(50);
is(scalar $o->lease(undef, 'agent-2'), 0, 'a minute longer');
$o->pass(11);
$root->rows("update betterstack.sweep set last_at = @{[$o->at]}");
is(scalar $o->lease(undef, 'agent-2'), 1, 'and no more');
$root->rows('update betterstack.sweep set last_at = null, quiet_until = null');

# Kinds: an agent is given what it knows.
$o->forget;
$o->channel(kind => 'email', settings => '{"to": ["ann@example.com"]}', secrets => '{}');
$o->channel(kind => 'slack');
$o->incident;
is(join(' ', map { $_->{receiver} } $o->lease(undef, 'old')),
    $root->value("select 'c' || max(id) from betterstack.channel"),
    'one that does not say what it knows is not given mail');
is(scalar $o->lease(undef, 'agent-3', {kinds => ['slack', 'pigeon']}), 0,
    'nor one that does not know it');
is(scalar $o->lease(undef, 'agent-4', {kinds => ['email']}), 1, 'but one that does');

# Replies that were lost.
$o->forget;
$o->channel(name => $_) for qw(one two);
$o->incident;
my %asking = (kinds => ['slack'], life => 7, turn => 3, holds => []);
my @lost = $o->lease(undef, 'agent-1', {%asking});
is(scalar @lost, 2, 'two are given');
$o->pass(1);
is(scalar $o->lease(undef, 'agent-1', {%asking}), 0,
    'the same report once more: it has not had its reply yet');
is(scalar $o->lease(undef, 'agent-1', {%asking, turn => 2}), 0, 'nor has one before it');
is(scalar $o->lease(undef, 'agent-1', {%asking, turn => 4, life => 8}), 0,
    'another life knows nothing of it');
is(scalar $o->lease(undef, 'agent-2', {%asking, turn => 4}), 0, 'nor does another agent');
is(scalar $o->lease(undef, 'agent-1', {kinds => ['slack']}), 0,
    'nor one that does not say what it holds');
my @once_more = $o->lease(undef, 'agent-1', {%asking, turn => 4, holds => [0 + $lost[1]{id}]});
is(join(' ', map { "$_->{id} $_->{attempt}" } @once_more), "$lost[0]{id} 2",
    'what the next report does not hold was lost, and is given again at once');
is($o->column($lost[0]{id}, 'unsure'), 'f', 'it certainly was not sent');
is($root->value("select detail from betterstack.delivery_attempt where delivery_id = $lost[0]{id} and attempt = 1"),
    'The reply with it did not reach the agent', 'which its log tells');
$o->pass(1);
is(scalar $o->lease(undef, 'agent-1', {%asking, turn => 5, holds => [map { 0 + $_->{id} } @lost]}),
    0, 'what is in hand stays there');
$o->told($lost[1], 'sent');
$o->told($once_more[0], 'sent');
is($o->states, 'started sent, started sent', 'and is told as any other');

# An incident that is deleted.
$o->forget;
$root->rows("update betterstack.installation set smtp = '{}'");
my %told = (slack => $o->channel, pager => $o->channel(kind => 'pagerduty'),
    late => $o->channel(name => 'late', kind => 'webhook', secrets => '{}'));
$incident = $o->incident(kind => 'failure', name => 'example.com');
my %given = map { $_->{receiver} => $_ } $o->lease;
$o->told($given{"c$told{slack}"}, 'sent', http_status => 65_535);
$o->told($given{"c$told{late}"}, 'failed');
my $ann = $o->{ann};
my ($status) = $root->call('incident_delete', $ann, $incident);
is($status, 204, 'an incident is deleted while it goes on');
is($o->states("receiver = 'c$told{slack}'"), 'started sent, resolved due',
    'whoever was told is told of its end');
is($root->value("select message ->> 'text' from betterstack.delivery where receiver = 'c$told{slack}' and event = 'resolved'"),
    'This incident was deleted', 'in words');
is($o->states("receiver = 'c$told{pager}'"), 'started leased, resolved due',
    'what was just being opened is closed');
is($o->states("receiver = 'c$told{late}'"), 'started superseded',
    'whoever was not told hears nothing');
$o->told($given{"c$told{pager}"}, 'failed');
$o->pass(10);
my @ends;
for (1 .. 3) {
    $root->rows('update betterstack.delivery set next_at = ' . $o->at
        . " where next_at between '2000-01-01' and '3000-01-01'");
    for my $one ($o->lease) {
        push @ends, $one->{event} . ' ' . $one->{receiver};
        $o->told($one, 'sent');
    }
}
is_deeply([grep { /c$told{pager}/ } @ends], ["started c$told{pager}", "resolved c$told{pager}"],
    'in order, also when the incident is gone');
is($o->states('state in (0, 1)'), 'none', 'nothing is left');
is($root->value('select count(*) from betterstack.delivery where incident_id is not null'), 0,
    'the log stays without it');
$o->pass(3600)->sweep;
is($o->states('state in (0, 1)'), 'none', 'and nobody is reminded of it');

# What takes a second request.
$o->forget;
my $pager = $o->channel(kind => 'opsgenie');
$root->rows("select core.alert_test(c, @{[$o->at]}) from betterstack.channel c");
is($o->states, 'test due, test due', 'a test that opens an alert elsewhere');
my $events = sub { $root->value("select string_agg(message ->> 'event', ' ' order by id) from betterstack.delivery where $_[0]") };
is($events->('true'), 'test resolved', 'closes it, too');
($d, my @early) = $o->lease;
is(scalar @early, 0, 'afterwards');
$o->told($d, 'sent');
($d) = $o->lease;
$o->told($d, 'sent');
is($o->states, 'test sent, test sent', 'both are sent');

$o->forget;
my %phone = (loud => $o->channel(kind => 'pushover', settings => '{"priority": 2}'),
    calm => $o->channel(kind => 'pushover'));
$incident = $o->incident;
$o->told($_, 'sent') for $o->lease;
$o->act($incident, 'resolved');
is($o->states("receiver = 'c$phone{calm}'"), 'started sent, resolved due', 'the end is a message');
is($o->states("receiver = 'c$phone{loud}'"), 'started sent, resolved due, cancel due',
    'after an emergency also its end');
is($root->value("select count(distinct message ->> 'dedup_key') from betterstack.delivery"), 1,
    'under the name of the incident');
$root->rows(q{update betterstack.installation set smtp = '{"host": "mail.example"}'});

# What a provider says of a person's own contact names nothing of its settings: the team reads it.
$o->forget;
my $bob = $o->channel(user_id => 1, name => 'phone', kind => 'webhook',
    settings => '{"url": "https://Home.example:8443/bob", "method": "POST",
    "username": "bob.private"}');
my $mail = $o->channel(user_id => 1, name => 'mail', kind => 'email',
    settings => '{"to": ["Bob.P@home.example", "b@c.de"]}', secrets => '{}');
my $ops = $o->channel(kind => 'ntfy', settings => '{"topic": "operations"}');
$root->rows("select core.alert_test(c, @{[$o->at]}) from betterstack.channel c");
my %said = ("c$bob" => ['POST to home.example for BOB.private', 'POST to *** for ***'],
    "c$mail" => ['550 <bob.p@home.example> and <b@c.de> (100%)', '550 <***> and <***> (100%)'],
    "c$ops" => ['HTTP 403: operations', 'HTTP 403: operations']);
for ($o->lease) {
    my ($words, $kept) = @{$said{$_->{receiver}}};
    $o->told($_, 'refused', detail => $words);
    is($o->column($_->{id}, 'last_error'), $kept, "of $_->{receiver}");
    is($root->value("select detail from betterstack.delivery_attempt where delivery_id = $_->{id}"),
        $kept, 'and in the log');
}

# A channel goes at once, however long its log is, and keeps nobody from alerting meanwhile.
$o->forget;
my $gone = $o->channel;
$o->incident;
my $colleague = $o->{db}->session;
$root->rows('begin; select core.incident_lock()');
$root->rows('select from betterstack.delivery for update');
$colleague->rows("set statement_timeout = '20s'");
is(($colleague->call('channel_delete', $o->{ann}, $gone))[0], 204, 'while others alert');
$root->rows('commit');
is($root->value("select core.delivery_json(d, false) #>> '{attributes,channel_id}' from betterstack.delivery d"), undef, 'the log names it no more');
is($root->value("select receiver_name from betterstack.delivery"), 'ops', 'but for its name');
$o->pass(1);
is(scalar $o->lease, 0, 'and what was under way is not sent');
$o->sweep;
is($o->states, 'started cancelled', 'but cancelled');

# A person tries again.
$o->forget;
$o->channel;
$o->incident;
($d) = $o->lease;
$o->told($d, 'refused');
is($root->value("select core.delivery_retry($d->{id}, @{[$o->at]})"), 't',
    'what was given up is tried again on demand');
is(($o->lease)[0]{attempt}, 2, 'as the next try');
is($root->value("select core.delivery_retry($d->{id}, @{[$o->at]})"), 'f',
    'what is under way is not');

# But not what is not so any more.
sub retry { return ($root->call('delivery_retry', $o->{ann}, $_[0], '{}'))[0] }
sub refused {    # all that is due
    my @refused = $o->lease;
    $o->told($_, 'refused') for @refused;
    return map { $_->{id} } @refused;
}
for my $kind (qw(pagerduty slack pushover)) {
    $o->forget;
    $o->channel(kind => $kind, $kind eq 'pushover' ? (settings => '{"priority": 2}') : ());
    my $over = $o->incident;
    my ($began) = refused();
    $o->act($over, 'resolved');
    is(retry($began), 409, "$kind: nobody is told now that what is over has begun");
    my ($ended) = refused();
    next if $kind ne 'pagerduty';
    is(retry($ended), 200, 'but that it is over');
    $root->rows("update betterstack.delivery set state = 3, finished_at = @{[$o->at]} where id = $ended");
    $o->act($over, 'reopened');
    is(retry($ended), 409, 'unless it goes on again');
    is(retry($began), 200, 'which may be told');
}
$o->forget;
$o->channel(kind => 'opsgenie');
$root->rows("select core.alert_test(c, @{[$o->at]}) from betterstack.channel c");
my ($test) = refused();
is(retry($test), 409, 'a test that its end waited for is not sent after it');

# Nothing to do costs one probe.
$o->forget;
$root->rows('analyze betterstack.delivery');
my $plan = join "\n",
    map { $_->[0] } @{$root->rows("set enable_seqscan = off; explain select from betterstack.delivery o where o.state in (0, 1) and o.next_at <= now()")};
like($plan, qr/delivery_due/, 'what is due is found by its index');

done_testing;
