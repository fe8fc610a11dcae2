# What the API takes an agent can do: settings of all kinds and values, as the agent gets them.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Kinds;
use BetterStack::Postgres;
use BetterStack::Unit;
use IPC::Open2 qw(open2);
use JSON::PP;
use Test::More;

use constant MIXTURES => 15; # of each kind

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $json = JSON::PP->new->canonical->allow_nonref;
my $program = BetterStack::Unit::build('takes');
BetterStack::Checker::environment();
my $pid = open2(my $answers, my $questions, BetterStack::Checker::wrap(), $program);
$questions->autoflush(1);

my $db = BetterStack::Postgres->new;
my $root = $db->session;
srand 20240607;

# (errors, hexadecimal SPEC) of a body
my %specs;
sub spec_of {
    my ($body) = @_;
    return @{$specs{$json->encode($body)} //= [spec_anew($body)]};
}

sub spec_anew {
    my ($body) = @_;
    my $row = $root->rows("select c.errors, case when c.errors = '{}' then
        encode(core.msgpack(core.probe_spec(c.changed)), 'hex') end
        from core.monitor_change(null, " . BetterStack::Postgres::quote($json->encode($body)) . '::jsonb) c')->[0];
    return ($json->decode($row->[0]), $row->[1]);
}

sub asked {
    my ($body) = @_;
    my ($errors, $spec) = spec_of($body);
    return (undef, $errors) if %$errors;
    print {$questions} "$spec\n";
    my $answer = readline $answers;
    chomp $answer;
    return ($answer, $errors);
}

my $wide = "\x{20ac}";
my $ascii = join '', map chr, 33 .. 126;
my $cert = sub { join "\n", (BetterStack::Kinds::pem()) x $_[0] };
my @assertions = map { my $source = $_->[0]; map { {source => $source, property => $_->[0], operator => $_->[1], value => $_->[2]} }
    @$_[1 .. $#$_] }
    ['header', ['Content-Type', 'equals', ''], ['x' x 128, 'matches', $wide x 1024], ["!#\$%&'*+-.^_`|~09aZ", 'exists', '']],
    ['json', ['.' . $wide x 1023, 'contains', $wide x 1024], ['.a', 'is_true', ''], ['.a', 'less_than', '-999999999999999.999999999']],
    ['body', ['', 'matches', $wide x 1024], ['', 'not_contains', "'"]];

# Hosts of which the API and agents may not think differently; no address among them is public.
my @hosts = (qw(300.1.1.1 10.2.3.4.5 0xa.2.3.4.5 10.2.3 08.1.1.1 012.1.1.1 0 00.0.0.0 0x 0x.0x 4294967295 4294967296 0xffffffff
    0xfffffffff 0x00000000001 037777777777 040000000000 10.16777215 10.16777216 10.2.65536 10.2.3.256 256.1 10.2.3.4. a.1 a.0x a.0xg
    10.2.3.a 0xg 1_0 127.1), map { "[$_]" } qw(::: :: ::1 1:: 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8
    1:2:3:4:5:6:7::8 1::2::3 12345::1 ::ffff:10.2.3.4 ::ffff:10.2.3.256 ::ffff:01.2.3.4 1:2:3:4:5:6:10.2.3.4 1:2:3:4:5:6:7:10.2.3.4
    ::10.2.3.4:5 10.2.3.4:: :1 1: fe80::1 FFFF::AbCd ::10.2.3), '[[::1]]');

# Values at the edges of what is taken, attribute by attribute.
my %edges = (
    http_method => ['get', 'HEAD', 'Post', 'put', 'patch'], request_body => ['', 'x', $wide x 16384, "a\nb", 'example.org', '_sip._tcp.example.org.'],
    request_headers => [[], [map { {name => "X-$_", value => $wide x 100} } 1 .. 20], [{name => $ascii =~ tr/()<>@,;:\\"\/[]?={}//dr, value => "\t a\x{e9}"}],
        [{name => 'a' x 128, value => 'v' x 4096}], [{name => 'Host', value => 'x'}, {name => 'host', value => ''}]],
    auth_username => ['', 'ann', $wide x 255], auth_password => ['', $wide x 1024, $ascii], auth_token => [$ascii, 'x' x 4096],
    expected_status_codes => [[], [100, 599], [map { 100 + $_ } 1 .. 50]], expected_status_ranges => [[], ['100-599', '200-200'], [('200-299') x 50]],
    required_keyword => ['x', $wide x 1024, "\n\t"], assertions => [[], (map { [$_] } @assertions), [(@assertions) x 2]],
    degraded_threshold => [1, 60000], check_frequency => [1, 86400], follow_redirects => [JSON::PP::true, JSON::PP::false],
    remember_cookies => [JSON::PP::true, JSON::PP::false], http_version => ['1.1', '2'], ip_version => ['ipv4', 'ipv6'],
    verify_ssl => [JSON::PP::true, JSON::PP::false], tls_min_version => ['1.0', '1.1', '1.2', '1.3'],
    tls_mode => [qw(none direct starttls smtp imap pop3 ftp postgres)], ca_certificates => [$cert->(1), $cert->(20)],
    ssl_expiration => [1, 60], domain_expiration => [1, 60], ping_packets => [1, 10], ping_loss_threshold => [0, 100],
    dns_record_type => [qw(A AAAA CNAME MX NS TXT SOA PTR SRV CAA)], dns_expected_answers => [[], ['x'], [($wide x 1024) x 20]],
    grpc_service => ['a.B', 'x' x 255, 'a/b_c-d'], database => ['0', '99999', 'db', $wide x 63],
    port => ['1', '65535', '1,2,3,4,5,6,7,8,9,10', ' 25 , 465 '], request_timeout => [2, 60, 500, 5000],
);
my @together = ({}, {proxy_host => 'proxy.example', proxy_port => 1}, {proxy_host => '[2001:db8::1]', proxy_port => 65535},
    {proxy_host => '192.0.2.1', proxy_port => 80}, {proxy_host => 'a_b.example.', proxy_port => 80},
    {client_certificate => $cert->(1), client_key => BetterStack::Kinds::key()},
    {client_certificate => $cert->(10), client_key => BetterStack::Kinds::key()});

my %urls = (
    web => ['http://example.com', 'HTTPS://EXAMPLE.com:443/?', 'https://a_b.example.:8443/p#f', 'http://192.0.2.1', 'http://[2001:db8::1]:1/',
        'http://0x7f.1/', 'http://2130706433/', 'http://[::ffff:192.0.2.1]', 'https://xn--nxasmq6b.example/%C3%A9?a=b&c=%25#x',
        'https://x.example?q', 'https://x.example#f', 'http://' . join('.', ('a' x 63) x 3) . '.example/' . 'p' x 1800, 'http://x:/', 'http://_dmarc.x/'],
    host => ['example.com', 'EXAMPLE.com.', '_sip.example', '192.0.2.1', '2001:db8::1', '[2001:db8::1]', '::ffff:192.0.2.1', '0x7f.1'],
    port => ['example.com:50051', '[2001:db8::1]:1', '192.0.2.1:65535', 'a_b.example.:443'],
    domain => ['example.com', 'a.b.co.uk', 'EXAMPLE.com.', 'xn--nxasmq6b.example', '_x.example'],
);

# What an agent says of every body that the API takes; how many those were.
sub try_all {
    my ($kind, @bodies) = @_;
    my $taken = 0;
    my @refused;
    for my $body (@bodies) {
        my ($answer, $errors) = asked($body);
        next if !defined $answer;
        $taken++;
        push @refused, substr($json->encode($body), 0, 300) . ": $answer" if $answer !~ /^ok/;
    }
    is_deeply \@refused, [], "$kind: an agent can do all that is taken";
    return $taken;
}

sub pick { return $_[rand @_] }

{
    my @wrong;
    for my $host (@hosts) {
        my $url = "http://$host/";
        my ($errors) = spec_of({%{$BetterStack::Kinds::LEAST{status}}, url => $url});
        # {"type": "status", "url": ...}, also of what the API would not have
        print {$questions} '82a474797065a6737461747573a375726c', sprintf('d9%02x', length $url), unpack('H*', $url), "\n";
        my $agent = (readline $answers) =~ /^ok/ ? 1 : 0;
        push @wrong, "$host: " . ($agent ? 'an agent would take it' : 'no agent takes it') if $agent != !%$errors;
    }
    is_deeply \@wrong, [], 'hosts: API and agents think the same of ' . @hosts;
    for my $kind (qw(tcp ping dns smtp postgres)) {
        try_all("$kind, hosts", map { {%{$BetterStack::Kinds::LEAST{$kind}}, url => $_} } @hosts, map { /^\[(.*)\]$/ } @hosts);
    }
    try_all('proxies', map { {%{$BetterStack::Kinds::LEAST{status}}, proxy_host => $_, proxy_port => 1} } @hosts);
}

for my $kind (sort keys %BetterStack::Kinds::LEAST) {
    my %least = %{$BetterStack::Kinds::LEAST{$kind}};
    my @urls = @{$urls{$least{url} =~ m{^http} ? 'web' : $kind eq 'websocket' ? 'web' : $kind eq 'grpc' ? 'port' : $kind eq 'domain' ? 'domain' : 'host'}};
    push @urls, map { s/^http/ws/ir } @urls if $kind eq 'websocket';
    my @bodies = map { {%least, url => $_} } @urls;
    my @means = grep { my $entry = $BetterStack::Kinds::TAKES{$_}; !$entry || BetterStack::Kinds::takes($kind, $entry) }
        sort keys %edges;
    push @bodies, map { my $name = $_; map { {%least, $name => $_} } @{$edges{$name}} } @means;
    push @bodies, map { {%least, %$_} } @together;
    my $taken = try_all($kind, @bodies);
    cmp_ok $taken, '>', scalar(@urls), "$kind: " . @bodies . " bodies, $taken taken";

    # several at once, of those that are taken alone
    my %takes = map { my $name = $_; ($name => [grep { my ($e) = spec_of({%least, $name => $_}); !%$e } @{$edges{$name}}]) } @means;
    my @names = grep { @{$takes{$_}} } @means;
    my @fits = grep { my ($e) = spec_of({%least, %$_}); !%$e } @together;
    my @mixed = map { { %least, url => pick(@urls), %{pick(@fits)}, map { rand() < 0.4 ? ($_ => pick(@{$takes{$_}})) : () } @names } } 1 .. MIXTURES;
    cmp_ok try_all("$kind, mixed", @mixed), '>', 0, 'some of them are taken';
}

close $questions;
waitpid $pid, 0;
is $?, 0, 'and nothing is left over';
done_testing;
