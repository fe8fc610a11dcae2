use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use BetterStack::Postgres;

# Sign-up, sign-in, sessions, API tokens, me.

my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my ($status, $body, $team, $event);

($status, $body) = $hub->call('sign_up', ' Ann@Example.COM ', undef, 'hash', '\x01', 'browser', '::1');
is($status, 201, 'sign-up');
is($body->{data}{type}, 'user', 'answers the user');
my $me = $body->{data}{attributes};
is($me->{email}, 'ann@example.com', 'the address is kept in lower case, without blanks');
is($me->{name}, 'Ann', 'a name that is not given is the address\'s');
ok($me->{administrator}, 'the first user is administrator');
is_deeply($me->{team}, {id => '1', name => 'Ann', role => 'owner'}, 'and owns a team');
like($me->{created_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'times are ISO 8601 with milliseconds');

($status, $body) = $hub->call('sign_up', 'bob@example.com', 'Bob Ö.', 'hash of bob', '\x02', '', '');
is($status, 201, 'another sign-up');
ok(!$body->{data}{attributes}{administrator}, 'is no administrator');
is($body->{data}{attributes}{name}, 'Bob Ö.', 'names are any text');

my @wrong = (
    ['ANN@example.com', undef, {email => ['has already been taken']}],
    ['', undef, {email => ['is required']}],
    [undef, undef, {email => ['is required']}],
    ['ann', "a\nb", {email => ['is not an e-mail address'], name => ['must not contain control characters']}],
    ['a' x 60 . '@' . 'b' x 200, 'x' x 101, {email => ['must be at most 254 characters long'],
        name => ['must be at most 100 characters long']}],
);
for my $case (@wrong) {
    ($status, $body) = $hub->call('sign_up', @$case[0, 1], 'hash', '\x03', '', '');
    is($status, 422, 'refused: ' . substr($case->[0] // 'null', 0, 30));
    is_deeply($body->{errors}, $case->[2], 'with every field\'s message');
}
is($root->value('select count(*) from betterstack.app_user'), 2, 'nothing came of these');

# Two people with one address at the same moment: one of them is told by the constraint.
my $other = $db->session('betterstack');
$hub->pid;
$other->rows('begin');
$other->call('sign_up', 'eve@example.com', undef, 'hash', '\x11', '', '');
$hub->start(q{select status from api.sign_up('EVE@example.com', null, 'hash', '\x12', '', '')});
$hub->wait_blocked($root);
$other->rows('commit');
like(($hub->finish)[1], qr/^23505 .*"user_email_unique"/, 'a race ends in user_email_unique');

# Two first users at once: only one is administrator.
$root->rows('truncate betterstack.team, betterstack.app_user restart identity cascade');
$other->rows('begin');
$other->call('sign_up', 'ann@example.com', undef, 'hash', '\x01', '', '');
$hub->start(q{select body from api.sign_up('bob@example.com', 'Bob', 'hash of bob', '\x02', '', '')});
$hub->wait_blocked($root);
$other->rows('commit');
like(($hub->finish)[0][0][0], qr/"administrator" : false/, 'of two first users one is administrator');

# Sign-in.
is_deeply($hub->rows(q{select password_hash from api.sign_in_lookup(' BOB@Example.com')}),
    [['hash of bob']], 'the lookup finds by address');
is_deeply($hub->rows(q{select * from api.sign_in_lookup('nobody@example.com')}), [], 'or nothing');
my $bob = $hub->value(q{select user_id from api.sign_in_lookup('bob@example.com')});
($status, $body) = $hub->call('sign_in', $bob, 'hash of bob', '\x21', 'browser', '::1');
is($status, 200, 'sign-in');
is($body->{data}{attributes}{email}, 'bob@example.com', 'answers me');
($status) = $hub->call('sign_in', $bob, 'an older hash', '\x22', '', '');
is($status, 401, 'a hash that has changed meanwhile is refused');
is($hub->value("select api.password_rehash($bob, 'hash of bob', 'new hash')"), 't', 'a rehash');
is($hub->value("select api.password_rehash($bob, 'hash of bob', 'newer')"), 'f', 'only of the current hash');
is(($hub->call('sign_in', $bob, 'new hash', '\x23', '', ''))[0], 200, 'and the new one is right');

# The oldest sessions go when there are too many.
$hub->call('sign_in', $bob, 'new hash', sprintf('\x24%02x', $_), '', '') for 1 .. 60;
is($root->value("select count(*) from betterstack.credential where user_id = $bob"), 50,
    'a person has a bounded number of sessions');
is(($hub->call('me_get', '\x243c'))[0], 200, 'the newest are kept');
is(($hub->call('me_get', '\x21'))[0], 401, 'the oldest are gone');

# Expiry.
is(($hub->call('me_get', '\x2430'))[0], 200, 'a session works');
$root->rows(q{update betterstack.credential set last_used_at = now() - interval '2 minutes',
    expires_at = now() + interval '1 day' where digest = '\x2430'});
$hub->call('me_get', '\x2430');
is($root->value(q{select expires_at > now() + interval '29 days' from betterstack.credential
    where digest = '\x2430'}), 't', 'its use prolongs it');
my $used = $root->value(q{select last_used_at from betterstack.credential where digest = '\x2430'});
$hub->call('me_get', '\x2430');
is($root->value(q{select last_used_at from betterstack.credential where digest = '\x2430'}), $used,
    'but is written down at most once a minute');
$root->rows(q{update betterstack.credential set expires_at = now() where digest = '\x2430'});
is(($hub->call($_, '\x2430'))[0], 401, "an expired session is refused: $_")
    for qw(me_get events_open region_list api_token_list);
is(($hub->call('sign_out', '\x2431'))[0], 204, 'sign-out');
is(($hub->call('me_get', '\x2431'))[0], 401, 'ends the session');
is(($hub->call('sign_out', '\x2431'))[0], 204, 'and is the same twice');
is(($hub->call('sign_out', undef))[0], 204, 'and without one');

# Me.
($status, $body) = $hub->call('me_update', '\x01', '{"name":" Anna ","email":"Anna@example.com"}');
is($status, 200, 'a change of me');
is($body->{data}{attributes}{name}, 'Anna', 'trimmed');
is($body->{data}{attributes}{email}, 'anna@example.com', 'and lower');
($status, $body) = $hub->call('me_update', '\x01',
    '{"name":"","email":"bob@example.com","administrator":true,"x":1,"password":"y"}');
is($status, 422, 'mistakes');
is_deeply($body->{errors}, {name => ['is required'], email => ['has already been taken'],
    administrator => ['is read-only'], x => ['is not a known attribute'],
    password => ['is not supported yet']}, 'all at once');
is(($hub->call('me_update', '\x01', '[]'))[0], 200, 'a body that is no object changes nothing');

# API tokens.
($status, $body) = $hub->call('api_token_create', '\x01', '{"name":"ci"}');
is($status, 201, 'a token is made');
my $token = $body->{data}{attributes}{token};
like($token, qr/^bst_[A-Za-z0-9_-]{43}$/, 'of 43 base64url characters');
is($body->{data}{attributes}{prefix}, substr($token, 0, 8), 'its beginning is kept');
my $digest = $root->value("select sha256('$token')");
is($root->value("select count(*) from betterstack.credential where digest = '$digest'"), 1,
    'only its digest is stored');
is($root->value("select count(*) from betterstack.credential c where c::text like '%$token%'"), 0,
    'nowhere the token');
is(($hub->call('me_get', $digest))[0], 200, 'it authenticates');
($status, $body) = $hub->call('me_update', $digest, '{"email":"x@example.com"}');
is_deeply($body->{errors}, {email => ['can only be changed when signed in']},
    'but cannot change the address one signs in with');
is(($hub->call('sign_out', $digest))[0], 204, 'signing out with it');
is(($hub->call('me_get', $digest))[0], 200, 'does not end it');
($status, $body) = $hub->call('api_token_list', '\x01');
is_deeply([map { $_->{attributes}{name} } @{$body->{data}}], ['ci'], 'it is listed');
ok(!exists $body->{data}[0]{attributes}{token}, 'without itself');
my $token_id = $body->{data}[0]{id};
($status, $body) = $hub->call('api_token_list', '\x243c');
is_deeply($body->{data}, [], 'only to its team');
is(($hub->call('api_token_delete', '\x243c', $token_id))[0], 404, 'another team cannot delete it');
is(($hub->call('api_token_delete', '\x01', $token_id))[0], 204, 'its own can');
is(($hub->call('me_get', $digest))[0], 401, 'then it is worth nothing');
my $session_id = $root->value(q{select id from betterstack.credential where digest = '\x01'});
is(($hub->call('api_token_delete', '\x01', $session_id))[0], 404, 'a session is no API token');
($status, $body) = $hub->call('api_token_create', '\x01', '{"name":" ","prefix":"x"}');
is_deeply($body->{errors}, {name => ['is required'], prefix => ['is read-only']}, 'mistakes are told');
$hub->rows(q{select api.api_token_create('\x01', '{"name":"n"}') from generate_series(1, 100)});
($status, $body) = $hub->call('api_token_create', '\x01', '{"name":"one more"}');
is($status, 422, 'a team has a bounded number of tokens');

# Membership carries everything.
$root->rows('delete from betterstack.membership where team_id =
    (select team_id from betterstack.credential where digest = \'\x01\')');
is(($hub->call('me_get', '\x01'))[0], 401, 'without the membership the session is gone');

done_testing;
