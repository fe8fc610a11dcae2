use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Regions and their tokens.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $hub->person('ann');
my $listener = $db->session('betterstack');
$listener->rows('listen betterstack_monitors');
my ($status, $body, $team, $event);

($status, $body, $team, $event) = $hub->call('region_create', $ann, '{"slug":"eu-1"}');
is($status, 201, 'create');
is_deeply($event, {type => 'region', action => 'created', id => '1'}, 'with its event');
is($body->{data}{attributes}{name}, 'eu-1', 'the name is the slug unless given');
is_deeply([$listener->notices], ['*'], 'the scheduler loads all again');
for my $case (
    ['{}', {slug => ['is required']}],
    ['{"slug":"eu-1"}', {slug => ['has already been taken']}],
    ['{"slug":"EU"}', {slug => ['must be 1 to 32 lower-case letters, digits and hyphens']}],
    ['{"slug":"a:b"}', {slug => ['must be 1 to 32 lower-case letters, digits and hyphens']}],
    ['{"slug":"a,b"}', {slug => ['must be 1 to 32 lower-case letters, digits and hyphens']}],
    ['{"slug":"-a"}', {slug => ['must be 1 to 32 lower-case letters, digits and hyphens']}],
    ['{"slug":"watermark"}', {slug => ['is reserved']}],
    ['{"slug":"' . 'a' x 33 . '"}', {slug => ['must be 1 to 32 lower-case letters, digits and hyphens']}],
    ['{"slug":7,"name":7,"agents":[],"x":1}', {
        slug => ['must be 1 to 32 lower-case letters, digits and hyphens'], name => ['must be a string'],
        agents => ['is read-only'], x => ['is not a known attribute']}],
) {
    ($status, $body) = $hub->call('region_create', $ann, $case->[0]);
    is_deeply([$status, $body->{errors}], [422, $case->[1]], "refused: $case->[0]");
}
($status, $body) = $hub->call('region_update', $ann, 1, '{"name":"Europe"}');
is($body->{data}{attributes}{name}, 'Europe', 'a region is renamed');
($status, $body) = $hub->call('region_update', $ann, 1, '{"slug":"us"}');
is_deeply($body->{errors}, {slug => ['is read-only']}, 'its slug never changes');
is(($hub->call('region_update', $ann, 77, '{"name":"x"}'))[0], 404, 'an unknown one is not found');
is(($hub->call('region_get', $ann, 70000))[0], 404, 'nor one beyond a smallint');

# Tokens.
($status, $body) = $hub->call('region_token_create', $ann, 1, '{"name":"rack 3"}');
is($status, 201, 'a token');
like($body->{data}{attributes}{token}, qr/^bsr_[A-Za-z0-9_-]{43}$/, 'of 43 characters');
my $digest = $root->value("select sha256('$body->{data}{attributes}{token}')");
my $token_id = $body->{data}{id};
($status, $body) = $hub->call('region_token_list', $ann, 1);
is_deeply([map { $_->{attributes}{name} } @{$body->{data}}], ['rack 3'], 'is listed');
ok(!exists $body->{data}[0]{attributes}{token}, 'without itself');
is($body->{data}[0]{attributes}{last_used_at}, undef, 'and not used yet');
is($hub->value("select status from ingest.schedule('$digest', null)"), 200, 'it opens the schedule');
is(($hub->report($digest))[0], 200, 'and the report, even an empty one');
isnt(($hub->call('region_token_list', $ann, 1))[1]{data}[0]{attributes}{last_used_at}, undef, 'then it has been used');
is(($hub->call('region_token_create', $ann, 9, '{}'))[0], 404, 'no token for a region that is not');

# Agents.
($status, $body) = $hub->call('region_get', $ann, 1);
is_deeply([map { "$_->{name} $_->{version}" } @{$body->{data}{attributes}{agents}}], ['agent-1 1.0'],
    'agents that reported are listed');
isnt($body->{data}{attributes}{last_report_at}, undef, 'with the time');
is($body->{data}{attributes}{agents}[0]{self}, undef, 'one that says nothing of itself');
$root->rows(q(update betterstack.region_agent set self = '{"uplink": 1, "lag_max_us": 120}'));
is_deeply(($hub->call('region_get', $ann, $body->{data}{id}))[1]{data}{attributes}{agents}[0]{self},
    {uplink => 1, lag_max_us => 120}, 'and one that does');
(my $sql = BetterStack::Postgres::Session->report_sql($digest)) =~ s/'agent-1'/'agent-' || n/;
$hub->rows("select count(*) from generate_series(2, 130) n, lateral ($sql) r");
is($root->value('select count(*) from betterstack.region_agent'), 100, 'but a bounded number');
is(($hub->report($digest))[0], 200, 'a name that was forgotten comes back');

# Monitors and regions.
my $all = $hub->monitor($ann);
my $named = $hub->monitor($ann, regions => ['eu-1']);
is(($hub->call('region_get', $ann, 1))[1]{data}{attributes}{monitors_count}, 2, 'monitors are counted');
my $us = $root->region($ann, 'us-1');
$hub->call('monitor_update', $ann, $named, '{"regions":["us-1","eu-1"]}');
my $now = time * 1000;
$hub->report($_, {monitor => $named, slot => $now}) for $digest, $us;
($status, $body) = $hub->call('region_delete', $ann, 1);
is($status, 204, 'a region is deleted');
($status, $body) = $hub->call('monitor_get', $ann, $named);
is_deeply($body->{data}{attributes}{regions}, ['us-1'], 'monitors go on without it');
is_deeply([map { $_->{region} } @{$body->{data}{attributes}{region_states}}], ['us-1'], 'and without its results');
is(($hub->report($digest, {monitor => $named, slot => $now + 1}))[0], 401, 'its tokens are worth nothing');
($status, $body) = $hub->call('region_delete', $ann, $root->value("select id from betterstack.region"));
is($status, 409, 'the only region of a monitor stays');
is_deeply($body->{errors}, 'Some monitors are watched from this region only: give them another one first',
    'and says why');
is_deeply([map { $_->{region} } @{($hub->call('monitor_ticks', $ann, $named, '{}'))[1]{data}{attributes}{regions}}],
    ['us-1'], 'ticks of a deleted region are not shown');
is(($hub->call('region_token_delete', $ann, $token_id))[0], 404, 'its token went with it');

done_testing;
