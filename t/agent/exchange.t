# What http.h promises of one exchange, with servers good and bad: HTTP/2, TLS
# settings, proxies, cookies, mail, and an end in time and in bounded memory.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";

use BetterStack::Agent qw(wait_for);
use BetterStack::Agent::Nginx;
use BetterStack::Agent::Pki;
use BetterStack::Agent::Server qw(request reply answer hold);
use BetterStack::Checker;
use BetterStack::Unit;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep);

use constant DEADLINE_MS => 700;
use constant LATE_MS => 100;
use constant EXCHANGES_SECONDS => 30;
use constant RSS_KB_MAX => 40_000;

my $program = BetterStack::Unit::build('exchange');
my $dir = tempdir('bs-exchange-XXXXXX', DIR => '/tmp', CLEANUP => 1);

# The results of exchanges, each a list of key => value.
sub exchanges {
    my (@exchanges) = @_;
    my @arguments;
    for my $exchange (@exchanges) {
        push @arguments, '--' if @arguments;
        my @pairs = @$exchange;
        push @arguments, join '=', splice @pairs, 0, 2 while @pairs;
    }
    BetterStack::Checker::environment();
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDOUT, '>', "$dir/out";
        open STDERR, '>', "$dir/err";
        $ENV{http_proxy} = $ENV{https_proxy} = $ENV{all_proxy} = 'http://127.0.0.1:1';
        exec BetterStack::Checker::wrap(), $program, @arguments or POSIX::_exit(127);
    }
    wait_for(sub { waitpid($pid, WNOHANG) != 0 }, EXCHANGES_SECONDS, 'the exchanges')
        or do { kill 'KILL', $pid; waitpid $pid, 0 };
    my $status = $?;
    my $text = BetterStack::Agent::slurp("$dir/out");
    diag BetterStack::Agent::slurp("$dir/err") if $status;
    $text =~ s/^loop (.*)\n//m;
    is $status . ($1 // ''), '0closed', 'nothing is left in the loop';
    return map {
        my %result = (header => '');
        for my $line (split /\n/) {
            my ($key, $value) = $line =~ /^(\w+) ?(.*)/ or next;
            $result{$key} = $key eq 'header' ? "$result{header}$value\n" : $value;
        }
        \%result;
    } split /\n\n/, $text;
}

sub exchange { return (exchanges([@_]))[0] }

sub is_result {
    my ($result, $error, $status, $name) = @_;
    is "$result->{error} $result->{status}", "$error $status", $name or diag explain $result;
}

# ---- HTTP/2 and TLS ----
my $pki = BetterStack::Agent::Pki->new;
my $leaf = $pki->certificate(names => 'DNS:localhost,DNS:site.test,IP:127.0.0.1');
my $client = $pki->certificate(names => 'DNS:client.test', subject => 'a client');
$pki->authority('other', 'somebody else');
my $stranger = $pki->certificate(names => 'DNS:localhost', ca => 'other');
my $tls = "ssl_certificate $pki->{dir}/$leaf.pem; ssl_certificate_key $pki->{dir}/$leaf.key;";
my $hello = 'default_type text/plain; add_header X-Empty "" always; add_header X-Seen yes; return 200 hello;';
my $nginx = BetterStack::Agent::Nginx->new(
    plain => ['', $hello],
    h2c   => ['http2', $hello],
    h2    => ['ssl http2', "$tls ssl_protocols TLSv1.2 TLSv1.3; $hello"],
    h1    => ['ssl', "$tls $hello"],
    tls12 => ['ssl', "$tls ssl_protocols TLSv1.2; $hello"],
    stranger => ['ssl', "ssl_certificate $pki->{dir}/$stranger.pem; ssl_certificate_key $pki->{dir}/$stranger.key; $hello"],
    mutual => ['ssl', "$tls ssl_client_certificate " . $pki->ca_file
        . '; ssl_verify_client on; return 200 $ssl_client_s_dn;'],
);

sub at {
    my ($name, @more) = @_;
    my $scheme = $name =~ /plain|h2c/ ? 'http' : 'https';
    my $port = $nginx->port($name);
    return (url => "$scheme://localhost:$port/", port => $port, ca_file => $pki->ca_file, @more);
}

