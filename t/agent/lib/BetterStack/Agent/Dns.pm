package BetterStack::Agent::Dns;

# A name server that says what the test wants.
#
#   my $dns = BetterStack::Agent::Dns->new({
#       'good.test' => {A => ['127.0.0.1'], ttl => 60},
#       'bad.test' => {rcode => 2},
#       'silent.test' => {silent => 1},
#       'changing.test' => {A => [['127.0.0.1'], ['10.0.0.1']]},   # one after the other
#   });
#   $dns->server   # "127.0.0.1:PORT"
#   $dns->asked    # lines "NAME TYPE"

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX ();
use Socket qw(inet_pton AF_INET6);

my $owner = $$;
my %type_name = (1 => 'A', 28 => 'AAAA');

sub new {
    my ($class, $names, %how) = @_;
    my $self = bless {dir => tempdir('bs-dns-XXXXXX', DIR => '/tmp', CLEANUP => 1), names => $names,
        host => $how{host} // '127.0.0.1'}, $class;
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $how{host} // '127.0.0.1',
        LocalPort => $how{port} // 0) or die "udp: $!\n";
    $self->{port} = $socket->sockport;
    $self->{pid} = fork // die "fork: $!\n";
    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $self->serve($socket);
        POSIX::_exit(0);
    }
    return $self;
}

sub server { return "$_[0]{host}:$_[0]{port}" }

sub asked {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/asked" or return;
    chomp(my @lines = <$in>);
    return @lines;
}

sub serve {
    my ($self, $socket) = @_;
    my %turn;
    while (my $peer = $socket->recv(my $query, 4096)) {
        my ($name, $type, $question) = question($query);
        open my $out, '>>', "$self->{dir}/asked" or next;
        syswrite $out, "$name " . ($type_name{$type} // $type) . "\n";
        close $out;
        my $zone = $self->{names}{lc $name} // {rcode => 3};
        next if $zone->{silent};
        my $addresses = $zone->{$type_name{$type} // ''} // [];
        if (ref $addresses->[0]) {
            my $turn = $turn{"$name $type"}++;
            $addresses = $addresses->[$turn < @$addresses ? $turn : -1];
        }
        $socket->send(reply($query, $question, $zone, $addresses), 0, $peer);
    }
}

sub question {
    my ($query) = @_;
    my ($at, @labels) = (12);
    while (my $len = ord substr $query, $at, 1) {
        push @labels, substr $query, $at + 1, $len;
        $at += $len + 1;
    }
    my $type = unpack 'n', substr $query, $at + 1, 2;
    return (join('.', @labels), $type, substr $query, 12, $at + 5 - 12);
}

sub reply {
    my ($query, $question, $zone, $addresses) = @_;
    my $answers = '';
    for my $address (@$addresses) {
        my $data = $address =~ /:/ ? inet_pton(AF_INET6, $address) : pack 'C4', split /\./, $address;
        $answers .= "\xc0\x0c" . pack('nnNn', length $data == 4 ? 1 : 28, 1, $zone->{ttl} // 60, length $data) . $data;
    }
    return substr($query, 0, 2) . pack('nnnnn', 0x8180 | ($zone->{rcode} // 0), 1, scalar @$addresses, 0, 0)
        . $question . $answers;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    return if $$ != $owner || !$self->{pid};
    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
