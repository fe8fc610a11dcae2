# When the domain of a website ends: asked of its registry beside the probes, once for many, told with
# their results, and nothing else about them changes.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib", "$FindBin::Bin/../observer/lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Hub;
use BetterStack::Agent::Redis;
use BetterStack::Agent::Server qw(request answer hold);
use BetterStack::Observer::Msgpack qw(msgpack_job);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

use constant ENDS_AT => 4_083_955_200;    # 2099-06-01

my $dir = tempdir('bs-domain-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my %says = (
    'known.test' => sub { end_of($_[0], 'known.test', '2099-06-01T00:00:00Z') },
    'past.test' => sub { end_of($_[0], 'past.test', '2001-06-01T00:00:00Z') },
    'silent.test' => sub { hold($_[0]) },
    'broken.test' => sub { answer($_[0], 503, 'sorry') },
);

sub end_of {
    my ($client, $name, $date) = @_;
    answer($client, 200, encode_json({objectClassName => 'domain', ldhName => $name,
        events => [{eventAction => 'expiration', eventDate => $date}]}));
}

my $registry = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    my ($head) = request($client);
    my ($name) = $head =~ m{^GET /domain/(\S+) HTTP} or return answer($client, 400, '');
    return ($says{$name} // sub { answer($_[0], 404, '') })->($client);
});
open my $list, '>', "$dir/dns.json" or die "$dir/dns.json: $!\n";
print $list encode_json({services => [[['test'], ['http://127.0.0.1:' . $registry->port . '/']]]});
close $list;

my $redis = BetterStack::Agent::Redis->new;
my $hub = BetterStack::Agent::Hub->new(region => 'test-a');
my $site = BetterStack::Agent::Server->new(sub { request($_[0]); answer($_[0], 200, 'here') });
my $dns = BetterStack::Agent::Dns->new({map { $_ => {A => ['127.0.0.1'], ttl => 600} }
    qw(www.known.test shop.known.test past.test silent.test broken.test gone.test plain.known.test)});
my $slot = int(time * 1000);
my $monitors = 0;

sub add_job {
    my ($url, %spec) = @_;
    my $monitor = ++$monitors;
    $redis->command('XADD', 'betterstack:jobs:test-a', '*', 'job', msgpack_job($monitor, ++$slot, $slot + 60000,
        BetterStack::Agent::Hub::spec($url, %spec)));
    return $monitor;
}

# The result of one probe of this URL.
sub probe {
    my ($url, %spec) = @_;
    my $monitor = add_job($url, %spec);
    my $tick;
    wait_for(sub { ($tick) = grep { $_->{monitor} == $monitor } $hub->ticks }, 20, "the tick of $url") or return {};
    return $tick;
}

sub url { return "http://$_[0]:" . $site->port . '/' }
sub asked { my ($name) = @_; return scalar(() = $registry->seen =~ m{^GET \S+/\Q$name\E HTTP}mg) }

my @wants = (domain_end => \"\xc3");
$redis->command('SET', 'betterstack:scheduler:test-a', $slot, 'PX', 60000);
my $agent = BetterStack::Agent->start(hub => $hub->url, redis => $redis->url,
    args => ['--resolvers', $dns->server, '--rdap-bootstrap', "$dir/dns.json"]);

# ---- whoever does not want to know has nothing asked ----
my $plain = probe(url('plain.known.test'));
is $plain->{status}, 1, 'a probe';
is $plain->{domain_expires_at}, 0, 'of which no domain is told';
is $registry->connections, 0, 'and no registry asked';

# ---- the end ----
my $tick;
ok wait_for(sub { $tick = probe(url('www.known.test'), @wants); $tick->{domain_expires_at} }, 20), 'the end becomes known';
is $tick->{domain_expires_at}, ENDS_AT, 'as the registry says';
is $tick->{status}, 1, 'the probe is what it was';
is $tick->{expires_at}, 0, 'there is no certificate';
is probe(url('shop.known.test'), @wants)->{domain_expires_at}, ENDS_AT, 'another name of the domain';
is probe(url('shop.known.test'), @wants, expected => [], keyword => 'absent', type => 'keyword')->{domain_expires_at}, ENDS_AT,
    'also with a failure';
is asked('known.test'), 1, 'the registry is asked once';
is probe(url('plain.known.test'))->{domain_expires_at}, 0, 'still nothing where nothing is wanted';

# ---- a registry in trouble keeps nobody waiting ----
for my $name (qw(silent.test broken.test gone.test)) {
    for (1 .. 2) {
        my $began = time;
        $tick = probe(url($name), @wants);
        is $tick->{status}, 1, "$name: up";
        is $tick->{domain_expires_at}, 0, "$name: nothing is known";
        cmp_ok $tick->{total}, '<', 2_000_000, "$name: in no more time";
    }
    ok wait_for(sub { asked($name) }, 10), "$name: the registry was asked";
    is asked($name), 1, "$name: once";
}

# ---- nothing about the verdict ----
ok wait_for(sub { $tick = probe(url('past.test'), @wants, expiry_days => 30); $tick->{domain_expires_at} }, 20), 'an end that is past';
is $tick->{status}, 1, 'is told, and changes nothing';

# ---- what has no domain ----
for my $url ('http://127.0.0.1:' . $site->port . '/', 'http://localhost:' . $site->port . '/') {
    $tick = probe($url, @wants);
    is $tick->{domain_expires_at}, 0, "$url has no domain";
}

done_testing;