{
    my ($plain, $h2, $forced, $h2c, $old, $h1) = exchanges([at('plain')], [at('h2')],
        [at('h2', http_version => 1)], [at('h2c', http_version => 2)], [at('h2c')], [at('h1')]);
    is_result $plain, 'none', 200, 'plain HTTP';
    is $plain->{http_version}, 11, 'is 1.1';
    is $plain->{tls_version}, '', 'without TLS';
    like $plain->{header}, qr/^X-Seen: yes$/m, 'its headers are told';
    is_result $h2, 'none', 200, 'TLS';
    is $h2->{http_version}, 20, 'is HTTP/2 by ALPN';
    is $h2->{tls_version}, 'TLSv1.3', 'the version of TLS is known';
    like $h2->{tls_cipher}, qr/^TLS_AES/, 'and the cipher';
    like $h2->{header}, qr/^x-seen: yes$/m, 'its headers are told, too';
    is $h2->{body}, 'hello', 'and its body';
    is $forced->{http_version}, 11, 'unless 1.1 is wanted';
    is $h2c->{http_version}, 20, 'HTTP/2 without TLS by prior knowledge';
    isnt $old->{http_version}, 20, 'and never by itself';
    is $h1->{http_version}, 11, 'a server that knows no HTTP/2';
    isnt exchange(at('h1', http_version => 2))->{http_version}, 20, 'whatever is wanted of it';
}

{
    my ($low, $high, $pem, $stranger) = exchanges([at('tls12', tls_min => 12)], [at('tls12', tls_min => 13)],
        [at('h1', ca_file => '/dev/null', ca_pem => $pki->ca_file)],
        [at('h1', ca_pem => "$pki->{dir}/other.pem")]);
    is_result $low, 'none', 200, 'a server of TLS 1.2';
    is $low->{tls_version}, 'TLSv1.2', 'is told';
    is_result $high, 'tls', 0, 'is not spoken to when 1.3 is the least';
    is_result $pem, 'none', 200, 'an authority of the request';
    is_result $stranger, 'certificate', 0, 'is the only one then';
    like $stranger->{certificate}, qr/^1 (?:20|19) .*target/, 'the certificate is known all the same';
}

{
    my @own = (certificate_pem => "$pki->{dir}/$client.pem", key_pem => "$pki->{dir}/$client.key");
    my ($with, $without) = exchanges([at('mutual', @own)], [at('mutual')]);
    is_result $with, 'none', 200, 'a client certificate';
    like $with->{body}, qr/CN=a client/, 'is the one we were given';
    is_result $without, 'none', 400, 'which the next exchange does not have';
}

# ---- a call to the hub on a handle that probes had ----
{
    my @hub = (hub => 1, url => 'http://127.0.0.1:' . $nginx->port('plain') . '/');
    my ($probe, $call, $again) = exchanges([at('h2')], [@hub], [at('h2')]);
    is_result $probe, 'none', 200, 'a probe';
    is_result $call, 'none', 200, 'then a call goes where it should';
    is $call->{tls_version}, '', 'as it should';
    is_result $again, 'none', 200, 'and a probe again';
}

