# The door for Prometheus: /probe as blackbox_exporter answers it, /metrics, and what it refuses.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(wait_for free_port);
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(request answer hold);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use LWP::UserAgent;
use Test::More;
use Time::HiRes qw(time);

my $dir = tempdir('bs-door-XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $site = BetterStack::Agent::Server->new(sub {
    my ($head) = request($_[0]);
    return if !defined $head; # a TCP check says nothing
    hold($_[0]) if $head =~ m{ /hang};
    answer($_[0], $head =~ m{ /missing} ? 404 : 200, "method " . ($head =~ /^(\w+)/)[0] . ", open");
});
my $banner = BetterStack::Agent::Server->new(sub {
    my ($client) = @_;
    $client->print("SSH-2.0-OpenSSH_9.2\r\n");
    hold($client);
});
my $browser = LWP::UserAgent->new(timeout => 60, max_redirect => 0);

sub modules {
    my ($text) = @_;
    open my $out, '>', "$dir/blackbox.yml" or die;
    print $out $text;
    close $out;
    return "$dir/blackbox.yml";
}

my $pki = BetterStack::Agent::Pki->new;
my $port = free_port();
my $agent = BetterStack::Agent->start(args => ['--door', "127.0.0.1:$port", '--door-modules', modules(<<"YAML")]);
modules:
  http_2xx:
    prober: http
  http_404:
    prober: http
    timeout: 5s
    http:
      valid_status_codes: [404]
      valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
  http_post:
    prober: http
    http:
      method: POST
      headers: {X-Asked-By: "prometheus"}
      body: '{}'
      basic_auth: {username: me, password: secret}
      tls_config: {insecure_skip_verify: true}
      preferred_ip_protocol: ip4
  http_not_ssl:
    prober: http
    http: {fail_if_not_ssl: true}
  https: {prober: http, http: {tls_config: {ca_file: @{[$pki->ca_file]}}}}
  https_any: {prober: http, http: {tls_config: {insecure_skip_verify: true}}}
  tcp_connect: {prober: tcp}
  ssh_banner:
    prober: tcp
    tcp: {query_response: [{expect: "^SSH-2\\\\.0-"}]}
YAML

sub get {
    my ($path, @headers) = @_;
    return $browser->get("http://127.0.0.1:$port$path", @headers);
}

