# Signing up, in and out; sessions, cookies and where they are believed from.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use BetterStack::Client;
use BetterStack::Stack qw(wait_for);

my $stack = BetterStack::Stack->new(agents => 0);
my $password = $BetterStack::Client::password;

sub anyone { return BetterStack::Client->new($stack) }

subtest 'sign-up makes a user, a team and a session' => sub {
    my $ann = anyone();
    my ($status, $data, $reply) = $ann->post('/api/v2/sign-up',
        {email => 'Ann@Example.com', name => 'Ann', password => $password});
    is $status, 201;
    is $data->{data}{attributes}{email}, 'ann@example.com';
    is $data->{data}{attributes}{team}{role}, 'owner';
    ok !$data->{data}{attributes}{administrator}, 'admin@localhost was first';
    like $reply->{headers}{'set-cookie'},
        qr{^betterstack=bss_[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000$};

    ($status, $data) = $ann->get('/api/v2/me');
    is $status, 200;
    is $data->{data}{attributes}{name}, 'Ann';

    my $token = $ann->{cookie} =~ s/.*=//r;
    is $stack->sql("select count(*) from betterstack.credential where digest = sha256('$token')"), 1,
        'only the digest of the token is kept';
    my $hash = $stack->sql("select password_hash from betterstack.app_user where email = 'ann\@example.com'");
    like $hash, qr/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
};

subtest 'who is in the team' => sub {
    my $eve = anyone();
    $eve->post('/api/v2/sign-up',
        {email => 'eve@example.com', name => 'Eve', password => $password});
    my ($status, $data) = $eve->get('/api/v2/team-members');
    is $status, 200;
    is_deeply [map { [$_->{type}, @{$_->{attributes}}{qw(email name role)}] } @{$data->{data}}],
        [['team_member', 'eve@example.com', 'Eve', 'owner']], 'those of this team, and nobody else';
    is $data->{pagination}{next}, undef, 'in pages';
    my $reachable = sub { (($eve->get('/api/v2/team-members'))[1]{data}[0]{attributes}{reachable}) ? 'reachable' : 'not' };
    is $reachable->(), 'not', 'without a mail server nobody is reached who has not said how';
    my ($made, $contact) = $eve->post('/api/v2/me/contacts', {name => 'Pocket', kind => 'ntfy', settings => {topic => 'eve'}});
    is_deeply [$made, $reachable->()], [201, 'reachable'], 'a way of their own is enough';
    $eve->patch("/api/v2/me/contacts/$contact->{data}{id}", {enabled => JSON::PP::false});
    is $reachable->(), 'not', 'unless it is turned off';
    $stack->sql(q{update betterstack.installation set smtp = '{"host": "127.0.0.1"}'});
    is $reachable->(), 'reachable', 'by mail';
    $eve->post('/api/v2/me/contacts', {name => 'Mail', kind => 'email', settings => {to => ['eve@example.com']}});
    $stack->sql(q{update betterstack.installation set smtp = '{}'});
    is $reachable->(), 'not', 'not by a way that nothing is set up for';
    is((anyone()->get('/api/v2/team-members'))[0], 401, 'a stranger is not told');
};

subtest 'sign-up refuses' => sub {
    my %refused = (
        'no e-mail'        => [{password => $password}, 'email'],
        'a bad e-mail'     => [{email => 'ann', password => $password}, 'email'],
        'a taken e-mail'   => [{email => 'ann@example.com', password => $password}, 'email'],
        'no password'      => [{email => 'b@example.com'}, 'password'],
        'a number'         => [{email => 'b@example.com', password => 1234567890}, 'password'],
        'a short password' => [{email => 'b@example.com', password => 'x' x 9}, 'password'],
        'a long password'  => [{email => 'b@example.com', password => 'x' x 257}, 'password'],
        'more than asked'  => [{email => 'b@example.com', password => $password, role => 'admin'}, 'role'],
    );
    for my $what (sort keys %refused) {
        my ($body, $field) = @{$refused{$what}};
        my ($status, $data, $reply) = anyone()->post('/api/v2/sign-up', $body);
        is $status, 422, $what;
        is_deeply [keys %{$data->{errors}}], [$field], 'names the field' or diag explain $data;
        ok !$reply->{headers}{'set-cookie'}, 'no cookie';
    }
};

subtest 'passwords are counted in characters, and any will do' => sub {
    my $long = "\x{1f600}" x 256;
    my $bob = anyone();
    my ($status) = $bob->post('/api/v2/sign-up', {email => 'bob@example.com', password => $long});
    is $status, 201;
    ($status) = anyone()->sign_in('bob@example.com', $long);
    is $status, 200;
    ($status) = anyone()->sign_in('bob@example.com', "\x{1f600}" x 255);
    is $status, 401;
};

subtest 'sign-in' => sub {
    my $ann = anyone();
    my ($status, $data) = $ann->sign_in('ANN@example.com');
    is $status, 200;
    is $data->{data}{attributes}{email}, 'ann@example.com';
    ($status) = $ann->get('/api/v2/me');
    is $status, 200;

    for my $wrong (['ann@example.com', 'wrong password'], ['nobody@example.com', $password],
        ['ann@example.com', ''], ['ann@example.com', 'x' x 5000], ["' or 1=1 --", $password]) {
        ($status, $data, my $reply) = anyone()->sign_in(@$wrong);
        is $status, 401, substr "$wrong->[0] $wrong->[1]", 0, 40;
        is_deeply $data, {errors => 'E-mail or password is wrong'};
        ok !$reply->{headers}{'set-cookie'};
    }
};

subtest 'a hash with weaker parameters is made anew when its owner signs in' => sub {
    my $hash = weak_hash($password);
    $stack->sql("update betterstack.app_user set password_hash = '$hash' where email = 'bob\@example.com'");
    my ($status) = anyone()->sign_in('bob@example.com');
    is $status, 200;
    my $now = $stack->sql("select password_hash from betterstack.app_user where email = 'bob\@example.com'");
    isnt $now, $hash;
    like $now, qr/m=19456,t=2/;
    ($status) = anyone()->sign_in('bob@example.com');
    is $status, 200;
};

subtest 'sign-out ends this session and no other' => sub {
    my ($here, $there) = (anyone(), anyone());
    $_->sign_in('ann@example.com') for $here, $there;
    my $old = $here->{cookie};
    my ($status, undef, $reply) = $here->post('/api/v2/sign-out', {});
    is $status, 204;
    like $reply->{headers}{'set-cookie'}, qr/^betterstack=; .*Max-Age=0/;
    $here->{cookie} = $old;
    is +($here->get('/api/v2/me'))[0], 401;
    is +($there->get('/api/v2/me'))[0], 200;
    is +(anyone()->post('/api/v2/sign-out', {}))[0], 204, 'signed out already';
};

subtest 'a session in use goes on' => sub {
    my $ann = anyone();
    $ann->sign_in('ann@example.com');
    my (undef, undef, $reply) = $ann->get('/api/v2/me');
    is $reply->{headers}{'set-cookie'}, "$ann->{cookie}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000";
    (undef, undef, $reply) = $ann->program->get('/api/v2/me');
    is $reply->{headers}{'set-cookie'}, undef, 'programs get none';
    (undef, undef, $reply) = $ann->get('/api/v2/monitors');
    is $reply->{headers}{'set-cookie'}, undef, 'once a page is enough';
};

subtest 'sessions end by themselves' => sub {
    my $ann = anyone();
    $ann->sign_in('ann@example.com');
    my $token = $ann->{cookie} =~ s/.*=//r;
    $stack->sql("update betterstack.credential set expires_at = now() where digest = sha256('$token')");
    my ($status, $data) = $ann->get('/api/v2/me');
    is $status, 401;
    is $data->{errors}, 'Sign in, or send a valid API token';
};

subtest 'what changes something must come from our own pages' => sub {
    my $ann = anyone();
    $ann->sign_in('ann@example.com');
    my $host = '127.0.0.1:' . $stack->port;
    my %wrong = (
        none              => undef,
        null              => 'null',
        'another site'    => 'http://evil.example',
        'another port'    => 'http://127.0.0.1:1',
        'a longer name'   => "http://$host.evil.example",
        'our name as user' => "http://$host\@evil.example",
        'no scheme'       => $host,
        nothing           => '',
    );
    for my $what (sort keys %wrong) {
        my ($status, $data) = $ann->send('PATCH', '/api/v2/me', {name => 'Eve'}, {Origin => $wrong{$what}});
        is $status, 403, "$what";
        like $data->{errors}, qr/Origin/;
    }
    for my $path (qw(sign-up sign-in)) {
        my ($status) = anyone()->send('POST', "/api/v2/$path",
            {email => 'ann@example.com', password => $password}, {Origin => 'http://evil.example'});
        is $status, 403, $path;
    }
    is +($ann->send('POST', '/api/v2/sign-out', {}, {Origin => undef}))[0], 403, 'sign-out';

    is +($ann->get('/api/v2/me'))[1]{data}{attributes}{name}, 'Ann', 'nothing has changed';
    is +($ann->patch('/api/v2/me', {name => 'Anna'}))[0], 200, 'our own';
    is +($ann->send('PATCH', '/api/v2/me', {name => 'Ann'}, {Origin => "https://$host"}))[0], 200,
        'behind a proxy that ends TLS';
    is +($ann->send('GET', '/api/v2/me', undef, {Origin => 'http://evil.example'}))[0], 200, 'reading';
    my $program = $ann->program;
    is +($program->send('PATCH', '/api/v2/me', {name => 'Ann'}, {Origin => 'http://evil.example'}))[0],
        200, 'a token proves a program';
};

subtest 'the cookie is read as browsers send it' => sub {
    my $ann = anyone();
    $ann->sign_in('ann@example.com');
    my $cookie = $ann->{cookie};
    my %sent = (
        "a=b; $cookie"       => 200,
        "$cookie; a=b"       => 200,
        "x$cookie"           => 401,
        "a=$cookie"          => 401,
        "__Host-$cookie"     => 200,
        "a=b,$cookie"        => 401,
        "a=b,__Host-$cookie" => 401,
        "__host-$cookie"     => 401,
        uc($cookie =~ s/=.*//r) . '=' . ($cookie =~ s/.*=//r) => 401,
        'betterstack='       => 401,
        'betterstack=' . 'x' x 4000 => 401,
        ';;;=;betterstack'   => 401,
    );
    for my $header (sort keys %sent) {
        is +($ann->send('GET', '/api/v2/me', undef, {Cookie => $header}))[0], $sent{$header},
            substr $header, 0, 60;
    }
    my $token = $cookie =~ s/.*=//r;
    is +($ann->send('GET', '/api/v2/me', undef, {Cookie => undef, Authorization => "Bearer $token"}))[0],
        200, 'a session is a token like any other';
    is +($ann->send('GET', '/api/v2/me', undef, {Authorization => 'Bearer wrong'}))[0], 401,
        'a wrong token is not saved by a right cookie';
    is +($ann->send('GET', '/api/v2/me', undef, {Authorization => 'Basic YTpi'}))[0], 200,
        'another scheme is for somebody else';
};

# No site can set a __Host- cookie for us; the word that its page came over
# TLS is the browser's.
subtest 'behind a proxy that ends TLS the cookie is kept to TLS' => sub {
    my %https = (Origin => 'https://127.0.0.1:' . $stack->port);
    my $ann = anyone();
    my ($status, undef, $reply) = $ann->send('POST', '/api/v2/sign-in',
        {email => 'ann@example.com', password => $password}, \%https);
    is $status, 200;
    my $safe = qr{^__Host-betterstack=bss_[^;]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure$};
    like $reply->{headers}{'set-cookie'}, $safe;
    ($status, undef, $reply) = $ann->get('/api/v2/me');
    is $status, 200;
    like $reply->{headers}{'set-cookie'}, $safe, 'and stays so, though reading tells no Origin';

    my $bob = anyone();
    $bob->sign_in('bob@example.com');
    my $both = "$bob->{cookie}; $ann->{cookie}";
    my (undef, $data) = $ann->send('GET', '/api/v2/me', undef, {Cookie => $both});
    is $data->{data}{attributes}{email}, 'ann@example.com', 'it wins over one that others may have set';
    ($status, undef, $reply) = $ann->send('POST', '/api/v2/sign-out', {}, {%https, Cookie => $both});
    is $status, 204;
    is_deeply $reply->{headers}{'set-cookie'}, [
        '__Host-betterstack=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure',
        'betterstack=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ], 'nobody is signed in after signing out';
};

subtest 'no memory for a hash says nothing about a password' => sub {
    plan skip_all => 'needs a worker without sanitizers'
        if BetterStack::Checker::sanitize() || BetterStack::Checker::valgrind();
    anyone()->sign_in('ann@example.com') for 1 .. 4;    # threads have their memory
    for my $worker ($stack->workers) {
        my ($size) = slurp("/proc/$worker/status") =~ /^VmSize:\s+(\d+) kB/m;
        limit($worker, ($size + 8192) * 1024);
    }
    for my $with ($password, 'wrong password') {
        my ($status, undef, $reply) = anyone()->sign_in('ann@example.com', $with);
        is $status, 503, 'signing in';
        is $reply->{headers}{'retry-after'}, 1;
    }
    is +(anyone()->sign_in('nobody@example.com'))[0], 503, 'as anybody';
    is +(anyone()->post('/api/v2/sign-up', {email => 'c@example.com', password => $password}))[0], 503, 'signing up';
    limit($_, 'unlimited') for $stack->workers;
    is +(anyone()->sign_in('ann@example.com'))[0], 200, 'later';
    is +(anyone()->sign_in('ann@example.com', 'wrong password'))[0], 401;
};

subtest 'no password is in any log' => sub {
    my $logs = join '', map { $stack->log_text($_) } qw(nginx-error nginx-access postgres redis);
    unlike $logs, qr/\Q$password\E/;
    unlike $logs, qr/bss_/;
};

is_deeply [$stack->bad_log_lines], [], 'a quiet error log';

done_testing;

# Bytes of address space of a worker, as its own account.
sub limit {
    my ($pid, $bytes) = @_;
    my ($uid, $gid) = slurp("/proc/$pid/status") =~ /^Uid:\s+(\d+).*^Gid:\s+(\d+)/ms;
    my @as = $> == 0 ? ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups') : ();
    system(@as, 'prlimit', "--pid=$pid", "--as=$bytes:") == 0 or die "prlimit\n";
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

# As an older release would have made it.
sub weak_hash {
    my ($text) = @_;
    require File::Temp;
    my $dir = File::Temp->newdir;
    open my $c, '>', "$dir/weak.c" or die;
    print $c <<'C';
#include <sodium.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char hash[crypto_pwhash_STRBYTES];
    if (sodium_init() < 0 || argc != 2
        || crypto_pwhash_str(hash, argv[1], strlen(argv[1]), 1, 8 * 1024 * 1024) != 0) {
        return 1;
    }
    puts(hash);
    return 0;
}
C
    close $c;
    system('cc', '-o', "$dir/weak", "$dir/weak.c", '-lsodium') == 0 or die "cc\n";
    open my $run, '-|', "$dir/weak", $text or die;
    chomp(my $hash = <$run>);
    return $hash;
}
