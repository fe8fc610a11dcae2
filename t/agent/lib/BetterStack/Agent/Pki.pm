package BetterStack::Agent::Pki;

# A certificate authority and TLS servers, made with the openssl command.
#
#   my $pki = BetterStack::Agent::Pki->new;
#   $pki->ca_file
#   my $server = $pki->serve(names => 'DNS:localhost,IP:127.0.0.1', from => -10, to => 30);
#   $server->url('localhost')

use strict;
use warnings;

use BetterStack::Agent qw(wait_for);
use File::Temp qw(tempdir);
use POSIX ();

sub new {
    my ($class) = @_;
    my $self = bless {dir => tempdir('bs-pki-XXXXXX', DIR => '/tmp', CLEANUP => 1), count => 0}, $class;
    $self->authority('ca', 'BetterStack test authority');
    return $self;
}

sub ca_file { return "$_[0]{dir}/ca.pem" }

sub openssl {
    my ($self, @arguments) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', @arguments or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    die "openssl @arguments: " . BetterStack::Agent::slurp("$self->{dir}/log") if $?;
}

sub write_file {
    my ($self, $name, $text) = @_;
    open my $out, '>', "$self->{dir}/$name" or die "$name: $!\n";
    print $out $text;
    close $out;
}

sub authority {
    my ($self, $name, $subject) = @_;
    $self->openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-keyout', "$self->{dir}/$name.key", '-out', "$self->{dir}/$name.pem", '-days', 3650,
        '-subj', "/CN=$subject");
}

# Days from now.
sub date {
    my ($days) = @_;
    return POSIX::strftime('%Y%m%d%H%M%SZ', gmtime(time + $days * 86400));
}

# The name of a certificate and its key: from and to in days, signed by `ca`.
sub certificate {
    my ($self, %how) = @_;
    my ($dir, $name) = ($self->{dir}, 'cert' . ++$self->{count});
    my $ca = $how{ca} // 'ca';
    $self->write_file('index', '');
    $self->write_file('serial', sprintf "%02x\n", 16 + $self->{count});
    $self->write_file('conf', <<"END");
[ca]
default_ca = it
[it]
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
x509_extensions = leaf
unique_subject = no
[any]
commonName = supplied
[leaf]
subjectAltName = $how{names}
basicConstraints = CA:FALSE
END
    $self->openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
        "$dir/$name.key", '-out', "$dir/$name.csr", '-subj', '/CN=' . ($how{subject} // 'target'));
    $self->openssl('ca', '-batch', '-notext', '-config', "$dir/conf", '-cert', "$dir/$ca.pem",
        '-keyfile', "$dir/$ca.key", '-in', "$dir/$name.csr", '-out', "$dir/$name.pem",
        '-startdate', date($how{from} // -1), '-enddate', date($how{to} // 30));
    return $name;
}

# A TLS server that answers 200 to everything.
sub serve {
    my ($self, %how) = @_;
    my $name = $how{certificate} // $self->certificate(%how);
    my $log = "$self->{dir}/server" . ++$self->{count};
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', 's_server', '-accept', '127.0.0.1:0', '-cert', "$self->{dir}/$name.pem", '-key',
            "$self->{dir}/$name.key", '-www', @{$how{options} // []} or POSIX::_exit(127);
    }
    my $server = bless {pid => $pid, owner => $$}, 'BetterStack::Agent::Pki::Server';
    wait_for(sub { BetterStack::Agent::slurp($log) =~ /^ACCEPT .*:(\d+)$/m ? $server->{port} = $1 : 0 },
        10, 'openssl s_server') or die BetterStack::Agent::slurp($log);
    return $server;
}

package BetterStack::Agent::Pki::Server;

sub port { $_[0]{port} }
sub url { my ($self, $host) = @_; return 'https://' . ($host // '127.0.0.1') . ":$self->{port}/" }

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $self->{owner};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
