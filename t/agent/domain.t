# Domain expiry by RDAP: which domain is asked for, where, how often, and what
# registries may do wrong.  None of their troubles is the domain's.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check check_text free_port);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Server qw(request answer reply hold);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

my $dir = tempdir('bs-domain-XXXXXX', DIR => '/tmp', CLEANUP => 1);

sub in_days { return strftime '%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0] * 86400 + 3600) }

sub domain {
    my ($name, $expires, %more) = @_;
    return encode_json({objectClassName => 'domain', ldhName => $name, events => [
        {eventAction => 'registration', eventDate => '2001-01-01T00:00:00Z'},
        {eventAction => 'expiration', eventDate => $expires}], %more});
}

my $elsewhere = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    answer($_[0], 200, domain('moved.test', in_days(100)));
});

my %says = (
    'good.test' => sub { answer($_[0], 200, domain('GOOD.TEST', in_days(100)), 'Content-Type: application/rdap+json') },
    'good.co.uk' => sub { answer($_[0], 200, domain('good.co.uk', in_days(100))) },
    'soon.test' => sub { answer($_[0], 200, domain('soon.test', in_days(12))) },
    'past.test' => sub { answer($_[0], 200, domain('past.test', in_days(-3))) },
    'lapsed.test' => sub { answer($_[0], 200, domain('lapsed.test', in_days(300), status => ['redemption period'])) },
    'never.test' => sub { answer($_[0], 200, encode_json({objectClassName => 'domain', ldhName => 'never.test', events => []})) },
    'offset.test' => sub { answer($_[0], 200, domain('offset.test.', '2099-06-01T02:00:00.123+02:00')) },
    'date.test' => sub { answer($_[0], 200, domain('date.test', '2099-06-01')) },
    'moved.test' => sub { answer($_[0], 302, '', 'Location: ' . $elsewhere->url('/domain/moved.test')) },
    'busy.test' => sub { answer($_[0], 429, '', 'Retry-After: 3600') },
    'broken.test' => sub { answer($_[0], 503, 'sorry') },
    'ring.test' => sub { answer($_[0], 302, '', 'Location: /rdap/domain/ring.test') },
    'inside.test' => sub { answer($_[0], 302, '', 'Location: http://10.0.0.1/domain/inside.test') },
    'file.test' => sub { answer($_[0], 302, '', 'Location: file:///etc/passwd') },
    'other.test' => sub { answer($_[0], 200, domain('another.test', in_days(100))) },
    'html.test' => sub { answer($_[0], 200, '<html>welcome</html>') },
    'array.test' => sub { answer($_[0], 200, '[]') },
    'deep.test' => sub { answer($_[0], 200, '[' x 100000) },
    'odd.test' => sub { answer($_[0], 200, '{"objectClassName": "domain", "ldhName": 5, "events": [null, {"eventAction": [], "eventDate": {}}, 7]}') },
    'wild.test' => sub { answer($_[0], 200, domain('wild.test', '9999999999-99-99T99:99:99Z')) },
    'large.test' => sub { answer($_[0], 200, '{"a": "' . 'x' x 400_000 . '"}') },
    'zip.test' => sub { answer($_[0], 200, domain('zip.test', in_days(5)), 'Content-Encoding: gzip') },
    'silent.test' => sub { hold($_[0]) },
    'closed.test' => sub { },
    'gone.test' => sub { answer($_[0], 404, '<html>There is nothing here</html>') },
    'bare.test' => sub { answer($_[0], 404, '') },
);

# These end while they are known: what the registry says then depends on how often it was asked.
my $ends = 0;
sub in_seconds { return strftime '%Y-%m-%dT%H:%M:%SZ', gmtime $_[0] }
for my $then (['renewed.test', sub { answer($_[0], 200, domain('renewed.test', in_days(365))) }],
    ['unsure.test', sub { answer($_[0], 503, 'sorry') }], ['ended.test', undef]) {
    my ($name, $later) = @$then;
    my $before = sub { answer($_[0], 200, domain($name, in_seconds($ends))) };
    $says{$name} = sub { ($later && time >= $ends ? $later : $before)->($_[0]) };
}

