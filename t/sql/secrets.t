use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# Secrets of channels are sealed with the hub's key, which is in no table; links are signed.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');
my $ann = $root->person('ann');
my ($key, $other) = ('ab' x 32, 'cd' x 32);

sub keys_are {
    my ($session, @keys) = @_;
    $session->rows(sprintf "set betterstack.key_seal = '%s'; set betterstack.key_sign = '%s'",
        @keys);
}

is($root->value("select count(*) from pg_extension where extname = 'pgcrypto' and extnamespace = 'crypto'::regnamespace"),
    1, 'pgcrypto is there, apart from our own functions');
like($hub->error("select crypto.pgp_sym_encrypt('x', 'y')"), qr/^42501/,
    'the hub\'s role cannot call it');
like($hub->error('select core.seal(\'x\')'), qr/^42501/, 'nor seal by itself');
like($root->error("select core.seal('x')"), qr/^55000/, 'a session without the key seals nothing');
is($root->value("select core.unseal('\\x00')"), undef, 'and reads nothing');
like($root->error("select core.sign('x')"), qr/^55000/, 'nor signs');

keys_are($root, $key, $other);
my $text = "Grüße \x{1f511} '\" \\ \n" . 'x' x 5000;
my $sealed = $root->value('select core.seal(' . BetterStack::Postgres::quote($text) . ')');
unlike(pack('H*', substr $sealed, 2), qr/xxxx/, 'what is sealed is not to be read');
is($root->value("select core.unseal('$sealed')"), $text, 'and comes out as it went in');
isnt($root->value("select core.seal('x')"), $root->value("select core.seal('x')"),
    'the same looks different each time');
is($root->value("select core.unseal(set_byte('$sealed'::bytea, 300, 255 - get_byte('$sealed'::bytea, 300)))"), undef,
    'what was tampered with is not read');
keys_are($root, $other, $other);
is($root->value("select core.unseal('$sealed')"), undef, 'another key reads nothing');
keys_are($root, $key, $other);
my $signed = $root->value("select core.sign('x')");
like($signed, qr/^[0-9a-f]{64}$/, 'a signature');
is($root->value("select core.sign('x')"), $signed, 'is always the same');
isnt($root->value("select core.sign('y')"), $signed, 'and another one for another text');

# Channels.
sub change {
    my ($id, %body) = @_;
    my $body = BetterStack::Postgres::quote(JSON::PP->new->encode(\%body));
    my $row = $root->rows('select (r.changed).secrets_set, r.errors, core.unseal((r.changed).secrets), to_json((r.changed).settings) from '
        . ($id ? "(select c from betterstack.channel c where id = $id) o (c)"
            : '(select null::betterstack.channel) o (c)')
        . ", lateral core.channel_change(o.c, $body, now()) r")->[0];
    return ($row->[0], decode_json($row->[1]), $row->[2], $row->[3]);
}
my ($set, $errors, $secrets, $settings) = change(undef, name => 'ops', kind => 'slack',
    secrets => {url => 'https://hooks.slack.com/x'});
is_deeply([$set, $errors], ['{url}', {}], 'a channel with a secret');
is_deeply(decode_json($secrets), {url => 'https://hooks.slack.com/x'}, 'which is sealed');
(undef, $errors) = change(undef, name => 'ops', kind => 'slack');
is_deeply($errors, {'secrets.url' => ['is required']}, 'the secret is asked for');
(undef, $errors) = change(undef, name => 'ops', kind => 'fax');
like($errors->{kind}[0], qr/^must be one of email, alertmanager, /,
    'unknown kinds are refused with those that are known');
(undef, $errors) = change(undef, kind => 'email', name => 'x', settings => {to => ['ann'],
    fax => 1}, rate_limit => 0,
    quiet_from => '22:00', events => ['started', 'started'], secrets => {password => 'x'});
is_deeply([sort keys %$errors],
    [qw(events quiet_to rate_limit secrets.password settings.fax settings.to)],
    'everything that is wrong is named');

$root->rows("insert into betterstack.channel (team_id, name, kind, settings, secrets, secrets_set) values (1, 'm', 'alertmanager',
    '{\"url\": \"http://a.example/\"}', core.seal('{\"password\": \"p\", \"token\": \"t\"}'), '{password,token}')");
($set, $errors, $secrets) = change(1, name => 'n');
is_deeply([$set, $errors, decode_json($secrets)], ['{password,token}', {}, {password => 'p',
    token => 't'}],
    'what is not named stays');
($set, $errors, $secrets) = change(1, secrets => {password => undef, token => 'new'});
is_deeply([$set, decode_json($secrets)], ['{token}', {token => 'new'}], 'null takes a secret away');
(undef, $errors) = change(1, kind => 'slack', secrets => {url => 'https://x.example/'},
    settings => {});
ok($errors->{kind}, 'a channel stays what it is');
keys_are($root, $other, $other);
($set, $errors, $secrets) = change(1, secrets => {token => 'new'});
is_deeply([$set, decode_json($secrets)], ['{token}', {token => 'new'}],
    'after another betterstack_secret it is given anew');

# Every kind takes its own required members, and nothing else.
my %example = (url => 'https://a.example/hook', emails => ['a@example.com'], text => 'x',
    token => 'abc', topic => 'ops',
    room => '!abc:example.com', phone => '+14155550100');
my $kinds = decode_json($root->value('select core.channel_kinds()'));
is(scalar keys %$kinds, 18, 'so many kinds');
for my $kind (sort keys %$kinds) {
    my %given;
    for my $part (qw(settings secrets)) {
        my $rules = $kinds->{$kind}{$part} // {};
        $given{$part}{$_} = $example{$rules->{$_}{type}}
            for grep { $rules->{$_}{required} } keys %$rules;
        $given{$part} //= {};
    }
    (undef, $errors) = change(undef, name => $kind, kind => $kind, %given);
    is_deeply($errors, {}, "$kind: what is required is enough");
    (undef, $errors) = change(undef, name => $kind, kind => $kind);
    cmp_ok(scalar keys %$errors, '>', 0, "$kind: nothing is not");
}

# Links.
keys_are($root, $key, $other);
my $token = $root->value("select core.acknowledge_token(7, 'c3', now() + interval '7 days')");
is($root->value("select concat_ws(' ', r.incident_id, r.receiver) from core.acknowledge_token_read('$token', now()) r"), '7 c3',
    'a link tells of what and by whom');
is($root->value("select r.incident_id from core.acknowledge_token_read('$token', now() + interval '8 days') r"), undef, 'for a week');
(my $forged = $token) =~ s/^7/8/;
is($root->value("select r.incident_id from core.acknowledge_token_read('$forged', now()) r"), undef,
    'a forged one is none');
is($root->value("select r.incident_id from core.acknowledge_token_read('nonsense', now()) r"),
    undef, 'nonsense neither');

# Over one session, once for all: whatever was said of keys is nowhere to be read.
is($root->value("select count(*) from pg_settings where setting like '%$key%'"), 0,
    'keys are not among the settings that are shown');

done_testing;
