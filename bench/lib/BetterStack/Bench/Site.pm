package BetterStack::Bench::Site;

# What is probed: an nginx of its own with a small page over HTTP and HTTPS,
# whose certificate is signed by an authority that stands, for everybody, among
# those of the system: /hang takes a request and never answers it.

use strict;
use warnings;

use IO::Socket::INET;

use BetterStack::Agent::Pki;
use BetterStack::Observer::Process;
use BetterStack::Stack qw(free_port wait_for);

use constant SYSTEM_ROOTS => '/etc/ssl/certs/ca-certificates.crt';
use constant PAGE_BYTES   => 500;
use constant CONNECTIONS  => 8192;

sub start {
    my ($class, $dir) = @_;
    my $self = bless {dir => "$dir/site", http => free_port(), https => free_port()}, $class;
    mkdir $self->{dir} or die "$self->{dir}: $!\n";
    $self->{pki} = BetterStack::Agent::Pki->new;
    $self->{roots} = "$dir/roots.pem";
    write_file($self->{roots}, slurp(SYSTEM_ROOTS) . slurp($self->{pki}->ca_file));
    chmod 0644, $self->{roots};

    # its queue takes connections, but nobody takes them out of it
    $self->{hole} = IO::Socket::INET->new(Listen => 4096, LocalAddr => '127.0.0.1') or die "listen: $!\n";
    write_file("$self->{dir}/nginx.conf", $self->configuration);
    $self->come;
    return $self;
}

# Whoever waits for an answer learns that there is none.
sub go { my ($self) = @_; $self->{process}->stop }

sub come {
    my ($self) = @_;
    $self->{process} = BetterStack::Observer::Process->start(log => "$self->{dir}/log",
        command => ['nginx', '-p', $self->{dir}, '-c', "$self->{dir}/nginx.conf", '-e', "$self->{dir}/error.log"]);
    wait_for(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{https}) }, 20)
        or die 'nginx does not start: ' . $self->{process}->log_text . "\n";
}

sub configuration {
    my ($self) = @_;
    my $leaf = $self->{pki}->certificate(names => 'DNS:localhost,IP:127.0.0.1');
    my $page = 'x' x PAGE_BYTES;
    my $paths = join '', map { "    ${_}_temp_path $self->{dir}/$_;\n" } qw(client_body proxy fastcgi uwsgi scgi);
    return <<"END";
daemon off;
master_process off;
worker_rlimit_nofile @{[2 * CONNECTIONS]};
pid $self->{dir}/pid;
events { worker_connections @{[CONNECTIONS]}; }
http {
    access_log off;
$paths
    server {
        listen 127.0.0.1:$self->{http} backlog=4096;
        listen 127.0.0.1:$self->{https} ssl backlog=4096;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate $self->{pki}{dir}/$leaf.pem;
        ssl_certificate_key $self->{pki}{dir}/$leaf.key;
        ssl_session_tickets off;
        location / { default_type text/html; return 200 '$page'; }
        location = /hang { proxy_pass http://127.0.0.1:@{[$self->{hole}->sockport]}; proxy_read_timeout 600s; }
    }
}
END
}

sub write_file {
    my ($path, $text) = @_;
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

sub slurp {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    local $/;
    return <$file>;
}

sub roots { $_[0]{roots} }
sub hole_port { $_[0]{hole}->sockport }

# url('https', '/hang')
sub url { my ($self, $scheme, $path) = @_; return "$scheme://127.0.0.1:$self->{$scheme}" . ($path // '/') }

1;