sub registry {
    return BetterStack::Agent::Server->new(sub {
        my ($client) = @_;
        my ($head) = request($client);
        my ($name) = $head =~ m{^GET /rdap/domain/(\S+) HTTP} or return answer($client, 400, '');
        return answer($client, 404, '{"errorCode": 404}') if !$says{$name};
        return $says{$name}->($client);
    });
}

my $registry = registry();

sub list {
    my ($name, $document) = @_;
    open my $out, '>', "$dir/$name" or die "$dir/$name: $!\n";
    print $out ref $document ? encode_json($document) : $document;
    close $out;
    return "$dir/$name";
}

sub services {
    my ($server) = @_;
    return {version => '1.0', services => [[['com'], ['http://127.0.0.1:1/']],
        [['test', 'UK'], ['ftp://nowhere/', 'http://127.0.0.1:' . $server->port . '/rdap']]]};
}

my $services = services($registry);
my $list = list('dns.json', $services);

# All in one run, so all know what the earlier ones learned.
sub domains {
    my ($options, @names) = @_;
    my (undef, $out, $err) = check_text('--json', '--type', 'domain', '--timeout', 2, '--allow', '127.0.0.0/8',
        '--rdap-bootstrap', $list, @$options, @names);
    my @results = map { decode_json($_) } split /\n/, $out;
    diag $err if !@results;
    return wantarray ? @results : $results[0];
}

sub asked { my ($name) = @_; return scalar(() = $registry->seen =~ m{^GET \S+/\Q$name\E HTTP}mg) }

# ---- answers ----
{
    my $result = domains([], 'good.test');
    is $result->{status}, 'up', 'a domain that is paid for' or diag explain $result;
    is $result->{measured}{domain}, 'good.test', 'which it is';
    like $result->{measured}{expires_at}, qr/^\d{4}-\d\d-\d\dT/, 'when it ends';
    like $registry->seen, qr{^Accept: application/rdap\+json}m, 'RDAP is asked for';
}
my $soon = domains(['--days', 30], 'soon.test');
is $soon->{status}, 'degraded', 'an end that is near';
is $soon->{reason}, 'assertion_failed', 'is not as wished';
is $soon->{detail}, 'The domain soon.test expires in 12 days', 'in words';
is domains(['--days', 10], 'soon.test')->{status}, 'up', 'not that near';
is domains([], 'soon.test')->{status}, 'up', 'without a wish';
my $past = domains([], 'past.test');
is $past->{status}, 'down', 'an end that is past';
like $past->{detail}, qr/^The domain past\.test expired \d days? ago$/, 'in words';
my $none = domains([], 'unregistered.test');
is $none->{status}, 'down', 'no such domain';
is $none->{reason}, 'assertion_failed', 'its reason';
is $none->{detail}, 'The domain unregistered.test is not registered', 'in words';
is domains([], 'lapsed.test')->{status}, 'down', 'a domain in its redemption period';
is domains([], 'offset.test')->{measured}{expires_at}, '2099-06-01T00:00:00Z', 'a time with fraction and offset';
is domains([], 'date.test')->{measured}{expires_at}, '2099-06-01T00:00:00Z', 'a date alone';
my $moved = domains([], 'moved.test');
is $moved->{status}, 'up', 'a redirect is followed' or diag $moved->{detail};

# ---- which domain ----
my @hosts = ('https://a.b.good.test:8443/path', 'WWW.Good.Test.', 'a.b.c.good.co.uk', 'good.co.uk');
is_deeply [map { $_->{measured}{domain} } domains([], @hosts)], [qw(good.test good.test good.co.uk good.co.uk)],
    'the part that somebody registered';
is $_->{reason}, 'not_run', "$_->{url} is none" for domains([], 'co.uk', 'test', 'localhost', '192.0.2.1', '[::1]');

