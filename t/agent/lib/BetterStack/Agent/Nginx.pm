package BetterStack::Agent::Nginx;

# An nginx with the given servers, each on a port of the kernel's choice.
#
#   my $nginx = BetterStack::Agent::Nginx->new(plain => ['', 'return 200 hello;'],
#       tls => ['ssl http2', "ssl_certificate ...; return 200 hello;"]);
#   $nginx->port('tls');

use strict;
use warnings;

use BetterStack::Agent qw(wait_for free_port);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();

sub new {
    my ($class, %servers) = @_;
    my $self = bless {dir => tempdir('bs-nginx-XXXXXX', DIR => '/tmp', CLEANUP => 1), owner => $$}, $class;
    my $blocks = '';
    for my $name (sort keys %servers) {
        my ($options, $body) = @{$servers{$name}};
        $self->{ports}{$name} = free_port();
        $blocks .= "    server {\n        listen 127.0.0.1:$self->{ports}{$name} $options;\n"
            . "        server_name _;\n        $body\n    }\n";
    }
    open my $out, '>', "$self->{dir}/conf" or die "conf: $!\n";
    print $out <<"END";
daemon off;
master_process off;
pid $self->{dir}/pid;
error_log $self->{dir}/error.log;
events { }
http {
    access_log $self->{dir}/access.log;
    client_body_temp_path $self->{dir}/body;
    proxy_temp_path $self->{dir}/proxy;
    fastcgi_temp_path $self->{dir}/fastcgi;
    uwsgi_temp_path $self->{dir}/uwsgi;
    scgi_temp_path $self->{dir}/scgi;
$blocks}
END
    close $out;
    $self->start;
    return $self;
}

sub start {
    my ($self) = @_;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        exec 'nginx', '-p', $self->{dir}, '-c', "$self->{dir}/conf", '-e', "$self->{dir}/error.log"
            or POSIX::_exit(127);
    }
    for my $port (values %{$self->{ports}}) {
        wait_for(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) }, 10, 'nginx')
            or die BetterStack::Agent::slurp("$self->{dir}/error.log");
    }
}

sub port { my ($self, $name) = @_; return $self->{ports}{$name} }

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $self->{owner} || !$self->{pid};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
