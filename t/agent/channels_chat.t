# Chats: what each kind builds of a message, byte for byte as in channels_chat/KIND.txt, within
# the provider's limits whatever the texts are, and what it makes of the provider's answers.
# channels_chat.t --write writes those files anew, to be read before they are kept.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent::Channel qw(built judged text message);
use BetterStack::Agent::Chat qw(@kinds %settings %messages request_of as_text strings);
use Encode qw(decode);
use JSON::PP;
use Test::More;

sub kept_file { return "$FindBin::Bin/channels_chat/$_[0].txt" }

sub kept {
    my ($kind) = @_;
    open my $in, '<:raw', kept_file($kind) or return {};
    local $/;
    my (undef, %requests) = split /^== (\w+)\n/m, <$in>;
    return \%requests;
}

sub json_of { return JSON::PP->new->utf8->decode($_[0]{body}) }

my %requests = map { my $kind = $_;
    ($kind => {map { $_ => request_of($kind, $messages{$_}) } keys %messages}) } @kinds;

if ("@ARGV" eq '--write') {
    for my $kind (@kinds) {
        open my $out, '>:raw', kept_file($kind) or die "$kind: $!\n";
        print $out "== $_\n" . as_text($requests{$kind}{$_}) . "\n" for sort keys %messages;
    }
}

# ---- byte for byte ----
for my $kind (@kinds) {
    my $kept = kept($kind);
    for my $name (sort keys %messages) {
        is as_text($requests{$kind}{$name}) . "\n", $kept->{$name}, "$kind: $name";
        ok eval { json_of($requests{$kind}{$name}); 1 }, "$kind: $name is JSON";
    }
}

