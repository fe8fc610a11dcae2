# `nginx -t`: every mistake that can be found without a connection is found,
# with a line that names the directive and says how to mend it; and what the
# documentation shows is accepted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use BetterStack::Checker;
use BetterStack::Stack;
use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir('bs-config-XXXXXX', DIR => $ENV{BS_TEST_DIR} // '/tmp', CLEANUP => 1);
my $module = BetterStack::Stack::module();
my $dashboard = BetterStack::Stack::build() . '/html';
BetterStack::Checker::environment();

# `nginx -t` ends without freeing what it has read: nothing of ours is to blame.
$ENV{ASAN_OPTIONS} .= ':detect_leaks=0' if BetterStack::Checker::sanitize();
my @checker = grep { !/leak/ } BetterStack::Checker::wrap();

sub file {
    my ($name, $content, $mode) = @_;
    open my $handle, '>', "$dir/$name" or die "$dir/$name: $!\n";
    print $handle $content;
    close $handle;
    chmod $mode, "$dir/$name";
    return "$dir/$name";
}

my $secret = file('secret', 'x' x 32, 0600);
my $short = file('short', 'x' x 31, 0600);
my $open = file('open', 'x' x 32, 0644);
mkdir "$dir/empty" or die "$dir/empty: $!\n";

# The example of the documentation, by lines.
my %http = (
    zone      => 'betterstack_zone betterstack:16m;',
    postgres  => 'betterstack_postgres "host=/run/postgresql dbname=betterstack user=betterstack" connections=2;',
    redis     => 'betterstack_redis redis://127.0.0.1:6379/0;',
    secret    => "betterstack_secret $secret;",
    scheduler => 'betterstack_scheduler on;',
);
my %server = (
    dashboard => "location / { betterstack_dashboard $dashboard; }",
    api       => 'location /api/ { betterstack_api; }',
    agents    => 'location /agent/v1/ { betterstack_agents; }',
    health    => 'location = /healthz { betterstack_health; }',
    metrics   => 'location = /metrics { betterstack_metrics; allow 127.0.0.1; deny all; }',
);

# (exit status, what nginx says) with lines replaced or, by undef, left out.
sub judge {
    my (%change) = @_;
    my %line = (%http, %server, %change);
    my @extra = grep { !$http{$_} && !$server{$_} } sort keys %change;
    my $in_http = join "\n    ", grep { defined } @line{sort keys %http}, map { $change{$_} } @extra;
    my $in_server = join "\n        ", grep { defined } @line{sort keys %server};
    my $conf = file('nginx.conf', <<"END", 0644);
load_module $module;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    $in_http
    server {
        listen unix:$dir/nginx.sock;
        $in_server
    }
}
END
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin";
    my ($status, $output) = BetterStack::Stack::capture(BetterStack::Stack::nginx_preload(),
        @checker, 'nginx', '-p', $dir, '-e', 'stderr', '-t', '-c', $conf);
    return ($status, $output);
}

sub accepts {
    my ($name, %change) = @_;
    my ($status, $output) = judge(%change);
    is($status, 0, "accepted: $name") or diag($output);
}

# The message must carry the place, as all of nginx's do.
sub refuses {
    my ($name, $message, %change) = @_;
    my ($status, $output) = judge(%change);
    subtest "refused: $name" => sub {
        is($status, 1, 'nginx -t fails');
        like($output, $message, 'says what is wrong');
        like($output, qr/\[emerg\].* in \Q$dir\E\/nginx\.conf:\d+/, 'and where');
    };
}

sub postgres { return (postgres => qq{betterstack_postgres "$_[0]";}) }
sub redis { return (redis => "betterstack_redis $_[0];") }

accepts('the whole example');
accepts('the module without any directive', map { $_ => undef } keys %http, keys %server);
accepts('a dashboard alone', map { $_ => undef } keys %http, grep { $_ ne 'dashboard' } keys %server);
accepts('no Redis and no scheduler', redis => undef, scheduler => undef);
accepts('no secret where nothing needs one', secret => undef, api => undef, agents => undef);
accepts('secret addresses that are not logged', api =>
    'location /api/ { betterstack_api; } location /api/v1/ { betterstack_api; access_log off; }');
accepts('a numeric host', postgres('hostaddr=127.0.0.1 host=db.example port=5433 sslmode=verify-full'));
accepts('an IPv6 host', postgres('hostaddr=::1 dbname=b'));
accepts('a URI', postgres('postgresql://betterstack@%2Frun%2Fpostgresql/betterstack'));
accepts("Redis: $_", redis($_)) for
    'redis://127.0.0.1', 'redis://:password@10.0.0.1:6379,10.0.0.2,[::1]:6380/1', 'redis://127.0.0.1:6379', 'redis://[::1]:6379/3',
    'redis://user:pass%40word@127.0.0.1:6379/0', 'redis://:password@127.0.0.1/0',
    'unix:/run/redis.sock', 'unix:/run/redis.sock:2';

