package BetterStack::Bench::Probers;

# Others that probe: blackbox_exporter, asked by wrk over connections it keeps,
# and a worker of a few lines with axios.

use strict;
use warnings;

use HTTP::Tiny;

use BetterStack::Bench::Npm;
use BetterStack::Bench::Proc qw(tree_cpu_seconds);
use BetterStack::Bench::Tools qw(wrk output_of);
use BetterStack::Observer::Process;
use BetterStack::Stack qw(free_port wait_for);

use constant MODULE => 'http_2xx';

# dir, roots: a file of authorities, which are the system's for both
sub start {
    my ($class, %how) = @_;
    my $port = free_port();
    my $self = bless {roots => $how{roots}, port => $port, axios => BetterStack::Bench::Npm::install('axios')}, $class;
    my $file = "$how{dir}/blackbox.yml";
    open my $out, '>', $file or die "$file: $!\n";
    print $out "modules:\n  ${\MODULE}:\n    prober: http\n    timeout: 5s\n"
        . "    http:\n      preferred_ip_protocol: ip4\n";
    close $out;
    $self->{blackbox} = BetterStack::Observer::Process->start(
        command => ['prometheus-blackbox-exporter', "--config.file=$file", "--web.listen-address=127.0.0.1:$port",
            '--log.level=error'],
        log => "$how{dir}/blackbox.log", env => {SSL_CERT_FILE => $how{roots}, SSL_CERT_DIR => '/nonexistent'},
    );
    wait_for(sub { HTTP::Tiny->new->get("http://127.0.0.1:$port/")->{success} }, 20)
        or die "blackbox_exporter does not start\n";
    return $self;
}

sub probe_url { my ($self, $url) = @_; return "http://127.0.0.1:$self->{port}/probe?module=${\MODULE}&target=$url" }

# So many a time, for so long: what was done and what it cost the prober.
sub blackbox {
    my ($self, $url, $seconds, $at_once) = @_;
    my $probe = $self->probe_url($url);
    HTTP::Tiny->new->get($probe)->{content} =~ /^probe_success 1$/m or die "blackbox_exporter finds $url down\n";
    my $before = tree_cpu_seconds($self->{blackbox}->pid);
    my $did = wrk(url => $probe, seconds => $seconds, connections => $at_once);
    return {%$did, cpu => {prober => tree_cpu_seconds($self->{blackbox}->pid) - $before}};
}

sub axios {
    my ($self, $url, $seconds, $at_once) = @_;
    local $ENV{NODE_EXTRA_CA_CERTS} = $self->{roots};
    my ($output, $cpu) = output_of('node', "$self->{axios}/worker.js", $url, $at_once, $seconds);
    my ($ops) = $output =~ /^(\d+) probes$/m or die "axios said:\n$output\n";
    return {ops => $ops, seconds => $seconds, cpu => {prober => $cpu}};
}

# Requests only, nothing verified.
sub wrk_alone {
    my ($self, $url, $seconds, $at_once) = @_;
    my $did = wrk(url => $url, seconds => $seconds, connections => $at_once, headers => {Connection => 'close'});
    return {%$did, cpu => {prober => $did->{client}}};
}

1;