# The samples of an answer: name with labels => value.
sub samples { return map { /^(\S+) (\S+)$/ ? ($1 => $2) : () } grep { !/^#/ } split /\n/, $_[0] }

ok wait_for(sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }, 20, 'the door'), 'the door is open';

{
    my $response = get('/probe?module=http_2xx&target=' . $site->url('/'));
    is $response->code, 200, 'a probe';
    like $response->header('Content-Type'), qr{^text/plain; version=0\.0\.4}, 'in the format of Prometheus';
    my %sample = samples($response->content);
    is $sample{probe_success}, 1, 'success';
    is $sample{probe_http_status_code}, 200, 'its status';
    is $sample{probe_ip_protocol}, 4, 'its protocol';
    is $sample{probe_http_version}, 1.1, 'its version';
    is $sample{probe_http_ssl}, 0, 'without TLS';
    is $sample{probe_http_redirects}, 0, 'without redirects';
    is $sample{probe_http_uncompressed_body_length}, length 'method GET, open', 'how much was read';
    is $sample{probe_http_content_length}, length 'method GET, open', 'and announced';
    is $sample{probe_failed_due_to_regex}, 0, 'no pattern failed';
    is $sample{probe_ip_addr_hash}, 3668918509, 'FNV-1a of 127.0.0.1, as blackbox_exporter computes it';
    cmp_ok $sample{probe_duration_seconds}, '>', 0, 'it took time';
    my @phases = grep { /^probe_http_duration_seconds\{phase="(?:connect|processing|resolve|tls|transfer)"\}$/ } keys %sample;
    is scalar @phases, 5, 'five phases';
    my $sum = 0;
    $sum += $sample{$_} for @phases;
    cmp_ok abs($sum - $sample{probe_duration_seconds}), '<', 0.001, 'which sum up';
    my %typed = map { $_ => 1 } $response->content =~ /^# TYPE (\S+) gauge$/mg;
    is_deeply [grep { !$typed{s/\{.*//r} } sort keys %sample], [], 'each has its type';
}

for my $case (
    ['http_2xx', $site->url('/missing'), 0, 'an unexpected status'],
    ['http_404', $site->url('/missing'), 1, 'the expected status'],
    ['http_404', $site->url('/'), 0, 'another than the expected'],
    ['http_post', $site->url('/'), 1, 'POST with everything'],
    ['http_not_ssl', $site->url('/'), 0, 'no TLS where it is wanted'],
    ['http_2xx', '127.0.0.1:' . free_port(), 0, 'nobody listens'],
    ['http_2xx', '127.0.0.1:' . $site->port, 1, 'a target without a scheme'],
    ['http_2xx', 'http://192.168.77.1/', 0, 'an address that may not be probed'],
    ['tcp_connect', '127.0.0.1:' . $banner->port, 1, 'TCP'],
    ['tcp_connect', '127.0.0.1:' . free_port(), 0, 'TCP refused'],
    ['ssh_banner', '127.0.0.1:' . $banner->port, 1, 'a banner'],
    ['ssh_banner', '127.0.0.1:' . $site->port, 0, 'not the banner'])
{
    my ($module, $target, $success, $name) = @$case;
    my $response = get("/probe?module=$module&target=$target", 'X-Prometheus-Scrape-Timeout-Seconds' => 2.5);
    is $response->code, 200, "$name: an answer";
    my %sample = samples($response->content);
    is $sample{probe_success}, $success, "$name: success $success";
}

{
    my $began = time;
    my %sample = samples(get('/probe?target=' . $site->url('/hang'),
        'X-Prometheus-Scrape-Timeout-Seconds' => 1)->content);
    is $sample{probe_success}, 0, 'a target that hangs';
    cmp_ok time - $began, '<', 20, 'does not outlast the scrape by much';
    cmp_ok $sample{probe_duration_seconds}, '<', 1, 'and is given up before its end';
}

is get('/probe?module=http_2xx')->code, 400, 'no target';
is get('/probe?module=nonsense&target=x')->code, 400, 'no such module';
is get('/probe?target=' . 'x' x 4000)->code, 400, 'a target that is too long';
is get('/')->code, 404, 'no such page';
is get('/status')->code, 404, 'the state is told on the local socket only';
is get('/-/healthy')->code, 200, 'healthy';
is $browser->post("http://127.0.0.1:$port/probe?target=x", Content => 'x' x 100000)->code, 405, 'POST';

{
    my %sample = samples(get('/metrics')->content);
    is $sample{betterstack_agent_in_flight}, 0, 'its own metrics';
    ok exists $sample{betterstack_agent_probed_total}, 'counters';
    ok((grep { /^betterstack_agent_info\{version="[^"]+"\}$/ } keys %sample), 'its version');
}

is $browser->head("http://127.0.0.1:$port/-/healthy")->code, 200, 'HEAD';

{
    my %sample = samples(get('/probe?target=http://127.0.0.1:' . free_port() . '/')->content);
    is_deeply [@sample{map { "probe_$_" } qw(http_status_code http_content_length http_version ip_protocol)}],
        [0, 0, 0, 4], 'nobody listens: zeros, as blackbox_exporter has them';
    %sample = samples(get('/probe?module=tcp_connect&target=nobody.invalid:1')->content);
    is_deeply [@sample{qw(probe_ip_protocol probe_ip_addr_hash)}], [0, 0], 'no address: zeros, too';
}

# several ends: of what is shown, and of the chain that is trusted
{
    my $tls = $pki->serve(names => 'DNS:localhost,IP:127.0.0.1', to => 30);
    my %sample = samples(get('/probe?module=https&target=' . $tls->url('127.0.0.1'))->content);
    is $sample{probe_success}, 1, 'TLS';
    cmp_ok $sample{probe_ssl_earliest_cert_expiry}, '>', time, 'the certificate\'s end';
    cmp_ok $sample{probe_ssl_last_chain_expiry_timestamp_seconds}, '<=', $sample{probe_ssl_earliest_cert_expiry},
        'the end of its chain, to the root';
    %sample = samples(get('/probe?module=https_any&target=' . $tls->url('127.0.0.1'))->content);
    is $sample{probe_ssl_last_chain_expiry_timestamp_seconds}, -62135596800, 'no chain is trusted where none is looked at';
}

# many at once, some of whom leave
{
    my @clients = map { my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        print {$s} "GET /probe?target=" . $site->url('/hang') . " HTTP/1.1\r\nHost: x\r\n"
            . "X-Prometheus-Scrape-Timeout-Seconds: 1.2\r\n\r\n"; $s } 1 .. 40;
    close $_ for splice @clients, 0, 20;
    my $answers = grep { my $line = <$_>; defined $line && $line =~ / 200 / } @clients;
    is $answers, 20, 'who stays is answered, whoever left';
    is get('/-/healthy')->code, 200, 'and the door is still open';
}

# ---- new modules while it runs ----
modules("modules:\n  only: {prober: http}\n");
kill 'HUP', $agent->pid;
ok wait_for(sub { get('/probe?module=http_2xx&target=' . $site->url('/'))->code == 400 }, 20, 'new modules'),
    'SIGHUP: the old modules are gone';
is get('/probe?module=only&target=' . $site->url('/'))->code, 200, 'the new ones are there';
modules("modules:\n  broken: {prober: telepathy}\n");
kill 'HUP', $agent->pid;
ok wait_for(sub { $agent->log =~ /telepathy/ }, 20, 'the complaint'), 'nonsense is complained about';
is get('/probe?module=only&target=' . $site->url('/'))->code, 200, 'and changes nothing';
is $agent->stop, 0, 'it ends well';

# ---- files that make no sense ----
for my $case (
    ["modules:\n  a:\n    prober: telepathy\n", qr/blackbox\.yml:3: "telepathy" is none of/],
    ["modules:\n  a:\n    timeout: 5s\n", qr/needs a prober/],
    ["modules:\n  a:\n    prober: http\n    http:\n      compression: gzip\n", qr/:5: "compression" is not supported here/],
    ["modules:\n  a:\n    prober: http\n    timeout: 5 parsecs\n", qr/is not a time/],
    ["modules:\n  a:\n    prober: http\n    http: {valid_status_codes: [99]}\n", qr/"99" is not a status/],
    ["modules:\n  a:\n    prober: tcp\n    tcp: {query_response: [{expect: '^a.*b'}]}\n", qr/is not supported/],
    ["modules:\n  a:\n    prober: dns\n", qr/needs dns: with query_name/],
    ["modules: [a, b]\n", qr/is not a mapping/],
    ["modules:\n  a: {prober: http}\n  a: {prober: http}\n", qr/"a" is there twice/],
    ["modules:\n  a:\n    prober: http\n    http: {tls_config: {ca_file: /dev/null, ca_file: /dev/null}}\n", qr/"ca_file" is there twice/],
    ["modules:\n  a: {prober: http, http: {body: &b '" . 'x' x 400000 . "'}}\n" .
        join('', map { "  m$_: {prober: http, http: {body: *b}}\n" } 1 .. 60), qr/is too much/],
    ["modules:\n  a: {prober: http, http: {bearer_token: \"my secret\\n\"}}\n", qr/"\.\.\." is not a token/],
    ["modules:\n\t- x\n", qr/blackbox\.yml:\d+: /],
    ['', qr/is empty/])
{
    my ($text, $words) = @$case;
    my (undef, undef, $err) = BetterStack::Agent::output('run', '--hub', 'http://127.0.0.1:1', '--token', 't',
        '--redis', 'unix:/nonexistent', '--state', "$dir/state", '--door', '127.0.0.1:' . free_port(),
        '--door-modules', modules($text));
    like $err, $words, 'a mistake in the file is told: ' . substr $words, 4, 40;
}

done_testing;
