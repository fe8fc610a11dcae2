package BetterStack::Agent::NameServer;

# A name server over UDP and TCP that is asked directly, and behaves as the
# test says: its handler gets the query and says which bytes go back.
#
#   my $server = BetterStack::Agent::NameServer->new(sub {
#       my ($query, $name, $type, $tcp) = @_;
#       return message($query, rr($name, 'A', 60, address('192.0.2.1')));
#   }, host => '127.0.0.1');
#   $server->port;  $server->asked   # lines "udp NAME TYPE"

use strict;
use warnings;

use Exporter 'import';
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::IP;
use POSIX ();
use Socket qw(inet_pton AF_INET AF_INET6);

our @EXPORT_OK = qw(message rr name address text);

my $owner = $$;
my %number = (A => 1, NS => 2, CNAME => 5, SOA => 6, PTR => 12, MX => 15, TXT => 16, AAAA => 28, SRV => 33, CAA => 257);
my %word = reverse %number;

# ---- bytes ----

sub name { return join('', map { chr(length) . $_ } split /\./, $_[0]) . "\0" }
sub address { my ($text) = @_; return inet_pton($text =~ /:/ ? AF_INET6 : AF_INET, $text) }
sub text { return join '', map { chr(length) . $_ } @_ }

sub rr {
    my ($owner_name, $type, $ttl, $data) = @_;
    return name($owner_name) . pack('nnNn', $number{$type} // $type, 1, $ttl, length $data) . $data;
}

# message($query, [{rcode => 3, truncated => 1, count => n, id => n},] @records)
sub message {
    my ($query, @records) = @_;
    my $how = ref $records[0] ? shift @records : {};
    my $question = substr $query, 12, question_length($query);
    my $flags = 0x8180 | ($how->{rcode} // 0) | ($how->{truncated} ? 0x0200 : 0);
    return pack('n6', $how->{id} // unpack('n', $query), $flags, 1, $how->{count} // scalar @records, 0, 0)
        . ($how->{question} // $question) . join '', @records;
}

sub question_length {
    my ($query) = @_;
    my $at = 12;
    while (my $len = ord substr $query, $at, 1) {
        $at += $len + 1;
    }
    return $at + 5 - 12;
}

sub question {
    my ($query) = @_;
    my ($at, @labels) = (12);
    while (my $len = ord substr $query, $at, 1) {
        push @labels, substr $query, $at + 1, $len;
        $at += $len + 1;
    }
    my $type = unpack 'n', substr $query, $at + 1, 2;
    return (join('.', @labels), $word{$type} // $type);
}

# ---- the server ----

sub new {
    my ($class, $handler, %how) = @_;
    my $self = bless {dir => tempdir('bs-dns-XXXXXX', DIR => '/tmp', CLEANUP => 1), handler => $handler}, $class;
    my $host = $how{host} // '127.0.0.1';
    my $tcp = IO::Socket::IP->new(Listen => 16, LocalHost => $host, LocalPort => $how{port} // 0, ReuseAddr => 1)
        or die "tcp: $@\n";
    $self->{port} = $tcp->sockport;
    my $udp = IO::Socket::IP->new(Proto => 'udp', LocalHost => $host, LocalPort => $self->{port}) or die "udp: $@\n";
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $SIG{PIPE} = $SIG{CHLD} = 'IGNORE';
        setpgrp;
        $self->serve($udp, $tcp);
        POSIX::_exit(0);
    }
    return $self;
}

sub port { $_[0]{port} }

sub note {
    my ($self, $text) = @_;
    open my $out, '>>', "$self->{dir}/asked" or return;
    syswrite $out, $text;
}

sub asked {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/asked" or return;
    chomp(my @lines = <$in>);
    return @lines;
}

sub serve {
    my ($self, $udp, $tcp) = @_;
    my $select = IO::Select->new($udp, $tcp);
    while (my @ready = $select->can_read) {
        for my $socket (@ready) {
            $socket == $udp ? $self->serve_udp($udp) : $self->serve_tcp($tcp);
        }
    }
}

sub serve_udp {
    my ($self, $udp) = @_;
    my $peer = $udp->recv(my $query, 4096) // return;
    my ($name, $type) = question($query);
    $self->note("udp $name $type\n");
    $udp->send($_, 0, $peer) for grep { defined } $self->{handler}->($query, $name, $type, 0);
}

sub serve_tcp {
    my ($self, $tcp) = @_;
    my $client = $tcp->accept or return;
    my $pid = fork // return;
    return if $pid;
    my $bytes = '';
    until (length $bytes >= 2 && length $bytes >= 2 + unpack 'n', $bytes) {
        sysread $client, $bytes, 4096, length $bytes or POSIX::_exit(0);
    }
    my $query = substr $bytes, 2;
    my ($name, $type) = question($query);
    $self->note("tcp $name $type\n");
    for my $answer ($self->{handler}->($query, $name, $type, 1)) {
        next if !defined $answer;
        syswrite $client, ref $answer ? $$answer : pack('n', length $answer) . $answer;
    }
    1 while sysread $client, $bytes, 4096;
    POSIX::_exit(0);
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $owner || !$self->{pid};
    kill 'KILL', -$self->{pid} or kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