# ---- nothing of others means anything ----
{
    my %said = map { my $kind = $_;
        ($kind => [strings(json_of($requests{$kind}{hostile}))]) } @kinds;
    for my $kind (@kinds) {
        is_deeply [grep { /[\x00-\x09\x0b-\x1f\x7f]/ } @{$said{$kind}}], [],
            "$kind: no control characters";
        is_deeply [grep { /javascript:/ } @{$said{$kind}}], [],
            "$kind: no links but those of the web";
    }
    is_deeply [grep { /<(?!https:|!date\^\d+\^)/ || /&(?!amp;|lt;|gt;)/ } @{$said{slack}}], [],
        'slack: no mention, no link';
    for my $kind (qw(telegram matrix google_chat)) {
        my @markup = $kind eq 'telegram' ? json_of($requests{$kind}{hostile})->{text}
            : $kind eq 'matrix' ? json_of($requests{$kind}{hostile})->{formatted_body}
            : map { ($_->{textParagraph} // $_->{decoratedText} // {})->{text} // () }
                @{json_of($requests{$kind}{hostile})->{cardsV2}[0]{card}{sections}[0]{widgets}};
        s{</?(?:b|strong)>|<br>|<a href="https://[^"<>]*">|</a>}{}g for @markup;
        is_deeply [grep { /[<>"']/ || /&(?!amp;|lt;|gt;|quot;|#39;)/ } @markup], [],
            "$kind: no tag but ours";
    }
    my $embed = json_of($requests{discord}{hostile})->{embeds}[0];
    is_deeply [grep { /(?<!\\)[\@<`*_~|#]/ } $embed->{title}, $embed->{description}], [],
        'discord: no Markdown';
    is_deeply json_of($requests{discord}{hostile})->{allowed_mentions}, {parse => []},
        'discord: nobody is mentioned';
    is_deeply [grep { /\@\w|<[!@#]/ } @{$said{mattermost}}], [], 'mattermost: nobody is mentioned';
    is_deeply json_of($requests{matrix}{hostile})->{'m.mentions'}, {},
        'matrix: nobody is mentioned';
    ok !grep({ $_ eq 'TextBlock' || $_ eq 'FactSet' } @{$said{teams}}),
        'teams: nothing is read as Markdown';
}

# ---- limits ----
sub longest { my $longest = 0; for (@_) { $longest = length if length > $longest } return $longest }

sub units { my ($text) = @_; return length($text) + ($text =~ tr/\x{10000}-\x{10ffff}//) }

# A delivery has at most 128 KB; names of 600 bytes are as much too long as those of 10 kB.
sub long_messages {
    my ($text) = @_;
    my $name = substr $text, 0, 600;
    my %names = (name => text($name), url => text('https://x.example/' . 'u' x 700));
    my %all = (title => text($text), text => text($text), team => text($text));
    return (message(%all, instructions => text($text), acknowledged_by => text($text),
        state => 'acknowledged',
            url => text('https://x.example/' . 'i' x 700),
            acknowledge_url => text('https://x.example/' . 'a' x 700),
            monitors => [(\%names) x 20], monitors_count => 1000, regions => [(text($name)) x 20]),
        {%all, event => 'digest', url => 'https://x.example/',
            items => [({title => text($name), text => text($name),
            url => 'https://x.example/' . 'i' x 700}) x 20]});
}

# Within those of the provider, and only ever cut between characters.
my %within = (
    slack => sub {
        my ($json) = @_;
        my @blocks = (@{$json->{blocks}}, map { @{$_->{blocks}} } @{$json->{attachments}});
        return @blocks <= 50 && length $blocks[0]{text}{text} <= 150
            && longest(map { $_->{text} ? $_->{text}{text} : () } @blocks) <= 3000
            && longest(map { map { $_->{text} } @{$_->{fields} // []} } @blocks) <= 2000;
    },
    teams => sub { return length $_[1] <= 28 * 1024 },
    discord => sub {
        my $embed = $_[0]{embeds}[0];
        my @fields = @{$embed->{fields}};
        my $all = 0;
        $all += units($_) for $embed->{title}, $embed->{description},
            map { @$_{qw(name value)} } @fields;
        return units($embed->{title}) <= 256 && units($embed->{description}) <= 4096
            && @fields <= 25 && $all <= 6000
            && !grep { units($_->{value}) > 1024 || $_->{value} eq '' } @fields;
    },
    telegram => sub {
        my $text = $_[0]{text};
        $text =~ s/<[^>]*>//g;
        return units($text) <= 4096 && $_[0]{text} !~ /&[^;]{0,6}\x{2026}/;
    },
    mattermost => sub { return length $_[0]{attachments}[0]{text} <= 16383 },
    google_chat => sub { return length $_[1] <= 32_000 },
    matrix => sub { return length $_[1] <= 65_000 },
);

for my $kind (@kinds) {
    for my $of ('x', '€', "\xf0\x9f\x94\xa5", '&', '<', '"', '@', '\\', "\xff", "a\n") {
        my $text = $of x (10_000 / length $of);
        my $n = 0;
        for my $message (long_messages($text)) {
            my $request = request_of($kind, $message);
            my $json = eval { json_of($request) };
            ok $json && $within{$kind}->($json, $request->{body}),
                "$kind: 10 kB of " . ($of =~ /[\n\xff]/ ? 'other' : $of)
                . ($n++ ? ' in a digest' : '');
            ok eval { decode('UTF-8', $request->{body}, Encode::FB_CROAK); 1 }, '  is UTF-8';
        }
    }
}

# ---- the same message ----
{
    is request_of('matrix', message(), key => 'a/b c')->{url},
        'https://matrix.example/_matrix/client/v3/rooms/'
        . '%21room%3Amatrix.example/send/m.room.message/a%2Fb%20c',
        "matrix: the delivery's key is the transaction's";
    like request_of('google_chat', message(), key => 'a/b&c')->{url}, qr/[&]requestId=a%2Fb%26c&/,
        "google_chat: it is the request's";
}

# ---- settings ----
{
    my %telegram = (%{$settings{telegram}}, token => '1/../x');
    like built(kind => 'telegram', settings => \%telegram)->{refused}, qr/token/,
        'telegram: a token that is none';
    %telegram = (%{$settings{telegram}}, api_url => 'http://127.0.0.1:8081//');
    is built(kind => 'telegram', settings => \%telegram)->{url},
        'http://127.0.0.1:8081/bot123456:ABC-DEF_1/sendMessage', 'telegram: a server of its own';
    my %discord = (url => 'https://discord.example/api/webhooks/1/s?thread_id=5');
    is built(kind => 'discord', settings => \%discord)->{url},
        'https://discord.example/api/webhooks/1/s?thread_id=5&wait=true', 'discord: a thread';
}

# ---- the hub knows the same settings ----
{
    open my $in, '<:raw', "$FindBin::Bin/../../sql/core/channel_kind.sql"
        or die "channel_kind.sql: $!\n";
    local $/;
    my ($json) = <$in> =~ /select '(\{.*?\n\})'::jsonb/s or die "no kinds\n";
    my $known = decode_json($json);
    for my $kind (@kinds) {
        my %rules = map { %{$known->{$kind}{$_} // {}} } qw(settings secrets);
        is_deeply [sort grep { $_ ne 'api_url' } keys %rules], [sort keys %{$settings{$kind}}],
            "$kind: the hub takes what is used here";
        for my $name (grep { $rules{$_}{required} } keys %rules) {
            my %less = %{$settings{$kind}};
            delete $less{$name};
            like built(kind => $kind, settings => \%less)->{refused}, qr/\w/, "$kind: needs $name";
        }
    }
}

# ---- answers ----
sub outcome {
    my ($kind, $status, $answer, $retry_after) = @_;
    my $said = judged(kind => $kind, settings => $settings{$kind}, status => $status,
        answer => $answer,
        retry_after => $retry_after // 0);
    return join ' ', grep { $_ ne '' } @$said{qw(outcome retry_after provider_ref)};
}

for my $kind (@kinds) {
    is outcome($kind, 500, 'oops'), 'failed 0', "$kind: 500";
    is outcome($kind, 404, ''), 'refused 0', "$kind: 404";
    is outcome($kind, 429, '', 7), 'failed 7', "$kind: 429 with Retry-After";
    is outcome($kind, 200, " <html>sign in</html>"), 'failed 0', "$kind: a web page is no answer";
}

my @answers = (
    [slack => 200, 'ok', 'sent 0'], [slack => 200, '{"ok":true}', 'sent 0'],
    [slack => 400, 'invalid_payload', 'refused 0'],
    [slack => 403, 'action_prohibited', 'refused 0'], [slack => 404, 'no_service', 'refused 0'],
    [slack => 410, 'channel_is_archived', 'refused 0'], [slack => 500, 'rollup_error', 'failed 0'],
    [slack => 200, '{"ok":false,"error":"invalid_blocks"}', 'refused 0'],
    [slack => 200, '{"ok":false,"error":"ratelimited"}', 'failed 0'],
    [teams => 202, '', 'sent 0'],
    [teams => 400, '{"error":{"code":"TriggerInputSchemaMismatch","message":"no"}}', 'refused 0'],
    [teams => 200, '1', 'sent 0'],
    [teams => 200, 'Webhook message delivery failed with error: Microsoft Teams endpoint returned '
        . 'HTTP error 429 with ContextId x', 'failed 0'],
    [discord => 200, '{"id":"112233","type":0}', 'sent 0 112233'], [discord => 204, '', 'sent 0'],
    [discord => 429, '{"message":"You are being rate limited.","retry_after":1.337,"global":false}',
        'failed 2'],
    [discord => 404, '{"message":"Unknown Webhook","code":10015}', 'refused 0'],
    [discord => 401, '{"message":"Invalid Webhook Token","code":50027}', 'refused 0'],
    [telegram => 200, '{"ok":true,"result":{"message_id":99,"date":1}}', 'sent 0 99'],
    [telegram => 200, '{"ok":true,"result":{"message_id":99,"text":"cut', 'sent 0'],
    [telegram => 429, '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 14","parameters":{"retry_after":14}}',
        'failed 14'],
    [telegram => 400, '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}',
        'refused 0'],
    [telegram => 403, '{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}', 'refused 0'],
    [telegram => 503, '{"ok":false,"description":"restarting"}', 'failed 0'],
    [telegram => 502, '{"ok":false,"error_code":502,"description":"Bad Gateway"}', 'failed 0'],
    [mattermost => 200, 'ok', 'sent 0'], [mattermost => 501,
        '{"id":"api.incoming_webhook.disabled.app_error"}', 'refused 0'],
    [mattermost => 400, '{"id":"web.incoming_webhook.channel.app_error","status_code":400}',
        'refused 0'],
    [google_chat => 200, '{"name":"spaces/A/messages/B.B","thread":{"name":"spaces/A/threads/B"}}',
        'sent 0 spaces/A/messages/B.B'],
    [google_chat => 429, '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}', 'failed 0'],
    [google_chat => 400, '{"error":{"code":400,"status":"INVALID_ARGUMENT"}}', 'refused 0'],
    [matrix => 200, '{"event_id":"$abc:matrix.example"}', 'sent 0 $abc:matrix.example'],
    [matrix => 429, '{"errcode":"M_LIMIT_EXCEEDED","error":"Too many requests","retry_after_ms":2500}', 'failed 3'],
    [matrix => 401, '{"errcode":"M_UNKNOWN_TOKEN","error":"Unrecognised access token"}',
        'refused 0'],
    [matrix => 403, '{"errcode":"M_FORBIDDEN","error":"not in the room"}', 'refused 0'],
    [matrix => 413, '{"errcode":"M_TOO_LARGE","error":"too large"}', 'refused 0'],
);
is outcome(@$_[0 .. 2]), $_->[3], "$_->[0]: $_->[1] " . substr $_->[2], 0, 60 for @answers;

like judged(kind => 'telegram', status => 400,
    answer => '{"ok":false,"error_code":400,"description":"Bad Request: group chat was '
    . 'upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}')->{detail}, qr/chat_id is -1001234567890 now/,
    'telegram: a group that has become a supergroup says which';

done_testing;
