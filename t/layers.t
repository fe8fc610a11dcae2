# Who may use whom: includes go only downward, foreign libraries stay in the
# rooms that own them, and what the module exports carries its name.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Find;
use FindBin;
use Test::More;

my $root = abs_path("$FindBin::Bin/..");
chdir $root or die "$root: $!\n";

# A room, and what the files of it may include by path or by name.  A file
# with no folder in its #include is looked up in its own room first.
my %may_use = (
    'shared'                          => [qw(shared)],
    'agent'                           => [qw(agent shared)],
    'ngx_betterstack_module/io'       => [qw(ngx_betterstack_module/io shared)],
    'ngx_betterstack_module/http'     => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module/live'     => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module/dispatch' => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module/ingest'   => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module/ping'     => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module/history'  => [qw(ngx_betterstack_module shared)],
    'ngx_betterstack_module'          => [qw(ngx_betterstack_module shared)],
);

# What any room of the module may use of the house itself.
my $common = qr{^(?:\.\./)?ngx_bs_(?:zone|compat)\.h$};

# nginx and plumbing that io/ may not see: it knows events, not requests.
my $above_io = qr{^(?:ngx_http\b.*|\.\./ngx_bs\.h|ngx_bs\.h)$};

# Whose headers may be included where.
my @owners = (
    [qr{^libpq-fe\.h$},         qr{^ngx_betterstack_module/io/},                   'libpq'],
    [qr{^hiredis/},             qr{^(?:ngx_betterstack_module/io/|agent/redis)},   'hiredis'],
    [qr{^curl/},                qr{^agent/(?:http|mail)},                    'libcurl'],
    [qr{^ares\.h$},             qr{^agent/dns},                                    'c-ares'],
    [qr{^libpsl\.h$},          qr{^agent/rdap},                                   'libpsl'],
    [qr{^openssl/},             qr{^agent/(?:tls|scram|digest)},                   'OpenSSL'],
    [qr{^pcre2\.h$},            qr{^agent/assert_regex},                           'PCRE2'],
    [qr{^j[qv]\.h$},            qr{^agent/assert_jq},                              'libjq'],
    [qr{^(?:ngx_|nginx)},       qr{^ngx_betterstack_module/},                      'nginx'],
    [qr{^uv\.h$},               qr{^agent/},                                       'libuv'],
);

my (%includes, @files);
find({no_chdir => 1, wanted => sub { push @files, $_ if /\.[ch]$/ }},
    grep { -d } qw(shared agent ngx_betterstack_module));
for my $file (@files) {
    open my $in, '<', $file or die "$file: $!\n";
    push @{$includes{$file}}, map { /^\s*#\s*include\s*([<"])([^>"]+)[>"]/ ? [$1, $2] : () } <$in>;
}

# The folder of our tree in which an include is found, or undef.
sub found_in {
    my ($file, $name) = @_;
    for my $dir (dirname($file), 'ngx_betterstack_module', 'shared', 'agent', '.') {
        next if !-f "$dir/$name";
        my $path = abs_path("$dir/$name");
        $path =~ s{^\Q$root\E/}{};
        return dirname($path);
    }
    return;
}

sub check_rooms {
    my @wrong;
    for my $file (sort keys %includes) {
        my $allowed = join '|', map { quotemeta } @{$may_use{dirname($file)} // []};
        for my $include (@{$includes{$file}}) {
            next if $include->[1] =~ $common && $file =~ m{^ngx_betterstack_module/};
            my $room = found_in($file, $include->[1]) // next;
            push @wrong, "$file includes $include->[1] of $room"
                if $room !~ m{^(?:$allowed)(?:/|$)};
        }
    }
    is_deeply \@wrong, [], 'every file includes only what its room may use';
}

sub check_io {
    my @wrong = map {
        my $file = $_;
        map { $_->[1] =~ $above_io ? "$file includes $_->[1]" : () } @{$includes{$file}};
    } grep { m{^ngx_betterstack_module/io/} } sort keys %includes;
    is_deeply \@wrong, [], 'io/ knows events, not requests';
}

sub check_owners {
    for my $owner (@owners) {
        my ($header, $where, $name) = @$owner;
        my @wrong = map {
            my $file = $_;
            map { $_->[1] =~ $header && $file !~ $where ? "$file includes $_->[1]" : () }
                grep { !found_in($file, $_->[1]) } @{$includes{$file}};
        } sort keys %includes;
        is_deeply \@wrong, [], "$name is known only where it belongs";
    }
}

# What a file includes in the end, one after the other: names of libraries and
# of shared/, our own headers of the module replaced by what they include.
sub flat {
    my ($file, $seen) = @_;
    return if $seen->{$file}++;
    return map {
        my $name = $_->[1];
        my ($own) = grep { exists $includes{$_} }
            map { tidy("$_/$name") } dirname($file), 'ngx_betterstack_module';
        defined $own ? flat($own, $seen) : $name;
    } @{$includes{$file}};
}

sub tidy {
    my ($path) = @_;
    1 while $path =~ s{(?:^|/)\./|[^/]+/\.\./}{};
    return $path;
}

# nginx asks the C library for GNU extensions, and for files larger than 2 GB:
# what is included before it, is included without them.
sub check_nginx_first {
    my @wrong;
    for my $file (grep { m{^ngx_betterstack_module/.*\.c$} } sort keys %includes) {
        my ($first) = flat($file, {});
        push @wrong, "$file includes " . ($first // 'nothing') . ' before nginx'
            if ($first // '') !~ /^ngx_(?!bs_)/;
    }
    is_deeply \@wrong, [], 'every .c of the module includes nginx first';
}

# Modules are loaded with RTLD_GLOBAL: a name without our prefix may meet
# another's.
sub check_symbols {
    my $build = $ENV{BUILD} // ($ENV{SANITIZE} ? 'build-asan' : 'build');
    my $module = "$build/ngx_betterstack_module.so";
    SKIP: {
        skip "$module is not built", 1 if !-f $module;
        my @names = map { (split)[-1] } grep { /\S/ } `nm -D --defined-only '$module'`;
        my @foreign = grep { !/^(?:ngx_bs_|ngx_betterstack_|bs_|ngx_modules$|ngx_module_names$|ngx_module_order$|_init$|_fini$|__odr_asan)/ } @names;
        is_deeply \@foreign, [], 'every symbol the module exports carries its name';
    }
}

# A reader finds any behaviour from the tree alone: each room says what flows
# through it.
sub check_readmes {
    my @without = grep { -d && !-f "$_/README.md" } sort keys %may_use, qw(sql html);
    is_deeply \@without, [], 'every room has a README.md';
}

check_rooms();
check_io();
check_owners();
check_nginx_first();
check_symbols();
check_readmes();
done_testing;
