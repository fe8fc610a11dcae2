# Names: what the resolver answers, and what of it may be connected to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(check check_text free_port);
use BetterStack::Agent::Dns;
use BetterStack::Agent::Server qw(request answer);
use JSON::PP;
use Test::More;

my $handler = sub { request($_[0]); answer($_[0], 200, 'here') };
my $site = BetterStack::Agent::Server->new($handler);
my $site6 = eval { BetterStack::Agent::Server->new($handler, host => '::1', port => $site->port) };
my $port = $site->port;

my $dns = BetterStack::Agent::Dns->new({
    'good.test' => {A => ['127.0.0.1']},
    'two.test' => {A => ['10.0.0.1', '127.0.0.1']},
    'six.test' => {AAAA => ['::1']},
    'both.test' => {A => ['127.0.0.1'], AAAA => ['::1']},
    'nothing.test' => {},
    'servfail.test' => {rcode => 2},
    'refused.test' => {rcode => 5},
    'silent.test' => {silent => 1},
    'inside.test' => {A => ['10.1.2.3']},
    'mapped.test' => {AAAA => ['::ffff:10.1.2.3']},
    'metadata.test' => {A => ['169.254.169.254']},
    'many.test' => {A => [map { "10.0.1.$_" } 1 .. 30]},
});

sub look {
    my ($name, @options) = @_;
    return scalar check('--timeout', 3, '--resolvers', $dns->server, @options, "http://$name:$port/");
}

# ---- answers ----
{
    my $result = look('good.test');
    is $result->{status}, 'up', 'a name' or diag $result->{detail};
    is $result->{address}, '127.0.0.1', 'and its address';
    cmp_ok $result->{phases_us}{dns}, '>', 0, 'asking is measured';
    like $site->seen, qr{^Host: good\.test:$port\r$}m, 'the Host header keeps the name';
    is_deeply [grep { /^good/ } $dns->asked], ['good.test A'], 'one question was enough';
}

is look('two.test')->{address}, '127.0.0.1', 'of two addresses the allowed one';
is look('GOOD.test.')->{status}, 'up', 'capital letters and a final dot';

SKIP: {
    skip 'no IPv6 here', 5 if !$site6;
    is look('six.test')->{address}, '::1', 'IPv6 when there is nothing else';
    is look('both.test')->{address}, '127.0.0.1', 'IPv4 when there are both';
    is look('both.test', '--ipv6')->{address}, '::1', 'IPv6 when that is wanted';
    is look('good.test', '--ipv6')->{reason}, 'dns_no_address', 'but IPv4 is no replacement for it';
    is look('six.test', '--ipv4')->{reason}, 'dns_no_address', 'nor the other way round';
}

# ---- failures ----
is look('unknown.test')->{reason}, 'dns_nxdomain', 'no such name';
is look('nothing.test')->{reason}, 'dns_no_address', 'a name without address';
is look('servfail.test')->{reason}, 'dns_servfail', 'the name server failed';
is look('refused.test')->{reason}, 'dns_refused', 'the name server refused';
{
    my $result = look('silent.test', '--timeout', 1);
    is $result->{reason}, 'dns_timeout', 'no answer';
    cmp_ok $result->{phases_us}{total}, '<', 1_900_000, 'within the deadline';
}
{
    my $result = check('--resolvers', '127.0.0.1:' . free_port(), "http://good.test:$port/");
    is $result->{reason}, 'agent_dns_down', 'no name server at all is our own trouble';
    is $result->{status}, 'unknown', 'and says nothing of the target';
}

# ---- the policy judges addresses, not names ----
for my $name (qw(inside.test mapped.test metadata.test many.test)) {
    is look($name)->{reason}, 'address_blocked', "$name is refused";
}

# ---- rebinding: allowed when first asked, forbidden when asked again ----
{
    my $rebinding = BetterStack::Agent::Dns->new({'turn.test' => {A => [['127.0.0.1'], ['10.0.0.1']], ttl => 0}});
    my $began = $site->connections;
    my (undef, $out) = check_text('--json', '--parallel', 1, '--allow', '127.0.0.0/8', '--resolvers', $rebinding->server,
        "http://turn.test:$port/", "http://turn.test:$port/");
    my @results = map { decode_json($_) } split /\n/, $out;
    is $results[0]{status}, 'up', 'what was judged is what is connected to';
    is $results[1]{reason}, 'address_blocked', 'and judged anew the next time';
    is $site->connections - $began, 1, 'one connection';
}

# ---- answers are kept as long as they say ----
{
    my $short = BetterStack::Agent::Dns->new({'long.test' => {A => ['127.0.0.1'], ttl => 60},
        'none.test' => {A => ['127.0.0.1'], ttl => 0}});
    for my $case (['long.test', 1], ['none.test', 3]) {
        my ($name, $questions) = @$case;
        check_text('--parallel', 1, '--allow', '127.0.0.0/8', '--resolvers', $short->server, ("http://$name:$port/") x 3);
        is scalar(grep { /^$name/ } $short->asked), $questions, "$name is asked for $questions times";
    }
}

done_testing;
