use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode qw(decode);
use JSON::PP;
use Test::More;
use BetterStack::Postgres;

# When monitors are due and what agents are told: phases, msgpack, the schedule and its ETag.

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $db = BetterStack::Postgres->new;
my $root = $db->session;
my $hub = $db->session('betterstack');

# ---- msgpack, against a decoder of our own ----

# One value from the front of the bytes; dies on what our encoder never makes.
sub unpack_value {
    my ($bytes) = @_;
    my $code = ord substr $$bytes, 0, 1, '';
    my $take = sub { my ($format, $size) = @_; return unpack $format, substr $$bytes, 0, $size, '' };
    my $text = sub { return decode('UTF-8', substr($$bytes, 0, $_[0], ''), 1) };
    my $list = sub { return [map { unpack_value($bytes) } 1 .. $_[0]] };
    my $map = sub { return {map { unpack_value($bytes) } 1 .. 2 * $_[0]} };
    return $code if $code < 0x80;
    return $code - 256 if $code >= 0xe0;
    return $map->($code & 15) if $code < 0x90;
    return $list->($code & 15) if $code < 0xa0;
    return $text->($code & 31) if $code < 0xc0;
    my %how = (
        0xc0 => sub { undef }, 0xc2 => sub { JSON::PP::false }, 0xc3 => sub { JSON::PP::true },
        0xcb => sub { $take->('d>', 8) },
        0xcc => sub { $take->('C', 1) }, 0xcd => sub { $take->('n', 2) }, 0xce => sub { $take->('N', 4) },
        0xcf => sub { $take->('Q>', 8) }, 0xd0 => sub { $take->('c', 1) }, 0xd1 => sub { $take->('s>', 2) },
        0xd2 => sub { $take->('l>', 4) }, 0xd3 => sub { $take->('q>', 8) },
        0xd9 => sub { $text->($take->('C', 1)) }, 0xda => sub { $text->($take->('n', 2)) },
        0xdb => sub { $text->($take->('N', 4)) }, 0xdc => sub { $list->($take->('n', 2)) },
        0xdd => sub { $list->($take->('N', 4)) }, 0xde => sub { $map->($take->('n', 2)) },
        0xdf => sub { $map->($take->('N', 4)) },
    );
    return ($how{$code} // die sprintf "unexpected byte %02x\n", $code)->();
}

sub unpack_all {
    my ($hex) = @_;
    my $bytes = pack 'H*', $hex =~ s/^\\x//r;
    my $value = unpack_value(\$bytes);
    die length($bytes) . " bytes too many\n" if length $bytes;
    return $value;
}

my $json = JSON::PP->new->canonical->allow_nonref;
my @values = (
    (map { ($_, -$_, $_ - 1, -$_ - 1) } 0, 1, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2147483647,
        2147483648, 4294967295, 4294967296, 9007199254740993, 9223372036854775806),
    undef, JSON::PP::true, JSON::PP::false, 1.5, -0.25, '', 'é😀',
    (map { 'x' x $_ } 31, 32, 255, 256, 65535, 65536), 'ü' x 128,
    [], [1, [2, [undef]]], (map { [(7) x $_] } 15, 16, 65535, 65536),
    {}, {a => {b => []}}, (map { +{map { ("k$_" => $_) } 1 .. $_} } 15, 16, 65536),
);
for my $value (@values) {
    my $text = $json->encode($value);
    my $hex = $root->value('select core.msgpack(' . BetterStack::Postgres::quote($text) . '::jsonb)');
    my $title = length $text > 40 ? substr($text, 0, 20) . '... of ' . length $text : $text;
    is($json->encode(unpack_all($hex)), $text, "msgpack: $title");
}
is($root->value("select core.msgpack('9223372036854775807')"), '\xcf7fffffffffffffff', 'the largest integer');
is($root->value("select core.msgpack('-9223372036854775808')"), '\xd38000000000000000', 'the smallest');
is($root->value("select core.msgpack(null)"), '\xc0', 'SQL null is nil');
is($root->value("select core.msgpack('5')"), '\x05', 'the shortest form is used');

# ---- phases ----

is($root->value('select count(*) from generate_series(1, 2000) id, generate_series(0, 3) rank,
    lateral (select core.phase_ms(id, 60000, rank, 4) p) x where p < 0 or p >= 60000'), 0,
    'a phase is within the interval');
is($root->value('select count(distinct (core.phase_ms(id, 60000, 1, 4) - core.phase_ms(id, 60000, 0, 4) + 60000)
    % 60000) from generate_series(1, 2000) id'), 1, 'regions are staggered');
is($root->value('select (core.phase_ms(7, 60000, 1, 4) - core.phase_ms(7, 60000, 0, 4) + 60000) % 60000'), 15000,
    'evenly');
my $fullest = $root->value('select max(n) from (select count(*) n from generate_series(1, 10000) id
    group by core.phase_ms(id, 10000, 0, 1) / 100) s');
cmp_ok($fullest, '<', 150, "monitors are spread (100 expected in a hundredth, at most $fullest)");
is($root->value('select core.phase_ms(2147483647, 86400000, 99, 100) between 0 and 86399999'), 't',
    'the largest numbers fit');
is($root->value('select core.phase_ms(5, 1000, 1, 3)'), $root->value('select core.phase_ms(5, 1000, 1, 3)'),
    'a phase is the same each time');

# ---- what the scheduler gets ----

my $ann = $root->person('ann');
my $a = $root->region($ann, 'local-a');
my $b = $root->region($ann, 'local-b');
my $plain = $root->monitor($ann);
my $full = $root->monitor($ann, url => 'https://b/ ', monitor_type => 'keyword', required_keyword => 'Ö',
    check_frequency => 1, request_timeout => 5, regions => ['local-b'], http_method => 'post', request_body => "a\nb",
    request_headers => [{name => 'X-B', value => '1'}, {name => 'X-A', value => 'ü'}], auth_username => 'u',
    auth_password => 'p', follow_redirects => JSON::PP::false,
    verify_ssl => JSON::PP::false, ip_version => 'ipv6');
my $paused = $root->monitor($ann, paused => JSON::PP::true);

my $rows = $hub->rows('select monitor_id, interval_ms, placements, spec from dispatch.monitors()');
is_deeply([map { $_->[0] } @$rows], [$plain, $full], 'every enabled monitor, by id');
is_deeply([map { $_->[1] } @$rows], [30000, 1000], 'intervals in ms');
my $phase = sub { $root->value("select core.phase_ms($_[0], $_[1], $_[2], $_[3])") };
is_deeply([map { $_->[2] } @$rows], [
    'local-a:' . $phase->($plain, 30000, 0, 2) . ',local-b:' . $phase->($plain, 30000, 1, 2),
    'local-b:' . $phase->($full, 1000, 0, 1)], 'regions and phases');
is_deeply(unpack_all($rows->[0][3]), {type => 'status', url => 'http://127.0.0.1:8081/', timeout => 15000,
    interval => 30000}, 'a plain spec: what is as usual is left out');
my $spec = {type => 'keyword', url => 'https://b/', timeout => 5000, interval => 1000, method => 'POST',
    headers => [['X-B', '1'], ['X-A', 'ü']], body => "a\nb", username => 'u', password => 'p',
    keyword => 'Ö', redirects => JSON::PP::false, verify => JSON::PP::false, ip => 6};
is_deeply(unpack_all($rows->[1][3]), $spec, 'a full spec');
is_deeply([map { $_->[0] } @{$hub->rows("select monitor_id from dispatch.monitors_changed(array[$paused, $full, 4711])")}],
    [$full], 'of the changed ones, those that are enabled');
is_deeply($hub->rows('select slug from dispatch.region_slugs()'), [['local-a'], ['local-b']], 'region slugs');

# ---- the schedule of a region ----

sub schedule {
    my ($digest, $etag) = @_;
    my $row = $hub->rows("select status, etag, body from ingest.schedule('$digest', "
        . BetterStack::Postgres::quote($etag) . ')')->[0];
    return ($row->[0], $row->[1], defined $row->[2] ? unpack_all($row->[2]) : undef);
}
my ($status, $etag, $body) = schedule($b);
is($status, 200, 'the schedule');
is_deeply($body, {v => 1, region => 'local-b', monitors => [
    [$plain, 30000, $phase->($plain, 30000, 1, 2), unpack_all($rows->[0][3])],
    [$full, 1000, $phase->($full, 1000, 0, 1), $spec]]}, 'holds what the region watches');
like($etag, qr/^[0-9a-f]{32}$/, 'an ETag without quotes');
my ($again, $same, $nothing) = schedule($b, $etag);
is_deeply([$again, $same, $nothing], [304, $etag, undef], 'with the known ETag: 304');
is_deeply([map { $_->[0] } @{(schedule($a))[2]{monitors}}], [$plain], 'another region has its own');

# The ETag changes whenever the answer does, and else not.
my %changes = (
    'a monitor is made' => [1, sub { $root->monitor($ann, url => 'http://new/') }],
    'a monitor changes' => [1, sub { $hub->call('monitor_update', $ann, $plain, '{"request_timeout":3}') }],
    'a name changes' => [0, sub { $hub->call('monitor_update', $ann, $plain, '{"pronounceable_name":"x"}') }],
    'a monitor pauses' => [1, sub { $hub->call('monitor_update', $ann, $plain, '{"paused":true}') }],
    'it resumes' => [1, sub { $hub->call('monitor_update', $ann, $plain, '{"paused":false}') }],
    'a monitor leaves for another region' => [1, sub { $hub->call('monitor_update', $ann, $plain, '{"regions":["local-a"]}') }],
    'one of another region changes' => [0, sub { $hub->call('monitor_update', $ann, $plain, '{"url":"http://x/"}') }],
    'a monitor is deleted' => [1, sub { $hub->call('monitor_delete', $ann, $full) }],
    'a region is made' => [1, sub { $root->region($ann, 'local-c') }],
    'a region goes' => [1, sub { $hub->call('region_delete', $ann, 3) }],
);
for my $what ('a monitor is made', 'a monitor changes', 'a name changes', 'a monitor pauses', 'it resumes',
    'a monitor leaves for another region', 'one of another region changes', 'a monitor is deleted',
    'a region is made', 'a region goes') {
    my ($differs, $change) = @{$changes{$what}};
    my ($before) = (schedule($b))[1];
    $change->();
    my ($after) = (schedule($b))[1];
    is($before ne $after ? 1 : 0, $differs, "ETag: $what");
}
is((schedule('\x00'))[0], 401, 'an unknown token');

done_testing;