# ---- authorization, stopping at the headers ----
{
    my $site = BetterStack::Agent::Server->new(sub {
        my ($head) = request($_[0]);
        if ($head =~ m{^GET /ws}) {
            reply($_[0], "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Key: k\r\n\r\nbytes");
            return hold($_[0]);
        }
        reply($_[0], "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 Fine\r\nX-Late: 1\r\nTrailer: X-Sum\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        reply($_[0], "0\r\nX-Sum: 9\r\n\r\n") if $head !~ m{^GET /open};
        hold($_[0]) if $head =~ m{^GET /open};
    });
    my @here = (port => $site->port);
    my ($whole, $head, $ws) = exchanges([url => $site->url('/'), @here, bearer => 'tok3n'],
        [url => $site->url('/open'), @here, stop_at_headers => 1],
        [url => $site->url('/ws'), @here, stop_at_headers => 1, http_version => 1,
            header => 'Connection:Upgrade', header => 'Upgrade:websocket']);
    is_result $whole, 'none', 200, 'an answer with hints before it';
    like $whole->{header}, qr/^X-Late: 1$/m, 'headers';
    like $whole->{header}, qr/^X-Sum: 9$/m, 'and trailers are told';
    unlike $whole->{header}, qr/X-Early/, 'those of a hint are not';
    is_result $head, 'none', 200, 'the headers are enough';
    is $head->{bytes}, 0, 'without the body';
    is_result $ws, 'none', 101, 'so they are of another protocol';
    like $ws->{header}, qr/^Upgrade: websocket$/m, 'whose headers are told' or diag explain $ws;
    like $site->seen, qr/^Authorization: Bearer tok3n\r$/m, 'a bearer token is sent';
    is scalar(() = $site->seen =~ /tok3n/g), 1, 'once';
    like $site->seen, qr/^Upgrade: websocket\r$/m, 'an upgrade is asked for';
}

# ---- a proxy ----
{
    my $proxy = BetterStack::Agent::Server->new(sub {
        my ($from) = @_;
        my ($head) = request($from);
        my ($port) = $head =~ /^CONNECT site\.test:(\d+) /;
        return answer($from, 200, 'by proxy') if $head =~ m{^GET http://site\.test/x };
        return reply($from, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") if !$port;
        my $to = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return;
        reply($from, "HTTP/1.1 200 Connected\r\nX-Proxy: 1\r\n\r\n");
        if (fork) {
            while (sysread $from, my $bytes, 8192) { reply($to, $bytes) }
        } else {
            while (sysread $to, my $bytes, 8192) { reply($from, $bytes) }
            shutdown $from, 1;
            POSIX::_exit(0);
        }
    });
    my @through = (proxy => 1, port => $proxy->port, ca_file => $pki->ca_file);
    my $port = $nginx->port('h2');
    my ($plain, $tunnel, $refused, $direct) = exchanges([url => 'http://site.test/x', @through],
        [url => "https://site.test:$port/", @through, username => 'u', password => 'secret'],
        [url => 'https://other.test/', @through], [at('plain')]);
    is_result $plain, 'none', 200, 'plain HTTP goes to the proxy in absolute form';
    is $plain->{body}, 'by proxy', 'and is answered by it';
    is_result $tunnel, 'none', 200, 'TLS goes through it';
    is $tunnel->{body}, 'hello', 'to the target';
    unlike $tunnel->{header}, qr/X-Proxy/, 'whose headers are told, not those of the proxy';
    is $tunnel->{http_version}, 20, 'in its HTTP/2';
    like $tunnel->{certificate}, qr/^1 0 .*target/, 'verified';
    is_result $refused, 'proxy', 403, 'a proxy that refuses';
    unlike $proxy->seen, qr/^CONNECT .*?Authorization.*?\r\n\r\n/ms, 'credentials are not for the proxy';
    is_result $direct, 'none', 200, 'the next exchange needs none';
}

# ---- cookies ----
{
    my $site = BetterStack::Agent::Server->new(sub {
        my ($head) = request($_[0]);
        my @set = $head =~ m{^GET /set} ? ('Set-Cookie: own=1; Path=/', 'Set-Cookie: secure=1; Secure',
            'Set-Cookie: wide=1; Domain=.site.test', 'Set-Cookie: deep=1; Path=/deep',
            'Set-Cookie: foreign=1; Domain=other.test') : ();
        answer($_[0], 200, ($head =~ /^Cookie: (.*?)\r?$/m)[0] // 'none', @set);
    });
    my $to = sub { [url => "http://$_[0]", port => $site->port, @_[1 .. $#_]] };
    my @said = map { $_->{body} } exchanges($to->('www.site.test/set'), $to->('www.site.test/'),
        $to->('www.site.test/deep/er'), $to->('api.site.test/'), $to->('other.test/'), $to->('site.test.evil.test/'),
        $to->('www.site.test/', no_cookies => 1), $to->('www.site.test/'));
    $_ = join ' ', sort split /; /, $_ for @said;
    is $said[0], 'none', 'no cookies at first';
    is $said[1], 'own=1 wide=1', 'the site gets its own back';
    is $said[2], 'deep=1 own=1 wide=1', 'and what is for one path only there';
    is $said[3], 'wide=1', 'its neighbour those that are for both';
    is $said[4], 'none', 'another site none';
    is $said[5], 'none', 'and none whose name only looks like it';
    is $said[6], 'none', 'an exchange without the jar none, though the handle was used with it';
    is $said[7], 'own=1 wide=1', 'and the jar still has them';
}

# ---- a handle that was used for something else ----
{
    my $site = BetterStack::Agent::Server->new(sub {
        my ($head) = request($_[0]);
        return if !defined $head;
        return hold($_[0]) if $head =~ m{^\S+ /hold};
        return answer($_[0], 200, $head) if $head =~ m{^\S+ /plain};
        answer($_[0], 200, 'rich', 'Set-Cookie: own=1; Path=/');
    });
    my @here = (port => $site->port);
    my @rich = ([method => 'HEAD'], [method => 'POST'], [method => 'PUT', body => 'b'], [body => 'of a GET'],
        [header => 'X-Own: secret', header => 'Host: other.test', header => 'User-Agent: other', header => 'Accept:'],
        [username => 'me', password => 'secret'], [bearer => 'secret'], [http_version => 1], [http_version => 2],
        [proxy => 1], [stop_at_headers => 1], [skip_redirect_body => 1], [body_max => 0], [verify => 0], [tls_min => 10],
        [ca_pem => $pki->ca_file], [certificate_pem => "$pki->{dir}/$client.pem", key_pem => "$pki->{dir}/$client.key"],
        [url => $site->url('/hold'), deadline_ms => 100], [url => 'smtp://127.0.0.1/', mail_command => 'NOOP', deadline_ms => 100],
        [hub => 1, bearer => 'secret', header => 'X-Own: 1'],
        [method => 'PATCH', body => 'b', bearer => 'secret', header => 'X-Own: secret', username => 'me', password => 'p', hub => 1],
        [at('h2', verify => 0)], [at('tls12', ca_pem => $pki->ca_file, tls_min => 12)], [address => '127.0.0.2']);
    my @ends = ([url => $site->url('/plain'), @here, no_cookies => 1], [url => $site->url('/plain'), @here, hub => 1]);
    for my $end (@ends) {
        my $kind = $end->[-2] eq 'hub' ? 'a call to the hub' : 'a probe';
        my ($alone) = exchanges($end);
        my @results = exchanges(map { ([url => $site->url('/rich'), @here, @$_], $end) } @rich);
        my @sent = map { join '|', @{$results[2 * $_ + 1]}{qw(error status body)} } 0 .. $#rich;
        my @other = grep { $sent[$_] ne "none|200|$alone->{body}" } 0 .. $#rich;
        is scalar(@results), 2 * @rich, 'all have ended';
        is_deeply [map { "after @{$rich[$_]}: $sent[$_]" } @other], [], "$kind is what it is alone, whatever was before";
    }

    my @rich_tls = ([], [verify => 0], [ca_pem => $pki->ca_file], [tls_min => 13], [http_version => 1],
        [certificate_pem => "$pki->{dir}/$client.pem", key_pem => "$pki->{dir}/$client.key"], [hub => 1]);
    push @rich_tls, [at('stranger', verify => 0)], [at('stranger', ca_pem => "$pki->{dir}/other.pem")];
    for my $case (['certificate', 'a server that only others have trusted', at('stranger')],
        ['none', 'a server of TLS 1.2', at('tls12')], ['none', 'a server that may ask for a certificate', at('mutual')])
    {
        my ($error, $name, @plain) = @$case;
        my @results = exchanges(map { ([at('h2', @$_)], \@plain) } @rich_tls);
        is_deeply [map { $results[2 * $_ + 1]{error} } 0 .. $#rich_tls], [($error) x @rich_tls], "$name: $error, always";
        is_deeply [map { $results[2 * $_ + 1]{status} } 0 .. $#rich_tls], [(400) x @rich_tls], 'nobody\'s certificate is shown'
            if $name =~ /may ask/;
    }
}

# ---- mail ----
sub mail {
    my ($scheme, $script, @more) = @_;
    my $server = BetterStack::Agent::Server->new(sub {
        my ($to) = @_;
        reply($to, shift(@$script) . "\r\n");
        while (defined(my $line = <$to>)) {
            my ($tag) = $scheme eq 'imap' ? $line =~ /^(\S+) / : ();
            my ($wanted, $says) = splice @$script, 0, 2;
            hold($to) if !defined $wanted; # also after QUIT: whoever waits for an answer waits long
            last if !defined $wanted || $line !~ $wanted;
            reply($to, $says =~ s/TAG/$tag/r . "\r\n");
        }
    });
    my $result = exchange(url => "$scheme://mail.test/" . ($scheme eq 'smtp' ? 'tester' : ''), port => $server->port, mail_command => 'NOOP', @more);
    cmp_ok $result->{ms}, '<', 500 * BetterStack::Checker::slowness(), 'nobody waits for a goodbye';
    return $result;
}

{
    my @login = (username => 'me', password => 'pass');
    my @ehlo = ('220 mail.test', qr/^EHLO tester/, "250-mail.test\r\n250 AUTH PLAIN");
    my $result = mail('smtp', [@ehlo, qr/^NOOP/, '250 fine']);
    is_result $result, 'none', 250, 'SMTP';
    like $result->{reply}, qr/^250 fine/, 'its last line is known';
    cmp_ok $result->{first_byte_us}, '>', 0, 'the greeting is timed';
    is_result mail('smtp', [@ehlo, qr/^AUTH PLAIN/, '334 ', qr/^\S+/, '235 in', qr/^NOOP/, '250 fine'], @login), 'none', 250, 'with login';
    $result = mail('smtp', [@ehlo, qr/^AUTH PLAIN/, '334 ', qr/^\S+/, '535 wrong password'], @login);
    is $result->{error}, 'reply', 'a wrong password';
    is $result->{reply}, '535 wrong password', 'in its words';
    is mail('smtp', ['554 no service'])->{error}, 'reply', 'a greeting that is a no';
    is mail('smtp', [@ehlo, qr/^NOOP/, '250 fine'], starttls => 1)->{error}, 'reply', 'no STARTTLS where it is wanted';
    is mail('smtp', ['SSH-2.0-OpenSSH_9.2'])->{error}, 'protocol', 'something else than mail';

    my $capability = [qr/CAPABILITY/, "* CAPABILITY IMAP4rev1\r\nTAG OK", qr/NOOP/, 'TAG OK done'];
    is_result mail('imap', ['* OK ready', @$capability]), 'none', 0, 'IMAP';
    $result = mail('imap', ['* OK ready', @$capability[0, 1], qr/LOGIN/, 'TAG NO bad login'], @login);
    is $result->{error}, 'reply', 'a login that IMAP refuses' or diag explain $result;
    like $result->{reply}, qr/NO bad login/, 'in its words';
    is_result mail('pop3', ['+OK ready', qr/^CAPA/, "+OK\r\nUSER\r\n.", qr/^NOOP/, '+OK']), 'none', 0, 'POP3';
    is mail('pop3', ['+OK ready', qr/^CAPA/, "+OK\r\nUSER\r\n.", qr/^USER/, '+OK', qr/^PASS/, '-ERR no'],
        @login)->{error}, 'reply', 'a login that POP3 refuses';
}

# ---- servers that want to hold us ----
sub held {
    my ($name, $handler, %wanted) = @_;
    my $server = BetterStack::Agent::Server->new($handler);
    my $url = $server->url;
    $url =~ s/^http:/https:/ if $wanted{tls};
    my $result = exchange(url => $url, port => $server->port, deadline_ms => DEADLINE_MS,
        body_max => 1 << 20, @{$wanted{with} // []});
    my $slow = BetterStack::Checker::slowness() > 1 ? 1000 : 0;
    is $result->{error}, $wanted{error} // 'timeout', $name or diag explain $result;
    is $result->{phase}, $wanted{phase}, 'in the right phase' if $wanted{phase};
    cmp_ok $result->{ms}, '<=', DEADLINE_MS + LATE_MS + $slow, 'is over in time';
    cmp_ok $result->{rss_kb}, '<', RSS_KB_MAX, 'in little memory' if !$slow;
}

my $ok = "HTTP/1.1 200 OK\r\n";
sub forever { my ($to, $bytes) = @_; 1 while reply($to, $bytes) }
sub drip { my ($to, $bytes) = @_; for (split //, $bytes x 1000) { reply($to, $_) or return; sleep 0.01 } }

held('a handshake that never ends', sub { hold($_[0]) }, tls => 1, phase => 'tls');
held('a handshake that drips', sub { drip($_[0], "\x16\x03\x03\x40\x00") }, tls => 1, phase => 'tls');
held('no answer', sub { request($_[0]); hold($_[0]) }, phase => 'first_byte');
held('headers that drip', sub { request($_[0]); reply($_[0], $ok); drip($_[0], "X: y\r\n") }, phase => 'headers');
held('one header line that drips', sub { request($_[0]); reply($_[0], "${ok}X: "); drip($_[0], 'y') },
    phase => 'headers');
held('hints without an answer', sub { request($_[0]); drip($_[0], "HTTP/1.1 103 E\r\n\r\n") });
held('headers without end', sub { request($_[0]); reply($_[0], $ok); forever($_[0], "X-Long: yyyyyyyyyyyyyyyy\r\n" x 100) },
    error => 'protocol');
held('a header line without end', sub { request($_[0]); reply($_[0], "${ok}X: "); forever($_[0], 'y' x 4096) },
    error => 'protocol');
held('a body that drips', sub { request($_[0]); reply($_[0], "$ok\r\n"); drip($_[0], 'y') }, phase => 'body');
held('a body without end', sub { request($_[0]); reply($_[0], "$ok\r\n"); forever($_[0], 'y' x 8192) },
    error => 'none');
held('chunks that drip', sub { request($_[0]); reply($_[0], "${ok}Transfer-Encoding: chunked\r\n\r\n");
    drip($_[0], "1\r\ny\r\n") }, phase => 'body');
held('trailers without end', sub { request($_[0]); reply($_[0], "${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n");
    forever($_[0], "X-Sum: 1\r\n" x 100) }, error => 'protocol');
held('a length that is never reached', sub { request($_[0]); reply($_[0], "${ok}Content-Length: 1000000\r\n\r\nx");
    hold($_[0]) }, phase => 'body');
held('a length beyond everything', sub { request($_[0]); reply($_[0], "${ok}Content-Length: 9223372036854775807\r\n\r\nx");
    hold($_[0]) }, phase => 'body');
held('mail that drips', sub { drip($_[0], "220-more\r\n") }, with => [url => 'smtp://x/', mail_command => 'NOOP']);
held('mail without end', sub { forever($_[0], "220-more\r\n" x 100) }, error => 'protocol',
    with => [url => 'smtp://x/', mail_command => 'NOOP']);

# a gigabyte in a megabyte, and that once more
{
    require IO::Compress::Gzip;
    my $zeros = "\0" x (1 << 20);
    my $packed = '';
    my $gzip = IO::Compress::Gzip->new(\$packed);
    $gzip->print($zeros) for 1 .. 200;
    $gzip->close;
    my $bomb = sub {
        my ($encoding, $bytes) = @_;
        return sub { request($_[0]); answer($_[0], 200, $bytes, "Content-Encoding: $encoding") };
    };
    IO::Compress::Gzip::gzip(\$packed, \my $twice);
    cmp_ok length $twice, '<', 5000, '200 MB in a few kilobytes';
    held('a bomb of 1000:1', $bomb->('gzip', $packed), error => 'none');
    held('a bomb in a bomb', $bomb->('gzip, gzip', $twice), error => 'none');
}

done_testing;