# ---- seldom ----
{
    my $before = asked('good.test');
    my @results = domains([], ('good.test') x 3, 'www.good.test');
    is scalar(grep { $_->{status} eq 'up' } @results), 4, 'four checks';
    is asked('good.test') - $before, 1, 'one question';
    $before = asked('broken.test');
    @results = domains([], ('broken.test') x 3);
    is asked('broken.test') - $before, 1, 'trouble is not asked for again at once';
    is $results[2]{reason}, 'not_run', 'and stays trouble meanwhile';
    $before = asked('unregistered.test');
    domains([], ('unregistered.test') x 3);
    is asked('unregistered.test') - $before, 1, 'nor a domain that does not exist';
}

# ---- an end that comes while it is known has to be confirmed ----
{
    my @names = qw(renewed.test unsure.test ended.test);
    $ends = time + 3;
    $registry = registry();
    $services = services($registry);
    list('dns.json', $services);
    my @results = domains(['--parallel', 1], @names, qw(silent.test silent.test), @names);
    is_deeply [map { $_->{status} } @results[0 .. 2]], [qw(up up up)], 'they are paid for';
    my ($renewed, $unsure, $ended) = @results[-3, -2, -1];
    is $renewed->{status}, 'up', 'a domain that was renewed meanwhile' or diag $renewed->{detail};
    is $unsure->{reason}, 'not_run', 'a registry that does not say whether it was';
    is $ended->{status}, 'down', 'one that was not';
    like $ended->{detail}, qr/expired less than a day ago/, 'in words';
}
is domains([], 'bare.test')->{reason}, 'assertion_failed', 'a 404 without a word: no such domain';

# ---- troubles that are not the domain's ----
for my $name (qw(never busy broken ring inside file other html array deep odd wild large zip silent closed gone)) {
    my $result = domains([], "$name.test");
    is $result->{status}, 'unknown', "$name.test: nothing is known";
    is $result->{reason}, 'not_run', "$name.test: of no doing of its own";
    isnt $result->{detail}, '', "$name.test: $result->{detail}";
    cmp_ok $result->{phases_us}{total}, '<', 2_500_000, "$name.test: in time";
}
is domains([], 'example.org')->{reason}, 'not_run', 'no registry is known';
like domains([], 'example.org')->{detail}, qr/no registry of org/, 'in words';
is domains([], 'example.com')->{reason}, 'not_run', 'the registry cannot be reached';

# ---- the list ----
{
    my $wrong = list('wrong.json', '{"services": [[1, 2], [["x"]], {}, [[], []]]}');
    for my $source ("$dir/missing", $dir, $wrong, list('empty', ''), 'http://127.0.0.1:' . free_port() . '/') {
        my $result = domains(['--rdap-bootstrap', $source], 'good.test');
        is $result->{reason}, 'not_run', "without a list: $source";
        like $result->{detail}, qr/^the list of registries cannot be read: /, 'in words';
    }
    my $served = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, encode_json($services)) });
    my @results = domains(['--rdap-bootstrap', $served->url('/dns.json')], 'good.test', 'soon.test');
    is $results[$_]{status}, 'up', 'a list from a server' for 0, 1;
    is $served->connections, 1, 'is read once';
    my $strict = check('--type', 'domain', '--allow', '::1', '--rdap-bootstrap', 'http://10.0.0.1/dns.json', 'good.test');
    like $strict->{detail}, qr/does not allow/, 'its address is judged';
}

# ---- the registry's name is looked up and judged ----
{
    my $dns = BetterStack::Agent::Dns->new({'registry.example' => {A => ['127.0.0.1']}, 'inside.example' => {A => ['10.0.0.1']}});
    my $named = list('named.json', {services => [[['test'], ['http://registry.example:' . $registry->port . '/rdap/']],
        [['uk'], ['http://inside.example/']]]});
    is domains(['--rdap-bootstrap', $named, '--resolvers', $dns->server], 'good.test')->{status}, 'up', 'a registry with a name';
    my $inside = domains(['--rdap-bootstrap', $named, '--resolvers', $dns->server], 'good.co.uk');
    is $inside->{reason}, 'not_run', 'one that leads inside';
    like $inside->{detail}, qr/does not allow/, 'is not asked';
}

done_testing;
