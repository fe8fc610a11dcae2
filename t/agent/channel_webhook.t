# The webhook: what it builds of a delivery, byte for byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent::Channel qw(built judged text true false hostile message);
use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP;
use Test::More;

my $url = 'https://hooks.example/in?key=1';

# ---- without any settings ----
{
    my $request = built(kind => 'webhook', settings => {url => $url},
        message => message(critical => true));
    is "$request->{method} $request->{url}", "POST $url", 'a POST';
    is_deeply $request->{headers}, ['Content-Type: application/json',
        'Idempotency-Key: inst-42-started-1-9',
        'X-BetterStack-Event: started'], 'of JSON, with the key of the delivery';
    is $request->{body}, '{"version":"1","key":"inst-42-started-1-9","event":"started","title":"example.com is down",'
        . '"text":"The connection was refused.","severity":"critical","state":"started","incident_id":42,'
        . '"kind":"monitor","dedup_key":"betterstack-inst-42","url":"https://hub.example/incidents/42",'
        . '"acknowledge_url":"https://hub.example/acknowledge/tok","monitors":[{"name":"example.com",'
        . '"url":"https://example.com/"}],"monitors_count":1,"regions":["eu-1","us-1"],'
        . '"started_at":"2026-11-22T16:00:00Z","team":"Operations","critical":true}',
        'says what the message says';
}

# ---- hostile texts ----
{
    my $clean = hostile();
    $clean =~ s/\xff|\xc3(?=\()/\xef\xbf\xbd/g;
    my $request = built(kind => 'webhook', settings => {url => $url},
        message => message(title => text(hostile())));
    my $said = eval { decode_json($request->{body}) };
    utf8::encode(my $title = $said->{title} // '');
    is $title, $clean, 'come out as they were, but for what is not UTF-8';

    $request = built(kind => 'webhook', settings => {url => $url,
        template => '{"t": "$TITLE", "n": $INCIDENT_ID}'},
        message => message(title => text(hostile())));
    $said = eval { decode_json($request->{body}) };
    utf8::encode($title = $said->{title} // $said->{t} // '');
    is $title, $clean, 'in a template of JSON too';
    is $said->{n}, 42, 'with numbers as they are';
    like $request->{body}, qr/&amp; \$TITLE\\u000d\\u000a\\u0001\\u001f\\u007f bad/,
        'and are not looked at again';

    $request = built(kind => 'webhook', settings => {url => $url, headers => {'X-Title' => '$TITLE',
        Host => 'elsewhere',
        'Content-Length' => text('1')}}, message => message(title => text(hostile())));
    unlike $request->{header}{'x-title'}, qr/[\x00-\x1f\x7f]/, 'a header has no control characters';
    ok !exists $request->{header}{host} && !exists $request->{header}{'content-length'},
        'what is not theirs to set is left out';
}

# ---- templates ----
{
    my $request = built(kind => 'webhook',
        settings => {url => 'https://x.example/$INCIDENT_ID?t=${TITLE}&r=$REGIONS',
        method => 'put', template => 'Down: $TITLE, $$5, $UNKNOWN, ${MONITOR_NAME}s $COMMENT$',
        headers => {'X-A' => 'b $EVENT'}});
    is "$request->{method} $request->{url}",
        'PUT https://x.example/42?t=example.com%20is%20down&r=eu-1%2C%20us-1',
        'placeholders of a URL are escaped for it';
    is $request->{body}, 'Down: example.com is down, $5, $UNKNOWN, example.coms $',
        'a text has them as they are';
    is $request->{header}{'content-type'}, 'text/plain; charset=utf-8', 'and is one';
    is $request->{header}{'x-a'}, 'b started', 'a header may have them';

    $request = built(kind => 'webhook', settings => {url => $url, template => 'a=$TITLE',
        content_type => 'application/x-www-form-urlencoded'},
    message => message(title => 'a&b=c d'));
    is $request->{body}, 'a=a%26b%3Dc%20d', 'a form has them escaped';
    is 1, (scalar grep { /^content-type/i } @{$request->{headers}}), 'one Content-Type';

    $request = built(kind => 'webhook', settings => {url => "$url&c=\$COMMENT",
        headers => {'X-C' => '$COMMENT'}, template => '$COMMENT'},
        message => message(comment => text('€' x 5000)));
    is $request->{header}{'x-c'}, '€' x 165 . '…', 'what is too long for a header is cut there';
    is $request->{url}, "$url&c=" . '%E2%82%AC' x 165 . '%E2%80%A6', 'and for a URL';
    is $request->{body}, '€' x 5000, 'but not in the body';

    for my $type ('text/xml; charset=utf-8', 'application/soap+xml', 'text/html') {
        $request = built(kind => 'webhook', settings => {url => $url, template => '<a t="$TITLE">$$1 < 2</a>', content_type => $type},
            message => message(title => text(qq{"/><b c='1'>&\x01\n})));
        is $request->{body}, "<a t=\"&quot;/&gt;&lt;b c=&#39;1&#39;&gt;&amp; \n\">\$1 < 2</a>", "$type has them escaped, and what is not theirs as it is";
    }

    $request = built(kind => 'webhook', settings => {url => $url, method => 'GET'});
    is $request->{body}, '', 'a GET has no body';
}

# ---- signature, credentials ----
{
    my $request = built(kind => 'webhook', settings => {url => $url, signing_secret => 'sh',
        username => 'u', password => 'p'}, now => 1795334401);
    is $request->{header}{'x-betterstack-signature'},
        't=1795334401,v1=' . hmac_sha256_hex("1795334401.$request->{body}", 'sh'),
        'the signature is of the time and the body';
    is $request->{user}, 'u:p', 'Basic authorization';
}

# ---- settings that make no sense ----
{
    like built(kind => 'webhook', settings => {})->{refused}, qr/no URL/, 'no URL';
    like built(kind => 'webhook', settings => {url => $url, method => 'BREW'})->{refused},
        qr/"BREW"/, 'a method that is none';
    like built(kind => 'webhook', settings => {url => $url,
        headers => {"a\r\nb" => 'c'}})->{refused}, qr/headers/, 'a header that is none';
    like built(kind => 'webhook', settings => {url => $url, template => '$TEXT' x 100},
        message => message(text => 'x' x 10_000))->{refused}, qr/larger/,
    'a body that grows over all bounds';
}

# ---- answers ----
{
    my %want = (200 => 'sent', 204 => 'sent', 301 => 'refused', 400 => 'refused', 401 => 'refused',
        404 => 'refused',
        410 => 'refused', 408 => 'failed', 425 => 'failed', 429 => 'failed', 500 => 'failed',
        503 => 'failed');
    is_deeply {map { $_ => judged(kind => 'webhook', status => $_)->{outcome} } keys %want}, \%want,
        'the common rule';
    my $said = judged(kind => 'webhook', status => 429, answer => "slow\r\ndown \xff" . '€' x 400,
        retry_after => 7);
    is $said->{retry_after}, 7, 'Retry-After';
    like $said->{detail}, qr/\AHTTP 429: slow  down \xef\xbf\xbd\xe2\x82\xac/,
        'the words of the answer, on one line';
    ok length $said->{detail} <= 500 && utf8::decode($said->{detail}), 'cut between characters';
}

done_testing;