# Something is missing.
refuses('no zone', qr/"betterstack_\w+" needs shared memory: add "betterstack_zone /, zone => undef);
refuses('no database', qr/"betterstack_\w+" needs a database: add "betterstack_postgres /, postgres => undef);
refuses('no secret for what agents are to send', qr/"betterstack_agents" needs a secret: add "betterstack_secret /, secret => undef, api => undef);
refuses('no secret', qr/"betterstack_api" needs a secret: add "betterstack_secret /, secret => undef);
refuses('no Redis', qr/"betterstack_scheduler on" needs Redis: add "betterstack_redis /, redis => undef);

# Once is enough.
refuses("a second $_", qr/"betterstack_$_" directive is duplicate/, extra => $http{$_}) for sort keys %http;
refuses('a second content', qr/"betterstack_api" directive is duplicate/,
    api => 'location /api/ { betterstack_api; betterstack_api; }');
refuses('two contents in one location', qr/"betterstack_agents": something else answers in this location/,
    api => 'location /api/ { betterstack_api; betterstack_agents; }');
refuses('a directive out of place', qr/"betterstack_zone" directive is not allowed here/,
    api => 'location /api/ { betterstack_zone a:1m; }');

# Sizes and numbers.
refuses("zone $_->[0]", $_->[1], zone => "betterstack_zone $_->[0];") for
    ['betterstack', qr/"betterstack_zone" wants a name and a size, as in/],
    [':1m', qr/"betterstack_zone" wants a name and a size, as in/],
    ['betterstack:many', qr/size "many" of "betterstack_zone" must be \d+ bytes at least/],
    ['betterstack:4k', qr/size "4k" of "betterstack_zone" must be \d+ bytes at least/];
refuses("connections: $_", qr/"betterstack_postgres": "\Q$_\E" must be connections=N with N from 1 to 64/,
    postgres => qq{betterstack_postgres "dbname=b" $_;}) for
    'connections=0', 'connections=65', 'connections=two', 'conections=2';
refuses('a switch that is neither', qr/invalid value "maybe" in "betterstack_scheduler" directive, it must be "on" or "off"/,
    scheduler => 'betterstack_scheduler maybe;');

# conninfo
refuses('a host name', qr/"betterstack_postgres": host=localhost is a name, .* use hostaddr=/, postgres('host=localhost'));
refuses('a host name in a URI', qr/host=db\.example is a name/, postgres('postgresql://db.example/b'));
refuses('an address that is none', qr/hostaddr=db is not a numeric address/, postgres('hostaddr=db'));
accepts('several servers', postgres($_)) for
    'hostaddr=127.0.0.1,127.0.0.2', 'host=10.0.0.1,10.0.0.2 port=5432,5433 target_session_attrs=read-write',
    'host=/run/a,/run/b port=5433 target_session_attrs=primary',
    'host=a.example,b.example hostaddr=10.0.0.1,10.0.0.2', 'postgresql://10.0.0.1:5432,10.0.0.2/b';
refuses("of several servers: $_->[0]", $_->[1], postgres($_->[0])) for
    ['hostaddr=127.0.0.1,db', qr/hostaddr=db is not a numeric address/],
    ['host=a.example,b.example hostaddr=10.0.0.1', qr/host= and hostaddr= name a different number of servers/],
    ['hostaddr=127.0.0.1,127.0.0.2 port=1,2,3', qr/port= must name one port for all servers, or one for each/],
    ['hostaddr=127.0.0.1,127.0.0.2 port=5432,70000', qr/port=70000 is not between/],
    ['host=' . join(',', ('/run') x 9), qr/names more than 8 servers/],
    ['hostaddr=127.0.0.1 target_session_attrs=standby', qr/target_session_attrs=standby: the hub writes/];
accepts('a replica', extra => "betterstack_postgres_replica $_;") for
    '"host=/run/b dbname=b"', '"hostaddr=10.0.0.2 dbname=b" connections=3',
    '"host=10.0.0.2,10.0.0.3 target_session_attrs=standby"';
refuses("a replica: $_->[0]", $_->[1], extra => "betterstack_postgres_replica $_->[0];") for
    ['"host=replica.example"', qr/"betterstack_postgres_replica": host=replica\.example is a name/],
    ['"dbname=b" connections=0', qr/"betterstack_postgres_replica": "connections=0" must be connections=N/],
    ['"dbname=b target_session_attrs=primary"', qr/target_session_attrs=primary: a replica is none/],
    ['""', qr/"betterstack_postgres_replica" directive must not be empty/];
refuses('a replica alone', qr/"betterstack_postgres_replica" alone is not enough: name the primary/,
    postgres => undef, extra => 'betterstack_postgres_replica "dbname=b";');
refuses('two replicas', qr/"betterstack_postgres_replica" directive is duplicate/,
    extra => 'betterstack_postgres_replica "dbname=b"; betterstack_postgres_replica "dbname=c";');
refuses('a port out of range', qr/port=70000 is not between 1 and 65535/, postgres('port=70000'));
refuses('an sslmode that is none', qr/sslmode=always is none of disable, /, postgres('sslmode=always'));
refuses('an unknown keyword', qr/invalid connection option "dbnam"/, postgres('dbnam=b'));
refuses('a service', qr/"service" is not supported/, postgres('service=betterstack'));
refuses('nothing', qr/"betterstack_postgres" directive must not be empty/, postgres(''));

for my $conninfo ('dbname=b password=swordfish fish', 'postgresql://b:swordfish@[oops/b') {
    my ($status, $output) = judge(postgres($conninfo));
    is($status, 1, 'bad syntax with a password is refused');
    like($output, qr/"betterstack_postgres": it is not a list of keyword=value/, 'says so');
    unlike($output, qr/fish/, 'and the password is not shown');
}

# Half of a connection string must not be shown either.
for my $wrong (
    ['a connection string without quotes', 'host=/run password=swordfish'],
    ['the arguments in the wrong order', 'connections=2 postgresql://b:swordfish@/b'],
    ['"@" in the password of a URI', 'postgresql://b:s@swordfish@[::1]/b'],
    ['"/" in the password of a URI', 'postgresql://:swordfish/x@/b'],
) {
    my ($name, $arguments) = @$wrong;
    my ($status, $output) = judge(postgres => "betterstack_postgres $arguments;");
    is($status, 1, "refused: $name");
    like($output, qr/\[emerg\] .*"betterstack_postgres"/, 'says so');
    unlike($output, qr/swordfish/, 'and the password is not shown');
}

# Redis
refuses("Redis: $_->[0]", $_->[1], redis($_->[0])) for
    ['127.0.0.1:6379', qr/"betterstack_redis": it must be redis:/],
    ['redis://redis.example:6379/0', qr/"betterstack_redis": the host is not a numeric address/],
    ['redis://', qr/"betterstack_redis": it must be redis:/],
    ['redis://127.0.0.1:6379,redis.example', qr/the host is not a numeric address/],
    ['redis://127.0.0.1:6379,', qr/the host is not a numeric address/],
    ['redis://' . join(',', ('127.0.0.1') x 9), qr/"betterstack_redis": it names more than 8 servers/],
    ['redis://:6379', qr/the host is not a numeric address/],
    ['redis://127.0.0.1:0', qr/the port is not between 1 and 65535/],
    ['redis://127.0.0.1:6379/zero', qr/the database must be a small number/],
    ['redis://user@127.0.0.1', qr/a user needs a password/],
    ['redis://[::1', qr/an IPv6 address stands in brackets/],
    ['rediss://127.0.0.1:6379/0', qr/this build has no TLS to Redis: use /],
    ['unix:redis.sock', qr/the path of the Unix socket must be absolute/],
    ['unix:/' . 'r' x 120, qr/longer than the system allows/];

{
    my ($status, $output) = judge(redis('redis://user:swordfish@redis.example/0'));
    is($status, 1, 'a bad URL with a password is refused');
    unlike($output, qr/swordfish/, 'and the password is not shown');
}

# The secret
refuses("secret $_->[0]", $_->[1], secret => "betterstack_secret $_->[0];") for
    ["$dir/none", qr/"betterstack_secret": cannot open "\Q$dir\E\/none"; make it with: .* No such file/],
    [$short, qr/"betterstack_secret": "\Q$short\E" must have at least 32 bytes; make it with: /],
    [$open, qr/"betterstack_secret": "\Q$open\E" is open to everybody .* chmod o-rw /],
    [$dir, qr/"betterstack_secret": "\Q$dir\E" is not a file/];
accepts('a secret beside nginx.conf', secret => 'betterstack_secret secret;');

# The dashboard
refuses('a folder without a dashboard', qr/index\.html/,
    dashboard => "location / { betterstack_dashboard $dir/empty; }");

done_testing;
